"""`suggest --verify` as a user runs it, with a tiny model of the real classes."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.agreement import AGREEMENT, agreement
from store.engine import connect, reading, writing
from store.models import Analysis, Finding, Image, Occurrence, Suggestion
from tests.captioning.images import jpeg
from tests.captioning.raw_server import answer, serve_raw
from tests.captioning.tiny_models import save_comparing

NAMES = (
    "anchor barrel candle drum easel flute goblet hammer inkwell jacket kettle lantern mirror needle oboe pillow quilt "
    "ribbon saddle teapot umbrella violin whistle xylophone"
).split()
DATABASE = "sqlite:///audit.db"


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    return str(save_comparing("clip", tmp_path_factory.mktemp("clip")))


@pytest.fixture
def site():
    with serve_raw() as server:
        pictures = "".join(f"<p><img src='/{name}.jpg' alt='An old {name} of wood'></p>" for name in NAMES)
        page = f"<!doctype html><html lang=en><title>Shop</title>{pictures}<h2>A fox</h2><p><img src='/fox.jpg'></p>"
        link = "<p><a href='/page'><img src='/kettle.jpg' alt='To the page'></a></p>"
        gone = "<p><img src='/gone.jpg' alt='A tin whistle'></p>"
        server.answers["/"] = answer(f"{page}{link}{gone}".encode(), "200 OK", "Content-Type: text/html")
        for number, name in enumerate((*NAMES, "fox")):
            server.answers[f"/{name}.jpg"] = answer(jpeg(number))
        yield server


def stored(engine):
    with reading(engine) as session:
        rows = session.execute(
            select(Image.url, Analysis.data)
            .join(Analysis, Analysis.asset_id == Image.asset_id)
            .where(Analysis.analyser == AGREEMENT)
        )
        return {url.rpartition("/")[2]: agreement(data) for url, data in rows}


def states(engine):
    """The queue, and what is said of the places."""
    with reading(engine) as session:
        images = session.execute(select(Image.url, Image.state).order_by(Image.id)).all()
        places = session.execute(select(Occurrence.key, Occurrence.classification).order_by(Occurrence.id)).all()
        return images, places


def mismatches(engine) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(select(Finding.message).where(Finding.rule == "alt-mismatch")))


@pytest.mark.slow
def test_texts_are_compared_with_their_pictures(cli, site, model):
    assert cli("run", f"{site.url}/", "--model", "builtin", "--database", DATABASE).code == 0
    engine = connect(f"sqlite:///{cli.folder / 'audit.db'}")
    before = states(engine)
    done = cli("suggest", "--verify", model, "--database", DATABASE)
    assert done.code == 0, done.err
    assert "with 25 pictures" in done.err
    assert "1 failed" in done.err
    assert "fetch/http_404" in done.err
    said = stored(engine)
    assert set(said) == {f"{name}.jpg" for name in (*NAMES, "fox")}
    kettle = said["kettle.jpg"]
    assert kettle.share("An old kettle of wood") is not None
    assert kettle.share("To the page") is None  # of a link
    assert len(kettle.others) == 12
    with reading(engine) as session:
        [draft] = session.scalars(select(Suggestion.text))
    assert said["fox.jpg"].share(draft) is not None
    assert states(engine) == before
    assert mismatches(engine) == []  # a model of random weights knows nothing, and finds nothing
    again = cli("suggest", "--verify", model, "--database", DATABASE)
    assert "with 0 pictures" in again.err
    assert "25 known before" in again.err

    with writing(engine) as session:  # as if it knew
        for row in session.scalars(select(Analysis).where(Analysis.analyser == AGREEMENT)):
            told = agreement(row.data)
            others = {text: float(number) for number, text in enumerate(told.others)}
            own = dict.fromkeys(told.scores.keys() - others.keys(), 99.0)
            own["An old kettle of wood"] = -1.0
            row.data = {"scores": others | own, "others": list(told.others)}
    assert cli("audit", "--database", DATABASE).code == 0
    [message] = mismatches(engine)
    assert "An old kettle of wood" in message


def test_a_model_that_cannot_be_had_costs_no_crawl(cli, site, tmp_path):
    done = cli("run", f"{site.url}/", "--verify", str(tmp_path), "--database", DATABASE)
    assert (done.code, "holds no model" in done.err) == (1, True), done.err
    assert not (cli.folder / "audit.db").exists()


def test_a_site_of_few_texts_has_nothing_to_compare_with(cli, model):
    with serve_raw() as server:
        page = b"<!doctype html><html lang=en><title>Shop</title><p><img src='/a.jpg' alt='An old kettle'></p>"
        server.answers["/"] = answer(page, "200 OK", "Content-Type: text/html")
        server.answers["/a.jpg"] = answer(jpeg(1))
        cli("crawl", f"{server.url}/", "--database", DATABASE)
        done = cli("suggest", "--verify", model, "--database", DATABASE)
    assert done.code == 0
    assert "too few texts to compare with each other" in done.err
