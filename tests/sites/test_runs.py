"""Real sites on loopback, run by real processes; each is forked from a warm one, since it imports for seconds."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from alt_audit.config import Settings
from alt_audit.jobs import site_processes
from alt_audit.jobs.events import NothingDue, SiteEnded
from alt_audit.jobs.overview import overview
from alt_audit.jobs.plans import add_plan
from alt_audit.jobs.schedule import due_now, run_due, watch
from alt_audit.jobs.site_processes import SiteProcesses
from alt_audit.jobs.site_run import _pages_of
from alt_audit.jobs.site_status import site_statuses
from alt_audit.jobs.time_limit import limited
from alt_audit.sites.plan import SitePlan
from core.errors import AltAuditError, SiteBusyError, TimeLimitError
from store.engine import connect, reading, writing
from store.models import Run
from store.plans import put_plan
from store.site_lock import held_runs, running
from store.sites import site_called
from tests.crawler.crawl_server import Server, page
from tests.crawler.crawl_server import running as serving
from tests.warm_python import WarmProcess


@pytest.fixture(autouse=True)
def warm_children(monkeypatch, tmp_path):
    """The processes of sites start warm. All else of them is as it is."""

    def start(command, **options):
        return WarmProcess([word for word in command if word != "-P"], cwd=tmp_path, **options)

    monkeypatch.setattr(site_processes, "subprocess", SimpleNamespace(**vars(subprocess) | {"Popen": start}))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def settings(sqlite_url, tmp_path) -> Settings:
    return Settings(database=sqlite_url, out=tmp_path / "out")


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "c.yaml"
    crawl = "{retries: 0, sitemaps: false, throttle: false}"
    path.write_text(f"out: {tmp_path / 'out'}\ncaption: {{model: builtin}}\ncrawl: {crawl}\n")
    return path


def plan(settings: Settings, name: str, url: str, **crawl: object) -> None:
    add_plan(settings, {"name": name, "urls": [url], "cron": "0 3 * * *", "settings": {"crawl": crawl}})


def rows(settings: Settings) -> list[Run]:
    engine = connect(settings.database)
    with reading(engine) as session:
        found = list(session.scalars(select(Run).order_by(Run.id)))
        session.expunge_all()
    engine.dispose()
    return found


def a_while_ago(settings: Settings) -> None:
    """As if all that happened had happened two days before."""
    engine = connect(settings.database)
    with writing(engine) as session:
        for run in session.scalars(select(Run)):
            run.started_at -= timedelta(days=2)
            if run.ended_at is not None:
                run.ended_at -= timedelta(days=2)
    engine.dispose()


def pages(server: Server, number: int = 6) -> None:
    names = [f"/{n}" for n in range(number)]
    server.html("/", *names)
    for name in names:
        server.html(name)


def wait_until(condition) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to pass")


def test_a_dead_site_holds_no_other_up_and_a_broken_one_keeps_its_report(settings, config):
    told = []
    with serving() as shop, serving() as gone:
        pages(shop)
        dead = gone.base
        plan(settings, "shop", shop.base)
        plan(settings, "dead", dead)
        gone.server_close()
        assert due_now(settings) == ["dead", "shop"]
        assert run_due(settings, told.append, config=config, jobs=2) is False
        ended = {event.site: event for event in told if isinstance(event, SiteEnded)}
        assert (ended["shop"].state, ended["dead"].state) == ("done", "failed")
        assert "refused the connection" in ended["dead"].error
        assert due_now(settings) == []
        run_due(settings, told.append, config=config)
        assert told[-1] == NothingDue()
        overview(settings)
        sites = {site["site"]: site for site in json.loads((settings.out / "overview.json").read_bytes())["sites"]}
        assert (sites["shop"]["coverage"], sites["dead"]["coverage"]) == (None, None)
        page = (settings.out / "index.html").read_text("utf-8")
        assert 'href="shop/index.html"' in page
        assert 'href="dead/index.html"' not in page
        dead_now, shop_now = site_statuses(settings)
        assert (dead_now.when, dead_now.attempts, dead_now.log) == ("later", 1, settings.out / "dead.log")
        assert "refused the connection" in dead_now.log.read_text()
        assert (shop_now.when, shop_now.crawl.pages, shop_now.last) == ("later", 7, "done")
        report = settings.out / "shop" / "index.html"
        before = report.read_bytes()
        assert {row.counts.get("pages") for row in rows(settings)} == {7, None}

        for name in [path for path in shop.answers if path != "/"]:
            shop.answers[name] = lambda handler: handler.reply(b"down for maintenance", status=503)
        shop.html("/", "/1")
        a_while_ago(settings)
        told.clear()
        assert run_due(settings, told.append, config=config, only=["shop"]) is False
        [end] = [event for event in told if isinstance(event, SiteEnded)]
        assert "Of 6 pages known before, 1 was read" in end.error
        assert "--accept-loss" in end.error
        assert report.read_bytes() == before


def test_what_is_killed_goes_on_and_the_killed_run_is_named(settings, config, tmp_path):
    with serving() as shop:
        pages(shop, 12)
        plan(settings, "shop", shop.base, concurrency_per_host=1, batch_pages=1)
        shop.delay_s = 0.2
        children = SiteProcesses(settings, config, lambda event: None)
        states = []
        thread = threading.Thread(target=lambda: states.append(children.run("shop")))
        thread.start()
        wait_until(lambda: len(shop.requests) > 4)
        [child] = children._live
        child.send_signal(signal.SIGKILL)  # by whoever: its scheduler sees it
        thread.join()
        assert states == ["failed"]
        assert rows(settings)[-1].error.startswith("its process was killed by signal 9")

        a_while_ago(settings)
        alone = children._start("shop", subprocess.DEVNULL)  # its scheduler dies with it: nobody sees it
        wait_until(lambda: rows(settings)[-1].attempt == 2 and len(shop.requests) > 7)
        [status] = site_statuses(settings)
        assert (status.when, due_now(settings)) == ("running", [])
        alone.send_signal(signal.SIGKILL)
        alone.wait()
        assert due_now(settings) == ["shop"]
        shop.delay_s = 0.0
        assert run_due(settings, lambda event: None, config=config) is True
        first, second, third = rows(settings)
        assert [run.state for run in (first, second, third)] == ["failed", "stopped", "done"]
        assert (third.attempt, third.counts["pages"]) == (3, 13)
        assert len([path for path in shop.requests if path != "/robots.txt"]) < 13 + 4  # each crawl went on
        assert "killed, or the machine stopped" in second.error


@pytest.fixture
def heeds_ctrl_c():
    """What runs in the background of a shell ignores SIGINT, and so would the tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_a_ctrl_c_ends_the_children_gently(settings, config):
    with serving() as shop:
        pages(shop, 12)
        plan(settings, "shop", shop.base, concurrency_per_host=1)
        shop.delay_s = 0.2

        def interrupt() -> None:
            wait_until(lambda: len(shop.requests) > 4)
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

        interrupter = threading.Thread(target=interrupt)
        interrupter.start()
        with pytest.raises(KeyboardInterrupt):
            watch(settings, lambda event: None, config=config)
        interrupter.join()
        [run] = rows(settings)
        assert (run.state, run.step) == ("stopped", "crawl")
        assert due_now(settings) == ["shop"]


def test_a_list_on_the_web_is_fetched_for_each_run(tmp_path):
    with serving() as server:
        server.answers["/pages.csv"] = lambda handler: handler.reply(
            b"url\nhttps://a.test/1\n", content_type="text/csv"
        )
        address = f"{server.base}/pages.csv"
        with _pages_of(SitePlan(name="a", list=address), Settings()) as source:
            [file] = source.files
            assert file.read().urls == ("https://a.test/1",)
        assert not file.path.exists()
        missing = SitePlan(name="a", list=f"{server.base}/none.csv")
        with pytest.raises(AltAuditError, match="404"), _pages_of(missing, Settings()):
            pass


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_of_two_schedulers_one_runs_a_site(database, config, tmp_path):
    settings = Settings(database=database, out=tmp_path / "out")
    with serving() as shop:
        pages(shop, 1)
        plan(settings, "shop", shop.base)
        both = [SiteProcesses(settings, config, lambda event: None) for _ in range(2)]
        states: list = []
        threads = [threading.Thread(target=lambda one=one: states.append(one.run("shop"))) for one in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert "done" in states
        assert set(states) <= {"done", None}
        assert [run.state for run in rows(settings)] == ["done"]


def test_a_site_is_held_by_one_process_and_a_look_at_it_holds_nothing(engine):
    with writing(engine) as session:
        put_plan(session, "shop", ["shop.test"], {})
    with reading(engine) as session:
        site = site_called(session, "shop")
    assert held_runs(engine, [site.id]) == set()
    with running(engine, site):
        assert held_runs(engine, [site.id, 99]) == {site.id}
        with pytest.raises(SiteBusyError, match="another run of shop runs"), running(engine, site):
            pass
    assert held_runs(engine, [site.id]) == set()


def test_a_crawl_without_end_is_stopped_in_time(settings, config):
    with serving() as calendar:
        calendar.delay_s = 0.05

        def day(handler) -> None:
            handler.reply(page(f"/{int(handler.path.strip('/') or 0) + 1}"))

        calendar.otherwise = day
        calendar.answers["/robots.txt"] = lambda handler: handler.reply(b"", status=404)
        add_plan(settings, {"name": "a", "urls": [calendar.base], "cron": "0 3 * * *", "max_hours": 1.5 / 3600})
        assert run_due(settings, lambda event: None, config=config) is False
    [run] = rows(settings)
    assert (run.state, run.step) == ("failed", "crawl")
    assert "max_hours" in run.error
    [status] = site_statuses(settings)
    assert (status.when, status.error, status.crawl.state) == ("later", run.error, "interrupted")


def test_a_time_limit_ends_what_is_late_alone():
    with limited(1):
        pass
    with limited(0):
        pass
    with pytest.raises(TimeLimitError, match="after 1e-05 h "), limited(0.00001):
        time.sleep(5)
    with pytest.raises(KeyboardInterrupt), limited(1):
        raise KeyboardInterrupt
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
