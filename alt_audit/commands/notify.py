"""Telling people what changed: `notify test`, `notify send`."""

from __future__ import annotations

from typing import Annotated

import typer

from alt_audit.commands.parameters import Config, Database, settings_of

app = typer.Typer(
    help="Tell people what changed on the planned sites (notify.destinations).",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("test")
def send_test(
    name: Annotated[str, typer.Argument(help="Name of the destination.", show_default=False)], config: Config = None
) -> None:
    """Send a test message to a destination of the configuration. Exits with 1 where it is not taken.

    Example: alt-audit notify test team --config config.yaml
    """
    from alt_audit.console.terminal import say
    from alt_audit.jobs.notify import send_trial

    error = send_trial(settings_of(config), name)
    if error is not None:
        say(f"{name} could not be told: {error}")
        raise typer.Exit(1)
    say(f"{name} has taken a test message.")


@app.command()
def send(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be sent.")] = False,
    database: Database = None,
    config: Config = None,
) -> None:
    """Send what is not told yet; schedule does that after each run. Exits with 1 where somebody could not be told.

    Example: alt-audit notify send --dry-run
    """
    from alt_audit.console.talk import Talk
    from alt_audit.console.terminal import say, stdout
    from alt_audit.jobs.events import Event
    from alt_audit.jobs.notify import notify, preview
    from core.errors import UsageError

    settings = settings_of(config, database=database)
    if not settings.notify.destinations:
        raise UsageError("nobody is to be told anything: name destinations in the configuration (docs/notify.md)")
    if dry_run:
        messages = preview(settings)
        for name, message in messages:
            stdout.print(f"To {name}: {message.title}\n\n{message.text}", markup=False)
        is_well, is_quiet = True, not messages
    else:
        talk, events = Talk(), list[Event]()
        is_well = notify(settings, events.append, again=True)
        is_quiet = not events
        for event in events:
            talk(event)
    if is_quiet:
        say("There is nothing to tell.")
    if not is_well:
        raise typer.Exit(1)
