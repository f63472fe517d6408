"""What links and buttons are called: by their addresses, titles and icons; what is not known is marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.languages import primary_subtag
from core.records import Context, Draft, ImageKind, SuggestionReason
from rules.words import LANGUAGES
from suggestions.links.link_purpose import link_purpose
from tests.storefill import occurrence
from tests.suggestions.test_decide import decide, of_places

TITLES = ("Start – Mill & Moss", "Visit us – Mill & Moss")
ADDRESS, FUNCTION = SuggestionReason.ADDRESS, SuggestionReason.FUNCTION


def linked(
    target: str | None,
    caption: str | None = "a thing",
    *,
    name: str = "a.jpg",
    role: str = "link",
    lang: str = "en",
    **facts: object,
) -> Draft:
    """The draft for a picture alone in a link to `target`, or in a button."""
    written = target if target and not target.startswith("http") else None
    context = Context(link_url=target, link_href=None)
    if written is not None:
        context = Context(link_url="http://shop.test/" if "#" in written else None, link_href=written)
    place = occurrence(name, interactive=role, sole_content=True, context=context, lang=lang, **facts)
    return decide(of_places(caption, place, titles=TITLES, spoken=primary_subtag(lang)))


@pytest.mark.parametrize(
    ("target", "text", "reason"),
    [
        ("https://www.facebook.com/millandmoss", "Mill & Moss on Facebook", None),
        ("https://www.youtube.com/@millandmoss_films", "Mill & Moss on YouTube", None),
        ("https://de-de.facebook.com/Mill.And.Moss/", "Mill & Moss on Facebook", None),
        ("https://www.linkedin.com/company/mill-moss", "Mill & Moss on LinkedIn", None),
        ("https://www.instagram.com/somebody.else/", "Somebody.else on Instagram", ADDRESS),
        ("https://www.tripadvisor.co.uk/Restaurant_Review-g186-d2041-Moss", "Tripadvisor", ADDRESS),
        ("https://wa.me/441632960000", "WhatsApp", None),
        ("https://www.facebook.com/sharer/sharer.php?u=https%3A%2F%2Fshop.test%2F", "Share on Facebook", None),
        ("https://twitter.com/intent/tweet?text=Moss", "Share on Twitter", None),
        ("https://play.google.com/store/apps/details?id=test.moss", "Get it on Google Play", None),
        ("mailto:moss@shop.test", "E-mail moss@shop.test", None),
        ("mailto:moss@shop.test?subject=Order", "E-mail moss@shop.test", None),
        ("mailto:?subject=Look&body=https://shop.test/", "Share by e-mail", None),
        ("tel:+44%201632%20960000", "Call +44 1632 960000", None),
        ("sms:+441632960000", "Text +441632960000", None),
        ("http://shop.test/fr/", "Français", ADDRESS),
        ("http://shop.test/journal/page/3/", "Page 3", None),
        ("http://shop.test/journal?page=4", "Page 4", None),
        ("http://shop.test/files/spring-catalogue.pdf", "Spring catalogue (PDF)", ADDRESS),
        ("http://shop.test/media/sounds.zip", "Sounds (ZIP)", ADDRESS),
        ("#opening-hours", "Opening hours", ADDRESS),
        ("/#route", "Route", ADDRESS),
        ("#top", "Back to top", None),
        ("http://shop.test/?utm_source=mail", "Mill & Moss home", None),
        ("http://shop.test/shop/48213-garden-hose", "Garden hose", None),
        ("http://shop.test/shop/garden-hose;jsessionid=AB12CD", "Garden hose", None),
        ("http://shop.test/faq", "FAQ", None),
        ("http://shop.test/search?q=moss", "Search", None),
        ("http://shop.test/garden-hose?variant=7", "Garden hose", None),
        ("http://shop.test/shop/galaxy-s24-ultra", "Galaxy S24 Ultra", ADDRESS),
        ("http://shop.test/shop/macbook-air-m3", "MacBook Air M3", ADDRESS),
        ("http://shop.test/files/datasheet-px400.pdf", "Datasheet PX400 (PDF)", ADDRESS),
        ("http://shop.test/shop/led-tv-43", "LED TV 43", ADDRESS),
        ("http://shop.test/shop/GardenHose", "Garden hose", ADDRESS),
        ("http://partner.test/garden-hose", "Garden hose", ADDRESS),
    ],
)
def test_where_a_link_leads(target, text, reason):
    draft = linked(target)
    assert (draft.text, draft.source, draft.reason) == (text, "link", reason)


@pytest.mark.parametrize(
    "target",
    [
        None,
        "javascript:void(0)",
        "#",
        "#item3",
        "#/route/5",
        "http://shop.test/?p=1234",
        "http://shop.test/index.php?route=product/product&product_id=43",
        "http://shop.test/detail.aspx?item=7",
        "http://shop.test/cgi-bin/item.cgi",
        "http://shop.test/out.php?u=http://other.test/",
        "http://shop.test/p/20391",
        "http://shop.test/moss?id=4",
        "https://vimeo.com/123456789",
        "https://www.youtube.com/watch?v=abcdefghijk",
        "https://www.instagram.com/p/Cabc123/",
        "skype:moss?call",
        "http://shop.test/test/",
        "http://shop.test/image/",
        "http://[::1/x",
    ],
)
def test_a_link_whose_purpose_is_not_known_is_marked(target):
    draft = linked(target, "a lamp on a desk")
    assert (draft.text, draft.source, draft.reason) == ("A lamp on a desk", "caption", FUNCTION)


@pytest.mark.parametrize(
    ("name", "text"),
    [("icon-facebook-white.svg", "Facebook"), ("youtube.png", "YouTube"), ("facebook-ads.png", None)],
)
def test_the_icon_of_a_network_tells_where_a_link_leads_that_does_not_say_it(name, text):
    draft = linked("#!", None, name=name)
    assert (draft.text, draft.reason) == (text, FUNCTION if text else SuggestionReason.ABSTAINED)


@pytest.mark.parametrize("target", ["http://shop.test/i/lamp_large.jpg", "#portfolioModal1"])
def test_a_link_that_shows_more_of_a_picture_is_called_as_it_is(target):
    draft = linked(target, "a lamp on a desk")
    assert (draft.text, draft.source, draft.reason) == ("A lamp on a desk", "caption", SuggestionReason.UNCONFIRMED)


def test_a_link_to_the_picture_itself_shows_what_it_shows():
    place = occurrence(
        interactive="link",
        sole_content=True,
        context=Context(heading="Lamps", link_url="http://shop.test/big/lamp.jpg"),
    )
    draft = decide(of_places("a lamp on a desk", place, spoken="und"))
    assert (draft.text, draft.reason) == ("A lamp on a desk", None)


@pytest.mark.parametrize(
    ("page", "text", "reason"),
    [
        ("The Dreirad XL 3 is back", "Dreirad XL 3", None),
        ("Dreirad XL-3", "Dreirad XL-3", None),
        ("A Dreirad XL 3 and a DREIRAD XL 3", "Dreirad XL 3", ADDRESS),
        ("Dreirad. XL 3", "Dreirad XL 3", ADDRESS),
        ("", "Dreirad XL 3", ADDRESS),
    ],
)
def test_the_page_knows_how_a_name_is_written(page, text, reason):
    context = Context(link_url="http://shop.test/dreirad-xl-3", surrounding=page)
    draft = decide(of_places("a bike", occurrence(interactive="link", sole_content=True, context=context)))
    assert (draft.text, draft.reason) == (text, reason)


@pytest.mark.parametrize(
    ("lang", "target", "text"),
    [
        ("de", "http://shop.test/warenkorb-und-kasse", "Warenkorb und kasse"),
        ("de", "http://shop.test/produkte/kueche", "Kueche"),
        ("fr", "http://shop.test/cafe-creme", "Cafe creme"),
        ("pl", "http://shop.test/zolw", "Zolw"),
    ],
)
def test_addresses_that_lose_letters_are_marked(lang, target, text):
    draft = linked(target, lang=lang)
    assert (draft.text, draft.reason) == (text, ADDRESS)


def test_addresses_that_keep_their_letters_are_as_people_write_them():
    assert linked("http://shop.test/k%C3%BCche", lang="de").reason is None
    assert linked("http://shop.test/%E6%8A%98%E3%82%8A%E7%B4%99", lang="ja").text == "折り紙"


@pytest.mark.parametrize(
    ("caption", "name", "text", "reason"),
    [
        ("the flag of france", "a.png", "Français", None),
        ("a blue thing", "lang-fr.svg", "Français", None),
        ("three stripes", "a.png", "Français", ADDRESS),
    ],
)
def test_a_flag_says_that_a_link_changes_the_language(caption, name, text, reason):
    draft = linked("http://shop.test/fr/", caption, name=name)
    assert (draft.text, draft.reason) == (text, reason)


def test_a_sites_front_page_in_the_language_of_the_page_is_home():
    assert linked("http://shop.test/en/").text == "Mill & Moss home"


@pytest.mark.parametrize(
    ("caption", "name", "text"),
    [
        ("a white arrow pointing to the right", "a.png", "Next page"),
        ("a small black triangle", "arrow-left.svg", "Previous page"),
        ("a small black triangle", "a.png", "Page 2"),
    ],
)
def test_an_arrow_says_which_page(caption, name, text):
    assert linked("http://shop.test/journal/page/2/", caption, name=name).text == text


@pytest.mark.parametrize(
    ("caption", "name", "text", "reason"),
    [
        ("a magnifying glass on a white background", "search.svg", "Search", None),
        ("a magnifying glass on a white background", "a.png", "Search", FUNCTION),
        ("a black and white picture", "icon-close.svg", "Close", FUNCTION),
        ("the back of a grey hoodie", "hoodie-back-2041-xl.jpg", "The back of a grey hoodie", FUNCTION),
        ("a shopping bag on a chair", "a.jpg", "A shopping bag on a chair", FUNCTION),
    ],
)
def test_a_button_is_known_by_its_icon_and_its_files_name_together(caption, name, text, reason):
    draft = linked(None, caption, name=name, role="button")
    assert (draft.text, draft.reason) == (text, reason)


def test_an_image_that_sends_a_form_is_a_button():
    place = occurrence("a.png", kind=ImageKind.INPUT, element="input", context=Context(heading="A lamp shop"))
    draft = decide(of_places("a lamp", place))
    assert (draft.text, draft.reason) == ("A lamp", FUNCTION)


@pytest.mark.parametrize(
    ("role", "target", "text", "source", "reason"),
    [
        ("link", "http://shop.test/p/20391", "Red kettle", "link", None),
        ("link", "http://shop.test/kettles/red", "Red kettle", "link", None),
        ("link", "https://twitter.com/intent/tweet?text=x", "Share on Twitter", "link", None),
        ("link", "http://shop.test/files/care-guide.pdf", "Care guide (PDF)", "link", ADDRESS),
        ("link", "http://shop.test/big/kettle.jpg", "Red kettle: a lamp", "caption", SuggestionReason.UNCONFIRMED),
        ("button", None, "Red kettle: a lamp", "caption", FUNCTION),
    ],
)
def test_not_each_link_of_a_product_leads_to_it(role, target, text, source, reason):
    context = Context(product="Red kettle", link_url=target)
    draft = decide(of_places("a lamp", occurrence(interactive=role, sole_content=True, context=context)))
    assert (draft.text, draft.source, draft.reason) == (text, source, reason)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_has_its_words(language):
    other = {"mailto:a@b.test", "https://www.facebook.com/sharer/sharer.php?u=x", "http://shop.test/blog/page/2/"}
    texts = {linked(target, lang=language).text for target in other}
    assert None not in texts
    english = {linked(target).text for target in other}
    assert texts.isdisjoint(english) or language in {"en", "fr"}


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Dreirad S24 – Mill & Moss", "Dreirad S24"),
        ("Buy the Dreirad S24 | Bikes | Mill & Moss", "Buy the Dreirad S24"),
        ("Mill & Moss", "Dreirad model 24"),
        ("Start – Mill & Moss", "Dreirad model 24"),
        ("Word " * 30, "Dreirad model 24"),
    ],
)
def test_the_title_of_the_page_behind_a_link_is_its_name(title, text):
    purpose = link_purpose("http://shop.test/dreirad-model-24", TITLES, "en", {"shop.test"}, target_title=title)
    assert purpose is not None
    assert purpose.text is not None
    assert purpose.text[0].upper() + purpose.text[1:] == text


@given(st.text(max_size=200) | st.from_regex(r"(https?://|mailto:|#|//)[a-z.\[\]]{0,9}/?\S{0,60}", fullmatch=True))
def test_no_address_is_too_odd(url):
    link_purpose(url, TITLES, "en", {"shop.test"}, seen="arrow")
