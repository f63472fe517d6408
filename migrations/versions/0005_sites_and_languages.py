"""Sites that own their pages, crawls and suggestions; languages in context keys; a place in a site's line for images

Every row finds its site: the one that its crawl or page named. A suggestion, which all sites shared, is given to
each site and language in which its image stands with its context, with its text and state, so that nothing that a
person decided is lost. One whose context stands nowhere any more goes to the sites that show or showed the image,
or else to the one whose crawl first met it.

A downgrade keeps one suggestion for an (image, context): a decided one before a draft, then the one changed last.
Of pages of one address on two sites it keeps the one fetched last. Everything else comes back as it was, but for
addresses that pages named as their canonical ones, which nothing read.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_time = sa.DateTime(timezone=True)
_metadata = sa.MetaData()
# As this step sees them in between: the columns of before and of after.
_sites = sa.Table(
    "sites", _metadata,
    sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text), sa.Column("hosts", sa.JSON),
    sa.Column("settings", sa.JSON), sa.Column("last_turn", sa.BigInteger), sa.Column("created_at", _time),
)  # fmt: skip
_crawls = sa.Table(
    "crawls", _metadata,
    sa.Column("id", sa.Integer, primary_key=True), sa.Column("site", sa.Text), sa.Column("site_id", sa.Integer),
    sa.Column("seeds", sa.JSON), sa.Column("started_at", _time),
)  # fmt: skip
_pages = sa.Table(
    "pages", _metadata,
    sa.Column("id", sa.Integer, primary_key=True), sa.Column("site", sa.Text), sa.Column("site_id", sa.Integer),
    sa.Column("url", sa.Text), sa.Column("fetched_at", _time),
)  # fmt: skip
_images = sa.Table(
    "images", _metadata,
    sa.Column("id", sa.Integer, primary_key=True), sa.Column("state", sa.Text), sa.Column("turn", sa.BigInteger),
    sa.Column("first_crawl_id", sa.Integer),
)  # fmt: skip
_occurrences = sa.Table(
    "occurrences", _metadata,
    sa.Column("id", sa.Integer, primary_key=True), sa.Column("page_id", sa.Integer), sa.Column("image_id", sa.Integer),
    sa.Column("context_key", sa.Text), sa.Column("context_version", sa.SmallInteger), sa.Column("facts", sa.JSON),
)  # fmt: skip
_suggestions = sa.Table(
    "suggestions", _metadata,
    sa.Column("id", sa.Integer, primary_key=True), sa.Column("site_id", sa.Integer), sa.Column("image_id", sa.Integer),
    sa.Column("context_key", sa.Text), sa.Column("language", sa.Text), sa.Column("caption_id", sa.Integer),
    sa.Column("text", sa.Text), sa.Column("state", sa.Text), sa.Column("origin", sa.Text), sa.Column("source", sa.Text),
    sa.Column("needs_human", sa.Boolean), sa.Column("created_at", _time), sa.Column("updated_at", _time),
)  # fmt: skip
_findings = sa.Table("findings", _metadata, sa.Column("occurrence_id", sa.Integer))
_changes = sa.Table("changes", _metadata, sa.Column("occurrence_id", sa.Integer))

_lang = _occurrences.c.facts["lang"].as_string()
_CHUNK = 500  # values in one statement
_UNDETERMINED = "und"


def _language(tag: str | None) -> str:
    """The primary subtag, as core.languages had it when context keys got their version 2."""
    found = re.match(r"[a-z]{2,8}(?=[-_]|$)", (tag or "").strip().lower())
    return found[0] if found else _UNDETERMINED


def _chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(values)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def upgrade() -> None:
    op.create_table(
        "sites",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hosts", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("last_turn", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("name", name=op.f("uq_sites_name")),
    )
    for name in ("crawls", "pages"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("site_id", sa.Integer(), nullable=True))
    with op.batch_alter_table("suggestions") as table:
        table.add_column(sa.Column("site_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("language", sa.Text(), server_default=_UNDETERMINED, nullable=False))
        table.drop_constraint(op.f("uq_suggestions_image_id_context_key"), type_="unique")
    with op.batch_alter_table("occurrences") as table:
        table.add_column(sa.Column("context_version", sa.SmallInteger(), server_default="1", nullable=False))
    with op.batch_alter_table("images") as table:
        table.add_column(sa.Column("identity_version", sa.SmallInteger(), server_default="1", nullable=False))
        table.add_column(sa.Column("turn", sa.BigInteger(), server_default="0", nullable=False))
        table.drop_index(op.f("ix_images_state_id"))
        table.create_index(op.f("ix_images_state_strikes_turn_id"), ["state", "strikes", "turn", "id"])
    connection = op.get_bind()
    _make_sites(connection)
    places = _places_of_suggestions(connection)
    _add_languages(connection)
    _share_out(connection, places)
    _line_up(connection)
    with op.batch_alter_table("crawls") as table:
        table.alter_column("site_id", existing_type=sa.Integer(), nullable=False)
        table.create_foreign_key(op.f("fk_crawls_site_id_sites"), "sites", ["site_id"], ["id"])
        table.drop_index(op.f("ix_crawls_site"))
        table.drop_column("site")
        table.create_index(op.f("ix_crawls_site_id"), ["site_id"])
    with op.batch_alter_table("pages") as table:
        table.alter_column("site_id", existing_type=sa.Integer(), nullable=False)
        table.create_foreign_key(op.f("fk_pages_site_id_sites"), "sites", ["site_id"], ["id"])
        table.drop_constraint(op.f("uq_pages_url"), type_="unique")
        table.drop_index(op.f("ix_pages_site_state"))
        table.drop_column("site")
        table.drop_column("canonical")
        table.create_unique_constraint(op.f("uq_pages_site_id_url"), ["site_id", "url"])
        table.create_index(op.f("ix_pages_site_id_state"), ["site_id", "state"])
    with op.batch_alter_table("suggestions") as table:
        table.alter_column("site_id", existing_type=sa.Integer(), nullable=False)
        table.create_foreign_key(op.f("fk_suggestions_site_id_sites"), "sites", ["site_id"], ["id"])
        table.create_unique_constraint(
            op.f("uq_suggestions_site_id_image_id_context_key"), ["site_id", "image_id", "context_key"]
        )


def _make_sites(connection: Connection) -> None:
    """A site for each name that a crawl or a page has, in the order of their crawls.

    Its hosts: its name, which is the host of a start URL, and the hosts of its other start URLs, unless they are
    sites of their own or another site's before it.
    """
    began: dict[str, datetime] = {}
    seeds: defaultdict[str, list[str]] = defaultdict(list)
    rows = connection.execute(sa.select(_crawls.c.site, _crawls.c.started_at, _crawls.c.seeds).order_by(_crawls.c.id))
    for name, started_at, starts in rows:
        began.setdefault(name, started_at.replace(tzinfo=started_at.tzinfo or UTC))
        seeds[name] += starts
    for name in connection.scalars(sa.select(_pages.c.site).distinct().order_by(_pages.c.site)):
        began.setdefault(name, datetime.now(UTC))
    taken = set(began)
    for name, created_at in began.items():
        others = dict.fromkeys(urlsplit(seed).netloc.lower() for seed in seeds[name] if re.match(r"https?://", seed))
        hosts = [name, *(host for host in others if host and host not in taken)]
        taken.update(hosts)
        connection.execute(
            sa.insert(_sites).values(name=name, hosts=hosts, settings={}, last_turn=0, created_at=created_at)
        )
    for table in (_crawls, _pages):
        own = sa.select(_sites.c.id).where(_sites.c.name == table.c.site).scalar_subquery()
        connection.execute(sa.update(table).values(site_id=own))


def _places_of_suggestions(connection: Connection) -> dict[tuple[int, str], list[tuple[int, str]]]:
    """(site id, language) of each place of a suggestion's image, by image id and old context key."""
    joined = _occurrences.join(_pages, _pages.c.id == _occurrences.c.page_id).join(
        _suggestions,
        (_suggestions.c.image_id == _occurrences.c.image_id)
        & (_suggestions.c.context_key == _occurrences.c.context_key),
    )
    rows = connection.execute(
        sa.select(_occurrences.c.image_id, _occurrences.c.context_key, _pages.c.site_id, _lang.label("lang"))
        .select_from(joined)
        .distinct()
    )
    found: defaultdict[tuple[int, str], set[tuple[int, str]]] = defaultdict(set)
    for image_id, key, site_id, lang in rows:
        found[image_id, key].add((site_id, _language(lang)))
    return {place: sorted(pairs) for place, pairs in found.items()}


def _add_languages(connection: Connection) -> None:
    """Version 2 of a context key is that of version 1 with the language behind it."""
    tags: defaultdict[str, list[str]] = defaultdict(list)
    for tag in connection.scalars(sa.select(_lang).distinct()):
        if _language(tag) != _UNDETERMINED:
            tags[_language(tag)].append(tag)
    for language, spellings in tags.items():
        for chunk in _chunks(spellings):
            connection.execute(
                sa.update(_occurrences)
                .where(_lang.in_(chunk))
                .values(context_key=_occurrences.c.context_key + f"-{language}", context_version=2)
            )
    connection.execute(
        sa.update(_occurrences)
        .where(_occurrences.c.context_version == 1)
        .values(context_key=_occurrences.c.context_key + f"-{_UNDETERMINED}", context_version=2)
    )


def _share_out(connection: Connection, places: dict[tuple[int, str], list[tuple[int, str]]]) -> None:
    """Give each suggestion to every site and language in which its image stands with its context."""
    copied = [column.name for column in _suggestions.c if column.name not in {"id", "site_id", "language"}]
    for chunk in _chunks(connection.execute(sa.select(_suggestions).order_by(_suggestions.c.id)).all()):
        own, more = [], []
        for row in chunk:
            found = places.get((row.image_id, row.context_key)) or _elsewhere(connection, row.image_id)
            for nth, (site_id, language) in enumerate(found):
                new = {"site_id": site_id, "language": language, "context_key": f"{row.context_key}-{language}"}
                if nth == 0:
                    own.append({f"new_{name}": value for name, value in new.items()} | {"row": row.id})
                else:
                    more.append({name: getattr(row, name) for name in copied} | new)
        connection.execute(
            sa.update(_suggestions)
            .where(_suggestions.c.id == sa.bindparam("row"))
            .values({name: sa.bindparam(f"new_{name}") for name in ("site_id", "language", "context_key")}),
            own,
        )
        if more:
            connection.execute(sa.insert(_suggestions), more)


def _elsewhere(connection: Connection, image_id: int) -> list[tuple[int, str]]:
    """For a suggestion whose context stands nowhere: the sites that have the image, each with its language there."""
    rows = connection.execute(
        sa.select(_pages.c.site_id, _lang)
        .select_from(_occurrences.join(_pages, _pages.c.id == _occurrences.c.page_id))
        .where(_occurrences.c.image_id == image_id)
        .distinct()
    )
    languages: defaultdict[int, set[str]] = defaultdict(set)
    for site_id, lang in rows:
        languages[site_id].add(_language(lang))
    if languages:
        return [(site, found.pop() if len(found) == 1 else _UNDETERMINED) for site, found in sorted(languages.items())]
    first = (
        sa.select(_crawls.c.site_id)
        .select_from(_images.join(_crawls, _crawls.c.id == _images.c.first_crawl_id))
        .where(_images.c.id == image_id)
    )
    return [(connection.scalars(first).one(), _UNDETERMINED)]


def _line_up(connection: Connection) -> None:
    """Images that wait get their place in the line of a site that has them."""
    line = (
        sa.select(_occurrences.c.image_id, sa.func.min(_pages.c.site_id).label("site_id"))
        .select_from(
            _occurrences.join(_pages, _pages.c.id == _occurrences.c.page_id).join(
                _images, _images.c.id == _occurrences.c.image_id
            )
        )
        .where(_images.c.state.in_(["pending", "leased"]))
        .group_by(_occurrences.c.image_id)
        .subquery()
    )
    nth = sa.func.row_number().over(partition_by=line.c.site_id, order_by=line.c.image_id).label("nth")
    numbered = sa.select(line.c.image_id, line.c.site_id, nth).subquery()
    connection.execute(sa.update(_images).where(_images.c.id == numbered.c.image_id).values(turn=numbered.c.nth))
    for site_id, last in connection.execute(sa.select(line.c.site_id, sa.func.count()).group_by(line.c.site_id)).all():
        connection.execute(sa.update(_sites).where(_sites.c.id == site_id).values(last_turn=last))


def downgrade() -> None:
    with op.batch_alter_table("crawls") as table:
        table.add_column(sa.Column("site", sa.Text(), nullable=True))
    with op.batch_alter_table("pages") as table:
        table.add_column(sa.Column("site", sa.Text(), nullable=True))
        table.add_column(sa.Column("canonical", sa.Text(), nullable=True))
    connection = op.get_bind()
    for named in (_crawls, _pages):
        name = sa.select(_sites.c.name).where(_sites.c.id == named.c.site_id).scalar_subquery()
        connection.execute(sa.update(named).values(site=name))
    _drop_repeated_pages(connection)
    _take_languages_off(connection)
    _keep_one_suggestion(connection)
    with op.batch_alter_table("suggestions") as table:
        table.drop_constraint(op.f("uq_suggestions_site_id_image_id_context_key"), type_="unique")
        table.drop_constraint(op.f("fk_suggestions_site_id_sites"), type_="foreignkey")
        table.drop_column("language")
        table.drop_column("site_id")
        table.create_unique_constraint(op.f("uq_suggestions_image_id_context_key"), ["image_id", "context_key"])
    with op.batch_alter_table("pages") as table:
        table.drop_constraint(op.f("uq_pages_site_id_url"), type_="unique")
        table.drop_constraint(op.f("fk_pages_site_id_sites"), type_="foreignkey")
        table.drop_index(op.f("ix_pages_site_id_state"))
        table.drop_column("site_id")
        table.alter_column("site", existing_type=sa.Text(), nullable=False)
        table.create_unique_constraint(op.f("uq_pages_url"), ["url"])
        table.create_index(op.f("ix_pages_site_state"), ["site", "state"])
    with op.batch_alter_table("crawls") as table:
        table.drop_constraint(op.f("fk_crawls_site_id_sites"), type_="foreignkey")
        table.drop_index(op.f("ix_crawls_site_id"))
        table.drop_column("site_id")
        table.alter_column("site", existing_type=sa.Text(), nullable=False)
        table.create_index(op.f("ix_crawls_site"), ["site"])
    with op.batch_alter_table("images") as table:
        table.drop_index(op.f("ix_images_state_strikes_turn_id"))
        table.drop_column("turn")
        table.drop_column("identity_version")
        table.create_index(op.f("ix_images_state_id"), ["state", "id"])
    with op.batch_alter_table("occurrences") as table:
        table.drop_column("context_version")
    op.drop_table("sites")


def _drop_repeated_pages(connection: Connection) -> None:
    """Of pages of one address the one fetched last stays, with what stands on it."""
    newest = sa.func.row_number().over(
        partition_by=_pages.c.url, order_by=(_pages.c.fetched_at.desc().nulls_last(), _pages.c.id.desc())
    )
    ranked = sa.select(_pages.c.id, newest.label("nth")).subquery()
    repeated = list(connection.scalars(sa.select(ranked.c.id).where(ranked.c.nth > 1)))
    for chunk in _chunks(repeated):
        on_them = sa.select(_occurrences.c.id).where(_occurrences.c.page_id.in_(chunk))
        for table in (_findings, _changes):
            connection.execute(sa.delete(table).where(table.c.occurrence_id.in_(on_them)))
        connection.execute(sa.delete(_occurrences).where(_occurrences.c.page_id.in_(chunk)))
        connection.execute(sa.delete(_pages).where(_pages.c.id.in_(chunk)))


def _take_languages_off(connection: Connection) -> None:
    for table in (_occurrences, _suggestions):
        for language in {
            key.rpartition("-")[2] for key in connection.scalars(sa.select(table.c.context_key).distinct())
        }:
            ending = f"-{language}"
            length = sa.func.length(table.c.context_key) - len(ending)
            connection.execute(
                sa.update(table)
                .where(table.c.context_key.endswith(ending, autoescape=True))
                .values(context_key=sa.func.substr(table.c.context_key, 1, length))
            )


def _keep_one_suggestion(connection: Connection) -> None:
    table = _suggestions
    by_a_machine = (table.c.state == "pending") & (table.c.origin == "model")
    best = sa.func.row_number().over(
        partition_by=(table.c.image_id, table.c.context_key),
        order_by=(sa.case((by_a_machine, 1), else_=0), table.c.updated_at.desc(), table.c.id),
    )
    ranked = sa.select(table.c.id, best.label("nth")).subquery()
    for chunk in _chunks(list(connection.scalars(sa.select(ranked.c.id).where(ranked.c.nth > 1)))):
        connection.execute(sa.delete(table).where(table.c.id.in_(chunk)))
