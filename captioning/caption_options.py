"""Settings of the captioning worker. Units are in the names; config.yaml explains each."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    field_validator,
)

from captioning.analysers.ocr.names import TROCR_MODEL
from captioning.analysers.registry import BACKENDS, DEFAULT
from core.net.address_guard import NetworkSetting
from core.net.credentials import AuthSetting, OriginSetting

MAX_THREADS = 16  # each has a decoding process of 40 MiB and more


class EndpointOptions(BaseModel):
    """An OpenAI-compatible server, for models named openai:MODEL."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field("https://api.openai.com/v1", description="Where the server is; also OPENAI_BASE_URL.")
    api_key: SecretStr | None = Field(None, description="Its key; also OPENAI_API_KEY.")
    max_tokens: PositiveInt = Field(300, description="Tokens of one answer, a model's thoughts included.")
    timeout_s: PositiveFloat = Field(60.0, description="Seconds for one answer.")
    retries: int = Field(4, ge=0, le=10, description="Further tries after a time-out, a 429 or a 5xx answer.")
    outage_s: float = Field(
        120.0,
        ge=0,
        description="Seconds that a server out of order is waited for before captioning ends; nothing fails.",
    )
    usd_per_million_input: NonNegativeFloat | None = Field(None, description="US dollars for a million tokens sent.")
    usd_per_million_output: NonNegativeFloat | None = Field(None, description="US dollars for a million answered.")


class CaptionOptions(BaseModel):
    """Which model looks at the pictures, and how they are fetched."""

    # Errors are printed, and one of the inputs is a secret.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    model: str = Field(
        "auto", min_length=1, description="auto, builtin, a Hugging Face id, a local folder or openai:MODEL."
    )
    analysers: list[str] = Field(list(DEFAULT), description="What else looks at each picture.")
    trocr: str = Field(TROCR_MODEL, min_length=1, description="The analyser trocr's: a Hugging Face id or a folder.")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:N or mps.")
    dtype: Literal["auto", "float32", "bfloat16", "float16", "int8"] = Field(
        "auto", description="auto, float32, bfloat16, float16 or, on a CPU, int8."
    )
    prompt: str | None = Field(None, min_length=1, description="Asked instead of what suits the model's family.")
    context: Literal["none", "place"] = Field(
        "none", description="What chat models are told beside the picture: nothing, or where it stands."
    )
    contexts: PositiveInt = Field(3, description="Questions about one picture in all its places, at most.")
    brand: str | None = Field(None, min_length=1, max_length=60, description="How the site's brand is spelt.")
    keywords: list[Annotated[str, Field(min_length=1, max_length=60)]] = Field(
        [], max_length=20, description="Words that are liked in texts where they say what the picture shows."
    )
    max_new_tokens: PositiveInt | None = Field(None, description="Tokens of a caption; default: the family's.")
    num_beams: int = Field(1, ge=1, le=16, description="Captions tried side by side by models on this machine.")
    compile: bool = Field(False, description="Have torch compile Hugging Face models first, which takes minutes.")
    batch_size: PositiveInt | None = Field(None, description="Pictures in one pass; default: what suits the device.")
    generate_timeout_s: PositiveFloat = Field(600.0, description="Seconds after which a model that is silent hangs.")
    fetch_concurrency: PositiveInt = Field(16, description="Downloads under way at once.")
    fetch_per_host: PositiveInt = Field(8, description="Downloads under way at once from one host.")
    prepare_threads: PositiveInt | None = Field(None, description="Threads that prepare pictures; default: by cores.")
    timeout_s: PositiveFloat = Field(30.0, description="Seconds for one download, from connect to the last byte.")
    retries: int = Field(2, ge=0, le=10, description="Further tries after a time-out, a 429 or a 5xx answer.")
    max_image_bytes: PositiveInt = Field(20_971_520, description="Larger files are not read, but recorded.")
    max_pixels: PositiveInt = Field(50_000_000, description="Larger pictures are not decoded, but recorded.")
    browser_draws: bool = Field(False, description="Chromium draws the SVG that the built-in rasteriser cannot.")
    chromium: Path | None = Field(
        None, description="The Chromium for browser_draws; default: Playwright's, or on PATH."
    )
    allow_private: list[NetworkSetting] = Field([], description="Networks, not public, that images may lie in.")
    insecure: bool = Field(False, description="Take any certificate of https servers.")
    left_to_workers: bool = Field(
        False, description="run and the schedule wait for what workers (caption --watch) caption, and do nothing of it."
    )
    lease_s: PositiveFloat = Field(300.0, description="Seconds after which a silent worker's images are taken over.")
    metrics_port: int | None = Field(None, ge=0, le=65_535, description="Port of GET /metrics for Prometheus.")
    metrics_host: str = Field("127.0.0.1", description="Address on which the metrics are served.")
    user_agent: str = Field("alt-audit/0.1", description="Sent with every image request.")
    auth: AuthSetting | None = Field(
        None, description="basic:USER:PASSWORD, header:NAME:VALUE or cookie:NAME=VALUE; default: that of the crawl."
    )
    auth_origin: list[OriginSetting] = Field(
        [], description="Where auth is sent (https://HOST or https://HOST:PORT); none: where that of the crawl is."
    )
    endpoint: EndpointOptions = EndpointOptions()

    @field_validator("analysers")
    @classmethod
    def _are_analysers(cls, names: list[str]) -> list[str]:
        for name in names:
            if name not in BACKENDS:
                raise ValueError(f"{name!r} is no analyser: {', '.join(BACKENDS)}")
        return names

    @field_validator("device")
    @classmethod
    def _is_device(cls, device: str) -> str:
        if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", device):
            raise ValueError(f"{device!r} is no device: auto, cpu, cuda, cuda:N or mps")
        return device

    @property
    def threads(self) -> int:
        """`prepare_threads`, or one for each CPU core that this process may use, MAX_THREADS at most."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return self.prepare_threads or min(cores, MAX_THREADS)
