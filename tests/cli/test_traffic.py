"""Visits of pages, from the files that programs export."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from alt_audit.jobs.traffic import read_traffic
from core.errors import UsageError

SAMPLES = Path(__file__).parents[3] / "shared" / "handoff" / "samples" / "traffic"
SHOP = "https://www.shop.example.com"
PAGES = [f"{SHOP}/products/red-enamel-teapot", f"{SHOP}/products/tasse-groesse-l/", f"{SHOP}/about"]


def traffic(tmp_path, text: str, name: str = "visits.csv", encoding: str = "utf-8"):
    path = tmp_path / name
    path.write_text(text, encoding)
    return read_traffic(path)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples of exports are not here")
@pytest.mark.parametrize(
    ("name", "column", "visits", "teapot", "cup"),
    [
        ("gsc-en/Pages.csv", "Clicks", 4400, 900, 800),
        ("gsc-de/Seiten.csv", "Klicks", 4400, 900, 800),
        ("ga4/landing-page.csv", "Sessions", 7080, 1200, 1110),  # without the totals row and (not set)
    ],
)
def test_exports_are_read_and_joined(name, column, visits, teapot, cup):
    found = read_traffic(SAMPLES / name)
    assert found.source == f"column “{column}” of {Path(name).name}"
    found.join(PAGES)
    joined = found.joined(1)
    assert (joined.addresses, joined.visits, joined.joined, joined.joined_visits) == (8, visits, 2, teapot + cup)
    assert [found.visits(page) for page in PAGES] == [teapot, cup, None]
    assert len(joined.unjoined) == 1
    found.close()


@pytest.mark.parametrize(
    ("text", "visits"),
    [
        ("https://a.test/x,12\n", 12),
        ("url;besuche\nhttp://www.a.test/x/;1.234\n", 1234),
        ("Seite\tImpressionen\tSeitenaufrufe\nhttps://a.test/x\t9\t1 234\n", 1234),
        ('page,position,clicks\nhttps://A.test/x,1.2,"12,345"\nhttps://a.test/x#top,1,5\n', 12350),
        ("Landing page,Sessions\n/x?utm_source=a,7\n/x,5\n/x?ref=b,1\n", 13),
        ("Page path,Views\n/X,7\n/x,5.0\n", 5),
        ("Page,CTR,Clicks\nhttps://a.test/x,4.5%,0\n", 0),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_any_table_of_addresses_and_numbers_will_do(tmp_path, text, visits, encoding):
    found = traffic(tmp_path, text, encoding=encoding)
    found.join(["https://a.test/x", "https://a.test/y"])
    assert (found.visits("https://a.test/x"), found.visits("https://a.test/y")) == (visits, None)
    found.close()


def test_a_query_that_is_a_page_of_its_own_is_not_that_of_another(tmp_path):
    found = traffic(tmp_path, "url,clicks\nhttps://a.test/p?id=1,5\nhttps://a.test/p?id=9,2\nhttps://a.test/p,1\n")
    found.join(["https://a.test/p?id=1", "https://a.test/p"])
    assert (found.visits("https://a.test/p?id=1"), found.visits("https://a.test/p")) == (5, 3)
    found.join(["https://b.test/"])  # and another site
    assert (found.joined(0).joined, found.visits("https://a.test/p")) == (0, None)
    found.close()


@pytest.mark.parametrize(
    "text", ["", "no,table\n", "https://a.test/\n", "name,clicks\nx,5\n", "url,note\nhttps://a.test/,x\n"]
)
def test_a_file_without_visits(tmp_path, text):
    with pytest.raises(UsageError, match="holds no visits: a column of page addresses"):
        traffic(tmp_path, text)


def test_an_archive_is_to_be_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("Pages.csv", "Top pages,Clicks\nhttps://a.test/,5\n")
    with pytest.raises(UsageError, match="is an archive: unpack it"):
        read_traffic(tmp_path / "export.zip")
    (tmp_path / "broken.zip").write_bytes((tmp_path / "export.zip").read_bytes()[:60])
    with pytest.raises(UsageError):
        read_traffic(tmp_path / "broken.zip")
    with pytest.raises(UsageError, match="cannot read"):
        read_traffic(tmp_path / "none.csv")
