"""The style sheets of a drawing: which declarations hold for an element."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import cssselect2
import tinycss2

if TYPE_CHECKING:
    from captioning.decoding.drawing.faces import Faces
    from captioning.decoding.drawing.keyframes import Keyframes

_MAX_RULES = 5_000
_MAX_DEPTH = 8  # of groups in one another
_FEATURE = re.compile(r"\(\s*(min-|max-)?(width|height)\s*:\s*([\d.]+)(?:px)?\s*\)", re.I)
_HOLD_NOT = re.compile(
    r"\bprint\b|\bspeech\b|prefers-color-scheme\s*:\s*dark|prefers-reduced-motion\s*:\s*reduce|prefers-contrast\s*:\s*"
    r"more|forced-colors\s*:\s*active|display-mode",
    re.I,
)

_MAX_SELECTOR_CHARS = 5_000  # a rule in a rule in a rule may stand for many
_NOT_LAYERED = 1_000_000

Declarations = list[tuple[str, str, bool]]  # name in lower case, value, whether it is important


class Sheets:
    """All style sheets of a drawing, compiled."""

    def __init__(
        self, texts: list[tuple[str, str]], width: float, height: float, keyframes: Keyframes, faces: Faces
    ) -> None:
        """Read them, each with its media, for a viewport of that size. What cannot be read is passed over."""
        self._matcher = cssselect2.Matcher()
        self._size = {"width": width, "height": height}
        self._layers: dict[str, int] = {}
        self._keyframes, self._faces = keyframes, faces
        self.count = 0
        self.is_whole = True  # nothing was left out that browsers obey
        for text, media in texts:
            if not media or self._media_hold(media):
                rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
                self._read(rules, _NOT_LAYERED, _MAX_DEPTH)

    def declared(self, element: Any) -> list[tuple[int, tuple[int, int, int], Declarations]]:
        """What the sheets say of an element (of cssselect2), with its layer and how specific it is, in their order."""
        return [
            (layer, specificity, declarations)
            for specificity, _, pseudo, (layer, declarations) in self._matcher.match(element)
            if pseudo is None
        ]

    def _read(self, rules: list[Any], layer: int, depth: int) -> None:
        for rule in rules:
            if self.count >= _MAX_RULES or depth < 1:
                return
            if rule.type == "qualified-rule":
                self._add(rule.prelude, rule.content, layer, depth)
            elif rule.type == "at-rule":
                self._read_at(rule, layer, depth)

    def _read_at(self, rule: Any, layer: int, depth: int) -> None:
        name, said = rule.lower_at_keyword, str(tinycss2.serialize(rule.prelude)).strip()
        if name == "layer":
            for part in said.split(","):
                layer = self._layers.setdefault(part.strip(), len(self._layers))
        elif name in {"keyframes", "-webkit-keyframes"} and rule.content is not None:
            self._keyframes.add(said, rule.content)
        elif name == "font-face" and rule.content is not None:
            self._faces.add(rule.content)
        elif name == "scope" or (name == "import" and "data:" in said.lower()):
            self.is_whole = False
        if rule.content is not None and self._holds(rule):
            self._read(
                tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True), layer, depth - 1
            )

    def _holds(self, rule: Any) -> bool:
        if rule.lower_at_keyword == "media":
            return self._media_hold(tinycss2.serialize(rule.prelude))
        if rule.lower_at_keyword == "supports":  # what resvg draws of it is another question
            return not str(tinycss2.serialize(rule.prelude)).strip().lower().startswith("not")
        return bool(rule.lower_at_keyword == "layer")

    def _medium_holds(self, query: str) -> bool:
        holds = not _HOLD_NOT.search(query)
        for bound, side, pixels in _FEATURE.findall(query):
            size, limit = self._size[side.lower()], float(pixels) if pixels.count(".") < 2 else 0.0
            holds = holds and (size >= limit if bound == "min-" else size <= limit if bound else size == limit)
        return holds != query.strip().lower().startswith("not ")

    def _media_hold(self, queries: str) -> bool:
        return any(self._medium_holds(query) for query in queries.split(","))

    def _add(self, prelude: Any, content: Any, layer: int, depth: int) -> None:
        """A rule, and those in it."""
        try:
            selectors = cssselect2.compile_selector_list(prelude)
        except cssselect2.SelectorError:
            return
        self.count += 1
        declarations = declarations_of(content)
        for selector in selectors:
            self._matcher.add_selector(selector, (layer, declarations))
        if any(node.type == "{} block" for node in content):
            self._add_nested(prelude, content, layer, depth - 1)

    def _add_nested(self, prelude: Any, content: Any, layer: int, depth: int) -> None:
        """CSS Nesting: `&` stands for what the rule around selects."""
        around = f":is({tinycss2.serialize(prelude).strip()})"
        for rule in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
            if self.count >= _MAX_RULES or depth < 1:
                return
            if rule.type == "qualified-rule":
                selector = _within(around, rule.prelude)
                if len(selector) <= _MAX_SELECTOR_CHARS:
                    self._add(tinycss2.parse_component_value_list(selector), rule.content, layer, depth)
            elif rule.type == "at-rule" and rule.content is not None and self._holds(rule):
                self._add(prelude, rule.content, layer, depth)


def _within(around: str, prelude: Any) -> str:
    """A list of selectors that stand in a rule, as they would outside of it."""
    selectors = [""]
    for node in prelude:
        if node.type == "literal" and node.value == ",":
            selectors.append("")
        else:
            selectors[-1] += "&" if node.type == "literal" and node.value == "&" else node.serialize()
    return ", ".join(
        selector.replace("&", around) if "&" in selector else f"{around} {selector.strip()}" for selector in selectors
    )


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
