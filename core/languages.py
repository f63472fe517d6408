"""Languages as BCP 47 tags name them. What decides a text is the primary subtag: de-AT and de-CH share one."""

from __future__ import annotations

import re

UNDETERMINED = "und"  # ISO 639-2: which language it is is not known
_PRIMARY = re.compile(r"[a-z]{2,8}(?=[-_]|$)")


def primary_subtag(tag: str | None) -> str:
    """The primary subtag of a language tag in lower case: 'de' of 'de-AT', 'fil' of 'fil-PH'.

    UNDETERMINED for no tag, and for what is none. Real pages write 'de_AT', too.
    """
    found = _PRIMARY.match((tag or "").strip().lower())
    return found[0] if found else UNDETERMINED


def variety(tag: str | None) -> str:
    """A whole language tag in lower case: 'pt-br' and 'pt', 'zh-tw' and 'zh-cn' are texts of their own on one site.

    UNDETERMINED for no tag, and for what is none.
    """
    if primary_subtag(tag) == UNDETERMINED:
        return UNDETERMINED
    return (tag or "").strip().lower().replace("_", "-")
