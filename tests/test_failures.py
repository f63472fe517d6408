"""One table explains every failure code, and the program has no code that is not in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.failures import ANY, CRAWL, codes, explain, hint, summary_line, with_tables
from core.records import Stage

ROOT = Path(__file__).resolve().parents[1]
SOURCES = {
    path: path.read_text("utf-8")
    for package in ("captioning", "inference", "store", "crawler")
    for path in (ROOT / package).rglob("*.py")
}
# Where a code of an image is written: behind its stage, as what `undecodable` is given, or chosen just before it.
WRITTEN = (
    r'Stage\.(\w+),\s*f?"([\w{}.]+)"',
    r'(undecodable)\(f?"(\w+)"',
    r'(code) = "(\w+)" if',
    r'(code) = .* else "(\w+)"',
)


def written() -> set[tuple[str, str]]:
    found = {pair for text in SOURCES.values() for pattern in WRITTEN for pair in re.findall(pattern, text)}
    figures = re.compile(r"\{.*\}")
    stages = {"undecodable": "decode", "code": "decode"}
    return {(stages.get(stage, stage.lower()), figures.sub("NNN", code)) for stage, code in found}


def test_every_code_of_an_image_is_in_the_table():
    rows = set(codes())
    assert len(written()) > 30
    assert written() <= rows
    exact = {row for row in rows if row[0] in set(Stage) and row[1] != ANY and not row[1].startswith("http_")}
    ends_no_more = {(Stage.COMPOSE, "error")}  # in stores of before: a composer that fails costs no image now
    assert exact - ends_no_more <= written(), "nothing ends so"


def test_every_code_of_a_page_in_the_table_is_one():
    texts = "\n".join(text for path, text in SOURCES.items() if {"crawler", "store"} & set(path.parts))
    for stage, code in codes():
        if stage == CRAWL and code != ANY and not code.startswith("http_"):
            assert f'"{code}"' in texts, code


def test_every_code_that_a_download_may_end_with_is_in_the_table():
    from crawler.failures import _CODES

    assert {(CRAWL, code) for _, code in _CODES} <= set(codes())
    rendering = re.findall(r'(?:Render|BrowserGone)Error\("(\w+)"', "\n".join(SOURCES.values()))
    assert {(CRAWL, code) for code in rendering} <= set(codes())
    assert len(rendering) > 4


@pytest.mark.parametrize(
    ("stage", "code", "happened", "action"),
    [
        (Stage.FETCH, "timeout", "within caption.timeout_s", "server is less busy"),
        (Stage.DECODE, "timeout", "10 seconds of computing", "Save the picture anew"),
        (Stage.GENERATE, "timeout", "within caption.endpoint.timeout_s", "caption.batch_size"),
        (None, "timeout", "server took too long", "crawl.timeout_s"),
        (None, "refused", "refused the connection", "host and port"),
        (Stage.GENERATE, "refused", "model declined", "Write the text by hand"),
        (Stage.DECODE, "out_of_memory", "caption.max_pixels", "Make the picture smaller"),
        (Stage.GENERATE, "out_of_memory", "memory", "smaller model"),
        (Stage.FETCH, "http_404", "nothing at this address", "Repair or remove the picture"),
        (None, "http_404", "nothing at this address", "Repair or remove the links"),
        (Stage.FETCH, "http_400", "something else than the picture", "in a browser"),
        (Stage.GENERATE, "http_400", "does not take such a picture", "another model"),
        (Stage.GENERATE, "http_503", "failed on this picture", "server's log"),
        (None, "http_503", "failed to answer", "tell whoever runs the server"),
        (None, "robots", "robots.txt", "crawl.obey_robots"),
        (None, "redirect", "audited in its place", "Nothing."),
        (None, "redirect_loop", "circles", "final address"),
        (Stage.DECODE, "truncated", "damaged", "Upload it again"),
        (Stage.DECODE, "blank", "shows nothing by itself", "sprite sheet"),
        (Stage.GENERATE, "never_heard_of", "model failed", "by hand"),
        (None, "never_heard_of", "could not be read", "in a browser"),
        (Stage.COMPOSE, "", "No usable text", "by hand"),
    ],
)
def test_what_is_said_of_a_code(stage, code, happened, action):
    failure = explain(code, stage)
    assert happened in failure.happened
    assert action in failure.action


def test_what_is_said_are_plain_sentences():
    for stage, code in codes():
        failure = explain(code, stage)
        for text in (failure.happened, failure.action):
            assert text.endswith(".")
            assert "`" not in text


@pytest.mark.parametrize("stage", [None, *Stage])
def test_every_stage_has_words_for_a_code_of_another_version(stage):
    assert explain("unknown", stage).code == ANY


@pytest.mark.parametrize(
    ("stage", "code", "again"),
    [(Stage.FETCH, "http_503", True), (Stage.FETCH, "http_404", False), (Stage.GENERATE, "refused", False)],
)
def test_whether_a_retry_may_help(stage, code, again):
    assert explain(code, stage).again is again


def test_a_line_of_a_summary_goes_on_with_what_happened():
    about = explain("http_404", "fetch").in_brief
    line = summary_line("fetch/http_404", 1200, about)
    assert line == "fetch/http_404: 1,200 - there is nothing at this address (HTTP 404)"
    assert summary_line("skipped/offsite", 2, hint("skipped/offsite")) == "skipped/offsite: 2"


@pytest.mark.parametrize(("stage", "code"), codes())
def test_what_happened_begins_with_a_word_that_may_go_without_its_capital(stage, code):
    first = explain(code, stage).happened.split()[0]
    assert first == first.capitalize()  # no HTTP, no Chromium's


def test_counts_of_a_crawl_have_a_hint():
    assert "crawl.max_queries_per_path" in (hint("skipped/query_trap") or "")
    assert "crawl.max_page_bytes" in (hint("failed/too_large") or "")
    assert hint("sitemaps_failed") is not None
    assert hint("skipped/offsite") is None
    assert hint("pages") is None


def test_the_document_is_made_of_the_table():
    document = (ROOT / "docs/failures.md").read_text("utf-8")
    assert with_tables(document) == document, "run: python -m core.failures docs/failures.md"
    for stage, code in codes():
        assert code == ANY or f"| `{stage}/{code}` |" in document
