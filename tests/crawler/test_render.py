"""Pages that scripts build, read through a real Chromium from a real server."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from crawl_server import Handler, Server, running
from crawls import crawl, fetched, pages, result_of, start, wait_until
from sqlalchemy import select

from core.chromium import launch_options
from core.errors import UsageError
from core.records import PageState
from store.engine import connect, reading
from store.models import Occurrence, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"),
]
GIF = (
    b"GIF89a\x01\x00\x01\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01\x00;"
)
TALL = "<div style='height:5000px'></div>"

# Pages by path: their markup, and the images that a visitor would see.
BUILT: dict[str, tuple[str, list[str]]] = {
    "/plain": ("<img src=/i/plain.gif alt=here>", ["/i/plain.gif"]),
    "/inner-html": (
        "<div id=a></div><script>onload = () => { a.innerHTML = '<img src=/i/inner.gif>' }</script>",
        ["/i/inner.gif"],
    ),
    "/late-mount": (
        "<div id=root></div><script>setTimeout(() => {const i = new Image(); i.src = '/i/late.gif'; i.alt = 'late';"
        "root.append(i)}, 500)</script>",
        ["/i/late.gif"],
    ),
    "/fetched": (
        "<div id=root></div><script>fetch('/data.json').then(r => r.json()).then(list => list.forEach(src => {"
        "const i = new Image(); i.src = src; root.append(i)}))</script>",
        ["/i/one.gif", "/i/two.gif"],
    ),
    "/observed": (
        TALL + "<img data-later=/i/observed.gif><script>new IntersectionObserver((seen, all) => seen.forEach(e => {"
        "if (e.isIntersecting) {e.target.src = e.target.dataset.later; all.unobserve(e.target)}}))"
        ".observe(document.querySelector('img'))</script>",
        ["/i/observed.gif"],
    ),
    "/swapped": (
        "".join(f"{TALL}<img data-real=/i/swap{n}.gif>" for n in range(3)) + "<script>let timer;"
        "addEventListener('scroll', () => {timer ??= setTimeout(() => {timer = null;"
        "document.querySelectorAll('img').forEach(i => {const box = i.getBoundingClientRect();"
        "if (box.top < innerHeight && box.bottom > 0) i.src = i.dataset.real})}, 200)})</script>",
        ["/i/swap0.gif", "/i/swap1.gif", "/i/swap2.gif"],
    ),
    "/scroll-box": (
        "<div style='height:100vh;overflow:auto' id=box><div style='height:4000px'></div></div><script>"
        "box.onscroll = () => {if (box.scrollTop > 2000 && !box.done) {box.done = 1; const i = new Image();"
        "i.src = '/i/box.gif'; box.append(i)}}</script>",
        ["/i/box.gif"],
    ),
    "/shadow": (
        "<x-card>words<img slot=picture src=/i/slotted.gif></x-card><script>customElements.define('x-card',"
        "class extends HTMLElement {connectedCallback() {this.attachShadow({mode: 'open'}).innerHTML ="
        "'<slot name=picture></slot><img src=/i/shadow.gif><x-inner></x-inner>'}});customElements.define('x-inner',"
        "class extends HTMLElement {connectedCallback() {this.attachShadow({mode: 'open'}).innerHTML ="
        "'<img src=/i/deep.gif>'}})</script>",
        ["/i/slotted.gif", "/i/shadow.gif", "/i/deep.gif"],
    ),
    "/noscript": ("<noscript><img src='/i/without.gif?a=1&amp;b=2'></noscript>", ["/i/without.gif?a=1&b=2"]),
    "/alert": ("<script>alert(1); confirm(2); prompt(3)</script><img src=/i/alert.gif>", ["/i/alert.gif"]),
    "/popups": (
        "<script>for (let n = 0; n < 5; n++) open('/popup?' + n)</script><img src=/i/popups.gif>",
        ["/i/popups.gif"],
    ),
    "/download": (
        "<script>onload = () => {location.href = '/file.zip'}</script><img src=/i/download.gif>",
        ["/i/download.gif"],
    ),
    "/worker": (
        "<script>navigator.serviceWorker.register('/worker.js').catch(() => 0)</script><img src=/i/worker.gif>",
        ["/i/worker.gif"],
    ),
    "/polls": (
        "<script>setInterval(() => fetch('/data.json?' + Math.random()), 50)</script><img src=/i/polls.gif>",
        ["/i/polls.gif"],
    ),
    "/never-loads": ("<img src=/i/never.gif><script src=/hangs.js></script><img src=/i/behind.gif>", ["/i/never.gif"]),
    "/fallback": (
        "<img src=/i/real.gif onerror=\"this.src = '/i/broken.gif'\"><img id=b src=/i/blurred.gif><script>"
        "const i = new Image(); i.onload = () => { b.src = '/i/sharp.gif' }; i.src = '/i/sharp.gif'</script>",
        ["/i/real.gif", "/i/sharp.gif"],
    ),
    "/frame": ("<iframe src=/plain></iframe><img src=/i/frame.gif>", ["/i/frame.gif"]),
    "/reloads": (
        "<script>if (!sessionStorage.seen) {sessionStorage.seen = 1; location.reload()}</script>"
        "<img src=/i/reloads.gif>",
        ["/i/reloads.gif"],
    ),
}
# What goes wrong: path, markup, code.
FAILING = {
    "/hangs": ("<script>setTimeout(() => {while (true) {}}, 10)</script>", "render_timeout"),
    "/reload-loop": ("<script>location.reload()</script><img src=/i/loop.gif>", "render_reload_loop"),
    "/eats": ("<script>const all = []; while (true) all.push(new Array(1e6).fill(1.5))</script>", "render_crash"),
    "/grows": ("<script>onload = () => {document.body.append('x'.repeat(3e6))}</script>", "render_too_large"),
}


def markup(body: str) -> bytes:
    return f"<!DOCTYPE html><html lang=en><head><title>Grüße</title></head><body>{body}</body></html>".encode()


def serve(server: Server, path: str, body: str, **headers: str) -> None:
    server.answers[path] = lambda handler: handler.reply(markup(body), **headers)


def _hangs(handler: Handler) -> None:
    handler.server.closing.wait(60)


@dataclass(frozen=True)
class Rendered:
    base: str
    summary: dict[str, Any]
    pages: dict[str, Page]
    images: dict[str, list[str]]  # path of a page -> its images in order, without the host
    requests: Counter[str]
    agents: set[str]


def images(database: str, base: str) -> dict[str, list[str]]:
    engine = connect(database)
    with reading(engine) as session:
        rows = session.execute(
            select(Page.url, Occurrence.src)
            .join(Occurrence, Occurrence.page_id == Page.id)
            .order_by(Page.url, Occurrence.position)
        )
        found: dict[str, list[str]] = {}
        for url, src in rows:
            found.setdefault(url.removeprefix(base), []).append(src or "")
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Rendered]:
    path = tmp_path_factory.mktemp("render") / "audit.db"
    shutil.copy(sqlite_template, path)
    database = f"sqlite:///{path}"
    agents: set[str] = set()
    with running() as server:
        for name, (body, _) in BUILT.items():
            serve(server, name, body)
        links = [*BUILT, "/sends-on", "/moved", "/private/x", "/gone", "/plain-only", "/infinite"]
        serve(server, "/", "".join(f"<a href={link}>{link}</a>" for link in links))
        serve(server, "/sends-on", "<script>location.replace('/target')</script>")
        serve(server, "/target", "<script>document.write('<img src=/i/target.gif>')</script>")
        serve(server, "/private/x", "<img src=/i/private.gif>")
        serve(server, "/plain-only", BUILT["/inner-html"][0])
        serve(
            server,
            "/infinite",
            "<script>const more = () => {for (let n = 0; n < 20; n++) document.body.insertAdjacentHTML('beforeend',"
            "'<p style=height:300px>more</p>')};more();"
            "addEventListener('scroll', () => setTimeout(more, 50))</script><img src=/i/infinite.gif>",
        )
        server.redirect("/moved", "/target")
        server.answers["/robots.txt"] = lambda handler: handler.reply(
            b"User-agent: *\nDisallow: /private/\n", content_type="text/plain"
        )

        def data(handler: Handler) -> None:
            agents.add(handler.headers["User-Agent"])
            handler.reply(b'["/i/one.gif", "/i/two.gif"]', content_type="application/json")

        server.answers["/data.json"] = data
        server.answers["/hangs.js"] = _hangs
        # Every page but one.
        summary = crawl(server.base + "/", database, render=[r":\d+/(?!plain-only)"], render_timeout_s=30.0)
        yield Rendered(
            server.base, summary, pages(database), images(database, server.base), Counter(server.requests), agents
        )


@pytest.mark.parametrize("path", BUILT)
def test_images_that_scripts_put_there_are_found(rendered, path):
    assert rendered.pages[path].state == PageState.FETCHED
    assert rendered.images[path] == BUILT[path][1]


@pytest.mark.slow
def test_a_page_that_cannot_be_rendered_fails_with_its_reason(sqlite_url):
    with running() as server:
        for path, (body, _) in FAILING.items():
            serve(server, path, body)
        serve(server, "/", "".join(f"<a href={path}>{path}</a>" for path in (*FAILING, "/good")))
        serve(server, "/good", "<img src=/i/good.gif>")
        options = {"render_timeout_s": 6.0, "concurrency_per_host": 1, "max_page_bytes": 2_000_000}
        summary = crawl(server.base + "/", sqlite_url, render=[".*"], **options)
        assert images(sqlite_url, server.base) == {"/good": ["/i/good.gif"]}
    found = pages(sqlite_url)
    assert {path: (found[path].state, found[path].failure) for path in FAILING} == {
        path: (PageState.FAILED, code) for path, (_, code) in FAILING.items()
    }
    assert [summary["counts"][f"failed/{code}"] for _, code in FAILING.values()] == [1] * len(FAILING)


def test_a_redirect_by_script_is_a_link_like_one_by_the_server(rendered):
    for path in ("/sends-on", "/moved"):
        assert (rendered.pages[path].state, rendered.pages[path].failure) == (PageState.SKIPPED, "redirect")
    assert rendered.images["/target"] == ["/i/target.gif"]
    assert rendered.requests["/target"] == 1


def test_robots_txt_and_patterns_hold(rendered):
    assert rendered.pages["/private/x"].failure == "robots"
    assert rendered.pages["/gone"].failure == "http_404"
    assert "/plain-only" not in rendered.images


def test_infinite_scrolling_ends(rendered):
    assert rendered.images["/infinite"] == ["/i/infinite.gif"]
    assert rendered.summary["counts"]["render_scroll_limit"] == 1


def test_pages_are_counted_as_rendered_and_as_never_idle(rendered):
    counts = rendered.summary["counts"]
    assert counts["rendered"] == counts["pages"] - 1 == len(BUILT) + 3  # the start page, /target, /infinite
    assert counts["render_never_idle"] == 2  # /polls, /never-loads


def test_only_what_builds_the_page_is_loaded_and_by_our_user_agent(rendered):
    assert not [path for path in rendered.requests if path.startswith(("/i/", "/popup?", "/file.zip", "/worker.js"))]
    assert rendered.requests["/plain"] == rendered.requests["/reloads"] == 1
    assert rendered.agents == {"alt-audit/0.1"}


def test_text_is_decoded_as_the_page_says(rendered):
    assert {rendered.pages[path].title for path in BUILT} == {"Grüße"}


def test_cookies_go_along_to_their_host_and_nowhere_else(sqlite_url):
    with running() as server, running() as other:
        got: dict[str, str | None] = {}

        def record(handler: Handler) -> None:
            got[handler.path] = handler.headers["Cookie"]
            handler.reply(b"[]", content_type="application/json", Access_Control_Allow_Origin="*")

        server.answers["/own.json"] = other.answers["/other.json"] = record
        server.answers["/"] = lambda handler: handler.reply(
            markup(f"<script>fetch('/own.json'); fetch('{other.base}/other.json')</script><a href=/next>next</a>"),
            Set_Cookie="session=1; Path=/",
        )
        serve(server, "/next", f"<script>fetch('/own.json?2'); fetch('{other.base}/other.json?2')</script>")
        server.answers["/own.json?2"] = other.answers["/other.json?2"] = record
        crawl(server.base + "/", sqlite_url, render=[".*"])
    assert got == {"/own.json": "session=1", "/own.json?2": "session=1", "/other.json": None, "/other.json?2": None}


def test_a_browser_that_was_killed_is_started_again(sqlite_url):
    """As the kernel does when memory runs out: the page under way is rendered by the next browser."""
    with running() as server:
        server.answers["/slow.js"] = lambda handler: (
            handler.server.closing.wait(3),
            handler.reply(b"document.body.append(new Image())", content_type="text/javascript"),
        )
        serve(server, "/", "<img src=/i/a.gif><script defer src=/slow.js></script>")
        process = start([server.base + "/"], sqlite_url, render=[".*"])
        wait_until(lambda: "/slow.js" in server.requests)
        for child in browsers_of(process.pid):
            os.kill(child, signal.SIGKILL)
        assert result_of(process)["counts"] == {"pages": 1, "rendered": 1}
        assert server.requests.count("/slow.js") == 2
    assert images(sqlite_url, server.base) == {"/": ["/i/a.gif", ""]}


def browsers_of(pid: int) -> list[int]:
    """The browser processes below a process, the parents of their other processes."""
    parents, commands = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            commands[int(folder.name)] = (folder / "cmdline").read_bytes()
        except OSError:
            continue  # it has just ended

    def below(process: int) -> bool:
        while process in parents:
            process = parents[process]
            if process == pid:
                return True
        return False

    return [p for p, command in commands.items() if b"--remote-debugging-pipe" in command and below(p)]


@pytest.mark.slow
def test_ctrl_c_lets_the_pages_under_way_finish(sqlite_url):
    """The terminal sends the signal to the whole group: the browser has to outlive it."""
    with running() as server:
        server.answers["/slow.js"] = lambda handler: (
            handler.server.closing.wait(2),
            handler.reply(b"document.body.append(new Image())", content_type="text/javascript"),
        )
        serve(server, "/", "<script defer src=/slow.js></script><a href=/next>next</a>")
        process = start([server.base + "/"], sqlite_url, render=[".*"], new_group=True)
        wait_until(lambda: "/slow.js" in server.requests)
        os.killpg(process.pid, signal.SIGINT)
        result = result_of(process)
    assert result["interrupted"]
    assert fetched(sqlite_url) == {"/"}
    assert result["counts"]["rendered"] == 1


def test_without_a_browser_nothing_is_fetched(tmp_path, sqlite_url):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho no display >&2; exit 1\n")
    broken.chmod(0o755)
    with pytest.raises(UsageError, match=r"is no program.+Install one") as caught:
        launch_options(tmp_path / "none")
    assert "crawl.chromium" in str(caught.value)
    with running() as server:
        command = [sys.executable, "-m", "alt_audit", "crawl", server.base, "--database", sqlite_url, "--render", ".*"]
        done = subprocess.run(
            command, env=os.environ | {"ALT_AUDIT_CRAWL__CHROMIUM": str(broken)}, capture_output=True, text=True
        )
        assert server.requests == []
    assert done.returncode == 2
    assert "no Chromium starts" in done.stderr
    assert str(broken) in done.stderr
    assert "apt-get install chromium" in done.stderr


SCRIPTED = """<link rel=preconnect href=http://127.0.0.1:{private}>
<link rel=stylesheet href=//localhost:{private}/a.css><script src=//127.1:{private}/a.js></script><script>
new WebSocket('ws://127.0.0.1:{private}/')
const peer = new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:{udp}'}}]}})
peer.createDataChannel('x'); peer.createOffer().then(offer => peer.setLocalDescription(offer))
const to = ['/own', '/hop', 'http://[::ffff:127.0.0.1]:{private}/', 'http://inside.test:{private}/',
  'https://127.0.0.1:{private}/', 'http://turning.test:{private}/']
Promise.allSettled(to.map(url => fetch(url, {{mode: 'no-cors'}}))).then(all => all.forEach((one, n) => {{
  const image = new Image(); image.src = '/i/' + n + one.status + '.gif'; document.body.append(image)
}}))
</script><body>"""


@pytest.mark.parametrize("let", [[], ["127.0.0.0/8"]], ids=["refused", "let through"])
def test_scripts_reach_no_address_that_is_not_public(server, sqlite_url, let):
    """What scripts ask for, from pages on 0.0.0.0, which is let through and plays the public web."""
    with socket.create_server(("127.0.0.1", 0)) as private, socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.setblocking(False)
        port = private.getsockname()[1]
        connections = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = private.accept()
                    connections.append(connection)
                    connection.close()

        listening = threading.Thread(target=accept)
        listening.start()
        markup = SCRIPTED.format(private=port, udp=udp.getsockname()[1]).encode()
        server.answers["/"] = lambda handler: handler.reply(markup)
        server.answers["/own"] = lambda handler: handler.reply(b"{}", content_type="application/json")
        server.redirect("/hop", f"http://127.0.0.1:{port}/")
        names = {"shop.test": [["0.0.0.0"]], "inside.test": [["127.0.0.1"]], "turning.test": [["8.8.8.8", "127.0.0.1"]]}
        seed = f"http://shop.test:{server.port}/"
        options: dict[str, Any] = {"render": [".*"], "render_timeout_s": 20, "obey_robots": False}
        result = crawl(seed, sqlite_url, names=names, allow_private=["0.0.0.0", *let], **options)
        private.shutdown(socket.SHUT_RDWR)
        listening.join()
        with pytest.raises(BlockingIOError):
            udp.recv(1)
    assert result["counts"]["rendered"] == 1
    assert "/own" in server.requests
    assert "/hop" in server.requests
    refused = result["counts"].get("render_address_refused", 0)
    assert (len(connections) > 3, refused) == (True, 0) if let else (connections, refused > 5) == ([], True)
