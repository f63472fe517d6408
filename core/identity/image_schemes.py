"""The table of image servers in image_schemes.toml: which parts of an address do not select the picture.

The head of that file says what its columns mean; this module reads, checks and applies them.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote, unquote_plus, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError, model_validator

if TYPE_CHECKING:
    from collections.abc import Mapping

_PARAMETER = re.compile(r"(?P<name>[a-z0-9_$-]+)(?:=(?P<value>.+))?", re.S)
_WRAPPED = re.compile(r"(?P<scheme>https?):(?P<slashes>/{1,2}|%2F(?:%2F)?)(?=[^/])", re.I)
_GROUP = re.compile(r"\\(?:g<)?([0-9]+)>?")


class Parameter(BaseModel):
    """A query parameter that a row speaks of; without a value, whatever its value is."""

    model_config = ConfigDict(frozen=True)
    name: str  # lower case
    value: re.Pattern[str] | None

    def matches(self, name: str, value: str) -> bool:
        return name == self.name and (self.value is None or self.value.fullmatch(value) is not None)


def _parameter(text: object) -> object:
    found = _PARAMETER.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("write a parameter as its name in lower case, or as name=regular expression")
    try:
        value = re.compile(found["value"], re.I) if found["value"] else None
    except re.error as error:
        raise ValueError(f"{found['value']} is no regular expression: {error}") from error
    return Parameter(name=found["name"], value=value)


Parameters = tuple[Annotated[Parameter, BeforeValidator(_parameter)], ...]


class ImageScheme(BaseModel):
    """One known way of asking for another form of the same picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    host: re.Pattern[str] | None = None  # None: any
    path: re.Pattern[str] | None = None
    contains: str = ""
    when: Parameters = ()
    unless: Parameters = ()
    unwrap: str | None = None
    rewrite: tuple[re.Pattern[str], str] | None = None
    drop: Parameters = ()

    @model_validator(mode="after")
    def _does_something_that_works(self) -> ImageScheme:
        if not (self.unwrap or self.rewrite or self.drop):
            raise ValueError("a row needs unwrap, rewrite or drop")
        if self.rewrite is not None:
            pattern, replacement = self.rewrite
            if any(int(group) > pattern.groups for group in _GROUP.findall(replacement)):
                raise ValueError(f"{replacement!r} names a group that the expression does not have")
        return self

    def reduce(self, url: str, path: str) -> str:
        """The address without what this row says does not matter; a reference to resolve where it held another."""
        if self.path is not None and not self.path.search(path):
            return url
        address, mark, query = url.partition("?")
        rewritten = address
        if self.rewrite is not None:
            pattern, replacement = self.rewrite
            rewritten = pattern.sub(replacement, address, count=1)
        if not mark and not self.when:
            return _unwrapped(rewritten) if rewritten != address else url
        parts = query.split("&") if query else []
        if self.when or self.unless or self.unwrap:
            named = [_decoded(part) for part in parts]
            if not all(any(wanted.matches(*pair) for pair in named) for wanted in self.when):
                return url
            if any(unwanted.matches(*pair) for pair in named for unwanted in self.unless):
                return url
            inner = next((value for name, value in named if name == self.unwrap), None)
            if inner:
                return inner
        if rewritten != address:
            address = _unwrapped(rewritten)
        if self.drop:
            parts = [part for part in parts if not self._drops(*_decoded(part))]
        if not parts:
            return address
        return f"{address}{'&' if '?' in address else '?'}{'&'.join(parts)}"

    def _drops(self, name: str, value: str) -> bool:
        return any(unwanted.matches(name, value) for unwanted in self.drop)


def _decoded(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return unquote_plus(name).lower(), unquote_plus(value)


def _unwrapped(address: str) -> str:
    """An address that stood in a path: percent-encoded there, or with a slash lost on the way."""
    found = _WRAPPED.match(address)
    if found is None or found["slashes"] == "//":
        return address
    rest = address[found.end() :]
    return f"{found['scheme']}://{unquote(rest) if '%' in found['slashes'] else rest}"


class ImageSize(BaseModel):
    """What one system puts into the names of the sizes that it makes, and people into names, too."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    path: re.Pattern[str]
    mark: re.Pattern[str]  # groups w and h: pixels


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")
    scheme: list[ImageScheme]
    size: list[ImageSize] = []


def read_table(raw: Mapping[str, Any]) -> tuple[ImageScheme, ...]:
    """The rows of a table as TOML gives them. Raises ValueError that names the row and what is wrong with it."""
    try:
        rows = TypeAdapter(_Table).validate_python(raw).scheme
    except ValidationError as error:
        raise ValueError(
            "; ".join(_explained(raw, detail["loc"], detail["msg"]) for detail in error.errors())
        ) from error
    names = [row.name for row in rows]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"more than one row is named {', '.join(twice)}")
    return tuple(rows)


def _explained(raw: Mapping[str, Any], place: tuple[int | str, ...], message: str) -> str:
    rows = raw.get("scheme")
    row = place[1] if len(place) > 1 else None
    if isinstance(rows, list) and isinstance(row, int) and isinstance(rows[row], dict):
        name = rows[row].get("name", "without a name")
        return f"row {row + 1} ({name}), {'.'.join(map(str, place[2:])) or 'as a whole'}: {message}"
    return f"{'.'.join(map(str, place))}: {message}"


@lru_cache(maxsize=1)
def table() -> Mapping[str, Any]:
    """The table that comes with the package, not looked at yet."""
    return tomllib.loads(files("core.identity").joinpath("image_schemes.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def image_schemes() -> tuple[ImageScheme, ...]:
    """The rows of the package's table."""
    return read_table(table())


@lru_cache(maxsize=1)
def image_sizes() -> tuple[ImageSize, ...]:
    """The rows on sizes of the package's table."""
    return tuple(TypeAdapter(list[ImageSize]).validate_python(table().get("size", [])))


@lru_cache(maxsize=1024)
def _schemes_of(host: str) -> tuple[ImageScheme, ...]:
    return tuple(scheme for scheme in image_schemes() if scheme.host is None or scheme.host.search(host))


def reduced(url: str) -> str:
    """The address after one pass of the table, up to the first row that finds another address in it.

    Expects a canonical address. What comes back may be a reference that is relative to `url`.
    """
    parts = urlsplit(url)
    path = parts.path
    for scheme in _schemes_of(parts.hostname or ""):
        if scheme.contains not in url or (scheme.rewrite is None and "?" not in url):
            continue
        changed = scheme.reduce(url, path)
        if changed == url:
            continue
        url = changed
        if not url.startswith(f"{parts.scheme}://{parts.netloc}/"):
            break
        path = urlsplit(url).path
    return url
