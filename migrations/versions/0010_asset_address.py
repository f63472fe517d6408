"""Where the bytes of an image were fetched: what is to be fetched next may have another address

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of what older versions fetched it is not known: the page may have named another address since.
    op.add_column("images", sa.Column("asset_url", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("images") as batch:
        batch.drop_column("asset_url")
