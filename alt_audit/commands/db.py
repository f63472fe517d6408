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
    from store import migrate
    from store.engine import connect

    engine = connect(settings_of(config, database=database).database)
    migrate.upgrade(engine, revision)
    typer.echo(migrate.current(engine))


@app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="A revision, or base, which drops every table.")],
    database: Database = None,
    config: Config = None,
) -> None:
    """Take the schema back to an older revision; what only the newer one can hold is lost.

    Example: alt-audit db downgrade 0001
    """
    from store import migrate
    from store.engine import connect

    engine = connect(settings_of(config, database=database).database)
    migrate.refuse_missing(engine)
    migrate.downgrade(engine, revision)
    typer.echo(migrate.current(engine) or "base")


@app.command()
def current(database: Database = None, config: Config = None) -> None:
    """Print the revision of the database and the one this version works with.

    Example: alt-audit db current
    """
    from store import migrate
    from store.engine import connect

    engine = connect(settings_of(config, database=database).database)
    migrate.refuse_missing(engine)
    typer.echo(f"{migrate.current(engine) or 'base'} (this version: {migrate.head()})")
