"""Judging a stored site again: `audit`."""

from __future__ import annotations

from alt_audit.commands.parameters import Config, Database, SiteName, settings_of


def audit(site: SiteName = None, database: Database = None, config: Config = None) -> None:
    """Judge a crawled site again, without a crawl: after a change of rules or settings.

    What people have written is left as it is. A picture that now needs a text waits for a caption, one that no
    longer does is skipped.

    Example: alt-audit audit --site example.com
    """
    from alt_audit.console.talk import Talk
    from alt_audit.console.terminal import stdout, table
    from alt_audit.jobs.judge import audit as judge_again

    done = judge_again(settings_of(config, database=database), Talk(), site=site)
    if not done.changed:
        stdout.print(f"{done.site}: nothing changed.", markup=False)
        return
    names = {**done.before, **done.after}
    rows = [(name, done.before.get(name, 0), done.after.get(name, 0)) for name in names]
    table(
        f"{done.site}: places before and after",
        [(name, f"{before} -> {after}") for name, before, after in rows if before != after],
    )
