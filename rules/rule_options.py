"""Settings of the rules; config.yaml explains each."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, PositiveInt


class LengthProfile(StrEnum):
    """Whose limit too-long goes by. No standard sets a number; known checkers and content systems have these."""

    limit: int  # characters

    def __new__(cls, name: str, limit: int) -> LengthProfile:
        member = str.__new__(cls, name)
        member._value_ = name
        member.limit = limit
        return member

    DEFAULT = "default", 125  # the advice of most guides; older screen readers cut there
    SCREAMING_FROG = "screaming-frog", 100
    WP_ACCESSIBILITY = "wp-accessibility", 140
    AERT = "aert", 150  # also IBM Equal Access
    SQUARESPACE_PRODUCT = "squarespace-product", 200
    SA11Y = "sa11y", 250  # also Squarespace's image blocks
    EQUALIZE = "equalize", 300
    MGIFFORD = "mgifford", 500
    SHOPIFY = "shopify", 512


class CaptionUse(StrEnum):
    """What an alt text has to do with the caption of its figure. Guides differ, and teams follow one or another."""

    DISTINCT = "distinct"  # it says what the caption does not
    REPEAT = "repeat"  # it may say the same, and a draft does
    EMPTY = "empty"  # the caption is enough, and a draft is alt=""


MAX_ALT_CHARS = LengthProfile.DEFAULT.limit


class RuleOptions(BaseModel):
    """Which rules are heeded, and how strictly."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    length_profile: LengthProfile = Field(
        LengthProfile.DEFAULT, description="Whose limit too-long goes by: default is 125 characters."
    )
    max_alt_chars: PositiveInt | None = Field(None, description="A limit of your own; null: the profile's.")
    figure_caption: CaptionUse = Field(
        CaptionUse.DISTINCT,
        description="Alt text of a figure with a caption: distinct from it, repeat if it says the same, or empty.",
    )
    disable: tuple[str, ...] = Field((), description="Ids of rules that are not heeded; docs/rules.md lists them.")

    @property
    def alt_limit(self) -> int:
        """Characters that an alt text may have."""
        return self.max_alt_chars or self.length_profile.limit
