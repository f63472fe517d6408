"""What a crawl came to, and how it was run

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("crawls", sa.Column("facts", sa.JSON()))


def downgrade() -> None:
    with op.batch_alter_table("crawls") as batch:
        batch.drop_column("facts")
