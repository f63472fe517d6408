"""What the pages are called that pictures lead to, as far as they are pages of the site."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from core.identity.urls import page_url
from core.records import PageState
from store.models import Page
from store.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from store.suggestions import ContextGroup


def with_target_titles(session: Session, groups: Iterable[ContextGroup]) -> list[ContextGroup]:
    """The groups, those that are links to one page of their site that was read with its title."""
    groups = list(groups)
    wanted: dict[int, set[str]] = {}
    for group in groups:
        if (target := _target(group)) is not None:
            wanted.setdefault(group.site_id, set()).add(target)
    titles: dict[tuple[int, str], str] = {}
    for site_id, urls in wanted.items():
        for piece in pieces(sorted(urls)):
            rows = session.execute(
                select(Page.url, Page.title).where(
                    Page.site_id == site_id,
                    Page.url.in_(piece),
                    Page.state == PageState.FETCHED,
                    Page.title.is_not(None),
                )
            )
            titles |= {(site_id, url): title for url, title in rows if title}
    return [
        replace(group, target_title=titles.get((group.site_id, target))) if (target := _target(group)) else group
        for group in groups
    ]


def _target(group: ContextGroup) -> str | None:
    targets = {context.link_url for context in group.contexts} if group.functional == "link" else {None}
    target = targets.pop()
    return None if targets or target is None else page_url(target)
