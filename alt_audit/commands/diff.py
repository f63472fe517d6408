"""Two crawls of a site compared: `diff`."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from alt_audit.commands.parameters import Config, Database, Format, OutputFormat, SiteName, say_site, settings_of
from core.errors import UsageError
from core.text import counted

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from reports.diff.comparison import Tally
    from store.diff import CrawlName
    from store.sites import Site


class Worse(StrEnum):
    """What of a comparison is reason enough to fail."""

    REGRESSED = "regressed"
    NEW = "new"  # and regressed, too


def diff(
    database: Database = None,
    site: SiteName = None,
    earlier: Annotated[
        Optional[int], typer.Option("--from", help="Number of the earlier crawl (default: the last but one).")
    ] = None,
    later: Annotated[
        Optional[int], typer.Option("--to", help="Number of the later crawl (default: the last one).")
    ] = None,
    output: OutputFormat = Format.TEXT,
    fail_on: Annotated[
        Optional[Worse],
        typer.Option(
            help="Exit with 3 when a place was fine and needs a text now (regressed), or when one came that needs a "
            "text, too (new)."
        ),
    ] = None,
    config: Config = None,
) -> None:
    """Say what is new, fixed, regressed or gone since an earlier crawl; what is the same on many pages is said once.

    Example: alt-audit diff --site example.com --format json
    """
    from alt_audit.console.terminal import stdout
    from alt_audit.jobs.sites import chosen_site
    from reports.diff.as_json import write_json
    from reports.diff.as_text import text_lines
    from reports.diff.comparison import Comparison
    from store.engine import reading
    from store.migrate import opened

    settings = settings_of(config, database=database)
    chosen = chosen_site(settings, site)
    say_site("Changes of", settings, chosen, given=site)
    with opened(settings.database) as engine, reading(engine) as session:
        comparison = Comparison(session, chosen.id, *_crawls(session, chosen, earlier, later))
        if output is Format.JSON:
            write_json(comparison, sys.stdout)
        else:
            for line in text_lines(comparison):
                stdout.print(line, markup=False)
        if fail_on is not None:
            _fail_on(fail_on, comparison.tally)


def _fail_on(fail_on: Worse, tally: Tally) -> None:
    """Exit with 3, and say why, when there is something to fail on."""
    from alt_audit.console.terminal import say
    from reports.diff.folding import Kind

    kinds = [Kind.REGRESSED] if fail_on is Worse.REGRESSED else [Kind.REGRESSED, Kind.NEW, Kind.PICTURE, Kind.RETURNED]
    bad = [f"{kind} {tally.to_mend[kind]:,}" for kind in kinds if tally.to_mend[kind]]
    if bad:
        say(f"--fail-on {fail_on}: places that need a text now: {', '.join(bad)}. Exit code 3.")
        raise typer.Exit(3)


def _crawls(session: Session, site: Site, earlier: int | None, later: int | None) -> tuple[CrawlName, CrawlName]:
    """The two crawls asked for. Raises UsageError where there are none such."""
    from store.diff import finished_crawls

    crawls = {crawl.id: crawl for crawl in finished_crawls(session, site.id)}  # newest first
    if len(crawls) < 2:
        raise UsageError(
            f"{site.name} has {counted(len(crawls), 'finished crawl')} in this database, and a comparison needs two: "
            "run 'alt-audit crawl' on it again, or name another --site."
        )
    for number in (earlier, later):
        if number is not None and number not in crawls:
            known = ", ".join(str(id_) for id_ in list(crawls)[:10])
            raise UsageError(f"{number} is no finished crawl of {site.name}. The latest are {known}.")
    last = crawls[later] if later is not None else next(iter(crawls.values()))
    before = [crawl for crawl in crawls.values() if crawl.id < last.id]
    first = crawls[earlier] if earlier is not None else next(iter(before), None)
    if first is None or first.id >= last.id:
        raise UsageError(f"no crawl before {last.id} to compare with: --from takes an earlier crawl than --to.")
    return first, last
