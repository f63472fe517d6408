"""What recrawls need: validators of pages, the order of occurrences, their changes, likeness of pictures

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_PAGE_COLUMNS = ("etag", "last_modified", "body_sha256", "reader")


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("crawl_id", sa.Integer(), nullable=False),
        sa.Column("alt_before", sa.Text(), nullable=True),
        sa.Column("alt_after", sa.Text(), nullable=True),
        sa.Column("classification_before", sa.Text(), nullable=True),
        sa.Column("classification_after", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["crawl_id"], ["crawls.id"], name=op.f("fk_changes_crawl_id_crawls")),
        sa.ForeignKeyConstraint(
            ["occurrence_id"],
            ["occurrences.id"],
            name=op.f("fk_changes_occurrence_id_occurrences"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
        sa.UniqueConstraint("occurrence_id", "crawl_id", name=op.f("uq_changes_occurrence_id_crawl_id")),
    )
    with op.batch_alter_table("changes") as table:
        table.create_index(op.f("ix_changes_crawl_id"), ["crawl_id"])
    with op.batch_alter_table("pages") as table:
        for name in _PAGE_COLUMNS:
            table.add_column(sa.Column(name, sa.Text(), nullable=True))
        table.add_column(sa.Column("robots", sa.JSON(), server_default="[]", nullable=False))
        table.add_column(sa.Column("links", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("assets") as table:
        table.add_column(sa.Column("phash", sa.Text(), nullable=True))
        table.create_index(op.f("ix_assets_phash"), ["phash"])
    with op.batch_alter_table("images") as table:
        table.add_column(sa.Column("fetch_width", sa.Integer(), nullable=True))
    with op.batch_alter_table("occurrences") as table:
        table.add_column(sa.Column("position", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("occurrences") as table:
        table.drop_column("position")
    with op.batch_alter_table("images") as table:
        table.drop_column("fetch_width")
    with op.batch_alter_table("assets") as table:
        table.drop_index(op.f("ix_assets_phash"))
        table.drop_column("phash")
    with op.batch_alter_table("pages") as table:
        table.drop_column("links")
        table.drop_column("robots")
        for name in reversed(_PAGE_COLUMNS):
            table.drop_column(name)
    op.drop_table("changes")
