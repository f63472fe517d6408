"""What crawls saw of the texts that people decided

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decision_outcomes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("crawl_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_decision_outcomes_decision_id_decisions"),
        sa.ForeignKeyConstraint(["crawl_id"], ["crawls.id"], name="fk_decision_outcomes_crawl_id_crawls"),
        sa.PrimaryKeyConstraint("id", name="pk_decision_outcomes"),
        sa.UniqueConstraint("decision_id", "crawl_id", name="uq_decision_outcomes_decision_id_crawl_id"),
    )
    op.create_index("ix_decision_outcomes_crawl_id", "decision_outcomes", ["crawl_id"])


def downgrade() -> None:
    op.drop_table("decision_outcomes")
