"""Links to networks, and to shops for programs: whose account it is, or that the page is passed on there. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from core.records import SuggestionReason
from suggestions.links.addresses import bare_host
from suggestions.word_lists import links, word_list, worded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

# What comes before the name of an account, and what is no account at all.
_BEFORE_NAME = frozenset(
    "company in user c channel r u pages groups school showcase pg profile people shop gp org".split()
)
_NO_ACCOUNT = frozenset(
    "p reel reels watch status posts post video videos playlist shorts pin embed explore hashtag results photo photos"
    " story stories events story.php photo.php permalink.php profile.php album track show episode search maps".split()
)
# How people call themselves, rather than a program what it shows: "Hotel_Review-g188590-d190613".
_HANDLE = re.compile(r"(?![^_]*_[^-]*-)(?!.*\d{5})[\w.-]{2,40}")
_AND = re.compile(r"\s*(?:&|\+|\bund\b|\bet\b|\by\b|\be\b|\ben\b)\s*")


def on_a_network(
    address: SplitResult, own_name: str | None, language: str
) -> tuple[str | None, SuggestionReason | None] | None:
    """What a link to a network is for; without a text where it leads to a single post there. None: to no network."""
    host = bare_host(address.hostname)
    shop = _of_host(host, links()["apps"])
    if shop is not None:
        return worded(shop, language), None
    network = _of_host(host, links()["networks"])
    if network is None:
        return None
    asked = f"{address.path or '/'}{'?' + address.query if address.query else ''}".lower()
    if asked.startswith(tuple(_of_host(host, links()["shares"]) or ())):
        return worded("share", language, network=network), None
    parts = [part for part in unquote(address.path).split("/") if part]
    while len(parts) > 1 and parts[0].lower() in _BEFORE_NAME:
        del parts[0]
    if not parts:
        return (None if address.query else network), None
    if parts[0].removeprefix("+").isdecimal():  # the number of a telephone, or of a film
        return (network if network == "WhatsApp" else None), None
    if _NO_ACCOUNT.intersection(part.lower() for part in parts[:2]):
        return None, None
    handle = parts[0].removeprefix("@")
    if not _HANDLE.fullmatch(handle):
        return network, SuggestionReason.ADDRESS
    if own_name is not None and _is_of(handle, own_name):
        return worded("account", language, name=own_name, network=network), None
    return worded("account", language, name=handle, network=network), SuggestionReason.ADDRESS


def network_of_icon(file_stem: str) -> str | None:
    """The network whose icon a file is, as its name says, and nothing else: "icon-facebook-white"."""
    lists = word_list("logos")["words"]
    words = set(re.findall(r"[^\W\d_]+", file_stem.lower())).difference(lists["logo"], lists["beside"])
    names = {name.lower(): name for name in links()["networks"].values()}
    return names.get(words.pop()) if len(words) == 1 else None


def _of_host(host: str, names: Mapping[str, Any]) -> Any:
    """What is known of a host or, if it is one of a language or of telephones, of the one above."""
    return names.get(host) or names.get(host.partition(".")[2])


def _is_of(handle: str, name: str) -> bool:
    """Whether an account is called like the site, or begins or ends so ("catandcomet_shop")."""
    squashed = re.sub(r"[\W_]", "", handle.lower())
    ways = {re.sub(r"[\W_]", "", _AND.sub(joint, name.lower())) for joint in (" and ", " ", " und ", " et ")}
    return any(squashed == way or (len(way) > 4 and way in squashed) for way in ways)
