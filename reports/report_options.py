"""The settings of the report, a section of the configuration."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Separator(StrEnum):
    """What stands between the cells of a CSV file for people."""

    COMMA = ","
    SEMICOLON = ";"


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
