"""The demo site is whole: what should work does, and every trap that its README lists is there."""

from __future__ import annotations

import gc
import http.client
import io
import re
import socket
import threading
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

import pytest
from lxml import etree, html
from PIL import Image

from alt_audit.demo.server import MAX_WIDTH_PX, serve_demo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

SITE = Path(str(files("alt_audit.demo") / "site"))
IMAGE_SUFFIXES = {".jpg", ".png", ".webp", ".gif", ".svg"}
BROKEN_ON_PURPOSE = {"blog/the-lost-post.html", "img/photos/grinder.jpg"}
NOT_PICTURES = {"img/photos/crema.jpg", "img/photos/recipe-card.jpg"}


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with serve_demo() as url:
        yield url


def get(url: str, method: str = "GET") -> tuple[int, Message, bytes]:
    with urlopen(Request(url, method=method), timeout=5) as answer:
        return answer.status, answer.headers, answer.read()


def status_of(base: str, target: str) -> int:
    """The status of a request whose target is sent as it is: urllib would tidy it up."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=5)
    try:
        connection.putrequest("GET", target)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture(scope="module")
def sitemap(base: str) -> list[str]:
    tree = etree.fromstring(get(f"{base}sitemap.xml")[2])
    return [str(loc) for loc in tree.xpath("//*[local-name()='loc']/text()")]


@pytest.fixture(scope="module")
def pages(base: str, sitemap: list[str]) -> dict[str, html.HtmlElement]:
    return {url.removeprefix(base): html.document_fromstring(get(url)[2]) for url in sitemap}


def references(page: html.HtmlElement) -> set[str]:
    """Every address that the page names: links, pictures, styles and scripts."""
    found = set(page.xpath("//@href | //@src | //@data-src | //object/@data"))
    for srcset in page.xpath("//@srcset"):
        found |= {candidate.split()[0] for candidate in srcset.split(", ")}
    for style in page.xpath("//@style"):
        found |= set(re.findall(r"url\('(.+?)'\)", style))
    return found


def test_every_page_of_the_sitemap_answers(base: str, sitemap: list[str]) -> None:
    assert len(sitemap) == len(set(sitemap)) == 18
    for url in sitemap:
        assert url.startswith(base)
        status, headers, _ = get(url)
        assert (status, headers["Content-Type"]) == (200, "text/html")


def test_links_reach_every_page_but_one(base: str, pages: dict[str, html.HtmlElement]) -> None:
    reached, todo = set(), [""]
    while todo:
        path = todo.pop()
        if path in reached or path not in pages:
            continue
        reached.add(path)
        links = pages[path].xpath("//a/@href | //area/@href")
        todo += [urldefrag(urljoin(base + path, href))[0].removeprefix(base) for href in links]
    assert pages.keys() - reached == {"press.html"}


def test_internal_references_resolve(base: str, pages: dict[str, html.HtmlElement]) -> None:
    urls = {urldefrag(urljoin(base + path, ref))[0] for path, page in pages.items() for ref in references(page)}
    internal = sorted(url for url in urls if url.startswith(base))
    assert len(internal) > 50
    broken = set()
    for url in internal:
        try:
            _, headers, body = get(url)
        except HTTPError as error:
            error.close()
            broken.add((error.code, url.removeprefix(base)))
            continue
        assert int(headers["Content-Length"]) == len(body), url
        name = urlsplit(url).path.removeprefix("/")
        if Path(name).suffix in IMAGE_SUFFIXES - {".svg"} and name not in NOT_PICTURES:
            assert headers["Content-Type"].startswith("image/")
            with Image.open(io.BytesIO(body)) as picture:
                picture.load()
    assert broken == {(404, path) for path in BROKEN_ON_PURPOSE}


@pytest.mark.parametrize("width", [1, 300, 800, 1000])
@pytest.mark.parametrize("name", ["coffee", "rocket", "deep-field", "dahlia", "pavilion"])
def test_resized_variants_have_the_width_asked_for(base: str, name: str, width: int) -> None:
    _, headers, body = get(f"{base}cdn/shop/files/{name}.jpg?v=1712&width={width}")
    assert headers["Content-Type"] == "image/jpeg"
    with Image.open(io.BytesIO(body)) as picture:
        assert (picture.width, picture.format) == (width, "JPEG")


@pytest.mark.parametrize(
    "query", ["", "?v=1", "?width=0", "?width=-3", "?width=99999", "?width=²", f"?width={MAX_WIDTH_PX + 1}"]
)
def test_without_a_sensible_width_the_file_is_served_as_it_is(base: str, query: str) -> None:
    original = (SITE / "cdn/shop/files/coffee.jpg").read_bytes()
    assert get(f"{base}cdn/shop/files/coffee.jpg{query.replace('²', '%C2%B2')}")[2] == original


def test_a_missing_picture_is_not_found_at_any_width(base: str) -> None:
    assert status_of(base, "/cdn/shop/files/tea.jpg?width=300") == 404


def test_what_is_no_picture_is_served_as_it_is(base: str) -> None:
    assert status_of(base, "/cdn/shop/files/../../../img/photos/recipe-card.jpg?width=300") == 200


def test_the_old_shop_redirects(base: str) -> None:
    class Stay(HTTPRedirectHandler):
        def redirect_request(self, *args: object) -> None:
            return None

    with pytest.raises(HTTPError) as caught:
        build_opener(Stay).open(f"{base}old-shop.html", timeout=5)
    with caught.value as answer:
        assert (answer.code, answer.headers["Location"]) == (301, "/shop/")
    with urlopen(f"{base}old-shop.html", timeout=5) as answer:
        assert answer.url == f"{base}shop/"


@pytest.mark.parametrize(
    "path", ["", "robots.txt", "sitemap.xml", "img/logo.png", "cdn/shop/files/coffee.jpg?width=300"]
)
def test_head_answers_as_get_without_a_body(base: str, path: str) -> None:
    _, expected, _ = get(base + path)
    status, headers, body = get(base + path, "HEAD")
    names = ("Content-Type", "Content-Length")
    assert (status, body) == (200, b"")
    assert [headers[name] for name in names] == [expected[name] for name in names]


@pytest.mark.parametrize(
    "target",
    [
        "/../server.py",
        "/img/../../server.py",
        "/%2e%2e/server.py",
        "/..%2fserver.py",
        "/cdn/shop/files/../../../../server.py?width=300",
        "/cdn/shop/files/%2e%2e/%2e%2e/%2e%2e/%2e%2e/server.py?width=300",
        "//server.py",
        "/etc/passwd",
        "/img/",
        "/cdn/shop/files/?width=300",
    ],
)
def test_nothing_outside_the_site_and_no_folder_is_served(base: str, target: str) -> None:
    assert status_of(base, target) == 404


def test_robots_txt_keeps_crawlers_out_and_names_the_sitemap(base: str, pages: dict[str, html.HtmlElement]) -> None:
    text = get(f"{base}robots.txt")[2].decode()
    assert "Disallow: /private/\n" in text
    assert f"Sitemap: {base}sitemap.xml\n" in text
    assert all(page.cssselect("footer a[href='/private/stock.html']") for page in pages.values())
    assert status_of(base, "/private/stock.html") == 200


# libxml2 does not know that `source` is void and puts the `img` of a `picture` inside it: no `+` there.
TRAPS = [
    ("about.html", "img[src$='chelsea-copy.jpg']:not([alt])"),
    ("blog/eileen-collins.html", "img[src$='astronaut.jpg']:not([alt])"),
    ("gallery.html", "figure:has(figcaption) > img[src$='gravel.jpg']:not([alt])"),
    ("blog/texture.html", "figure:has(figcaption) > img[src$='cameraman.jpg']:not([alt])"),
    ("shop/pavilion.html", "figure:has(figcaption) > img[src$='pavilion-roofs.jpg']:not([alt])"),
    ("", "a > img[src*='coffee.jpg'][srcset*='width=800']:not([alt])"),
    ("shop/", "a > img[src*='coffee.jpg']:only-child:not([alt])"),
    ("blog/", "a > img[src*='v=1699']:only-child:not([alt])"),
    ("", "a > img[src$='banner-spring-sale.png'][alt='']:only-child"),
    ("shop/august-dahlia.html", "img[alt=' ']"),
    ("shop/night-on-the-pad.html", "img[alt='IMG_2041.jpg']"),
    ("blog/texture.html", "img[alt='DSC_0417']"),
    ("shop/august-dahlia.html", "img[alt='TODO']"),
    ("shop/deep-field.html", "img[alt='image']"),
    ("shop/deep-field.html", "img[alt^='Image of ']"),
    ("shop/", "a:has(span) > img[alt='August Dahlia']"),
    ("de/", "img[alt^='Orange flower']"),
    ("", ".promises li > img[alt='']"),
    ("", "a:has(span) > img[src*='deep-field'][alt='']"),
    ("about.html", "img[role='presentation']"),
    ("", "img[src$='spacer.gif'][alt='']"),
    ("", "img[src*='pixel.gif'][width='1'][height='1']:not([alt])"),
    ("shop/", "img[src*='pixel.gif'][width='1'][height='1']:not([alt])"),
    ("about.html", "[hidden] img:not([alt])"),
    ("about.html", "[style*='display: none'] img:not([alt])"),
    ("about.html", "[aria-hidden='true'] img:not([alt])"),
    ("", "picture:has(> source[type='image/webp']) img[alt]"),
    ("shop/pavilion.html", "picture:has(> source[type='image/webp']) img:not([alt])"),
    ("about.html", "svg[role='img'] > title"),
    ("about.html", "svg[role='img']:not(:has(title))"),
    ("about.html", "svg[aria-hidden='true']"),
    ("contact.html", "a > svg[role='img']:only-child:not(:has(title))"),
    ("contact.html", "a > svg[aria-hidden='true']"),
    ("", "input[type='image']:not([alt])"),
    ("contact.html", "map[name='rooms'] > area[href]:not([alt])"),
    ("contact.html", "img[usemap='#rooms'][alt]"),
    ("contact.html", "object[type='image/png']:not([title]):not([aria-label])"),
    ("about.html", "div[role='img'][style*='background-image']:not([aria-label])"),
    ("shop/first-light.html", "img[srcset*='width=300'][srcset*='width=600'][src*='width=800']:not([alt])"),
    ("shop/", "img[src^='data:'][data-src]:not([alt]) + noscript > img:not([alt])"),
    ("gallery.html", "img[loading='lazy'][alt]"),
    ("blog/slow-morning.html", "img[src$='grinder.jpg']:not([alt])"),
    ("blog/slow-morning.html", "img[src$='crema.jpg']:not([alt])"),
    ("blog/slow-morning.html", "img[src$='recipe-card.jpg']:not([alt])"),
    ("blog/", "a[href='/blog/the-lost-post.html']"),
    ("blog/slow-morning.html", "a[href='/old-shop.html']"),
    ("blog/slow-morning.html", "a[href='https://example.com/']"),
    ("press.html", "img[src$='cat.jpg']:not([alt])"),
    ("de/", "html[lang='de']"),
    ("de/versand.html", "html[lang='de'] meta[charset='windows-1252']"),
    ("de/versand.html", "img[alt*=' für sich ']"),
]


@pytest.mark.parametrize(("path", "selector"), TRAPS, ids=[f"{path or '/'} {css}" for path, css in TRAPS])
def test_trap_is_there(pages: dict[str, html.HtmlElement], path: str, selector: str) -> None:
    assert pages[path].cssselect(selector)


def test_every_page_has_the_nameless_linked_logo(pages: dict[str, html.HtmlElement]) -> None:
    for page in pages.values():
        (link,) = page.cssselect("header a[href='/']")
        (logo,) = link
        assert (logo.tag, logo.get("src"), logo.get("alt")) == ("img", "/img/logo.png", None)
        assert not link.text_content().strip()


def test_products_have_a_name(pages: dict[str, html.HtmlElement]) -> None:
    products = [
        page.cssselect("[itemtype='https://schema.org/Product'] [itemprop='name']")
        for path, page in pages.items()
        if path.startswith("shop/") and path != "shop/"
    ]
    assert [len(names) for names in products] == [1] * 5


def test_headings_start_at_one_and_skip_no_level(pages: dict[str, html.HtmlElement]) -> None:
    for path, page in pages.items():
        levels = [int(heading.tag[1]) for heading in page.cssselect("h1, h2, h3, h4, h5, h6")]
        assert levels[0] == 1, path
        assert levels.count(1) == 1, path
        assert all(after <= before + 1 for before, after in pairwise(levels)), path


def test_broken_files_are_broken_as_promised() -> None:
    copy, original = (SITE / "img/photos" / name for name in ("chelsea-copy.jpg", "cat.jpg"))
    assert copy.read_bytes() == original.read_bytes()
    cut = (SITE / "img/photos/crema.jpg").read_bytes()
    assert cut.startswith(b"\xff\xd8")
    assert not cut.endswith(b"\xff\xd9")
    with Image.open(io.BytesIO(cut)) as picture, pytest.raises(OSError, match="truncated"):
        picture.load()
    assert (SITE / "img/photos/recipe-card.jpg").read_text(encoding="ascii").startswith("Espresso")


def test_size_of_the_whole_site() -> None:
    assert sum(file.stat().st_size for file in SITE.rglob("*") if file.is_file()) < 2_500_000
    for file in [*SITE.rglob("*.jpg"), *SITE.rglob("*.webp")]:
        if file.relative_to(SITE).as_posix() not in NOT_PICTURES:
            with Image.open(file) as picture:
                assert max(picture.size) <= 1000


def test_every_picture_is_credited_and_every_credit_has_its_picture() -> None:
    text = (SITE / "CREDITS.md").read_text(encoding="utf-8")
    credited = set(re.findall(r"`((?:img|cdn)/[^`]+)`", text))
    present = {file.relative_to(SITE).as_posix() for file in SITE.rglob("*") if file.suffix in IMAGE_SUFFIXES}
    assert credited == present


def test_every_picture_is_used(pages: dict[str, html.HtmlElement]) -> None:
    used = {urlsplit(ref).path for page in pages.values() for ref in references(page)}
    present = {f"/{file.relative_to(SITE).as_posix()}" for file in SITE.rglob("*") if file.suffix in IMAGE_SUFFIXES}
    assert present <= used


def test_the_server_is_gone_afterwards() -> None:
    before = set(threading.enumerate())
    with serve_demo() as url:
        assert get(url)[0] == 200
    address = urlsplit(url)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=5)
    assert "demo-site" not in {thread.name for thread in set(threading.enumerate()) - before}
    gc.collect()  # an unclosed socket would warn here, and warnings are errors
