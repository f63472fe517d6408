"""Serving the review of a site on this machine until it is stopped."""

from __future__ import annotations

from contextlib import ExitStack, closing, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

from alt_audit.jobs.events import OnEvent, Work, work_on
from alt_audit.jobs.sites import chosen_site
from core.errors import UsageError
from store.migrate import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from alt_audit.config import Settings


def review(
    settings: Settings,
    on_event: OnEvent,
    on_ready: Callable[[str, int], None],
    *,
    who: str,
    site: str | None = None,
    port: int = 0,
) -> dict[str, int]:
    """Serve the review of a site, the last crawled one by default, until Ctrl-C.

    Returns how many decisions of each batch were taken and not taken back.

    `on_ready` is given the address to open, with the secret in it, once it answers, and how many rows are ignored. Port
    0 is a free one. Raises UsageError where the extra is missing, the port is taken or `who` is no name.
    """
    missing = [name for name in ("starlette", "uvicorn", "python_multipart") if find_spec(name) is None]
    if missing:
        raise UsageError(f"the review needs {', '.join(missing)}: pip install 'alt-audit[review]'")
    from alt_audit.jobs.explaining import ModelsHere
    from reports.review.desk import open_desk
    from reports.review.serving import listen, server

    chosen = chosen_site(settings, site)
    with closing(listen(port)) as listening, opened(settings.database) as engine, ExitStack() as stack:
        with work_on(Work.ROWS, on_event) as progress:
            desk = stack.enter_context(
                open_desk(engine, chosen, who=who, rules=settings.rules, options=settings.report, progress=progress)
            )
        serving, address = server(desk, ModelsHere(settings.caption), listening)
        on_ready(address, desk.ignored)
        with suppress(KeyboardInterrupt):  # it is told on once all requests are answered
            serving.run(sockets=[listening])
        return desk.steps.batches()
