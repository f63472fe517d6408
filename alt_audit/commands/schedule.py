"""Running the planned sites on time: `schedule run`, `schedule watch`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from alt_audit.commands.parameters import Config, Database, settings_of
from core.errors import UsageError

app = typer.Typer(
    help="Run the planned sites (alt-audit sites) when they are due.", no_args_is_help=True, rich_markup_mode=None
)
Jobs = Annotated[
    Optional[int],
    typer.Option(
        min=1,
        max=512,
        help="Sites at once; each has a process, and a captioner, of its own (default: 1; with --ray: the cluster's "
        "processors).",
        show_default=False,
    ),
]
Ray = Annotated[
    Optional[str],
    typer.Option(
        metavar="ADDRESS",
        help="Run the sites on this Ray cluster: HOST:PORT, auto, or local for one on this machine (extra cluster).",
    ),
]
Workers = Annotated[
    Optional[int],
    typer.Option(
        min=0,
        max=512,
        help="With --ray: captioning workers for all sites (default: one for each GPU; 0: each site captions its own).",
        show_default=False,
    ),
]
File = Annotated[
    Optional[Path],
    typer.Option("--sites", metavar="FILE", help="Take over this file first, as sites import does; again on changes."),
]

Overview = Annotated[
    bool,
    typer.Option("--overview", help="Write the page of all sites, too, as report --all does: when runs have ended."),
]


@app.command()
def run(
    site: Annotated[Optional[list[str]], typer.Option(help="Only this site, if it is due; may be repeated.")] = None,
    jobs: Jobs = None,
    ray: Ray = None,
    workers: Workers = None,
    file: File = None,
    overview: Overview = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only name the sites that are due.")] = False,
    database: Database = None,
    config: Config = None,
) -> None:
    """Run what is due now, and end: for cron, systemd timers and CI. Exits with 1 where a site failed, and says which.

    Stopped or killed, it loses nothing: the next one goes on.

    Example: alt-audit schedule run --sites sites.yaml --jobs 4

    On a cluster: alt-audit schedule run --database postgresql://audit@db/audit --ray auto
    """
    from alt_audit.console.talk import Talk
    from alt_audit.console.terminal import stdout
    from alt_audit.jobs.schedule import due_now, run_due

    settings = settings_of(config, database=database)
    if dry_run:
        for name in due_now(settings, site or ()):
            stdout.print(name, markup=False)
        return
    where = _where(ray, workers)
    if not run_due(settings, Talk(), config=config, only=site or (), file=file, jobs=jobs, page=overview, **where):
        raise typer.Exit(1)


@app.command()
def watch(
    jobs: Jobs = None,
    ray: Ray = None,
    workers: Workers = None,
    file: File = None,
    overview: Overview = False,
    database: Database = None,
    config: Config = None,
) -> None:
    """Stay, and run each site whenever it is due, until Ctrl-C or SIGTERM, which end the runs under way gently.

    Several may watch one database: each run is done by one of them.

    Example: alt-audit schedule watch --sites sites.yaml --jobs 4
    """
    from alt_audit.console.talk import Talk
    from alt_audit.console.terminal import say
    from alt_audit.jobs.schedule import watch as stay

    settings = settings_of(config, database=database)
    say("Watching what is due; Ctrl-C ends it.")
    stay(settings, Talk(), config=config, file=file, jobs=jobs, page=overview, **_where(ray, workers))


def _where(ray: str | None, workers: int | None) -> dict[str, Any]:
    """Where the sites are run, as the jobs want to be told."""
    if ray is None:
        if workers is not None:
            raise UsageError("--workers says how many caption on a cluster: give --ray, too")
        return {}
    from alt_audit.jobs.cluster import ClusterSites

    return {"runs": partial(ClusterSites, address=ray, workers=workers)}
