"""Writing the page of all sites, and the same as CSV and JSON, beside the reports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from core.errors import ReportError
from reports.files.csv_writer import CsvWriter
from reports.html.environment import environment
from reports.html.numbers import percent, points_of
from reports.html.scripts import put_script
from reports.output import explained, staged
from reports.overview.site_line import SiteLine
from reports.overview.totals import rule_totals, totals
from reports.overview.view import overview

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from reports.report_options import ReportOptions
    from store.trends import Trends

FILES = ("index.html", "overview.csv", "overview.json")
SCRIPT = "overview.js"


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment is not None else ""


CSV = CsvWriter(
    record=SiteLine,
    name="overview",
    title="All sites",
    help="A line for each site. Times are UTC.",
    columns=(
        ("site", lambda site: site.name),
        ("good_alt", lambda site: percent(site.coverage)),
        ("change", lambda site: points_of(site.change, comparable=site.comparable)),
        ("errors", lambda site: str(site.errors) if site.errors is not None else ""),
        ("drafts_to_check", lambda site: str(site.drafts)),
        ("decided_waiting", lambda site: str(site.waiting)),
        ("decided_live", lambda site: str(site.live)),
        ("last_crawl", lambda site: _time(site.crawl.at) if site.crawl is not None else ""),
        ("crawl_state", lambda site: str(site.crawl.state) if site.crawl is not None else ""),
        ("pages", lambda site: str(site.crawl.pages) if site.crawl is not None else ""),
        ("when", lambda site: site.when),
        ("due_at", lambda site: _time(site.due_at)),
        ("failing_since", lambda site: _time(site.failing_since)),
        ("error", lambda site: site.error or ""),
    ),
)


def write_overview(lines: Sequence[SiteLine], trends: Trends, folder: Path, options: ReportOptions) -> list[Path]:
    """Write the page and its files into the folder that holds the reports; returns where they stand.

    The same store gives the same files, but for the schedule. Raises ReportError, and then the old ones still stand.
    """
    with explained(folder):
        if (folder / "summary.html").exists():
            raise ReportError(f"{folder} holds the report of one site: choose the folder above it with --out.")
        past, rules = totals(trends), rule_totals(trends)
        with staged(folder, None) as staging:
            page = environment().get_template("overview.html").generate(view=overview(lines, past, rules))
            with (staging / "index.html").open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(page)
            put_script(staging, SCRIPT)
            with CSV.opened(staging, options) as write:
                for line in lines:
                    write(line)
            everything = {
                "sites": [line.as_json() for line in lines],
                "over_time": [total.as_json() for total in past],
                "rules": [
                    {"rule": one.rule, "sites": one.sites, "places": one.places, "comparable_change": one.change}
                    for one in rules
                ],
            }
            (staging / "overview.json").write_text(json.dumps(everything) + "\n", "utf-8")
    return [folder / name for name in FILES]
