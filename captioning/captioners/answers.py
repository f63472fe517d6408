"""What a chat model wrote, as a caption: without its thoughts, courtesies, wrapping and echo of the question.

What stands around a text is taken off; what is left may hold nothing that is not the text. Where that cannot be had,
the answer is an error and no caption: a draft that needs to be cleaned by hand is worse than none, since it looks done.
Pure.
"""

from __future__ import annotations

import html
import re

from captioning.captioners.labels import (
    answer_end,
    begins_anew,
    is_about_thought,
    is_introduction,
    is_label,
    is_labelled,
    is_note,
    is_thought_label,
    label_end,
    without_count,
    without_introduction,
)
from captioning.captioners.refusals import begins_with_refusal, is_refusal
from captioning.captioners.remains import remains_of
from captioning.captioners.spoken import said_aloud
from captioning.captioners.wrapping import Line, unwrapped
from core.errors import ImageError
from core.records import Stage
from core.text import collapse, comparable, storable

MAX_CHARS = 8_000  # of what is said aloud; an alternative text has its place in them or nowhere
_QUOTES = {
    '"': '"',
    "'": "'",
    "“": "”",
    "‘": "’",
    "«": "»",
    "„": "“",
    "「": "」",
    "『": "』",
    "`": "`",
    "*": "*",
    "(": ")",
    "[": "]",
    "‚": "‘",
    "《": "》",
    "‹": "›",
}
_IN_QUOTES = re.compile(r"[-•>]\s|\d{1,2}[.)]\s(?!\d)|[\"“„«]")
_LONE_STAR = re.compile(r"^\*+\s?|(?<=[^\s\d*])\s?\*+$")  # a hotel has 5*
_OPENING, _CLOSING = frozenset('"“„«'), frozenset('"”»')
_SENTENCE = re.compile(r"(?<=[.!?。！？])[\"'”’»」)]*\s+|(?<=[。！？])")
_SENTENCE_END = re.compile(r"[.!?。！？][\"'”’»」)]*(?=\s|$)|[。！？]")
_SHORT_TALK = 12  # words of a line that leads to the text; what is longer may be thought
# Pictures and rulers at the edges, and tags for search behind.
_ORNAMENT = re.compile(
    r"^(?:[\U0001f000-\U0001faff\u2600-\u27bf\u2190-\u21ff\u25b6\u25ba\ufe0f\u200d\s>|~]|[-=]>)+|[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d\s|#]+$|\s+[*`]+$"
)
_ITEM = re.compile(r"^(?:[-*•]\s+|\d{1,2}[.)]\s+(?!\d))")  # of a list within quotation marks
_HASHTAGS = re.compile(r"(?:\s+#[^\W\d]\w*)+\s*$")
_ENTITY = re.compile(r"&(?:lt|gt|quot|amp|nbsp|apos|#\d{1,7}|#x[0-9a-f]{1,6});", re.I)
_MAX_LAYERS = 20
_NOTHING = frozenset(
    {"n/a", "na", "none", "null", "nil", "undefined", "empty", "nothing", "no answer", "unknown", "alt"}
)


def read_answer(text: str, prompt: str, *, cut_off: bool) -> str | None:
    """The caption in an answer to `prompt`; None where the model said nothing.

    `cut_off` says that the answer ended because no more tokens were allowed: of such a one, whole sentences are kept.
    Raises ImageError(generate, ...) with the code 'refused' where the model declined or was given no picture, 'length'
    where no sentence was finished, 'only_thoughts' where there is nothing but thoughts, and 'not_clean' where something
    is left that is no text for a picture.
    """
    aloud, thought = said_aloud(storable(_unescaped(text).replace("\0", "")).replace("\r\n", "\n"))
    lines, fielded = unwrapped(aloud[:MAX_CHARS])
    chosen, is_last, labelled = _chosen(lines, prompt)
    answer = _bare(_strip_echo(collapse(chosen), prompt), labelled=labelled)
    if is_refusal(answer) or begins_with_refusal(collapse(" ".join(lines))):
        raise ImageError(Stage.GENERATE, "refused", f"the model declined: {answer[:200]}")
    if cut_off and is_last and not fielded:
        answer = whole_sentences(answer)
        if not answer:
            raise ImageError(Stage.GENERATE, "length", "the model used up its tokens before it finished a sentence")
    if not comparable(answer) or answer.strip(" .").casefold() in _NOTHING:
        if thought or any(map(is_thought_label, lines)):
            raise ImageError(Stage.GENERATE, "only_thoughts", "the model thought aloud, and gave no answer")
        if comparable(text) not in {"", *_NOTHING}:
            raise ImageError(Stage.GENERATE, "not_clean", f"no text is found in the answer: {collapse(text)[:200]}")
        return None
    if remains := remains_of(answer):
        raise ImageError(Stage.GENERATE, "not_clean", f"{remains!r} is no part of a text for a picture: {answer[:200]}")
    return answer


def _unescaped(text: str) -> str:
    return html.unescape(text) if _ENTITY.search(text) else text


def _chosen(lines: list[Line], prompt: str) -> tuple[str, bool, bool]:
    """The paragraph that holds the text, whether nothing comes behind it, and whether a label stood before it."""
    start, inside = _start(lines, prompt)
    labelled = inside > 0
    taken: list[str] = []
    for number, line in enumerate(lines[start:], start):
        text = str(Line.read(line[inside:]) if inside and number == start else line)  # a list behind a label, too
        if taken and (not text or (line.is_item and number > start) or line.is_heading or begins_anew(text)):
            return " ".join(taken), not any(lines[number:]), labelled
        if not taken and not without_introduction(text):
            continue
        if text:
            taken.append(text)
    return " ".join(taken), True, labelled


def _start(lines: list[Line], prompt: str) -> tuple[int, int]:
    """Where the text begins: the line, and the place in it."""
    for number, line in enumerate(lines):
        if end := label_end(line):
            if end < len(line) or any(lines[number + 1 :]):
                return (number, end) if end < len(line) else (_next(lines, number + 1), 0)
            break
    first = _next(lines, 0)
    if first < len(lines) and is_thought_label(lines[first]) and not is_about_thought(lines[first]):
        for number in range(len(lines) - 1, first, -1):
            if end := answer_end(lines[number], heading=lines[number].is_heading):
                return (number, end) if end < len(lines[number]) else (_next(lines, number + 1), 0)
        if lines[first].is_quote:  # what is not quoted is said
            return next((n for n in range(first, len(lines)) if lines[n] and not lines[n].is_quote), len(lines)), 0
        return len(lines), 0
    while first < len(lines) and _says_nothing(lines[first], prompt) and _next(lines, first + 1) < len(lines):
        first = _next(lines, first + 1)
    return first, 0


def _says_nothing(line: Line, prompt: str) -> bool:
    """Whether a line in front of others only leads to them. One that declines does not: what follows is no text."""
    if is_refusal(without_introduction(line)):
        return False
    if is_introduction(line) or (len(line.split()) <= _SHORT_TALK and remains_of(line) is not None):
        return True
    return (
        is_label(line, heading=line.is_heading)
        or is_about_thought(line)
        or not without_introduction(line)
        or collapse(line) == collapse(prompt)
    )


def _next(lines: list[Line], start: int) -> int:
    """The next line that holds something."""
    return next((number for number in range(start, len(lines)) if lines[number]), len(lines))


def _strip_echo(text: str, prompt: str) -> str:
    echo = collapse(prompt)
    return text[len(echo) :].lstrip(" :") if echo and text.startswith(echo) else text


def _bare(text: str, *, labelled: bool) -> str:
    """Without introductions in front, notes and counts behind, and quotation marks; empty where that has no end."""
    labelled = label_end(text) > 0 or labelled
    for _ in range(_MAX_LAYERS):
        shorter = _said_once(without_count(_without_notes(without_introduction(text), labelled=labelled)))
        shorter = _ITEM.sub("", _HASHTAGS.sub("", _ORNAMENT.sub("", shorter))).strip()
        if len(shorter) > 1 and _QUOTES.get(shorter[0]) == shorter[-1] and shorter[-1] not in shorter[1:-1]:
            shorter = shorter[1:-1].strip()
        elif quoted := re.fullmatch(r"[\"“„]([^\"“”„]+)[\"”“][.]?|``?([^`']+)''", shorter):
            shorter = (quoted[1] or quoted[2]).strip()
        elif half := re.fullmatch(r"[\"“„«]([^\"“”„«»]+)|([^\"“”„«»]*[^\d\s\"“”„«»])[\"”»]|([^']+)''", shorter):
            shorter = (half[1] or half[2] or half[3]).strip()  # but 15" is a length
        elif edges := re.fullmatch(r"([\"'$]{2,3}|\$|={2,}|~)([^\"$=~]+)\1", shorter):
            shorter = edges[2].strip()
        shorter = _without_lone_quotes(shorter)
        if shorter == text:
            return text
        text = shorter
    return ""


def _without_lone_quotes(text: str) -> str:
    """Without a mark at an edge that has no other, or has a label behind it: what it belonged to was taken off."""
    text = _LONE_STAR.sub("", text)
    first, last = text[:1], text[-1:]
    rest = text[1:].lstrip()
    if first in _OPENING and (_is_lone(text, first) or is_labelled(rest) or _IN_QUOTES.match(rest)):
        return rest
    if last in _CLOSING and (_is_lone(text, last) or text[-2:-1] == last) and not text[-2:-1].isdigit():  # 15" is one
        return text[:-1].strip()
    return text


def _is_lone(text: str, mark: str) -> bool:
    if mark == '"':
        return text.count(mark) % 2 == 1 and "“" not in text
    return text.count("“") + text.count("„") + text.count("«") != text.count("”") + text.count("»") + text.count('"')


def _said_once(text: str) -> str:
    """Up to the first sentence that was said before: a model that has lost its way says the same again and again."""
    said, start = set(), 0
    for end in [match.end() for match in _SENTENCE.finditer(text)] + [len(text)]:
        sentence = comparable(text[start:end])
        if " " in sentence and sentence in said:
            return text[:start].strip()
        said.add(sentence)
        start = end
    return text


def _without_notes(text: str, *, labelled: bool) -> str:
    """Up to the first sentence that speaks of the text instead of the picture."""
    for end in _SENTENCE.finditer(text):
        if is_note(text[end.end() :], labelled=labelled):
            return text[: end.end()].strip()
    return text


def whole_sentences(text: str) -> str:
    """The sentences of a text that are finished; '' where none is."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    return text[: ends[-1]] if ends else ""
