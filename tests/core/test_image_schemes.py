"""The table of image servers: what folds, what must stay apart, and what hostile addresses cost."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.identity.image_schemes import ImageScheme, image_schemes, read_table
from core.identity.urls import MAX_URL_CHARS, _canonical, absolute, canonical_image_url

CASES: dict[str, list[list[str]]] = {
    name: case["groups"]
    for name, case in tomllib.loads(Path(__file__).with_name("image_schemes.toml").read_text("utf-8")).items()
}

# What no row may touch: addresses without a scheme, schemes that cannot be undone, look-alikes.
APART = [
    ["https://a.test/x.jpg?w=1", "https://a.test/x.jpg?w=2", "https://a.test/x.jpg"],
    ["https://a.test/x.jpg?v=1", "https://a.test/x.jpg?v=2", "https://a.test/x.jpg?ver=1"],
    ["https://a.test/photo-300x200.jpg", "https://a.test/photo-600x400.jpg"],
    [
        "https://a.test/fileadmin/_processed_/1/2/csm_x_0a1b2c.jpg",
        "https://a.test/fileadmin/_processed_/1/2/csm_x_0a1b2d.jpg",
    ],
    ["https://camo.githubusercontent.com/ab12/68747470", "https://camo.githubusercontent.com/ab13/68747471"],
    ["https://imgix.net.evil.test/a?w=1", "https://imgix.net.evil.test/a?w=2"],
    ["https://a.test/i0.wp.com/b.test/x.jpg?w=1", "https://a.test/i0.wp.com/b.test/x.jpg?w=2"],
    ["https://a.test/img?q=%E4&utm_source=x", "https://a.test/img?q=%E5&utm_source=x"],
    ["https://a.test/X.jpg", "https://a.test/x.jpg"],
    ["https://a.test/a%2Fb.jpg", "https://a.test/a/b.jpg"],
    *[
        [f"https://a.test/{folder}/{name}.jpg" for name in names]
        for folder in ("wp-content/uploads/2024/05", "cdn/shop/files")
        for names in (
            ["rug-160x230", "rug-200x290", "rug"],
            ["rug_160x230", "rug_200x290", "rug"],
            ["chart_small", "chart_large", "chart"],
            ["fox_icon", "fox_original", "fox_master", "fox"],
            ["zoom_10x", "zoom_20x", "zoom_4x", "zoom_x2", "zoom_x50", "zoom"],
        )
    ],
    ["https://a.test/s.svg#cart", "https://a.test/s.svg#home", "https://a.test/s.svg?v=1#cart", "https://a.test/s.svg"],
]


def plain(url: str) -> str:
    return url.removeprefix("=")


def test_every_scheme_has_cases() -> None:
    assert [scheme.name for scheme in image_schemes()] == list(CASES)
    assert all(len(groups) > 1 for groups in CASES.values())


@pytest.mark.parametrize("name", CASES)
def test_what_folds_and_what_stays_apart(name: str) -> None:
    found = []
    for group in CASES[name]:
        canonical = {canonical_image_url(plain(url)) for url in group}
        assert len(canonical) == 1, canonical
        assert canonical >= {url[1:] for url in group if url.startswith("=")}
        found += canonical
    assert len(found) == len(set(found)), sorted(found)


@pytest.mark.parametrize("name", CASES)
def test_a_scheme_is_needed_for_its_cases(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    others = tuple(scheme for scheme in image_schemes() if scheme.name != name)
    monkeypatch.setattr(
        "core.identity.image_schemes._schemes_of",
        lambda host: tuple(s for s in others if not s.host or s.host.search(host)),
    )
    folded = [len({_canonical.__wrapped__(plain(url)) for url in group}) == 1 for group in CASES[name]]
    assert not all(folded)


@pytest.mark.parametrize("urls", APART, ids=[urls[0] for urls in APART])
def test_what_no_scheme_touches_stays_apart(urls: list[str]) -> None:
    assert len({canonical_image_url(url) for url in urls}) == len(urls)


_urls = st.sampled_from([plain(url) for groups in CASES.values() for group in groups for url in group])
_glue = st.sampled_from(
    ["", "/", "?", "&", "%2F", "%25", "https://", "https%3A%2F%2F", "é", "\ud800", "//", ";", "=", ","]
)


@st.composite
def mangled(draw: st.DrawFn) -> str:
    """Pieces of real addresses, put together wrongly."""
    one, two = draw(_urls), draw(_urls)
    cut = draw(st.integers(8, len(one)))
    text = one[:cut] + draw(_glue) + two[draw(st.integers(0, len(two))) :] + draw(_glue) + draw(st.text(max_size=5))
    return absolute("https://a.test/", text) or one


@settings(deadline=None, max_examples=400)
@given(mangled())
@example("https://cdn.shopify.com/s/files/1/1/files/_200x_200x_200x.jpg")
@example("https://blog.test/wp-content/uploads/a-300x200-scaled.jpg.webp")
@example("https://a.test/sites/a/files/styles/b/public/c.svg.png.svg#x")
@example("https://a.test/_next/image?url=%2Fs.svg#x")
@example("https://wsrv.nl/?url=https%3A%2F%2Fcdn.://a.test/x.jpg?utm_source=mail&utm_medium=x&fbclid=1")
@example("https://wsrv.nl/?url=https%3A%2F%2Fme%3Asecret%40cdn.test%2Fa%257Eb.jpg")
@example("https://i0.wp.com/i1.wp.com/i2.wp.com/blog.test/a.jpg?ssl=1")
def test_twice_changes_nothing(url: str) -> None:
    once = canonical_image_url(url)
    assert canonical_image_url(once) == once
    assert "secret" not in once
    assert len(once) <= MAX_URL_CHARS


SEEDS = [
    "/",
    "a",
    "x1",
    "w_1,",
    "w=1,",
    "1x1",
    "-1x1",
    "_1x1",
    "https:/",
    "/w:1",
    "/v1",
    "-/resize/1/",
    "/tr:w-1",
    "=s1-c",
    "%2F",
]


def hostile_urls(name: str) -> Iterator[str]:
    """Addresses of 2,000 characters that nearly match a row again and again."""
    for url in (plain(url) for group in CASES[name] for url in group[:1]):
        start, _, query = url.partition("?")
        yield f"{('https://a.test/' + start.split('/', 3)[-1] + '/') * 200}"[:1990] + "!"
        for seed in SEEDS:
            yield f"{start[: len(start) * 2 // 3]}{seed * 2000}"[:1990] + "!"
            for parameter in query.split("&") if query else ():
                known = parameter[: parameter.find("=") + 1 + 9]
                yield f"{start}?{known}{seed * 2000}"[:1990] + "!"


@pytest.mark.parametrize("scheme", image_schemes(), ids=lambda scheme: scheme.name)
def test_a_hostile_address_costs_little(scheme: ImageScheme) -> None:
    for url in hostile_urls(scheme.name):
        began = time.process_time()
        scheme.reduce(url, urlsplit(url).path)
        assert time.process_time() - began < 1, url[:100]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('name = "x"', "row 1 (x), as a whole: Value error, a row needs unwrap, rewrite or drop"),
        ('name = "x"\ndrop = ["a"]\nhots = "b"', "row 1 (x), hots: Extra inputs are not permitted"),
        ('name = "x"\ndrop = ["A"]', "row 1 (x), drop.0: Value error, write a parameter as its name in lower case"),
        ('name = "x"\ndrop = ["a"]\nhost = "("', "row 1 (x), host: Input should be a valid regular expression"),
        ('name = "x"\ndrop = ["a=("]', "row 1 (x), drop.0: "),
        ('name = "x"\nrewrite = ["a", "\\\\1"]', "row 1 (x), as a whole: Value error, '\\\\1' names a group"),
        ('drop = ["a"]', "row 1 (without a name), name: Field required"),
        ('name = "x"\ndrop = ["a"]\n[[scheme]]\nname = "x"\ndrop = ["b"]', "more than one row is named x"),
    ],
    ids=["does nothing", "unknown key", "capitals", "host", "value", "group", "no name", "same name"],
)
def test_a_bad_row_is_explained(row: str, message: str) -> None:
    with pytest.raises(ValueError) as raised:
        read_table(tomllib.loads(f"[[scheme]]\n{row}\n"))
    assert message in str(raised.value)
