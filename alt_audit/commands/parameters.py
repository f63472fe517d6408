"""Options that several commands share, said once, and what the commands do with them."""

from __future__ import annotations

import functools
import inspect
from dataclasses import asdict, dataclass, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional, TypeVar, get_type_hints

import typer

from core.records import Severity
from core.sheets.formats import Separator
from crawler.inputs.base import InputFile
from crawler.inputs.registry import inputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from alt_audit.config import Settings
    from alt_audit.jobs.pages import PageSource
    from store.sites import Site

Group = TypeVar("Group")


class Format(StrEnum):
    """How a result is printed."""

    TEXT = "text"
    JSON = "json"


class CheckFormat(StrEnum):
    """How `check` prints its result."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


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
Ocr = Annotated[
    bool,
    typer.Option("--ocr", help="Read text in pictures, too, as a witness for drafts (caption.analysers; extra ocr)."),
]
Verify = Annotated[
    Optional[str],
    typer.Option(
        help="Hugging Face id or folder of a model that compares texts with pictures (CLIP, SigLIP, BLIP-ITM, ViLT): a "
        "witness for drafts; finds texts that may be of another picture (default: none)."
    ),
]
Device = Annotated[Optional[str], typer.Option(help="auto, cpu, cuda, cuda:N or mps (default: auto).")]
AllowPrivate = Annotated[
    Optional[list[str]],
    typer.Option(
        metavar="NETWORK",
        help="Connect to addresses in this network (10.0.0.0/8, 192.168.1.7) although they are not public; may be "
        "repeated. Loopback, and addresses in numbers, are open when they are start URLs.",
    ),
]

Insecure = Annotated[
    Optional[bool],
    typer.Option(
        "--insecure",
        help="Take any certificate of https servers: signed by nobody, expired or for another host.",
        show_default=False,
    ),
]


def _with_inputs(kind: type[Group]) -> type[Group]:
    """The class with a field for each option of the kinds of files in `crawler.inputs`, before those of its own."""
    options: dict[str, Any] = {}
    for file in inputs():
        options[file.name] = Annotated[Optional[Path], typer.Option(file.option, help=file.help)]
        setattr(kind, file.name, None)
        for choice in file.choices:
            options[choice.name] = Annotated[type(choice.default), typer.Option(choice.option, help=choice.help)]
            setattr(kind, choice.name, choice.default)
    kind.__annotations__ = options | kind.__annotations__
    return kind


@dataclass(frozen=True)
@_with_inputs
class PageArguments:
    """What `run` and `crawl` are told of where the pages come from."""

    urls: Annotated[
        Optional[list[str]],
        typer.Argument(
            help="Start URLs; each registered domain is a site of its own.", metavar="[URL...]", show_default=False
        ),
    ] = None
    site: Annotated[
        Optional[str],
        typer.Option(
            help="Name of the site that the pages are of (default: the one that has their hosts, or a new one)."
        ),
    ] = None

    def source(self) -> PageSource:
        """The same for the job."""
        from alt_audit.jobs.pages import PageSource

        given = asdict(self)
        files = [
            InputFile(kind, path, {choice.name: given[choice.name] for choice in kind.choices})
            for kind in inputs()
            if (path := given[kind.name]) is not None
        ]
        return PageSource(self.urls or (), files, self.site)


@dataclass(frozen=True)
class CrawlArguments:
    """What `run` and `crawl` are told of how to crawl: settings of the section `crawl`, by their names there."""

    limit_pages: Annotated[Optional[int], typer.Option(min=1, help="Stop after this many pages.")] = None
    max_depth: Annotated[Optional[int], typer.Option(min=0, help="Follow this many links from the start page.")] = None
    include: Annotated[Optional[list[str]], typer.Option(help="Only pages whose URL matches this expression.")] = None
    exclude: Annotated[Optional[list[str]], typer.Option(help="No pages whose URL matches this expression.")] = None
    render: Annotated[
        Optional[list[str]],
        typer.Option(help="Read pages whose URL matches this expression through Chromium ('.*': all of them)."),
    ] = None
    subdomains: Annotated[
        Optional[bool],
        typer.Option("--subdomains", help="Read all hosts of the start URL's domain.", show_default=False),
    ] = None
    user_agent: Annotated[
        Optional[str],
        typer.Option(help="Sent with every request, and matched in robots.txt (default: alt-audit/VERSION)."),
    ] = None
    auth: Annotated[
        Optional[str],
        typer.Option(
            help="basic:USER:PASSWORD, header:NAME:VALUE or cookie:NAME=VALUE; sent to the start URLs' own scheme, "
            "host and port only, or to --auth-origin. Other users of this machine see options: the variable is safer.",
            envvar="ALT_AUDIT_CRAWL__AUTH",
            show_default=False,
        ),
    ] = None
    auth_origin: Annotated[
        Optional[list[str]],
        typer.Option(
            metavar="https://HOST[:PORT]",
            help="Send the credentials of --auth here, and not to the start URLs; may be repeated. --list needs it.",
        ),
    ] = None
    allow_private: AllowPrivate = None
    insecure: Insecure = None
    follow_actions: Annotated[
        Optional[bool],
        typer.Option(
            "--follow-actions",
            help="Follow links that do something, too: log out, add to cart, delete, vote, unsubscribe.",
            show_default=False,
        ),
    ] = None
    accept_loss: Annotated[
        Optional[bool],
        typer.Option(
            "--accept-loss",
            help="Take pages for gone although far fewer were read than are known (after a look at the site).",
            show_default=False,
        ),
    ] = None

    def given(self) -> dict[str, Any]:
        """The settings; None for those that were not given."""
        return asdict(self)


Fresh = Annotated[
    bool,
    typer.Option("--fresh", help="Read every page anew: neither go on with a crawl cut short nor ask for changes."),
]


FailOn = Annotated[
    Optional[Severity],
    typer.Option(help="Exit with 3 when there is a finding of this severity or a worse one, and say what."),
]


@dataclass(frozen=True)
class GateArguments:
    """What `run`, `report` and `check` are told of what is reason enough to fail."""

    fail_on: FailOn = None
    baseline: Annotated[
        Optional[Path],
        typer.Option(metavar="FILE", help="With --fail-on: findings that this file knows do not count."),
    ] = None
    write_baseline: Annotated[
        Optional[Path],
        typer.Option(metavar="FILE", help="Write down all findings as known, for --baseline."),
    ] = None


IncludePending = Annotated[
    bool, typer.Option("--include-pending", help="Put drafts that nobody has approved into import.csv too.")
]
CsvSeparator = Annotated[
    Optional[Separator],
    typer.Option(
        "--csv-separator",
        help='Between the cells of the CSV files for people (default: ","); ";" for the Excel of most of Europe.',
        show_default=False,
    ),
]
Files = Annotated[
    Optional[list[str]],
    typer.Option(
        "--files",
        metavar="NAME",
        help="Write this file, too: pages, places, jsonl, sarif or issues (report.files); may be repeated.",
        show_default=False,
    ),
]
TrafficFile = Annotated[
    Optional[Path],
    typer.Option(
        "--traffic",
        metavar="FILE",
        help="Visits of pages, as Search Console or GA4 export them, or any table of addresses and numbers: the report "
        "says what stands on the most visited pages.",
    ),
]
Keep = Annotated[
    bool, typer.Option("--keep", help="Keep the report that stands there, in previous/ below it (report.keep).")
]
SiteName = Annotated[Optional[str], typer.Option(help="Name of the site (default: the last one crawled).")]
OutputFormat = Annotated[Format, typer.Option("--format", help="How to print the result.")]


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """A command for typer, whose parameters that are dataclasses become one option for each of their fields."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {}
    parameters = []
    for parameter in inspect.signature(command).parameters.values():
        kind = hints[parameter.name]
        if not is_dataclass(kind):
            parameters.append(parameter.replace(annotation=kind))
            continue
        groups[parameter.name] = kind
        kinds = get_type_hints(kind, include_extras=True)
        parameters += [
            inspect.Parameter(field.name, parameter.kind, default=field.default, annotation=kinds[field.name])
            for field in fields(kind)
        ]

    @functools.wraps(command)
    def ungrouped(**given: Any) -> None:
        for name, kind in groups.items():
            given[name] = kind(**{field.name: given.pop(field.name) for field in fields(kind)})
        command(**given)

    del ungrouped.__wrapped__  # else its signature would be looked at
    ungrouped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    ungrouped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return ungrouped


def settings_of(config: Path | None, **overrides: object) -> Settings:
    """The configuration, with the options given on the command line."""
    from alt_audit.config import load_settings

    return load_settings(config, **overrides)


def reading_pictures(settings: Settings, ocr: bool) -> Settings:
    """The settings; with `ocr`, text in pictures is read, too, whatever analysers they name."""
    names = settings.caption.analysers
    if not ocr or "ocr" in names:
        return settings
    return settings.model_copy(update={"caption": settings.caption.model_copy(update={"analysers": [*names, "ocr"]})})


def say_site(what: str, settings: Settings, site: Site, *, given: str | None) -> None:
    """Say which site a command speaks of, and of which others it could, when nobody has named one."""
    from alt_audit.console.terminal import say
    from alt_audit.jobs.sites import names_of, sites_read

    others = [one for one in sites_read(settings) if one.id != site.id] if given is None else []
    say(
        f"{what} {site.name}, the site crawled last. --site NAME takes another: {names_of(others)}."
        if others
        else f"{what} {site.name}."
    )


def say_left_out() -> None:
    """Say which files a report lacks for want of an extra."""
    from alt_audit.console.terminal import say
    from reports.registry import left_out

    for line in left_out():
        say(f"Not written: {line}")
