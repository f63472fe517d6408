"""What `check` finds beside a baseline: what is new, and how much is known."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from core.identity.context_key import context_key
from core.records import Severity
from core.text import shown_line
from reports.baseline import Found
from reports.gate import NAMED
from reports.row_id import row_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from alt_audit.check.page import CheckedPage
    from core.records import Judgement, Occurrence
    from reports.baseline import Baseline


@dataclass(slots=True)
class Tally:
    """The findings on all pages that were checked."""

    baseline: Baseline | None
    new: Counter[Severity] = field(default_factory=Counter)
    known: Counter[Severity] = field(default_factory=Counter)
    first: dict[Severity, list[str]] = field(default_factory=lambda: {severity: [] for severity in Severity})  # new
    write: Callable[[Found], None] | None = None  # into a baseline
    written: int = 0

    def add(self, page: CheckedPage) -> None:
        """Count a page, and write down what is found there."""
        for occurrence, judgement in page.judged_images():
            if not judgement.findings:
                continue
            found = _found(page, occurrence, judgement)
            if self.write is not None:
                self.write(found)
                self.written += 1
            new = judgement.findings if self.baseline is None else self.baseline.new(found) or ()
            for finding in new:
                self.new[finding.severity] += 1
                if self.baseline is not None and self.new[finding.severity] <= NAMED:
                    line = f"{finding.severity} {finding.rule}: {occurrence.selector} on {page.target}"
                    self.first[finding.severity].append("  " + shown_line(line))
            self.known.update(finding.severity for finding in judgement.findings if finding not in new)

    def verdict(self, fail_on: Severity) -> tuple[bool, list[str]]:
        """Whether there is a reason to fail, and what to tell people: the numbers, then the first that are new."""
        severities = list(Severity)[: list(Severity).index(fail_on) + 1]
        known = sum(self.known[severity] for severity in severities)
        aside = f" ({known:,} known)" if known else ""
        parts = ", ".join(f"{severity} {self.new[severity]:,}" for severity in severities if self.new[severity])
        if parts:
            first = [line for severity in severities for line in self.first[severity]]
            return True, [f"--fail-on {fail_on}: {parts}{aside}. Exit code 3.", *first[:NAMED]]
        return False, [f"--fail-on {fail_on}: nothing new to fail on{aside}."] if known else []


def _found(page: CheckedPage, occurrence: Occurrence, judgement: Judgement) -> Found:
    """A place as a baseline knows it. In a file, an address without a host is one in its repository."""
    address = occurrence.image_url
    if address is None and occurrence.src is not None:
        try:
            address = urljoin(page.uri, occurrence.src.strip())
        except ValueError:  # no address at all
            address = occurrence.src
    key = context_key(replace(occurrence, image_url=address))
    name = row_id(address, key, occurrence.alt, judgement.classification)
    return Found(name, judgement.findings, None, address or "", page.uri)
