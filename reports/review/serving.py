"""The server of the review: this machine alone, on one port."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import uvicorn

from core.errors import UsageError
from reports.review.app import application
from reports.review.guard import new_secret

if TYPE_CHECKING:
    from reports.review.desk import Desk
    from reports.review.why import Explainer

ADDRESS = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """A socket on loopback that takes connections from now on; port 0 is a free one.

    Raises UsageError where the port cannot be had.
    """
    # asyncio sends at once only on sockets that say TCP: others wait 40 ms before the last part of an answer.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((ADDRESS, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise UsageError(
            f"port {port} cannot be had ({error.strerror}): choose another --port, or leave it out"
        ) from None
    return listening


def server(desk: Desk, explainer: Explainer, listening: socket.socket) -> tuple[uvicorn.Server, str]:
    """What serves a desk, to be run on this socket, and the address to open, with the secret in it."""
    port, secret = listening.getsockname()[1], new_secret()
    config = uvicorn.Config(application(desk, explainer, secret, port), log_config=None, access_log=False)
    return uvicorn.Server(config), f"http://{ADDRESS}:{port}/?secret={secret}"
