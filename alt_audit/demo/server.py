"""Serve the demo site on loopback."""

from __future__ import annotations

import io
import sys
import threading
from contextlib import contextmanager
from functools import lru_cache, partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import parse_qs

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

REDIRECTS = {"/old-shop.html": "/shop/"}
# These name the site's own address, which is known only once a port is bound.
TEMPLATES = ("/robots.txt", "/sitemap.xml")
RESIZED_PREFIX = "/cdn/shop/files/"
MAX_WIDTH_PX = 1600
# Said here, so that the answer does not depend on the machine's own table.
CONTENT_TYPES = {
    "": "application/octet-stream",
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".html": "text/html",  # no charset: each page declares its own, and one is windows-1252
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
    ".xml": "application/xml",
}


@contextmanager
def serve_demo() -> Iterator[str]:
    """The demo site on a free port of 127.0.0.1 until the block ends; yields its address, `/` included."""
    with as_file(files(__package__) / "site") as directory:
        server = _DemoServer(("127.0.0.1", 0), partial(_DemoHandler, directory=str(directory)))
        # A short poll: shutdown waits for the loop to look up.
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="demo-site", daemon=True)
        thread.start()
        try:
            yield server.base_url
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _DemoServer(ThreadingHTTPServer):
    # A crawler opens many connections at once; the default of 5 makes some of them wait a second.
    request_queue_size = 128

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _DemoHandler(SimpleHTTPRequestHandler):
    server: _DemoServer
    timeout = 10  # seconds; an idle connection must not keep its thread
    extensions_map = CONTENT_TYPES
    error_message_format = (
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>%(message)s</title>'
        '<link rel="stylesheet" href="/style.css"><main><h1>%(message)s</h1>'
        '<p>Error %(code)d. <a href="/">Back to the shop window</a></p></main></html>'
    )

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        path, _, query = self.path.partition("?")
        if location := REDIRECTS.get(path):
            self.send_response(HTTPStatus.MOVED_PERMANENTLY)
            self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        if path in TEMPLATES:
            text = Path(self.translate_path(self.path)).read_text(encoding="utf-8")
            return self._send(text.replace("{base_url}", self.server.base_url).encode())
        if path.startswith(RESIZED_PREFIX) and (width := _width(query)):
            try:
                # translate_path, as for any other file, never leaves the site's folder.
                body = _resized(Path(self.translate_path(self.path)), width)
            except OSError:
                pass  # no such file, or no picture: answered below as any other request
            else:
                return self._send(body)
        return super().send_head()

    def list_directory(self, path: str | Any) -> None:
        """A folder without an index page is not found; its content is nobody's business."""
        self.send_error(HTTPStatus.NOT_FOUND, "Page not found")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's name
        """Quiet: the audit's own messages are the ones to read."""

    def _send(self, body: bytes) -> io.BytesIO:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(self.translate_path(self.path)))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)


def _width(query: str) -> int | None:
    """The width asked for in pixels, None where there is none or it makes no sense."""
    value = parse_qs(query).get("width", [""])[-1]
    if not (value.isascii() and value.isdigit() and len(value) <= 4):
        return None
    width = int(value)
    return width if 1 <= width <= MAX_WIDTH_PX else None


@lru_cache(maxsize=64)
def _resized(picture: Path, width: int) -> bytes:
    """The picture at exactly this width, in its own format, as an image service of a shop delivers it."""
    with Image.open(picture) as image:
        height = max(1, round(image.height * width / image.width))
        buffer = io.BytesIO()
        image.resize((width, height), Image.Resampling.LANCZOS).save(buffer, image.format, quality=82)
    return buffer.getvalue()
