"""A caption as alt text: what models begin with goes, people are named neutrally, loops are no text. Pure."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from core.languages import UNDETERMINED
from core.text import collapse, comparable, shorten, storable
from suggestions.captions.around import without_talk
from suggestions.captions.gender_neutral import neutral
from suggestions.captions.languages import may_be_english
from suggestions.evidence.witnesses import said_beside

if TYPE_CHECKING:
    from rules.words import Words
    from store.suggestions import ContextGroup

# What captioning models begin with that says nothing; "arafed" is a word of BLIP-large alone.
_NOISE = re.compile(r"\b(?:araf\w*|araff\w*)\s+(?:image|photo|picture)?\s*(?:of\s+)?", re.I)
_ADJECTIVES = (
    r"(?:(?:close[- ]?up|blurry|blurred|black[- ]and[- ]white|colou?r|old|stock|vintage|detailed|cropped|wide|aerial"
    r"|digital)\s+)*"
)
_PICTURE = r"(?:image|photo|photograph|picture|pic|close[- ]?up|shot|view|snapshot)"
_VERBS = (
    r"(?:shows?|showing|depicts?|features?|displays?|presents?|portrays?|captures?|illustrates?|contains?|includes?|showcases?"
    r"|represents?|is showing|is depicting|appears to (?:show|be)|seems to (?:show|be))"
)
_OPENINGS = (
    re.compile(
        rf"^(?:there (?:is|are)\s+|this is\s+|it is\s+)?(?:(?:an?|the|this)\s+)?{_ADJECTIVES}{_PICTURE}\s+"
        r"(?:of|showing)(?:\s*:?\s+|$)",
        re.I,
    ),
    re.compile(
        rf"^(?:this|the|an?)\s+{_ADJECTIVES}{_PICTURE}\s+(?:(?:that|which)\s+)?"
        rf"(?:{_VERBS}|is (?:an?\s+)?{_ADJECTIVES}{_PICTURE}\s+(?:of|showing)|is of):?\s+",
        re.I,
    ),
    re.compile(rf"^(?:this|the)\s+{_ADJECTIVES}{_PICTURE}\s+is\s+(?=an?\s)", re.I),
    re.compile(
        rf"^(?:in|looking at|from) (?:this|the)\s+{_ADJECTIVES}{_PICTURE},?\s+"
        r"(?:there (?:is|are)|(?:we|you|one|i) (?:can\s+)?(?:see|observe|find))\s+",
        re.I,
    ),
    re.compile(r"^(?:here\s+)?(?:we|you|one|i) (?:can\s+)?see\s+", re.I),
    re.compile(r"^here\s+(?:is|are)\s+(?=\S+\s)", re.I),
    re.compile(
        r"^(?:image|photo|photograph|picture|pictured|shown)\s*(?:(?:above|below|here)\s*)?(?::|(?:is|are)\b)\s*", re.I
    ),
)
_WITHOUT_SUBJECT = re.compile(r"(?:on|in|with|at|by|of|from|is|are|that|and)\b", re.I)
_THERE_IS = re.compile(r"^there (?:is|are)\s+(?=\S+ \S+)", re.I)
_REPEATED = re.compile(r"\b(\w+)((?: and)?) \1\b(?! \1)", re.I)
_DANGLING = re.compile(
    r"(?<![\s,;:–—-])[\s,;:–—-]+(?:a|an|and|are|as|at|by|for|from|his|her|in|is|its|of|on|or|that|the|their|to|while|with|was|were)$",
    re.I,
)
# Which end a sentence as they stand: "the lights are turned on".
_FINISHED = re.compile(
    r"\b(?:(?:turn|switch|plugg|logg|sign|check|tuck|fill|zoom|join)(?:ed|s|ing)?|lights?|headlights|left|going|passing"
    r"|watching|built|caved|locked) (?:on|in|by)$",
    re.I,
)
# A model's relative clause that says no more than its verb: "two dogs that are running".
_THAT_ARE = re.compile(r"^((?:\S+ ){1,6}?)that (?:is|are) (?=[a-z]+ing\b)", re.I)
_FILE_AT_END = re.compile(r"\s+[-–—:|(\[]?\s?[\w-]{1,80}\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?|heic)[)\]]?$", re.I)
_NO_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]")
_ROUND = re.compile(r"(.{1,8}?)\1{3}")  # of writing without spaces

# Not behind an abbreviation or a number of one: "No. 5", "St. Paul".
_SENTENCE_ENDS = re.compile(r"(?<!\b[A-Z])(?<!\b(?:No|St|Mr|Dr|vs|ca))(?<!\bMrs)[.!?](?=\s+[A-Z\"“'‘])|[。！？]")
_ENDED = re.compile(r"[.!?。！？…][\"”»」』)]*$")
_CLAUSE_ENDS = re.compile(
    r"[,;:](?=\s)|[、，；]|\s[–—-](?=\s)|\s(?=(?:while|which|where|that|and|as|next to|in front of|surrounded by)\s)"
)
_GRAMMAR = frozenset(
    "a an the of on in at to with and or is are by for from his her its their as that this it one two three".split()
)
_MAX_PERIOD = 8  # words
MAX_CHARS = 4000  # of a caption: an alternative text is in its beginning or nowhere


@dataclass(frozen=True, slots=True)
class Description:
    """A caption as alt text."""

    text: str
    is_cut: bool = False  # its last sentence was not finished, and is left out
    language: str = UNDETERMINED  # which it is in, as a primary subtag


def describe(caption: str, group: ContextGroup, language: str = "en") -> Description | None:
    """The caption, in this language, as alt text; None when nothing is left of it, or the model ran in circles."""
    whole = collapse(storable(caption[:MAX_CHARS]))
    text = _NOISE.sub("", whole)
    if text != whole and _WITHOUT_SUBJECT.match(text):  # "arafed on a beach": whatever that is
        return None
    text = without_opening(text)
    text = without_talk(_THERE_IS.sub("", text), language)
    text = _THAT_ARE.sub(r"\1", text)
    text = _REPEATED.sub(_said_once, text)
    if len((bare := _FILE_AT_END.sub("", text)).split()) > 2:
        text = bare
    text, is_cut = _without_unfinished(text)
    if _loops(text) or not _says_enough(text):
        return None
    if language in {"en", UNDETERMINED} and may_be_english(text):
        text = neutral(text, said_beside(group))
    text = tidy(text, finished=_ENDED.search(text) is not None)
    return Description(text, is_cut, language) if text else None


def tidy(text: str, *, finished: bool = False) -> str:
    """Sentence case, no full stop at the end; where it is not `finished`, no word left hanging by a cut."""
    text = text.rstrip(" .,;:…。．｡、")
    while not finished and not _FINISHED.search(text) and (shorter := _DANGLING.sub("", text)) != text:
        text = shorter
    # iPhone, eBay
    first = text.partition(" ")[0]
    return text if any(map(str.isupper, first[1:])) and first[:1].islower() else text[:1].upper() + text[1:]


def shortened(text: str, limit: int) -> str:
    """A line of at most `limit` characters: whole sentences where one fits, else whole clauses, else whole words."""
    if len(text) <= limit:
        return text
    for ends in (_SENTENCE_ENDS, _CLAUSE_ENDS):
        fitting = [match.start() for match in ends.finditer(text) if match.start() <= limit]
        if fitting and fitting[-1] >= limit // 5:
            return text[: fitting[-1]]
    return shorten(text, limit)


def without_prefix(text: str, words: Words) -> str:
    """A collapsed text without an opening such as "image of" of the language whose lists these are."""
    while (match := words.prefix.match(comparable(text).replace("’", "'"))) is not None:
        rest = comparable(comparable(text).replace("’", "'")[match.end() :])
        # The two forms differ in length (case folding, punctuation): the cut is where the rest reads alike.
        cut = next((n for n in range(1, len(text)) if comparable(text[n:]).replace("’", "'") == rest), len(text))
        text = text[cut:].lstrip(" ,;:.–—-")
    return text


def _without_unfinished(text: str) -> tuple[str, bool]:
    """Of several sentences only those that end: models have so many tokens, and stop."""
    if _ENDED.search(text):
        return text, False
    ends = [match.end() for match in _SENTENCE_ENDS.finditer(text)]
    return (text[: ends[-1]], True) if ends and ends[-1] < len(text) else (text, False)


def _says_enough(text: str) -> bool:
    """Whether a text has two words, or as many signs of writing without spaces as words need."""
    return len(text.split()) > 1 or len(_NO_SPACES.findall(text)) > 3


def without_opening(text: str) -> str:
    """Without "The image shows", however many stand one behind the other."""
    while True:
        shorter = text
        for opening in _OPENINGS:
            shorter = opening.sub("", shorter)
        if shorter == text:
            return text
        text = shorter


def _said_once(match: re.Match[str]) -> str:
    """One word for two that a model said by mistake; words that are doubled by nature stay, and so do numbers."""
    word, joined = match[1].casefold(), bool(match[2])
    kept = word in _doubled()["pairs" if joined else "words"] or word.isdecimal()
    return match[0] if kept else match[1]


@cache
def _doubled() -> dict[str, frozenset[str]]:
    lists = tomllib.loads(files("suggestions.words").joinpath("doubled.toml").read_text("utf-8"))
    return {name: frozenset(" ".join(words).split()) for name, words in lists.items()}


def _loops(text: str) -> bool:
    """Whether a text runs in circles: some words come back at once and begin again, or few of many are different.

    Words of grammar do not count: an enumeration is full of them ("a bowl of rice, a bowl of soup and a bowl of peas").
    """
    if _NO_SPACES.search(text) and _ROUND.search(text):
        return True
    words = comparable(text).replace(",", " ").split()
    for period in range(1, min(_MAX_PERIOD, len(words) // 2) + 1):
        again = 0  # words in a row that are the same as those a period before
        for word, before in zip(words[period:], words, strict=False):
            again = again + 1 if word == before else 0
            if again >= max(period + 1, 3):
                return True
    meant = [word for word in words if word not in _GRAMMAR]
    return len(words) >= 8 and len(set(meant)) * 2 < len(meant)
