"""From a caption and the place where the picture stands to a draft alt text. Pure.

The order follows the W3C alt decision tree: a link or button first (its text must say where it leads), then what
the picture shows, then what the page itself says of it. Every draft passes the lint that judges a site's own texts.
https://www.w3.org/WAI/tutorials/images/decision-tree/
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from captioning.people import neutral
from core.records import Severity
from core.text import collapse, comparable, shorten, storable
from rules.options import MAX_ALT_CHARS, RuleOptions
from rules.text import lint
from store.captions import Draft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from core.records import Context
    from store.captions import ContextGroup

# What captioning models begin with that says nothing; "arafed" is a word of BLIP-large alone.
_NOISE = re.compile(r"\b(?:araf\w*|araff\w*)\s+(?:image|photo|picture)?\s*(?:of\s+)?", re.I)
_OPENING = re.compile(
    r"^(?:there (?:is|are)\s+|this is\s+)?"
    r"(?:(?:an?|the)\s+)?(?:(?:close[- ]?up|blurry|black and white|old|stock|vintage)\s+)*"
    r"(?:image|photo|photograph|picture|pic|close[- ]?up|shot|view)\s+(?:of|showing)(?:\s+|$)",
    re.I,
)
_THERE_IS = re.compile(r"^there (?:is|are)\s+(?=\S+ \S+)", re.I)
_REPEATED = re.compile(r"\b(\w+)((?: and)?) \1\b(?! \1)", re.I)
_DANGLING = re.compile(
    r"[\s,;:–—-]+(?:a|an|and|are|as|at|by|for|from|his|her|in|is|its|of|on|or|that|the|their|to|while|with)$", re.I
)
_NUMBERING = re.compile(r"^(?:\d+\.)+\d*\s+")  # "3.6.4. Using the Palette Editor"
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?)$", re.I)
_SLUG_NOISE = re.compile(r"\.(?:html?|php|aspx?|jsp)$|^(?:index|default|home)(?:\.\w+)?$", re.I)

_DEFAULT_RULES = RuleOptions()


def compose(caption: str | None, group: ContextGroup, rules: RuleOptions = _DEFAULT_RULES) -> Draft:
    """The draft for one context. `caption` is None where the captioner abstained.

    It is no longer than `rules` allow, and never longer than MAX_ALT_CHARS, however lax they are.

    A draft made from the page alone, or one with something left to doubt, is marked needs_human. A draft without
    text says that nothing fit to propose was found.
    """
    described = _describe(caption, group) if caption is not None else None
    if group.functional == "link":
        purpose = _link_purpose(group)
        if purpose is not None:
            return _checked(purpose, "link", rules, needs_human=described is None)
    product = _agreed(group.contexts, lambda context: context.product)
    if described is not None:
        if product and comparable(product) not in comparable(described):
            named = f"{product}: {described[0].lower()}{described[1:]}"
            described = named if len(named) <= _limit(rules) else described
        return _checked(described, "caption", rules, needs_human=False)
    figcaption = _agreed(group.contexts, lambda context: context.figcaption)
    heading = _topic(_agreed(group.contexts, lambda context: context.heading))
    for text, source in ((figcaption, "figcaption"), (product, "product"), (heading, "heading")):
        if text is not None:
            draft = _checked(text, source, rules, needs_human=True)
            if draft.text is not None:
                return draft
    return Draft(None, "none", needs_human=True)


def _agreed(contexts: Iterable[Context], part: Callable[[Context], str | None]) -> str | None:
    """What all places of the group say alike; None where they differ, since it is then not about the picture."""
    said = {part(context) for context in contexts}
    return said.pop() if len(said) == 1 else None


def _topic(heading: str | None) -> str | None:
    """A heading without its number; None for a single word ("Overview", "Options"), which names no picture."""
    topic = _NUMBERING.sub("", heading or "")
    return topic if len(topic.split()) > 1 else None


def _checked(text: str, source: str, rules: RuleOptions, *, needs_human: bool) -> Draft:
    """Bound and lint a text: an error leaves nothing to propose, a warning asks for a person."""
    text = _tidy(shorten(text, _limit(rules)))
    findings = lint(text, rules=rules) if text else ()
    if not text or any(finding.severity is Severity.ERROR for finding in findings):
        return Draft(None, "none", needs_human=True)
    return Draft(text, source, needs_human or bool(findings))


def _limit(rules: RuleOptions) -> int:
    return min(MAX_ALT_CHARS, rules.alt_limit)


def _tidy(text: str) -> str:
    """Sentence case, no full stop at the end, no word left hanging by a cut."""
    text = text.rstrip(" .,;:…")
    while (shorter := _DANGLING.sub("", text)) != text:
        text = shorter
    return text[:1].upper() + text[1:]


def _describe(caption: str, group: ContextGroup) -> str | None:
    """The caption as alt text; None when nothing is left of it, or the model ran in circles."""
    text = collapse(storable(caption))
    text = _NOISE.sub("", text)
    text = _OPENING.sub("", text)
    text = _THERE_IS.sub("", text)
    text = _REPEATED.sub(r"\1", text)
    if _loops(text) or len(text.split()) < 2:
        return None
    said = " ".join(
        part
        for context in group.contexts
        for part in (context.heading, context.figcaption, context.product, context.surrounding, context.link_text)
        if part
    )
    return _tidy(neutral(text, " ".join((said, *group.page_titles)))) or None


def _loops(text: str) -> bool:
    """Whether a run of two or more words comes back three times, or fewer than half of the words are different."""
    words = comparable(text).split()
    for size in (2, 3, 4):
        runs = [tuple(words[start : start + size]) for start in range(len(words) - size + 1)]
        if any(runs.count(run) >= 3 for run in set(runs)):
            return True
    return len(words) >= 8 and len(set(words)) * 2 < len(words)


def _link_purpose(group: ContextGroup) -> str | None:
    """Where the link leads, in words: the product, the site's name for its home page, else the address' own words."""
    product = _agreed(group.contexts, lambda context: context.product)
    if product is not None:
        return product
    url = _agreed(group.contexts, lambda context: context.link_url)
    if url is None or _PICTURE_FILE.search(urlsplit(url).path):
        return None  # a link to the picture itself only shows it larger
    parts = [part for part in urlsplit(url).path.split("/") if part and not _SLUG_NOISE.match(part)]
    if not parts:
        return f"{_site_name(group, url)} home"
    slug = re.sub(r"[-_+\s]+", " ", _SLUG_NOISE.sub("", unquote(parts[-1]))).strip()
    # A number or a code says nothing to a visitor.
    return slug if re.search(r"[^\W\d_]{3}", slug) and not re.search(r"\d{4}", slug) else None


def _site_name(group: ContextGroup, url: str) -> str:
    """What most page titles begin or end with alike ("Contact – Cat & Comet"), else the host."""
    ends: Counter[str] = Counter()
    for title in group.page_titles:
        parts = re.split(r"\s+[|–—·-]\s+|:\s+", title)
        ends.update({parts[0], parts[-1]})
    for name, number in ends.most_common(1):
        if number > 1 and number * 2 > len(group.page_titles):
            return name
    return urlsplit(url).netloc
