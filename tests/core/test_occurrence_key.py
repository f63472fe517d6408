"""Keys of occurrences: stored in every database, so what they are made of may not change unnoticed."""

from __future__ import annotations

import hashlib

import pytest

from core.identity.occurrence_key import image_identity, occurrence_key
from core.records import ImageKind
from crawler.page.parse import parse_page

PAGE = b"""
<img src="/a.jpg?utm_source=x"><img src="/a.jpg"><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">
<div role=img aria-label=x style="background: url(b.jpg)"></div>
<img src=m.png usemap="#m"><map name=m><area href="/x?y" shape=rect coords="0,0,1,1"></map>
<svg><path d="M0 0"/></svg>
"""


def test_what_a_page_gives_can_be_made_again_from_what_is_stored():
    facts = parse_page("http://shop.test/p/", PAGE)
    seen: dict[str, int] = {}
    for occurrence in facts.occurrences:
        if occurrence.image_url is None:
            continue
        identity = image_identity(occurrence.kind, occurrence.element, occurrence.image_url, occurrence.href)
        seen[identity] = seen.get(identity, 0) + 1
        assert occurrence.key == occurrence_key(identity, seen[identity])
    assert [occurrence.address for occurrence in facts.occurrences] == [
        "http://shop.test/a.jpg?utm_source=x",
        "http://shop.test/a.jpg",
        None,
        "http://shop.test/p/b.jpg",
        "http://shop.test/p/m.png",
        "http://shop.test/p/m.png",
        None,
    ]
    assert max(seen.values()) == 2
    assert [occurrence.href for occurrence in facts.occurrences if occurrence.kind is ImageKind.AREA] == ["/x?y"]


@pytest.mark.parametrize(
    ("kind", "element", "href", "identity"),
    [
        (ImageKind.IMG, "img", None, "img|http://a.test/a"),
        (ImageKind.ROLE, "span", None, "span|http://a.test/a"),
        (ImageKind.AREA, "area", "/x", "area|http://a.test/a|/x"),
        (ImageKind.AREA, "area", None, "area|http://a.test/a|None"),
    ],
)
def test_the_form_in_which_stores_hold_keys(kind, element, href, identity):
    assert image_identity(kind, element, "http://a.test/a", href) == identity
    assert occurrence_key(identity, 1) == hashlib.sha256(f"{identity}|1".encode()).hexdigest()[:24]
