"""Sites that share a store: whose a page is, and what one crawl may say of another's."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from core.errors import UsageError
from core.identity.urls import site_of
from store.engine import connect, reading, writing
from store.models import Crawl, Page, Site
from store.sites import ensure_site, site_named, site_of_hosts
from tests.crawler.crawl_server import running
from tests.crawler.crawls import crawl, result_of, start


def stored(database: str) -> dict[str, set[str]]:
    """The paths of the pages of each site, by the site's name."""
    engine = connect(database)
    with reading(engine) as session:
        found: dict[str, set[str]] = {name: set() for name in session.scalars(select(Site.name))}
        for name, url, state in session.execute(select(Site.name, Page.url, Page.state).join(Site)):
            found[name].add(f"{url.split('/', 3)[3]} {state}")
    engine.dispose()
    return found


def crawls_of(database: str) -> dict[str, list[tuple[str, int]]]:
    """(state, pages read) of the crawls of each site."""
    engine = connect(database)
    with reading(engine) as session:
        rows = session.execute(select(Site.name, Crawl.state, Crawl.stats).join(Site).order_by(Crawl.id)).all()
    engine.dispose()
    return {name: [(state, stats["pages"]) for own, state, stats in rows if own == name] for name, _, _ in rows}


def test_each_host_of_a_list_is_its_own_site_and_keeps_its_pages(database):
    with running() as a, running() as b:
        for server in (a, b):
            server.html("/one", images=("/a.png",))
            server.html("/two")
        names = site_of(a.base), site_of(b.base)
        listed = [f"{a.base}/one", f"{b.base}/one", f"{a.base}/two"]
        result_of(start(listed, database, listed=True, max_depth=0, allow_private=["127.0.0.0/8"]))
        assert stored(database) == {names[0]: {"one fetched", "two fetched"}, names[1]: {"one fetched"}}
        assert crawls_of(database) == {names[0]: [("finished", 2)], names[1]: [("finished", 1)]}
        crawl(f"{b.base}/one", database)
        assert stored(database) == {names[0]: {"one fetched", "two fetched"}, names[1]: {"one fetched"}}


def test_a_list_under_one_name_is_one_site(database):
    with running() as a, running() as b:
        a.html("/one")
        b.html("/two")
        listed = [f"{a.base}/one", f"{b.base}/two"]
        options = {"listed": True, "site": "Both", "max_depth": 0, "allow_private": ["127.0.0.0/8"]}
        result_of(start(listed, database, **options))
        assert stored(database) == {"Both": {"one fetched", "two fetched"}}
        crawl(f"{b.base}/two", database)  # whose host belongs to it from then on
        assert [len(of_site) for of_site in crawls_of(database).values()] == [2]


def test_a_redirect_of_a_list_stays_with_the_site_that_led_there(database):
    with running() as a, running() as b, running() as c:
        a.html("/one")
        b.redirect("/moved", f"{c.base}/here")
        c.html("/here")
        listed = [f"{a.base}/one", f"{b.base}/moved"]
        result_of(start(listed, database, listed=True, max_depth=0, allow_private=["127.0.0.0/8"]))
        assert stored(database) == {
            site_of(a.base): {"one fetched"},
            site_of(b.base): {"moved skipped", "here fetched"},
        }


def test_a_crawl_of_one_host_leaves_the_pages_of_the_others_of_its_site_alone(database):
    with running() as a, running() as b:
        a.html("/", "/gone-soon")
        a.html("/gone-soon")
        b.html("/", images=("/b.png",))
        result_of(start([f"{a.base}/", f"{b.base}/"], database))
        name = site_of(a.base)
        assert stored(database) == {name: {" fetched", "gone-soon fetched"}}  # both start pages: " fetched"
        a.html("/")
        crawl(f"{a.base}/", database)
        engine = connect(database)
        with reading(engine) as session:
            states = Counter(session.execute(select(Page.url, Page.state)).all())
        engine.dispose()
        assert set(states) == {
            (f"{a.base}/", "fetched"), (f"{a.base}/gone-soon", "gone"), (f"{b.base}/", "fetched"),
        }  # fmt: skip


def test_hosts_find_their_site_or_make_it(engine):
    with writing(engine) as session:
        both = site_of_hosts(session, ["a.test", "b.test"])
        assert (both.name, both.hosts) == ("a.test", ("a.test", "b.test"))
        assert site_of_hosts(session, ["b.test"]).id == both.id
        joined = site_of_hosts(session, ["b.test", "c.test"])
        assert (joined.id, joined.hosts) == (both.id, ("a.test", "b.test", "c.test"))
        other = site_of_hosts(session, ["d.test"], name="Other")
        assert (other.name, other.hosts) == ("Other", ("d.test",))
        assert site_of_hosts(session, ["d.test"]).id == other.id
        assert site_of_hosts(session, ["a.test"], name="Other").hosts == ("d.test", "a.test")


def test_what_is_not_clear_is_an_error_that_says_what_to_do(engine):
    with writing(engine) as session:
        site_of_hosts(session, ["a.test"], name="One")
        site_of_hosts(session, ["a.test"], name="Two")
        with pytest.raises(UsageError, match=r"a\.test .* several sites of this database: One, Two\. .* --site"):
            site_of_hosts(session, ["a.test"])
        assert site_of_hosts(session, ["a.test"], name="Two").name == "Two"
        with pytest.raises(UsageError, match=r"no site 'Three' in this database\. It holds One, Two\."):
            site_named(session, "Three")
        assert ensure_site(session, "Three").name == "Three"
