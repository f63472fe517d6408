"""Where credentials go: to the origins that the operator named for them, whatever pages, scripts and lists say."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from typing import Any

import pytest
from crawl_server import Handler, Server, running
from crawls import crawl, fetched, result_of, start

SECRET = "s3cret4711"
FORMS = {
    "basic": (f"basic:ann:{SECRET}", "YW5uOnMzY3JldDQ3MTE="),
    "header": (f"header:X-Staging:{SECRET}", SECRET),
    "cookie": (f"cookie:pass={SECRET}", SECRET),
}
BROWSER = pytest.mark.skipif(
    not any(map(shutil.which, ("chromium", "google-chrome"))), reason="Chromium is not installed"
)


def got(server: Server, shown: str) -> set[str]:
    """The paths whose requests carried what shows the secret, in any header."""
    return {path for path, headers in server.received if any(shown in value for value in headers.values())}


@pytest.mark.parametrize("form", FORMS)
def test_they_go_to_the_start_urls_own_origin_alone(server, sqlite_url, form):
    auth, shown = FORMS[form]
    with running() as other_port:
        server.html("/", "/page", f"{other_port.base}/port", "/away")
        # A server that hands the cookie out anew, which browsers would then send to every port of the host.
        server.answers["/page"] = lambda handler: handler.reply(
            b"<title>A</title>", Set_Cookie=f"pass={SECRET}; Path=/"
        )
        server.redirect("/away", f"{other_port.base}/redirected")
        other_port.html("/port")
        other_port.html("/redirected")
        # The page of the other port comes after the cookie was set.
        crawl(server.base + "/", sqlite_url, auth=auth, concurrency_per_host=1, subdomains=True)
        assert got(server, shown) >= {"/robots.txt", "/", "/page", "/away"}
        assert got(other_port, shown) == set()


def test_a_renewed_cookie_stays_at_its_origin(server, sqlite_url):
    """Both ports are start URLs, and credentials are named for one."""
    with running() as other:
        server.answers["/"] = lambda handler: handler.reply(
            b"<title>A</title><a href=/late>late</a>", Set_Cookie="pass=renewed; Path=/"
        )
        server.html("/late", f"{other.base}/late")
        other.html("/")
        other.html("/late")
        options: dict[str, Any] = {"auth": f"cookie:pass={SECRET}", "auth_origin": [server.base], "obey_robots": False}
        result_of(start([server.base + "/", other.base + "/"], sqlite_url, concurrency_per_host=1, **options))
        assert "/late" in other.requests
        assert got(server, SECRET) == {"/", "/late"}
        assert got(other, SECRET) == got(other, "renewed") == set()


def test_a_list_names_no_origin_for_them(sqlite_url):
    """A list may be the site's own sitemap, and hold whatever the site put there."""
    with running() as own, running() as strange:
        own.html("/a")
        strange.html("/b")
        seeds = [own.base + "/a", strange.base + "/b"]
        options: dict[str, Any] = {"listed": True, "max_depth": 0, "allow_private": ["127.0.0.0/8"]}
        auth = FORMS["basic"][0]
        refused = result_of(start(seeds, sqlite_url, auth=auth, **options))
        assert refused["error"] == "UsageError"
        assert "--auth-origin" in refused["message"]
        assert own.requests == strange.requests == []
        result_of(start(seeds, sqlite_url, auth=auth, auth_origin=[own.base], **options))
        assert fetched(sqlite_url) == {"/a", "/b"}
        assert "/a" in got(own, FORMS["basic"][1])
        assert got(strange, FORMS["basic"][1]) == set()


@BROWSER
@pytest.mark.browser
@pytest.mark.parametrize("form", ["basic", *(pytest.param(form, marks=pytest.mark.slow) for form in list(FORMS)[1:])])
def test_scripts_get_them_nowhere_else(sqlite_url, form):
    """Requests of scripts to their own origin carry them; redirects, other hosts, ports and schemes never do."""
    auth, shown = FORMS[form]
    with ExitStack() as stack:
        own = stack.enter_context(running())
        host = stack.enter_context(running("127.0.0.2"))
        port = stack.enter_context(running())
        others = {"host": f"http://127.0.0.2:{host.port}", "port": port.base}
        hops, tags, fetches = [], [], ["/data.json", "/moved.json", "/posted.json"]
        for name, base in others.items():
            for status in (301, 302, 303, 307, 308):
                path = f"/to-{name}-{status}"
                location = f"{base}/caught-{status}"
                own.answers[path] = _redirecting(status, location)
                hops.append(path)
                tags.append(f"<script src={path}?script></script><link rel=stylesheet href={path}?style>")
                own.answers[f"{path}?script"] = own.answers[f"{path}?style"] = own.answers[f"{path}?post"] = (
                    _redirecting(status, location)
                )
            tags.append(f"<script src={base}/direct.js></script><link rel=preconnect href={base}>")
            tags.append(f"<img src={base}/direct.gif><iframe src={base}/frame></iframe>")
        own.answers["/chain"] = _redirecting(302, "/to-host-302")
        own.answers["/moved.json"] = _redirecting(302, "/data.json?moved")
        own.answers["/data.json"] = own.answers["/data.json?moved"] = own.answers["/posted.json"] = _protected(shown)
        for server in (host, port):
            server.otherwise = lambda handler: handler.reply(
                b"[]", content_type="application/json", Access_Control_Allow_Origin="*"
            )
        hops.append("/chain")
        script = f"""
        const to = {hops + fetches!r}, all = [];
        for (const url of to) all.push(fetch(url).then(r => r.ok ? r.text() : '').catch(() => ''));
        const post = {{method: 'POST', body: 'x', mode: 'no-cors'}};
        for (const url of to) all.push(fetch(url + '?post', post).catch(() => ''));
        for (const url of {list(others.values())!r}) {{
          all.push(fetch(url + '/direct', {{credentials: 'include', mode: 'no-cors'}}).catch(() => ''));
          new WebSocket(url.replace('http', 'ws') + '/socket');
          all.push(fetch(url.replace('http:', 'https:') + '/tls').catch(() => ''));
          navigator.sendBeacon(url + '/beacon', 'x');
        }}
        new WebSocket(location.href.replace('http', 'ws') + 'socket');
        Promise.all(all).then(texts => {{ for (const text of texts) if (text.includes('.gif')) {{
          const image = new Image(); image.src = text; document.body.append(image) }} }})"""
        markup = f"<!DOCTYPE html><title>A</title><body>{''.join(tags)}<script>{script}</script>".encode()
        own.answers["/"] = lambda handler: handler.reply(markup)
        result = crawl(own.base + "/", sqlite_url, auth=auth, render=[".*"], allow_private=["127.0.0.0/8"])
        assert result["counts"]["rendered"] == 1
        assert {"/data.json", "/moved.json", "/data.json?moved", *hops} <= got(own, shown)
        assert "/socket" not in got(own, shown)
        for server in (host, port):
            assert {f"/caught-{status}" for status in (301, 302, 303, 307, 308)} <= set(server.requests)
            assert {"/direct", "/direct.js"} <= set(server.requests)
            assert got(server, shown) == set()


def _redirecting(status: int, location: str):
    return lambda handler: handler.reply(b"", status=status, Location=location, Access_Control_Allow_Origin="*")


def _protected(shown: str):
    def answer(handler: Handler) -> None:
        inside = any(shown in value for value in handler.headers.values())
        handler.reply(f"/i/{handler.path[1:5]}.gif".encode() if inside else b"no", status=200 if inside else 401)

    return answer
