"""People counted once they are named alike: "three people and two people" are five. English, pure."""

from __future__ import annotations

import re

_NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
).split()
_VALUES = {word: value for value, word in enumerate(_NUMBERS, 1)} | {"a": 1, "an": 1, "another": 1, "": 1}
_NUMBER = rf"a|an|another|{'|'.join(_NUMBERS)}|\d{{1,2}}"
_MANY = {"person": "people", "child": "children", "parent": "parents", "sibling": "siblings"}
# What only the one beside it wears: "a man and a woman in a red dress".
_DRESSED = (
    r" (?:in|wearing) an? (?:[a-z-]+ ){0,3}(?:dress|coat|suit|hat|shirt|t-shirt|jacket|uniform|sweater|hoodie|robe|gown"
    r"|skirt|blouse|vest|cap|helmet|apron|costume|mask|tie|scarf|tuxedo|kimono|sari|headscarf|hijab|turban|wheelchair)\b"
)
_NOUN = r"(person|people|child|children|siblings?)"
_PAIR = re.compile(
    rf"\b(?P<first>{_NUMBER})(?P<of_first>(?: (?!(?:and|of|in|with|on)\b)[a-z]+(?:-[a-z]+)?){{0,2}}) {_NOUN}"
    rf"(?P<joint>,? and |, )(?:(?P<second>{_NUMBER}) )?"
    rf"(?P<of_second>(?:(?!(?:and|of)\b)[a-z]+(?:-[a-z]+)? ){{0,2}}?){_NOUN}\b"
    rf"(?P<dressed>(?={_DRESSED}))?",
    re.I,
)
_BARE_PAIR = re.compile(
    rf"^(?P<of>[a-z]+(?:-[a-z]+)? )?(?P<noun>person|child) and (?:[a-z]+ )?(?P=noun)\b(?!{_DRESSED})",
    re.I,
)
_SAME = re.compile(r"\b(people|children)(?:,? and|,) \1\b", re.I)


def counted(text: str) -> str:
    """A text with neutral words for people, in which they are counted together where they stand side by side."""
    while (summed := _PAIR.sub(_sum, text)) != text:
        text = summed
    text = _BARE_PAIR.sub(_two, text)
    while (once := _SAME.sub(r"\1", text)) != text:
        text = once
    return text


def _sum(match: re.Match[str]) -> str:
    noun, other = match[3].lower(), match[7].lower()
    many = _MANY.get(noun, noun)
    if many != _MANY.get(other, other) or (match["second"] is None and other in _MANY.values()):
        return match[0]
    number = _value(match["first"]) + _value(match["second"] or "")
    if match["dressed"] is not None:
        return match[0] if number > 2 else f"{match['first']}{match['of_first']} {noun} and another"
    words = match["of_first"] if match["of_first"].strip() == match["of_second"].strip() else ""
    written = _NUMBERS[number - 1] if number <= len(_NUMBERS) else str(number)
    return f"{written.capitalize() if match[0][0].isupper() else written}{words} {many}"


def _value(number: str) -> int:
    return _VALUES.get(number.lower()) or int(number)


def _two(match: re.Match[str]) -> str:
    first = (match["of"] or "").lower()
    return f"{'Two' if match[0][0].isupper() else 'two'} {first}{_MANY[match['noun'].lower()]}"
