"""A person in a card with a name is called by it: "Jonas Keller in a suit" for "a person in a suit". Pure."""

from __future__ import annotations

import re

from suggestions.word_lists import word_list

_NAME = re.compile(
    r"(?:(?:Dr|Prof|Ing|Mag|Mr|Mrs|Ms|Sir|Dame)\.? )?[^\W\d_a-z][\w'’-]{1,30}"
    r"(?: (?:van|von|de|den|der|da|del|di|la|le|el|al|bin|dos|[A-Z]\.|[^\W\d_a-z][\w'’-]{1,30})){1,4}"
)
_PERSON = re.compile(
    r"(?:an? |the )?(?P<smiling>smiling )?(?:[a-z-]+ ){0,2}?(?:person|man|woman|lady|gentleman)(?P<rest>"
    r" (?:in|with|wearing|sitting|standing|smiling|looking|holding|leaning|laughing)\b.*)",
    re.I,
)


def named(text: str, heading: str | None) -> str | None:
    """The text of a portrait with the name that stands as heading in its block; None where it is none, or no name."""
    found, person = _PERSON.fullmatch(text), person_in(heading)
    if found is None or person is None:
        return None
    return f"{person}{' smiling,' if found['smiling'] else ''}{found['rest']}"


def person_in(heading: str | None) -> str | None:
    """A heading that is the name of a person; None for any other."""
    if heading is None or _NAME.fullmatch(heading) is None:
        return None
    words = word_list("people")["no_names"]["words"]
    return None if any(word.lower() in words for word in heading.split()) else heading
