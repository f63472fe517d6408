"""Credentials for pictures, and the page that a request says it comes from: to whom they go, and to whom not."""

from __future__ import annotations

import asyncio

import pytest

from captioning.caption_options import CaptionOptions
from captioning.fetch import Fetcher
from core.errors import ImageError
from tests.captioning.images import jpeg
from tests.captioning.raw_server import RawServer, answer, serve_raw
from tests.tls import self_signed, server_context

SECRET = "s3cret4711"
FORMS = {
    "basic": (f"basic:ann:{SECRET}", "authorization", "Basic YW5uOnMzY3JldDQ3MTE="),
    "header": (f"header:X-Staging:{SECRET}", "x-staging", SECRET),
    "cookie": (f"cookie:pass={SECRET}", "cookie", f"pass={SECRET}"),
}


@pytest.fixture
def own():
    with serve_raw() as server:
        yield server


@pytest.fixture
def other():
    with serve_raw() as server:
        yield server


def fetch(
    url: str,
    *pages: str,
    origins: tuple[str, ...] = (),
    allowed: bool = True,
    policy: str | None = None,
    **more: object,
):
    options = CaptionOptions(retries=0, allow_private=["127.0.0.0/8"], auth_origin=list(origins), **more)

    async def one() -> bytes | ImageError | None:
        async with Fetcher(options) as fetcher:
            try:
                policies = {page: policy for page in pages if policy is not None}
                async with fetcher.fetch(url, pages=pages, policies=policies, with_credentials=allowed) as fetched:
                    return fetched.data
            except ImageError as error:
                return error

    return asyncio.run(one())


def behind_login(header: str, value: str):
    return lambda asked: answer(jpeg(1)) if asked.headers.get(header) == value else answer(b"", "401 Unauthorized")


def carried(server: RawServer) -> list[str]:
    shown = (SECRET, FORMS["basic"][2])
    return [one.target for one in server.asked if any(text in v for text in shown for v in one.headers.values())]


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_of_their_origin_gets_the_credentials(own, form):
    auth, header, value = FORMS[form]
    own.answers["/a.jpg"] = behind_login(header, value)
    assert fetch(f"{own.url}/a.jpg").code == "http_401"
    assert fetch(f"{own.url}/a.jpg", auth=auth, origins=(own.url,)) == jpeg(1)
    assert fetch(f"{own.url}/a.jpg", auth=auth, origins=(own.url,), allowed=False).code == "http_401"


@pytest.mark.parametrize("form", FORMS)
def test_no_other_origin_does(own, other, form):
    auth = FORMS[form][0]
    other.answers["/a.jpg"] = answer(jpeg(1))
    own.answers["/b.jpg"] = answer(jpeg(2))
    assert fetch(f"{other.url}/a.jpg", auth=auth, origins=(own.url,)) == jpeg(1)  # another port
    assert fetch(f"http://localhost:{own.port}/b.jpg", auth=auth, origins=(own.url,)) == jpeg(2)  # another host
    assert fetch(f"{own.url}/b.jpg", auth=auth, origins=(own.url.replace("http:", "https:"),)) == jpeg(2)
    assert carried(own) == carried(other) == []


@pytest.mark.parametrize("form", FORMS)
def test_a_redirect_leads_them_nowhere_else(own, other, form):
    auth = FORMS[form][0]
    own.answers["/a.jpg"] = answer(b"", "302 Found", f"Location: {other.url}/b.jpg", "Set-Cookie: pass=again; Path=/")
    other.answers["/b.jpg"] = answer(b"", "302 Found", f"Location: {own.url}/c.jpg")
    own.answers["/c.jpg"] = answer(jpeg(3))
    assert fetch(f"{own.url}/a.jpg", auth=auth, origins=(own.url,)) == jpeg(3)
    assert carried(own) == ["/a.jpg", "/c.jpg"]
    assert carried(other) == []


def referers(*servers: RawServer) -> list[str | None]:
    return [one.headers.get("referer") for server in servers for one in server.asked]


def test_a_page_of_the_same_origin_is_named_in_full(own):
    own.answers["/a.jpg"] = answer(jpeg(1))
    fetch(f"{own.url}/a.jpg", "http://elsewhere.test/", f"{own.url}/deep/page.html?x=1&y=%20#part")
    assert referers(own) == [f"{own.url}/deep/page.html?x=1&y=%20"]


def test_to_another_origin_its_origin_alone_is(own):
    own.answers["/a.jpg"] = answer(jpeg(1))
    fetch(f"{own.url}/a.jpg", "http://ann:secret@elsewhere.test:8080/deep/page.html?x=1")
    assert referers(own) == ["http://elsewhere.test:8080/"]


def test_a_secure_page_is_not_named_without_encryption(own):
    own.answers["/a.jpg"] = answer(jpeg(1))
    fetch(f"{own.url}/a.jpg", "https://elsewhere.test/")
    fetch(f"{own.url}/a.jpg")
    assert referers(own) == [None, None]


def test_what_a_redirect_has_cut_off_does_not_come_back(own, other):
    own.answers["/a.jpg"] = answer(b"", "302 Found", f"Location: {other.url}/b.jpg")
    other.answers["/b.jpg"] = answer(b"", "302 Found", f"Location: {own.url}/c.jpg")
    own.answers["/c.jpg"] = answer(jpeg(3))
    assert fetch(f"{own.url}/a.jpg", f"{own.url}/page") == jpeg(3)
    assert referers(own, other) == [f"{own.url}/page", f"{own.url}/", f"{own.url}/"]


def test_a_secure_page_is_named_again_once_a_redirect_has_led_to_encryption(own, tmp_path):
    """`http://` of old in an https page, which browsers ask for by https at once: with the Referer, that is."""
    with serve_raw(server_context(self_signed(tmp_path, "127.0.0.1"))) as secure:
        base = secure.url.replace("http:", "https:")
        own.answers["/a.jpg"] = answer(b"", "301 Moved", f"Location: {base}/a.jpg")
        secure.answers["/a.jpg"] = answer(jpeg(1))
        assert fetch(f"{own.url}/a.jpg", "https://shop.test/kettles", insecure=True) == jpeg(1)
        assert fetch(f"{own.url}/a.jpg", f"{base}/kettles", insecure=True) == jpeg(1)
        assert referers(own) == [None, None]
        assert referers(secure) == ["https://shop.test/", f"{base}/kettles"]


def test_the_policy_of_the_page_is_kept(own):
    own.answers["/a.jpg"] = answer(jpeg(1))
    page = "http://shop.test/kettles?x=1"
    for policy in ("no-referrer", "same-origin", "unsafe-url", "origin"):
        fetch(f"{own.url}/a.jpg", page, policy=policy)
    fetch(f"{own.url}/a.jpg", f"{own.url}/kettles", policy="origin")
    assert referers(own) == [None, None, page, "http://shop.test/", f"{own.url}/"]


def test_a_redirect_may_change_the_policy(own):
    own.answers["/a.jpg"] = answer(b"", "302 Found", "Location: /b.jpg", "Referrer-Policy: no-referrer")
    own.answers["/b.jpg"] = answer(b"", "302 Found", "Location: /c.jpg", "Referrer-Policy: unsafe-url")
    own.answers["/c.jpg"] = answer(jpeg(1))
    assert fetch(f"{own.url}/a.jpg", "http://shop.test/kettles", policy="origin") == jpeg(1)
    assert referers(own) == ["http://shop.test/", None, "http://shop.test/"]  # what was cut off does not come back


def test_a_host_that_wants_a_referer_has_it(own):
    def guarded(asked):
        return answer(jpeg(1)) if "shop.test" in asked.headers.get("referer", "") else answer(b"", "403 Forbidden")

    own.answers["/a.jpg"] = guarded
    assert fetch(f"{own.url}/a.jpg").code == "http_403"
    assert fetch(f"{own.url}/a.jpg", "http://shop.test/kettles") == jpeg(1)


def test_a_host_that_wants_none_is_asked_without(own):
    """A page may ask browsers to name none in ways that the store does not know: a worker of scripts, say."""
    refused = answer(b"", "403 Forbidden")
    own.answers["/a.jpg"] = lambda asked: refused if "referer" in asked.headers else answer(jpeg(1))
    assert fetch(f"{own.url}/a.jpg", "http://shop.test/kettles") == jpeg(1)


def test_a_host_that_refuses_everything_is_not_asked_twice_for_ever(own):
    options = CaptionOptions(retries=0, allow_private=["127.0.0.0/8"])

    async def all_of_them() -> None:
        async with Fetcher(options) as fetcher:
            for path in range(10):
                own.answers[f"/{path}"] = answer(b"", "403 Forbidden")
                with pytest.raises(ImageError, match="http_403"):
                    async with fetcher.fetch(f"{own.url}/{path}", pages=["http://shop.test/"]):
                        pass

    asyncio.run(all_of_them())
    assert len(own.asked) == 10 + 3
