"""One line of `report.ignore`: what the report is not to ask for, and why."""

from __future__ import annotations

from difflib import get_close_matches

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class IgnoreEntry(BaseModel):
    """All that is given must fit. Addresses may hold * for anything; rules are ids, rows those of rows.csv."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field(min_length=1, max_length=300)
    rule: str | None = None
    image: str | None = None
    page: str | None = None
    row: str | None = None
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")  # of the picture: another one comes back

    @model_validator(mode="after")
    def _says_what(self) -> IgnoreEntry:
        if not (self.rule or self.image or self.page or self.row):
            raise ValueError("an entry names a rule, an image, a page or a row (or several), or it would ignore all")
        if self.sha256 is not None and not (self.image or self.row):
            raise ValueError("sha256 is that of one picture: give its image or row, too")
        return self

    @field_validator("rule")
    @classmethod
    def _is_one(cls, rule: str | None) -> str | None:
        if rule is not None:
            from rules.judge import all_rules

            known = [one.id for one in all_rules()]
            if rule not in known:
                near = get_close_matches(rule, known, n=1, cutoff=0.5)
                hint = f"Did you mean {near[0]!r}?" if near else "docs/rules.md lists them all."
                raise ValueError(f"there is no rule {rule!r}. {hint}")
        return rule
