"""Options that several commands share, and what they do with them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from core.records import Severity

if TYPE_CHECKING:
    from alt_audit.config import Settings
    from store.sites import Site


class Format(StrEnum):
    """How a result is printed."""

    TEXT = "text"
    JSON = "json"


class CheckFormat(StrEnum):
    """How `check` prints its result."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class BlankAlt(StrEnum):
    """What an empty alt text in a CSV file stands for."""

    MISSING = "missing"
    EMPTY = "empty"


Urls = Annotated[
    Optional[list[str]], typer.Argument(help="Start URLs of one site.", metavar="[URL...]", show_default=False)
]
ListFile = Annotated[
    Optional[Path],
    typer.Option(
        "--list", help="Read the pages that this file names, and no others: one URL a line, a CSV file or a sitemap."
    ),
]
ScreamingFrog = Annotated[
    Optional[Path],
    typer.Option(
        "--from-screaming-frog",
        help="Take the images from this export (all_inlinks.csv or images_missing_alt_text_inlinks.csv); no page is "
        "fetched.",
    ),
]
BlankAltOption = Annotated[
    BlankAlt,
    typer.Option("--blank-alt", help="What a blank alt text in the export stands for: a CSV file cannot tell."),
]
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
Model = Annotated[
    Optional[str],
    typer.Option(help="auto, builtin, a Hugging Face id, a folder or openai:MODEL[@BASE_URL] (default: auto)."),
]
Device = Annotated[Optional[str], typer.Option(help="auto, cpu, cuda, cuda:N or mps (default: auto).")]
LimitPages = Annotated[Optional[int], typer.Option(min=1, help="Stop after this many pages.")]
MaxDepth = Annotated[Optional[int], typer.Option(min=0, help="Follow this many links from the start page.")]
Include = Annotated[Optional[list[str]], typer.Option(help="Only pages whose URL matches this expression.")]
Exclude = Annotated[Optional[list[str]], typer.Option(help="No pages whose URL matches this expression.")]
Render = Annotated[
    Optional[list[str]],
    typer.Option(help="Read pages whose URL matches this expression through Chromium ('.*': all of them)."),
]
Subdomains = Annotated[
    Optional[bool], typer.Option("--subdomains", help="Read all hosts of the start URL's domain.", show_default=False)
]
UserAgent = Annotated[
    Optional[str], typer.Option(help="Sent with every request, and matched in robots.txt (default: alt-audit/VERSION).")
]
Auth = Annotated[
    Optional[str],
    typer.Option(
        help="basic:USER:PASSWORD, header:NAME:VALUE or cookie:NAME=VALUE; sent to the start URLs' own scheme, host "
        "and port only, or to --auth-origin. Other users of this machine see options: the variable is safer.",
        envvar="ALT_AUDIT_CRAWL__AUTH",
        show_default=False,
    ),
]
AuthOrigin = Annotated[
    Optional[list[str]],
    typer.Option(
        metavar="https://HOST[:PORT]",
        help="Send the credentials of --auth here, and not to the start URLs; may be repeated. --list needs it.",
    ),
]
AllowPrivate = Annotated[
    Optional[list[str]],
    typer.Option(
        metavar="NETWORK",
        help="Connect to addresses in this network (10.0.0.0/8, 192.168.1.7) although they are not public; may be "
        "repeated. Loopback, and addresses in numbers, are open when they are start URLs.",
    ),
]
Fresh = Annotated[
    bool,
    typer.Option("--fresh", help="Read every page anew: neither go on with a crawl cut short nor ask for changes."),
]
FailOn = Annotated[
    Optional[Severity], typer.Option(help="Exit with 3 when there is a finding of this severity or a worse one.")
]
IncludePending = Annotated[
    bool, typer.Option("--include-pending", help="Put drafts that nobody has approved into import.csv too.")
]
SiteName = Annotated[Optional[str], typer.Option(help="Host of the site (default: the last one crawled).")]
OutputFormat = Annotated[Format, typer.Option("--format", help="How to print the result.")]


def settings_of(config: Path | None, **overrides: object) -> Settings:
    """The configuration, with the options given on the command line."""
    from alt_audit.config import load_settings

    return load_settings(config, **overrides)


def fail_on_findings(settings: Settings, site: Site, fail_on: Severity | None) -> None:
    """Exit with 3 when the store holds a finding of this site at or above the severity given."""
    if fail_on is None:
        return
    from store.engine import reading
    from store.migrate import opened
    from store.report import count_groups

    with opened(settings.database) as engine, reading(engine) as session:
        found = {severity for severity, number in count_groups(session, site.id).items() if number}
    exit_for(found, fail_on)


def exit_for(found: set[Severity], fail_on: Severity | None) -> None:
    """Exit with 3 when one of the severities found is at or above the one given."""
    worst_first = list(Severity)
    if fail_on is not None and found & set(worst_first[: worst_first.index(fail_on) + 1]):
        raise typer.Exit(3)
