"""Product names from linked data: which picture is of which product, on honest shops and hostile pages."""

from __future__ import annotations

import json

import pytest

from core.identity.urls import absolute
from crawler.page.document import Document
from crawler.page.parse import parse_page
from crawler.page.products import MAX_CHARS, linked_data, products

URL = "https://shop.test/shoes/"


def shown(head: str, *images: str) -> dict[str, str | None]:
    """The product of each picture, by its address as written."""
    body = "".join(f"<p><img src='{image}'></p>" for image in images)
    page = parse_page(URL, f"<html><head>{head}</head><body>{body}</body></html>".encode(), "text/html; charset=utf-8")
    return {one.src: one.context.product for one in page.occurrences}


def script(data: object) -> str:
    text = data if isinstance(data, str) else json.dumps(data)
    return f'<script type="application/ld+json">{text}</script>'


def product(name: object, *images: object, **more: object) -> dict:
    return {"@context": "https://schema.org", "@type": "Product", "name": name, "image": list(images)} | more


def test_a_picture_is_of_the_product_that_names_it():
    data = product("Trail shoe", "/img/a.jpg", "https://shop.test/img/b.jpg")
    assert shown(script(data), "../img/a.jpg", "/img/b.jpg", "/img/logo.png") == {
        "../img/a.jpg": "Trail shoe",
        "/img/b.jpg": "Trail shoe",
        "/img/logo.png": None,
    }


def test_sizes_of_a_picture_are_that_picture():
    data = product("Trail shoe", "https://cdn.shopify.com/s/files/1/1/products/a.jpg?v=1")
    image = "https://cdn.shopify.com/s/files/1/1/products/a_200x.jpg?v=2"
    assert shown(script(data), image) == {image: "Trail shoe"}


@pytest.mark.parametrize(
    "image",
    ["/a.jpg", ["/a.jpg"], {"@type": "ImageObject", "url": "/a.jpg"}, [{"contentUrl": "/a.jpg"}], {"@id": "/a.jpg"}],
)
@pytest.mark.parametrize(
    "name", ["Trail shoe", ["Trail shoe", "x"], {"@value": "Trail shoe"}, [{"@value": "Trail shoe"}]]
)
def test_in_all_forms_of_the_vocabulary(name, image):
    for kind in ("Product", ["Thing", "Product"], "http://schema.org/Product", "schema:Product", "ProductModel"):
        assert shown(script({"@type": kind, "name": name, "image": image}), "/a.jpg") == {"/a.jpg": "Trail shoe"}


@pytest.mark.parametrize(
    "wrapped",
    [
        "<!-- %s -->",
        "//<![CDATA[\n%s\n//]]>",
        "/* <![CDATA[ */ %s /* ]]> */",
        '{"@graph": [{"@type": "WebSite", "name": "Shop"}, %s]}',
        '[%s, {"@type": "BreadcrumbList", "name": "x"}]',
        '{"@type": "WebPage", "name": "Page", "mainEntity": %s}',
        '{"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": %s}]}',
    ],
)
def test_wherever_it_stands(wrapped):
    assert shown(script(wrapped % json.dumps(product("Trail shoe", "/a.jpg"))), "/a.jpg") == {"/a.jpg": "Trail shoe"}


def test_variants_and_what_else_a_page_sells():
    group = {
        "@type": "ProductGroup",
        "name": "Trail shoe",
        "image": "/a.jpg",
        "hasVariant": [product("Trail shoe red", "/red.jpg", "/a.jpg"), product("Trail shoe blue", "/blue.jpg")],
        "isRelatedTo": product("Socks", "/socks.jpg"),
        "brand": {"@type": "Brand", "name": "Acme", "image": "/acme.png"},
        "review": {"@type": "Review", "name": "Great", "author": {"@type": "Person", "name": "Bo", "image": "/bo.jpg"}},
    }
    assert shown(script(group), "/a.jpg", "/red.jpg", "/blue.jpg", "/socks.jpg", "/acme.png", "/bo.jpg") == {
        "/a.jpg": "Trail shoe",  # of the group, whatever variant has it as well
        "/red.jpg": "Trail shoe red",
        "/blue.jpg": "Trail shoe blue",
        "/socks.jpg": "Socks",
        "/acme.png": None,
        "/bo.jpg": None,
    }


def test_a_grid_of_cards_names_each_and_what_all_share_is_none():
    cards = [product(name, f"/{name}.jpg", "/placeholder.png") for name in ("Shoe", "Sock", "Hat")]
    found = shown("".join(map(script, cards)), "/Shoe.jpg", "/Sock.jpg", "/Hat.jpg", "/placeholder.png")
    assert found == {"/Shoe.jpg": "Shoe", "/Sock.jpg": "Sock", "/Hat.jpg": "Hat", "/placeholder.png": None}


def test_the_only_product_has_the_main_picture():
    one = script({"@type": "Product", "name": "Trail shoe"})
    main = '<meta property="og:image" content="https://shop.test/main.jpg">'
    assert shown(main + one, "/main.jpg", "/other.jpg") == {"/main.jpg": "Trail shoe", "/other.jpg": None}
    two = one + script({"@type": "Product", "name": "Sock"})
    assert shown(main + two, "/main.jpg") == {"/main.jpg": None}
    related = script({"@type": "Product", "name": "Trail shoe", "isRelatedTo": {"@type": "Product", "name": "Sock"}})
    assert shown(main + related, "/main.jpg") == {"/main.jpg": "Trail shoe"}
    assert shown(one, "/main.jpg") == {"/main.jpg": None}


def test_microdata_around_the_picture_is_nearer():
    page = f"""{script(product("From data", "/a.jpg"))}
        <div itemscope itemtype="https://schema.org/Product">
          <div itemprop="brand" itemscope itemtype="https://schema.org/Brand"><b itemprop="name">Acme</b></div>
          <h2 itemprop="name">From markup</h2><img src="/a.jpg"></div>"""
    [one] = parse_page(URL, page.encode(), "text/html; charset=utf-8").occurrences
    assert one.context.product == "From markup"  # and not its brand's


def test_names_are_texts_and_bounded():
    assert shown(script(product("Fish &amp;  Chips\n", "/a.jpg")), "/a.jpg") == {"/a.jpg": "Fish & Chips"}
    [name] = shown(script(product("very long " * 1000, "/a.jpg")), "/a.jpg").values()
    assert len(name) <= 300
    assert shown(script(product("", "/a.jpg")), "/a.jpg") == {"/a.jpg": None}


@pytest.mark.computes(4)
@pytest.mark.parametrize(
    "text",
    [
        "[" * 500_000,
        '{"a":' * 150_000,
        '{"@type":"Product","name":' + "1" * 400_000 + "}",
        '{"@type":"Product","name":NaN,"image":Infinity}',
        '{"@type":["Product",7,null,{"a":1}],"name":[[[["x"]]]],"image":{"url":["/logo.png"]}}',
        '{"@type":"Product","name":true,"image":"/logo.png"}',
        '{"@type":{"@type":"Product"},"name":"x","image":"/logo.png"}',
        '{"@type":"Product","name":"x","image":[' + '"/a.jpg",' * 90_000 + '"/logo.png"]}',
        '{"@type":"Product","name":"x","image":"' + "/a" * 300_000 + '"}',
        "[" + '{"@type":"Product","name":"x","image":"data:,a"},' * 15_000 + "0]",
        '{"@type":"Product","name":"\\ud800","image":"/%ff\\u0000.jpg"}',
        "product" + "-->" * 200_000,
        "product" + "/* " * 200_000,
        "<!--" * 100_000,
        "null",
        '"Product"',
    ],
    ids=range(16),
)
def test_hostile_data_costs_little_and_names_nothing(text):
    assert shown(script(text) + "<!-- product -->", "/logo.png") == {"/logo.png": None}


def test_no_more_is_read_than_a_million_characters():
    one = script(product("Shoe", "/a.jpg", pad="x" * 400_000))
    document = Document(URL, f"<html><head>{one * 5}</head></html>")
    assert sum(map(len, document.linked_data)) <= MAX_CHARS
    assert len(document.linked_data) == 2
    assert linked_data(document.root) == ("", "", "", "", "")  # which are emptied
    assert products((), lambda address: absolute(URL, address)).of("/a.jpg", is_main=True) is None


def ids(html: str) -> dict[str, list[str]]:
    page = parse_page(URL, html.encode(), "text/html; charset=utf-8")
    return {one.src: (one.product_ids or "").split("\n") for one in page.occurrences}


def test_the_numbers_of_a_product_and_of_what_is_offered_of_it():
    offers = [{"sku": "T-41", "gtin13": 4012345678901}, {"@type": "Offer", "sku": "T-42", "price": "9"}]
    data = product("Trail shoe", "/a.jpg", sku="T", productID="isbn:1", offers=offers, brand={"sku": "none"})
    assert ids(script(data) + "<img src='/a.jpg'><img src='/logo.png'>") == {
        "/a.jpg": ["T", "isbn:1", "T-41", "4012345678901", "T-42"],
        "/logo.png": [""],
    }
    odd = product("Trail shoe", "/a.jpg", sku=["x"], gtin={"a": 1}, mpn="m" * 101, productID="one\ntwo", offers="none")
    assert ids(script(odd) + "<img src='/a.jpg'>") == {"/a.jpg": ["one two"]}


def test_the_same_in_microdata():
    page = """<div itemscope itemtype="https://schema.org/Product"><img src="a.jpg"><b itemprop="sku"> T 1 </b>
        <div itemprop="offers" itemscope itemtype="//schema.org/Offer"><meta itemprop="gtin13" content="401"></div>
        <div itemprop="isRelatedTo" itemscope itemtype="https://schema.org/Product"><i itemprop="sku">other</i>
        <img src="b.jpg"></div></div><img src="c.jpg">"""
    assert ids(page) == {"a.jpg": ["T 1", "401"], "b.jpg": ["other"], "c.jpg": [""]}


def test_the_number_that_wordpress_puts_into_a_class():
    page = parse_page(URL, b"""<img src=a.jpg class="left wp-image-611 size-large"><img src=b.jpg class=xwp-image-5>
        <img src=c.jpg class="wp-image-5x wp-image-123456789012345678">""", "text/html")  # fmt: skip
    assert [one.media_id for one in page.occurrences] == ["611", None, None]
