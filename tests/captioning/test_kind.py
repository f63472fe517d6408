"""The kinds of pictures as the shipped weights tell them, and what they do of strange ones."""

from __future__ import annotations

import contextlib
import io
import json
import random
import threading
from pathlib import Path

import pytest
import torch
from PIL import Image, ImageDraw

from benchmarks import kind_rendered
from benchmarks.kind_rendered import banner, chart, diagram
from captioning.analysers.kind import backend
from captioning.analysers.kind.analyser import KINDS, KindAnalyser, class_names
from captioning.analysers.kind.colour import main_colour
from captioning.analysers.kind.statistics import NUMBER, statistics
from captioning.decoding.process import decode
from core.errors import ImageError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def analyser():
    return KindAnalyser()


def decoded(picture: Image.Image, form: str = "PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return decode(buffer.getvalue(), max_pixels=10_000_000, side_px=KindAnalyser.side_px)


def dialog() -> Image.Image:
    """A window with a title, a menu and fields."""
    picture = Image.new("RGB", (520, 380), (239, 239, 239))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 520, 26), fill=(60, 80, 120))
    draw.text((180, 7), "Preferences - Editor", fill="white")
    for row in range(8):
        draw.text((20, 50 + 34 * row), f"Number of items {row}", fill="black")
        draw.rectangle((220, 46 + 34 * row, 480, 68 + 34 * row), fill="white", outline=(160, 160, 160))
    for n, word in enumerate(("Help", "Cancel", "OK")):
        draw.rectangle((230 + 90 * n, 342, 310 + 90 * n, 368), fill=(225, 225, 225), outline=(120, 120, 120))
        draw.text((250 + 90 * n, 349), word, fill="black")
    return picture


@pytest.mark.parametrize(("draw", "kind"), [(chart, "chart"), (diagram, "diagram"), (banner, "banner")])
def test_drawn_pictures_are_of_their_kind(analyser, monkeypatch, draw, kind):
    """With fonts that are the same on every machine."""
    fonts = tuple(sorted((ROOT / "captioning/decoding/drawing/fonts").glob("Liberation*.ttf")))
    monkeypatch.setattr(kind_rendered, "_fonts", lambda: fonts)
    said = [analyser.analyse(decoded(draw(f"test {n}", ())))["kind"] for n in range(6)]
    assert set(said) <= {kind, "unknown"}
    assert said.count(kind) >= 4


def test_a_dialog_is_no_photograph(analyser):
    said = analyser.analyse(decoded(dialog()))
    assert said["kind"] in {"screenshot", "unknown"}
    assert max(said["photograph"], said["dog"]) < 0.1


def test_photographs_are_told(analyser):
    """Those of the demo, but for three textures and two of the night sky, which looks like a map."""
    folder = ROOT / "alt_audit/demo/site"
    others = {"grass.jpg", "gravel.jpg", "brick.jpg", "deep-field.jpg", "deep-field-detail.jpg"}
    said = {}
    for path in sorted(path for path in folder.rglob("*.jpg") if path.name not in others):
        with contextlib.suppress(ImageError):
            said[path.name] = analyser.analyse(decode(path.read_bytes(), max_pixels=10**8, side_px=280))
    assert len(said) > 10
    assert {one["kind"] for one in said.values()} <= {"photograph", "cutout", "unknown"}
    people = {name for name, one in said.items() if one["person"] >= 0.5}
    assert {"astronaut.jpg", "cameraman.jpg"} <= people <= {"astronaut.jpg", "cameraman.jpg", "pavilion-roofs.jpg"}
    assert sum(one["photograph"] >= 0.5 for one in said.values()) >= 0.85 * len(said)


def noise(size: tuple[int, int]) -> Image.Image:
    return Image.frombytes("RGB", size, random.Random(1).randbytes(size[0] * size[1] * 3))


STRANGE = {
    "one colour": Image.new("RGB", (400, 300), (200, 30, 30)),
    "one pixel": Image.new("RGB", (1, 1), "blue"),
    "a strip": Image.linear_gradient("L").resize((2, 2000)),
    "a line": Image.linear_gradient("L").resize((2000, 2)),
    "all transparent": Image.new("RGBA", (300, 300), (0, 0, 0, 0)),
    "noise": noise((300, 200)),
    "coarse noise": noise((6, 5)).resize((300, 200)),
}


@pytest.mark.parametrize("name", STRANGE)
def test_of_strange_pictures_nothing_is_claimed(analyser, name):
    said = analyser.analyse(decoded(STRANGE[name]))
    assert said["kind"] in {"unknown", "texture"}
    assert said.get("photograph", 0.0) < 0.5
    assert "colour" not in said
    json.dumps(said, allow_nan=False)


def test_an_animation_is_judged_by_its_frame(analyser):
    frames = [dialog(), Image.new("RGB", (520, 380), "white")]
    said = analyser.analyse(decoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert said["kind"] in {"screenshot", "unknown"}


def test_it_says_the_same_in_every_thread_and_leaves_torch_its_threads(analyser):
    number, answers = torch.get_num_threads(), []
    picture = decoded(dialog())

    def look():
        answers.append((analyser.analyse(picture), torch.get_num_threads()))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][1] == 1
    fresh: list[int] = []
    other = threading.Thread(target=lambda: fresh.append(torch.get_num_threads()))
    other.start()
    other.join()
    assert fresh == [number]


def test_what_it_is_made_of(analyser):
    assert analyser.revision == backend.revision()
    assert len(class_names()) == 1000
    assert (class_names()[0], class_names()[207], class_names()[849]) == ("tench", "Golden Retriever", "teapot")
    assert statistics(decoded(dialog())).shape == (NUMBER,)
    assert len(KINDS) == 9
    folder = ROOT / "captioning/analysers/kind/weights"
    assert (folder / "kind.safetensors").stat().st_size < 10_000_000


@pytest.mark.parametrize("colour", ["red", "orange", "yellow", "green", "blue", "purple", "pink", "black", "grey"])
def test_the_colour_of_a_cut_out(colour):
    picture = Image.new("RGB", (300, 300), "white")
    ImageDraw.Draw(picture).ellipse((40, 60, 260, 240), fill=colour)
    ImageDraw.Draw(picture).rectangle((0, 240, 300, 244), fill="brown")
    assert main_colour(picture) == colour
    halves = Image.new("RGB", (300, 300), "white")
    ImageDraw.Draw(halves).rectangle((40, 40, 150, 260), fill=colour)
    ImageDraw.Draw(halves).rectangle((150, 40, 260, 260), fill="saddlebrown")
    assert main_colour(halves) is None
    assert main_colour(Image.new("RGB", (300, 300), colour)) is None
