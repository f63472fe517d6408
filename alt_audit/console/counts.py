"""Figures for people: the counts of `status`, and what captioning would take."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from alt_audit.console.terminal import say, stdout, table
from core.records import DECIDED, Classification, Outcome, QueueState
from core.text import counted

if TYPE_CHECKING:
    from alt_audit.jobs.caption import WorkAhead
    from store.counts import Counts
    from store.fixes import AllFixes

MAX_NAMED = 5  # batches, the last ones, and people


def print_counts(title: str, numbers: Counts) -> None:
    """Print the numbers of `status`."""
    classes = numbers.classifications
    queue = numbers.queue
    decided = sum(numbers.suggestions[state] for state in DECIDED)
    rows: list[tuple[str, object]] = [
        ("Pages read", numbers.pages),
        *([("  canonicalised: variants of these", numbers.canonicalised)] if numbers.canonicalised else []),
        ("Places with an image", numbers.occurrences),
        ("  alt text missing", classes[Classification.MISSING]),
        ("  alt text empty where one is needed", classes[Classification.EMPTY]),
        ("  alt text suspicious", classes[Classification.SUSPICIOUS]),
        ("  alt text fine", classes[Classification.OK]),
        ("  decoration, rightly silent", classes[Classification.DECORATIVE]),
        ("  ignored (hidden, tracking pixels)", classes[Classification.IGNORED]),
        ("Distinct image addresses", numbers.images),
        ("  captioned", queue[QueueState.CAPTIONED]),
        ("  failed", queue[QueueState.FAILED]),
        ("  waiting", queue[QueueState.PENDING] + queue[QueueState.LEASED]),
        ("  skipped: need no caption", queue[QueueState.SKIPPED]),
        ("Distinct pictures looked at", numbers.assets),
        ("Machine drafts to check", numbers.drafts.to_check),
        *([("  asking for a closer look", numbers.drafts.doubtful)] if numbers.drafts.doubtful else []),
        *([("Decided by people", decided)] if decided else []),
    ]
    rows += [(f"  {state}", numbers.suggestions[state]) for state in DECIDED if numbers.suggestions[state]]
    rows += [(f"Failed: {tally.name}", tally.images) for tally in numbers.failures]
    table(title, rows)


def print_fixes(fixed: AllFixes) -> None:
    """Print what became of decided texts, together and by batch and person; nothing where nobody has decided."""
    if not fixed.together.decided:
        return
    named = [("Decided texts", fixed.together)]
    named += [(f"  in {name}", one) for name, one in list(fixed.batches.items())[-MAX_NAMED:]]
    named += [(f"  by {name}", one) for name, one in list(fixed.people.items())[:MAX_NAMED]]
    for name, one in named:
        parts = [f"{one.outcomes[outcome]:,} {outcome}" for outcome in Outcome if one.outcomes[outcome]]
        parts += [f"{one.open:,} open"] if one.open else []
        stdout.print(f"{name}: {one.decided:,}, {', '.join(parts)}", markup=False)
    if fixed.together.seconds_to_live is not None:
        days = counted(max(1, ceil(fixed.together.seconds_to_live / 86_400)), "day")
        stdout.print(f"Half of those that went live were seen there within {days}.")


def print_estimate(ahead: WorkAhead) -> None:
    """Print what captioning the queue would take."""
    measured = ahead.estimate
    rows: list[tuple[str, object]] = [
        ("Pictures (same bytes at two addresses are one)", f"at most {ahead.images}"),
        *([("Questions about them", measured.pictures)] if measured.pictures != ahead.images else []),
        ("Pictures a second, downloads not counted", f"{measured.per_second:.3g}"),
        ("Minutes", f"{measured.seconds / 60:.1f}"),
    ]
    if ahead.usage is not None:
        unknown = "the endpoint does not count" if measured.input_tokens is None else None
        rows += [
            ("Tokens sent", unknown or measured.input_tokens),
            ("Tokens answered", unknown or measured.output_tokens),
            ("Cost", "unknown" if measured.cost_usd is None else f"${measured.cost_usd:.2f}"),
        ]
        say(f"The endpoint counted {ahead.usage} for this estimate.")
        if measured.cost_usd is None and not unknown:
            say("For the cost, set caption.endpoint.usd_per_million_input and usd_per_million_output.")
    table("Estimate", rows)
