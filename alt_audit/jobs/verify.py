"""Texts compared with their pictures by a model that knows both: those that stand on a site, and its drafts."""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alt_audit.jobs.credentials import with_credentials
from alt_audit.jobs.events import CaptionerNote, OnEvent, TextsCompared, Work, work_on
from core.agreement import FEWEST_OTHERS, Agreement
from store.engine import reading, writing
from store.migrate import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from alt_audit.config import Settings
    from captioning.agreement.looking import Answered, Asked
    from captioning.agreement.scorer import Scorer
    from store.captions import AssetFacts
    from store.sites import Site

IMAGES_AT_ONCE = 64  # in one transaction
OWN_TEXTS = 8  # of a picture that are compared
CANDIDATES = 4  # of them that are not proposed yet
_POOL = 48  # texts of a site, of which each picture is compared with those that say something else


@dataclass(slots=True)
class Compared:
    """What was compared."""

    model: str
    pictures: int = 0
    known: int = 0  # pictures of which all was known before
    texts: int = 0
    failed: Counter[str] = field(default_factory=Counter)  # stage/code
    too_few: list[str] = field(default_factory=list)  # sites without other texts to compare with
    mismatches: int = 0  # places with the finding


def verify(settings: Settings, on_event: OnEvent, model: str, sites: list[Site]) -> Compared:
    """Compare the texts of these sites with their pictures, and store what the model says.

    Each piece is a transaction, and what is known is not asked again: cut short, the same call goes on. Judging the
    sites and drafting anew is the caller's. Raises CaptionerError where the model cannot be had.
    """
    settings = with_credentials(settings, on_event)
    started = time.monotonic()
    scorer = _load(settings, model, on_event)
    revision = f"{model}@{scorer.revision}"
    done = Compared(model)
    with opened(settings.database) as engine, work_on(Work.TEXTS, on_event) as progress:
        for site in sites:
            asyncio.run(_compare(engine, settings, scorer, revision, site, done, progress))
    on_event(TextsCompared(done, time.monotonic() - started))
    return done


def _load(settings: Settings, model: str, on_event: OnEvent) -> Scorer:
    from captioning.agreement.scorer import Scorer
    from inference.device import choose_placement
    from inference.hub import Place, find_model

    place = find_model(model)
    if place is Place.HUB:
        on_event(CaptionerNote(f"Fetching {model} from the Hugging Face hub; it stays in the local cache."))
    dtype = settings.caption.dtype
    placement = choose_placement(settings.caption.device, "float32" if dtype == "int8" else dtype)
    scorer = Scorer(model, placement, local_files_only=place is not Place.HUB)
    on_event(CaptionerNote(f"Comparing texts with pictures: {model} {scorer.revision[:12]} ({placement})"))
    return scorer


async def _compare(
    engine: Engine,
    settings: Settings,
    scorer: Scorer,
    revision: str,
    site: Site,
    done: Compared,
    progress: Callable[[int, int | None], None],
) -> None:
    from captioning.agreement.looking import Looking
    from store.agreement import save_agreements

    pool = _texts_to_compare_with(engine, site)
    if len(pool) <= FEWEST_OTHERS:
        done.too_few.append(site.name)
        return
    async with Looking(settings.caption, scorer) as looking:
        for asked, own in _asked(engine, settings, site, pool, revision, done):
            answers = [answer async for answer in looking.look(asked)]
            found = [_found(answer, own[answer.asked.image_id]) for answer in answers if answer.failure is None]
            done.failed.update(f"{one.failure.stage}/{one.failure.code}" for one in answers if one.failure is not None)
            done.pictures += len(found)
            done.texts += sum(len(own[image_id]) for image_id, *_ in found)
            with writing(engine) as session:
                save_agreements(session, revision, found)
            progress(done.pictures + done.failed.total(), None)


def _found(answer: Answered, own: list[str]) -> tuple[int, AssetFacts, Agreement]:
    assert answer.facts is not None
    others = tuple(text for text in answer.asked.texts if text not in own)
    return answer.asked.image_id, answer.facts, Agreement(answer.scores, others)


def _texts_to_compare_with(engine: Engine, site: Site) -> list[str]:
    """Some texts of a site, by chance, but the same each time."""
    from store.agreement import texts_of_site

    def draw(text: str) -> bytes:
        return hashlib.sha256(text.encode("utf-8", "replace")).digest()

    with reading(engine) as session:
        drawn = heapq.nsmallest(4 * _POOL, ((draw(text), text) for text in texts_of_site(session, site.id)))
    return list(dict.fromkeys(text for _, text in drawn))[:_POOL]


def _asked(
    engine: Engine, settings: Settings, site: Site, pool: list[str], revision: str, done: Compared
) -> Iterator[tuple[list[Asked], dict[int, list[str]]]]:
    """The pictures of a site that are to be compared, some at a time, with the texts of their own."""
    from captioning.agreement.looking import Asked
    from store.agreement import images_with_texts, texts_of_images
    from store.suggestions import context_groups, stored_drafts
    from suggestions.decide import texts_of
    from suggestions.evidence.agreeing import others_for

    last_id = 0
    while True:
        with reading(engine) as session:
            image_ids = images_with_texts(session, site.id, last_id, IMAGES_AT_ONCE)
            if not image_ids:
                return
            pictures = texts_of_images(session, site.id, image_ids, revision)
            groups = context_groups(session, image_ids, site.id)
            drafts = stored_drafts(session, image_ids)
        last_id = image_ids[-1]
        drafted: dict[int, list[str]] = {}
        for group in groups:
            draft = drafts.get((group.site_id, group.image_id, group.context_key))
            if group.functional or draft is None or not draft.machine:
                continue
            texts = list(texts_of(group, settings.rules))[:CANDIDATES]
            drafted.setdefault(group.image_id, []).extend([draft.text, *texts] if draft.text else texts)
        asked, own = [], {}
        for picture in pictures:
            texts = list(dict.fromkeys((*picture.standing, *drafted.get(picture.image_id, ()))))[:OWN_TEXTS]
            others = others_for(texts, pool)
            if not texts or len(others) < FEWEST_OTHERS:
                continue
            if picture.said is not None and all(picture.said.share(text) is not None for text in texts):
                done.known += 1
                continue
            own[picture.image_id] = texts
            asked.append(Asked(picture.image_id, picture.fetch_url, picture.where, (*texts, *others)))
        yield asked, own
