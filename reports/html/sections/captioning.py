"""Captioning: where the images stand in the queue, and which models the drafts come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.records import QueueState
from core.text import counted
from reports.html.numbers import Breakdown, breakdown, number, share
from reports.html.section import Section
from store.analyses import kind_tallies
from store.counts import caption_sources, counts, skip_tallies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.html.sources import ReportSources
    from store.counts import CaptionSource

_QUEUE_LABELS = {
    QueueState.CAPTIONED: ("Captioned", "The model has looked at the picture."),
    QueueState.PENDING: ("Waiting", "Not looked at yet."),
    QueueState.LEASED: ("In work", "A worker is looking at it now."),
    QueueState.FAILED: ("Failed", "Could not be captioned; see Failures."),
    QueueState.SKIPPED: ("Not needed", "No place on the site needs a text for it."),
}
SKIPPED = {
    "has_alt": "has a text already",
    "decorative": "is rightly silent",
    "ignored": "is not shown to people (tracking pixels, hidden images)",
    "vanished": "stands on no page any more",
}
KINDS = {
    "photograph": "Photographs",
    "cutout": "Cut-outs",
    "screenshot": "Screenshots",
    "icon": "Icons",
    "chart": "Charts",
    "diagram": "Diagrams",
    "map": "Maps",
    "banner": "Banners",
    "texture": "Textures",
}


@dataclass(frozen=True, slots=True)
class Skipped:
    """Why some images need no caption."""

    label: str
    images: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model and how much of what the store holds is its work."""

    model: str
    revision: str
    pictures: str
    abstained: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of picture and how many are of it."""

    label: str
    pictures: str


@dataclass(frozen=True, slots=True)
class Captioning:
    """What was captioned, and by what."""

    queue: Breakdown
    skipped: tuple[Skipped, ...]
    kinds: tuple[Kind, ...]
    models: tuple[Model, ...]
    abstentions: str | None
    model_note: str | None


def captioning(sources: ReportSources) -> Captioning:
    """How far captioning the site has come."""
    queue = sources.read(counts).queue
    captions = sources.read(caption_sources)
    return Captioning(
        queue=breakdown((state, *label, queue[state]) for state, label in _QUEUE_LABELS.items()),
        skipped=tuple(Skipped(SKIPPED.get(code, code), number(n)) for code, n in sources.read(skip_tallies)),
        kinds=tuple(Kind(KINDS.get(kind, "Not sure"), number(n)) for kind, n in sources.read(kind_tallies)),
        models=tuple(
            Model(
                source.model,
                source.revision,
                number(source.pictures),
                f"{number(source.abstained)} ({share(source.abstained, source.pictures)})",
            )
            for source in captions
        ),
        abstentions=_abstentions(captions),
        model_note=sources.model_note,
    )


def _abstentions(captions: Sequence[CaptionSource]) -> str | None:
    abstained = sum(source.abstained for source in captions)
    if not abstained:
        return None
    return (
        f"Of {counted(abstained, 'picture')} the model said nothing, because it was not sure enough. "
        "That is meant: a wrong text is worse than none. Such a place gets its text from what stands around "
        "it (a link, a caption, a product's name), or has no suggestion and is yours to write."
    )


SECTION = Section("captioning", "Captioning", "sections/captioning.html", captioning)
