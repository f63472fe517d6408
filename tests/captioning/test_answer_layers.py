"""Layer upon layer around a text, as models write them: it comes out clean, or there is an error, and nothing else."""

from __future__ import annotations

import random

import pytest

from captioning.captioners.answers import read_answer
from captioning.captioners.huggingface.families import ALT_TEXT_PROMPT
from core.errors import ImageError

TEXT = "Two women ride horses along a beach."
MARKS = ['"TEXT"', "“TEXT”", "**TEXT**", "*TEXT*", "`TEXT`", "TEXT"]
FORMS = [
    "TEXT",
    "Alt text: TEXT",
    "**Alt Text**: TEXT",
    "### Alt text\n\nTEXT",
    "Alternativtext: TEXT",
    "Texte alternatif : TEXT",
    "代替テキスト：TEXT",
    "Caption: TEXT",
    "1. TEXT",
    "- TEXT",
    "> TEXT",
    "Answer: TEXT",
    "<answer>TEXT</answer>",
    "<p>TEXT</p>",
    "```\nTEXT\n```",
    "Option 1: TEXT\nOption 2: Riders on sand.",
    "Short: TEXT\n\nLong: Riders on sand by the sea.",
    "Here is the alt text:\n\nTEXT",
    "Sure! Here's a concise alt text:\n\nTEXT",
    "Suggested alt text (36 characters):\nTEXT",
]
BEHIND = [
    "TEXT",
    "TEXT (7 words)",
    "TEXT\n\n(36 characters)",
    "TEXT\n\nNote: kept short.",
    "TEXT\n\nThis alt text describes the main subject.",
    "TEXT\n\nLet me know if you need anything else!",
    "TEXT\n\n**Why this works:**\n- short\n- clear",
    "TEXT\n\nKeywords: beach, horses",
    "TEXT\n\n---\n\n**Title:** Ride",
    "TEXT #beach",
]
BEFORE = [
    "TEXT",
    "<think>\nThe user wants alt text. Two women.\n</think>\n\nTEXT",
    "◁think▷Hm.◁/think▷TEXT",
    "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>TEXT",
    "**Thinking:** Two women.\n\n**Answer:** TEXT",
    "Certainly!\n\nTEXT",
    "Okay, here you go.\n\nTEXT",
    "Based on the image, here is a suitable description:\n\nTEXT",
    "assistant\nTEXT",
]
ENDS = ["TEXT", "TEXT<|im_end|>", "TEXT</s>", "TEXT<end_of_turn>", "TEXT\n\nUser: thanks"]
ONCE = (MARKS, FORMS, BEHIND, BEFORE, ENDS)
TWICE = (MARKS, FORMS, MARKS, FORMS, BEHIND, BEFORE, ENDS)


def answers(text: str, layers: tuple[list[str], ...], number: int) -> list[str]:
    chosen, found = random.Random(11), set()
    while len(found) < number:
        answer = text
        for layer in layers:
            answer = chosen.choice(layer).replace("TEXT", answer)
        found.add(answer)
    return sorted(found)


def outcome(answer: str) -> str | None:
    try:
        text = read_answer(answer, ALT_TEXT_PROMPT, cut_off=False)
    except ImageError as error:
        return error.code
    return text if text is None else text.strip(" .") + "."


@pytest.mark.parametrize(("layers", "most_errors"), [(ONCE, 0), (TWICE, 80)])
def test_a_text_in_layers_comes_out_or_is_an_error(layers, most_errors):
    found = {answer: outcome(answer) for answer in answers(TEXT, layers, 1500)}
    wrong = {answer: said for answer, said in found.items() if said not in {TEXT, "not_clean", "only_thoughts"}}
    assert not wrong
    assert sum(said != TEXT for said in found.values()) <= most_errors


@pytest.mark.parametrize("text", ["I'm sorry, but I can't describe this image.", "Leider sehe ich kein Bild."])
def test_a_refusal_in_layers_is_never_a_text(text):
    refused = [outcome(answer) for answer in answers(text, ONCE, 800)]
    assert not [said for said in refused if said not in {"refused", "not_clean", "only_thoughts"}]
    assert refused.count("refused") > 720
