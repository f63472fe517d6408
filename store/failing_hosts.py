"""How often the pictures of each host end how: where many end alike, one cause has one cure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import String, func, select, type_coerce

from core.records import QueueState
from store.counts import on_site
from store.models import Image

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class HostEnds:
    """Pictures by their host, which has its port where it is no usual one."""

    failed: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # stage/code -> host
    ended: Counter[str] = field(default_factory=Counter)  # in whatever way


def host_ends(session: Session, site_id: int | None) -> HostEnds:
    """Those of a site's images, or of all, as they stand now."""
    host = _host(session)
    rows = session.execute(
        select(host, Image.stage, Image.code, func.count())
        .where(
            on_site(Image.id, site_id),
            Image.state.in_([QueueState.CAPTIONED, QueueState.FAILED]),
            Image.fetch_url.startswith("http"),
        )
        .group_by(host, Image.stage, Image.code)
    )
    found = HostEnds()
    for name, stage, code, images in rows:
        found.ended[name] += images
        if stage is not None:  # no stage is that of a captioned one
            found.failed[f"{stage}/{code}"][name] += images
    return found


def _host(session: Session) -> ColumnElement[str]:
    """What stands between the scheme and the path."""
    if session.get_bind().dialect.name == "postgresql":
        return type_coerce(func.split_part(Image.fetch_url, "/", 3), String)
    rest = func.substr(Image.fetch_url, func.instr(Image.fetch_url, "://") + 3)
    return type_coerce(func.substr(rest, 1, func.instr(rest + "/", "/") - 1), String)
