"""A site is crawled, texts are decided on, and content systems get their files."""

from __future__ import annotations

import csv
import json
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from sqlalchemy import select

from core.records import DecisionState
from store.deciding import Choice, Seen, decide
from store.engine import connect, writing
from store.models import Image, Occurrence, Site

PAGE = """<!doctype html><html lang="{lang}"><title>Shop</title><script type="application/ld+json">
{{"@type": "Product", "name": "Pot", "sku": "P-1", "image": "/cdn/shop/files/label.jpg"}}</script><main>
<img src="/cdn/shop/files/pot_300x.jpg?v=3" class="wp-image-11"><img src="/cdn/shop/files/lid.jpg" alt="IMG_1.jpg">
<img src="/cdn/shop/files/label.jpg"><img src="/cdn/shop/files/line.jpg" alt="DSC_0042.jpg" class="wp-image-12">
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></main>"""
DECIDED = {
    "pot.jpg": '=A red pot, size "L" <script>',
    "lid.jpg": "Its lid",
    "label.jpg": "The label",
    "line.jpg": None,  # decorative
}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def decided(cli, tmp_path):
    """The store of a site of one page, whose texts a person has decided on; gives the site's address."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text(PAGE.format(lang="en"))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        assert cli("crawl", f"{url}/").code == 0
        server.shutdown()
        thread.join()
    engine = connect(f"sqlite:///{cli.folder / 'alt-audit.db'}")
    with writing(engine) as session:
        rows = session.execute(select(Image.id, Image.url, Occurrence.context_key).join(Occurrence)).all()
        choices = [
            Choice(image_id, key, DecisionState.EDITED if text else DecisionState.DECORATIVE, text, Seen())
            for image_id, image, key in rows
            for name, text in DECIDED.items()
            if image.endswith(name)
        ]
        assert len(choices) == 4
        answers = decide(session, session.scalars(select(Site.id)).one(), choices, who="Ines")
        assert all(isinstance(answer, int) for answer in answers), answers
    engine.dispose()
    return url


def test_files_for_two_systems(cli, decided, tmp_path):
    export = tmp_path / "products.csv"
    rows = [
        ["Handle", "Title", "Variant SKU", "Image Src", "Image Position", "Image Alt Text"],
        ["pot", "Pot", "P-1", f"{decided}/cdn/shop/files/pot.jpg", "1", ""],
        ["pot", "", "", f"{decided}/cdn/shop/files/lid.jpg?v=2", "2", "IMG_1.jpg"],
        ["pot", "", "", f"{decided}/cdn/shop/files/label.jpg?v=2", "3", ""],
        ["set", "Set", "S-1", f"{decided}/cdn/shop/files/label.jpg?v=2", "1", ""],
    ]
    with export.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)

    missing = cli("export", "shopify")
    assert (missing.code, missing.out) == (2, "")
    assert "needs its own export beside: give --join FILE (Products > Export" in missing.err

    done = cli("export", "shopify", "--join", export, "--out", "shopify")
    assert done.code == 0, done.err
    assert "Shopify import file for 127.0.0.1" in done.err
    assert "4 texts to hand over: 3 texts joined; left out: 1 decorative." in done.err
    written, unmatched, readme = done.out.splitlines()
    with (cli.folder / written).open(newline="", encoding="utf-8") as file:
        assert [row[-1] for row in csv.reader(file)][1:] == [DECIDED["pot.jpg"], "Its lid", "The label"]
    assert '"decorative","",' in (cli.folder / unmatched).read_text("utf-8-sig")
    assert "Not verified: What Shopify does" in (cli.folder / readme).read_text("utf-8")

    none = cli("export", "shopify", "--join", export, "--language", "fr")
    assert none.code == 1
    assert "in fr waits to be handed over" in none.err

    calls = cli("export", "wordpress-rest", "--out", "wp")
    assert calls.code == 0, calls.err
    assert "left out: 2 needs_export" in calls.err
    lines = [json.loads(line) for line in (cli.folder / calls.out.splitlines()[0]).read_text("utf-8").splitlines()]
    assert sorted(lines, key=lambda line: line["path"]) == [
        {
            "method": "POST",
            "path": f"/wp-json/wp/v2/media/{number}",
            "body": {"alt_text": text},
            "expect": {"alt_text": old},
        }
        for number, text, old in [(11, DECIDED["pot.jpg"], ""), (12, "", ["", "DSC_0042.jpg"])]
    ]

    unjoined = cli("export", "prestashop", "--out", "ps")
    assert unjoined.code == 1
    assert unjoined.out.splitlines() == ["ps/unmatched.csv", "ps/export-README.txt"]


def test_what_there_is_to_choose_from(cli):
    listed = cli("export", "--list")
    assert listed.code == 0
    assert "shopify " in listed.out
    for given, words in [((), "name the content system"), (("excel",), "there is no format excel. There are adobe-")]:
        wrong = cli("export", *given)
        assert wrong.code == 2
        assert words in wrong.err
