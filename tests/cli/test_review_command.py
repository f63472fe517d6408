"""`alt-audit review`, started and ended as a person does."""

from __future__ import annotations

import re
import signal
import socket
import subprocess

import pytest

from store.engine import connect
from tests.reports.review_server import Visitor
from tests.reports.scene import small_site


@pytest.fixture
def site(sqlite_url):
    engine = connect(sqlite_url)
    small_site(engine)
    engine.dispose()
    return sqlite_url


def test_the_review_serves_until_it_is_stopped_and_says_where(cli, site):
    review = cli.start("review", "--database", site, "--who", "Ada", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    address = review.stdout.readline().decode().strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?secret=[\w-]{32}", address)
    visitor = Visitor(address)
    assert "Review as Ada" in visitor.answer.text
    assert visitor.press("use").status == 200
    review.send_signal(signal.SIGINT)
    _, talk = review.communicate(timeout=60)
    assert review.returncode == 0, talk
    assert b"Review of shop.test." in talk
    assert b"Traceback" not in talk
    assert '"approved": 2' in cli("status", "--database", site, "--format", "json").out
    assert b"Decisions stored: 1." in talk
    [batch] = re.findall(r"alt-audit import --undo '(.+)'", talk.decode())
    assert "Took back 1 decision" in cli("import", batch, "--undo", "--database", site).out


def test_what_cannot_be_is_said_before_anything_is_served(cli, site):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = cli("review", "--database", site, "--port", taken.getsockname()[1])
    assert refused.code == 2
    assert "choose another --port" in refused.err
    nobody = cli("review", "--database", site, "--who", " ")
    assert (nobody.code, "name of the person is empty" in nobody.err) == (2, True)
    unknown = cli("review", "--database", site, "--site", "other.test")
    assert (unknown.code, "It holds shop.test" in unknown.err) == (2, True)
