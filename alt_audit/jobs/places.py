"""What being asked about pictures in their places adds to captioning them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from captioning.worker.worker import caption_key, place_keys
from store import captions, captions_again, places, queue

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy.orm import Session

    from alt_audit.config import Settings
    from core.place import Place
    from inference.protocol import Captioner
    from store.captions_again import Which

SAMPLES = 16  # questions that an estimate is measured with


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is to be asked of the images that wait."""

    questions: int
    samples: tuple[Place | None, ...]  # of them


def moved_images(session: Session, settings: Settings, site_ids: Collection[int] | None) -> list[int]:
    """Captioned images that stand in another place than those that a model was told of, where models are told."""
    options = settings.caption
    return [] if options.context == "none" else list(places.moved(session, options.contexts, site_ids))


def questions_ahead(
    session: Session, captioner: Captioner, settings: Settings, site_ids: Collection[int] | None, images: int
) -> Ahead:
    """What captioning these images takes: one question each, or one for each place."""
    keys = place_keys(captioner, settings.caption)
    if keys is None:
        return Ahead(images, ())
    asked = (place for ones in places.waiting_questions(session, keys.limit, site_ids) for place in ones)
    samples = tuple(islice(asked, SAMPLES))
    return Ahead(len(samples) + sum(1 for _ in asked), samples)


def requeue_others(session: Session, captioner: Captioner, settings: Settings, scopes: Sequence[int | None]) -> int:
    """Put images back that this captioner has not captioned, in all their places where it is told of them."""
    keys = place_keys(captioner, settings.caption)
    if keys is None:
        return sum(captions.requeue_others(session, caption_key(captioner), site_id) for site_id in scopes)
    ids = {image_id for site_id in scopes for image_id in places.unanswered(session, keys, site_id)}
    return queue.requeue_images(session, ids)


def requeue_again(
    session: Session,
    captioner: Captioner,
    settings: Settings,
    which: Which,
    scopes: Sequence[int | None],
    revisions: Mapping[str, str],
) -> int:
    """Put images back whose captions are meant, to be asked about anew in all their places."""
    keys = place_keys(captioner, settings.caption)
    version = keys.version if keys is not None else None
    return captions_again.again(session, caption_key(captioner), which, scopes, revisions, place_version=version)
