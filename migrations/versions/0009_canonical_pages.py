"""What a page names as its canonical address, and the page that it is a variant of

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("pages") as batch:
        batch.add_column(sa.Column("canonical", sa.Text(), nullable=True))
        batch.add_column(sa.Column("variant_of_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_pages_variant_of_id_pages"), "pages", ["variant_of_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("pages") as batch:
        batch.drop_constraint(op.f("fk_pages_variant_of_id_pages"), type_="foreignkey")
        batch.drop_column("variant_of_id")
        batch.drop_column("canonical")
