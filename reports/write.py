"""Writing the whole report of a site in one pass over its rows."""

from __future__ import annotations

import re
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from core.errors import ReportError
from reports import csv_export as export
from reports.html import environment, front_page, rows_page
from reports.output import explained, reuse, staged
from reports.paging import Layout, page_file
from reports.rows import group_view
from reports.status import importable
from reports.totals import Totals
from reports.view import Sources, report_view
from store.counts import (
    caption_sources,
    counts,
    latest_crawl,
    page_tallies,
    rule_tallies,
    skip_tallies,
)
from store.engine import reading
from store.failures import image_failures, page_failures
from store.folding import LookAlikes, addresses_of, find_look_alikes, folding
from store.report import count_groups, occurrence_groups, thumbnails

if TYPE_CHECKING:
    from _csv import Writer
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from reports.options import ReportOptions
    from reports.paging import RowsView
    from reports.rows import GroupView
    from store.failures import ImageFailure, PageFailure
    from store.report import OccurrenceGroup
    from store.sites import Site

LOOK_ALIKES_NAMED = 3  # beside each row
ADDRESSES_KEPT = 10_000  # a picture at very many addresses is named on many pages of the report
# What a report writes as many as it needs of; a later, smaller one removes the rest.
_OLD_FILE = re.compile(r"images-\d{3,}\.html|thumbnails/[0-9a-f]{64}\.webp")


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """What was written where."""

    folder: Path
    index: Path
    editors_csv: Path
    import_csv: Path
    failures_csv: Path
    html_pages: int  # index.html included
    rows: int  # to act on: lines of editors.csv
    importable: int  # lines of import.csv
    failures: int  # lines of failures.csv
    thumbnails: int


def write_report(
    engine: Engine,
    site: Site,
    out_dir: Path,
    options: ReportOptions,
    *,
    include_pending: bool = False,
    model_note: str | None = None,
    elapsed_s: float | None = None,
) -> ReportFiles:
    """Write the report and the CSV files of `site` into `out_dir`.

    `include_pending` puts machine drafts that nobody has looked at into import.csv. `model_note` is a
    sentence on the captioning model's origin and licence; `elapsed_s` is how long the whole run took. The
    same store gives the same files, byte for byte. Raises ReportError, and then the old report still stands.
    """
    with explained(out_dir), staged(out_dir, _OLD_FILE) as staging, reading(engine) as session:
        run = _Run(session, site, staging, out_dir, options, include_pending=include_pending)
        pages, failures = run.write(model_note, elapsed_s)
    return ReportFiles(
        folder=out_dir,
        index=out_dir / "index.html",
        editors_csv=out_dir / "editors.csv",
        import_csv=out_dir / "import.csv",
        failures_csv=out_dir / "failures.csv",
        html_pages=pages,
        rows=run.totals.rows,
        importable=run.totals.importable,
        failures=failures,
        thumbnails=len(run.pictured),
    )


class _Run:
    """One writing of the report; holds one page of rows at a time."""

    def __init__(
        self,
        session: Session,
        site: Site,
        folder: Path,
        old: Path,
        options: ReportOptions,
        *,
        include_pending: bool,
    ) -> None:
        self.session = session
        self.site = site
        self.folder = folder
        self.old = old  # where the files will stand, and those of the last report do
        self.options = options
        self.include_pending = include_pending
        self.totals = Totals()
        self.pictured: set[str] = set()  # digests of the pictures that have a thumbnail
        self.alike = LookAlikes()
        self.addresses: dict[int, str] = {}  # of assets named as look-alikes, by asset id; those met before
        self.templates = environment()

    def write(self, model_note: str | None, elapsed_s: float | None) -> tuple[int, int]:
        """Write everything; returns the numbers of HTML pages and of lines in failures.csv."""
        crawl = latest_crawl(self.session, self.site.id)
        if crawl is None:
            raise ReportError(
                f"this database holds no crawl of {self.site.name}: run alt-audit crawl first, or choose another "
                "--database."
            )
        self.alike = find_look_alikes(self.session, self.site.id)
        images, pages, failures = self._write_failures()
        layout = Layout(count_groups(self.session, self.site.id), self.options.rows_per_page)
        first = self._write_rows(layout)
        sources = Sources(
            site=self.site.name,
            crawl=crawl,
            counts=counts(self.session, self.site.id),
            rules=rule_tallies(self.session, self.site.id),
            folding=folding(self.session, self.site.id, self.alike),
            folding_to_do=folding(self.session, self.site.id, self.alike, needing_text=True),
            captions=caption_sources(self.session, self.site.id),
            skipped=skip_tallies(self.session, self.site.id),
            pages=page_tallies(self.session, self.site.id),
            failed_images=images,
            failed_pages=pages,
            failures=failures,
            model_note=model_note,
            elapsed_s=elapsed_s,
            rows_per_page=layout.rows_per_page,
        )
        self._write_html(page_file(1), front_page(self.templates, report_view(sources, self.totals, first)))
        return layout.pages, failures

    def _write_rows(self, layout: Layout) -> RowsView:
        """Write the CSV files of the rows and every page of them but the first, which is returned."""
        first = layout.view(1, [])
        with closing(occurrence_groups(self.session, self.site.id)) as groups, ExitStack() as files:
            editors = self._csv(files, "editors.csv", export.EDITORS_COLUMNS, encoding="utf-8-sig")
            importers = self._csv(files, "import.csv", export.IMPORT_COLUMNS, encoding="utf-8")
            for page in range(1, layout.pages + 1):
                shown = list(islice(groups, layout.rows_per_page))
                for group in shown:
                    ready = importable(group, include_pending=self.include_pending)
                    self.totals.add(group, importable=ready)
                    editors.writerow(export.editors_row(group))
                    if ready:
                        importers.writerow(export.import_row(group))
                rows = self._page(layout, page, shown)
                if page == 1:
                    first = rows
                else:
                    self._write_html(page_file(page), rows_page(self.templates, self.site.name, rows))
        return first

    def _page(self, layout: Layout, page: int, groups: list[OccurrenceGroup]) -> RowsView:
        self._write_thumbnails(groups)
        alike = self._look_alikes(groups)
        start = (page - 1) * layout.rows_per_page + 1
        return layout.view(
            page,
            [(group.severity, self._view(group, position, alike)) for position, group in enumerate(groups, start)],
        )

    def _look_alikes(self, groups: list[OccurrenceGroup]) -> dict[int, str]:
        """Addresses of the pictures that the rows name as like theirs, by asset."""
        named = {other for group in groups for other in self._others(group)[0]}
        if len(self.addresses) > ADDRESSES_KEPT:
            self.addresses.clear()
        self.addresses |= addresses_of(self.session, self.site.id, named - self.addresses.keys())
        return self.addresses

    def _others(self, group: OccurrenceGroup) -> tuple[list[int], int]:
        picture = group.image.picture if group.image is not None else None
        return self.alike.others(picture.asset_id, LOOK_ALIKES_NAMED) if picture is not None else ([], 0)

    def _view(self, group: OccurrenceGroup, position: int, alike: dict[int, str]) -> GroupView:
        others, left = self._others(group)
        return group_view(
            group,
            position,
            has_thumbnail=_digest(group) in self.pictured,
            alike=[alike[other] for other in others],
            alike_left=left,
        )

    def _write_thumbnails(self, groups: list[OccurrenceGroup]) -> None:
        digests = {digest for group in groups if (digest := _digest(group)) is not None}
        folder = self.folder / "thumbnails"
        folder.mkdir(exist_ok=True)
        for digest, webp in thumbnails(self.session, digests - self.pictured):
            if not webp:
                continue
            self.pictured.add(digest)
            name = f"{digest}.webp"
            reuse(folder / name, self.old / "thumbnails" / name, webp)

    def _write_failures(self) -> tuple[list[ImageFailure], list[PageFailure], int]:
        """Write failures.csv; returns the first few images and pages of it, and the number of lines."""
        images: list[ImageFailure] = []
        pages: list[PageFailure] = []
        lines = 0
        with ExitStack() as files:
            writer = self._csv(files, "failures.csv", export.FAILURES_COLUMNS, encoding="utf-8-sig")
            for image in files.enter_context(closing(image_failures(self.session, self.site.id))):
                writer.writerow(export.image_failure_row(image))
                lines += 1
                if len(images) < self.options.examples:
                    images.append(image)
            for page in files.enter_context(closing(page_failures(self.session, self.site.id))):
                writer.writerow(export.page_failure_row(page))
                lines += 1
                if len(pages) < self.options.examples:
                    pages.append(page)
        return images, pages, lines

    def _csv(self, files: ExitStack, name: str, columns: tuple[str, ...], *, encoding: str) -> Writer:
        file = files.enter_context((self.folder / name).open("w", encoding=encoding, newline=""))
        writer = export.spreadsheet(file)
        writer.writerow(columns)
        return writer

    def _write_html(self, name: str, pieces: Iterator[str]) -> None:
        with (self.folder / name).open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)


def _digest(group: OccurrenceGroup) -> str | None:
    return group.image.picture.sha256 if group.image is not None and group.image.picture is not None else None
