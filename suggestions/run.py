"""The stage of suggestions over a store, some images at a time: read, decide, write."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.records import Draft, SuggestionReason, SuggestionSource
from core.text import comparable
from rules.rule_options import RuleOptions
from store.analyses import said_of_site
from store.engine import reading, writing
from store.own_alts import own_alts
from store.site_texts import replaced_pictures, texts_in_use
from store.sites import all_site_ids
from store.suggestions import NewDraft, StoredDraft, context_groups, images_to_draft, save_drafts, stored_drafts
from suggestions.captions.translating import with_translations
from suggestions.composer_version import composer_version, inputs_digest
from suggestions.decide import decide, texts_of
from suggestions.evidence.picture_text import READERS, dialog_title, is_unreadable, titles_of_several, without_more
from suggestions.manner.learning import manners
from suggestions.manner.patterns import SHIPPED
from suggestions.site.neighbours import beside
from suggestions.site.site_texts import site_texts
from suggestions.wordings import read_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import Engine

    from store.suggestions import ContextGroup
    from suggestions.captions.translating import Translating
    from suggestions.manner.patterns import Manner
    from suggestions.site.neighbours import Beside
    from suggestions.site.site_texts import SiteTexts

IMAGES_AT_ONCE = 200  # in one piece: some thousand places in memory
_DEFAULT_RULES = RuleOptions()
# What a text is made from that is about this picture, or about where its link leads, whatever stands around it.
_OF_THE_PICTURE = frozenset(
    {
        SuggestionSource.CAPTION,
        SuggestionSource.ELSEWHERE,
        SuggestionSource.LINK,
        SuggestionSource.NAMED,
        SuggestionSource.STANDING,
        SuggestionSource.PRODUCT,
    }
)
_MISSING = StoredDraft(machine=True, inputs=None)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class SuggestSummary:
    """What the stage did."""

    contexts: int = 0  # looked at
    drafted: int = 0  # of those: new, or made anew
    without_text: int = 0  # of those drafted: nothing fit to propose
    failed: int = 0  # of those drafted: the composer broke down
    unreadable: int = 0  # of those looked at: no reader of pictures knows the letters of the page
    drafted_sites: set[int] = field(default_factory=set)  # of those drafted: their ids


@dataclass(frozen=True, slots=True)
class _Sites:
    """What sites say elsewhere, for drafts that are to heed it."""

    texts: SiteTexts
    manners: dict[int, dict[str, Manner]]  # by site id and language
    titles: dict[int, frozenset[str]]  # of dialogs that several pictures show, by site id

    def manner(self, group: ContextGroup) -> Manner:
        """How the group's site writes in its language."""
        return self.manners[group.site_id].get(group.language, SHIPPED)

    def taken(self, group: ContextGroup, texts: Mapping[str, SuggestionSource]) -> frozenset[str]:
        """Those of the texts that are not for this group: other pictures have them, or will have."""
        of_the_page = [text for text, source in texts.items() if source not in _OF_THE_PICTURE]
        taken = self.texts.taken(group, texts, of_the_page)
        read = read_in(group) if self.titles[group.site_id] else None
        if read is not None and comparable(dialog_title(read) or "") in self.titles[group.site_id]:
            taken |= set(without_more([text for text, source in texts.items() if source is SuggestionSource.DIALOG]))
        return taken


def suggest(
    engine: Engine,
    rules: RuleOptions = _DEFAULT_RULES,
    *,
    site_id: int | None = None,
    only_stale: bool = False,
    progress: Callable[[int], None] | None = None,
    translators: Sequence[Translating] = (),
) -> SuggestSummary:
    """Draft texts for captioned and failed images in all their contexts, on one site or all; no picture is looked at.

    A draft is made anew when the composer, its settings, the caption or the places have changed; what a person wrote
    or decided stays. `only_stale` looks no further than drafts that are missing, or of another composer or caption:
    quick on a large store, and blind to places that have changed and to the other texts of the site. Each piece is a
    transaction: cut short, the same call goes on. `progress` is called with the number of contexts looked at.
    `translators` put English captions into the languages of their places, the first that speaks it.
    """
    version = composer_version(rules, [f"{one.info.model} {one.info.revision}" for one in translators])
    summary = SuggestSummary()
    if only_stale:
        _go_through(engine, rules, version, summary, site_id, None, progress, translators)
        return summary
    with site_texts(rules) as texts:
        known = _Sites(texts, {}, {})
        with reading(engine) as session:
            for one in [site_id] if site_id is not None else all_site_ids(session):
                texts.read(one, texts_in_use(session, one), replaced_pictures(session, one))
                known.manners[one] = manners(own_alts(session, one))
                known.titles[one] = titles_of_several(said_of_site(session, one, READERS))
        _go_through(engine, rules, version, summary, site_id, known, progress, translators)
    return summary


def _go_through(
    engine: Engine,
    rules: RuleOptions,
    version: str,
    summary: SuggestSummary,
    site_id: int | None,
    known: _Sites | None,
    progress: Callable[[int], None] | None,
    translators: Sequence[Translating],
) -> None:
    """One pass over these images: of those whose drafts are out of date, if no texts of the site are given."""
    last_id = 0
    while True:
        with reading(engine) as session:
            image_ids = images_to_draft(
                session,
                after_id=last_id,
                limit=IMAGES_AT_ONCE,
                site_id=site_id,
                older_than=version if known is None else None,
            )
            if not image_ids:
                return
            groups = context_groups(session, image_ids, site_id)
            stored = stored_drafts(session, image_ids)
        if translators:
            groups = with_translations(engine, groups, translators)
        drafts = _drafts(groups, stored, rules, version, known)
        if drafts:
            with writing(engine) as session:
                save_drafts(session, drafts)
        _count(summary, groups, drafts)
        last_id = image_ids[-1]
        if progress is not None:
            progress(summary.contexts)


def _drafts(
    groups: list[ContextGroup],
    stored: dict[tuple[int, int, str], StoredDraft],
    rules: RuleOptions,
    version: str,
    known: _Sites | None,
) -> list[NewDraft]:
    """What is to be drafted anew, in the order of the images: each heeds what was drafted before it."""
    drafts = []
    drafted: dict[tuple[int, int, str], str | None] = {}
    for group in groups:
        key = (group.site_id, group.image_id, group.context_key)
        before = stored.get(key, _MISSING)
        if not before.machine:
            continue
        places = beside(group, drafted)
        taken: frozenset[str] = frozenset()
        manner = known.manner(group) if known is not None else SHIPPED
        if known is not None:
            texts = _candidates(group, rules, manner)
            taken = known.taken(group, texts)
        inputs = inputs_digest(group, places, version, taken, manner)
        text = before.text
        if before.inputs != inputs:
            draft = _decide(group, places, rules, taken, manner)
            drafted[key] = text = draft.text
            drafts.append(NewDraft(group, draft, version, inputs))
        if known is not None and text:
            known.texts.add(group, text)
    return drafts


def _candidates(group: ContextGroup, rules: RuleOptions, manner: Manner) -> dict[str, SuggestionSource]:
    try:
        return texts_of(group, rules, manner)
    except Exception:
        return {}  # told when the draft is decided


def _decide(
    group: ContextGroup, places: tuple[Beside, ...], rules: RuleOptions, taken: Collection[str], manner: Manner
) -> Draft:
    try:
        return decide(group, places, rules, taken, manner)
    except Exception:
        # Hostile texts find ways that no list foresees; it costs this one draft, not the stage.
        log.exception("no draft could be composed for image %d in context %s", group.image_id, group.context_key)
        return Draft(None, SuggestionSource.NONE, SuggestionReason.FAILED)


def _count(summary: SuggestSummary, groups: list[ContextGroup], drafts: list[NewDraft]) -> None:
    summary.contexts += len(groups)
    summary.unreadable += sum(is_unreadable(group.analyses, group.language) for group in groups)
    summary.drafted += len(drafts)
    summary.drafted_sites |= {new.group.site_id for new in drafts}
    summary.without_text += sum(new.draft.text is None for new in drafts)
    summary.failed += sum(new.draft.reason is SuggestionReason.FAILED for new in drafts)
