"""Rules on texts that could be better."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from core.languages import primary_subtag
from core.records import Severity
from core.text import comparable
from rules.base import RuleBook
from rules.harm import Harm
from rules.rule_options import LengthProfile
from rules.text.leftovers import is_formula
from rules.text.scripts import foreign_script

if TYPE_CHECKING:
    from rules.text.subject import Text, TextCheck
    from rules.words import Words

_MARKUP = re.compile(
    r"</?[a-z][^>]*>|&(?:[a-z]{2,8}|#\d{2,5});|``[^`]+``|(?<![\w*])\*\*[^\s*](?:[^*]*[^\s*])?\*\*(?![\w*])"
    r"|(?<!\w)_[^\W_](?:[^_\n]*[^\s_])?_(?!\w)",
    re.I,
)
# Quotation marks of a word processor around an attribute's value: they belong to it, and it ends at the first space.
_CURLY = re.compile(r"[“”„][^\s“”„]+|”[^\s“”]+”")
_CLOSING_FIRST = frozenset({"sv", "fi"})  # where ”these” are the usual quotation marks
_MOJIBAKE = re.compile("\ufffd|Ã[\u0080-\u00bf]|â€[™œ\u009d“”˜]|Â[\u00a0-\u00bf]")
_BYTES = re.compile(r"\d\s?(?:bytes|k(?:i?b|o))\W*$|\(\s*[\d.,]+\s?(?:bytes|[km]i?b|[km]o)\s*\)", re.I)
EMOJI = re.compile(
    "^(?=.*[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55])"
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2190-\u21ff\ufe0f\u200d\u20e3\\W]+$"
)
EMOTICON = re.compile(r"[:;=]['´]?[-o^]?[)(\]\[DdPpOo/\\|*$3]+|<3+|[xX]D+|[oO0][._][oO0]|\^[_.]?\^|[><][:.][)(]")
_WORD = re.compile(r"[^\W\d_]+")
_WORD_OR_NUMBER = re.compile(r"[^\W_]+")
_SEPARATOR = re.compile(r"[,|;/•·、，]")
_SHORT_PIECE = 4  # words
_INTRODUCES = frozenset(":–—-/|→>=")
_QUOTED = re.compile(r"“[^”]{20,}”|„[^“”]{20,}[“”]|«[^»]{20,}»|「[^」]{20,}」|\"[^\"]{20,}\"|(?<!\w)'.{20,}'(?!\w)")
_SMALL_WORDS = frozenset(
    "the and for with from her his und der die das mit les des une avec los las con una een het van".split()
)
_ARTICLES = frozenset(
    "a an the der die das ein eine einen le la les un une el los las una il lo gli uno het een um uma".split()
)
_LATIN_WORD = re.compile(r"[a-z]{1,2}$")

book: RuleBook[TextCheck] = RuleBook("A text that could be better")
_rule = book.rule


@_rule("redundant-prefix", Severity.WARNING, Harm.TWICE, "W3C WAI images tutorial, tips")
def _redundant_prefix(text: Text) -> str | None:
    """ "Image of", "photo of": screen readers say already that it is an image."""
    match = text.words.prefix.match(text.comparable)
    if match is None:
        return None
    return f"Screen readers say already that it is an image: drop the prefix “{match[0]}”."


@_rule("redundant-suffix", Severity.WARNING, Harm.TWICE, "W3C WAI images tutorial, tips")
def _redundant_suffix(text: Text) -> str | None:
    """ "Red fox photo": the same at the end.

    "A child holding a photo", "original image" and "applied to a gradient image" are let pass, and so are kinds of
    pictures ("team photo") and what is compared ("before image vs. after image").
    """
    if text.comparable.endswith(text.words.endings):
        if text.comparable in text.words.endings:
            return None
    elif not text.comparable or not _ends_with_suffix(text.comparable.split(), text.words):
        return None
    return "Screen readers say already that it is an image: drop the word at the end, which is redundant."


def _ends_with_suffix(words: list[str], lists: Words) -> bool:
    """Whether the last word says only what kind of thing the picture is.

    A determiner right before it, or some words before it, makes it what the picture shows ("a child holding a photo",
    "applied to a gradient image"); one that begins the text belongs to all of it ("a red fox photo"). Where compounds
    are written apart, two words are one ("team photo"), whatever stands before them if they are a known kind.
    """
    *before, last = words
    if not before or last not in lists.suffixes:
        return False
    if any(word.rstrip(",;:") in lists.suffixes for word in before):  # "before image vs. after image"
        return False
    if before[-1][-1] in _INTRODUCES:  # "Status bar: image" names a state
        return False
    if lists.kinds and (len(before) == 1 or before[-1] in lists.kinds):
        return False
    nearest = before.pop().rpartition("-")[2]  # "under-exposed image"
    return nearest not in lists.determiners and lists.determiners.isdisjoint(before[1:][-2:])


@_rule("cta-alt", Severity.WARNING, Harm.NOWHERE, "WCAG 2.4.4, F84")
def _call_to_action(text: Text) -> str | None:
    """ "Click here", "read more": the text says neither what is shown nor where it leads."""
    if text.comparable not in text.words.calls_to_action:
        return None
    return f"“{text.collapsed}” is generic: say what the picture shows or, in a link, where it leads."


# Of "formula", which is also what a baby drinks and a race, nothing is said.
_EQUATION = re.compile(
    r"(?:[^\W\d][\w.'-]* ){1,3}equations?(?: (?:for|of) .{1,60})?"
    r"|(?:[\w.-]+ )?\w*gleichung(?: [\w.-]+){0,2}|\w{1,12}(?:方程式|数式)"
    r"|(?:l'|la |las |de |a )?(?:équations?|ecuación|ecuaciones|equazion[ei]|equação|equações|vergelijking|równanie)"
    r"(?: [\w.'-]+){1,3}"
)


@_rule("names-equation", Severity.REVIEW, Harm.UNSAID, "WCAG 1.1.1; W3C WAI images tutorial, complex images")
def _name_of_an_equation(text: Text) -> str | None:
    """ "Gaussian equation": the text says which one it is, and what it says is in the picture alone."""
    if not _EQUATION.fullmatch(text.comparable):
        return None
    return "If the picture is an equation, this only names it: write it out, in words or as MathML."


@_rule("bytes-alt", Severity.WARNING, Harm.NOISE, "AERT 1.1.2")
def _bytes(text: Text) -> str | None:
    """The size of a file, "320 KB", which a program added."""
    if not _BYTES.search(text.collapsed):
        return None
    return "The size of a file is unhelpful here. Say what the picture shows."


@_rule("emoji", Severity.WARNING, Harm.NOISE, "WCAG 1.1.1, F26")
def _emoji(text: Text) -> str | None:
    """Emoji or emoticons, `:-D`, without a word."""
    if not EMOTICON.fullmatch(text.collapsed) and (text.raw.isascii() or not EMOJI.match(text.collapsed)):
        return None
    return "Emoji are read out by names that differ from phone to phone. Describe the picture in words."


@_rule("too-short", Severity.REVIEW, Harm.UNSAID, "WCAG 1.1.1")
def _too_short(text: Text) -> str | None:
    """One or two small letters."""
    if not _LATIN_WORD.match(text.collapsed):
        return None
    return f"“{text.collapsed}” is too short to say much. Check that it describes the picture."


@_rule("too-long", Severity.WARNING, Harm.LENGTHY, "advice, no standard: see docs/rules.md")
def _too_long(text: Text) -> str | None:
    """More than 125 characters.

    No standard sets a number, so there are profiles: `default` 125 (the advice of most guides), `screaming-frog`
    100, `wp-accessibility` 140, `aert` 150, `squarespace-product` 200, `sa11y` 250, `equalize` 300, `mgifford` 500,
    `shopify` 512 (what it takes at most). What a text quotes does not count, up to 512: words that stand in the picture
    are to be given in full. A formula in TeX is as long as it is.
    """
    length = len(text.collapsed)
    if length <= text.limit or is_formula(text.collapsed):
        return None
    if length <= LengthProfile.SHOPIFY.limit and len(_QUOTED.sub("", text.collapsed)) <= text.limit:
        return None
    return f"{length} characters is too long: say it in {text.limit}, and put the rest beside the picture."


@_rule("keyword-stuffing", Severity.WARNING, Harm.NOISE, "Google Search, SEO starter guide")
def _keyword_stuffing(text: Text) -> str | None:
    """A list of keywords: pieces between bars, pieces that vary one search, or words of who wants to buy.

    An enumeration is none: "black, white, red", "original image, soft threshold, hard threshold". Nor is a comparison,
    "source image vs. flipped image", or a formula in TeX.
    """
    if len(text.collapsed) < 20 or is_formula(text.collapsed) or " vs. " in text.comparable:
        return None
    pieces = [piece for piece in map(comparable, _SEPARATOR.split(text.collapsed)) if piece]
    stuffed = (
        text.collapsed.count("|") >= 3
        or _sells(pieces, text.words)
        or (_repeats(text, len(pieces)) and (len(pieces) < 3 or _varies_one_search(pieces, text.words)))
    )
    if not stuffed:
        return None
    return "The alt text is a list of keywords, which search engines count as stuffing. Write one short sentence."


def _sells(pieces: list[str], lists: Words) -> bool:
    """Whether a list of short pieces is what buyers search for: two that say so, or one of very many."""
    if len(pieces) < 3 or any(len(piece.split()) > _SHORT_PIECE for piece in pieces):
        return False
    number = sum(lists.sales.search(piece) is not None for piece in pieces)
    return number >= 2 or (number == 1 and len(pieces) >= 6)


def _varies_one_search(pieces: list[str], lists: Words) -> bool:
    """Whether pieces that share a word vary one search ("chair, oak chair, buy chair") rather than tell things apart.

    They do where one of them lies within others, where one is what buyers say, and where all of four pieces or more
    have the word, each in another place.
    """
    if any(lists.sales.search(piece) for piece in pieces):
        return True
    words = [[word.removesuffix("s") for word in _WORD_OR_NUMBER.findall(piece)] for piece in pieces]
    within = sum(_lies_within(one, other) for one in words for other in words if len(one) < len(other))
    if within >= 2:
        return True
    shared = set(words[0]).intersection(*words) - _SMALL_WORDS - lists.suffixes
    ends = (0, -1)
    return len(words) >= 4 and any(
        all(any(piece[end] != word for piece in words) for end in ends) for word in shared if len(word) > 2
    )


def _lies_within(one: list[str], other: list[str]) -> bool:
    return bool(one) and any(other[at : at + len(one)] == one for at in range(len(other) - len(one) + 1))


def _repeats(text: Text, chunks: int) -> bool:
    """Whether one word comes three times or more: in most pieces of a list, or as a third of all words, half of a
    sentence.

    What says only that it is a picture does not count, and who lists keywords writes no articles: "a bowl of rice, a
    bowl of soup and a bowl of salad" is told.
    """
    is_sentence = sum(word in _ARTICLES for word in text.comparable.split()) >= 2
    if is_sentence and chunks >= 2:
        return False
    words = [
        word.removesuffix("s")
        for word in _WORD.findall(text.comparable)
        if len(word) > 2 and word not in _SMALL_WORDS and word not in text.words.suffixes
    ]
    if len(words) < 4:
        return False
    times = Counter(words).most_common(1)[0][1]
    return times >= 3 and (times * (2 if is_sentence else 3) > len(words) if chunks < 3 else times * 2 >= chunks)


@_rule("markup", Severity.WARNING, Harm.NOISE, "HTML, alt attribute is plain text")
def _markup(text: Text) -> str | None:
    """Tags, entities or the signs of Markdown and reStructuredText that are read out as written; curly quotation marks
    around the value, which then ends at the first space.
    """
    if _CURLY.fullmatch(text.collapsed) and not (
        text.collapsed[-1] == "”" and primary_subtag(text.lang) in _CLOSING_FIRST
    ):
        return "The quotation marks around the value are curly, so they are read as part of it: write straight ones."
    if not _MARKUP.search(text.raw):
        return None
    return "The alt text holds HTML markup or an entity, which is read out as written. Write plain text."


@_rule("mojibake", Severity.WARNING, Harm.GARBLED, "WHATWG Encoding")
def _mojibake(text: Text) -> str | None:
    """Broken characters such as `Ã©`, from a text saved in one encoding and read in another."""
    if text.raw.isascii() or not _MOJIBAKE.search(text.raw):
        return None
    return "The alt text holds broken characters: it was saved in one encoding and read in another. Retype it."


@_rule("lang-mismatch", Severity.REVIEW, Harm.GARBLED, "WCAG 3.1.2")
def _language(text: Text) -> str | None:
    """Most letters are of a script in which the language is not written.

    Latin names in another script are let pass, and languages of one script are not told apart.
    """
    if text.lang is None or not foreign_script(text.collapsed, text.lang):
        return None
    return (
        f"The alt text is in another script than its language, “{text.lang}”. Translate it, or set lang on the image."
    )
