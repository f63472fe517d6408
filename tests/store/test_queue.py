from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from core.errors import ImageError
from core.records import QueueState, Stage
from store import queue
from store.counts import counts
from store.engine import reading, writing
from store.models import Asset, Attempt, Image
from tests.storefill import DECORATIVE, MISSING, OK, occurrence, store_visits, visit


def fill(engine, number: int) -> None:
    judged = [(occurrence(f"{n}.jpg"), MISSING) for n in range(number)]
    store_visits(engine, visit("", *judged))


def failure(image_id: int, code: str) -> queue.Ending:
    return queue.Ending(image_id, error=ImageError(Stage.FETCH, code, "no"))


def states(engine) -> Counter[str]:
    with reading(engine) as session:
        return Counter(session.scalars(select(Image.state)))


def expire_leases(engine) -> None:
    with writing(engine) as session:
        session.execute(update(Image).values(lease_expires_at=datetime(2000, 1, 1, tzinfo=UTC)))


def test_eight_threads_share_every_row_exactly_once(engine):
    fill(engine, 400)
    claimed: list[list[int]] = [[] for _ in range(8)]
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        barrier.wait()
        while True:
            with writing(engine) as session:
                images = queue.claim(session, f"worker-{number}", 7, 60)
            if not images:
                return
            assert len(images) <= 7
            claimed[number] += [image.id for image in images]

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [image_id for part in claimed for image_id in part]
    assert len(everything) == len(set(everything)) == 400
    assert states(engine) == {QueueState.LEASED: 400}


def test_claim_gives_the_oldest_first_and_no_more_than_asked(engine):
    fill(engine, 10)
    with writing(engine) as session:
        first = queue.claim(session, "a", 3, 60)
        second = queue.claim(session, "b", 100, 60)
    assert [image.id for image in first] == sorted(image.id for image in first)
    assert max(image.id for image in first) < min(image.id for image in second)
    assert (len(first), len(second)) == (3, 7)


def test_an_expired_lease_is_taken_over_and_the_first_worker_loses_it(engine):
    fill(engine, 1)
    with writing(engine) as session:
        (image,) = queue.claim(session, "dead", 1, 60)
        assert queue.claim(session, "other", 1, 60) == []
    expire_leases(engine)
    with writing(engine) as session:
        assert [i.id for i in queue.claim(session, "other", 1, 60)] == [image.id]
        assert queue.heartbeat(session, "dead", [image.id], 60) == set()
        assert queue.end(session, "dead", [failure(image.id, "http_500")]) == set()
        assert queue.heartbeat(session, "other", [image.id], 60) == {image.id}
    assert states(engine) == {QueueState.LEASED: 1}


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_machine_whose_clock_is_wrong_takes_nothing_over(engine, monkeypatch):
    fill(engine, 1)

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=1)

    with writing(engine) as session:
        (image,) = queue.claim(session, "right", 1, 60)
    monkeypatch.setattr(queue, "datetime", Tomorrow)
    with writing(engine) as session:
        assert queue.claim(session, "wrong", 1, 60) == []
    expire_leases(engine)
    with writing(engine) as session:
        queue.claim(session, "wrong", 1, 60)
        queue.heartbeat(session, "wrong", [image.id], 60)
        [expires_at] = session.scalars(select(Image.lease_expires_at))
    assert expires_at < datetime.now(UTC) + timedelta(hours=1)


def test_release_puts_back_only_what_is_held(engine):
    fill(engine, 4)
    with writing(engine) as session:
        mine = [image.id for image in queue.claim(session, "a", 2, 60)]
        theirs = [image.id for image in queue.claim(session, "b", 2, 60)]
        assert queue.release(session, "a", mine + theirs) == 2
    assert states(engine) == {QueueState.LEASED: 2, QueueState.PENDING: 2}


def test_failure_is_a_row_with_a_reason_and_can_be_retried(engine):
    fill(engine, 2)
    with writing(engine) as session:
        first, _ = queue.claim(session, "a", 2, 60)
        assert queue.end(session, "a", [failure(first.id, "http_404")]) == {first.id}
    with reading(engine) as session:
        numbers = counts(session).as_json()
        attempt = session.scalars(select(Attempt)).one()
    assert numbers["failures"] == {"fetch/http_404": 1}
    assert sum(numbers["queue"].values()) == numbers["images"] == 2
    assert (attempt.outcome, attempt.stage, attempt.code) == ("failed", "fetch", "http_404")
    with writing(engine) as session:
        assert queue.retry_failed(session) == 1
    with reading(engine) as session:
        assert counts(session).as_json()["failures"] == {}


def test_only_the_failures_with_a_code_are_tried_again(engine):
    fill(engine, 3)
    with writing(engine) as session:
        images = queue.claim(session, "a", 3, 60)
        codes = ("http_503", "http_404", "http_503")
        queue.end(session, "a", [failure(image.id, code) for image, code in zip(images, codes, strict=True)])
    with writing(engine) as session:
        assert queue.retry_failed(session, "fetch", "http_503") == 2
        assert counts(session).as_json()["failures"] == {"fetch/http_404": 1}
        assert queue.ever_failed(session, "fetch", "http_503")
        assert not queue.ever_failed(session, "decode", "http_503")
        assert {i.id for i in queue.claim(session, "b", 3, 60)} == {images[0].id, images[2].id}


def strikes(engine) -> list[int]:
    with reading(engine) as session:
        return list(session.scalars(select(Image.strikes).order_by(Image.id)))


def test_pictures_are_struck_by_what_ends_a_worker(engine):
    fill(engine, 3)

    def try_together_then_die(*numbers: int) -> list[int]:
        with writing(engine) as session:
            ids = sorted(image.id for image in queue.claim(session, "a", 3, 60))
            queue.mark_tried(session, "a", [ids[n] for n in numbers])
        expire_leases(engine)
        return strikes(engine)

    assert try_together_then_die(0, 1) == [1, 1, 0]  # one of the two, perhaps
    assert try_together_then_die(1) == [1, 2, 0]
    assert try_together_then_die(2) == [1, 2, 1]
    with writing(engine) as session:
        images = queue.claim(session, "b", 3, 60)
        assert [image.strikes >= queue.TRIED_APART_STRIKES for image in images] == [False, False, True]
        queue.end(session, "b", [failure(images[2].id, "poison")])
        queue.release(session, "b", [images[0].id])
    assert strikes(engine) == [1, 0, 1]  # an ended image starts anew when it is tried again


def test_suspects_wait_until_all_others_are_done(engine):
    fill(engine, 4)
    with writing(engine) as session:
        first, second, third, fourth = (image.id for image in queue.claim(session, "a", 4, 60))
        queue.mark_tried(session, "a", [first, second, third])
        queue.mark_tried(session, "a", [first])
        queue.release(session, "a", [first, second, third, fourth])
    with writing(engine) as session:
        assert [image.id for image in queue.claim(session, "b", 2, 60)] == [fourth, second]
        assert [image.id for image in queue.claim(session, "b", 2, 60)] == [third, first]


def test_one_transaction_ends_captioned_and_failed_images_alike(engine):
    fill(engine, 3)
    with writing(engine) as session:
        first, second, third = queue.claim(session, "a", 3, 60)
        session.add(
            asset := Asset(
                sha256="0",
                format="PNG",
                width=1,
                height=1,
                byte_size=1,
                warnings=[],
                thumbnail=b"",
                created_at=datetime.now(UTC),
            )
        )
        session.flush()
        captioned = queue.Ending(first.id, asset.id, first.fetch_url, etag='"1"', last_modified="yesterday")
        assert queue.end(session, "a", [captioned, failure(second.id, "timeout")]) == {first.id, second.id}
        assert queue.end(session, "b", [failure(third.id, "timeout")]) == set()
    assert states(engine) == {"captioned": 1, "failed": 1, "leased": 1}
    with reading(engine) as session:
        assert Counter(session.scalars(select(Attempt.outcome))) == {"captioned": 1, "failed": 1}
    with writing(engine) as session:
        assert queue.requeue_captioned(session) == 1
        (again,) = queue.claim(session, "c", 3, 60)
        assert (again.asset_id, again.etag, again.last_modified) == (asset.id, '"1"', "yesterday")
        queue.release(session, "c", [again.id])
        session.execute(update(Image).where(Image.id == again.id).values(fetch_url=again.fetch_url + "?large"))
        (again,) = queue.claim(session, "c", 3, 60)
        assert (again.asset_id, again.etag, again.last_modified) == (asset.id, None, None)  # those of another address


def test_queue_follows_the_audit(engine):
    a = occurrence("a.jpg")
    b = occurrence("b.jpg")
    store_visits(engine, visit("", (a, MISSING), (b, OK)))
    assert states(engine) == {QueueState.PENDING: 1, QueueState.SKIPPED: 1}
    store_visits(engine, visit("", (a, OK), (b, DECORATIVE)))
    assert states(engine) == {QueueState.SKIPPED: 2}
    with reading(engine) as session:
        assert sorted(session.scalars(select(Image.code))) == ["decorative", "has_alt"]
    store_visits(engine, visit("", (b, MISSING)))
    with reading(engine) as session:
        rows = dict(session.execute(select(Image.url, Image.code)).all())
        assert states(engine) == {QueueState.PENDING: 1, QueueState.SKIPPED: 1}
    assert rows["http://shop.test/a.jpg"] == "vanished"
