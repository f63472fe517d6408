"""The accessible name of an image, its role, and whether assistive technology meets it at all.

After "Accessible Name and Description Computation 1.2", "WAI-ARIA 1.2" and "HTML Accessibility API Mappings" (W3C),
as far as they concern images: aria-labelledby, aria-label, the element's own text (alt, a label of an image button,
a title child in SVG), the title attribute. What is blank falls through to the next, but for the alt of an img or area:
that is the last word, also when it is empty.
"""

from __future__ import annotations

import re
import secrets
from itertools import islice
from typing import TYPE_CHECKING

from turbohtml import Element, Text

from core.records import IMG_ELEMENTS
from core.text import collapse
from crawler.page.dom import ancestors, child_elements, children, nearest
from rules.aria import NAMELESS_ROLES, PRESENTATIONAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turbohtml import Node

MAX_NAME_CHARS = 2000  # of a name's source, white space included
MAX_NODES = 1000  # looked at for one name: enough for a sentence, however it is marked up
# Roles of WAI-ARIA 1.2, Graphics-ARIA and, by their prefix, DPUB-ARIA; what is none of them is passed over.
_ROLES = frozenset(
    "alert alertdialog application article banner blockquote button caption cell checkbox code columnheader combobox "
    "complementary contentinfo definition deletion dialog directory document emphasis feed figure form generic grid "
    "gridcell group heading image img insertion link list listbox listitem log main mark marquee math menu menubar "
    "menuitem menuitemcheckbox menuitemradio meter navigation none note option paragraph presentation progressbar "
    "radio radiogroup region row rowgroup rowheader scrollbar search searchbox separator slider spinbutton status "
    "strong subscript suggestion superscript switch tab table tablist tabpanel term textbox time timer toolbar "
    "tooltip tree treegrid treeitem graphics-document graphics-object graphics-symbol".split()
)
# Global states and properties, the deprecated ones too. aria-hidden is no conflict: it hides.
_GLOBAL_ARIA = (
    "aria-label", "aria-labelledby", "aria-describedby", "aria-description", "aria-details", "aria-atomic",
    "aria-braillelabel", "aria-brailleroledescription", "aria-busy", "aria-controls", "aria-current", "aria-disabled",
    "aria-dropeffect", "aria-errormessage", "aria-flowto", "aria-grabbed", "aria-haspopup", "aria-invalid",
    "aria-keyshortcuts", "aria-live", "aria-owns", "aria-relevant", "aria-roledescription",
)  # fmt: skip
_WHOLE_NUMBER = re.compile(r"\s*[+-]?\d")
_DISPLAY = re.compile(r"(?:^|[;\s])display\s*:\s*([a-z-]+)", re.I)
_VISIBILITY = re.compile(r"(?:^|[;\s])visibility\s*:\s*([a-z]+)", re.I)
_INLINE = frozenset(
    "a abbr b bdi bdo cite code data del dfn em font i ins kbd label mark q s samp small span strong sub sup time tt u "
    "var wbr".split()
)
# What these hold is shown only where the element itself cannot be, or is no text of the page.
_NOT_TEXT = frozenset("video audio iframe datalist noscript script style template title desc".split())
_WITH_ALT = IMG_ELEMENTS | {"area"}
_IMAGES = _WITH_ALT | {"svg", "object", "embed"}


def roles(element: Element) -> list[str]:
    """The roles an element asks for, in order of preference; words that are no role are passed over."""
    asked = element.attr("role")
    if not asked:
        return []
    return [role for role in asked.lower().split() if role in _ROLES or role.startswith("doc-")]


def effective_role(element: Element) -> str | None:
    """The role an element has; None for the one that its tag gives it.

    A role of none is not heeded where the element can be focused or carries a global ARIA attribute
    (WAI-ARIA, presentational roles conflict resolution).
    """
    asked = roles(element)
    role = asked[0] if asked else None
    if role in PRESENTATIONAL and _spoils_presentation(element) is not None:
        return next((other for other in asked if other not in PRESENTATIONAL), None)
    return role


def conflict(element: Element) -> str | None:
    """The attribute that contradicts role=none or alt="" on this image; None when nothing does, or neither is set."""
    asked = roles(element)
    if asked and asked[0] in PRESENTATIONAL:
        return _spoils_presentation(element)
    if element.tag not in IMG_ELEMENTS or element.attr("alt") != "":
        return None
    return "role" if asked and asked[0] not in NAMELESS_ROLES else _spoils_presentation(element)


def _spoils_presentation(element: Element) -> str | None:
    if _WHOLE_NUMBER.match(element.attr("tabindex") or ""):
        return "tabindex"
    if element.tag == "area" or (element.tag in {"input", "button"} and element.attr("disabled") is None):
        return "being a control"
    return next((name for name in _GLOBAL_ARIA if element.attr(name) is not None), None)


def accessible_name(element: Element, by_id: dict[str, Element]) -> str | None:
    """The name assistive technology announces for an image; None when it has none, or its role silences it."""
    if effective_role(element) in PRESENTATIONAL:
        return None
    return named_by_aria(element, by_id) or _own_name(element, by_id) or _text(_tooltip(element))


def named_by_aria(element: Element, by_id: dict[str, Element]) -> str | None:
    """The name from aria-labelledby or aria-label. Targets are read also when hidden; blank ones fall through."""
    referenced = ""
    for name in (element.attr("aria-labelledby") or "").split()[:MAX_NODES]:
        target = by_id.get(name)
        if target is not None:
            referenced += f" {_referenced_name(target)}"
        if len(referenced) > MAX_NAME_CHARS:
            break
    return _text(referenced) or _text(element.attr("aria-label"))


def _referenced_name(target: Element) -> str:
    """What an element adds to the name of one that refers to it; its own references are not followed."""
    own = _text(target.attr("aria-label")) or _field_value(target) or _plain_name(target)
    if own is None and target.tag not in _WITH_ALT:
        own = text_inside(target, hidden_too=hidden_reason(target) is not None)
    return own or _tooltip(target) or ""


def _tooltip(element: Element) -> str | None:
    """The title attribute where it may name an element: an img or area has no name but its alt, if that is there."""
    silenced = element.tag in _WITH_ALT and element.attr("alt") is not None
    return None if silenced else element.attr("title")


def _field_value(element: Element) -> str | None:
    """What stands in a form field, which is what it adds to a name."""
    if element.tag == "input" and (element.attr("type") or "text").lower() not in {
        "image",
        "submit",
        "button",
        "reset",
    }:
        return _text(element.attr("value"))
    if element.tag == "select":
        chosen = (option for option in element.iter_elements("option") if option.attr("selected") is not None)
        return next((_text(option.text) for option in chosen), None)
    return _text(element.text) if element.tag == "textarea" else None


def _own_name(element: Element, by_id: dict[str, Element]) -> str | None:
    """The name that HTML or SVG itself gives an element, its title attribute apart."""
    return (_label(element, by_id) if is_image_button(element) else None) or _plain_name(element)


def _plain_name(element: Element) -> str | None:
    """The name from the element itself: alt, or the title child in SVG."""
    if element.tag in _WITH_ALT or is_image_button(element):
        return _text(element.attr("alt"))
    if element.tag == "svg" or _in_svg(element):
        title = next((child for child in child_elements(element) if child.tag == "title"), None)
        return _text("".join(islice(title.strings, MAX_NODES))[:MAX_NAME_CHARS]) if title is not None else None
    return None


def is_image_button(element: Element) -> bool:
    """Whether it is an input of type image."""
    return element.tag == "input" and (element.attr("type") or "").strip().lower() == "image"


def _in_svg(element: Element) -> bool:
    return any(node.tag == "svg" for node in ancestors(element))


def _label(element: Element, by_id: dict[str, Element]) -> str | None:
    """The text of the label elements of an image button, the one around it or those that name its id."""
    above = list(ancestors(element))
    labels = [node for node in above if node.tag == "label"][:1]
    own_id = element.attr("id")
    if own_id and above and by_id.get(own_id) == element:
        labels += above[-1].find_all("label", attrs={"for": own_id}, limit=5)
    return _text(" ".join(text_inside(label, without=element) for label in labels))


def text_inside(
    root: Element,
    *,
    images: bool = True,
    hidden_too: bool = False,
    without: Element | None = None,
    limit: int = MAX_NAME_CHARS,
) -> str:
    """The text of an element as it is announced: hidden parts left out, images by their names.

    Without `images`, the text beside them. Reads at most MAX_NODES elements, and stops soon after `limit` characters.
    """
    invisible = not hidden_too and _visibility(root, inherited=False)
    parts: list[str] = []
    length = 0
    # The open elements: their content still to come, whether their text is invisible, what follows them.
    open_: list[tuple[Iterator[Node], bool, str]] = [(children(root), invisible, "")]
    for _ in range(3 * MAX_NODES):
        if not open_ or length > limit:
            break
        content, invisible, after = open_[-1]
        node = next(content, None)
        part = ""
        if node is None:
            open_.pop()
            part = after
        elif isinstance(node, Text):
            part = "" if invisible else node.data[:MAX_NAME_CHARS]
        elif isinstance(node, Element) and node != without and (hidden_too or hides_all(node) is None):
            gap = "" if node.tag in _INLINE else " "
            said = _said_instead(node, images=images)
            if said is None:
                part = gap
                open_.append((children(node), not hidden_too and _visibility(node, invisible), gap))
            else:
                part = f" {said} " if said else gap
        parts.append(part)
        length += len(part.strip())
    return collapse("".join(parts))


def _said_instead(node: Element, *, images: bool) -> str | None:
    """What is announced in the place of an element's content; None when that is its content.

    References and labels of what is inside are not followed, so there is no going in circles.
    """
    tag = node.tag
    if is_image(node):
        silent = not images or effective_role(node) in PRESENTATIONAL
        name = None if silent else _text(node.attr("aria-label")) or _plain_name(node) or _text(_tooltip(node))
        return None if tag == "svg" and name is None else name or ""
    if tag in {"input", "select", "textarea"}:
        return _field_value(node) or ""
    if tag in _NOT_TEXT:
        return ""
    label = _text(node.attr("aria-label"))
    if label is None and _is_blank(node):
        label = _text(node.attr("title"))
    return label


def _is_blank(element: Element) -> bool:
    """Whether an element holds nothing but white space."""
    content = list(islice(children(element), 2))
    return not content or (len(content) == 1 and isinstance(content[0], Text) and not collapse(content[0].data))


def is_image(element: Element) -> bool:
    """Whether an element stands for an image in the name of what it is in."""
    return element.tag in _IMAGES or is_image_button(element) or roles(element)[:1] in (["img"], ["image"])


def _text(value: str | None) -> str | None:
    return (collapse(value) or None) if value is not None else None


# The attribute that says why something is hidden that does not say so itself. No page can have it of its own.
HIDDEN_SINCE = f"hidden-since-{secrets.token_hex(8)}"

_MAY_HIDE = f"[aria-hidden], [inert], [hidden], [style], [{HIDDEN_SINCE}]"


def hides_all(node: Element) -> str | None:
    """Why an element and all in it is hidden by what stands on it; None when it is not."""
    if (node.attr("aria-hidden") or "").lower() == "true":
        return "aria-hidden"
    if node.attr("inert") is not None:
        return "inert"
    style = node.attr("style")
    display = _DISPLAY.search(style) if style else None
    if display is not None and display[1].lower() == "none":
        return "hidden by style"
    # An author's display wins over the browser's own for the hidden attribute.
    if node.attr("hidden") is not None and display is None:
        return "hidden attribute"
    return node.attr(HIDDEN_SINCE)


def _visibility(node: Element, inherited: bool) -> bool:
    """Whether what an element says of visibility, or what it inherits, makes its text invisible."""
    style = node.attr("style")
    said = _VISIBILITY.search(style) if style else None
    return said[1].lower() in {"hidden", "collapse"} if said is not None else inherited


def hidden_reason(element: Element) -> str | None:
    """Why neither a screen reader nor (but for aria-hidden) a browser shows the element; None when shown.

    A visible part of something invisible shows: visibility is inherited, and the nearest word on it counts.
    """
    invisible: bool | None = None
    for node in nearest(element, _MAY_HIDE):
        reason = hides_all(node)
        if reason is not None:
            return reason
        style = node.attr("style") if invisible is None else None
        said = _VISIBILITY.search(style) if style else None
        if said is not None:
            invisible = said[1].lower() in {"hidden", "collapse"}
    return "hidden by style" if invisible else None
