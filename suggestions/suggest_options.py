"""Settings of the stage of suggestions; config.yaml explains each."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator


class SuggestOptions(BaseModel):
    """How drafts are made, and what confirms them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verify: str | None = Field(
        None, min_length=1, description="Hugging Face id or folder of a model that compares texts with pictures."
    )
    translate: list[str] = Field([], description="Models that put English captions into the languages of pages.")
    tags: str = Field("", description="Hugging Face id or folder of a model that writes keywords of a text; '': none.")

    @field_validator("translate", mode="before")
    @classmethod
    def _as_list(cls, models: object) -> object:
        return [models] if isinstance(models, str) else models
