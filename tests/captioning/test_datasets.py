"""Reading datasets: COCO captions JSON in the forms in which people have it, and all that may be wrong with one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from captioning.datasets.read import load_dataset, read_dataset
from captioning.datasets.records import MAX_CAPTION_WORDS, Fault, Split
from core.errors import UsageError

FLICKR = Path(__file__).resolve().parents[2] / "../shared/datasets/flickr8k"


def picture(id_, name, **more):
    return {"id": id_, "file_name": name} | more


def said(image_id, caption):
    return {"id": 1, "image_id": image_id, "caption": caption}


def coco(path, images, annotations, **more):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"images": images, "annotations": annotations} | more), "utf-8")
    return path


def files(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(name.encode())


def lines():
    reported = []
    return reported, reported.append


def test_a_folder_with_a_file_for_each_split(tmp_path):
    files(tmp_path / "train", "a.jpg", "b.jpg")
    files(tmp_path / "dev", "c.jpg")
    coco(
        tmp_path / "captions_train.json",
        [picture(1, "a.jpg"), picture("two", "b.jpg")],
        [said(1, " A  dog .\n"), said(1, "A dog ."), said("two", "A cat.")],
        info={"description": "Shop"},
        licenses=[{"id": 1, "name": "CC0"}],
    )
    coco(tmp_path / "captions_dev.json", [picture(1, "c.jpg")], [said(1, "A cow.")])
    reported, report = lines()
    dataset = load_dataset(tmp_path, report)
    first, second = dataset.pictures(Split.TRAIN)
    assert (first.id, first.path, first.captions) == (1, tmp_path / "train/a.jpg", ("A dog .", "A dog ."))
    assert (second.id, second.captions) == ("two", ("A cat.",))
    assert [one.captions for one in dataset.pictures(Split.DEV)] == [("A cow.",)]
    assert dataset.pictures(Split.TEST) == ()
    assert (dataset.description, dataset.licences, len(dataset), reported) == ("Shop", ("CC0",), 3, [])


def test_one_file_whose_pictures_name_their_split(tmp_path):
    files(tmp_path, "a.jpg")
    files(tmp_path / "images", "b.jpg")
    path = coco(
        tmp_path / "all.json",
        [picture(1, "a.jpg", split="train"), picture(2, "b.jpg", split="val")],
        [said(1, "A dog."), said(2, "A cat.")],
    )
    dataset = load_dataset(path, print)
    assert {split: len(pictures) for split, pictures in dataset.splits.items()} == {Split.TRAIN: 1, Split.DEV: 1}


def test_cocos_own_folders(tmp_path):
    files(tmp_path / "val2017", "a.jpg")
    coco(tmp_path / "annotations/captions_val2017.json", [picture(1, "a.jpg")], [said(1, "A dog.")])
    (found,) = load_dataset(tmp_path, print).pictures(Split.DEV)
    assert found.path == tmp_path / "val2017/a.jpg"


def test_faults_are_counted_and_end_it(tmp_path):
    files(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    (tmp_path / "copy.jpg").write_bytes(b"a.jpg")
    outside = ["/etc/passwd", "../a.jpg", "x\\..\\..\\a.jpg", "", "a\0.jpg", "n" * 300, "d/" * 20 + "e"]
    path = coco(
        tmp_path / "all.json",
        [
            picture(1, "a.jpg", split="train"),
            picture(1, "b.jpg", split="train"),
            picture(2, "copy.jpg", split="test"),
            picture(3, "b.jpg", split="weekend"),
            *(picture(10 + n, f"gone{n}.jpg", split="train") for n in range(5)),
            picture(None, "c.jpg", split="train"),
            picture(True, "c.jpg", split="train"),
            "c.jpg",
            *(picture(100 + n, name, split="train") for n, name in enumerate(outside)),
        ],
        [*(said(n, "A dog.") for n in (1, 2, 3, 99)), said(1, None), said(None, "A dog."), 7],
    )
    with pytest.raises(UsageError) as told:
        load_dataset(path, print)
    message = str(told.value)
    for fault in (
        "10 pictures without an id, or without the name",
        "1 picture whose id another one has (1)",
        "1 picture in a split that is neither train, dev nor test",
        "5 pictures whose file is not there (gone0.jpg, gone1.jpg, gone2.jpg, ...)",
        "1 picture found in another split, too (copy.jpg)",
        "3 captions without a text",
        "1 caption whose picture is not there (picture 99)",
    ):
        assert fault in message
    assert "dataset check" in message


def test_captions_that_say_nothing_are_left_out_and_counted(tmp_path):
    files(tmp_path, "a.jpg", "b.jpg")
    endless = "word " * (MAX_CAPTION_WORDS + 1)
    path = coco(
        tmp_path / "captions_train.json",
        [picture(1, "a.jpg"), picture(2, "b.jpg"), picture(3, "a.jpg")],
        [
            said(1, "犬が走る。"),
            said(1, " \u200b."),
            said(2, ""),
            said(2, endless),
            said(2, "x" * 1001),
            said(3, "A dog."),
        ],
    )
    dataset, faults = read_dataset(path)
    assert [one.captions for one in dataset.pictures(Split.TRAIN)] == [("犬が走る。",)]
    assert faults.counts == {
        Fault.EMPTY_CAPTION: 2,
        Fault.ENDLESS_CAPTION: 2,
        Fault.NO_CAPTION: 1,
        Fault.FILE_TWICE: 1,
    }
    reported, report = lines()
    load_dataset(path, report)
    assert "Left out: 2 captions without a letter (picture 1, picture 2)" in reported


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"images": {}}', "[" * 100_000, '{"images": [], "annotations": 1}', "\xff"]
)
def test_what_is_no_dataset_says_what_one_is(tmp_path, text):
    (tmp_path / "captions_train.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match="COCO captions JSON"):
        load_dataset(tmp_path, print)


def test_nothing_there(tmp_path):
    with pytest.raises(UsageError, match="there is no"):
        load_dataset(tmp_path / "no", print)
    with pytest.raises(UsageError, match="holds no captions_train"):
        load_dataset(tmp_path, print)
    coco(tmp_path / "captions_train.json", [], [])
    with pytest.raises(UsageError, match="no picture with a caption"):
        load_dataset(tmp_path, print)


@pytest.mark.skipif(not FLICKR.is_dir(), reason="the public dataset is not beside the repository")
def test_flickr8k_is_read_as_it_is():
    dataset = load_dataset(FLICKR / "captions_dev.json", print)
    assert len(dataset.pictures(Split.DEV)) == 1000
    assert {len(one.captions) for one in dataset.pictures(Split.DEV)} == {5}
    assert "non-commercial" in dataset.licences[0]
