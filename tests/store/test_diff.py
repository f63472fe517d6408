from __future__ import annotations

import io
import json

import pytest

from core.records import Classification, Judgement
from reports.diff.as_json import write_json
from reports.diff.as_text import text_lines
from reports.diff.comparison import Comparison
from reports.diff.folding import Kind
from store import crawls
from store.diff import finished_crawls
from store.engine import reading, writing
from store.pages import write_visits
from store.sites import ensure_site
from tests.storefill import DECORATIVE, MISSING, OK, SITE, SITE_ID, occurrence, visit

SUSPICIOUS = Judgement(Classification.SUSPICIOUS)


def crawled(engine, *visits) -> int:
    """A whole crawl that saw these pages and no others."""
    with writing(engine) as session:
        crawl = crawls.begin_crawl(session, ensure_site(session, SITE).id, [f"http://{SITE}/"], fresh=True)
        write_visits(session, crawl.id, SITE_ID, visits)
        crawls.finish_crawl(session, crawl.id, state="finished", stats={}, whole_site=True)
    return crawl.id


def compared(engine, earlier: int, later: int) -> dict:
    with reading(engine) as session:
        names = {crawl.id: crawl for crawl in finished_crawls(session, SITE_ID)}
        out = io.StringIO()
        write_json(Comparison(session, SITE_ID, names[earlier], names[later]), out)
    found = json.loads(out.getvalue())
    counts = found["counts"]
    assert counts["before"] - counts["vanished"] + counts["new"] + counts["returned"] == counts["after"]
    return found


def kinds(found: dict) -> dict[str, int]:
    return {kind: found["counts"][kind] for kind in Kind if found["counts"][kind]}


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        pytest.param((None, MISSING), ("A lamp", OK), "fixed", id="a text where none was"),
        pytest.param((None, MISSING), ("", DECORATIVE), "fixed", id="declared decoration"),
        pytest.param(("A lamp", OK), (None, MISSING), "regressed", id="the text is gone"),
        pytest.param(("A lamp", OK), ("img_1.jpg", SUSPICIOUS), "regressed", id="a bad text for a good one"),
        pytest.param(("A lamp", OK), ("A red lamp", OK), "edited", id="another good text"),
        pytest.param((None, MISSING), ("img_1.jpg", SUSPICIOUS), "edited", id="from bad to bad"),
        pytest.param((None, MISSING), None, "vanished", id="gone"),
        pytest.param(None, ("A lamp", OK), "new", id="new"),
    ],
)
def test_what_happened_to_one_place(engine, before, after, kind):
    def page(state):
        kept = (occurrence("kept.jpg", alt="Kept"), OK)
        if state is None:
            return visit("", kept)
        return visit("", kept, (occurrence("a.jpg", alt=state[0], selector="p > img"), state[1]))

    found = compared(engine, crawled(engine, page(before)), crawled(engine, page(after)))
    assert kinds(found) == {kind: 1}
    (change,) = found["changes"]
    assert (change["kind"], change["pages"], change["occurrences"]) == (kind, 1, 1)
    assert change["before"]["alt"] == (before[0] if before else None)
    assert change["after"]["alt"] == (after[0] if after else None)
    assert found["pages"] == [{"url": f"http://{SITE}/", kind: 1}]


def test_any_two_crawls_can_be_compared_later(engine):
    """Each state is told by the changes that came after it."""
    texts = [(None, MISSING), ("A", OK), None, ("A", OK), ("B", OK)]
    ids = [
        crawled(engine, visit("", *([(occurrence("a.jpg", alt=state[0]), state[1])] if state else [])), visit("new"))
        for state in texts
    ]
    told = {
        (0, 1): {"fixed": 1},
        (0, 2): {"vanished": 1},
        (1, 2): {"vanished": 1},
        (2, 3): {"returned": 1},
        (1, 3): {},
        (2, 4): {"returned": 1},
        (1, 4): {"edited": 1},
        (0, 4): {"fixed": 1},
    }
    assert {pair: kinds(compared(engine, ids[pair[0]], ids[pair[1]])) for pair in told} == told


def test_what_came_and_went_between_the_two_crawls_is_nothing(engine):
    first = crawled(engine, visit(""))
    crawled(engine, visit("", (occurrence("a.jpg"), MISSING)))
    found = compared(engine, first, crawled(engine, visit("")))
    assert kinds(found) == {}
    assert (found["changes"], found["pages"]) == ([], [])


def test_another_picture_under_the_old_text(engine):
    def page(name: str, alt: str | None):
        return visit("", (occurrence(name, alt=alt, selector="#hero > img"), OK if alt else MISSING))

    first = crawled(engine, page("summer.jpg", "Summer sale"))
    second = crawled(engine, page("winter.jpg", "Summer sale"))
    third = crawled(engine, page("spring.jpg", "Spring sale"))
    found = compared(engine, first, second)
    assert kinds(found) == {"new": 1, "vanished": 1, "changed_picture": 1}
    (change,) = found["changes"]  # said once, and neither as new nor as vanished
    assert change["kind"] == "changed_picture"
    assert change["image_url_before"].endswith("/summer.jpg")
    assert change["image_url"].endswith("/winter.jpg")
    assert kinds(compared(engine, second, third)) == {"new": 1, "vanished": 1}  # the text changed with it


def test_a_picture_without_a_text_is_not_under_an_old_one(engine):
    pages = [visit("", (occurrence(name, alt="", selector="p > img"), DECORATIVE)) for name in ("a.jpg", "b.jpg")]
    assert kinds(compared(engine, *(crawled(engine, page) for page in pages))) == {"new": 1, "vanished": 1}


def test_a_change_of_a_template_is_one_change(engine):
    def site(alt: str | None, judgement: Judgement):
        return [
            visit(f"{number}", (occurrence("logo.png", alt=alt, selector=selector), judgement))
            for number in range(200)
            for selector in [f"body > div:nth-of-type({number % 3 + 1}) > img"]
        ]

    found = compared(engine, crawled(engine, *site("Shop", OK)), crawled(engine, *site(None, MISSING)))
    (change,) = found["changes"]
    assert (change["kind"], change["pages"], change["occurrences"]) == ("regressed", 200, 200)
    assert change["place"] == "body > div > img"
    assert len(change["examples"]) == 5
    assert found["counts"]["regressed"] == len(found["pages"]) == 200


def test_the_text_for_people_is_bounded_and_says_what_matters_first(engine):
    lamps = [(occurrence(f"{number}.jpg", alt="\x1b[2Jevil"), OK) for number in range(30)]
    first = crawled(engine, visit("", *lamps))
    bad = [(occurrence(f"{number}.jpg"), MISSING) for number in range(30)]
    second = crawled(engine, visit("", *bad), visit("more", (occurrence("fine.jpg", alt="Fine"), OK)))
    with reading(engine) as session:
        later, earlier = finished_crawls(session, SITE_ID)
        assert (earlier.id, later.id) == (first, second)
        lines = list(text_lines(Comparison(session, SITE_ID, earlier, later)))
    text = "\n".join(lines)
    assert "places with an image: 30 - 0 vanished + 1 new + 0 back = 31" in text
    assert text.index("Regressed") < text.index("New: 1")
    assert "and 20 more changes" in text
    assert "\x1b" not in text
    assert len(lines) < 60


def test_a_heading_counts_what_is_listed_under_it(engine):
    """A picture that was replaced under its text is new and vanished in the sum, but is listed once."""
    crawled(engine, visit("", (occurrence("a.jpg", alt="Lamp"), OK), (occurrence("b.jpg"), MISSING)))
    crawled(engine, visit("", (occurrence("a2.jpg", alt="Lamp"), OK), (occurrence("c.jpg", selector="p"), MISSING)))
    with reading(engine) as session:
        later, earlier = finished_crawls(session, SITE_ID)
        lines = list(text_lines(Comparison(session, SITE_ID, earlier, later)))
    assert "places with an image: 2 - 2 vanished + 2 new + 0 back = 2" in lines
    assert [line.strip() for line in lines if ": 1 change" in line] == [
        "New: 1 change in 1 place",
        "Another picture under the old text: 1 change in 1 place",
        "Vanished: 1 change in 1 place",
    ]


def test_other_sites_and_unfinished_crawls_are_left_aside(engine):
    first = crawled(engine, visit("", (occurrence("a.jpg"), MISSING)))
    with writing(engine) as session:
        other = crawls.begin_crawl(session, ensure_site(session, "other.test").id, ["http://other.test/"])
        crawls.finish_crawl(session, other.id, state="finished", stats={}, whole_site=True)
        unfinished = crawls.begin_crawl(session, ensure_site(session, SITE).id, [f"http://{SITE}/"], fresh=True)
        crawls.finish_crawl(session, unfinished.id, state="interrupted", stats={}, whole_site=False)
    with reading(engine) as session:
        assert [crawl.id for crawl in finished_crawls(session, SITE_ID)] == [first]
