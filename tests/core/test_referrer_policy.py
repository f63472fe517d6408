"""What pages say of naming them, and what is then named. The cases are those of the W3C, in own words."""

from __future__ import annotations

import pytest

from core.net.referrer import referer
from core.referrer_policy import policy_named, policy_of_element, policy_of_meta

PAGE, PLAIN = "https://shop.test/a?b=c", "http://shop.test/a?b=c"
OWN, OTHER, IN_THE_CLEAR = "https://shop.test/x.png", "https://cdn.test/x.png", "http://cdn.test/x.png"
ORIGIN = "https://shop.test/"


@pytest.mark.parametrize(
    ("policy", "to_own", "to_other", "in_the_clear"),
    [
        (None, PAGE, ORIGIN, None),
        ("no-referrer", None, None, None),
        ("same-origin", PAGE, None, None),
        ("origin", ORIGIN, ORIGIN, ORIGIN),
        ("strict-origin", ORIGIN, ORIGIN, None),
        ("origin-when-cross-origin", PAGE, ORIGIN, ORIGIN),
        ("strict-origin-when-cross-origin", PAGE, ORIGIN, None),
        ("no-referrer-when-downgrade", PAGE, PAGE, None),
        ("unsafe-url", PAGE, PAGE, PAGE),
    ],
)
def test_each_policy(policy, to_own, to_other, in_the_clear):
    assert [referer(PAGE, url, policy) for url in (OWN, OTHER, IN_THE_CLEAR)] == [to_own, to_other, in_the_clear]


def test_a_page_without_encryption_is_no_downgrade():
    assert referer(PLAIN, IN_THE_CLEAR, "no-referrer-when-downgrade") == PLAIN
    assert referer(PLAIN, IN_THE_CLEAR, "strict-origin") == "http://shop.test/"


def test_no_password_goes_with_the_whole_address():
    assert referer("https://ann:secret@shop.test/a#b", OTHER, "unsafe-url") == "https://shop.test/a"
    assert referer("https://shop.test/" + "a" * 5_000, OTHER, "unsafe-url") == ORIGIN


@pytest.mark.parametrize(
    ("header", "policy"),
    [
        ("no-referrer", "no-referrer"),
        (" Same-Origin ", "same-origin"),
        ("no-referrer, strict-origin", "strict-origin"),
        ("unsafe-url, what-comes-next", "unsafe-url"),
        ("", None),
        ("never", None),
        (None, None),
    ],
)
def test_of_a_header_the_last_known_name_counts(header, policy):
    assert policy_named(header) == policy


@pytest.mark.parametrize(
    ("content", "policy"),
    [
        ("no-referrer", "no-referrer"),
        ("never", "no-referrer"),
        ("ALWAYS", "unsafe-url"),
        ("default", "strict-origin-when-cross-origin"),
        ("origin-when-crossorigin", "origin-when-cross-origin"),
        ("no-referrer, origin", None),
        ("", None),
    ],
)
def test_of_a_meta_element_the_older_names_count_too(content, policy):
    assert policy_of_meta(content) == policy


def test_of_an_attribute_only_one_known_name_counts():
    assert policy_of_element("Origin") == "origin"
    assert policy_of_element("never") is None
    assert policy_of_element("") is None
