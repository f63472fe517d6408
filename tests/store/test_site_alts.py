"""The samples of a site's own good texts: honest sites, and sites whose texts teach nothing."""

from __future__ import annotations

from core.records import Classification, Finding, Judgement, Severity
from store.engine import reading
from store.site_alts import SAMPLES, SiteAlts, good_alts
from tests.storefill import MISSING, OK, SITE_ID, occurrence, store_visits, visit


def show(engine, *alts: str, lang: str | None = "en", names: tuple[str, ...] = ()) -> None:
    named = names or tuple(f"{number}.jpg" for number in range(len(alts)))
    places = zip(named, alts, strict=True)
    store_visits(engine, visit("", *((occurrence(name, key=name, alt=alt, lang=lang), OK) for name, alt in places)))


def samples(engine, language: str = "en") -> tuple[str, ...]:
    with reading(engine) as session:
        return good_alts(session, SITE_ID, language)


def test_three_from_all_over_the_site_and_always_the_same(engine):
    alts = [
        f"{subject} beside the old harbour" for subject in ("A fox", "Two gulls", "A crane", "Three boats", "A dog")
    ]
    show(engine, *alts)
    assert samples(engine) == (alts[0], alts[2], alts[4])
    assert samples(engine, "und") == samples(engine)
    with reading(engine) as session:
        known = SiteAlts()
        assert known.of(session, SITE_ID, "en") == samples(engine)
        assert known.of(session, SITE_ID, "de") == ()


def test_texts_that_teach_nothing_are_no_samples(engine):
    show(
        engine,
        "One text for all of them",
        "One text for all of them",
        "shoes, boots, sandals, cheap shoes",
        "IMG_20240101_123456",
        "beach at low tide",  # what the file is called
        "Logo",
        "Product image number 12",
        "Product image number 13",
        names=("a.jpg", "b.jpg", "c.jpg", "d.jpg", "beach-at-low-tide.jpg", "e.jpg", "f.jpg", "g.jpg"),
    )
    assert samples(engine) == ("Product image number 12",)


def test_texts_in_another_language_with_findings_or_gone_are_none(engine):
    show(engine, "Ein Fuchs im Schnee am Abend", lang="de")
    assert samples(engine) == ()
    assert samples(engine, "de") == ("Ein Fuchs im Schnee am Abend",)
    finding = Finding("too-long", Severity.WARNING, "Shorten it.")
    judged = Judgement(Classification.OK, findings=(finding,))
    store_visits(engine, visit("", (occurrence("x.jpg", alt="A fox in the snow at dusk", lang="en"), judged)))
    assert samples(engine) == samples(engine, "de") == ()


def test_a_site_without_texts_has_none(engine):
    store_visits(engine, visit("", (occurrence("x.jpg"), MISSING)))
    assert samples(engine) == ()


def test_there_are_never_more_than_three(engine):
    show(engine, *(f"{'very ' * number}large ships in a harbour" for number in range(12)))
    assert len(samples(engine)) == SAMPLES


def test_writing_without_spaces(engine):
    show(engine, "港に停泊している大きな船と小さな船", "ok", lang="ja")
    assert samples(engine, "ja") == ("港に停泊している大きな船と小さな船",)
