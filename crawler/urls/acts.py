"""Addresses that do something when they are visited: log out, add to a cart, delete, vote, unsubscribe. Pure.

By the standard a GET is safe (RFC 9110, 9.2.1); shops, forums and content systems have links that act all the same.
Only the form of an address tells: a parameter, or what its last parts are, never a word within one. So `/cart/add`,
`/comment/7/delete` and `?add-to-cart=7` act, `/blog/how-to-delete-a-page`, `/vote-results` and `/docs/logout` do not.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from urllib.parse import unquote_plus, urlsplit

from crawler.urls.act_words import (
    ACCOUNTS,
    ACTION_KEYS,
    ACTS,
    ADD_TO_CART,
    CART_VERBS,
    CARTS,
    DESTROY,
    DO,
    KEYS_ALWAYS,
    KEYS_DOUBTFUL,
    LOG_OUT,
    NOT_DONE,
    NOUNS,
    OBJECTS,
    VIEWS,
    WRITTEN_ABOUT,
)

_ONLY_ACTIONS = frozenset({"action", "act", "do", "cmd", "command", "operation"})


class Act(StrEnum):
    """How sure it is that an address does something."""

    SURE = "sure"
    LIKELY = "likely"  # it does where a page says nofollow of it, or the visitor is logged in
    FAINT = "faint"  # it does where a page says nofollow of it


_WORDS = LOG_OUT | ADD_TO_CART | CART_VERBS | DESTROY | DO
_ENDING = re.compile(r"\.(?:php\d?|html?|aspx?|jsp|do|action|cfm|cgi|pl)\Z")
_ID = re.compile(r"\d+(?:-.*)?\Z|(?=.*\d)[0-9a-f]{8,}\Z|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z|\S{24,}\Z")
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_LANGUAGE = re.compile(r"[a-z]{2}(?:-[a-z]{2})?\Z")
_FILLED_CART = re.compile(r"/cart/\d+:\d+")  # Shopify's permalinks put things into the cart
_PATH_KEYS = frozenset(
    {"route", "r", "q", "page", "p", "view", "title", "mod", "module", "pagename", "a", "controller"}
)


def act_of(url: str) -> Act | None:
    """Whether visiting an address does something, by its form."""
    path, mark, query = url.partition("?")
    plain = path.lower().replace("_", "-")
    segments = plain.split("/")[3:]
    if "%" in plain or not plain.isascii():
        segments = [_plain(segment) for segment in segments]
    last = segments[-1] if segments else ""
    if not last and len(segments) > 1:
        segments.pop()
        last = segments[-1]
    if "." in last:
        segments[-1] = last = _ENDING.sub("", last)
    if ":" in last:
        special = last.rpartition(":")[2]  # Special:UserLogout
        if special in LOG_OUT or _FILLED_CART.search(plain):
            return Act.SURE
    by_query = _query_act(query, in_cart=last in CARTS) if mark else None
    if by_query is Act.SURE:
        return by_query
    return _path_act(segments, bool(query)) or by_query


def _plain(text: str) -> str:
    """As the words are written: decoded, in lower case, without accents, `-` between parts."""
    decoded = unicodedata.normalize("NFKD", unquote_plus(text).casefold().replace("ß", "ss"))
    bare = "".join(char for char in decoded if not unicodedata.combining(char))
    return "-".join(unicodedata.normalize("NFC", bare).replace("_", "-").split())


def _path_act(segments: list[str], asks: bool) -> Act | None:
    """What a path says; `asks`: a query follows, which may say to what it is done."""
    if _WORDS.isdisjoint(segments[-4:]):
        act = _compound_act(segments[-1]) if segments and "-" in segments[-1] else None
        if act is None and (CART_VERBS.isdisjoint(segments) or CARTS.isdisjoint(segments)):
            return None
        if act is not None:
            return act
    last, before = segments[-1], segments[-2] if len(segments) > 1 else ""
    written_about = not WRITTEN_ABOUT.isdisjoint(segments[:-1])
    sure, likely = (Act.FAINT, Act.FAINT) if written_about else (Act.SURE, Act.LIKELY)
    if last in LOG_OUT:
        alone = not before or before in ACCOUNTS or (len(segments) == 2 and _LANGUAGE.match(before) is not None)
        return Act.SURE if alone or asks else likely
    for place, segment in enumerate(segments):
        if segment in CART_VERBS and not CARTS.isdisjoint(segments[max(0, place - 2) : place]):
            return sure
    if last in ADD_TO_CART:
        return sure if asks or _is_id(segments, -2) else likely
    if before in ADD_TO_CART or before in DESTROY:
        return Act.SURE if _is_id(segments, -1) else None
    if len(segments) > 2 and segments[-3] in DO and _is_id(segments, -2):  # /vote/5/up
        return Act.SURE
    if last in DESTROY or last in DO:
        done_to = _is_id(segments, -2) or (asks and (last in DESTROY or last == "vote"))
        if done_to:
            return Act.SURE
        return likely if last in DESTROY or (asks and last not in NOUNS) else Act.FAINT  # /like?post=3
    return None


def _compound_act(last: str) -> Act | None:
    verb, _, what = last.partition("-")
    return Act.LIKELY if what in OBJECTS and (verb in DESTROY or verb in DO) else None


def _is_id(segments: list[str], place: int) -> bool:
    """Whether a part of a path names one thing: a number that is no part of a date, a digest, a token."""
    if len(segments) < -place:
        return False
    segment = segments[place]
    if not _ID.match(segment) or _YEAR.match(segment):
        return False
    earlier = segments[: len(segments) + place]
    return not (len(segment) <= 2 and any(_YEAR.match(part) for part in earlier[-2:]))


def _query_act(query: str, *, in_cart: bool) -> Act | None:
    faint = False
    for pair in re.split("[&;]", query):
        key, _, value = pair.partition("=")
        key = _plain(key).removesuffix("[]")
        if key in KEYS_ALWAYS or (in_cart and value and key in CART_VERBS):  # /cart?add=8
            return Act.SURE
        if key in ACTION_KEYS:
            act = _value_act(_plain(value))
            if act is Act.SURE:
                return act
            faint = faint or (act is not None and key in _ONLY_ACTIONS)
        elif key in _PATH_KEYS and (parts := re.split(r"[/.:]", _plain(value))):
            if parts[-1] in LOG_OUT and (key not in NOT_DONE or len(parts) > 1):
                return Act.SURE
            if len(parts) > 2 and parts[-1] in CART_VERBS and parts[-2] in CARTS:
                return Act.SURE
        elif key in KEYS_DOUBTFUL:
            faint = True
    return Act.FAINT if faint else None


def _value_act(value: str) -> Act | None:
    """What the value of a parameter says that is to be done: `logout`, `user.logout`, `yith-add-product`."""
    last = re.split(r"[/.:]", value)[-1]
    if last in VIEWS or not last or last.isdigit():
        return None  # a page
    words = {last, *last.split("-")}
    if not words.isdisjoint(LOG_OUT | ACTS | ADD_TO_CART | CART_VERBS | DESTROY | DO):
        return Act.SURE
    return Act.FAINT


def names_login(url: str) -> bool:
    """Whether an address is, by its last part or its `mode`, that of a login page."""
    parts = urlsplit(url)
    segments = [_plain(segment) for segment in parts.path.split("/") if segment]
    last = _ENDING.sub("", segments[-1]).rpartition(":")[2] if segments else ""
    if last in _LOGINS or (last == "new" and segments[-2:-1] in (["session"], ["sessions"])):
        return not set(segments[:-1]) & WRITTEN_ABOUT
    return any(
        _plain(pair.partition("=")[0]) in ACTION_KEYS and _plain(pair.partition("=")[2]) in _LOGINS
        for pair in re.split("[&;]", parts.query)
    )


_LOGINS = frozenset(
    "login log-in signin sign-in wp-login userlogin user-login logon sign-on signon auth authorize sso account-login "
    "customer-login members-login anmelden anmeldung einloggen connexion se-connecter identification iniciar-sesion "
    "acceder accedi accesso entrar iniciar-sessao inloggen aanmelden zaloguj logowanie logga-in logg-inn log-ind "
    "kirjaudu prihlaseni prihlasit giris вход войти ログイン 登录 로그인".split()
)
