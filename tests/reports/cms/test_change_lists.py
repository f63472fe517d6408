"""The lists for systems whose own import cannot change an alt text, against what the invented shop should get."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from core.errors import UsageError
from reports.cms.registry import systems
from tests.reports.cms.shop import HOSTILE, SAMPLES, approved, needs_samples, of_sample, reasons, written


def sample(name: str) -> Any:
    """A sample that is JSON, read."""
    return json.loads((SAMPLES / name).read_text("utf-8"))


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))


@needs_samples
@pytest.mark.parametrize(
    ("name", "address", "join", "expected", "file"),
    [
        ("drupal", "https://a.test/sites/default/files/styles/large/public/2026-05/{file}.webp?itok=x",
         "drupal/export-media.csv", "drupal/expected-migrate.csv", "drupal-alt-texts.csv"),
        ("wagtail", "https://a.test/media/images/{file}", "wagtail/export-images.csv", "wagtail/expected-images.csv",
         "wagtail-descriptions.csv"),
        ("typo3", "https://a.test/fileadmin/user_upload/{file}", "typo3/export-sys_file_metadata.csv",
         "typo3/expected-sys_file_metadata.csv", "typo3-sys_file_metadata.csv"),
    ],
)  # fmt: skip
def test_tables(name, address, join, expected, file, tmp_path):
    texts = of_sample(address)
    if name == "wagtail":
        texts = of_sample("https://a.test/media/original_images/{file}")
    matched = written(name, texts, tmp_path, SAMPLES / join)
    assert (matched.joined, reasons(matched)) == (6, [])
    wanted, found = table(SAMPLES / expected), table(tmp_path / file)
    assert [{name: row[name] for name in wanted[0]} for row in found] == wanted
    olds = [next(row[name] for name in row if name.startswith("old_")) for row in found]
    assert olds == [one["before"] for one in sample("approved.json")]


@needs_samples
def test_copies_that_say_less_than_the_upload_are_found_by_its_name(tmp_path):
    processed = of_sample("https://a.test/fileadmin/_processed_/3/c/csm_{file}")
    for text in processed:
        address = text.image_url.removesuffix(".jpg") + "_0123456789.webp"
        text.known.addresses[address] = None
    matched = written("typo3", processed, tmp_path, SAMPLES / "typo3/export-sys_file_metadata.csv")
    assert (matched.joined, reasons(matched)) == (6, [])
    logo = tmp_path / "images.csv"
    logo.write_text("id,file,description\n1,original_images/logo.png,\n2,original_images/a.jpg,\n")
    rendition = "https://a.test/media/images/logo.width-400.format-webp.webp"
    assert written("wagtail", [approved(rendition, "Logo")], tmp_path, logo).joined == 1


@needs_samples
def test_contentful_gets_each_changed_asset_whole(tmp_path):
    texts = of_sample("https://images.ctfassets.example.com/sp4ce/{file}")
    matched = written("contentful", texts, tmp_path, SAMPLES / "contentful/export.json")
    assert (matched.joined, reasons(matched)) == (6, [])
    found = json.loads((tmp_path / "contentful-assets.json").read_text("utf-8"))
    before = {asset["sys"]["id"]: asset for asset in sample("contentful/export.json")["assets"]}
    expected = sample("contentful/expected-import.json")
    expected["assets"] = [asset for asset in expected["assets"] if asset != before[asset["sys"]["id"]]]
    assert found == expected


@needs_samples
def test_sanity_patches_the_images_alone(tmp_path):
    """In the sample all pictures of a product are one asset; here each is its own."""
    number = 0
    documents = lines(SAMPLES / "sanity/export.ndjson")
    refs = {}
    for document in documents:
        for image in document["images"]:
            number += 1
            refs[image["_key"]] = f"{number:040x}-1200x1200"
            image["asset"]["_ref"] = f"image-{number:040x}-1200x1200-jpg"
        document["_rev"] = "r1"
    (tmp_path / "data.ndjson").write_text("\n".join(map(json.dumps, documents)), "utf-8")
    texts = of_sample("{file}")
    for text in texts:
        name = refs[text.image_url.removesuffix(".jpg")]
        text.known.addresses[f"https://cdn.sanity.io/images/p/d/{name}.jpg?w=800&auto=format"] = None
    matched = written("sanity", texts, tmp_path, tmp_path / "data.ndjson")
    assert (matched.joined, reasons(matched)) == (6, [])
    patches = [line["patch"] for line in lines(tmp_path / "sanity-patches.jsonl")]
    assert {patch["ifRevisionID"] for patch in patches} == {"r1"}
    found = [(patch["id"], path, text) for patch in patches for path, text in patch["set"].items()]
    wanted = [line["patch"] for line in lines(SAMPLES / "sanity/expected-patches.jsonl")]
    assert found == [(patch["id"], path, text) for patch in wanted for path, text in patch["set"].items()]


def test_images_deep_in_a_document_of_sanity(tmp_path):
    ref = "image-" + "ab" * 20 + "-10x10-png"
    picture = {"_type": "image", "asset": {"_ref": ref}}
    document = {
        "_id": "drafts.post",
        "hero": {"cover": dict(picture, altText="old")},
        "body": [{"_key": 'k"1', "rows": [{"_key": "r", **picture}]}],
    }
    (tmp_path / "data.ndjson").write_text(json.dumps(document))
    text = approved(f"https://cdn.sanity.io/images/p/d/{ref[6:-4]}.png", "New", "old")
    assert written("sanity", [text], tmp_path, tmp_path / "data.ndjson").joined == 1
    (line,) = lines(tmp_path / "sanity-patches.jsonl")
    assert line["patch"]["set"] == {"hero.cover.altText": "New", 'body[_key=="k\\"1"].rows[_key=="r"].alt': "New"}
    document["body"] = [picture]
    (tmp_path / "data.ndjson").write_text(json.dumps(document))
    assert reasons(written("sanity", [text], tmp_path, tmp_path / "data.ndjson")) == ["unclear_list"]


@needs_samples
def test_ghost_s_posts_are_as_they_should_be_when_the_list_is_followed(tmp_path):
    texts = of_sample("https://a.test/content/images/size/w600/2026/05/{file}")
    matched = written("ghost", texts, tmp_path, SAMPLES / "ghost/export.json")
    assert (matched.joined, reasons(matched)) == (5, ["not_found"])  # the last product has no post
    export = sample("ghost/export.json")
    data = export["db"][0]["data"]
    for line in lines(tmp_path / "ghost-alt-texts.jsonl"):
        if line["field"] == "lexical":
            post = next(post for post in data["posts"] if post["id"] == line["post"])
            lexical = json.loads(post["lexical"])
            cards = [card for card in lexical["root"]["children"] if card["type"] == "image"]
            assert (cards[line["card"]]["src"], cards[line["card"]]["alt"]) == (line["src"], line["old"])
            cards[line["card"]]["alt"] = line["alt"]
            post["lexical"] = json.dumps(lexical, ensure_ascii=False)
        else:
            meta = next(meta for meta in data["posts_meta"] if meta["post_id"] == line["post"])
            assert (meta["feature_image_alt"] or "") == line["old"]
            meta["feature_image_alt"] = line["alt"]
    assert readable(export) == readable(sample("ghost/expected.json"))


def readable(export: Any) -> Any:
    """With the posts' texts as values: how they are spaced does not count."""
    for post in export["db"][0]["data"]["posts"]:
        post["lexical"] = json.loads(post["lexical"])
    return export


@needs_samples
def test_webflow_gets_whole_fields(tmp_path):
    """Its CSV has no alt texts, so the items are as the API gives them: the expected ones before the change."""
    expected = lines(SAMPLES / "webflow/expected-items.jsonl")
    approved_texts = {one["alt"]: one["before"] for one in sample("approved.json")}
    items = []
    for call in expected:
        fields = json.loads(json.dumps(call["body"]["fieldData"]))
        for image in (fields["main-image"], *fields["more-images"]):
            image["alt"] = approved_texts.get(image["alt"], image["alt"])
        items.append({"id": call["path"].rpartition("/")[2], "fieldData": fields | {"slug": "x", "name": "y"}})
    (tmp_path / "items.json").write_text(json.dumps({"collectionId": "6512a0c0ffee", "items": items}))
    matched = written(
        "webflow", of_sample("https://uploads.shop.example.com/{file}"), tmp_path, tmp_path / "items.json"
    )
    assert (matched.joined, reasons(matched)) == (6, [])
    calls = {call["path"]: call for call in lines(tmp_path / "webflow-items.jsonl")}
    assert [*calls] == [call["path"] for call in expected]
    for call, item in zip(expected, items, strict=True):
        changed = calls[call["path"]]["body"]["fieldData"]
        assert changed == {name: call["body"]["fieldData"][name] for name in changed}
        assert calls[call["path"]]["expect"]["fieldData"] == {name: item["fieldData"][name] for name in changed}
        untouched = {name: value for name, value in call["body"]["fieldData"].items() if name not in changed}
        assert untouched == {name: item["fieldData"][name] for name in untouched}


@needs_samples
def test_joomla(tmp_path):
    texts = of_sample("https://a.test/images/shop/{file}")
    matched = written("joomla", texts, tmp_path, SAMPLES / "joomla/export-articles.json")
    held = {call["path"]: call["body"] for call in lines(SAMPLES / "joomla/expected-articles.jsonl")}
    found = {call["path"]: call["body"] for call in lines(tmp_path / "joomla-articles.jsonl")}
    assert found == held
    assert reasons(matched) == ["not_found"]  # an article has two pictures, and the teapot three


def test_joomla_says_that_a_picture_is_decorative(tmp_path):
    images = {"image_intro": "images/line.png#joomlaImage://local-images/line.png", "image_intro_alt": "IMG 1"}
    answer = {"data": [{"id": "7", "attributes": {"alias": "a", "images": images}}]}
    (tmp_path / "articles.json").write_text(json.dumps(answer))
    text = approved("https://a.test/images/line.png", "", "IMG 1")
    assert written("joomla", [text], tmp_path, tmp_path / "articles.json").joined == 1
    (call,) = lines(tmp_path / "joomla-articles.jsonl")
    assert call["body"]["images"] == images | {"image_intro_alt": "", "image_intro_alt_empty": "1"}
    assert call["expect"] == {"images": images}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_come_back_the_same(text, tmp_path):
    images = {"data": [{"id": "7", "attributes": {"images": {"image_intro": "images/a.png"}}}]}
    (tmp_path / "a.json").write_text(json.dumps(images))
    assert written("joomla", [approved("https://a.test/images/a.png", text)], tmp_path, tmp_path / "a.json").joined == 1
    (call,) = lines(tmp_path / "joomla-articles.jsonl")
    assert call["body"]["images"]["image_intro_alt"] == text
    (tmp_path / "a.csv").write_text("id,file,description\n1,original_images/a.png,\n")
    written("wagtail", [approved("https://a.test/media/original_images/a.png", text)], tmp_path, tmp_path / "a.csv")
    assert table(tmp_path / "wagtail-descriptions.csv")[0]["description"] == text


@pytest.mark.parametrize(
    "content", ["{}", "[]", "[1]", '{"assets": [1]}', '{"items": 3}', '{"db": []}', "null", "[[[["]
)
def test_json_of_something_else(content, tmp_path):
    (tmp_path / "other.json").write_text(content)
    text = approved("https://a.test/images/a.png", "A")
    for system in systems():
        if system.read is None or not system.export_from:
            continue
        with suppress(UsageError):
            assert not written(system.name, [text], tmp_path, tmp_path / "other.json").plan.changes, system.name
