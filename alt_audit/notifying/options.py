"""The settings of messages, a section of the configuration."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, field_validator

from alt_audit.notifying.addresses import check_address


class News(StrEnum):
    """What people are told of."""

    NEW = "new"  # images without a usable text that were not there before
    REGRESSED = "regressed"  # places that were fine and need a text now; decided texts that are gone again
    LIVE = "live"  # places that needed a text and have one now; decided texts that are there now
    BROKEN = "broken"  # the run failed
    RECOVERED = "recovered"  # and is well again
    WARNING = "warning"  # ten times the images, start pages that could not be read, ...


class Digest(StrEnum):
    """How often a destination is told what changed."""

    EACH = "each"  # a message for each run of a site that has news
    DAILY = "daily"  # one for all sites together
    WEEKLY = "weekly"

    @property
    def wait(self) -> timedelta:
        """How long after a message the next one may come; an hour less, so that runs of one hour do not slip a day."""
        days = {Digest.EACH: 0, Digest.DAILY: 1, Digest.WEEKLY: 7}[self]
        return max(timedelta(days=days) - timedelta(hours=1), timedelta(0))


class NotifyOptions(BaseModel):
    """Who is told what."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    destinations: dict[str, str] = Field(
        {}, description="Addresses of Apprise by name; their secrets are ${VARIABLES} of the environment."
    )
    events: tuple[News, ...] = Field(tuple(News), description="What they are told of.")
    threshold: int = Field(1, ge=1, description="Fewer new images than that are no news by themselves; they add up.")
    digest: Digest = Field(Digest.EACH, description="each run, daily or weekly; what breaks is told at once.")

    @field_validator("destinations")
    @classmethod
    def _hold_no_secret(cls, destinations: dict[str, str]) -> dict[str, str]:
        for name, address in destinations.items():
            check_address(name, address)
        return destinations
