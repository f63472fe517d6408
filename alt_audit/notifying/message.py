"""What is said: a subject, a text and a page, made of what changed. Pure.

Texts and addresses of the site are those of strangers. The text goes to chats that call everybody on `@everyone` and
make links of `[text](address)`, so what they act on is replaced by what looks like it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from core.text import counted, shorten, shown_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from jinja2 import Environment

MAX_TEXT = 80  # characters of an alt text
MAX_REASON = 400
MAX_ADDRESS = 300
MAX_NAMES = 3  # of sites, in a subject
_INERT = str.maketrans({"@": "(at)"} | dict(zip("<>`*[]~|", "‹›'∗()-¦", strict=True)))
_SAFE = "/:?#=&;,+!$%-._~()'"  # of an address; the rest is written in numbers


@dataclass(frozen=True, slots=True)
class Example:
    """One change, as it may be shown; made by `example`."""

    image: str
    page: str
    pages: int
    texts: str = ""  # what the text was, and is


@dataclass(frozen=True, slots=True)
class Group:
    """Changes of one kind."""

    images: int = 0
    places: int = 0
    examples: tuple[Example, ...] = ()

    @property
    def more(self) -> int:
        """Images that are not among the examples, at least."""
        return max(self.images - len(self.examples), 0)


@dataclass(frozen=True, slots=True)
class SiteNews:
    """What there is to tell of one site."""

    site: str
    since: datetime | None = None  # the crawl that it is compared with
    broken: str | None = None  # why the run failed
    recovered: bool = False
    warnings: tuple[str, ...] = ()
    new: Group = Group()
    regressed: Group = Group()
    fixed: Group = Group()
    live: int = 0  # decided texts that are on the site now
    lost: int = 0  # and that are there no more
    report: str | None = None  # its address

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to tell."""
        changed = self.new.images or self.regressed.images or self.fixed.images or self.live or self.lost
        return not (self.broken is not None or self.recovered or self.warnings or changed)

    @property
    def headline(self) -> str:
        """All of it in a few words."""
        parts = [
            "crawl broken" if self.broken is not None else "",
            "crawl well again" if self.recovered else "",
            f"{counted(self.new.images, 'new image')} without alt text" if self.new.images else "",
            f"{counted(self.regressed.images or self.lost, 'text')} regressed"
            if self.regressed.images or self.lost
            else "",
            f"{counted(self.fixed.images or self.live, 'fix', 'fixes')} live" if self.fixed.images or self.live else "",
            "a warning" if self.warnings else "",
        ]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: `text` to services that show text, `html` to those that show pages."""

    title: str
    text: str
    html: str


def example(image: str | None, page: str, pages: int, texts: str = "") -> Example:
    """An example of what the site says, made harmless."""
    return Example(address(image or "a picture without an address"), address(page), pages, texts)


def harmless(text: str, limit: int = MAX_TEXT) -> str:
    """A text of strangers: short, one line, and nothing in it that a terminal, a page or a chat acts on."""
    cut = shorten(text, limit)
    return (cut + "..." if len(cut) < len(shown_line(text)) else cut).translate(_INERT)


def quoted(alt: str | None) -> str:
    """An alt text for people."""
    return "no alt" if alt is None else f'"{harmless(alt).replace("://", ": //")}"'


def address(url: str) -> str:
    """An address of strangers, in the letters of addresses alone."""
    return quote(shorten(url, MAX_ADDRESS), safe=_SAFE) if "://" in url else harmless(url)


def compose(news: Sequence[SiteNews]) -> Message:
    """The message about these sites, at least one, none of them quiet."""
    first, names = news[0], ", ".join(one.site for one in news[:MAX_NAMES])
    more = f" and {len(news) - MAX_NAMES} more" if len(news) > MAX_NAMES else ""
    title = f"{first.site}: {first.headline}" if len(news) == 1 else f"News of {len(news)} sites: {names}{more}"
    return _rendered(title, news=news)


def trial(name: str) -> Message:
    """A message that says that messages arrive."""
    return _rendered("alt-audit: a test", trial=name)


def _rendered(title: str, *, news: Sequence[SiteNews] = (), trial: str | None = None) -> Message:
    names: dict[str, Any] = {"title": title, "news": news, "trial": trial}
    text = _environment(escape=False).get_template("message.txt").render(names)
    page = _environment(escape=True).get_template("message.html").render(names)
    return Message(harmless(title, 150), text.strip() + "\n", page)


@cache
def _environment(*, escape: bool) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("alt_audit.notifying"),
        autoescape=escape,  # noqa: S701 - of the text: it is no markup
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["counted"] = counted
    made.filters["harmless"] = harmless
    made.filters["reason"] = lambda text: harmless(text, MAX_REASON)
    return made
