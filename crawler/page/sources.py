"""Which elements show an image, and which picture that is: plain, responsive, lazily loaded and CSS sources."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from core.records import IMG_ELEMENTS, USEFUL_WIDTH_PX, ImageKind
from crawler.page.accname import is_image_button, roles
from crawler.page.cascade import Cascade
from crawler.page.css import background, media_applies
from crawler.page.dom import ancestors, child_elements, parent
from crawler.page.lazy import MAX_CANDIDATES, Lazy, LazyImages, is_stand_in, lazy_candidates, waiting_candidates
from crawler.page.srcset import Candidate, parse_srcset
from rules.aria import IMAGE_ROLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from turbohtml import Element

    from crawler.page.document import Document
    from crawler.page.style_sheet import StyleSheet

# Attributes in which lazy-loading scripts keep a background until it scrolls into view.
_LAZY_BACKGROUND = (
    "data-bg", "data-background", "data-background-image", "data-bg-src", "data-bg-image", "data-bg-url",
    "data-bgset", "data-lazy-bg", "data-lazy-background", "data-lazy-background-image", "data-ll-bg",
    "data-image-background",
)  # fmt: skip
_LAZY_POSTER = ("data-poster", "data-lazy-poster")
# Elements whose `background` attribute HTML renders as a CSS background.
_WITH_BACKGROUND_ATTRIBUTE = frozenset({"body", "table", "thead", "tbody", "tfoot", "tr", "td", "th"})

_IMAGE_TYPES = re.compile(r"image/", re.I)
_IMAGE_FILES = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?)(?:[?#]|$)", re.I)
_ADDRESS = re.compile(r"(?:https?:)?//|\.{0,2}/", re.I)
# Types that a picture element's sources are written in and that a captioning worker decodes.
_DECODED_TYPES = ("", "image/jpeg", "image/jpg", "image/png", "image/webp", "image/gif", "image/avif", "image/svg+xml")

MAX_SOURCES = 20  # of one picture element
_PIXELS = re.compile(r"\s*(\d{1,6})(?:\.\d+)?(?:px)?\s*\Z")
_STYLE_PIXELS = {
    name: re.compile(rf"(?:^|[;\s]){name}\s*+:\s*+(\d{{1,6}})(?:\.\d+)?px", re.I) for name in ("width", "height")
}


@dataclass(frozen=True, slots=True)
class Source:
    """The picture of one element, its addresses as they are written."""

    src: str | None  # what names the picture
    largest: str | None  # the most useful candidate
    width: int | None  # pixels promised for that


NOTHING = Source(None, None, None)


class Sources:
    """Which elements of one page show an image, and which."""

    def __init__(self, document: Document, sheets: Mapping[str, StyleSheet]) -> None:
        self._document = document
        self.cascade = Cascade(document, sheets)
        asked = _LAZY_BACKGROUND if "data-" in document.lowered else ()
        self._lazy_backgrounds = [name for name in asked if name in document.lowered]
        self._lazy = LazyImages(document)
        self._image_of_map: dict[str, Element] | None = None

    def kind(self, element: Element) -> ImageKind | None:
        """The way in which an element shows an image; None when it shows none. The first that applies."""
        tag = element.tag
        if tag in IMG_ELEMENTS:
            return ImageKind.IMG
        by_tag = _BY_TAG.get(tag)
        if by_tag is not None and by_tag[1](element):
            return by_tag[0]
        if any(role in IMAGE_ROLES for role in roles(element)[:1]):
            return ImageKind.ROLE
        return ImageKind.BACKGROUND if self._background(element) is not None else None

    def marks(self) -> list[str]:
        """The attributes on this page that may make an image of any element."""
        lowered = self._document.lowered
        marks = [name for name in ("role", "background") if name in lowered]
        return [*marks, *(["style"] if "url(" in lowered else ()), *self._lazy_backgrounds]

    def of(self, element: Element, kind: ImageKind) -> Source:
        """The picture that an element shows."""
        match kind:
            case ImageKind.IMG:
                return _img(element, self._lazy.of(element))
            case ImageKind.INPUT:
                return _plain(element, element.attr("src"))
            case ImageKind.AREA:
                image = self._mapped(element)
                return self.of(image, ImageKind.IMG) if image is not None else NOTHING
            case ImageKind.OBJECT:
                return _plain(element, element.attr("data"))
            case ImageKind.EMBED:  # an iframe too
                return _plain(element, element.attr("src"))
            case ImageKind.POSTER:
                return _plain(element, _poster(element))
            case ImageKind.SVG:
                return _drawn(element)
        return _plain(element, self._background(element))

    def _background(self, element: Element) -> str | None:
        lazy = next((value for name in self._lazy_backgrounds if (value := _lazy_background(element, name))), None)
        if lazy is not None:
            return lazy
        styled = self.cascade.of(element)
        if styled is None and element.tag in _WITH_BACKGROUND_ATTRIBUTE:
            return (element.attr("background") or "").strip() or None
        return styled

    def _mapped(self, area: Element) -> Element | None:
        """The image that an area is a part of."""
        if self._image_of_map is None:
            images = reversed(self._document.select("img[usemap]"))
            self._image_of_map = {(image.attr("usemap") or "").strip().removeprefix("#"): image for image in images}
        around = next((node for node in ancestors(area) if node.tag == "map"), None)
        names = (around.attr("name"), around.attr("id")) if around is not None else ()
        return next((self._image_of_map[name] for name in names if name and name in self._image_of_map), None)


def _is_shown_by(attribute: str) -> Callable[[Element], bool]:
    """Whether an object or embed shows an image: by its type or, without one, by the name of its file."""

    def shows_image(element: Element) -> bool:
        declared = (element.attr("type") or "").strip()
        if declared:
            return _IMAGE_TYPES.match(declared) is not None
        return _IMAGE_FILES.search(element.attr(attribute) or "") is not None

    return shows_image


def shows_picture(frame: Element) -> bool:
    """Whether an iframe or frame has the address of a picture's file, and nothing of its own to show."""
    return frame.attr("srcdoc") is None and _IMAGE_FILES.search(frame.attr("src") or "") is not None


def _poster(video: Element) -> str | None:
    names = ("poster", *_LAZY_POSTER)
    return next((value for name in names if (value := (video.attr(name) or "").strip())), None)


# The kind of image that elements of a name show, and which of them do.
_BY_TAG: dict[str, tuple[ImageKind, Callable[[Element], bool]]] = {
    "input": (ImageKind.INPUT, is_image_button),
    "area": (ImageKind.AREA, lambda element: element.attr("href") is not None),
    "svg": (ImageKind.SVG, lambda element: all(node.tag != "svg" for node in ancestors(element))),
    "object": (ImageKind.OBJECT, _is_shown_by("data")),
    "embed": (ImageKind.EMBED, _is_shown_by("src")),
    "iframe": (ImageKind.EMBED, shows_picture),
    "frame": (ImageKind.EMBED, shows_picture),
    "video": (ImageKind.POSTER, lambda element: _poster(element) is not None),
}


def pixels(element: Element, name: str) -> int | None:
    """A size in CSS pixels from the inline style or the attribute; None for percentages and the like."""
    style = element.attr("style")
    found = (_STYLE_PIXELS[name].search(style) if style else None) or _PIXELS.match(element.attr(name) or "")
    return int(found[1]) if found else None


def _lazy_background(element: Element, name: str) -> str | None:
    value = (element.attr(name) or "").strip()
    if not value:
        return None
    if name == "data-bgset":
        return next((candidate.url for candidate in parse_srcset(value)), None)
    if "url(" in value.lower():
        said = background(f"background:{value}")
        return said.url if said is not None else None
    # The same attributes also hold colours and the names of themes.
    return value if _ADDRESS.match(value) or _IMAGE_FILES.search(value) else None


def _img(element: Element, lazy: Lazy) -> Source:
    """The picture of an img as its author wrote it, lazy loading seen through, and its most useful candidate."""
    src = element.attr("src") if lazy.src is None else lazy.src
    own = parse_srcset(element.attr("srcset") or "")[:MAX_CANDIDATES]
    if own and src is not None and is_stand_in(src):
        # What browsers show is the set.
        src = next((candidate.url for candidate in own if not is_stand_in(candidate.url)), src)
    candidates = [Candidate(src)] if src is not None and src.strip() else []
    own += lazy.candidates
    in_picture = list(_picture_candidates(element, fallback=not candidates and not own))
    candidates += own + in_picture
    if not candidates:
        return Source(src, None, None)
    best = max(candidates, key=_usefulness)
    return Source(src if src and src.strip() else candidates[0].url, best.url, _promised(element, best))


def offered(element: Element) -> Iterator[Candidate]:
    """All that an img offers of its one picture, whatever is shown of it."""
    src = (element.attr("src") or "").strip()
    if src:
        yield Candidate(src)
    yield from parse_srcset(element.attr("srcset") or "")[:MAX_CANDIDATES]
    yield from waiting_candidates(element)
    yield from _picture_candidates(element, fallback=False)


def _picture_candidates(element: Element, *, fallback: bool) -> Iterator[Candidate]:
    """What the sources of the picture element around an img offer.

    Those for a media query may show another crop, so they count only as a fallback: when the img itself names
    no picture, and then the ones for a desktop's screen first.
    """
    around = parent(element)
    if around is None or around.tag != "picture":
        return
    offered = (child for child in child_elements(around) if child.tag == "source")
    sources = [source for source in islice(offered, MAX_SOURCES) if _is_decoded(source)]
    plain = [source for source in sources if not (source.attr("media") or "").strip()]
    if fallback:
        shown = [source for source in sources if media_applies(source.attr("media") or "")]
        plain = (shown or sources)[:1]
    for source in plain:
        yield from parse_srcset(source.attr("srcset") or "")[:MAX_CANDIDATES]
        yield from lazy_candidates(source)


def _is_decoded(source: Element) -> bool:
    return (source.attr("type") or "").partition(";")[0].strip().lower() in _DECODED_TYPES


def _usefulness(candidate: Candidate) -> tuple[bool, float, float]:
    """Order of candidates: the widest up to USEFUL_WIDTH_PX, then the narrowest above; densities count as widths.

    An address in srcset comes before a data: address.
    """
    size = float(candidate.width or 0) or (candidate.density or 1.0)
    return candidate.url[:5].lower() != "data:", size if size <= USEFUL_WIDTH_PX else 0.0, -size


def _promised(element: Element, candidate: Candidate) -> int | None:
    """The width in pixels of a candidate's file, as far as the page says."""
    if candidate.width is not None:
        return candidate.width if candidate.width <= 1_000_000 else None
    width = pixels(element, "width")
    return min(round(width * (candidate.density or 1.0)), 1_000_000) if width is not None else None


def _plain(element: Element, src: str | None) -> Source:
    width = pixels(element, "width") if src and element.tag in {"input", "object", "embed"} else None
    return Source(src, src.strip() or None if src is not None else None, width)


def _drawn(svg: Element) -> Source:
    """The file that an inline drawing shows: an image in it, or what it uses of another file.

    A part of a file is no picture that could be fetched: the sprite it belongs to shows them all or none.
    """
    for part in svg.iter_elements(("image", "use")):
        address = (part.attr("href") or part.attr("xlink:href") or "").strip()
        if not address or address.startswith("#"):
            continue
        whole = part.tag == "image" or "#" not in address
        return Source(address, address if whole else None, None)
    return NOTHING
