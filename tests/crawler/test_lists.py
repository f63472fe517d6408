"""Lists of pages, and the exports of another crawler."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from crawl_server import running
from sqlalchemy import select

from core.errors import UsageError
from core.records import Classification, PageRead, QueueState
from crawler.inputs.base import InputFile
from crawler.inputs.kinds import screaming_frog
from crawler.inputs.lists import read_list
from crawler.inputs.screaming_frog import Inlinks
from crawler.inputs.seen_rows import css_of
from crawler.inputs.store_import import import_pages
from crawler.page.parse import parse_page
from crawler.urls.start_urls import listed_url
from rules.judge import judge_page
from store.counts import counts
from store.crawls import begin_crawl, finish_crawl
from store.engine import connect, reading, writing
from store.models import Crawl, Image, Occurrence, Page, Site
from store.pages import write_visits
from store.sites import ensure_site
from tests.storefill import SITE_ID
from tests.warm_python import CRAWL, run_warm

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]


def alt_audit(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ALT_AUDIT")}
    return run_warm(
        [sys.executable, "-m", "alt_audit", *arguments],
        modules=CRAWL,
        env=environment | {"PYTHONPATH": str(ROOT), "no_proxy": "*"} | variables,
        text=True,
    )


# Lists


@pytest.mark.parametrize(
    "content",
    [
        b"https://a.test/1\nhttps://a.test/2\n",
        b"\xef\xbb\xbf# pages to look at\r\n\r\nhttps://a.test/1\r\n  https://a.test/2\r\nhttps://a.test/1\r\n",
        "https://a.test/1\nhttps://a.test/2\n".encode("utf-16"),
        b"a.test/1\nhttps://A.test/2#part",
        b'URL,Title\nhttps://a.test/1,"One, the first"\nhttps://a.test/2,Two\n',
        "Titel;Adresse\nErste Ä;https://a.test/1\nZweite;https://a.test/2\n".encode("cp1252"),
        b"Address\nhttps://a.test/1\nhttps://a.test/2\n",
        b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://a.test/1'
        b"</loc></url><url><loc>https://a.test/2</loc></url></urlset>",
    ],
    ids=["plain", "bom-crlf-comment-repeat", "utf-16", "bare", "csv", "semicolons-cp1252", "one-column", "sitemap"],
)
def test_a_list_is_read_in_every_form(tmp_path, content):
    path = tmp_path / "list"
    path.write_bytes(content)
    found = read_list(path)
    assert found.urls == ("https://a.test/1", "https://a.test/2")
    assert found.bad == ()


def test_bad_lines_are_kept_with_their_number_and_reason(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text(
        "https://a.test/\n\nnot an address\nmailto:a@b.test\nftp://a.test/\nhttps://a.test/, with a comma\n"
    )
    found = read_list(path)
    assert found.urls == ("https://a.test/", "https://a.test/,%20with%20a%20comma")
    assert [(line.number, line.text) for line in found.bad] == [
        (3, "not an address"),
        (4, "mailto:a@b.test"),
        (5, "ftp://a.test/"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "names no page"),
        (b"what is this\n", "line 1: 'what is this'"),
        (b"<html></html>", "no sitemap that can be read"),
        (b"\x1f\x8bnonsense", "no sitemap that can be read"),
        (
            b'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>https://a.test/s.xml</loc>'
            b"</sitemap></sitemapindex>",
            "Give one of those",
        ),
        (b"URL,Title\n" + b'"' + b"x" * 200_000, "names no page"),
    ],
)
def test_a_list_without_pages_is_a_usage_error(tmp_path, content, message):
    path = tmp_path / "list"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=message):
        read_list(path)


def test_a_list_that_is_not_there_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"cannot read .*none"):
        read_list(tmp_path / "none")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("example.com", "https://example.com/"),
        ('"http://example.com/a b"', "http://example.com/a%20b"),
        ("localhost:8000/x", "http://localhost:8000/x"),
        ("word", None),
        ("javascript:alert(1)", None),
        ("data:image/png;base64,AA", None),
        ("https://a.test/" + "x" * 3000, None),
    ],
)
def test_addresses_as_people_write_them(text, url):
    assert listed_url(text) == url


def test_only_the_listed_pages_are_read(tmp_path, sqlite_url):
    with running() as server, running() as other:
        server.html("/", "/linked")
        server.html("/one", "/linked", "/two", images=("/a.png",))
        server.html("/two", "/linked", images=("/b.png",))
        server.html("/private/x")
        server.html("/moved-here")
        server.redirect("/moved", "/moved-here")
        other.html("/three", "/linked", images=("/c.png",))
        server.answers["/robots.txt"] = lambda handler: handler.reply(
            b"User-agent: *\nDisallow: /private/\n", content_type="text/plain"
        )
        path = tmp_path / "pages.txt"
        path.write_text(
            f"{server.base}/one\n{server.base}/two\n???\n{other.base}/three\n{server.base}/private/x\n"
            f"{server.base}/moved\n{server.base}/gone\n"
        )
        done = alt_audit("crawl", "--list", str(path), "--database", sqlite_url, "--allow-private", "127.0.0.0/8")
        assert done.returncode == 0, done.stderr
        assert set(server.requests) == {"/robots.txt", "/one", "/two", "/moved", "/moved-here", "/gone"}
        assert set(other.requests) == {"/robots.txt", "/three"}
        assert "names 6 pages" in done.stderr
        assert "line 3: no http(s) address: ???" in done.stderr
        assert "They are of 2 hosts: each is a site of its own" in done.stderr
        assert "skipped/robots: 1" in done.stderr
        assert "failed/http_404: 1" in done.stderr
        engine = connect(sqlite_url)
        with reading(engine) as session:
            sites = dict(session.execute(select(Page.url, Site.name).join(Site)).all())
            assert sites.pop(f"{other.base}/three") == f"127.0.0.1:{other.port}"
            assert set(sites.values()) == {f"127.0.0.1:{server.port}"}
            assert len(session.scalars(select(Occurrence.src)).all()) == 3
        engine.dispose()


@pytest.mark.parametrize(
    "arguments", [[], ["https://a.test/", "--list", "x"], ["--list", "x", "--from-screaming-frog", "y"]]
)
@pytest.mark.parametrize("command", ["crawl", "run"])
def test_exactly_one_source_of_pages_is_asked_for(command, arguments):
    done = alt_audit(command, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "give one of these: start URLs, --list FILE, or --from-screaming-frog FILE" in done.stderr


# Screaming Frog

HEADER = (
    "Type,Source,Destination,Size (Bytes),Alt Text,Anchor,Status Code,Status,Crawlability,Follow,Target,Rel,"
    "Path Type,Link Path,Link Position,Link Origin"
).split(",")


def row(kind: str, source: str, target: str, alt: str = "", anchor: str = "", path: str = "") -> list[str]:
    rest = ["200", "OK", "Crawlable", "true", "", "", "Absolute", path, "Content", "HTML"]
    return [kind, source, target, "1024", alt, anchor, *rest]


ROWS = [
    row("Hyperlink", "https://shop.test/", "https://shop.test/mug", "", "", "//body/main/a[2]"),
    row("Hyperlink", "https://shop.test/", "https://shop.test/about", "", "About us", "//body/nav/a"),
    row("Image", "https://shop.test/", "https://shop.test/logo.png", "Shop", "", "//body/header/img"),
    row("Image", "https://shop.test/mug", "https://shop.test/logo.png", "Shop", "", "//body/header/img"),
    row("Image", "https://shop.test/", "https://shop.test/mug.jpg", "", "", "//body/main/a[2]/img"),
    row("CSS", "https://shop.test/", "https://shop.test/style.css"),
    row("Image", "https://shop.test/mug", "https://shop.test/mug.jpg", "IMG_1234.jpg", "", "//body/main/img[1]"),
    row("Image", "https://shop.test/mug", "https://shop.test/mug.jpg", "", "", "//body/main/img[2]"),
]


def export(
    path: Path, rows: Iterable[list[str]] = ROWS, header: list[str] = HEADER, encoding: str = "utf-8-sig"
) -> Path:
    """A file as the program writes it: every cell quoted."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def visited(path: Path, **options: bool) -> dict[str, list[tuple[str, str | None, str]]]:
    """Page -> (selector, alt, classification) of its images."""
    with closing(Inlinks(path, **options)) as inlinks:
        found: dict[str, list[tuple[str, str | None, str]]] = {}
        for visit in inlinks.visits():
            found.setdefault(visit.url, []).extend(
                (occurrence.selector, occurrence.alt, judgement.classification)
                for occurrence, judgement in zip(visit.facts.occurrences, visit.judgements, strict=True)
            )
        return found


EXPECTED = {
    "https://shop.test/": [
        ("body > header > img", "Shop", Classification.OK),
        ("body > main > a:nth-of-type(2) > img", None, Classification.MISSING),
    ],
    "https://shop.test/mug": [
        ("body > header > img", "Shop", Classification.OK),
        ("body > main > img:nth-of-type(1)", "IMG_1234.jpg", Classification.SUSPICIOUS),
        ("body > main > img:nth-of-type(2)", None, Classification.MISSING),
    ],
}
TRANSLATED = {
    "french": "Type,Source,Destination,Taille (octets),Texte Alt,Ancrage,Code de statut,Statut,,,,,,Chemin du lien",
    "german": "Typ,Quelle,Ziel,Größe (Bytes),Alt-Text,Ankertext,Status-Code,Status,,,,,,Linkpfad",
    "spanish": "Tipo,Origen,Destino,Tamaño (bytes),Texto alt,Texto de anclaje,Código,Estado,,,,,,Ruta del enlace",
    "italian": "Tipo,Origine,Destinazione,Dimensione,Testo Alt,Ancora,Codice,Stato,,,,,,Percorso del link",
    "portuguese": "Tipo,Origem,Destino,Tamanho,Texto alternativo,Texto âncora,Código,Status,,,,,,Caminho do link",
    "dutch": "Type,Bron,Bestemming,Grootte,Alt-tekst,Ankertekst,Statuscode,Status,,,,,,Linkpad",
    "japanese": "タイプ,ソース,宛先,サイズ,代替テキスト,アンカー,ステータスコード,ステータス,,,,,,リンクパス",
    "unknown": "Rodzaj,Skąd,Dokąd,Rozmiar,Tekst,Kotwica,Kod,Stan,a,b,c,d,e,Ścieżka",
}


@pytest.mark.parametrize("language", ["english", *TRANSLATED])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "utf-16"])
def test_an_export_is_read_in_every_language_and_encoding(tmp_path, language, encoding):
    header = [*TRANSLATED[language].split(","), "", ""] if language in TRANSLATED else HEADER
    assert visited(export(tmp_path / "all_inlinks.csv", header=header, encoding=encoding)) == EXPECTED


@pytest.mark.parametrize("word", ["Image", "image", "Bild", "Imagen", "Immagine", "Imagem", "Afbeelding", "画像"])
def test_an_image_row_is_known_by_its_word_in_each_language(tmp_path, word):
    rows = [row(word, "https://a.test/", "https://a.test/i.png", "A red mug")]
    assert [image[1] for image in visited(export(tmp_path / "x.csv", rows))["https://a.test/"]] == ["A red mug"]


def test_a_blank_alt_is_missing_unless_said_otherwise(tmp_path):
    path = export(tmp_path / "images_missing_alt_text_inlinks.csv", ROWS[4:5])
    assert visited(path)["https://shop.test/"][0][1:] == (None, Classification.MISSING)
    assert visited(path, blank_is_empty=True)["https://shop.test/"][0][1:] == ("", Classification.DECORATIVE)


def test_a_place_that_the_file_names_again_is_taken_once(tmp_path):
    """By its path; without one, a page may show an image twice."""
    path = export(tmp_path / "all_inlinks.csv", [*ROWS, ROWS[4], ROWS[6], ROWS[4]])
    assert visited(path) == EXPECTED
    with closing(Inlinks(path)) as inlinks, closing(Inlinks(export(tmp_path / "once.csv"))) as once:
        assert (inlinks.counts.images, inlinks.counts.blank_alts) == (once.counts.images, once.counts.blank_alts)
        assert inlinks.notes[0].startswith("3 rows name a place again")
    pathless = [row("Image", "https://a.test/", "https://a.test/i.png", path="")] * 2
    assert len(visited(export(tmp_path / "x.csv", pathless))["https://a.test/"]) == 2


def test_a_linked_image_knows_its_link(tmp_path):
    with closing(Inlinks(export(tmp_path / "all_inlinks.csv"))) as inlinks:
        home = next(inlinks.visits())
    logo, mug = home.facts.occurrences
    assert (logo.interactive, logo.sole_content) == (None, False)
    assert (mug.interactive, mug.sole_content, mug.context.link_url) == ("link", True, "https://shop.test/mug")
    assert [finding.rule for finding in home.judgements[1].findings] == ["missing-attr", "link-only-empty"]


@pytest.mark.parametrize(
    ("xpath", "css"),
    [
        ("//body/div[2]/a/img", "body > div:nth-of-type(2) > a > img"),
        ("//body/div[@id='top']/img[3]", "body > div#top > img:nth-of-type(3)"),
        ("//body/div[@id='9']/img", 'body > div[id="9"] > img'),
        ("//body/div[contains(@class, 'x')]/img", "//body/div[contains(@class, 'x')]/img"),
        ("html > body > img", "html > body > img"),
    ],
)
def test_simple_xpaths_become_selectors(xpath, css):
    assert css_of(xpath) == css


def test_bad_rows_are_counted_with_their_reason(tmp_path):
    rows = [
        row("Image", "https://a.test/", "https://a.test/i.png"),
        row("Image", "not an address", "https://a.test/i.png"),
        row("Image", "https://a.test/", "mailto:a@b.test"),
        ["Image", "https://a.test/"],
        row("Image", "https://a.test/", "https://a.test/" + "y" * 200_000),
        [],
        row("Image", "https://a.test/", "https://a.test/j.png"),
    ]
    with closing(Inlinks(export(tmp_path / "x.csv", rows))) as inlinks:
        counts = inlinks.counts
    assert (counts.rows, counts.images) == (6, 2)
    assert counts.bad == {
        "the source is no web address": 1,
        "the destination is no web address": 1,
        "fewer columns than the first line": 1,
        "not CSV: field larger than field limit (131072)": 1,
    }
    assert [line.number for line in counts.examples] == [3, 4, 5, 6]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Address,Content Type,Size (Bytes),IMG Inlinks\nhttps://a.test/i.png,image/png,10,3\n", "All Inlinks"),
        ("", "holds no rows"),
        ("Type,Source,Destination,Alt Text\n", "holds no rows"),
        ("Type,Source,Destination,Alt Text\nHyperlink,https://a.test/,https://a.test/b,\n", "shows no image"),
        ("<html>", "holds no rows"),
    ],
)
def test_another_file_is_a_usage_error_that_says_which_one_is_needed(tmp_path, text, message):
    path = tmp_path / "images_all.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        Inlinks(path)


def stored(engine, path):
    """What `--from-screaming-frog` makes of a file."""
    file = InputFile(screaming_frog.INPUT, path)
    with file.read() as pages:
        return import_pages(engine, file, pages)


def test_an_export_is_stored_as_a_crawl_of_its_own(tmp_path, engine):
    done = stored(engine, export(tmp_path / "all_inlinks.csv"))
    assert (done.site.name, done.pages, done.counts.images) == ("shop.test", 2, 5)
    with reading(engine) as session:
        crawl = session.get_one(Crawl, done.crawl_id)
        assert (crawl.state, crawl.stats["source"]) == ("finished", "Screaming Frog: all_inlinks.csv")
        waiting = {image.url: image.state for image in session.scalars(select(Image))}
        assert waiting == {
            "https://shop.test/logo.png": QueueState.SKIPPED,
            "https://shop.test/mug.jpg": QueueState.PENDING,
        }
        numbers = counts(session, SITE_ID).as_json()
        assert (numbers["pages"], numbers["occurrences"]) == (2, 5)
    again = stored(engine, tmp_path / "all_inlinks.csv")
    with reading(engine) as session:
        assert counts(session, SITE_ID).as_json() == numbers
        assert set(session.scalars(select(Occurrence.last_crawl_id))) == {again.crawl_id}


def test_a_crawl_that_follows_finds_the_same_places(tmp_path):
    page = b"<header><img src=/logo.png alt=Shop></header><main><img src=/mug.jpg><img src=/mug.jpg></main>"
    with closing(Inlinks(export(tmp_path / "all_inlinks.csv"))) as inlinks:
        imported = {visit.url: visit.facts for visit in inlinks.visits()}["https://shop.test/mug"]
    parsed = parse_page("https://shop.test/mug", page)
    assert [o.key for o in imported.occurrences] == [o.key for o in parsed.occurrences]


def test_an_import_adds_to_pages_that_were_crawled_and_takes_nothing_from_them(tmp_path, engine):
    body = b"<html lang=en><title>Mugs</title><img src=/logo.png alt='The shop'><img src=/deco.png alt=''>"
    facts = parse_page("https://shop.test/mug", body)
    visit = PageRead(facts.url, 0, facts, judge_page(facts), status=200)
    with writing(engine) as session:
        crawl_id = begin_crawl(session, ensure_site(session, "shop.test").id, ["https://shop.test/"]).id
        write_visits(session, crawl_id, ensure_site(session, "shop.test").id, [visit])
        finish_crawl(session, crawl_id, state="finished", stats={}, whole_site=True)
    rows = [
        row("Image", "https://shop.test/mug", "https://shop.test/logo.png"),
        row("Image", "https://shop.test/mug", "https://shop.test/by-script.png"),
        row("Image", "https://shop.test/other", "https://shop.test/logo.png"),
    ]
    for _ in range(2):
        done = stored(engine, export(tmp_path / "missing.csv", rows))
        with reading(engine) as session:
            page = session.scalars(select(Page).where(Page.url == facts.url)).one()
            assert (page.title, page.lang, page.status) == ("Mugs", "en", 200)
            images = select(Image.url, Occurrence.alt).join(Image).where(Occurrence.vanished_crawl_id.is_(None))
            assert {tuple(row) for row in session.execute(images.where(Occurrence.page_id == page.id))} == {
                ("https://shop.test/logo.png", "The shop"),
                ("https://shop.test/deco.png", ""),
                ("https://shop.test/by-script.png", None),
            }
            assert counts(session, SITE_ID).as_json()["occurrences"] == 4
        assert done.read_before == 1


def test_a_page_with_very_many_images_loses_none(tmp_path, sqlite_url):
    images = [row("Image", "https://a.test/", f"https://a.test/{number}.png") for number in range(4500)]
    engine = connect(sqlite_url)
    done = stored(engine, export(tmp_path / "x.csv", [*images, *ROWS]))
    with reading(engine) as session:
        assert counts(session, SITE_ID).as_json()["occurrences"] == 4505
    engine.dispose()
    assert (done.site.name, done.pages) == ("a.test", 3)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path):
    def peak(number: int) -> int:
        rows = (row("Image", f"https://a.test/{n % 500}", f"https://a.test/{n % 700}.png") for n in range(number))
        path = export(tmp_path / "x.csv", rows)
        tracemalloc.start()
        with closing(Inlinks(path)) as inlinks:
            assert sum(len(visit.judgements) for visit in inlinks.visits()) == number
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1000)  # what is loaded once
    assert peak(20_000) < 2 * peak(5000) + 1_000_000


def test_the_command_takes_an_export_and_says_what_it_did(tmp_path, sqlite_url):
    path = export(tmp_path / "all_inlinks.csv", [*ROWS, row("Image", "nowhere", "https://shop.test/x.png")])
    done = alt_audit("crawl", "--from-screaming-frog", str(path), "--database", sqlite_url)
    assert done.returncode == 0, done.stderr
    assert "Took 5 images on 2 pages" in done.stderr
    assert "2 images have a blank alt text" in done.stderr
    assert "line 10: the source is no web address: nowhere" in done.stderr
    assert "Places with an image" in done.stdout
