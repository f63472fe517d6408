"""What the tools do, without a word of the protocol. What pages say is kept apart, as `from_the_page`: it is data."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from alt_audit.jobs.export import export
from alt_audit.jobs.sites import chosen_site
from alt_audit.jobs.suggest import suggest
from core.errors import UsageError
from core.identity.urls import absolute
from core.text import counted, shorten
from reports.cms.registry import system_of
from reports.review.desk import Say, Scope, open_desk
from reports.review.filters import LABELS, Filter
from store.migrate import opened

if TYPE_CHECKING:
    from alt_audit.config import Settings
    from alt_audit.jobs.events import OnEvent
    from reports.review.desk import Desk
    from reports.review.index import Listed
    from reports.row import Row

MAX_ROWS = 50  # in one answer
MAX_IMAGES = 200  # of a page, in one answer
MAX_CHARS = 300  # of a text of a page


class Workbench:
    """The sites of one store, as one person works on them. A context manager; for one thread at a time."""

    def __init__(self, settings: Settings, who: str, on_event: OnEvent) -> None:
        self._settings = settings
        self._who = who
        self._on_event = on_event
        self._desks: dict[str, tuple[Desk, ExitStack]] = {}

    def close(self) -> None:
        """Give up what is open."""
        for _, stack in self._desks.values():
            stack.close()
        self._desks.clear()

    def audit_page(self, address: str) -> dict[str, Any]:
        """What the rules say of the images of a page at a public http(s) address."""
        from alt_audit.check.page import check

        if not address.startswith(("http://", "https://")) or absolute(address, address) is None:
            raise UsageError(f"{shorten(address, MAX_CHARS)} is no web address: it begins with http:// or https://")
        page = check(address, self._settings.crawl, self._settings.rules, named=False)
        found = page.as_json()
        images = [
            {
                "from_the_page": {
                    name: shorten(str(image[name]), MAX_CHARS) if image[name] is not None else None
                    for name in ("selector", "src", "alt", "accessible_name")
                },
                "classification": image["classification"],
                "findings": image["findings"],
            }
            for image in found["images"][:MAX_IMAGES]
        ]
        left_out = max(0, len(found["images"]) - MAX_IMAGES)
        return {"url": found["url"], "language": found["lang"], "images": images, "images_left_out": left_out}

    def list_rows(self, site: str | None, status: str, start: int, limit: int) -> dict[str, Any]:
        """Some rows of a site, worst first, and how many there are."""
        if status not in LABELS["status"]:
            raise UsageError(f"there is no status {shorten(status, 40)!r}: {', '.join(LABELS['status'])}")
        desk, wanted = self._desk(site), Filter(status=status)
        desk.catch_up()
        listed = desk.index.page(wanted, max(0, start), max(1, min(limit, MAX_ROWS)))
        found = desk.index.tallies(wanted).found.rows
        return {"site": desk.site.name, "rows_found": found, "rows": [_listed(one) for one in listed]}

    def read_row(self, site: str | None, row_id: str) -> tuple[dict[str, Any], bytes | None]:
        """All that is known of a row, and its picture: a small WebP."""
        desk = self._desk(site)
        row = self._row(desk, row_id)
        return _row(row), desk.thumbnail(row.digest) if row.digest is not None else None

    def draft(self, site: str | None) -> dict[str, Any]:
        """Draft texts from what the store holds. No picture is looked at, and nothing that people decided changes."""
        chosen = chosen_site(self._settings, site)
        done = suggest(self._settings, self._on_event, site=chosen)
        if (known := self._desks.pop(chosen.name, None)) is not None:
            known[1].close()
        return {"site": chosen.name, "drafted": done.drafted, "without_text": done.without_text, "failed": done.failed}

    def intent(self, site: str | None, row_id: str, say: Say, text: str) -> str:
        """What `decide` would do, in words for the person who is asked. Raises UsageError where it cannot."""
        desk = self._desk(site)
        row = self._row(desk, row_id)
        text = text or row.suggested or ""
        does = {
            Say.USE: f"use the alt text “{shorten(text, MAX_CHARS)}”",
            Say.KEEP: "keep the text that stands there",
            Say.REJECT: "reject the draft",
            Say.DECORATIVE: 'say that it needs no text (alt="")',
            Say.REOPEN: "open again what was decided",
        }[say]
        where, places = shorten(row.first_page.url, MAX_CHARS), counted(row.occurrences, "place")
        return f"{self._who} decides: {does}, for {shorten(row.name, 80)} on {where} ({places})."

    def decide(self, site: str | None, row_id: str, say: Say, text: str, seen: str) -> dict[str, Any]:
        """Write a decision down, as one of a batch that can be taken back as a whole."""
        desk = self._desk(site)
        row = self._row(desk, row_id)
        step = desk.decide(row_id, say, text or row.suggested or "", Scope.HERE, seen)
        return {"done": step.said, "take_back": f"alt-audit import --undo '{step.batch}'"}

    def export(self, site: str | None, system: str) -> dict[str, Any]:
        """Write approved texts for a content system, into the folder of the site's report."""
        chosen = chosen_site(self._settings, site)
        done = export(self._settings, chosen, system_of(system))
        files = [str(done.folder / name) for name in done.names]
        return {"site": chosen.name, "texts": done.texts, "summary": done.summary, "files": files}

    def _desk(self, site: str | None) -> Desk:
        chosen = chosen_site(self._settings, site)
        if chosen.name not in self._desks:
            with ExitStack() as stack:
                engine = stack.enter_context(opened(self._settings.database))
                rules, options = self._settings.rules, self._settings.report
                desk = stack.enter_context(open_desk(engine, chosen, who=self._who, rules=rules, options=options))
                self._desks[chosen.name] = desk, stack.pop_all()
        return self._desks[chosen.name][0]

    def _row(self, desk: Desk, row_id: str) -> Row:
        row = next((one for one in desk.rows_beside(row_id) if one.id == row_id), None)
        if row is None:
            raise UsageError(f"there is no row {shorten(row_id, 80)} (any more): list the rows again")
        return row


def _listed(row: Listed) -> dict[str, Any]:
    return {
        "row_id": row.id,
        "status": row.status,
        "severity": row.severity,
        "places": row.places,
        "language": row.language,
        "suggested": row.suggested,
        "from_the_page": {"file": row.name, "alt": _bounded(row.alt), "page": _bounded(row.page)},
    }


def _row(row: Row) -> dict[str, Any]:
    context = row.context
    return {
        "row_id": row.id,
        "seen": row.seen,
        "status": row.status,
        "role": row.role,
        "language": row.language,
        "places": row.occurrences,
        "findings": [{"rule": one.rule, "severity": one.severity, "message": one.message} for one in row.findings],
        "suggested": row.suggested,
        "needs_human": row.needs_human,
        "note": row.note,
        "from_the_page": {
            "image": _bounded(row.image_url),
            "alt": _bounded(row.alt),
            "page": _bounded(row.first_page.url),
            "title": _bounded(row.first_page.title),
            "heading": _bounded(context.heading),
            "caption": _bounded(context.figcaption),
            "product": _bounded(context.product),
            "link": _bounded(context.link_url),
            "link_text": _bounded(context.link_text),
            "text": _bounded(context.passage or context.surrounding),
        },
    }


def _bounded(text: str | None) -> str | None:
    return None if text is None else shorten(text, MAX_CHARS)
