"""`train`, by the installed command."""

from __future__ import annotations

from tests.captioning.test_training import write_dataset


def test_what_cannot_be_trained_is_said_and_nothing_is_left_behind(cli):
    write_dataset(cli.folder / "walls", 10, 2)
    for arguments, told in [
        (("walls",), "10 pictures to learn from (train) and 2 to choose by (dev), and at least 50 and 20"),
        (("gone",), "there is no gone"),
        (("walls", "--full"), "--full needs --base"),
        (("walls", "--base", "base", "--tuned-epochs", "3"), "--tuned-epochs does not go with --base"),
        (("walls", "--from", "nowhere"), "nowhere is no captioner that training can go on from"),
    ]:
        done = cli("train", *arguments, "--out", "model")
        assert (done.code, told in done.err) == (2, True), done.err
    assert not (cli.folder / "model").exists()
