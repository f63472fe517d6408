"""The settings of the report, a section of the configuration."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


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
