from __future__ import annotations

import asyncio

import pytest

from captioning.fetch import Fetcher
from captioning.options import CaptionOptions
from core.errors import ImageError
from core.records import Stage
from tests.captioning.images import jpeg, serve_images

OPTIONS = CaptionOptions(timeout_s=1.0, retries=2, max_image_bytes=300_000, allow_private=["127.0.0.0/8"])


@pytest.fixture(autouse=True)
def no_waiting_between_tries(monkeypatch):
    monkeypatch.setattr("captioning.fetch._BACKOFF_S", (0.01,))


@pytest.fixture
def server():
    with serve_images() as running:
        running.files["/good.jpg"] = jpeg(1)
        yield running


def fetch(*urls: str, options: CaptionOptions = OPTIONS) -> list[bytes | BaseException]:
    async def all_of_them() -> list[bytes | BaseException]:
        async with Fetcher(options) as fetcher:
            return await asyncio.gather(*(fetcher.fetch(url) for url in urls), return_exceptions=True)

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("path", ["/good.jpg", "/moved"])
def test_fetches(server, path):
    assert fetch(server.url + path) == [jpeg(1)]


def test_retries_what_may_pass(server):
    assert fetch(f"{server.url}/flaky") == [jpeg(7)]
    assert server.requests["/flaky"] == 3


@pytest.mark.parametrize(
    ("path", "code", "tries"),
    [
        ("/nothing.jpg", "http_404", 1),
        ("/down", "http_503", 3),
        ("/redirect", "redirects", 1),
        ("/drip", "timeout", 3),
        ("/cut", "cut_short", 3),
        ("/endless", "too_large", 1),
        ("/huge", "too_large", 1),
    ],
)
def test_each_failure_has_its_code(server, path, code, tries):
    (error,) = fetch(server.url + path)
    assert isinstance(error, ImageError)
    assert (error.stage, error.code) == (Stage.FETCH, code)
    assert server.requests[path] == tries


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
