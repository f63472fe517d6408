"""robots.txt files, good and hostile. What a crawl makes of their absence is in test_control.py."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.middlewares.robots import MAX_ROBOTS_BYTES, read_robots

SITE = "https://shop.test"
RULES = "User-agent: *\nDisallow: /p\nAllow: /p/open\n\nUser-agent: alt-audit\nDisallow: /ours\nCrawl-delay: 2\n"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(RULES.encode(), id="UTF-8"),
        pytest.param(b"\xef\xbb\xbf" + RULES.encode(), id="byte order mark"),
        pytest.param(RULES.encode("utf-16"), id="UTF-16 with its mark"),
        pytest.param(RULES.replace("\n", "\r").encode(), id="CR"),
        pytest.param(b"\xe4\xff # Latin-1\n" + RULES.encode(), id="bytes that are no UTF-8"),
        pytest.param(RULES.encode() + b"\0" * 10_000, id="zeros"),
    ],
)
def test_encodings(body: bytes) -> None:
    rules = read_robots(body)
    assert not rules.can_fetch(f"{SITE}/p", "otherbot")
    assert rules.can_fetch(f"{SITE}/p/open", "otherbot")
    assert rules.can_fetch(f"{SITE}/p", "alt-audit")
    assert not rules.can_fetch(f"{SITE}/ours", "alt-audit")
    assert rules.crawl_delay("alt-audit") == 2


def test_the_line_that_the_limit_cuts_is_left_out() -> None:
    head = b"User-agent: *\nDisallow: /kept\n"
    filler = b"#" * (MAX_ROBOTS_BYTES - len(head) - len(b"\nDisallow: /cut"))
    rules = read_robots(head + filler + b"\nDisallow: /cut-here\nDisallow: /late\n")
    assert not rules.can_fetch(f"{SITE}/kept", "alt-audit")
    assert rules.can_fetch(f"{SITE}/cut-off", "alt-audit")
    assert rules.can_fetch(f"{SITE}/late", "alt-audit")


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("Disallow: /" + "*a" * 250_000 + "b$", id="one pattern of asterisks"),
        pytest.param("\n".join("Disallow: /" + "*a" * 500 + f"{n}$" for n in range(500)), id="many such patterns"),
        pytest.param("\n".join(f"Disallow: /{n}" for n in range(1_000_000)), id="a million rules"),
        pytest.param("\n".join(f"Disallow: *{n}$" for n in range(1_000_000)), id="a million patterns"),
        pytest.param("\n".join(f"User-agent: b{n}\nDisallow: /" for n in range(100_000)), id="many crawlers"),
        pytest.param("*" * 10_000_000, id="10 MB of one line"),
    ],
)
def test_hostile_rules_take_bounded_time(rule: str) -> None:
    body = f"User-agent: *\n{rule}\n".encode()
    started = time.process_time()
    rules = read_robots(body)
    rules.can_fetch(f"{SITE}/", "alt-audit")  # sorts out the rules
    read_s = time.process_time() - started
    started = time.process_time()
    for n in range(5):
        rules.can_fetch(f"{SITE}/{'a' * 1900}{n}", "alt-audit")
    asked_s = (time.process_time() - started) / 5
    print(f"read {read_s:.3f} s, asked {asked_s * 1000:.2f} ms")  # noqa: T201
    assert read_s < 10
    assert asked_s < 1


@settings(deadline=None)
@given(
    st.binary()
    | st.text().map(lambda tail: f"User-agent: *\nDisallow: {tail}\nCrawl-delay: {tail}".encode("utf-8", "replace"))
)
def test_any_bytes_are_rules(body: bytes) -> None:
    read_robots(body).can_fetch(f"{SITE}/a", "alt-audit")
