"""XHTML that is sent as such: tags that end themselves, CDATA, prefixes, conditional comments."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from alt_audit.check.page import check
from core.records import PageFacts
from crawler.crawl_options import CrawlOptions
from crawler.page.parse import parse_page
from rules.rule_options import RuleOptions

URL = "https://shop.test/page"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml" lang="en">'


def parse(markup: str, content_type: str = "application/xhtml+xml") -> PageFacts:
    return parse_page(URL, (HEAD + markup).encode(), content_type)


@pytest.mark.parametrize("tag", ["script", "iframe", "textarea", "title", "style", "a", "select", "noscript", "canvas"])
def test_tags_that_end_themselves(tag: str) -> None:
    page = parse(f'<body><p><{tag} id="x"/></p><p><img src="a.png" alt="a > b"/><br/></p></body></html>')
    assert [one.selector for one in page.occurrences] == ["body > p:nth-of-type(2) > img"]


def test_they_do_not_end_themselves_in_html() -> None:
    assert parse('<body><textarea/><img src="a"/>', "text/html").occurrences == ()


def test_what_xml_alone_knows() -> None:
    page = parse(
        "<head><title><![CDATA[Cups & <saucers>]]></title><style>/*<![CDATA[*/ p > b {background:url(b.png)} /*]]>*/"
        "</style></head><body xmlns:h='http://www.w3.org/1999/xhtml'><h:p><h:img src='a.png'/></h:p>"
        "<!-- <script/> --><?x <script/> ?><p>\n<b>x</b></p></body></html>"
    )
    assert page.title == "Cups & <saucers>"
    assert [(one.element, one.src, one.line) for one in page.occurrences] == [("img", "a.png", 2), ("b", "b.png", 3)]


@pytest.mark.parametrize(
    "markup", ["<a " * 200_000, "<a b='" * 100_000, "<![CDATA[" * 100_000, "<!--" * 200_000, "<a/>" * 200_000]
)
def test_in_linear_time(markup: str) -> None:
    started = time.process_time()
    parse(markup)
    assert time.process_time() - started < 10


def test_files_are_known_by_their_names(tmp_path: Path) -> None:
    for name, images in (("a.xhtml", 1), ("a.html", 0)):
        (tmp_path / name).write_text(HEAD + '<body><textarea/><img src="a.png"/></body></html>', "utf-8")
        assert len(check(str(tmp_path / name), CrawlOptions(), RuleOptions()).facts.occurrences) == images


def test_conditional_comments() -> None:
    page = parse_page(
        URL,
        b"<![if !IE]><img src=a><![endif]><!--[if IE]><img src=no><![endif]-->"
        b"<!--[if !IE]><!--><img src=b><!--<![endif]-->"
        b"<!--[if lt IE 9]><a href=/no>old</a><![endif]--><a href=/after>after</a>",
    )
    assert ([one.src for one in page.occurrences], page.links) == (["a", "b"], ("https://shop.test/after",))
