"""The texts that may stand in a place, the best first: of the caption, of where a link leads, of the page. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.identity.urls import file_name
from core.languages import UNDETERMINED, primary_subtag
from core.records import ImageKind, SuggestionReason, SuggestionSource
from core.text import comparable, shown_line, storable
from rules.words import words_for
from suggestions.captions.describe import describe, shortened, tidy, without_prefix
from suggestions.captions.languages import is_spoken, language_of, surely_of
from suggestions.evidence.agreeing import agreement_of, heard
from suggestions.evidence.chances import OF_THE_PLACE, ranked
from suggestions.evidence.kind_nouns import noun_kind, with_noun
from suggestions.evidence.kinds import is_credible, is_of_writing, kind_of, named_class, shows_person
from suggestions.evidence.picture_text import READERS, banner, label, picture_text
from suggestions.evidence.witnesses import heading_of, is_confirmed, is_of_unsure_kind, meant, said_on_page
from suggestions.links.controls import control_purpose
from suggestions.links.link_purpose import Purpose, link_purpose
from suggestions.links.networks import network_of_icon
from suggestions.page.logos import logo_of
from suggestions.page.page_texts import page_texts, says_nothing
from suggestions.page.permalinks import without_mark
from suggestions.page.portraits import named, person_in
from suggestions.page.spelling import as_on_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from core.records import Context
    from store.captions import StoredCaption
    from store.suggestions import ContextGroup
    from suggestions.captions.describe import Description
    from suggestions.evidence.chances import Evidence
    from suggestions.evidence.picture_text import PictureText
    from suggestions.manner.patterns import Manner

_NUMBERING = re.compile(r"^(?:\d+\.)+\d*\s+")  # "3.6.4. Using the Palette Editor"
# Words that are small within a sentence; any other that begins a caption may be a name.
_BEGINNINGS = frozenset(
    "a an the one two three four five six seven eight nine ten several some many this these close-up".split()
)
_FEW_PLACES = 5
_NO_LOGOS = frozenset({"photograph", "screenshot", "chart", "diagram", "map"})
_OF_ARTICLES = frozenset({"photograph", "chart"})
# Sources that mostly say how something is called.
_NAMES = frozenset(
    {
        SuggestionSource.LABEL,
        SuggestionSource.TERM,
        SuggestionSource.HEADING,
        SuggestionSource.TITLE,
        SuggestionSource.FILE_NAME,
    }
)
_UNLIKELY, _EVEN, _SURE = 0.15, 0.5, 0.75  # the chance that a text of the page will do
IN_PICTURE = frozenset({SuggestionSource.DIALOG, SuggestionSource.READ})
_OF_A_CLASS = 0.5  # that a class confirmed by something beside the picture will do


@dataclass(frozen=True, slots=True)
class Candidate:
    text: str
    source: SuggestionSource
    reason: SuggestionReason | None = None  # why a person is to look at it, whatever the rules say
    shortened: bool = False
    chance: float | None = None  # of a text of the page: that it will do
    witnesses: tuple[str, ...] = ()  # what else says it


def described(group: ContextGroup) -> Description | None:
    """The caption as alt text; None where there is none, none that can stand here, or none to be believed."""
    if group.caption is None or not group.caption.text or not is_credible(group):
        return None
    if not in_language(group):
        translation = group.caption.translation
        return describe(translation, group, group.language) if translation is not None else None
    return describe(group.caption.text, group, spoken(group.caption))


def in_language(group: ContextGroup) -> bool:
    """Whether the caption is in the language of the places; of one that is not known, any language may be."""
    if group.caption is None or group.language == UNDETERMINED:
        return True
    text = group.caption.text or ""
    said = surely_of(text)
    if said == UNDETERMINED:
        return primary_subtag(group.caption.language) == group.language
    return said == group.language if language_of(text) == UNDETERMINED else is_spoken(text, group.language)


def spoken(caption: StoredCaption) -> str:
    """The language of a caption, as it reads or, where that does not tell, as its model says."""
    said = surely_of(caption.text or "")
    return primary_subtag(caption.language) if said == UNDETERMINED else said


def figure_caption(group: ContextGroup, limit: int) -> Candidate | None:
    """The caption of the figure, where all places have the same, as a text to repeat."""
    if _agreed(group.contexts, lambda context: context.figcaption) is None:
        return None
    texts = page_texts(group.occurrences[0], None)
    said = next((one.text for one in texts if one.source is SuggestionSource.FIGCAPTION), "")
    text, _ = _bounded(said, group, limit)
    return Candidate(text, SuggestionSource.FIGCAPTION) if text else None


def candidates(group: ContextGroup, caption: Description | None, limit: int, manner: Manner) -> Iterator[Candidate]:
    """The texts that could stand here, the best first; no longer than they may be."""
    for one in _wordings(group, caption, limit, manner):
        bounded, is_cut = _bounded(one.text, group, limit)
        if bounded:
            yield replace(one, text=bounded, shortened=one.shortened or is_cut)


def _wordings(group: ContextGroup, caption: Description | None, limit: int, manner: Manner) -> Iterator[Candidate]:
    product = _agreed(group.contexts, lambda context: context.product)
    role = "button" if group.occurrences[0].kind is ImageKind.INPUT else group.functional
    function = _function(group, role) if role else None
    if role and (function is None or function.text is None or function.reason is not None):
        words = _label(group)
        if words is not None:  # what people see is what they call it (WCAG 2.2, 2.5.3)
            yield Candidate(words, SuggestionSource.READ)
    of_product = product is not None and role == "link" and (function is None or function.is_page)
    if of_product and product is not None:
        yield Candidate(product, SuggestionSource.LINK)
    elif function is not None and function.text is not None:
        yield Candidate(function.text, SuggestionSource.LINK, function.reason)
    is_larger = function is not None and function.text is None  # what it shows is what the link is for
    page = [
        Candidate(one.text, one.source, chance=one.chance, witnesses=one.witnesses)
        for one in (_of_the_page(group, manner) if is_larger or not group.functional else ())
    ]
    page = [*_logo(group, function), *_with_nouns(page, group, manner)]
    if caption is not None and (is_larger or not role):
        # What stands in the picture is surer than what a model says of windows and banners. A caption that has the
        # words of a text of the page says more than that.
        likely, said = _likely(caption, group), meant(caption.text)
        for one in page:
            if one.source in IN_PICTURE or ((one.chance or 0.0) >= likely and not meant(one.text) <= said):
                yield one
    if caption is not None:
        # A link's text that cannot stand here leaves what its picture looks like.
        unknown = SuggestionReason.FUNCTION if role and not (is_larger or of_product) else None
        cut = caption.is_cut or (group.caption is not None and group.caption.cut_off)
        if product and comparable(product) not in comparable(caption.text):
            together = f"{product}: {_within(caption.text)}"
            if len(together) <= limit:
                yield Candidate(together, SuggestionSource.CAPTION, unknown, cut)
        portrait = named(caption.text, _agreed(group.contexts, lambda context: context.topic))
        if portrait is not None and len(portrait) <= limit:
            yield Candidate(portrait, SuggestionSource.CAPTION, unknown, cut)
        yield Candidate(caption.text, SuggestionSource.CAPTION, unknown, cut)
        return
    if product is not None:
        yield Candidate(product, SuggestionSource.PRODUCT)
    if group.functional and not is_larger:  # what stands around a link is not where it leads
        yield from page
        heading = _topic(_agreed(group.contexts, heading_of))
        target = _agreed(group.contexts, _target) or ""
        if heading is not None and not target.startswith(("#", "javascript:")):  # which leads nowhere
            yield Candidate(heading, SuggestionSource.HEADING)
        return
    if (person := _person(group)) is not None:
        yield Candidate(person, SuggestionSource.HEADING)
    yield from _with_class(group, page)


def _logo(group: ContextGroup, function: Purpose | None) -> Iterator[Candidate]:
    """What its file says of a picture that may be a logo: in a link, where nothing says where that leads."""
    if kind_of(group) in _NO_LOGOS or (group.functional and function is not None):
        return
    said = logo_of(group.occurrences[0], group.page_titles[0] if group.page_titles else None, group.language)
    if said is not None:
        yield Candidate(said, SuggestionSource.FILE_NAME)


def _person(group: ContextGroup) -> str | None:
    """The name of the person whom a picture shows, where it stands alone in a card with it."""
    if not shows_person(group) or any(context.pictures != 1 for context in group.contexts):
        return None
    return person_in(_agreed(group.contexts, lambda context: context.topic))


def _with_nouns(of_page: list[Candidate], group: ContextGroup, manner: Manner) -> Iterator[Candidate]:
    """Texts of the page, before each name the same with the noun of the picture's kind, as far as the site has such."""
    kind = noun_kind(group) if manner.names_kinds else None
    for one in of_page:
        named = with_noun(one.text, kind, group) if kind is not None and one.source in _NAMES else None
        if named is not None:
            yield replace(one, text=named)
        yield one


def _with_class(group: ContextGroup, of_page: list[Candidate]) -> Iterator[Candidate]:
    """Texts of the page with what a classifier sees among them, where it belongs by its chance.

    A caption or a label with the same name in it says more.
    """
    seen = _seen(group)
    for one in of_page:
        if seen is not None and (seen.chance or 0) > (one.chance or 0):
            says_more = one.source not in OF_THE_PLACE and meant(seen.text) <= meant(one.text)
            if not says_more:
                yield seen
                seen = None
        yield one
    if seen is not None:
        yield seen


def _seen(group: ContextGroup) -> Candidate | None:
    """What a classifier sees and the file's name or the page says, too."""
    found = named_class(group)
    if found is None:
        return None
    name, witnesses = found
    return Candidate(tidy(name), SuggestionSource.CLASS, chance=_OF_A_CLASS, witnesses=witnesses)


def _label(group: ContextGroup) -> str | None:
    """The words on the picture of a link or button."""
    read = read_in(group)
    return None if read is None else label(read) or banner(read)


def read_in(group: ContextGroup) -> PictureText | None:
    """Text in the picture, where a program has read it, and could."""
    said = (picture_text(group.analyses.get(reader), group.language) for reader in READERS)
    return next(filter(None, said), None)


def _likely(caption: Description, group: ContextGroup) -> float:
    """The chance from which a text of the page comes before the caption.

    A model says something of every picture: of a screen or a chart it makes it up, and where no word of it is on the
    page, it may be about anything.
    """
    if is_of_writing(group) or is_of_unsure_kind(caption.text, caption.language):
        return _UNLIKELY
    return _SURE if is_confirmed(caption.text, group) else _EVEN


def _of_the_page(group: ContextGroup, manner: Manner) -> list[Evidence]:
    """What the pages say of the picture, the likeliest first.

    What stands above or around it is of the picture only where all its places say so. A caption, a label or what a
    sentence names is, unless it stands in many places, of which less than half say so: icons do. A screenshot is of
    what its heading names; a photograph or a chart goes with an article, and is of what that is about only where
    something else says so. So is one that nobody has seen.
    """
    title = group.page_titles[0] if len(group.page_titles) == 1 else None
    read = read_in(group)
    found = [{one.text.casefold(): one for one in ranked(place, title, manner, read)} for place in group.occurrences]
    best: dict[str, Evidence] = {}
    for text, one in sorted((pair for texts in found for pair in texts.items()), key=lambda pair: -pair[1].chance):
        places = sum(text in texts for texts in found)
        if places == len(found) or (
            one.source not in OF_THE_PLACE and (len(found) <= _FEW_PLACES or places * 2 >= len(found))
        ):
            best.setdefault(text, one)
    if kind_of(group) in _OF_ARTICLES or group.unseen:
        best = {text: one for text, one in best.items() if one.source not in OF_THE_PLACE or one.witnesses}
    heard_of = heard(best.values(), agreement_of(group), manner.weights)
    return sorted(heard_of, key=lambda one: (-one.chance, -len(one.text), one.text))


def _function(group: ContextGroup, role: str) -> Purpose | None:
    """What the link or button does that the picture stands in; None where neither address nor icon tells."""
    stem = (file_name(group.occurrences[0].image_url or "") or "").rpartition(".")[0]
    caption = group.caption.text if group.caption is not None else None
    url = _agreed(group.contexts, _target)
    if role == "link" and url:
        seen = re.sub(r"[\W_]+", " ", f"{caption or ''} {stem}".lower())
        known = link_purpose(
            url, group.page_titles, group.language, _hosts(group), target_title=group.target_title, seen=seen
        )
        if known is None or known.text is None or known.reason is not SuggestionReason.ADDRESS:
            return known or _of_icon(group, role, caption, stem)
        written = as_on_page(known.text, said_on_page(group))
        return known if written is None else replace(known, text=written, reason=None)
    return _of_icon(group, role, caption, stem)


def _of_icon(group: ContextGroup, role: str, caption: str | None, stem: str) -> Purpose | None:
    """What a control does as its icon tells."""
    control = control_purpose(caption, stem, group.occurrences[0].width, group.language)
    if control is None:
        network = network_of_icon(stem) if role == "link" else None
        return None if network is None else Purpose(network, SuggestionReason.FUNCTION)
    text, sure = control
    return Purpose(text, None if sure and role == "button" else SuggestionReason.FUNCTION)


def _target(context: Context) -> str | None:
    """Where a link leads; of a part of the page that it stands on, that alone."""
    written, url = context.link_href, context.link_url
    if written is None or written.startswith("#") or url is None:
        return written or url
    return f"{url}#{written.partition('#')[2]}"


def _within(text: str) -> str:
    """A text as it goes on within a sentence: small, unless it begins with a name or a noun that is written large."""
    first = text.partition(" ")[0]
    return f"{text[0].lower()}{text[1:]}" if first.lower() in _BEGINNINGS else text


def _hosts(group: ContextGroup) -> frozenset[str]:
    """Hosts of the site; where those of its pages are not known, those that its pictures come from."""
    pictures = (urlsplit(occurrence.image_url or "").hostname for occurrence in group.occurrences)
    return group.hosts or frozenset(host for host in pictures if host)


def _agreed(contexts: Iterable[Context], part: Callable[[Context], str | None]) -> str | None:
    """What all places of the group say alike; None where they differ, since it is then not about the picture."""
    values = {part(context) for context in contexts}
    return values.pop() if len(values) == 1 else None


def _topic(heading: str | None) -> str | None:
    """A heading without number and marks; None for a single word ("Overview", "Options"), which names no picture, and
    for one that every page of a shop has.
    """
    topic = without_mark(_NUMBERING.sub("", heading or ""))
    return topic if len(topic.split()) > 1 and not says_nothing(topic) else None


def _bounded(text: str, group: ContextGroup, limit: int) -> tuple[str, bool]:
    """A text as long as it may be, without "image of", and whether its end is left out."""
    whole = shown_line(storable(text))
    text = shortened(whole, limit)
    is_cut = text != whole
    text = tidy(text, finished=not is_cut)
    shorter = without_prefix(text, words_for(group.occurrences[0].language))
    return text if shorter == text else tidy(shorter, finished=True), is_cut
