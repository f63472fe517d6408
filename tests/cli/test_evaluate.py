"""`evaluate` as a user runs it: a real site, fetched again without its texts; the store stays as it is."""

from __future__ import annotations

import hashlib
import io
import json

import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.captioning.images import jpeg
from tests.captioning.raw_server import answer, serve_raw

PAGE = (
    "<html lang=en><title>{name}</title><h1>The {name} dialog</h1>"
    "<p>Press the button.</p><img src='/{name}.png' {text}><p>More.</p>"
)
NAMES = ("Brush", "Layer", "Channel", "Gradient", "Palette", "Texture")


@pytest.fixture
def site():
    with serve_raw() as server:
        links = "".join(f"<a href='/{name}'>{name}</a> " for name in NAMES)
        server.answers["/"] = answer(
            f"<html lang=en><title>Manual</title>{links}".encode(), "200 OK", "Content-Type: text/html"
        )
        for number, name in enumerate(NAMES):
            show(server, name, f"alt='Settings of the {name.lower()} window'")
            server.answers[f"/{name}.png"] = answer(jpeg(number))
        yield server


def show(server, name: str, text: str) -> None:
    page = PAGE.format(name=name, text=text).encode()
    server.answers[f"/{name}"] = answer(page, "200 OK", "Content-Type: text/html")


def contents(folder) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("alt-audit.db")}


def test_texts_are_hidden_and_drafted_again(cli, site):
    assert cli("crawl", f"{site.url}/").code == 0
    before = contents(cli.folder)
    done = cli("evaluate", "--no-captions", "--out", "found", "--format", "json")
    assert done.code == 0, done.err
    assert "Hiding 6 alt texts on 6 pages" in done.err
    result = json.loads(done.out)
    assert sorted(case["alt"] for case in result["cases"]) == sorted(
        f"Settings of the {n.lower()} window" for n in NAMES
    )
    for case in result["cases"]:
        heading = case["said"]["heading"]["text"]
        assert case["said"]["draft"]["text"] in {heading, heading.removeprefix("The ")}
        assert case["level"] == "from_page"
    draft = next(line for line in result["tables"][0]["lines"] if line["name"] == "draft")
    assert 2 / 7 <= draft["f1"] <= 4 / 8  # the name, of two words and five; with "the" as well
    assert contents(cli.folder) == before
    assert {path.name for path in (cli.folder / "found").iterdir()} == {
        "index.html",
        "evaluation.md",
        "evaluation.json",
        "thumbnails",
    }
    assert json.loads((cli.folder / "found/evaluation.json").read_text("utf-8")) == result


def test_pictures_are_looked_at_and_the_worst_are_shown(cli, site):
    assert cli("crawl", f"{site.url}/").code == 0
    done = cli("evaluate", "--model", "builtin", "--limit", "3", "--out", "found")
    assert done.code == 0, done.err
    assert "Looked at by builtin" in done.out
    assert "3 pictures, beyond --limit" in done.out
    page = (cli.folder / "found/index.html").read_text("utf-8")
    assert page.count("<img src=") == 3
    assert len(list((cli.folder / "found/thumbnails").iterdir())) == 3
    assert "Settings of the" in page


@pytest.mark.slow
def test_an_earlier_evaluation_stands_beside(cli, site):
    assert cli("crawl", f"{site.url}/").code == 0
    assert cli("evaluate", "--no-captions", "--out", "one").code == 0
    done = cli("evaluate", "--no-captions", "--out", "two", "--against", "one/evaluation.json")
    assert done.code == 0, done.err
    assert "draft before" in done.out
    (cli.folder / "none.json").write_text("[]")
    refused = cli("evaluate", "--against", "none.json")
    assert (refused.code, "no evaluation.json" in refused.err) == (2, True)


@pytest.mark.slow
def test_pages_that_are_gone_and_texts_that_were_taken_off_since(cli, site):
    assert cli("crawl", f"{site.url}/").code == 0
    del site.answers["/Brush"]
    show(site, "Layer", "alt=''")
    done = cli("evaluate", "--no-captions", "--out", "found")
    assert done.code == 0, done.err
    assert "2 pictures, they stand there no more" in done.out
    assert "4 pictures on 4 pages" in done.out


@pytest.mark.slow
def test_a_site_behind_a_login_is_read_with_its_credentials(cli, site):
    auth = {"ALT_AUDIT_CRAWL__AUTH": "header:X-Staging:s3cret4711"}
    guarded = dict(site.answers)
    for target, given in guarded.items():
        site.answers[target] = lambda asked, given=given: (
            given if asked.headers.get("x-staging") == "s3cret4711" else answer(b"", "401 Unauthorized")
        )
    assert cli("crawl", f"{site.url}/", **auth).code == 0
    done = cli("evaluate", "--model", "builtin", "--limit", "2", "--out", "found", **auth)
    assert done.code == 0, done.err
    assert "0 failed" in done.err
    assert len(list((cli.folder / "found/thumbnails").iterdir())) == 2


@pytest.mark.parametrize("text", ["", "alt=''", "alt='image'"])
def test_a_site_without_good_texts_has_nothing_to_try_drafts_on(cli, site, text):
    for name in NAMES:
        show(site, name, text)
    assert cli("crawl", f"{site.url}/").code == 0
    done = cli("evaluate")
    assert done.code == 2
    assert "has no alt text to try drafts on" in done.err


def test_a_site_that_does_not_answer(cli, site):
    assert cli("crawl", f"{site.url}/").code == 0
    for name in NAMES:
        del site.answers[f"/{name}"]
    done = cli("evaluate", "--no-captions")
    assert done.code == 1
    assert "404" in done.err


def window(title: str) -> bytes:
    """A picture of a dialog."""
    image = Image.new("RGB", (480, 320), "#f0f0f0")
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype("captioning/decoding/drawing/fonts/DejaVuSans.ttf", 14)
    for text, left, top in ((title, 170, 8), ("Radius:", 20, 90), ("Strength:", 20, 130), ("Cancel", 400, 290)):
        draw.text((left, top), text, fill="#202020", font=font)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.slow
def test_pictures_are_looked_at_and_read(cli, site):
    for name in NAMES:
        site.answers[f"/{name}.png"] = answer(window(f"Configure {name}"))
    assert cli("crawl", f"{site.url}/").code == 0
    done = cli("evaluate", "--model", "builtin", "--ocr", "--out", "found", "--format", "json")
    assert done.code == 0, done.err
    cases = json.loads(done.out)["cases"]
    assert {case["source"] for case in cases} == {"dialog"}
    nouns = {"Brush", "Palette"}  # which say themselves what the window is
    titles = [f"Configure {name}" + (" dialog" if name not in nouns else "") for name in NAMES]
    assert sorted(case["said"]["draft"]["text"] for case in cases) == sorted(titles)


@pytest.mark.slow
def test_drafts_with_each_of_two_models(cli, site):
    from tests.captioning.tiny_models import save_blip

    (cli.folder / "tiny").mkdir()
    save_blip(cli.folder / "tiny")
    assert cli("crawl", f"{site.url}/").code == 0
    refused = cli("evaluate", "--models", "builtin,missing/folder")
    assert (refused.code, "missing/folder" in refused.err) == (1, True)
    assert "Hiding" not in refused.err  # found out before any page is asked for
    before = contents(cli.folder)
    done = cli("evaluate", "--models", "builtin,./tiny", "--out", "found", "--format", "json")
    assert done.code == 0, done.err
    result = json.loads(done.out)
    assert [one["name"] for one in result["models"]] == ["builtin", "./tiny"]
    texts = sorted(one["captions"][0] for one in result["pictures"])
    assert texts == sorted(f"Settings of the {name.lower()} window" for name in NAMES)
    assert all(one["figures"]["bleu"][0] > 0 for one in result["models"])  # drafts, with what the page says
    assert "Where they differ most" in (cli.folder / "found/index.html").read_text("utf-8")
    assert contents(cli.folder) == before


def test_a_dataset_and_its_options(cli):
    for arguments, told in [
        (("builtin", "gone"), "there is no gone"),
        (("builtin", "a", "b"), "--models a,b,c"),
        (("builtin", "shop", "--site", "x"), "leave out the dataset"),
        (("--split", "dev"), "name one"),
        (("shop", "--models", "builtin,,"), "commas"),
    ]:
        done = cli("evaluate", *arguments)
        assert (done.code, told in done.err) == (2, True), done.err
