"""Settings of the crawl. Units are in the names; config.yaml explains each."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    field_validator,
)

from core.net.address_guard import NetworkSetting
from core.net.credentials import AuthSetting, OriginSetting


class CrawlOptions(BaseModel):
    """How a site is crawled."""

    # Errors are printed, and one of the inputs is a secret.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    user_agent: str = Field("alt-audit/0.1", description="Sent with every request, and matched in robots.txt.")
    auth: AuthSetting | None = Field(None, description="basic:USER:PASSWORD, header:NAME:VALUE or cookie:NAME=VALUE.")
    auth_origin: list[OriginSetting] = Field(
        [], description="Where auth is sent (https://HOST or https://HOST:PORT); none: where the start URLs are."
    )
    insecure: bool = Field(False, description="Take any certificate of https servers, with auth, too.")
    obey_robots: bool = Field(True, description="Obey robots.txt (RFC 9309), meta robots and X-Robots-Tag.")
    sitemaps: bool = Field(True, description="Read the sitemaps that robots.txt names, or /sitemap.xml.")
    concurrency_per_host: PositiveInt = Field(8, description="Requests under way at once, for each host.")
    delay_s: NonNegativeFloat = Field(0.0, description="Seconds between two requests to a host, at least.")
    throttle: bool = Field(True, description="Slow down when the site answers slowly.")
    timeout_s: PositiveFloat = Field(30.0, description="Seconds for one page, from connect to the last byte.")
    retries: int = Field(2, ge=0, le=10, description="Further tries after a time-out, a 429 or a 5xx answer.")
    max_page_bytes: PositiveInt = Field(16_777_216, description="Larger pages are not read, but counted.")
    revalidate: bool = Field(True, description="Ask for known pages whether they changed before reading them again.")
    follow_actions: bool = Field(False, description="Follow links that do something: log out, add to cart, delete.")
    accept_loss: bool = Field(False, description="Believe a crawl that met far fewer pages than are known.")
    limit_pages: PositiveInt | None = Field(None, description="Stop after this many pages; null: no limit.")
    max_depth: int | None = Field(None, ge=0, description="Links followed from the start page; null: no limit.")
    subdomains: bool = Field(False, description="Read all hosts of the start URL's registered domain.")
    max_queries_per_path: PositiveInt | None = Field(
        2000, description="Query strings followed at one path; null: no limit."
    )
    allow_private: list[NetworkSetting] = Field([], description="Networks, not public, that pages may lie in.")
    include: list[str] = Field([], description="Regular expressions; a page's URL must match one. None: all.")
    exclude: list[str] = Field([], description="Regular expressions; pages whose URL matches one are left out.")
    batch_pages: PositiveInt = Field(50, description="Pages stored in one transaction; a kill loses one batch.")

    render: list[str] = Field([], description="Regular expressions; pages that match one are read through Chromium.")
    render_timeout_s: PositiveFloat = Field(30.0, description="Seconds for rendering one page, scrolling included.")
    chromium: Path | None = Field(None, description="The browser that renders; null: Playwright's own, or on PATH.")

    @field_validator("user_agent")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.strip() or not value.isprintable():
            raise ValueError("must be one line of text")
        return value

    @field_validator("include", "exclude", "render")
    @classmethod
    def _compiles(cls, patterns: list[str]) -> list[str]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        return patterns
