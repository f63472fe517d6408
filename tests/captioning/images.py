"""Real image files and a real server that misbehaves in every way the worker must survive."""

from __future__ import annotations

import contextlib
import functools
import gzip
import io
import random
import threading
import time
import zlib
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message


def jpeg(seed: int = 0, size: tuple[int, int] = (64, 48)) -> bytes:
    """A photograph-like file: coloured noise, different for each seed."""
    noise = Image.frombytes("RGB", (8, 6), random.Random(seed).randbytes(8 * 6 * 3))
    buffer = io.BytesIO()
    noise.resize(size, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


@functools.cache
def gzip_bomb() -> bytes:
    """A quarter of a megabyte that unpacks to a thousand times as much."""
    packer = zlib.compressobj(9, wbits=31)
    block = bytes(1 << 20)
    return b"".join([*(packer.compress(block) for _ in range(1 << 8)), packer.flush()])


class ImageServer(ThreadingHTTPServer):
    """Serves `files` by path, and the misbehaviours of `_Handler`; counts the requests for each path."""

    daemon_threads = True
    request_queue_size = 128  # the default of 5 makes clients wait a second for a retransmission

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.types: dict[str, str] = {}  # content types that are not image/jpeg
        self.moves: dict[str, str] = {}  # where a path redirects to
        self.requests: Counter[str] = Counter()
        self.headers: list[Message] = []  # of the requests, in order
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: ImageServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        with contextlib.suppress(ConnectionError):  # clients that give up are part of the game
            self._answer()

    def _answer(self) -> None:
        self.server.requests[self.path] += 1
        self.server.headers.append(self.headers)
        action = getattr(self, f"_{self.path.strip('/').split('/')[0]}", None)
        if self.path in self.server.files:
            self._send(200, self.server.files[self.path], self.server.types.get(self.path, "image/jpeg"))
        elif self.path in self.server.moves:
            self._send(302, b"", Location=self.server.moves[self.path])
        elif action is not None:
            action()
        else:
            self._send(404, b"not here", "text/plain")

    def _send(self, status: int, body: bytes, kind: str = "image/jpeg", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self) -> None:
        self._send(302, b"", Location="/loop/0")

    def _loop(self) -> None:
        number = int(self.path.rsplit("/", 1)[1])
        self._send(302, b"", Location=f"/loop/{number + 1}")

    def _moved(self) -> None:
        self._send(301, b"", Location="/good.jpg")

    def _flaky(self) -> None:
        if self.server.requests[self.path] < 3:
            self._send(503, b"later", "text/plain")
        else:
            self._send(200, jpeg(7))

    def _down(self) -> None:
        self._send(503, b"down", "text/plain")

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        while not self.server.stopping.wait(0.05):
            try:
                self.wfile.write(b"x")
            except OSError:
                return

    def _cut(self) -> None:
        body = jpeg(8)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) * 10))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def _endless(self) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            while not self.server.stopping.is_set():
                self.wfile.write(b"x" * 65536)
        except OSError:
            return

    def _huge(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(10**12))
        self.end_headers()
        self.close_connection = True

    def _bomb(self) -> None:
        """A quarter of a gigabyte of zeros, which gzip makes a quarter of a megabyte of."""
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(gzip_bomb())))
        self.end_headers()
        self.wfile.write(gzip_bomb())

    def _packed(self) -> None:
        self._send(200, gzip.compress(jpeg(1)), **{"Content-Encoding": "gzip"})

    def _unpackable(self) -> None:
        self._send(200, jpeg(1), **{"Content-Encoding": "gzip"})

    def _proxied(self) -> None:
        self._send(203, jpeg(1))

    def _unwritable(self) -> None:
        self._send(200, jpeg(1), **{"ETag": '"\xff\xfe"', "Last-Modified": "Sat, 01 Jan 2000 00:00:00 GMT"})

    def _short(self) -> None:
        """Says that it is shorter than it is."""
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(jpeg(1))

    def _negative(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "-1")
        self.end_headers()
        self.close_connection = True

    def _gibberish(self) -> None:
        self.wfile.write(b"\x00\x01\x02 this is no HTTP\r\n\r\n")
        self.close_connection = True

    def _silent(self) -> None:
        self.server.stopping.wait(10)
        self.close_connection = True

    def _busy(self) -> None:
        """429 once, with a pause of a second."""
        if self.server.requests[self.path] < 2:
            self._send(429, b"", **{"Retry-After": "1"})
        else:
            self._send(200, jpeg(1))

    def _closed(self) -> None:
        self._send(503, b"", **{"Retry-After": "3600"})

    def _versioned(self) -> None:
        """Has an ETag, and says 304 to those who know it."""
        etag = f'"{len(self.server.files["/good.jpg"])}"'
        if self.headers["If-None-Match"] == etag:
            self.server.requests["unchanged"] += 1
            self.send_response(304)
            self.end_headers()
        else:
            self._send(200, self.server.files["/good.jpg"], ETag=etag)

    def do_HEAD(self) -> None:
        """Says that everything is a small picture, whatever a GET gives."""
        self.server.requests["HEAD"] += 1
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", "100")
        self.end_headers()

    def _html(self) -> None:
        self._send(200, b"<!doctype html><title>Log in</title>", "image/jpeg")

    def _slow(self) -> None:
        time.sleep(0.4)
        self._send(200, jpeg(int(self.path.rsplit("/", 1)[1])))


@contextlib.contextmanager
def serve_images() -> Iterator[ImageServer]:
    """An image server for the length of a with block."""
    server = ImageServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()
