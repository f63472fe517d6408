"""The last step: what became of images, to rows, in one transaction for many."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from captioning.worker.answers import store_answers
from core.errors import ImageError
from core.identity.urls import site_of
from core.net.validators import Validators
from core.text import storable
from store import analyses, captions, queue
from store.decisions_attach import attach_images

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from core.place import Place
    from inference.protocol import Caption
    from store.analyses import NewAnalysis
    from store.places import PlaceKeys

MAX_MESSAGE_CHARS = 500


@dataclass(frozen=True, slots=True)
class AssetResult:
    """A picture that the model has looked at."""

    asset: captions.AssetFacts
    version: Validators
    caption: Caption | None  # None: its caption is in the store, or comes with another image of the same bytes
    analyses: tuple[NewAnalysis, ...] = ()  # those that the store had not
    # Where it was asked about in places, alone among them (None): what was answered there; None: it is in the store.
    answers: Mapping[Place | None, Caption | ImageError | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImageResult:
    """What became of one image. None: it is still the asset that the store knows, which has its caption."""

    image: queue.ClaimedImage
    outcome: AssetResult | ImageError | None


@dataclass(slots=True)
class Summary:
    """What the worker did."""

    captioned: int = 0
    abstained: int = 0  # of those captioned
    reused: int = 0  # of those captioned: the same bytes had a caption already
    failed: Counter[str] = field(default_factory=Counter)  # stage/code
    failed_by_host: Counter[tuple[str, str]] = field(default_factory=Counter)  # (stage/code, host)
    ended_by_host: Counter[str] = field(default_factory=Counter)  # in whatever way
    analysed: Counter[str] = field(default_factory=Counter)  # pictures, by analyser
    not_analysed: Counter[str] = field(default_factory=Counter)  # on which it broke
    why_not_analysed: dict[str, str] = field(default_factory=dict)  # of the first of them, by analyser
    lost: int = 0  # leases that ran out while the worker held them; another worker has those images
    interrupted: bool = False

    def add(self, more: Summary) -> None:
        """Count what another summary counts as well."""
        self.captioned += more.captioned
        self.abstained += more.abstained
        self.reused += more.reused
        self.failed += more.failed
        self.failed_by_host += more.failed_by_host
        self.ended_by_host += more.ended_by_host
        self.analysed += more.analysed
        self.not_analysed += more.not_analysed
        self.why_not_analysed = more.why_not_analysed | self.why_not_analysed
        self.lost += more.lost

    @property
    def done(self) -> int:
        """Images that are off this worker's hands."""
        return self.captioned + self.failed.total() + self.lost


def store_results(
    session: Session,
    worker: str,
    key: captions.CaptionKey,
    results: Sequence[ImageResult],
    places: PlaceKeys | None = None,
) -> Summary:
    """Store captions and the ends of these images. Returns what counts once the transaction is committed.

    Of an image that another worker has by now, only the caption is stored: that is true whoever says so.
    """
    described = {result.image.id: result.outcome for result in results if isinstance(result.outcome, AssetResult)}
    asset_ids = captions.save_assets(session, (result.asset for result in described.values()))
    alone = [result for result in described.values() if not result.answers]
    known = captions.find_captions(session, {result.asset.sha256 for result in alone}, key)
    new = {
        asset_ids[result.asset.sha256]: result.caption
        for result in alone
        if result.caption is not None and result.asset.sha256 not in known
    }
    captions.look_again(session, key, [caption.asset_id for caption in known.values()])
    saved = {stored.asset_id: stored for stored in known.values()} | captions.save_captions(
        session,
        key,
        (captions.NewCaption(asset_id, one.text, one.confidence, one.cut_off) for asset_id, one in new.items()),
    )
    looked = {
        (asset_ids[result.asset.sha256], one.analyser): one for result in described.values() for one in result.analyses
    }
    analyses.save_analyses(session, ((asset_id, one) for (asset_id, _), one in looked.items()))
    fresh = set(new)
    if places is not None:
        in_places = [(asset_ids[one.asset.sha256], one.answers) for one in described.values() if one.answers]
        said, newly = store_answers(session, places, in_places)
        saved, fresh = said | saved, fresh | newly
    endings, stored = [], {}
    for result in results:
        if isinstance(result.outcome, ImageError):
            endings.append(queue.Ending(result.image.id, error=_bounded(result.outcome)))
            continue
        if result.outcome is None:
            asset_id, version = result.image.asset_id, Validators(result.image.etag, result.image.last_modified)
        else:
            asset_id, version = asset_ids[result.outcome.asset.sha256], result.outcome.version
            if asset_id in saved:  # else it was asked about in places alone, and all is in the store
                stored[result.image.id] = saved[asset_id]
        endings.append(
            queue.Ending(
                result.image.id,
                asset_id,
                result.image.fetch_url,
                etag=version.etag,
                last_modified=version.last_modified,
            )
        )
    held = queue.lock(session, worker, [result.image.id for result in results])
    queue.end(session, worker, endings)
    attach_images(session, held & described.keys())
    summary = Summary()
    for one in looked.values():
        if one.failure is None:
            summary.analysed[one.analyser] += 1
        else:
            summary.not_analysed[one.analyser] += 1
            summary.why_not_analysed.setdefault(one.analyser, one.failure)
    hosts = {result.image.id: _host(result.image.fetch_url) for result in results}
    for ending in endings:
        if ending.image_id in held and (host := hosts[ending.image_id]) is not None:
            summary.ended_by_host[host] += 1
            if ending.error is not None:
                summary.failed_by_host[f"{ending.error.stage}/{ending.error.code}", host] += 1
        if ending.image_id not in held:
            summary.lost += 1
        elif ending.error is not None:
            summary.failed[f"{ending.error.stage}/{ending.error.code}"] += 1
        else:
            summary.captioned += 1
            caption = stored.get(ending.image_id)
            summary.abstained += caption is not None and caption.text is None
            summary.reused += ending.asset_id not in fresh
            fresh.discard(ending.asset_id or 0)
    return summary


def _host(url: str) -> str | None:
    """Host and port; None for a data: address, which has none, and for what is no address."""
    try:
        return site_of(url) or None
    except ValueError:
        return None


def _bounded(error: ImageError) -> ImageError:
    return ImageError(error.stage, error.code, storable(error.message)[:MAX_MESSAGE_CHARS])
