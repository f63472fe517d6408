"""A server that answers with the very bytes that a test gives it, and keeps what it was asked, byte for byte."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator


_LENGTH = re.compile(rb"Content-Length: \d+\r\n")


@dataclass(frozen=True)
class Asked:
    """A request: its target as it stood in the request line, and its headers by their names in lower case."""

    target: str
    headers: dict[str, str] = field(default_factory=dict)


def answer(body: bytes = b"", status: str = "200 OK", *lines: str, length: bool = True) -> bytes:
    """An HTTP answer with these header lines."""
    head = [f"HTTP/1.1 {status}", *lines, *([f"Content-Length: {len(body)}"] if length else []), "", ""]
    return "\r\n".join(head).encode("latin-1") + body


class RawServer(ThreadingTCPServer):
    """Answers each target with bytes, bytes piece by piece, or what a function makes of the request; 404 to others."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, bytes | list[bytes] | Callable[[Asked], bytes]] = {}
        self.asked: list[Asked] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that give up are part of the game."""

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def targets(self) -> list[str]:
        return [one.target for one in self.asked]


class _Handler(StreamRequestHandler):
    server: RawServer
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            while line := self.rfile.readline().decode("latin-1"):
                headers = {}
                while (header := self.rfile.readline().decode("latin-1").rstrip("\r\n")) != "":
                    name, _, value = header.partition(":")
                    headers[name.lower()] = value.strip()
                asked = Asked(line.split(" ", 1)[1].rsplit(" ", 1)[0], headers)
                self.server.asked.append(asked)
                found = self.server.answers.get(asked.target, answer(b"nothing here", "404 Not Found"))
                pieces = found if isinstance(found, list) else [found if isinstance(found, bytes) else found(asked)]
                for piece in pieces:
                    self.wfile.write(piece)
                    if len(pieces) > 1:
                        time.sleep(0.001)
                if not _LENGTH.search(b"".join(pieces).partition(b"\r\n\r\n")[0] + b"\r\n"):
                    return  # only the end of the connection tells that of the answer


@contextlib.contextmanager
def serve_raw(tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """A server for the length of a with block."""
    with RawServer() as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
