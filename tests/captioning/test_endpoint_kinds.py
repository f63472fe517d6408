"""What servers of models answer instead of a text, kind by kind, over real HTTP: whose fault it is, and what then."""

from __future__ import annotations

import json
import threading
import time

import pytest
from PIL import Image
from pydantic import SecretStr

from captioning.caption_options import EndpointOptions
from captioning.captioners.openai.captioner import EndpointCaptioner
from captioning.captioners.openai.chat_completions import check_base_url
from captioning.captioners.openai.dialects import asked_wait_s, key_headers, service_url
from core.errors import CaptionerError, ImageError
from inference.protocol import Caption, OutageError
from tests.captioning.chat_server import KEY, Reply, colour, describe, error_body, serve_chat


@pytest.fixture
def server():
    with serve_chat() as running:
        yield running


def load(server, **options) -> EndpointCaptioner:
    options = {"api_key": SecretStr(KEY), "timeout_s": 5.0, "retries": 1} | options
    return EndpointCaptioner("openai:seer", EndpointOptions(base_url=server.url, **options))


def ask(captioner, pictures: int = 1):
    images = [Image.new("RGB", (64, 64 + number), "white") for number in range(pictures)]
    return captioner.generate([captioner.prepare(image) for image in images])


def body(**more) -> bytes:
    return json.dumps(more).encode()


def choice(reason: object, content: str | None = "A dog runs.", **more) -> Reply:
    return Reply(body=body(choices=[{"message": {"content": content}, "finish_reason": reason} | more]))


def outcome(answer: Caption | ImageError) -> str | None:
    return f"{answer.stage}/{answer.code}" if isinstance(answer, ImageError) else answer.text


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply("", message={"reasoning": "A dog."}), "generate/only_thoughts"),
        (Reply(None, message={"reasoning_content": "A dog."}), "generate/only_thoughts"),
        (Reply("", message={"thinking": "A dog."}), "generate/only_thoughts"),
        (Reply([{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]), "generate/only_thoughts"),
        (Reply([{"type": "reasoning", "text": "Hm."}, {"type": "text", "text": "A dog runs."}]), "A dog runs."),
        (Reply("A dog runs.", message={"reasoning": "Hm."}), "A dog runs."),
        (Reply("", message={"reasoning": "A dog that"}, finish_reason="length"), "generate/length"),
        (Reply("A dog runs. It is very", finish_reason="MAX_TOKENS"), "A dog runs."),
        (Reply("A dog that is", finish_reason="max_tokens"), "generate/length"),
        (Reply("A dog that is", finish_reason="model_length"), "generate/length"),
        (Reply("", finish_reason="SAFETY"), "generate/content_filter"),
        (Reply("", finish_reason="PROHIBITED_CONTENT"), "generate/content_filter"),
        (choice("stop", "", native_finish_reason="IMAGE_SAFETY"), "generate/content_filter"),
        (choice(None), "A dog runs."),
        (Reply(status=400, body=error_body("filtered", code="content_filter")), "generate/content_filter"),
        (Reply(status=400, body=error_body("It breaks the content management policy.")), "generate/content_filter"),
        (
            Reply(
                status=400,
                body=body(error={"message": "no", "innererror": {"code": "ResponsibleAIPolicyViolation"}}),
            ),
            "generate/content_filter",
        ),
        (Reply(body=body(error={"message": "no", "code": "content_filter"})), "generate/content_filter"),
        (Reply(body=body(error={"message": "too large", "code": 413})), "generate/http_413"),
        (Reply(body=body(error={"message": "bad picture", "code": "400"}, choices=None)), "generate/http_400"),
    ],
)
def test_an_answer_that_is_no_text_is_an_error_of_its_kind(server, reply, expected):
    captioner = load(server)
    server.answer = lambda request, picture: reply
    assert outcome(ask(captioner)[0]) == expected


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=body(id=None, choices=None, error={"message": "Provider returned error", "code": 502})),
        Reply(body=body(error={"message": "slow down", "code": "429"}), headers={"Retry-After": "0"}),
        Reply(body=body(choices=[{"error": {"message": "gone", "code": 503}, "message": {"content": "A"}}])),
        Reply(body=body(error="something broke")),
        Reply(body=body(object="error", message="Engine is dead", code=500)),
        Reply(body=body(detail="Service unavailable")),
        Reply("A dog r", finish_reason="error"),
        Reply(status=500, body=b"<h1>500</h1>"),
    ],
)
def test_an_error_that_passes_is_asked_again_whatever_its_status(server, reply):
    captioner = load(server)
    left = [reply]
    server.answer = lambda request, picture: left.pop() if left else Reply("A dog runs.")
    assert outcome(ask(captioner)[0]) == "A dog runs."


def test_the_words_of_the_server_behind_the_gateway_are_told(server):
    captioner = load(server, retries=0)
    error = {"message": "Provider returned error", "code": 429, "metadata": {"raw": f"Too many, {KEY}"}}
    server.answer = lambda request, picture: Reply(body=body(error=error))
    assert ask(captioner)[0].message == "the endpoint answered 429 (Provider returned error: Too many, ***)"


def test_lm_studio_says_with_status_200_that_the_path_is_wrong(server):
    server.probed = lambda request, picture: Reply(
        body=body(error="Unexpected endpoint or method. (POST /chat/completions). Returning 200 anyway")
    )
    with pytest.raises(CaptionerError, match=r"lacks its /v1.*Unexpected endpoint"):
        load(server)


OUTAGES = {
    "502": Reply(status=502, body=b"<html><h1>502 Bad Gateway</h1></html>"),
    "crashed": Reply(
        status=400, body=body(error="The model has crashed without additional information. (Exit code: 11)")
    ),
    "unloaded": Reply(status=400, body=body(error="Model unloaded.")),
    "busy": Reply(status=429, headers={"Retry-After": "0"}, body=error_body("slow down")),
    "in a 200": Reply(body=body(error={"message": "Upstream is down", "code": 502})),
    "broken template": Reply(status=400, body=error_body("error rendering prompt")),
    "html": Reply(body=b"<html>Log in</html>"),
}


@pytest.mark.parametrize("reply", OUTAGES.values(), ids=OUTAGES)
def test_a_server_out_of_order_costs_no_picture_and_few_questions(server, reply):
    captioner = load(server, retries=4)
    lock, told = threading.Lock(), []

    def answer(request, picture):
        with lock:
            told.append(picture)
            return Reply(describe(picture)) if len(told) <= 4 else reply

    before = len(server.requests)
    server.answer, server.probed = answer, lambda request, picture: reply
    with pytest.raises(OutageError, match="out of order") as caught:
        ask(captioner, 16)
    assert sum(isinstance(answer, Caption) for answer in caught.value.answers) == 4
    assert caught.value.answers.count(None) == 12
    assert caught.value.patience_s == 120.0
    assert len(server.requests) - before <= 16 + 12 + 2  # two of those whose neighbours were still answered
    time.sleep(0.5)  # what was given up arrives
    before = len(server.requests)
    with pytest.raises(OutageError):
        ask(captioner, 16)
    assert len(server.requests) - before == 2  # one question, and the plain picture
    server.answer, server.probed = lambda request, picture: Reply("A dog."), lambda request, picture: Reply("red")
    assert [outcome(answer) for answer in ask(captioner, 16)] == ["A dog."] * 16


def test_an_outage_that_spares_the_plain_picture_is_known_by_pictures_in_a_row(server):
    captioner = load(server, retries=1)
    server.answer = lambda request, picture: OUTAGES["502"]
    with pytest.raises(OutageError, match="502"):
        ask(captioner, 16)
    with pytest.raises(OutageError, match="502"):
        ask(captioner, 16)


def test_a_picture_that_breaks_its_server_is_its_own_fault(server):
    captioner = load(server, retries=1)
    server.answer = lambda request, picture: (
        Reply(status=500, body=b"oops") if picture.height == 66 else Reply(describe(picture))
    )
    answers = [outcome(answer) for answer in ask(captioner, 8)]
    assert answers[2] == "generate/http_500"
    assert sum(answer.startswith("A white") for answer in answers) == 7


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=429, body=error_body("Rate limit exceeded: free-models-per-day")),
        Reply(status=429, headers={"Retry-After": "7200"}, body=error_body("come back later")),
        Reply(body=body(error={"message": "Daily limit reached", "code": 429})),
    ],
)
def test_a_limit_of_a_day_is_not_waited_for(server, reply):
    captioner = load(server, retries=4)
    before = len(server.requests)
    server.answer = lambda request, picture: reply
    with pytest.raises(OutageError) as caught:
        ask(captioner, 8)
    assert caught.value.patience_s == 0.0
    assert len(server.requests) - before <= 8


def test_what_was_answered_before_the_key_was_withdrawn_is_kept(server):
    captioner = load(server)
    server.answer = lambda request, picture: (
        Reply(describe(picture)) if picture.height == 64 else Reply(status=401, body=error_body("Bad key"))
    )
    with pytest.raises(OutageError, match="OPENAI_API_KEY") as caught:
        ask(captioner, 4)
    assert caught.value.patience_s == 0.0
    assert caught.value.answers[1:] == [None, None, None]


@pytest.mark.parametrize(
    ("said", "sees"),
    [
        ("{c}, not green or blue", True),
        ("It is {c}.", True),
        ("**{c}**", True),
        ("The picture is {c}, neither blue nor something else", True),
        ("Not purple: {c}!", True),
        ("{c} (rather than another colour)", True),
        ("red, green or blue", False),
        ("It is not green.", False),
        ("Either red or {c}", False),
    ],
)
def test_the_probe_takes_a_right_answer_in_any_wording(server, said, sees):
    def answer(request, picture):
        name = colour(picture)
        words = said.replace("{c}", name)
        return Reply(words.replace(f"not {name} or", "not").replace(f"or {name}", "or pink") if sees else words)

    server.probed = answer
    if sees:
        assert load(server)
    else:
        with pytest.raises(CaptionerError, match="does not see"):
            load(server)


@pytest.mark.parametrize(
    ("probed", "message"),
    [
        (lambda request, picture: Reply(""), "says nothing"),
        (lambda request, picture: Reply("", message={"reasoning": "Red."}), "thought, and gave no answer"),
        (lambda request, picture: Reply("<think>Red.</think>"), "thought aloud, and gave no answer"),
        (lambda request, picture: Reply("", message={"reasoning": "R"}, finish_reason="length"), "max_tokens"),
        (lambda request, picture: Reply("It is a red", finish_reason="length"), "max_tokens"),
    ],
)
def test_a_model_without_a_sentence_is_told_at_the_start(server, probed, message):
    server.probed = probed
    with pytest.raises(CaptionerError, match=message):
        load(server)


def test_a_server_that_loads_its_model_is_waited_for(server):
    loading = [Reply(status=503, headers={"Retry-After": "0"}, body=error_body("Loading model"))] * 8
    server.probed = lambda request, picture: loading.pop() if loading else Reply(colour(picture))
    assert load(server, retries=1).info.revision == "seer-2026"


@pytest.mark.parametrize(
    ("base_url", "url", "header"),
    [
        ("https://x.openai.azure.com/openai/v1/", "https://x.openai.azure.com/openai/v1/chat/completions", "api-key"),
        (
            "https://x.openai.azure.com/openai/deployments/seer?api-version=2024-06-01",
            "https://x.openai.azure.com/openai/deployments/seer/chat/completions?api-version=2024-06-01",
            "api-key",
        ),
        (
            "https://gate.example/openai/deployments/seer/chat/completions",
            "https://gate.example/openai/deployments/seer/chat/completions?api-version=2024-10-21",
            "api-key",
        ),
        (
            "https://x.services.ai.azure.com/openai/v1",
            "https://x.services.ai.azure.com/openai/v1/chat/completions",
            "api-key",
        ),
        ("http://localhost:1234/v1", "http://localhost:1234/v1/chat/completions", "Authorization"),
        ("https://azure.com.example/v1", "https://azure.com.example/v1/chat/completions", "Authorization"),
    ],
)
def test_azure_has_its_own_addresses_and_its_own_header(base_url, url, header):
    base_url = check_base_url(base_url)
    assert service_url(base_url, "chat/completions") == url
    assert list(key_headers(base_url, KEY)) == [header]
    assert key_headers(base_url, None) == {}


@pytest.mark.parametrize("query", ["key=abc", "api-version=1&key=abc", "api-version=a b"])
def test_no_other_query_is_taken_since_it_would_be_stored(query):
    with pytest.raises(CaptionerError, match="api-version"):
        check_base_url(f"https://x.openai.azure.com/openai/v1?{query}")


def chunk(delta: dict, reason: str | None = None) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
    return b"data: " + body(object="chat.completion.chunk", choices=choices) + b"\n\n"


DONE = b"data: [DONE]\n\n"
WHOLE = body(choices=[{"message": {"content": "A dog runs."}, "finish_reason": "stop"}])


@pytest.mark.parametrize(
    "answer",
    [
        chunk({"role": "assistant"}) + chunk({"content": "A dog "}) + chunk({"content": "runs."}, "stop") + DONE,
        b": OPENROUTER PROCESSING\n\n" * 3 + chunk({"content": "A dog runs."}) + chunk({}, "stop") + DONE,
        chunk({"reasoning_content": "Hm."}) + chunk({"content": "A dog runs."}) + DONE,
        chunk({"content": "A dog runs. It is"}) + chunk({}, "length") + DONE,
        b"event: message\r\n" + chunk({"content": "A dog runs."}).replace(b"\n", b"\r\n"),
        b"data:" + WHOLE + b"\n\n" + DONE,
        b"\xef\xbb\xbf" + WHOLE,
        b"\n\n  \n" + WHOLE,
        WHOLE + b"\n" + DONE,
        b"\n".join(body(message={"content": part}, done=False) for part in ("A dog", " runs.")),
        body(choices=[{"text": "A dog runs.", "finish_reason": "stop"}]),
        body(choices=[{"delta": {"content": "A dog runs."}}]),
        body(choices=[{"index": 3, "message": "A dog runs."}]),
        body(choices=[None, {"message": {"content": ""}}, {"message": {"content": "A dog runs."}}]),
        body(choices=[{"message": {"content": ["A dog ", "runs."]}}]),
        body(choices=[{"message": {"content": [{"type": "text", "text": {"value": "A dog runs."}}, 5]}}]),
        body(choices=[{"message": {"content": {"type": "text", "text": "A dog runs."}}}]),
        body(choices=[{"message": {"content": {"alt_text": "A dog runs."}}}]),
        body(
            choices=[
                {
                    "message": {
                        "content": None,
                        "tool_calls": [{"function": {"name": "alt", "arguments": '{"alt_text": "A dog runs."}'}}],
                    },
                    "finish_reason": "tool_calls",
                }
            ]
        ),
        body(choices=[{"message": {"function_call": {"name": "alt", "arguments": {"alt": "A dog runs."}}}}]),
        body(choices=[{"message": {"content": "A dog runs. It"}, "finish_details": {"type": "max_tokens"}}]),
        body(choices=[{"message": {"content": "A dog runs. It"}, "stop_reason": "max_tokens"}]),
        body(choices=[{"message": {"content": "A dog runs."}}], usage={"prompt_tokens": "5"}, error=None),
        body(choices=[{"message": {"content": "A dog runs.\0\0"}}]),
    ],
)
def test_an_answer_is_read_in_whatever_form(server, answer):
    captioner = load(server)
    server.answer = lambda request, picture: Reply(body=answer)
    assert outcome(ask(captioner)[0]) == "A dog runs."


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"data: " + body(error={"message": "overloaded", "code": 503}) + b"\n\n", "generate/http_503"),
        (
            body(choices=[{"message": {"content": "A"}, "finish_reason": "content_filter: SAFETY"}]),
            "generate/content_filter",
        ),
        (chunk({"refusal": "I can't "}) + chunk({"refusal": "do that."}, "stop") + DONE, "generate/refused"),
        (chunk({"reasoning": "Hm."}, "stop") + DONE, "generate/only_thoughts"),
        (chunk({"content": "Two do"}, "length") + DONE, "generate/length"),
        (
            body(choices=[{"message": {"tool_calls": [{"function": {"name": "find", "arguments": "{}"}}]}}]),
            "generate/bad_answer",
        ),
        (DONE, "generate/bad_answer"),
        (b"A dog runs.", "generate/bad_answer"),
    ],
)
def test_a_stream_and_a_tool_have_the_failures_of_any_answer(server, answer, expected):
    captioner = load(server, retries=0)
    server.answer = lambda request, picture: Reply(body=answer)
    assert outcome(ask(captioner)[0]) == expected


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"<!DOCTYPE html><title>Sign in to Acme</title><form>", r"it is a page.*\(Sign in to Acme\)"),
        (b"<html><h1>Hello</h1></html>", r"it is a page.*\(Hello\)"),
        (b"", "it is empty"),
    ],
)
def test_a_page_in_the_place_of_an_answer_is_called_one_and_asked_for_again(server, answer, told):
    captioner = load(server, retries=1)
    left = [Reply(body=answer)]
    server.answer = lambda request, picture: left.pop() if left else Reply("A dog runs.")
    assert outcome(ask(captioner)[0]) == "A dog runs."
    server.probed = lambda request, picture: Reply(body=answer)
    with pytest.raises(CaptionerError, match=told):
        load(server, retries=0)


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"Retry-After": "7"}, "", 7),
        ({"Retry-After": "1.5"}, "", 1.5),
        ({"retry-after-ms": "250"}, "", 0.25),
        ({}, "Rate limit reached for gpt. Please try again in 6m0s. Visit us.", 360),
        ({}, "Please try again in 7.66s.", 7.66),
        ({}, "Please try again in 120ms.", 0.12),
        ({}, "Please retry in 34.074824224s.", 34.074824224),
        ({}, "Please wait for 2 minutes", 120),
        ({}, "try again in 1h2m3s", 3723),
        ({}, "Please try again in a while", None),
        ({}, "Too many requests", None),
        ({"Retry-After": "soon"}, "", None),
    ],
)
def test_how_long_a_server_asks_to_be_left_alone(headers, message, seconds):
    assert asked_wait_s(headers, message) == seconds


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "This model does not support image input."),
        (400, "Invalid content type. image_url is only supported by certain models."),
        (404, "No endpoints found that support image input"),
        (500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"),
        (400, "/models/llama-3 is not a multimodal model"),
        (500, "this model is missing data required for image input"),
        (400, "'messages.0.content' : value must be a string"),
        (400, "messages[0].content must be a string"),
        (400, "Model 'seer' does not support images."),
    ],
)
def test_a_server_that_says_that_its_model_is_blind_is_believed(server, status, message):
    server.probed = lambda request, picture: Reply(status=status, body=error_body(message))
    with pytest.raises(CaptionerError, match=r"does not see pictures.*Choose a vision model"):
        load(server, retries=0)


@pytest.mark.parametrize("message", ["Image format not supported", "The image is too large", "unsupported image type"])
def test_a_picture_that_is_refused_does_not_make_its_model_blind(server, message):
    captioner = load(server, retries=0)
    server.answer = lambda request, picture: Reply(status=400, body=error_body(message))
    assert outcome(ask(captioner)[0]) == "generate/http_400"
