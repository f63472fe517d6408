"""The browser's only way out: a SOCKS5 proxy (RFC 1928) on loopback that connects where the address guard permits.

What a page's scripts ask for goes out on its own, past Scrapy. Looking at each request before the browser connects
would leave a gap: redirects, web sockets and preconnections are not shown, and the name is resolved again afterwards.
Behind a proxy the browser neither resolves nor connects, so that what was checked is what is connected to.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING

from core.net.address_guard import AddressRefusedError

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Callable

    from core.net.address_guard import AddressGuard

CONNECT_S = 20.0  # for the handshake, the name and the connection
_CHUNK = 65_536  # bytes
_VERSION = b"\x05"
_NO_LOGIN = b"\x00"
_CONNECT = 1
_IPV4, _NAME, _IPV6 = 1, 3, 4
_SUCCEEDED, _REFUSED, _UNREACHABLE, _NOT_SUPPORTED = b"\x00", b"\x02", b"\x04", b"\x07"


class _NotSupportedError(Exception):
    """A request that no browser makes."""


class Gate:
    """The proxy; `refused` is called for each connection that the guard does not permit."""

    def __init__(self, guard: AddressGuard, refused: Callable[[], None]) -> None:
        self._guard = guard
        self._refused = refused
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> str:
        """Start to listen, and return the proxy's address."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return f"socks5://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Listen no more, and cut what is open."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            remote = await self._connected(reader, writer)
            if remote is not None:
                await _relay((reader, writer), remote)
        except (OSError, EOFError, TimeoutError):
            pass  # the browser hung up, or speaks something else
        finally:
            writer.close()

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> tuple[StreamReader, StreamWriter] | None:
        """The connection that the browser asks for; None when it is told that it cannot have it."""
        remote = None
        try:
            async with asyncio.timeout(CONNECT_S):
                remote = await self._connect(*await _asked(reader, writer))
            code = _SUCCEEDED
        except AddressRefusedError:
            self._refused()
            code = _REFUSED
        except _NotSupportedError:
            code = _NOT_SUPPORTED
        except (OSError, UnicodeError, TimeoutError):
            code = _UNREACHABLE
        writer.write(_VERSION + code + bytes([0, _IPV4]) + bytes(6))  # where from is nobody's business
        await writer.drain()
        return remote

    async def _connect(self, host: str, port: int) -> tuple[StreamReader, StreamWriter]:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        failure: OSError | None = None
        for address in self._guard.permitted(host, [str(info[4][0]) for info in found]):
            try:
                return await asyncio.open_connection(address, port)
            except OSError as error:
                failure = error
        assert failure is not None
        raise failure


async def _asked(reader: StreamReader, writer: StreamWriter) -> tuple[str, int]:
    """Host and port that the browser wants. Raises EOFError when it hangs up."""
    _, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(_VERSION + _NO_LOGIN)
    _, command, _, kind = await reader.readexactly(4)
    if kind == _NAME:
        (length,) = await reader.readexactly(1)
        host = (await reader.readexactly(length)).decode("ascii")
    elif kind in {_IPV4, _IPV6}:
        host = str(ip_address(await reader.readexactly(4 if kind == _IPV4 else 16)))
    else:
        raise _NotSupportedError
    port = int.from_bytes(await reader.readexactly(2), "big")
    if command != _CONNECT:
        raise _NotSupportedError
    return host, port


async def _relay(browser: tuple[StreamReader, StreamWriter], remote: tuple[StreamReader, StreamWriter]) -> None:
    """Pass on what either side says until both have ended."""
    try:
        await asyncio.gather(_pass_on(browser[0], remote[1]), _pass_on(remote[0], browser[1]))
    finally:
        remote[1].close()


async def _pass_on(source: StreamReader, target: StreamWriter) -> None:
    while data := await source.read(_CHUNK):
        target.write(data)
        await target.drain()
    with suppress(OSError):
        target.write_eof()
