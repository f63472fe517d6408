"""Settings of the rules; config.yaml explains each."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

# Characters. No standard sets a number: these are the limits that known checkers and content systems use.
LENGTH_PROFILES = {
    "default": 125,  # the advice of most guides; older screen readers cut there
    "screaming-frog": 100,
    "wp-accessibility": 140,
    "aert": 150,  # also IBM Equal Access
    "squarespace-product": 200,
    "sa11y": 250,  # also Squarespace's image blocks
    "equalize": 300,
    "mgifford": 500,
    "shopify": 512,
}
MAX_ALT_CHARS = LENGTH_PROFILES["default"]


class RuleOptions(BaseModel):
    """Which rules are heeded, and how strictly."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    length_profile: Literal[
        "default", "screaming-frog", "wp-accessibility", "aert", "squarespace-product", "sa11y", "equalize",
        "mgifford", "shopify",
    ] = Field("default", description="Whose limit too-long goes by: default is 125 characters.")  # fmt: skip
    max_alt_chars: PositiveInt | None = Field(None, description="A limit of your own; null: the profile's.")
    disable: list[str] = Field([], description="Ids of rules that are not heeded; docs/rules.md lists them.")

    @property
    def alt_limit(self) -> int:
        """Characters that an alt text may have."""
        return self.max_alt_chars or LENGTH_PROFILES[self.length_profile]
