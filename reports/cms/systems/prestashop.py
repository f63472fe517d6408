"""PrestaShop and thirty bees: SQL on the table of picture texts, since their CSV import can only add pictures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.languages import UNDETERMINED
from reports.cms.files import write_csv
from reports.cms.system import Kind, Lint, Slot, System

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.cms.approved import Approved
    from reports.cms.system import Change, Plan

SQL = "prestashop-image_lang.sql"
LIST = "prestashop-image_lang.csv"
LIMIT = 128
FORBIDDEN = "<>={}"  # isGenericName
# /img/p/1/5/15.jpg, /img/p/1/5/15-large_default.jpg and /15-large_default/name.jpg, but not those of categories.
_ID = re.compile(r"/img/p/(?:\d/)+(?P<id>\d+)(?:-\w+)?\.\w+$|^https?://[^/]+/(?:[\w-]+/)?(?P<nice>\d+)-\w+/[^/]+\.\w+$")


def own(text: Approved) -> Iterator[Slot]:
    """The picture that the page's address names, in the language of its text."""
    for address in text.addresses:
        found = _ID.search(address.partition("?")[0])
        if found is not None and "/c/" not in address:
            number = found["id"] or found["nice"]
            yield Slot((number, text.language), f"image {number}")
            return


def write(plan: Plan, folder: Path) -> None:
    """The statements, and the same as a list to look through."""
    changes = list(plan.changes.values())
    lines = [
        "-- Alt texts of pictures that exist. Change the prefix ps_ if yours is another, and make a copy of the table.",
        "SET NAMES utf8mb4;",
        "START TRANSACTION;",
        *map(_statement, changes),
        "COMMIT;",
    ]
    (folder / SQL).write_text("\n".join((*lines, "")), encoding="utf-8", newline="\n")
    rows = ([*_id(change), change.text] for change in changes)
    write_csv(folder / LIST, ("id_image", "lang_iso", "legend"), rows, delimiter=";")


def _id(change: Change) -> tuple[str, str]:
    number, language = change.slot.at
    return number, language


def _statement(change: Change) -> str:
    """Sets a text where none stands, or the one that the page had."""
    number, language = _id(change)
    which = f"SELECT id_lang FROM ps_lang WHERE iso_code = {_sql(language)}"  # noqa: S608 - a script is what is written
    if language == UNDETERMINED:
        which = "SELECT value FROM ps_configuration WHERE name = 'PS_LANG_DEFAULT'"
    olds = ", ".join(map(_sql, change.olds))
    where = f"id_image = {int(number)} AND id_lang IN ({which}) AND COALESCE(legend, '') IN ({olds})"
    return f"UPDATE ps_image_lang SET legend = {_sql(change.text)} WHERE {where};"  # noqa: S608


def _sql(text: str) -> str:
    """A text as a literal, the same whatever the server makes of a backslash."""
    if "\\" in text or "\0" in text:
        return f"CONVERT(0x{text.encode('utf-8', 'replace').hex()} USING utf8mb4)"
    return "'" + text.replace("'", "''") + "'"


SYSTEMS = (
    System(
        name="prestashop",
        title="PrestaShop",
        kind=Kind.CHANGE_LIST,
        how=f"Run {SQL} on the shop's database after a copy of the table ps_image_lang; a text that somebody changed "
        f"since the crawl stays. {LIST} is the same as a list. Never give either to the shop's CSV import: that adds "
        "every picture once more.",
        files=(SQL, LIST),
        own=own,
        lint=Lint(LIMIT, forbidden=FORBIDDEN),
        write=write,
        unverified="Ids in addresses of the form /15-large_default/name.jpg; emoji in shops whose tables are utf8.",
    ),
)
