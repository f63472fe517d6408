"""What is said of a page that came in the place of a picture."""

from __future__ import annotations

import pytest

from captioning.decoding.process import decode
from captioning.worker.instead import in_words
from core.errors import ImageError

LOGIN = (
    b"<!DOCTYPE html><html><head><title> Sign in &ndash;\n Acme </title></head>"
    b"<form><input name=p type='password'></form>"
)


def failure(data: bytes) -> ImageError:
    with pytest.raises(ImageError) as caught:
        decode(data, max_pixels=10_000)
    return caught.value


@pytest.mark.parametrize(
    ("data", "led_to", "told"),
    [
        (
            LOGIN,
            "https://acme.test/login?back=%2Fa.png",
            '("Sign in – Acme", it asks for a password, redirected to https://acme.test/login?back=%2Fa.png)',
        ),
        (b"<html><title>Just a moment...</title>", None, '("Just a moment...")'),
        (b"<html><title>" + b"x" * 400 + b"</title>", None, f'("{"x" * 80}")'),
        (b"<html><title>\x00\x1b[31m</title>", None, '("\ufffd\ufffd[31m")'),
        (b'{"error": "AccessDenied"}', "https://acme.test/e", "(redirected to https://acme.test/e)"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", None, "instead of an image"),
    ],
)
def test_its_title_and_where_it_is_are_told(data, led_to, told):
    found = in_words(failure(data), data, led_to)
    assert (str(found.stage), found.code) == ("decode", "html")
    assert found.message.endswith(told)


def test_other_failures_stay_as_they_are():
    error = failure(b"%PDF-1.7")
    assert in_words(error, b"%PDF-1.7", "https://acme.test/") is error
