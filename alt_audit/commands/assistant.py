"""Tools for assistants: `mcp`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated, Optional

import typer

from alt_audit.commands.parameters import Config, Database, settings_of
from core.errors import UsageError


def mcp(
    database: Database = None,
    who: Annotated[
        Optional[str], typer.Option(help="Who decides, as the journal of decisions names them (default: your login).")
    ] = None,
    config: Config = None,
) -> None:
    """Serve tools for an assistant over stdin and stdout (Model Context Protocol): audit, rows, drafts, decisions.

    A person is asked before a decision is stored. Needs the extra alt-audit[mcp]. docs/python.md has an example.

    Example: alt-audit mcp --database sqlite:///alt-audit.db --who "Ada"
    """
    if find_spec("mcp") is None:
        raise UsageError('the tools for assistants need the extra: pip install "alt-audit[mcp]"')
    from alt_audit.assistant.server import server
    from alt_audit.assistant.workbench import Workbench
    from alt_audit.console.talk import Talk
    from alt_audit.jobs.read_back import login
    from store.deciding import name_of

    name = name_of("person", who if who is not None else login())
    server(Workbench(settings_of(config, database=database), name, Talk())).run("stdio")
