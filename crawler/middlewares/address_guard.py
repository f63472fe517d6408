"""The address guard within Scrapy: every host that Twisted connects to goes through our resolver, numbers as well.

Twisted's endpoints ask the reactor's name resolver for each new connection, and connect to the numeric addresses it
gives them without asking again; so what was checked is what is connected to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from scrapy.resolver import HostResolution
from twisted.internet.address import IPv4Address, IPv6Address

from core.net.address_guard import AddressRefusedError, literal, plain_host

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from scrapy import Request
    from scrapy.crawler import Crawler

    from core.net.address_guard import AddressGuard


class RefusedError(IgnoreRequest):
    """The page lies at an address that this crawl may not connect to."""


class GuardedResolver:
    """A resolver (IHostnameResolver) that gives out the addresses that the guard permits.

    It remembers whom it refused, since a resolver has no way to say why it has no address. `proxies`, as (host, port),
    are the operator's own choice and not judged.
    """

    def __init__(self, resolver: Any, guard: AddressGuard, proxies: Collection[tuple[str, int]]) -> None:
        self._resolver = resolver
        self._guard = guard
        self._proxies = proxies
        self.refused: dict[str, AddressRefusedError] = {}

    def resolveHostName(  # noqa: N802 - Twisted's names
        self,
        receiver: Any,
        host: str,
        portNumber: int = 0,  # noqa: N803
        *more: Any,
        **options: Any,
    ) -> Any:
        """Hand on to the receiver (IResolutionReceiver) what `permitted` leaves of the host's addresses."""
        answer = _Answer(self, receiver, host, portNumber)
        address = literal(host)
        if address is None:
            return self._resolver.resolveHostName(answer, host, portNumber, *more, **options)
        resolution = HostResolution(host)
        answer.resolutionBegan(resolution)
        kind = IPv4Address if address.version == 4 else IPv6Address
        answer.addressResolved(kind("TCP", str(address), portNumber))
        answer.resolutionComplete()
        return resolution

    def permitted(self, host: str, port: int, addresses: Sequence[Any]) -> list[Any]:
        """Those of a host's Twisted addresses that may be connected to."""
        name = plain_host(host)
        if not addresses or (name, port) in self._proxies:
            return list(addresses)
        try:
            kept = self._guard.permitted(host, [address.host for address in addresses])
        except AddressRefusedError as error:
            self.refused[name] = error
            return []
        self.refused.pop(name, None)
        return [address for address in addresses if address.host in kept]


class _Answer:
    """Collects what a host resolves to, and hands on what may be connected to (IResolutionReceiver)."""

    def __init__(self, resolver: GuardedResolver, receiver: Any, host: str, port: int) -> None:
        self._resolver = resolver
        self._receiver = receiver
        self._host = host
        self._port = port
        self._addresses: list[Any] = []

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        self._addresses.append(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        for address in self._resolver.permitted(self._host, self._port, self._addresses):
            self._receiver.addressResolved(address)
        self._receiver.resolutionComplete()


class GuardMiddleware:
    """Puts the guard of the spider between the reactor and its resolver, and says when it refused a page."""

    def __init__(self, guard: AddressGuard) -> None:
        from twisted.internet import reactor

        self._guard = guard
        self._resolver = GuardedResolver(reactor.nameResolver, guard, _proxies())
        reactor.installNameResolver(self._resolver)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> GuardMiddleware:
        return cls(crawler.spider.crawl_state.guard)  # type: ignore[union-attr]

    def process_request(self, request: Request) -> None:
        """Raise RefusedError for an address in numbers that a proxy would be asked for."""
        if request.meta.get("proxy"):
            try:
                self._guard.check_literal(urlsplit(request.url).hostname or "")
            except AddressRefusedError as error:
                raise RefusedError(str(error)) from error

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Raise RefusedError where a host has no address but such as were refused; trying again would not help."""
        if isinstance(exception, CannotResolveHostError):
            refusal = self._resolver.refused.get(plain_host(urlsplit(request.url).hostname or ""))
            if refusal is not None:
                raise RefusedError(str(refusal)) from refusal


def _proxies() -> set[tuple[str, int]]:
    """Hosts and ports of the proxies that Scrapy uses."""
    found = set()
    for scheme, url in getproxies().items():
        if scheme not in {"http", "https"}:  # `no` names hosts that no proxy is asked for
            continue
        try:
            parts = urlsplit(url if "://" in url else f"{scheme}://{url}")
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:  # Scrapy passes it over as well
            continue
        # Twisted resolves the proxy of a tunnel by its name alone.
        found |= {(plain_host(parts.hostname or ""), number) for number in (port, 0)}
    return found
