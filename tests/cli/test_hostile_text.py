"""What a hostile page or server writes reaches no terminal, sheet or report as it came."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
TRICK = "\x1b]0;owned\x07\x1b[31m\x9b2J\u202egpj.exe\u2066\x08\x7f"
PAGE = f"""<!DOCTYPE html><html lang=en><title>Tea {TRICK}</title><h1>Tins {TRICK}</h1>
<a href="/{TRICK}"><img src="/a.png?{TRICK}"></a><figure><img src="/b.png" alt="IMG {TRICK}"><figcaption>Cap {TRICK}
</figcaption></figure><img src="/c.png" title="{TRICK}"><p>near {TRICK} <img src="/d.png"></p>"""


@contextmanager
def hostile_server():
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("Location", "ftp://" + TRICK.encode().decode("latin-1"))
                self.end_headers()
            elif self.path == "/garbled":
                self.wfile.write(b"HTTP/1.1 " + TRICK.encode() + b"\r\n\r\n")
            elif self.path == "/":
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(PAGE.encode())
            else:
                self.wfile.write(b"HTTP/1.1 404 " + TRICK.encode() + b"\r\n\r\n")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def hostile():
    with hostile_server() as url:
        yield url


@pytest.mark.parametrize("path", ["/moved", "/garbled", "/missing"])
def test_what_a_server_says_of_an_error(cli, hostile, path):
    result = cli("check", hostile + path)
    assert result.code == 1
    assert result.err.startswith("alt-audit: ")
    assert not STEERING.search(result.err + result.out)


@pytest.mark.parametrize("output", ["text", "json", "sarif"])
def test_a_page_that_is_checked(cli, hostile, output):
    result = cli("check", hostile + "/", "--format", output)
    assert result.code == 0, result.err
    assert "owned" in result.out or output == "sarif"  # which holds the code of faulty places alone
    assert not STEERING.search(result.err + result.out)


def test_a_site_that_is_audited(cli, hostile):
    result = cli("run", hostile + "/", "--model", "builtin", "--include-pending")
    assert result.code == 0, result.err
    assert not STEERING.search(result.err + result.out)
    files = [path for path in cli.folder.rglob("reports-out/**/*") if path.suffix in {".html", ".csv"}]
    assert len(files) >= 4
    for path in files:
        text = path.read_bytes().decode().replace("\r\n", "\n")
        assert "owned" in text or path.name in {
            "import.csv",
            "rules.html",
            "search.html",
            "changes.csv",
        }  # hold none of its texts
        assert not STEERING.search(text), path.name
