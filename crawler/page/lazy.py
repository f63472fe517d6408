"""Lazy loading: which picture an img waits for until a script has run, told by the form of its attributes.

What counts is the value: the address of a picture, not a flag, a number, a word or the address of a page. Names of
attributes only say which of several values is the likeliest.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from turbohtml import Element

from core.records import USEFUL_WIDTH_PX
from crawler.page.srcset import Candidate, parse_srcset

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.page.document import Document

MAX_COMPARED = 25_000  # images of one page whose stand-ins are compared
MAX_CANDIDATES = 100  # of one attribute
MAX_ATTRIBUTES = 200  # of one element
MAX_VALUE_CHARS = 20_000  # of an attribute that holds addresses

# Attributes of an img that hold no picture, or the one that is shown at once.
_USUAL = frozenset(
    "src srcset sizes alt title width height class id style loading decoding fetchpriority border align hspace vspace "
    "usemap ismap role tabindex lang dir hidden itemprop crossorigin referrerpolicy longdesc name onload onerror "
    "aria-label aria-labelledby aria-describedby aria-hidden draggable typeof property data-id data-alt data-title "
    "data-width data-height data-widths data-sizes data-aspectratio data-href data-link data-caption onclick".split()
)
# The likeliest first, of those that are as good by their form.
_KNOWN = {
    name: number
    for number, name in enumerate(
        ("data-src", "data-lazy-src", "data-original", "data-lazy", "data-lazyload", "data-ll-src", "data-srcset")
    )
}
_SAYS_SOURCE = re.compile(r"src|lazy|orig|echo|defer|delay")
_SAYS_PICTURE = re.compile(r"im(?:age|g)|pic|photo|url|normal|full|large|real|retina|hi-?res|desktop|zoom")
_OTHER_PICTURE = re.compile(
    r"(?:^|[-_])(?:err|fallback|place-?holder|hover|roll-?over|default|load(?:er|ing)|spinner|lqip|blur|avatar|logo"
    r"|poster|video|bg|background|href|link|share|json|sound|audio|frame|title|next|prev|(?:page|back|alt)(?:[-_]|$))"
)
_SMALLER = re.compile(r"mobile|small|thumb|tiny|phone|tablet|low|preview|2x|3x|retina")

_FILE = r"\.(?:jpe?g|jfif|png|gif|webp|avif|svgz?|bmp|ico|tiff?|heic)(?![\w-])"
_PICTURE_FILE = re.compile(rf"{_FILE}(?:[?#&/:!@%,]|$)", re.I)
# What image servers have in an address, which need not end like a file.
_PICTURE_SERVED = re.compile(
    r"[?&](?:w|width|h|height|q|quality|fm|format|auto|fit|crop|resize)=[\w,-]"
    r"|/(?:im(?:age|g)s?|media|photos?|pictures?|uploads?|cdn-cgi)/",
    re.I,
)
_ADDRESS = re.compile(r"(?:https?:)?//[^\s/]|\.{0,2}/[^\s/]|[\w~.%-]+/[\w~.%-]|[\w.%-]+\?\w", re.I)
_DESCRIBED = re.compile(r"\S\s+\d+(?:\.\d+)?[wx]\s*(?:,|\Z)")  # as the addresses of a set are
_NO_ADDRESS = re.compile(r"[{}<>|^\"\\]|\Adata:|\Aabout:|\A#|\Ajavascript:", re.I)
_WORD = re.compile(r"(?!(?:true|false|yes|no|on|off|auto|lazy|eager|null|none|undefined)\Z|[\d.]+\Z)[\w.-]+\Z", re.I)

_STAND_IN_EXT = r"\.(?:gif|png|svg|jpe?g|webp)$"
_BLANK = re.compile(
    r"(?:^|[/_.-])(?:blank|clear|dot|empty|grey|gray|spacer|placeholder|pixel|loading|loader|lazy|preloader|spinner"
    rf"|transparent|trans|1x1|1px)[\w-]*{_STAND_IN_EXT}",
    re.I,
)
# Names that may as well be those of a picture, unless an attribute has the address of another one.
_VAGUE = re.compile(
    r"(?:^|[/_.-])(?:no[-_]?(?:image|img|photo|pic(?:ture)?)|missing|miss|dummy|default|load|wait(?:ing)?|throbber|progress"
    rf"|temp|fake|stand[-_]?in)[\w-]*{_STAND_IN_EXT}|(?:^|/)[a-z]\.gif$",
    re.I,
)
_DRAWN = re.compile(r"\.(?:gif|svg)(?:[?#]|$)", re.I)
_PHOTO = re.compile(r"\.(?:jpe?g|webp|avif)(?:[?#]|$)", re.I)
# A few pixels wide, blurred, or said to be a preview: what is shown until the real picture comes.
_PREVIEW = re.compile(
    r"[?&](?:w|width|h|height|q|quality)=\d\d?(?:&|$)|[-_]\d\d?x(?:\d\d?)?(?:@\dx)?\.[a-z]+(?:\?|$)"
    r"|/(?:[\w,:.]+,)?w_\d\d?(?:,[\w,:.]+)?/|e_blur|lqip|[?&]blur=|[-_/.](?:blur(?:red|ry)?|tiny|lowres|low-res)[-_/.]",
    re.I,
)
_LAZY_CLASS = re.compile(r"(?:^|[\s_-])(?:lazy\w*|b-lazy|lozad|lqip|blur\w*|progressive\w*|ll-\w+)", re.I)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An address that waits in an attribute."""

    name: str
    strength: int  # 0: the name says that it is the source; 1: that it is a picture; 2: nothing
    form: int  # 0: named like a picture's file; 1: an address; 2: a word
    candidates: tuple[Candidate, ...]
    is_set: bool

    @property
    def rank(self) -> tuple[int, int, int, int, int]:
        """Order among others, the likeliest first; one address before a set of them."""
        return self.strength, self.form, self.is_set, _KNOWN.get(self.name, 99), bool(_SMALLER.search(self.name))


@dataclass(frozen=True, slots=True)
class Lazy:
    """What waits in an img's attributes."""

    src: str | None  # the picture that a script puts in the place of what src shows; None: src is the picture
    candidates: tuple[Candidate, ...] = ()  # of sets for that picture


NOT_LAZY = Lazy(None)


def is_stand_in(src: str) -> bool:
    """Whether an address is what lazy loaders show until the picture comes: none, a data: URI, a blank file."""
    src = src.strip()
    return not src or src.lower().startswith(("#", "data:", "about:")) or bool(_BLANK.search(src.split("?")[0]))


class LazyImages:
    """The lazily loaded images of one page."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._shared: frozenset[str] | None = None

    def of(self, element: Element) -> Lazy:
        """What waits in the attributes of an img."""
        if _USUAL.issuperset(element.attrs):
            return NOT_LAZY
        waiting = _waiting(element)
        if not waiting:
            return NOT_LAZY
        sets = tuple(one for found in waiting if found.is_set and not found.strength for one in found.candidates)
        src = element.attr("src")
        likeliest = next((found for found in waiting if self._replaces(found, element, src)), None)
        if likeliest is None:
            return Lazy(None, sets)
        return Lazy(likeliest.candidates[0].url, sets)

    def _replaces(self, found: _Waiting, element: Element, src: str | None) -> bool:
        """Whether what waits is the picture, and src a stand-in for it."""
        if src is None or not src.strip():
            return True
        if found.form == 2:
            return False
        if is_stand_in(src):
            return True
        if found.strength == 2:
            return False
        path, value = src.strip().split("?")[0], found.candidates[0].url
        if found.form and "src" not in found.name and not _PICTURE_SERVED.search(value):
            return False
        if _PREVIEW.search(src) or _LAZY_CLASS.search(element.attr("class") or ""):
            return True
        if found.strength == 0 and (_VAGUE.search(path) or (_DRAWN.search(path) and _PHOTO.search(value))):
            return True
        if found.name in _KNOWN and path.lower().endswith(".png") and _PHOTO.search(value):
            return True  # another format than what is shown so far
        if _waits_in_sources(element):
            return True
        return src.strip() in self._stand_ins()

    def _stand_ins(self) -> frozenset[str]:
        """What several images show while different pictures wait in their attributes."""
        if self._shared is None:
            waiting: dict[str, set[str]] = defaultdict(set)
            for image in islice(self._document.root.iter_elements("img"), MAX_COMPARED):
                src = (image.attr("src") or "").strip()
                if src and not _USUAL.issuperset(image.attrs):
                    waiting[src].update(one.candidates[0].url for one in _waiting(image)[:1] if one.strength < 2)
            self._shared = frozenset(src for src, pictures in waiting.items() if len(pictures) > 1)
        return self._shared


def _waits_in_sources(image: Element) -> bool:
    """Whether an img stands in a picture whose sources offer nothing yet, and have something that waits."""
    picture = image.parent
    if not isinstance(picture, Element) or picture.tag != "picture":
        return False
    sources = [one for one in picture.iter_elements("source") if "srcset" not in one.attrs]
    return any(found.strength == 0 for one in sources[:MAX_CANDIDATES] for found in _waiting(one))


def lazy_candidates(element: Element) -> Iterable[Candidate]:
    """The sets of pictures that wait in the attributes of a picture's source."""
    if not _USUAL.issuperset(element.attrs):
        for found in _waiting(element):
            if found.is_set and not found.strength:
                yield from found.candidates


def waiting_candidates(element: Element) -> Iterable[Candidate]:
    """All that looks like the address of a picture in the attributes of an img."""
    if not _USUAL.issuperset(element.attrs):
        for found in _waiting(element):
            yield from found.candidates


def _waiting(element: Element) -> list[_Waiting]:
    """What waits in the attributes of an element, the likeliest first."""
    found = []
    for name in islice(element.attrs, MAX_ATTRIBUTES):
        if name in _USUAL:
            continue
        value = element.attr(name)
        if not value or len(value) > MAX_VALUE_CHARS:
            continue
        strength = 0 if _SAYS_SOURCE.search(name) else 1 if _SAYS_PICTURE.search(name) else 2
        if _OTHER_PICTURE.search(name) and name not in _KNOWN:
            continue
        is_set = name.endswith("set") or (" " in value and _DESCRIBED.search(value) is not None)
        if is_set:
            offered = parse_srcset(value)[:MAX_CANDIDATES]
            candidates = tuple(one for one in offered if _form(one.url, strength) is not None)
        else:
            address = _of_width(element, value.strip())
            candidates = (Candidate(address),) if _form(address, strength) is not None else ()
        if candidates:
            found.append(_Waiting(name, strength, _form(candidates[0].url, strength) or 0, candidates, is_set))
    found.sort(key=lambda one: one.rank)
    return found


def _form(value: str, strength: int) -> int | None:
    """How much a value looks like the address of a picture; None when it is none, or its attribute says too little."""
    if _NO_ADDRESS.search(value):
        return None
    if _PICTURE_FILE.search(value) and (strength < 2 or not re.search(r"\s", value)):
        return 0
    if not _ADDRESS.match(value):
        return 2 if strength == 0 and _WORD.match(value) else None
    if strength == 0 or (strength == 1 and _PICTURE_SERVED.search(value)):
        return 1
    return None


def _of_width(element: Element, value: str) -> str:
    """An address that leaves the width to the script, filled in."""
    if "{width}" not in value:
        return value
    widths = [int(width) for width in re.findall(r"\b\d{1,5}\b", element.attr("data-widths") or "")]
    useful = max((width for width in widths if width <= USEFUL_WIDTH_PX), default=1024)
    return value.replace("{width}", str(useful))
