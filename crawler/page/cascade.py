"""What style sheets make of a page: which elements have a CSS background picture, and which are hidden.

The cascade, in bounded time. Something hidden that the sheets show in another state (a menu that opens), or on another
screen, is no more hidden than a closed dialog.
"""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from crawler.page.accname import HIDDEN_SINCE
from crawler.page.css import background, display, media_applies
from crawler.page.dom import ancestors
from crawler.page.style_sheet import read_style_element

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from turbohtml import Element
    from turbohtml.query import Matcher

    from crawler.page.css import Background
    from crawler.page.document import Document
    from crawler.page.style_sheet import Rule, StyleSheet

    Rank = tuple[object, ...]

MAX_SHEETS = 200  # of one page
MAX_DEPTH = 3  # of sheets that ask for others
MAX_STEPS = 100_000  # elements compared with a selector, for one page: two seconds, if all are as bad as can be
MAX_HIDDEN = 2_000  # elements looked at, of those that a sheet hides
_SHOWING = ("img", "svg", "object", "embed", "input", "video", "area", "iframe", "amp-img", "amp-anim")
_NEVER_HIDDEN = frozenset({"html", "head", "body", "main", "noscript"})
_LINK_NEARBY = 5  # ancestors in which a link is looked for, whose name a hidden text might be


_CHARS_A_STEP = 20_000  # of the page: a comparison may have to read a class attribute of megabytes


class _StepsSpentError(Exception):
    """The page has used up its steps."""


class _Sheet:
    """A style sheet as it stands in a page."""

    def __init__(self, sheet: StyleSheet, number: int, scope: Element | None) -> None:
        self.rules = sheet
        self.number = number
        self.scope = scope  # the host of the inner tree that it is for; None: the page

    def rank(self, rule: Rule, *, important: bool) -> Rank:
        """What decides between rules."""
        # What stands before or behind an element's content is its picture where it has none of its own.
        return rule.pseudo_element is None, important, rule.specificity, self.number, rule.order


class Cascade:
    """What the style sheets of one page make of its elements. `sheets` are those in files of their own, by address."""

    def __init__(self, document: Document, sheets: Mapping[str, StyleSheet]) -> None:
        self._document = document
        self._files = sheets
        self._steps = 0
        self.cut = False  # there were more rules or elements than an audit looks at
        self._sheets: list[_Sheet] = []
        for style in islice(document.styles, MAX_SHEETS):
            if media_applies(style.media):
                self._take(
                    self._named(style.address) if style.text is None else read_style_element(style.text), style.host
                )
        self._pictures: dict[Element, tuple[Rank, Background]] = {}
        try:
            self._give_pictures()
            self._hide()
        except _StepsSpentError:
            self.cut = True

    def _named(self, address: str | None) -> StyleSheet | None:
        return self._files.get(address) if address is not None else None

    def _take(self, sheet: StyleSheet | None, scope: Element | None, depth: int = 0) -> None:
        """Take up a sheet behind those that it asks for."""
        if sheet is None or (sheet.says_nothing and not sheet.showing) or len(self._sheets) >= MAX_SHEETS:
            return
        if depth < MAX_DEPTH:
            for one in sheet.imports:
                if media_applies(one.media):
                    self._take(self._named(self._document.absolute(one.address)), scope, depth + 1)
        self.cut = self.cut or sheet.cut
        self._sheets.append(_Sheet(sheet, len(self._sheets), scope))

    def elements(self) -> Iterable[Element]:
        """The elements to which a style sheet gives a background, one of none included."""
        return self._pictures.keys()

    def of(self, element: Element) -> str | None:
        """The address of the element's background picture, as it is written."""
        style = element.attr("style")
        said = background(style) if style and "background" in style.lower() else None
        from_sheet = self._pictures.get(element)
        if said is None or (from_sheet is not None and from_sheet[1].important and not said.important):
            said = from_sheet[1] if from_sheet is not None else None
        return said.url if said is not None else None

    def _give_pictures(self) -> None:
        won = self._pictures
        for sheet in self._sheets:
            for rule, element in self._met(sheet, sheet.rules.pictures):
                assert rule.background is not None
                rank = sheet.rank(rule, important=rule.background.important)
                if element not in won or won[element][0] < rank:
                    won[element] = rank, rule.background
        # Those that take a background away matter where another gives one.
        for element in list(won):
            if not won[element][0][0]:
                continue  # it is the picture before or behind the content, which stays
            for sheet, rule in self._rules_of(element, "plain"):
                assert rule.background is not None
                rank = sheet.rank(rule, important=rule.background.important)
                if rule.pseudo_element is None and won[element][0] < rank and self._means(rule.meant, [element]):
                    won[element] = rank, rule.background

    def _hide(self) -> None:
        hidden: dict[Element, tuple[Rank, Rule]] = {}
        for sheet in self._sheets:
            for rule, element in self._met(sheet, sheet.rules.hiding):
                assert rule.display is not None
                rank = sheet.rank(rule, important=rule.display.important)
                if element.tag not in _NEVER_HIDDEN and (element not in hidden or hidden[element][0] < rank):
                    hidden[element] = rank, rule
        self.cut = self.cut or len(hidden) > MAX_HIDDEN
        for element, (rank, rule) in islice(hidden.items(), MAX_HIDDEN):
            if self._matters(element) and self._stays_hidden(element, rank, rule):
                element.attrs[HIDDEN_SINCE] = "hidden by a style sheet"

    @staticmethod
    def _matters(element: Element) -> bool:
        if element.tag in _SHOWING or next(element.iter_elements(_SHOWING), None) is not None:
            return True
        return any(node.tag in {"a", "button"} for node in islice(ancestors(element), _LINK_NEARBY))

    def _stays_hidden(self, element: Element, rank: Rank, hiding: Rule) -> bool:
        assert hiding.display is not None
        own = element.attr("style")
        said = display(own) if own and "display" in own.lower() else None
        if said is not None and (said.important or not hiding.display.important):
            return not said.shown
        for sheet, rule in self._rules_of(element, "showing"):
            assert rule.display is not None
            if rule.applies and self._means(rule.meant, [element]):
                if rank < sheet.rank(rule, important=rule.display.important):
                    return False
            elif rule.key == hiding.key:
                return False
        states = (state for sheet in self._sheets if self._in_scope(sheet, element) for state in sheet.rules.states)
        return not any(self._means(state, [element]) for state in states) and not self._is_most_of_the_page(element)

    def _is_most_of_the_page(self, element: Element) -> bool:
        """Whether there would be no page: what holds so much is hidden until it is built, or styled."""
        return sum(1 for _ in islice(element.iter_elements(), self._half)) >= self._half

    @cached_property
    def _half(self) -> int:
        return max(20, sum(1 for _ in self._document.root.iter_elements()) // 2)

    def _met(self, sheet: _Sheet, rules: Mapping[str, tuple[Rule, ...]]) -> Iterator[tuple[Rule, Element]]:
        """The rules of a sheet that mean an element of the page, with each that they mean."""
        for key, ones in rules.items():
            elements = self._by_key(key)
            if not elements:
                continue
            for rule in ones:
                for element in self._means(rule.meant, elements):
                    if self._in_scope(sheet, element):
                        yield rule, element

    def _means(self, selector: Matcher, elements: list[Element]) -> list[Element]:
        """Those of some elements that a selector means. Raises _StepsSpentError."""
        self._steps += len(elements) + len(self._document.lowered) // _CHARS_A_STEP
        if self._steps > MAX_STEPS:
            raise _StepsSpentError
        return selector.filter(elements)

    def _rules_of(self, element: Element, kind: str) -> Iterator[tuple[_Sheet, Rule]]:
        """The rules of one kind whose key an element has."""
        keys = [f".{name}" for name in (element.attr("class") or "").split()]
        keys += [f"#{element.attr('id')}", element.tag, "*"]
        for sheet in self._sheets:
            if self._in_scope(sheet, element):
                rules: Mapping[str, tuple[Rule, ...]] = getattr(sheet.rules, kind)
                for key in keys:
                    for rule in rules.get(key, ()):
                        yield sheet, rule

    def _in_scope(self, sheet: _Sheet, element: Element) -> bool:
        return self._document.host_of(element) == sheet.scope

    def _by_key(self, key: str) -> list[Element]:
        """The elements with a class, an id or a tag."""
        if key not in self._found:
            root = self._document.root
            if key[0] == "#":
                self._found[key] = [one for one in self._with_id if f"#{one.attr('id')}" == key]
            elif key[0] == ".":
                self._found[key] = []  # those that there are have been found
            else:
                self._found[key] = list(root.iter_elements(None if key == "*" else key, include_self=True))
        return self._found[key]

    @cached_property
    def _with_id(self) -> list[Element]:
        return self._document.select("[id]")

    @cached_property
    def _found(self) -> dict[str, list[Element]]:
        """The elements of each class that some sheet has a rule for."""
        wanted: set[str] = set()
        for sheet in self._sheets:
            wanted.update(sheet.rules.pictures, sheet.rules.hiding)
        found: dict[str, list[Element]] = {}
        keys_of: dict[str, list[str]] = {}
        for element in self._document.select("[class]"):
            classes = element.attr("class") or ""
            if classes not in keys_of:
                keys_of[classes] = [key for name in set(classes.split()) if (key := f".{name}") in wanted]
            for key in keys_of[classes]:
                found.setdefault(key, []).append(element)
        return found
