"""A size in a file's name counts where the page shows that the file is one: two pictures are never taken for one."""

from __future__ import annotations

import pytest

from crawler.page.parse import parse_page

UPLOADS = "https://site.test/wp-content/uploads/"
FILES = "https://site.test/cdn/shop/files/"


def images(markup: str) -> list[str | None]:
    """What each image of a page is called, without the folder."""
    facts = parse_page("https://site.test/a/", markup.encode(), "text/html; charset=utf-8")
    return [one.image_url.removeprefix(UPLOADS).removeprefix(FILES) if one.image_url else None
            for one in facts.occurrences]  # fmt: skip


def img(name: str, more: str = "", folder: str = UPLOADS) -> str:
    return f"<img src='{folder}{name}' {more}>"


APART = [
    pytest.param([img("rug-160x230.jpg"), img("rug-200x290.jpg"), img("rug.jpg")], id="measures of goods"),
    pytest.param([img("rug-160x230.jpg", "width=800 height=1150"), img("rug.jpg")], id="shown larger than its name"),
    pytest.param(
        [img(f"ad-{w}x{h}.png", f"width={w} height={h}") for w, h in ((400, 90), (250, 700), (640, 480))], id="banners"
    ),
    pytest.param([img("a-2x3.jpg", "class='wp-image-7 size-full'"), img("a.jpg")], id="an upload in full"),
    pytest.param([img("a-2x3.jpg", "class='wp-image-7'"), img("a-2x4.jpg", "class='wp-image-8'")], id="two uploads"),
    pytest.param([img("a-20x30.jpg", "class='size-medium'"), img("a.jpg")], id="a class of the site's own"),
    pytest.param([f"<a href='/shop/rug'>{img('rug-160x230.jpg')}</a>", img("rug.jpg")], id="a link to the goods"),
    pytest.param([img(f"chart_{n}.png?v=1", "", FILES) for n in ("small", "large", "master")], id="names of sizes"),
    pytest.param([img("fox_icon.png", "width=32 height=32", FILES), img("fox.png", "", FILES)], id="an icon"),
    pytest.param([img(f"lens_{n}x.jpg", "", FILES) for n in (4, 10, 40)], id="Shopify, powers of a lens"),
    pytest.param([img("print_30x40.jpg", "", FILES), img("print_50x70.jpg", "", FILES)], id="Shopify, measures"),
    pytest.param([img("a-300x200.jpg", "srcset='/other.jpg 2x'"), img("a.jpg")], id="a srcset of other names"),
]


@pytest.mark.parametrize("places", APART)
def test_different_pictures_stay_apart(places: list[str]) -> None:
    found = images("<p>".join(places))
    assert len(set(found)) == len(places)


SAME = [
    pytest.param([img("a-300x200.jpg", "width=300 height=200")], id="measures of the img"),
    pytest.param([img("a-300x200.jpg", "style='width:300px;height:200px'")], id="measures in the style"),
    pytest.param([img("a-300x200.jpg", f"srcset='{UPLOADS}a-300x200.jpg 300w, {UPLOADS}a.jpg 900w'")], id="srcset"),
    pytest.param([img("a-20x30.jpg", f"srcset='{UPLOADS}a-40x60.jpg 2x'")], id="small sizes in a srcset"),
    pytest.param([img("a-300x200.jpg", f"data-srcset='{UPLOADS}a-768x512.jpg 768w'")], id="a lazy srcset"),
    pytest.param(
        [f"<picture><source srcset='{UPLOADS}a-768x512.jpg.webp' type=image/webp>{img('a-300x200.jpg')}</picture>"],
        id="picture",
    ),
    pytest.param([img("a-300x200.jpg", "class='alignleft size-medium wp-image-5'")], id="class of WordPress"),
    pytest.param([f"<figure class='wp-block-image size-large'>{img('a-1024x9.jpg')}</figure>"], id="class of a figure"),
    pytest.param([img("a-150x150.jpg", "class='attachment-thumbnail size-thumbnail wp-post-image'")], id="attachment"),
    pytest.param([img("a-9x9.jpg", "class=wp-image-5"), img("a-8x7.jpg", "class=wp-image-5")], id="one upload twice"),
    pytest.param([f"<a href='{UPLOADS}a.jpg'>{img('a-150x150.jpg')}</a>"], id="a link to the large form"),
    pytest.param([img("a-300x200.jpg", "width=300 height=200"), img("a-300x200.jpg")], id="shown elsewhere, too"),
    pytest.param(
        [img("a-150x150.jpg", "width=150 height=150"), img("a-300x200.jpg", "class='wp-image-5 size-medium'")],
        id="a cut beside a sure one",
    ),
    pytest.param([img("a-300x200.jpg", "width=300 height=200"), img("a-150x100.jpg", "width=150 height=100")],
                 id="one shape"),
]  # fmt: skip


@pytest.mark.parametrize("places", SAME)
def test_sizes_of_one_picture_are_one_image(places: list[str]) -> None:
    assert set(images("<p>".join(places))) == {"a.jpg"}


def test_shopify_sizes_in_one_srcset_are_one_image() -> None:
    names = ", ".join(f"{FILES}a_{size}.jpg?v=3 {width}w" for size, width in (("small", 100), ("grande", 600)))
    assert images(img("a_grande.jpg?v=3", f"srcset='{names}'", FILES)) == ["a.jpg"]


def test_of_a_size_of_an_upload_with_a_size_in_its_name_only_the_last_goes() -> None:
    sizes = f"{UPLOADS}rug-160x230.jpg 1200w, {UPLOADS}rug-160x230-300x431.jpg 300w"
    places = [img(f"rug-160x230{size}.jpg", f"srcset='{sizes}'") for size in ("-300x431", "")]
    assert images("".join(places)) == ["rug-160x230.jpg"] * 2


def test_what_is_fetched_is_what_the_page_has() -> None:
    (place,) = parse_page("https://site.test/", img("a-300x200.jpg", "width=300 height=200").encode()).occurrences
    assert (place.fetch_url, place.address) == (UPLOADS + "a-300x200.jpg",) * 2
    assert place.picture == place.image_url == UPLOADS + "a.jpg"


def test_a_part_of_a_drawing_is_no_picture_of_its_own() -> None:
    page = "<img src='/i.svg#cart'><img src='/i.svg#home'><img src='/i.svg#'><img src='/a.png#x'>"
    assert images(page) == [None, None, "https://site.test/i.svg", "https://site.test/a.png"]
    one, other, *_ = parse_page("https://site.test/", page.encode()).occurrences
    assert one.key != other.key


def test_a_place_keeps_its_key_when_the_page_shows_more_of_its_picture() -> None:
    before, after = (
        parse_page("https://site.test/", img("a-300x200.jpg", more).encode()).occurrences[0]
        for more in ("", "width=300 height=200")
    )
    assert before.image_url != after.image_url
    assert before.key == after.key
