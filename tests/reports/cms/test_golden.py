"""Each system's file against the one that an invented shop should get, made from its exports."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path

import pytest

from tests.reports.cms.shop import SAMPLES, needs_samples, of_sample, reasons, written

pytestmark = needs_samples

CDN = "https://cdn.shop.example.com/s/files/1/0550/0001/files/{file}?v=1710000001"
UPLOADS = "https://shop.example.com/wp-content/uploads/2026/05/{file}"


def sample(name: str) -> Path:
    return SAMPLES / name


def table(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline=""), delimiter=delimiter))


@pytest.mark.parametrize(
    ("name", "address", "join", "expected", "file"),
    [
        ("shopify", CDN, "shopify/export-current.csv", "shopify/expected-current.csv", "shopify-alt-texts.csv"),
        ("shopify", CDN, "shopify/export-legacy.csv", "shopify/expected-legacy.csv", "shopify-alt-texts.csv"),
        ("shopify", "https://shop.example.com/cdn/shop/files/{file}?v=2&width=600", "shopify/export-current.csv",
         "shopify/expected-current.csv", "shopify-alt-texts.csv"),
        ("matrixify-products", CDN, "matrixify/export-Products.csv", "matrixify/expected-Products.csv",
         "matrixify-Products.csv"),
        ("matrixify-files", CDN, None, "matrixify/expected-Files.csv", "matrixify-Files.csv"),
        ("wix", "https://static.wixstatic.com/media/{file}/v1/fill/w_6,h_6/{file}", "wix/export-catalog_products.csv",
         "wix/expected-catalog_products.csv", "wix-alt-texts.csv"),
        ("wordpress", UPLOADS, "wordpress/export-media.wxr.xml", "wordpress/expected-image-url-alt-text.csv",
         "wordpress-alt-texts.csv"),
        ("wordpress", UPLOADS, None, "wordpress/expected-image-url-alt-text.csv", "wordpress-alt-texts.csv"),
    ],
)  # fmt: skip
def test_the_file_of_the_shop(name, address, join, expected, file, tmp_path):
    matched = written(name, of_sample(address), tmp_path, sample(join) if join else None)
    assert (matched.joined, reasons(matched)) == (6, [])
    assert (tmp_path / file).read_bytes() == sample(expected).read_bytes()


def test_bigcommerce_by_the_export_and_by_the_ids_in_addresses(tmp_path):
    export = sample("bigcommerce/export-v3.csv")
    lines = table(export)
    urls = {
        url.rpartition("/")[2].partition(".")[0]: url for line in lines if (url := line["Internal Image URL (Export)"])
    }
    texts = of_sample("{file}")
    for text in texts:
        text.known.addresses[urls[text.image_url.removesuffix(".jpg")]] = None
    for join in (export, None):
        matched = written("bigcommerce", texts, tmp_path, join)
        assert (matched.joined, reasons(matched)) == (6, [])
        assert (tmp_path / "bigcommerce-alt-texts.csv").read_bytes() == sample(
            "bigcommerce/expected-v3.csv"
        ).read_bytes()


def test_adobe_commerce_leaves_out_what_its_lists_cannot_hold(tmp_path):
    """The expected file writes a slash for the pipe that stands in one text; we change no text."""
    address = "https://shop.example.com/media/catalog/product/cache/0123456789abcdef0123456789abcdef/{0}/{1}/{file}"
    texts = of_sample("{file}")
    for text in texts:
        name = text.image_url
        text.known.addresses[address.format(*name, file=name)] = None
    matched = written("adobe-commerce", texts, tmp_path, sample("adobe-commerce/export-catalog_product.csv"))
    assert (matched.joined, reasons(matched)) == (5, ["forbidden"])
    expected = sample("adobe-commerce/expected-pipe.csv").read_text("utf-8").splitlines(keepends=True)
    assert (tmp_path / "adobe-commerce-alt-texts.csv").read_text("utf-8") == "".join(
        line for line in expected if not line.startswith("007,")
    )


def test_framer(tmp_path):
    matched = written(
        "framer", of_sample("https://framerusercontent.example.com/images/{file}"), tmp_path,
        sample("framer/export-collection.csv"),
    )  # fmt: skip
    assert (tmp_path / "framer-alt-texts.csv").read_bytes() == sample("framer/expected-collection.csv").read_bytes()
    assert reasons(matched) == ["not_found"] * 4  # the collection has the first picture of each product alone


def test_prestashop_s_statements_do_what_they_should(tmp_path):
    listed = table(sample("prestashop/expected-image_lang.csv"), ";")
    texts = of_sample("https://shop.example.com/img/p/{file}")
    for text, line in zip(texts, listed, strict=True):
        number = line["id_image"]
        text.known.addresses[f"https://shop.example.com/img/p/{'/'.join(number)}/{number}-large_default.jpg"] = None
    matched = written("prestashop", texts, tmp_path)
    assert (matched.joined, reasons(matched)) == (6, [])
    expected = sample("prestashop/expected-image_lang.csv").read_bytes()
    assert (tmp_path / "prestashop-image_lang.csv").read_bytes() == expected
    shop = sqlite3.connect(":memory:")
    shop.executescript("""
        CREATE TABLE ps_lang (id_lang, iso_code); INSERT INTO ps_lang VALUES (1, 'en'), (2, 'de');
        CREATE TABLE ps_image_lang (id_image, id_lang, legend);
        INSERT INTO ps_image_lang VALUES (12, 1, NULL), (12, 2, ''), (13, 1, 'IMG_2041.jpg'), (22, 1, ''),
            (31, 1, 'somebody wrote this'), (41, 1, ''), (82, 1, ''), (99, 1, '');
    """)
    script = (tmp_path / "prestashop-image_lang.sql").read_text("utf-8").replace("SET NAMES utf8mb4;\n", "")
    shop.executescript(script.replace("START TRANSACTION", "BEGIN"))
    wanted = {int(line["id_image"]): line["legend"] for line in listed} | {31: "somebody wrote this", 99: ""}
    assert dict(shop.execute("SELECT id_image, legend FROM ps_image_lang WHERE id_lang = 1")) == wanted
    assert shop.execute("SELECT legend FROM ps_image_lang WHERE id_lang = 2").fetchall() == [("",)]


def test_calls_of_wordpress_say_what_they_replace(tmp_path):
    written("wordpress-rest", of_sample(UPLOADS), tmp_path, sample("wordpress/export-media.wxr.xml"))
    calls = [json.loads(line) for line in (tmp_path / "wordpress-alt-texts.jsonl").read_text("utf-8").splitlines()]
    assert [call.pop("expect") for call in calls] == [{"alt_text": old} for old in ("", "IMG_2041.jpg", "", "", "", "")]
    assert calls == [
        json.loads(line) for line in sample("wordpress/expected-rest.jsonl").read_text("utf-8").splitlines()
    ]
