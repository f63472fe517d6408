"""The JSON in the body of an answer: alone, or in pieces, as servers stream it that were not asked to. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from core.text import collapse, storable


class BrokenAnswerError(ValueError):
    """What is no answer at all, in words for people; there may be one another time."""


_TAG = re.compile(r"<[^<>]{0,500}>")
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{1,200})", re.I)
_STREAMED = ("delta", "message")


def read_json(body: bytes) -> Any:
    """What a body holds; pieces of an answer (server-sent events, or JSON a line) are one answer again.

    Raises BrokenAnswerError for what is no JSON, and RecursionError for what is nested too deeply.
    """
    text = _decoded(body)
    try:
        return json.loads(text)
    except ValueError as error:
        pieces = _pieces(text)
        if not pieces:
            raise BrokenAnswerError(_what_it_is(text) or str(error)) from error
        return _joined(pieces)


def _decoded(body: bytes) -> str:
    try:
        return body.decode(json.detect_encoding(body))
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _pieces(text: str) -> list[dict[str, Any]]:
    """The objects of a stream, in order; lines that hold none are comments and marks of its end."""
    found = []
    for line in text.splitlines():
        line = line.strip().removeprefix("data:").strip()
        if not line.startswith("{"):
            continue
        try:
            piece = json.loads(line)
        except ValueError:  # the last one may be cut
            continue
        if isinstance(piece, dict):
            found.append(piece)
    return found


def _joined(pieces: list[dict[str, Any]]) -> dict[str, Any]:
    """One answer of the pieces of a stream. Ollama's own format has no choices, but a message in each line."""
    failed = next((piece for piece in pieces if piece.get("error")), None)
    if failed is not None:
        return failed
    whole: dict[str, Any] = {}
    message: dict[str, Any] = {}
    texts: dict[str, list[str]] = {"content": []}
    choice: dict[str, Any] = {}
    for piece in pieces:
        choices = piece.get("choices")
        said = choices[0] if isinstance(choices, list) and choices else piece
        if not isinstance(said, dict):
            continue
        whole.update({name: value for name, value in piece.items() if name != "choices" and value is not None})
        part: dict[str, Any] = next((said[name] for name in _STREAMED if isinstance(said.get(name), dict)), {})
        for name, value in part.items():
            if isinstance(value, str):
                texts.setdefault(name, []).append(value)
            elif value:
                message[name] = value
        choice.update({name: value for name, value in said.items() if name.endswith("reason") and value})
    if not texts["content"] and not message and len(texts) == 1:
        raise BrokenAnswerError("it is a stream without an answer")
    whole["choices"] = [choice | {"message": {name: "".join(said) for name, said in texts.items()} | message}]
    whole.pop("message", None)
    return whole


def _what_it_is(text: str) -> str:
    """What came instead of JSON, in words; empty where there is nothing to be said of it."""
    if not text.strip():
        return "it is empty"
    if text.lstrip().startswith("<"):
        title = _TITLE.search(text)
        words = collapse(storable(title[1] if title else _TAG.sub(" ", text[:20_000])))[:100]
        return f"it is a page, of a proxy or for a login perhaps ({words})" if words else "it is a page"
    return ""
