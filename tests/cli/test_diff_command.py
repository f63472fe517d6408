from __future__ import annotations

import csv
import json
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.captioning.images import jpeg


class Quiet(SimpleHTTPRequestHandler):
    """The standard library's file server: it dates its files and honours If-Modified-Since."""

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def folder_site(tmp_path):
    """A folder served on loopback, and its address."""
    folder = tmp_path / "site"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_diff_of_two_crawls(cli, folder_site):
    folder, url = folder_site
    (folder / "index.html").write_text('<title>Home</title><a href="two.html">two</a><img src="a.png">')
    (folder / "two.html").write_text('<title>Two</title><img src="b.png" alt="A green lamp">')
    none = cli("diff")
    assert (none.code, none.out) == (2, "")
    assert "run 'alt-audit crawl URL' first" in none.err
    assert cli("crawl", url).code == 0
    one = cli("diff")
    assert one.code == 2
    assert "1 finished crawl in" in one.err
    assert "run 'alt-audit crawl' on it again" in one.err

    (folder / "index.html").write_text('<title>Home</title><a href="two.html">two</a><img src="a.png" alt="A red pot">')
    again = cli("crawl", url)
    assert again.code == 0
    assert "Crawled 2 pages (1 unchanged)" in again.err
    text = cli("diff")
    assert text.code == 0
    assert "1 fixed, 0 regressed" in text.out
    assert 'no alt (missing) -> alt="A red pot" (ok)' in text.out
    found = json.loads(cli("diff", "--format", "json", "--from", 1, "--to", 2).out)
    assert found["counts"]["fixed"] == len(found["changes"]) == len(found["pages"]) == 1
    assert found["changes"][0]["before"] == {"alt": None, "classification": "missing"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("--from", 9), "9 is no finished crawl of", id="unknown crawl"),
        pytest.param(("--to", 1), "no crawl before 1", id="nothing before the first"),
        pytest.param(("--from", 2, "--to", 1), "--from takes an earlier crawl", id="the wrong way round"),
        pytest.param(("--site", "no.test"), "no.test was not crawled into", id="unknown site"),
    ],
)
def test_what_cannot_be_compared(cli, folder_site, arguments, message):
    folder, url = folder_site
    (folder / "index.html").write_text("<title>Home</title>")
    assert cli("crawl", url).code == cli("crawl", url).code == 0
    result = cli("diff", *arguments)
    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_decided_texts_are_put_into_files_and_are_live_after_the_next_crawl(cli, folder_site):
    folder, url = folder_site
    (folder / "index.html").write_text("<title>Home</title>\r\n<img src=a.png class=x>", newline="")
    (folder / "a.png").write_bytes(jpeg())
    assert cli("run", url, "--model", "builtin", "--out", "out").code == 0
    (sheet,) = csv.DictReader((cli.folder / "out" / "editors.csv").read_text("utf-8-sig").splitlines())
    (cli.folder / "edited.csv").write_text(f"row_id,new_alt\n{sheet['row_id']},A red pot\n")
    assert cli("import", "edited.csv", "--who", "Jo").code == 0
    shown = cli("apply", str(folder), "--dry-run")
    assert '+<img alt="A red pot" src=a.png class=x>' in shown.out
    assert cli("apply", str(folder), "--patch", "texts.patch").out == ""
    assert (cli.folder / "texts.patch").read_bytes().decode() == shown.out
    done = cli("apply", str(folder))
    assert (done.code, done.out) == (0, "index.html: 1 text\n")
    assert (folder / "index.html").read_bytes() == b'<title>Home</title>\r\n<img alt="A red pot" src=a.png class=x>'
    assert "0 texts put into 0 files; 1 stood there already" in cli("apply", str(folder)).err
    assert cli("crawl", url).code == 0
    fixes = json.loads(cli("status", "--format", "json").out)["fixes"]
    assert (fixes["live"], fixes["people"]["Jo"]["live"]) == (1, 1)
    assert "by Jo: 1, 1 live" in cli("status").out
    assert cli("apply", str(folder / "none")).code == 2
