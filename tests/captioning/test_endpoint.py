"""openai: endpoints, over real HTTP."""

from __future__ import annotations

import json
import logging
import time

import pytest
from PIL import Image
from pydantic import SecretStr

from captioning.caption_options import CaptionOptions, EndpointOptions
from captioning.captioners.openai.captioner import EndpointCaptioner
from captioning.captioners.openai.chat_completions import parse_spec
from captioning.captioners.select import load_captioner
from core.errors import CaptionerError, ImageError
from inference.protocol import Caption
from tests.captioning.chat_server import KEY, NAMES, ChatServer, Reply, colour, describe, error_body, serve_chat

PROBES = 3


@pytest.fixture
def server():
    with serve_chat() as running:
        yield running


def load(server: ChatServer, *, prompt: str | None = None, **options) -> EndpointCaptioner:
    options = {"api_key": SecretStr(KEY), "timeout_s": 5.0, "retries": 2} | options
    return EndpointCaptioner("openai:seer", EndpointOptions(base_url=server.url, **options), prompt=prompt)


def pictures() -> list[Image.Image]:
    return [Image.new("RGB", (60 + index, 40), rgb) for index, rgb in enumerate(NAMES)]


def ask(captioner: EndpointCaptioner):
    return captioner.generate(captioner.collate([captioner.prepare(picture) for picture in pictures()]))


def asked(server: ChatServer) -> list[dict]:
    """The questions about pictures, without those about plain colours."""
    texts = [request["messages"][0]["content"][0]["text"] for request in server.requests]
    return [text for text in texts if "colour" not in text]


def first_then(*replies: Reply):
    """An answer that gives each reply once and then describes the picture."""
    left = list(replies)
    return lambda request, picture: left.pop(0) if left else Reply(describe(picture))


def test_pictures_are_described_in_order_and_at_once(server):
    def slowly(request, picture):
        time.sleep(0.4)
        return Reply(describe(picture))

    server.answer = slowly
    captioner = load(server)
    assert ask(captioner) == [
        Caption("A red picture of 60 by 40.", None),
        Caption("A green picture of 61 by 40.", None),
        Caption("A blue picture of 62 by 40.", None),
        Caption("A white picture of 63 by 40.", None),
    ]
    assert server.most_at_once == 4
    assert captioner.info.revision == "seer-2026"
    assert captioner.info.model == f"openai:seer@{server.url}"
    assert set(server.keys) == {f"Bearer {KEY}"}
    assert {(request["model"], request["max_tokens"], request["temperature"]) for request in server.requests} == {
        ("seer", 300, 0)
    }


def test_large_pictures_are_sent_small(server):
    captioner = load(server)
    picture = Image.new("RGB", (4000, 1000), "white")
    [caption] = captioner.generate(captioner.collate([captioner.prepare(picture)]))
    assert caption.text == "A white picture of 768 by 192."
    assert picture.size == (4000, 1000)


def test_tokens_and_money_are_added_up(server):
    captioner = load(server, usd_per_million_input=2.0, usd_per_million_output=10.0)
    ask(captioner)
    usage = captioner.usage
    assert (usage.requests, usage.input_tokens, usage.output_tokens) == (PROBES + 4, 700, 70)
    assert usage.cost_usd == pytest.approx(0.0021)
    assert str(usage) == "7 requests, 700 tokens in and 70 out, $0.0021"


def test_without_prices_or_counts_no_cost_is_claimed(server):
    free = load(server)
    assert free.usage.cost_usd is None
    server.answer = lambda request, picture: Reply(describe(picture), usage=None)
    uncounted = load(server, usd_per_million_input=2.0, usd_per_million_output=10.0)
    ask(uncounted)
    assert uncounted.usage.cost_usd is None
    assert str(uncounted.usage) == "7 requests, 300 tokens in and 30 out (4 answers came without a count)"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply("<think>Hm.</think>A dog runs."), "A dog runs."),
        (Reply([{"type": "text", "text": "A dog "}, {"type": "text", "text": "runs."}]), "A dog runs."),
        (Reply("A dog runs. It is very", finish_reason="length"), "A dog runs."),
        (Reply(""), None),
        (Reply(None), None),
        (Reply("<think>Hm. Well", finish_reason="length"), "generate/length"),
        (Reply("I'm sorry, I can't help with that."), "generate/refused"),
        (Reply(None, message={"refusal": "I can't."}), "generate/refused"),
        (Reply("A", finish_reason="content_filter"), "generate/content_filter"),
        (Reply(body=b"<html>busy</html>"), "generate/bad_answer"),
        (Reply(body=b"[]"), "generate/bad_answer"),
        (Reply(body=b'{"choices": []}'), "generate/bad_answer"),
        (Reply(body=b'{"choices": [{"message": {"content": 7}}]}'), "generate/bad_answer"),
        (Reply(body=b"[" * 200_000), "generate/bad_answer"),
        (Reply(body=b" " * 5_000_000), "generate/bad_answer"),
        (Reply(status=400, body=error_body("Invalid image")), "generate/http_400"),
        (Reply(status=413, body=b""), "generate/http_413"),
    ],
)
def test_one_answer_is_about_one_picture(server, reply, expected):
    captioner = load(server)
    server.answer = lambda request, picture: reply if colour(picture) == "green" else Reply(describe(picture))
    red, green, blue, white = ask(captioner)
    assert all(caption.text for caption in (red, blue, white))
    said = f"{green.stage}/{green.code}" if isinstance(green, ImageError) else green.text
    assert said == expected


@pytest.mark.parametrize("status", [429, 500, 503])
def test_busy_endpoints_are_asked_again_when_they_say(server, status):
    captioner = load(server)
    server.answer = first_then(*[Reply(status=status, headers={"Retry-After": "1"}, body=b"busy")] * 4)
    started = time.monotonic()
    assert [caption.text.split()[1] for caption in ask(captioner)] == ["red", "green", "blue", "white"]
    assert time.monotonic() - started >= 1.0


def test_an_endpoint_that_stays_busy_costs_the_picture(server):
    captioner = load(server, retries=1)
    busy = Reply(status=429, headers={"Retry-After": "0"}, body=error_body("slow down"))
    server.answer = lambda request, picture: busy
    answers = ask(captioner)
    assert {answer.code for answer in answers} == {"http_429"}
    assert answers[0].message == "the endpoint answered 429 (slow down)"
    assert len(asked(server)) == 8


def test_an_answer_that_does_not_come_in_time(server):
    captioner = load(server, timeout_s=0.5, retries=0)
    server.answer = lambda request, picture: time.sleep(1.0) or Reply()
    assert {answer.code for answer in ask(captioner)} == {"timeout"}


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(status=401, body=error_body("Bad key")), r"answered 401: .*OPENAI_API_KEY.*\(Bad key\)"),
        (Reply(status=403, body=b"no"), "answered 403"),
        (Reply(status=404, body=b'{"error": "model seer not found"}'), r"no such model.*\(model seer not found\)"),
        (Reply(status=429, body=error_body("Pay", code="insufficient_quota")), "quota is used up"),
        (Reply(status=308, headers={"Location": "http://127.0.0.1:1/v1"}, body=b""), "has moved"),
    ],
)
def test_what_fails_for_all_pictures_is_an_error_of_the_captioner(server, reply, message):
    captioner = load(server)
    server.answer = lambda request, picture: reply
    with pytest.raises(CaptionerError, match=message):
        ask(captioner)
    server.probed = server.answer
    with pytest.raises(CaptionerError, match=message):
        load(server)


@pytest.mark.parametrize(
    ("probed", "message"),
    [
        (lambda request, picture: Reply("red"), "does not see pictures"),
        (lambda request, picture: Reply("I cannot see images."), "did not name the colour.*declined"),
        (lambda request, picture: Reply("Red, green or blue?"), "does not see pictures"),
        (lambda request, picture: Reply("none"), "does not see pictures"),
        (lambda request, picture: Reply("<think>Red?", finish_reason="length"), "raise caption.endpoint.max_tokens"),
        (lambda request, picture: Reply(status=400, body=error_body("no image input")), "no image input"),
        (lambda request, picture: Reply(body=b"hello"), "cannot be read"),
    ],
)
def test_a_model_that_does_not_see_is_caught_before_anything_is_captioned(server, probed, message):
    server.probed = probed
    with pytest.raises(CaptionerError, match=message):
        load(server)


def test_reasoning_models_get_the_limits_that_they_take(server):
    def picky(request, picture):
        if "max_tokens" in request:
            return Reply(status=400, body=error_body("Unsupported parameter", param="max_tokens"))
        if "temperature" in request:
            return Reply(status=400, body=error_body("Unsupported value: 'temperature' does not support 0."))
        return Reply(colour(picture))

    server.probed = picky
    ask(load(server))
    last = server.requests[-1]
    assert last["max_completion_tokens"] == 300
    assert "max_tokens" not in last
    assert "temperature" not in last


def test_a_server_that_is_not_there():
    options = EndpointOptions(base_url="http://127.0.0.1:9/v1", retries=0)
    with pytest.raises(CaptionerError, match=r"cannot be reached.*Is the server running"):
        EndpointCaptioner("openai:seer", options)


def test_the_key_is_never_shown(server, caplog):
    caplog.set_level(logging.DEBUG)
    captioner = load(server)
    shown = [repr(captioner.info), repr(captioner.__dict__["_options"])]
    server.answer = lambda request, picture: Reply(status=401, body=error_body(f"Incorrect API key: {KEY}"))
    with pytest.raises(CaptionerError) as caught:
        ask(captioner)
    assert "Incorrect API key: ***" in str(caught.value)
    assert KEY not in " ".join([*shown, str(caught.value), caplog.text])


def test_a_key_is_sent_to_its_own_server_only(server):
    options = EndpointOptions(base_url="https://elsewhere.example/v1", api_key=SecretStr(KEY), retries=0)
    EndpointCaptioner(f"openai:seer@{server.url}", options)
    assert set(server.keys) == {None}
    EndpointCaptioner(f"openai:seer@{server.url}", options.model_copy(update={"base_url": f"{server.url}/"}))
    assert server.keys[-1] == f"Bearer {KEY}"


def test_prompt_and_limits_are_part_of_a_captions_identity(server):
    versions = {
        load(server, prompt=prompt, max_tokens=tokens).info.prompt_version
        for prompt in (None, "What is this?")
        for tokens in (300, 500)
    }
    assert len(versions) == 4


def test_chosen_by_name(server):
    options = CaptionOptions(model=f"openai:seer@{server.url}", prompt="What is this?")
    reports = []
    captioner = load_captioner(options, reports.append)
    assert reports == [f"Captioner: {captioner.info.description}"]
    description = f"seer at {server.url} (answers as seer-2026; pictures are sent there)"
    assert captioner.info.description.startswith(description)
    ask(captioner)
    assert json.dumps(server.requests[-1]).count("What is this?") == 1


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("openai:gpt-4o-mini", ("gpt-4o-mini", "https://api.example/v1")),
        ("openai:qwen2.5vl:7b@http://localhost:11434/v1", ("qwen2.5vl:7b", "http://localhost:11434/v1")),
        ("openai:org/model@1@https://host/v1/", ("org/model@1", "https://host/v1")),
        ("openai:m@https://host/v1/chat/completions", ("m", "https://host/v1")),
    ],
)
def test_names_of_endpoints(spec, expected):
    assert parse_spec(spec, "https://api.example/v1") == expected


@pytest.mark.parametrize(
    "spec",
    [
        "openai:",
        "openai:@http://host/v1",
        "openai:m@http://",
        "openai:m@http://user:pw@host/v1",
        "openai:m@http://h:x/v1",
    ],
)
def test_names_that_are_none(spec):
    with pytest.raises(CaptionerError):
        parse_spec(spec, "https://api.example/v1")
