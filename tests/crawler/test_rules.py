"""The rules on an occurrence: what each element is classified as, and which rules it breaks."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files

import pytest

from core.records import Classification, Judgement, Occurrence, Severity
from crawler.parse import parse_page
from crawler.rules import judge, occurrence_rules

URL = "https://shop.test/page.html"
MISSING, EMPTY, DECORATIVE = Classification.MISSING, Classification.EMPTY, Classification.DECORATIVE
SUSPICIOUS, OK, IGNORED = Classification.SUSPICIOUS, Classification.OK, Classification.IGNORED


def judged(markup: str) -> list[tuple[Occurrence, Judgement]]:
    return [(o, judge(o)) for o in parse_page(URL, markup.encode(), "text/html; charset=utf-8").occurrences]


CASES = [
    # Nothing names it
    ("img without alt", "<img src=a.png>", MISSING, {"missing-attr"}),
    (
        "img without alt, with figcaption",
        "<figure><img src=a><figcaption>Fox</figcaption></figure>",
        MISSING,
        {"missing-attr"},
    ),
    ("img without alt beside link text", "<a href=x><img src=a>Fox</a>", MISSING, {"missing-attr"}),
    ("img without alt, linked", "<a href=x><img src=a></a>", MISSING, {"missing-attr", "link-only-empty"}),
    ("img without alt, in a button", "<button><img src=a></button>", MISSING, {"missing-attr", "link-only-empty"}),
    ("lazy img without alt", "<img data-src=a>", MISSING, {"missing-attr"}),
    ("role=none that can be focused", "<img src=a role=none tabindex=0>", MISSING, {"missing-attr"}),
    ("input", "<input type=image src=a>", MISSING, {"missing-attr"}),
    ("input, a value is no name", "<input type=image src=a value=Go name=go>", MISSING, {"missing-attr"}),
    ("area", "<map><area href=x></map>", MISSING, {"missing-attr"}),
    ("svg role=img", "<svg role=img><path/></svg>", MISSING, {"missing-attr"}),
    ("svg role=graphics-symbol", "<svg role=graphics-symbol></svg>", MISSING, {"missing-attr"}),
    ("svg alone in a link", "<a href=x><svg></svg></a>", MISSING, {"missing-attr", "link-only-empty"}),
    ("object", "<object type=image/png data=a>Fallback</object>", MISSING, {"missing-attr"}),
    ("div role=img, alt is no name there", "<div role=img alt=Fox></div>", MISSING, {"missing-attr"}),
    ("aria-describedby is no name", "<img src=a aria-describedby=d><p id=d>Fox</p>", MISSING, {"missing-attr"}),
    ("a parent's role does not reach it", "<div role=none><img src=a></div>", MISSING, {"missing-attr"}),
    ("blank label and title", "<img src=a aria-label=' ' title=''>", MISSING, {"missing-attr"}),
    # Silent where it should speak
    ("linked, alt empty", "<a href=x><img src=a alt=''></a>", EMPTY, {"link-only-empty"}),
    ("in a button, alt empty", "<button><img src=a alt=''></button>", EMPTY, {"link-only-empty"}),
    ("two linked images, both empty", "<a href=x><img src=a alt=''><img src=b alt=''></a>", EMPTY, {"link-only-empty"}),
    ("linked, alt blank", "<a href=x><img src=a alt='&nbsp;'></a>", MISSING, {"link-only-empty", "space-alt"}),
    ("input, alt empty", "<input type=image src=a alt=''>", EMPTY, {"control-empty"}),
    ("area, alt empty", "<map><area href=x alt=''></map>", EMPTY, {"control-empty"}),
    # Rightly silent
    ("alt empty", "<img src=a alt=''>", DECORATIVE, set()),
    ("alt without a value", "<img src=a alt>", DECORATIVE, set()),
    ("alt empty beside link text", "<a href=x><img src=a alt=''>Fox</a>", DECORATIVE, set()),
    ("alt empty in a link with a label", "<a href=x aria-label=Fox><img src=a alt=''></a>", DECORATIVE, set()),
    ("alt empty in a link with a title", "<a href=x title=Fox><img src=a alt=''></a>", DECORATIVE, set()),
    (
        "alt empty in a link with a named svg",
        "<a href=x><img src=a alt=''><svg aria-label=F></svg></a>",
        DECORATIVE,
        set(),
    ),
    ("alt empty in an anchor without href", "<a name=x><img src=a alt=''></a>", DECORATIVE, set()),
    ("role=presentation", "<img src=a role=presentation>", DECORATIVE, set()),
    ("role=none, in a list", "<img src=a role='none presentation'>", DECORATIVE, set()),
    # Texts that contradict
    ("alt empty, title", "<img src=a alt='' title=Fox>", SUSPICIOUS, {"null-alt-title"}),
    ("alt empty, title blank", "<img src=a alt='' title=' '>", DECORATIVE, set()),
    ("title alone", "<img src=a title='Red fox'>", SUSPICIOUS, {"title-only"}),
    ("alt and title", "<img src=a alt='Red fox' title='Vulpes vulpes'>", OK, set()),
    ("role=none with alt", "<img src=a role=none alt='Red fox'>", EMPTY, {"decor-with-alt"}),
    ("role=none with empty alt", "<img src=a role=none alt=''>", DECORATIVE, set()),
    # Rules on the text see the text and the file name
    ("blank alt", "<img src=a alt=' '>", MISSING, {"space-alt"}),
    ("file name", "<img src=a alt='IMG_1.jpg'>", SUSPICIOUS, {"filename-ext"}),
    ("file name without ending", "<img src=/x/red-shirt.jpg alt='red-shirt'>", SUSPICIOUS, {"filename-stem"}),
    ("file named after its subject", "<img src=/x/nyhavn.jpg alt='Nyhavn'>", OK, set()),
    ("prefix", "<img src=a alt='Image of a fox'>", SUSPICIOUS, {"redundant-prefix"}),
    ("vague label over a good alt", "<img src=a alt='Red fox' aria-label=image>", SUSPICIOUS, {"vague-word"}),
    ("svg named by its title", "<svg role=img><title>Cup of tea</title></svg>", OK, set()),
    ("object named by a label", "<object type=image/png data=a aria-label='Opening hours'></object>", OK, set()),
    ("linked with a good alt", "<a href=x><img src=a alt='Red fox print'></a>", OK, set()),
    ("input with alt", "<input type=image src=a alt=Search>", OK, set()),
    ("area with a label", "<map><area href=x aria-label='Coffee bar'></map>", OK, set()),
    # None of our business
    ("hidden", "<p hidden><img src=a></p>", IGNORED, set()),
    ("aria-hidden in a link", "<a href=x><img src=a aria-hidden=true></a>", IGNORED, set()),
    ("pixel", "<img src=a width=1 height=1>", IGNORED, set()),
    ("pixel by style", "<img src=a style='width:1px;height:1px'>", IGNORED, set()),
    ("counting service", "<img src='https://www.facebook.com/tr?id=1'>", IGNORED, set()),
    ("counting file", "<img src='/t/pixel.gif?u=1'>", IGNORED, set()),
    ("inline svg", "<svg><path/></svg>", IGNORED, set()),
    ("inline svg beside link text", "<a href=x><svg></svg>Fox</a>", IGNORED, set()),
    ("img without source", "<img class=lightbox>", IGNORED, set()),
    # ... but these are
    ("a line one pixel high", "<img src=a width=300 height=1>", MISSING, {"missing-attr"}),
    ("an icon", "<img src=a width=16 height=16>", MISSING, {"missing-attr"}),
    ("a file named like a counter, with a text", "<img src=/pixel.png alt='Google Pixel phone'>", OK, set()),
    ("a page about trackers", "<img src='/blog/facebook.com/track.jpg'>", MISSING, {"missing-attr"}),
    ("svg with a name", "<svg aria-label='Cup of tea'></svg>", OK, set()),
]


@pytest.mark.parametrize(("markup", "classification", "rules"), [pytest.param(*case, id=name) for name, *case in CASES])
def test_judgement(markup: str, classification: Classification, rules: set[str]) -> None:
    _, judgement = judged(markup)[0]
    assert judgement.classification == classification
    assert {finding.rule for finding in judgement.findings} == rules
    assert (judgement.reason is not None) == (classification in {DECORATIVE, IGNORED}) or classification is EMPTY


def test_every_rule_is_broken_by_a_case_and_kept_by_another() -> None:
    broken = set().union(*(case[3] for case in CASES))
    ids = [rule.id for rule in occurrence_rules()]
    assert len(set(ids)) == len(ids)
    assert set(ids) <= broken
    assert all(rule.reference for rule in occurrence_rules())


def test_messages_fit_their_element() -> None:
    (_, linked), (_, button) = judged("<a href=x><svg></svg></a><button><img src=a alt=''></button>")
    assert "title child" in next(f.message for f in linked.findings if f.rule == "missing-attr")
    assert "where it leads" in next(f.message for f in linked.findings if f.rule == "link-only-empty")
    assert "in this button" in next(f.message for f in button.findings if f.rule == "link-only-empty")
    assert all(f.severity is Severity.ERROR for f in (*linked.findings, *button.findings))


# The demo site: what its README promises.

SITE = files("alt_audit.demo") / "site"


def demo(name: str) -> list[tuple[Occurrence, Judgement]]:
    body = (SITE / name).read_bytes()
    return [(o, judge(o)) for o in parse_page(f"https://demo.test/{name.removesuffix('index.html')}", body).occurrences]


@pytest.mark.parametrize(
    ("page", "element", "part", "classification", "rules"),
    [
        ("about.html", "img", "chelsea-copy.jpg", MISSING, {"missing-attr"}),
        ("blog/eileen-collins.html", "img", "astronaut.jpg", MISSING, {"missing-attr"}),
        ("gallery.html", "img", "gravel.jpg", MISSING, {"missing-attr"}),
        ("blog/texture.html", "img", "cameraman.jpg", MISSING, {"missing-attr"}),
        ("shop/pavilion.html", "img", "pavilion-roofs.jpg", MISSING, {"missing-attr"}),
        ("shop/pavilion.html", "img", "pavilion-wide", MISSING, {"missing-attr"}),
        ("index.html", "img", "coffee.jpg", MISSING, {"missing-attr"}),
        ("shop/index.html", "img", "coffee.jpg", MISSING, {"missing-attr", "link-only-empty"}),
        ("blog/index.html", "img", "coffee.jpg", MISSING, {"missing-attr", "link-only-empty"}),
        ("index.html", "img", "banner-spring-sale.png", EMPTY, {"link-only-empty"}),
        ("shop/august-dahlia.html", "img", 'alt=" "', MISSING, {"space-alt"}),
        ("shop/august-dahlia.html", "img", 'alt="TODO"', SUSPICIOUS, {"placeholder"}),
        ("shop/night-on-the-pad.html", "img", "IMG_2041.jpg", SUSPICIOUS, {"filename-ext"}),
        ("blog/texture.html", "img", "DSC_0417", SUSPICIOUS, {"camera-name"}),
        ("shop/deep-field.html", "img", 'alt="image"', SUSPICIOUS, {"vague-word"}),
        ("shop/deep-field.html", "img", 'alt="Image of', SUSPICIOUS, {"redundant-prefix"}),
        ("shop/index.html", "img", "pavilion", MISSING, {"missing-attr"}),
        ("about.html", "img", "divider.svg", DECORATIVE, set()),
        ("index.html", "img", "pixel.gif", IGNORED, set()),
        ("contact.html", "svg", 'role="img"', MISSING, {"missing-attr", "link-only-empty"}),
        ("contact.html", "svg", 'aria-hidden="true"', IGNORED, set()),
        ("contact.html", "object", "opening-hours.png", MISSING, {"missing-attr"}),
        ("index.html", "input", "btn-subscribe.png", MISSING, {"missing-attr"}),
        ("about.html", "div", 'role="img"', MISSING, {"missing-attr"}),
    ],
)
def test_trap_of_the_demo_site(
    page: str, element: str, part: str, classification: Classification, rules: set[str]
) -> None:
    found = [
        (judgement.classification, {f.rule for f in judgement.findings})
        for occurrence, judgement in demo(page)
        if occurrence.element == element and (part in occurrence.html or part in (occurrence.image_url or ""))
    ]
    assert (classification, rules) in found


def test_the_demo_site_as_a_whole() -> None:
    pages = [
        str(path.relative_to(str(SITE)))
        for path in sorted(SITE.rglob("*.html"))  # type: ignore[attr-defined]  # files() gives a Path here
        if "private" not in path.parts
    ]
    found = {page: demo(page) for page in pages}
    assert len(found) == 18
    for page, images in found.items():
        logos = [j.classification for o, j in images if (o.image_url or "").endswith("/img/logo.png")]
        assert logos == [MISSING], page
    hidden = Counter(j.reason for _, j in found["about.html"] if j.classification is IGNORED)
    assert {reason.rpartition(": ")[2] for reason in hidden if reason} >= {
        "hidden attribute",
        "hidden by style",
        "aria-hidden",
    }
    coffee = {o.image_url for images in found.values() for o, _ in images if "coffee.jpg" in (o.src or "")}
    assert coffee == {"https://demo.test/cdn/shop/files/coffee.jpg"}
    (lazy,) = [o for o, _ in found["shop/index.html"] if o.src and "pavilion" in o.src]
    assert "data-src" in lazy.html
    horse = [o.alt for o, _ in found["de/versand.html"] if o.src and "horse" in o.src]
    assert len(horse) == 1
    assert "für sich" in (horse[0] or "")
    areas = Counter(j.classification for o, j in found["contact.html"] if o.element == "area")
    assert areas == {OK: 2, MISSING: 1}
