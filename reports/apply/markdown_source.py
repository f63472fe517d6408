"""Images in the source of a Markdown page, and their texts as pieces of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from reports.apply.edits import Edit, Plan, Reason
from reports.apply.html_source import image_tags, with_alt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from store.decided_places import DecidedPlace

_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
# Of an image with its address beside it (CommonMark 6.4); its text may hold escaped brackets, no other ones.
_IMAGE = re.compile(r"!\[(?P<alt>(?:[^\[\]\\\n]|\\.)*)\]\((?:<(?P<angled>[^<>\n]*)>|(?P<src>[^\s()<>]+))")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_TO_ESCAPE = re.compile(r"[\\\[\]`*_<>{}]")


def _lines(source: str) -> Iterator[tuple[int, str]]:
    """(start, line) of what is no code block."""
    fence, at = None, 0
    for line in source.splitlines(keepends=True):
        found = _FENCE.match(line)
        if fence is None and found is not None:
            fence = found[1]
        elif fence is not None:
            if found is not None and found[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = None
        else:
            yield at, line
        at += len(line)


def plan_markdown(source: str, wanted: Mapping[str, Sequence[DecidedPlace]]) -> Plan:
    """What is to be done in a Markdown file; `wanted` are places by the file name of their image.

    An image is the one whose address ends in the path that is written here. All its places on the site, or on the page
    that the file makes, are to have one text: a file does not say which of them it is.
    """
    plan = Plan()
    for at, line in _lines(source):
        code = [match.span() for match in _CODE.finditer(line)]
        images = [
            (match.start(), match["angled"] or match["src"] or "", _ESCAPED.sub(r"\1", match["alt"]), match)
            for match in _IMAGE.finditer(line)
        ]
        for start, src, alt, match in images:
            if not any(first <= start < last for first, last in code):
                text = _text(plan, src, alt, wanted)
                if text is not None:
                    new = _TO_ESCAPE.sub(r"\\\g<0>", " ".join(text.split()))
                    plan.edits.append(Edit(at + match.start("alt"), at + match.end("alt"), new))
        if "<img" not in line.lower():
            continue
        for tag in image_tags(line):
            if any(first <= tag.start < last for first, last in code):
                continue
            for src in sorted(tag.addresses):
                text = _text(plan, src, tag.alt, wanted)
                if text is not None:
                    edit = with_alt(tag, text)
                    plan.edits.append(Edit(at + edit.start, at + edit.end, edit.new))
                    break
    return plan


def name_of(address: str) -> str:
    """The name of the file that an address leads to."""
    return unquote(urlsplit(address).path).rpartition("/")[2]


def _may_be(src: str, image_url: str) -> bool:
    """Whether an address as written may be this image's: on its host, where one is written, and with its path's end."""
    written, image = urlsplit(src), urlsplit(image_url)
    path = "/" + unquote(written.path).lstrip("./")
    return written.netloc in {"", image.netloc} and unquote(image.path).endswith(path)


def _text(plan: Plan, src: str, alt: str | None, wanted: Mapping[str, Sequence[DecidedPlace]]) -> str | None:
    """The text that an image is to get; None where it gets none, which is noted where it should."""
    try:
        places = [
            place
            for place in wanted.get(name_of(src), ())
            if place.text is not None and _may_be(src, place.image_url or "")
        ]
    except ValueError:
        return None
    if not places:
        return None
    url = places[0].image_url or src
    if len({(place.image_url, place.text) for place in places}) > 1:
        plan.refused.append((Reason.AMBIGUOUS, url))
        return None
    text = places[0].text
    if (alt or "") == text:
        plan.there += 1
        return None
    if (alt or "") not in {place.alt or "" for place in places}:
        plan.refused.append((Reason.CHANGED, url))
        return None
    plan.texts += 1
    return text
