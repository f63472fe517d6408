"""Answers without an end or a measure, and servers that never say the same twice."""

from __future__ import annotations

import json
import time

import pytest
from PIL import Image

from captioning.caption_options import EndpointOptions
from captioning.captioners.openai import breaker
from captioning.captioners.openai.asking import MAX_ANSWER_BYTES
from captioning.captioners.openai.captioner import EndpointCaptioner
from core.errors import CaptionerError, ImageError
from inference.protocol import Caption
from tests.captioning.chat_server import Reply, error_body, serve_chat
from tests.captioning.raw_server import answer, serve_raw

TEXT = "A dog runs."
MEBIBYTE = 1_048_576


@pytest.fixture
def server():
    with serve_chat() as running:
        yield running


def load(server, **options) -> EndpointCaptioner:
    return EndpointCaptioner("openai:seer", EndpointOptions(base_url=server.url, **{"retries": 0} | options))


def ask(captioner) -> Caption | ImageError:
    [said] = captioner.generate([captioner.prepare(Image.new("RGB", (64, 64), "white"))])
    return said


def whole(content: str, reason: str = "stop", **message: str) -> bytes:
    return json.dumps({"choices": [{"message": {"content": content} | message, "finish_reason": reason}]}).encode()


def chunks(field: str, count: int) -> bytes:
    return b"".join(
        b"data: " + json.dumps({"choices": [{"delta": {field: f"word {number} "}}]}).encode() + b"\n\n"
        for number in range(count)
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (whole("<think>" + "I look at it again. " * 50_000 + "</think>\n" + TEXT), TEXT),
        (whole("<think>" + "I look at it again. " * 50_000, "length"), "length"),
        (whole("<think>" + "I look at it again. " * 50_000), "only_thoughts"),
        (whole("Wait. I look at it again.\n\n" * 40_000, "length"), "not_clean"),
        (whole(TEXT, reasoning="I look at it again. " * 50_000), TEXT),
        (whole("", reasoning_content="I look at it again. " * 50_000), "only_thoughts"),
        (chunks("reasoning_content", 15_000) + b"data: " + whole(TEXT) + b"\n\n", TEXT),
        (chunks("reasoning_content", 15_000) + b"data: [DONE]\n\n", "only_thoughts"),
        (whole("\n" * MEBIBYTE + TEXT), TEXT),
        (whole(f"{TEXT} " * 90_000), TEXT),
        (whole("a" * MEBIBYTE), "a" * 8_000),
        (b"\n" * MEBIBYTE + whole(TEXT), TEXT),
        (b"data: {}\n\n" * 100_000, "bad_answer"),
        (b"{" * MEBIBYTE, "bad_answer"),
        (b'{"a":' * 200_000, "bad_answer"),
        (b"<p>" * 300_000, "bad_answer"),
        (whole("x" * MAX_ANSWER_BYTES), "bad_answer"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value[:20],
)
@pytest.mark.computes(30)
def test_an_answer_of_a_megabyte_costs_little(server, body, expected):
    captioner = load(server)
    server.answer = lambda request, picture: Reply(body=body)
    started = time.process_time()
    said = ask(captioner)
    assert (said.code if isinstance(said, ImageError) else said.text) == expected
    assert time.process_time() - started < 10  # of quadratic work it would be minutes


@pytest.mark.parametrize("head", ["Content-Length: 104857600", "Transfer-Encoding: chunked", "X-Length: none"])
def test_of_an_answer_without_measure_no_more_is_read_than_is_allowed(head):
    chunk = b" " * MEBIBYTE
    piece = b"100000\r\n" + chunk + b"\r\n" if "chunked" in head else chunk
    with serve_raw() as server:
        sent = []

        def pieces():
            yield f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode()
            for _ in range(100):
                sent.append(1)
                yield piece

        class Counted(list):
            def __iter__(self):
                return pieces()

        server.answers["/v1/chat/completions"] = Counted([answer()])
        with pytest.raises(CaptionerError, match=f"more than {MAX_ANSWER_BYTES} bytes"):
            EndpointCaptioner("openai:seer", EndpointOptions(base_url=f"{server.url}/v1", retries=0))
    assert len(sent) < 60  # what lies in the buffers between the two is not read


def test_an_answer_that_drips_is_given_up_in_time():
    with serve_raw() as server:
        server.answers["/v1/chat/completions"] = [b"HTTP/1.1 200 OK\r\n\r\n", *[b" "] * 100_000]
        started = time.monotonic()
        with pytest.raises(CaptionerError, match="did not answer within 1 s"):
            EndpointCaptioner("openai:seer", EndpointOptions(base_url=f"{server.url}/v1", retries=0, timeout_s=1.0))
        assert time.monotonic() - started < 20


DIFFERENT = [
    Reply(status=502, body=b"<html><h1>502</h1></html>"),
    Reply(body=b"<html><title>Just a moment...</title></html>"),
    Reply(status=429, headers={"Retry-After": "0"}, body=error_body("slow down")),
    Reply(body=whole(TEXT)[:-20]),
    Reply(body=b'{"choices": []}'),
    Reply(body=error_body("Upstream is gone", code="503")),
    Reply(status=500, body=b""),
    Reply("A dog", finish_reason="error"),
]


def test_a_server_that_answers_each_try_differently_is_asked_until_it_answers(server, monkeypatch):
    monkeypatch.setattr(breaker, "BACKOFF_S", (0.01,))
    captioner = load(server, retries=len(DIFFERENT))
    left = list(DIFFERENT)
    server.answer = lambda request, picture: left.pop(0) if left else Reply(TEXT)
    said = ask(captioner)
    assert isinstance(said, Caption)
    assert said.text == TEXT


def test_and_no_longer_than_it_may_be(server, monkeypatch):
    monkeypatch.setattr(breaker, "BACKOFF_S", (0.01,))
    captioner = load(server, retries=3)
    left = list(DIFFERENT)
    server.answer = lambda request, picture: left.pop(0)
    said = ask(captioner)
    assert isinstance(said, ImageError)
    assert (said.code, len(left)) == ("bad_answer", len(DIFFERENT) - 4)  # the last one, of broken JSON


def test_a_picture_that_is_refused_once_and_described_once_has_what_came_first(server):
    """Nothing is asked again that was answered: a refusal is an answer."""
    captioner = load(server, retries=3)
    left = [Reply("I'm sorry, I can't help with that."), Reply(TEXT)]
    server.answer = lambda request, picture: left.pop(0)
    said = ask(captioner)
    assert isinstance(said, ImageError)
    assert (said.code, len(left)) == ("refused", 1)
