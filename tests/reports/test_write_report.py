from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ReportError
from reports.report_options import ReportOptions
from reports.write import write_report
from store.crawls import begin_crawl
from store.engine import connect, writing
from store.pages import write_visits
from store.sites import Site, ensure_site
from tests.reports.scene import image, many_rows, small_site
from tests.storefill import MISSING, SHOP, occurrence, visit


def test_what_an_older_report_left_is_removed_and_the_rest_is_not(engine, tmp_path):
    small_site(engine)
    write_report(engine, SHOP, tmp_path, ReportOptions(rows_per_page=2))
    assert (tmp_path / "images-004.html").exists()
    kept = [tmp_path / "images-of-cats.html", tmp_path / "notes.txt", tmp_path / "thumbnails" / "mine.webp"]
    for path in kept:
        path.write_text("mine")
    (tmp_path / ".unfinished-killed").mkdir()
    with writing(engine) as session:
        image(session, "missing.jpg").asset_id = None
    files = write_report(engine, SHOP, tmp_path, ReportOptions(rows_per_page=4))
    assert sorted(path.name for path in tmp_path.glob("images-0*.html")) == ["images-002.html"]
    assert len(list((tmp_path / "thumbnails").iterdir())) == files.thumbnails + 1 == 4
    assert all(path.read_text() == "mine" for path in kept)
    assert not list(tmp_path.glob(".unfinished-*"))


def snapshot_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_runs_give_the_same_bytes(engine, tmp_path):
    small_site(engine)
    for name in ("a", "b"):
        write_report(engine, SHOP, tmp_path / name, ReportOptions(rows_per_page=3))
    write_report(engine, SHOP, tmp_path / "b", ReportOptions(rows_per_page=3))
    assert snapshot_of(tmp_path / "a") == snapshot_of(tmp_path / "b")


def test_a_site_that_was_never_crawled(engine, tmp_path):
    with pytest.raises(ReportError, match=r"no crawl of nowhere\.test"):
        write_report(engine, Site(2, "nowhere.test", (), {}), tmp_path / "out", ReportOptions())
    assert not list((tmp_path / "out").iterdir())


WRITE_WITH_LITTLE_SPACE = """
    import resource, sys
    from pathlib import Path
    from core.errors import ReportError
    from reports.report_options import ReportOptions
    from reports.write import write_report
    from store.engine import connect
    from store.sites import Site

    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
    engine = connect(sys.argv[1])
    try:
        write_report(engine, Site(1, "shop.test", (), {}), Path(sys.argv[2]), ReportOptions())
    except ReportError as error:
        sys.exit(str(error))
    finally:
        engine.dispose()
"""


def test_a_full_disk_leaves_the_old_report(database, tmp_path):
    engine = connect(database)
    small_site(engine)
    out = tmp_path / "out"
    write_report(engine, SHOP, out, ReportOptions())
    before = snapshot_of(out)
    many_rows(engine, 700)
    engine.dispose()
    for limit in (40_000, 150_000):  # in the middle of a CSV file, and of the pages
        done = subprocess.run(
            [
                sys.executable,
                "-W",
                "default::ResourceWarning",
                "-c",
                textwrap.dedent(WRITE_WITH_LITTLE_SPACE),
                database,
                str(out),
                str(limit),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "choose another --out" in done.stderr
        assert "Traceback" not in done.stderr
        assert "ResourceWarning" not in done.stderr  # no cursor is left open
        assert snapshot_of(out) == before
        assert not list(out.glob(".unfinished-*"))


def test_a_disk_without_space_is_named(sqlite_url, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("needs root to mount a disk of 64 KiB")
    try:
        engine = connect(sqlite_url)
        many_rows(engine, 300)
        with pytest.raises(ReportError, match=f"no space left for the report in {disk / 'out'}: free some"):
            write_report(engine, SHOP, disk / "out", ReportOptions())
        assert not list((disk / "out").iterdir())
        engine.dispose()
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_folder_that_cannot_be_one(engine, tmp_path):
    small_site(engine)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ReportError, match="is a file, not a folder"):
        write_report(engine, SHOP, tmp_path / "file", ReportOptions())
    with pytest.raises(ReportError, match="is a file, not a folder"):
        write_report(engine, SHOP, tmp_path / "file" / "deeper", ReportOptions())


def peak_of(engine, site, folder):
    tracemalloc.start()
    write_report(engine, site, folder, ReportOptions(rows_per_page=100))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


@pytest.mark.slow
def test_memory_does_not_follow_the_number_of_rows(sqlite_url, tmp_path):
    engine = connect(sqlite_url)
    many_rows(engine, 5000)
    with writing(engine) as session:
        crawl = begin_crawl(session, ensure_site(session, "small.test").id, ["http://small.test/"])
        judged = [(occurrence(f"s{n}.jpg"), MISSING) for n in range(1000)]
        write_visits(
            session,
            crawl.id,
            ensure_site(session, "small.test").id,
            [replace(visit("s", *judged), url="http://small.test/")],
        )
    write_report(engine, Site(2, "small.test", (), {}), tmp_path / "warm", ReportOptions(rows_per_page=1000))
    small = peak_of(engine, Site(2, "small.test", (), {}), tmp_path / "small")
    large = peak_of(engine, SHOP, tmp_path / "large")
    # 2.5 to 4 MB, which garbage that waits to be collected decides; a row takes some KB, and there are 4,000 more.
    engine.dispose()
    assert large - small < 3_000_000, (large, small)


WRITE_AGAIN_AND_AGAIN = """
    import sys
    from pathlib import Path
    from reports.report_options import ReportOptions
    from reports.write import write_report
    from store.engine import connect
    from store.sites import Site

    engine = connect(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    shop, options = Site(1, "shop.test", (), {}), ReportOptions(rows_per_page=int(sys.argv[3]))
    for _ in range(3):
        write_report(engine, shop, Path(sys.argv[2]), options)
    engine.dispose()
"""


@pytest.mark.slow
def test_two_reports_into_one_folder_at_once(sqlite_url, tmp_path):
    database = sqlite_url
    engine = connect(database)
    small_site(engine)
    many_rows(engine, 150)
    whole = {}
    for size in (7, 50):
        write_report(engine, SHOP, tmp_path / str(size), ReportOptions(rows_per_page=size))
        whole[size] = snapshot_of(tmp_path / str(size))
    engine.dispose()
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITE_AGAIN_AND_AGAIN), database, str(out), str(size)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for size in (7, 50)
    ]  # fmt: skip
    assert [writer.stdout.readline() for writer in writers] == ["ready\n", "ready\n"]
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    while any(writer.poll() is None for writer in writers):
        for path in out.glob("*.html"):
            with suppress(FileNotFoundError):  # the other report has fewer pages
                assert path.read_text().rstrip().endswith("</html>"), path  # whatever is seen is whole
    assert [writer.communicate()[1] for writer in writers] == ["", ""]
    assert [writer.returncode for writer in writers] == [0, 0]
    left = snapshot_of(out)
    assert left.pop(Path("notes.txt")) == b"mine"
    assert left in whole.values()  # one of the two, and nothing of the other
    assert not list(out.glob(".unfinished-*"))
