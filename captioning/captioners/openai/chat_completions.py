"""The chat completions protocol of OpenAI, which vLLM, Ollama, llama.cpp and others speak too. Pure: JSON in and out.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from captioning.captioners.openai.dialects import is_api_version
from captioning.captioners.openai.wire import BrokenAnswerError, read_json
from core.errors import CaptionerError
from core.text import collapse, storable

PREFIX = "openai:"
MAX_MESSAGE_CHARS = 300


@dataclass(frozen=True, slots=True)
class Completion:
    """What an endpoint answered to one question."""

    text: str
    thought: bool  # thoughts came beside it, in a field of their own
    finish_reason: str | None  # stop, length, content_filter, error, ...; None where the endpoint does not say
    refused: bool  # the model declined in the field that is there for it
    model: str | None  # what the endpoint calls the model: often a dated version of what was asked for
    input_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True, slots=True)
class Problem:
    """What an answer says that is none: {"error": {"message", "param", "code"}}, or only {"error": "..."}."""

    message: str
    param: str | None = None
    code: str | None = None
    status: int | None = None  # of HTTP, where an answer with status 200 names another


# How servers say why an answer ended: OpenAI's words, and those of Gemini, Mistral and Cohere behind gateways.
# https://platform.openai.com/docs/api-reference/chat/object
_FINISHED = {
    "length": {"length", "max_tokens", "model_length", "max_output_tokens", "max_completion_tokens", "token_limit"},
    "content_filter": {
        "content_filter", "content_filtered", "safety", "recitation", "prohibited_content", "blocklist", "spii",
        "image_safety", "error_toxic", "guardrail_intervened", "moderation", "sensitive",
    },
    "error": {"error", "other", "malformed_function_call", "network_error", "engine_error", "abort", "failed"},
}  # fmt: skip
_SAID_PARTS = frozenset({"text", "output_text", "None"})
_THOUGHT_FIELDS = ("reasoning", "reasoning_content", "reasoning_details", "thinking", "thoughts")


def parse_spec(spec: str, default_base_url: str) -> tuple[str, str]:
    """'openai:MODEL' or 'openai:MODEL@BASE_URL' -> (model, base URL without a slash at its end).

    Raises CaptionerError where one of them is none.
    """
    model, at, address = spec.removeprefix(PREFIX).rpartition("@http")
    base_url = f"http{address}" if at else default_base_url
    model = model if at else spec.removeprefix(PREFIX)
    if not model.strip():
        raise CaptionerError(
            "openai: wants the name of a model: `--model openai:gpt-4o-mini`, "
            "or `--model openai:qwen2.5vl@http://localhost:11434/v1` for a server of your own."
        )
    if "://" in model:  # another scheme would name a model of the default server, and send the pictures there
        raise CaptionerError(f"{spec}: the address behind the @ begins with http:// or https://.")
    return model, check_base_url(base_url)


def check_base_url(base_url: str, setting: str = "caption.endpoint.base_url") -> str:
    """A base URL as requests need it: https://HOST/v1. Raises CaptionerError, which names the setting."""
    try:
        parts = urlsplit(base_url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise CaptionerError(f"{setting} (or OPENAI_BASE_URL) is no address: it looks like https://HOST/v1.")
    if parts.username is not None or parts.fragment or (parts.query and not is_api_version(parts.query)):
        # It is stored with every caption and shown in reports.
        raise CaptionerError(
            f"{setting} must hold no password and no query but Azure's api-version: a key belongs into OPENAI_API_KEY."
        )
    address = urlunsplit(parts._replace(path=parts.path.rstrip("/").removesuffix("/chat/completions")))
    return address.rstrip("/")


def build_request(model: str, prompt: str, jpeg: bytes, limits: dict[str, Any]) -> dict[str, Any]:
    """The body of a question about one picture; `limits` are max_tokens and temperature, under whatever names."""
    picture = {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{b64encode(jpeg).decode()}"}}
    content = [{"type": "text", "text": prompt}, picture]
    return {"model": model, "messages": [{"role": "user", "content": content}], **limits}


def read_completion(body: bytes) -> Completion | Problem:
    """What an answer with status 200 says.

    Raises ValueError where it is not what the protocol promises: BrokenAnswerError where it may be another time.
    """
    data = read_json(body)
    if not isinstance(data, dict):
        raise ValueError("the answer is no JSON object")
    choices = data.get("choices")
    choice = _best_choice(choices) if isinstance(choices, list) else None
    for said in (data, choice):  # a gateway whose own server failed when the status was sent
        if isinstance(said, dict) and said.get("error"):
            return _problem(said)
    if choices is None and any(isinstance(data.get(name), str | list) for name in ("message", "detail")):
        return _problem(data)  # vLLM's form, and FastAPI's
    message = _message(choice)
    if choice is None or message is None:
        kind = ValueError if choices else BrokenAnswerError
        raise kind("the answer has no choices[0].message")
    content, thought = _content(message)
    thought = thought or any(message.get(name) for name in _THOUGHT_FIELDS)
    if not content and not message.get("refusal"):
        content = _told_a_tool(message)
    usage = data["usage"] if isinstance(data.get("usage"), dict) else {}
    model = data.get("model")
    return Completion(
        text=storable(content.replace("\0", "")),
        thought=thought,
        finish_reason=_finish_reason(choice),
        refused=bool(message.get("refusal")),
        model=storable(model)[:200] if isinstance(model, str) and model else None,
        input_tokens=_count(usage.get("prompt_tokens")),
        output_tokens=_count(usage.get("completion_tokens")),
    )


def _best_choice(choices: list[Any]) -> dict[str, Any] | None:
    """The first choice that says something; else the first one."""
    usable = [choice for choice in choices if isinstance(choice, dict)]
    return next((choice for choice in usable if (_message(choice) or {}).get("content")), next(iter(usable), None))


def _message(choice: dict[str, Any] | None) -> dict[str, Any] | None:
    """The message of a choice; the forms of streams and of the older protocol (`text`) are such, too."""
    for name in ("message", "delta", "text"):
        said = (choice or {}).get(name)
        if isinstance(said, dict):
            return said
        if isinstance(said, str):
            return {"content": said}
    return None


def _content(message: dict[str, Any]) -> tuple[str, bool]:
    """What a message says, and whether thoughts are among its parts. Raises ValueError where it is no text."""
    content = message.get("content")
    if content is None or isinstance(content, str):
        return content or "", False
    if isinstance(content, list):  # in parts, as some servers send it; thoughts are parts of another type
        said = [part for part in content if isinstance(part, str) or _is_said(part)]
        return "".join(map(_text_of_part, said)), len(said) < len(content)
    if isinstance(content, dict):
        return _text_of_part(content) or json.dumps(content, ensure_ascii=False), False
    raise ValueError("choices[0].message.content is no text")


def _is_said(part: object) -> bool:
    return isinstance(part, dict) and str(part.get("type", "text")) in _SAID_PARTS


def _text_of_part(part: object) -> str:
    text = part.get("text") if isinstance(part, dict) else part
    if isinstance(text, dict):  # OpenAI's assistants, and what is like them
        text = text.get("value")
    return text if isinstance(text, str) else ""


def _told_a_tool(message: dict[str, Any]) -> str:
    """What a model hands to a tool instead of saying it. Raises ValueError where it hands it nothing."""
    calls = message.get("tool_calls")
    called = calls[0].get("function") if isinstance(calls, list) and calls and isinstance(calls[0], dict) else None
    called = called or message.get("function_call")
    if not isinstance(called, dict):
        return ""
    given = called.get("arguments")
    given = given if isinstance(given, str) else json.dumps(given or {}, ensure_ascii=False)
    if not re.search(r"\w", given):
        raise ValueError(f"the model calls a tool ({str(called.get('name'))[:60]}) and says nothing")
    return given


def _finish_reason(choice: dict[str, Any]) -> str | None:
    """Why an answer ended, in the words of OpenAI where another server says the same."""
    details = choice.get("finish_details")
    reasons = [choice.get(field) for field in ("finish_reason", "native_finish_reason", "stop_reason", "done_reason")]
    for reason in [*reasons, details.get("type") if isinstance(details, dict) else None]:
        if not isinstance(reason, str):
            continue
        words = {part.strip().lower() for part in reason.split(":")}  # "content_filter: PROHIBITED_CONTENT", of Gemini
        for name, said in _FINISHED.items():
            if words & said:
                return name
    return choice["finish_reason"] if isinstance(choice.get("finish_reason"), str) else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def read_problem(body: bytes, secret: str | None) -> Problem:
    """The endpoint's own words, short, and without the key, which some endpoints quote."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = body.decode("utf-8", "replace")
    if isinstance(data, list) and data:  # Gemini's way to say it
        data = data[0]
    return without_secret(_problem(data), secret)


def without_secret(problem: Problem, secret: str | None) -> Problem:
    """The same without the key."""
    return replace(problem, message=problem.message.replace(secret, "***")) if secret else problem


def _problem(data: object) -> Problem:
    error = data.get("error", data) if isinstance(data, dict) else data
    fields = error if isinstance(error, dict) else {"message": error}
    words = [_text(fields.get("message") or fields.get("detail") or "")]
    metadata = fields.get("metadata")
    if isinstance(metadata, dict) and metadata.get("raw"):  # what a gateway was told by the server behind it
        words.append(_text(metadata["raw"]))
    inner = fields.get("innererror") or fields.get("inner_error")
    codes = [
        fields.get("code"),
        inner.get("code") if isinstance(inner, dict) else None,
        fields.get("status"),
        fields.get("type"),
    ]
    status = next((number for code in codes if (number := _status(code)) is not None), None)
    named = [code for code in codes if isinstance(code, str) and not code.isdigit()]
    param = fields.get("param")
    return Problem(
        collapse(storable(": ".join(filter(None, words))))[:MAX_MESSAGE_CHARS],
        param if isinstance(param, str) else None,
        next(iter(named), None),
        status,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _status(code: object) -> int | None:
    """A status of HTTP, as a number or in figures."""
    number = int(code) if isinstance(code, str) and code.isdecimal() and len(code) == 3 else code
    return number if isinstance(number, int) and not isinstance(number, bool) and 400 <= number < 600 else None


def adjusted(limits: dict[str, Any], problem: Problem) -> dict[str, Any] | None:
    """Limits that the model may accept after it found fault with one of them; None where nothing is to be changed.

    Reasoning models of OpenAI take max_completion_tokens instead of max_tokens, and no temperature.
    """
    named = next(
        (name for name in ("max_tokens", "temperature") if problem.param == name or f"'{name}'" in problem.message),
        None,
    )
    if named not in limits:
        return None
    rest = {name: value for name, value in limits.items() if name != named}
    return rest | {"max_completion_tokens": limits[named]} if named == "max_tokens" else rest
