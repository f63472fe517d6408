"""The plans of sites in the store: added, changed, taken away, and read from a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from alt_audit.sites.entries import read_entries
from alt_audit.sites.others import Others, hosts_of
from alt_audit.sites.plan import SitePlan, plan_of, stored_plan
from core.errors import UsageError
from store.engine import reading, writing
from store.migrate import opened
from store.plans import crawled_ids, plan_in, put_plan
from store.sites import all_sites, site_called

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy.orm import Session

    from alt_audit.config import Settings
    from alt_audit.sites.entries import Entry
    from store.sites import Site


@dataclass(frozen=True, slots=True)
class PlannedSite:
    """A site that is planned. Without `plan` the stored one cannot be used any more, and `fault` says why."""

    site: Site
    plan: SitePlan | None
    fault: str | None = None


@dataclass(slots=True)
class ImportedPlans:
    """What became of the sites of a file, by name."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    paused: list[str] = field(default_factory=list)  # planned, and not in the file
    faults: list[str] = field(default_factory=list)  # each with its line; those sites are as they were before
    warnings: list[str] = field(default_factory=list)


def planned_sites(settings: Settings) -> list[PlannedSite]:
    """Every site that is planned, by name."""
    with opened(settings.database) as engine, reading(engine) as session:
        return planned_in(session)


def planned_site(session: Session, name: str) -> PlannedSite:
    """The site of this name. Raises UsageError when it is not planned."""
    site = site_called(session, name)
    for one in _planned([site] if site is not None else []):
        return one
    near = get_close_matches(name, [one.site.name for one in planned_in(session)], n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}?" if near else "'alt-audit sites list' names those that are."
    raise UsageError(f"no site {name!r} is planned. {hint}")


def planned_in(session: Session) -> list[PlannedSite]:
    """Every site that is planned, by name."""
    return _planned(all_sites(session))


def _planned(sites: Iterable[Site]) -> list[PlannedSite]:
    found = []
    for site in sites:
        data = plan_in(site)
        if data is None:
            continue
        try:
            found.append(PlannedSite(site, stored_plan(data)))
        except UsageError as error:
            found.append(PlannedSite(site, None, f"its plan cannot be used: {error}"))
    return found


def add_plan(settings: Settings, data: dict[str, Any]) -> str | None:
    """Plan a site; returns a warning, if there is one. Raises UsageError for a plan that cannot be."""
    plan = plan_of(data)
    with opened(settings.database, create=True) as engine, writing(engine) as session:
        others = _others(session)
        if plan.name in others.planned:
            raise UsageError(f"{plan.name} is planned already: change it with 'alt-audit sites edit'")
        return _put(session, others, plan)


def edit_plan(settings: Settings, name: str, changes: dict[str, Any], *, unset: Iterable[str] = ()) -> str | None:
    """Change what is given of a plan, `settings` key by key, and forget the settings of `unset`; as `add_plan`."""
    with opened(settings.database) as engine, writing(engine) as session:
        data = _merged(plan_in(planned_site(session, name).site) or {}, changes)
        for key in unset:
            _forget(data, key)
        if "urls" in changes or "list" in changes:
            data.pop("list" if "urls" in changes else "urls", None)
        return _put(session, _others(session), plan_of(data))


def remove_plan(settings: Settings, name: str) -> None:
    """Plan nothing for a site any more. Its pages, decisions and reports stay."""
    with opened(settings.database) as engine, writing(engine) as session:
        planned_site(session, name)
        put_plan(session, name, (), None)


def import_plans(settings: Settings, path: Path, *, prune: bool = False) -> ImportedPlans:
    """Add and change the sites of a file, in one transaction; what is wrong with one leaves the others alone.

    With `prune`, planned sites that the file does not name are paused. Raises UsageError for a file that is of no use.
    """
    entries = read_entries(path)
    done = ImportedPlans()
    with opened(settings.database, create=True) as engine, writing(engine) as session:
        others = _others(session)
        lines: dict[str, int] = {}
        for entry in entries:
            try:
                _import(session, others, entry, lines, done)
            except UsageError as error:
                who = f" ({entry.name})" if entry.name else ""
                done.faults += [f"line {entry.line}{who}: {line}" for line in str(error).splitlines()]
        if prune:
            for one in planned_in(session):
                if one.site.name not in lines and one.plan is not None and not one.plan.paused:
                    put_plan(session, one.site.name, (), one.plan.stored() | {"paused": True})
                    done.paused.append(one.site.name)
    return done


def _import(session: Session, others: Others, entry: Entry, lines: dict[str, int], done: ImportedPlans) -> None:
    if entry.fault is not None:
        raise UsageError(entry.fault)
    if entry.name is not None and lines.setdefault(entry.name, entry.line) != entry.line:
        raise UsageError(f"the same site stands in line {lines[entry.name]}: that one is taken")
    plan = plan_of(entry.data)
    planned, before = plan.name in others.planned, others.planned.get(plan.name)
    warning = _put(session, others, plan)
    if warning is not None:
        done.warnings.append(f"line {entry.line}: {warning}")
    if before is not None and before.stored() == plan.stored():
        done.same.append(plan.name)
    else:
        (done.changed if planned else done.added).append(plan.name)


def _put(session: Session, others: Others, plan: SitePlan) -> str | None:
    warning = others.check(plan)
    put_plan(session, plan.name, hosts_of(plan), plan.stored())
    others.put(plan.name, plan)
    return warning


def _others(session: Session) -> Others:
    others = Others()
    sites, crawled = all_sites(session), crawled_ids(session)
    for site in sites:
        if site.id in crawled:
            others.meet(site.name, site.hosts)
    for one in _planned(sites):
        others.put(one.site.name, one.plan)
    return others


def _merged(tree: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(tree)
    for key, value in changes.items():
        inner = merged.get(key)
        merged[key] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged


def _forget(data: dict[str, Any], key: str) -> None:
    *sections, name = ("settings", *key.split("."))
    for section in sections:
        data = data.get(section, {})
    if name not in data:
        raise UsageError(f"{key} is not set for this site")
    del data[name]
