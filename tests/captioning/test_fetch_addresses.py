"""The request line of a picture: byte for byte what a browser sends. The expectations are Chromium's."""

from __future__ import annotations

import asyncio
import socket

import pytest
from sqlalchemy import select

from captioning.caption_options import CaptionOptions
from captioning.fetch import Fetcher
from core.errors import ImageError
from core.identity.urls import canonical_image_url, requested
from crawler.page.parse import parse_page
from store.crawls import begin_crawl
from store.engine import writing
from store.models import Image, Occurrence
from store.pages import write_visits
from store.sites import ensure_site
from tests.captioning.images import jpeg
from tests.captioning.raw_server import answer, serve_raw
from tests.names import Names
from tests.storefill import MISSING, occurrence, visit

OPTIONS = CaptionOptions(retries=0, allow_private=["127.0.0.0/8"])
WRITTEN = [
    # As a page writes it, and as it is sent.
    (
        "/p/kettle.jpg?Expires=99&Signature=Zm9v%2Fb%2B%3D&Key=K",
        "/p/kettle.jpg?Expires=99&Signature=Zm9v%2Fb%2B%3D&Key=K",
    ),
    ("/p/a%3Ab%7Ec%40d.jpg", "/p/a%3Ab%7Ec%40d.jpg"),
    ("/cdn-cgi/image/w=80,q=75/https%3A%2F%2Fx.test%2Fa.jpg", "/cdn-cgi/image/w=80,q=75/https%3A%2F%2Fx.test%2Fa.jpg"),
    ("/p/~ann/it's(1).jpg", "/p/~ann/it's(1).jpg"),
    ("/p/50%off.jpg?r=5%", "/p/50%off.jpg?r=5%"),
    ("/p/%c3%A4.jpg", "/p/%c3%A4.jpg"),
    ("/p/b[2].jpg?f[0]=x|y&g={1}", "/p/b[2].jpg?f[0]=x|y&g={1}"),
    ("/p/b.jpg?", "/p/b.jpg?"),
    ("/p/b.jpg??", "/p/b.jpg??"),
    ("/p/b.jpg?&a&&b=", "/p/b.jpg?&a&&b="),
    ("/p//b.jpg", "/p//b.jpg"),
    ("/p/k\u00e4se.jpg?s=\u00df", "/p/k%C3%A4se.jpg?s=%C3%9F"),
    ("/p/b c.jpg?d=e f#part", "/p/b%20c.jpg?d=e%20f"),
]


@pytest.fixture
def server():
    with serve_raw() as running:
        yield running


def fetch(url: str) -> bytes | ImageError | None:
    async def one() -> bytes | ImageError | None:
        async with Fetcher(OPTIONS) as fetcher:
            try:
                async with fetcher.fetch(url) as fetched:
                    return fetched.data
            except ImageError as error:
                return error

    return asyncio.run(one())


@pytest.mark.parametrize(("written", "sent"), WRITTEN)
def test_from_the_page_to_the_request_line(server, written, sent):
    server.answers[sent] = answer(jpeg(1))
    html = f'<title>A</title><img src="{written}">'.encode()
    [image] = parse_page(f"{server.url}/page", html, "text/html; charset=utf-8").occurrences
    assert fetch(image.fetch_url) == jpeg(1), server.targets
    # However it is spelt in a request, it is the same image.
    assert canonical_image_url(image.fetch_url) == image.image_url


@pytest.mark.parametrize(("written", "sent"), WRITTEN)
def test_from_a_redirect_to_the_request_line(server, written, sent):
    location = written.encode("utf-8").decode("latin-1")
    server.answers["/start"] = answer(b"", "302 Found", f"Location: {location}")
    server.answers[sent] = answer(jpeg(1))
    assert fetch(f"{server.url}/start") == jpeg(1), server.targets


def test_a_folder_is_written_as_the_page_is(server):
    assert requested("http://shop.test/a[1]/page.html", "b.jpg") == "http://shop.test/a[1]/b.jpg"
    assert requested("http://[::1]/a/page.html", "b.jpg") == "http://[::1]/a/b.jpg"


@pytest.mark.parametrize(
    ("host", "sent"),
    [
        ("stra\u00dfe.test", "xn--strae-oqa.test"),
        ("STRASSE.test", "strasse.test"),
        ("\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2.test", "xn--kxa6ajbbmh.test"),  # a final sigma
        ("\u4e2d\u6587\u3002test", "xn--fiq228c.test"),
    ],
)
def test_hosts_are_those_of_uts_46(host, sent):
    assert requested("http://shop.test/", f"http://{host}/a.jpg") == f"http://{sent}/a.jpg"


def test_such_a_host_is_the_one_that_is_looked_up(server, monkeypatch):
    """As a page writes it, as a redirect does, and as whoever calls does."""
    names = Names({"xn--strae-oqa.test": [["127.0.0.1"]]})
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    server.answers["/k%C3%A4se.jpg"] = answer(jpeg(1))
    written = f"http://stra\u00dfe.test:{server.port}/k\u00e4se.jpg"
    server.answers["/start"] = answer(b"", "302 Found", f"Location: {written.encode('utf-8').decode('latin-1')}")
    for url in (requested(server.url, written), f"{server.url}/start", written):
        assert fetch(url) == jpeg(1)
    assert {one.headers["host"] for one in server.asked[1:]} >= {f"xn--strae-oqa.test:{server.port}"}


SECRET = "s3cret4711"


def test_a_password_in_an_address_is_neither_stored_nor_sent(server, engine):
    server.answers["/a.jpg"] = answer(jpeg(1))
    with_login = server.url.replace("//", f"//ann:{SECRET}@") + "/a.jpg"
    html = (
        f'<title>A</title><img src="{with_login}" srcset="{with_login} 2x"><a href="{with_login}">a</a>'
        f"<div style=\"background-image:url('{with_login}')\" role=img></div>"
    ).encode()
    page = parse_page(f"{server.url}/page", html, "text/html")
    with writing(engine) as session:
        site_id = ensure_site(session, "shop.test").id
        crawl = begin_crawl(session, site_id, ["http://shop.test/"])
        write_visits(session, crawl.id, site_id, [visit("", *((one, MISSING) for one in page.occurrences))])
        rows = [*session.scalars(select(Image)), *session.scalars(select(Occurrence))]
        kept = [(name, value) for row in rows for name, value in vars(row).items() if SECRET in str(value)]
        fetch_url = session.scalars(select(Image.fetch_url)).one()
    assert kept == []
    assert fetch_url == f"{server.url}/a.jpg"
    # What an older version has stored is asked for without, too.
    assert fetch(with_login) == jpeg(1)
    assert "authorization" not in server.asked[0].headers


def test_a_redirect_to_an_address_with_a_password_is_followed_without(server):
    server.answers["/start"] = answer(b"", "302 Found", f"Location: //ann:{SECRET}@127.0.0.1:{server.port}/a.jpg")
    server.answers["/a.jpg"] = answer(jpeg(1))
    assert fetch(f"{server.url}/start") == jpeg(1)
    assert "authorization" not in server.asked[1].headers


def test_mail_addresses_and_handles_are_no_passwords(engine):
    html = '<img alt="write to: ann@shop.test" src="/a.jpg" data-by="https://social.test/@ann" title="a: b@c">'
    one = occurrence("a.jpg", html=html)
    with writing(engine) as session:
        site_id = ensure_site(session, "shop.test").id
        crawl = begin_crawl(session, site_id, ["http://shop.test/"])
        write_visits(session, crawl.id, site_id, [visit("", (one, MISSING))])
        assert session.scalars(select(Occurrence.html)).one() == html
