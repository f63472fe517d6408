"""Whether an element is one of those that a CSS selector means, in bounded time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cssselect import parser

from crawler.page.dom import ancestors, next_element, parent, previous_element
from crawler.page.style_sheet import state_class

if TYPE_CHECKING:
    from cssselect.parser import Tree
    from turbohtml import Element

MAX_STEPS = 100_000  # elements compared with a part of a selector, for one page: less than a second


class _UnknownSelectorError(Exception):
    """A selector that is not understood here; most of these wait for the visitor to do something."""


class StepsSpentError(Exception):
    """The page has used up its steps."""


class Selectors:
    """The selectors of one page's style sheets."""

    def __init__(self) -> None:
        self._steps = 0

    def means(self, tree: Tree, element: Element, *, at_times: bool = False) -> bool:
        """Whether an element is one of those that the selector means; False where it is not understood.

        `at_times`: whether it may become one, when a visitor or a script does something. Raises StepsSpentError.
        """
        try:
            return self._matches(tree, element, at_times)
        except _UnknownSelectorError:
            return False

    def _matches(self, tree: Tree, element: Element | None, at_times: bool) -> bool:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise StepsSpentError
        if element is None:
            return False
        match tree:
            case parser.Element():
                return not tree.element or tree.element.lower() == element.tag
            case parser.Class():
                has_it = element.has_class(tree.class_name) or (at_times and state_class(tree.class_name))
                return has_it and self._matches(tree.selector, element, at_times)
            case parser.Hash():
                return tree.id == element.attr("id") and self._matches(tree.selector, element, at_times)
            case parser.Attrib():
                self._steps += len(element.attr(tree.attrib.lower()) or "") // 1000
                return (at_times or _has_attribute(tree, element)) and self._matches(tree.selector, element, at_times)
            case parser.Negation():
                excluded = not at_times and self._matches(tree.subselector, element, at_times)
                return not excluded and self._matches(tree.selector, element, at_times)
            case parser.Pseudo():
                return (at_times or _is_in_state(tree.ident, element)) and self._matches(
                    tree.selector, element, at_times
                )
            case parser.CombinedSelector():
                return self._matches(tree.subselector, element, at_times) and self._matches_before(
                    tree, element, at_times
                )
        raise _UnknownSelectorError

    def _matches_before(self, tree: parser.CombinedSelector, element: Element, at_times: bool) -> bool:
        """Whether the part of the selector before a combinator finds its element."""
        match tree.combinator:
            case ">":
                return self._matches(tree.selector, parent(element), at_times)
            case "+":
                return self._matches(tree.selector, previous_element(element), at_times)
            case " ":
                return any(self._matches(tree.selector, other, at_times) for other in ancestors(element))
            case "~":
                before = previous_element(element)
                while before is not None and not self._matches(tree.selector, before, at_times):
                    before = previous_element(before)
                return before is not None
        raise _UnknownSelectorError


def _has_attribute(tree: parser.Attrib, element: Element) -> bool:
    value = element.attr(tree.attrib.lower())
    if value is None or tree.operator == "exists" or tree.value is None:
        return value is not None
    wanted = str(tree.value.value)
    match tree.operator:
        case "=":
            return value == wanted
        case "~=":
            return wanted in value.split()
        case "|=":
            return value == wanted or value.startswith(wanted + "-")
        case "^=":
            return bool(wanted) and value.startswith(wanted)
        case "$=":
            return bool(wanted) and value.endswith(wanted)
        case "*=":
            return bool(wanted) and wanted in value
    raise _UnknownSelectorError


def _is_in_state(name: str, element: Element) -> bool:
    match name:
        case "root":
            return element.tag == "html"
        case "first-child":
            return previous_element(element) is None
        case "last-child":
            return next_element(element) is None
        case "link" | "any-link":
            return element.tag == "a" and element.attr("href") is not None
    raise _UnknownSelectorError  # hover, focus and their like
