"""What one plan says of another: the same site twice, or two sites on one host. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alt_audit.sites.folders import folder_name
from core.errors import UsageError
from core.identity.urls import site_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alt_audit.sites.plan import SitePlan


class Others:
    """The sites that there are, for those that are to be added or changed."""

    def __init__(self) -> None:
        self.planned: dict[str, SitePlan | None] = {}  # None: its plan cannot be used
        self._urls: dict[tuple[str, ...], str] = {}  # start URLs -> the site that has them
        self._hosts: dict[str, dict[str, None]] = {}  # host -> names of its sites
        self._folders: dict[str, str] = {}  # of reports -> the site whose they are

    def meet(self, name: str, hosts: Iterable[str]) -> None:
        """A site that was crawled, or is planned."""
        self._folders.setdefault(folder_name(name).casefold(), name)
        for host in hosts:
            self._hosts.setdefault(host, {})[name] = None

    def put(self, name: str, plan: SitePlan | None) -> None:
        """A site that is planned; its plan before is forgotten."""
        before = self.planned.get(name)
        if before is not None:
            self._urls.pop(_start(before), None)
        self.planned[name] = plan
        if plan is not None and plan.urls:
            self._urls[_start(plan)] = name
        self.meet(name, hosts_of(plan) if plan is not None else ())

    def check(self, plan: SitePlan) -> str | None:
        """A warning about a plan that is to be put, or None. Raises UsageError where it is another site's."""
        other = self._urls.get(_start(plan)) if plan.urls else None
        if other not in {None, plan.name}:
            raise UsageError(f"{plan.name} has the start URLs of {other}: one site is planned once")
        owner = self._folders.get(folder_name(plan.name).casefold(), plan.name)
        if owner != plan.name:
            raise UsageError(f"{plan.name} would have its reports in the folder of {owner}: choose another name")
        shared = {host: name for host in hosts_of(plan) for name in self._hosts.get(host, ()) if name != plan.name}
        if not shared:
            return None
        host, other = next(iter(shared.items()))
        if plan.name not in self.planned and other not in self.planned:
            raise UsageError(
                f"{host} was crawled before, as the site {other!r}: name this one so, and its pages and decisions are "
                "its own"
            )
        return (
            f"{plan.name} shares {host} with {other}: each reads all of it, unless settings.crawl.include says which "
            "part is its own"
        )


def hosts_of(plan: SitePlan) -> list[str]:
    """host[:port] of its start URLs."""
    return list(dict.fromkeys(map(site_of, plan.urls)))


def _start(plan: SitePlan) -> tuple[str, ...]:
    return tuple(sorted(plan.urls))
