"""Credentials: which requests carry them, and that nobody reads them."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from alt_audit.config import load_settings
from core.errors import UsageError
from core.net.credentials import Credentials, auth_header
from crawler.crawl_options import CrawlOptions

SECRET = "s3cret-4711"


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        ("basic:ann:pass:word", ("Authorization", "Basic YW5uOnBhc3M6d29yZA==")),
        ("basic:ann:", ("Authorization", "Basic YW5uOg==")),
        ("basic:käthe:ö", ("Authorization", "Basic a8OkdGhlOsO2")),
        ("header:Authorization:Bearer a:b", ("Authorization", "Bearer a:b")),
        ("header:X-Staging: yes ", ("X-Staging", "yes")),
        ("cookie:session=abc==", ("Cookie", "session=abc==")),
        ("cookie:a=1; b=2", ("Cookie", "a=1; b=2")),
    ],
)
def test_forms(auth: str, header: tuple[str, str]) -> None:
    assert auth_header(auth) == header


@pytest.mark.parametrize(
    "auth",
    [
        SECRET, f"bearer:{SECRET}", f"basic:{SECRET}", f"basic::{SECRET}", f"header:X:{SECRET}\r\nY: z", "header:X:",
        f"header:X Y:{SECRET}", f"header::{SECRET}", f"header:Host:{SECRET}", f"header:X:{SECRET}€", f"cookie:{SECRET}",
        f"cookie:a b={SECRET}", f"cookie:a={SECRET}\n", "", ":",
    ],
)  # fmt: skip
def test_what_is_none_of_the_forms_is_refused_without_repeating_it(auth: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError) as wrong:
        CrawlOptions(auth=SecretStr(auth))
    with pytest.raises(UsageError, match=r"crawl\.auth: .*is none of basic:USER") as given:
        load_settings(crawl={"auth": auth})
    monkeypatch.setenv("ALT_AUDIT_CRAWL__AUTH", auth)
    with pytest.raises(UsageError, match="is none of") as variable:
        load_settings()
    assert SECRET not in f"{wrong.value!r} {wrong.value} {given.value} {variable.value}"


def test_options_do_not_show_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALT_AUDIT_CRAWL__AUTH", f"basic:ann:{SECRET}")
    options = load_settings().crawl
    assert options.auth is not None
    assert options.auth.get_secret_value().endswith(SECRET)
    assert SECRET not in f"{options!r} {options} {options.model_dump()} {options.model_dump_json()}"


@pytest.mark.parametrize(
    ("seed", "url", "sent"),
    [
        pytest.param("https://shop.test/start", "https://shop.test/a?b#c", True, id="same origin"),
        pytest.param("https://shop.test/", "https://SHOP.test:443/", True, id="the scheme's own port"),
        pytest.param("https://shop.test/", "http://shop.test/", False, id="http after https"),
        pytest.param("https://shop.test/", "http://shop.test:443/", False, id="http on the port of https"),
        pytest.param("http://shop.test/", "https://shop.test/", False, id="https after http"),
        pytest.param("https://shop.test/", "https://shop.test:8443/", False, id="other port"),
        pytest.param("https://shop.test/", "https://www.shop.test/", False, id="subdomain"),
        pytest.param("https://shop.test/", "https://shop.test.evil.test/", False, id="look-alike"),
        pytest.param("https://shop.test/", "https://shop.test@evil.test/", False, id="host as user name"),
        pytest.param("https://shop.test/", "https://evil.test/https://shop.test/", False, id="host in the path"),
        pytest.param("https://shop.test/", "https://shop.test:x/", False, id="port that is none"),
        pytest.param("http://[::1]:8000/", "http://[::1]:8000/a", True, id="IPv6"),
    ],
)
def test_where_credentials_go(seed: str, url: str, sent: bool) -> None:
    headers = Credentials(SecretStr("cookie:a=b"), [seed]).headers_for(url)
    assert headers == ({"Cookie": "a=b"} if sent else {})


def test_without_credentials_nothing_is_sent() -> None:
    assert Credentials(None, ["https://shop.test/"]).headers_for("https://shop.test/") == {}
