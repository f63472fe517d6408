"""What people are told, by a real mail server and a real web hook: once, harmless, and without a secret in sight."""

from __future__ import annotations

import io
import json
import logging
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from alt_audit.config import Settings, load_settings
from alt_audit.console.sites import print_statuses
from alt_audit.jobs.events import NotTold, OverviewFailed, OverviewWritten, SiteEnded, Told
from alt_audit.jobs.notifier import Notifier
from alt_audit.jobs.notify import notify, preview, send_trial
from alt_audit.jobs.site_status import site_statuses
from alt_audit.notifying.message import Example, Group, SiteNews, compose
from core.errors import UsageError
from core.records import RunState
from store.engine import connect, reading, writing
from store.models import Notice, Run
from store.plans import put_plan
from store.rekey import bring_up_to_date
from store.site_lock import telling
from tests.store.world import Picture, WebPage, World

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # of PGPy, for Apprise
HOSTILE = "@everyone <!channel> [win](https://evil.test) **now** <b onload=x>\u202e\x1b[31m"


class Hook(ThreadingHTTPServer):
    """A web hook that takes what is posted, refuses it, or never answers."""

    status = 200
    daemon_threads = True

    def __init__(self) -> None:
        self.got: list[dict] = []
        self.paths: list[str] = []
        self.closing = threading.Event()
        super().__init__(("127.0.0.1", 0), Post)


class Post(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.paths.append(self.path)
        if not self.server.status:
            self.server.closing.wait(10)
            return
        if self.server.status == 200:
            self.server.got.append(body)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def hook():
    with Hook() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def world(sqlite_url):
    engine = connect(sqlite_url)
    bring_up_to_date(engine)
    made = World(engine, pages={"/": WebPage([Picture("/a.jpg", alt="A red kite"), Picture("/b.jpg")])})
    yield made
    engine.dispose()


@pytest.fixture
def settings(sqlite_url, hook, monkeypatch) -> Settings:
    monkeypatch.setenv("HOOK_TOKEN", "s3cr/t")
    return settings_for(sqlite_url, hook)


def settings_for(url: str, hook: Hook, **notify_options: object) -> Settings:
    address = f"json://127.0.0.1:{hook.server_port}/${{HOOK_TOKEN}}"
    return Settings(
        database=url,
        report={"public_url": "https://reports.test/{site}/"},
        notify={"destinations": {"team": address}} | notify_options,
    )


def ran(world: World, state: RunState = RunState.DONE, **columns: object) -> None:
    """The site was run now; where it could be read, it is crawled."""
    crawl_id = world.crawl() if state is RunState.DONE else None
    now = datetime.now(UTC)
    with writing(world.engine) as session:
        put_plan(session, "shop.test", (), {"name": "shop.test", "urls": ["http://shop.test/"], "notify": ["team"]})
        values = {"state": state, "crawl_id": crawl_id, "counts": {}, "warnings": [], "step": "report"} | columns
        session.add(Run(site_id=world.site_id, due_at=now, started_at=now, ended_at=now, attempt=1, **values))


def put(world: World, *pictures: Picture) -> None:
    world.pages["/"].pictures = list(pictures)
    ran(world)


def told(settings: Settings, hook: Hook, **options) -> list[str]:
    """The messages that are sent now."""
    before, events = len(hook.got), []
    assert notify(settings, events.append, **options), events
    return [f"{each['title']}\n{each['message']}" for each in hook.got[before:]]


A, B, C = Picture("/a.jpg", alt="A red kite"), Picture("/b.jpg"), Picture("/c.jpg")


def test_what_changed_is_told_once_and_with_nothing_new_there_is_silence(world, settings, hook):
    ran(world)
    assert told(settings, hook) == []  # there is nothing to compare with
    put(world, replace(A, alt=None), B, C)
    ((title, text),) = [message.split("\n", 1) for message in told(settings, hook)]
    assert title == "shop.test: 1 new image without alt text, 1 text regressed"
    assert "- http://shop.test/c.jpg\n  on http://shop.test/\n" in text
    assert '- http://shop.test/a.jpg\n  "A red kite" -> no alt\n' in text
    assert "Report: https://reports.test/shop.test/" in text
    assert told(settings, hook) == []
    ran(world)
    assert told(settings, hook) == []
    put(world, A, B, C)
    (fixed,) = told(settings, hook)
    assert fixed.startswith("shop.test: 1 fix live\n")
    assert hook.paths == ["/s3cr%2Ft"] * 2


def test_what_breaks_is_told_once_and_so_is_that_it_is_well(world, settings, hook, sqlite_url):
    ran(world)
    assert told(settings, hook) == []
    weekly = settings_for(sqlite_url, hook, digest="weekly")
    ran(world, RunState.FAILED, error="http://shop.test/: The certificate has expired")
    (broken,) = told(weekly, hook)
    assert "The last run failed, and the last good report stays: http://shop.test/: The certificate" in broken
    ran(world, RunState.FAILED, error="http://shop.test/: 503")
    assert told(weekly, hook) == []
    ran(world, warnings=["900 images, 10 times the 90 of the last run"])
    (well,) = told(weekly, hook)
    assert well.startswith("shop.test: crawl well again, a warning\n")
    ran(world, warnings=["900 images, 10 times the 90 of the last run"])
    assert told(settings, hook) == []
    assert told(settings_for(sqlite_url, hook, events=["new"]), hook) == []


def test_few_new_images_add_up_and_a_digest_waits(world, settings, hook, sqlite_url):
    ran(world)
    few = settings_for(sqlite_url, hook, threshold=2)
    assert told(few, hook) == []
    put(world, A, B, C)
    assert told(few, hook) == []
    put(world, A, B, C, Picture("/d.jpg"))
    (both,) = told(few, hook)
    assert "2 new images" in both
    daily = settings_for(sqlite_url, hook, digest="daily")
    put(world, A, B, C)
    put(world, A, B, C, Picture("/e.jpg"))
    assert told(daily, hook) == []
    with writing(world.engine) as session:
        for notice in session.scalars(select(Notice)):
            notice.told_at -= timedelta(days=1)
    ((name, message),) = preview(daily)
    (sent,) = told(daily, hook)
    assert (name, sent) == ("team", f"{message.title}\n{message.text}".rstrip("\n"))
    assert "1 new image " in sent


@pytest.fixture
def log():
    """All that the log of the program says; caplog hears what others do not."""
    root, said = logging.getLogger(), io.StringIO()
    handler, level = logging.StreamHandler(said), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield said
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.mark.parametrize(
    ("status", "why", "level"),
    [
        (500, "it answered with 500", logging.DEBUG),
        (500, "it answered with 500", logging.ERROR),
        (0, "no answer within 1 s", logging.DEBUG),
    ],
)
def test_a_service_that_fails_is_told_the_next_time_and_tells_no_secret(
    world, settings, hook, log, capfd, status, why, level
):
    logging.getLogger().setLevel(level)
    ran(world)
    put(world, A, B, C)
    hook.status, events = status, []
    before = time.monotonic()
    assert not notify(settings, events.append, limit_s=1)
    assert time.monotonic() - before < 5
    assert events == [NotTold("team", why)]
    assert not notify(settings, events.append)  # left alone for a while
    assert len(hook.paths) == 1
    assert site_statuses(settings)[0].as_json()["not_told"] == {"team": why}
    print_statuses(site_statuses(settings))
    assert f"team was not told of shop.test, and is the next time: {why}\n" in capfd.readouterr().out
    hook.status = 200
    (message,) = told(settings, hook, again=True)
    assert "1 new image" in message
    assert site_statuses(settings)[0].not_told == {}
    assert told(settings, hook) == []
    with reading(world.engine) as session:
        stored = [vars(notice) for notice in session.scalars(select(Notice))]
    for place in (log.getvalue(), *capfd.readouterr(), str(stored), str(events), str(settings)):
        assert "s3cr" not in place


def test_only_one_tells_and_the_thread_beside_the_runs_never_raises(world, settings, hook, monkeypatch):
    ran(world)
    put(world, A, B, C)
    monkeypatch.setattr("alt_audit.jobs.notify.BUSY_S", 0)
    events = []
    with telling(world.engine), Notifier(settings, events.append):
        pass
    assert [type(event) for event in events] == [NotTold]
    with Notifier(settings, events.append):
        pass
    assert events[1:] == [Told("team", ["shop.test"])]
    assert len(hook.got) == 1


def test_the_page_of_all_sites_is_written_when_a_run_has_ended_and_fails_nobody(world, settings, tmp_path):
    ran(world)
    settings, told = settings.model_copy(update={"out": tmp_path / "out"}), []
    ended = SiteEnded("shop.test", RunState.DONE, 1.0)
    with Notifier(settings, told.append, page=True):
        pass
    assert told == []  # nothing was run
    with Notifier(settings, told.append, page=True) as notifier:
        notifier(ended)
    assert told == [ended, OverviewWritten(settings.out / "index.html")]
    assert "shop.test" in (settings.out / "index.html").read_text("utf-8")
    settings, told = settings.model_copy(update={"out": tmp_path / "audit.db"}), []  # a file, where a folder is to be
    with Notifier(settings, told.append, page=True) as notifier:
        notifier(ended)
    assert [type(event) for event in told] == [SiteEnded, OverviewFailed]


@contextmanager
def mail_server():
    got = []

    class Handler:
        async def handle_DATA(self, server, session, envelope):
            got.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
            return "250 OK"

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(Handler(), hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield port, got
    finally:
        server.stop()


def test_a_mail_has_a_page_and_a_text_and_one_subject(world, settings, sqlite_url, hook):
    with mail_server() as (port, got):
        address = f"mailto://127.0.0.1:{port}?from=audit@shop.test&to=ann@shop.test"
        both = settings_for(sqlite_url, hook, destinations={"team": address})
        ran(world)
        put(world, replace(A, alt=HOSTILE), B)
        put(world, replace(A, alt=None), B)
        assert notify(both, lambda _: None)
    (to, mail), = got  # fmt: skip
    assert to == ["ann@shop.test"]
    assert mail["Subject"] == "shop.test: 1 text regressed"
    assert mail["Bcc"] is None
    page = mail.get_body(("html",)).get_content()
    assert "<b onload" not in page
    assert '<a href="https://reports.test/shop.test/">https://reports.test/shop.test/</a>' in page
    plain = mail.get_body(("plain",)).get_content()
    assert "Regressed" in plain
    assert "https://reports.test/shop.test/" in plain, "made of the page, it has no links"


def test_nothing_of_a_site_acts_on_who_reads_it():
    group = Group(1, 1, (Example("x", "y", 1),))
    news = SiteNews("shop\r\nBcc: all@evil.test", broken=HOSTILE, warnings=(HOSTILE,), new=group)
    message = compose([news])
    assert "\n" not in message.title
    assert "\r" not in message.title
    for text in (message.title, message.text, message.html):
        assert not {"\x1b", "\u202e"} & set(text)
        for bad in ("@everyone", "<!channel>", "](", "**", "<b onload", "all@evil"):
            assert bad not in text


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("mailtos://ann:hunter2@mail.test?to=a@b.test", "a password or token stands in the address"),
        ("mailtos://ann:hun/ter2@mail.test", "a password or token stands in the address"),
        ("json://shop.test/?+Authorization=hunter2", "a password or token stands in the address"),
        ("mailto://mail.test?user=ann&pass=hunter2", "a password or token stands in the address"),
        ("slack://hunter2/b/c", "the address of such a service is a secret"),
        ("https://hooks.slack.com/services/hunter2", "the address of such a service is a secret"),
        ("json://shop.test/$hunter2", "write a variable as"),
        ("hunter2", "is no address of Apprise"),
        ("mailtos://ann:${PASS}@mail.test?to=a@b.test", ""),
        ("slack://${SLACK}", ""),
        ("${TEAM}", ""),
        ("json://[::1]:80/path", ""),
    ],
)
def test_a_secret_in_an_address_is_refused_and_not_shown(tmp_path, address, wrong):
    path = tmp_path / "c.yaml"
    path.write_text(json.dumps({"notify": {"destinations": {"team": address}}}))
    if not wrong:
        assert load_settings(path).notify.destinations == {"team": address}
        return
    with pytest.raises(UsageError) as raised:
        load_settings(path)
    assert wrong in str(raised.value)
    assert "hunter2" not in str(raised.value)
    assert "hun/ter2" not in str(raised.value)


def test_a_test_message_says_what_is_wrong(settings, hook, sqlite_url, monkeypatch):
    assert send_trial(settings, "team") is None
    assert hook.got[0]["title"] == "alt-audit: a test"
    with pytest.raises(UsageError, match="has no 'teem': it has team"):
        send_trial(settings, "teem")
    monkeypatch.setenv("HOOK_TOKEN", "nosuch://x")
    whole = settings_for(sqlite_url, hook, destinations={"team": "${HOOK_TOKEN}"})
    assert "Apprise knows no such service" in (send_trial(whole, "team") or "")
    monkeypatch.delenv("HOOK_TOKEN")
    with pytest.raises(UsageError, match="team: the variable HOOK_TOKEN, which its address names, is not set"):
        send_trial(settings, "team")
