from __future__ import annotations

import asyncio
import resource
import time

import pytest

from captioning.caption_options import CaptionOptions
from captioning.fetch import Fetcher
from core.errors import ImageError
from core.net.validators import Validators
from core.records import Stage
from tests.captioning.images import gzip_bomb, jpeg, serve_images

OPTIONS = CaptionOptions(timeout_s=20.0, retries=2, max_image_bytes=300_000, allow_private=["127.0.0.0/8"])


@pytest.fixture(autouse=True)
def no_waiting_between_tries(monkeypatch):
    monkeypatch.setattr("captioning.fetch._BACKOFF_S", (0.01,))


@pytest.fixture
def server():
    with serve_images() as running:
        running.files["/good.jpg"] = jpeg(1)
        yield running


async def read(fetcher: Fetcher, url: str) -> bytes | None:
    async with fetcher.fetch(url) as fetched:
        return fetched.data


def fetch(*urls: str, options: CaptionOptions = OPTIONS) -> list[bytes | BaseException]:
    async def all_of_them() -> list[bytes | BaseException]:
        async with Fetcher(options) as fetcher:
            return await asyncio.gather(*(read(fetcher, url) for url in urls), return_exceptions=True)

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("path", ["/good.jpg", "/moved", "/packed", "/proxied"])
def test_fetches(server, path):
    assert fetch(server.url + path) == [jpeg(1)]


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/odd%41.jpg", "/odd%41.jpg"),
        ("/a%2fb.jpg", "/a%2fb.jpg"),
        ("/%e4.jpg", "/%e4.jpg"),
        ("/a.jpg?u=http%3A%2F%2Fb.test%2Fc&sig=a%2Bb+c", "/a.jpg?u=http%3A%2F%2Fb.test%2Fc&sig=a%2Bb+c"),
        ("/a b.jpg", "/a%20b.jpg"),
        ("/100%.jpg", "/100%.jpg"),
        ("/a.jpg?x=%zz", "/a.jpg?x=%zz"),
        ("/t\u00c3\u00b6.jpg", "/t%C3%B6.jpg"),  # the bytes of UTF-8
        ("/t\u00f6.jpg", "/t%F6.jpg"),  # one of Latin-1
        ("a.jpg#part", "/odd/a.jpg"),
    ],
)
def test_a_redirect_is_followed_as_it_is_written(server, location, asked):
    """Addresses are signed, and some servers know their files by one spelling alone."""
    server.moves["/odd/start"] = location
    server.files[asked] = jpeg(3)
    got = fetch(f"{server.url}/odd/start")
    assert [path for path in server.requests if path != "/odd/start"] == [asked]
    assert got == [jpeg(3)]


def test_a_redirect_to_no_web_address_is_a_bad_one(server):
    for location in ("ftp://a.test/a.jpg", "data:image/png,x", "http://[::1/a.jpg"):
        server.moves["/odd/start"] = location
        (error,) = fetch(f"{server.url}/odd/start")
        assert isinstance(error, ImageError)
        assert (error.stage, error.code) == (Stage.FETCH, "bad_url")


def test_retries_what_may_pass(server):
    assert fetch(f"{server.url}/flaky") == [jpeg(7)]
    assert server.requests["/flaky"] == 3


@pytest.mark.parametrize(
    ("path", "code", "tries"),
    [
        ("/nothing.jpg", "http_404", 1),
        ("/down", "http_503", 3),
        ("/redirect", "redirects", 1),
        ("/cut", "cut_short", 3),
        ("/endless", "too_large", 1),
        ("/huge", "too_large", 1),
        ("/unpackable", "bad_response", 1),
        ("/gibberish", "bad_response", 3),
    ],
)
def test_each_failure_has_its_code(server, path, code, tries):
    (error,) = fetch(server.url + path)
    assert isinstance(error, ImageError)
    assert (error.stage, error.code) == (Stage.FETCH, code)
    assert server.requests[path] == tries
    assert server.requests["HEAD"] == 0  # what a HEAD says is no promise of what a GET gives


@pytest.mark.parametrize("path", ["/drip", "/silent"])
def test_the_deadline_is_for_the_whole_of_a_download(server, path):
    (error,) = fetch(server.url + path, options=OPTIONS.model_copy(update={"timeout_s": 0.5}))
    assert isinstance(error, ImageError)
    assert (error.stage, error.code) == (Stage.FETCH, "timeout")
    assert server.requests[path] == 3


def test_a_gzip_bomb_costs_no_memory(server):
    gzip_bomb()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (error,) = fetch(f"{server.url}/bomb")
    assert isinstance(error, ImageError)
    assert error.code == "too_large"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


def test_a_server_that_understates_the_length_is_believed(server):
    assert fetch(f"{server.url}/short", f"{server.url}/good.jpg") == [jpeg(1)[:100], jpeg(1)]


def test_a_length_below_zero_is_none(server):
    assert fetch(f"{server.url}/negative") == [b""]


def test_a_busy_host_is_left_alone_for_as_long_as_it_asks(server):
    started = time.monotonic()
    polite = OPTIONS.model_copy(update={"fetch_per_host": 1})
    assert fetch(f"{server.url}/busy", f"{server.url}/good.jpg", options=polite) == [jpeg(1), jpeg(1)]
    assert time.monotonic() - started > 0.9
    assert server.requests == {"/busy": 2, "/good.jpg": 1}


def test_a_host_that_asks_for_an_hour_is_not_waited_for(server):
    polite = OPTIONS.model_copy(update={"fetch_per_host": 1})
    errors = fetch(f"{server.url}/closed", f"{server.url}/good.jpg", options=polite)
    assert [error.code for error in errors] == ["retry_later", "retry_later"]
    assert server.requests == {"/closed": 1}


def test_what_is_known_is_not_sent_again(server):
    async def twice() -> list[bytes | None]:
        async with Fetcher(OPTIONS) as fetcher:
            async with fetcher.fetch(f"{server.url}/versioned") as first:
                pass
            async with fetcher.fetch(f"{server.url}/versioned", first.version) as second:
                pass
            server.files["/good.jpg"] = jpeg(2)
            async with fetcher.fetch(f"{server.url}/versioned", first.version) as third:
                return [first.data, second.data, third.data]

    assert asyncio.run(twice()) == [jpeg(1), None, jpeg(2)]


def test_a_validator_that_is_no_text_is_not_kept(server):
    """No database would take it, and one such server would end the worker."""

    async def version() -> Validators:
        async with Fetcher(OPTIONS) as fetcher, fetcher.fetch(f"{server.url}/unwritable") as fetched:
            return fetched.version

    assert asyncio.run(version()) == Validators(last_modified="Sat, 01 Jan 2000 00:00:00 GMT")


def test_downloads_that_are_not_worked_off_hold_up_further_ones(server):
    async def hold() -> int:
        narrow = OPTIONS.model_copy(update={"fetch_concurrency": 2})
        async with Fetcher(narrow) as fetcher:
            async with fetcher.fetch(f"{server.url}/good.jpg"), fetcher.fetch(f"{server.url}/good.jpg"):
                third = asyncio.create_task(read(fetcher, f"{server.url}/good.jpg"))
                await asyncio.sleep(0.2)
                requests = server.requests["/good.jpg"]
            assert await third == jpeg(1)
            return requests

    assert asyncio.run(hold()) == 2


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1:1/a.jpg", "connection"),
        ("http://nothing.invalid/a.jpg", "dns"),
        ("http://[::bad/a.jpg", "bad_url"),
        ("ftp://127.0.0.1/a.jpg", "bad_url"),
        ("http://" + "a" * 300 + "/", "bad_url"),
        ("data:nonsense", "bad_url"),
    ],
)
def test_unusable_addresses(url, code):
    (error,) = fetch(url)
    assert isinstance(error, ImageError)
    assert error.code == code


def test_reads_data_addresses():
    assert fetch("data:image/gif;base64,R0lGODlh", "data:,a%20b") == [b"GIF89a", b"a b"]
