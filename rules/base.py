"""How every rule is written down: a small function with a stable id, a severity, its harm, its source and its help.

The docstring of the function is the help. Its first paragraph is the title, and what follows explains it; both are what
docs/rules.md and SARIF say of the rule.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from core.records import Occurrence, Severity
    from rules.harm import Harm

Check = TypeVar("Check", bound=Callable[..., object])
# Takes an occurrence, gives a message that says what to do, or None.
OccurrenceCheck: TypeAlias = "Callable[[Occurrence], str | None]"
# Takes an occurrence and the one before it on its page, gives a message for the first, or None.
AdjacentCheck: TypeAlias = "Callable[[Occurrence, Occurrence], str | None]"


@dataclass(frozen=True, slots=True)
class Rule(Generic[Check]):
    """One rule."""

    id: str
    severity: Severity
    harm: Harm  # whom it hurts
    reference: str  # the standard or technique it follows
    title: str  # a sentence in Markdown: what is found
    help: str  # further sentences: why it matters, what is let pass; '' where the title says all
    check: Check

    @property
    def about(self) -> str:
        """The title and the help, as one paragraph of Markdown."""
        return f"{self.title} {self.help}".rstrip()


AnyRule: TypeAlias = Rule[Any]


@dataclass(slots=True)
class RuleBook(Generic[Check]):
    """Rules that are told of under one heading, in the order in which they are reported."""

    heading: str
    about: str = ""  # what is said below the heading, in Markdown
    rules: list[Rule[Check]] = field(default_factory=list)

    def rule(self, rule_id: str, severity: Severity, harm: Harm, reference: str) -> Callable[[Check], Check]:
        """A decorator that enters a check, and its docstring, into the book."""

        def enter(check: Check) -> Check:
            title, _, about = (inspect.getdoc(check) or "").partition("\n\n")
            entry = Rule(rule_id, severity, harm, reference, " ".join(title.split()), " ".join(about.split()), check)
            self.rules.append(entry)
            return check

        return enter
