"""Bot challenges in front of a site, and honest pages that look a little like one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from crawl_server import Handler, Server
from crawls import crawl, pages
from scrapy.http import HtmlResponse

from core.records import PageState
from crawler.crawl_options import CrawlOptions
from crawler.items import PageLinks
from crawler.stand_ins import Answered, StandIns
from crawler.urls.scope import Scope
from crawler.walls import is_challenge, login_page, shows_challenge

if TYPE_CHECKING:
    from collections.abc import Callable

NOSCRIPT = "<noscript>Bitte aktivieren Sie JavaScript.</noscript>"
CHALLENGES = {
    "a maker's script": "<title>shop.test</title><script>window._cf_chl_opt={cType:'managed'}</script><div></div>",
    "a proof of work": "<title>Making sure you're not a bot!</title><img src=/m.webp><p>Loading</p>"
    "<script id=anubis_challenge type=application/json>{}</script>",
    "in German": "<title>Sicherheitspr\xfcfung</title><meta name=robots content=noindex><p>Sind Sie ein Mensch?</p>"
    "<script src=/x.js></script>",
    "in French": "<title>V\xe9rification de votre navigateur</title><div id=captcha-box></div>"
    "<script src=/x.js></script>",
    "a cookie and again": "<script>document.cookie='t=1';location.reload()</script>",
    "a puzzle without a word": '<meta name="robots" content="noindex"><div class="h-turnstile"></div>'
    "<script src=/s.js></script>",
}
PAGES = {
    "an application": "<title>Shop</title><noscript>You need to enable JavaScript to run this app.</noscript>"
    "<div id=root></div><script type=module src=/app.js></script>",
    "an application that hides": "<title>Shop</title><meta name=robots content=noindex><div id=app></div>"
    "<script src=/app.js></script>",
    "an application that loads": "<title>Shop</title><div id=app>Please wait while the shop loads</div>"
    "<script src=/app.js></script>",
    "a frameset": "<title>One moment</title><frameset cols=20%,*><frame src=/a.html><frame src=/b.html></frameset>",
    "a small page": "<title>Closed today</title><p>We are back on Monday.</p><script src=/stats.js></script>",
    "a login": "<title>Security check</title><form class=captcha-form><input type=text name=user>"
    "<input type=password></form><script src=/x.js></script>",
    "an article": f"<title>Are you a robot?</title><p>{'How a captcha works, and for whom it does not. ' * 30}</p>"
    "<script src=/stats.js></script><div id=captcha></div>",
    "a page behind a maker's script": f"<title>Opening hours</title><p>{'Monday to Friday from nine to five. ' * 6}</p>"
    '<script src="/_Incapsula_Resource?SWJ=1"></script>',
    "a counter that reloads": "<title>Time</title><p>12:00</p><script>setTimeout(()=>location.reload(),1000)</script>",
}


@pytest.mark.parametrize("markup", CHALLENGES.values(), ids=CHALLENGES)
def test_a_challenge_is_known_by_what_it_says_and_holds(markup: str) -> None:
    assert shows_challenge(markup.encode())


@pytest.mark.parametrize("markup", PAGES.values(), ids=PAGES)
def test_an_honest_page_is_none(markup: str) -> None:
    assert not shows_challenge(markup.encode())


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        pytest.param({"cf-mitigated": "challenge"}, "", True, id="documented header"),
        pytest.param({"X-Edge-Shield": "js-challenge"}, "", True, id="a header that nobody has documented"),
        pytest.param({"x-amzn-waf-action": "captcha"}, "<p>x", True, id="captcha"),
        pytest.param({"WWW-Authenticate": "challenge"}, "", False, id="a login"),
        pytest.param({"X-Story": "the challenge of our times"}, "", False, id="a word among others"),
        pytest.param({}, "<title>Forbidden</title><p>You may not see this.</p>", False, id="a plain refusal"),
        pytest.param({}, "<title>Maintenance</title><p>Back soon</p><script src=/s.js></script>", False, id="works"),
    ],
)
def test_a_refusal_is_a_challenge_when_it_says_so(headers: dict[str, str], body: str, expected: bool) -> None:
    assert is_challenge(headers.items(), body.encode()) is expected


def answering(status: int, body: str, **headers: str) -> Callable[[Handler], None]:
    return lambda handler: handler.reply(body.encode(), status=status, **headers)


def test_challenges_are_failures_with_a_code_and_the_rest_is_read(server: Server, sqlite_url: str) -> None:
    names = ("/mitigated", "/accepted", "/script-202", "/shown", "/forbidden", "/application", "/fine")
    server.html("/", *names)
    server.html("/fine", "/")
    answers = server.answers
    answers["/mitigated"] = answering(403, "<p>x", cf_mitigated="challenge")
    answers["/accepted"] = answering(202, "<title>Taken</title><p>Your order is being worked on</p>")
    answers["/script-202"] = answering(202, "<title>x</title><script src=/c.js></script>")
    answers["/shown"] = answering(200, CHALLENGES["in German"])
    answers["/forbidden"] = answering(403, PAGES["a small page"])
    answers["/application"] = answering(200, PAGES["an application"])
    summary = crawl(f"{server.base}/", sqlite_url, sitemaps=False, retries=0)
    assert {path: row.failure for path, row in pages(sqlite_url).items() if row.state == PageState.FAILED} == {
        "/mitigated": "challenge", "/script-202": "challenge", "/shown": "challenge", "/accepted": "http_202",
        "/forbidden": "http_403",
    }  # fmt: skip
    assert summary["counts"] == {"pages": 3, "failed/challenge": 3, "failed/http_202": 1, "failed/http_403": 1}


def test_a_site_that_challenges_every_page_says_so(server: Server, sqlite_url: str) -> None:
    server.otherwise = answering(403, CHALLENGES["a maker's script"])
    result = crawl(f"{server.base}/", sqlite_url)
    assert result["error"] == "CrawlError"
    assert "protection against bots" in result["message"]


def test_a_login_at_its_own_address_is_a_page_and_tells_of_others_in_any_order() -> None:
    form = b"<title>Welcome</title><form><input type=password></form>"
    told = login_page(form)
    assert told is not None
    assert login_page(form + b"<p>" + b"Read about us. " * 200) is None
    links = PageLinks((), (), (), (), False, (), 0, None, None, told)
    state = SimpleNamespace(scope=Scope(["https://shop.test/"], CrawlOptions()))
    response = HtmlResponse("https://shop.test/", body=form)
    page, other, login = (Answered(f"https://shop.test/{path}", 1) for path in ("a", "b", "login"))
    for order, expected in (
        ([login, page, other], [{}, {page: "login"}, {other: "login"}]),
        ([page, login, other], [{}, {page: "login"}, {other: "login"}]),
        ([page, other, login], [{}, {page: "login", other: "login"}, {}]),
        ([login, Answered("https://shop.test/signin", 1)], [{}, {}]),
    ):
        stand_ins = StandIns(state)
        assert [stand_ins.none_of(each, response, links) for each in order] == expected
