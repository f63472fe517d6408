"""The `srcset` attribute, by the grammar of the HTML standard.

https://html.spec.whatwg.org/multipage/images.html#parsing-a-srcset-attribute
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SPACE = " \t\n\f\r"
# As wide as no picture is; Python refuses to convert thousands of digits.
_INTEGER = re.compile(r"0{0,99}\d{1,18}\Z", re.ASCII)
_FLOAT = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One image candidate; at most one of width (pixels) and density is set."""

    url: str
    width: int | None = None
    density: float | None = None


def parse_srcset(value: str) -> list[Candidate]:
    """The valid candidates of a srcset attribute, in order. Candidates with a wrong descriptor are dropped."""
    candidates: list[Candidate] = []
    position = 0
    while True:
        while position < len(value) and value[position] in _SPACE + ",":
            position += 1
        if position >= len(value):
            return candidates
        start = position
        while position < len(value) and value[position] not in _SPACE:
            position += 1
        url = value[start:position]
        descriptors: list[str] = []
        if url.endswith(","):
            url = url.rstrip(",")
        else:
            descriptors, position = _descriptors(value, position)
        candidate = _candidate(url, descriptors)
        if candidate is not None:
            candidates.append(candidate)


def _descriptors(value: str, position: int) -> tuple[list[str], int]:
    """Tokenise descriptors up to the comma that ends them; a comma inside parentheses does not."""
    tokens: list[str] = []
    current = ""
    in_parens = False
    while position < len(value):
        char = value[position]
        position += 1
        if in_parens:
            current += char
            in_parens = char != ")"
        elif char in _SPACE or char == ",":
            if current:
                tokens.append(current)
            current = ""
            if char == ",":
                return tokens, position
        else:
            current += char
            in_parens = char == "("
    if current:
        tokens.append(current)
    return tokens, position


def _candidate(url: str, descriptors: list[str]) -> Candidate | None:
    width = density = height = None
    for token in descriptors:
        number, unit = token[:-1], token[-1]
        if unit == "w" and _INTEGER.match(number) and width is None and density is None and int(number) > 0:
            width = int(number)
        elif unit == "x" and _FLOAT.match(number) and (width, density, height) == (None, None, None):
            density = float(number)
            if density < 0:
                return None
        elif unit == "h" and _INTEGER.match(number) and height is None and density is None and int(number) > 0:
            height = int(number)  # kept for future compatibility; only valid beside a width
        else:
            return None
    if height is not None and width is None:
        return None
    return Candidate(url, width, density)
