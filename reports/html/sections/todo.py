"""What to do first: the few next steps that the figures ask for, most useful first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.records import CrawlStatus, QueueState
from core.text import counted
from reports.html.numbers import number, share
from reports.html.paging import row_address
from reports.html.section import Section
from reports.row import RowStatus
from reports.texts import Link
from store.counts import counts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.html.sources import ReportSources
    from reports.totals import Totals
    from store.counts import Counts

# Below this share of the faulty places the widest rows are no head start worth naming.
_HEAD_START = 0.2
SEEN_NAMED = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, and where."""

    title: str
    text: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class ToDo:
    """The steps that apply; none when there is nothing to act on."""

    steps: tuple[Step, ...]


def to_do(sources: ReportSources) -> ToDo:
    """What to do first on the site."""
    # The workbook where there is one: a CSV file opens in a single column in much of the world.
    sheet = next(file.path.name for file in sources.files if file.path.stem == "editors")
    return ToDo(steps(sources.totals, sources.crawl.state, sources.read(counts), sources.rows_per_page, sheet))


def steps(totals: Totals, crawl: CrawlStatus, numbers: Counts, rows_per_page: int, sheet: str) -> tuple[Step, ...]:
    """The steps that apply."""
    return tuple(_steps(totals, crawl, numbers, rows_per_page, sheet))


def _steps(totals: Totals, crawl: CrawlStatus, numbers: Counts, rows_per_page: int, sheet: str) -> Iterator[Step]:
    rows = totals.statuses
    if crawl in {CrawlStatus.INTERRUPTED, CrawlStatus.FAILED}:
        yield Step(
            "Finish the crawl",
            "It was cut short, so pages are missing here. Run the same command again: it goes on where it stopped.",
            (Link("Pages that were not read", "#pages"),),
        )
    widest = [row for row in totals.widest.best() if row[0] > 1]  # a picture in one place is no template's
    covered = sum(places for places, _, _ in widest)
    if totals.rows > len(widest) and covered >= _HEAD_START * totals.faulty_places > 0:
        yield Step(
            f"Start with the {counted(len(widest), 'row')} used most",
            f"They stand in {number(covered)} of {counted(totals.faulty_places, 'faulty place')} "
            f"({share(covered, totals.faulty_places)}). Such pictures sit in templates: one repair mends them all.",
            tuple(
                Link(
                    f"{row.name} ({counted(places, 'place')})",
                    row_address(position, rows_per_page),
                )
                for places, position, row in widest
            ),
        )
    seen = totals.seen.best()[:SEEN_NAMED]
    if seen:
        yield Step(
            "Begin with the most visited pages",
            "More people meet these than any other.",
            tuple(
                Link(f"{row.name} ({counted(visits, 'visit')})", row_address(position, rows_per_page))
                for visits, position, row in seen
            ),
        )
    drafts = numbers.drafts
    if drafts.to_check:
        doubtful = (
            f" {counted(drafts.doubtful, 'draft asks', 'drafts ask')} for a closer look." if drafts.doubtful else ""
        )
        drafted = rows[RowStatus.DRAFTED]
        where = f" They stand in {counted(drafted, 'row')}." if drafted != drafts.to_check else ""
        yield Step(
            f"Check {counted(drafts.to_check, 'machine draft')}",
            "Open the editors' file in a spreadsheet and compare each draft with its picture. Where it is wrong, write "
            f"the text you want into the column new_alt.{where}{doubtful}",
            (Link(sheet, sheet),),
        )
    if totals.publishable:
        yield Step(
            f"Put {counted(totals.publishable, 'text')} on the site",
            "They are ready for an importer. The next crawl shows which of them went live.",
            (Link("import.csv", "import.csv"),),
        )
    by_hand = sum(rows[status] for status in (RowStatus.ABSTAINED, RowStatus.REJECTED, RowStatus.BY_HAND))
    if by_hand:
        yield Step(
            f"Settle {counted(by_hand, 'row')} by hand",
            "No usable draft will come for these. In the editors' file, filter for an empty suggested_alt.",
            (Link(sheet, sheet),),
        )
    if rows[RowStatus.WAITING]:
        yield Step(
            "Caption the rest",
            f"{counted(rows[RowStatus.WAITING], 'row waits', 'rows wait')} for the model: run alt-audit caption.",
            (Link("Captioning", "#captioning"),),
        )
    failed_images = numbers.queue[QueueState.FAILED]
    if failed_images:
        yield Step(
            f"See why {counted(failed_images, 'image')} failed",
            "Many are broken on the site as well, for every visitor.",
            (Link("Failures", "#failures"),),
        )


SECTION = Section("todo", "What to do", "sections/todo.html", to_do)
