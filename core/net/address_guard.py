"""Which network addresses an audit may connect to: public ones, and those that its operator named.

Pages and images are written by strangers, who may point them at http://127.0.0.1/admin or a cloud's metadata
service. Whoever connects asks an `AddressGuard` about the very addresses it is going to connect to, for every
connection: so it makes no difference how an address is spelt, what a name resolved to before, and where a redirect
leads. Pure: nothing here resolves or connects.
"""

from __future__ import annotations

import socket
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# What `is_global` takes for global in some release of Python, though no server of the public internet has such an
# address (IANA's special-purpose registries, RFC 6890 and its successors).
_NOT_GLOBAL = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments; until 3.12.4 only 192.0.0.0/29 of it
        "192.88.99.0/24",  # relays of 6to4, given up by RFC 7526
        "224.0.0.0/4",  # multicast
        "2001::/23",  # protocol assignments, Teredo among them; lately with exceptions, which are no servers either
        "3fff::/20",  # documentation (RFC 9637)
    )
)
# Global unicast as far as it is given out (RFC 4291). Beside it lie multicast, site-local, IPv4-compatible, local
# NAT64 (64:ff9b:1::/48) and segment-routing addresses, all of which are global to `is_global`.
_GIVEN_OUT = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052; where there is no IPv4, every IPv4 site has such an address

# Services that hand a machine's credentials to whoever asks from it. They lie among the addresses of private
# networks, or even public ones (Azure), so they have to be told apart.
_METADATA = tuple(
    ip_network(network)
    for network in (
        "169.254.169.254",  # most clouds
        "169.254.170.0/24",  # AWS containers
        "fd00:ec2::/32",  # AWS
        "fd20:ce::254",  # Google
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure
        "192.0.0.192",  # Oracle
    )
)
_LOCAL: dict[Network, str] = {
    ip_network(network): kind
    for network, kind in (
        ("127.0.0.0/8", "loopback"),
        ("::1", "loopback"),
        ("10.0.0.0/8", "private"),  # RFC 1918
        ("172.16.0.0/12", "private"),
        ("192.168.0.0/16", "private"),
        ("fc00::/7", "private"),  # RFC 4193
        ("100.64.0.0/10", "shared"),  # carrier-grade NAT, RFC 6598; private networks over VPNs
    )
}

_LOOPBACK = tuple(network for network, kind in _LOCAL.items() if kind == "loopback")


class AddressRefusedError(Exception):
    """A host has no address that this audit may connect to.

    No OSError, which clients take for a failure of the network and wrap or try again.
    """


def parse_network(value: object) -> Network:
    """A network from CIDR notation; a single address is a network of one. Raises ValueError, which says why."""
    return ip_network(str(value).strip())


# For pydantic, whose own type does not say what is wrong with a network.
NetworkSetting = Annotated[IPv4Network | IPv6Network, BeforeValidator(parse_network)]


def literal(host: str) -> Address | None:
    """The address that a host of a URL is in itself; None for a name.

    Decimal, octal, hexadecimal and short forms are understood as inet_aton(3) and browsers do: 2130706433,
    0x7f.1, 127.1.
    """
    host = host.strip("[]").removesuffix(".")
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        # It would also take white space and whatever comes after it.
        return None if host.split() != [host] else IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


@lru_cache(maxsize=4096)
def not_public(text: str) -> str | None:
    """Why a numeric address is no public one: loopback, private, shared, metadata, link-local, ...; None when it is.

    An address that stands for an IPv4 address (mapped, 6to4, NAT64) is what that one is. Raises ValueError for
    what is no address.
    """
    address = _meant(ip_address(text))
    if _within(address, _METADATA):
        return "metadata"
    local = _within(address, _LOCAL)
    if local is not None:
        return _LOCAL[local]
    for kind in ("unspecified", "link_local", "multicast"):
        if getattr(address, f"is_{kind}"):
            return kind.replace("_", "-")
    given_out = address.version == 4 or address in _GIVEN_OUT
    return None if address.is_global and given_out and not _within(address, _NOT_GLOBAL) else "reserved"


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for on the wire, else itself."""
    if address.version == 4:
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    # Without its zone, which says through which interface to go.
    return address.ipv4_mapped or address.sixtofour or IPv6Address(int(address))


def _within(address: Address, networks: Iterable[Network]) -> Network | None:
    return next((network for network in networks if address in network), None)


class AddressGuard:
    """Which addresses the connections of one audit may go to.

    Public addresses, `allowed` networks, and what the operator's own `start_urls` name: an address that is written in
    numbers opens itself, and a loopback address or `localhost` all of loopback. A host name opens nothing else: whoever
    owns it may have it lead into a private network tomorrow. `opened` are networks that start URLs have opened
    elsewhere.
    """

    def __init__(
        self, allowed: Iterable[Network] = (), start_urls: Iterable[str] = (), opened: Iterable[str] = ()
    ) -> None:
        self._allowed = frozenset(allowed)
        self._opened = set(map(parse_network, opened))
        for host in {urlsplit(url).hostname or "" for url in start_urls}:
            self._opened.update(_opened_by(host))

    @property
    def opened(self) -> list[str]:
        """The networks that the start URLs have opened, in CIDR notation."""
        return sorted(map(str, self._opened))

    def permits(self, text: str) -> bool:
        """Whether the numeric address may be connected to. What is no address may not."""
        try:
            kind = not_public(text)
        except ValueError:
            return False
        if kind is None:
            return True
        address = _meant(ip_address(text))
        if _within(address, self._allowed):
            return True
        if kind == "metadata":
            return ip_network(address) in self._opened
        return _within(address, self._opened) is not None

    def permitted(self, host: str, addresses: Sequence[str]) -> list[str]:
        """Those of a host's numeric addresses that may be connected to. Raises AddressRefusedError when none may."""
        kept = [address for address in addresses if self.permits(address)]
        if not kept:
            raise AddressRefusedError(_refusal(host, addresses))
        return kept

    def check_literal(self, host: str) -> None:
        """Raise AddressRefusedError when the host is in itself an address that may not be connected to.

        For connections that a proxy makes: what it takes a name for is its own to judge.
        """
        address = literal(host)
        if address is not None:
            self.permitted(host, [str(address)])


def _opened_by(host: str) -> list[Network]:
    """The networks that a start URL with this host opens."""
    address = literal(host)
    if address is None:
        name = plain_host(host)
        return list(_LOOPBACK) if name == "localhost" or name.endswith(".localhost") else []
    address = _meant(address)
    if not_public(str(address)) is None:
        return []
    return [_within(address, _LOOPBACK) or ip_network(address)]


@lru_cache(maxsize=1024)
def plain_host(host: str) -> str:
    """A host name as names are compared: without the dot of the root, in ASCII."""
    name = host.rstrip(".").lower()
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def _refusal(host: str, addresses: Sequence[str]) -> str:
    where = ", ".join(f"{address} ({_kind(address)})" for address in addresses[:3])
    is_at = "" if [host.strip("[]")] == list(addresses) else f"{host} is at "
    options = " ".join(f"--allow-private {ip_network(address)}" for address in addresses[:3])
    return f"{is_at}{where}, which is not open to this audit. {options} would let it through"


def _kind(address: str) -> str:
    try:
        return not_public(address) or "public"
    except ValueError:
        return "no address"
