"""Answers that stand in front of a page: bot challenges, which a browser passes by script, and logins. Pure.

What gives one away, in this order: what its maker documents (Cloudflare `cf-mitigated`, AWS WAF `x-amzn-waf-action`,
SiteGround `sg-captcha`, Vercel `x-vercel-mitigated`), status 202, which no finished page has, and a page that says or
names nothing but the check. A page without text that only loads a script, as single-page applications have it, is none.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_WALL_BYTES = 131_072  # challenges are small, even those that carry their script along
MAX_WALL_TEXT = 600  # characters that people can read on one
MAX_LOGIN_TEXT = 1500
MAX_WALL_LINKS = 1  # to other pages of its site
MAX_WALL_PLACES = 3  # images on one: a logo, a mascot
MAX_SAYING_CHARS = 40
REFUSING = frozenset({401, 403, 405, 428, 429, 503})  # statuses with which challenges are sent, beside 200 and 202

# Header values that say it alone, whatever the header: `x-guard-action: challenge`, `cf-mitigated: challenge`.
_SAYS = re.compile(
    r"(?:js[-_ ]?|managed[-_ ]?|interactive[-_ ]?|bot[-_ ]?)?(?:challenge|captcha)(?:d|[-_ ]?required)?\Z"
)
_NO_WALL = frozenset({"www-authenticate", "set-cookie", "content-security-policy", "link", "vary", "location"})
_OWN_HEADERS = frozenset({"x-kpsdk-ct", "x-kpsdk-r", "sec-cp-challenge", "x-datadome"})
# What the checks of these makers load or declare, and no page of a site does.
_MADE_BY = re.compile(
    r"_cf_chl_opt|/cdn-cgi/challenge-platform/\S*orchestrate|_Incapsula_Resource|captcha-delivery\.com|px-captcha"
    r"|_pxAppId|/\.well-known/sgcaptcha|sucuri_cloudproxy|/TSPD/|anubis_challenge|/\.within\.website/x/cmd/anubis"
    r"|awsWafCookieDomainList|gokuProps|\.token\.awswaf\.com|/_sec/cp_challenge|ddos-guard/js-challenge"
    r"|slowAES\.decrypt|bm-verify=|/_fs-ch-|/149e9513-01fa-4fb0-aad4-566afd725d1b/",
    re.I,
)
# What they say, in the languages that they speak, and what others name their parts.
_SAID = re.compile(
    r"check(?:ing)? (?:if )?(?:your (?:browser|connection)|the site connection|you are (?:a )?human)"
    r"|verif(?:y|ying) (?:that )?(?:you are|you're|your browser|the user is)(?: not)?|making sure you'?re not a bot"
    r"|are you (?:a )?(?:human|robot)|not a (?:ro)?bot|human verification|security (?:check|verification)"
    r"|enable javascript and cookies|javascript and cookies|unusual (?:traffic|activity)|just a moment|one moment"
    r"|please wait while|browser (?:wird|check)|ddos[- ]protection|bot[- ]?(?:protection|check|verification)"
    r"|sicherheits(?:pr|\xfcberpr)\w+|sind sie ein mensch|kein roboter|v\xe9rifi(?:er|cation|ez|ons) (?:que|de|votre)"
    r"|pas un robot|no (?:eres|soy) un robot|comprobando (?:su|tu|si)|verific(?:ando|ar|a) (?:su|tu|che|se|que|di)"
    r"|controllo del browser|no es un robot|n\xe3o \xe9 um rob\xf4|geen robot|robotem|проверк|не робот|人机|验证|確認",
    re.I,
)
_PARTS = re.compile(
    r"""(?:id|class|src|action|name|href)\s*=\s*["']?[^"'>]*?"""
    r"""(?:challenge|captcha|turnstile|bot-?(?:check|detect|protect|guard)|human-?(?:check|verif)|/guard/|waf)""",
    re.I,
)
_NOINDEX = re.compile(r"<meta\b[^>]*\bname\s*=\s*[\"']?robots\b[^>]*\bnoindex", re.I)
_LOADS_AGAIN = re.compile(
    r"location\s*\.\s*(?:reload|replace|assign|href)|location\s*=|http-equiv\s*=\s*[\"']?refresh", re.I
)
_SETS_COOKIE = re.compile(r"document\s*\.\s*cookie\s*=", re.I)
_TITLE = re.compile(r"<title\b[^>]*>([^<]*)", re.I)
_PASSWORD = re.compile(r"<input\b[^>]*\btype\s*=\s*[\"']?password\b", re.I)
_SHOWS = re.compile(
    r"<(?:img|iframe|video|audio|embed|object|source)\b[^>]*?\b(?:src|data|poster)\s*=\s*([^\s>]+)", re.I
)
_WITH_DIGIT = re.compile(r"\S*\d\S*")
_SCRIPT = re.compile(r"<script\b", re.I)
_UNSHOWN = re.compile(r"<(script|style|template|svg)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.I | re.S)
_TAG = re.compile(r"<[^>]*>")
_FORM = re.compile(r"<form\b[^>]*>.*?<input\b[^>]*\btype\s*=\s*[\"']?(?:password|search|text|email)\b", re.I | re.S)


def says_challenge(headers: Iterable[tuple[str, str]]) -> bool:
    """Whether a header of an answer says that it is a challenge, in a value of its own."""
    return any(
        name.lower() not in _NO_WALL and len(value) < MAX_SAYING_CHARS and _SAYS.match(value.strip().lower())
        for name, value in headers
    )


def is_challenge(headers: Iterable[tuple[str, str]], body: bytes) -> bool:
    """Whether an answer with one of the REFUSING statuses is a challenge rather than a plain refusal."""
    pairs = list(headers)
    if says_challenge(pairs) or any(name.lower() in _OWN_HEADERS for name, _ in pairs):
        return True
    if len(body) > MAX_WALL_BYTES:
        return False
    markup = body.decode("utf-8", "replace")
    return bool(_MADE_BY.search(markup)) or _is_only_a_check(markup)


def shows_challenge(body: bytes) -> bool:
    """Whether a page that came with status 200, and leads to no page of its site, is a challenge.

    Makers put some of their scripts into the pages behind the check, too.
    """
    if len(body) > MAX_WALL_BYTES:
        return False
    markup = body.decode("utf-8", "replace")
    made = _MADE_BY.search(markup) is not None
    return _is_only_a_check(markup, made=made) if made or _SCRIPT.search(markup) else False


def _is_only_a_check(markup: str, *, made: bool = False) -> bool:
    """Whether a page has hardly a text, and what there is of it speaks of a check; `made`: by one of the makers."""
    if _SCRIPT.search(markup) is None or _FORM.search(markup):
        return False
    text = _text(markup)
    if len(text) > MAX_WALL_TEXT:
        return False
    says, names = _SAID.search(text) is not None, _PARTS.search(markup) is not None
    title = _TITLE.search(markup)
    hides = _NOINDEX.search(markup) is not None
    comes_back = _SETS_COOKIE.search(markup) is not None and _LOADS_AGAIN.search(markup) is not None
    if says:
        return made or names or hides or comes_back or (title is not None and _SAID.search(title[1]) is not None)
    return len(text) < MAX_WALL_TEXT // 4 and (made or comes_back or (names and hides))


def login_page(body: bytes) -> str | None:
    """The signature of a page that is hardly more than a form with a password; None for any other."""
    if len(body) > MAX_WALL_BYTES or b"password" not in body.lower():
        return None
    markup = body.decode("utf-8", "replace")
    if _PASSWORD.search(markup) is None or len(_text(markup)) > MAX_LOGIN_TEXT:
        return None
    return signature(body)


def signature(body: bytes) -> str:
    """What tells a small page from another: its text without the words that have a digit (times, ids), its images."""
    markup = body.decode("utf-8", "replace")
    shown = _UNSHOWN.sub(" ", markup)
    told = f"{_WITH_DIGIT.sub('', _text(markup))}\n{_SHOWS.findall(shown)}"
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


def _text(markup: str) -> str:
    return " ".join(_TAG.sub(" ", _UNSHOWN.sub(" ", markup)).split())
