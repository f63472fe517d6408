"""What destinations were told of each site

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.models import UTCDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer()),
        sa.Column("crawl_id", sa.Integer()),
        sa.Column("told_at", UTCDateTime()),
        sa.Column("failing", sa.Boolean(), nullable=False),
        sa.Column("tried_at", UTCDateTime()),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("destination", "site_id", name=op.f("pk_notices")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_notices_site_id_sites")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_notices_run_id_runs")),
        sa.ForeignKeyConstraint(["crawl_id"], ["crawls.id"], name=op.f("fk_notices_crawl_id_crawls")),
    )


def downgrade() -> None:
    op.drop_table("notices")
