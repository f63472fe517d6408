"""`suggest`, and the stages one by one against `run`: they end with the same counts."""

from __future__ import annotations

import functools
import http.server
import json
import threading

import pytest
from sqlalchemy import select, update

from store.engine import connect, reading, writing
from store.models import Suggestion
from tests.captioning.images import jpeg

GALLERY = "".join(f"<h2>A {name}</h2><img src=/{name}.jpg alt='Handmade cup'>" for name in ("cup", "plate", "bowl"))
PAGE = f"""<!doctype html><html lang=en><title>Shop</title><h1>Our shop</h1>{GALLERY}
<p><img src=/fox.jpg></p><figure><img src=/owl.jpg><figcaption>Bild von einem Garten</figcaption></figure>"""


@pytest.fixture
def site(tmp_path):
    """Three pictures of one text, which are the same bytes at three addresses; only who looks at them can tell."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text(PAGE)
    for name in ("cup", "plate", "bowl"):
        (folder / f"{name}.jpg").write_bytes(jpeg(1))
    for number, name in enumerate(("fox", "owl")):
        (folder / f"{name}.jpg").write_bytes(jpeg(2 + number))
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def status(cli, database: str) -> dict:
    return json.loads(cli("status", "--format", "json", "--database", database).out)


@pytest.mark.slow
def test_stage_by_stage_ends_as_run_does(cli, site):
    together, apart = "sqlite:///together.db", "sqlite:///apart.db"
    assert cli("run", site, "--model", "builtin", "--database", together, "--out", "together").code == 0
    assert cli("crawl", site, "--database", apart).code == 0
    before = status(cli, apart)["classifications"]
    assert cli("caption", "--model", "builtin", "--database", apart).code == 0
    assert cli("report", "--database", apart, "--out", "apart").code == 0
    assert status(cli, apart) == status(cli, together)
    # The three are one picture, as only those know who looked at them.
    assert (before["suspicious"], status(cli, apart)["classifications"]["suspicious"]) == (3, 0)
    editors = [(cli.folder / name / "editors.csv").read_text("utf-8-sig") for name in ("together", "apart")]
    assert editors[0] == editors[1]


def test_drafts_are_made_anew_by_other_rules_and_what_people_decided_stays(cli, site):
    database = "sqlite:///audit.db"
    cli("run", site, "--model", "builtin", "--database", database)
    assert "0 drafted anew" in cli("suggest", "--database", database).err
    engine = connect(f"sqlite:///{cli.folder}/audit.db")
    with writing(engine) as session:
        first, *others = session.scalars(select(Suggestion.id).order_by(Suggestion.id))
        session.execute(update(Suggestion).where(Suggestion.id == first).values(text="By hand", state="approved"))
        session.execute(update(Suggestion).where(Suggestion.id.in_(others)).values(text="Old"))
    rules = {"ALT_AUDIT_RULES__MAX_ALT_CHARS": "20"}
    done = cli("suggest", "--database", database, **rules)
    assert done.code == 0
    assert f"{len(others)} drafted anew" in done.err
    assert "0 drafted anew" in cli("suggest", "--database", database, **rules).err
    with reading(engine) as session:
        rows = {row.id: (row.text, row.state) for row in session.scalars(select(Suggestion))}
    engine.dispose()
    assert rows.pop(first) == ("By hand", "approved")
    assert "Old" not in {text for text, _ in rows.values()}


def test_suggest_for_a_site_that_is_not_there(cli, site):
    cli("crawl", site)
    done = cli("suggest", "--site", "nowhere.test")
    assert done.code == 2
    assert "nowhere.test was not crawled" in done.err
