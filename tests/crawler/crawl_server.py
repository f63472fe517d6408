"""A real web server on loopback that misbehaves on request: one path for each misbehaviour."""

from __future__ import annotations

import gzip
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Answer = Callable[["Handler"], None]

HUGE_BYTES = 30_000_000
# Linked from /, each with what is wrong with it in its name.
BROKEN = (
    "/missing", "/error", "/flaky", "/slow", "/cut-short", "/document", "/huge", "/huge-stream", "/to-ok", "/loop/a",
    "/self-loop", "/away", "/no-location", "/cookie", "/private/page", "/wrong-charset",
)  # fmt: skip


def page(*links: str, images: tuple[str, ...] = (), title: str = "A page") -> bytes:
    """A page with these links and images."""
    body = "".join(f'<p><a href="{link}">to {link}</a></p>' for link in links)
    body += "".join(f'<img src="{image}">' for image in images)
    return f"<!DOCTYPE html><html lang=en><title>{title}</title><body><h1>{title}</h1>{body}".encode()


class Handler(BaseHTTPRequestHandler):
    """Answers from the site's table of answers."""

    server: Server

    def do_GET(self) -> None:
        """Record the request and answer it."""
        server = self.server
        with server.lock:
            server.requests.append(self.path)
            server.received.append((self.path, dict(self.headers)))
            server.under_way += 1
            server.most_at_once = max(server.most_at_once, server.under_way)
            server.observe()
        server.closing.wait(server.delay_s)
        answer = server.answers.get(self.path, server.otherwise)
        with server.lock:
            server.under_way -= 1
        try:
            if answer is None:
                self.reply(page(), status=404)
            else:
                answer(self)
        except OSError:
            pass  # the crawler hung up, as it should on a page that is too large or too slow

    def do_POST(self) -> None:
        """As do_GET; the body is read, so that the connection may be used again."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def reply(
        self,
        body: bytes,
        *,
        status: int = 200,
        content_type: str | None = "text/html; charset=utf-8",
        length: int | None = None,
        **headers: str,
    ) -> None:
        """Send an answer; `length` is what Content-Length claims."""
        self.send_response(status)
        if content_type is not None:
            self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


class Server(ThreadingHTTPServer):
    """The table of answers and the requests it got."""

    daemon_threads = False  # wait for the answers under way, so that no socket is left open
    request_queue_size = 64

    def __init__(self, address: str = "127.0.0.1") -> None:
        super().__init__((address, 0), Handler)
        self.answers: dict[str, Answer] = {}
        self.otherwise: Answer | None = None  # for every other path
        self.requests: list[str] = []
        self.received: list[tuple[str, dict[str, str]]] = []  # path and headers
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self.delay_s = 0.0
        self.under_way = self.most_at_once = 0
        self.observe: Callable[[], None] = lambda: None  # called as each request comes in
        self.port = self.server_address[1]
        self.base = f"http://127.0.0.1:{self.port}"

    def html(self, path: str, *links: str, images: tuple[str, ...] = ()) -> None:
        """Serve a good page."""
        body = page(*links, images=images, title=path)
        self.answers[path] = lambda handler: handler.reply(body)

    def redirect(self, path: str, target: str) -> None:
        """Send visitors of `path` to `target`."""
        self.answers[path] = lambda handler: handler.reply(b"", status=302, Location=target)

    def forget(self) -> None:
        """Begin a new record of requests."""
        with self.lock:
            self.requests.clear()


@contextmanager
def running(address: str = "127.0.0.1", kind: type[Server] = Server) -> Iterator[Server]:
    """A server without any page."""
    with kind(address) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


def misbehave(server: Server) -> None:
    """Fill the server with every misbehaviour."""
    images = ("/img/a.png", "/img/a.png?v=2", f"http://127.0.0.1:{server.port + 1}/img/other-port.png")
    others = (
        "/ok",
        "/ok?page=2",
        "/ok?page=2#part",
        "/report.pdf",
        "/deep/1",
        "http://offsite.invalid/",
        "mailto:a@b",
    )
    server.html("/", *BROKEN, *others, images=images)
    server.html("/ok", "/", "/ok", "/ok#top", images=("/img/a.png",))
    server.html("/ok?page=2", "/ok")
    server.html("/loop/landing")
    server.html("/only-in-sitemap")
    for number in range(1, 21):
        server.html(f"/deep/{number}", f"/deep/{number + 1}" if number < 20 else "/")
    server.redirect("/to-ok", "/ok")
    server.redirect("/loop/a", "/loop/b")
    server.redirect("/loop/b", "/loop/a")
    server.redirect("/self-loop", "/self-loop")
    server.redirect("/away", f"http://localhost:{server.port}/elsewhere")
    server.html("/elsewhere")
    server.html("/private/page")

    answers = server.answers
    answers["/robots.txt"] = lambda handler: handler.reply(
        f"User-agent: *\nDisallow: /private/\nSitemap: {server.base}/sitemap-index.xml\n".encode(),
        content_type="text/plain",
    )
    answers["/sitemap-index.xml"] = lambda handler: handler.reply(
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>{server.base}/pages.xml.gz'
        f"</loc></sitemap><sitemap><loc>{server.base}/garbage.xml</loc></sitemap>"
        f"<sitemap><loc>{server.base}/gone.xml</loc></sitemap></sitemapindex>".encode(),
        content_type="application/xml",
    )
    answers["/garbage.xml"] = lambda handler: handler.reply(b"\x1f\x8bgarbage", content_type="application/xml")
    answers["/pages.xml.gz"] = lambda handler: handler.reply(
        gzip.compress(
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{server.base}/only-in-sitemap</loc>'
            f"</url><url><loc>{server.base}/ok</loc></url></urlset>".encode()
        ),
        content_type="application/x-gzip",
    )
    answers["/error"] = lambda handler: handler.reply(page(), status=500)
    answers["/slow"] = _slow
    answers["/cut-short"] = lambda handler: handler.reply(page(), length=10_000)
    answers["/document"] = lambda handler: handler.reply(b"%PDF-1.7 \x00\x01", content_type="application/pdf")
    answers["/huge"] = lambda handler: handler.reply(b" " * HUGE_BYTES)
    answers["/huge-stream"] = _huge_stream
    answers["/no-location"] = lambda handler: handler.reply(b"", status=301)
    answers["/cookie"] = _cookie
    answers["/wrong-charset"] = lambda handler: handler.reply(
        page(images=("/img/b.png?alt=ä",), title="Käse"), content_type="text/html; charset=base64"
    )
    answers["/flaky"] = flaky(server)


def _slow(handler: Handler) -> None:
    handler.server.closing.wait(8)
    handler.reply(page())


def _huge_stream(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    for _ in range(HUGE_BYTES // 100_000):
        handler.wfile.write(b" " * 100_000)


def _cookie(handler: Handler) -> None:
    if "seen=1" in handler.headers.get("Cookie", ""):
        handler.reply(page(title="Welcome back"))
    else:
        handler.reply(b"", status=302, Location="/cookie", Set_Cookie="seen=1; Path=/")


def flaky(server: Server) -> Answer:
    """503 at the first visit, a page at the second."""
    visits = iter(range(1_000_000))

    def answer(handler: Handler) -> None:
        if next(visits) == 0:
            handler.reply(page(), status=503)
        else:
            handler.reply(page(title="Up again"))

    return answer
