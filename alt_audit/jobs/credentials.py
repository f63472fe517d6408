"""Which credentials go with requests for pictures, and where they go. The store knows neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alt_audit.jobs.events import CredentialsUnused, OnEvent
from core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alt_audit.config import Settings


def with_credentials(settings: Settings, on_event: OnEvent, start_urls: Sequence[str] = ()) -> Settings:
    """The settings with credentials for pictures: their own, or those of the crawl, each with where they go.

    That is what the settings name, else the origins of the `start_urls`. Raises UsageError where credentials that are
    meant for pictures have nowhere to go, or start URLs of several domains, which are of several owners.
    """
    crawl, own = settings.crawl, settings.caption
    auth = own.auth or crawl.auth
    if auth is None:
        return settings
    origins = own.auth_origin or crawl.auth_origin or _origins(start_urls)
    if not origins:
        if own.auth is not None:
            raise UsageError(
                "caption.auth: say where the credentials go, --auth-origin https://HOST (caption.auth_origin; several "
                "may be named)"
            )
        on_event(CredentialsUnused())
        return settings
    return settings.model_copy(update={"caption": own.model_copy(update={"auth": auth, "auth_origin": list(origins)})})


def _origins(start_urls: Sequence[str]) -> Sequence[str]:
    from crawler.urls.scope import domain_of

    return start_urls if len(set(map(domain_of, start_urls))) <= 1 else ()
