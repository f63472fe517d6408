"""Judging from the store says what judging at crawl time said."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, update

import alt_audit.demo
from core.records import (
    Context,
    ImageKind,
    Occurrence,
    PageFacts,
    PageRead,
)
from crawler.page.parse import parse_page
from crawler.rejudge import rejudge_site
from rules.judge import judge_page
from rules.rule_options import RuleOptions
from store import models, queue
from store.engine import reading, writing
from store.judging import next_pages
from tests.storefill import MISSING, OK, SITE, SITE_ID, occurrence, store_visits, visit

DEMO = Path(alt_audit.demo.__file__).parent / "site"


def demo_visits() -> list[PageRead]:
    visits = []
    for path in sorted(DEMO.rglob("*.html")):
        url = f"http://{SITE}/{path.relative_to(DEMO).as_posix()}"
        facts = parse_page(url, path.read_bytes())
        visits.append(PageRead(url, 0, facts, judge_page(facts)))
    return visits


def stored(engine, limit: int = 1000):
    with writing(engine) as session:
        batch = next_pages(session, SITE_ID, 0, limit)
    assert batch is not None
    return batch.pages


def everything(engine) -> list[tuple]:
    """All that judging may change."""
    with reading(engine) as session:
        return [
            *map(tuple, session.execute(
                select(models.Occurrence.id, models.Occurrence.classification, models.Occurrence.reason)
                .order_by(models.Occurrence.id)
            )),
            *map(tuple, session.execute(
                select(models.Finding.occurrence_id, models.Finding.rule, models.Finding.message)
                .order_by(models.Finding.occurrence_id, models.Finding.rule)
            )),
            *map(tuple, session.execute(select(models.Image.id, models.Image.state, models.Image.code)
                .order_by(models.Image.id))),
        ]  # fmt: skip


def test_the_demo_site_comes_back_from_the_store_as_it_was_crawled(engine):
    visits = demo_visits()
    assert sum(len(visit.judgements) for visit in visits) > 50
    store_visits(engine, *visits)
    with_images = {visit.url: visit for visit in visits if visit.judgements}
    for page in stored(engine):
        crawled = with_images.pop(page.facts.url)
        assert judge_page(page.facts) == page.judgements == crawled.judgements
        assert (page.facts.title, page.facts.lang) == (crawled.facts.title, crawled.facts.lang)
        assert page.facts.robots == crawled.facts.robots
    assert not with_images


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
# By the type of a field, so that one that was added since is made up too.
made_up = {
    "str": texts,
    "str | None": st.none() | texts,
    "int | None": st.none() | st.integers(0, 2**31 - 1),
    "bool": st.booleans(),
    "ImageKind": st.sampled_from(ImageKind),
    "Context": st.builds(Context, *[st.none() | texts] * 6),
}
known = {
    "key": st.uuids().map(str),
    # An address is stored once for all places, so each has its own here.
    "image_url": st.uuids().map(lambda uuid: f"http://{SITE}/{uuid}.jpg"),
    "interactive": st.sampled_from([None, "link", "button"]),
}
occurrences = st.builds(Occurrence, **({field.name: made_up[field.type] for field in fields(Occurrence)} | known))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(occurrences, min_size=1, max_size=6), st.none() | texts, st.none() | texts)
def test_any_occurrence_comes_back_from_the_store_as_it_was(engine, places, title, lang):
    places = [replace(place, fetch_url=place.image_url) for place in places]
    facts = PageFacts(f"http://{SITE}/", title, lang, ("noindex",), (), tuple(places))
    judgements = judge_page(facts)
    store_visits(engine, PageRead(facts.url, 0, facts, judgements))
    (page,) = stored(engine)
    assert page.facts == facts
    assert page.judgements == judgements


def test_an_occurrence_stored_by_an_older_version_has_defaults(engine):
    store_visits(engine, visit("", (occurrence("a.jpg"), MISSING)))
    with writing(engine) as session:
        session.execute(update(models.Occurrence).values(facts={"width": 9, "unknown": 1}, context={"heading": "Cats"}))
    (place,) = stored(engine)[0].facts.occurrences
    assert (place.kind, place.width, place.lang, place.sole_content) == (ImageKind.IMG, 9, None, False)
    assert place.context == Context(heading="Cats")


STRICT = RuleOptions(max_alt_chars=1)  # any text is doubtful


def test_what_new_rules_say_is_stored_and_the_queue_follows(engine):
    store_visits(engine, *demo_visits())
    rejudge_site(engine, SITE_ID)
    before = everything(engine)
    done = rejudge_site(engine, SITE_ID, STRICT)
    assert done.occurrences > 10
    with reading(engine) as session:
        assert session.scalar(select(models.Occurrence.id).where(models.Occurrence.classification == "ok")) is None
        spoken = select(models.Occurrence.image_id).where(models.Occurrence.classification == "suspicious")
        waiting = set(session.scalars(select(models.Image.state).where(models.Image.id.in_(spoken))))
    assert waiting == {"pending"}
    rejudge_site(engine, SITE_ID)
    assert everything(engine) == before


def test_judging_again_by_the_same_rules_changes_nothing(engine):
    store_visits(engine, *demo_visits())
    rejudge_site(engine, SITE_ID)
    before = everything(engine)
    done = rejudge_site(engine, SITE_ID)
    assert (done.occurrences, done.site_findings) == (0, 0)
    assert everything(engine) == before


def test_a_site_of_many_batches_is_judged_whole_and_its_progress_told(engine):
    store_visits(engine, *(visit(str(n), (occurrence("a.jpg", alt="A cat", accessible_name="A cat"), MISSING))
                           for n in range(250)))  # fmt: skip
    told: list[tuple[int, int]] = []
    counts: list[str] = []

    def note(_connection, _cursor, statement: str, *_rest) -> None:
        if statement.startswith("SELECT count(*)") and "FROM pages" in statement and "pages.state" not in statement:
            counts.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    done = rejudge_site(engine, SITE_ID, progress=lambda pages, known: told.append((pages, known)))
    event.remove(engine, "before_cursor_execute", note)
    assert len(counts) == 1  # not once a batch: that would take time with the square of the pages
    assert (done.pages, done.occurrences) == (250, 250)
    assert told == [(100, 250), (200, 250), (250, 250)]


def test_what_has_vanished_and_other_sites_are_left_alone(engine):
    store_visits(engine, visit("", (occurrence("a.jpg"), OK)))
    store_visits(engine, visit(""))
    done = rejudge_site(engine, SITE_ID)
    assert (done.pages, done.occurrences) == (0, 0)  # the page has no image any more
    assert rejudge_site(engine, SITE_ID + 1).pages == 0


def test_suggestions_of_people_and_captions_stay(engine):
    cat = occurrence("a.jpg", alt="A cat asleep on a sofa", accessible_name="A cat asleep on a sofa")
    store_visits(engine, visit("", (cat, MISSING)))
    with writing(engine) as session:
        image = session.scalars(select(models.Image)).one()
        now = session.scalars(select(models.Crawl.started_at)).one()
        session.add(
            models.Suggestion(
                site_id=SITE_ID, image_id=image.id, context_key="k", text="By hand", state="approved", origin="human",
                source="none", needs_human=False, created_at=now, updated_at=now,
            )
        )  # fmt: skip
        (claimed,) = queue.claim(session, "w", 1, 60)
        asset = models.Asset(sha256="0" * 64, format="JPEG", width=1, height=1, byte_size=1, warnings=[],
                             thumbnail=b"", created_at=now)  # fmt: skip
        session.add(asset)
        session.flush()
        queue.end(session, "w", [queue.Ending(claimed.id, asset.id)])
    assert rejudge_site(engine, SITE_ID).occurrences == 1
    with reading(engine) as session:
        suggestion = session.scalars(select(models.Suggestion)).one()
        assert (suggestion.text, suggestion.state, suggestion.updated_at) == ("By hand", "approved", now)
        assert session.scalars(select(models.Image.state)).one() == "captioned"
