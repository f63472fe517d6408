"""Crawling a site again that hides itself: nothing is called gone that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from crawl_server import Handler, Server, page
from crawls import crawl, pages
from sqlalchemy import select

from core.records import PageState
from store.engine import connect, reading
from store.models import Change, Crawl, Image, Occurrence

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBER = 8


@pytest.fixture
def shop(server: Server) -> Server:
    """A start page, eight pages it leads to, and their images; one page has none."""
    server.html("/", *(f"/{number}" for number in range(NUMBER)), images=("/i/logo.png",))
    for number in range(NUMBER):
        server.html(f"/{number}", "/", images=(f"/i/{number}.png",) if number else ())
    return server


def standing(database: str) -> set[str]:
    """The images that stand on a page, by the ends of their addresses."""
    engine = connect(database)
    with reading(engine) as session:
        found = set(session.scalars(select(Occurrence.src).where(Occurrence.vanished_crawl_id.is_(None))))
    engine.dispose()
    return {str(src).rpartition("/")[2] for src in found}


def stored(database: str) -> tuple[list[tuple[str, str]], int, dict[str, object]]:
    """(image, queue state), how many changes there are, and what is kept with the last crawl."""
    engine = connect(database)
    with reading(engine) as session:
        images = sorted((row.url.rpartition("/")[2], row.state) for row in session.scalars(select(Image)))
        changes = len(list(session.scalars(select(Change))))
        stats = session.scalars(select(Crawl.stats).order_by(Crawl.id.desc())).first()
    engine.dispose()
    return images, changes, stats or {}


def works(handler: Handler) -> None:
    handler.reply(page(images=("/i/works.png",), title="Back soon"))


def away(handler: Handler) -> None:
    handler.reply(b"", status=302, Location="/eu/")


HIDDEN: dict[str, Callable[[Handler], None]] = {"a maintenance page": works, "another region": away}


@pytest.mark.parametrize("answer", HIDDEN.values(), ids=HIDDEN)
def test_a_site_that_hides_keeps_what_is_known_until_the_loss_is_accepted(
    shop: Server, database: str, answer: Callable[[Handler], None]
) -> None:
    crawl(f"{shop.base}/", database)
    before, (images, _, _) = standing(database), stored(database)
    good, shop.answers = shop.answers, {"/eu/": lambda handler: handler.reply(page(title="Europe"))}
    shop.otherwise = answer
    hidden = crawl(f"{shop.base}/", database)
    # What has no image, and redirects, has nothing to lose.
    known, read = (9, 1) if answer is works else (8, 0)
    assert hidden["falls"] == [["127.0.0.1:" + str(shop.port), {"known": known, "read": read}]]
    assert standing(database) == before
    assert not [row for row in pages(database).values() if row.state == PageState.GONE]
    kept, changes, stats = stored(database)
    assert [row for row in kept if row[0] != "works.png"] == images
    assert changes == 0
    assert (stats["pages_known"], stats["pages_in_doubt"]) == (known, known - read)

    shop.answers, shop.otherwise = good, None  # it is back, and one image has really gone
    shop.html("/3", "/")
    back = crawl(f"{shop.base}/", database)
    assert back["falls"] == []
    assert standing(database) == before - {"3.png"}

    shop.answers, shop.otherwise = {"/eu/": good["/0"]}, answer
    crawl(f"{shop.base}/", database, accept_loss=True)
    assert standing(database) == ({"works.png"} if answer is works else set())


@pytest.mark.parametrize("options", [{"exclude": ["/7"]}, {"limit_pages": 500}, {"max_depth": 1}], ids=str)
def test_a_part_of_a_site_that_hides_keeps_what_is_known(
    shop: Server, sqlite_url: str, options: dict[str, object]
) -> None:
    crawl(f"{shop.base}/", sqlite_url)
    shop.answers.clear()
    shop.otherwise = works
    hidden = crawl(f"{shop.base}/", sqlite_url, **options)
    assert [fall["read"] for _, fall in hidden["falls"]] == [1]
    assert standing(sqlite_url) == {"logo.png", *(f"{number}.png" for number in range(1, NUMBER))}


def test_a_part_of_a_site_is_no_loss(shop: Server, sqlite_url: str) -> None:
    crawl(f"{shop.base}/", sqlite_url)
    shop.html("/0", "/")
    shop.html("/1", "/")
    part = crawl(f"{shop.base}/", sqlite_url, include=["/[01]$"])
    assert part["falls"] == []
    assert standing(sqlite_url) == {"logo.png", *(f"{number}.png" for number in range(2, NUMBER))}


def test_what_the_server_calls_gone_is_gone(shop: Server, database: str) -> None:
    crawl(f"{shop.base}/", database)
    for number in range(NUMBER):
        shop.answers[f"/{number}"] = lambda handler: handler.reply(b"", status=410)
    shrunk = crawl(f"{shop.base}/", database)
    assert shrunk["falls"] == []
    assert standing(database) == {"logo.png"}


def welcome(handler: Handler) -> None:
    handler.reply(page(title="Welcome to your server"), status=200 if handler.path == "/" else 404)


@pytest.mark.parametrize("broken", ["all but the start page", "another server"])
def test_a_server_that_finds_nothing_any_more_proves_no_loss(shop: Server, database: str, broken: str) -> None:
    """Addresses that lead nowhere since a setting is wrong; the start page still links to all of them, or has gone."""
    crawl(f"{shop.base}/", database)
    for number in range(NUMBER - 1):
        shop.html(f"/{number}", "/", f"/{number}/more", images=(f"/i/{number}.png",) if number else ())
        shop.html(f"/{number}/more", images=(f"/i/more{number}.png",))
    crawl(f"{shop.base}/", database)
    before = standing(database)
    good, shop.answers = shop.answers, {}
    if broken == "another server":
        shop.otherwise = welcome
    else:
        shop.answers = {"/": good["/"]}
    for _ in range(2):
        fallen = crawl(f"{shop.base}/", database)
        assert [fall["read"] for _, fall in fallen["falls"]] == [1]
        assert standing(database) == before
    shop.answers, shop.otherwise = good, None
    assert crawl(f"{shop.base}/", database)["falls"] == []
    assert standing(database) == before
    shop.answers = {"/": good["/"]}
    assert crawl(f"{shop.base}/", database, accept_loss=True)["falls"] == []
    assert standing(database) == {"logo.png"}


def test_a_few_broken_links_are_pages_that_are_gone(shop: Server, database: str) -> None:
    crawl(f"{shop.base}/", database)
    for number in (5, 6, 7):
        del shop.answers[f"/{number}"]
    assert crawl(f"{shop.base}/", database)["falls"] == []
    assert standing(database) == {"logo.png", "1.png", "2.png", "3.png", "4.png"}


def test_pages_that_were_taken_down_with_their_links_are_asked_for_and_gone(shop: Server, database: str) -> None:
    crawl(f"{shop.base}/", database)
    shop.answers.clear()
    shop.html("/", images=("/i/logo.png",))
    shop.forget()
    shrunk = crawl(f"{shop.base}/", database)
    assert shrunk["falls"] == []
    assert standing(database) == {"logo.png"}
    assert shrunk["counts"]["failed/http_404"] == NUMBER
    assert sorted(path for path in shop.requests if path != "/robots.txt") == ["/", *map("/{}".format, range(NUMBER))]


def test_a_wall_is_not_asked_for_every_page_behind_it(server: Server, sqlite_url: str) -> None:
    server.html("/", *(f"/{number}" for number in range(40)))
    for number in range(40):
        server.html(f"/{number}", "/", images=(f"/i/{number}.png",))
    crawl(f"{server.base}/", sqlite_url)
    server.answers = {"/7": lambda handler: handler.reply(b"", status=404)}
    server.otherwise = works
    server.forget()
    walled = crawl(f"{server.base}/", sqlite_url)
    assert walled["falls"][0][1]["read"] == 1
    assert len([path for path in server.requests if path != "/robots.txt"]) == 11
    assert len(standing(sqlite_url)) >= 39


def test_what_hid_last_time_keeps_what_is_known_when_it_hides_in_another_way(shop: Server, sqlite_url: str) -> None:
    crawl(f"{shop.base}/", sqlite_url)
    before, good = standing(sqlite_url), shop.answers
    refused = {f"/{number}": lambda handler: handler.reply(b"", status=403) for number in range(NUMBER)}
    away_then = {f"/{number}": away for number in range(NUMBER)}
    away_then["/eu/"] = lambda handler: handler.reply(page(title="Europe"))
    for hidden in ({"/": good["/"]} | refused, {"/": works}, {"/": good["/"]} | away_then, {"/": works}):
        shop.answers, shop.otherwise = hidden, works
        assert len(crawl(f"{shop.base}/", sqlite_url)["falls"]) == 1
        assert standing(sqlite_url) == before


def test_what_is_gone_is_gone_although_the_rest_hides(shop: Server, sqlite_url: str) -> None:
    crawl(f"{shop.base}/", sqlite_url)
    for number in range(2, NUMBER):
        shop.answers[f"/{number}"] = lambda handler: handler.reply(b"", status=403)
    del shop.answers["/1"]
    walled = crawl(f"{shop.base}/", sqlite_url)
    assert [fall["known"] for _, fall in walled["falls"]] == [8]
    assert standing(sqlite_url) == {"logo.png", *(f"{number}.png" for number in range(2, NUMBER))}


def test_a_site_that_was_rebuilt_has_lost_its_old_pages(shop: Server, sqlite_url: str) -> None:
    crawl(f"{shop.base}/", sqlite_url)
    shop.answers.clear()
    shop.html("/", *(f"/new/{number}" for number in range(NUMBER)))
    for number in range(NUMBER):
        shop.html(f"/new/{number}", "/", images=(f"/n/{number}.jpg",))
    rebuilt = crawl(f"{shop.base}/", sqlite_url)
    assert rebuilt["falls"] == []
    assert standing(sqlite_url) == {f"{number}.jpg" for number in range(NUMBER)}


def test_a_site_that_moved_for_good_has_moved(shop: Server, sqlite_url: str) -> None:
    crawl(f"{shop.base}/", sqlite_url)
    shop.answers.clear()
    for path in ("", *map(str, range(NUMBER))):
        target = f"/moved/{path}"
        shop.answers[f"/{path}"] = lambda handler, to=target: handler.reply(b"", status=301, Location=to)
        shop.html(target, *(f"/moved/{number}" for number in range(NUMBER)), images=(f"/i/moved{path}.png",))
    moved = crawl(f"{shop.base}/", sqlite_url)
    assert moved["falls"] == []
    assert standing(sqlite_url) == {"moved.png", *(f"moved{number}.png" for number in range(NUMBER))}


LOGIN = (
    b"<title>Welcome</title><form action=/in><input name=user><input type=password name=pw><img src=/i/key.png></form>"
)
NOTICE = page(title="Closed until 12:30", images=("/i/works.png",))


@pytest.mark.parametrize("hidden", [(1, 2, 3), tuple(range(NUMBER))], ids=["some pages", "most pages"])
@pytest.mark.parametrize(
    "answer", [LOGIN, page(title="Closed until 12:30", images=("/i/works.png",))], ids=["login", "notice"]
)
def test_one_small_page_in_place_of_several_is_none_of_them(
    shop: Server, database: str, answer: bytes, hidden: tuple[int, ...]
) -> None:
    """Each time with another token, and another image or none on the pages before."""
    crawl(f"{shop.base}/", database)
    before = standing(database)
    tokens = iter(range(1000))
    for number in hidden:
        shop.html(f"/{number}", "/", images=(f"/i/{number}.png", "/i/more.png"))
    crawl(f"{shop.base}/", database)
    before = standing(database)
    for number in hidden:
        shop.answers[f"/{number}"] = lambda handler: handler.reply(answer + f"<p>id-{next(tokens)}".encode())
    walled = crawl(f"{shop.base}/", database)
    code = "login" if answer is LOGIN else "same_page"
    assert walled["counts"][f"failed/{code}"] == len(hidden)
    assert walled["counts"]["pages"] == 9 - len(hidden)
    assert standing(database) == before
    assert stored(database)[1] == 0 or hidden != (1, 2, 3)


def test_the_login_of_a_session_that_ended_is_no_page_on_a_first_crawl_either(shop: Server, sqlite_url: str) -> None:
    for number in range(2, NUMBER):
        shop.answers[f"/{number}"] = lambda handler: handler.reply(LOGIN)
    summary = crawl(f"{shop.base}/", sqlite_url, auth="cookie:session=1")
    assert summary["counts"] == {"pages": 3, "failed/login": 6}
    assert standing(sqlite_url) == {"logo.png", "1.png"}
    shop.answers["/1"] = lambda handler: handler.reply(LOGIN)
    shop.html("/", "/1", "/login")
    shop.answers["/login"] = lambda handler: handler.reply(LOGIN)
    shop.html("/register", "/")
    one = crawl(f"{shop.base}/", sqlite_url, fresh=True)
    assert one["counts"] == {"pages": 2, "failed/login": 1}  # the login itself is a page


def test_a_redirect_to_a_form_for_the_password_is_a_login_whatever_its_address(shop: Server, sqlite_url: str) -> None:
    """For those who are logged in, and on pages that were read before; others may have such a page as their start."""

    def welcomed(handler: Handler) -> None:
        handler.reply(b"", status=302, Location="/welcome")

    shop.answers["/welcome"] = lambda handler: handler.reply(LOGIN)
    for number in range(2, NUMBER):
        shop.answers[f"/{number}"] = welcomed
    guest = crawl(f"{shop.base}/", sqlite_url)
    assert guest["counts"] == {"pages": 4, "skipped/redirect": 6}
    member = crawl(f"{shop.base}/", sqlite_url, fresh=True, auth="cookie:session=1")
    assert member["counts"] == {"pages": 4, "failed/login": 6}
    shop.answers["/1"] = welcomed
    later = crawl(f"{shop.base}/", sqlite_url)
    assert later["counts"] == {"pages": 3, "unchanged": 3, "failed/login": 1, "skipped/redirect": 6}
    assert standing(sqlite_url) == {"logo.png", "1.png", "key.png"}


def test_pages_that_are_honestly_alike_are_read(shop: Server, sqlite_url: str) -> None:
    for number in range(NUMBER):
        body = f"<title>Photo</title><img src=/i/{number}.png><p>{number}".encode()
        shop.answers[f"/{number}"] = lambda handler, body=body: handler.reply(body)
    assert crawl(f"{shop.base}/", sqlite_url)["counts"] == {"pages": 9}
    for number in range(NUMBER):
        body = f"<title>Photo</title><img src=/i/{number}.png><p>changed {number}".encode()
        shop.answers[f"/{number}"] = lambda handler, body=body: handler.reply(body)
    assert crawl(f"{shop.base}/", sqlite_url)["counts"] == {"pages": 9, "unchanged": 1}


def sitemap(*urls: str) -> bytes:
    places = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'.encode()


BROKEN: dict[str, Callable[[Handler], None]] = {
    "a page": lambda handler: handler.reply(page(title="One moment")),
    "nothing": lambda handler: handler.reply(b"", content_type="application/xml"),
    "no entry": lambda handler: handler.reply(sitemap(), content_type="application/xml"),
    "refused": lambda handler: handler.reply(b"no", status=403),
    "a login": lambda handler: handler.reply(b"", status=302, Location="/"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_pages_that_only_a_sitemap_names_stay_while_it_is_broken(
    shop: Server, sqlite_url: str, broken: Callable[[Handler], None]
) -> None:
    shop.html("/only", images=("/i/only.png",))
    good = shop.answers["/sitemap.xml"] = lambda handler: handler.reply(sitemap(f"{shop.base}/only"))
    crawl(f"{shop.base}/", sqlite_url, sitemaps=True)
    shop.answers["/sitemap.xml"] = broken
    for _ in range(2):  # the next crawl remembers it, too
        again = crawl(f"{shop.base}/", sqlite_url, sitemaps=True)
        assert again["counts"]["sitemaps_missed"] == 1
        assert "only.png" in standing(sqlite_url)
    shop.answers["/sitemap.xml"] = good
    assert "sitemaps_missed" not in crawl(f"{shop.base}/", sqlite_url, sitemaps=True)["counts"]
    del shop.answers["/sitemap.xml"]  # 404: there is none any more
    crawl(f"{shop.base}/", sqlite_url, sitemaps=True)
    assert "only.png" not in standing(sqlite_url)


def test_a_site_that_always_answers_with_a_page_has_no_sitemap(shop: Server, sqlite_url: str) -> None:
    shop.answers["/sitemap.xml"] = lambda handler: handler.reply(page(title="Nothing here"))
    crawl(f"{shop.base}/", sqlite_url, sitemaps=True)
    shop.html("/", *(f"/{number}" for number in range(NUMBER - 1)))  # the last one is no longer linked
    again = crawl(f"{shop.base}/", sqlite_url, sitemaps=True)
    assert "sitemaps_missed" not in again["counts"]
    assert f"{NUMBER - 1}.png" not in standing(sqlite_url)
