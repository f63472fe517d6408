"""Configuration: a YAML file, then environment variables (ALT_AUDIT_CRAWL__DELAY_S=1), then options.

Read once at the start; below the command line nothing looks at files or the environment. A key that does not
exist is an error that names the nearest one that does, since a silent typo is an audit with other settings.
"""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from alt_audit.notifying.options import NotifyOptions
from captioning.caption_options import CaptionOptions
from core.errors import UsageError
from crawler.crawl_options import CrawlOptions
from inference.speech.options import SpeechOptions
from reports.report_options import ReportOptions
from rules.rule_options import RuleOptions
from suggestions.suggest_options import SuggestOptions

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX = "ALT_AUDIT_"
CONFIG_VARIABLE = "ALT_AUDIT_CONFIG"
OPENAI_VARIABLES = {"OPENAI_BASE_URL": "base_url", "OPENAI_API_KEY": "api_key"}  # what other programs heed, too
# Keys whose values are never printed.
SECRETS = frozenset({"crawl.auth", "caption.auth", "caption.endpoint.api_key", "speech.endpoint.api_key"})


class Settings(BaseSettings):
    """Every setting of the program."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        yaml_file_encoding="utf-8",
        hide_input_in_errors=True,
    )

    database: str = Field("sqlite:///alt-audit.db", description="SQLAlchemy URL of SQLite or Postgres.")
    out: Path = Field(Path("reports-out"), description="Folder in which each site's report gets a folder.")
    crawl: CrawlOptions = CrawlOptions()
    caption: CaptionOptions = CaptionOptions()
    suggest: SuggestOptions = SuggestOptions()
    speech: SpeechOptions = SpeechOptions()
    report: ReportOptions = ReportOptions()
    rules: RuleOptions = RuleOptions()
    notify: NotifyOptions = NotifyOptions()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        endpoint = {key: os.environ[name] for name, key in OPENAI_VARIABLES.items() if os.environ.get(name)}
        sections = ("caption", "speech") if endpoint else ()
        common = InitSettingsSource(settings_cls, {section: {"endpoint": endpoint} for section in sections})
        return init_settings, env_settings, common, YamlConfigSettingsSource(settings_cls)


def load_settings(config: Path | None = None, **overrides: Any) -> Settings:
    """Read the configuration.

    `config` is the YAML file; without it the variable ALT_AUDIT_CONFIG may name one. Overrides that are None
    (in sections too) were not given. Raises UsageError for a missing file, an unknown key or a value that
    does not fit.
    """
    if config is None and os.environ.get(CONFIG_VARIABLE):
        config = Path(os.environ[CONFIG_VARIABLE])
    if config is not None and not config.is_file():
        raise UsageError(f"no such configuration file: {config}")
    _refuse_unknown_variables()
    try:
        settings = _configured(config)(**_given(overrides))
        refuse_unknown_rules(settings.rules)
        return settings
    except ValidationError as error:
        where = f" in {config}" if config is not None else ""
        raise UsageError(explain(error, known_keys(), where=where)) from None
    except yaml.YAMLError as error:
        raise UsageError(f"{config} is no valid YAML: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {config}: {error}") from None
    except ValueError as error:  # pydantic-settings: a list or a section in a variable that is no JSON
        raise UsageError(f"a variable that starts with {PREFIX} cannot be read: {error}") from None


def _configured(config: Path | None) -> type[Settings]:
    """The settings class with its file, which pydantic-settings takes from the class alone."""

    class Configured(Settings):
        model_config = SettingsConfigDict(yaml_file=config)

    return Configured


def _given(overrides: dict[str, Any]) -> dict[str, Any]:
    given = {}
    for name, value in overrides.items():
        if isinstance(value, dict):
            value = _given(value)
            if not value:
                continue
        if value is not None:
            given[name] = value
    return given


def known_keys(model: type[BaseModel] = Settings, prefix: str = "") -> dict[str, Any]:
    """Every key by its dotted name, with its default."""
    keys: dict[str, Any] = {}
    for field_name, field in model.model_fields.items():
        name = field.alias or field_name
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            keys |= known_keys(field.annotation, f"{prefix}{name}.")
        else:
            keys[f"{prefix}{name}"] = field.get_default()
    return keys


def _refuse_unknown_variables() -> None:
    known = {f"{PREFIX}{key.replace('.', '__').upper()}" for key in known_keys()} | {CONFIG_VARIABLE}
    sections = ("crawl", "caption", "suggest", "speech", "report", "rules", "notify")
    known |= {f"{PREFIX}{section.upper()}" for section in sections}
    for name in os.environ:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            raise UsageError(f"unknown variable {name}.{_nearest(name.upper(), known)}")


def refuse_unknown_rules(options: RuleOptions) -> None:
    """Raise UsageError for a rule that is to be disabled and is none."""
    if not options.disable:
        return
    from rules.judge import all_rules

    known = [rule.id for rule in all_rules()]
    for rule in options.disable:
        if rule not in known:
            near = get_close_matches(rule, known, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else "docs/rules.md lists them all."
            raise UsageError(f"rules.disable: there is no rule {rule!r}. {hint}")


def explain(error: ValidationError, known: Iterable[str], *, where: str = "", listed: str = "config.yaml") -> str:
    """What is wrong, a line for each key; no secret is in it. `listed` says where all the `known` keys are."""
    known, lines = list(known), []
    for problem in error.errors():
        key = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            lines.append(f"unknown key {key!r}{where}.{_nearest(key, known, listed)}")
            continue
        message = problem["msg"].removeprefix("Value error, ")
        lines.append(f"{key}: {message}{_got(key, problem['input'])}" if key else message)
    return "\n".join(lines)


def _got(key: str, given: object) -> str:
    """What was given, where it may be shown: a whole section may hold a secret, and an address a login."""
    hidden = key.startswith(("secrets", "urls", "notify.destinations")) or any(
        key.endswith(secret) for secret in SECRETS
    )
    return "" if hidden or isinstance(given, (dict, list, tuple)) else f" (got {given!r})"


def _nearest(name: str, known: Iterable[str], listed: str = "config.yaml") -> str:
    near = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean {near[0]!r}?" if near else f" {listed} lists them all."
