"""What stands beside a place on its page is found by an index

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_INDEX = "ix_occurrences_page_id_position"


def upgrade() -> None:
    op.create_index(op.f(_INDEX), "occurrences", ["page_id", "position"])


def downgrade() -> None:
    op.drop_index(op.f(_INDEX), "occurrences")
