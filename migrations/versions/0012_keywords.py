"""Keywords of a picture in its places

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("suggestions", sa.Column("keywords", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("suggestions", sa.Column("keywords_inputs", sa.Text()))


def downgrade() -> None:
    with op.batch_alter_table("suggestions") as batch:
        batch.drop_column("keywords_inputs")
        batch.drop_column("keywords")
