"""The command line: the application, its commands and its exit codes.

Exit codes: 0 done, 1 failed or stopped, 2 usage, 3 findings at or above --fail-on, 4 the device is broken for this
process, or hangs. Heavy modules are imported inside the commands that use them, so that --help answers at once.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from typing import Annotated, NoReturn

import typer

from alt_audit import __version__
from alt_audit.commands import (
    apply,
    assistant,
    audit,
    bench,
    check,
    dataset,
    db,
    describe,
    diff,
    evaluate,
    export,
    models,
    notify,
    read_back,
    review,
    schedule,
    sites,
    speak,
    stages,
    train,
    whole,
)
from core.errors import AltAuditError, DeviceError, UsageError
from core.text import shown

_CTRL_C = 130  # Typer's, where a command does not deal with a Ctrl-C itself

app = typer.Typer(
    name="alt-audit",
    help="Find the images of a website that have no alt text or a bad one, and draft the missing texts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_commands = (
    whole.run,
    whole.demo,
    stages.crawl,
    audit.audit,
    stages.caption,
    stages.suggest,
    stages.report,
    review.review,
    export.export,
    apply.apply,
    check.check,
    describe.describe,
    speak.speak,
    stages.status,
    diff.diff,
    evaluate.evaluate,
    train.train,
    models.models,
    bench.bench,
    assistant.mcp,
)
for _command in _commands:
    app.command()(_command)
app.command("import")(read_back.import_)
app.add_typer(dataset.app, name="dataset")
app.add_typer(sites.app, name="sites")
app.add_typer(schedule.app, name="schedule")
app.add_typer(notify.app, name="notify")
app.add_typer(db.app, name="db")


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
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)  # a line for each that it has built in
    # Pillow warns of odd metadata; what matters of it is recorded with the image.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


def main() -> None:
    """Run the command line; errors are a line on stderr and an exit code, never a traceback."""
    try:
        app()
    except UsageError as error:
        typer.echo(f"alt-audit: {shown(str(error))}", err=True)
        sys.exit(2)
    except DeviceError as error:
        typer.echo(f"alt-audit: {shown(str(error))}", err=True)
        _end_at_once(4)
    except AltAuditError as error:
        typer.echo(f"alt-audit: {shown(str(error))}", err=True)
        sys.exit(1)
    except SystemExit as error:
        if error.code != _CTRL_C:
            raise
        typer.echo("alt-audit: stopped. All that was stored is kept.", err=True)
        _end_at_once(1)


def _end_at_once(code: int) -> NoReturn:
    """End the process while a model may still be at work in a thread that nobody waits for.

    An orderly end would tear down the device's driver and wait for it, perhaps for ever; and Python ends a thread that
    comes back from C++ meanwhile in a way that C++ takes for a crash ("terminate called without an active exception").
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
