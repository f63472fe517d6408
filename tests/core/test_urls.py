"""Addresses: what a reference means, and when two addresses are one image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.identity import urls
from core.identity.urls import MAX_URL_CHARS, absolute, bounded, canonical_image_url, file_name, page_url, site_of

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = "https://shop.test/a/b.html?x=1#top"

# Parts that make addresses go wrong, mixed with what schemes look for.
_parts = st.sampled_from(
    [
        *r"/ // ? # & = % %2F %zz %25 [ ] : @ .. . ; + \ é 🖼 a B 1 v=1 width=3 w=5 blank= url= url=%2Fa.png".split(),
        *["/_next/image", "/cdn/shop/", "/wp-content/uploads/", "a.jpg", "http://", "xn--", "\u3002"],
        *[" ", "\t", "\x00", "\ud800"],
    ]
)
_tails = st.one_of(st.text(max_size=40), st.lists(_parts, max_size=12).map("".join))
_hosts = st.sampled_from(
    ["shop.test", "cdn.shopify.com", "i0.wp.com", "a.imgix.net", "images.ctfassets.net", "cdn.sanity.io", "[::1]:8080"]
)


@st.composite
def http_urls(draw: st.DrawFn) -> str:
    """Addresses as the parser makes them: what `absolute` lets through."""
    url = absolute(BASE, f"{draw(st.sampled_from(['http', 'https']))}://{draw(_hosts)}/{draw(_tails)}")
    return url if url is not None else "https://shop.test/"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        pytest.param("c.png", "https://shop.test/a/c.png", id="relative"),
        pytest.param("../c.png", "https://shop.test/c.png", id="parent"),
        pytest.param("/c.png", "https://shop.test/c.png", id="root"),
        pytest.param("//cdn.test/c.png", "https://cdn.test/c.png", id="scheme of the page"),
        pytest.param("?y=2", "https://shop.test/a/b.html?y=2", id="query alone"),
        pytest.param("#part", "https://shop.test/a/b.html?x=1", id="fragment dropped"),
        pytest.param("", "https://shop.test/a/b.html?x=1", id="empty"),
        pytest.param("  c.png\n", "https://shop.test/a/c.png", id="space around"),
        pytest.param("c\n.p\tng", "https://shop.test/a/c.png", id="line breaks within"),
        pytest.param("a b.png", "https://shop.test/a/a%20b.png", id="space within"),
        pytest.param("ä.png", "https://shop.test/a/%C3%A4.png", id="umlaut"),
        pytest.param("a%20b.png", "https://shop.test/a/a%20b.png", id="escaped already"),
        pytest.param("HTTPS://SHOP.TEST/C.png", "https://shop.test/C.png", id="capitals"),
        pytest.param("data:image/png;base64,AA==", "data:image/png;base64,AA==", id="data"),
        pytest.param("DATA:image/png,x", "data:image/png,x", id="data in capitals"),
        pytest.param("mailto:a@b.test", None, id="mail"),
        pytest.param("javascript:void(0)", None, id="script"),
        pytest.param("blob:https://shop.test/1", None, id="blob"),
        pytest.param("ftp://shop.test/a.png", None, id="ftp"),
        pytest.param("http://", None, id="no host"),
        pytest.param("http://[/a.png", None, id="bracket"),
        pytest.param("http://shop.test:http/a.png", None, id="port that is none"),
        pytest.param("http://shop.test:99999/a.png", None, id="port too high"),
        pytest.param("\\img\\c.png", "https://shop.test/img/c.png", id="backslashes"),
        pytest.param("..\\img\\c.png", "https://shop.test/img/c.png", id="backslashes of a parent"),
        pytest.param("\\\\cdn.test\\c.png", "https://cdn.test/c.png", id="backslashes before a host"),
        pytest.param("https:\\\\cdn.test\\c.png", "https://cdn.test/c.png", id="backslashes behind a scheme"),
        pytest.param("c.png?a\\b", "https://shop.test/a/c.png?a%5Cb", id="backslash in a query"),
        pytest.param("///cdn.test/c.png", "https://cdn.test/c.png", id="three slashes"),
        pytest.param("https:/cdn.png", "https://shop.test/cdn.png", id="scheme of the page and one slash"),
        pytest.param("http:/cdn.png", "http://cdn.png/", id="another scheme and one slash"),
        pytest.param("/x/../c.png", "https://shop.test/c.png", id="dots"),
        pytest.param("/x/%2e%2E/c.png", "https://shop.test/c.png", id="dots in disguise"),
        pytest.param("/../../c.png", "https://shop.test/c.png", id="above the root"),
        pytest.param("https://shop.test:443", "https://shop.test/", id="default port"),
        pytest.param("http://shop.test:80/c", "http://shop.test/c", id="default port of http"),
        pytest.param("http://shop.test:443/c", "http://shop.test:443/c", id="port of another scheme"),
        pytest.param("https://shop.test./c", "https://shop.test./c", id="dot behind the host"),
        pytest.param("https://Faß.test/c", "https://xn--fa-hia.test/c", id="UTS 46, not IDNA 2003"),
        pytest.param("https://BÜCHER。test/c", "https://xn--bcher-kva.test/c", id="host in capitals, wide dot"),
        pytest.param("http://2130706433/c", "http://127.0.0.1/c", id="one number"),
        pytest.param("http://0x7f.1/c", "http://127.0.0.1/c", id="hexadecimal"),
        pytest.param("/caf%c3%a9", "https://shop.test/caf%c3%a9", id="escapes as they are written"),
        pytest.param("/i.php?a[]=1&b|c", "https://shop.test/i.php?a%5B%5D=1&b%7Cc", id="what Scrapy escapes"),
    ],
)
def test_absolute(reference: str, expected: str | None) -> None:
    assert absolute(BASE, reference) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://shop.test:443/b", "https://shop.test/b"),
        ("http://shop.test:80/b", "http://shop.test/b"),
        ("http://shop.test:443/b", "http://shop.test:443/b"),
        ("https://shop.test./b", "https://shop.test/b"),
        ("https://shop.test.:8443/b", "https://shop.test:8443/b"),
        ("https://ann:secret@shop.test.:443/b", "https://shop.test/b"),
        ("https://shop.test../b", "https://shop.test../b"),
        ("https://shop.test/a/../b", "https://shop.test/b"),
        ("https://shop.test/caf%c3%a9", "https://shop.test/caf%C3%A9"),
        ("https://shop.test/café", "https://shop.test/caf%C3%A9"),
        ("https://shop.test/%7Ebob/%41%2d", "https://shop.test/~bob/A-"),
        ("https://shop.test/a%2fb", "https://shop.test/a%2Fb"),
        ("https://shop.test/?q=a%2bb", "https://shop.test/?q=a%2Bb"),
        ("https://shop.test/b?", "https://shop.test/b"),
        ("https://shop.test/b?a=1&", "https://shop.test/b?a=1&"),
        ("https://shop.test//b", "https://shop.test//b"),
        ("https://shop.test/b?#x", "https://shop.test/b"),
        ("HTTPS://SHOP.test", "https://shop.test/"),
        ("http://[::1]:80/a", "http://[::1]/a"),
        ("https://shop.test/?n[a]=1", "https://shop.test/?n%5Ba%5D=1"),
        ("https://shop.test/?n%5ba%5d=1", "https://shop.test/?n%5Ba%5D=1"),
    ],
)
def test_a_page_has_one_form(url: str, expected: str) -> None:
    assert page_url(url) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://shop.test:443/a.jpg", "https://shop.test/a.jpg"),
        ("http://shop.test:80/a.jpg?x=1", "http://shop.test/a.jpg?x=1"),
        ("https://shop.test./a.jpg", "https://shop.test/a.jpg"),
        ("https://shop.test/x/../a.jpg", "https://shop.test/a.jpg"),
        ("https://shop.test/%41.jpg", "https://shop.test/A.jpg"),
        ("https://shop.test\\a.jpg", "https://shop.test/a.jpg"),
    ],
)
def test_one_picture_at_addresses_that_mean_the_same(one: str, other: str) -> None:
    assert canonical_image_url(one) == canonical_image_url(other)


@settings(deadline=None)
@given(base=st.text(max_size=30), reference=_tails)
@example(base="http://[", reference="http://[")
@example(base="https://shop.test/", reference="http://a" + "." * 300 + "\u3002/")
def test_absolute_never_raises_and_gives_http_or_data(base: str, reference: str) -> None:
    for start in (base, BASE):
        found = absolute(start, reference)
        assert found is None or found[:5].lower() == "data:" or found.startswith(("http://", "https://"))


@settings(deadline=None)
@given(http_urls())
def test_page_url_twice_changes_nothing(url: str) -> None:
    assert page_url(page_url(url)) == page_url(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://Shop.TEST", "http://shop.test/"),
        ("http://shop.test/a b?q=ä", "http://shop.test/a%20b?q=%C3%A4"),
        ("http://shop.test/?b=2&a=1&c=", "http://shop.test/?b=2&a=1&c="),
        ("http://shop.test/Path#part", "http://shop.test/Path"),
    ],
)
def test_page_url(url: str, expected: str) -> None:
    assert page_url(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Shop.Test/a", "shop.test"),
        ("http://shop.test:8080/a", "shop.test:8080"),
        ("http://user:secret@shop.test/", "shop.test"),
    ],
)
def test_site_of(url: str, expected: str) -> None:
    assert site_of(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://shop.test/a/red%20shirt.jpg?w=1", "red shirt.jpg"),
        ("https://shop.test/", None),
        ("https://shop.test", None),
        ("img/red-shirt.jpg", "red-shirt.jpg"),
        ("data:image/png;base64,AA/BB", None),
        ("http://[/a.png", None),
        ("", None),
    ],
)
def test_file_name(url: str, expected: str | None) -> None:
    assert file_name(url) == expected


@pytest.mark.parametrize(
    ("one", "two"),
    [
        pytest.param("https://shop.test/a.jpg?w=1", "https://shop.test/a.jpg?w=2", id="width on an unknown host"),
        pytest.param("https://shop.test/a.jpg?v=1", "https://shop.test/a.jpg?v=2", id="version on an unknown host"),
        pytest.param("https://shop.test/img.php?id=1", "https://shop.test/img.php?id=2", id="id"),
        pytest.param("https://shop.test/img?a=", "https://shop.test/img?b=", id="blank values"),
        pytest.param("https://shop.test/a.jpg", "https://shop.test/A.jpg", id="capitals in the path"),
        pytest.param("http://shop.test/a.jpg", "http://shop.test:8080/a.jpg", id="port"),
        pytest.param("https://imgix.net.evil.test/a?w=1", "https://imgix.net.evil.test/a?w=2", id="look-alike host"),
        pytest.param(
            "https://x.test/s/cdn.shopify.com/a?v=1", "https://x.test/s/cdn.shopify.com/a?v=2", id="host in path"
        ),
        pytest.param("data:image/png,a", "data:image/png,b", id="data"),
        pytest.param("data:image/png," + "a" * 200, "data:image/png," + "a" * 199 + "b", id="long data"),
    ],
)
def test_two_images(one: str, two: str) -> None:
    assert canonical_image_url(one) != canonical_image_url(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        pytest.param("https://shop.test/a.jpg?x=1&y=2", "https://shop.test/a.jpg?y=2&x=1", id="order of the query"),
        pytest.param("https://shop.test/ä.jpg", "https://shop.test/%c3%a4.jpg", id="escapes"),
        pytest.param("https://shop.test/a.jpg", "https://SHOP.test/a.jpg", id="capitals in the host"),
        pytest.param("https://shop.test/a.jpg#x", "https://shop.test/a.jpg", id="fragment"),
        pytest.param(
            "https://shop.test/_next/image?url=https%3A%2F%2Fcdn.shopify.com%2Fa.jpg%3Fv%3D1&w=64",
            "https://cdn.shopify.com/a.jpg?v=9",
            id="one scheme inside another",
        ),
    ],
)
def test_one_image(one: str, two: str) -> None:
    assert canonical_image_url(one) == canonical_image_url(two)


@settings(deadline=None)
@given(http_urls())
@example("https://shop.test/_next/image?url=%2F_next%2Fimage")
@example("https://shop.test/_next/image?url=/_next/image?url=/a.png")
@example("https://shop.test/_next/image" + "?url=/_next/image" * 5000)
@example("https://shop.test/_next/image?url=%2F_next%2Fimage%3Furl%3D%252Fa.png")
@example("http://shop.test/http://@@")
@example("data:image/png," + "\ud800" * 200)
@example("https://shop.test/" + "a" * 3000)
@example("https://shop.test/" + "ä" * 3000)
@example("https://shop.test/cdn/shop/a.jpg?%zz=1&width=2;v=3&q=%F0%9F")
def test_canonical_image_url_twice_changes_nothing(url: str) -> None:
    once = canonical_image_url(url)
    assert canonical_image_url(once) == once
    assert len(once) <= MAX_URL_CHARS
    once.encode("ascii")


def test_a_long_address_keeps_its_identity() -> None:
    long = "https://shop.test/" + "a" * MAX_URL_CHARS
    assert len(bounded(long)) <= MAX_URL_CHARS
    assert bounded(long) != bounded(long + "b")
    assert bounded(bounded(long)) == bounded(long)


# The quick way for plain addresses gives what the long one gives.

segments = st.lists(st.text("aZ09_.~-", max_size=3), max_size=4).map("/".join)
queries = st.just("") | st.text("a=&.-1", max_size=5).map("?".__add__)
fragments = st.just("") | st.text("a /?#é\n", max_size=3).map("#".__add__)
origins = st.sampled_from(
    [
        *["http://a.test", "https://A.test", "http://a.test:80", "https://a.test:8443", "http://127.0.0.1:1"],
        *["http://1.2", "http://a..test", "http://-a.test", "http://xn--4ca.test", "http://a_b.test", "http://0x7f.1"],
        *["http://u:p@a.test", "http://[::1]", "http://", "ftp://a.test", "data:", "mailto:x", "http://a.test:x", ""],
    ]
)
addresses = st.tuples(origins, st.sampled_from(["", "/", "//"]), segments, queries, fragments).map("".join)
references = st.tuples(st.sampled_from(["", "/", "//", "./", "../"]), segments, queries, fragments).map("".join)


@settings(deadline=None, max_examples=300)
@given(addresses, references | addresses)
def test_plain_references_are_resolved_like_others(base: str, reference: str) -> None:
    assert urls.absolute(base, reference) == urls._absolute(base, reference)


@settings(deadline=None, max_examples=300)
@given(addresses)
def test_plain_addresses_are_stored_like_others(url: str) -> None:
    def outcome(function: Callable[[str], str]) -> str:
        try:
            return function(url)
        except ValueError as error:
            return type(error).__name__

    assert outcome(urls.page_url) == outcome(urls._page_url)
