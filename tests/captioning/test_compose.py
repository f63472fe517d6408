from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.compose import compose
from captioning.people import neutral
from core.records import Context, Severity
from rules.options import MAX_ALT_CHARS
from rules.text import lint
from store.captions import ContextGroup


def group(*contexts: Context, functional: str | None = None, titles: tuple[str, ...] = ()) -> ContextGroup:
    return ContextGroup(
        site_id=1,
        image_id=1,
        image_url="http://shop.test/a.jpg",
        context_key="k",
        language="en",
        contexts=contexts or (Context(),),
        functional=functional,
        page_titles=titles,
    )


@pytest.mark.parametrize(
    ("caption", "text"),
    [
        ("a dog runs on grass.", "A dog runs on grass"),
        ("a photo of a dog on the grass", "A dog on the grass"),
        ("there is a dog that is running", "A dog that is running"),
        ("arafed dog running on the grass", "Dog running on the grass"),
        ("araffe image of a dog running", "A dog running"),
        ("a close up of a red bicycle", "A red bicycle"),
        ("an old photo of a red bicycle", "A red bicycle"),
        ("a bald bald eagle in the sky", "A bald eagle in the sky"),
        ("two dogs and dogs in the snow", "Two dogs in the snow"),
        ("  a   dog\n in snow...  ", "A dog in snow"),
        ("A view of the sea", "The sea"),
        ("a dog sits on a", "A dog sits"),
    ],
)
def test_caption_becomes_alt_text(caption, text):
    draft = compose(caption, group())
    assert (draft.text, draft.source, draft.needs_human) == (text, "caption", False)


@pytest.mark.parametrize(
    "caption",
    [
        "a hat on top of a hat on top of a hat on top of a hat",
        "ray ban ray ban ray ban ray ban",
        "a photo of",
        "image",
        "",
        "dog",
        "the the the the the the the the the the",
    ],
)
def test_loops_and_empty_captions_are_no_alt_text(caption):
    draft = compose(caption, group())
    assert (draft.text, draft.source, draft.needs_human) == (None, "none", True)


def test_long_captions_are_cut_at_a_word_and_never_left_hanging():
    draft = compose(
        "a dog " + "with a very long tail and " * 4 + "some other words that go on for ever and ever", group()
    )
    # The loop in the middle is one; a plain long sentence is cut.
    assert draft.text is None
    words = " ".join(f"word{number}" for number in range(40))
    draft = compose(words, group())
    assert draft.text is not None
    assert len(draft.text) <= MAX_ALT_CHARS
    assert draft.text.split()[-1] in words.split()


@pytest.mark.parametrize(
    ("caption", "page", "text"),
    [
        ("a man rides a bike", "", "a person rides a bike"),
        ("Two women and a boy", "", "Two people and a child"),
        ("a man and a woman on a bench", "", "two people on a bench"),
        ("a young girl and a little boy play", "", "two children play"),
        ("a woman holds her hat", "", "a person holds their hat"),
        ("a woman holds her hat", "The singer and her band", "a woman holds her hat"),
        ("a man holds his hat", "The singer and her band", "a person holds their hat"),
        ("a mantis on a manual", "", "a mantis on a manual"),
    ],
)
def test_people_are_named_neutrally_unless_the_page_says_more(caption, page, text):
    assert neutral(caption, page) == text


@pytest.mark.parametrize(
    ("context", "titles", "text"),
    [
        (Context(link_url="http://shop.test/"), ("Home – Cat & Comet", "Shop – Cat & Comet"), "Cat & Comet home"),
        (Context(link_url="http://shop.test/index.html"), (), "Shop.test home"),
        (Context(link_url="http://shop.test/blog/slow-morning.html"), (), "Slow morning"),
        (Context(link_url="http://shop.test/p/123456", product="Red kettle"), (), "Red kettle"),
    ],
)
def test_a_linked_image_names_where_it_leads(context, titles, text):
    draft = compose("a cat on a table", group(context, functional="link", titles=titles))
    assert (draft.text, draft.source, draft.needs_human) == (text, "link", False)
    assert compose(None, group(context, functional="link", titles=titles)).needs_human


@pytest.mark.parametrize("url", ["http://shop.test/big/a.jpg", "http://shop.test/p/20391", None])
def test_a_link_whose_address_says_nothing_falls_back_to_the_caption(url):
    draft = compose("a cat on a table", group(Context(link_url=url), functional="link"))
    assert (draft.text, draft.source) == ("A cat on a table", "caption")


@pytest.mark.parametrize(
    ("context", "text", "source"),
    [
        (Context(figcaption="The yard, after the rain", heading="Gravel"), "The yard, after the rain", "figcaption"),
        (Context(product="Red kettle", heading="Shop"), "Red kettle", "product"),
        (Context(heading="The Move tool"), "The Move tool", "heading"),
        (Context(heading="3.6.4. Using the Palette Editor"), "Using the Palette Editor", "heading"),
        (Context(heading="5.16.1. Overview"), None, "none"),
        (Context(figcaption="Figure", heading="The Move tool"), "The Move tool", "heading"),
        (Context(), None, "none"),
    ],
)
def test_where_the_captioner_abstained_the_page_speaks(context, text, source):
    draft = compose(None, group(context))
    assert (draft.text, draft.source, draft.needs_human) == (text, source, True)


def test_a_heading_that_differs_from_place_to_place_is_not_about_the_picture():
    draft = compose(None, group(Context(heading="One"), Context(heading="Two")))
    assert draft.text is None


def test_the_product_goes_before_the_caption():
    draft = compose("A kettle on a stove", group(Context(product="Model T")))
    assert draft.text == "Model T: a kettle on a stove"


TEXTS = st.none() | st.text(max_size=400)
CONTEXTS = st.builds(
    Context,
    heading=TEXTS,
    figcaption=TEXTS,
    product=TEXTS,
    link_url=st.none() | st.from_regex(r"https?://[a-z.]{1,20}/\S{0,60}", fullmatch=True),
    link_text=TEXTS,
    surrounding=TEXTS,
)


@given(
    caption=TEXTS,
    contexts=st.lists(CONTEXTS, min_size=1, max_size=3),
    functional=st.sampled_from([None, "link", "button"]),
)
def test_every_draft_passes_the_lint(caption, contexts, functional):
    draft = compose(caption, group(*contexts, functional=functional))
    if draft.text is None:
        assert draft.needs_human
        return
    assert draft.text == draft.text.strip()
    assert 0 < len(draft.text) <= MAX_ALT_CHARS
    findings = lint(draft.text)
    assert not any(finding.severity is Severity.ERROR for finding in findings)
    assert draft.needs_human or not findings
