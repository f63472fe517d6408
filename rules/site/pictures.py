"""Rules on texts that belong to another picture of the site, too."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

from core.identity.perceptual_hash import MAX_DISTANCE
from core.identity.urls import file_name
from core.languages import primary_subtag, variety
from core.records import Severity
from core.text import comparable, shorten
from rules.base import RuleBook
from rules.harm import Harm
from rules.site.base import HEADING, SHOWN_CHARS, shown_name
from rules.site.likeness import alike, distance, stem
from rules.text import lint
from rules.text.scripts import foreign_script

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.site_facts import NamedPicture, ReplacedPicture, SiteFacts
    from rules.site.base import SiteCheck

SHARED_BY_PICTURES = 3  # two pictures with one text are mostly two views of one thing
OWNER_PAGES = 5  # on which a picture stands whose text is the name of the site, as that of its logo
VARIANTS_AT_MOST = 8  # files of one name: a logo light and dark, in some sizes; more are a naming habit (main.jpg)
# Rules whose findings say that a text is to be written anew in any case.
_NO_TEXT = {"camera-name", "filename-ext", "filename-stem", "space-alt", "url-or-path"}

book: RuleBook[SiteCheck] = RuleBook(
    HEADING,
    "These are judged from the store when a crawl or an import has ended, once more when pictures were looked at, and "
    "by `alt-audit audit`; `alt-audit check`, which sees one page, has none of them. A finding goes away by itself "
    "when its reason does. A text that has an error already is left out: it is to be replaced in any case.",
)
_rule = book.rule


@_rule("dup-diff-image", Severity.WARNING, Harm.UNTRUE, "WCAG 1.1.1, F30")
def _same_text_on_different_pictures(site: SiteFacts) -> Iterator[tuple[int, str]]:
    """Three different pictures or more have the same text, as when a whole gallery says "Product photo".

    Not counted as different are pictures that the captioning stage found to have the same bytes or to be the same
    picture saved anew, up to eight files of one name (a logo in some sizes and colours) and links to one place. Pages
    in several languages, or in varieties of one (`pt` and `pt-BR`), are not compared: one screen has a picture in each.
    Buttons are left out: those that do the same are to be named the same. So are parts of image maps. Where one picture
    has most of the places, on five pages or more, the text is its own, as a logo's, and only the others are named.
    A text that is a file's name is to be written anew in any case.
    """
    for places in site.shared_texts(SHARED_BY_PICTURES):
        languages: dict[str, list[NamedPicture]] = {}
        for place in places:
            languages.setdefault(primary_subtag(place.lang), []).append(place)
        for of_one_language in _with_guessed(languages):
            yield from _shared_text(of_one_language)


def _with_guessed(languages: dict[str, list[NamedPicture]]) -> Iterator[list[NamedPicture]]:
    """The places of each language. Where one has several pictures with the text, it takes those whose language is no
    more than guessed: one text is in one language, whatever stands around it.
    """
    most = max(languages, key=lambda name: len({place.picture for place in languages[name]}))
    several = len({place.picture for place in languages[most]}) >= SHARED_BY_PICTURES
    for name, places in languages.items():
        if not several:
            yield places
        elif name == most:
            others = (place for other, some in languages.items() if other != most for place in some)
            yield [*places, *(place for place in others if place.lang_guessed)]
        else:
            yield [place for place in places if not place.lang_guessed]


def _shared_text(places: Sequence[NamedPicture]) -> Iterator[tuple[int, str]]:
    # A button of one name does one thing, whatever picture it shows (WCAG 3.2.4 asks for that).
    places = [place for place in places if place.role != "button" and not _is_no_text(place)]
    if not places:
        return
    pictures = {place.picture: place for place in places}
    few = len(pictures) <= VARIANTS_AT_MOST
    different: list[NamedPicture] = []
    for place in pictures.values():
        if len(different) < SHARED_BY_PICTURES and not any(alike(place, other, few=few) for other in different):
            different.append(place)
    if len(different) < SHARED_BY_PICTURES:
        return
    owner = _owner(places)
    for place in places:
        if place.picture == owner:
            continue
        other = next(others for others in different if others.picture != place.picture)
        yield (
            place.occurrence_id,
            f"{len(pictures)} pictures of this site have this text, {shown_name(other.image_url)} among them. "
            "Say what this one shows that the others do not.",
        )


def _owner(places: Sequence[NamedPicture]) -> int | None:
    """The picture to which a text belongs, as the name of a site does to its logo."""
    (picture, number), *_ = Counter(place.picture for place in places).most_common(1)
    if number < OWNER_PAGES or number * 2 <= len(places):
        return None
    pages = {place.page_url for place in places if place.picture == picture}
    return picture if len(pages) >= OWNER_PAGES else None


def is_shared_too_widely(places: Sequence[NamedPicture]) -> bool:
    """Whether three different pictures are among those of one text.

    However few of the places there are in the end, and in whatever order, dup-diff-image finds nothing in them unless
    this is so.
    """
    places = [place for place in places if place.role != "button"]
    few = len({place.picture for place in places}) <= VARIANTS_AT_MOST
    different = [0] * len(places)  # from each the later ones, as bits
    for (here, one), (there, other) in combinations(enumerate(places), 2):
        if one.picture != other.picture and not alike(one, other, few=few):
            different[here] |= 1 << there
    pairs = combinations(range(len(places)), 2)
    return any(different[here] >> there & 1 and different[here] & different[there] for here, there in pairs)


@_rule("stale", Severity.WARNING, Harm.UNTRUE, "WCAG 1.1.1, F20")
def _text_of_another_picture(site: SiteFacts) -> Iterator[tuple[int, str]]:
    """A crawl found another picture at the same place of the page, but the same alt text.

    Left out are files that differ only in size or in the digest that a build put into their name, and pictures that
    are all there is in a link or button, since their text says what it does. A picture that changed under its old
    address is not noticed.
    """
    for place in site.replaced():
        if shows_another(place):
            yield (
                place.occurrence_id,
                f"Here {shown_name(place.old_url)} was replaced by {shown_name(place.image_url)}, but the alt text "
                "stayed the same. Check that it says what the new picture shows.",
            )


def shows_another(place: ReplacedPicture) -> bool:
    """Whether it is another picture that took the place, rather than another file of the same."""
    if place.phash and place.old_phash:
        return distance(place.phash, place.old_phash) > MAX_DISTANCE
    return stem(place.image_url) != stem(place.old_url)


@_rule("one-image-many-alts", Severity.REVIEW, Harm.UNTRUE, "WCAG 1.1.1")
def _many_texts_of_one_picture(site: SiteFacts) -> Iterator[tuple[int, str]]:
    """One picture has several texts.

    That may be right, since a text depends on what the picture is there for; so places where it stands in another
    language or variety of it (`en` and `en-GB`), as a link to another place, or with a text in another script than that
    of the page, are not compared. Where most places agree on a text, only the others are named, unless that text is the
    name of the file. A text that is a file's name, or symbols alone, is not compared.
    """
    for places in site.texts_of_pictures():
        # In another language, or as a link to another place, another text is right. So it is where the text of a page
        # has not been translated: that is another fault.
        uses: dict[tuple[object, ...], list[NamedPicture]] = {}
        for place in places:
            if _is_no_text(place):  # to be rewritten in any case
                continue
            foreign = place.lang is not None and foreign_script(place.name, place.lang)
            uses.setdefault((place.role, place.target, variety(place.lang), foreign), []).append(place)
        for use in uses.values():
            yield from _differing_texts(use)


def _differing_texts(places: Sequence[NamedPicture]) -> Iterator[tuple[int, str]]:
    """The odd ones out where most places agree on a text, else all."""
    texts = Counter(comparable(place.name) for place in places)
    if len(texts) <= 1:
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


def _is_no_text(place: NamedPicture) -> bool:
    """Whether the text has a finding that it is a file's name, or none at all."""
    return any(finding.rule in _NO_TEXT for finding in lint(place.name, file_name(place.image_url), place.lang))


def _file_named(place: NamedPicture) -> bool:
    """Whether the text is the file's name, as tools fill it in: however frequent, it is not one to recommend."""
    stem = (file_name(place.image_url) or "").rpartition(".")[0]
    return comparable(place.name) in {comparable(stem), comparable(re.sub("[_-]", " ", stem))}
