"""The stage of suggestions over a store, some images at a time: read, decide, write."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.records import Draft, SuggestionReason, SuggestionSource
from rules.options import RuleOptions
from store.engine import reading, writing
from store.suggestions import NewDraft, StoredDraft, context_groups, images_to_draft, save_drafts, stored_drafts
from suggestions.composer_version import composer_version, inputs_digest
from suggestions.decide import decide
from suggestions.neighbours import beside

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from store.suggestions import ContextGroup
    from suggestions.neighbours import Beside

IMAGES_AT_ONCE = 200  # in one piece: some thousand places in memory
_DEFAULT_RULES = RuleOptions()
_MISSING = StoredDraft(machine=True, inputs=None)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class SuggestSummary:
    """What the stage did."""

    contexts: int = 0  # looked at
    drafted: int = 0  # of those: new, or made anew
    without_text: int = 0  # of those drafted: nothing fit to propose
    failed: int = 0  # of those drafted: the composer broke down


def suggest(
    engine: Engine,
    rules: RuleOptions = _DEFAULT_RULES,
    *,
    site_id: int | None = None,
    only_stale: bool = False,
    progress: Callable[[int], None] | None = None,
) -> SuggestSummary:
    """Draft texts for captioned images in all their contexts, on one site or all; no picture is looked at.

    A draft is made anew when the composer, its settings, the caption or the places have changed; what a person wrote
    or decided stays. `only_stale` looks no further than drafts that are missing, or of another composer or caption:
    quick on a large store, and blind to places that have changed. Each piece is a transaction: cut short, the same
    call goes on. `progress` is called with the number of contexts looked at.
    """
    version = composer_version(rules)
    summary = SuggestSummary()
    last_id = 0
    while True:
        with reading(engine) as session:
            image_ids = images_to_draft(
                session,
                after_id=last_id,
                limit=IMAGES_AT_ONCE,
                site_id=site_id,
                older_than=version if only_stale else None,
            )
            if not image_ids:
                return summary
            groups = context_groups(session, image_ids, site_id)
            stored = stored_drafts(session, image_ids)
        drafts = _drafts(groups, stored, rules, version)
        if drafts:
            with writing(engine) as session:
                save_drafts(session, drafts)
        _count(summary, len(groups), drafts)
        last_id = image_ids[-1]
        if progress is not None:
            progress(summary.contexts)


def _drafts(
    groups: list[ContextGroup], stored: dict[tuple[int, int, str], StoredDraft], rules: RuleOptions, version: str
) -> list[NewDraft]:
    """What is to be drafted anew, in the order of the images: each heeds what was drafted before it."""
    drafts = []
    drafted: dict[tuple[int, int, str], str | None] = {}
    for group in groups:
        key = (group.site_id, group.image_id, group.context_key)
        places = beside(group, drafted)
        inputs = inputs_digest(group, places, version)
        before = stored.get(key, _MISSING)
        if before.machine and before.inputs != inputs:
            draft = _decide(group, places, rules)
            drafted[key] = draft.text
            drafts.append(NewDraft(group, draft, version, inputs))
    return drafts


def _decide(group: ContextGroup, places: tuple[Beside, ...], rules: RuleOptions) -> Draft:
    try:
        return decide(group, places, rules)
    except Exception:
        # Hostile texts find ways that no list foresees; it costs this one draft, not the stage.
        log.exception("no draft could be composed for image %d in context %s", group.image_id, group.context_key)
        return Draft(None, SuggestionSource.NONE, SuggestionReason.FAILED)


def _count(summary: SuggestSummary, contexts: int, drafts: list[NewDraft]) -> None:
    summary.contexts += contexts
    summary.drafted += len(drafts)
    summary.without_text += sum(new.draft.text is None for new in drafts)
    summary.failed += sum(new.draft.reason is SuggestionReason.FAILED for new in drafts)
