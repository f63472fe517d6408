"""A rule on texts that name who made or owns a picture, and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.identity.urls import file_name
from core.records import Severity
from core.text import collapse, comparable
from rules.base import RuleBook

if TYPE_CHECKING:
    from core.records import Occurrence
    from rules.base import OccurrenceCheck

MAX_CHARS = 120  # a longer text says something
# Words that begin a credit, in the languages of the word lists.
_BEGINNING = re.compile(
    r"(?:©|℗|\(c\)|copyright\b|&copy;)\s*(?:by\s+|:\s*)?"
    r"|(?:(?:photo|image|picture|illustration|graphic|art)(?:graph)?s?\s?(?:credits?)?|credits?|source|courtesy(?:\s+of)?"
    r"|foto|bild|grafik|bildnachweis|bildquelle|bildrechte|fotocredit|fotograf(?:in|ie)?|quelle|urheber"
    r"|crédits?(?:\s+photos?)?|photographie|crédito(?:\s+(?:da\s+)?(?:foto|imagem|imagen))?|fotografía|imagen|fuente"
    r"|credit[oi]?|fotografia|immagine|fonte|bron|beeld|fotograaf|imagem|写真|撮影|提供|出典|画像)"
    r"\s*(?:[:：/©]\s*(?:©\s*|by\s+)?|\s(?:by|von|par|por|di|door)\s+|(?<=写真)\s|(?<=撮影)\s)"
    r"|courtesy\s+(?:of\s+)?",
    re.I,
)
_AGENCIES = (
    r"getty\s?images?|ap(?:\s(?:photo|images?))?|afp(?:\sphotos?)?|reuters|epa(?:-efe)?|dpa|picture[ -]alliance"
    r"|imago(?:\simages)?|shutterstock|i?stock(?:photo)?|alamy(?:\sstock\sphoto)?|adobe\s?stock|corbis|magnum(?:\sphotos)?"
    r"|pa\s(?:images|media|wire|photos)|press\sassociation|keystone|ansa|efe|lapresse|belga|anp|lusa|kyodo|jiji|ritzau"
    r"|scanpix|ntb|xinhua|zuma(?:\spress)?|sipa|bloomberg|rex\sfeatures|bettmann|wireimage|filmmagic|depositphotos"
    r"|dreamstime|fotolia|pixabay|unsplash|pexels|wikimedia\scommons|westend61|panthermedia|ullstein(?:\sbild)?"
    r"|bridgeman\simages|akg-images|ddp|apa|hemis|時事|共同通信|アフロ"
)
_AGENCY_ALONE = re.compile(rf"(?:{_AGENCIES})", re.I)
_WITH_AGENCY = re.compile(
    rf"(?:^|[/|,–—-]|\bvia\b|\bfor\b|\bfrom\b|\bon\b)\s*(?:{_AGENCIES})(?=\s*(?:$|[/|,–—-]))", re.I
)
_NAME = r"(?:[^\W\da-z_]\.?(?:[^\W_]|['’.-])*|[12]\d{3}(?:[-–]\d{2,4})?)"
_SMALL = (
    r"(?:von|van|de[rnls]?|di|da|du|del|la|le|el|al|bin|zu|the|of|and|und|et|y|e|en|for|via|by|on|from|per|photo"
    r"|images?|all rights reserved|cc[ -]by(?:[ -][a-z]{2})*(?: \d\.\d)?)"
)
_HOUSE = r"(?:dpa|picture[ -]alliance|imago|epa|afp|akg-images|ddp|apa|ullstein bild|i[Ss]tock)"  # in small letters
_NAMES = re.compile(
    rf"(?:{_NAME}|{_HOUSE})(?:(?:\s*[/|,&·•–—@(){{}}]\s*|\s+(?:-\s+)?)(?:{_NAME}|{_HOUSE}|{_SMALL}))*[\s.)]*"
)
# What is no name after the sign: the text is about copyright, or a label counts the parts of a picture.
_ABOUT = re.compile(r"(?:notice|symbol|sign|law|office|page|act|reform|infringement)s?\b|.*\bsymbol$", re.I)

book: RuleBook[OccurrenceCheck] = RuleBook("A text that could be better")
_rule = book.rule


@_rule(
    "credit-only", Severity.REVIEW, "advice: a credit says whose the picture is, not what it shows (IPTC Credit Line)"
)
def _credit_only(occurrence: Occurrence) -> str | None:
    """The text names an agency or a photographer, "© J. Roe", "AP Photo/J. Roe", "Foto: J. Roe", and nothing else.

    A link, and a logo by the name of its file, may be named so.
    """
    alt = collapse(occurrence.alt or "")
    if not alt or len(alt) > MAX_CHARS or occurrence.functional is not None or not is_credit(alt):
        return None
    name = comparable((file_name(occurrence.image_url or "") or "").rpartition(".")[0])
    if "logo" in name or re.sub(r"[\W_]", "", name) == re.sub(r"[\W_]", "", alt.casefold()):
        return None
    return "The alt text says whose the picture is. Put that beside it, and say here what the picture shows."


def is_credit(text: str) -> bool:
    """Whether a text, its white space collapsed, is a credit and nothing else."""
    beginning = _BEGINNING.match(text)
    if beginning is not None:
        rest = text[beginning.end() :]
        if _ABOUT.match(rest) or not rest:
            return False
        if _AGENCY_ALONE.fullmatch(rest):
            return True
        # "(c) Detail" may count the parts of a picture, "Photo: Berlin" may say where it is: one word is not enough.
        sure = beginning[0][0] in "©℗写撮提出" or beginning[0].casefold().startswith("copyright")
        words = rest.split()
        return _NAMES.fullmatch(rest) is not None and (sure or (len(words) > 1 and _is_person(rest)))
    if _AGENCY_ALONE.fullmatch(text):
        return True
    return _WITH_AGENCY.search(text) is not None and _NAMES.fullmatch(text) is not None


# What tells a person or a house from a place or a thing: an initial, a slash, an agency, two names in capitals alone.
_PERSON = re.compile(
    r"(?:^|[\s/])[^\W\d_a-z]\.|[/|©]|(?:^|\s)[^\W\d_a-z][^\W\d_]+(?:-[^\W\d_]+)?\s[^\W\d_a-z][^\W\d_]+$"
)


def _is_person(rest: str) -> bool:
    return _PERSON.search(rest) is not None or _WITH_AGENCY.search(rest) is not None
