"""Downloads through a proxy. The image server plays one for every host: its paths are whole URLs then."""

from __future__ import annotations

import asyncio
import base64
import socket

import pytest

from captioning.caption_options import CaptionOptions, EndpointOptions
from captioning.captioners.openai.captioner import EndpointCaptioner
from captioning.fetch import Fetcher
from core.errors import CaptionerError, ImageError
from tests.captioning.images import jpeg, serve_images

OPTIONS = CaptionOptions(timeout_s=20.0, retries=1)
LOOPBACK = frozenset({"127.0.0.0/8"})


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("captioning.fetch._BACKOFF_S", (0.01,))


@pytest.fixture
def server(monkeypatch):
    with serve_images() as running:
        monkeypatch.setenv("http_proxy", running.url)
        monkeypatch.setenv("https_proxy", running.url.removeprefix("http://"))
        yield running


def fetch(url: str, networks: frozenset[str] = frozenset()) -> bytes | ImageError | None:
    async def run() -> bytes | None:
        async with Fetcher(OPTIONS) as fetcher, fetcher.fetch(url, networks=networks) as fetched:
            return fetched.data

    try:
        return asyncio.run(run())
    except ImageError as error:
        return error


def test_images_come_by_the_proxy(server):
    server.files["http://shop.test/a.jpg"] = jpeg(1)
    server.moves["http://shop.test/old.jpg"] = "http://other.test/b.jpg"
    server.files["http://other.test/b.jpg"] = jpeg(2)
    assert fetch("http://shop.test/a.jpg") == jpeg(1)
    assert fetch("http://shop.test/old.jpg") == jpeg(2)
    assert fetch("http://shop.test/nothing.jpg").code == "http_404"


def test_hosts_that_are_exempt_are_asked_directly(server, monkeypatch):
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
    server.files["/a.jpg"] = jpeg(1)
    assert fetch(f"{server.url}/a.jpg", LOOPBACK) == jpeg(1)
    assert server.requests == {"/a.jpg": 1}


@pytest.mark.parametrize("target", ["http://10.0.0.1/a.jpg", "http://127.1:8080/a.jpg", "http://[::1]/a.jpg"])
def test_a_proxy_is_asked_for_no_private_address_in_numbers(server, target):
    server.moves["http://shop.test/away.jpg"] = target
    assert [fetch(url).code for url in (target, "http://shop.test/away.jpg")] == ["private_address"] * 2
    assert server.requests == {"http://shop.test/away.jpg": 1}


def test_a_network_that_a_start_url_has_opened_is_open_by_proxy_too(server):
    server.files["http://127.0.0.1:8080/a.jpg"] = jpeg(1)
    assert fetch("http://127.0.0.1:8080/a.jpg", LOOPBACK) == jpeg(1)


def test_a_proxy_that_makes_no_tunnel_has_a_code_of_its_own(server):
    error = fetch("https://shop.test/a.jpg")
    assert (error.code, error.message) == ("proxy", "the proxy answers 501 Unsupported method ('CONNECT')")


def test_a_proxy_that_is_not_there_is_told_without_its_password(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("http_proxy", f"http://audit:secret@127.0.0.1:{port}")
    error = fetch("http://shop.test/a.jpg")
    assert error.code == "proxy"
    assert error.message.startswith("no connection to the proxy: ")
    assert "secret" not in error.message


def test_a_proxy_gets_its_password(server, monkeypatch):
    server.files["http://shop.test/a.jpg"] = jpeg(1)
    monkeypatch.setenv("http_proxy", server.url.replace("http://", "http://audit:secret@"))
    assert fetch("http://shop.test/a.jpg") == jpeg(1)
    assert server.headers[0]["Proxy-Authorization"] == f"Basic {base64.b64encode(b'audit:secret').decode()}"


def test_an_endpoint_is_asked_by_the_proxy(server):
    """The server answers no POST, and says so."""
    options = EndpointOptions(base_url="http://models.test/v1", retries=0)
    with pytest.raises(CaptionerError, match="Unsupported method"):
        EndpointCaptioner("openai:seer", options)
