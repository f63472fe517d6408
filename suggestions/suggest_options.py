"""Settings of the stage of suggestions; config.yaml explains each."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class SuggestOptions(BaseModel):
    """How drafts are made, and what confirms them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verify: str | None = Field(
        None, min_length=1, description="Hugging Face id or folder of a model that compares texts with pictures."
    )
