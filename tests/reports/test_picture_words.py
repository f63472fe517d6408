"""What the report says of the kind of a picture, and of what a classifier sees in it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import html
from sqlalchemy import select

from reports.files.editors import CSV
from reports.files.rows import WRITERS as ROWS
from reports.html.row_view import row_view
from reports.picture_words import hints, keywords, kind
from reports.report_options import ReportOptions
from reports.row import row_of
from reports.write import write_report
from store.analyses import NewAnalysis, save_analyses
from store.engine import writing
from store.models import Image
from tests.reports.scene import small_site
from tests.reports.test_view import GROUP, IMAGE, PICTURE
from tests.storefill import SHOP

TEAPOT = {"name": "teapot", "chance": 0.62}
MUG = {"name": "coffee mug", "chance": 0.31}


def row(**said):
    analyses = {"kind": said} if said else {}
    return row_of(replace(GROUP, image=replace(IMAGE, asset=replace(PICTURE, analyses=analyses))))


@pytest.mark.parametrize(
    ("said", "words", "keys"),
    [
        ({"kind": "cutout", "classes": [TEAPOT, MUG], "colour": "red"},
         ("a cut-out", "possibly: teapot or coffee mug", "mostly red"), ("teapot", "red")),
        ({"kind": "photograph", "classes": []}, ("a photograph",), ()),
        ({"kind": "screenshot", "classes": [TEAPOT]}, ("a screenshot",), ()),
        ({"kind": "unknown", "classes": [TEAPOT]}, (), ()),
        ({"kind": "unknown"}, (), ()),
        ({"kind": "hologram", "classes": [TEAPOT]}, (), ()),  # of a version to come
        ({}, (), ()),
    ],
)  # fmt: skip
def test_hints_for_who_writes_the_text(said, words, keys):
    found = row(**said)
    assert (hints(found), keywords(found)) == (words, keys)
    assert row_view(found, 1, has_thumbnail=False).suggestion.hints == words
    editors, [rows] = CSV, ROWS
    assert editors.headings[-4:-2] == ("kind", "hints")
    assert rows.headings[-2:] == ("kind", "keywords")
    assert rows.cells(found)[-2:] == [kind(found), ", ".join(keys)]


def test_keywords_of_the_place_come_first_and_once():
    said = replace(row(kind="cutout", classes=[TEAPOT], colour="red"), keywords=("Kitchen", "Teapot"))
    assert keywords(said) == ("Kitchen", "Teapot", "red")
    assert keywords(replace(row(kind="screenshot"), keywords=("Software",))) == ("Software",)


def test_without_a_picture_there_is_nothing_to_say():
    assert hints(row_of(replace(GROUP, image=None))) == ()


def test_the_report_counts_kinds_by_what_was_said_last(engine, tmp_path):
    small_site(engine)
    with writing(engine) as session:
        assets = session.scalars(select(Image.asset_id).where(Image.asset_id.is_not(None)).distinct()).all()
        save_analyses(session, [(asset, NewAnalysis("kind", "1", {"kind": "chart"})) for asset in assets])
    with writing(engine) as session:
        said = [{"kind": "photograph"}, {"kind": "unknown"}, {"failed": "RuntimeError: no"}]
        save_analyses(session, [(a, NewAnalysis("kind", "2", one)) for a, one in zip(assets, said, strict=False)])
        save_analyses(session, [(assets[0], NewAnalysis("ocr", "1", {"lines": []}))])
    front = html.parse(str(write_report(engine, SHOP, tmp_path, ReportOptions()).index))
    pairs = {row.findtext("dt"): row.findtext("dd") for row in front.xpath("//section[@id='captioning']//dl/div")}
    assert pairs["Charts"] == str(len(assets) - 2)
    assert (pairs["Photographs"], pairs["Not sure"]) == ("1", "1")
