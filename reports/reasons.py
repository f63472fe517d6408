"""What a failure code means to someone who has never seen one, and what can be done about it.

Codes are an open set: one that is not in the table still comes with its stored message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.records import Stage


@dataclass(frozen=True, slots=True)
class Reason:
    """A failure in plain words."""

    happened: str
    action: str


_AGAIN = "Run the audit again later; if it stays, tell whoever runs the server."
_EXPORT = "Save the picture again as JPEG, PNG or WebP and replace it on the site."

# (pattern of the whole code, what happened, what to do); the first that matches counts.
_TABLE = (
    (r"http_(401|403|407|451)", "The server refused access.",
     "Let the audit's address or user agent through, or check that visitors may see it."),
    (r"http_(404|410)", "There is nothing at this address.",
     "Repair or remove the link: visitors get nothing there either."),
    (r"http_429", "The server asked for fewer requests.", "Run the audit again with fewer requests at a time."),
    (r"http_5\d\d", "The server failed to answer properly.", _AGAIN),
    (r"http_\d+", "The server answered with something else than the file.",
     "Open the address in a browser and see what comes."),
    (r"render_too_large", "What the page's scripts build is larger than the audit accepts.",
     "Open the page in a browser; read it without --render."),
    (r"render_.*", "The page's scripts did not come to an end in the browser, or brought it down.",
     "Open the page in a browser; raise crawl.render_timeout_s, or read it without --render."),
    (r"timeout|.*_timeout", "The server took too long to answer.", _AGAIN),
    (r"dns|.*_dns", "The host name of this address does not exist.", "Correct the address on the page."),
    (r"address_refused|private_address", "The address lies in a network that is not public, where the site is not.",
     "If it may be read, name the network with --allow-private; visitors from outside get nothing there."),
    (r"(tls|ssl|certificate)(_.*)?", "The server's certificate was not accepted.",
     "Have the certificate renewed, or correct the address."),
    (r"connection|refused|download|cut_short", "No connection to the server, or it broke.", _AGAIN),
    (r"redirect", "The address leads to another one, which was audited in its place.",
     "Nothing. Linking to the final address spares visitors the detour."),
    (r".*redirect.*", "The address leads in circles or nowhere.", "Link to the final address directly."),
    (r"robots", "The site's robots.txt asks crawlers to stay away.",
     "Nothing, if that is meant. Else allow the audit in robots.txt."),
    (r"robots_unreachable", "The site's robots.txt cannot be read, which forbids everything.", _AGAIN),
    (r"retry_later", "The server asked for a longer pause than the audit makes.", "Run the audit again later."),
    (r"page_limit", "The crawl reached its page limit before it came here.",
     "Raise the limit and run again to cover these pages."),
    (r"abandoned", "The crawl was stopped before it came here.", "Run the audit again."),
    (r"not_html", "It is not a web page.", "Nothing: only web pages have images to audit."),
    (r"too_(large|many_bytes|many_pixels)", "The file is larger than the audit accepts.",
     "Serve a smaller version; it loads faster for visitors too."),
    (r"too_small", "The picture is too small to show anything.",
     'Give it alt="" if it is decoration, or write the text by hand.'),
    (r"html|not_(an_)?image", "What came is not a picture.",
     "Open the address in a browser; often it is an error page."),
    (r"svg", "It is a drawing in SVG, which the model cannot look at.", "Write the text by hand."),
    (r"unsupported(_.*)?", "The picture's format cannot be read.", _EXPORT),
    (r"truncated|corrupt|empty", "The file is damaged or cut short.", _EXPORT),
    (r"out_of_memory", "The captioning machine ran out of memory on this picture.",
     "Caption again with a smaller model or on a larger machine."),
)  # fmt: skip

_BY_STAGE = {
    Stage.FETCH: Reason("The picture could not be downloaded.", "Open the address in a browser."),
    Stage.DECODE: Reason("The file could not be read as a picture.", _EXPORT),
    Stage.GENERATE: Reason("The model failed on this picture.", "Write the text by hand, or try another model."),
    Stage.COMPOSE: Reason("No usable text came of the model's caption.", "Write the text by hand."),
}
_PAGE = Reason("The page could not be read.", "Open the address in a browser.")

SKIPPED = {
    "has_alt": "has a text already",
    "decorative": "is rightly silent",
    "ignored": "is not shown to people (tracking pixels, hidden images)",
    "vanished": "stands on no page any more",
}


def explain(code: str, stage: Stage | None = None) -> Reason:
    """The words for a code; `stage` is None for a page."""
    for pattern, happened, action in _TABLE:
        if re.fullmatch(pattern, code):
            return Reason(happened, action)
    return _BY_STAGE[stage] if stage is not None else _PAGE
