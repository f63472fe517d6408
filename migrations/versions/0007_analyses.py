"""Analyses, which take the captions; and what a suggestion was made by, and why

Every caption becomes an analysis of the analyser 'caption', under the same id, and every suggestion keeps the one that
it was made from. A downgrade brings the captions back; analyses of other analysers, which no earlier version can read,
go, and so do the reasons and versions of drafts.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Row

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_CAPTION = "caption"
_CHUNK = 1000
_metadata = sa.MetaData()
_captions = sa.Table(
    "captions", _metadata,
    sa.Column("id", sa.Integer, primary_key=True), sa.Column("asset_id", sa.Integer), sa.Column("model", sa.Text),
    sa.Column("revision", sa.Text), sa.Column("prompt_version", sa.Text), sa.Column("language", sa.Text),
    sa.Column("text", sa.Text), sa.Column("confidence", sa.Double), sa.Column("created_at", sa.DateTime(timezone=True)),
)  # fmt: skip
_analyses = sa.Table(
    "analyses", _metadata,
    sa.Column("id", sa.Integer, primary_key=True), sa.Column("asset_id", sa.Integer), sa.Column("analyser", sa.Text),
    sa.Column("revision", sa.Text), sa.Column("data", sa.JSON), sa.Column("created_at", sa.DateTime(timezone=True)),
)  # fmt: skip
_suggestions = sa.Table(
    "suggestions", _metadata,
    sa.Column("id", sa.Integer, primary_key=True), sa.Column("caption_id", sa.Integer),
    sa.Column("analysis_id", sa.Integer), sa.Column("draft", sa.JSON(none_as_null=True)),
)  # fmt: skip
_KEY = ("model", "revision", "prompt_version", "language")


def _rows(connection: Connection, table: sa.Table) -> Iterator[list[Row[tuple[object, ...]]]]:
    """All rows of a table in pieces, by id."""
    last = 0
    while rows := connection.execute(
        sa.select(table).where(table.c.id > last).order_by(table.c.id).limit(_CHUNK)
    ).fetchall():
        yield rows
        last = rows[-1].id


def _follow_ids(connection: Connection, table: str) -> None:
    """Postgres: let the next id of a table come after those that were given by hand."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            sa.text(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
            )
        )


def _rename_in_drafts(connection: Connection, before: str, after: str) -> None:
    """Drafts that are kept while a decision holds are made of the columns of their table."""
    drafts = sa.select(_suggestions.c.id, _suggestions.c.draft).where(_suggestions.c.draft.is_not(None))
    for row in connection.execute(drafts).fetchall():
        draft = {after if name == before else name: value for name, value in row.draft.items()}
        connection.execute(sa.update(_suggestions).where(_suggestions.c.id == row.id).values(draft=draft))


def upgrade() -> None:
    op.create_table(
        "analyses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("analyser", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name=op.f("fk_analyses_asset_id_assets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analyses")),
        sa.UniqueConstraint("asset_id", "analyser", "revision", name=op.f("uq_analyses_asset_id_analyser_revision")),
    )
    connection = op.get_bind()
    for rows in _rows(connection, _captions):
        connection.execute(
            sa.insert(_analyses),
            [
                {
                    "id": row.id,
                    "asset_id": row.asset_id,
                    "analyser": _CAPTION,
                    "revision": json.dumps([getattr(row, name) for name in _KEY], ensure_ascii=False),
                    "data": {name: getattr(row, name) for name in (*_KEY, "text", "confidence")},
                    "created_at": row.created_at,
                }
                for row in rows
            ],
        )
    _follow_ids(connection, "analyses")
    with op.batch_alter_table("suggestions") as table:
        table.add_column(sa.Column("analysis_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("reason", sa.Text(), nullable=True))
        table.add_column(sa.Column("confidence", sa.Double(), nullable=True))
        table.add_column(sa.Column("composer_version", sa.Text(), nullable=True))
        table.add_column(sa.Column("inputs", sa.Text(), nullable=True))
    connection.execute(sa.update(_suggestions).values(analysis_id=_suggestions.c.caption_id))
    _rename_in_drafts(connection, "caption_id", "analysis_id")
    with op.batch_alter_table("suggestions") as table:
        table.drop_index(op.f("ix_suggestions_caption_id"))
        table.drop_constraint(op.f("fk_suggestions_caption_id_captions"), type_="foreignkey")
        table.drop_column("caption_id")
        table.create_foreign_key(op.f("fk_suggestions_analysis_id_analyses"), "analyses", ["analysis_id"], ["id"])
        table.create_index(op.f("ix_suggestions_analysis_id"), ["analysis_id"])
    op.drop_table("captions")


def downgrade() -> None:
    op.create_table(
        "captions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("prompt_version", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name=op.f("fk_captions_asset_id_assets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captions")),
        sa.UniqueConstraint(
            "asset_id", "model", "revision", "prompt_version", "language",
            name=op.f("uq_captions_asset_id_model_revision_prompt_version_language"),
        ),
    )  # fmt: skip
    connection = op.get_bind()
    for rows in _rows(connection, _analyses):
        captions = [
            {"id": row.id, "asset_id": row.asset_id, "created_at": row.created_at, **row.data}
            for row in rows
            if row.analyser == _CAPTION
        ]
        if captions:
            connection.execute(sa.insert(_captions), captions)
    _follow_ids(connection, "captions")
    with op.batch_alter_table("suggestions") as table:
        table.add_column(sa.Column("caption_id", sa.Integer(), nullable=True))
    kept = sa.select(_captions.c.id)
    connection.execute(
        sa.update(_suggestions)
        .where(_suggestions.c.analysis_id.in_(kept))
        .values(caption_id=_suggestions.c.analysis_id)
    )
    _rename_in_drafts(connection, "analysis_id", "caption_id")
    with op.batch_alter_table("suggestions") as table:
        table.drop_index(op.f("ix_suggestions_analysis_id"))
        table.drop_constraint(op.f("fk_suggestions_analysis_id_analyses"), type_="foreignkey")
        for name in ("analysis_id", "reason", "confidence", "composer_version", "inputs"):
            table.drop_column(name)
        table.create_foreign_key(op.f("fk_suggestions_caption_id_captions"), "captions", ["caption_id"], ["id"])
        table.create_index(op.f("ix_suggestions_caption_id"), ["caption_id"])
    op.drop_table("analyses")
