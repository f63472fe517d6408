"""The main job: `run`, and `demo`, which runs it on a site of its own."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alt_audit.commands.gating import known, pass_gate
from alt_audit.commands.parameters import (
    Config,
    CrawlArguments,
    CsvSeparator,
    Database,
    Device,
    Files,
    Fresh,
    GateArguments,
    IncludePending,
    Keep,
    Model,
    Ocr,
    Out,
    PageArguments,
    TrafficFile,
    Verify,
    grouped,
    reading_pictures,
    say_left_out,
    settings_of,
)
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alt_audit.jobs.run import AuditResult


@grouped
def run(
    *,
    pages: PageArguments,
    out: Out = None,
    database: Database = None,
    model: Model = None,
    device: Device = None,
    ocr: Ocr = False,
    verify: Verify = None,
    config: Config = None,
    crawling: CrawlArguments,
    fresh: Fresh = False,
    include_pending: IncludePending = False,
    csv_separator: CsvSeparator = None,
    files: Files = None,
    keep: Keep = False,
    traffic: TrafficFile = None,
    gating: GateArguments,
) -> None:
    """Audit a site: crawl it, caption its images, draft texts, write the report.

    Example: alt-audit run https://example.com/ --limit-pages 500
    """
    from alt_audit.console.talk import Talk
    from alt_audit.jobs.run import run_audit
    from alt_audit.jobs.traffic import read_traffic

    baseline = known(gating)
    visits = read_traffic(traffic) if traffic is not None else None
    settings = settings_of(
        config,
        database=database,
        crawl=crawling.given(),
        suggest={"verify": verify},
        caption={
            "model": model,
            "device": device,
            "allow_private": crawling.allow_private,
            "insecure": crawling.insecure,
        },
        report={"csv_separator": csv_separator, "files": files or None, "keep": keep or None},
    )
    settings = reading_pictures(settings, ocr)
    result = run_audit(
        pages.source(), settings, Talk(), out=out, fresh=fresh, include_pending=include_pending, traffic=visits
    )
    print_audit(result)
    pass_gate(gating, settings, result.sites, baseline)


def print_audit(result: AuditResult) -> None:
    """Print how an audit ended. Raises what it failed with, and typer.Exit when it was stopped before its end."""
    from alt_audit.console.counts import print_counts
    from alt_audit.console.terminal import say, stdout

    if not result.reports:
        raise typer.Exit(1)
    if result.failure is not None:
        say("Captioning failed; the last line says why. The report shows what is done so far.")
    elif not result.is_whole:
        say("The report shows what is done so far.")
    for report in result.reports:
        print_counts(report.site.name, report.counts)
        stdout.print(f"\n{'Report:':<22}{report.files.index}", markup=False)
        stdout.print(f"{'For a client:':<22}{report.files.summary}", markup=False)
        for file in report.files.files:
            stdout.print(f"{file.title + ':':<22}{file.path} ({counted(file.rows, 'row')})", markup=False)
    say_left_out()
    if result.failure is not None:
        raise result.failure
    if not result.is_whole:
        raise typer.Exit(1)


def demo(
    out: Annotated[Path, typer.Option(help="Folder of the report and of the demo's database.")] = Path(
        "reports-out/demo"
    ),
    model: Annotated[str, typer.Option(help="auto, builtin, a Hugging Face id or a folder.")] = "builtin",
) -> None:
    """Audit a small site that ships with the package, served on this machine: no network needed.

    Example: alt-audit demo
    """
    from alt_audit.console.talk import Talk
    from alt_audit.console.terminal import say
    from alt_audit.demo.server import serve_demo
    from alt_audit.jobs.pages import PageSource
    from alt_audit.jobs.run import run_audit
    from core.errors import ReportError

    database = out / "demo.db"
    try:
        out.mkdir(parents=True, exist_ok=True)
        for path in out.glob("demo.db*"):
            path.unlink()
    except OSError as error:
        raise ReportError(f"cannot write to {out}: {error.strerror}. Choose another --out.") from None
    settings = settings_of(None, database=f"sqlite:///{database}", caption={"model": model})
    with serve_demo() as url, _no_proxy_for("127.0.0.1"):
        say(f"The demo site is at {url} while this runs.")
        print_audit(run_audit(PageSource([url]), settings, Talk(), out=out))


@contextmanager
def _no_proxy_for(host: str) -> Iterator[None]:
    """No proxy has a part in what is on this machine, while the block runs.

    Said in the environment: Scrapy, the captioning stage and a model's endpoint all read their proxies there, and the
    endpoint is to keep its own. As a setting it would pass through each job for the demo alone.
    """
    before = os.environ.get("no_proxy")
    exempt = before or os.environ.get("NO_PROXY")
    os.environ["no_proxy"] = f"{exempt},{host}" if exempt else host
    try:
        yield
    finally:
        if before is None:
            del os.environ["no_proxy"]
        else:
            os.environ["no_proxy"] = before
