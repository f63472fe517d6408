"""Pages read as if nobody had written a text for their images: what an evaluation of drafts drafts from."""

from __future__ import annotations

import pytest

from crawler.page.parse import parse_page

URL = "http://shop.test/"
SECRET = "Red kettle on a stove"


@pytest.mark.parametrize(
    "markup",
    [
        f'<img src=a.png alt="{SECRET}">',
        f'<img src=a.png alt="{SECRET}" title="{SECRET}">',
        f'<img src=a.png aria-label="{SECRET}">',
        f'<a href=/k><img src=a.png alt="{SECRET}"></a>',
        f'<a href=/k><img src=a.png alt="{SECRET}"><img src=b.png alt="{SECRET}"></a>',
        f'<button><img src=a.png alt="{SECRET}"></button>',
        f'<h2><img src=a.png alt="{SECRET}"></h2><img src=b.png>',
        f'<figure><img src=a.png alt="{SECRET}"><figcaption><img src=i.png alt="{SECRET}"></figcaption></figure>',
        f'<input type=image src=a.png alt="{SECRET}">',
        f'<img src=a.png usemap="#m"><map name=m><area href=/k alt="{SECRET}"></map>',
        f'<img data-src=a.png alt="{SECRET}"><noscript><img src=a.png alt="{SECRET}"></noscript>',
        f'<noscript>&lt;img src="a.png" alt="{SECRET}"&gt;</noscript>',
        f'<div role=img style="background-image:url(a.png)" aria-label="{SECRET}"></div>',
        f'<picture><source srcset=b.webp><img src=a.png alt="{SECRET}"></picture>',
        f'<amp-img src=a.png alt="{SECRET}"></amp-img>',
        f'<img src=a.png alt="{SECRET}" longdesc=x data-caption="y"><p>Beside',
    ],
)
def test_no_text_of_an_image_is_left(markup):
    page = f"<html lang=en><title>Shop</title><body>{markup}".encode()
    as_written, hidden = parse_page(URL, page), parse_page(URL, page, hide_texts=True)
    assert SECRET in repr(as_written)
    assert SECRET not in repr(hidden)
    assert [one.key for one in hidden.occurrences] == [one.key for one in as_written.occurrences]


def test_what_is_empty_or_beside_the_image_stays():
    markup = '<img src=a.png alt=""><figure><img src=b.png alt="x y"><figcaption>A caption</figcaption></figure>'
    decorative, captioned = parse_page(URL, markup.encode(), hide_texts=True).occurrences
    assert decorative.alt == ""
    assert captioned.alt is None
    assert captioned.context.figcaption == "A caption"


def test_a_link_whose_image_was_its_name_has_none():
    (hidden,) = parse_page(URL, b'<a href=/k><img src=a.png alt="Kettles"></a>', hide_texts=True).occurrences
    assert hidden.functional == "link"
    assert hidden.accessible_name is None
