"""A journal of what people decided, from which suggestions are derived; and by which rules identities were made

Every text that a person decided on or wrote becomes a row of the journal, as of before it was kept: nobody's name,
the time of the suggestion's last change, and the place where it stands or stood. live and regressed, which are what
crawls say of an approved text, become approved there and stay with the suggestion.

A downgrade forgets the journal; the suggestions keep the texts and states that they show. One that says that its
picture needs no text is rejected then, for a version without that state.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_time = sa.DateTime(timezone=True)
_metadata = sa.MetaData()
_pages = sa.Table(
    "pages", _metadata,
    sa.Column("id", sa.Integer, primary_key=True), sa.Column("site_id", sa.Integer), sa.Column("url", sa.Text),
)  # fmt: skip
_assets = sa.Table("assets", _metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("sha256", sa.Text))
_images = sa.Table(
    "images", _metadata,
    sa.Column("id", sa.Integer, primary_key=True), sa.Column("url", sa.Text), sa.Column("asset_id", sa.Integer),
)  # fmt: skip
_occurrences = sa.Table(
    "occurrences", _metadata,
    sa.Column("id", sa.Integer, primary_key=True), sa.Column("page_id", sa.Integer), sa.Column("image_id", sa.Integer),
    sa.Column("context_key", sa.Text), sa.Column("context_version", sa.SmallInteger), sa.Column("facts", sa.JSON),
    sa.Column("context", sa.JSON), sa.Column("vanished_crawl_id", sa.Integer),
)  # fmt: skip
_suggestions = sa.Table(
    "suggestions", _metadata,
    sa.Column("id", sa.Integer, primary_key=True), sa.Column("site_id", sa.Integer), sa.Column("image_id", sa.Integer),
    sa.Column("context_key", sa.Text), sa.Column("language", sa.Text), sa.Column("text", sa.Text),
    sa.Column("state", sa.Text), sa.Column("origin", sa.Text), sa.Column("updated_at", _time),
    sa.Column("decision_id", sa.Integer),
)  # fmt: skip
_decisions = sa.Table(
    "decisions", _metadata,
    sa.Column("id", sa.Integer, primary_key=True), sa.Column("site_id", sa.Integer), sa.Column("page_url", sa.Text),
    sa.Column("address", sa.Text), sa.Column("asset_sha256", sa.Text), sa.Column("role", sa.Text),
    sa.Column("language", sa.Text), sa.Column("context", sa.JSON(none_as_null=True)), sa.Column("context_key", sa.Text),
    sa.Column("context_version", sa.SmallInteger), sa.Column("text", sa.Text), sa.Column("state", sa.Text),
    sa.Column("origin", sa.Text), sa.Column("at", _time), sa.Column("before_text", sa.Text),
    sa.Column("before_state", sa.Text),
)  # fmt: skip
_CHUNK = 500
_FOLLOWED = {"live": "approved", "regressed": "approved"}


def upgrade() -> None:
    op.create_table(
        "identities",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_identities")),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("page_url", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("asset_sha256", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("context", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("context_key", sa.Text(), nullable=False),
        sa.Column("context_version", sa.SmallInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=True),
        sa.Column("at", _time, nullable=False),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("before_text", sa.Text(), nullable=True),
        sa.Column("before_state", sa.Text(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("undoes_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_decisions_site_id_sites")),
        sa.ForeignKeyConstraint(["replaces_id"], ["decisions.id"], name=op.f("fk_decisions_replaces_id_decisions")),
        sa.ForeignKeyConstraint(["undoes_id"], ["decisions.id"], name=op.f("fk_decisions_undoes_id_decisions")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_decisions_undoes_id")),
    )
    op.create_index(op.f("ix_decisions_site_id_batch"), "decisions", ["site_id", "batch"])
    op.create_table(
        "decision_keys",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("image_url", sa.Text(), nullable=False),
        sa.Column("context_key", sa.Text(), nullable=False),
        sa.Column("asset_sha256", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decision_keys")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_decision_keys_decision_id_decisions")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_decision_keys_site_id_sites")),
    )
    op.create_index(op.f("ix_decision_keys_image_url"), "decision_keys", ["image_url"])
    op.create_index(op.f("ix_decision_keys_asset_sha256"), "decision_keys", ["asset_sha256"])
    op.create_index(op.f("ix_decision_keys_site_id_decision_id"), "decision_keys", ["site_id", "decision_id"])
    with op.batch_alter_table("suggestions") as table:
        table.add_column(sa.Column("decision_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("carried", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("draft", sa.JSON(none_as_null=True), nullable=True))
        table.create_foreign_key(op.f("fk_suggestions_decision_id_decisions"), "decisions", ["decision_id"], ["id"])
        table.create_index(op.f("ix_suggestions_decision_id"), ["decision_id"])
    _begin_journal(op.get_bind())


def _begin_journal(connection: Connection) -> None:
    table = _suggestions
    of_people = (table.c.state != "pending") | (table.c.origin != "model")
    ids = list(connection.scalars(sa.select(table.c.id).where(of_people).order_by(table.c.id)))
    for chunk in _chunks(ids):
        rows = connection.execute(
            sa.select(table, _images.c.url.label("address"), _assets.c.sha256)
            .select_from(
                table.join(_images, _images.c.id == table.c.image_id).outerjoin(
                    _assets, _assets.c.id == _images.c.asset_id
                )
            )
            .where(table.c.id.in_(chunk))
            .order_by(table.c.id)
        ).all()
        for row in rows:
            state = _FOLLOWED.get(row.state, row.state)
            place = _place(connection, row)
            decision = {
                "site_id": row.site_id, "address": row.address, "asset_sha256": row.sha256, "language": row.language,
                "context_key": row.context_key, "text": row.text, "state": state, "origin": row.origin,
                "at": row.updated_at, "before_text": row.text, "before_state": "pending",
            }  # fmt: skip
            made = connection.execute(sa.insert(_decisions).values(decision | place)).inserted_primary_key
            assert made is not None
            connection.execute(sa.update(table).where(table.c.id == row.id).values(decision_id=made[0]))


def _place(connection: Connection, suggestion: Any) -> dict[str, Any]:
    """What is known of the place of a suggestion. Its context is not, where no occurrence has its key any more."""
    table = _occurrences
    same_key = (table.c.context_key == suggestion.context_key).label("same_key")
    found = connection.execute(
        sa.select(table.c.facts, table.c.context, table.c.context_version, _pages.c.url, same_key)
        .select_from(table.join(_pages, _pages.c.id == table.c.page_id))
        .where(table.c.image_id == suggestion.image_id, _pages.c.site_id == suggestion.site_id)
        .order_by(
            sa.case((same_key, 0), else_=1), sa.case((table.c.vanished_crawl_id.is_(None), 0), else_=1), table.c.id
        )
        .limit(1)
    ).one_or_none()
    if found is None:  # its image was on no page of the site that the store still knows
        return {"page_url": "", "role": "image", "context": None, "context_version": 0}
    functional = found.facts.get("interactive") if found.facts.get("sole_content") else None
    return {
        "page_url": found.url,
        "role": functional or "image",
        "context": found.context if found.same_key else None,
        "context_version": found.context_version if found.same_key else 0,
    }


def _chunks(values: list[int]) -> Iterator[list[int]]:
    rest = iter(values)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def downgrade() -> None:
    op.execute(sa.update(_suggestions).where(_suggestions.c.state == "decorative").values(state="rejected"))
    with op.batch_alter_table("suggestions") as table:
        table.drop_constraint(op.f("fk_suggestions_decision_id_decisions"), type_="foreignkey")
        table.drop_index(op.f("ix_suggestions_decision_id"))
        table.drop_column("draft")
        table.drop_column("carried")
        table.drop_column("decision_id")
    op.drop_table("decision_keys")
    op.drop_table("decisions")
    op.drop_table("identities")
