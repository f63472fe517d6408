"""The command line. Each command parses, calls one function and prints.

Exit codes: 0 done, 1 failed, 2 usage, 3 findings at or above --fail-on. Heavy modules are imported inside the
commands that use them, so that --help answers at once.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from alt_audit import __version__
from core.errors import AltAuditError, UsageError
from core.records import Severity

if TYPE_CHECKING:
    from alt_audit.config import Settings

app = typer.Typer(
    name="alt-audit",
    help="Find the images of a website that have no alt text or a bad one, and draft the missing texts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
db_app = typer.Typer(help="Migrations of the database.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(db_app, name="db")


class Format(StrEnum):
    """How a result is printed."""

    TEXT = "text"
    JSON = "json"


Urls = Annotated[list[str], typer.Argument(help="Start URLs of one site.", metavar="URL...", show_default=False)]
Config = Annotated[
    Optional[Path], typer.Option(help="YAML file with settings; see config.yaml.", envvar="ALT_AUDIT_CONFIG")
]
Database = Annotated[
    Optional[str],
    typer.Option(
        help="Where results are kept: sqlite:///FILE.db (default: alt-audit.db here) or postgresql://USER@HOST/NAME.",
        envvar="ALT_AUDIT_DATABASE",
    ),
]
Out = Annotated[Optional[Path], typer.Option(help="Folder of the report (default: reports-out/HOST).")]
Model = Annotated[Optional[str], typer.Option(help="auto, builtin, a Hugging Face id or a folder (default: auto).")]
Device = Annotated[Optional[str], typer.Option(help="auto, cpu, cuda, cuda:N or mps (default: auto).")]
LimitPages = Annotated[Optional[int], typer.Option(min=1, help="Stop after this many pages.")]
MaxDepth = Annotated[Optional[int], typer.Option(min=0, help="Follow this many links from the start page.")]
Include = Annotated[Optional[list[str]], typer.Option(help="Only pages whose URL matches this expression.")]
Exclude = Annotated[Optional[list[str]], typer.Option(help="No pages whose URL matches this expression.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Start anew instead of going on with a crawl cut short.")]
FailOn = Annotated[
    Optional[Severity], typer.Option(help="Exit with 3 when there is a finding of this severity or a worse one.")
]
IncludePending = Annotated[
    bool, typer.Option("--include-pending", help="Put drafts that nobody has approved into import.csv too.")
]
SiteName = Annotated[Optional[str], typer.Option(help="Host of the site (default: the last one crawled).")]
OutputFormat = Annotated[Format, typer.Option("--format", help="How to print the result.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"alt-audit {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the log of the libraries.")] = False,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s")
    # On the handler, since Scrapy sets the levels of its own loggers.
    for handler in logging.getLogger().handlers:
        handler.setLevel(logging.INFO if verbose else logging.ERROR)
    logging.getLogger().setLevel(logging.INFO if verbose else logging.ERROR)
    # Pillow warns of odd metadata; what matters of it is recorded with the image.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


def _settings(config: Path | None, **overrides: object) -> Settings:
    from alt_audit.config import load_settings

    return load_settings(config, **overrides)


@app.command()
def run(
    urls: Urls,
    out: Out = None,
    database: Database = None,
    model: Model = None,
    device: Device = None,
    config: Config = None,
    limit_pages: LimitPages = None,
    max_depth: MaxDepth = None,
    include: Include = None,
    exclude: Exclude = None,
    fresh: Fresh = False,
    include_pending: IncludePending = False,
    fail_on: FailOn = None,
) -> None:
    """Audit a site: crawl it, caption its images, write the report.

    Example: alt-audit run https://example.com/ --limit-pages 500
    """
    settings = _settings(
        config,
        database=database,
        crawl={"limit_pages": limit_pages, "max_depth": max_depth, "include": include, "exclude": exclude},
        caption={"model": model, "device": device},
    )
    _audit(urls, settings, out, fresh=fresh, include_pending=include_pending, fail_on=fail_on)


def _audit(
    urls: list[str],
    settings: Settings,
    out: Path | None,
    *,
    fresh: bool,
    include_pending: bool,
    fail_on: Severity | None,
) -> None:
    from alt_audit import stages
    from alt_audit.console import say, stdout

    started = time.monotonic()
    crawled = stages.crawl(urls, settings, fresh=fresh)
    if crawled.interrupted:
        raise typer.Exit(1)
    captioned = stages.caption(settings)
    files = stages.report(
        settings,
        site=crawled.site,
        out=out,
        include_pending=include_pending,
        model_note=captioned.model_note if captioned is not None else None,
        elapsed_s=time.monotonic() - started,
    )
    if captioned is not None and captioned.summary.interrupted:
        say("The report shows what is done so far.")
    stages.print_counts(f"{crawled.site}", stages.read_counts(settings, crawled.site))
    stdout.print(f"\nReport:          {files.index}", markup=False)
    stdout.print(f"For editors:     {files.editors_csv} ({files.rows} rows)", markup=False)
    stdout.print(f"For importers:   {files.import_csv} ({files.importable} rows)", markup=False)
    if captioned is not None and captioned.summary.interrupted:
        raise typer.Exit(1)
    _fail_on(settings, crawled.site, fail_on)


def _fail_on(settings: Settings, site: str, fail_on: Severity | None) -> None:
    if fail_on is None:
        return
    from store.engine import reading
    from store.migrate import opened
    from store.report import count_groups

    with opened(settings.database) as engine, reading(engine) as session:
        found = {severity for severity, number in count_groups(session, site).items() if number}
    _exit_for(found, fail_on)


def _exit_for(found: set[Severity], fail_on: Severity | None) -> None:
    worst_first = list(Severity)
    if fail_on is not None and found & set(worst_first[: worst_first.index(fail_on) + 1]):
        raise typer.Exit(3)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder of the report and of the demo's database.")] = Path(
        "reports-out/demo"
    ),
    model: Annotated[str, typer.Option(help="auto, builtin, a Hugging Face id or a folder.")] = "builtin",
) -> None:
    """Audit a small site that ships with the package, served on this machine: no network needed.

    Example: alt-audit demo
    """
    from alt_audit.console import say
    from alt_audit.demo.server import serve_demo
    from core.errors import ReportError

    database = out / "demo.db"
    try:
        out.mkdir(parents=True, exist_ok=True)
        for path in out.glob("demo.db*"):
            path.unlink()
    except OSError as error:
        raise ReportError(f"cannot write to {out}: {error.strerror}. Choose another --out.") from None
    settings = _settings(None, database=f"sqlite:///{database}", caption={"model": model})
    with serve_demo() as url:
        say(f"The demo site is at {url} while this runs.")
        _audit([url], settings, out, fresh=False, include_pending=False, fail_on=None)


@app.command()
def crawl(
    urls: Urls,
    database: Database = None,
    config: Config = None,
    limit_pages: LimitPages = None,
    max_depth: MaxDepth = None,
    include: Include = None,
    exclude: Exclude = None,
    fresh: Fresh = False,
) -> None:
    """Read a site's pages and judge their images; the first stage of run.

    Example: alt-audit crawl https://example.com/ --exclude /tag/
    """
    from alt_audit import stages

    settings = _settings(
        config,
        database=database,
        crawl={"limit_pages": limit_pages, "max_depth": max_depth, "include": include, "exclude": exclude},
    )
    result = stages.crawl(urls, settings, fresh=fresh)
    stages.print_counts(result.site, stages.read_counts(settings, result.site))
    if result.interrupted:
        raise typer.Exit(1)


@app.command()
def caption(
    database: Database = None,
    model: Model = None,
    device: Device = None,
    config: Config = None,
    watch: Annotated[bool, typer.Option("--watch", help="Wait for new work when the queue is empty.")] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Try the failed images again.")] = False,
    recaption: Annotated[
        bool, typer.Option("--recaption", help="Let this model look at what other models have captioned, too.")
    ] = False,
) -> None:
    """Caption the images that wait in the queue; the second stage of run. Start as many as there are GPUs.

    Example: alt-audit caption --database postgresql://audit@db/audit --watch
    """
    from alt_audit import stages

    settings = _settings(config, database=database, caption={"model": model, "device": device})
    done = stages.caption(settings, watch=watch, retry_failed=retry_failed, recaption=recaption)
    if done is not None and done.summary.interrupted and not watch:
        raise typer.Exit(1)


@app.command()
def report(
    out: Out = None,
    database: Database = None,
    site: SiteName = None,
    config: Config = None,
    include_pending: IncludePending = False,
    fail_on: FailOn = None,
) -> None:
    """Write the HTML report and the CSV files from the store; the last stage of run.

    Example: alt-audit report --site example.com --out report/
    """
    from alt_audit import stages
    from alt_audit.console import stdout

    settings = _settings(config, database=database)
    files = stages.report(settings, site=site, out=out, include_pending=include_pending)
    for path in (files.index, files.editors_csv, files.import_csv, files.failures_csv):
        stdout.print(str(path), markup=False)
    if fail_on is not None:
        _fail_on(settings, site or stages.last_site(settings), fail_on)


@app.command()
def check(
    targets: Annotated[
        list[str], typer.Argument(help="HTML files, http(s) URLs, or - for standard input.", metavar="FILE|URL|-...")
    ],
    output: OutputFormat = Format.TEXT,
    config: Config = None,
    fail_on: FailOn = None,
) -> None:
    """Judge single pages, without a store or a crawl.

    Example: alt-audit check index.html --fail-on error
    """
    from alt_audit.checking import check as check_page

    settings = _settings(config)
    pages = [check_page(target, settings.crawl) for target in targets]
    if output is Format.JSON:
        found = [page.as_json() for page in pages]
        typer.echo(json.dumps(found[0] if len(found) == 1 else found, ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(page.as_text() for page in pages))
    _exit_for({severity for page in pages for severity in page.severities()}, fail_on)


@app.command()
def status(
    database: Database = None,
    site: Annotated[Optional[str], typer.Option(help="Host of one site (default: all).")] = None,
    output: OutputFormat = Format.TEXT,
    config: Config = None,
) -> None:
    """Count pages, images, captions and suggestions.

    Example: alt-audit status --format json
    """
    from alt_audit import stages

    settings = _settings(config, database=database)
    numbers = stages.read_counts(settings, site)
    if output is Format.JSON:
        typer.echo(json.dumps(numbers))
    else:
        stages.print_counts(site or "All sites", numbers)


@db_app.command()
def upgrade(
    revision: Annotated[str, typer.Argument(help="A revision, or head.")] = "head",
    database: Database = None,
    config: Config = None,
) -> None:
    """Bring the schema up to date (every command does so when it starts)."""
    from store import migrate
    from store.engine import connect

    engine = connect(_settings(config, database=database).database)
    migrate.upgrade(engine, revision)
    typer.echo(migrate.current(engine))


@db_app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="A revision, or base, which drops every table.")],
    database: Database = None,
    config: Config = None,
) -> None:
    """Take the schema back to an older revision."""
    from store import migrate
    from store.engine import connect

    engine = connect(_settings(config, database=database).database)
    migrate.downgrade(engine, revision)
    typer.echo(migrate.current(engine) or "base")


@db_app.command()
def current(database: Database = None, config: Config = None) -> None:
    """Print the revision of the database and the one this version works with."""
    from store import migrate
    from store.engine import connect

    engine = connect(_settings(config, database=database).database)
    typer.echo(f"{migrate.current(engine) or 'base'} (this version: {migrate.head()})")


def main() -> None:
    """Run the command line; errors are a line on stderr and an exit code, never a traceback."""
    try:
        app()
    except UsageError as error:
        typer.echo(f"alt-audit: {error}", err=True)
        sys.exit(2)
    except AltAuditError as error:
        typer.echo(f"alt-audit: {error}", err=True)
        sys.exit(1)
