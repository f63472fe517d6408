"""Decided texts in local files: nothing is changed but the texts, and nothing that somebody changed meanwhile."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alt_audit.jobs.apply import write_patch
from core.errors import ReportError, UsageError
from reports.apply.edits import Reason, edited
from reports.apply.folder import plan_folder
from reports.apply.html_source import image_tags, plan_page, with_alt
from reports.apply.markdown_source import plan_markdown
from store.decided_places import DecidedPlace

SITE = "http://shop.test"
PAGE = """<!DOCTYPE html>
<!-- <img src=cup.jpg> -->
<script>document.write('<img src="cup.jpg">')</script>
<IMG  SRC = 'cup.jpg'\tclass=a
  data-x="alt=1">
<p><img alt=old src="i/plate.jpg"/><img src=cup.jpg alt>\r
<input type=image src=go.png ALT='Go &amp; see'>"""


def place(src: str, alt: str | None, text: str | None, element: str = "img") -> DecidedPlace:
    return DecidedPlace(element, src, f"{SITE}/{src}", alt, text)


PLACES = [
    place("cup.jpg", None, 'A "red" cup & <saucer>'),
    place("i/plate.jpg", "old", "A plate"),
    place("cup.jpg", "", None),
    place("go.png", "Go & see", "Search", "input"),
]


def test_nothing_of_a_page_is_changed_but_its_texts():
    plan = plan_page(PAGE, PLACES)
    assert edited(PAGE, plan.edits) == (
        PAGE.replace("<IMG  SRC", '<IMG alt="A &quot;red&quot; cup &amp; &lt;saucer&gt;"  SRC')
        .replace("alt=old", 'alt="A plate"')
        .replace("ALT='Go &amp; see'", 'ALT="Search"')
    )
    assert (plan.refused, plan.there) == ([], 0)
    again = plan_page(edited(PAGE, plan.edits), PLACES)
    assert (again.edits, again.refused, again.there) == ([], [], 3)


def test_the_twin_of_a_lazy_image_gets_its_text_and_areas_are_told_by_their_order():
    page = (
        "<img src=x.gif data-src=a.jpg><noscript><img src=a.jpg></noscript><img src=a.jpg alt=b><noscript>"
        "<img src=a.jpg></noscript><map><area href=1 alt=One><area href=2></map><div style='background:url(a.jpg)'>"
    )
    places = [
        place("a.jpg", None, "A cup"),
        place("a.jpg", "b", "A saucer"),
        place("map.png", "One", None, "area"),
        place("map.png", None, "Two", "area"),
        place("a.jpg", None, "A cup", "div"),
    ]
    plan = plan_page(page, places)
    assert plan.refused == [(Reason.NO_ALT, f"{SITE}/a.jpg")]
    assert plan.texts == 3
    assert edited(page, plan.edits) == (
        '<img alt="A cup" src=x.gif data-src=a.jpg><noscript><img alt="A cup" src=a.jpg></noscript>'
        '<img src=a.jpg alt="A saucer"><noscript><img src=a.jpg></noscript>'
        "<map><area href=1 alt=One><area alt=\"Two\" href=2></map><div style='background:url(a.jpg)'>"
    )


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ('<img src=a.jpg alt="Another by now">', Reason.CHANGED),
        ("<img src=a.jpg><img src=a.jpg>", Reason.CHANGED),  # which of them?
        ("<img src=b.jpg>", Reason.NOT_THERE),
        ("<img src={{ picture }}>", Reason.NOT_THERE),
        ("<!-- <img src=a.jpg> -->", Reason.NOT_THERE),
    ],
)
def test_a_page_that_is_another_by_now_stays_as_it_is(page, reason):
    plan = plan_page(page, [place("a.jpg", None, "A cup")])
    assert (plan.edits, plan.refused) == ([], [(reason, f"{SITE}/a.jpg")])


@given(st.text(max_size=60))
def test_the_text_that_is_put_in_is_the_text_that_is_read(text):
    page = f"<p><img src=a.jpg width=1>{{{{ title }}}}<b>{text.replace('<', '')}</b>"
    (tag,) = image_tags(page)
    after = edited(page, [with_alt(tag, text)])
    (read,) = image_tags(after)
    kept = " ".join(text.split()) if re.search(r"[\r\n]", text) else text
    assert read.alt == unescape(kept.replace("&", "&amp;"))
    written = after[read.start : read.start + len(read.raw)]
    assert "{" not in written
    assert written.count("<") == written.count(">") == 1
    assert after.replace(written, tag.raw) == page


@given(st.text("<img src=a.jpg alt'\"{}/>\n\t\\`![]()", max_size=80))
def test_any_heap_of_markup_is_read_and_nothing_else_is_changed(source):
    plan = plan_page(source, [place("a.jpg", None, "A cup")])
    plan_markdown(source, {"a.jpg": [place("a.jpg", None, "A cup")]})
    for edit in plan.edits:
        assert source[: edit.start].count("<") > 0


MARKDOWN = r"""# Cups
![](../i/cup.jpg "Title") and `![](../i/cup.jpg)` and ![old \[text\]](</i/plate one.jpg>)

```md
![](../i/cup.jpg)
```
<img src="/i/cup.jpg" width=3> ![x](https://cdn.test/other.jpg)
"""


def test_images_of_markdown():
    wanted = {
        "cup.jpg": [place("i/cup.jpg", None, "A [red] cup")],
        "plate one.jpg": [place("i/plate%20one.jpg", "old [text]", "A plate")],
        "other.jpg": [place("i/other.jpg", "x", "Another site's")],
    }
    plan = plan_markdown(MARKDOWN, wanted)
    after = edited(MARKDOWN, plan.edits)
    assert after == (
        MARKDOWN.replace('![](../i/cup.jpg "Title")', '![A \\[red\\] cup](../i/cup.jpg "Title")', 1)
        .replace(r"![old \[text\]]", "![A plate]")
        .replace('<img src="/i/cup.jpg"', '<img alt="A [red] cup" src="/i/cup.jpg"')
    )
    again = plan_markdown(after, wanted)
    assert (again.edits, again.there, again.refused) == ([], 3, [])
    wanted["cup.jpg"].append(place("i/cup.jpg", None, "Another text"))
    assert {reason for reason, _ in plan_markdown(MARKDOWN, wanted).refused} == {Reason.AMBIGUOUS}


LATIN_1 = '<meta charset=iso-8859-1><p>Größe</p><img src="a.jpg">'


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "public"
    (made / "shop").mkdir(parents=True)
    (made / "index.html").write_text("\x0c<p>\u2028</p>\r\n<img src=a.jpg>\r\n", encoding="utf-8", newline="")
    (made / "shop" / "index.html").write_bytes(LATIN_1.encode("latin-1"))
    (made / "about.html").write_bytes(b"<img src=a.jpg>\xff\xfe\xfa")
    (made / "cups.md").write_text("![](img/b.jpg)")
    (tmp_path / "secret.html").write_text("<img src=a.jpg>")
    (made / "linked.html").symlink_to(tmp_path / "secret.html")
    return made


def pages(text: str = "A cup from 日本"):
    for path in ("/", "/shop/", "/about", "/linked", "/../secret", "/gone/"):
        yield f"{SITE}{path}", [place("a.jpg", None, text)]
    yield f"{SITE}/cups/", [place("img/b.jpg", None, "Cups")]


def test_files_are_found_changed_whole_and_once(folder, tmp_path):
    (folder / "index.html").chmod(0o640)
    applied = plan_folder(folder, "/", pages())
    assert {change.file.path.relative_to(folder).as_posix() for change in applied.changes} == {
        "index.html", "shop/index.html", "cups.md",
    }  # fmt: skip
    write_patch(applied, folder, tmp_path / "texts.patch")
    with pytest.raises(ReportError, match="Choose another --patch"):
        write_patch(applied, folder, tmp_path / "none" / "texts.patch")
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, symlinks=True)
    for change in applied.changes:
        change.write()
    assert (
        folder / "index.html"
    ).read_bytes() == '\x0c<p>\u2028</p>\r\n<img alt="A cup from 日本" src=a.jpg>\r\n'.encode()
    assert (folder / "index.html").stat().st_mode & 0o777 == 0o640
    shop = LATIN_1.replace("<img", '<img alt="A cup from &#26085;&#26412;"')
    assert (folder / "shop" / "index.html").read_bytes() == shop.encode("latin-1")
    assert (folder / "cups.md").read_text() == "![Cups](img/b.jpg)"
    assert (tmp_path / "secret.html").read_text() == "<img src=a.jpg>"
    assert not list(folder.rglob(".unfinished-*"))
    again = plan_folder(folder, "/", pages())
    assert (again.changes, again.there) == ([], 3)
    assert Reason.UNREADABLE in {reason for reason, _, _ in applied.refused}
    subprocess.run(["git", "apply", tmp_path / "texts.patch"], cwd=copy, check=True)
    for name in ("index.html", "shop/index.html", "cups.md"):
        assert (copy / name).read_bytes() == (folder / name).read_bytes()


def test_a_folder_that_is_served_below_a_path(folder):
    below = [(f"{SITE}/docs{path}", [place("a.jpg", None, "A cup")]) for path in ("/", "/shop/")]
    assert [change.texts for change in plan_folder(folder, "/docs/", below).changes] == [1, 1]
    with pytest.raises(UsageError, match="is no folder"):
        plan_folder(folder / "none", "/", below)
