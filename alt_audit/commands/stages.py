"""The stages one by one, and the counts between them."""

from __future__ import annotations

import json
from typing import Annotated, Optional

import typer

from alt_audit.commands.gating import known, pass_gate
from alt_audit.commands.parameters import (
    AllowPrivate,
    Config,
    CrawlArguments,
    CsvSeparator,
    Database,
    Device,
    Files,
    Format,
    Fresh,
    GateArguments,
    IncludePending,
    Insecure,
    Keep,
    Model,
    Ocr,
    Out,
    OutputFormat,
    PageArguments,
    SiteName,
    TrafficFile,
    Verify,
    grouped,
    reading_pictures,
    say_left_out,
    say_site,
    settings_of,
)
from core.errors import UsageError
from core.text import counted


@grouped
def crawl(
    *,
    pages: PageArguments,
    database: Database = None,
    config: Config = None,
    crawling: CrawlArguments,
    fresh: Fresh = False,
) -> None:
    """Read a site's pages and judge their images; the first stage of run.

    The pages are found from start URLs, or named by --list, or come from an export of Screaming Frog.

    Example: alt-audit crawl https://example.com/ --exclude /tag/
    """
    from alt_audit.console.counts import print_counts
    from alt_audit.console.talk import Talk
    from alt_audit.jobs.pages import read_pages
    from alt_audit.jobs.sites import status as counts_of

    settings = settings_of(config, database=database, crawl=crawling.given())
    result = read_pages(pages.source(), settings, Talk(), fresh=fresh)
    for site in result.sites:
        print_counts(site.name, counts_of(settings, site))
    if result.interrupted or result.unread:
        raise typer.Exit(1)


def caption(
    database: Database = None,
    model: Model = None,
    device: Device = None,
    ocr: Ocr = False,
    config: Config = None,
    allow_private: AllowPrivate = None,
    insecure: Insecure = None,
    auth: Annotated[
        Optional[str],
        typer.Option(
            help="basic:USER:PASSWORD, header:NAME:VALUE or cookie:NAME=VALUE for pictures behind a login; sent to "
            "--auth-origin only. Other users of this machine see options: the variable is safer.",
            envvar="ALT_AUDIT_CAPTION__AUTH",
            show_default=False,
        ),
    ] = None,
    auth_origin: Annotated[
        Optional[list[str]],
        typer.Option(metavar="https://HOST[:PORT]", help="Where the credentials are sent; may be repeated."),
    ] = None,
    site: Annotated[
        Optional[list[str]], typer.Option(help="Caption for this site alone (default: for all); may be repeated.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Wait for new work when the queue is empty.")] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Try the failed images again.")] = False,
    code: Annotated[
        Optional[str],
        typer.Option(help="With --retry-failed: only those that failed so, for example fetch/http_503 (see status)."),
    ] = None,
    recaption: Annotated[
        bool, typer.Option("--recaption", help="Let this model look at what other models have captioned, too.")
    ] = False,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Only say how long it would take, and what an endpoint would cost.")
    ] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask for captioned images again, and caption those that have changed.")
    ] = False,
    again: Annotated[
        bool,
        typer.Option("--again", help="Caption anew what is captioned, by this model too; what people decided stays."),
    ] = False,
    where: Annotated[
        Optional[list[str]],
        typer.Option(
            help="With --again: only captions that are silent, fit text~PATTERN, have model=, revision=, prompt= or "
            "language= so, or whose picture lacks an analysis (without=ANALYSER). Several: all of it."
        ),
    ] = None,
    metrics_port: Annotated[
        Optional[int],
        typer.Option(min=0, max=65_535, help="Answer GET /metrics for Prometheus on this port of 127.0.0.1."),
    ] = None,
) -> None:
    """Caption the images that wait in the queue; the second stage of run. Start as many as there are GPUs.

    Exits with 4 when the device is broken for this process: a new one may go on.

    Example: alt-audit caption --database postgresql://audit@db/audit --watch
    """
    from alt_audit.console.counts import print_estimate
    from alt_audit.console.talk import Talk
    from alt_audit.jobs import caption as job
    from store.captions_again import read_which

    options = {
        "model": model,
        "device": device,
        "metrics_port": metrics_port,
        "allow_private": allow_private,
        "insecure": insecure,
        "auth": auth,
        "auth_origin": auth_origin or None,
    }
    settings = reading_pictures(settings_of(config, database=database, caption=options), ocr)
    if estimate:
        if watch or retry_failed or recaption or refresh or again:
            raise UsageError(
                "--estimate changes nothing, so it goes without --watch, --retry-failed, --recaption, --refresh and "
                "--again"
            )
        ahead = job.estimate(settings, Talk(), sites=site or ())
        if ahead is not None:
            print_estimate(ahead)
        return
    if code is not None and not retry_failed:
        raise UsageError("--code says which failed images to try again: give --retry-failed, too")
    if where and not again:
        raise UsageError("--where says which captions are to be given anew: give --again, too")
    done = job.caption(
        settings,
        Talk(),
        sites=site or (),
        watch=watch,
        retry_failed=retry_failed,
        code=code,
        recaption=recaption,
        refresh=refresh,
        again=read_which(where or ()) if again else None,
    )
    if done is not None and not done.is_whole and not watch:
        raise typer.Exit(1)


def suggest(
    database: Database = None,
    site: Annotated[Optional[str], typer.Option(help="Host of one site (default: all).")] = None,
    verify: Verify = None,
    device: Device = None,
    config: Config = None,
) -> None:
    """Draft alt texts anew, without looking at a picture: after new rules or settings, or a crawl that met new places.

    What people wrote or decided stays. With --verify, pictures are fetched, and their texts, standing and drafted ones,
    compared with them.

    Example: alt-audit suggest --site example.com
    """
    from alt_audit.console.talk import Talk
    from alt_audit.console.terminal import say
    from alt_audit.jobs.sites import chosen_site
    from alt_audit.jobs.suggest import suggest as draft

    settings = settings_of(config, database=database, suggest={"verify": verify}, caption={"device": device})
    done = draft(settings, Talk(), site=chosen_site(settings, site) if site is not None else None)
    say(
        f"Looked at {counted(done.contexts, 'context')}: {done.drafted:,} drafted anew, "
        f"{done.without_text:,} of those without a text to propose."
    )
    if done.unreadable:
        say(
            f"  Text in pictures was left alone in {counted(done.unreadable, 'context')}, which are in letters that no "
            "reader of caption.analysers knows; tesseract may (docs/workers.md)."
        )
    if done.failed:
        say(f"  {counted(done.failed, 'draft')} failed; the log says why.")


@grouped
def report(
    *,
    out: Out = None,
    database: Database = None,
    site: SiteName = None,
    config: Config = None,
    include_pending: IncludePending = False,
    csv_separator: CsvSeparator = None,
    files: Files = None,
    keep: Keep = False,
    traffic: TrafficFile = None,
    all_sites: Annotated[
        bool,
        typer.Option(
            "--all", help="Write the overview of all sites instead, beside their reports (--out: their folder)."
        ),
    ] = False,
    gating: GateArguments,
) -> None:
    """Write the HTML report and the CSV files from the store; the last stage of run.

    Example: alt-audit report --site example.com --out report/
    """
    from alt_audit.console.terminal import stdout
    from alt_audit.jobs.overview import overview
    from alt_audit.jobs.report import report as write
    from alt_audit.jobs.sites import chosen_site
    from alt_audit.jobs.traffic import read_traffic

    if all_sites:
        if site or include_pending or files or keep or traffic is not None or gating != GateArguments():
            raise UsageError(
                "--all writes the overview alone: only --out, --csv-separator, --database and --config go with it"
            )
        settings = settings_of(config, database=database, report={"csv_separator": csv_separator})
        for path in overview(settings, out):
            stdout.print(str(path), markup=False)
        return
    baseline = known(gating)
    visits = read_traffic(traffic) if traffic is not None else None
    settings = settings_of(
        config, database=database, report={"csv_separator": csv_separator, "files": files or None, "keep": keep or None}
    )
    chosen = chosen_site(settings, site)
    say_site("Report of", settings, chosen, given=site)
    written = write(settings, site=chosen.name, out=out, include_pending=include_pending, traffic=visits)
    for path in (written.index, written.summary, *(file.path for file in written.files)):
        stdout.print(str(path), markup=False)
    say_left_out()
    pass_gate(gating, settings, [chosen], baseline)


def status(
    database: Database = None,
    site: Annotated[Optional[str], typer.Option(help="Host of one site (default: all).")] = None,
    output: OutputFormat = Format.TEXT,
    config: Config = None,
) -> None:
    """Count pages, images, captions and suggestions of all sites, which are named, or of one.

    Example: alt-audit status --format json
    """
    from alt_audit.console.counts import print_counts, print_fixes
    from alt_audit.console.terminal import stdout
    from alt_audit.jobs import sites
    from core.failures import MANY_OF_HOST, sitemap_lines

    settings = settings_of(config, database=database)
    chosen = sites.chosen_site(settings, site) if site is not None else None
    counted_sites = (chosen,) if chosen is not None else sites.sites_read(settings)
    numbers = sites.status(settings, chosen)
    unread = sites.unread_sitemaps(settings, chosen)
    fixed = sites.fixes_of(settings, chosen)
    if output is Format.JSON:
        about = {"site": chosen.name if chosen is not None else None, "sites": [one.name for one in counted_sites]}
        typer.echo(json.dumps(about | numbers.as_json() | {"sitemaps_unread": unread, "fixes": fixed.as_json()}))
    else:
        names = sites.names_of(counted_sites)
        print_counts(
            f"{len(counted_sites)} sites: {names}" if len(counted_sites) > 1 else names or "No page was read yet",
            numbers,
        )
        print_fixes(fixed)
        failed = sum(tally.images for tally in numbers.failures) >= MANY_OF_HOST
        for line in sitemap_lines(unread) + (sites.failing_hosts(settings, chosen) if failed else []):
            stdout.print(line, markup=False)
