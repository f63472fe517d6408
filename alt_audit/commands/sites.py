"""The sites that are audited on time: `sites add`, `list`, `edit`, `remove`, `import`, `status`, `run`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from alt_audit.commands.parameters import Config, Database, Format, OutputFormat, grouped, settings_of

if TYPE_CHECKING:
    from alt_audit.config import Settings

app = typer.Typer(
    help="The sites that are audited on time, each with its own settings and hours.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Name = Annotated[str, typer.Argument(help="Name of the site.", show_default=False)]


@dataclass(frozen=True)
class PlanArguments:
    """What `add` and `edit` are told of a site."""

    list_file: Annotated[
        Optional[str], typer.Option("--list", help="File or address of a list of its pages, instead of start URLs.")
    ] = None
    cron: Annotated[
        Optional[str],
        typer.Option(help="When: minute, hour, day, month, weekday, as '0 3 * * 1'. '': only when it is asked for."),
    ] = None
    timezone: Annotated[Optional[str], typer.Option(help="Whose clock: Europe/Berlin (default: UTC).")] = None
    max_hours: Annotated[
        Optional[float], typer.Option(min=0, help="Hours that one run may take (default: 12). 0: no limit.")
    ] = None
    assignments: Annotated[
        Optional[list[str]],
        typer.Option("--set", metavar="KEY=VALUE", help="A setting of its own: crawl.delay_s=1; may be repeated."),
    ] = None
    secrets: Annotated[
        Optional[list[str]],
        typer.Option(
            "--secret",
            metavar="KEY=VARIABLE",
            help="The environment variable that holds a secret setting: crawl.auth=SHOP_AUTH.",
        ),
    ] = None
    brand: Annotated[Optional[str], typer.Option(help="How its brand is spelt (caption.brand).")] = None
    words: Annotated[
        Optional[list[str]],
        typer.Option("--word", help="A word that is liked in its texts (caption.keywords); may be repeated. '': none."),
    ] = None
    language: Annotated[
        Optional[str], typer.Option(help="Language of its summary: en, de, fr, es (report.language).")
    ] = None
    notify: Annotated[
        Optional[list[str]], typer.Option(metavar="NAME", help="Who is told what changed; may be repeated. '': nobody.")
    ] = None

    def given(self) -> dict[str, Any]:
        """The keys of a plan that were given, under their names in sites.yaml."""
        from alt_audit.sites.plan import put_setting
        from core.errors import UsageError

        pages = self.list_file
        if pages and "://" not in pages:
            pages = str(Path(pages).resolve())
        data: dict[str, Any] = {
            "list": pages, "timezone": self.timezone, "brand": self.brand, "language": self.language,
            "max_hours": self.max_hours, "words": _without_empty(self.words), "notify": _without_empty(self.notify),
        }  # fmt: skip
        data = {key: value for key, value in data.items() if value is not None}
        if self.cron is not None:
            data["cron"] = self.cron or None
        for assignment in self.assignments or ():
            put_setting(data, assignment)
        for secret in self.secrets or ():
            key, equals, variable = secret.partition("=")
            if not equals:
                raise UsageError("--secret: write KEY=VARIABLE, such as crawl.auth=SHOP_AUTH")
            data.setdefault("secrets", {})[key] = variable
        return data


def _without_empty(words: list[str] | None) -> list[str] | None:
    """What was given; '' alone means none. None where nothing was."""
    return [word for word in words if word] if words else None


@app.command()
@grouped
def add(
    *,
    name: Name,
    urls: Annotated[Optional[list[str]], typer.Argument(help="Start URLs.", metavar="[URL...]")] = None,
    plan: PlanArguments,
    database: Database = None,
    config: Config = None,
) -> None:
    """Plan a site. One that was crawled before under this name keeps its pages, decisions and reports.

    Example: alt-audit sites add shop https://shop.example/ --cron '0 3 * * 1' --timezone Europe/Berlin
    """
    from alt_audit.console.terminal import say
    from alt_audit.jobs.plans import add_plan

    data = {"name": name} | ({"urls": urls} if urls else {}) | plan.given()
    _warn(add_plan(settings_of(config, database=database), data))
    say(f"{name} is planned. It is first due at once." if data.get("cron") else f"{name} is planned, at no hour.")


@app.command()
@grouped
def edit(
    *,
    name: Name,
    urls: Annotated[Optional[list[str]], typer.Argument(help="Start URLs, instead.", metavar="[URL...]")] = None,
    plan: PlanArguments,
    unset: Annotated[
        Optional[list[str]], typer.Option(metavar="KEY", help="A setting that is to be the common one again.")
    ] = None,
    pause: Annotated[
        Optional[bool], typer.Option("--pause/--resume", help="Whether it is left alone for now.", show_default=False)
    ] = None,
    database: Database = None,
    config: Config = None,
) -> None:
    """Change what is given of a site's plan; all else stays.

    Example: alt-audit sites edit shop --set crawl.delay_s=1 --pause
    """
    from alt_audit.console.terminal import say
    from alt_audit.jobs.plans import edit_plan
    from core.errors import UsageError

    data = ({"urls": urls} if urls else {}) | plan.given() | ({"paused": pause} if pause is not None else {})
    if not data and not unset:
        raise UsageError("say what is to be changed: 'alt-audit sites edit --help' lists what can be")
    _warn(edit_plan(settings_of(config, database=database), name, data, unset=unset or ()))
    say(f"{name} is changed.")


@app.command("list")
def list_(output: OutputFormat = Format.TEXT, database: Database = None, config: Config = None) -> None:
    """The plan of each site; no secret is in it.

    Example: alt-audit sites list --format json
    """
    from alt_audit.console.terminal import say, stdout
    from alt_audit.jobs.plans import planned_sites
    from core.text import shown_line

    sites = planned_sites(settings_of(config, database=database))
    if output is Format.JSON:
        plans = [one.plan.stored() if one.plan is not None else {"name": one.site.name} for one in sites]
        typer.echo(json.dumps([plan | {"fault": one.fault} for plan, one in zip(plans, sites, strict=True)]))
        return
    for one in sites:
        if one.plan is None:
            stdout.print(shown_line(f"{one.site.name}: {one.fault}"), markup=False)
            continue
        when = f"{one.plan.cron} ({one.plan.timezone})" if one.plan.cron is not None else "when asked for"
        where = one.plan.list_file or " ".join(one.plan.urls)
        paused = "paused; " if one.plan.paused else ""
        stdout.print(shown_line(f"{one.site.name}: {paused}{when}; {where}"), markup=False)
    if not sites:
        say("No site is planned yet: alt-audit sites add NAME URL, or alt-audit sites import FILE.")


@app.command()
def remove(name: Name, database: Database = None, config: Config = None) -> None:
    """Plan nothing for a site any more. Its pages, decisions and reports stay.

    Example: alt-audit sites remove shop
    """
    from alt_audit.console.terminal import say
    from alt_audit.jobs.plans import remove_plan

    remove_plan(settings_of(config, database=database), name)
    say(f"{name} is planned no longer. Its pages, decisions and reports stay.")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="sites.yaml, or a table with columns name and url.", show_default=False)],
    prune: Annotated[bool, typer.Option("--prune", help="Pause planned sites that the file does not name.")] = False,
    database: Database = None,
    config: Config = None,
) -> None:
    """Add and change the sites of a file; none is removed. Exits with 1 where one is wrong: the others are taken.

    Example: alt-audit sites import sites.yaml
    """
    from alt_audit.console.sites import say_imported
    from alt_audit.jobs.plans import import_plans

    done = import_plans(settings_of(config, database=database), file, prune=prune)
    say_imported(file, done)
    if done.faults:
        raise typer.Exit(1)


@app.command()
def status(output: OutputFormat = Format.TEXT, database: Database = None, config: Config = None) -> None:
    """A line for each site: last crawl, share of places with a good alt text and its trend, when it is due, what fails.

    Example: alt-audit sites status --format json
    """
    from alt_audit.console.sites import print_statuses
    from alt_audit.jobs.site_status import site_statuses

    sites = site_statuses(settings_of(config, database=database))
    if output is Format.JSON:
        typer.echo(json.dumps([site.as_json() for site in sites]))
    else:
        print_statuses(sites)


@app.command()
def run(
    name: Name,
    if_due: Annotated[bool, typer.Option("--if-due", help="Do nothing where it is not due.")] = False,
    accept_loss: Annotated[
        bool,
        typer.Option("--accept-loss", help="Take pages for gone although far fewer were read than are known."),
    ] = False,
    database: Database = None,
    config: Config = None,
) -> None:
    """Run one planned site now: crawl, caption, suggest, report, by its own settings; then tell people.

    It goes on where it was cut short. With --if-due, telling people is left to the schedule (or to notify send).

    Example: alt-audit sites run shop
    """
    import signal

    from alt_audit.commands.whole import print_audit
    from alt_audit.console.talk import Talk
    from alt_audit.console.terminal import say
    from alt_audit.jobs.site_run import run_site
    from core.errors import AltAuditError

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what a supervisor ends is stopped as by Ctrl-C
    settings = settings_of(config, database=database)
    try:
        done = run_site(settings, name, Talk(), if_due=if_due, accept_loss=accept_loss)
    except AltAuditError:
        _tell(settings, by_schedule=if_due)
        raise
    if done is None:
        say(f"{name} is not due.")
        return
    for warning in done.warnings:
        say(f"Note: {warning}.")
    print_audit(done.audit)
    _tell(settings, by_schedule=if_due)


def _tell(settings: Settings, *, by_schedule: bool) -> None:
    """Tell people of the run that has ended; the schedule does so itself."""
    from alt_audit.console.talk import Talk
    from alt_audit.jobs.notify import notify_beside

    if not by_schedule:
        notify_beside(settings, Talk())


def _warn(warning: str | None) -> None:
    from alt_audit.console.terminal import say

    if warning is not None:
        say(f"Note: {warning}.")
