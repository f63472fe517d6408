"""Which links belong to an audit, and the reason for those that do not."""

from __future__ import annotations

import pytest
import tldextract
from pydantic import ValidationError

from core.errors import UsageError
from core.identity.urls import MAX_URL_CHARS
from crawler.crawl_options import CrawlOptions
from crawler.failures import advice, code_of
from crawler.urls.scope import Scope, _domain_extractor, registrable
from crawler.urls.start_urls import seed_urls
from crawler.urls.traps import MAX_HOPS


@pytest.mark.parametrize(
    ("url", "depth", "reason"),
    [
        pytest.param("https://shop.test/a", 1, None, id="page"),
        pytest.param("http://shop.test/a", 1, None, id="other scheme"),
        pytest.param("https://www.shop.test/a", 1, None, id="with www"),
        pytest.param("https://SHOP.test/a", 1, None, id="capitals"),
        pytest.param("https://blog.shop.test/a", 1, "offsite", id="subdomain"),
        pytest.param("https://shop.test.evil.test/a", 1, "offsite", id="look-alike"),
        pytest.param("https://evil.test/?shop.test", 1, "offsite", id="name in the query"),
        pytest.param("https://shop.test:8443/a", 1, "offsite", id="other port"),
        pytest.param("https://shop.test/a.pdf", 1, "not_a_page", id="document"),
        pytest.param("https://shop.test/a.JPG?x=1", 1, "not_a_page", id="picture, capitals and query"),
        pytest.param("https://shop.test/a?file=b.pdf", 1, None, id="ending in the query"),
        pytest.param("https://shop.test/a.html", 1, None, id="html"),
        pytest.param("https://shop.test/index.php/a", 1, None, id="script"),
        pytest.param("https://shop.test/v1.0", 1, None, id="dot that is no ending"),
        pytest.param("https://shop.test/" + "a" * MAX_URL_CHARS, 1, "url_too_long", id="too long"),
    ],
)
def test_default_scope(url: str, depth: int, reason: str | None) -> None:
    assert Scope(["https://shop.test/"], CrawlOptions()).refusal(url, depth) == reason


@pytest.mark.parametrize(
    ("path", "depth", "reason"),
    [
        ("shop/a", 1, None),
        ("blog/a", 1, "not_included"),
        ("blog/a", 0, None),
        ("shop/cart", 1, "excluded"),
        ("shop/cart", 0, None),
        ("shop/a", 2, None),
        ("shop/a", 3, "max_depth"),
    ],
)
def test_patterns_and_depth(path: str, depth: int, reason: str | None) -> None:
    options = CrawlOptions(include=["/shop/"], exclude=["/cart$"], max_depth=2)
    assert Scope(["https://shop.test/"], options).refusal(f"https://shop.test/{path}", depth) == reason


@pytest.mark.parametrize(
    ("seed", "url", "inside"),
    [
        pytest.param("https://www.shop.co.uk/", "https://blog.shop.co.uk/a", True, id="subdomain"),
        pytest.param("https://www.shop.co.uk/", "https://shop.co.uk/a", True, id="bare domain"),
        pytest.param("https://blog.shop.co.uk/", "https://a.b.shop.co.uk/a", True, id="sister of a subdomain"),
        pytest.param("https://www.shop.co.uk/", "https://other.co.uk/a", False, id="under the same public suffix"),
        pytest.param("https://ann.github.io/", "https://bob.github.io/", False, id="private suffix"),
        pytest.param("https://shop.com/", "https://evilshop.com/", False, id="same ending"),
        pytest.param("https://shop.com/", "https://a.shop.com:8443/", False, id="other port"),
        pytest.param("http://127.0.0.1:8000/", "http://127.0.0.1:8000/a", True, id="numeric"),
        pytest.param("http://127.0.0.1:8000/", "http://10.0.0.1:8000/a", False, id="other number"),
        pytest.param("http://[::1]:8000/", "http://[::1]:8000/a", True, id="IPv6"),
        pytest.param("http://[::1]:8000/", "http://[::2]:8000/a", False, id="other IPv6"),
        pytest.param("http://wiki.corp.internal/", "http://shop.corp.internal/a", True, id="unknown suffix"),
        pytest.param("http://wiki.corp.internal/", "http://wiki.other.internal/a", False, id="under unknown suffix"),
        pytest.param("http://intranet/", "http://intranet/a", True, id="no suffix"),
    ],
)
def test_subdomains(seed: str, url: str, inside: bool) -> None:
    assert Scope([seed], CrawlOptions(subdomains=True)).offsite(url) is not inside


def test_an_endless_chain_ends_unless_a_depth_is_asked_for() -> None:
    seeds = ["https://shop.test/"]
    assert Scope(seeds, CrawlOptions()).refusal("https://shop.test/a", MAX_HOPS) is None
    assert Scope(seeds, CrawlOptions()).refusal("https://shop.test/a", MAX_HOPS + 1) == "depth_trap"
    assert Scope(seeds, CrawlOptions(max_depth=9999)).refusal("https://shop.test/a", MAX_HOPS + 1) is None


def test_adopted_host() -> None:
    scope = Scope(["https://shop.test/"], CrawlOptions())
    assert scope.refusal("https://new.test/", 0) == "offsite"
    scope.adopt("https://www.new.test/home")
    assert scope.refusal("https://new.test/", 0) is None
    assert scope.refusal("https://shop.test/", 0) is None


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("shop.test", "https://shop.test/"),
        ("http://shop.test/a b", "http://shop.test/a%20b"),
        ("HTTPS://Shop.test#x", "https://shop.test/"),
        ("shop.test:443/a", "https://shop.test/a"),
        ("shop.test:8080", "http://shop.test:8080/"),
        ("localhost:9101/a?b=c", "http://localhost:9101/a?b=c"),
        ("localhost", "http://localhost/"),
        ("shop.localhost", "http://shop.localhost/"),
        ("intranet/start", "http://intranet/start"),
        ("127.0.0.1:8099", "http://127.0.0.1:8099/"),
        ("192.168.1.7", "http://192.168.1.7/"),
        ("[::1]:8099", "http://[::1]:8099/"),
        ("10.0.0.1:443", "https://10.0.0.1/"),
        ("https://localhost:9101", "https://localhost:9101/"),
    ],
)
def test_seed_urls(given: str, stored: str) -> None:
    assert seed_urls([given, given]) == [stored]


@pytest.mark.parametrize(
    "given", ["", "shop.test:port", "ftp://shop.test", "http://", "data:text/html,x", "http://[::1"]
)
def test_what_is_no_start_url(given: str) -> None:
    with pytest.raises(UsageError, match="Write https://HOST/"):
        seed_urls([given])


@pytest.mark.parametrize("given", ["https://ann:s3cret@shop.test/", "ann:s3cret@shop.test/", "ann:3s3cret@shop.test"])
def test_a_login_in_a_start_url_is_refused_without_repeating_it(given: str) -> None:
    with pytest.raises(UsageError, match="--auth basic") as caught:
        seed_urls([given])
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"user_agent": "a\r\nX: y"},
        {"user_agent": " "},
        {"auth": "basic:ann"},
        {"max_queries_per_path": 0},
        {"include": ["("]},
        {"retries": 11},
        {"timeout_s": 0},
        {"max_depth": -1},
        {"limit_page": 5},
    ],
    ids=str,
)
def test_wrong_options(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CrawlOptions(**options)  # type: ignore[arg-type]


def test_a_failed_start_url_is_explained() -> None:
    assert advice("http_503").startswith("The server failed to answer properly (HTTP 503). Run the audit again later")
    assert advice("dns").startswith("The host name of this address does not resolve. Check the spelling")
    assert advice("unheard_of") == "The page could not be read (unheard_of). Open the address in a browser."
    assert code_of(ValueError()) == "download"
    assert code_of(None) == "download"


def test_the_public_suffix_list_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes 50 ms, in which the crawl would stand still for each new host."""
    made = []

    class Counted(tldextract.TLDExtract):
        def __init__(self, *arguments: object, **named: object) -> None:
            made.append(self)
            super().__init__(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(tldextract, "TLDExtract", Counted)
    _domain_extractor.cache_clear()
    hosts = [f"www.host{number}.co.uk" for number in range(50)]
    assert [registrable(host) for host in hosts] == [f"host{number}.co.uk" for number in range(50)]
    assert len(made) == 1
