"""Answers that break the rules, and that browsers take all the same: heads, statuses, codings, cookies.

Chromium 156 shows the pictures of HEADS, CODED and STATUSES, and none of REFUSED.
"""

from __future__ import annotations

import asyncio
import gzip
import io
import time
import zlib

import pytest

from captioning.caption_options import CaptionOptions
from captioning.fetch import Fetcher
from core.errors import ImageError
from core.net.lenient_http import MAX_HEAD_BYTES
from tests.captioning.images import gzip_bomb, jpeg
from tests.captioning.raw_server import answer, serve_raw

OPTIONS = CaptionOptions(retries=0, allow_private=["127.0.0.0/8"], timeout_s=20.0, max_image_bytes=300_000)
PICTURE = jpeg(1)
SIZE = f"Content-Length: {len(PICTURE)}"


@pytest.fixture
def server():
    with serve_raw() as running:
        yield running


def fetch(*urls: str) -> list[bytes | ImageError | None]:
    """One after another, with one fetcher, so that connections are used again."""

    async def all_of_them() -> list[bytes | ImageError | None]:
        found: list[bytes | ImageError | None] = []
        async with Fetcher(OPTIONS) as fetcher:
            for url in urls:
                try:
                    async with fetcher.fetch(url) as fetched:
                        found.append(fetched.data)
                except ImageError as error:
                    found.append(error)
        return found

    return asyncio.run(all_of_them())


def raw(*lines: str, body: bytes = PICTURE, end: str = "\r\n") -> bytes:
    return end.join([*lines, "", ""]).encode("latin-1") + body


CHUNKED = b"%x\r\n" % len(PICTURE) + PICTURE + b"\r\n0\r\n\r\n"
HEADS = {
    "warning of PHP": raw("HTTP/1.1 200 OK", "PHP Notice:  Undefined index: w in /srv/img.php", SIZE),
    "HTML in the head": raw("HTTP/1.1 200 OK", "<br /><b>Warning</b>: x", SIZE),
    "no colon": raw("HTTP/1.1 200 OK", "Served by node 4", SIZE),
    "no name": raw("HTTP/1.1 200 OK", ": x", SIZE),
    "blanks before the colon": raw("HTTP/1.1 200 OK", "X-Cache : HIT", SIZE.replace(":", " :")),
    "name of Latin-1": raw("HTTP/1.1 200 OK", "Gr\xf6\xdfe: 5", SIZE),
    "length three times": raw("HTTP/1.1 200 OK", SIZE, SIZE, SIZE.lower()),
    "lengths in a list": raw("HTTP/1.1 200 OK", f"{SIZE}, {len(PICTURE)}"),
    "no number": raw("HTTP/1.1 200 OK", f"{SIZE} bytes"),
    "length below zero": raw("HTTP/1.1 200 OK", "Content-Length: -1"),
    "length of nothing": raw("HTTP/1.1 200 OK", "Content-Length:"),
    "length too short": raw("HTTP/1.1 200 OK", SIZE, body=PICTURE + b"<!-- 0.02 s -->\n"),
    "length and another coding": raw("HTTP/1.1 200 OK", "Transfer-Encoding: identity", SIZE),
    "length and chunks": raw("HTTP/1.1 200 OK", "Content-Length: 5", "Transfer-Encoding: chunked", body=CHUNKED),
    "chunked twice": raw("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body=CHUNKED),
    "folded": raw("HTTP/1.1 200 OK", "X-A: b", "\tc", "  d:e", SIZE),
    "folded first": raw("HTTP/1.1 200 OK", " lost", SIZE),
    "line feeds alone": raw("HTTP/1.1 200 OK", "nonsense", SIZE, end="\n"),
    "two carriage returns": raw("HTTP/1.1 200 OK\r", "X-A: b\r", SIZE),
    "no reason": raw("HTTP/1.1 200", SIZE),
    "blanks in the status line": raw("HTTP/1.1  200   Very  OK", SIZE),
    "in small letters": raw("http/1.1 200 ok", SIZE),
    "version 2": raw("HTTP/2.0 200 OK", SIZE),
    "version 1.0": raw("HTTP/1.0 200 OK"),
    "empty lines first": b"\r\n\r\n" + raw("HTTP/1.1 200 OK", SIZE),
    "hints first": raw("HTTP/1.1 103 Early Hints", "odd", "Link: </a.css>", body=b"") + raw("HTTP/1.1 200 OK", SIZE),
    "a long header": raw("HTTP/1.1 200 OK", "Link: " + "<https://cdn.test/a.css>; rel=preload, " * 800, SIZE),
    "a long name": raw("HTTP/1.1 200 OK", "X-" + "a" * 20_000 + ": b", SIZE),
    "many headers": raw("HTTP/1.1 200 OK", *(f"X-{n}: {n}" for n in range(1500)), SIZE),
}


@pytest.mark.parametrize("head", HEADS)
def test_a_sloppy_head_is_read(server, head):
    server.answers["/a.jpg"] = HEADS[head]
    assert fetch(f"{server.url}/a.jpg") == [PICTURE]


def test_it_is_read_however_it_arrives(server):
    """In pieces that end anywhere, and on a connection that is used again."""
    for name, head in zip("abc", ("warning of PHP", "line feeds alone", "hints first"), strict=True):
        server.answers[f"/{name}.jpg"] = HEADS[head]
        server.answers[f"/{name}-slow.jpg"] = [HEADS[head][n : n + 1] for n in range(110)] + [HEADS[head][110:]]
    paths = [f"{name}{how}.jpg" for name in "abc" for how in ("", "-slow", "")]
    assert fetch(*[f"{server.url}/{path}" for path in paths]) == [PICTURE] * 9


REFUSED = {
    "lengths that differ": raw("HTTP/1.1 200 OK", "Content-Length: 5", SIZE),
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "text": raw("HTTP is not spoken here", SIZE),  # here and in the next Chromium sees a status of 200
    "no status": raw("HTTP/1.1 fine", SIZE),
    "endless": b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * (MAX_HEAD_BYTES // 8 + 1),
    "a line without end": b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * MAX_HEAD_BYTES,
    "only hints": raw("HTTP/1.1 103 Early Hints", body=b"") * 3,
}


@pytest.mark.parametrize("head", REFUSED)
def test_what_browsers_refuse_is_refused(server, head):
    server.answers["/a.jpg"] = REFUSED[head]
    server.answers["/b.jpg"] = answer(PICTURE)
    error, after = fetch(f"{server.url}/a.jpg", f"{server.url}/b.jpg")
    assert isinstance(error, ImageError)
    assert error.code in {"bad_response", "cut_short"}
    assert after == PICTURE


BARE = zlib.compressobj(wbits=-15)
BARE_DEFLATE = BARE.compress(PICTURE) + BARE.flush()
NAMED = io.BytesIO()
with gzip.GzipFile("kettle.jpg", "wb", fileobj=NAMED) as packer:
    packer.write(PICTURE)
CODED = {
    "x-gzip": (gzip.compress(PICTURE), "Content-Encoding: x-gzip"),
    "X-GZIP": (gzip.compress(PICTURE), "Content-Encoding: X-GZIP"),
    "twice in a line": (gzip.compress(gzip.compress(PICTURE)), "Content-Encoding: gzip, gzip"),
    "twice in two lines": (gzip.compress(gzip.compress(PICTURE)), "Content-Encoding: gzip", "Content-Encoding: gzip"),
    "gzip over deflate": (gzip.compress(zlib.compress(PICTURE)), "Content-Encoding: deflate,gzip"),
    "deflate over x-gzip": (zlib.compress(gzip.compress(PICTURE)), "Content-Encoding: x-gzip, deflate"),
    "gzip over bare deflate": (gzip.compress(BARE_DEFLATE), "Content-Encoding: deflate, gzip"),
    "three times": (gzip.compress(gzip.compress(gzip.compress(PICTURE))), "Content-Encoding: gzip, gzip, gzip"),
    "something behind": (gzip.compress(PICTURE) + b"\r\n\0", "Content-Encoding: gzip"),
    "wrong checksum": (gzip.compress(PICTURE)[:-8] + bytes(8), "Content-Encoding: gzip"),
    "with a name": (NAMED.getvalue(), "Content-Encoding: gzip"),
    "not known": (PICTURE, "Content-Encoding: gzip, utf-8"),
}


def test_brotli_is_undone_where_it_can_be(server):
    brotli = pytest.importorskip("brotli")
    server.answers["/a.jpg"] = answer(brotli.compress(PICTURE), "200 OK", "Content-Encoding: br")
    server.answers["/b.jpg"] = answer(gzip.compress(brotli.compress(PICTURE)), "200 OK", "Content-Encoding: br, gzip")
    server.answers["/c.jpg"] = answer(brotli.compress(bytes(10_000_000)), "200 OK", "Content-Encoding: br")
    *pictures, bomb = fetch(*[f"{server.url}/{name}.jpg" for name in "abc"])
    assert pictures == [PICTURE] * 2
    assert isinstance(bomb, ImageError)
    assert bomb.code == "too_large"


def test_members_of_gzip_are_joined(server):
    """Chromium shows the first alone; the standard, and Firefox, all of them."""
    server.answers["/a.jpg"] = answer(
        gzip.compress(PICTURE[:500]) + gzip.compress(PICTURE[500:]), "200 OK", "Content-Encoding: gzip"
    )
    assert fetch(f"{server.url}/a.jpg") == [PICTURE]


@pytest.mark.parametrize("coding", CODED)
def test_codings_are_undone(server, coding):
    body, *lines = CODED[coding]
    server.answers["/a.jpg"] = answer(body, "200 OK", *lines)
    assert fetch(f"{server.url}/a.jpg") == [PICTURE]


def test_a_bomb_in_a_bomb_is_too_large(server):
    server.answers["/a.jpg"] = answer(gzip.compress(gzip_bomb()), "200 OK", "Content-Encoding: gzip, gzip")
    server.answers["/b.jpg"] = answer(PICTURE, "200 OK", "Content-Encoding: gzip, gzip")
    assert [error.code for error in fetch(f"{server.url}/a.jpg", f"{server.url}/b.jpg")] == [
        "too_large",
        "bad_response",
    ]


LAST = len(PICTURE) - 1
STATUSES = {
    "all of a part": ("206 Partial Content", f"Content-Range: bytes 0-{LAST}/{LAST + 1}"),
    "of unknown length": ("206 Partial Content", f"Content-Range: bytes 0-{LAST}/*"),
    "one too many": ("206 Partial Content", f"Content-Range: bytes 0-{LAST + 1}/{LAST + 1}"),
    "a part of nothing": ("206 Partial Content",),
    "created": ("201 Created", "Location: /elsewhere"),
    "accepted": ("202 Accepted",),
    "as a proxy has it": ("203 Non-Authoritative Information",),
    "IM used": ("226 IM Used",),
    "several choices": ("300 Multiple Choices",),
    "a redirect to nowhere": ("302 Found", "Location:"),
}


@pytest.mark.parametrize("status", STATUSES)
def test_a_whole_picture_is_one_whatever_the_success(server, status):
    server.answers["/a.jpg"] = answer(PICTURE, *STATUSES[status])
    assert fetch(f"{server.url}/a.jpg") == [PICTURE]


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("http_206", answer(PICTURE[:99], "206 Partial Content", f"Content-Range: bytes 0-98/{len(PICTURE)}")),
        ("http_206", answer(PICTURE[9:], "206 Partial Content", f"Content-Range: bytes 9-{LAST}/{len(PICTURE)}")),
        ("http_206", answer(PICTURE, "206 Partial Content", "Content-Type: multipart/byteranges; boundary=x")),
        ("http_202", answer(b"", "202 Accepted")),
        ("http_202", answer(b"<title>One moment</title>", "202 Accepted", "Content-Type: text/html; charset=utf-8")),
        ("http_204", answer(PICTURE, "204 No Content")),
        ("http_302", answer(b"<title>Moved</title>", "302 Found", "Location:", "Content-Type: text/html")),
        ("http_304", answer(b"", "304 Not Modified")),
        ("http_404", answer(PICTURE, "404 Not Found")),
    ],
)
def test_what_is_no_whole_picture_is_none(server, code, given):
    server.answers["/a.jpg"] = given
    [error] = fetch(f"{server.url}/a.jpg")
    assert isinstance(error, ImageError)
    assert error.code == code


def chunked(*lines: str, size: str = f"{len(PICTURE):x}", trailers: str = "", end: str = "\r\n") -> bytes:
    head = end.join(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", *lines, "", ""]).encode()
    return head + f"{size}{end}".encode() + PICTURE + f"{end}0{end}{trailers}{end}".encode()


CHUNKS = {
    "extension": chunked(size=f'{len(PICTURE):x};name=value;other="a b"'),
    "blanks and an extension": chunked(size=f'{len(PICTURE):X} ; a = "b"'),
    "blanks": chunked(size=f"{len(PICTURE):x}   "),
    "zeros": chunked(size=f"0000{len(PICTURE):x}"),
    "trailers": chunked("Trailer: X-Sum", trailers="X-Sum: 5\r\nServer-Timing: a;dur=5\r\n"),
    "trailers that are none": chunked(trailers="nonsense\r\n: b\r\nX-A : c\r\n"),
    "line feeds alone": chunked(end="\n"),
}


@pytest.mark.parametrize("name", CHUNKS)
def test_chunks_are_read_whatever_stands_beside_them(server, name):
    server.answers["/a.jpg"] = CHUNKS[name]
    server.answers["/slow.jpg"] = [CHUNKS[name][at : at + 1] for at in range(90)] + [CHUNKS[name][90:]]
    assert fetch(f"{server.url}/a.jpg", f"{server.url}/slow.jpg", f"{server.url}/a.jpg") == [PICTURE] * 3


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("bad_response", chunked(size="picture")),
        ("bad_response", chunked(size="-5")),
        ("bad_response", chunked(size="1" * 40)),
        ("bad_response", chunked(size=f"{len(PICTURE) - 9:x}")),
        ("cut_short", chunked()[:-5]),
        ("cut_short", chunked(trailers="X-A: b")[:-2]),
    ],
)
def test_chunks_that_are_none_are_told(server, code, given):
    server.answers["/a.jpg"] = given
    [error] = fetch(f"{server.url}/a.jpg")
    assert isinstance(error, ImageError)
    assert (error.code, "\n" in error.message) == (code, False)


def webcam(boundary: str = "frame", said: str | None = None, pictures: int = 2, end: str = "\r\n") -> bytes:
    part = f"--{boundary}{end}Content-Type: image/jpeg{end}{end}".encode() + PICTURE + end.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary={said or boundary}\r\n\r\n"
    return head.encode() + part * pictures + f"--{boundary}".encode()


@pytest.mark.parametrize(
    "given",
    [webcam(), webcam(said='"frame"'), webcam("--frame"), webcam("x", "--x"), webcam(end="\n"), webcam(pictures=400)],
)
def test_of_a_webcam_the_first_picture_is_taken(server, given):
    server.answers["/cam"] = given
    server.answers["/slow"] = [given[at : at + 1] for at in range(150)] + [given[150:]]
    assert fetch(f"{server.url}/cam", f"{server.url}/slow") == [PICTURE] * 2


def test_of_a_webcam_that_breaks_off_the_picture_is_what_came(server):
    server.answers["/cam"] = webcam(pictures=1).removesuffix(b"\r\n--frame")
    server.answers["/none"] = webcam(pictures=0) + b"x" * 20_000
    picture, error = fetch(f"{server.url}/cam", f"{server.url}/none")
    assert picture == PICTURE
    assert isinstance(error, ImageError)
    assert error.code == "bad_response"


def wall(cookie: str, to: str, *lines: str):
    """Redirects until the cookie comes back."""
    redirect = answer(b"", "302 Found", f"Location: {to}", *lines)
    return lambda asked: answer(PICTURE) if cookie in asked.headers.get("cookie", "") else redirect


def test_a_cookie_wall_is_passed(server):
    server.answers["/a.jpg"] = wall("seen=1", "/a.jpg", "Set-Cookie: seen=1; Path=/; HttpOnly")
    server.answers["/b.jpg"] = wall('q="a b"', "/b.jpg", 'Set-Cookie: q="a b"; Path=/; SameSite=Lax; Max-Age=60')
    server.answers["/c.jpg"] = wall("two=2", "/set", "Set-Cookie: one=1")
    server.answers["/set"] = answer(b"", "307 Temporary Redirect", "Location: /c.jpg", "Set-Cookie: two=2; Path=/c.jpg")
    assert fetch(*[f"{server.url}/{name}.jpg" for name in "abc"]) == [PICTURE] * 3
    assert set(server.asked[-1].headers["cookie"].split("; ")) == {"one=1", "two=2"}


def test_cookies_end_with_their_chain(server):
    server.answers["/a.jpg"] = wall("seen=1", "/a.jpg", "Set-Cookie: seen=1; Path=/")
    server.answers["/b.jpg"] = answer(jpeg(2))
    assert fetch(f"{server.url}/a.jpg", f"{server.url}/b.jpg", f"{server.url}/a.jpg") == [PICTURE, jpeg(2), PICTURE]
    assert [one.headers.get("cookie") for one in server.asked] == [None, "seen=1", None, None, "seen=1"]


def test_cookies_go_where_they_belong(server):
    """To no other host, no other path, and not without encryption where they are for it alone."""
    away = f"Location: http://localhost:{server.port}/b.jpg"
    cookies = (
        "Set-Cookie: a=1",
        "Set-Cookie: b=2; Path=/deep",
        "Set-Cookie: c=3; Secure; Path=/",
        "Set-Cookie: d=4; Max-Age=0",
    )
    server.answers["/a.jpg"] = answer(b"", "302 Found", away, *cookies)
    server.answers["/b.jpg"] = answer(b"", "302 Found", f"Location: {server.url}/c.jpg")
    server.answers["/c.jpg"] = answer(PICTURE)
    assert fetch(f"{server.url}/a.jpg") == [PICTURE]
    assert [one.headers.get("cookie") for one in server.asked] == [None, None, "a=1"]


def test_a_flood_of_cookies_holds_nobody_up(server):
    flood = [f"Set-Cookie: c{n}=1" for n in range(12_000)]
    server.answers["/a.jpg"] = answer(b"", "302 Found", "Location: /a.jpg", *flood)
    started = time.process_time()
    [error] = fetch(f"{server.url}/a.jpg")
    assert isinstance(error, ImageError)
    assert error.code == "redirects"
    assert time.process_time() - started < 2.0


def test_a_wall_that_no_cookie_opens_ends(server):
    server.answers["/a.jpg"] = answer(b"", "302 Found", "Location: /a.jpg", "Set-Cookie: seen=1")
    [error] = fetch(f"{server.url}/a.jpg")
    assert isinstance(error, ImageError)
    assert error.code == "redirects"
    assert len(server.asked) == 21
