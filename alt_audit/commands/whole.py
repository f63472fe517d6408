"""The main job: `run`, and `demo`, which runs it on a site of its own."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    Fresh,
    Include,
    IncludePending,
    LimitPages,
    ListFile,
    MaxDepth,
    Model,
    Out,
    Render,
    ScreamingFrog,
    Subdomains,
    Urls,
    UserAgent,
    fail_on_findings,
    settings_of,
)
from core.text import counted

if TYPE_CHECKING:
    from alt_audit.config import Settings
    from alt_audit.pages import Where
    from core.records import Severity


def run(
    urls: Urls = None,
    list_file: ListFile = None,
    screaming_frog: ScreamingFrog = None,
    blank_alt: BlankAltOption = BlankAlt.MISSING,
    out: Out = None,
    database: Database = None,
    model: Model = None,
    device: Device = None,
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
    include_pending: IncludePending = False,
    fail_on: FailOn = None,
) -> None:
    """Audit a site: crawl it, caption its images, write the report.

    Example: alt-audit run https://example.com/ --limit-pages 500
    """
    from alt_audit.pages import Where

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
        caption={"model": model, "device": device, "allow_private": allow_private},
    )
    where = Where(urls or [], list_file, screaming_frog, blank_is_empty=blank_alt is BlankAlt.EMPTY)
    _audit(where, settings, out, fresh=fresh, include_pending=include_pending, fail_on=fail_on)


def _audit(
    where: Where,
    settings: Settings,
    out: Path | None,
    *,
    fresh: bool,
    include_pending: bool,
    fail_on: Severity | None,
) -> None:
    from alt_audit import stages
    from alt_audit.console import say, stdout
    from alt_audit.pages import read_pages
    from captioning.captioners.select import check_model
    from core.errors import CaptionerError, DeviceError

    started = time.monotonic()
    check_model(settings.caption)  # a slip there is not to cost a crawl
    crawled = read_pages(where, settings, fresh=fresh)
    if crawled.interrupted:
        raise typer.Exit(1)
    captioned, failure = None, None
    try:
        captioned = stages.caption(settings)
    except (CaptionerError, DeviceError) as error:
        failure = error
    stages.judge_whole_site(settings, crawled.site)
    files = stages.report(
        settings,
        site=crawled.site.name,
        out=out,
        include_pending=include_pending,
        model_note=captioned.model_note if captioned is not None else None,
        elapsed_s=time.monotonic() - started,
    )
    if failure is not None:
        say("Captioning failed; the last line says why. The report shows what is done so far.")
    elif captioned is not None and not captioned.is_whole:
        say("The report shows what is done so far.")
    stages.print_counts(crawled.site.name, stages.read_counts(settings, crawled.site))
    stdout.print(f"\n{'Report:':<22}{files.index}", markup=False)
    for file in files.files:
        stdout.print(f"{file.title + ':':<22}{file.path} ({counted(file.rows, 'row')})", markup=False)
    if failure is not None:
        raise failure
    if captioned is not None and not captioned.is_whole:
        raise typer.Exit(1)
    fail_on_findings(settings, crawled.site, fail_on)


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
    from alt_audit.pages import Where
    from core.errors import ReportError

    database = out / "demo.db"
    try:
        out.mkdir(parents=True, exist_ok=True)
        for path in out.glob("demo.db*"):
            path.unlink()
    except OSError as error:
        raise ReportError(f"cannot write to {out}: {error.strerror}. Choose another --out.") from None
    settings = settings_of(None, database=f"sqlite:///{database}", caption={"model": model})
    # No proxy has a part in what is on this machine.
    exempt = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    os.environ["no_proxy"] = f"{exempt},127.0.0.1" if exempt else "127.0.0.1"
    with serve_demo() as url:
        say(f"The demo site is at {url} while this runs.")
        _audit(Where([url]), settings, out, fresh=False, include_pending=False, fail_on=None)
