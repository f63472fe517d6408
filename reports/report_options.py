"""The settings of the report, a section of the configuration."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core.sheets.formats import Separator
from reports.ignore_entry import IgnoreEntry
from reports.summary.words import Language


class ReportOptions(BaseModel):
    """What the report shows. The CSV files always hold every row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows_per_page: int = Field(
        default=200, ge=1, le=2000, description="Rows on one HTML page; more rows go to further pages."
    )
    examples: int = Field(
        default=20,
        ge=0,
        le=1000,
        description="Failed images, and pages that were not read, named in the HTML report; "
        "failures.csv names them all.",
    )
    workbook_thumbnails: int = Field(
        default=2000,
        ge=0,
        le=50_000,
        description="Rows of editors.xlsx that show their picture, the first ones; at most 96 pixels, some 3 kB each.",
    )
    csv_separator: Separator = Field(
        default=Separator.COMMA,
        description="Between the cells of the CSV files for people: , or ; for the Excel of a country that writes 1,5.",
    )
    ignore: tuple[IgnoreEntry, ...] = Field(
        default=(), description="What is not to be asked for: a rule, image, page or row, each with a reason."
    )
    brand: str = Field(default="", max_length=100, description="Who sends the summary: named on it.")
    logo: Path | None = Field(default=None, description="A picture on this machine for the summary; it is put into it.")
    title: str = Field(default="", max_length=120, description='Of the summary; "": one of ours.')
    language: Language = Field(default=Language.ENGLISH, description="Of the summary: en, de, fr or es.")
    keep: bool = Field(
        default=False, description="Keep the report that stands in the folder, in previous/ below it, named by its day."
    )
    public_url: str | None = Field(
        default=None,
        description="Address under which people read the report, for messages; {site} stands for its folder.",
    )
    files: tuple[str, ...] = Field(
        default=(),
        description="Files that are written only where they are asked for: pages, places, jsonl, sarif, issues, trend.",
    )

    @field_validator("logo")
    @classmethod
    def _usable(cls, path: Path | None) -> Path | None:
        if path is not None:
            from reports.summary.logo import logo_url

            logo_url(path)  # a slip is not to cost a crawl
        return path

    @field_validator("public_url")
    @classmethod
    def _is_address(cls, url: str | None) -> str | None:
        if url is not None:
            parts = urlsplit(url)
            if (
                parts.scheme not in {"http", "https"}
                or not parts.hostname
                or "@" in parts.netloc
                or not url.isprintable()
            ):
                raise ValueError("is no address such as https://reports.example.org/{site}/ (without a login)")
        return url

    @field_validator("files")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if names:
            from reports.registry import all_writers

            known = [writer.name for writer in all_writers() if writer.extra]
            for name in names:
                if name not in known:
                    near = get_close_matches(name, known, n=1, cutoff=0.5)
                    hint = (
                        f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}; the others always come."
                    )
                    raise ValueError(f"there is no file {name!r} to ask for. {hint}")
        return names
