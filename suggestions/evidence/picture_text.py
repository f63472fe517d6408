"""What text in a picture says of it: the title of a dialog, the label of a button, the words of a banner. Pure.

Programs read pictures badly, and pictures may hold anything: a whole page, an order to a model, a swear word. So what
is read is a witness at most, but for these three, each of which stands where nothing else does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from core.languages import UNDETERMINED
from core.text import collapse, comparable
from rules.text.scripts import scripts_of
from suggestions.word_lists import word_list

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

READERS = ("trocr", "ocr", "tesseract")  # analysers; the first that knows the script is heard
MAX_LINES = 40
_MAX_CHARS = 200  # of a line
_MARK = re.compile(r"[^\W\d_]")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LETTERS_OF_A_TEXT = 0.6  # share of a line's characters but spaces; less is a number, a code or noise
_CODE = re.compile(r"[\\=<>{}~|@^$]|\w_\w|/[^/]*/|\d{3,}|\.\w{2,4}$|[a-z]\d|\d[a-z]|[a-z][A-Z]{2}|^\W{2}")
_PARTS = re.compile(r"\w[:：]\w")  # of something that was made in the program: "Assets:Bank"
_DASH = re.compile(r" [-–—] ?|[-–—] ")
_MNEMONIC = re.compile(r"\s*[(（]_?\w[)）]|&(?=\w)")
_NTH = re.compile(r"\s*<\d{1,2}>?$")  # of several windows alike
_CORNERS = re.compile(r"^(?:[xXoOQ]\s+)+|(?:\s+[xXoOQ])+$")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_MOST_TITLE_WORDS = 7
_MOST_LABEL_WORDS = 5
_MOST_BANNER_WORDS = 10
_SURE_LABEL = 0.9


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line of text in a picture, in pixels."""

    text: str
    left: int
    top: int
    right: int
    bottom: int
    score: float  # how sure the reader is

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class PictureText:
    """Some of the text in a picture, from top to bottom."""

    width: int
    height: int
    found: int  # lines in it; only some are read
    lines: tuple[ReadLine, ...]
    scripts: frozenset[str]  # that the reader knows: what it makes of others is no text

    @property
    def words(self) -> str:
        """All that was read."""
        return " . ".join(line.text for line in self.lines)


def picture_text(data: Mapping[str, Any] | None, language: str) -> PictureText | None:
    """What a reader said; None where there is nothing, or where the page is in letters that it cannot read."""
    if data is None or "lines" not in data:  # not asked: a photograph
        return None
    scripts = frozenset(map(str, data["scripts"]))
    expected = scripts_of(language) if language != UNDETERMINED else None
    if expected is not None and scripts.isdisjoint(expected):
        return None
    width, height = data["size"]
    lines = tuple(
        ReadLine(collapse(line["text"])[:_MAX_CHARS], left, top, right, bottom, line["score"])
        for line in data["lines"][:MAX_LINES]
        for left, top, right, bottom in [line["box"]]
    )
    return PictureText(width, height, data["found"], lines, scripts) if lines else None


def is_unreadable(analyses: Mapping[str, Mapping[str, Any]], language: str) -> bool:
    """Whether there is text in a picture, and no reader that was asked knows the letters of the page's language."""
    read = [data for reader in READERS if (data := analyses.get(reader)) is not None and data.get("lines")]
    return bool(read) and all(picture_text(data, language) is None for data in read)


def dialog_title(read: PictureText) -> str | None:
    """The title of a dialog, where the picture is surely one.

    It stands alone in the topmost row; a button that closes the dialog is in the lower 40 %, and no row of menus above.
    """
    texts = [line for line in read.lines if _is_word(line.text)]
    if read.width < 120 or read.height < 80 or len(texts) < 3:
        return None
    first = texts[0]
    in_row = [line for line in texts if line.middle < first.bottom]
    if len(in_row) > 1 or first.middle > max(0.15 * read.height, 40) or first.height > 0.2 * read.height:
        return None
    if not any(line.middle > 0.6 * read.height and _buttons_in(line.text, _words("closing")) for line in read.lines):
        return None
    above = " ".join(line.text for line in texts if line.middle < 0.3 * read.height)
    if sum(word in _words("menus") for word in _tokens(above)) >= 3:
        return None
    title = _without_marks(_without_program(first.text))
    if not is_language(title) or len(title.split()) > _MOST_TITLE_WORDS or _PARTS.search(title):
        return None
    said_by_any = _words("closing") | _words("buttons") | _words("menus") | _words("titles")
    return None if comparable(title) in said_by_any else title


def titles_of_several(said: Iterable[tuple[int, Mapping[str, Any]]]) -> frozenset[str]:
    """Titles of dialogs, as `core.text.comparable` has them, that two pictures or more show."""
    pictures: dict[str, set[int]] = {}
    for picture, data in said:
        read = picture_text(data, UNDETERMINED)
        title = dialog_title(read) if read is not None else None
        if title is not None:
            pictures.setdefault(comparable(title), set()).add(picture)
    return frozenset(title for title, some in pictures.items() if len(some) > 1)


def without_more(titles: Collection[str]) -> list[str]:
    """Of the texts made of a dialog's title, those that another says more than: "Setup dialog, Net classes"."""
    return [text for text in titles if any(other.startswith(f"{text}, ") for other in titles)]


def label(read: PictureText) -> str | None:
    """The label of a picture that is a button: small, and one short text."""
    if read.found != 1 or len(read.lines) != 1 or read.height > 80 or read.width > 420:
        return None
    line = read.lines[0]
    if read.width < 48 or read.height < 18 or read.width < 1.3 * read.height:  # a formula within a sentence
        return None
    if line.height < 0.25 * read.height or line.score < _SURE_LABEL:
        return None
    if abs(line.left - (read.width - line.right)) > 0.15 * read.width:  # of a list, or beside a box that is ticked
        return None
    text = _without_marks(line.text)
    return text if is_language(text) and len(text.split()) <= _MOST_LABEL_WORDS else None


def banner(read: PictureText) -> str | None:
    """The words of a wide picture that has a few large ones and nothing else."""
    lines = read.lines
    if read.found > 4 or len(lines) > 3 or read.height < 60 or read.width < max(300, 2 * read.height):
        return None
    if any(line.height < max(22, 0.1 * read.height) or line.score < _SURE_LABEL for line in lines):
        return None
    if any(second.middle < first.bottom for first, second in pairwise(lines)):  # beside each other: a tool bar
        return None
    text = collapse(" ".join(_EDGES.sub("", line.text) if len(lines) == 1 else line.text for line in lines))
    return text if is_language(text) and 2 <= len(text.split()) <= _MOST_BANNER_WORDS else None


def is_language(text: str) -> bool:
    """Whether a text that was read may be words of people: letters for the most part, and no code, path or number."""
    packed = text.replace(" ", "")
    found = len(_MARK.findall(packed))
    if found < (2 if _UNSPACED.search(text) else 3) or found < _LETTERS_OF_A_TEXT * len(packed):
        return False
    return _CODE.search(text) is None and any(_is_word(word) for word in text.split())


def _is_word(text: str) -> bool:
    """Whether there is more to a line than the marks in the corner of a window, which are read as letters."""
    return len(_MARK.findall(text)) > 2 or len(_UNSPACED.findall(text)) > 1


def _without_marks(text: str) -> str:
    """A title without icons and corners that were read as single letters or marks."""
    bare = _EDGES.sub("", _MNEMONIC.sub("", _NTH.sub("", text)))
    return _EDGES.sub("", _CORNERS.sub("", bare))


def _without_program(title: str) -> str:
    """A window's title without the name of its program, or of what it is open with, behind a dash."""
    first = _DASH.split(title, maxsplit=1)[0]
    return first if is_language(first) else title


def _buttons_in(text: str, wanted: frozenset[str]) -> bool:
    """Whether a line is one of these buttons, its icon read along, or a row of buttons in which there is one."""
    words = _tokens(_MNEMONIC.sub("", text))
    return len(words) <= 4 and any(word in wanted for word in words)


def _tokens(text: str) -> list[str]:
    return [comparable(word) for word in _MNEMONIC.sub("", text).split()]


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(comparable(word) for words in word_list("picture_text")[name].values() for word in words)
