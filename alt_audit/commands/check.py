"""Single pages: `check`."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from alt_audit.commands.gating import known, say_known
from alt_audit.commands.parameters import (
    AllowPrivate,
    CheckFormat,
    Config,
    GateArguments,
    Insecure,
    grouped,
    settings_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from alt_audit.check.known import Tally
    from alt_audit.check.page import CheckedPage

_STEERING = re.compile(r"[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_WIDEST = 100  # characters; longer lines are hard to read


@grouped
def check(
    *,
    targets: Annotated[
        list[str], typer.Argument(help="HTML files, http(s) URLs, or - for standard input.", metavar="FILE|URL|-...")
    ],
    output: Annotated[CheckFormat, typer.Option("--format", help="How to print the result.")] = CheckFormat.TEXT,
    config: Config = None,
    allow_private: AllowPrivate = None,
    insecure: Insecure = None,
    gating: GateArguments,
) -> None:
    """Judge single pages, without a store or a crawl. One that cannot be read does not keep the others back.

    Example: alt-audit check index.html --fail-on error
    """
    from alt_audit.check.known import Tally
    from alt_audit.check.page import check as check_page
    from core.errors import AltAuditError
    from core.text import shown_line
    from reports.baseline import written

    settings = settings_of(config, crawl={"allow_private": allow_private, "insecure": insecure})
    tally = Tally(known(gating))
    failures: list[str] = []

    def pages() -> Iterator[CheckedPage]:
        for target in targets:
            try:
                page = check_page(target, settings.crawl, settings.rules)
            except AltAuditError as error:
                failures.append(str(error))
                typer.echo(f"alt-audit: {shown_line(str(error))}", err=True)
                continue
            tally.add(page)
            yield page

    with ExitStack() as stack:
        if gating.write_baseline is not None:
            tally.write = stack.enter_context(written(gating.write_baseline))
        if output is CheckFormat.TEXT:
            _print_text(pages())
        elif output is CheckFormat.JSON:
            _print_json(pages(), several=len(targets) > 1)
        else:
            _print_sarif(pages(), failures)
        if failures:
            if gating.write_baseline is not None:
                typer.echo("The baseline was not written: it would lack the pages that cannot be read.", err=True)
            raise typer.Exit(1)
    _pass_gate(gating, tally)


def _pass_gate(gating: GateArguments, tally: Tally) -> None:
    if gating.write_baseline is not None:
        say_known(tally.written, gating.write_baseline)
        if tally.baseline is None:
            return  # all that is found has just been written down
    if gating.fail_on is None:
        return
    fails, said = tally.verdict(gating.fail_on)
    for line in said:
        typer.echo(line, err=True)
    if fails:
        raise typer.Exit(3)


def _print_text(pages: Iterator[CheckedPage]) -> None:
    from alt_audit.check.text import lines_of

    width = min(shutil.get_terminal_size().columns, _WIDEST) if sys.stdout.isatty() else None
    encoding = sys.stdout.encoding or "utf-8"
    for line in lines_of(pages, width):
        # A terminal that lacks a character shows a question mark; colours go to terminals alone.
        printable = line.encode(encoding, "replace").decode(encoding)
        typer.echo(printable, color=False if os.environ.get("NO_COLOR") else None)


def _print_json(pages: Iterator[CheckedPage], *, several: bool) -> None:
    """An object, or a list of several; page by page, so that a thousand need no more memory than one."""
    before = "[\n" if several else ""
    for page in pages:
        _print_bytes(before + _dumped(page.as_json()))
        before = ",\n" if several else ""
    if several:
        _print_bytes("\n]\n" if before == ",\n" else "[]\n")
    elif not before:
        _print_bytes("\n")


def _print_sarif(pages: Iterator[CheckedPage], failures: list[str]) -> None:
    from alt_audit.check.sarif import sarif_log
    from core.text import shown_line

    log = sarif_log(pages, failures)
    _print_bytes(_dumped(log) + "\n")
    for note in log["runs"][0]["invocations"][0]["toolExecutionNotifications"]:
        if note["level"] == "warning":
            typer.echo(f"alt-audit: {shown_line(note['message']['text'])}", err=True)


def _dumped(value: Any) -> str:
    """The same data with what would steer a terminal escaped; json does so for the first 32 characters alone."""
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False, indent=1))


def _print_bytes(text: str) -> None:
    """JSON is UTF-8 whatever the terminal's encoding; half a character pair, which has no UTF-8, becomes `?`."""
    typer.echo(text.encode("utf-8", "replace"), nl=False)
