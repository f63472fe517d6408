"""Values of CSS that have to be worked out: custom properties, and lengths that are sums.

Everything here is bounded: a value is given up once it is longer than any drawing needs, since custom properties that
stand for one another can make gigabytes of a line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tinycss2

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MAX_CHARS = 20_000
_MAX_DEPTH = 20  # of what stands in one another
_PX = {
    "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "q": 2.4 / 2.54, "rem": 16.0,
}  # fmt: skip
_OF_THE_FONT = {"em": 1.0, "ex": 0.5, "ch": 0.5, "lh": 1.2}
_MATHS = {"calc", "min", "max", "clamp", "abs"}


@dataclass(frozen=True, slots=True)
class Basis:
    """What relative lengths are relative to, in CSS pixels."""

    width: float  # of the drawing's viewport
    height: float
    font_size: float = 16.0

    def share(self, name: str) -> float:
        """What 100% is for a property."""
        if name in {"x", "width", "cx", "rx", "left", "translate-x"}:
            return self.width
        if name in {"y", "height", "cy", "ry", "top", "translate-y"}:
            return self.height
        if name in {"font-size", "line-height"}:
            return self.font_size
        return math.hypot(self.width, self.height) / math.sqrt(2)


def substituted(value: str, properties: Mapping[str, str]) -> str | None:
    """A value with what its custom properties stand for; None where one of them stands for nothing."""
    return _substituted(value, properties, _MAX_DEPTH)


def _substituted(value: str, properties: Mapping[str, str], depth: int) -> str | None:
    if "var(" not in value.lower():
        return value
    if depth < 1:
        return None
    parts: list[str] = []
    length = 0
    for node in tinycss2.parse_component_value_list(value):
        text = _of_node(node, properties, depth)
        if text is None:
            return None
        length += len(text)
        if length > _MAX_CHARS:
            return None
        parts.append(text)
    return "".join(parts)


def _of_node(node: Any, properties: Mapping[str, str], depth: int) -> str | None:
    if node.type == "function" and node.lower_name == "var":
        return _of_variable(node.arguments, properties, depth)
    if node.type == "function":
        inside = _substituted(tinycss2.serialize(node.arguments), properties, depth - 1)
        return None if inside is None else f"{node.name}({inside})"
    if node.type == "() block":
        inside = _substituted(tinycss2.serialize(node.content), properties, depth - 1)
        return None if inside is None else f"({inside})"
    return str(node.serialize())


def _of_variable(arguments: Sequence[Any], properties: Mapping[str, str], depth: int) -> str | None:
    words = [node for node in arguments if node.type not in {"whitespace", "comment"}]
    if not words or words[0].type != "ident":
        return None
    known = properties.get(words[0].value)
    if known is not None:
        return _substituted(known, properties, depth - 1)
    for place, node in enumerate(arguments):
        if node.type == "literal" and node.value == ",":
            return _substituted(tinycss2.serialize(arguments[place + 1 :]).strip(), properties, depth - 1)
    return None


def length_px(value: str, basis: Basis, name: str) -> float | None:
    """A length in CSS pixels; None for what is none."""
    nodes = [node for node in tinycss2.parse_component_value_list(value) if node.type not in {"whitespace", "comment"}]
    if len(nodes) != 1:
        return None
    found = _term(nodes[0], basis, name, _MAX_DEPTH)
    return found if found is not None and math.isfinite(found) else None


def _term(node: Any, basis: Basis, name: str, depth: int) -> float | None:
    if depth < 1:
        return None
    if node.type == "number":
        return float(node.value)
    if node.type == "percentage":
        return float(node.value) / 100 * basis.share(name)
    if node.type == "dimension":
        return _dimension(float(node.value), node.lower_unit, basis)
    if node.type == "() block":
        return _sum(node.content, basis, name, depth - 1)
    if node.type == "function" and node.lower_name in _MATHS:
        parts = [_sum(part, basis, name, depth - 1) for part in _arguments(node.arguments)]
        return _of_maths(node.lower_name, [part for part in parts if part is not None], len(parts))
    return None


def _dimension(value: float, unit: str, basis: Basis) -> float | None:
    if unit in _PX:
        return value * _PX[unit]
    if unit in _OF_THE_FONT:
        return value * _OF_THE_FONT[unit] * basis.font_size
    if unit in {"vw", "svw", "lvw", "dvw", "vi"}:
        return value / 100 * basis.width
    if unit in {"vh", "svh", "lvh", "dvh", "vb"}:
        return value / 100 * basis.height
    if unit in {"vmin", "vmax"}:
        return value / 100 * (min if unit == "vmin" else max)(basis.width, basis.height)
    return None


def _of_maths(name: str, parts: list[float], count: int) -> float | None:
    if not parts or len(parts) != count:
        return None
    if name == "clamp":
        return max(parts[0], min(parts[1], parts[2])) if count == 3 else None
    if name == "min":
        return min(parts)
    if name == "max":
        return max(parts)
    if count != 1:
        return None
    return abs(parts[0]) if name == "abs" else parts[0]


def _arguments(nodes: Sequence[Any]) -> list[list[Any]]:
    parts: list[list[Any]] = [[]]
    for node in nodes:
        if node.type == "literal" and node.value == ",":
            parts.append([])
        else:
            parts[-1].append(node)
    return parts


def _sum(nodes: Sequence[Any], basis: Basis, name: str, depth: int) -> float | None:
    """A sum of products, read from left to right."""
    words = [node for node in nodes if node.type not in {"whitespace", "comment"}]
    total, product, sign, operator = 0.0, None, 1.0, "*"
    expects_term = True
    for node in words:
        if expects_term:
            term = _term(node, basis, name, depth)
            if term is None or (operator == "/" and not term):
                return None
            before = 1.0 if product is None else product
            product = before * term if operator == "*" else before / term
            expects_term = False
        elif node.type == "literal" and node.value in {"*", "/"}:
            operator, expects_term = node.value, True
        elif node.type == "literal" and node.value in {"+", "-"}:
            total += sign * (product or 0.0)
            product, sign, operator, expects_term = None, 1.0 if node.value == "+" else -1.0, "*", True
        else:
            return None
    return None if expects_term else total + sign * (product or 0.0)
