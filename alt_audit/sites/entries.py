"""sites.yaml, or a table with a site in each row, as plans that are not checked yet, each with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import yaml

from alt_audit.config import known_keys
from alt_audit.sites.plan import SiteSettings, put_setting
from core.errors import UsageError
from crawler.inputs.tables import tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 20_000_000
_YAML = frozenset({".yaml", ".yml", ".json"})
_PLAIN = ("name", "urls", "list", "brand", "words", "language", "notify", "cron", "timezone", "max_hours", "paused")
_COLUMNS = {name: name for name in _PLAIN}
_COLUMNS |= {"url": "urls", "site": "name", "time zone": "timezone", "time_zone": "timezone", "max hours": "max_hours"}
_SEVERAL = {"urls": re.compile(r"\s+"), "words": re.compile(r"\s*[,;]\s*"), "notify": re.compile(r"\s*[,;]\s*")}
_TRUTHS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Entry:
    """A site in a file, as it stands there."""

    line: int  # from 1
    data: Any  # a mapping, if it is as it should be
    fault: str | None = None  # why it cannot even be read

    @property
    def name(self) -> str | None:
        """Its name, where it has one."""
        name = self.data.get("name") if isinstance(self.data, dict) else None
        return name.strip() if isinstance(name, str) else None


def read_entries(path: Path) -> list[Entry]:
    """The sites of a file, in its order. Raises UsageError for a file that is of no use at all."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path} has more than {MAX_BYTES:,} bytes: that is no list of sites")
        entries = list(_of_yaml(path) if path.suffix.lower() in _YAML else _of_table(path))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}") from None
    if not entries:
        raise UsageError(f"{path} names no site")
    return [_from_folder(entry, path.parent) for entry in entries]


def _from_folder(entry: Entry, folder: Path) -> Entry:
    """The entry with its list beside the file, not beside whoever reads it."""
    pages = entry.data.get("list") if isinstance(entry.data, dict) else None
    if not isinstance(pages, str) or "://" in pages or not pages:
        return entry
    return Entry(entry.line, entry.data | {"list": str((folder / pages).resolve())}, entry.fault)


def _of_yaml(path: Path) -> Iterator[Entry]:
    loader = yaml.SafeLoader(path.read_text("utf-8-sig"))
    try:
        root = loader.get_single_node()
        nodes = root.value if isinstance(root, yaml.SequenceNode) else _under_sites(path, root)
        for node in nodes:
            line = node.start_mark.line + 1
            try:
                yield Entry(line, loader.construct_document(node))
            except (yaml.YAMLError, ValueError, RecursionError) as error:  # a date that is none, a tag, a circle
                yield Entry(line, None, f"cannot be read: {getattr(error, 'problem', None) or error}")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        hint = "; put a cron expression in quotation marks" if "alias" in (error.context or "") else ""
        raise UsageError(f"{path}, line {line}: no valid YAML: {error.problem}{hint}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"{path} is no valid YAML: {error}") from None
    finally:
        loader.dispose()


def _under_sites(path: Path, root: yaml.Node | None) -> list[yaml.Node]:
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    found = [value for key, value in pairs if key.value == "sites" and isinstance(value, yaml.SequenceNode)]
    others = [key for key, _ in pairs if key.value != "sites"]
    if len(found) != 1 or others:
        unknown = f", line {others[0].start_mark.line + 1}: unknown key {others[0].value!r}" if others else ""
        raise UsageError(f"{path}{unknown}: such a file has one key, sites, with a list of sites below it")
    return list(found[0].value)


def _of_table(path: Path) -> Iterator[Entry]:
    for table in tables(path):
        rows = table.rows()
        header = [cell.strip().lower() for cell in next(rows, (0, [""]))[1]]
        names = [_COLUMNS.get(cell, cell) for cell in header]
        if "name" in names and ("urls" in names or "list" in names):
            _refuse_unknown(path, header)
            for row in rows:
                yield _of_row(row.number, names, row.cells)
            return
    raise UsageError(f"{path} has no columns name and url: its first row is to name them (or save it as .yaml)")


def _refuse_unknown(path: Path, header: list[str]) -> None:
    known = [*_COLUMNS, *known_keys(SiteSettings)]
    for cell in header:
        if cell and cell not in known:
            near = get_close_matches(cell, known, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(_COLUMNS)} and keys of config.yaml."
            raise UsageError(f"{path}: unknown column {cell!r}. {hint}")


def _of_row(line: int, names: list[str], cells: list[str]) -> Entry:
    data: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=False):
        cell = cell.strip()
        if not cell or not name:
            continue
        if "." in name:
            put_setting(data, f"{name}={cell}")
        elif name in _SEVERAL:
            data[name] = _SEVERAL[name].split(cell)
        else:
            data[name] = _TRUTHS.get(cell.lower(), cell) if name == "paused" else cell
    return Entry(line, data)
