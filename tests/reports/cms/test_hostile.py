"""Texts that would do harm, through every file: each comes back as it was, and what stood beside it too."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import UsageError
from reports.cms.registry import system_of, systems
from tests.reports.cms.shop import HOSTILE, NEVER_WRITTEN, approved, reasons, written

CDN = "https://cdn.shopify.com/s/files/1/1/files"
REF = "ab" * 20 + "-10x10"
NASTY = '=1+1, "quoted"; <b>\nin two lines & more'  # what stands in the export already


def csv_text(*rows: list[str]) -> str:
    lines: list[str] = []
    csv.writer(type("Lines", (), {"write": lambda _, line: lines.append(line)})()).writerows(rows)
    return "".join(lines)


# system: the picture's address on the page, the name of the export, what it holds
SHOPS = {
    "shopify": (f"{CDN}/a.jpg", "e.csv", csv_text(
        ["Title", "URL handle", "Product image URL", "Image position", "Image alt text"],
        ["T", "h", f"{CDN}/a.jpg", "1", ""], ["", "h", f"{CDN}/b.jpg", "2", NASTY])),
    "matrixify-products": (f"{CDN}/a.jpg", "e.csv", csv_text(
        ["ID", "Handle", "Image Src", "Image Position", "Image Alt Text"],
        ["1", "h", f"{CDN}/a.jpg", "1", ""], ["1", "h", f"{CDN}/b.jpg", "2", NASTY])),
    "matrixify-files": (f"{CDN}/a.jpg", None, ""),
    "adobe-commerce": ("https://a.test/media/catalog/product/a/b.jpg", "e.csv", csv_text(
        ["sku", "base_image", "base_image_label", "small_image", "small_image_label", "thumbnail_image",
         "thumbnail_image_label", "additional_images", "additional_image_labels"],
        ["007", "/n/o.jpg", NASTY, "", "", "", "", "/a/b.jpg", ""])),
    "bigcommerce": ("https://a.test/products/1/images/2/a.jpg", None, ""),
    "prestashop": ("https://a.test/img/p/1/15.jpg", None, ""),
    "wix": ("https://static.wixstatic.com/media/a.jpg", "e.csv", csv_text(
        ["handle", "fieldType", "name", "media", "mediaAltText"],
        ["h", "PRODUCT", NASTY, "wix:image://v1/a.jpg/x.jpg", ""], ["h", "MEDIA", "", "wix:image://v1/b.jpg", NASTY])),
    "framer": ("https://framerusercontent.com/images/a.jpg", "e.csv", csv_text(
        ["Slug", "Image", "Image:alt", "Second", "Second:alt"],
        ["s", "https://framerusercontent.com/images/a.jpg", "", "https://framerusercontent.com/images/b.jpg", NASTY])),
    "wordpress": ("https://a.test/wp-content/uploads/a-300x200.jpg", None, ""),
    "wordpress-cli": ("https://a.test/wp-content/uploads/a.jpg", None, ""),
    "wordpress-rest": ("https://a.test/wp-content/uploads/a.jpg", None, ""),
    "drupal": ("https://a.test/sites/default/files/a.jpg", "e.csv", csv_text(
        ["mid", "uuid", "langcode", "uri", "field_media_image__alt"], ["1", "u", "en", "public://a.jpg", ""])),
    "typo3": ("https://a.test/fileadmin/a.jpg", "e.csv", csv_text(
        ["uid", "file", "sys_language_uid", "identifier", "alternative"], ["1", "2", "0", "/a.jpg", ""])),
    "wagtail": ("https://a.test/media/original_images/a.jpg", "e.csv", csv_text(
        ["id", "file", "description"], ["1", "original_images/a.jpg", ""])),
    "ghost": ("https://a.test/content/images/a.jpg", "e.json", json.dumps({"db": [{"data": {"posts": [
        {"id": "1", "slug": "s", "lexical": json.dumps({"root": {"children": [
            {"type": "image", "src": "__GHOST_URL__/content/images/a.jpg"}]}})}]}}]})),
    "contentful": ("https://images.ctfassets.net/a/b/c/a.jpg", "e.json", json.dumps({"assets": [
        {"sys": {"id": "1"}, "fields": {
            "title": {"en": NASTY}, "file": {"en": {"url": "//images.ctfassets.net/a/b/c/a.jpg"}}}},
    ]})),
    "sanity": (f"https://cdn.sanity.io/images/p/d/{REF}.jpg", "e.ndjson", json.dumps(
        {"_id": "1", "cover": {"asset": {"_ref": f"image-{REF}-jpg"}}})),
    "webflow": ("https://cdn.prod.website-files.com/1/a.jpg", "e.json", json.dumps({"items": [{"id": "1", "fieldData": {
        "images": [{"fileId": "1", "url": "https://cdn.prod.website-files.com/1/a.jpg", "alt": None},
                   {"fileId": "2", "url": "https://cdn.prod.website-files.com/1/b.jpg", "alt": NASTY}]}}]})),
    "joomla": ("https://a.test/images/a.jpg", "e.json", json.dumps(
        [{"id": 1, "images": {"image_intro": "images/a.jpg", "image_intro_caption": NASTY}}])),
}  # fmt: skip
KEEPS_THE_REST = [
    "shopify", "matrixify-products", "adobe-commerce", "wix", "framer", "contentful", "webflow", "joomla",
]  # fmt: skip


def join_of(name: str, folder: Path) -> Path | None:
    _, file, content = SHOPS[name]
    if file is None:
        return None
    (folder / file).write_text(content, "utf-8", newline="")
    return folder / file


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(inner)


def texts_in(path: Path) -> list[str]:
    """All texts in a file, as a program reads them that knows its format."""
    text = path.read_text("utf-8-sig")
    if path.suffix == ".csv":
        delimiter = ";" if path.name.startswith("prestashop") else ","
        return [cell for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter) for cell in row]
    if path.suffix == ".json":
        return [*strings(json.loads(text))]
    if path.suffix == ".jsonl":
        return [one for line in text.splitlines() for one in strings(json.loads(line))]
    return []  # scripts: test_readers.py runs them


def test_every_system_is_here():
    assert {system.name for system in systems()} == set(SHOPS)


@pytest.mark.parametrize("name", SHOPS)
def test_a_text_comes_back_as_it_was(name, tmp_path):
    join = join_of(name, tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    for text in HOSTILE.values():
        matched = written(name, [approved(SHOPS[name][0], text, media_id="7")], out, join)
        if system_of(name).lint.problem(text) is not None:
            assert reasons(matched) == ["forbidden"]
            continue
        assert (matched.joined, reasons(matched)) == (1, [])
        files = [path for path in out.iterdir() if path.suffix not in {".sh", ".sql"}]
        assert all(text in texts_in(path) for path in files)
        if name in KEEPS_THE_REST:
            assert NASTY in texts_in(files[0])


@pytest.mark.parametrize("name", SHOPS)
def test_what_no_alt_text_holds_is_left_out(name, tmp_path):
    join = join_of(name, tmp_path)
    for text in NEVER_WRITTEN.values():
        matched = written(name, [approved(SHOPS[name][0], text, media_id="7")], tmp_path, join)
        assert (matched.plan.changes, reasons(matched)) == ({}, ["forbidden"])


@pytest.mark.parametrize("name", SHOPS)
def test_an_empty_text_is_written_only_where_it_says_decorative(name, tmp_path):
    join = join_of(name, tmp_path)
    matched = written(name, [approved(SHOPS[name][0], "", "IMG 1", media_id="7")], tmp_path, join)
    if system_of(name).says_decorative:
        assert reasons(matched) == []
    else:
        assert (matched.plan.changes, reasons(matched)) == ({}, ["decorative"])


def test_an_export_of_wordpress_that_is_a_bomb_or_something_else(tmp_path):
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 20 if n else "x" * 100}">' for n in range(9))
    for content, words in [
        (
            f"<!DOCTYPE rss [{entities}]><rss><item><title>&e8;</title></item></rss>",
            "no attachments|as WordPress' export",
        ),
        ("<rss><channel><item><title>A post</title></item></channel></rss>", "no attachments"),
        ('<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><item>&x;</item></rss>', "no attachments"),
        ("Image URL,Alt Text\n", "as WordPress' export"),
    ]:
        (tmp_path / "media.xml").write_text(content)
        with pytest.raises(UsageError, match=words):
            written("wordpress", [approved("https://a.test/a.jpg", "A")], tmp_path, tmp_path / "media.xml")


@pytest.mark.parametrize("images", [{"image_intro": "images/a.jpg", "image_intro_alt": 5}, {"image_intro": 7}])
def test_numbers_where_texts_should_be(images, tmp_path):
    (tmp_path / "e.json").write_text(json.dumps([{"id": [1], "images": images}]))
    with pytest.raises(UsageError, match="no export of Joomla"):
        written("joomla", [approved("https://a.test/images/a.jpg", "A")], tmp_path, tmp_path / "e.json")
