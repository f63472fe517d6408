"""`dataset` as a user runs it: a site and a feed become datasets that `check` finds nothing wrong with."""

from __future__ import annotations

import json

import pytest

from tests.captioning.images import jpeg
from tests.captioning.raw_server import answer, serve_raw

TEXTS = ("A brown horse", "Two boats", "An old harbour", "Tea in a glass", "A lid", "The market at noon")


@pytest.fixture
def site():
    with serve_raw() as server:
        pictures = "".join(f"<p>{n} <img src='/{n}.jpg' alt='{text}'></p>" for n, text in enumerate(TEXTS))
        page = f"<html lang=en><title>Shop</title><h1>Things</h1>{pictures}<img src='/6.jpg' alt='image'>"
        server.answers["/"] = answer(page.encode(), "200 OK", "Content-Type: text/html")
        for n in range(len(TEXTS)):
            server.answers[f"/{n}.jpg"] = answer(jpeg(n, (300, 240)))
        yield server


def test_the_texts_of_a_site_become_a_dataset(cli, site):
    assert cli("crawl", f"{site.url}/").code == 0
    del site.answers["/5.jpg"]
    done = cli("dataset", "export", "--out", "shop", "--licence", "ours", "--format", "json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert sum(told["written"]["pictures"].values()) == 5
    assert told["pictures_left_out"] == {"fetch/http_404": 1}
    checked = cli("dataset", "check", "shop")
    assert (checked.code, "It can be used as it is" in checked.out) == (0, True), checked.out
    assert "Licence: ours" in checked.out
    refused = cli("dataset", "import", "feed.csv", "--out", "shop")
    assert (refused.code, "another dataset" in refused.err) == (2, True)


def test_a_product_feed_becomes_a_dataset(cli, site):
    rows = [f"{n};{text};{site.url}/{n}.jpg;5;So good and warm" for n, text in enumerate(TEXTS)]
    (cli.folder / "feed.csv").write_text(
        "\n".join(["id;Title;image_link;stars;summary", *rows, "7;;;;", "8;Pot;gone.jpg;;"])
    )
    closed = cli("dataset", "import", "feed.csv", "--out", "shop")
    assert (closed.code, "nothing was written" in closed.err) == (1, True)
    done = cli("dataset", "import", "feed.csv", "--out", "shop", "--allow-private", "127.0.0.1")
    assert done.code == 0, done.err
    assert "1 picture whose address is not http(s) (first in row 9)" in done.err
    assert "2 products without a picture" in done.err
    train = json.loads((cli.folder / "shop/captions_train.json").read_text("utf-8"))
    assert {"So good and warm"} < {one["caption"] for one in train["annotations"]}
    (cli.folder / "other.csv").write_text("a,b\n1,2\n")
    refused = cli("dataset", "import", "other.csv", "--out", "other")
    assert (refused.code, "only a, b" in refused.err) == (2, True), refused.err
