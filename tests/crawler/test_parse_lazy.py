"""Which picture an img waits for is told by the form of its attributes, not by a list of names."""

from __future__ import annotations

import pytest

from core.records import Occurrence, PageFacts
from crawler.page.parse import parse_page

URL = "https://shop.test/a/page.html"
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


def parse(markup: str) -> PageFacts:
    return parse_page(URL, markup.encode(), "text/html; charset=utf-8")


def only(markup: str) -> Occurrence:
    (occurrence,) = parse(markup).occurrences
    return occurrence


@pytest.mark.parametrize(
    "attributes",
    [
        "data-lazy=1 class=lazy",
        "data-lazy-src=true class=lazy-image",
        "data-original=no class=lazyloaded",
        "data-src=77231 class=b-lazy",
        "data-image=hero-12 class=lazy",
        "data-url=https://shop.test/lamps/brass class=lazy",
        "data-url=//shop.test/lamps/brass/ class=lazy",
        "data-image-hover=/back.jpg class=lazy",
        "data-error-src=/broken.png class=lazy",
        "data-original-title=/x.png class=lazy",
        "data-src='{{ lamp.picture }}' class=lazy",
        "data-src=data:image/png;base64,AAAA class=lazy",
        "data-srcset='12 1x' class=lazy",
        "data-zoom=/large.jpg",
    ],
)
def test_what_is_no_address_of_the_picture_leaves_src(attributes: str) -> None:
    occurrence = only(f"<img src=/lamp.jpg {attributes}>")
    assert (occurrence.image_url, occurrence.fetch_url) == ("https://shop.test/lamp.jpg",) * 2


@pytest.mark.parametrize(
    ("src", "attributes"),
    [
        (PIXEL, "data-src-large=/real.jpg"),
        (PIXEL, "data-src-phone=/narrow.jpg data-src-wide=/real.jpg"),
        (PIXEL, "data-thumb=/small.jpg data-mylazysrc=/real.jpg"),
        (PIXEL, "srcdefer=/real.jpg"),
        (PIXEL, "data-hydrate=/real.jpg"),
        (PIXEL, "data-fallback=/broken.png data-hydrate=/real.jpg"),
        (PIXEL, "data-original-srcset-x='/real.jpg' data-count=3"),
        (PIXEL, "data-xy-srcset='/real.jpg 300w, /wide.jpg 900w'"),
        (PIXEL, "data-is-lazy=true data-image=/real.jpg"),
        ("/img/no_picture.png", "data-src=/real.jpg"),
        (PIXEL, "data-srcset-wide='/real.jpg 900w' data-srcset-phone='/narrow.jpg 300w'"),
        (PIXEL, "data-src='/real.jpg 1x, /twice.jpg 2x'"),
        (PIXEL, "data-lazy-retina='/real.jpg 2x'"),
        ("/img/frame-of-it.png", "data-src=/real.jpg"),
        ("/img/theme-missing.png", "data-src=/real.jpg"),
        ("/img/big-throbber.gif", "data-lazy-src=/real.jpg"),
        ("/img/sun.svg", "data-src=/real.jpg"),
        ("/g.gif", "data-original=/real.jpg"),
        ("/img/sun.jpg", "class=lozad data-src=/real.jpg"),
    ],
)
def test_the_likeliest_attribute_of_a_stand_in(src: str, attributes: str) -> None:
    assert only(f"<img src='{src}' {attributes}>").image_url == "https://shop.test/real.jpg"


@pytest.mark.parametrize("value", ["/lamps/77", "lamp.php?id=7", "https://img.test/7", "../lamps/7?w=300"])
def test_a_source_needs_no_name_of_a_file(value: str) -> None:
    assert only(f"<img src='{PIXEL}' data-src='{value}'>").src == value


def test_what_several_images_show_while_others_wait_is_a_stand_in() -> None:
    page = parse("<img src=/brand.jpg data-src=/1.jpg><p><img src=/brand.jpg data-src=/2.jpg><img src=/brand.jpg>")
    assert [one.src for one in page.occurrences] == ["/1.jpg", "/2.jpg", "/brand.jpg"]


def test_what_several_images_show_while_one_waits_is_the_picture() -> None:
    page = parse("<img src=/a.jpg data-src=/b.jpg><img src=/a.jpg data-src=/b.jpg><img src=/c.jpg data-src=/b.jpg>")
    assert [one.src for one in page.occurrences] == ["/a.jpg", "/a.jpg", "/c.jpg"]


def test_where_the_sources_of_a_picture_wait_its_img_does() -> None:
    markup = "<picture><source {}=/wide.webp><img src=/shape.jpg data-src=/real.jpg></picture>"
    assert only(markup.format("data-srcset")).image_url == "https://shop.test/real.jpg"
    assert only(markup.format("srcset")).image_url == "https://shop.test/shape.jpg"
    assert (
        only("<picture><img src=/shape.jpg data-zoom=/large.jpg></picture>").image_url == "https://shop.test/shape.jpg"
    )


def test_a_set_beside_a_stand_in_is_the_picture() -> None:
    occurrence = only(f"<img src='{PIXEL}' srcset='/real.jpg 300w, /wide.jpg 900w'>")
    assert (occurrence.src, occurrence.fetch_url) == ("/real.jpg", "https://shop.test/wide.jpg")
