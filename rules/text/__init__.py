"""What is wrong with a text as an alt text, whoever wrote it: a site's author or a model.

Each rule is a small function from a `Text` to a message or None. `rules.judge` asks them what an occurrence says.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from core.records import Finding, Severity
from rules.rule_options import RuleOptions
from rules.text import not_a_text, quality
from rules.text.subject import Text
from rules.words import words_for

if TYPE_CHECKING:
    from rules.base import Rule
    from rules.text.subject import TextCheck

_DEFAULTS = RuleOptions()
_RULES = (*not_a_text.book.rules, *quality.book.rules)


def text_rules() -> tuple[Rule[TextCheck], ...]:
    """Every rule on a text, in the order in which they are reported."""
    return _RULES


@lru_cache(maxsize=4096)  # the icons of a site say the same on every page
def lint(
    text: str,
    file_name: str | None = None,
    lang: str | None = None,
    rules: RuleOptions = _DEFAULTS,
    words_of: str | None = None,
) -> tuple[Finding, ...]:
    """Judge a non-empty alt text.

    `file_name` is the last part of the picture's address, where it has one; `lang` the language tag that the page
    gives the text, which chooses the word lists; where it gives none, `words_of` may be a guess. A text that is no text
    at all (white space, a placeholder) gets that one finding only: the rest would repeat it.
    """
    subject = Text(text, file_name, lang, words_for(lang or words_of), rules.alt_limit)
    findings = []
    for rule in _RULES:
        message = rule.check(subject)
        if message is not None and rule.id not in rules.disable:
            findings.append(Finding(rule.id, rule.severity, message))
            if rule.severity is Severity.ERROR:
                break
    return tuple(findings)
