"""The rules on an occurrence: what each element is classified as, and which rules it breaks."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files

import pytest

from core.records import Classification, Context, ImageKind, Judgement, Occurrence, Severity
from crawler.page.parse import parse_page
from rules.judge import judge, judge_page, occurrence_rules
from rules.rule_options import RuleOptions

URL = "https://shop.test/page.html"
MISSING, EMPTY, DECORATIVE = Classification.MISSING, Classification.EMPTY, Classification.DECORATIVE
SUSPICIOUS, OK, IGNORED = Classification.SUSPICIOUS, Classification.OK, Classification.IGNORED


def judged(markup: str) -> list[tuple[Occurrence, Judgement]]:
    facts = parse_page(URL, markup.encode(), "text/html; charset=utf-8")
    return list(zip(facts.occurrences, judge_page(facts), strict=True))


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
    ("img without a source either", "<img class=lightbox>", MISSING, {"missing-attr"}),
    ("role=none that can be focused", "<img src=a role=none tabindex=0>", MISSING, {"missing-attr", "role-conflict"}),
    ("role=none with a label", "<img src=a role=none aria-label=' '>", MISSING, {"missing-attr", "role-conflict"}),
    ("a role that needs a name", "<img src=a role=button>", MISSING, {"missing-attr"}),
    ("role=img after an unknown role", "<div role='picture img'></div>", MISSING, {"missing-attr"}),
    ("a blank label for a button", "<label> <input type=image src=a></label>", MISSING, {"missing-attr"}),
    ("in a link with a label", "<a href=x aria-label=Fox><img src=a></a>", MISSING, {"missing-attr"}),
    ("input", "<input type=image src=a>", MISSING, {"missing-attr"}),
    ("input, a value is no name", "<input type=image src=a value=Go name=go>", MISSING, {"missing-attr"}),
    ("area", "<map><area href=x></map>", MISSING, {"missing-attr"}),
    ("svg role=img", "<svg role=img><path/></svg>", MISSING, {"missing-attr"}),
    ("svg role=graphics-symbol", "<svg role=graphics-symbol></svg>", MISSING, {"missing-attr"}),
    ("svg alone in a link", "<a href=x><svg></svg></a>", MISSING, {"link-only-empty"}),
    (
        "svg role=img alone in a link",
        "<a href=x><svg role=img></svg></a>",
        MISSING,
        {"missing-attr", "link-only-empty"},
    ),
    ("an empty title in svg", "<svg role=img><title> </title></svg>", MISSING, {"missing-attr"}),
    ("a title further down in svg", "<svg role=img><g><title>Cup</title></g></svg>", MISSING, {"missing-attr"}),
    ("a shape in svg", "<svg><circle role=graphics-symbol /></svg>", IGNORED, set()),
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
    ("role=none alone in a link", "<a href=x><img src=a role=none></a>", EMPTY, {"link-only-empty"}),
    (
        "role=none with alt, in a link",
        "<a href=x><img src=a role=none alt=Fox></a>",
        SUSPICIOUS,
        {"link-only-empty", "decor-with-alt"},
    ),
    ("aria-hidden in a link", "<a href=x><img src=a alt=Fox aria-hidden=true></a>", EMPTY, {"link-only-empty"}),
    (
        "aria-hidden around it in a button",
        "<button><i aria-hidden=true><img src=a></i></button>",
        EMPTY,
        {"link-only-empty"},
    ),
    ("linked, no source", "<a href><img alt=''></a>", EMPTY, {"link-only-empty"}),
    (
        "beside hidden link text",
        "<a href=x><img src=a alt=''><b aria-hidden=true>Fox</b></a>",
        EMPTY,
        {"link-only-empty"},
    ),
    (
        "beside a silent image",
        "<a href=x><img src=a alt=''><img src=b role=none alt=B></a>",
        EMPTY,
        {"link-only-empty"},
    ),
    ("in a tab", "<div role=tab><img src=a alt=''></div>", EMPTY, {"link-only-empty"}),
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
    ("role=none after an unknown role", "<img src=a role='picture none'>", DECORATIVE, set()),
    ("object with role=none", "<object type=image/png data=a role=none></object>", DECORATIVE, set()),
    (
        "alt empty beside hidden-looking text",
        "<a href=x><img src=a alt=''><b class=sr-only>Fox</b></a>",
        DECORATIVE,
        set(),
    ),
    ("alt empty beside a labelled part", "<a href=x><img src=a alt=''><i aria-label=Fox></i></a>", DECORATIVE, set()),
    ("alt empty beside a part with a title", "<a href=x><img src=a alt=''><i title=Fox></i></a>", DECORATIVE, set()),
    (
        "alt empty beside an image named by reference",
        "<a href=x><img src=a alt=''><img src=b aria-labelledby=f></a><p id=f>Fox",
        DECORATIVE,
        set(),
    ),
    (
        "alt empty, caption",
        "<figure><img src=a alt=''><figcaption>Fox</figcaption></figure>",
        DECORATIVE,
        {"empty-alt"},
    ),
    (
        "alt empty, product",
        "<div itemtype=https://schema.org/Product><b itemprop=name>Cup</b><img src=a alt=''></div>",
        DECORATIVE,
        {"empty-alt"},
    ),
    # Texts that contradict
    # The alt is the last word on the name of an img or area, whatever its title says (HTML-AAM).
    ("alt empty, title", "<img src=a alt='' title=Fox>", EMPTY, {"null-alt-title"}),
    (
        "alt empty, title, in a link",
        "<a href=x><img src=a alt='' title=Fox></a>",
        EMPTY,
        {"link-only-empty", "null-alt-title"},
    ),
    ("alt empty, title blank", "<img src=a alt='' title=' '>", DECORATIVE, set()),
    ("title alone", "<img src=a title='Red fox'>", SUSPICIOUS, {"title-only"}),
    ("alt and title", "<img src=a alt='Red fox' title='Vulpes vulpes'>", OK, set()),
    ("role=none with alt", "<img src=a role=none alt='Red fox'>", SUSPICIOUS, {"decor-with-alt"}),
    ("alt blank, title", "<img src=a alt=' ' title=Fox>", MISSING, {"null-alt-title", "space-alt"}),
    ("alt empty, label", "<img src=a alt='' aria-label=Fox>", SUSPICIOUS, {"role-conflict"}),
    ("alt empty, can be focused", "<img src=a alt='' tabindex=0>", EMPTY, {"role-conflict"}),
    ("alt empty, described", "<img src=a alt='' aria-describedby=x>", EMPTY, {"role-conflict"}),
    ("alt empty, tabindex without a number", "<img src=a alt='' tabindex>", DECORATIVE, set()),
    ("alt empty, a role that speaks", "<img src=a alt='' role=button>", EMPTY, {"role-conflict"}),
    ("image button named by its title", "<input type=image src=a title=Search>", SUSPICIOUS, {"title-only"}),
    ("area named by its title", "<map><area href=x title=Search></map>", SUSPICIOUS, {"title-only"}),
    ("area with an empty alt and a title", "<map><area href=x alt='' title=Search></map>", EMPTY, {"control-empty"}),
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
    ("a bad alt under a good label", "<img src=a alt=image aria-label='Red fox'>", SUSPICIOUS, {"vague-word"}),
    ("a blank alt under a good label", "<img src=a alt=' ' aria-label='Red fox'>", OK, set()),
    ("text in the language of the page", "<html lang=de><img src=a alt=Bild>", SUSPICIOUS, {"vague-word"}),
    ("text in a language of its own", "<html lang=de><img src=a lang=fr alt=Bild>", OK, set()),
    # Texts that repeat
    ("as the link", "<a href=x><img src=a alt='Red fox'> RED  fox </a>", SUSPICIOUS, {"alt-equals-text"}),
    ("as the button", "<button><img src=a alt=Search><span>Search</span></button>", SUSPICIOUS, {"alt-equals-text"}),
    (
        "as the caption",
        "<figure><img src=a alt='Red fox'><figcaption>Red fox.</figcaption></figure>",
        SUSPICIOUS,
        {"alt-equals-text"},
    ),
    ("as the paragraph", "<p><img src=a alt='Red fox'> Red fox</p>", SUSPICIOUS, {"alt-equals-text"}),
    (
        "as the list item",
        "<ul><li><div><img src=a alt='Red fox'></div><b>Red fox</b></ul>",
        SUSPICIOUS,
        {"alt-equals-text"},
    ),
    ("as the cell", "<table><tr><td><img src=a alt='Red fox'> Red<br>fox</table>", SUSPICIOUS, {"alt-equals-text"}),
    (
        "as the title in the link",
        "<a href=x><img src=a alt=Comet><h3>Comet</h3><p>7 models</p></a>",
        SUSPICIOUS,
        {"alt-equals-text"},
    ),
    (
        "as the title of a card",
        "<a href=x><img src=a alt='Red fox'><b>Red fox</b> Lives in woods</a>",
        SUSPICIOUS,
        {"alt-equals-text"},
    ),
    ("as words of the link", "<a href=x><img src=a alt='Red fox'>Red fox in the snow</a>", OK, set()),
    (
        "as the caption, with curly marks",
        "<figure><img src=a alt='Bob&#39;s \"Fox\" - 1'><figcaption>Bob’s “Fox” – 1</figcaption></figure>",
        SUSPICIOUS,
        {"alt-equals-text"},
    ),
    ("more than the link", "<a href=x><img src=a alt='Red fox'>Red fox, page 2</a>", OK, set()),
    (
        "as the cell and keys",
        "<table><tr><td><img src=a alt='Red fox'> Red fox Alt+F7</table>",
        SUSPICIOUS,
        {"alt-equals-text"},
    ),
    ("as the item and more", "<ul><li><img src=a alt='Red fox'> Red fox (new)</ul>", SUSPICIOUS, {"alt-equals-text"}),
    (
        "as what is described",
        "<ul><li><b>tail_check</b>: dark and light tails <img src=a alt='Tail check'></ul>",
        OK,
        set(),
    ),
    (
        "as the name of what is described",
        "<ul><li>Red fox: lives in woods <img src=a alt='red fox'></ul>",
        SUSPICIOUS,
        {"alt-equals-text"},
    ),
    ("as a word before a colon", "<p>The red fox: <img src=a alt='Red fox'></p>", OK, set()),
    (
        "as a caption without markup",
        "<div align=center><img src=a alt='Status bar'><br>Figure 2.2: Status bar</div>",
        SUSPICIOUS,
        {"alt-equals-text"},
    ),
    (
        "as the cell beside",
        "<table><tr><td><img src=a alt='[Note]'><th>Note<tr><td colspan=2>Beware of the fox.</table>",
        SUSPICIOUS,
        {"alt-equals-text"},
    ),
    (
        "as the cell beside, with an icon's word",
        "<html lang=de><table><tr><td><img src=a alt='Symbol für Datenquellen'><td>Datenquellen</table>",
        SUSPICIOUS,
        {"alt-equals-text"},
    ),
    (
        "as the button, with an icon's word",
        "<html lang=fr><button><img src=a alt='L’icône de la corbeille'> Corbeille</button>",
        SUSPICIOUS,
        {"alt-equals-text", "redundant-prefix"},
    ),
    (
        "as the link, with an icon's word",
        "<a href=x><img src=a alt='home icon'> Home</a>",
        SUSPICIOUS,
        {"alt-equals-text"},
    ),
    (
        "as the item, with an icon's word",
        "<ul><li><img src=a alt='保存アイコン'> 保存</ul>",
        SUSPICIOUS,
        {"alt-equals-text"},
    ),
    (
        "an icon that the cell beside tells of",
        "<table><tr><td><img src=a alt='Bin icon'><td>Delete</table>",
        OK,
        set(),
    ),
    ("an icon in a sentence", "<p><img src=a alt='Bin icon'> Puts the page into the bin.</p>", OK, set()),
    ("the cells of a row", "<table><tr><td><img src=a alt='Red fox'><td>Red fox<td>2 kg</table>", OK, set()),
    ("a letter as a picture", "<h1><img src=/x/n.png alt=n></h1>", OK, set()),
    (
        "a formula twice, by its dollars",
        "<p>A <img src=/a.png alt='$n$'> and <img src=/a.png alt='$n$'></p>",
        OK,
        set(),
    ),
    ("a letter of a formula", "<p>Of <img class=math src=/_images/math/8d.png alt=q> and so on</p>", OK, set()),
    (
        "a formula twice",
        "<p>Let <img class='mwe-math-fallback' src=/a alt=mA> be <img class='mwe-math-fallback' src=/a alt=mA></p>",
        OK,
        set(),
    ),
    ("an icon of a letter", "<a href=x><img src=/x/n.png alt=n></a>", OK, {"too-short"}),
    (
        "as its block",
        "<div><small>Status bar</small><img src=a alt='Status bar'></div>",
        SUSPICIOUS,
        {"alt-equals-text"},
    ),
    ("as its block, but it names a link", "<div>Fox <a href=x><img src=a alt=Fox></a></div>", OK, set()),
    ("as words before it", "<div>Chapter 2.2: <p>Red</p><img src=a alt='Status bar'> Status bar</div>", OK, set()),
    ("a word that goes on", "<ul><li><img src=a alt='Red fox'> Red Foxes</ul>", OK, set()),
    ("a callout", "<ul><li><img src=a alt=3> 3 Fox</ul>", OK, set()),
    ("a choice", "<button><img src=/x/blank.png alt=None></button>", OK, set()),
    ("a leftover", "<button><img src=/x/save.png alt=undefined></button>", SUSPICIOUS, {"placeholder"}),
    ("no choice", "<p><img src=/x/blank.png alt=None></p>", SUSPICIOUS, {"placeholder"}),
    ("letters as a picture", "<p>A ligature such as <img src=/x/fi.png alt=fi> in a text</p>", OK, set()),
    ("an icon of two letters", "<a href=x><img src=/x/fi.png alt=fi></a>", OK, {"too-short"}),
    ("as a part of the paragraph", "<p><img src=a alt='Red fox'> Red fox in the snow</p>", OK, set()),
    ("as the paragraph, but it names a link", "<p><a href=x><img src=a alt='Red fox'></a> Red fox</p>", OK, set()),
    ("as hidden link text", "<a href=x><img src=a alt='Red fox'><b hidden>Red fox</b></a>", OK, set()),
    (
        "as the link beside",
        "<a href=x><img src=a alt='Red fox'></a> <a href=x>Red fox</a>",
        SUSPICIOUS,
        {"alt-equals-adjacent"},
    ),
    (
        "as the link before",
        "<a href=x>Red fox</a><a href=x><img src=a alt='Red fox'></a>",
        SUSPICIOUS,
        {"alt-equals-adjacent"},
    ),
    ("as the link beside that leads elsewhere", "<a href=x><img src=a alt=Fox></a> <a href=y>Fox</a>", OK, set()),
    ("as a link further on", "<a href=x><img src=a alt=Fox></a> and <a href=x>Fox</a>", OK, set()),
    ("as a hidden link beside", "<a href=x><img src=a alt=Fox></a><a href=x hidden>Fox</a>", OK, set()),
    ("as the heading", "<h2>Red fox</h2><img src=a alt='Red fox'>", OK, {"alt-equals-heading"}),
    (
        "as a label, in the words of a file",
        "<p><img src=a alt=zoom-in> <b>Zoom in:</b> shows less of it</p>",
        SUSPICIOUS,
        {"alt-equals-text"},
    ),
    ("as the heading with a number", "<h2>10.1.7. Red fox</h2><img src=a alt='Red fox'>", OK, {"alt-equals-heading"}),
    (
        "as the heading but for an article",
        "<h2>2.3. The red fox</h2><img src=a alt='[Red fox]'>",
        OK,
        {"alt-equals-heading"},
    ),
    ("as the heading with keys", "<h2>Red fox (F3)</h2><img src=a alt='Red fox'>", OK, {"alt-equals-heading"}),
    (
        "as the title of its card",
        "<div><div><img src=a alt=comet></div><h6>Comet</h6><p>Not connected</p></div>",
        OK,
        {"alt-equals-heading"},
    ),
    ("as the first word of its block", "<div><img src=a alt=comet> Comet tails are long</div>", OK, set()),
    ("as the heading, in a link", "<h2>Red fox</h2><a href=x><img src=a alt='Red fox'></a>", OK, set()),
    ("as the title", "<img src=a alt='Red fox' title='red fox'>", OK, {"alt-equals-title"}),
    ("a credit", "<img src=a alt='© Kim Muster'>", OK, {"credit-only"}),
    ("linked with a good alt", "<a href=x><img src=a alt='Red fox print'></a>", OK, set()),
    ("input with alt", "<input type=image src=a alt=Search>", OK, set()),
    ("area with a label", "<map><area href=x aria-label='Coffee bar'></map>", OK, set()),
    # A place that makes right what a text alone would get wrong
    ("file's name, which the heading is", "<h2>OM-1n</h2><img src=/i/om-1n.jpg alt=OM-1n>", OK, {"alt-equals-heading"}),
    ("file's name, in a sentence beside", "<p><img src=/i/tl-08.png alt=tl-08> The tl-08 is a timer.</p>", OK, set()),
    (
        "file's name, a part of another beside",
        "<p><img src=/i/tl-0.png alt=tl-0> The tl-08 is a timer.</p>",
        SUSPICIOUS,
        {"filename-stem"},
    ),
    ("drawn emoji", "<p>Yes <img class='icon emoji-img' src=/x/a.png alt='👍'></p>", OK, set()),
    ("emoji in a file named by its characters", "<p><img src=/s/1f1eb-1f1f7.svg alt='🇫🇷'> Paris</p>", OK, set()),
    ("emoji in a folder of those", "<p>Hi <img src=/assets/twemoji/72x72/x.png alt='🌵'></p>", OK, set()),
    ("name of an emoji", "<p><img class=emoji src=/e/t_rex.png title=:t_rex: alt=:t_rex:></p>", OK, set()),
    ("emoticon", "<p>Hi <img src=/smilies/s2.gif alt=':-)'></p>", OK, set()),
    ("emoji on a photograph", "<img src=/photos/beach.jpg alt='🌴'>", SUSPICIOUS, {"emoji"}),
    ("emoji on another one's file", "<img src=/x/1f334.svg alt='🌵'>", SUSPICIOUS, {"emoji"}),
    ("words between colons that are no emoji", "<img src=/p/gate_2.png alt=':gate_2:'>", SUSPICIOUS, {"filename-stem"}),
    (
        "a vague word that its link is named after",
        "<a href=/shop/painting.html><img src=a alt=Painting></a>",
        OK,
        set(),
    ),
    ("a vague word that its link's file ends with", "<a href=/class.Button.html><img src=a alt=button></a>", OK, set()),
    ("what a form is named by", "<h2>Product name</h2><img src=a alt='[Product name]'>", OK, {"alt-equals-heading"}),
    ("a vague word that its link's folder is", "<a href=/icons/><img src=a alt=Icons></a>", OK, set()),
    ("a vague word to a picture", "<a href=/i/chart.png><img src=a alt=Chart></a>", SUSPICIOUS, {"vague-word"}),
    ("a vague word to something else", "<a href=/i/sales.html><img src=a alt=Chart></a>", SUSPICIOUS, {"vague-word"}),
    ("a vague word named by the page", "<map><area href=/t/diagram.php alt=Diagram></map>", OK, set()),
    ("an option in brackets", "<ul><li><img src=a.png alt='[Empty]'> hollow dots</ul>", OK, set()),
    ("an option by its file", "<label><img src=/ui/border-none.svg alt=None> Off</label>", OK, set()),
    ("an option of the language", "<html lang=de><img src=/ui/rahmen-leer.svg alt=Leer>", OK, set()),
    ("a spacer", "<img src=/ui/blank.gif alt=blank>", SUSPICIOUS, {"placeholder"}),
    ("a placeholder in brackets", "<img src=/i/cup.jpg alt='[image description]'>", SUSPICIOUS, {"placeholder"}),
    ("an option word on a photograph", "<h2>Pier</h2><img src=/i/pier.jpg alt=default>", SUSPICIOUS, {"placeholder"}),
    # None of our business
    ("hidden", "<p hidden><img src=a></p>", IGNORED, set()),
    ("aria-hidden in a link with a text", "<a href=x><img src=a aria-hidden=true>Fox</a>", IGNORED, set()),
    ("in a hidden link", "<a href=x aria-hidden=true><img src=a></a>", IGNORED, set()),
    ("a separator", "<img src=a role=separator>", IGNORED, set()),
    ("pixel", "<img src=a width=1 height=1>", IGNORED, set()),
    ("pixel by style", "<img src=a style='width:1px;height:1px'>", IGNORED, set()),
    ("counting service", "<img src='https://www.facebook.com/tr?id=1'>", IGNORED, set()),
    ("counting file", "<img src='/t/pixel.gif?u=1'>", IGNORED, set()),
    ("counting program", "<img src='https://c.test/piwik.php?idsite=3'>", IGNORED, set()),
    ("counting path", "<img src='https://ad.test/e/impression/9/?cb=77'>", IGNORED, set()),
    ("counting path of a service", "<img src='https://px.ads.linkedin.com/collect/?pid=1'>", IGNORED, set()),
    ("inline svg", "<svg><path/></svg>", IGNORED, set()),
    ("inline svg beside link text", "<a href=x><svg></svg>Fox</a>", IGNORED, set()),
    # ... but these are
    ("a line one pixel high", "<img src=a width=300 height=1>", MISSING, {"missing-attr"}),
    ("an icon", "<img src=a width=16 height=16>", MISSING, {"missing-attr"}),
    ("a file named like a counter, with a text", "<img src=/pixel.png alt='Google Pixel phone'>", OK, set()),
    (
        "a picture behind parameters",
        "<img src='/track/render.php?id=4' width=400 height=300>",
        MISSING,
        {"missing-attr"},
    ),
    ("a folder of tracks", "<img src='/track/abbey-road.jpg?w=300'>", MISSING, {"missing-attr"}),
    ("a page about trackers", "<img src='/blog/facebook.com/track.jpg'>", MISSING, {"missing-attr"}),
    ("svg with a name", "<svg aria-label='Cup of tea'></svg>", OK, set()),
]


@pytest.mark.parametrize(("markup", "classification", "rules"), [pytest.param(*case, id=name) for name, *case in CASES])
def test_judgement(markup: str, classification: Classification, rules: set[str]) -> None:
    _, judgement = judged(markup)[0]
    assert judgement.classification == classification
    assert {finding.rule for finding in judgement.findings} == rules
    if classification in {DECORATIVE, IGNORED}:
        assert judgement.reason
    elif classification in {MISSING, OK}:
        assert judgement.reason is None


def shown(kind: ImageKind, element: str, **more: object) -> Occurrence:
    """An occurrence as the parser makes it of elements that show an image in another way than img does."""
    return Occurrence(key="k", kind=kind, element=element, selector=element, html=f"<{element}>", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("occurrence", "classification", "rules"),
    [
        pytest.param(*case, id=name)
        for name, *case in (
            ("background", shown(ImageKind.BACKGROUND, "div"), DECORATIVE, set()),
            (
                "background with a text",
                shown(ImageKind.BACKGROUND, "div", context=Context(own_text="Sale")),
                DECORATIVE,
                set(),
            ),
            (
                "background alone in a link",
                shown(ImageKind.BACKGROUND, "a", interactive="link", sole_content=True),
                DECORATIVE,
                {"css-background"},
            ),
            (
                "background of a label",
                shown(ImageKind.BACKGROUND, "div", accessible_name="Fox"),
                DECORATIVE,
                {"css-background"},
            ),
            (
                "background of a labelled part with a text",
                shown(ImageKind.BACKGROUND, "nav", accessible_name="Main", context=Context(own_text="Home")),
                DECORATIVE,
                set(),
            ),
            ("hidden background", shown(ImageKind.BACKGROUND, "a", sole_content=True, hidden="inert"), IGNORED, set()),
            ("poster", shown(ImageKind.POSTER, "video"), DECORATIVE, set()),
            ("poster of a named video", shown(ImageKind.POSTER, "video", accessible_name="video"), DECORATIVE, set()),
            ("embed", shown(ImageKind.EMBED, "embed"), MISSING, {"missing-attr"}),
            ("embed with a title", shown(ImageKind.EMBED, "embed", accessible_name="Opening hours"), OK, set()),
        )
    ],
)
def test_what_shows_an_image_in_other_ways(
    occurrence: Occurrence, classification: Classification, rules: set[str]
) -> None:
    judgement = judge(occurrence)
    assert judgement.classification == classification
    assert {finding.rule for finding in judgement.findings} == rules


@pytest.mark.parametrize(
    ("markup", "flagged"),
    [
        ("<div><img src=a alt=Star><img src=b alt=Star><img src=c alt=Star></div>", [False, True, True]),
        ("<ul><li><img src=a alt=Fox><li><img src=b alt=fox.></ul>", [False, True]),
        ("<ul><li><img src=a alt=Fox>One<li><img src=b alt=Fox>Two</ul>", [False, False]),
        ("<div><img src=a alt=Fox><img src=b alt=Hare><img src=c alt=Fox></div>", [False, False, False]),
        ("<div><img src=a alt=Fox hidden><img src=b alt=Fox></div>", [False, False]),
        ("<div><img src=a alt=Fox><p><img src=b alt=Fox></p></div>", [False, False]),
        ("<table><tr><td><img src=a alt=Yes><td><img src=a alt=Yes></table>", [False, False]),
        ("<div><img src=a alt=''><img src=b alt=''></div>", [False, False]),
        ("<body><h2>A</h2><p><img src=a alt=Fox></p><h2>B</h2><p><img src=b alt=Fox></p>", [False, False]),
        ("<body><h2>A</h2><img src=a alt=Fox><h2>B</h2><img src=b alt=Fox>", [False, False]),
        ("<div><div><img src=i alt=Tip></div>A</div><div><div><img src=i alt=Tip></div>A</div>", [False, False]),
        ("<div><div><img src=i alt=Tip></div>A</div><div><div><img src=j alt=Tip></div>A</div>", [False, True]),
        ("<div>Rated <b><img src=i alt=Star></b><b><img src=i alt=Star></b></div>", [False, True]),
        (r"<p>Of <img src=f alt='$\mbox{\LaTeX}$'> made by <img src=f alt='$\mbox{\LaTeX}$'></p>", [False, False]),
        ("<p><img class=emoji src=i alt='⭐'><img class=emoji src=i alt='⭐'></p>", [False, False]),
        ("<map><area href=/b alt=Hall><area href=/b alt=Hall><area href=/c alt=Hall></map>", [False, False, True]),
        ("<body><center><img src=a alt=Fox> y</center><center><img src=b alt=Fox> x</center>", [False, False]),
    ],
)
def test_a_text_that_repeats_the_image_before(markup: str, flagged: list[bool]) -> None:
    assert ["dup-adjacent" in {f.rule for f in judgement.findings} for _, judgement in judged(markup)] == flagged


def test_rules_that_are_switched_off_say_nothing_and_count_for_nothing() -> None:
    facts = parse_page(URL, b"<img src=a title='Red fox'><img src=a alt=image>")
    (first, second) = judge_page(facts, RuleOptions(disable=["title-only", "vague-word"]))
    assert (first.classification, second.classification) == (OK, OK)


def test_every_rule_is_broken_by_a_case_and_kept_by_another() -> None:
    broken = set().union(*(case[3] for case in CASES), {"css-background", "dup-adjacent"})
    ids = [rule.id for rule in occurrence_rules()]
    assert len(set(ids)) == len(ids)
    assert set(ids) <= broken
    assert all(rule.reference for rule in occurrence_rules())


def test_messages_fit_their_element() -> None:
    (_, linked), (_, button) = judged("<a href=x><svg role=img></svg></a><button><img src=a alt=''></button>")
    assert "title child" in next(f.message for f in linked.findings if f.rule == "missing-attr")
    assert "where it leads" in next(f.message for f in linked.findings if f.rule == "link-only-empty")
    assert "in this button" in next(f.message for f in button.findings if f.rule == "link-only-empty")
    assert all(f.severity is Severity.ERROR for f in (*linked.findings, *button.findings))


# The demo site: what its README promises.

SITE = files("alt_audit.demo") / "site"


def demo(name: str) -> list[tuple[Occurrence, Judgement]]:
    body = (SITE / name).read_bytes()
    facts = parse_page(f"https://demo.test/{name.removesuffix('index.html')}", body)
    return list(zip(facts.occurrences, judge_page(facts), strict=True))


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
