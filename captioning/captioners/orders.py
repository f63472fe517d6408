"""Orders: what a page, or the text in a picture, says to a model or a customer instead of what a picture shows. Pure.

A field that holds one is told no model (`placed`). What a model says is looked through for what only an order could
have put there: addresses, numbers to call, prices, calls to buy, the words of a field with an order in it, and a piece
of the page word for word. The phrases are in orders.toml.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from core.text import collapse

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_CHARS = 2_000  # of a text that is looked through
_SOON = 40  # characters between a verb and the text that it wants to be said
_RUN = 3  # words of an order in a row
_LEAST = 2  # words that a piece of the page has to be told from a name
_TOP = (
    "com|net|org|info|biz|io|co|shop|store|online|site|website|web|xyz|top|club|app|dev|link|click|live|life|vip|win|bid"
    "|example|test|invalid|eu|uk|us|de|at|ch|fr|es|it|nl|be|pt|br|pl|cz|ru|ua|jp|cn|in|tv|me|cc|ly|gl|to|ai|tk|ml|ga|cf|gq"
)
_ADDRESS = re.compile(
    rf"""
      \b(?:https?|ftp|mailto|tel|data|javascript)\s?:\s?/{{0,3}}[^\s"'<>]{{1,2000}} | \bwww\s?\.\s?\w[^\s"'<>]{{0,500}}
    | [\w.+-]{{1,64}}\s?(?:@|\[at\]|\(at\))\s?[\w-]{{1,63}}(?:\s?(?:\.|\[dot\]|\(dot\))\s?\w{{1,63}}){{0,3}}
    | (?<![\w.-])[a-z0-9-]{{1,63}}(?:\.[a-z0-9-]{{1,63}}){{0,3}}(?:\.|\s?(?:\[\.\]|\(\.\)|\[dot\]|\(dot\))\s?|\sdot\s)
        (?:{_TOP})\b(?:[/?:#][^\s"'<>]{{0,2000}})?
    """,
    re.I | re.X | re.A,
)
_PHONE = re.compile(
    r"(?<![\w.])\+?\(?\d(?:[\s()./-]{0,2}\d){8,16}(?!\w)|(?<![\w.-])\+\d(?:[\s()./-]{0,2}\d){6,16}|(?<![\w-])\d{3}-\d{4}(?![\w-])"
)
_PRICE = re.compile(
    r"[€$£¥₹]\s?\d|\d\s?(?:[€$£¥₹]|(?:eur|usd|gbp|chf|euros?|dollars?|pounds|yen)\b|円|ドル)"
    r"|\d\s?%\s?(?:off|rabatt|rabais|de réduction|de descuento|di sconto|korting|de desconto|オフ|引)",
    re.I,
)
_KINDS = {"an address": _ADDRESS, "a number to call": _PHONE, "a price": _PRICE}
_WORD = re.compile(r"\w+")
_JOINED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


def without_addresses(text: str) -> str:
    """A text without what an order could send people to; tokens and logins in addresses go with them."""
    plain = _plain(text)
    for pattern in _KINDS.values():
        plain = pattern.sub(" ", plain)
    return collapse(plain)


def is_order(text: str) -> bool:
    """Whether a text says something to a model or a customer."""
    plain = _plain(text).casefold()
    return any(pattern.search(plain) for pattern in _patterns())


def calls(text: str) -> str | None:
    """What in a text calls somebody to somewhere, which no text for a picture does; None where nothing does."""
    plain = _plain(text)
    for kind, pattern in _KINDS.items():
        if found := pattern.search(plain):
            return f"{found[0].strip()!r} is {kind}"
    if found := _buying().search(plain.casefold()):
        return f"{found[0]!r} calls a customer"
    return None


def ordered(answer: str, said: Iterable[str], trusted: Iterable[str] = ()) -> str | None:
    """What of an answer only an order in what was said of the picture could have put there; None where nothing is.

    Words that the rest of it, or the operator (`trusted`), has as well are honest: a product's name is no order.
    """
    said = [text for text in said if text]
    spoken = answer
    for name in trusted:  # Booking.com is a brand
        spoken = re.sub(re.escape(name), " ", spoken, flags=re.I)
    if found := calls(spoken):
        return found
    words = _words(answer)
    bare = " ".join(words)
    for text in said:
        whole = " ".join(_words(text))
        if len(words) >= _LEAST and f" {bare} " in f" {whole} ":
            return f"{answer[:100]!r} is what the page says, word for word"
    orders = [text for text in said if is_order(text) or calls(text)]
    if not orders:
        return None
    honest = {word for text in (*said, *trusted) if text not in orders for word in _words(text)}
    of_orders = [_words(text) for text in orders]
    for told in of_orders:
        runs = {tuple(told[start : start + _RUN]) for start in range(len(told) - _RUN + 1)}
        for start in range(len(words) - _RUN + 1):
            run = tuple(words[start : start + _RUN])
            if run in runs and not honest.issuperset(run):
                return f"{' '.join(run)!r} is of an order on the page"
    meant = [word for word in words if len(word) > 3 or _JOINED.search(word)]
    put = {word for told in of_orders for word in told} - honest
    repeated = [word for word in meant if word in put]
    if meant and 2 * len(repeated) >= len(meant):
        return f"{' '.join(repeated)!r} is of an order on the page"
    return None


def _plain(text: str) -> str:
    """In one form: letters of one width and shape, nothing invisible."""
    text = unicodedata.normalize("NFKC", text[:_MAX_CHARS])
    return collapse("".join(sign for sign in text if unicodedata.category(sign) != "Cf"))


def _words(text: str) -> list[str]:
    """Words in small letters; where letters are not divided into words, pairs of them."""
    words: list[str] = []
    for word in _WORD.findall(_plain(text).casefold()):
        words += [word[n : n + 2] for n in range(len(word) - 1)] if _JOINED.search(word) and len(word) > 2 else [word]
    return words


def _any_of(phrases: Iterable[str]) -> str:
    """A pattern for phrases; those of writing without spaces stand anywhere, others between the edges of words."""
    return "|".join(
        re.escape(phrase) if _JOINED.search(phrase) else rf"(?<!\w){re.escape(phrase)}(?!\w)"
        for phrase in sorted(phrases)
    )


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((files(__package__) / "orders.toml").read_text("utf-8"))


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    lists = _lists().values()
    orders = _any_of({phrase for words in lists for phrase in words["orders"]})
    says = _any_of({phrase for words in lists for phrase in words["says"]})
    return (
        re.compile(orders),
        re.compile(rf"(?:{says})[^.!?:\"“„«「『]{{0,{_SOON}}}[:：\"“„«「『]"),
        _buying(),
    )


@cache
def _buying() -> re.Pattern[str]:
    return re.compile(_any_of({phrase for words in _lists().values() for phrase in words["buy"]}))
