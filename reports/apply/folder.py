"""A folder of pages: which file makes which page, and changing files so that each is whole at every moment."""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from bs4.dammit import EncodingDetector

from core.errors import UsageError
from reports.apply.edits import Plan, Reason, edited
from reports.apply.html_source import plan_page
from reports.apply.markdown_source import name_of, plan_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from store.decided_places import DecidedPlace

HTML = (".html", ".htm", ".xhtml", ".shtml")
MARKDOWN = (".md", ".markdown", ".mdx")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")  # as git tells lines; Python knows more ends of lines
MAX_BYTES = 20_000_000  # of a file: what is larger is no page that a person wrote
_OURS = re.compile(r"node_modules|\..+")  # folders that hold no pages of the site


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it is, and its encoding."""

    path: Path
    content: bytes
    encoding: str

    @property
    def text(self) -> str:
        """As a text in which no line end is changed."""
        return self.content.decode(self.encoding)


@dataclass(frozen=True, slots=True)
class Change:
    """A file, and what it is to hold."""

    file: SourceFile
    text: str
    texts: int  # alt texts that are put in

    def diff(self, folder: Path) -> str:
        """A patch for `git apply` in the folder."""
        name = self.file.path.relative_to(folder).as_posix()
        before, after = (_LINE.findall(text) for text in (self.file.text, self.text))
        lines = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}")
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

    def encoded(self, text: str) -> bytes:
        """A text in the encoding of the file, with a reference for what that has no letter for."""
        return text.encode(self.file.encoding, "xmlcharrefreplace")

    def write(self) -> None:
        """Put the new content in the place of the old, whole or not at all."""
        path = self.file.path
        content = self.encoded(self.text)
        handle, aside = tempfile.mkstemp(prefix=".unfinished-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(aside).chmod(path.stat().st_mode & 0o7777)
            Path(aside).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(aside).unlink()
            raise


@dataclass(slots=True)
class Applied:
    """What is to be done in a folder, and what is not."""

    changes: list[Change] = field(default_factory=list)
    there: int = 0  # texts that stand in their files already
    refused: list[tuple[Reason, str, str]] = field(default_factory=list)  # with file or page, and image

    @property
    def texts(self) -> int:
        """Alt texts that are put in."""
        return sum(change.texts for change in self.changes)

    def add(self, file: SourceFile, text: str, plan: Plan) -> None:
        """Take in what is to be done in one file."""
        self.there += plan.there
        self.refused += [(reason, str(file.path), image) for reason, image in plan.refused]
        if plan.edits:
            self.changes.append(Change(file, edited(text, plan.edits), plan.texts))


def plan_folder(folder: Path, root: str, pages: Iterable[tuple[str, list[DecidedPlace]]]) -> Applied:
    """What is to be done in `folder`, which is served at the path `root`, for these pages and their places.

    Raises UsageError where it is no folder. Nothing is written, and no link out of the folder is followed.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: name the one that holds the site's HTML or Markdown files.")
    found = Applied()
    markdown = {_stem(path.relative_to(folder).as_posix()): path for path in _files(folder, MARKDOWN)}
    wanted: defaultdict[str, list[DecidedPlace]] = defaultdict(list)
    made_by: dict[Path, list[DecidedPlace]] = {}
    for url, places in pages:
        relative = _relative(url, root)
        path = _html_file(folder, relative) if relative is not None else None
        if path is not None:
            file = _read(path, found)
            if file is not None:
                text = file.text
                found.add(file, text, plan_page(text, places))
            continue
        for place in places:
            wanted[name_of(place.image_url or "")].append(place)
        source = markdown.get(_stem(relative)) if relative is not None else None
        if source is not None:
            made_by[source] = places
        elif not markdown:
            lacking = [place for place in places if place.text is not None and place.text != place.alt]
            found.refused += [(Reason.NO_FILE, url, place.image_url or "") for place in lacking]
    for path in markdown.values() if wanted else ():
        file = _read(path, found)
        if file is not None:
            text = file.text
            found.add(file, text, plan_markdown(text, _by_name(made_by[path]) if path in made_by else wanted))
    return found


def _by_name(places: Iterable[DecidedPlace]) -> dict[str, list[DecidedPlace]]:
    named: defaultdict[str, list[DecidedPlace]] = defaultdict(list)
    for place in places:
        named[name_of(place.image_url or "")].append(place)
    return named


def _files(folder: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    for directory, below, names in os.walk(folder):
        below[:] = sorted(name for name in below if not _OURS.fullmatch(name))
        for name in sorted(names):
            path = Path(directory, name)
            if name.lower().endswith(endings) and not path.is_symlink():
                yield path


def _relative(url: str, root: str) -> str | None:
    """The path of a page below the folder; None for one that lies elsewhere on the site."""
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        return None
    prefix = root.strip("/")
    path = path.lstrip("/")
    if prefix and path != prefix and not path.startswith(f"{prefix}/"):
        return None
    return path[len(prefix) :].lstrip("/")


def _html_file(folder: Path, relative: str) -> Path | None:
    """The file of a page: itself, with an ending, or the index of a folder; None where there is none."""
    names = [relative] if relative.lower().endswith(HTML) else []
    bare = relative.rstrip("/")
    names += [f"{bare}/index{ending}".lstrip("/") for ending in HTML[:2]]
    names += [f"{bare}{ending}" for ending in HTML[:2]] if bare else []
    for name in names:
        with suppress(OSError, ValueError):  # a name that no file can have
            path = folder / name
            if path.is_file() and path.resolve().is_relative_to(folder):
                return path
    return None


def _stem(relative: str) -> str:
    """What the address of a page and the path of its Markdown source have in common."""
    stem = re.sub(r"\.\w+\Z", "", relative.strip("/")).lower()
    return re.sub(r"(?:\A|/)(?:index|_index|readme)\Z", "", stem)


def _read(path: Path, found: Applied) -> SourceFile | None:
    """A file as it is; None, and noted, where no encoding is known that it is in."""
    if path.stat().st_size <= MAX_BYTES:
        content = path.read_bytes()
        declared = EncodingDetector.find_declared_encoding(content, is_html=True)
        for encoding in ("utf-8", *([declared] if declared else [])):
            with suppress(UnicodeDecodeError, LookupError):
                content.decode(encoding)
                return SourceFile(path, content, encoding)
    found.refused.append((Reason.UNREADABLE, str(path), ""))
    return None
