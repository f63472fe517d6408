"""The srcset grammar of the HTML standard."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.page.srcset import Candidate, parse_srcset


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("", [], id="empty"),
        pytest.param(" , ,", [], id="commas alone"),
        pytest.param("a.png", [Candidate("a.png")], id="no descriptor"),
        pytest.param("a.png 300w, b.png 2x", [Candidate("a.png", 300), Candidate("b.png", density=2.0)], id="two"),
        pytest.param("a.png,b.png 2x", [Candidate("a.png,b.png", density=2.0)], id="comma inside an address"),
        pytest.param("a.png, b.png", [Candidate("a.png"), Candidate("b.png")], id="comma ends an address"),
        pytest.param("/w_300,h_2/a.png 300w", [Candidate("/w_300,h_2/a.png", 300)], id="Cloudinary"),
        pytest.param("data:image/png,AA 1x", [Candidate("data:image/png,AA", density=1.0)], id="data address"),
        pytest.param("a.png 300w 200h", [Candidate("a.png", 300)], id="height beside width"),
        pytest.param("a.png 200h", [], id="height alone"),
        pytest.param("a.png 300w 2x", [], id="width and density"),
        pytest.param("a.png 300w 400w", [], id="width twice"),
        pytest.param("a.png 0w", [], id="width of nothing"),
        pytest.param("a.png -1x", [], id="negative density"),
        pytest.param("a.png 1.5x", [Candidate("a.png", density=1.5)], id="fraction"),
        pytest.param("a.png 1e2x", [Candidate("a.png", density=100.0)], id="exponent"),
        pytest.param("a.png +2x", [], id="plus sign"),
        pytest.param("a.png 3q, b.png 2x", [Candidate("b.png", density=2.0)], id="unknown descriptor drops its own"),
        pytest.param("a.png (1w, 2x), b.png 2x", [Candidate("b.png", density=2.0)], id="parentheses hold a comma"),
        pytest.param("a.png (1w, 2x", [], id="parenthesis never closed"),
        pytest.param("a.png\n\t300w\f,\rb.png", [Candidate("a.png", 300), Candidate("b.png")], id="all white space"),
        pytest.param("a.png 300\u00a0w", [], id="other white space is none"),
        pytest.param("a.png ٣w", [], id="digits of other scripts"),
        pytest.param("a.png 00300w", [Candidate("a.png", 300)], id="leading zeros"),
        pytest.param("a.png " + "9" * 5000 + "w, b.png 1x", [Candidate("b.png", density=1.0)], id="absurd width"),
    ],
)
def test_srcset(value: str, expected: list[Candidate]) -> None:
    assert parse_srcset(value) == expected


@settings(deadline=None)
@given(st.text() | st.text("a1wxh.,() \t-e9"))
def test_any_text_gives_candidates(value: str) -> None:
    for candidate in parse_srcset(value):
        assert candidate.url
        assert not set(candidate.url) & set(" \t\n\f\r")
        assert candidate.width is None or candidate.density is None


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.text("abc/:?=.,", min_size=1).map(lambda url: f"x{url}x"), st.integers(1, 10**6)), max_size=6)
)
def test_what_is_written_is_read(written: list[tuple[str, int]]) -> None:
    value = ", ".join(f"{url} {width}w" for url, width in written)
    assert parse_srcset(value) == [Candidate(url, width) for url, width in written]
