"""Writing the whole report of a site in one pass over its rows."""

from __future__ import annotations

import re
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from core.errors import ReportError
from reports.diff.comparison import Comparison
from reports.diff.folding import FoldedChange
from reports.diff.largest import Largest
from reports.failure import FailureRow, image_failure, page_failure
from reports.folds import MANY_PICTURES, Fold, folds
from reports.html.environment import environment
from reports.html.front import front_page, places_page, rows_page
from reports.html.paging import Layout, page_file, places_file
from reports.html.row_view import row_view
from reports.html.rule_page import PAGE as RULES_PAGE
from reports.html.rule_page import rules_page
from reports.html.scripts import COPY, put_script
from reports.html.search import SearchIndex
from reports.html.silent import write_silent
from reports.html.sources import Changes, ReportSources
from reports.issues import rules_left
from reports.open_files import OpenFiles
from reports.output import explained, reuse, staged
from reports.previous import kept
from reports.registry import all_writers
from reports.row import Row
from reports.rows import asked_for, ignoring
from reports.streams import write_streams
from reports.summary.as_markdown import markdown
from reports.summary.view import summary
from reports.totals import Totals
from store.counts import latest_crawl
from store.diff import finished_crawls
from store.engine import reading
from store.failures import image_failures, page_failures
from store.folding import LookAlikes, addresses_of, find_look_alikes
from store.report import texts_of_many_pictures, thumbnails
from store.site_pages import page_addresses, site_places

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from reports.folds import Folds
    from reports.html.paging import RowsView
    from reports.html.row_view import RowView
    from reports.open_files import WrittenFile
    from reports.report_options import ReportOptions
    from reports.traffic import Traffic
    from store.sites import Site

LOOK_ALIKES_NAMED = 3  # beside each row
ADDRESSES_KEPT = 10_000  # a picture at very many addresses is named on many pages of the report
# Its files beside those of the registry.
_PARTS = (
    r"(?:index|rules|search|summary)\.html|summary\.md|(?:copy|search)\.js"
    r"|(?:images|places|silent|decoration)-\d{3,}\.html|search-\d{3,}\.js|thumbnails/[0-9a-f]{64}\.webp"
)


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """What was written where."""

    folder: Path
    index: Path
    summary: Path  # for a client
    files: tuple[WrittenFile, ...]  # in the order of the registry
    html_pages: int  # index.html included
    rows: int  # to act on
    thumbnails: int

    def file(self, name: str) -> WrittenFile:
        """The file that the writer of this name wrote."""
        return next(file for file in self.files if file.name == name)


def write_report(
    engine: Engine,
    site: Site,
    out_dir: Path,
    options: ReportOptions,
    *,
    include_pending: bool = False,
    model_note: str | None = None,
    elapsed_s: float | None = None,
    traffic: Traffic | None = None,
) -> ReportFiles:
    """Write the report and the CSV files of `site` into `out_dir`.

    `include_pending` puts machine drafts that nobody has looked at into import.csv. `model_note` is a
    sentence on the captioning model's origin and licence; `elapsed_s` is how long the whole run took; `traffic`
    are visits of pages, which are joined to this site. The same store and visits give the same files, byte for byte.
    Raises ReportError, and then the old report still stands.
    """
    with (
        explained(out_dir),
        staged(out_dir, _files_of_reports(), keep_old=options.keep) as staging,
        reading(engine) as session,
    ):
        run = _Run(session, site, staging, out_dir, options, traffic, include_pending=include_pending)
        pages = run.write(model_note, elapsed_s)
    return ReportFiles(
        folder=out_dir,
        index=out_dir / "index.html",
        summary=out_dir / "summary.html",
        files=tuple(run.written),
        html_pages=pages,
        rows=run.totals.rows,
        thumbnails=len(run.pictured),
    )


def _files_of_reports() -> re.Pattern[str]:
    """Every file that a report may have: an earlier one's do not stand beside a later one that lacks them."""
    return re.compile("|".join([_PARTS, *(re.escape(writer.file_name) for writer in all_writers())]))


class _Run:
    """One writing of the report; holds one page of rows at a time."""

    def __init__(
        self,
        session: Session,
        site: Site,
        folder: Path,
        old: Path,
        options: ReportOptions,
        traffic: Traffic | None,
        *,
        include_pending: bool,
    ) -> None:
        self.session = session
        self.site = site
        self.folder = folder
        self.old = old  # where the files will stand, and those of the last report do
        self.options = options
        self.traffic = traffic
        self.include_pending = include_pending
        self.totals = Totals()
        self.ignoring = ignoring(session, site.id, options)
        self.pictured: set[str] = set()  # digests of the pictures that have a thumbnail
        self.alike = LookAlikes()
        self.addresses: dict[int, str] = {}  # of assets named as look-alikes, by asset id; those met before
        self.written: list[WrittenFile] = []
        self.templates = environment()

    def write(self, model_note: str | None, elapsed_s: float | None) -> int:
        """Write everything; returns the number of HTML pages."""
        crawl = latest_crawl(self.session, self.site.id)
        if crawl is None:
            raise ReportError(
                f"this database holds no crawl of {self.site.name}: run alt-audit crawl first, or choose another "
                "--database."
            )
        self.alike = find_look_alikes(self.session, self.site.id)
        shared = texts_of_many_pictures(self.session, self.site.id, MANY_PICTURES)
        with folds(shared) as folded, folds() as by_text:
            # A text that a template gives to many pictures is one cause, and each of them needs a text of its own.
            sheets = by_text if shared else folded
            self._read_rows(folded, sheets)
            self._join_traffic()
            layout = Layout(folded.by_severity(), self.options.rows_per_page)
            first = self._write_rows(layout, folded)
            self._write_sheets(sheets)
        images, pages = self._write_failures()
        changes = self._write_changes()
        self.written += write_streams(
            self.session, self.site.id, self.folder, self.old, self.options, self.ignoring, self.traffic
        )
        silent = write_silent(self.session, self.site, self.folder, self.templates, self.pictured)
        sources = ReportSources(
            session=self.session,
            site=self.site,
            crawl=crawl,
            alike=self.alike,
            totals=self.totals,
            rows=first,
            files=self.written,
            failed_images=images,
            failed_pages=pages,
            ignoring=self.ignoring,
            traffic=self.traffic,
            changes=changes,
            silent=silent,
            previous=kept(self.old),
            model_note=model_note,
            elapsed_s=elapsed_s,
            rows_per_page=layout.rows_per_page,
            rules=rules_left(self.session, self.site.id, self.ignoring),
        )
        put_script(self.folder, COPY)
        self._write_text(RULES_PAGE, rules_page(self.templates, sources))
        self._write_text(page_file(1), front_page(self.templates, sources))
        sheet = summary(sources, self.options)
        self._write_text("summary.html", self.templates.get_template("summary.html").generate(view=sheet))
        self._write_text("summary.md", markdown(sheet))
        return layout.pages

    def _read_rows(self, folded: Folds, sheets: Folds) -> None:
        """Fold the rows, and write the files for programs, which have them all."""
        found = asked_for(self.session, self.site.id, self.ignoring, include_pending=self.include_pending)
        with closing(found) as rows, ExitStack() as stack:
            files = OpenFiles(Row, self.folder, self.options, stack)
            for row in rows:
                shown_as = sheets.add(row)
                if folded is not sheets:
                    folded.add(row)
                self.totals.publishable += row.publishable
                files.write(row if shown_as == row.id else replace(row, shown_as=shown_as))
            self.written += files.written(self.old)
        for one in {id(some): some for some in (folded, sheets)}.values():
            one.read_pages(self.session, self.site.id)

    def _join_traffic(self) -> None:
        """Find the visits of the pages, and of the rows."""
        if self.traffic is not None:
            with closing(page_addresses(self.session, self.site.id)) as pages:
                self.traffic.join(pages)
            with closing(site_places(self.session, self.site.id)) as places:
                self.traffic.read_rows(places)

    def _write_rows(self, layout: Layout, folded: Folds) -> RowsView:
        """Write every page of rows but the first, which is returned."""
        first = layout.view(1, [])
        search = SearchIndex(self.folder, layout.rows_per_page)
        rows = iter(folded)
        for page in range(1, layout.pages + 1):
            shown = list(islice(rows, layout.rows_per_page))
            self._write_thumbnails([fold.row for fold in shown])
            for fold in shown:
                self.totals.add(fold.row, self.traffic.of(fold, folded) if self.traffic is not None else 0)
                self._write_places(fold, folded)
            view = self._page(layout, page, shown)
            for position, fold in enumerate(shown, (page - 1) * layout.rows_per_page + 1):
                search.add(fold.row, position, has_thumbnail=fold.row.digest in self.pictured)
            if page == 1:
                first = view
            else:
                self._write_text(page_file(page), rows_page(self.templates, self.site.name, view))
            del shown, view  # before the next ones are there
        search.close(self.templates, self.site.name)
        return first

    def _write_sheets(self, sheets: Folds) -> None:
        """Write the files for people."""
        with ExitStack() as stack:
            files = OpenFiles(Fold, self.folder, self.options, stack)
            rows = iter(sheets)
            while shown := list(islice(rows, self.options.rows_per_page)):
                self._write_thumbnails([fold.row for fold in shown])
                for fold in shown:
                    files.write(fold)
            self.written[:0] = files.written(self.old)

    def _write_places(self, fold: Fold, folded: Folds) -> None:
        """A list of all pages, where the row does not name them."""
        if fold.lists_pages:
            page = places_page(self.templates, self.site.name, fold, folded.pages(fold.number))
            self._write_text(places_file(fold.number), page)

    def _page(self, layout: Layout, page: int, shown: list[Fold]) -> RowsView:
        rows = [fold.row for fold in shown]
        alike = self._look_alikes(rows)
        start = (page - 1) * layout.rows_per_page + 1
        return layout.view(
            page, [(fold.row.severity, self._view(fold, position, alike)) for position, fold in enumerate(shown, start)]
        )

    def _look_alikes(self, rows: list[Row]) -> dict[int, str]:
        """Addresses of the pictures that the rows name as like theirs, by asset."""
        named = {other for row in rows for other in self._others(row)[0]}
        if len(self.addresses) > ADDRESSES_KEPT:
            self.addresses.clear()
        self.addresses |= addresses_of(self.session, self.site.id, named - self.addresses.keys())
        return self.addresses

    def _others(self, row: Row) -> tuple[list[int], int]:
        picture = row.image.asset if row.image is not None else None
        return self.alike.others(picture.asset_id, LOOK_ALIKES_NAMED) if picture is not None else ([], 0)

    def _view(self, fold: Fold, position: int, alike: dict[int, str]) -> RowView:
        row = fold.row
        others, left = self._others(row)
        return row_view(
            row,
            position,
            rows=fold.rows,
            all_pages=places_file(fold.number) if fold.lists_pages else None,
            has_thumbnail=row.digest in self.pictured,
            alike=[alike[other] for other in others],
            alike_left=left,
        )

    def _write_thumbnails(self, rows: list[Row]) -> None:
        digests = {row.digest for row in rows if row.digest is not None}
        folder = self.folder / "thumbnails"
        folder.mkdir(exist_ok=True)
        for digest, webp in thumbnails(self.session, digests - self.pictured):
            if not webp:
                continue
            self.pictured.add(digest)
            name = f"{digest}.webp"
            reuse(folder / name, self.old / "thumbnails" / name, webp)

    def _write_failures(self) -> tuple[list[FailureRow], list[FailureRow]]:
        """Write the files of the failures; returns the first few images and pages of them."""
        with ExitStack() as stack:
            files = OpenFiles(FailureRow, self.folder, self.options, stack)
            images = stack.enter_context(closing(image_failures(self.session, self.site.id)))
            failed = self._write_each(files, map(image_failure, images))
            pages = stack.enter_context(closing(page_failures(self.session, self.site.id)))
            not_read = self._write_each(files, map(page_failure, pages))
            self.written += files.written(self.old)
        return failed, not_read

    def _write_changes(self) -> Changes | None:
        """Write the file of what happened since the crawl before; None where there is none."""
        crawls = finished_crawls(self.session, self.site.id, limit=2)
        found = None
        with ExitStack() as stack:
            files = OpenFiles(FoldedChange, self.folder, self.options, stack)
            if len(crawls) == 2:
                later, earlier = crawls
                found = Changes(Comparison(self.session, self.site.id, earlier, later), Largest(self.options.examples))
                for change in found.comparison.changes():
                    files.write(change)
                    found.largest.add(change)
            self.written += files.written(self.old)
        return found

    def _write_each(self, files: OpenFiles[FailureRow], failures: Iterator[FailureRow]) -> list[FailureRow]:
        """Write failures; returns the first few."""
        first: list[FailureRow] = []
        for failure in failures:
            files.write(failure)
            if len(first) < self.options.examples:
                first.append(failure)
        return first

    def _write_text(self, name: str, pieces: Iterator[str]) -> None:
        with (self.folder / name).open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
