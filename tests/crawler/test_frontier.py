"""The frontier stays in the store: what a crawl holds in memory does not grow with what a site names."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from crawls import crawl, fetched, result_of, start
from hypothesis import given
from hypothesis import strategies as st

from crawler.frontier import REFILLS, Frontier
from crawler.urls.address_set import AddressSet

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from crawl_server import Server


@given(st.lists(st.text(max_size=3)))
def test_address_set(addresses: list[str]) -> None:
    compact, plain = AddressSet(), set[str]()
    for address in addresses:
        assert (address in compact) == (address in plain)
        assert compact.add(address) == (address not in plain)
        plain.add(address)
    assert len(compact) == len(plain)


def test_address_set_of_very_many() -> None:
    addresses = AddressSet(f"https://shop.test/{number}" for number in range(100_000))
    assert len(addresses) == 100_000
    assert all(f"https://shop.test/{number}" in addresses for number in range(0, 100_000, 7))
    assert not any(f"https://shop.test/{number}" in addresses for number in range(100_000, 101_000))


def test_pages_beyond_the_window_wait_in_the_store_and_come_in_its_order() -> None:
    in_store: dict[str, int] = {}

    async def load(number: int, besides: object) -> list[tuple[str, int]]:
        rows = [(url, depth) for url, depth in sorted(in_store.items()) if url not in besides]  # type: ignore[operator]
        return rows[:number]

    async def play() -> list[str]:
        frontier = Frontier(load, waiting=0, at_once=1)
        urls = [f"{number:03}" for number in range(30)]
        in_store.update(dict.fromkeys(urls, 1))
        room = 2 * REFILLS
        handed_out = [url for url in urls if frontier.take(url)]
        assert handed_out == urls[:room]
        assert frontier.waiting == 30 - room
        assert not frontier.take("late")
        in_store["late"] = 2
        done = 0
        while done < len(handed_out):
            url = handed_out[done]
            done += 1
            frontier.ended()
            del in_store[url]
            frontier.stored([url])
            handed_out += [url for url, _ in await frontier.more()]
            assert len(handed_out) - done <= room
        assert frontier.waiting == 0
        return handed_out

    assert asyncio.run(play()) == [*(f"{number:03}" for number in range(30)), "late"]


def test_what_is_stored_while_the_store_is_read_is_not_handed_out_again() -> None:
    async def play() -> list[tuple[str, int]]:
        frontier = Frontier(load, waiting=0, at_once=1)

        async def stored() -> None:
            frontier.stored(["first"])

        storing.append(stored)
        assert frontier.take("first")
        for number in range(2 * REFILLS):
            frontier.take(str(number))
        for _ in range(2 * REFILLS):
            frontier.ended()
        return await frontier.more()

    storing: list[Callable[[], Awaitable[None]]] = []

    async def load(number: int, besides: Collection[str]) -> list[tuple[str, int]]:
        """As the store has it when it is read; that is looked through when the first page has left the frontier."""
        rows = [("first", 0), ("second", 0)]
        await storing[0]()
        return [row for row in rows if row[0] not in besides]

    assert asyncio.run(play()) == [("second", 0)]


def test_memory_does_not_grow_with_a_sitemap(server: Server, sqlite_url: str, tmp_path) -> None:
    """Of a site whose sitemap names 60,000 pages, 60 are read."""
    server.otherwise = lambda handler: handler.reply(b"<p>A page")

    def peak(number: int, name: str) -> int:
        lines = "\n".join(f"{server.base}/{name}/a-page-with-a-longer-address-{page}" for page in range(number))
        server.answers["/robots.txt"] = lambda handler: handler.reply(
            f"Sitemap: {server.base}/{name}.txt".encode(), content_type="text/plain"
        )
        server.answers[f"/{name}.txt"] = lambda handler: handler.reply(lines.encode(), content_type="text/plain")
        result = crawl(f"{server.base}/", f"sqlite:///{tmp_path}/{name}.db", sitemaps=True, limit_pages=60)
        assert result["counts"]["pages"] == 60
        return int(result["peak_kib"])

    small, large = peak(600, "small"), peak(60_000, "large")
    assert large - small < 40_000, (small, large)


def test_memory_does_not_grow_with_the_pages_of_a_host_that_is_not_there(server: Server, tmp_path) -> None:
    server.html("/")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        dead = f"http://127.0.0.1:{nobody.getsockname()[1]}"

        def peak(number: int) -> int:
            listed = [f"{server.base}/", *(f"{dead}/{page}" for page in range(number))]
            process = start(listed, f"sqlite:///{tmp_path}/{number}.db", listed=True, allow_private=["127.0.0.1"])
            result = result_of(process)
            assert result["counts"] == {"pages": 1, "failed/refused": number}
            return int(result["peak_kib"])

        few, many = peak(100), peak(5000)
    # 3 to 6 MB mostly, and up to 14 on a busy machine, where more of them wait at once; 11 KB a page would be 54.
    assert many - few < 30_000, (few, many)


def test_every_page_is_read_once_when_there_are_more_than_the_window_holds(server: Server, database: str) -> None:
    """At one request at once, the window holds so many that four fifths of these wait in the store."""
    number = 16 * 2 * REFILLS * 5
    server.html("/", *(f"/{page}" for page in range(number)))
    for page in range(number):
        server.html(f"/{page}", "/", f"/{(page * 7) % number}")
    result = crawl(f"{server.base}/", database, concurrency_per_host=1)
    assert result["counts"]["pages"] == number + 1
    assert len(fetched(database)) == number + 1
    assert len(server.requests) == len(set(server.requests))
    assert result["told"][-1] == [number + 1, number + 1]
