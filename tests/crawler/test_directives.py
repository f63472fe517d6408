"""meta robots and X-Robots-Tag: what applies to us."""

from __future__ import annotations

import pytest

from crawler.page.directives import MAX_DIRECTIVES, directives_for, may_follow, product_token
from crawler.page.parse import parse_page


@pytest.mark.parametrize(
    ("user_agent", "token"),
    [
        ("alt-audit/0.1", "alt-audit"),
        ("Mozilla/5.0 (compatible; ShopBot/2.1; +https://shop.test/bot)", "ShopBot"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140", "Mozilla"),
        ("my_bot", "my_bot"),
        ("4711", "4711"),
    ],
)
def test_product_token(user_agent: str, token: str) -> None:
    assert product_token(user_agent) == token


@pytest.mark.parametrize(
    ("lines", "directives"),
    [
        (["noindex, NoFollow"], ("noindex", "nofollow")),
        (["noai", "noimageai , noai"], ("noai", "noimageai")),
        (["alt-audit: nofollow"], ("nofollow",)),
        (["Alt-Audit: nofollow, noai"], ("nofollow", "noai")),
        (["otherbot: nofollow, noindex"], ()),
        (["otherbot: noindex, alt-audit: nofollow"], ("nofollow",)),
        (["noai, otherbot: nofollow"], ("noai",)),
        (["otherbot: nofollow", "noai"], ("noai",)),
        (["max-snippet:-1, max-image-preview:large"], ("max-snippet:-1", "max-image-preview:large")),
        (["unavailable_after: 25 Jun 2026 15:00:00 PST"], ("unavailable_after: 25 jun 2026 15:00:00 pst",)),
        ([" , ,", ""], ()),
        ([], ()),
    ],
)
def test_directives(lines: list[str], directives: tuple[str, ...]) -> None:
    assert directives_for(lines, "alt-audit") == directives


def test_directives_without_end_are_bounded() -> None:
    assert len(directives_for([",".join(f"d{n}" for n in range(100_000))], "alt-audit")) == MAX_DIRECTIVES


@pytest.mark.parametrize(
    ("directives", "allowed"), [((), True), (("noai",), True), (("nofollow",), False), (("none",), False)]
)
def test_may_follow(directives: tuple[str, ...], allowed: bool) -> None:
    assert may_follow(directives) is allowed


@pytest.mark.parametrize(
    ("markup", "directives"),
    [
        ('<meta name="ROBOTS" content="NOFOLLOW, noai">', ("nofollow", "noai")),
        ('<meta name="alt-audit" content="nofollow">', ("nofollow",)),
        ('<meta name="googlebot" content="nofollow"><meta name="robots" content="noai">', ("noai",)),
        ('<meta name="alt-audit" content="our page for auditors">', ()),
        ('<meta name="description" content="none">', ()),
        ('<meta name="robots"><meta content="nofollow">', ()),
    ],
)
def test_meta_elements(markup: str, directives: tuple[str, ...]) -> None:
    facts = parse_page("https://shop.test/", markup.encode())
    assert directives_for(facts.robots, "alt-audit") == directives


@pytest.mark.parametrize(
    ("content", "links"),
    [
        ("0; url=/next", ("https://shop.test/next",)),
        ("5;URL='/next'", ("https://shop.test/next",)),
        ("0, /next", ("https://shop.test/next",)),
        ("0.5 ; url = https://shop.test/a?b=c", ("https://shop.test/a?b=c",)),
        ("30", ()),
        ("/next", ()),
        ("0;url=", ()),
        ("0;url=javascript:alert(1)", ()),
        ("", ()),
    ],
)
def test_refresh_is_a_link(content: str, links: tuple[str, ...]) -> None:
    markup = f'<meta http-equiv="Refresh" content="{content}">'
    assert parse_page("https://shop.test/", markup.encode()).links == links
