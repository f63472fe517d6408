"""What else says a text of the page that is proposed

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Drafts of older versions are made anew anyway.
    op.add_column("suggestions", sa.Column("witnesses", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("suggestions") as batch:
        batch.drop_column("witnesses")
