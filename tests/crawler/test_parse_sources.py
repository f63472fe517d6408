"""Every way of showing an image is seen once, with the picture that a browser would show."""

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


# More kinds of images, and which picture they show

KINDS = [
    ("<img src=/i.png>", "img", "i.png"),
    ("<image src=/i.png>", "img", "i.png"),
    ("<input type=image src=/i.png>", "input", "i.png"),
    ("<img src=/i.png usemap='#m'><map name=m><area href=x></map>", "area", "i.png"),
    ("<map id=m><area href=x></map><img src=/i.png usemap='#m'>", "area", "i.png"),
    ("<map name=m><area href=x></map>", "area", None),
    ("<svg><path d=M0></path></svg>", "svg", None),
    ("<svg><image href=/i.png /></svg>", "svg", "i.png"),
    ("<svg><image xlink:href=/i.png /></svg>", "svg", "i.png"),
    ("<svg><use href=/i.svg /></svg>", "svg", "i.svg"),
    ("<svg><use href='/sprite.svg#cart'/></svg>", "svg", None),
    ("<svg><use href='#cart'/></svg>", "svg", None),
    ("<object data=/i.svg></object>", "object", "i.svg"),
    ("<object data=/i type='image/png'></object>", "object", "i"),
    ("<embed src=/i.svg>", "embed", "i.svg"),
    ("<embed src=/i type=image/svg+xml>", "embed", "i"),
    ("<video poster=/i.jpg src=v.mp4></video>", "poster", "i.jpg"),
    ("<video data-poster=/i.jpg></video>", "poster", "i.jpg"),
    ("<div style='background: #fff url(/i.png) no-repeat'></div>", "background", "i.png"),
    ("<div data-bg=/i.png></div>", "background", "i.png"),
    ("<div data-background-image='url(/i.png)'></div>", "background", "i.png"),
    ("<td background=/i.png>", "background", "i.png"),
    ("<i role=img style='background-image:url(/i.png)'></i>", "role", "i.png"),
    ("<svg role=img style='background-image:url(/i.png)'></svg>", "svg", None),
    ("<img src=/i.png style='background:url(/blurred.png)'>", "img", "i.png"),
]


@pytest.mark.parametrize(("markup", "kind", "image"), KINDS, ids=[markup for markup, *_ in KINDS])
def test_kind(markup: str, kind: str, image: str | None) -> None:
    page = f"<table><tr>{markup}</table>" if "<td" in markup else markup
    found = [o for o in parse(page).occurrences if kind != "area" or o.element == "area"]
    (occurrence,) = found
    assert occurrence.kind == kind
    assert occurrence.image_url == (f"https://shop.test/{image}" if image else None)


@pytest.mark.parametrize(
    "markup",
    [
        "<link rel=preload as=image href=/i.png>",
        "<embed src=/film.swf>",
        "<video src=v.mp4></video>",
        "<div data-bg=dark></div>",
        "<div data-background='#ffffff'></div>",
        "<div style='background: linear-gradient(red, blue)'></div>",
        "<div style='background: url(#pattern)'></div>",
        f"<div style='background: url({PIXEL})'></div>",
        "<div style='cursor: url(/i.png)'></div>",
        "<div background=/i.png></div>",
    ],
)
def test_no_picture(markup: str) -> None:
    assert [o.image_url for o in parse(markup).occurrences if o.image_url] == []


def test_what_stands_in_for_another_is_not_counted() -> None:
    nested = "<object data=/a.svg><object data=/b.png><img src=/c.png></object></object><video poster=/d><img src=/e>"
    found = parse(f"{nested}</video><svg><svg></svg></svg><img src=/f.png>").occurrences
    assert [o.kind for o in found] == ["object", "poster", "svg", "img"]


# Which candidate is fetched, and how wide the page says it is


@pytest.mark.parametrize(
    ("markup", "fetch", "width"),
    [
        pytest.param("<img src=/s.png width=300>", "s.png", 300, id="declared"),
        pytest.param("<img src=/s.png>", "s.png", None, id="unknown"),
        pytest.param("<img src=/s.png srcset='/m.png 600w, /l.png 1200w'>", "l.png", 1200, id="srcset"),
        pytest.param("<img src=/s.png srcset='/d.png 2x' width=300>", "d.png", 600, id="density"),
        pytest.param("<img src=/s.png srcset='/l.png 2000w, /xl.png 9000w'>", "s.png", None, id="all too wide"),
        pytest.param("<img srcset='/l.png 2000w, /xl.png 9000w'>", "l.png", 2000, id="all too wide, no other"),
        pytest.param(
            "<picture><source type=image/webp srcset='/l.webp 900w'><img src=/p.jpg></picture>",
            "l.webp",
            900,
            id="another format of the same picture",
        ),
        pytest.param(
            "<picture><source type=image/jxl srcset='/l.jxl 900w'><img src=/p.jpg></picture>",
            "p.jpg",
            None,
            id="a format that is not decoded",
        ),
        pytest.param(
            "<picture><source media='(max-width:600px)' srcset='/crop.jpg 900w'><img src=/p.jpg></picture>",
            "p.jpg",
            None,
            id="another crop",
        ),
        pytest.param(
            "<picture><source media='(max-width:600px)' srcset=/s.jpg><source media='(min-width:601px)' srcset=/l.jpg>"
            "<img></picture>",
            "l.jpg",
            None,
            id="the crop of a desktop",
        ),
        pytest.param(f"<img src=/p.jpg srcset='{PIXEL} 1w'>", "p.jpg", None, id="data: in srcset"),
        pytest.param("<input type=image src=/s.png width=40>", "s.png", 40, id="input"),
    ],
)
def test_fetched_candidate(markup: str, fetch: str, width: int | None) -> None:
    occurrence = only(markup)
    assert (occurrence.fetch_url, occurrence.fetch_width) == (f"https://shop.test/{fetch}", width)


# Lazy loading: the page holds a stand-in and, in another place, the picture


@pytest.mark.parametrize(
    "markup",
    [
        "<img class=lazyload src=/a-300x.jpg data-src=/real.jpg>",
        "<img src=/a-20x13.jpg data-src=/real.jpg>",
        "<img src='/a.jpg?w=20&blur=5' data-lazy-src=/real.jpg>",
        "<img src=/image/upload/w_30,e_blur:100/a.jpg data-src=/real.jpg>",
        "<img src=/a-lqip.jpg data-original=/real.jpg>",
        "<img src='' data-cfsrc=/real.jpg>",
        "<img loading=lazy src=/real.jpg>",
        "<img loading=lazy data-lazy-srcset='/real.jpg 300w'>",
        "<picture><source data-srcset=/real.jpg><img class=lazy></picture>",
        f"<img src='{PIXEL}'><noscript><img src=/real.jpg></noscript>",
        f"<body><noscript><img src=/real.jpg></noscript><img src='{PIXEL}'>",
        f"<picture><img src='{PIXEL}'></picture><noscript><picture><img src=/real.jpg></picture></noscript>",
        f"<img src='{PIXEL}' data-src=/real.jpg><noscript><img src=/real-300.jpg></noscript>",
        "<body><noscript><img src=/real.jpg></noscript><p><img class=lazy src=/blank.gif data-src=/real.jpg></p>",
        "<noscript><img src=/real.jpg></noscript><noscript><img src=/real.jpg></noscript>",
    ],
)
def test_lazy(markup: str) -> None:
    assert only(markup).image_url == "https://shop.test/real.jpg"


def test_lazy_width_of_a_template() -> None:
    occurrence = only("<img class=lazyload src=/a_300x.jpg data-src='/a_{width}x.jpg' data-widths='[180, 900, 2048]'>")
    assert occurrence.fetch_url == "https://shop.test/a_900x.jpg"


def test_a_noscript_beside_a_picture_of_its_own_is_another_image() -> None:
    found = parse("<img src=/a.png><noscript><img src=/b.png></noscript>").occurrences
    assert [o.image_url for o in found] == ["https://shop.test/a.png", "https://shop.test/b.png"]
