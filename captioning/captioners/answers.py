"""What a chat model wrote, as a caption: without its thoughts, its courtesies and its echo of the question. Pure."""

from __future__ import annotations

import re

from core.errors import ImageError
from core.records import Stage
from core.text import collapse, comparable

_THOUGHT = re.compile(r"<(/?)(?:think|thinking|reasoning)>", re.I)
_REFUSAL = re.compile(
    r"(?:i['’]?m|i am)\s+(?:really |very |so )?(?:sorry|afraid|unable|not able)\b"
    r"|sorry[,.!]|(?:i )?apologi[sz]e\b|my apologies\b|as an ai\b"
    r"|(?:unfortunately,? )?i\s+(?:can['’]?t|cannot|can not|could not|couldn['’]?t|do not|don['’]?t|am unable to)\s+"
    r"(?:\w+\s+)?(?:see|view|assist|help|describe|identify|provide|process|access|comply|generate|create|fulfil?l|have)",
    re.I,
)
_COURTESY = re.compile(
    r"^(?:sure|certainly|of course|okay|ok|absolutely)[,.!:]?\s*(?:here(?:['’]s| is)[^:\n]{0,80}:)?\s*"
    r"|^here(?:['’]s| is)[^:\n]{0,80}:\s*",
    re.I,
)
_LABEL = re.compile(
    r"^(?:\*\*)?(?:alt(?:ernative)?[- ]?text|caption|description|answer)(?:\*\*)?\s*:(?:\*\*)?\s*", re.I
)
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "«": "»", "„": "“", "`": "`", "*": "*"}
_SENTENCE_END = re.compile(r"[.!?。！？](?=\s|$)")


def read_answer(text: str, prompt: str, *, cut_off: bool) -> str | None:
    """The caption in an answer to `prompt`; None where the model said nothing.

    `cut_off` says that the answer ended because no more tokens were allowed: of such a one, whole sentences are kept.
    Raises ImageError(generate, 'refused') where the model declined, and ImageError(generate, 'length') where no
    sentence was finished, which happens to models that think aloud.
    """
    thoughtless = _strip_thoughts(text)
    answer = _unwrap(_strip_echo(collapse(_first_paragraph(thoughtless)), prompt))
    if cut_off:
        answer = _whole_sentences(answer)
        if not answer:
            raise ImageError(Stage.GENERATE, "length", "the model used up its tokens before it finished a sentence")
    if not answer:
        return None
    if _REFUSAL.match(answer):
        raise ImageError(Stage.GENERATE, "refused", f"the model declined: {answer[:200]}")
    return answer


def _strip_thoughts(text: str) -> str:
    """What stands behind the last thought, and before one that was cut off.

    Some templates write the opening tag into the prompt: the answer then holds the closing one alone.
    """
    tags = list(_THOUGHT.finditer(text))
    start = max((tag.end() for tag in tags if tag[1]), default=0)
    end = min((tag.start() for tag in tags if tag.start() >= start), default=len(text))
    return text[start:end].strip()


def _first_paragraph(text: str) -> str:
    """Without the courtesies in front, which often have a paragraph of their own."""
    text = _COURTESY.sub("", text).strip()
    return text.partition("\n\n")[0]


def _strip_echo(text: str, prompt: str) -> str:
    echo = collapse(prompt)
    return text[len(echo) :].lstrip(" :") if echo and text.startswith(echo) else text


def _unwrap(text: str) -> str:
    """Without a label in front and quotation marks or asterisks around it."""
    while True:
        shorter = _LABEL.sub("", text).strip()
        if len(shorter) > 1 and _QUOTES.get(shorter[0]) == shorter[-1] and shorter[-1] not in shorter[1:-1]:
            shorter = shorter[1:-1].strip()
        elif shorter.startswith("**") and shorter.endswith("**") and len(shorter) > 4:
            shorter = shorter[2:-2].strip()
        if shorter == text:
            return text if comparable(text) else ""
        text = shorter


def _whole_sentences(text: str) -> str:
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    return text[: ends[-1]] if ends else ""
