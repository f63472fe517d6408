"""What chat models write around a caption."""

from __future__ import annotations

import contextlib

import pytest

from captioning.captioners.answers import read_answer
from core.errors import ImageError

PROMPT = "Write alt text for this picture."


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("A red bicycle leans against a wall.", "A red bicycle leans against a wall."),
        ("  A dog\n runs. ", "A dog runs."),
        ("<think>A dog? Yes.</think>\n\nA dog runs.", "A dog runs."),
        ("<THINK>one</THINK><think>two</think>A dog runs.", "A dog runs."),
        ("The user wants alt text.</think>A dog runs.", "A dog runs."),
        ("A dog runs. <think>Or is it", "A dog runs."),
        ('"A dog runs."', "A dog runs."),
        ("“A dog runs.”", "A dog runs."),
        ("**A dog runs.**", "A dog runs."),
        ("Alt text: A dog runs.", "A dog runs."),
        ('**Alt text:** "A dog runs."', "A dog runs."),
        ("Sure! Here's the alt text:\n\nA dog runs.", "A dog runs."),
        ("Here is a short description of the picture: A dog runs.", "A dog runs."),
        ("A dog runs.\n\nLet me know if you need more!", "A dog runs."),
        (f"{PROMPT} A dog runs.", "A dog runs."),
        ('A sign that says "Sorry, we are closed".', 'A sign that says "Sorry, we are closed".'),
        ('"Stop" and "Go" signs', '"Stop" and "Go" signs'),
        ("Here, a dog runs.", "Here, a dog runs."),
        ("", None),
        ("...", None),
        ('""', None),
    ],
)
def test_the_caption_in_an_answer(text, caption):
    assert read_answer(text, PROMPT, cut_off=False) == caption


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I’m sorry, I cannot see the image.",
        "I am unable to view images.",
        "I cannot assist with identifying people.",
        "I can't directly see pictures.",
        "Sorry, no.",
        "Unfortunately, I don't have the ability to see pictures.",
        "As an AI language model, I have no eyes.",
        "I apologize, but there is no picture here.",
        "<think>Is this allowed?</think> I'm sorry, I can't.",
    ],
)
def test_a_refusal_is_no_caption(text):
    with pytest.raises(ImageError, match="generate/refused"):
        read_answer(text, PROMPT, cut_off=False)


def test_of_an_answer_cut_off_whole_sentences_are_kept():
    assert read_answer("A dog runs. It is very", PROMPT, cut_off=True) == "A dog runs."


@pytest.mark.parametrize("text", ["A dog that runs over the", "<think>Let me see", "", "Version 1.5 of"])
def test_an_answer_cut_off_in_its_first_sentence_is_no_caption(text):
    with pytest.raises(ImageError, match="generate/length"):
        read_answer(text, PROMPT, cut_off=True)


@pytest.mark.parametrize("unit", ["<think>", "<think>a</think>", "</think>", '"', "*", "Here is ", "Alt text: ", "a. "])
@pytest.mark.computes(10)
def test_hostile_answers_cost_no_time(unit):
    with contextlib.suppress(ImageError):  # thoughts alone, or labels of nothing
        read_answer(unit * 50_000, PROMPT, cut_off=False)
