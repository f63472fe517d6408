"""Spaces without end, and the ordinary sites that must not be taken for them."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from crawler.urls.traps import MAX_SEGMENTS, MAX_VARIANTS, Traps, repeats_itself, without_session


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("/a?PHPSESSID=1f2e", "/a"),
        ("/a?x=1&phpsessid=1f2e&y=2", "/a?x=1&y=2"),
        ("/a?utm_source=n&utm_medium=m&x=1", "/a?x=1"),
        ("/a;jsessionid=0A1B.node1?x=1", "/a?x=1"),
        ("/a?sid=0123456789abcdef0123", "/a"),
        ("/a?sid=42", "/a?sid=42"),
        ("/a?session_id=42", "/a?session_id=42"),
        ("/a?x=utm_source=1", "/a?x=utm_source=1"),
        ("/a?sidebar=0123456789abcdef0123", "/a?sidebar=0123456789abcdef0123"),
        ("/a?_gl=1*abc*_ga*1&x=1", "/a?x=1"),
        ("/a?srsltid=AfmBOo", "/a"),
        ("/a?_pos=3&_psq=blue+mug&_ss=e&_sid=0a1b2c&_v=1.0", "/a?_v=1.0"),
        ("/a?pr_prod_strat=e5&pr_rec_id=0a&pr_rec_pid=1&pr_ref_pid=2&pr_seq=uniform", "/a"),
        ("/a?___SID=U&x=1", "/a?x=1"),
        ("/a?_hsenc=p2&_hsmi=1&__hstc=2&__hssc=3&__hsfp=4", "/a"),
        ("/a?yclid=1&wbraid=2&gbraid=3&gad_source=1&gad_campaignid=2&dclid=4&ttclid=5&twclid=6", "/a"),
        ("/a?msclkid=1&li_fat_id=2&igshid=3&igsh=4&mkt_tok=5&mc_cid=6", "/a"),
        ("/a?pk_campaign=x&mtm_kwd=y&x=1", "/a?x=1"),
        ("/a?nocache=1700000000&_=1700000000123", "/a"),
        ("/a?nocache=1&_=2&_pos=top&_ss=12", "/a?nocache=1&_=2&_pos=top&_ss=12"),
        ("/a?pk_id=3&mtm=4&clid=5&xgclid=6&ref=footer", "/a?pk_id=3&mtm=4&clid=5&xgclid=6&ref=footer"),
        ("/a?", "/a?"),
        ("/a?x=", "/a?x="),
        ("/a", "/a"),
    ],
)
def test_without_session(url: str, kept: str) -> None:
    assert without_session(f"https://shop.test{url}") == f"https://shop.test{kept}"
    assert without_session(f"https://shop.test{kept}") == f"https://shop.test{kept}"


@pytest.mark.parametrize(
    ("path", "trap"),
    [
        ("/", False),
        ("/a/a/b", False),
        ("/a/b/a/b", False),
        ("/de/produkte/de/produkte/1", False),
        ("/2026/11/21/a-post", False),
        ("///next", False),
        ("////next", True),
        ("/a/b/a/b/a/b", True),
        ("/x/a/b/a/b/a/b/y", True),
        ("/next/next/next/", True),
        ("/a/b/c/a/b/c/a/b/c", True),
        ("/" + "/".join(map(str, range(MAX_SEGMENTS))), False),
        ("/" + "/".join(map(str, range(MAX_SEGMENTS + 1))), True),
    ],
)
def test_paths_that_repeat_themselves(path: str, trap: bool) -> None:
    assert repeats_itself(path) is trap


def test_long_paths_are_judged_quickly() -> None:
    paths = ["/a" * 1000, "/a/b" * 500, "/" * 2000, "/".join(map(str, range(MAX_SEGMENTS)))]
    started = time.process_time()
    for _ in range(250):
        for path in paths:
            repeats_itself(path)
    assert time.process_time() - started < 2  # a millisecond would be 1 s


def test_queries_are_counted_for_each_path() -> None:
    traps = Traps(3)
    verdicts = [traps.refusal(f"https://shop.test/{path}?page={n}", 1) for path in "ab" for n in range(5)]
    assert verdicts == [None, None, None, "query_trap", "query_trap"] * 2
    assert traps.refusal("https://shop.test/a", 1) is None


def test_what_an_interrupted_crawl_has_read_counts() -> None:
    traps = Traps(3)
    for n in range(3):
        traps.admit(f"https://shop.test/a?page={n}")
    assert traps.refusal("https://shop.test/a?page=3", 1) == "query_trap"


def test_no_limit() -> None:
    traps = Traps(None)
    assert {traps.refusal(f"https://shop.test/a?page={n}", 1) for n in range(5000)} == {None}


def varied(canonical: str, title: Callable[[int], str]) -> Traps:
    traps = Traps(None)
    for n in range(MAX_VARIANTS):
        traps.vary(f"https://shop.test/mugs?color={n}&size=m", canonical, title(n))
    return traps


@pytest.mark.parametrize(
    ("canonical", "link", "refused"),
    [
        ("/mugs", "/mugs?color=red&size=l", True),
        ("/mugs", "/mugs?color=red", False),
        ("/mugs", "/mugs?page=2", False),
        ("/mugs", "/mugs", False),
        ("/mugs", "/cups?color=red&size=l", False),
        ("/mugs", "/mugs/blue?color=red&size=l", False),
        ("/mugs?cat=3", "/mugs?cat=3&color=red&size=l", True),
        ("/mugs?cat=3", "/mugs?size=l&cat=3&color=red", True),
        ("/mugs?cat=3", "/mugs?cat=3&page=2", False),
        ("/mugs?cat=3", "/mugs?cat=4&color=red&size=l", False),
        ("/cups", "/mugs?color=red&size=l", False),
    ],
)
def test_one_more_variant(canonical: str, link: str, refused: bool) -> None:
    traps = varied("https://shop.test" + canonical, lambda n: "Mugs")
    assert (traps.refusal("https://shop.test" + link, 1) == "variant_trap") is refused


def test_pages_with_titles_of_their_own_are_no_variants() -> None:
    traps = varied("https://shop.test/mugs", lambda n: f"Post {n}")
    assert traps.refusal("https://shop.test/mugs?color=red&size=l", 1) is None


def test_variants_that_were_read_before_are_read_again() -> None:
    traps = varied("https://shop.test/mugs", lambda n: "Mugs")
    traps.admit_variants([("https://shop.test/mugs?color=red&size=l", "https://shop.test/mugs", "Mugs")])
    assert traps.refusal("https://shop.test/mugs?color=red&size=l", 1) is None
    assert traps.refusal("https://shop.test/mugs?color=red&size=xl", 1) == "variant_trap"
