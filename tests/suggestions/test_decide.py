"""What is drafted of a caption and its places: as tables, and as properties."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.languages import primary_subtag
from core.records import Context, Draft, Occurrence, Severity, SuggestionReason
from rules.judge import judge, put_into
from rules.rule_options import MAX_ALT_CHARS, RuleOptions
from rules.words import LANGUAGES
from store.captions import StoredCaption
from store.suggestions import ContextGroup, Neighbour
from suggestions import decide as deciding
from suggestions.captions.describe import Description, describe
from suggestions.captions.gender_neutral import neutral
from suggestions.manner.patterns import SHIPPED, Manner
from suggestions.site.neighbours import beside
from tests.storefill import SITE_ID, occurrence


def decide(group: ContextGroup, rules: RuleOptions | None = None, manner: Manner = SHIPPED) -> Draft:
    """The draft where nothing was drafted before."""
    return deciding.decide(group, beside(group, {}), rules or RuleOptions(), manner=manner)


def of_places(
    caption: str | None,
    *occurrences: Occurrence,
    titles: tuple[str, ...] = (),
    spoken: str | None = None,
    neighbours: tuple[tuple[Neighbour | None, Neighbour | None], ...] | None = None,
) -> ContextGroup:
    """A group whose caption is in the language of its places, unless it is `spoken` in another."""
    return ContextGroup(
        site_id=SITE_ID,
        image_id=5,
        context_key="k",
        language=primary_subtag(occurrences[0].lang),
        occurrences=occurrences,
        page_titles=titles,
        caption=StoredCaption(1, 1, caption, 0.9, spoken or primary_subtag(occurrences[0].lang)),
        neighbours=((None, None),) * len(occurrences) if neighbours is None else neighbours,
        picture=-1,
        phash=None,
    )


def compose(
    caption: str | None,
    *contexts: Context,
    functional: str | None = None,
    titles: tuple[str, ...] = (),
    **facts: object,
) -> Draft:
    """The draft for pictures in these contexts."""
    places = [
        occurrence(context=context, interactive=functional, sole_content=functional is not None, **facts)
        for context in contexts or (Context(),)
    ]
    return decide(of_places(caption, *places, titles=titles))


def broken(draft: Draft, place: Occurrence) -> set[str]:
    """The rules of severity error or warning that a draft breaks in a place."""
    assert draft.text is not None
    findings = judge(put_into(place, draft.text)).findings
    return {finding.rule for finding in findings if finding.severity is not Severity.REVIEW}


@pytest.mark.parametrize(
    ("caption", "text"),
    [
        ("a dog runs on grass.", "A dog runs on grass"),
        ("a photo of a dog on the grass", "A dog on the grass"),
        ("there is a dog that is running", "A dog running"),
        ("arafed dog running on the grass", "Dog running on the grass"),
        ("araffe image of a dog running", "A dog running"),
        ("a close up of a red bicycle", "A red bicycle"),
        ("an old photo of a red bicycle", "A red bicycle"),
        ("a bald bald eagle in the sky", "A bald eagle in the sky"),
        ("two dogs and dogs in the snow", "Two dogs in the snow"),
        ("  a   dog\n in snow...  ", "A dog in snow"),
        ("A view of the sea", "The sea"),
        ("a dog sits on a", "A dog sits"),
        ("The image shows a dog on a sofa.", "A dog on a sofa"),
        ("This picture depicts two cats and a kettle", "Two cats and a kettle"),
        ("The photo is a black and white photograph of an old mill", "An old mill"),
        ("In this image we can see a boat near a pier", "A boat near a pier"),
        ("In the picture there are three boats", "Three boats"),
        ("The image features a large clock tower", "A large clock tower"),
        ("Photo: a market hall at night", "A market hall at night"),
        ("We can see a bridge over a river", "A bridge over a river"),
        ("This is a close-up photo of a leaf", "A leaf"),
        ("The image shows: a fox in snow", "A fox in snow"),
        ("Looking at the picture, I can see a fox in snow", "A fox in snow"),
        ("there is a pom pom on a hat", "A pom pom on a hat"),
        ("a surfer at the beach of bora bora", "A surfer at the beach of bora bora"),
        ("a 50 50 raffle ticket on a table", "A 50 50 raffle ticket on a table"),
        ("rows and rows of seats in a hall", "Rows and rows of seats in a hall"),
        ("A dog, a cat and a cow in a field", "A dog, a cat and a cow in a field"),
        (
            "A nurse in a blue coat, a cook in a white apron and a guest in a grey suit",
            "A nurse in a blue coat, a cook in a white apron and a guest in a grey suit",
        ),
    ],
)
def test_caption_becomes_alt_text(caption, text):
    draft = compose(caption)
    assert (draft.text, draft.source, draft.reason) == (text, "caption", SuggestionReason.UNCONFIRMED)


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
        "a bird on it and a bird on it and a bird on it",
        "a sign with a sign with a sign with a sign",
        "dog dog dog dog on a sofa",
        "a cake and a candle and a cake and a candle and a cake",
    ],
)
def test_loops_and_empty_captions_are_no_alt_text(caption):
    draft = compose(caption)
    assert (draft.text, draft.source, draft.needs_human) == (None, "none", True)


@pytest.mark.parametrize(
    "caption",
    [
        "A bowl of rice, a bowl of soup and a bowl of salad",
        "A green door, a green gate and a green fence",
        "Two pots of tea, two pots of coffee, two pots of jam and two pots of honey",
        "A cup beside a plate beside a bowl beside a jug",
    ],
)
def test_an_enumeration_is_no_loop(caption):
    assert describe(caption, of_places(caption, occurrence())) == Description(caption, language="en")


@pytest.mark.parametrize(
    ("caption", "text"),
    [
        (
            "A blue van stands at a kerb. Its doors are open and show many boxes. Behind it there are tall houses, a "
            "tree and a lamp that is lit although it is day",
            "A blue van stands at a kerb. Its doors are open and show many boxes",
        ),
        (
            "A blue van at a kerb in a narrow street of an old town, with its doors open on both sides, while two "
            "people carry a heavy wardrobe of dark wood into the house behind it",
            "A blue van at a kerb in a narrow street of an old town, with its doors open on both sides",
        ),
        (
            "A sign says No. 5 at the door. "
            + "A very long second sentence goes on about the door and its handle " * 2,
            "A sign says No. 5 at the door",
        ),
    ],
)
def test_what_is_too_long_ends_where_a_sentence_or_a_clause_does_and_is_marked(caption, text):
    draft = compose(caption)
    assert (draft.text, draft.reason) == (text, SuggestionReason.SHORTENED)
    assert draft.needs_human


def test_long_captions_are_cut_at_a_word_and_never_left_hanging():
    draft = compose("a dog " + "with a very long tail and " * 4 + "some other words that go on for ever and ever")
    # The loop in the middle is one; a plain long sentence is cut.
    assert draft.text is None
    words = " ".join(f"word{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(40))
    draft = compose(words)
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
    draft = compose("a cat on a table", context, functional="link", titles=titles)
    assert (draft.text, draft.source, draft.needs_human) == (text, "link", False)
    # Nobody needs to look at the picture to know where the link leads.
    assert compose(None, context, functional="link", titles=titles) == draft


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://partner.test/", "Partner.test"),
        ("https://www.sponsor.test/index.html", "Sponsor.test"),
        ("https://social.test", "Social.test"),
    ],
)
def test_a_logo_that_leads_to_another_sites_home_is_never_called_this_sites(url, text):
    titles = ("Home – Cat & Comet", "About us – Cat & Comet")
    draft = compose("a blue logo with a star", Context(link_url=url), functional="link", titles=titles)
    assert (draft.text, draft.needs_human) == (text, True)


@pytest.mark.parametrize("url", ["https://shop.test/", "https://www.shop.test/", "http://eu.shop.test/index.php"])
def test_another_host_of_the_same_site_is_home(url):
    titles = ("Home – Cat & Comet", "About us – Cat & Comet")
    draft = compose("a blue logo with a star", Context(link_url=url), functional="link", titles=titles)
    assert (draft.text, draft.needs_human) == ("Cat & Comet home", False)


@pytest.mark.parametrize("url", ["http://shop.test/big/a.jpg", "http://shop.test/p/20391", None])
def test_a_link_whose_address_says_nothing_falls_back_to_the_caption(url):
    draft = compose("a cat on a table", Context(link_url=url), functional="link")
    assert (draft.text, draft.source) == ("A cat on a table", "caption")


@pytest.mark.parametrize(
    ("context", "text", "source"),
    [
        (Context(figcaption="The yard, after the rain", heading="Gravel"), None, "none"),
        (Context(product="Red kettle", heading="Shop"), "Red kettle", "product"),
        (Context(heading="The Move tool"), "The Move tool", "heading"),
        (Context(heading="3.6.4. Using the Palette Editor"), "Using the Palette Editor", "heading"),
        (Context(heading="5.16.1. Overview"), None, "none"),
        (Context(heading="Anna Lind", topic="Peter Novak"), "Peter Novak", "heading"),
        (Context(heading="Anna Lind", topic=""), None, "none"),
        (Context(figcaption="Figure", heading="The Move tool"), "The Move tool", "heading"),
        (Context(), None, "none"),
    ],
)
def test_where_the_captioner_abstained_the_page_speaks(context, text, source):
    draft = compose(None, context)
    assert (draft.text, draft.source, draft.needs_human) == (text, source, True)


def test_a_heading_that_differs_from_place_to_place_is_not_about_the_picture():
    draft = compose(None, Context(heading="One"), Context(heading="Two"))
    assert draft.text is None


def test_the_product_goes_before_the_caption():
    draft = compose("A kettle on a stove", Context(product="Model T"))
    assert draft.text == "Model T: a kettle on a stove"


@pytest.mark.parametrize(
    ("caption", "context", "reason"),
    [
        (None, Context(), SuggestionReason.ABSTAINED),
        (None, Context(figcaption="Bild von einem Garten am See"), SuggestionReason.ABSTAINED),
        ("the the the the the the the the the", Context(), SuggestionReason.UNUSABLE_CAPTION),
        ("a fox in the snow", Context(passage="A fox in the snow."), SuggestionReason.REPEATS_PAGE),
        ("a fox in the snow", Context(figcaption="A fox in the snow"), SuggestionReason.REPEATS_PAGE),
        ("IMG_2041.jpg IMG_2042.jpg", Context(), SuggestionReason.BREAKS_RULES),
        (None, Context(product="IMG_2041.jpg"), SuggestionReason.BREAKS_RULES),
    ],
)
def test_why_there_is_no_text(caption, context, reason):
    assert compose(caption, context, lang="de") == Draft(None, "none", reason)


def test_a_product_named_by_the_link_beside_is_not_said_twice():
    context = Context(product="Red kettle", link_url="http://shop.test/kettle", beside_link="Red kettle")
    assert compose(None, context, functional="link").reason is SuggestionReason.REPEATS_PAGE
    draft = compose("a kettle on a stove", context, functional="link")
    assert (draft.text, draft.reason) == ("Red kettle: a kettle on a stove", SuggestionReason.REPEATS_PAGE)


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("Bild von einem Garten am See", "de-AT", "Einem Garten am See"),
        ("Photo d’un chat sur le mur", "fr", "Chat sur le mur"),
        ("Foto de una casa roja", "es", "Casa roja"),
        ("Image of a photo of a fox", "en", "A fox"),
        ("Imagery of the coast", "en", "Imagery of the coast"),
    ],
)
def test_a_redundant_prefix_of_the_places_language_is_cut(text, lang, expected):
    assert compose(None, Context(product=text), lang=lang).text == expected


@pytest.mark.parametrize(
    ("lang", "spoken", "text"),
    [
        ("de", "en", None),
        ("fil", "fi", None),
        ("de-AT", "de", "A fox in the snow"),
        (None, "en", "A fox in the snow"),
        ("en-GB", "en", "A fox in the snow"),
    ],
)
def test_a_caption_in_another_language_than_the_page_is_not_proposed(lang, spoken, text):
    draft = decide(of_places("a fox in the snow", occurrence(lang=lang, context=Context()), spoken=spoken))
    assert draft.text == text
    assert (draft.reason is SuggestionReason.OTHER_LANGUAGE) is (text is None)


def test_in_place_of_a_caption_in_another_language_the_page_speaks():
    place = occurrence(lang="de", context=Context(product="Wasserkessel"))
    draft = decide(of_places("a kettle on a stove", place, spoken="en"))
    assert (draft.text, draft.reason) == ("Wasserkessel", SuggestionReason.FROM_PAGE)


def test_markup_that_silences_every_text_is_to_be_mended_first():
    silenced = occurrence(role="none", conflict="tabindex", interactive=None)
    assert decide(of_places("a fox in the snow", silenced)).reason is SuggestionReason.BREAKS_RULES
    # An empty alt text is what the attribute contradicts: with a text, nothing does.
    assert decide(of_places("a fox in the snow", replace(silenced, role=None, alt=""))).text == "A fox in the snow"


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_has_its_word_for_home(language):
    draft = compose("a cat", Context(link_url="http://shop.test/"), functional="link", lang=f"{language}-XX")
    assert draft.text is not None
    assert "shop.test" in draft.text.casefold()
    assert ("home" in draft.text.split()) is (language == "en")


WORDS = st.text(max_size=60) | st.lists(
    st.sampled_from(
        "image of a the photo fox garten am see bild von einem red IMG_2041.jpg 写真 of 12345 foto de una click here "
        "https://shop.test/x my_new_hero_final man woman <b> 320 KB logo".split(" ")
    ),
    max_size=40,
).map(" ".join)
TEXTS = st.none() | WORDS | st.text(max_size=400)


@st.composite
def contexts(draw: st.DrawFn) -> Context:
    """A place, whose parts often say the same."""
    few = draw(st.lists(WORDS, min_size=1, max_size=2))
    parts = st.none() | st.sampled_from(few) | TEXTS
    return Context(
        heading=draw(parts),
        figcaption=draw(parts),
        product=draw(parts),
        link_url=draw(st.none() | st.from_regex(r"https?://[a-z.]{1,20}/\S{0,60}", fullmatch=True)),
        link_text=draw(parts),
        beside_link=draw(parts),
        passage=draw(parts),
        surrounding=draw(parts),
    )


@st.composite
def groups(draw: st.DrawFn) -> ContextGroup:
    """Places of one picture with one key, as the rules meet them."""
    functional = draw(st.sampled_from([None, "link", "button"]))
    places = [
        occurrence(
            draw(st.sampled_from(["a.jpg", "red_fox_02.jpg", "48213.png"])),
            alt=draw(st.none() | st.just("") | WORDS),
            title=draw(st.none() | WORDS),
            lang=draw(st.none() | st.sampled_from([*LANGUAGES, "de-AT", "ru", "fil", "x"])),
            role=draw(st.none() | st.sampled_from(["none", "img", "button"])),
            conflict=draw(st.none() | st.just("tabindex")),
            hidden=draw(st.none() | st.just("aria-hidden")),
            interactive=functional,
            sole_content=functional is not None,
            context=draw(contexts()),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]
    captions = TEXTS | st.sampled_from([context.figcaption for context in (place.context for place in places)])
    titles = tuple(draw(st.lists(WORDS, max_size=3)))
    return of_places(draw(captions), *places, titles=titles)


@given(group=groups(), limit=st.none() | st.integers(10, 200))
@settings(max_examples=100)
def test_no_draft_breaks_a_rule_in_any_of_its_places(group, limit):
    rules = RuleOptions(max_alt_chars=limit)
    draft = decide(group, rules)
    if draft.text is None:
        assert draft.needs_human
        assert draft.reason is not None
        return
    assert draft.text == draft.text.strip()
    assert 0 < len(draft.text) <= min(MAX_ALT_CHARS, limit or MAX_ALT_CHARS)
    for place in group.occurrences:
        findings = judge(put_into(place, draft.text), rules=rules).findings
        assert {finding.severity for finding in findings} <= {Severity.REVIEW}
        assert draft.needs_human or not findings


def neighbour(
    image_id: int,
    suggested: str | None = None,
    *,
    decided: bool = False,
    key: str = "k",
    needs_text: bool = True,
    **facts: object,
) -> Neighbour:
    return Neighbour(occurrence(**facts), image_id, key, suggested, decided, needs_text)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        pytest.param(neighbour(4, "A fox in the snow"), None, None, id="drafted before this one"),
        pytest.param(None, neighbour(4, "A fox in the snow"), None, id="drafted before this one, and stands after it"),
        pytest.param(neighbour(6, "A fox in the snow"), None, "A fox in the snow", id="drafted later, and heeds this"),
        pytest.param(neighbour(6, "A fox in the snow", decided=True), None, None, id="decided by a person"),
        pytest.param(
            neighbour(6, alt="A fox in the snow", accessible_name="A fox in the snow"), None, None, id="there"
        ),
        pytest.param(neighbour(4, "A hare"), neighbour(3, "A deer"), "A fox in the snow", id="others"),
        pytest.param(
            neighbour(4, "A hare", needs_text=False, alt="A fox in the snow", accessible_name="A fox in the snow"),
            None,
            None,
            id="fine as it is, and so not to get what others of its context are proposed",
        ),
        pytest.param(
            neighbour(5, needs_text=False, alt="A fox", accessible_name="A fox"),
            None,
            "A fox in the snow",
            id="the same picture, and fine as it is",
        ),
        pytest.param(neighbour(5), None, None, id="the same picture twice in a row"),
        pytest.param(neighbour(5, "A fox in the snow", key="a"), None, None, id="in another context, drafted before"),
        pytest.param(neighbour(5, "A fox in the snow", key="z"), None, "A fox in the snow", id="and drafted later"),
        pytest.param(neighbour(4, "A fox in the snow", hidden="aria-hidden"), None, "A fox in the snow", id="hidden"),
    ],
)
def test_no_draft_repeats_what_stands_beside_it(before, after, text):
    group = of_places("a fox in the snow", occurrence(), neighbours=((before, after),))
    assert decide(group).text == text


def test_what_was_drafted_just_now_counts():
    group = of_places("a fox in the snow", occurrence(), neighbours=((neighbour(4, "A hare"), None),))
    places = beside(group, {(SITE_ID, 4, "k"): "A fox in the snow"})
    assert deciding.decide(group, places).text is None


@pytest.mark.parametrize("unit", ["- ", "— ", ", ", "; ", "in ", "a.png ", "( ", "person's "])
@pytest.mark.computes(5)
def test_a_caption_of_one_thing_over_and_over_costs_no_time(unit):
    for _ in range(5):  # each took 1.7 s where strokes were looked at from every one of them
        compose(unit * 10_000, Context(heading="Tea"))


def test_a_linked_picture_is_not_called_as_every_shelf_is():
    where = Context(heading="You may also like", link_url="http://shop.test/p/20391")
    assert compose(None, where, functional="link").text is None


@pytest.mark.parametrize(
    ("caption", "text"),
    [
        ("a screenshot of the layers panel with three layers", "A screenshot of the layers panel with three layers"),
        ("a screenshot of a man on a horse", "The layers panel"),
    ],
)
def test_a_caption_with_the_words_of_the_page_says_more_than_the_page(caption, text):
    assert (
        compose(caption, Context(heading="The layers panel"), image_url="http://shop.test/layers-panel.png").text
        == text
    )
