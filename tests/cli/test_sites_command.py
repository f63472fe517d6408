"""Commands on a store that several sites share."""

from __future__ import annotations

import json

import pytest

from core.identity.urls import site_of
from tests.captioning.images import jpeg
from tests.crawler.crawl_server import running


def picture(handler):
    handler.reply(jpeg(), content_type="image/jpeg")


def queue_of(cli, server):
    return json.loads(cli("status", "--site", site_of(server.base), "--format", "json").out)["queue"]


def suggestions_of(cli, server):
    return sum(
        json.loads(cli("status", "--site", site_of(server.base), "--format", "json").out)["suggestions"].values()
    )


@pytest.mark.slow
def test_a_site_is_served_alone_to_its_end_by_run_and_by_caption(cli, tmp_path):
    """What waits for other customers, and drafts for them of pictures that both show, are left to their own runs."""
    private = ("--allow-private", "127.0.0.0/8")
    with running() as large, running() as small, running() as pictures:
        shared = f"{pictures.base}/shared.jpg"
        pictures.answers["/shared.jpg"] = picture
        for server, names in ((large, [f"/{n}.jpg" for n in range(5)]), (small, ["/one.jpg"])):
            server.html("/", images=[*names, shared])
            for name in names:
                server.answers[name] = picture
        assert cli("crawl", large.base, *private).code == 0
        done = cli("run", small.base, "--out", str(tmp_path / "out"), "--model", "builtin", *private)
        assert done.code == 0, done.err
        assert (queue_of(cli, small)["captioned"], queue_of(cli, small)["pending"]) == (2, 0)
        assert queue_of(cli, large)["pending"] == 5
        assert (suggestions_of(cli, small), suggestions_of(cli, large)) == (2, 0)
        done = cli("caption", "--site", site_of(small.base), "--model", "builtin", *private)
        assert (done.code, suggestions_of(cli, large)) == (0, 0)
        done = cli("caption", "--site", site_of(large.base), "--model", "builtin", *private)
        assert done.code == 0, done.err
        assert (suggestions_of(cli, large), queue_of(cli, large)["pending"]) == (6, 0)


def test_a_list_of_two_hosts_is_two_sites_with_a_report_each_and_one_is_captioned_alone(cli, tmp_path):
    with running() as a, running() as b:
        for server, names in ((a, ("/a.jpg",)), (b, ("/b1.jpg", "/b2.jpg"))):
            server.html("/page", images=names)
            for name in names:
                server.answers[name] = picture
        pages = tmp_path / "pages.txt"
        pages.write_text(f"{a.base}/page\n{b.base}/page\n")
        private = ("--allow-private", "127.0.0.0/8")
        done = cli("crawl", "--list", str(pages), *private)
        assert done.code == 0, done.err
        for server, images in ((a, 1), (b, 2)):
            status = json.loads(cli("status", "--site", site_of(server.base), "--format", "json").out)
            assert (status["pages"], status["images"]) == (1, images)
        done = cli("caption", "--site", site_of(b.base), "--model", "builtin", *private)
        assert done.code == 0, done.err
        of_a, of_b = (
            json.loads(cli("status", "--site", site_of(server.base), "--format", "json").out)["queue"]
            for server in (a, b)
        )
        assert (of_a["pending"], of_b["captioned"]) == (1, 2)
        done = cli("caption", "--site", "nowhere.test", "--model", "builtin")
        assert (done.code, "there is no site 'nowhere.test'" in done.err) == (2, True)
        done = cli("run", "--list", str(pages), "--out", str(tmp_path / "out"), "--model", "builtin", *private)
        assert done.code == 0, done.err
        reports = {path.parent.name for path in (tmp_path / "out").glob("*/index.html")}
        assert reports == {site_of(server.base).replace(":", "_") for server in (a, b)}
