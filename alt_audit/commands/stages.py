"""The stages one by one, and the counts between them."""

from __future__ import annotations

import json
from typing import Annotated, Optional

import typer

from alt_audit.commands.options import (
    AllowPrivate,
    Auth,
    AuthOrigin,
    BlankAlt,
    BlankAltOption,
    Config,
    Database,
    Device,
    Exclude,
    FailOn,
    Format,
    Fresh,
    Include,
    IncludePending,
    LimitPages,
    ListFile,
    MaxDepth,
    Model,
    Out,
    OutputFormat,
    Render,
    ScreamingFrog,
    SiteName,
    Subdomains,
    Urls,
    UserAgent,
    fail_on_findings,
    settings_of,
)
from core.errors import UsageError


def crawl(
    urls: Urls = None,
    list_file: ListFile = None,
    screaming_frog: ScreamingFrog = None,
    blank_alt: BlankAltOption = BlankAlt.MISSING,
    database: Database = None,
    config: Config = None,
    limit_pages: LimitPages = None,
    max_depth: MaxDepth = None,
    include: Include = None,
    exclude: Exclude = None,
    render: Render = None,
    subdomains: Subdomains = None,
    user_agent: UserAgent = None,
    auth: Auth = None,
    auth_origin: AuthOrigin = None,
    allow_private: AllowPrivate = None,
    fresh: Fresh = False,
) -> None:
    """Read a site's pages and judge their images; the first stage of run.

    The pages are found from start URLs, or named by --list, or come from an export of Screaming Frog.

    Example: alt-audit crawl https://example.com/ --exclude /tag/
    """
    from alt_audit import stages
    from alt_audit.pages import Where, read_pages

    settings = settings_of(
        config,
        database=database,
        crawl={
            "limit_pages": limit_pages,
            "max_depth": max_depth,
            "include": include,
            "exclude": exclude,
            "render": render,
            "subdomains": subdomains,
            "user_agent": user_agent,
            "auth": auth,
            "auth_origin": auth_origin,
            "allow_private": allow_private,
        },
    )
    where = Where(urls or [], list_file, screaming_frog, blank_is_empty=blank_alt is BlankAlt.EMPTY)
    result = read_pages(where, settings, fresh=fresh)
    stages.print_counts(result.site.name, stages.read_counts(settings, result.site))
    if result.interrupted:
        raise typer.Exit(1)


def caption(
    database: Database = None,
    model: Model = None,
    device: Device = None,
    config: Config = None,
    allow_private: AllowPrivate = None,
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
    metrics_port: Annotated[
        Optional[int],
        typer.Option(min=0, max=65_535, help="Answer GET /metrics for Prometheus on this port of 127.0.0.1."),
    ] = None,
) -> None:
    """Caption the images that wait in the queue; the second stage of run. Start as many as there are GPUs.

    Exits with 4 when the device is broken for this process: a new one may go on.

    Example: alt-audit caption --database postgresql://audit@db/audit --watch
    """
    from alt_audit import stages

    options = {"model": model, "device": device, "metrics_port": metrics_port, "allow_private": allow_private}
    settings = settings_of(config, database=database, caption=options)
    if estimate:
        if watch or retry_failed or recaption or refresh:
            raise UsageError(
                "--estimate changes nothing, so it goes without --watch, --retry-failed, --recaption and --refresh"
            )
        stages.estimate(settings)
        return
    if code is not None and not retry_failed:
        raise UsageError("--code says which failed images to try again: give --retry-failed, too")
    done = stages.caption(
        settings, watch=watch, retry_failed=retry_failed, code=code, recaption=recaption, refresh=refresh
    )
    if done is not None and not done.is_whole and not watch:
        raise typer.Exit(1)


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

    settings = settings_of(config, database=database)
    files = stages.report(settings, site=site, out=out, include_pending=include_pending)
    for path in (files.index, *(file.path for file in files.files)):
        stdout.print(str(path), markup=False)
    if fail_on is not None:
        fail_on_findings(settings, stages.chosen_site(settings, site), fail_on)


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

    settings = settings_of(config, database=database)
    chosen = stages.chosen_site(settings, site) if site is not None else None
    numbers = stages.read_counts(settings, chosen)
    if output is Format.JSON:
        typer.echo(json.dumps(numbers.as_json()))
    else:
        stages.print_counts(chosen.name if chosen is not None else "All sites", numbers)
