"""Why a server's certificate cannot be verified, which clients seldom say in words."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING

from core.net.address_guard import AddressRefusedError

if TYPE_CHECKING:
    from core.net.address_guard import AddressGuard

TIMEOUT_S = 10.0


async def certificate_fault(host: str, port: int, guard: AddressGuard) -> str | None:
    """What is wrong with the certificate of a server, in OpenSSL's words; None when nothing was found to be.

    It takes a connection of its own, to an address that the guard permits, over which nothing is sent.
    """
    context = ssl.create_default_context()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
            address = guard.permitted(host, [str(info[4][0]) for info in found])[0]
            _, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        return error.verify_message.rstrip(".")
    except (AddressRefusedError, OSError, TimeoutError, ValueError):
        return None
    writer.close()
    return None
