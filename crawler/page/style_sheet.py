"""One style sheet, read once: its rules, found by what the last part of their selectors names."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from cssselect import SelectorError, parser
from turbohtml import SelectorSyntaxError
from turbohtml.query import Matcher

from core.identity.urls import absolute
from crawler.page.css import MAX_SHEET_CHARS, Background, Display, Import, imports, style_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cssselect.parser import Selector, Tree

MAX_RULES = 3000  # of one sheet
MAX_SELECTORS_CHARS = 300_000  # of all of them
MAX_SELECTOR_CHARS = 1000  # of one rule
_SHOWN_PSEUDO_ELEMENTS = (None, "before", "after")
# Classes that scripts give when a visitor has done something, or when they run at all.
_STATE = re.compile(
    r"(?:.*[-_])?(?:active|show(?:n|ing)?|open(?:ed)?|in|current|selected|visible|expanded|loaded|ready|on|js|hover"
    r"|initialized|toggled|checked|focus)\Z|(?:is|has|js)-",
    re.I,
)
_CLASS = re.compile(r"\.(-?[_a-z][\w-]*)", re.I)
_WITHOUT_SCRIPTS = re.compile(r"\.no-?js\b|cloak", re.I)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with one of its selectors."""

    meant: Matcher  # the elements of its selector
    key: str
    pseudo_element: str | None
    specificity: tuple[int, int, int]
    order: int
    background: Background | None
    display: Display | None
    applies: bool


@dataclass(frozen=True, slots=True)
class StyleSheet:
    """The rules that matter to an audit."""

    pictures: Mapping[str, tuple[Rule, ...]]  # that give a background, by their key: .class, #id, tag or *
    plain: Mapping[str, tuple[Rule, ...]]  # that take one away
    hiding: Mapping[str, tuple[Rule, ...]]
    showing: Mapping[str, tuple[Rule, ...]]
    states: tuple[Matcher, ...]  # what may be shown in some state: the selectors without what makes the state
    imports: tuple[Import, ...]
    cut: bool  # there were more rules

    @property
    def rules(self) -> int:
        """How many rules are kept, each of their selectors counted."""
        kinds = (self.pictures, self.plain, self.hiding, self.showing)
        return sum(len(ones) for kind in kinds for ones in kind.values())

    @property
    def says_nothing(self) -> bool:
        """Whether it neither gives a background nor hides anything, nor do sheets that it asks for."""
        return not (self.pictures or self.hiding or self.imports)


def read_sheet(text: str, address: str) -> StyleSheet:
    """Read a style sheet in a file of its own: what it names lies beside it."""
    return _read(text, address)


@lru_cache(maxsize=128)
def read_style_element(text: str) -> StyleSheet:
    """Read a sheet of a page itself; many pages of a site have the same."""
    return _read(text, None)


def _says_state(selectors: str) -> bool:
    return ":" in selectors or "[" in selectors or any(map(_STATE.match, _CLASS.findall(selectors)))


def _read(text: str, address: str | None) -> StyleSheet:
    kinds: tuple[dict[str, list[Rule]], ...] = tuple(defaultdict(list) for _ in range(4))
    pictures, plain, hiding, showing = kinds
    states: list[Matcher] = []
    chars = order = 0
    cut = len(text) > MAX_SHEET_CHARS
    for order, rule in enumerate(style_rules(text)):
        chars += len(rule.selectors)
        if order >= MAX_RULES or chars > MAX_SELECTORS_CHARS:
            cut = True
            break
        picture = rule.background
        if picture is not None and picture.url is not None and address is not None:
            picture = replace(picture, url=absolute(address, picture.url))
        hides = rule.display is not None and not rule.display.shown
        if hides and _WITHOUT_SCRIPTS.search(rule.selectors):
            hides = False
            if picture is None:
                continue
        for selector in _selectors(rule.selectors):
            if selector.pseudo_element not in _SHOWN_PSEUDO_ELEMENTS:
                continue
            tree = selector.parsed_tree
            meant = _matcher(tree)
            if meant is None:
                continue
            key = _key(tree)
            one = Rule(
                meant,
                key,
                selector.pseudo_element,
                selector.specificity(),
                order,
                picture,
                rule.display,
                rule.applies,
            )
            if picture is not None:
                (pictures if picture.url is not None else plain)[key].append(one)
            if rule.display is not None and selector.pseudo_element is None:
                if rule.display.shown:
                    showing[key].append(one)
                    in_state = _matcher(_without_state(tree)) if _says_state(rule.selectors) else None
                    if in_state is not None:
                        states.append(in_state)
                elif hides:
                    hiding[key].append(one)
    pictures_by_key, plain_by_key, hiding_by_key, showing_by_key = (
        {key: tuple(rules) for key, rules in kind.items()} for kind in kinds
    )
    asked = tuple(imports(text))
    if address is not None:
        named = ((absolute(address, one.address), one.media) for one in asked)
        asked = tuple(Import(found, media) for found, media in named if found is not None)
    return StyleSheet(
        pictures_by_key, plain_by_key, hiding_by_key, showing_by_key, states=tuple(states), imports=asked, cut=cut
    )


@lru_cache(maxsize=4096)
def _selectors(text: str) -> tuple[Selector, ...]:
    if len(text) > MAX_SELECTOR_CHARS:
        return ()
    try:
        return tuple(parser.parse(text))
    except (SelectorError, ValueError, RecursionError):
        return ()


def _matcher(tree: Tree) -> Matcher | None:
    """The selector as turbohtml takes it; None where that does not know it."""
    try:
        return Matcher(tree.canonical())
    except (SelectorSyntaxError, RecursionError):
        return None


def _without_state(tree: Tree) -> Tree:
    """A selector without what an element may be at times: its attributes, pseudo-classes, and classes of a state."""
    match tree:
        case parser.Element():
            return tree
        case parser.Class():
            rest = _without_state(tree.selector)
            return rest if _STATE.match(tree.class_name) else parser.Class(rest, tree.class_name)
        case parser.Hash():
            return parser.Hash(_without_state(tree.selector), tree.id)
        case parser.CombinedSelector():
            before, last = _without_state(tree.selector), _without_state(tree.subselector)
            return parser.CombinedSelector(before, tree.combinator, last)
        case _:
            return _without_state(tree.selector)


def _key(tree: Tree) -> str:
    """What the last part of a selector names: a class or an id rather than a tag."""
    while not isinstance(tree, parser.Element):
        if isinstance(tree, parser.Class):
            return f".{tree.class_name}"
        if isinstance(tree, parser.Hash):
            return f"#{tree.id}"
        tree = tree.subselector if isinstance(tree, parser.CombinedSelector) else tree.selector
    return tree.element.lower() if tree.element else "*"
