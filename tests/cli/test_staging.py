"""Pictures that only a site's visitors get: behind a login, by one command or a worker of its own; by the Referer."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from store.engine import connect, reading
from store.models import Asset
from tests.captioning.images import jpeg
from tests.captioning.raw_server import RawServer, answer, serve_raw

SECRET = "s3cret4711"
FORMS = {
    "basic": (f"basic:editor:{SECRET}", "authorization", "Basic ZWRpdG9yOnMzY3JldDQ3MTE="),
    "header": (f"header:X-Staging:{SECRET}", "x-staging", SECRET),
    "cookie": (f"cookie:pass={SECRET}", "cookie", f"pass={SECRET}"),
}
PAGE = "<html lang=en><title>Staging</title><h1>Kettles</h1><img src='/a.jpg'><img src='{other}/b.jpg'>"


@pytest.fixture
def other():
    with serve_raw() as server:
        server.answers["/b.jpg"] = answer(jpeg(2))
        yield server


@pytest.fixture
def site(other):
    with serve_raw() as server:
        yield server


def guard(site: RawServer, other: RawServer, header: str, value: str) -> None:
    page = PAGE.format(other=other.url).encode()
    for target, found in {"/": answer(page, "200 OK", "Content-Type: text/html"), "/a.jpg": answer(jpeg(1))}.items():
        site.answers[target] = lambda asked, found=found: (
            found if asked.headers.get(header) == value else answer(b"", "401 Unauthorized", "WWW-Authenticate: Basic")
        )


def captioned(cli) -> int:
    return json.loads(cli("status", "--format", "json").out)["queue"]["captioned"]


def kept(cli) -> bool:
    """Whether the secret is in any file that was written."""
    return any(SECRET.encode() in path.read_bytes() for path in cli.folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("form", FORMS)
def test_run_fetches_the_pictures_as_the_pages(cli, site, other, form):
    auth, header, value = FORMS[form]
    guard(site, other, header, value)
    done = cli("run", f"{site.url}/", "--model", "builtin", ALT_AUDIT_CRAWL__AUTH=auth)
    assert done.code == 0, done.err
    assert captioned(cli) == 2
    assert other.targets == ["/b.jpg"]
    assert SECRET not in str(other.asked) + done.out + done.err
    assert "ZWRpdG9y" not in str(other.asked)
    assert not kept(cli)


def test_a_worker_of_its_own_is_told_by_its_own_means(cli, site, other):
    auth, header, value = FORMS["basic"]
    guard(site, other, header, value)
    assert cli("crawl", f"{site.url}/", ALT_AUDIT_CRAWL__AUTH=auth).code == 0
    without = cli("caption", "--model", "builtin")
    assert "fetch/http_401: 1" in without.err
    nowhere = cli("caption", "--model", "builtin", "--retry-failed", ALT_AUDIT_CAPTION__AUTH=auth)
    assert (nowhere.code, "--auth-origin" in nowhere.err) == (2, True)
    of_the_crawl = cli("caption", "--model", "builtin", "--retry-failed", ALT_AUDIT_CRAWL__AUTH=auth)
    assert "crawl.auth goes with no picture" in of_the_crawl.err
    assert captioned(cli) == 1
    done = cli("caption", "--model", "builtin", "--retry-failed", "--auth", auth, "--auth-origin", site.url)
    assert done.code == 0, done.err
    assert captioned(cli) == 2
    assert not kept(cli)


def test_a_page_of_another_site_is_told_nothing_of_what_is_behind_it(cli, site, other):
    """Else whoever shows an address of the staging site would have what it shows described, and a thumbnail of it."""
    auth, header, value = FORMS["basic"]
    guard(site, other, header, value)
    nosy = f"<html lang=en><title>Nosy</title><img src='{site.url}/a.jpg'>".encode()
    other.answers["/"] = answer(nosy, "200 OK", "Content-Type: text/html")
    assert cli("crawl", f"{other.url}/").code == 0
    options = ("--model", "builtin", "--auth-origin", site.url)
    assert "fetch/http_401: 1" in cli("caption", *options, ALT_AUDIT_CAPTION__AUTH=auth).err
    assert cli("crawl", f"{site.url}/", "--site", "staging", ALT_AUDIT_CRAWL__AUTH=auth).code == 0
    cli("caption", *options, "--retry-failed", ALT_AUDIT_CAPTION__AUTH=auth)
    assert captioned(cli) == 2


def test_what_is_none_of_the_forms_is_said_without_the_secret(cli):
    for command in (("caption", "--auth", SECRET), ("caption", "--auth", f"basic{SECRET}:")):
        wrong = cli(*command)
        assert wrong.code == 2
        assert "caption.auth" in wrong.err
        assert SECRET not in wrong.err


def test_a_host_that_shows_pictures_on_the_site_alone(cli, site, other):
    """Without a Referer it answers 403, or with a picture for thieves; and the page's path is nobody's business."""

    def for_the_site(asked) -> bytes:
        return answer(jpeg(7)) if asked.headers.get("referer", "").startswith(site.url) else answer(jpeg(8))

    def guarded(asked) -> bytes:
        return for_the_site(asked) if "referer" in asked.headers else answer(b"", "403 Forbidden")

    other.answers |= {"/c.jpg": for_the_site, "/d.jpg": guarded}
    page = f"<html lang=en><title>Shop</title><img src='{other.url}/c.jpg'><img src='{other.url}/d.jpg'>".encode()
    site.answers["/kettles?token=1"] = answer(page, "200 OK", "Content-Type: text/html")
    assert cli("run", f"{site.url}/kettles?token=1", "--model", "builtin").code == 0
    assert captioned(cli) == 2
    assert [one.headers.get("referer") for one in other.asked] == [f"{site.url}/"] * 2
    with reading(connect(f"sqlite:///{cli.folder}/alt-audit.db")) as session:
        assert session.scalars(select(Asset.byte_size)).all() == [len(jpeg(7))]


@pytest.mark.parametrize(
    "said", ["header", *(pytest.param(place, marks=pytest.mark.slow) for place in ("meta", "attribute"))]
)
def test_a_page_that_wants_not_to_be_named_is_not(cli, site, other, said):
    """Hosts that answer whoever names another site with a picture of their own give the one that visitors see."""
    seen, stolen = answer(jpeg(1)), answer(jpeg(9))
    other.answers["/b.jpg"] = lambda asked: stolen if "referer" in asked.headers else seen
    meta = "<meta name=referrer content=no-referrer>" if said == "meta" else ""
    attribute = "referrerpolicy=no-referrer" if said == "attribute" else ""
    page = f"<html lang=en>{meta}<title>Tea</title><h1>Tea</h1><img {attribute} src='{other.url}/b.jpg'>".encode()
    lines = ["Content-Type: text/html", *(["Referrer-Policy: no-referrer"] if said == "header" else [])]
    site.answers["/"] = answer(page, "200 OK", *lines)
    cli("run", f"{site.url}/", "--model", "builtin")
    assert ["referer" in one.headers for one in other.asked if one.target == "/b.jpg"] == [False]
