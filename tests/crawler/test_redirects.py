"""Redirects: through a cookie test, over a gate on another host, to a login, in circles and to nowhere."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from crawl_server import Handler, Server, page, running
from crawls import crawl, fetched, pages

from core.records import PageState

if TYPE_CHECKING:
    from collections.abc import Iterator

OPEN = {"allow_private": ["127.0.0.0/8"]}
NAMES = [f"/{number}" for number in range(6)]


@pytest.fixture
def other() -> Iterator[Server]:
    """A server that is another host: 127.0.0.2."""
    with running("127.0.0.2") as server:
        server.base = f"http://127.0.0.2:{server.port}"
        yield server


def states(database: str) -> dict[str, str | None]:
    return {path: row.failure or str(row.state) for path, row in pages(database).items()}


def wants_cookie(server: Server, where: str, *, back: bool) -> None:
    """Every page sends a visitor without the cookie to `where`, and says the way back or not."""
    for path in ("/", *NAMES):
        body = page(*(NAMES if path == "/" else ()), images=(f"/img{path}.png",), title=path)

        def answer(handler: Handler, body: bytes = body, path: str = path) -> None:
            if "age=18" in handler.headers.get("Cookie", ""):
                handler.reply(body)
            else:
                handler.reply(b"", status=302, Location=f"{where}?to={quote(path)}" if back else where)

        server.answers[path] = answer


def test_a_page_that_is_answered_when_the_cookie_test_is_over_is_asked_for_again(
    server: Server, sqlite_url: str
) -> None:
    from crawls import result_of, start

    wants_cookie(server, "/age", back=False)
    server.answers["/age"] = lambda handler: handler.reply(b"", status=303, Location="/", Set_Cookie="age=18; Path=/")
    at_once = server.answers[NAMES[-1]]

    def late(handler: Handler) -> None:
        wait_until = time.monotonic() + 20
        while server.requests.count("/") < 2 and time.monotonic() < wait_until:
            time.sleep(0.05)
        time.sleep(0.5)  # until what came of it is known
        at_once(handler)

    server.answers[NAMES[-1]] = late
    urls = [f"{server.base}{path}" for path in ("/", *NAMES)]
    result_of(start(urls, sqlite_url, listed=True, max_depth=0, allow_private=["127.0.0.1"]))
    assert fetched(sqlite_url) == {"/", *NAMES}


@pytest.mark.parametrize("seeds", [1, 7], ids=["start page", "list"])
@pytest.mark.parametrize("back", [True, False])
def test_a_cookie_test_is_passed_as_a_browser_passes_it(
    server: Server, sqlite_url: str, back: bool, seeds: int
) -> None:
    from crawls import result_of, start

    wants_cookie(server, "/age", back=back)

    def test(handler: Handler) -> None:
        to = parse_qs(urlsplit(handler.path).query)["to"][0] if back else "/"
        handler.reply(b"", status=303, Location=to, Set_Cookie="age=18; Path=/")

    for path in ["/age", *(f"/age?to={quote(name)}" for name in ("/", *NAMES))]:
        server.answers[path] = test
    urls = [f"{server.base}{path}" for path in ("/", *NAMES)][:seeds]
    options = {} if seeds == 1 else {"listed": True, "max_depth": 0, "allow_private": ["127.0.0.1"]}
    summary = result_of(start(urls, sqlite_url, **options))
    assert fetched(sqlite_url) == {"/", *NAMES}
    assert summary["counts"]["pages"] == 7
    assert max(Counter(path for path in server.requests if path != "/robots.txt").values()) <= 2
    assert not [state for state in states(sqlite_url).values() if state not in {"fetched", "redirect"}]


def test_a_cookie_test_that_is_never_passed_is_a_bounded_failure(server: Server, sqlite_url: str) -> None:
    server.html("/", "/shop", "/fine")
    server.html("/fine")
    server.redirect("/shop", "/check")
    server.answers["/check"] = lambda handler: handler.reply(b"", status=302, Location="/shop", Set_Cookie="a=1")
    summary = crawl(f"{server.base}/", sqlite_url)
    assert states(sqlite_url) == {
        "/": "fetched", "/fine": "fetched", "/shop": "too_many_redirects", "/check": "too_many_redirects",
    }  # fmt: skip
    assert summary["counts"] == {"pages": 2, "failed/too_many_redirects": 2}
    assert 4 < sum(path in {"/shop", "/check"} for path in server.requests) <= 11


def gate(server: Server, other: Server, *, waits: bool = False) -> None:
    """Pages that send a visitor without the cookie to a consent page on another host, which sends back or waits."""
    for path in ("/", *NAMES):
        body = page(*(NAMES if path == "/" else ()), title=path)

        def answer(handler: Handler, body: bytes = body, path: str = path) -> None:
            if "ok=1" in handler.headers.get("Cookie", ""):
                handler.reply(body)
            else:
                back = quote(f"{server.base}{path}", safe="")
                handler.reply(b"", status=302, Location=f"{other.base}/consent?back={back}")

        server.answers[path] = answer
        server.answers[f"{path}?consented=1"] = lambda handler, path=path: handler.reply(
            b"", status=302, Location=path, Set_Cookie="ok=1; Path=/"
        )

    def consent(handler: Handler) -> None:
        back = parse_qs(urlsplit(handler.path).query).get("back", [""])[0]
        if waits or not back:
            handler.reply(page("/privacy", title="We value your privacy"))
        else:
            handler.reply(b"", status=302, Location=f"{back}?consented=1")

    other.otherwise = consent


def test_a_gate_on_another_host_is_passed_and_not_taken_into_the_site(
    server: Server, other: Server, database: str
) -> None:
    gate(server, other)
    for _ in range(2):
        crawl(f"{server.base}/", database, **OPEN)
        assert fetched(database) == {"/", *NAMES}
        assert {urlsplit(row.url).hostname for row in pages(database).values()} == {"127.0.0.1"}


def test_a_gate_that_waits_for_a_click_says_so(server: Server, other: Server, sqlite_url: str) -> None:
    gate(server, other, waits=True)
    result = crawl(f"{server.base}/", sqlite_url, **OPEN)
    assert result["error"] == "CrawlError"
    assert "consent" in result["message"]
    assert states(sqlite_url) == {"/": "gate"}


def test_a_start_page_that_moved_takes_its_host_along_and_what_it_leads_to_is_asked_once(
    server: Server, other: Server, sqlite_url: str
) -> None:
    server.redirect("/", f"{other.base}/")
    other.html("/", "/a")
    other.html("/a", "/")
    summary = crawl(f"{server.base}/", sqlite_url, **OPEN)
    assert summary["counts"] == {"pages": 2, "skipped/redirect": 1}
    assert Counter(other.requests) == {"/": 1, "/a": 1, "/robots.txt": 1}
    again = crawl(f"{server.base}/", sqlite_url, **OPEN)  # it was never read itself, so it has not been led away
    assert again["counts"] == {"pages": 2, "skipped/redirect": 1, "unchanged": 2}


def test_a_site_that_moved_is_read_there_and_one_whose_domain_was_sold_keeps_its_pages(
    server: Server, other: Server, sqlite_url: str
) -> None:
    names = ("/a", "/b", "/c")
    server.html("/", *names)
    for name in names:
        server.html(name, images=(f"{name}.png",))
    crawl(f"{server.base}/", sqlite_url, **OPEN)
    server.answers = dict.fromkeys(
        ("/", *names), lambda handler: handler.reply(b"", status=301, Location=f"{other.base}/")
    )
    other.html("/")  # for sale
    sold = crawl(f"{server.base}/", sqlite_url, **OPEN)
    assert sold["moved"] == {f"{server.base}/": f"{other.base}/"}
    assert sold["counts"]["pages"] == 1
    assert [fall for _, fall in sold["falls"]] == [{"known": 3, "read": 0}]
    other.html("/", *names)
    for name in names:
        other.html(name, images=(f"{name}.png",))
    moved = crawl(f"{server.base}/", sqlite_url, **OPEN)
    assert (moved["falls"], moved["counts"]["pages"]) == ([], 4)


def test_a_page_that_was_read_and_leads_elsewhere_for_now_is_not_gone(
    server: Server, other: Server, sqlite_url: str
) -> None:
    server.html("/", "/a", "/b")
    server.html("/a", images=("/a.png",))
    server.html("/b", images=("/b.png",))
    crawl(f"{server.base}/", sqlite_url, **OPEN)
    server.redirect("/a", f"{other.base}/eu/a")
    server.answers["/b"] = lambda handler: handler.reply(b"", status=301, Location=f"{other.base}/b")
    crawl(f"{server.base}/", sqlite_url, **OPEN)
    assert states(sqlite_url) == {"/": "fetched", "/a": "elsewhere", "/b": "redirect"}
    assert other.requests == []


def test_a_chain_that_leads_nowhere_is_a_failure_of_each_page_on_it(server: Server, sqlite_url: str) -> None:
    server.html("/", "/old", "/older", "/late", "/gone", "/broken", "/busy", "/file", "/secret", "/away", "/x", "/y")
    server.redirect("/older", "/old")
    server.redirect("/old", "/gone")
    server.redirect("/late", "/gone")
    server.redirect("/busy", "/error")
    server.answers["/error"] = lambda handler: handler.reply(b"", status=500)
    server.answers["/broken"] = lambda handler: handler.reply(b"", status=302)
    server.redirect("/file", "/leaflet")
    server.answers["/leaflet"] = lambda handler: handler.reply(b"%PDF", content_type="application/pdf")
    server.redirect("/secret", "/account/login?next=/secret")
    server.html("/account/login")
    server.redirect("/away", "http://offsite.invalid/")
    server.redirect("/x", "/y")
    server.redirect("/y", "/x")
    summary = crawl(f"{server.base}/", sqlite_url, retries=0)
    assert states(sqlite_url) == {
        "/": "fetched", "/account/login": "fetched", "/older": "http_404", "/old": "http_404", "/late": "http_404",
        "/gone": "http_404", "/broken": "bad_redirect", "/busy": "http_500", "/error": "http_500", "/file": "redirect",
        "/leaflet": "not_html", "/secret": "login", "/away": "redirect", "/x": "redirect_loop", "/y": "redirect_loop",
    }  # fmt: skip
    assert summary["counts"] == {
        "pages": 2, "failed/http_404": 4, "failed/bad_redirect": 1, "failed/http_500": 2, "skipped/redirect": 2,
        "skipped/not_html": 1, "failed/login": 1, "failed/redirect_loop": 2, "skipped/offsite": 1,
    }  # fmt: skip


def test_a_session_that_ends_is_a_failure_and_the_login_is_read_once(server: Server, database: str) -> None:
    body = page(*NAMES, images=("/img/a.png",))
    left = iter([True, True, True, False])

    def answer(handler: Handler) -> None:
        if next(left, False):
            handler.reply(body)
        else:
            handler.reply(b"", status=302, Location=f"/login?next={quote(handler.path)}")

    server.answers |= dict.fromkeys(("/", *NAMES), answer)
    server.otherwise = lambda handler: handler.reply(
        page(title="Log in"), status=200 if "/login" in handler.path else 404
    )
    summary = crawl(f"{server.base}/", database, auth="cookie:session=1")
    assert summary["counts"] == {"pages": 4, "failed/login": 4}
    assert sum(path.startswith("/login") for path in server.requests) == 1

    left = iter([True] * 20)
    assert crawl(f"{server.base}/", database, auth="cookie:session=1")["counts"]["pages"] == 7
    left = iter([])
    ended = crawl(f"{server.base}/", database, auth="cookie:session=1")
    assert ended["counts"]["failed/login"] == 7
    assert {row.state for path, row in pages(database).items() if path in NAMES} == {PageState.FAILED}
    assert len(ended["falls"]) == 1


def test_a_refresh_header_is_a_link_and_stays_one(server: Server, sqlite_url: str) -> None:
    server.answers["/"] = lambda handler: handler.reply(page(), Refresh="0; url=/next", ETag='"1"')
    server.html("/next")
    for _ in range(2):
        crawl(f"{server.base}/", sqlite_url)
        assert fetched(sqlite_url) == {"/", "/next"}


def test_pages_that_redirect_are_done_with_when_the_crawl_is_stopped_by_its_limit(
    server: Server, sqlite_url: str
) -> None:
    server.html("/", *(f"/old/{number}" for number in range(5)))
    for number in range(5):
        server.redirect(f"/old/{number}", f"/new/{number}")
        server.html(f"/new/{number}")
    summary = crawl(f"{server.base}/", sqlite_url, limit_pages=3, concurrency_per_host=1)
    assert summary["counts"]["pages"] == 3
    assert not [path for path, row in pages(sqlite_url).items() if row.queued_crawl_id is not None]


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/new page", "/new%20page"),
        ("\\new\\page", "/new/page"),
        ("/x/../new\tpage", "/newpage"),
        ("/caf\xc3\xa9", "/caf%C3%A9"),
        ("/caf\xe9", "/caf%E9"),
        ("?a=[1]&b=\xfc", "/old?a=%5B1%5D&b=%FC"),
    ],
)
def test_a_location_means_what_it_means_in_a_browser(
    server: Server, sqlite_url: str, location: str, asked: str
) -> None:
    server.html("/", "/old")
    server.otherwise = lambda handler: handler.reply(b"", status=302, Location=location)
    server.html(asked)
    crawl(f"{server.base}/", sqlite_url)
    assert fetched(sqlite_url) == {"/", asked}
