"""Product feeds in the forms in which shops and collections of reviews have them."""

from __future__ import annotations

import json

import pytest

from captioning.datasets.feed import Feed, Reason, plain, stars
from captioning.datasets.records import Captions

A, B, C = (f"https://shop.test/{name}.jpg" for name in "abc")


def taken(*rows, captions=Captions.BOTH):
    feed = Feed(captions)
    for line, row in enumerate(rows, 1):
        feed.add(line, row)
    return feed, {one.url: [text.text for text in one.texts] for one in feed.wanted()}


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([{"image": A, "title": "Alpaca scarf"}], {A: ["Alpaca scarf"]}),
        (  # Google Merchant Center
            [{"g:id": "1", "g:title": "Scarf", "g:image_link": A, "g:additional_image_link": f"{B},{C}"}],
            {A: ["Scarf"], B: ["Scarf"], C: ["Scarf"]},
        ),
        (  # Shopify: a product's other pictures have no title
            [
                {"Handle": "scarf", "Title": "Alpaca scarf", "Image Src": A},
                {"Handle": "scarf", "Title": "", "Image Src": B},
            ],
            {A: ["Alpaca scarf"], B: ["Alpaca scarf"]},
        ),
        (  # reviews and products in one file, joined by their id
            [
                {"asin": "B0", "overall": 5.0, "summary": "Warm and very soft"},
                {"asin": "B0", "title": "Scarf", "imageURLHighRes": [A, B]},
                {"asin": "B0", "overall": 4.0, "summary": "A bit too thin"},
            ],
            {A: ["Scarf", "Warm and very soft"], B: ["Scarf", "Warm and very soft"]},
        ),
        (
            [{"title": "Scarf", "images": [{"thumb": B, "hi_res": A}], "image": {"@type": "ImageObject", "url": C}}],
            {A: ["Scarf"], C: ["Scarf"]},
        ),
        (
            [{"image": "//shop.test/a.jpg", "title": "<b>Scarf</b> &amp; hat", "reviews": [
                {"stars": "5 out of 5", "title": "Warm and soft"},
                {"reviewRating": {"ratingValue": "5"}, "headline": "My new favourite"},
                {"rating": 5, "title": "Love it!"}, {"rating": 3, "title": "Not for me, sorry"}, "nonsense",
            ]}],
            {A: ["Scarf & hat", "Warm and soft", "My new favourite"]},
        ),
        (
            [{"image": json.dumps([A, B]), "name": "Scarf", "reviews": '[{"stars": 5, "summary": "Warm and soft"}]'}],
            {A: ["Scarf", "Warm and soft"], B: ["Scarf", "Warm and soft"]},
        ),
    ],
)  # fmt: skip
def test_columns_go_by_the_names_that_people_use(rows, wanted):
    assert taken(*rows)[1] == wanted


def test_a_picture_of_several_products_has_the_texts_of_all_and_stays_with_them():
    feed, texts = taken({"id": "1", "image": A, "title": "Scarf, red"}, {"id": "2", "image": A, "title": "Scarf, blue"})
    assert texts == {A: ["Scarf, red", "Scarf, blue"]}
    assert [one.products for one in feed.wanted()] == [("1", "2")]


@pytest.mark.parametrize(
    ("captions", "said"), [(Captions.TITLES, ["Scarf"]), (Captions.REVIEWS, ["Warm and very soft"])]
)
def test_titles_or_reviews_alone(captions, said):
    row = {"image": A, "title": "Scarf", "stars": 5, "review_title": "Warm and very soft"}
    assert taken(row, captions=captions)[1] == {A: said}


def test_every_row_that_is_of_no_use_is_counted_with_its_reason():
    feed, texts = taken(
        {"image": A, "title": "  "},
        {"image": "file:///etc/passwd", "id": "1", "title": "x"},
        {"image": "C:\\pictures\\a.jpg", "title": "Scarf"},
        {"title": "Scarf"},
        {"image": B, "title": "word " * 200},
        {"image": B, "title": None, "stars": 4, "summary": "It is fine"},
        {"image": C, "title": "42"},
        {"image": f"https://shop.test/{'a' * 9000}.jpg", "id": "2"},
        {},
    )
    assert texts == {}
    assert feed.left_out == {
        Reason.BAD_ADDRESS: 3,
        Reason.NO_PICTURE: 2,
        Reason.NOTHING_KNOWN: 3,
        Reason.ENDLESS_TEXT: 1,
        Reason.NOT_FIVE_STARS: 1,
        Reason.NO_TEXT: 3,
    }
    assert feed.rows == 9


def test_numbers_of_stars_in_words():
    assert [stars(one) for one in (5, 5.0, "5", "5.0", "5,0", "5/5", "5 out of 5 stars", "★★★★★", "4.5", "★★★★☆")] == [
        *[5] * 8, 4.5, 4,
    ]  # fmt: skip
    assert [stars(one) for one in (None, "", "five", "55", True, [], {}, "9" * 10_000)] == [None] * 8


def test_hostile_values_cost_nothing():
    deep = "[" * 50_000
    assert taken({"image": deep, "title": deep, "reviews": deep, "id": {"url": {"url": {"url": {"url": {}}}}}})[1] == {}
    assert plain("<" * 100_000 + "a\x00b<b>").endswith("a\ufffdb")
