"""Which Referer goes with a request. The cases are those of the Referrer Policy of the W3C, in own words."""

from __future__ import annotations

import pytest

from core.net.referrer import MAX_CHARS, page_named, referer

LONG = "https://shop.test/" + "a" * MAX_CHARS


@pytest.mark.parametrize(
    ("page", "url", "named"),
    [
        ("https://shop.test/a?b=c", "https://shop.test/x.png", "https://shop.test/a?b=c"),
        ("https://shop.test", "https://shop.test:443/x.png", "https://shop.test/"),
        ("https://shop.test/a", "https://cdn.shop.test/x.png", "https://shop.test/"),
        ("https://shop.test/a", "https://shop.test:8443/x.png", "https://shop.test/"),
        ("https://shop.test/a", "http://shop.test/x.png", None),
        ("http://shop.test/a", "https://shop.test/x.png", "http://shop.test/"),
        ("http://shop.test/a", "http://cdn.test/x.png", "http://shop.test/"),
        ("http://[::1]:8080/a", "http://cdn.test/x.png", "http://[::1]:8080/"),
        ("https://ann:secret@shop.test/a#b", "https://shop.test/x.png", "https://shop.test/a"),
        (LONG, "https://shop.test/x.png", "https://shop.test/"),
        ("file:///home/ann/a.html", "https://shop.test/x.png", None),
        ("https://[::bad/a", "https://shop.test/x.png", None),
        ("https://shop.test/a", "https://shop.test:bad/x.png", "https://shop.test/"),
        (None, "https://shop.test/x.png", None),
    ],
)
def test_referer(page, url, named):
    assert referer(page, url) == named


def test_a_page_of_the_same_origin_is_preferred():
    pages = ["https://a.test/1", "https://b.test/2", "https://b.test/3"]
    assert page_named(pages, "https://b.test/x.png") == "https://b.test/2"
    assert page_named(pages, "https://c.test/x.png") == "https://a.test/1"
    assert page_named([], "https://c.test/x.png") is None
