"""A host that answers many pictures alike is said as such, with what cures it."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from core.failures import _file, codes, find, host_lines
from tests.captioning.images import jpeg
from tests.captioning.raw_server import answer, serve_raw


@pytest.fixture
def site():
    with serve_raw() as server:
        yield server


def for_browsers(picture: bytes):
    return lambda asked: picture if "Mozilla" in asked.headers["user-agent"] else answer(b"", "403 Forbidden")


def test_a_host_that_refuses_all_is_named_with_the_cure(cli, site):
    with serve_raw() as cdn:
        shown = [f"{cdn.url}/{n}.jpg" for n in range(6)] + [f"{site.url}/{n}.jpg" for n in range(5)]
        page = "<html lang=en><title>Shop</title><h1>Shop</h1>" + "".join(f"<img src='{url}'>" for url in shown)
        site.answers["/"] = answer(page.encode(), "200 OK", "Content-Type: text/html")
        for n in range(6):
            cdn.answers[f"/{n}.jpg"] = lambda asked, n=n: (
                answer(jpeg(n)) if "Mozilla" in asked.headers["user-agent"] else answer(b"", "403 No")
            )
        site.answers |= {f"/{n}.jpg": answer(jpeg(n + 20)) for n in range(2)}
        first = cli("run", f"{site.url}/", "--model", "builtin")
        lines = [" ".join(line.split()) for line in first.err.splitlines()]
        said = " ".join(lines)
        assert f"all 6 of 127.0.0.1:{cdn.port} answer 403: If a browser shows its pictures" in said, first.err
        assert "caption.user_agent" in said
        assert f"3 of 5 of 127.0.0.1:{site.port} answer 404: Its files have moved" in said
        report = " ".join(next((cli.folder / "reports-out").rglob("index.html")).read_text("utf-8").split())
        assert f"All 6 of 127.0.0.1:{cdn.port} answer 403: If a browser shows its pictures" in report
        status = " ".join(cli("status").out.split())
        assert f"all 6 of 127.0.0.1:{cdn.port} answer 403: If a browser shows its pictures" in status
        assert f"3 of 5 of 127.0.0.1:{site.port} answer 404" in status
        # And it does cure it.
        assert "alt-audit caption --retry-failed --code fetch/http_403" in said
        again = cli(
            "caption", "--model", "builtin", "--retry-failed", "--code", "fetch/http_403",
            ALT_AUDIT_CAPTION__USER_AGENT="Mozilla/5.0 (compatible; alt-audit)",
        )  # fmt: skip
        assert re.search(r"Captioned \d+ images? in .* 0 failed", again.err)
        assert json.loads(cli("status", "--format", "json").out)["failures"] == {"fetch/http_404": 3}


def lines(reason: str, failed: dict[str, int], ended: dict[str, int]) -> list[str]:
    return host_lines(reason, failed, Counter(ended))


def test_hosts_with_one_cause_share_a_line():
    failed = {"b.test": 30, "a.test": 4000, "c.test": 30, "d.test": 9}
    [line] = lines("fetch/http_503", failed, failed | {"b.test": 40})
    assert line.startswith("all 4,000 of a.test, 30 of 40 of b.test, all 30 of c.test, many of 1 more answer 503: ")
    assert "caption.fetch_per_host" in line
    assert line.endswith("--code fetch/http_503; if it stays, tell whoever runs the host.")


def test_a_damaged_file_is_no_fault_of_its_host():
    assert lines("decode/damaged", {"a.test": 9}, {"a.test": 9}) == []
    assert lines("decode/html", {"a.test": 9}, {"a.test": 9}) != []


@pytest.mark.parametrize(
    ("failed", "ended"),
    [({"a.test": 2}, {"a.test": 2}), ({"a.test": 9}, {"a.test": 1000}), ({}, {"a.test": 5})],
)
def test_few_pictures_say_nothing_of_their_host(failed, ended):
    assert lines("fetch/http_404", failed, ended) == []


def test_a_host_is_shown_on_one_line():
    [line] = lines("fetch/http_418", {"a.test\n\x1b[31mAll done": 3}, {"a.test\n\x1b[31mAll done": 3})
    assert "\n" not in line
    assert "\x1b" not in line


def test_each_cure_is_of_a_code_that_there_is():
    for reason in _file()["hosts"]:
        stage, _, code = reason.partition("/")
        assert (stage, code) in codes()
        assert find(stage, code) is not None
