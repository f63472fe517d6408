"""Values of the domain for property tests: websites, and what people and programs do to them."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.store.world import Picture, WebPage

SOURCES = (
    "/a.jpg", "/a.jpg?fmt=small", "/a.jpg?fmt=large&v=1", "/a.jpg?utm_source=x", "/b.jpg", "/b.jpg?v=2",
    "/_next/image?url=%2Fa.jpg&w=640", "/b.jpg?imwidth=300",
)  # fmt: skip
PATHS = ("/a.jpg", "/b.jpg", "/_next/image")
PAGES = ("/", "/2")
SHIPPED_ROWS = ("Campaign parameters", "Next.js", "Akamai Image and Video Manager")
ADDED_ROWS = ("fmt", "v")
ORIGINS = ("http://shop.test", "https://shop.test", "http://store.test")
LANGUAGES = ("en", "de", None)
TEXTS = ("Tea", "A pot", "Grüner Tee")

pictures = st.builds(
    Picture,
    src=st.sampled_from(SOURCES),
    link=st.sampled_from([None, None, "/x", "/y"]),
    figcaption=st.sampled_from([None, None, "Tea", "Pot"]),
    product=st.sampled_from([None, None, "Tea"]),
    alt=st.sampled_from([None, None, *TEXTS]),
)
web_pages = st.builds(WebPage, pictures=st.lists(pictures, min_size=1, max_size=3), lang=st.sampled_from(LANGUAGES))
sites = st.fixed_dictionaries(dict.fromkeys(PAGES, web_pages))

_edits = st.one_of(
    st.tuples(st.just("picture"), st.sampled_from(PAGES), st.integers(0, 2), pictures),
    st.tuples(st.just("add"), st.sampled_from(PAGES), pictures),
    st.tuples(st.just("remove"), st.sampled_from(PAGES), st.integers(0, 2)),
    st.tuples(
        st.just("field"),
        st.sampled_from(PAGES),
        st.integers(0, 2),
        st.sampled_from(["link", "figcaption", "product", "alt"]),
        st.sampled_from([None, "/x", "Tea", "Pot"]),
    ),
    st.tuples(st.just("language"), st.sampled_from(PAGES), st.sampled_from(LANGUAGES)),
    st.tuples(st.just("move"), st.sampled_from(ORIGINS)),
    st.tuples(st.just("bytes"), st.sampled_from(PATHS), st.integers(0, 2)),
)
_programs = st.one_of(
    st.just(("crawl",)),
    st.just(("caption",)),
    st.just(("recaption",)),
    st.just(("audit",)),
    st.tuples(
        st.just("table"),
        st.frozensets(st.sampled_from(SHIPPED_ROWS)),  # taken out
        st.frozensets(st.sampled_from(ADDED_ROWS)),
    ),
)
_people = st.one_of(
    st.tuples(
        st.just("decide"),
        st.integers(0, 5),
        st.sampled_from(["approved", "edited", "rejected", "decorative", "pending"]),
        st.sampled_from(TEXTS),
    ),
    st.tuples(st.just("undo"), st.integers(0, 9)),
)
# What happens to a website and its store, in any order.
events = st.lists(st.one_of(_edits, _programs, _programs, _people, _people), min_size=4, max_size=20)
