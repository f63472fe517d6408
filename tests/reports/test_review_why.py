"""Where the model looked, in the review: over real HTTP, with the built-in captioner."""

from __future__ import annotations

import http.client
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

import pytest
from PIL import Image

from reports.review.filters import Filter
from store.engine import connect, writing
from tests.reports.review_server import Visitor, served
from tests.reports.scene import dog_by_builtin, small_site
from tests.storefill import SHOP

WAITING = 45  # Starlette has 40 threads for what may block
TOLD = "A black dog is running through the grass."


@pytest.fixture
def store(sqlite_url):
    engine = connect(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def small(small_store, tmp_path_factory):
    """(visitor, paths of the pages of the rows by their names) of the small site."""
    path = tmp_path_factory.mktemp("why") / "small.db"
    path.write_bytes(small_store.read_bytes())
    engine = connect(f"sqlite:///{path}")
    with writing(engine) as session:
        dog_by_builtin(session, "missing.jpg", TOLD)
    with served(engine, SHOP) as (address, desk):
        rows = desk.index.page(Filter(status="all"), 0, -1)
        yield Visitor(address), {row.name: row.id for row in rows}
    engine.dispose()


def test_a_row_leads_to_where_the_model_looked_for_each_word_of_its_caption(small):
    visitor, rows = small
    shown = visitor.get(f"/row/{rows['missing.jpg']}?status=all")
    why = visitor.get(shown.page.select_one(".why a")["href"])
    assert "For each word of the model’s own caption: " + TOLD in why.text
    words = [one.get_text(" ").split() for one in why.page.select(".looked figcaption")]
    assert [word for word, _, _ in words] == TOLD.lower().rstrip(".").split()
    assert all(0 < int(chance) <= 100 for _, chance, _ in words)
    pictures = [visitor.get(one["src"]) for one in why.page.select(".looked img")]
    assert {Image.open(io.BytesIO(one.body)).size for one in pictures} == {(160, 120)}
    assert len({one.body for one in pictures}) > 1
    assert visitor.get(why.page.select(".looked img")[-1]["src"].replace("/8.", "/9.")).status == 404
    back = visitor.get(why.page.select_one("main a.step")["href"])
    assert back.page.select_one("form.decide")["data-decide"] == rows["missing.jpg"]


@dataclass
class Slow:
    """A model that takes its time, until it is let go."""

    asked: int = 0
    let_go: threading.Event = field(default_factory=threading.Event)

    def refusal(self, caption):
        return None

    def explain(self, caption, picture):
        self.asked += 1
        self.let_go.wait()
        return "enough."


def test_decisions_go_on_while_more_wait_for_an_explanation_than_there_are_threads(store):
    small_site(store)
    slow = Slow()
    with served(store, SHOP, explainer=slow) as (address, desk), ThreadPoolExecutor(WAITING) as pool:
        visitor = Visitor(address)
        row = next(row for row in desk.index.page(Filter(), 0, -1) if row.name == "missing.jpg")
        port = visitor.address.rpartition(":")[2]
        cookie = {"Cookie": f"alt-audit-review-{port}={visitor.secret}"}

        def ask(_):
            with closing(http.client.HTTPConnection("127.0.0.1", int(port))) as connection:
                connection.request("GET", f"/explain/{row.id}", headers=cookie)
                return connection.getresponse().read().decode()

        waiting = [pool.submit(ask, one) for one in range(WAITING)]
        try:
            visitor.get(f"/row/{row.id}")
            assert "Approved: “a cat on a sofa”" in visitor.press("use").text
            assert not any(one.done() for one in waiting)
        finally:
            slow.let_go.set()
        assert all("That cannot be shown: enough." in one.result() for one in waiting)
        assert slow.asked == 1
        assert "Where the model looked cannot be shown: enough." in visitor.get(f"/row/{row.id}").text


def test_what_cannot_be_explained_is_said_and_not_offered(small):
    visitor, rows = small
    for name, said in {
        "logo.png": "tiny made the caption",
        "long.jpg": "tiny gave this picture no caption",
        "failed.jpg": "no model has captioned this picture",
        "svg in the page": "no model has captioned this picture",
    }.items():
        shown = visitor.get(f"/row/{rows[name]}")
        assert ("Where the model looked" in shown.text) is (name == "logo.png"), "nobody asks where there is no caption"
        assert not shown.page.select(".why")
        assert said in visitor.get(f"/explain/{rows[name]}").text
    assert visitor.get("/explain/none").status == 404
