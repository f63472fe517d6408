"""What introduces a text in an answer, and what is said of it behind; the words are in labels.toml. Pure."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

_WORDS: dict[str, list[str]] = tomllib.loads((files(__package__) / "labels.toml").read_text("utf-8"))


def _any_of(name: str) -> str:
    return f"(?:{'|'.join(_WORDS[name])})"


_ADJECTIVES = rf"(?:{_any_of('adjectives')}\s+)*"
_ALT, _WEAK, _YES, _COUNT_UNITS = map(_any_of, ("alt_text", "other", "yes", "units"))
_NUMBER = r"(?:\s*(?:option|version|suggestion|proposal|variant|no\.?)?\s*(?:\#?\d{1,2}|[A-C](?![\w])|one|two))?"
# "Picture of a dog: ..." may be the text itself.
_FOR = r"(?:\s+for\s[^:：\n]{1,80}?)?(?:\s*[(\[][^()\[\]\n]{0,60}[)\]])?"
_ABOUT = r"(?:\s+(?:for|of|to|für|pour|para|per)\s[^:：\n]{1,80}?)?(?:\s*[(\[][^()\[\]\n]{0,60}[)\]])?"
_EMOJI = r"[^\w\"'“‘«「(\[{<$€£#@&+\-]{0,4}"
_ALT_LABEL = re.compile(
    rf"{_EMOJI}{_ADJECTIVES}{_ALT}{_NUMBER}{_ABOUT}\s*(?:(?<!\balt)(?:\s[-–—|>»]\s|\s+is:|$)|[:：=]|\s*→|\s+is:)\s*[:：]*\s*",
    re.I,
)
_WEAK_LABEL = re.compile(rf"{_EMOJI}{_ADJECTIVES}{_WEAK}{_NUMBER}{_FOR}\s*[:：]\s*", re.I)
_FURTHER_LABEL = re.compile(rf"{_EMOJI}{_any_of('further')}\s*[:：]", re.I)
_HEADING_LABEL = re.compile(rf"{_EMOJI}{_ADJECTIVES}(?:{_ALT}|{_WEAK}){_NUMBER}{_ABOUT}\s*$", re.I)
_THOUGHT_LABEL = re.compile(rf"\W*{_any_of('thoughts')}\W*(?:[:：]|$)", re.I)
_ANSWER_LABEL = re.compile(rf"\W*{_any_of('answers')}\s*(?:is\s*)?[:：]\s*", re.I)
_ANSWER_HEADING = re.compile(rf"\W*{_any_of('answers')}\W*", re.I)
_THOUGHT_FOR = re.compile(r"\W*(?:thought|thinking|reasoned)(?:\s+for\s+[\w\s.]{1,30}|\s*\.{3}|…)\W*$", re.I)

_COURTESY = re.compile(rf"{_EMOJI}{_YES}\s*(?:[,.!:;，。！]+\s*|\s+[—–-]+\s+)|{_EMOJI}{_YES}\s*$", re.I)
_HERE = re.compile(
    rf"\W{{0,4}}{_any_of('here_is')}[^:：\n]{{0,120}}[:：]\s*"
    r"|[^:：\n\"“]{0,100}\b(?:alt(?:ernative)?[- ]?text|alternativtext|texte alternatif|te[sx]to alternativo)\b"
    r"[^:：\n\"“]{0,80}[:：]\s*",
    re.I,
)
_HERE_ALONE = re.compile(rf"\W{{0,4}}{_any_of('here_is')}\b", re.I)
_INTERJECTION = re.compile(r"(?:hmm+|well|so|ok(?:ay)?|alright|let['’]?s\ssee)\W{0,5}", re.I)
_IN_BRACKETS = re.compile(rf"[(\[]\s*{_ADJECTIVES}(?:{_ALT}|{_WEAK})\s*[)\]]\s*[:：]?\s*", re.I)
_TALK_ABOUT = re.compile(
    r"(?:you\s(?:can|could|might|may)\suse|how\sabout|try(?:\sthis(?:\sone)?)?(?=\s*:))\b[^:：\n\"“]{0,60}[:：]\s*|"
    r"(?:i|we)(?:['’]d|\s(?:would|will|can|could|might))\s(?:describe|say|suggest|write|caption|put|word|recommend)\b[^:：\n\"“]{0,80}[:：]\s*"
    r"|(?:[a-z]+,\s)?here['’]?s?\s(?:is\s)?(?:one|it|that|mine)\s*[:：]\s*",
    re.I,
)
_SURROUNDED = r"[^()\[\]（）]"
_COUNT = (
    re.compile(
        rf"\s*[(\[（](?:{_SURROUNDED}{{0,30}}[:：\s共约約총])?[~≈]?\s*\d{{1,4}}(?:\s?/\s?\d{{1,4}})?[\s-]*{_COUNT_UNITS}"
        rf"(?:\s*(?:[,;/|&+]|long\b|total|max|incl|inkl|with|without|or\b|limit|avec|con\b|mit\b|ohne|sin\b|in\stotal|exactly)"
        rf"{_SURROUNDED}{{0,40}})?[)\]）]\s*\.?\s*$",
        re.I,
    ),
    re.compile(r"\s*[(\[]\s*(?:word|character)?\s*(?:count|length)\s*[:=]?\s*\d+[^()\[\]]{0,30}[)\]]\s*$", re.I),
    re.compile(rf"\s+(?:[-–—|•]\s*)[~≈]?\d{{1,3}}\s+{_COUNT_UNITS}\.?\s*$", re.I),
    re.compile(r"\s+[(\[]?(?:word|character)s?\s*(?:count)?\s*[:=]\s*\d{1,4}\b[^\n]{0,30}$", re.I),
    re.compile(
        r"\s*[(\[](?:alt(?:ernative)?[- ]?text|ai[- ]generated|generated (?:by|with)[^()\[\]]{0,40}|end|short version"
        r"|concise|final|end\s+of\s+\w+(?:[ -]\w+)?)[)\]]\s*$",
        re.I,
    ),
    re.compile(r"(?<=[.!?\"”])\s+END(?: OF [A-Z]+(?:[ -][A-Z]+)?)?\.?\s*$"),
)
_MAX_LAYERS = 10  # a model that has lost its way writes thousands
_NOTE = re.compile(
    rf"[\W_]{{0,3}}(?:{_any_of('notes')}\s*(?:\(s\))?\s*[:：(]|{_any_of('asides')}|\(?\d{{1,3}}\s+{_COUNT_UNITS}\b)",
    re.I,
)


def label_end(text: str) -> int:
    """Where the text behind "Alt text:" begins, in any language; 0 where no such label stands in front."""
    match = _ALT_LABEL.match(text)
    return match.end() if match else 0


def is_labelled(text: str) -> bool:
    """Whether any label of a text stands in front: "Alt text:", "Caption:", "Answer:"."""
    return bool(_ALT_LABEL.match(text) or _WEAK_LABEL.match(text))


def is_label(text: str, *, heading: bool) -> bool:
    """Whether a line only names what follows: "Caption", as a heading, or any line that ends in a colon."""
    if heading and _HEADING_LABEL.match(text):
        return True
    return label_end(text) == len(text) > 0 or (text.endswith((":", "：")) and len(text) <= 160)


def begins_anew(text: str) -> bool:
    """Whether a line is about another text, or about this one: a further proposal, a note."""
    return any(pattern.match(text) for pattern in (_ALT_LABEL, _WEAK_LABEL, _FURTHER_LABEL, _NOTE))


def is_thought_label(text: str) -> bool:
    """Whether what follows is thought, not said."""
    return _THOUGHT_LABEL.match(text) is not None


def is_about_thought(text: str) -> bool:
    """A line such as "Thought for 4 seconds"."""
    return _THOUGHT_FOR.match(text) is not None


def answer_end(text: str, *, heading: bool) -> int:
    """Where the text behind "Final answer:" begins, or a heading of that kind ends; 0 where there is no such label."""
    match = _ANSWER_LABEL.match(text) or (_ANSWER_HEADING.fullmatch(text) if heading else None)
    return match.end() if match else 0


def is_introduction(line: str) -> bool:
    """Whether a line in front of others says only what they are: "Here is the alt text", without a colon."""
    return len(line.split()) <= 12 and (_HERE_ALONE.match(line) or _INTERJECTION.fullmatch(line)) is not None


def is_talk(text: str) -> bool:
    """Whether a text is nothing but courtesies and what leads to another."""
    rest = without_introduction(text.strip())
    return not rest or is_introduction(rest)


def without_introduction(text: str) -> str:
    """Without the courtesies and labels in front."""
    for _ in range(_MAX_LAYERS):
        for pattern in (_ALT_LABEL, _IN_BRACKETS, _TALK_ABOUT, _HERE, _WEAK_LABEL, _COURTESY):
            match = pattern.match(text)
            if match and match.end():
                text = text[match.end() :].strip()
                break
        else:
            return text
    return text


def without_count(text: str) -> str:
    """Without a count of words behind."""
    for pattern in _COUNT:
        text = pattern.sub("", text)
    return text


def is_note(sentence: str, *, labelled: bool) -> bool:
    """Whether a sentence speaks of the text instead of the picture; behind a label, other labels begin other texts."""
    return _NOTE.match(sentence) is not None or (labelled and begins_anew(sentence))
