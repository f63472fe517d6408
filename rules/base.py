"""How rules are written down: a small function each, with a stable id, a severity and its source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from core.records import Severity

# Takes what is judged, gives a message that says what to do, or None; a rule on a whole site gives many.
Check = TypeVar("Check", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Rule(Generic[Check]):
    """One rule. `reference` names the standard or technique it follows."""

    id: str
    severity: Severity
    reference: str
    check: Check


class RuleBook(Generic[Check]):
    """Rules in the order in which they are reported."""

    def __init__(self) -> None:
        self.rules: list[Rule[Check]] = []

    def rule(self, rule_id: str, severity: Severity, reference: str) -> Callable[[Check], Check]:
        """A decorator that enters a check into the book."""

        def enter(check: Check) -> Check:
            self.rules.append(Rule(rule_id, severity, reference, check))
            return check

        return enter
