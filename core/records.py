"""The frozen records that cross the borders between stages.

A missing alt is None, an empty one is ''; the two are never mixed up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

# A captioning model looks at a few hundred pixels; a wider file only costs the site and us the transfer.
USEFUL_WIDTH_PX = 1600


class Severity(StrEnum):
    """How sure a finding is."""

    ERROR = "error"  # certain failure
    WARNING = "warning"  # likely failure
    REVIEW = "review"  # only a person can tell


class Classification(StrEnum):
    """What an audit says of one occurrence."""

    MISSING = "missing"  # needs a text and has none
    EMPTY = "empty"  # alt="" where the picture is clearly not decoration
    DECORATIVE = "decorative"  # rightly silent
    SUSPICIOUS = "suspicious"  # has a text with an error or a warning
    OK = "ok"
    IGNORED = "ignored"  # tracking pixel, not rendered, outside the accessibility tree


# An image used in one of these ways is worth a caption.
NEEDS_TEXT = (Classification.MISSING, Classification.EMPTY, Classification.SUSPICIOUS)


# Elements that are an img: AMP's become one when they are shown (amp.dev, amp-img).
IMG_ELEMENTS = frozenset({"img", "amp-img", "amp-anim"})
ALT_ELEMENTS = IMG_ELEMENTS | {"input", "area"}  # which have an alt attribute


class ImageKind(StrEnum):
    """The way in which an element shows an image."""

    IMG = "img"
    INPUT = "input"  # input type=image
    AREA = "area"  # a part of an image map that leads somewhere
    SVG = "svg"
    OBJECT = "object"
    EMBED = "embed"
    POSTER = "poster"  # of a video
    BACKGROUND = "background"  # a CSS background
    ROLE = "role"  # any other element with role=img


class QueueState(StrEnum):
    """Where an image stands in the captioning queue; every image is in exactly one."""

    PENDING = "pending"
    LEASED = "leased"  # a worker holds it until its lease expires
    CAPTIONED = "captioned"  # the model has looked at it, also when it abstained
    FAILED = "failed"  # stage, code and message say why
    SKIPPED = "skipped"  # no occurrence needs a text; code says why


class Stage(StrEnum):
    """The step of the captioning worker in which an image failed."""

    FETCH = "fetch"
    DECODE = "decode"
    GENERATE = "generate"
    COMPOSE = "compose"


class CrawlStatus(StrEnum):
    """What has become of a crawl."""

    RUNNING = "running"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"  # cut short; goes on when the same command runs again
    FAILED = "failed"  # no page could be read


class Step(StrEnum):
    """The steps of a run over a site, in their order."""

    CRAWL = "crawl"
    CAPTION = "caption"
    SUGGEST = "suggest"
    REPORT = "report"


class RunState(StrEnum):
    """What has become of a run over a site."""

    RUNNING = "running"  # or its process died without a word, when nobody holds the site
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"  # cut short from outside: goes on as soon as it may


class SuggestionState(StrEnum):
    """What people have said of a suggestion."""

    PENDING = "pending"
    APPROVED = "approved"
    EDITED = "edited"
    REJECTED = "rejected"
    DECORATIVE = "decorative"  # the picture needs no text: an empty alt
    LIVE = "live"  # seen on the site by a later crawl
    REGRESSED = "regressed"  # was live, is gone again


# A person has said so.
DECIDED = tuple(state for state in SuggestionState if state is not SuggestionState.PENDING)
ACCEPTED = tuple(state for state in DECIDED if state is not SuggestionState.REJECTED)  # whose text is to stand there


class Outcome(StrEnum):
    """What a crawl saw of a decided text on the site. A decision of which no crawl saw anything is open."""

    LIVE = "live"  # it stands there
    REGRESSED = "regressed"  # it stood there, and does no more
    CHANGED = "changed"  # somebody has put another text there since


class DecisionState(StrEnum):
    """What a person decided: a row of the journal."""

    PENDING = "pending"  # a person's text that waits for somebody to approve it; without one: open again
    APPROVED = "approved"
    EDITED = "edited"
    REJECTED = "rejected"
    DECORATIVE = "decorative"
    UNDONE = "undone"  # takes another decision back


class SuggestionOrigin(StrEnum):
    """Who wrote the text of a suggestion. Only a model's may be replaced by a machine."""

    MODEL = "model"
    IMPORT = "import"
    HUMAN = "human"


class SuggestionSource(StrEnum):
    """What the text of a suggestion was made from."""

    STANDING = "standing"  # the text that stands there, without a mechanical fault
    NAMED = "named"  # what its aria-label or title calls it
    ELSEWHERE = "elsewhere"  # what the site says of the same picture in another place
    PATTERN = "pattern"  # as the site's other texts are made: "An example {title}"
    CAPTION = "caption"  # what a model said of the picture
    LINK = "link"  # where the link leads
    FIGCAPTION = "figcaption"  # no longer proposed, since it stands beside the picture; in stores of before
    PRODUCT = "product"
    HEADING = "heading"
    LABEL = "label"  # a short text right behind the picture
    PHRASE = "phrase"  # what a sentence beside it names: "the Layers dialog"
    TERM = "term"  # of its definition or row
    TITLE = "title"  # of the page
    BEFORE = "before"  # the sentence that leads to it
    AFTER = "after"  # the one that follows
    DIALOG = "dialog"  # the title of the window that the picture shows, as it was read in it
    READ = "read"  # the words of a picture that is a button or a banner
    CLASS = "class"  # what a classifier sees, and the file's name or the page says, too
    FILE_NAME = "file_name"
    EMPTY = "empty"  # alt="": the page says it beside the picture
    NONE = "none"  # there is no text


class Witness(StrEnum):
    """A family of sources that may say what another says of a picture."""

    CAPTION = "caption"  # or a text behind it, or the head of its row or column
    HEADING = "heading"  # or the title of the page
    TEXT = "text"  # beside it
    FILE = "file"  # its name
    PICTURE = "picture"  # text in it
    AGREEMENT = "agreement"  # a model that compares texts with pictures


class SuggestionReason(StrEnum):
    """Why there is no text to propose, or why a person is needed."""

    ABSTAINED = "abstained"  # the captioner was not sure, and the page says nothing of the picture
    UNUSABLE_CAPTION = "unusable_caption"  # the caption says nothing or runs in circles, and so does the page
    OTHER_LANGUAGE = "other_language"  # the caption is in another language than the page, which says nothing itself
    REPEATS_PAGE = "repeats_page"  # all there is to say stands beside the picture: alt="" may be right
    BREAKS_RULES = "breaks_rules"  # the rules condemn every text, here or because of the markup
    OTHER_PICTURES = "other_pictures"  # other pictures of the site have the text, or one that stood here before
    SHORTENED = "shortened"  # the caption is longer than a text may be: its end was left out
    FAILED = "failed"  # the composer broke down; the log says how
    FROM_PAGE = "from_page"  # the text is the page's own: nobody looked at the picture
    UNSEEN = "unseen"  # the picture could not be looked at
    GROUP = "group"  # one of several alike in a row, as the stars of a rating: one text says all
    ELSEWHERE = "elsewhere"  # other places have it: several texts, or for a picture that only looks the same
    READ = "read"  # a program has read the text in the picture
    MISFIT = "misfit"  # a model that compares texts with pictures finds that others of the site fit as well
    REVIEW = "review"  # a rule asks for a person
    UNCONFIRMED = "unconfirmed"  # nothing but a model says so: no word of it is on the page or in the file's name
    FUNCTION = "function"  # of a link or button: what it is for is not known, or guessed by its icon
    ADDRESS = "address"  # worded as the link's address is, which may spell it otherwise than people do
    TRANSLATED = "translated"  # by a model, from what another said of the picture in English
    KIND = "kind"  # a chart, a logo, a screen or the like: models make up what such pictures say


class PageState(StrEnum):
    """What became of a page's last fetch."""

    QUEUED = "queued"  # known, not fetched yet
    FETCHED = "fetched"
    FAILED = "failed"  # `failure` holds the code
    SKIPPED = "skipped"  # not a page of this audit; `failure` holds the reason
    GONE = "gone"  # a crawl of the whole site no longer came across it


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that an occurrence breaks."""

    rule: str
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True)
class Context:
    """Where an image stands: what its surroundings say of it. Texts are whitespace-collapsed and bounded."""

    heading: str | None = None  # nearest heading before the image
    topic: str | None = None  # heading that is about the image, where that is another one than `heading`; '': none is
    figcaption: str | None = None
    product: str | None = None  # name of the product (schema.org microdata or JSON-LD) the image belongs to
    link_url: str | None = None  # absolute target of the link around the image
    link_href: str | None = None  # its target as written, where `link_url` says less: "#top", "mailto:a@b.test"
    link_text: str | None = None  # text beside the image inside its link or button
    beside_link: str | None = None  # text of the link next to the image's own that leads to the same page
    passage: str | None = None  # text of the paragraph, list item or table cell around an image in no link
    own_text: str | None = None  # text inside an element that is no image in itself but shows one
    surrounding: str | None = None  # text of the nearest block around the image
    # What follows is read where the image has no text of some words, and is not all there is in a link or button.
    pictures: int | None = None  # of the page that have this heading
    before: str | None = None  # the end of the text before the image, in its block or the one before
    label: str | None = None  # a short text right behind it, in its own block
    after: str | None = None  # the beginning of another text behind it
    term: str | None = None  # the term of its definition, or the first cell of its row
    column: str | None = None  # the head of its column


def functional_role(interactive: str | None, sole_content: bool) -> str | None:
    """What a picture does where it is all there is in a link or button: 'link' or 'button'; else None."""
    return interactive if sole_content else None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One place on one page where an image stands, as the page's HTML says it."""

    key: str  # identity on its page, the same at the next crawl while the place keeps its image
    kind: ImageKind
    element: str  # tag name
    selector: str  # CSS selector that finds the element
    html: str  # the element's own markup, bounded
    src: str | None = None  # as written in the attribute that names the picture
    image_url: str | None = None  # canonical address: the identity of the image
    address: str | None = None  # absolute, as written: what image_url was made from. None: data:, or too long to keep
    picture: str | None = None  # image_url, where the page shows that `address` is that of a size of it
    href: str | None = None  # of an area, as written
    fetch_url: str | None = None  # absolute address of the most useful candidate
    fetch_width: int | None = None  # pixels that the page promises for it
    alt: str | None = None
    accessible_name: str | None = None
    lang: str | None = None  # of the alt text: the nearest lang attribute, the page's own included
    lang_guessed: str | None = None  # a primary subtag, from the page's text and address: lang is not there, or wrong
    role: str | None = None
    conflict: str | None = None  # attribute that contradicts role=none or alt="" on it
    title: str | None = None
    width: int | None = None  # CSS pixels, as declared
    height: int | None = None
    hidden: str | None = None  # why assistive technology does not meet it; None when it does
    interactive: str | None = None  # 'link' or 'button' when it stands inside one
    sole_content: bool = False  # the only content of that link or button
    referrer: str | None = None  # the policy of requests for it, where the page names one (core.referrer_policy)
    line: int | None = None  # in the page's source, from 1, where the start tag ends; None: not known
    media_id: str | None = None  # its number in the content system, where its class names it: wp-image-611
    product_ids: str | None = None  # sku, gtin and the like of the product that it is of, one a line
    context: Context = field(default_factory=Context)

    @property
    def functional(self) -> str | None:
        """'link' or 'button' where the picture is all there is in one, so that its text is that of the link."""
        return functional_role(self.interactive, self.sole_content)

    @property
    def language(self) -> str | None:
        """The language to read its text in: as guessed where there was a reason to guess, else as declared."""
        return self.lang_guessed or self.lang

    @property
    def needs_alt_attribute(self) -> bool:
        """Whether HTML gives this element an alt attribute at all."""
        return self.element in ALT_ELEMENTS


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of one occurrence."""

    classification: Classification
    reason: str | None = None  # why decorative or ignored
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A composed alt text; an empty one is `alt=""`, None means that there is nothing to propose."""

    text: str | None
    source: SuggestionSource
    reason: SuggestionReason | None  # None: nothing is left to doubt
    confidence: float | None = None  # 0 to 1: of a caption, its captioner's; of a text of the page, that it will do
    witnesses: tuple[str, ...] = ()  # what else says a text of the page: core.records.Witness

    @property
    def needs_human(self) -> bool:
        """Whether a person is to look at it before it goes out."""
        return self.reason is not None


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What the audit reads from one page."""

    url: str  # after redirects
    title: str | None
    lang: str | None
    robots: tuple[str, ...]  # as parsed: contents of meta robots, 'otherbot: nofollow'; stored: what applies to us
    links: tuple[str, ...]  # absolute http(s) links in document order, fragments removed, no repeats
    occurrences: tuple[Occurrence, ...]
    canonical: str | None = None  # the address that the page names as its own, where that is another
    cut: tuple[str, ...] = ()  # why not all of the page was read: formatting, frames, css, images
    nofollow: tuple[str, ...] = ()  # of the links, those that have rel=nofollow wherever they stand
    unfollowed: tuple[str, ...] = ()  # kinds of pages that it leads to and that are left out: amphtml
    built_by_script: bool = False  # it holds scripts and hardly a text, a link or an image


@dataclass(frozen=True, slots=True)
class PageVersion:
    """What tells whether a page is still the one that was read."""

    etag: str | None = None  # validators of RFC 9110, as the server sent them
    last_modified: str | None = None
    body_sha256: str | None = None  # of the Content-Type and the body
    reader: str | None = None  # what read it


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page that was read, and what the rules say of it."""

    url: str  # as it was queued
    depth: int  # links from the start page
    facts: PageFacts
    judgements: tuple[Judgement, ...]  # one for each of the facts' occurrences, in order
    status: int | None = None  # HTTP status; None where an export told of the page
    queued: tuple[tuple[str, int], ...] = ()  # (url, depth) found here and not met before in this crawl
    version: PageVersion = PageVersion()


@dataclass(frozen=True, slots=True)
class PageUnchanged:
    """A page that is as it was read before: what is stored of it stays."""

    url: str
    depth: int
    queued: tuple[tuple[str, int], ...] = ()
    version: PageVersion = PageVersion()  # validators that are None stay as they are stored


@dataclass(frozen=True, slots=True)
class PageFailed:
    """A URL that could not be read, or that is no page of this audit."""

    url: str
    depth: int
    failure: str  # a failure code; where it was skipped, the reason
    status: int | None = None
    queued: tuple[tuple[str, int], ...] = ()
    skipped: bool = False

    @property
    def state(self) -> PageState:
        """What the store says of the page: failed or skipped."""
        return PageState.SKIPPED if self.skipped else PageState.FAILED


@dataclass(frozen=True, slots=True)
class OccurrencesAdded:
    """Further occurrences on a page that was read before; what is stored of it stays."""

    url: str
    occurrences: tuple[Occurrence, ...]
    judgements: tuple[Judgement, ...]  # one for each occurrence, in order


PageResult = PageRead | PageUnchanged | PageFailed | OccurrencesAdded  # what became of a page, ready to be stored
