"""`describe`, by the installed command."""

from __future__ import annotations

import json

from tests.captioning.test_builtin import draw_dog


def test_pictures_are_described_and_explained(cli):
    draw_dog().save(cli.folder / "dog.png")
    arguments = ("describe", "dog.png", "gone.png", "--model", "builtin", "--device", "cpu")
    done = cli(*arguments, "--explain", "why", "--format", "json")
    assert done.code == 1, done.err
    dog, gone = json.loads(done.out)
    assert dog["caption"] == "A black dog is running through the grass."
    assert dog["words"][2]["word"] == "dog"
    assert gone["failure"] == "fetch/error"
    assert {file.name for file in (cli.folder / "why").iterdir()} == {"001.png", "index.html"}
