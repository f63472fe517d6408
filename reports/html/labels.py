"""What the members of the closed sets are called in the report, and what they mean."""

from __future__ import annotations

from core.records import Classification, Severity

CLASSIFICATION_LABELS = {
    Classification.MISSING: ("No alt text", "Needs a text and has none."),
    Classification.EMPTY: ("Wrongly empty", 'alt="" although the picture says something.'),
    Classification.SUSPICIOUS: ("Bad alt text", "Has a text that breaks a rule."),
    Classification.OK: ("Good", "Has a text, and no rule objects."),
    Classification.DECORATIVE: ("Decorative", "Rightly silent."),
    Classification.IGNORED: ("Ignored", "Not shown to people: tracking pixels, hidden images."),
}
SEVERITY_LABELS = {
    Severity.ERROR: ("Errors", "Certain: people who cannot see the picture miss something."),
    Severity.WARNING: ("Warnings", "Likely wrong: have a look."),
    Severity.REVIEW: ("To review", "Only a person can tell whether this is right."),
}
