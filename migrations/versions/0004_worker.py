"""What the captioning worker needs: strikes against pictures that end it, validators of pictures

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("images") as table:
        table.add_column(sa.Column("strikes", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("etag", sa.Text(), nullable=True))
        table.add_column(sa.Column("last_modified", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("images") as table:
        table.drop_column("last_modified")
        table.drop_column("etag")
        table.drop_column("strikes")
