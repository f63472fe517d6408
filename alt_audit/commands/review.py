"""Looking at pictures and deciding on their texts in the browser: `review`."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from alt_audit.commands.parameters import Config, Database, SiteName, say_site, settings_of


def review(
    site: SiteName = None,
    database: Database = None,
    who: Annotated[
        Optional[str], typer.Option(help="Who decides, as the journal of decisions names them (default: your login).")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port on this machine; 0: a free one.")] = 0,
    browser: Annotated[bool, typer.Option("--browser", help="Open the address in the browser.")] = False,
    config: Config = None,
) -> None:
    """Decide on texts in the browser: picture, places and draft beside one another, one key for each decision.

    Serves this machine alone, until Ctrl-C; everything is stored at once. Whoever has the printed address can decide.
    Needs the extra alt-audit[review].

    Example: alt-audit review --site example.com --who "Ada"
    """
    from alt_audit.console.talk import Talk
    from alt_audit.console.terminal import say, stdout
    from alt_audit.jobs.read_back import login
    from alt_audit.jobs.review import review as serve
    from alt_audit.jobs.sites import chosen_site
    from core.text import counted

    settings = settings_of(config, database=database)
    chosen = chosen_site(settings, site)
    name = who if who is not None else login()
    say_site("Review of", settings, chosen, given=site)

    def ready(address: str, ignored: int) -> None:
        stdout.print(address, markup=False)
        say(f"{name} decides. Open this address in a browser on this machine; Ctrl-C ends the review.")
        if ignored:
            say(f"{counted(ignored, 'row is', 'rows are')} ignored (report.ignore) and not shown.")
        if browser:
            typer.launch(address)

    batches = serve(settings, Talk(), ready, who=name, site=chosen.name, port=port)
    say(f"The review has ended. Decisions stored: {sum(batches.values()):,}.")
    for batch, decisions in batches.items():
        say(f"  {counted(decisions, 'decision')}, to be taken back with: alt-audit import --undo '{batch}'")
