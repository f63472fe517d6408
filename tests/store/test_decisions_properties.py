"""Whatever happens to a site, to the rules and to the store, in any order: decisions are neither lost nor misplaced."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import delete, select
from sqlalchemy.orm import aliased

from core.identity.context_key import context_key
from core.identity.occurrence_key import image_identity, occurrence_key
from core.identity.urls import canonical_image_url
from crawler.rejudge import rejudge_site
from store import decisions
from store.deciding import DecisionError
from store.decisions_match import Reason
from store.engine import Engine, reading, writing
from store.models import Asset, Base, Decision, DecisionKey, Image, Occurrence, Page, Suggestion
from store.occurrences import COLUMNS, record
from store.rekey import bring_up_to_date
from tests import strategies
from tests.store.world import World, row_that_drops, rows_without, scheme_table


class History:
    """One run of events, checked after each."""

    def __init__(self, engine: Engine, site: dict, variants_differ: bool, stack: contextlib.ExitStack) -> None:
        with writing(engine) as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(delete(table))
        bring_up_to_date(engine)
        self.engine = engine
        self.world = World(
            engine,
            pages={path: replace(page, pictures=[*page.pictures]) for path, page in site.items()},
            variants_differ=variants_differ,
        )
        self.stack = stack
        self.journal: list[decisions.Decision] = []
        self.crawled = False  # and not edited since

    def do(self, event: tuple) -> None:
        name, *arguments = event
        getattr(self, name)(*arguments)
        if name in {"picture", "add", "remove", "field", "language", "move"}:
            self.crawled = False

    # The site

    def picture(self, page, nth, picture) -> None:
        pictures = self.world.pages[page].pictures
        if pictures:
            pictures[nth % len(pictures)] = picture

    def add(self, page, picture) -> None:
        self.world.pages[page].pictures.append(picture)

    def remove(self, page, nth) -> None:
        pictures = self.world.pages[page].pictures
        if pictures:
            del pictures[nth % len(pictures)]

    def field(self, page, nth, name, value) -> None:
        pictures = self.world.pages[page].pictures
        if pictures:
            pictures[nth % len(pictures)] = replace(pictures[nth % len(pictures)], **{name: value})

    def language(self, page, lang) -> None:
        self.world.pages[page].lang = lang

    def move(self, origin) -> None:
        self.world.origin = origin

    def bytes(self, path, number) -> None:
        self.world.content[path] = number

    # The programs

    def crawl(self) -> None:
        self.world.crawl()
        self.crawled = True

    def caption(self) -> None:
        self.world.caption()

    def recaption(self) -> None:
        self.world.recaption()

    def audit(self) -> None:
        rejudge_site(self.engine, self.world.site_id)

    def table(self, without, added) -> None:
        self.stack.close()
        rows = (*rows_without(*without), *(row_that_drops(name) for name in sorted(added)))
        self.stack.enter_context(scheme_table(rows))
        bring_up_to_date(self.engine)
        self.check_keys()
        if self.crawled:
            before = self.standing()
            self.world.crawl()
            assert self.standing() == before

    # The people

    def decide(self, nth, state, text) -> None:
        ids = self.world.suggestion_ids()
        if ids:
            with contextlib.suppress(DecisionError):
                self.world.decide(ids[nth % len(ids)], state, text if state in {"edited", "pending"} else None)

    def undo(self, nth) -> None:
        made = [row.id for row in self.journal if row.undoes is None]
        if made:
            with contextlib.suppress(DecisionError):
                self.world.undo(made[nth % len(made)])

    # What holds, always

    def standing(self) -> set[tuple]:
        with reading(self.engine) as session:
            columns = (Occurrence.id, Occurrence.page_id, Occurrence.image_id, Occurrence.key, Occurrence.context_key)
            return set(map(tuple, session.execute(select(*columns).where(Occurrence.vanished_crawl_id.is_(None)))))

    def check(self) -> None:
        self.world.found_is_the_sum_of_states()
        self.check_journal()
        self.check_assets()
        self.check_shown()

    def check_assets(self) -> None:
        """The bytes that an image is said to show were seen at an address that is this image."""
        seen = {(canonical_image_url(address), sha256) for address, sha256 in self.world.fetched}
        with reading(self.engine) as session:
            rows = session.execute(select(Image.url, Asset.sha256).join(Asset, Asset.id == Image.asset_id))
            assert {(url, sha256) for url, sha256 in rows} <= seen

    def check_keys(self) -> None:
        """Keys, contexts and images are those that a crawl would make of the same pages now."""
        columns = [getattr(Occurrence, name) for name in COLUMNS]
        with reading(self.engine) as session:
            rows = session.execute(
                select(
                    Occurrence.page_id, *columns, Occurrence.facts, Occurrence.context, Occurrence.context_key,
                    Image.url.label("image_url"), Image.fetch_url,
                )
                .join(Image, Image.id == Occurrence.image_id)
                .where(Occurrence.vanished_crawl_id.is_(None))
                .order_by(Occurrence.page_id, Occurrence.position, Occurrence.id)
            ).all()  # fmt: skip
        seen: dict[tuple[int, str], int] = {}
        for row in rows:
            stored = record(row)
            assert stored.image_url == canonical_image_url(stored.address or "")
            identity = image_identity(stored.kind, stored.element, stored.image_url, stored.href)
            nth = seen[row.page_id, identity] = seen.get((row.page_id, identity), 0) + 1
            assert row.key == occurrence_key(identity, nth)
            assert row.context_key == context_key(stored)

    def check_journal(self) -> None:
        """No decision was lost or changed."""
        with reading(self.engine) as session:
            journal = list(decisions.journal(session, self.world.site_id))
        assert journal[: len(self.journal)] == self.journal
        self.journal = journal

    def check_shown(self) -> None:
        """What is shown is what the journal explains, and on the picture that it was made for."""
        with reading(self.engine) as session:
            undoing, key = aliased(Decision), DecisionKey
            undone = set(session.scalars(select(undoing.undoes_id).where(undoing.undoes_id.is_not(None))))
            rows = session.execute(
                select(Suggestion, Decision, key.image_url, key.asset_sha256, Image.url, Asset.sha256)
                .join(Decision, Decision.id == Suggestion.decision_id)
                .join(key, key.decision_id == Decision.id)
                .join(Image, Image.id == Suggestion.image_id)
                .outerjoin(Asset, Asset.id == Image.asset_id)
            ).all()
            places = {}
            for image_id, context, facts, sha256 in session.execute(
                select(Occurrence.image_id, Occurrence.context_key, Occurrence.facts, Asset.sha256)
                .join(Image, Image.id == Occurrence.image_id)
                .outerjoin(Asset, Asset.id == Image.asset_id)
                .where(Occurrence.vanished_crawl_id.is_(None), Occurrence.page_id.in_(select(Page.id)))
            ):
                role = facts["interactive"] if facts["sole_content"] else "image"
                places[image_id, context] = (sha256, role, context.partition("-")[2])
            shown: dict[int, set[tuple[int, str]]] = {}
            for suggestion, decision, decided_url, decided_asset, url, asset in rows:
                where = suggestion.image_id, suggestion.context_key
                assert decision.id not in undone
                assert decided_asset == asset if decided_asset and asset else decided_url == url
                if decision.text is not None:
                    assert suggestion.text == decision.text
                if where in places:
                    assert places[where][1:] == (decision.role, decision.language)
                    shown.setdefault(decision.id, set()).add(where)
                assert suggestion.carried or decided_asset == asset or decided_url == url
            held = {where for some in shown.values() for where in some}
            open_pictures = {what for where, what in places.items() if where not in held and what[1] == "image"}
            for decision in session.scalars(select(Decision).where(Decision.undoes_id.is_(None))):
                explained = decisions.explain(session, decision.id)
                assert set(explained.places) == shown.get(decision.id, set())
                assert (explained.reason is Reason.UNDONE) == (decision.id in undone)
                if explained.reason is Reason.SUPERSEDED:
                    assert explained.by is not None
                    assert explained.by not in undone
                if explained.reason is Reason.WAITING:
                    asset = session.get_one(DecisionKey, decision.id).asset_sha256
                    assert asset is None or (asset, decision.role, decision.language) not in open_pictures


def run(engine: Engine, site: dict, events: list[tuple], variants_differ: bool) -> None:
    with contextlib.ExitStack() as stack:
        history = History(engine, site, variants_differ, stack)
        for event in [("crawl",), ("caption",), *events, ("crawl",), ("recaption",)]:
            history.do(event)
            history.check()
        history.check_keys()


quickly = settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
long = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quickly
@given(site=strategies.sites, events=strategies.events, variants_differ=strategies.st.booleans())
def test_no_decision_is_lost_or_misplaced(engine, site, events, variants_differ):
    run(engine, site, events, variants_differ)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@long
@given(site=strategies.sites, events=strategies.events, variants_differ=strategies.st.booleans())
def test_no_decision_is_lost_or_misplaced_in_hundreds_of_histories(engine, site, events, variants_differ):
    run(engine, site, events, variants_differ)
