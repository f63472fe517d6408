"""From addresses to a dataset: a real server with what goes wrong on one, and runs that are cut short."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json

import pytest
from PIL import Image

from alt_audit.config import load_settings
from captioning.datasets.check import check_dataset
from captioning.datasets.gather import FOLDER, JOURNAL, Text, Wanted, gather
from captioning.datasets.read import load_dataset
from captioning.datasets.records import Fault, Split
from captioning.datasets.write import check_target, write_dataset
from core.errors import UsageError
from tests.captioning.images import jpeg, serve_images
from tests.captioning.test_datasets import coco, picture, said


@pytest.fixture
def server():
    with serve_images() as server:
        server.files = {f"/{n}.jpg": jpeg(n, (120, 90)) for n in range(12)}
        yield server


def options(**more):
    return load_settings(None, caption={"allow_private": ["127.0.0.0/8"], "retries": 0} | more).caption


def fetched(server, wanted, folder):
    def shop(name, *texts, **more):
        return Wanted(f"{server.url}/{name}", tuple(map(Text, texts)), **more)

    return asyncio.run(gather([shop(*one[:-1], **one[-1]) for one in wanted], folder, options(), lambda *_: None))


def flat(colour, size):
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_dataset_is_made_of_what_is_there_and_the_rest_is_counted(server, tmp_path):
    server.files |= {"/red.png": flat("red", (90, 90)), "/dot.png": flat("red", (1, 1)), "/page.jpg": b"<html>"}
    server.files["/copy.jpg"] = server.files["/0.jpg"]
    meant = hashlib.sha256(server.files["/1.jpg"]).hexdigest()
    wanted = [
        *((f"{n}.jpg", f"Picture {n} of ten", {"sha256": meant if n == 1 else None}) for n in range(10)),
        ("copy.jpg", "Picture 0 of ten", "The same", "More", "And more", "And", "Too much", {}),
        *((name, "x", {}) for name in ("red.png", "dot.png", "page.jpg", "gone.jpg")),
        ("2.jpg", "Another one", {"sha256": meant}),
    ]
    found = fetched(server, wanted, tmp_path)
    assert found.left_out == {
        "one_shade": 1,
        "too_small": 1,
        "decode/html": 1,
        "fetch/http_404": 1,
        "another_picture": 1,
    }
    written = write_dataset(tmp_path, "Products of a feed", "CC0", found.pictures)
    assert (sum(written.pictures.values()), written.same, written.beyond) == (10, 1, 2)
    dataset = load_dataset(tmp_path, pytest.fail)
    assert set(dataset.splits) == set(Split)
    assert (dataset.description, dataset.licences) == ("Products of a feed", ("CC0",))
    captions = {one.captions for split in Split for one in dataset.pictures(split)}
    assert ("Picture 0 of ten", "The same", "More", "And more", "And") in captions
    assert not list(tmp_path.rglob("*.part"))
    checked = check_dataset(tmp_path, options(), lambda *_: None)
    assert checked.is_usable
    assert sum(one.pictures for one in checked.splits.values()) == 10


def test_a_run_goes_on_where_it_was_cut_short_and_splits_stay(server, tmp_path):
    first = fetched(server, [(f"{n}.jpg", f"Picture {n}", {}) for n in range(8)], tmp_path)
    write_dataset(tmp_path, "x", None, first.pictures)
    before = {one.path.name: split for split, some in load_dataset(tmp_path, print).splits.items() for one in some}
    journal = tmp_path / JOURNAL
    lines = journal.read_text("utf-8").splitlines()
    lost = json.loads(lines[0])["sha256"]
    (tmp_path / FOLDER / f"{lost[:32]}.jpg").unlink()
    # As kill -9 and a hostile hand leave it; a record that names a file elsewhere is none.
    journal.write_text("\n".join([*lines, lines[1].replace(json.loads(lines[1])["sha256"], "../" * 22), lines[2][:40]]))
    server.requests.clear()
    again = fetched(server, [(f"{n}.jpg", f"Picture {n}", {}) for n in range(12)], tmp_path)
    assert len(again.pictures) == 12
    assert sum(server.requests.values()) == 4 + 1
    write_dataset(tmp_path, "x", None, again.pictures)
    after = {one.path.name: split for split, some in load_dataset(tmp_path, print).splits.items() for one in some}
    assert {name: after[name] for name in before} == before


def test_a_folder_with_another_dataset_is_left_alone(tmp_path):
    check_target(tmp_path, "Products of a.csv")
    coco(tmp_path / "captions_train.json", [], [], info={"description": "Products of a.csv"})
    check_target(tmp_path, "Products of a.csv")
    for text in ('{"images": [], "annotations": [], "info": {"description": "Mine"}}', "{", "[]"):
        (tmp_path / "captions_train.json").write_text(text)
        with pytest.raises(UsageError, match="another dataset"):
            check_target(tmp_path, "Products of a.csv")


def test_addresses_of_the_inside_are_not_asked(server, tmp_path):
    wanted = [Wanted(f"{server.url}/0.jpg", (Text("x"),))]
    found = asyncio.run(gather(wanted, tmp_path, load_settings(None).caption, lambda *_: None))
    assert found.left_out == {"fetch/private_address": 1}
    assert not server.requests


def test_what_is_wrong_with_a_dataset_is_told(tmp_path):
    train = ["a.jpg", "b.jpg", "broken.jpg", "gone.jpg"]
    for n, name in enumerate(("a.jpg", "b.jpg", "c.jpg")):
        (tmp_path / name).write_bytes(jpeg(n, (120, 90)))
    (tmp_path / "again.jpg").write_bytes(jpeg(0, (240, 180)))
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    path = coco(
        tmp_path / "all.json",
        [*(picture(n, name, split="train") for n, name in enumerate(train)), picture(9, "again.jpg", split="dev")],
        [*(said(n, "Ein Schal aus Alpakawolle, grau und sehr weich") for n in (0, 1, 1, 2, 9)), said(3, "Weg")],
    )
    found = check_dataset(path, options(), lambda *_: None)
    assert not found.is_usable
    told = list(found.problems())
    assert told[0].startswith("1 picture whose file is not there (gone.jpg)")
    assert told[1].startswith("1 picture not to be decoded, decode/unsupported_format (broken.jpg)")
    assert told[2] == "1 pair of look-alikes in two splits (a.jpg and again.jpg)"
    assert found.faults.counts == {Fault.MISSING_FILE: 1}
    notes = " ".join(found.notes())
    assert "4 of 4 pictures have the caption “ein schal" in notes
    assert "4 pictures to learn from" in notes
    assert "1 caption that their picture has twice" in notes
    assert found.languages == {"de": 4}
    assert found.splits[Split.DEV].unknown_words == 0
