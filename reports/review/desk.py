"""What a review reads and writes: rows by their ids, decisions on them, and taking these back."""

from __future__ import annotations

import threading
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from core.records import DecisionState, SuggestionState
from core.text import collapse, counted, shorten, shown, storable
from reports.folds import MANY_PICTURES
from reports.review.index import OPEN, Index, Listed, index
from reports.review.steps import Step, Steps
from reports.row import Row, row_of
from reports.rows import asked_for, ignoring
from store.deciding import Choice, DecisionClashError, DecisionError, Seen, decide, name_of, standing
from store.decisions import Decision, decision_on, images_decided_on, newest_decision, undo
from store.engine import reading, writing
from store.report import count_groups, occurrence_groups, texts_of_many_pictures, thumbnails

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from reports.ignoring import Ignoring
    from reports.report_options import ReportOptions
    from rules.rule_options import RuleOptions
    from store.report_records import OccurrenceGroup
    from store.sites import Site

TOLD_EVERY = 500  # rows that were read


class Say(StrEnum):
    """What a person says of a row."""

    USE = "use"  # the text in the field: the one proposed, or another
    KEEP = "keep"  # the text that stands there
    REJECT = "reject"
    DECORATIVE = "decorative"
    REOPEN = "reopen"  # what was decided is open again


class Scope(StrEnum):
    """Where else it holds: places of the same picture in the same language, on which nobody has decided."""

    HERE = "here"
    ROLE = "role"
    PICTURE = "picture"


_SAID = {
    DecisionState.APPROVED: "Approved",
    DecisionState.EDITED: "Saved",
    DecisionState.REJECTED: "Draft rejected",
    DecisionState.DECORATIVE: "Needs no text",
    DecisionState.PENDING: "Open again",
}


@dataclass(slots=True)
class Desk:
    """One review of a site by one person. `newest` is the last decision that the index knows of."""

    engine: Engine
    site: Site
    index: Index
    who: str
    rules: RuleOptions
    options: ReportOptions
    ignored: int  # rows that were hidden when the review began
    newest: int
    steps: Steps = field(default_factory=Steps)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rows_beside(self, row_id: str) -> list[Row]:
        """All rows of the picture of the row with this id, as they are now; none where there is no such row."""
        found = self.index.named(row_id)
        if found is None:
            return []
        with reading(self.engine) as session:
            rows = self._rows(session, found)
        if found.image_id is not None:
            self.index.refresh([found.image_id], rows)
        return rows

    def thumbnail(self, digest: str) -> bytes | None:
        """The WebP of a picture by its sha256."""
        with reading(self.engine) as session:
            return next((data for _, data in thumbnails(session, [digest])), None)

    def catch_up(self) -> None:
        """Bring the index to what was decided since, here or by others."""
        with self._lock, reading(self.engine) as session:
            images, newest = images_decided_on(session, self.site.id, newer_than=self.newest)
            if images:
                with closing(occurrence_groups(session, self.site.id, images=images)) as groups:
                    self.index.refresh(images, self._kept(session, groups))
            self.newest = newest

    def decide(self, row_id: str, say: Say, text: str, scope: Scope, version: str) -> Step:
        """Decide on a row, and on others in the scope, for whoever has seen `version` of it (`Row.seen`).

        Raises DecisionClashError where something else stands by now, DecisionError for what cannot be.
        """
        found = self.index.named(row_id)
        if found is None:
            raise DecisionError("there is no such row any more: go on with the next")
        with writing(self.engine) as session:
            rows, by = self._rows(session, found), (self.who, self.steps.batch)
            return self._done(decide_on(session, self.site.id, rows, row_id, say, text, scope, version, by))

    def decide_all(self, rows: Sequence[Listed], say: Say, text: str) -> tuple[Step, list[DecisionError]]:
        """Decide on many rows at once, as a batch of its own; what clashes is left out, and why is returned.

        `text` is for all of them; '' with `Say.USE`: to each its own suggestion.
        """
        batch = self.steps.bulk()
        with writing(self.engine) as session:
            known = standing(session, self.site.id, [row.place for row in rows if row.place is not None])
            choices = [
                _choice(row.place, _shown(row, known[row.place]), say, text or row.suggested or "")
                for row in rows
                if row.place is not None
            ]
            answers = decide(session, self.site.id, choices, who=self.who, batch=batch)
        ids = tuple(answer for answer in answers if isinstance(answer, int))
        step = Step(f"Decided on {counted(len(ids), 'row')} at once.", None, ids, batch)
        return self._done(step), [answer for answer in answers if isinstance(answer, DecisionError)]

    def undo(self) -> Step:
        """Take back the last step. Raises DecisionError where there is none, or others took it back."""
        with self._lock:
            if not self.steps.done:
                raise DecisionError("there is nothing to take back: nothing was decided since this review was started")
            step, refused = self.steps.done[-1], list[DecisionError]()
            parts = [{"batch": step.batch}] if step.row_id is None else [{"decision_id": id_} for id_ in step.decisions]
            with writing(self.engine) as session:
                for part in parts:
                    try:
                        undo(session, self.site.id, who=self.who, **part)
                    except DecisionError as error:
                        refused.append(error)
            self.steps.done.pop()  # not before: where the store fails, it is still there to take back
        if len(refused) == len(parts):
            raise refused[0]
        return step

    def decision_on(self, row: Row) -> Decision | None:
        """The decision that holds for a row."""
        if row.key.image_id is None:
            return None
        with reading(self.engine) as session:
            return decision_on(session, self.site.id, row.key.image_id, row.context_key)

    def _rows(self, session: Session, listed: Listed) -> list[Row]:
        of = {"images": [listed.image_id]} if listed.image_id is not None else {"drawings": [listed.context_key]}
        with closing(occurrence_groups(session, self.site.id, **of)) as groups:
            return list(self._kept(session, groups))

    def _kept(self, session: Session, groups: Iterable[OccurrenceGroup]) -> Iterator[Row]:
        hidden = ignoring(session, self.site.id, self.options)
        return (row for group in groups if (row := hidden.kept(row_of(group))) is not None)

    def _done(self, step: Step) -> Step:
        with self._lock:
            self.steps.notice = step.said
            if step.decisions:
                self.steps.done.append(step)
        return step


@contextmanager
def open_desk(
    engine: Engine,
    site: Site,
    *,
    who: str,
    rules: RuleOptions,
    options: ReportOptions,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Desk]:
    """The review of a site, with its rows read but for what the options ignore, as long as the block runs.

    `progress` is told (done, known) of the rows.

    Raises DecisionError for a name of the person that does not do.
    """
    who = name_of("person", who)
    with ExitStack() as stack:
        with reading(engine) as session:
            newest = newest_decision(session, site.id)
            rows = stack.enter_context(index(texts_of_many_pictures(session, site.id, MANY_PICTURES)))
            hidden = ignoring(session, site.id, options)
            rows.add(_all_rows(session, site.id, hidden, progress))
        yield Desk(engine, site, rows, who, rules, options, hidden.rows, newest)


def _all_rows(
    session: Session, site_id: int, hidden: Ignoring, progress: Callable[[int, int], None] | None
) -> Iterator[Row]:
    known = sum(count_groups(session, site_id).values())
    with closing(asked_for(session, site_id, hidden)) as rows:
        for done, row in enumerate(rows):
            if progress is not None and done % TOLD_EVERY == 0:
                progress(done, known - hidden.rows)
            yield row


def decide_on(
    session: Session,
    site_id: int,
    rows: Sequence[Row],
    row_id: str,
    say: Say,
    text: str,
    scope: Scope,
    version: str,
    by: tuple[str, str],
) -> Step:
    """Decide on one of the rows of a picture, and on others of them in the scope; `by` are who does, and the batch.

    Raises DecisionClashError where something else stands by now, DecisionError for what cannot be.
    """
    row = next((one for one in rows if one.id == row_id), None)
    if row is None:
        raise DecisionError("this row is gone from the site: go on with the next")
    image_id = row.key.image_id
    if image_id is None:
        raise DecisionError("a picture without an address of its own cannot be decided on: mend it in the page")
    if row.seen != version:
        raise DecisionClashError("somebody else decided meanwhile")
    if say is Say.KEEP:
        text = row.alt or ""
    elif say is Say.USE and row.suggested is not None and _alike(text, row.suggested):
        text = row.suggested
    places = [(image_id, one.context_key) for one in [row, *rows] if one is row or _is_open(one, row, scope)]
    known = standing(session, site_id, list(dict.fromkeys(places)))
    choices = [
        _choice(place, there, say, text)
        for place, there in known.items()
        if say is not Say.REJECT or there.text is not None
    ]
    if not choices:
        raise DecisionError("there is no draft to reject")
    who, batch = by
    answers = decide(session, site_id, choices, who=who, batch=batch)
    if isinstance(answers[0], DecisionError):
        raise answers[0]
    ids = tuple(answer for answer in answers if isinstance(answer, int))
    where = f" in {counted(len(ids), 'context')}" if len(ids) > 1 else ""
    what = f": “{shorten(text, 80)}”" if choices[0].state in {DecisionState.APPROVED, DecisionState.EDITED} else ""
    return Step(f"{_SAID[choices[0].state]}{what} ({row.name}{where}).", row_id, ids, batch)


def others(rows: Sequence[Row], row: Row, scope: Scope) -> list[Row]:
    """The rows of the same picture on which a decision in this scope is taken, too; one for each context."""
    found = {one.context_key: one for one in reversed(rows) if _is_open(one, row, scope)}
    found.pop(row.context_key, None)
    return list(found.values())


def _shown(row: Listed, there: Seen) -> Seen:
    """What a person saw of a row: of a machine's draft for other places of the picture a row shows nothing."""
    hidden = row.suggested is None and there.state == row.state == SuggestionState.PENDING
    return there if hidden else Seen(row.suggested, row.state)


def _is_open(other: Row, row: Row, scope: Scope) -> bool:
    if scope is Scope.HERE or other.status not in OPEN or other.language != row.language:
        return False
    return scope is Scope.PICTURE or other.role == row.role


def _choice(place: tuple[int, str], there: Seen, say: Say, text: str) -> Choice:
    state, said = DecisionState.EDITED, text
    if say is Say.DECORATIVE:
        state = DecisionState.DECORATIVE
    elif say is Say.REJECT:
        state = DecisionState.REJECTED
    elif say is Say.REOPEN:
        state = DecisionState.PENDING
    elif there.text is not None and text == there.text:
        state = DecisionState.APPROVED if text else DecisionState.DECORATIVE
    else:
        said = collapse(storable(text))
    return Choice(*place, state, said if state in {DecisionState.APPROVED, DecisionState.EDITED} else None, there)


def _alike(typed: str, suggested: str) -> bool:
    """Whether a text in the field is the one that was proposed, as a page shows it."""
    return collapse(typed) == collapse(shown(suggested))
