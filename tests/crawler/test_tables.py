"""Lists as SEO tools export them, and as people save them again: the column is told by its cells."""

from __future__ import annotations

import itertools
import json
import zipfile
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from crawl_server import running
from memory import run_and_measure
from sheets import workbook
from test_lists import HEADER, ROWS, alt_audit, export, visited

from core.errors import UsageError
from core.records import Classification
from crawler.inputs.base import UrlList
from crawler.inputs.kinds import lists, screaming_frog
from crawler.inputs.lists import read_list
from crawler.urls.start_urls import listed_url

A, B = "https://a.test/1", "https://a.test/2"


def saved(tmp_path: Path, content: str | bytes, name: str = "list.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f"Pages les plus populaires,Clics,CTR\n{A},12,3.5%\n{B},3,2.0%\n", id="Search Console"),
        pytest.param(f"# ----\n# Acme, Inc\n\n,Views,Users\n{A},12,3\n{B},7,2\n", id="a column without a name"),
        pytest.param(
            f'Referring page URL,Target URL,DR\nhttps://x.test/r,{A},4\nhttps://y.test/s,{B},5\n"https://z.test/t",{B},5\n',
            id="the other column is of many domains",
        ),
        pytest.param(f"Crawl of May\n\nKey;Titel;Ganze URL\n1;Tee, grün;{A}\n2;Kaffee;{B}\n", id="title lines, commas"),
        pytest.param(f"sep=|\nKey|URL\n1|{A}\n2|{B}\n", id="sep"),
        pytest.param(f"Key\tURL\r\n1\t{A}\r\n2\t{B}\r\n".encode("utf-16"), id="as Excel saves Unicode text"),
        pytest.param(f'"{A}";"12"\n"{B}";"7"\n', id="no header"),
        pytest.param(f"Address,Status,Redirect URL\n{A},301,{B}\n{B},200,\n", id="where pages redirect to"),
        pytest.param(f"Source page,Image\n{A},{A}/x.png\n{B},{B}/y.png\n", id="pages and pictures without alt texts"),
        pytest.param(f"1) {A}\n2) <{B}>;\n", id="numbered"),
        pytest.param(f"* {A} {B}\n", id="two on a line"),
        pytest.param(json.dumps([A, B], indent=1), id="JSON"),
        pytest.param(f'{{"n": 1, "link": "{A}"}}\n{{"n": 2, "link": "{B}"}}\n', id="JSON lines"),
        pytest.param(f"| n | Page |\n|--:|:-----|\n| 1 | {A} |\n| 2 | {B} |\n", id="Markdown"),
    ],
)
def test_the_column_of_pages_is_told_by_its_cells(tmp_path, content):
    found = read_list(saved(tmp_path, content))
    assert found.urls == (A, B)
    assert found.bad == ()


def test_what_is_no_address_is_refused_with_its_row_number(tmp_path):
    text = f"Seite;Klicks\n{A};1\n(not set);2\n3.5;3\nann@a.test;4\nprices.html;5\n\n{B};6\nSeite;Klicks\nTotal;21\n"
    found = read_list(saved(tmp_path, text))
    assert (found.urls, found.column) == ((A, B), "column Seite")
    assert [(line.number, line.text) for line in found.bad] == [
        (3, "(not set)"), (4, "3.5"), (5, "ann@a.test"), (6, "prices.html"), (10, "Total"),
    ]  # fmt: skip


def test_the_first_line_of_a_list_is_no_header_when_it_reads_like_an_address(tmp_path):
    found = read_list(saved(tmp_path, f"htp:/a.test/0\n{A}\n"))
    assert [(line.number, line.text) for line in found.bad] == [(1, "htp:/a.test/0")]


def test_commas_in_addresses_stay_in_lists_without_columns(tmp_path):
    urls = ("https://a.test/tee,12.html", "https://a.test/tee;jsession=1", "https://a.test/x|y")
    assert read_list(saved(tmp_path, "\n".join(urls), "list.txt")).urls[:2] == urls[:2]
    alike = "\n".join(f"https://a.test/tee,{number}" for number in range(9))
    assert len(read_list(saved(tmp_path, alike, "list.txt")).urls) == 9
    assert len(read_list(saved(tmp_path, alike, "list.csv")).urls) == 9  # as a table it would name one page nine times


def test_paths_without_a_host_are_a_clear_error(tmp_path):
    with pytest.raises(UsageError, match=r"its addresses have no host \(/mugs\?x=1\)"):
        read_list(saved(tmp_path, "Page path,Views\n/mugs?x=1,3\n/about,2\n"))


@pytest.mark.parametrize("text", ["3.5", "1.2.3", "prices.html", "ann@a.test", "Photo.JPG", "e.g.", "N/A", "12"])
def test_figures_files_and_mail_are_no_addresses(text):
    assert listed_url(text) is None


@pytest.mark.parametrize("text", ["a.test", "www.a.test/x.html", "127.0.0.1/x", "bücher.example/a?b", "a.html.test/"])
def test_hosts_are_addresses(text):
    assert listed_url(text) is not None


# Workbooks

PERFORMANCE = {
    "Diagramm": {1: ["Datum", "Klicks"], 2: ["2024-05-01", "3"]},
    "Suchanfragen": {1: ["Häufigste Suchanfragen", "Klicks"], 2: ["tasse", "3"]},
    "Seiten": {
        1: ["Export vom 1. Mai"],
        3: ["", "Die häufigsten Seiten", "Klicks"],
        4: ["", A, "3"],
        6: ["", "n/a", "1"],
        7: ["", B, ""],
    },
}


@pytest.mark.parametrize("inline", [True, False])
def test_the_sheet_with_the_pages_is_found(tmp_path, inline):
    found = read_list(workbook(tmp_path / "export.xlsx", inline=inline, **PERFORMANCE))
    assert (found.urls, found.column) == ((A, B), "sheet Seiten, column Die häufigsten Seiten")
    assert [(line.number, line.text) for line in found.bad] == [(6, "n/a")]


def test_an_inlinks_export_may_be_a_workbook(tmp_path):
    rows = dict(enumerate([["All Inlinks"], HEADER, *ROWS], 1))
    as_csv = visited(export(tmp_path / "all_inlinks.csv"))
    assert visited(workbook(tmp_path / "all_inlinks.xlsx", Inlinks=rows)) == as_csv


@pytest.mark.parametrize(
    ("separator", "above"),
    [*itertools.product([";", "\t"], ["", "Export of 2024-05-01\r\n\r\n"]), (";", "sep=;\r\n")],
)
def test_an_inlinks_export_may_be_saved_again(tmp_path, separator, above):
    lines = (separator.join(f'"{cell}"' for cell in row) for row in [HEADER, *ROWS])
    path = saved(tmp_path, above + "\r\n".join(lines))
    assert visited(path) == visited(export(tmp_path / "all_inlinks.csv"))


def test_what_is_no_workbook_is_a_clear_error(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("pages.txt", A)
    for name, content, message in (
        ("a.zip", None, "is an archive, but no Excel workbook"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + b"x" * 1000, "save it as XLSX or CSV"),
        ("cut.xlsx", b"PK\x03\x04" + b"x" * 1000, "is a damaged workbook"),
    ):
        path = tmp_path / name if content is None else saved(tmp_path, content, name)
        with pytest.raises(UsageError, match=message):
            read_list(path)


def test_entities_of_a_workbook_are_not_expanded(tmp_path):
    dtd = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 30}">' for n in range(8)
    )
    path = workbook(tmp_path / "bomb.xlsx", dtd=f"{dtd}]>", Pages={1: [A], 2: ["x"]})
    assert read_list(path).urls == (A,)


def test_memory_stays_bounded(tmp_path):
    """Of a workbook of 30,000 rows the addresses are kept, and one text for each cell while it is read."""
    rows = {number: [f"https://a.test/page/{number}", "A title of some words"] for number in range(1, 30_001)}
    path = workbook(tmp_path / "large.xlsx", Pages=rows)
    prepare = (
        "from pathlib import Path\nfrom crawler.inputs.lists import read_list\nimport core.sheets.workbook, tldextract"
    )
    answer, kib = run_and_measure(prepare, f"len(read_list(Path({str(path)!r})).urls)")
    assert answer == "30000"
    assert kib < 23_000  # as elements they would take some 100,000


# Images in lists

LUMAR = r'''"Page URL","Level","Images Without Alt"
"https://shop.test/a","1","<img src=""/i/1.jpg"" width=""300"">"
"https://shop.test/a","1","<img title='x > y' src=""https://cdn.test/2.jpg"" alt="""">, <img src=i/3.jpg alt='A mug'>"
"https://shop.test/b","2","&lt;img src=&quot;/i/1.jpg&quot;&gt;"
"https://shop.test/b","2",""
"n/a","2","<img src=""/i/1.jpg"">"
'''
PLAIN = "Titel;Bild-URL;Seite;ALT-Text\nA;/i/1.jpg;https://shop.test/a;\nB;https://cdn.test/i?id=2;https://shop.test/b;Mug\n"


def images(path: Path, kind=lists, **options) -> list[tuple[str, str | None, str | None, str]]:
    content = kind.INPUT.read(path, **options)
    assert isinstance(content, AbstractContextManager)
    with content as pages:
        return [
            (visit.url, occurrence.image_url, occurrence.alt, judgement.classification)
            for visit in pages.visits()
            for occurrence, judgement in zip(visit.facts.occurrences, visit.judgements, strict=True)
        ]


@pytest.mark.parametrize("kind", [lists, screaming_frog])
def test_img_elements_in_cells_give_page_image_and_alt(tmp_path, kind):
    assert images(saved(tmp_path, LUMAR), kind) == [
        ("https://shop.test/a", "https://shop.test/i/1.jpg", None, Classification.MISSING),
        ("https://shop.test/a", "https://cdn.test/2.jpg", "", Classification.EMPTY),
        ("https://shop.test/a", "https://shop.test/i/3.jpg", "A mug", Classification.OK),
        ("https://shop.test/b", "https://shop.test/i/1.jpg", None, Classification.MISSING),
    ]


@pytest.mark.parametrize("markup", ["<img-zoom src='/1.jpg'>", '<img alt=a"b src=/1.jpg c=">', "<img/x"])
def test_what_is_no_img_element_after_all_is_counted_and_costs_no_other_row(tmp_path, markup):
    quoted = markup.replace('"', '""')
    path = saved(tmp_path, f'Page,Images\nhttps://shop.test/a,"{quoted}"\nhttps://shop.test/b,<img src=/2.jpg>\n')
    with lists.INPUT.read(path) as pages:
        found = [(visit.url, len(visit.facts.occurrences)) for visit in pages.visits()]
        counts = pages.counts
    assert found == [("https://shop.test/b", 1)]
    assert (counts.rows, counts.images, counts.other_rows) == (2, 1, 1)


def test_a_table_of_pages_images_and_alt_texts_is_taken(tmp_path):
    found = [
        ("https://shop.test/a", "https://shop.test/i/1.jpg", None, Classification.MISSING),
        ("https://shop.test/b", "https://cdn.test/i?id=2", "Mug", Classification.OK),
    ]
    path = saved(tmp_path, PLAIN.replace("/i/1.jpg", "https://shop.test/i/1.jpg"))
    assert [image[:3] for image in images(path)] == [image[:3] for image in found]
    empty = images(path, screaming_frog, blank_alt=screaming_frog.BlankAlt.EMPTY)
    assert [image[2] for image in empty] == ["", "Mug"]


def test_a_list_of_inlinks_is_taken_as_what_it_is(tmp_path):
    assert len(images(export(tmp_path / "all_inlinks.csv"))) == 5


def test_the_images_of_a_list_may_be_ignored(tmp_path):
    found = lists.INPUT.read(saved(tmp_path, LUMAR), list_images=lists.ListImages.IGNORE)
    assert isinstance(found, UrlList)
    assert found.urls == ("https://shop.test/a", "https://shop.test/b")


def test_a_crawl_that_follows_finds_the_same_places(tmp_path, sqlite_url):
    """An img element of a list has the key that it has on its page."""
    with running() as server:
        server.answers["/a"] = lambda handler: handler.reply(b"<p><img src=/1.jpg><p><img src=/1.jpg><img src=/2.jpg>")
        page = f"{server.base}/a"
        rows = "".join(f'{page},"<img src={name}>"\n' for name in ("/1.jpg", "/1.jpg", "/2.jpg"))
        path = saved(tmp_path, f"Page,Images\n{rows}nowhere,<img src=/3.jpg>\n")
        done = alt_audit("crawl", "--list", str(path), "--database", sqlite_url)
        assert done.returncode == 0, done.stderr
        assert server.requests == []
        assert "Took 3 images on 1 page" in done.stderr
        assert "--list-images ignore reads the pages themselves" in done.stderr
        assert "line 5: the page is no web address: nowhere" in done.stderr
        done = alt_audit("crawl", page, "--database", sqlite_url, ALT_AUDIT_CRAWL__SITEMAPS="false")
        assert done.returncode == 0, done.stderr
    told = json.loads(alt_audit("status", "--format", "json", "--database", sqlite_url).stdout)
    assert (told["occurrences"], told["images"]) == (3, 2)


def test_the_command_names_the_column_and_asks_for_nothing_else(tmp_path, sqlite_url):
    with running() as server:
        server.html("/one")
        rows = {1: ["Top pages", "CTR"], 2: [f"{server.base}/one", "1"], 3: ["4.2", "1"]}
        path = workbook(tmp_path / "gsc.xlsx", Pages=rows)
        allowed = ("--allow-private", "127.0.0.0/8")
        done = alt_audit("crawl", "--list", str(path), "--database", sqlite_url, *allowed)
        assert done.returncode == 0, done.stderr
        assert set(server.requests) == {"/robots.txt", "/one"}
    assert "gsc.xlsx (sheet Pages, column Top pages) names 1 page." in done.stderr
    assert "line 3: no http(s) address: 4.2" in done.stderr
