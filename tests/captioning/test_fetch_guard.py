"""Where images may be fetched from. A server on 0.0.0.0, which is let through, plays the public web."""

from __future__ import annotations

import asyncio
import socket

import pytest

from captioning.caption_options import CaptionOptions
from captioning.fetch import Fetcher
from core.errors import ImageError
from core.records import Stage
from tests.captioning.images import jpeg, serve_images
from tests.names import Names

GUARDED = CaptionOptions(timeout_s=2.0, retries=1)
PUBLIC = CaptionOptions(timeout_s=2.0, retries=1, allow_private=["0.0.0.0"])
LOOPBACK = frozenset({"127.0.0.0/8"})


@pytest.fixture(autouse=True)
def no_waiting_between_tries(monkeypatch):
    monkeypatch.setattr("captioning.fetch._BACKOFF_S", (0.01,))


@pytest.fixture
def server():
    with serve_images() as running:
        running.files["/good.jpg"] = jpeg(1)
        yield running


@pytest.fixture
def names(monkeypatch):
    def install(answers: dict[str, list[list[str]]]) -> Names:
        table = Names(answers)
        monkeypatch.setattr(socket, "getaddrinfo", table.getaddrinfo)
        return table

    return install


async def read(fetcher: Fetcher, url: str, networks: frozenset[str]) -> bytes | None:
    async with fetcher.fetch(url, networks=networks) as fetched:
        return fetched.data


def fetch(*wanted: tuple[str, frozenset[str]] | str, options: CaptionOptions = GUARDED) -> list[bytes | BaseException]:
    """One after another, with one fetcher."""

    async def all_of_them() -> list[bytes | BaseException]:
        found: list[bytes | BaseException] = []
        async with Fetcher(options) as fetcher:
            for one in wanted:
                url, networks = (one, frozenset()) if isinstance(one, str) else one
                found += await asyncio.gather(read(fetcher, url, networks), return_exceptions=True)
        return found

    return asyncio.run(all_of_them())


def refused(error: bytes | BaseException) -> bool:
    return isinstance(error, ImageError) and (error.stage, error.code) == (Stage.FETCH, "private_address")


def port(server) -> int:
    return int(server.url.rsplit(":", 1)[1])


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.2", "0x7f.1", "0177.0.0.0x1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "localhost",
     "inside.test.", "0.0.0.0", "1.1.1.1@127.0.0.1", "127.0.0.1#@1.1.1.1", "169.254.169.254", "[fd00:ec2::254]",
     "[64:ff9b::7f00:1]", "[2002:7f00:1::]"],
)  # fmt: skip
def test_nothing_that_is_not_public_is_connected_to(server, names, host):
    names({"inside.test.": [["127.0.0.1"]]})
    address, hash_, rest = host.partition("#")
    (error,) = fetch(f"http://{address}:{port(server)}{hash_}{rest}/good.jpg")
    assert refused(error), error
    assert not server.requests
    assert "--allow-private" in error.message


@pytest.mark.parametrize("host", ["2130706433", "127.1", "017700000001"])
def test_numbers_that_aiohttp_takes_for_no_address_are_refused_as_such(server, host):
    (error,) = fetch(f"http://{host}:{port(server)}/good.jpg")
    assert refused(error), error
    assert not server.requests


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "127.1", "0177.0.0.1", "017700000001", "127.0.0.1."]
)
def test_a_site_on_loopback_has_its_images(server, host):
    assert fetch((f"http://{host}:{port(server)}/good.jpg", LOOPBACK)) == [jpeg(1)]


@pytest.mark.parametrize("networks", [{"10.0.0.0/8"}, {"127.0.0.2/32"}, {"::1/128"}])
def test_a_site_in_another_network_has_not(server, networks):
    (error,) = fetch((server.url + "/good.jpg", frozenset(networks)))
    assert refused(error)


def test_a_connection_that_one_site_may_have_is_not_lent_to_another(server):
    url = server.url + "/good.jpg"
    own, other, again = fetch((url, LOOPBACK), url, (url, LOOPBACK))
    assert own == again == jpeg(1)
    assert refused(other)
    assert server.requests["/good.jpg"] == 2


@pytest.mark.parametrize("to", ["127.0.0.1", "0x7f.1", "[::ffff:127.0.0.1]", "localhost", "169.254.169.254"])
def test_a_redirect_leads_nowhere_else(server, to):
    server.moves["/away"] = f"http://{to}:{port(server)}/good.jpg"
    (error,) = fetch(f"http://0.0.0.0:{port(server)}/away", options=PUBLIC)
    assert refused(error), error
    assert server.requests == {"/away": 1}


def test_a_name_that_turns_private_on_the_way_is_refused(server, names):
    # The spelling with a dot is another name to a cache, and the same one to DNS.
    names({"rebind.test": [["0.0.0.0"]], "rebind.test.": [["127.0.0.1"]]})
    server.moves["/away"] = f"http://rebind.test.:{port(server)}/good.jpg"
    (error,) = fetch(f"http://rebind.test:{port(server)}/away", options=PUBLIC)
    assert refused(error), error
    assert server.requests == {"/away": 1}


def test_every_new_look_at_a_name_is_checked(server, names):
    names({"rebind.test": [["0.0.0.0"], ["127.0.0.1"]]})
    url = f"http://rebind.test:{port(server)}/good.jpg"
    assert fetch(url, options=PUBLIC) == [jpeg(1)]
    (error,) = fetch(url, options=PUBLIC)
    assert refused(error)
    assert server.requests["/good.jpg"] == 1


def test_of_several_addresses_those_that_may_be_connected_to_are(server, names):
    names({"two.test": [["127.0.0.1", "::1", "0.0.0.0"]]})
    assert fetch(f"http://two.test:{port(server)}/good.jpg", options=PUBLIC) == [jpeg(1)]
    (error,) = fetch(f"http://two.test:{port(server)}/good.jpg")
    assert refused(error)
    assert "127.0.0.1 (loopback), ::1 (loopback), 0.0.0.0 (unspecified)" in error.message


def test_a_refusal_is_not_tried_again(names):
    asked = names({"inside.test": [["10.0.0.5"]]})
    (error,) = fetch("http://inside.test/a.jpg")
    assert refused(error)
    assert asked.asked == ["inside.test"]
