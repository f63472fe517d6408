"""Whom it hurts where a rule is broken, and how, in words for people who have never met a screen reader."""

from __future__ import annotations

from enum import StrEnum


class Harm(StrEnum):
    """What comes of a fault; each rule has one."""

    UNSAID = "unsaid"
    NOWHERE = "nowhere"
    NOISE = "noise"
    TWICE = "twice"
    UNTRUE = "untrue"
    MIXED = "mixed"
    GARBLED = "garbled"
    LENGTHY = "lengthy"
    TEMPLATE = "template"


WHOM = {
    Harm.UNSAID: "Whoever cannot see the picture does not learn what it shows: people who are blind and have the page "
    "read out or in braille, and anyone whose pictures do not load. Search engines learn nothing, too.",
    Harm.NOWHERE: "People who have the page read out hear a link or button and not where it leads or what it does; "
    "those who control the computer by voice cannot name it. They must try it, or leave it.",
    Harm.NOISE: "People who have the page read out must listen to it, often letter by letter, and know no more of the "
    "picture than before. Search engines file the picture under it.",
    Harm.TWICE: "People who have the page read out, or feel it line by line in braille, get the same words twice, on "
    "every page where it stands.",
    Harm.UNTRUE: "Whoever cannot see the picture is told something that may be untrue of it, and has no way to notice.",
    Harm.MIXED: "Programs that read pages out take it one way or the other: some people hear a picture where others "
    "hear nothing, and neither may be what was meant.",
    Harm.GARBLED: "People who have the page read out hear it by the wrong voice or sign by sign, and may not "
    "understand a word; in braille it is as bad.",
    Harm.LENGTHY: "People who have the page read out must hear all of it before they can go on: the text cannot be "
    "skimmed, and some programs cut it.",
    Harm.TEMPLATE: "Whoever has pages of this site read out meets it again on each page, before they come to what they "
    "are there for. One change of the template mends all of them.",
}
