"""Drafting texts from what the store holds: by itself, and as what follows when pictures were looked at."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from alt_audit.jobs.events import CaptionerNote, KeywordsGiven, OnEvent, Work, work_on
from core.errors import CaptionerError
from store.engine import reading, writing
from store.migrate import opened
from store.sitewide import sites_showing

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Engine

    from alt_audit.config import Settings
    from inference.tagging import Tagger
    from inference.translation import Translator
    from store.sites import Site
    from suggestions.run import SuggestSummary


def suggest(settings: Settings, on_event: OnEvent, *, site: Site | None = None) -> SuggestSummary:
    """Draft texts anew where the composer, its settings, a caption or a place has changed; on one site or all.

    With `suggest.verify` the texts are then compared with their pictures, and drafted once more with what that says.
    With `suggest.tags` they are then given keywords. Raises CaptionerError where there is no such model.
    """
    tagger = tagger_of(settings)
    translators = translators_of(settings)
    drafted = _draft(settings, on_event, site, translators)
    if settings.suggest.verify is not None:
        _verify(settings, on_event, settings.suggest.verify, site)
        again = _draft(settings, on_event, site, translators)
        drafted.drafted += again.drafted
        drafted.without_text += again.without_text
        drafted.failed += again.failed
        drafted.drafted_sites |= again.drafted_sites
    if tagger is not None:
        _give_keywords(settings, on_event, tagger, site)
    return drafted


def _draft(
    settings: Settings, on_event: OnEvent, site: Site | None, translators: Sequence[Translator]
) -> SuggestSummary:
    from suggestions.run import suggest as draft

    with opened(settings.database) as engine, work_on(Work.DRAFTS, on_event) as progress:
        return draft(
            engine,
            settings.rules,
            site_id=site.id if site is not None else None,
            progress=lambda contexts: progress(contexts, None),
            translators=translators,
        )


def _verify(settings: Settings, on_event: OnEvent, model: str, site: Site | None) -> None:
    """Compare the texts with their pictures, and find those that do not fit."""
    from alt_audit.jobs.sites import sites_read
    from alt_audit.jobs.verify import verify
    from crawler.sitewide import judge_site

    sites = [site] if site is not None else list(sites_read(settings))
    verify(settings, on_event, model, sites)
    with opened(settings.database) as engine:
        for one in sites:
            with writing(engine) as session:
                judge_site(session, one.id, settings.rules)


def _give_keywords(settings: Settings, on_event: OnEvent, tagger: Tagger, site: Site | None) -> None:
    from suggestions.keywords import give_keywords

    started = time.monotonic()
    try:
        with opened(settings.database) as engine, work_on(Work.KEYWORDS, on_event) as progress:
            done = give_keywords(
                engine,
                tagger,
                site_id=site.id if site is not None else None,
                progress=lambda suggestions: progress(suggestions, None),
            )
    except CaptionerError as error:  # its files are broken: texts and report are what they are without it
        on_event(CaptionerNote(f"No keywords are written: {error}"))
        return
    on_event(KeywordsGiven(done, tagger.info.model, time.monotonic() - started))


def tagger_of(settings: Settings) -> Tagger | None:
    """The model that writes keywords, None where none is set. Raises CaptionerError where there is no such model."""
    if not settings.suggest.tags:
        return None
    from inference.tagging import Tagger

    return Tagger(settings.suggest.tags, _device(settings))


def translators_of(settings: Settings) -> list[Translator]:
    """The models that captions are translated by. Raises CaptionerError where there is no such model."""
    if not settings.suggest.translate:
        return []
    from inference.translation import Translator

    device = _device(settings)
    return [Translator(model, device) for model in settings.suggest.translate]


def _device(settings: Settings) -> str:
    from inference.device import choose_placement

    return str(choose_placement(settings.caption.device, "float32").device)


class Following:
    """Called by a worker, and once more when it has ended; see `captioning.worker.worker.Follow`.

    Judging whole sites, and drafting with their rules in mind, takes statements over all their places, so that waits
    until nothing else does. With `site_ids` nothing is done for other sites, though they show the same pictures.
    """

    def __init__(self, engine: Engine, settings: Settings, site_ids: Collection[int] | None = None) -> None:
        self._engine = engine
        self._rules = settings.rules
        self._translators = translators_of(settings)
        self._site_ids = site_ids
        self._looked_at: set[int] = set()  # images since sites were judged
        self._drafted: set[int] = set()  # sites that got drafts since

    def __call__(self, image_ids: Collection[int], *, idle: bool) -> None:
        """Judge the sites of these images and of those before, if `idle`; draft what is missing or out of date."""
        from crawler.sitewide import judge_site

        self._looked_at.update(image_ids)
        if idle and self._looked_at:
            for site_id in self._showing():
                with writing(self._engine) as session:
                    judge_site(session, site_id, self._rules)
                self._draft_all(site_id)  # what stands beside a place has changed, too
            self._looked_at.clear()
        self._draft_stale()
        if idle:
            for site_id in sorted(self._drafted):
                self._draft_all(site_id)

    def _showing(self) -> list[int]:
        with reading(self._engine) as session:
            shown = sites_showing(session, self._looked_at)
        return [site_id for site_id in shown if self._site_ids is None or site_id in self._site_ids]

    def _draft_all(self, site_id: int) -> None:
        from suggestions.run import suggest as draft

        draft(self._engine, self._rules, site_id=site_id, translators=self._translators)
        self._drafted.discard(site_id)

    def _draft_stale(self) -> None:
        from suggestions.run import suggest as draft

        for site_id in self._site_ids or (None,):
            done = draft(self._engine, self._rules, site_id=site_id, only_stale=True, translators=self._translators)
            self._drafted |= done.drafted_sites
