"""Drafting texts from what the store holds: by itself, and as what follows when pictures were looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alt_audit.jobs.events import OnEvent, Work, work_on
from store.engine import reading, writing
from store.migrate import opened
from store.sitewide import sites_showing

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Engine

    from alt_audit.config import Settings
    from rules.options import RuleOptions
    from store.sites import Site
    from suggestions.run import SuggestSummary


def suggest(settings: Settings, on_event: OnEvent, *, site: Site | None = None) -> SuggestSummary:
    """Draft texts anew where the composer, its settings, a caption or a place has changed; on one site or all."""
    from suggestions.run import suggest as draft

    with opened(settings.database) as engine, work_on(Work.DRAFTS, on_event) as progress:
        return draft(
            engine,
            settings.rules,
            site_id=site.id if site is not None else None,
            progress=lambda contexts: progress(contexts, None),
        )


class Following:
    """Called by a worker, and once more when it has ended; see `captioning.worker.worker.Follow`.

    Judging whole sites takes statements over all their places, so that waits until nothing else does.
    """

    def __init__(self, engine: Engine, rules: RuleOptions) -> None:
        self._engine = engine
        self._rules = rules
        self._looked_at: set[int] = set()  # images since sites were judged

    def __call__(self, image_ids: Collection[int], *, idle: bool) -> None:
        """Judge the sites of these images and of those before, if `idle`; draft what is missing or out of date."""
        from crawler.sitewide import judge_site
        from suggestions.run import suggest as draft

        self._looked_at.update(image_ids)
        if idle and self._looked_at:
            with reading(self._engine) as session:
                site_ids = sites_showing(session, self._looked_at)
            for site_id in site_ids:
                with writing(self._engine) as session:
                    judge_site(session, site_id, self._rules)
                draft(self._engine, self._rules, site_id=site_id)  # all: what stands beside a place has changed, too
            self._looked_at.clear()
        draft(self._engine, self._rules, only_stale=True)
