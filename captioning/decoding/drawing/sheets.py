"""The style sheets of a drawing: which declarations hold for an element."""

from __future__ import annotations

import re
from typing import Any

import cssselect2
import tinycss2

_MAX_RULES = 5_000
_MAX_DEPTH = 8  # of groups in one another
_FEATURE = re.compile(r"\(\s*(min-|max-)?(width|height)\s*:\s*([\d.]+)(?:px)?\s*\)", re.I)
_HOLD_NOT = re.compile(
    r"\bprint\b|\bspeech\b|prefers-color-scheme\s*:\s*dark|prefers-reduced-motion\s*:\s*reduce|prefers-contrast\s*:\s*"
    r"more|forced-colors\s*:\s*active|display-mode",
    re.I,
)

Declarations = list[tuple[str, str, bool]]  # name in lower case, value, whether it is important


class Sheets:
    """All style sheets of a drawing, compiled."""

    def __init__(self, texts: list[str], width: float, height: float) -> None:
        """Read them; for a viewport of that size. What cannot be read is passed over, as browsers do."""
        self._matcher = cssselect2.Matcher()
        self._size = {"width": width, "height": height}
        self.count = 0
        for text in texts:
            self._read(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True), _MAX_DEPTH)

    def declared(self, element: Any) -> list[tuple[tuple[int, int, int], Declarations]]:
        """What the sheets say of an element (of cssselect2), with how specific that is, in their order."""
        return [
            (specificity, declarations)
            for specificity, _, pseudo, declarations in self._matcher.match(element)
            if pseudo is None
        ]

    def _read(self, rules: list[Any], depth: int) -> None:
        for rule in rules:
            if self.count >= _MAX_RULES or depth < 1:
                return
            if rule.type == "qualified-rule":
                self._add(rule)
            elif rule.type == "at-rule" and rule.content is not None and self._holds(rule):
                inside = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
                self._read(inside, depth - 1)

    def _holds(self, rule: Any) -> bool:
        if rule.lower_at_keyword == "media":
            return any(self._medium_holds(query) for query in tinycss2.serialize(rule.prelude).split(","))
        if rule.lower_at_keyword == "supports":  # what resvg draws of it is another question
            return not str(tinycss2.serialize(rule.prelude)).strip().lower().startswith("not")
        return bool(rule.lower_at_keyword == "layer")

    def _medium_holds(self, query: str) -> bool:
        holds = not _HOLD_NOT.search(query)
        for bound, side, pixels in _FEATURE.findall(query):
            size, limit = self._size[side.lower()], float(pixels) if pixels.count(".") < 2 else 0.0
            holds = holds and (size >= limit if bound == "min-" else size <= limit if bound else size == limit)
        return holds != query.strip().lower().startswith("not ")

    def _add(self, rule: Any) -> None:
        try:
            selectors = cssselect2.compile_selector_list(rule.prelude)
        except cssselect2.SelectorError:
            return
        declarations = declarations_of(rule.content)
        self.count += 1
        for selector in selectors:
            self._matcher.add_selector(selector, declarations)


def declarations_of(content: Any) -> Declarations:
    """The declarations in a block, or in the text of a `style` attribute."""
    return [
        (
            node.name if node.name.startswith("--") else node.lower_name,
            tinycss2.serialize(node.value).strip(),
            node.important,
        )
        for node in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
        if node.type == "declaration"
    ]
