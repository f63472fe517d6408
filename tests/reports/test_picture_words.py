"""What the report says of the kind of a picture, and of what a classifier sees in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.files.editors import WRITERS as EDITORS
from reports.files.rows import WRITERS as ROWS
from reports.html.row_view import row_view
from reports.picture_words import hints, keywords, kind
from reports.row import row_of
from tests.reports.test_view import GROUP, IMAGE, PICTURE

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
    [editors], [rows] = EDITORS, ROWS
    assert editors.headings[-2:] == ("kind", "hints")
    assert rows.headings[-2:] == ("kind", "keywords")
    assert rows.cells(found)[-2:] == [kind(found), ", ".join(keys)]


def test_without_a_picture_there_is_nothing_to_say():
    assert hints(row_of(replace(GROUP, image=None))) == ()
