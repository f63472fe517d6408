"""Which texts join to what, and what is left out with which reason."""

from __future__ import annotations

import csv

import pytest

from core.errors import UsageError
from reports.cms.addresses import picture_key
from reports.cms.registry import systems
from reports.cms.system import Lint, utf16_units
from reports.cms.unmatched import WHAT_TO_DO, Reason
from tests.reports.cms.shop import HOSTILE, NEVER_WRITTEN, approved, reasons, written

CDN = "https://cdn.shopify.com/s/files/1/0001/files"
HEADINGS = ["Handle", "Title", "Variant SKU", "Image Src", "Image Position", "Image Alt Text"]
SHOP = [
    ["pot", "Pot", "P-1", f"{CDN}/pot.jpg?v=1", "1", ""],
    ["pot", "", "", f"{CDN}/lid.jpg?v=1", "2", "The lid"],
    ["pot", "", "P-2", "", "", ""],
    ["cup", "Cup", "007", f"{CDN}/cup.jpg?v=1", "1", ""],
    ["cup", "", "", f"{CDN}/label.jpg", "2", ""],
    ["set", "Set", "S-1", f"{CDN}/label.jpg", "1", ""],
]


@pytest.fixture
def shop(tmp_path):
    return table(tmp_path / "export.csv", HEADINGS, SHOP)


def table(path, headings, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headings, *rows])
    return path


def result(tmp_path, name="shopify-alt-texts.csv"):
    with (tmp_path / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize(
    "page",
    [
        "http://CDN.shopify.com/s/files/1/0001/files/pot.jpg?v=77&width=300",
        "https://www.shop.test/cdn/shop/files/pot_300x.jpg?v=3",
        "//cdn.shopify.com/s/files/1/0001/files/p%6Ft.jpg".replace("//", "https://", 1),
    ],
)
def test_a_picture_is_found_whatever_its_address_looks_like(page, shop, tmp_path):
    matched = written("shopify", [approved(page, "A red pot")], tmp_path, shop)
    assert (matched.joined, reasons(matched)) == (1, [])
    assert result(tmp_path) == [
        ["Handle", "Title", "Image Src", "Image Position", "Image Alt Text"],
        ["pot", "Pot", f"{CDN}/pot.jpg?v=1", "1", "A red pot"],
        ["pot", "", f"{CDN}/lid.jpg?v=1", "2", "The lid"],  # nothing of the list is left out, or emptied
    ]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://www.a.test/x.jpg", "https://a.test/x.jpg?v=2", True),
        ("https://a.test/wp-content/uploads/x.jpg", "https://a.test/wp-content/uploads/x-scaled.jpg", True),
        ("https://a.test/wp-content/uploads/x-18x24.jpg", "https://a.test/wp-content/uploads/x.jpg", False),
        ("https://a.test/caf%C3%A9.jpg", "https://a.test/café.jpg", True),
        ("//a.test/x.jpg", "https://A.TEST/x.jpg", True),
        ("https://a.test:8443/x.jpg", "https://a.test/x.jpg", False),
        ("https://a.test/image?id=1", "https://a.test/image?id=2", False),
        ("https://a.test/X.jpg", "https://a.test/x.jpg", False),
    ],
)
def test_addresses_of_one_picture(one, other, same):
    assert (picture_key(one) == picture_key(other)) is same


def test_no_address():
    for url in ("", "data:image/png;base64,AAAA", "ftp://a.test/x.jpg", "javascript:alert(1)", "http://[::1/x.jpg"):
        assert picture_key(url) is None


def test_what_is_in_two_products_is_reported_for_each_and_written_for_none(shop, tmp_path):
    label = f"{CDN}/label.jpg"
    matched = written("shopify", [approved(label, "A label")], tmp_path, shop)
    assert [(line.reason, line.detail) for line in matched.unmatched] == [
        ("ambiguous", "cup, one of 2"), ("ambiguous", "set, one of 2"),
    ]  # fmt: skip
    assert (matched.joined, matched.ambiguous, [*tmp_path.glob("shopify*")]) == (0, 1, [])


@pytest.mark.parametrize("said", [{"product_id": "007"}, {"page": "https://shop.test/products/cup?variant=1"}])
def test_the_page_s_product_says_which_of_two_it_is(said, shop, tmp_path):
    matched = written("shopify", [approved(f"{CDN}/label.jpg", "A label", **said)], tmp_path, shop)
    assert (matched.joined, reasons(matched)) == (1, [])
    assert [row[0] for row in result(tmp_path)[1:]] == ["cup", "cup"]


def test_what_somebody_wrote_meanwhile_stays(shop, tmp_path):
    texts = [approved(f"{CDN}/lid.jpg", "A red lid", "")]
    matched = written("shopify", texts, tmp_path, shop)
    assert [(line.reason, line.detail) for line in matched.unmatched] == [("other_text", 'pot: "The lid"')]
    matched = written("shopify", [approved(f"{CDN}/lid.jpg", "A red lid", "The lid")], tmp_path, shop)
    assert (matched.joined, reasons(matched)) == (1, [])


def test_a_text_that_is_there_is_no_work(shop, tmp_path):
    matched = written("shopify", [approved(f"{CDN}/lid.jpg", "The lid")], tmp_path, shop)
    assert (matched.joined, matched.there, reasons(matched)) == (0, 1, [])


def test_each_reason_is_said(shop, tmp_path):
    pot = f"{CDN}/pot.jpg"
    texts = {
        "not_found": [approved("https://shop.test/theme/logo.png", "Logo")],
        "several_texts": [approved(pot, "A pot"), approved(f"{pot}?v=9&crop=region&crop_left=1", "Half a pot")],
        "other_language": [approved(pot, "A pot"), approved(pot, "Ein Topf", language="de")],
        "decorative": [approved(pot, "")],
        "too_long": [approved(pot, "x" * 511 + "☕" + "👩")],
        "forbidden": [approved(pot, text) for text in NEVER_WRITTEN.values()],
    }
    for reason, given in texts.items():
        matched = written("shopify", given, tmp_path, shop)
        assert reasons(matched) == [reason] * len(given), reason
        assert not matched.plan.changes
    assert reasons(written("wordpress-cli", [approved(pot, "A pot")], tmp_path)) == ["needs_export"]
    assert set(WHAT_TO_DO) == set(Reason)


def test_nothing_is_cut(shop, tmp_path):
    longest = "x" * 510 + "👩"
    written("shopify", [approved(f"{CDN}/pot.jpg", longest)], tmp_path, shop)
    assert result(tmp_path)[1][-1] == longest


def test_what_a_system_takes():
    lint = Lint(3, utf16_units, "<")
    assert lint.problem("a👩") is None
    assert lint.problem("aa👩") == (Reason.TOO_LONG, "it has 4 characters, and 3 are kept")
    assert lint.problem("<") == (Reason.FORBIDDEN, "it holds '<' (U+003C)")


def test_a_size_in_a_name_of_wordpress_s_is_no_size_where_an_upload_has_the_name(tmp_path):
    items = "".join(
        f"<item><wp:post_id>{number}</wp:post_id>"
        f"<wp:attachment_url>https://a.test/wp-content/uploads/{name}</wp:attachment_url></item>"
        for number, name in enumerate(["poster.jpg", "poster-18x24.jpg", "pot-scaled.jpg"], 1)
    )
    media = tmp_path / "media.xml"
    media.write_text(f'<rss xmlns:wp="http://wordpress.org/export/1.2/">{items}</rss>')
    names = ["poster-18x24.jpg", "poster-300x200.jpg", "pot-600x400.jpg"]
    texts = [approved(f"https://a.test/wp-content/uploads/{name}", name) for name in names]
    matched = written("wordpress", texts, tmp_path, media)
    assert (matched.joined, reasons(matched)) == (2, ["ambiguous"] * 2)
    assert [row[0].rpartition("/")[2] for row in result(tmp_path, "wordpress-alt-texts.csv")[1:]] == [
        "poster-18x24.jpg", "pot-scaled.jpg",
    ]  # fmt: skip


def test_a_picture_at_another_address_is_found_by_its_number(tmp_path):
    media = tmp_path / "media.xml"
    media.write_text(
        '<rss xmlns:wp="http://wordpress.org/export/1.2/"><item><wp:post_id>11</wp:post_id>'
        "<wp:attachment_url>https://a.test/wp-content/uploads/pot.jpg</wp:attachment_url><wp:postmeta>"
        "<wp:meta_key>_wp_attachment_image_alt</wp:meta_key><wp:meta_value>A pot</wp:meta_value>"
        "</wp:postmeta></item></rss>"
    )
    cdn = "https://cdn.test/1/pot.jpg"
    for number, current, said in [("11", "A pot", []), ("11", "", ["other_text"]), ("12", "", ["not_found"])]:
        texts = [approved(cdn, "A red pot", current, media_id=number)]
        assert reasons(written("wordpress-rest", texts, tmp_path, media)) == said


def test_texts_in_a_language_go_where_it_is(tmp_path):
    media = table(
        tmp_path / "media.csv",
        ["mid", "uuid", "langcode", "uri", "field_media_image__alt"],
        [
            ["1", "u", "en", "public://pot.jpg", ""],
            ["1", "u", "de", "public://pot.jpg", ""],
            ["2", "v", "fr", "public://cup.jpg", ""],
        ],
    )
    files = "https://a.test/sites/default/files"
    texts = [
        approved(f"{files}/styles/large/public/pot.jpg?itok=x", "A pot"),
        approved(f"{files}/pot.jpg", "Ein Topf", language="de"),
        approved(f"{files}/pot.jpg", "A pot of what?", language="und"),
        approved(f"{files}/cup.jpg", "Une tasse", language="und"),
    ]
    matched = written("drupal", texts, tmp_path, media)
    assert reasons(matched) == ["other_language"]
    assert [row[2:4] for row in result(tmp_path, "drupal-alt-texts.csv")[1:]] == [
        ["en", "A pot"], ["de", "Ein Topf"], ["fr", "Une tasse"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "is not UTF-8"),
        (b"PK\x03\x04....", "a workbook or an archive"),
        ("Handle,Title\nTöpfe,x\n".encode("cp1252"), "save it as CSV UTF-8"),
        (b"Name,Price\nPot,3\n", "no column URL handle or Handle, so it is another file than is needed. It has Name"),
        (b"", "is no table"),
        (b'Handle,Title\n"pot,Pot\n', "no whole CSV file"),
        (b"Handle,Title\npot,Pot,more\n", "line 2 of"),
        (b"Handle;Title\0\n", "no text file"),
    ],
)  # fmt: skip
def test_another_file_than_the_export(content, words, tmp_path):
    (tmp_path / "export.csv").write_bytes(content)
    with pytest.raises(UsageError, match=words):
        written("shopify", [approved(f"{CDN}/pot.jpg", "A pot")], tmp_path, tmp_path / "export.csv")


def test_no_file(tmp_path):
    with pytest.raises(UsageError, match="cannot read"):
        written("shopify", [], tmp_path, tmp_path / "nowhere.csv")


def test_sorted_and_saved_by_a_spreadsheet(shop, tmp_path):
    """UTF-16 or with a mark, with semicolons or tabs, the rows in another order: all is still found by name."""
    rows = [HEADINGS, *SHOP[3:], *SHOP[:3]]
    for encoding, delimiter in (("utf-8-sig", ";"), ("utf-16", "\t")):
        text = "\r\n".join(delimiter.join(row) for row in rows)
        (tmp_path / "saved.csv").write_text(text, encoding=encoding, newline="")
        matched = written("shopify", [approved(f"{CDN}/lid.jpg", "A lid", "The lid")], tmp_path, tmp_path / "saved.csv")
        assert (matched.joined, [row[1] for row in result(tmp_path)[1:]]) == (1, ["Pot", ""])


def test_hostile_texts_come_back_the_same_from_every_table(shop, tmp_path):
    for text in HOSTILE.values():
        written("shopify", [approved(f"{CDN}/pot.jpg", text)], tmp_path, shop)
        assert result(tmp_path)[1][-1] == text
        written("matrixify-files", [approved(f"{CDN}/pot.jpg", text)], tmp_path)
        assert result(tmp_path, "matrixify-Files.csv")[1][-1] == text


def test_every_system_says_what_it_is():
    for system in systems():
        assert all((system.how, system.files, system.title))
        assert (system.read is None) == (system.slots is None) == (not system.export_from)
        assert system.own is not None or system.slots is not None
