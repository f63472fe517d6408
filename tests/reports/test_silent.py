from lxml import html
from sqlalchemy import update

from core.records import Classification, Context, Finding, ImageKind, Judgement, Severity
from reports.html import silent
from reports.report_options import ReportOptions
from reports.write import write_report
from store import models
from store.engine import writing
from tests.reports.scene import caption
from tests.storefill import DECORATIVE, OK, SHOP, occurrence, store_visits, visit

FIGURE = Judgement(
    Classification.DECORATIVE, findings=(Finding("empty-alt", Severity.REVIEW, "The picture has a caption."),)
)


def quiet(name, judgement=DECORATIVE, **changes):
    return occurrence(name, alt="", **changes), judgement


def site(engine):
    """Silent places of each kind; three of these images look informative."""
    linked = Context(link_text="Our shop")
    store_visits(
        engine,
        visit(
            "",
            quiet("rule.png", width=800, height=4),
            quiet("a8f3c1.jpg", width=900, height=600),
            quiet("red-shoes.jpg", width=900, height=600),
            quiet("green-shoes.jpg", width=900, height=600, interactive="link", context=linked),
            quiet("blue-shoes.jpg", width=900, height=600),
            quiet("page-background-2.jpg", width=900, height=600),
            quiet("figure.png", FIGURE, context=Context(figcaption="Growth")),
            quiet("cat.jpg"),
            quiet("wall.jpg", kind=ImageKind.BACKGROUND, element="div"),
        ),
        visit("about", (occurrence("cat.jpg", alt="A cat"), OK), quiet("rule.png", width=800, height=4)),
    )
    with writing(engine) as session:
        caption(session, "blue-shoes.jpg", "", state="decorative", origin="human")


def entries(path):
    page = html.parse(str(path))
    return {item.xpath("string(.//b)"): item.xpath(".//li/text()") for item in page.xpath("//ol[@class='found']/li")}


def test_what_looks_informative_stands_apart_and_a_decision_settles_it(engine, tmp_path):
    site(engine)
    front = html.parse(str(write_report(engine, SHOP, tmp_path, ReportOptions()).index))
    assert entries(tmp_path / "silent-001.html") == {
        "cat.jpg": ["the same picture has a text elsewhere on the site"],
        "figure.png": ["The picture has a caption."],
        "red-shoes.jpg": ["large: 900 × 600 pixels", "its file is named in words"],
    }
    rest = entries(tmp_path / "decoration-001.html")
    assert list(rest) == ["rule.png", "a8f3c1.jpg", "blue-shoes.jpg", "green-shoes.jpg", "page-background-2.jpg"]
    assert rest["blue-shoes.jpg"][0] == "a person decided that it needs no text"
    said = " ".join(front.xpath("string(//section[@id='silent'])").split())
    assert said.startswith(
        'Silent on purpose 9 places with alt="" or role=presentation, of which 3 look informative. The other 6.'
    )
    assert "1 more are backgrounds" in said
    assert front.xpath("//section[@id='silent']//a/@href") == ["silent-001.html", "decoration-001.html"]


def test_lists_come_in_pages_and_a_later_report_removes_what_it_lacks(engine, tmp_path, monkeypatch):
    site(engine)
    monkeypatch.setattr(silent, "PER_PAGE", 2)
    write_report(engine, SHOP, tmp_path, ReportOptions())
    names = [f"decoration-{n:03}.html" for n in (1, 2, 3)]
    assert [len(entries(tmp_path / name)) for name in names] == [2, 2, 1]
    pages = [html.parse(str(tmp_path / name)) for name in names]
    assert [page.xpath("//nav[@class='pager'][1]/a/@href") for page in pages] == [
        [names[1]], [names[0], names[2]], [names[1]],
    ]  # fmt: skip
    assert [page.xpath("string(//ol/@start)") for page in pages] == ["1", "3", "5"]
    with writing(engine) as session:
        session.execute(update(models.Occurrence).where(models.Occurrence.alt == "").values(classification="ignored"))
    front = html.parse(str(write_report(engine, SHOP, tmp_path, ReportOptions()).index))
    assert not list(tmp_path.glob("decoration-*")) + list(tmp_path.glob("silent-*"))
    assert not front.xpath("//section[@id='silent']//a")
