"""Crawling a site again: a server that honours ETag and Last-Modified, and some that do not."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import signal
from typing import TYPE_CHECKING

import pytest
from crawl_server import Handler, Server, page
from crawls import counted, crawl, fetched, pages, result_of, start, wait_until
from sqlalchemy import select

from core.records import PageState
from crawler.reader_version import fingerprint
from reports.diff.as_json import write_json
from reports.diff.comparison import Comparison
from rules.rule_options import RuleOptions
from store.diff import finished_crawls
from store.engine import connect, reading
from store.models import Occurrence, Page
from store.sites import crawled_sites

if TYPE_CHECKING:
    pass


class Site:
    """Pages with an ETag or a date, and what was answered to whom."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.answers: list[tuple[str, int, int]] = []  # path, status, bytes of the body

    def put(self, path: str, *links: str, images: tuple[str, ...] = (), dated: bool = False) -> None:
        body = page(*links, images=images, title=path)
        digest = hashlib.sha256(body).hexdigest()
        etag = None if dated else f'"{digest[:16]}"'
        date = f"Sat, 01 Jan 2000 00:00:{int(digest[:8], 16) % 60:02} GMT" if dated else None

        def answer(handler: Handler) -> None:
            asked = handler.headers
            same = (etag and asked["If-None-Match"] == etag) or (date and asked["If-Modified-Since"] == date)
            validators = {"ETag": etag} if etag else {"Last_Modified": date}
            self.answers.append((path, 304 if same else 200, 0 if same else len(body)))
            if same:
                handler.send_response(304)
                handler.end_headers()
            else:
                handler.reply(body, **validators)

        self.server.answers[path] = answer

    def told(self) -> dict[str, list[int]]:
        """The statuses that each path was answered with since the last time."""
        found: dict[str, list[int]] = {}
        for path, status, _ in self.answers:
            found.setdefault(path, []).append(status)
        self.answers.clear()
        return found


@pytest.fixture
def site(server: Server) -> Site:
    """A start page and 40 more, with an image each; every third is dated instead of tagged."""
    site = Site(server)
    site.put("/", *(f"/{number}" for number in range(40)), "http://offsite.invalid/", images=("/img/logo.png",))
    for number in range(40):
        site.put(f"/{number}", "/", images=("/img/logo.png", f"/img/{number}.png"), dated=number % 3 == 0)
    return site


def last_seen(database: str) -> dict[str, tuple[int, int | None]]:
    """Path of a page -> the crawl that saw it last, and the one in which its last occurrence vanished."""
    engine = connect(database)
    with reading(engine) as session:
        rows = session.execute(
            select(Page.url, Occurrence.last_crawl_id, Occurrence.vanished_crawl_id)
            .join(Occurrence, Occurrence.page_id == Page.id)
            .order_by(Occurrence.id)
        )
        found = {"/" + url.split("/", 3)[3]: (last, vanished) for url, last, vanished in rows}
    engine.dispose()
    return found


def test_an_unchanged_site_is_neither_sent_nor_read_again(site: Site, database: str) -> None:
    first = crawl(f"{site.server.base}/", database)
    assert first["counts"] == {"pages": 41, "skipped/offsite": 1}
    rows = counted(database)
    sent = sum(size for *_, size in site.answers)
    assert {tuple(answers) for answers in site.told().values()} == {(200,)}

    second = crawl(f"{site.server.base}/", database)
    assert second["counts"] == {"pages": 41, "skipped/offsite": 1, "unchanged": 41, "revalidation/asked": 41}
    assert sum(size for *_, size in site.answers) == 0 < sent
    assert {path: answers for path, answers in site.told().items() if answers != [304]} == {}
    assert counted(database) == rows | {"crawls": 2}
    assert set(last_seen(database).values()) == {(2, None)}
    assert second["told"][-1] == [41, 41]


def test_what_changed_came_or_went_is_found(site: Site, database: str) -> None:
    crawl(f"{site.server.base}/", database)
    site.told()
    links = [f"/{number}" for number in range(40) if number != 7]  # 7 is no longer linked
    site.put("/", *links, images=("/img/logo.png",))
    site.put("/3", "/", "/new", images=("/img/logo.png", "/img/other.png"), dated=True)
    site.put("/new", images=("/img/new.png",))
    site.server.redirect("/5", "/6")
    del site.server.answers["/4"]

    second = crawl(f"{site.server.base}/", database)
    assert second["counts"] == {
        "pages": 39,  # of 40 and the start page, one is a redirect, one gone, one unlinked, one new
        "unchanged": 36,
        "revalidation/asked": 41,
        "failed/http_404": 1,
        "skipped/redirect": 1,
    }
    told = site.told()
    assert told["/"] == told["/3"] == [200, 200]  # once dropped unread, once read
    assert told["/new"] == [200]
    seen = last_seen(database)
    assert {path for path, (_, vanished) in seen.items() if vanished} == {"/4", "/5", "/7"}
    assert seen["/3"] == seen["/new"] == seen["/0"] == (2, None)


def test_a_start_page_that_changed_does_not_hide_what_did_not(site: Site, sqlite_url: str) -> None:
    crawl(f"{site.server.base}/", sqlite_url)
    site.told()
    site.put("/", *(f"/{number}" for number in range(39)), images=("/img/logo.png",))
    site.put("/38", "/39", images=())
    second = crawl(f"{site.server.base}/", sqlite_url)
    assert (second["counts"]["pages"], second["counts"]["unchanged"]) == (41, 39)
    assert not {path: answers for path, answers in site.told().items() if 200 in answers}.keys() - {"/", "/38"}


def test_a_server_without_validators_is_not_asked_but_its_pages_are_not_read_twice(
    server: Server, database: str
) -> None:
    server.html("/", *(f"/{number}" for number in range(30)))
    for number in range(30):
        server.html(f"/{number}", "/", images=(f"/img/{number}.png",))
    crawl(f"{server.base}/", database)
    server.html("/3", "/", images=("/img/other.png",))
    server.forget()
    second = crawl(f"{server.base}/", database)
    assert second["counts"] == {"pages": 31, "unchanged": 30}
    assert len(server.requests) == 32  # robots.txt included
    assert {path for path, (_, vanished) in last_seen(database).items() if vanished} == set()


def test_a_server_that_ignores_conditions_is_soon_left_in_peace(site: Site, sqlite_url: str) -> None:
    def ignorant(path: str, body: bytes):
        return lambda handler: handler.reply(body, ETag=f'"{path}"')

    for path in ("/", *(f"/{number}" for number in range(40))):
        links = [f"/{number}" for number in range(40)] if path == "/" else ["/"]
        site.server.answers[path] = ignorant(path, page(*links, title=path))
    crawl(f"{site.server.base}/", sqlite_url)
    site.server.forget()
    second = crawl(f"{site.server.base}/", sqlite_url, concurrency_per_host=2)
    assert second["counts"]["pages"] == 41
    assert second["counts"]["revalidation/stopped/mostly_changed"] == 1
    assert 20 <= second["counts"]["revalidation/asked"] <= 22
    assert second["counts"]["unchanged"] == 41  # by their bytes


@pytest.mark.parametrize(
    ("status", "reason", "at_most"), [(429, "http_429", 2), (503, "errors", 6), (None, "errors", 6)]
)
def test_a_server_in_trouble_is_not_pressed(
    site: Site, sqlite_url: str, status: int | None, reason: str, at_most: int
) -> None:
    crawl(f"{site.server.base}/", sqlite_url)

    def troubled(good):
        def answer(handler: Handler) -> None:
            if "If-None-Match" not in handler.headers and "If-Modified-Since" not in handler.headers:
                good(handler)
            elif status is not None:
                handler.reply(b"", status=status)
            else:
                handler.close_connection = True  # hangs up without a word

        return answer

    for path, good in list(site.server.answers.items()):
        site.server.answers[path] = troubled(good)
    second = crawl(f"{site.server.base}/", sqlite_url, concurrency_per_host=2)
    assert second["counts"]["pages"] == second["counts"]["unchanged"] == 41
    assert second["counts"][f"revalidation/stopped/{reason}"] == 1
    assert second["counts"]["revalidation/asked"] <= at_most


def test_304_for_a_page_that_nobody_asked_about_so_is_a_failure(site: Site, sqlite_url: str) -> None:
    crawl(f"{site.server.base}/", sqlite_url)

    def not_modified(handler: Handler) -> None:
        handler.send_response(304)
        handler.end_headers()

    for path in ("/", "/new"):
        site.server.answers[path] = not_modified
    site.put("/3", "/new", images=("/img/3.png",))
    second = crawl(f"{site.server.base}/", sqlite_url)
    assert second["counts"]["failed/http_304"] == 1
    assert pages(sqlite_url)["/new"].failure == "http_304"
    assert last_seen(sqlite_url)["/3"] == (2, None)
    fresh = result_of(start([f"{site.server.base}/"], sqlite_url, fresh=True))
    assert fresh["counts"]["pages"] == 40
    assert fresh["counts"]["failed/http_304"] == 2
    assert {vanished for _, vanished in last_seen(sqlite_url).values()} == {None}


def test_hostile_validators_are_not_sent_back(server: Server, sqlite_url: str) -> None:
    server.html("/", "/long", "/words", "/control", "/year")
    for path, headers in {
        "/long": {"ETag": '"' + "x" * 5000 + '"'},
        "/words": {"ETag": "no quotes", "Last_Modified": "yesterday"},
        "/control": {"ETag": '"a"b"', "Last_Modified": "Sat, 01 Jan 2000 00:00:00 GMT" + "x" * 100},
        "/year": {"Last_Modified": "Sat, 01 Jan 9999999999 00:00:00"},
    }.items():
        server.answers[path] = lambda handler, headers=headers: handler.reply(page(), **headers)
    crawl(f"{server.base}/", sqlite_url)
    stored = pages(sqlite_url)
    assert {(row.etag, row.last_modified) for row in stored.values()} == {(None, None)}
    assert {row.state for row in stored.values()} == {"fetched"}


def test_robots_txt_and_scope_hold_for_the_asking(site: Site, sqlite_url: str) -> None:
    crawl(f"{site.server.base}/", sqlite_url)
    site.told()
    site.server.answers["/robots.txt"] = lambda handler: handler.reply(
        b"User-agent: *\nDisallow: /1\n", content_type="text/plain"
    )
    second = crawl(f"{site.server.base}/", sqlite_url, exclude=["/2"])
    kept = {"/"} | {f"/{number}" for number in range(40) if not str(number).startswith(("1", "2"))}
    assert set(site.told()) == kept
    assert second["counts"]["skipped/robots"] == second["counts"]["skipped/excluded"] == 11
    assert second["counts"]["pages"] == second["counts"]["unchanged"] == len(kept)


@pytest.mark.parametrize("options", [{"revalidate": False}, {"limit_pages": 50}, {"max_depth": 3}])
def test_when_nothing_is_asked(site: Site, sqlite_url: str, options: dict[str, object]) -> None:
    crawl(f"{site.server.base}/", sqlite_url)
    site.told()
    second = crawl(f"{site.server.base}/", sqlite_url, **options)
    assert second["counts"]["pages"] == 41
    assert "revalidation/asked" not in second["counts"]
    assert {tuple(answers) for answers in site.told().values()} == {(200,)}
    assert second["counts"].get("unchanged", 0) == (0 if "revalidate" in options else 41)


def test_fresh_reads_every_page_anew(site: Site, sqlite_url: str) -> None:
    crawl(f"{site.server.base}/", sqlite_url)
    second = result_of(start([f"{site.server.base}/"], sqlite_url, fresh=True))
    assert second["counts"] == {"pages": 41, "skipped/offsite": 1}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["INT", "KILL"])
def test_a_recrawl_that_was_cut_short_goes_on(site: Site, sqlite_url: str, how: signal.Signals) -> None:
    crawl(f"{site.server.base}/", sqlite_url)
    site.put("/3", "/new", images=("/img/other.png",), dated=True)
    site.put("/new")
    site.told()
    site.server.delay_s = 0.1
    process = start([f"{site.server.base}/"], sqlite_url, concurrency_per_host=2)
    wait_until(lambda: len(site.answers) > 8)  # in the middle of the asking
    process.send_signal(how)
    if how is signal.SIGKILL:
        process.communicate(timeout=240)
    else:
        assert result_of(process)["interrupted"]
    site.server.delay_s = 0
    again = crawl(f"{site.server.base}/", sqlite_url)
    assert again["resumed"]
    assert (again["counts"]["pages"], again["counts"]["unchanged"]) == (42, 40)
    assert counted(sqlite_url)["crawls"] == 2
    assert fetched(sqlite_url) == set(site.server.answers)
    assert {row.state for row in pages(sqlite_url).values()} == {PageState.FETCHED}


def test_other_rules_are_another_reader() -> None:
    """Pages that other rules have judged are read again."""
    assert fingerprint(RuleOptions()) == fingerprint(RuleOptions())
    assert fingerprint(RuleOptions()) != fingerprint(RuleOptions(max_alt_chars=80))


def test_no_more_questions_at_once_than_requests(site: Site, sqlite_url: str) -> None:
    crawl(f"{site.server.base}/", sqlite_url)
    site.server.most_at_once = 0
    site.server.delay_s = 0.02
    assert crawl(f"{site.server.base}/", sqlite_url, concurrency_per_host=3)["counts"]["unchanged"] == 41
    assert site.server.most_at_once == 3


def test_a_template_that_changed_is_one_change(server: Server, database: str) -> None:
    site = Site(server)
    for logo in ("/img/old.png", "/img/new.png"):
        site.put("/", *(f"/{number}" for number in range(199)), images=(logo,))
        for number in range(199):
            site.put(f"/{number}", "/", images=(logo,))
        crawl(f"{server.base}/", database)
    engine = connect(database)
    out = io.StringIO()
    with reading(engine) as session:
        later, earlier = finished_crawls(session, crawled_sites(session).read[0].id)
        write_json(Comparison(session, crawled_sites(session).read[0].id, earlier, later), out)
    engine.dispose()
    found = json.loads(out.getvalue())
    assert {(change["kind"], change["pages"]) for change in found["changes"]} == {("new", 200), ("vanished", 200)}
    assert (found["counts"]["before"], found["counts"]["after"]) == (200, 200)


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed: apt-get install chromium")
def test_a_page_that_is_rendered_now_or_was_before_is_not_asked_for(site: Site, sqlite_url: str) -> None:
    """Its validators say nothing of the data that scripts make it of."""
    pytest.importorskip("scrapy_playwright")
    crawl(f"{site.server.base}/", sqlite_url)
    browser = {"timeout_s": 30.0, "chromium": shutil.which("chromium"), "render": ["/3$"]}
    asked = []
    for options in (browser, browser, {}):
        site.told()
        asked.append(crawl(f"{site.server.base}/", sqlite_url, **options)["counts"]["revalidation/asked"])
        assert 200 in site.told()["/3"]
    assert asked == [40, 40, 40]
