import os
import re
from datetime import UTC, datetime

import pytest
from lxml import html

from reports.output import staged
from reports.previous import kept
from reports.report_options import ReportOptions
from reports.write import write_report
from store.engine import connect
from tests.reports.scene import small_site
from tests.storefill import SHOP

KEEP = ReportOptions(keep=True, rows_per_page=5)
OURS = re.compile(r"index\.html|rows\.csv")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def engine(sqlite_url):
    made = connect(sqlite_url)
    yield made
    made.dispose()


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "previous" not in path.relative_to(folder).parts
    }


def written_on(folder, day):
    moment = datetime(2026, 3, day, 12, tzinfo=UTC).timestamp()
    os.utime(folder / "index.html", (moment, moment))


def named(front):
    return html.parse(str(front)).xpath("//section[@id='previous']//a/@href")


def test_reports_are_kept_whole_and_named(engine, out):
    small_site(engine)
    first = write_report(engine, SHOP, out, KEEP)
    assert not (out / "previous").exists()
    assert named(first.index) == []
    (out / "notes.txt").write_text("mine")
    (out / "audit.db").write_bytes(b"live")
    before = contents(out)
    for day in (5, 5, 12):
        written_on(out, day)
        write_report(engine, SHOP, out, KEEP)
    oldest = out / "previous" / "2026-03-05"
    assert contents(oldest) == {name: data for name, data in before.items() if name not in {"notes.txt", "audit.db"}}
    assert sorted(path.name for path in oldest.parent.iterdir()) == ["2026-03-05", "2026-03-05-2", "2026-03-12"]
    assert named(first.index)[0] == "previous/2026-03-12/index.html"
    assert len(named(first.index)) == 3
    assert len(named(oldest.parent / "2026-03-12" / "index.html")) == 2
    for front in (first.index, *oldest.parent.glob("*/index.html")):
        for target in html.parse(str(front)).xpath("//a/@href"):
            if not target.startswith(("http", "#")):
                assert (front.parent / target.partition("#")[0]).is_file(), (front, target)
    assert not list(out.glob(".unfinished-*"))


def test_without_it_those_that_were_kept_stay_and_are_named(engine, out):
    small_site(engine)
    write_report(engine, SHOP, out, KEEP)
    written_on(out, 5)
    write_report(engine, SHOP, out, KEEP)
    files = write_report(engine, SHOP, out, ReportOptions())
    assert named(files.index) == ["previous/2026-03-05/index.html"]
    assert not list(out.glob("images-*"))  # removed here
    assert list((out / "previous" / "2026-03-05").glob("images-*"))


@pytest.mark.parametrize("links", [True, False], ids=["links", "copies"])
def test_two_at_once_lose_none_and_a_failed_one_keeps_once(tmp_path, monkeypatch, links):
    if not links:  # as on a disk that has no second names

        def refused(*args, **kwargs):
            raise PermissionError(1, "no links here")

        monkeypatch.setattr(os, "link", refused)
    (tmp_path / "index.html").write_text("first")
    (tmp_path / "rows.csv").write_text("1")
    for _ in range(2):
        with pytest.raises(RuntimeError), staged(tmp_path, OURS, keep_old=True):
            raise RuntimeError
    with staged(tmp_path, OURS, keep_old=True) as slow:
        (slow / "index.html").write_text("third")
        with staged(tmp_path, OURS, keep_old=True) as quick:
            (quick / "index.html").write_text("second")
            (quick / "rows.csv").write_text("2")
    assert contents(tmp_path) == {"index.html": b"third"}
    found = [contents((tmp_path / one.href).parent) for one in kept(tmp_path)]
    assert found == [{"index.html": b"second", "rows.csv": b"2"}, {"index.html": b"first", "rows.csv": b"1"}]
