"""Migrations of the database: `db upgrade`, `db downgrade`, `db current`."""

from __future__ import annotations

from typing import Annotated

import typer

from alt_audit.commands.parameters import Config, Database, settings_of

app = typer.Typer(help="Migrations of the database.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def upgrade(
    revision: Annotated[str, typer.Argument(help="A revision, or head.")] = "head",
    database: Database = None,
    config: Config = None,
) -> None:
    """Bring the schema up to date (every command does so when it starts).

    Example: alt-audit db upgrade --database postgresql://audit@db/audit
    """
    from store.engine import connect
    from store.revision import current as revision_of
    from store.schema import upgrade as upgrade_schema

    engine = connect(settings_of(config, database=database).database)
    upgrade_schema(engine, revision)
    typer.echo(revision_of(engine))


@app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="A revision, or base, which drops every table.")],
    database: Database = None,
    config: Config = None,
) -> None:
    """Take the schema back to an older revision; what only the newer one can hold is lost.

    Example: alt-audit db downgrade 0001
    """
    from store.engine import connect
    from store.migrate import refuse_missing
    from store.revision import current as revision_of
    from store.schema import downgrade as downgrade_schema

    engine = connect(settings_of(config, database=database).database)
    refuse_missing(engine)
    downgrade_schema(engine, revision)
    typer.echo(revision_of(engine) or "base")


@app.command()
def current(database: Database = None, config: Config = None) -> None:
    """Print the revision of the database and the one this version works with.

    Example: alt-audit db current
    """
    from store.engine import connect
    from store.migrate import refuse_missing
    from store.revision import current as revision_of
    from store.revision import head

    engine = connect(settings_of(config, database=database).database)
    refuse_missing(engine)
    typer.echo(f"{revision_of(engine) or 'base'} (this version: {head()})")
