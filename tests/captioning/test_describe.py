"""Single pictures, and where the captioner looked."""

from __future__ import annotations

import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
from PIL import Image

from captioning.analysers.registry import load_analysers
from captioning.caption_options import CaptionOptions
from captioning.captioners.builtin.captioner import BuiltinCaptioner
from captioning.explaining.describe import Description, describe
from captioning.explaining.strip import draw_strip, draw_words, page
from inference.protocol import Caption
from tests.captioning.test_builtin import draw_chart, draw_dog


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    draw_dog().save(folder / "dog.png")
    (folder / "junk.png").write_bytes(b"junk")
    chart = io.BytesIO()
    draw_chart().save(chart, "PNG")

    class Charts(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(chart.getvalue())

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Charts) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sources = [
            str(folder / "dog.png"),
            str(folder / "junk.png"),
            f"http://127.0.0.1:{server.server_port}/chart.png",
        ]
        sources += [str(folder / "gone.png"), "http://[", "\0.png"]
        captioner = BuiltinCaptioner(torch.device("cpu"))
        analysers = load_analysers(["kind"])
        found = list(describe(sources, captioner, analysers, CaptionOptions(retries=0), explain=True))
        server.shutdown()
    return found


def test_each_picture_is_described_or_says_why_not(described):
    dog, junk, chart, gone, no_address, no_name = described
    assert dog.caption.text == "A black dog is running through the grass."
    assert "kind" in dog.analyses
    assert (dog.picture.width, dog.picture.height) == (448, 336)
    assert chart.caption.text is None
    assert chart.caption.withheld
    failures = [f"{one.failure.stage}/{one.failure.code}" for one in (junk, gone, no_address, no_name)]
    assert failures == ["decode/unsupported_format", "fetch/error", "fetch/bad_url", "fetch/error"]


def test_the_words_are_those_of_the_caption_and_look_at_parts_of_the_picture(described):
    dog = described[0]
    assert [word.word for word in dog.words] == "a black dog is running through the grass".split()
    for word in dog.words:
        assert 0 < word.chance <= 1
        assert sum(map(sum, word.where)) == pytest.approx(1, abs=0.01)
    [black] = [word for word in dog.words if word.word == "black"]
    best = max((share, row, column) for row, shares in enumerate(black.where) for column, share in enumerate(shares))
    assert best[1] in {2, 3, 4}  # the dog stands in the middle, a little to the right
    assert best[2] in {3, 4, 5, 6}


def test_the_strip_has_the_picture_once_for_each_word(described):
    dog = described[0]
    pictures = draw_words(dog.picture.image, dog.words)
    assert {picture.size for picture in pictures} == {(213, 160)}
    assert len(pictures) == 8
    assert draw_strip(dog.picture.image, dog.words).size == (5 * 221 + 8, 2 * 200 + 8)
    thin = draw_words(Image.new("RGB", (1, 900)), dog.words[:1])
    assert thin[0].size == (1, 160)


def test_the_page_shows_every_word_and_escapes_what_strangers_wrote(described):
    dog = described[0]
    hostile = Description("<script>x.png", dog.picture, Caption(None, 0.1, withheld="<b>dog"), {}, dog.words)
    text = page([dog, *described[1:], hostile])
    assert text.count("<figure>") == 2 * len(dog.words) + len(described[2].words)
    assert "<script>" not in text
    assert "<b>" not in text
    assert 'src="data:image/jpeg;base64,' in text
