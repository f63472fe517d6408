"""An occurrence as a row and back. What has no column of its own is kept in `facts`, so nothing is lost."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from core.identity.context_key import VERSION, context_key
from core.identity.urls import without_login, without_passwords
from core.records import Context, ImageKind, Occurrence

if TYPE_CHECKING:
    from sqlalchemy import Row

COLUMNS = ("key", "element", "selector", "html", "src", "alt", "accessible_name")
# The addresses are the image's row; the context has a column in its own form.
_ELSEWHERE = {*COLUMNS, "image_url", "fetch_url", "context"}
FACTS = tuple(field.name for field in fields(Occurrence) if field.name not in _ELSEWHERE)
_CONTEXT = tuple(field.name for field in fields(Context))


def columns(occurrence: Occurrence) -> dict[str, Any]:
    """What the occurrence itself puts into its row: nobody's password, where an address holds one."""
    own = {name: getattr(occurrence, name) for name in COLUMNS}
    own["html"] = without_passwords(occurrence.html)
    own["src"] = occurrence.src and without_passwords(occurrence.src)
    facts = {name: getattr(occurrence, name) for name in FACTS}
    facts["address"] = occurrence.address and without_login(occurrence.address)
    return own | {
        "context_key": context_key(occurrence),
        "context_version": VERSION,
        "facts": facts,
        "context": {name: getattr(occurrence.context, name) for name in _CONTEXT},
    }


def record(row: Row[Any]) -> Occurrence:
    """The occurrence of a row with COLUMNS, facts, context, image_url and fetch_url.

    It is what the crawl stored, but for `fetch_url`: an image has one, that of the place seen last. A fact
    that the row does not have, since an older version stored it, has its default.
    """
    facts = {name: row.facts[name] for name in FACTS if name in row.facts}
    facts["kind"] = ImageKind(facts.get("kind", ImageKind.IMG))
    return Occurrence(
        **{name: getattr(row, name) for name in COLUMNS},
        **facts,
        image_url=row.image_url,
        fetch_url=row.fetch_url,
        context=Context(**{name: row.context[name] for name in _CONTEXT if name in row.context}),
    )
