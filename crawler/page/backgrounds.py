"""Which elements of a page have a CSS background picture: the cascade of its own style sheets, in bounded time.

Linked style sheets are not fetched.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from cssselect import SelectorError, parser

from crawler.page.css import Background, background, media_applies, style_rules
from crawler.page.dom import ancestors, next_element, parent, previous_element

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cssselect.parser import Selector, Tree
    from turbohtml import Element

    from crawler.page.css import StyleRule
    from crawler.page.document import Document

MAX_RULES = 500  # of one page, that speak of a background
MAX_SELECTOR_CHARS = 1000
MAX_STEPS = 100_000  # elements compared with a part of a selector, for one page: less than a second
_SHOWN_PSEUDO_ELEMENTS = (None, "before", "after")


class _UnknownSelectorError(Exception):
    """A selector that is not understood here; most of these wait for the visitor to do something."""


class _StepsSpentError(Exception):
    """The page has used up its steps."""


class Backgrounds:
    """The background pictures of one page's elements."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._steps = 0
        self.cut = False  # there were more rules or elements than an audit looks at
        self._from_sheets = self._cascade() if document.styles else {}

    def elements(self) -> Iterable[Element]:
        """The elements to which a style sheet gives a background, one of none included."""
        return self._from_sheets.keys()

    def of(self, element: Element) -> str | None:
        """The address of the element's background picture, as it is written."""
        style = element.attr("style")
        said = background(style) if style and "background" in style.lower() else None
        from_sheet = self._from_sheets.get(element)
        if said is None or (from_sheet is not None and from_sheet.important and not said.important):
            said = from_sheet
        return said.url if said is not None else None

    def _cascade(self) -> dict[Element, Background]:
        rules = [rule for media, sheet in self._document.styles if media_applies(media) for rule in style_rules(sheet)]
        self.cut = len(rules) > MAX_RULES
        rules = rules[:MAX_RULES]
        won: dict[Element, tuple[tuple[object, ...], Background]] = {}
        try:
            # Those that take a background away matter where another gives one.
            for giving in (True, False):
                for order, rule in enumerate(rules):
                    if (rule.background.url is not None) is giving:
                        self._apply(rule, order, won, only_known=not giving)
        except _StepsSpentError:
            self.cut = True
        return {element: said for element, (_, said) in won.items()}

    def _apply(
        self,
        rule: StyleRule,
        order: int,
        won: dict[Element, tuple[tuple[object, ...], Background]],
        *,
        only_known: bool,
    ) -> None:
        for selector in _selectors(rule.selectors):
            pseudo = selector.pseudo_element
            if pseudo not in _SHOWN_PSEUDO_ELEMENTS or (pseudo is not None and only_known):
                continue
            # What stands before or behind an element's content is its picture where it has none of its own.
            rank = (pseudo is None, rule.background.important, selector.specificity(), order)
            tree = selector.parsed_tree
            try:
                for element in list(won) if only_known else self._candidates(tree):
                    if self._matches(tree, element) and (element not in won or won[element][0] < rank):
                        if only_known and not won[element][0][0]:
                            continue  # it is the picture before or behind the content, which stays
                        won[element] = rank, rule.background
            except _UnknownSelectorError:
                continue

    def _candidates(self, tree: Tree) -> Iterable[Element]:
        """The elements that the last part of a selector may mean."""
        root = self._document.root
        while not isinstance(tree, parser.Element):
            if isinstance(tree, parser.Class):
                return self._by_class.get(tree.class_name, ())
            if isinstance(tree, parser.CombinedSelector):
                tree = tree.subselector
            elif isinstance(tree, parser.Hash | parser.Attrib | parser.Pseudo | parser.Negation):
                tree = tree.selector
            else:
                raise _UnknownSelectorError
        return root.iter_elements(tree.element.lower() if tree.element else None, include_self=True)

    @cached_property
    def _classes(self) -> dict[Element, frozenset[str]]:
        with_class = self._document.select("[class]")
        return {element: frozenset((element.attr("class") or "").split()) for element in with_class}

    @cached_property
    def _by_class(self) -> dict[str, list[Element]]:
        found: dict[str, list[Element]] = defaultdict(list)
        for element, names in self._classes.items():
            for name in names:
                found[name].append(element)
        return found

    def _matches(self, tree: Tree, element: Element | None) -> bool:
        """Whether an element is one of those that the selector means; raises one of the errors above."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise _StepsSpentError
        if element is None:
            return False
        match tree:
            case parser.Element():
                return not tree.element or tree.element.lower() == element.tag
            case parser.Class():
                return tree.class_name in self._classes.get(element, ()) and self._matches(tree.selector, element)
            case parser.Hash():
                return tree.id == element.attr("id") and self._matches(tree.selector, element)
            case parser.Attrib():
                self._steps += len(element.attr(tree.attrib.lower()) or "") // 1000
                return _has_attribute(tree, element) and self._matches(tree.selector, element)
            case parser.Negation():
                return not self._matches(tree.subselector, element) and self._matches(tree.selector, element)
            case parser.Pseudo():
                return _is_in_state(tree.ident, element) and self._matches(tree.selector, element)
            case parser.CombinedSelector():
                return self._matches(tree.subselector, element) and self._matches_before(tree, element)
        raise _UnknownSelectorError

    def _matches_before(self, tree: parser.CombinedSelector, element: Element) -> bool:
        """Whether the part of the selector before a combinator finds its element."""
        match tree.combinator:
            case ">":
                return self._matches(tree.selector, parent(element))
            case "+":
                return self._matches(tree.selector, previous_element(element))
            case " ":
                return any(self._matches(tree.selector, other) for other in ancestors(element))
            case "~":
                before = previous_element(element)
                while before is not None and not self._matches(tree.selector, before):
                    before = previous_element(before)
                return before is not None
        raise _UnknownSelectorError


def _selectors(text: str) -> list[Selector]:
    if len(text) > MAX_SELECTOR_CHARS:
        return []
    try:
        return parser.parse(text)
    except (SelectorError, ValueError, RecursionError):
        return []


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
