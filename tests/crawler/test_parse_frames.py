"""What frames hold belongs to the page; AMP's images are images; a noscript's too, also in a file on disk."""

from __future__ import annotations

import html
import time

import pytest

from core.records import Classification, Occurrence, PageFacts
from crawler.page.inner_trees import MAX_FRAMES
from crawler.page.parse import parse_page
from rules.judge import judge_page
from rules.rule_options import RuleOptions

URL = "https://shop.test/a/page.html"


def parse(markup: str, url: str = URL) -> PageFacts:
    return parse_page(url, markup.encode(), "text/html; charset=utf-8")


def only(markup: str) -> Occurrence:
    (occurrence,) = parse(markup).occurrences
    return occurrence


def framed(markup: str) -> str:
    return f'<iframe srcdoc="{html.escape(markup)}"></iframe>'


def classes(facts: PageFacts) -> list[Classification]:
    return [judgement.classification for judgement in judge_page(facts, RuleOptions())]


# srcdoc


def test_the_page_in_a_frame() -> None:
    inner = "<head><title>Ad</title><base href=/no/></head><h2>Sale</h2><p>Now <a href=/sale><img src=promo.jpg></a>"
    page = parse(f"<p>Before\n{framed(inner)} after <img src=b.jpg></p>")
    promo, other = page.occurrences
    assert promo.image_url == "https://shop.test/a/promo.jpg"
    assert promo.selector == "body > p > iframe >>> body > p > a > img"
    assert (promo.line, promo.interactive, promo.context.heading, promo.context.surrounding) == (
        2,
        "link",
        "Sale",
        "Now",
    )
    assert other.context.surrounding == "Before after"
    assert (page.title, page.links) == (None, ("https://shop.test/sale",))


def test_what_a_hidden_frame_holds_is_hidden() -> None:
    assert only(f"<div hidden>{framed('<img src=a>')}</div>").hidden == "hidden attribute"


def test_ids_are_those_of_the_frame() -> None:
    page = parse(f"<b id=n>Outside</b>{framed('<b id=n>Inside</b><img src=a aria-labelledby=n><img id=i src=b>')}")
    assert [one.accessible_name for one in page.occurrences] == ["Inside", None]
    assert page.occurrences[1].selector == "body > iframe >>> #i"


def test_frames_in_frames_and_in_shadow_trees() -> None:
    inner = f"<x-y><template shadowrootmode=open>{framed(framed('<img src=a>'))}</template></x-y>"
    assert only(inner).selector == "body > x-y >>> iframe >>> body > iframe >>> body > img"
    inner = "<x-y><template shadowrootmode=closed><img src=b></template></x-y>"
    assert only(framed(inner)).selector == "body > iframe >>> body > x-y >>> img"


def test_images_without_scripts_in_a_frame() -> None:
    (one,) = parse(framed("<img data-src=/a.png><noscript><img src=/a.png></noscript>")).occurrences
    assert one.selector == "body > iframe >>> body > img"


def test_frames_are_bounded() -> None:
    page = parse(framed("<img src=a>") * (MAX_FRAMES + 5))
    assert (len(page.occurrences), page.cut) == (MAX_FRAMES, ("frames",))
    nested = "<img src=a>"
    for _ in range(12):
        nested = framed(nested)
    assert len(parse(nested).occurrences) == 1


def test_shadow_trees_in_shadow_trees_are_bounded() -> None:
    markup = "<p><template shadowrootmode=open>"
    started = time.process_time()
    page = parse(markup * 5000 + "<img src=a>" * 200)
    assert time.process_time() - started < 5
    assert len(page.occurrences) <= 200


# noframes


def test_noframes_leads_on_and_shows_nothing() -> None:
    page = parse(
        "<frameset><frame src=menu><noframes><body><a href=/map>Map</a><img src=old.gif></body></noframes></frameset>"
    )
    assert page.links == ("https://shop.test/a/menu", "https://shop.test/map")
    (one,) = page.occurrences
    assert (one.hidden, classes(page)) == ("in noframes", [Classification.IGNORED])


# AMP


@pytest.mark.parametrize("tag", ["amp-img", "amp-anim"])
@pytest.mark.parametrize(
    ("attributes", "classification"),
    [
        ("src=/a.jpg", Classification.MISSING),
        ("srcset='/a.jpg 600w'", Classification.MISSING),
        ("src=/a.jpg alt=''", Classification.DECORATIVE),
        ("src=/a.jpg alt='A loaf of rye bread'", Classification.OK),
        ("src=/a.jpg alt=DSC_0042", Classification.SUSPICIOUS),
    ],
)
def test_amp_images(tag: str, attributes: str, classification: Classification) -> None:
    page = parse(f"<{tag} {attributes} width=6 height=4></{tag}>")
    assert page.occurrences[0].image_url == "https://shop.test/a.jpg"
    assert classes(page) == [classification]


def test_what_an_amp_image_shows_until_it_is_there_is_not_counted() -> None:
    inner = "<amp-img placeholder src=/blurred.jpg></amp-img><noscript><img src=/a.jpg></noscript>"
    assert only(f"<amp-img src=/a.jpg>{inner}</amp-img>").image_url == "https://shop.test/a.jpg"


def test_an_amp_image_in_a_link() -> None:
    one, other = parse(
        "<a href=/><amp-img src=a alt=''></amp-img></a><a href=/><amp-img src=b alt=B></amp-img></a>"
    ).occurrences
    assert (one.sole_content, other.accessible_name) == (True, "B")


# noscript in a file on disk


def test_relative_addresses_of_a_file_on_disk() -> None:
    markup = "<img src=a.png><noscript><img src=a.png></noscript><p><noscript><img src=b.png><img src=b.png></noscript>"
    for url in (URL, "file:///home/me/page.html"):
        assert [one.src for one in parse(markup, url).occurrences] == ["a.png", "b.png"], url
