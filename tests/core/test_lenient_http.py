"""Heads of answers, written anew: whatever a server sends, there is a head or a refusal."""

from __future__ import annotations

import asyncio

from hypothesis import example, given
from hypothesis import strategies as st

from core.net.lenient_http import LenientConnector, readable

PIECES = st.sampled_from(
    b"HTTP/1.1 200 OK|http/1 |HTTP|Content-Length: 5|content-length:5,5|Transfer-Encoding: x, chunked"
    b"|Content-Encoding: x-gzip|A: b| folded|\t|nonsense|: x|A :b|\r\n|\n|\r|\0".split(b"|")
)
HEADS = st.lists(PIECES | st.binary(max_size=8), max_size=20).map(b"\r\n".join)


@given(HEADS | st.binary(max_size=200))
@example(b"HTTP/" + b"1" * 9000 + b" 200 OK\r\n\r\n")
@example(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"1" * 9000 + b"\r\n\r\n")
@example(b"HTTP/1.1 200 OK\r\n" + b" a\r\n" * 50_000)
def test_a_head_is_readable_once_and_for_all(head):
    once = readable(head)
    assert readable(once) == once
    if once != head:
        assert once.startswith(b"HTTP/1.")
        assert once.endswith(b"\r\n\r\n")
        assert all(b":" in line for line in once.split(b"\r\n")[1:-2])


@given(HEADS)
def test_no_head_breaks_the_connection(head):
    """What a protocol raises, asyncio logs and closes the connection for; the request would end without a reason."""

    async def feed() -> None:
        async with LenientConnector() as connector:
            protocol = connector._factory()
            protocol.connection_made(asyncio.Transport())
            protocol.transport = None
            protocol.set_response_params(read_until_eof=True)
            for n in range(0, len(head), 7):
                protocol.data_received(head[n : n + 7])
            protocol.connection_lost(None)

    asyncio.run(feed())
