"""From drafts and the texts that people wrote to the tables of an evaluation. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from core.evaluation import (
    BEFORE,
    CONTENDERS,
    DRAFT,
    FIGURE_CAPTION,
    FILE_NAME,
    HEADING,
    MODEL_CAPTION,
    Case,
    Evaluation,
    Line,
    Risk,
    Said,
    Table,
)
from core.identity.urls import file_name
from core.text import collapse
from core.tokens import token_f1
from suggestions.evaluation.measures import Cider, as_good, mean
from suggestions.page.shown import shown_where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from store.evaluation import DraftedPlace

    # (text, reference, language) -> cosine, None where the model does not know the language
    Similarity = Callable[[Sequence[tuple[str, str, str]]], Sequence[float | None]]
    Place = tuple[str, str]  # the page's address and the key on it

RISKS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)
_BETWEEN_WORDS = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])")


def evaluate(
    site: str,
    drafted: Iterable[DraftedPlace],
    alts: Mapping[Place, str],
    *,
    left_out: Mapping[str, int],
    captioner: str | None = None,
    similarity: Similarity | None = None,
    similarity_model: str | None = None,
    before: Mapping[Place, str | None] | None = None,
) -> Evaluation:
    """Compare drafts with `alts`, the texts that people wrote for these places.

    Places of `alts` that were not `drafted` are told among those `left_out`, as gone. `before` are the drafts of an
    earlier evaluation, which are compared beside these.
    """
    places = list(drafted)
    wanted = [collapse(alts[place.page_url, place.occurrence.key]) for place in places]
    texts = [_texts(place, before) for place in places]
    cider = Cider(wanted)
    asked = [
        (text, alt, place.language)
        for place, alt, own in zip(places, wanted, texts, strict=True)
        for text in own.values()
        if text
    ]
    alike = iter(similarity(asked) if similarity is not None else [None] * len(asked))
    silent = Said(None, similarity=0.0 if similarity is not None else None)

    def said(text: str | None, alt: str) -> Said:
        if not text:
            return silent
        f1, near = token_f1(text, alt), next(alike)
        return Said(text, f1, cider.score(text, alt), near, as_good(f1, near))

    cases = tuple(
        _case(place, alt, {name: said(text, alt) for name, text in own.items()})
        for place, alt, own in zip(places, wanted, texts, strict=True)
    )
    gone = len(alts) - len(cases)
    reasons = dict(left_out) | ({"gone": gone} if gone else {})
    return Evaluation(site, captioner, similarity_model, reasons, cases, tuple(_tables(cases)), tuple(_risks(cases)))


def _texts(place: DraftedPlace, before: Mapping[Place, str | None] | None) -> dict[str, str | None]:
    """What each contender says."""
    context, key = place.occurrence.context, (place.page_url, place.occurrence.key)
    stem = (file_name(place.occurrence.image_url or "") or "").rpartition(".")[0]
    words = collapse(_BETWEEN_WORDS.sub(" ", stem))
    earlier = {BEFORE: before[key]} if before is not None and key in before else {}
    return {
        DRAFT: place.text,
        **earlier,
        FILE_NAME: words[:1].upper() + words[1:],
        HEADING: context.heading,
        FIGURE_CAPTION: context.figcaption,
        MODEL_CAPTION: place.caption,
    }


def _case(place: DraftedPlace, alt: str, said: dict[str, Said]) -> Case:
    occurrence = place.occurrence
    level = str(place.reason) if place.reason else "look" if place.needs_human else "ready"
    return Case(
        page_url=place.page_url,
        page_title=place.page_title,
        key=occurrence.key,
        selector=occurrence.selector,
        image_url=occurrence.image_url or "",
        asset=place.asset_sha256,
        language=place.language,
        function=occurrence.functional or "image",
        alt=alt,
        shown=shown_where(occurrence.context, place.page_title, alt),
        source=str(place.source),
        level=level if place.text else "none",
        confidence=place.confidence,
        said=said,
        kind=place.kind,
    )


def _tables(cases: Sequence[Case]) -> Iterable[Table]:
    hidden = [case for case in cases if case.shown is None]
    shown = [case for case in cases if case.shown is not None]
    for title, some in (("Texts that the page does not show", hidden), ("Texts that the page shows anyway", shown)):
        if some:
            names = [name for name in CONTENDERS if any(name in case.said for case in some)]
            yield Table(title, tuple(_line(name, some, name) for name in names))
    yield Table("Drafts by what they were made from", _groups(hidden, lambda case: case.source))
    yield Table("Drafts by how sure they are", _groups(hidden, lambda case: case.level))
    yield Table("Drafts by what the picture does", _groups(hidden, lambda case: case.function))
    if looked := [case for case in hidden if case.kind is not None]:
        yield Table("Drafts by the kind of picture", _groups(looked, lambda case: str(case.kind)))
    yield Table("Drafts by language", _groups(hidden, lambda case: case.language))


def _groups(cases: Sequence[Case], name: Callable[[Case], str]) -> tuple[Line, ...]:
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        groups[name(case)].append(case)
    largest = sorted(groups, key=lambda group: (-len(groups[group]), group))
    return tuple(_line(group, groups[group], DRAFT) for group in largest)


def _line(name: str, cases: Sequence[Case], contender: str) -> Line:
    said = [case.said[contender] for case in cases if contender in case.said]
    spoken = [one for one in said if one.text]
    return Line(
        name=name,
        pictures=len(said),
        spoken=len(spoken),
        f1=mean(one.f1 for one in said),
        f1_spoken=mean(one.f1 for one in spoken),
        cider=mean(one.cider for one in said),
        similarity=mean(one.similarity for one in said if one.similarity is not None),
        as_good=mean(float(one.as_good) for one in said),
        as_good_spoken=mean(float(one.as_good) for one in spoken),
    )


def _risks(cases: Sequence[Case]) -> Iterable[Risk]:
    """Of the pictures whose text the page does not show: how the surest drafts do, ready ones first."""
    hidden = [case for case in cases if case.shown is None]
    spoken = [case for case in hidden if case.said[DRAFT].text]
    spoken.sort(key=lambda case: (case.level != "ready", -(case.confidence or 0.0), case.page_url, case.key))
    for share in RISKS:
        surest = spoken[: round(share * len(hidden))]
        if not surest:
            continue
        said = [case.said[DRAFT] for case in surest]
        yield Risk(
            coverage=len(surest) / len(hidden),
            pictures=len(surest),
            f1=mean(one.f1 for one in said) or 0.0,
            as_good=mean(float(one.as_good) for one in said) or 0.0,
        )
        if len(surest) == len(spoken):
            return
