"""The address guard within aiohttp: no connection to an address that the guard does not permit."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from core.net.lenient_http import LenientConnector

if TYPE_CHECKING:
    from core.net.address_guard import AddressGuard


class _GuardedResolver(AbstractResolver):
    """Gives out the addresses of a name that the guard permits, so that another of them is tried."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._resolver = aiohttp.DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        kept = self._guard.permitted(host, [address["host"] for address in found])
        return [address for address in found if address["host"] in kept]

    async def close(self) -> None:
        await self._resolver.close()


def guarded_connector(guard: AddressGuard, **options: Any) -> aiohttp.TCPConnector:
    """A connector whose every socket is made for an address that the guard permits; `options` are aiohttp's.

    A request to any other raises AddressRefusedError. Addresses in numbers do not go through a resolver, so the socket
    factory, which is given the very address to connect to, has the last word.
    """

    def open_socket(address_info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = address_info
        host = str(address[0])
        guard.permitted(host, [host])
        return socket.socket(family, kind, protocol)

    return LenientConnector(resolver=_GuardedResolver(guard), socket_factory=open_socket, **options)


def refusing_addresses(guard: AddressGuard) -> aiohttp.ClientMiddlewareType:
    """Middleware for requests that a proxy carries out: the guard is asked about the addresses in numbers among them.

    It sees each redirect, too. A proxy is the operator's choice, and so is what it takes a name for.
    """

    async def refuse(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        guard.check_literal(request.url.host or "")
        return await handler(request)

    return refuse
