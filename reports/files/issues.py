"""issues_overview_report.csv: the rules that are broken, in the columns of Screaming Frog's export of that name."""

from __future__ import annotations

from core.records import Severity
from reports.files.csv_writer import CsvWriter
from reports.issues import Issue
from rules.judge import rules_by_id

# Screaming Frog's words; in the documentation of its Issues tab.
_TYPES = {Severity.ERROR: "Issue", Severity.WARNING: "Warning", Severity.REVIEW: "Opportunity"}
_PRIORITIES = {Severity.ERROR: "High", Severity.WARNING: "Medium", Severity.REVIEW: "Low"}


def _description(issue: Issue) -> str:
    rule = rules_by_id().get(issue.tally.rule)
    return f"{rule.about} ({rule.reference})" if rule is not None else ""


WRITERS = (
    CsvWriter(
        record=Issue,
        name="issues",
        file="issues_overview_report.csv",
        title="Beside Screaming Frog",
        help="The broken rules in the columns of Screaming Frog's file of this name. URLs counts addresses of images, "
        "% of Total is of all images of the site; pictures without an address are not in them.",
        columns=(
            ("Issue Name", lambda issue: f"Images: {issue.tally.rule}"),
            ("Issue Type", lambda issue: _TYPES[issue.tally.severity]),
            ("Issue Priority", lambda issue: _PRIORITIES[issue.tally.severity]),
            ("URLs", lambda issue: str(issue.tally.images)),
            ("% of Total", lambda issue: f"{100 * issue.tally.images / max(issue.all_images, 1):.2f}"),
            ("Description", _description),
            ("How To Fix", lambda issue: issue.tally.example),
        ),
        extra=True,
    ),
)
