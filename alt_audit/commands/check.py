"""Single pages: `check`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from alt_audit.commands.options import Config, FailOn, Format, OutputFormat, exit_for, settings_of


def check(
    targets: Annotated[
        list[str], typer.Argument(help="HTML files, http(s) URLs, or - for standard input.", metavar="FILE|URL|-...")
    ],
    output: OutputFormat = Format.TEXT,
    config: Config = None,
    fail_on: FailOn = None,
) -> None:
    """Judge single pages, without a store or a crawl.

    Example: alt-audit check index.html --fail-on error
    """
    from alt_audit.checking import check as check_page

    settings = settings_of(config)
    pages = [check_page(target, settings.crawl, settings.rules) for target in targets]
    if output is Format.JSON:
        found = [page.as_json() for page in pages]
        typer.echo(json.dumps(found[0] if len(found) == 1 else found, ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(page.as_text() for page in pages))
    exit_for({severity for page in pages for severity in page.severities()}, fail_on)
