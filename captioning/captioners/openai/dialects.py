"""How servers differ that speak the chat completions protocol: addresses, keys, and what their errors mean.

Pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit, urlunsplit

from core.net.retry_after import retry_after_s

if TYPE_CHECKING:
    from collections.abc import Mapping

_AZURE_HOSTS = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com", ".azure-api.net")
_DEPLOYMENT = "/openai/deployments/"
_AZURE_VERSION = "2024-10-21"  # the last of those with a date that Azure calls stable; /openai/v1 needs none
_FILTERED = frozenset(
    {"content_filter", "responsibleaipolicyviolation", "content_policy_violation", "moderation_blocked"}
)
# LM Studio and Ollama answer with 400 or 500 for a model that is not there any more: no fault of the picture.
_MODEL_GONE = re.compile(
    r"model (?:has )?(?:crashed|unloaded|is not loaded|was unloaded|not loaded)"
    r"|no models? (?:is |are )?(?:currently )?loaded|failed to load (?:the )?model|loading model"
    r"|model is (?:currently )?loading|llama runner process|engine (?:is )?dead|enginedead"
    r"|server (?:is )?(?:busy|overloaded|shutting down)|overloaded|upstream|out of memory|cuda error|channel error",
    re.I,
)
# In the words of OpenAI, OpenRouter, llama.cpp, vLLM, Ollama, Groq.
_BLIND = re.compile(
    r"(?:not|n['’]t) support (?:image|picture|vision|multimodal)s?(?: input| content)?s?\b(?! (?:format|type|of))"
    r"|image_url is only supported|image input is not supported|found that support image"
    r"|missing data required for image"
    r"|not a (?:multimodal|vision)[- ]?(?:language )?model|\bcontent\b['\" :]{0,6}(?:value )?must be a string",
    re.I,
)
_PER_DAY = re.compile(r"per[- _]?day|daily|per[- _]?month|monthly|\bRPD\b|\bTPD\b", re.I)
# "Please try again in 6m0s", of OpenAI and Groq; "Please retry in 34.07s", of Gemini.
_TRY_AGAIN_IN = re.compile(
    r"\b(?:try again|retry(?:ing)?|wait)\s(?:in|for|after)\s(?:(\d{1,4})\s?h(?:ours?)?\s?)?"
    r"(?:(\d{1,4})\s?m(?:in\w*)?(?!s)\s?)?"
    r"(?:(\d{1,9}(?:\.\d{1,9})?)\s?ms|(\d{1,6}(?:\.\d{1,12})?)\s?s(?:ec\w*)?\b)?",
    re.I | re.A,
)
_NUMBER = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)", re.A)
_WRONG_PATH = re.compile(r"unexpected endpoint or method", re.I)


def is_azure(base_url: str) -> bool:
    """Whether a base URL is of Azure OpenAI, or of a gateway that passes on to it."""
    parts = urlsplit(base_url)
    return (parts.hostname or "").endswith(_AZURE_HOSTS) or _DEPLOYMENT in f"{parts.path}/"


def is_api_version(query: str) -> bool:
    """Whether a query holds nothing but Azure's api-version."""
    return re.fullmatch(r"api-version=[\w.-]{1,40}", query) is not None


def service_url(base_url: str, service: str) -> str:
    """Where requests go. Azure's older form has the deployment in its path, and the version in the query."""
    parts = urlsplit(base_url)
    query = parts.query
    if not parse_qs(query) and _DEPLOYMENT in f"{parts.path}/":
        query = f"api-version={_AZURE_VERSION}"
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{service}", query=query))


def without_version(base_url: str) -> str:
    """The base URL as part of a caption's identity, which the version of a protocol is not."""
    return urlunsplit(urlsplit(base_url)._replace(query=""))


def key_headers(base_url: str, key: str | None) -> dict[str, str]:
    """The header that carries the key: Azure takes keys in one of its own, and tokens of Entra as bearers."""
    if key is None:
        return {}
    return {"api-key": key} if is_azure(base_url) and not key.startswith("ey") else {"Authorization": f"Bearer {key}"}


def is_filtered(code: str | None, message: str) -> bool:
    """Whether an error says that a filter kept the answer back, or the question."""
    return (code or "").lower() in _FILTERED or "content management policy" in message


def is_model_gone(message: str) -> bool:
    """Whether an error says that the server has no model running, whatever the status."""
    return _MODEL_GONE.search(message) is not None


def is_blind(message: str) -> bool:
    """Whether an error says that the model takes no pictures, whatever the status."""
    return _BLIND.search(message) is not None


def is_wrong_path(message: str) -> bool:
    """Whether LM Studio says that there is nothing at this address: it does so with status 200."""
    return _WRONG_PATH.search(message) is not None


def asked_wait_s(headers: Mapping[str, str], message: str) -> float | None:
    """The seconds that a server asks to be left alone: in Retry-After, in milliseconds, or in its words alone."""
    asked = retry_after_s(headers.get("Retry-After"))
    if asked is not None:
        return asked
    for name, unit_s in (("Retry-After", 1.0), ("retry-after-ms", 0.001)):  # parts of seconds, too
        if (number := _NUMBER.match(headers.get(name, ""))) is not None:
            return float(number[1]) * unit_s
    words = _TRY_AGAIN_IN.search(message)
    if words is None or not any(words.groups()):
        return None
    hours, minutes, milli, seconds = (float(number or 0) for number in words.groups())
    return hours * 3600 + minutes * 60 + seconds + milli / 1000


def lasts_long(message: str) -> bool:
    """Whether a limit is one that no pause of minutes gets over."""
    return _PER_DAY.search(message) is not None
