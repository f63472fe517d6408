"""Which occurrences are none of an audit's business, and which are rightly silent; each with its reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.records import IMG_ELEMENTS, ImageKind
from rules.aria import IMAGE_ROLES, PRESENTATIONAL, needs_no_name

if TYPE_CHECKING:
    from core.records import Occurrence

_TRACKERS = re.compile(
    r"//(?:[\w.-]+\.)?(?:facebook\.com/tr|google-analytics\.com/|googletagmanager\.com/|doubleclick\.net/"
    r"|bat\.bing\.com/|px\.ads\.linkedin\.com/|analytics\.twitter\.com/|scorecardresearch\.com/"
    r"|pixel\.wp\.com/|stats\.wp\.com/|hotjar\.com/|quantserve\.com/|matomo\.)",
    re.I,
)
_TRACKING_FILE = re.compile(r"(?:^|/)(?:pixel|track(?:ing)?|beacon|open)\.(?:gif|png|php)(?:\?|$)", re.I)


def ignored_reason(occurrence: Occurrence) -> str | None:
    """Why an occurrence is none of an audit's business; None when it is."""
    if occurrence.hidden is not None:
        return f"not shown to assistive technology: {occurrence.hidden}"
    width, height = occurrence.width, occurrence.height
    if width is not None and height is not None and width <= 2 and height <= 2:
        return "tracking pixel or spacer: two pixels or less"
    address = occurrence.image_url or ""
    if _TRACKERS.search(address) or (_TRACKING_FILE.search(address) and not occurrence.alt):
        return "tracking pixel: its address is one of a counting service"
    if occurrence.kind is ImageKind.SVG and not (
        occurrence.role in IMAGE_ROLES or occurrence.accessible_name or occurrence.sole_content
    ):
        return "inline SVG without role=img: not announced as an image"
    if needs_no_name(occurrence.role) and not occurrence.accessible_name:
        return f"role={occurrence.role}: not announced as an image, and needs no name"
    return None


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
