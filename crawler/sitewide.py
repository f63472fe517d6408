"""Rules on a whole site: what no page alone can show. They are judged from the store, when a crawl has ended.

Like those of a page, each has a stable id, a severity and its source, and an entry in docs/rules.md. A warning
makes an occurrence that was `ok` suspicious; when its reason is gone, so is the finding.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from core.identity.perceptual_hash import MAX_DISTANCE
from core.identity.urls import file_name
from core.records import Severity
from core.text import comparable, shorten
from rules.base import Rule, RuleBook
from rules.text import RuleOptions
from store import sitewide as store
from store.changes import Changed, State, record, settle
from store.queue import reconcile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy.orm import Session

    from store.sitewide import NamedPicture, Reclassified

# Takes a session and a site, gives (occurrence id, message).
SiteCheck: TypeAlias = "Callable[[Session, str], Iterable[tuple[int, str]]]"
_book: RuleBook[SiteCheck] = RuleBook()
_rule = _book.rule
_DEFAULTS = RuleOptions()

SHARED_BY_PICTURES = 3  # two pictures with one text are mostly two views of one thing
VARIANTS_AT_MOST = 8  # files of one name: a logo light and dark, in some sizes; more are a naming habit (main.jpg)
RESAVED_DISTANCE = 2  # bits of the perceptual hash; more may be another state of the same screen
TEMPLATE_PAGES = 5
TEMPLATE_SHARE = 0.5  # of the pages read
SHOWN_CHARS = 60


def site_rules() -> tuple[Rule[SiteCheck], ...]:
    """Every rule on a whole site, in the order in which they are reported."""
    return tuple(_book.rules)


@dataclass(frozen=True, slots=True)
class SiteChanges:
    """What judging a whole site changed in the store."""

    findings: int  # new, gone or worded otherwise
    reclassified: tuple[Reclassified, ...]


def judge_site(
    session: Session, site: str, rules: RuleOptions = _DEFAULTS, *, crawl_id: int | None = None
) -> SiteChanges:
    """Bring the findings of these rules, the classes that follow from them and the queue up to date.

    A disabled rule finds nothing, and what it found before goes. Doing it twice changes nothing. After a crawl,
    `crawl_id` names it: the new classes are among what it changed.
    """

    def judge(*severities: Severity) -> int:
        changed = 0
        for rule in _book.rules:
            if rule.severity in severities:
                found = rule.check(session, site) if rule.id not in rules.disable else ()
                changed += store.store_findings(session, site, rule.id, rule.severity, found)
        return changed

    findings = judge(Severity.ERROR, Severity.WARNING)
    reclassified = store.reclassify(session, site)
    findings += judge(Severity.REVIEW)  # these may look at the classes
    if reclassified:
        reconcile(session)
    if crawl_id is not None:
        record(
            session,
            crawl_id,
            (Changed(one.occurrence_id, State(one.alt, one.before), State(one.alt, one.after)) for one in reclassified),
        )
        settle(session, crawl_id)
    return SiteChanges(findings, tuple(reclassified))


@_rule("dup-diff-image", Severity.WARNING, "WCAG 1.1.1, F30")
def _same_text_on_different_pictures(session: Session, site: str) -> Iterator[tuple[int, str]]:
    for places in store.shared_texts(session, site, SHARED_BY_PICTURES):
        yield from _shared_text(places)


def _shared_text(places: list[NamedPicture]) -> Iterator[tuple[int, str]]:
    # A button of one name does one thing, whatever picture it shows (WCAG 3.2.4 asks for that).
    places = [place for place in places if place.role != "button"]
    pictures = {place.picture: place for place in places}
    few = len(pictures) <= VARIANTS_AT_MOST
    different: list[NamedPicture] = []
    for place in pictures.values():
        if len(different) < SHARED_BY_PICTURES and not any(_alike(place, other, few=few) for other in different):
            different.append(place)
    if len(different) < SHARED_BY_PICTURES:
        return
    for place in places:
        other = next(one for one in different if one.picture != place.picture)
        yield (
            place.occurrence_id,
            f"{len(pictures)} pictures of this site have this text, {_name(other.image_url)} among them. "
            "Say what this one shows that the others do not.",
        )


def _alike(one: NamedPicture, other: NamedPicture, *, few: bool) -> bool:
    """Whether one text may be right for both: variants of one picture, near-copies, links to one place."""
    if one.role == other.role == "link" and one.link_url == other.link_url:
        return True
    if one.phash and other.phash:
        return _distance(one.phash, other.phash) <= RESAVED_DISTANCE
    return few and _stem(one.image_url) == _stem(other.image_url)


def _distance(one: str, other: str) -> int:
    """The bits in which two perceptual hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


# What makes a variant of a file's name: a size, a density, a theme, the digest of a build.
_VARIANT = re.compile(
    r"[-_.@ ](?:\d{1,2}x|\d{2,4}x\d{2,4}|\d{2,4}(?:w|px)|small|medium|large|thumb(?:nail)?|dark|light|white|black"
    r"|retina|scaled|(?=[0-9a-f]*\d)[0-9a-f]{6,64})$",
    re.I,
)


def _stem(url: str) -> str:
    """The file's name without ending and variant; the whole address where there is no name."""
    stem = (file_name(url) or url).casefold()
    stem = stem.rsplit(".", 1)[0] or stem
    while (shorter := _VARIANT.sub("", stem)) != stem:
        stem = shorter
    return stem


@_rule("stale", Severity.WARNING, "WCAG 1.1.1, F20")
def _text_of_another_picture(session: Session, site: str) -> Iterator[tuple[int, str]]:
    for place in store.replaced(session, site):
        if place.phash and place.old_phash:
            changed = _distance(place.phash, place.old_phash) > MAX_DISTANCE
        else:
            changed = _stem(place.image_url) != _stem(place.old_url)
        if changed:
            yield (
                place.occurrence_id,
                f"Here {_name(place.old_url)} was replaced by {_name(place.image_url)}, but the alt text stayed the "
                "same. Check that it says what the new picture shows.",
            )


@_rule("one-image-many-alts", Severity.REVIEW, "WCAG 1.1.1")
def _many_texts_of_one_picture(session: Session, site: str) -> Iterator[tuple[int, str]]:
    for places in store.texts_of_pictures(session, site):
        # In another language, or as a link to another place, another text is right.
        uses: dict[tuple[str | None, ...], list[NamedPicture]] = {}
        for place in places:
            uses.setdefault((place.role, place.link_url, (place.lang or "")[:2].lower()), []).append(place)
        for use in uses.values():
            yield from _differing_texts(use)


def _differing_texts(places: list[NamedPicture]) -> Iterator[tuple[int, str]]:
    """The odd ones out where most places agree on a text, else all."""
    texts = Counter(comparable(place.name) for place in places)
    if len(texts) == 1:
        return
    (usual, number), *_ = texts.most_common(1)
    examples = {comparable(place.name): place for place in reversed(places)}
    agreed = number > len(places) / 2 and number > 1 and not _file_named(examples[usual])
    for place in places:
        text = comparable(place.name)
        if agreed and text == usual:
            continue
        other = examples[usual] if text != usual else next(one for name, one in examples.items() if name != usual)
        how_many = f"in {number} other places" if agreed else f"on {other.page_url}"
        yield (
            place.occurrence_id,
            f"{len(texts)} texts are in use for this picture: {how_many} it is “{shorten(other.name, SHOWN_CHARS)}”. "
            "If the picture stands for the same thing there, use one text.",
        )


def _file_named(place: NamedPicture) -> bool:
    """Whether the text is the file's name, as tools fill it in: however frequent, it is not one to recommend."""
    stem = (file_name(place.image_url) or "").rpartition(".")[0]
    return comparable(place.name) in {comparable(stem), comparable(re.sub("[_-]", " ", stem))}


@_rule("repeated-on-every-page", Severity.REVIEW, "WCAG 1.1.1; advice: mend the template")
def _in_a_template(session: Session, site: str) -> Iterator[tuple[int, str]]:
    pages = store.page_total(session, site)
    for occurrence_id, number in store.repeated(session, site, max(TEMPLATE_PAGES, int(pages * TEMPLATE_SHARE))):
        yield (
            occurrence_id,
            f"This lacks a good text on {number} of {pages} pages, so it is part of a template: mend it there, once.",
        )


def _name(url: str) -> str:
    """What people call this picture."""
    return shorten(file_name(url) or url, SHOWN_CHARS)
