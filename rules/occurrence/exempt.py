"""Which occurrences are none of an audit's business, and which are rightly silent; each with its reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.records import IMG_ELEMENTS, ImageKind
from rules.aria import IMAGE_ROLES, PRESENTATIONAL, needs_no_name

if TYPE_CHECKING:
    from core.records import Occurrence

# Hosts of services that count; where a host does other things too, with the path that counts.
_TRACKERS = re.compile(
    r"//(?:[\w.-]+\.)?(?:facebook\.com/tr|google-analytics\.com/|googletagmanager\.com/|googleadservices\.com/"
    r"|doubleclick\.net/|googlesyndication\.com/|bat\.bing\.com/|ads\.linkedin\.com/|analytics\.twitter\.com/"
    r"|t\.co/i/|ads-twitter\.com/|analytics\.tiktok\.com/|tr\.snapchat\.com/|ct\.pinterest\.com/|alb\.reddit\.com/"
    r"|q\.quora\.com/|scorecardresearch\.com/|pixel\.wp\.com/|stats\.wp\.com/|hotjar\.com/|quantserve\.com/|matomo\."
    r"|adnxs\.com/|awin1\.com/sread|zenaps\.com/|amazon-adsystem\.com/|adsrvr\.org/|demdex\.net/|omtrdc\.net/|2o7\.net/"
    r"|everesttech\.net/|casalemedia\.com/|rubiconproject\.com/|criteo\.(?:com|net)/|trc\.taboola\.com/|tr\.outbrain\.com/"
    r"|mc\.yandex\.\w+/watch|counter\.yadro\.ru/|top-fwz1\.mail\.ru/counter|statcounter\.com/|histats\.com/"
    r"|etracker\.(?:com|de)/|ivwbox\.de/|ioam\.de/|met\.vgwort\.de/|xiti\.com/|webtrekk\.net/|getclicky\.com/"
    r"|chartbeat\.net/|mixpanel\.com/track|track\.hubspot\.com/|list-manage\.com/track|hm\.baidu\.com/)",
    re.I,
)
_TRACKING_FILE = re.compile(
    r"(?:^|/)(?:pixel|track(?:ing|er)?|beacon|open|count(?:er)?|px|impression|__(?:utm|ptq))\.(?:gif|png|php)(?:\?|$)"
    r"|(?:^|/)(?:matomo|piwik)\.php(?:\?|$)",
    re.I,
)
# What programs that count call themselves, where parameters follow and no name of a picture.
_TRACKING_PATH = re.compile(
    r"/(?:pixel|px|track|tracking|beacon|collect|conversion|impression|imp|adsct|pagead|sread|tr|telemetry|pageview)"
    r"(?:/[^?.]*)?(?:\.(?:img|php|aspx?|cgi))?\?[^?]*=",
    re.I,
)


def ignored_reason(occurrence: Occurrence) -> str | None:
    """Why an occurrence is none of an audit's business; None when it is."""
    if occurrence.hidden is not None:
        return f"not shown to assistive technology: {occurrence.hidden}"
    width, height = occurrence.width, occurrence.height
    if width is not None and height is not None and width <= 2 and height <= 2:
        return "tracking pixel or spacer: two pixels or less"
    address = occurrence.image_url or ""
    if _TRACKERS.search(address) or (not occurrence.alt and _counts(occurrence, address)):
        return "tracking pixel: its address is one of a counting service"
    if occurrence.kind is ImageKind.SVG and not (
        occurrence.role in IMAGE_ROLES or occurrence.accessible_name or occurrence.sole_content
    ):
        return "inline SVG without role=img: not announced as an image"
    if needs_no_name(occurrence.role) and not occurrence.accessible_name:
        return f"role={occurrence.role}: not announced as an image, and needs no name"
    return None


def _counts(occurrence: Occurrence, address: str) -> bool:
    """Whether an image without a text is there to be asked for: by its file, or by a program's name and parameters."""
    if _TRACKING_FILE.search(address):
        return True
    sized = (occurrence.width or 0) > 2 or (occurrence.height or 0) > 2
    return "?" in address and not sized and _TRACKING_PATH.search(address) is not None


def decorative_reason(occurrence: Occurrence) -> str | None:
    """Why a silent occurrence is rightly silent; None when it speaks or should."""
    if occurrence.kind is ImageKind.BACKGROUND:
        return "CSS background: not announced, whatever stands on the element"
    if occurrence.kind is ImageKind.POSTER:
        return "poster of a video: the video is announced, not its poster"
    if occurrence.role in PRESENTATIONAL:
        return f"role={occurrence.role}"
    if occurrence.element in IMG_ELEMENTS and occurrence.alt == "" and not occurrence.accessible_name:
        return 'alt="" marks it as decoration'
    return None
