"""What is planned for a site: where its pages are, its own settings over the common ones, when, and who is told."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from alt_audit.config import SECRETS, explain, known_keys, refuse_unknown_rules
from alt_audit.sites.timetable import check_times, timetable
from captioning.caption_options import CaptionOptions
from core.errors import UsageError
from crawler.crawl_options import CrawlOptions
from crawler.urls.start_urls import seed_urls
from reports.report_options import ReportOptions
from reports.summary.words import Language
from rules.rule_options import RuleOptions
from suggestions.suggest_options import SuggestOptions

if TYPE_CHECKING:
    from alt_audit.config import Settings

Model = TypeVar("Model", bound=BaseModel)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_WEB = re.compile(r"https?://", re.I)
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


def _shared(default: BaseModel) -> Any:
    """A default that all plans share: it is frozen, and to copy it takes longer than all else of reading a plan."""
    return Field(default_factory=lambda: default)


class SiteSettings(BaseModel):
    """Sections of the configuration, of which only what was given counts."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    crawl: CrawlOptions = _shared(CrawlOptions())
    caption: CaptionOptions = _shared(CaptionOptions())
    suggest: SuggestOptions = _shared(SuggestOptions())
    report: ReportOptions = _shared(ReportOptions())
    rules: RuleOptions = _shared(RuleOptions())


class SitePlan(BaseModel):
    """The plan of one site. The names of its fields are those of sites.yaml; docs/sites.md explains each."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    urls: tuple[str, ...] = ()  # start URLs, in stored form
    list_file: str | None = Field(None, alias="list")  # path or address of a list of pages, instead
    settings: SiteSettings = _shared(SiteSettings())
    secrets: dict[str, str] = Field(default_factory=dict)  # key of a setting -> environment variable that holds it
    brand: Word | None = None
    words: Annotated[tuple[Word, ...], Field(max_length=20)] = ()
    language: Language | None = None
    notify: tuple[Word, ...] = ()  # names of destinations
    cron: str | None = None  # None: only when it is asked for
    timezone: str = "UTC"
    max_hours: NonNegativeFloat = 12.0  # that one run may take; 0: no limit
    paused: bool = False

    @field_validator("name")
    @classmethod
    def _one_line(cls, name: str) -> str:
        if not name.isprintable() or name.startswith("-") or not any(map(str.isalnum, name)):
            raise ValueError("must be one line with a letter or digit in it, and not begin with -")
        return name

    @field_validator("urls", "words", "notify", mode="before")
    @classmethod
    def _as_list(cls, given: object) -> object:
        return [given] if isinstance(given, str) else given

    @field_validator("urls")
    @classmethod
    def _are_addresses(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(seed_urls(urls))
        except UsageError as error:
            raise ValueError(str(error)) from None

    @field_validator("secrets")
    @classmethod
    def _names_variables(cls, secrets: dict[str, str]) -> dict[str, str]:
        for key, variable in secrets.items():
            if key not in SECRETS:
                raise ValueError(f"{key!r} is no secret setting: {', '.join(sorted(SECRETS))} are")
            if not _VARIABLE.match(variable):
                raise ValueError(f"{key}: name the environment variable that holds it, never the secret itself")
        return secrets

    @model_validator(mode="after")
    def _can_be_run(self) -> SitePlan:
        if bool(self.urls) == bool(self.list_file):
            raise ValueError("give either urls or list: where the pages are")
        if self.cron is not None:
            timetable(self.cron, self.timezone)
        return self

    @property
    def list_is_address(self) -> bool:
        """Whether the list lies on the web."""
        return self.list_file is not None and _WEB.match(self.list_file) is not None

    def stored(self) -> dict[str, Any]:
        """As JSON, for the store: what was given."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


def plan_of(data: object) -> SitePlan:
    """The plan that somebody wrote. Raises UsageError with a line for each thing that is wrong; no secret is in it."""
    plan = stored_plan(data)
    refuse_unknown_rules(plan.settings.rules)
    try:
        if plan.cron is not None:
            check_times(plan.cron, plan.timezone, datetime.now(UTC))
    except ValueError as error:
        raise UsageError(str(error)) from None
    if plan.list_file is not None and not plan.list_is_address and not Path(plan.list_file).is_file():
        raise UsageError(f"list: there is no file {plan.list_file}")
    return plan


def stored_plan(data: object) -> SitePlan:
    """The plan that was stored: right when it was written, so what lies outside of it is not looked at again."""
    if not isinstance(data, dict):
        raise UsageError("a site is a mapping: name: ..., urls: [...], cron: ...")
    for key in sorted(SECRETS):
        if _holds(data.get("settings"), key):
            raise UsageError(
                f"settings.{key} is a secret, which no plan holds: put it into an environment variable, and name "
                f"that, as secrets: {{{key}: NAME}}"
            )
    try:
        return SitePlan.model_validate(data)
    except ValidationError as error:
        raise UsageError(explain(error, known_keys(SitePlan), listed="docs/sites.md")) from None


def settings_of_site(common: Settings, plan: SitePlan) -> Settings:
    """The settings of a site: its own over the common ones, with its secrets, so they are for a run alone.

    Raises UsageError for a variable that is not set, or holds what cannot be.
    """
    given = plan.settings.model_dump(exclude_unset=True)
    short = {"caption.brand": plan.brand, "caption.keywords": list(plan.words), "report.language": plan.language}
    for key, value in short.items():
        if value and not _holds(given, key):
            _put(given, key, value)
    for key, variable in plan.secrets.items():
        if not os.environ.get(variable):
            raise UsageError(f"{plan.name}: the variable {variable}, which is to hold {key}, is not set")
        _put(given, key, os.environ[variable])
    try:
        return _over(common, SiteSettings.model_validate(given))
    except ValidationError as error:
        raise UsageError(f"{plan.name}: {explain(error, known_keys(SiteSettings))}") from None


def _over(common: Model, own: BaseModel) -> Model:
    """The settings with what was given of others in their place."""
    given = {name: getattr(own, name) for name in own.model_fields_set}
    return common.model_copy(
        update={
            name: _over(getattr(common, name), value) if isinstance(value, BaseModel) else value
            for name, value in given.items()
        }
    )


def put_setting(data: dict[str, Any], assignment: str) -> None:
    """Put `crawl.delay_s=1` into the settings of a plan that is not checked yet; the value is YAML."""
    import yaml

    key, equals, text = assignment.partition("=")
    if not equals or "." not in key:
        raise UsageError(f"{key!r}: write KEY=VALUE with a key of config.yaml, such as crawl.delay_s=1")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        value = text
    _put(data.setdefault("settings", {}), key.strip(), value)


def _put(tree: dict[str, Any], key: str, value: object) -> None:
    *sections, name = key.split(".")
    for section in sections:
        inner = tree.get(section)
        tree[section] = tree = dict(inner) if isinstance(inner, dict) else {}
    tree[name] = value


def _holds(tree: object, key: str) -> bool:
    for part in key.split("."):
        if not isinstance(tree, dict) or part not in tree:
            return False
        tree = tree[part]
    return tree is not None
