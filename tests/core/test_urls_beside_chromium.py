"""What references mean beside Chromium: `new URL(reference, base)` for some thousands of them."""

from __future__ import annotations

import base64
import json
import random
import re
import shutil
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from core.identity.urls import absolute, page_url

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"),
    pytest.mark.timeout(120),
]
BASES = ["https://shop.test/a/b.html?x=1", "http://www.shop.test/", "http://10.0.0.1:8443/x/y/", "https://shop.test."]
HOSTS = [
    *"shop.test SHOP.Test shop.test. 127.1 0x7f.1 2130706433 017700000001 256.1.1.1 1.2.3.4.5 [::1]".split(),
    *"bücher.test BÜCHER.test faß.test 日本語.test xn--bcher-kva.test xn--a İstanbul.test".split(),
    *["%73hop.test", "shop%2etest", "sh\top.test", "ann:secret@shop.test", "sh\u00adop.test", "shop。test", "", "."],
    *["[::FFFF:1.2.3.4]", "\uff33hop\uff0etest", "a_b.test"],
]
PORTS = ["", "", "", ":", ":80", ":443", ":8080", ":0", ":0080", ":65535", ":65536", ":x"]
STARTS = ["//", "http://", "https://", "HTTP://", "https:", "http:", "https:/", "///", "\\\\", "/\\", "https:\\\\"]
PARTS = [
    *r"/ // \ ? # & = % %2F %2f %zz %25 %c3%a9 %7E %2e %2E%2e [ ] { } | ^ ` ' ; , < > : @ . .. ../ ./".split(),
    *["é", "e\u0301", "ß", "🖼", "日", "a", "B", "1", "+", "~", "!", "$", "(", ")", "*", '"', "\ud800"],
    *[" ", "\t", "\n", "\r", "\x00", "\x1f", "\x7f", "\u00a0", "\u200b", "\u2028"],
    *["x/../", "http:", "javascript:", "mailto:a@b.test", "data:,x", "%e2%82%ac"],
]


def references() -> list[tuple[str, str]]:
    dice = random.Random(7)
    found = [(base, part + "x") for base in BASES for part in PARTS] + [(BASES[0], "x?q=" + part) for part in PARTS]
    for _ in range(3000):
        host = f"{dice.choice(STARTS)}{dice.choice(HOSTS)}{dice.choice(PORTS)}"
        tail = "".join(dice.choices(PARTS, k=dice.randint(0, 6)))
        found.append((dice.choice(BASES), tail))
        found.append((dice.choice(BASES), f"{host}{dice.choice('/?#') if tail else ''}{tail}"))
    return found


def in_chromium(pairs: list[tuple[str, str]], folder: Path) -> list[str | None]:
    assert CHROMIUM is not None
    given = json.dumps(pairs).replace("<", "\\u003c")
    (folder / "page.html").write_text(
        f"""<meta charset=utf-8><pre id=out></pre><script>
        const made = {given}.map(([base, reference]) => {{ try {{ return new URL(reference, base).href }} catch {{}} }})
        out.textContent = btoa(unescape(encodeURIComponent(JSON.stringify(made))))</script>""",
        "utf-8",
    )
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
    done = subprocess.run(
        [CHROMIUM, *options, (folder / "page.html").as_uri()], capture_output=True, text=True, check=True
    )
    encoded = re.search('<pre id="out">([^<]*)', done.stdout)
    assert encoded is not None, done.stderr
    return json.loads(base64.b64decode(encoded[1]))


def as_asked_for(href: str | None) -> str | None:
    """What the crawl makes of an address of Chromium's: no fragment, and these characters escaped, too."""
    if href is None or not href.startswith(("http://", "https://")):
        return href if href is not None and href.startswith("data:") else None
    origin = href.index("/", 8)
    path = href[origin:].partition("#")[0]
    return href[:origin] + re.sub(r"[\[\]\\^`{|}]", lambda found: f"%{ord(found[0]):02X}", path)


def test_references_mean_what_they_mean_in_chromium(tmp_path: Path) -> None:
    pairs = references()
    found = in_chromium(pairs, tmp_path)
    assert len(found) == len(pairs) > 6000
    assert sum(href is not None for href in found) > 5000
    wrong = [
        (base, reference, href, ours)
        for (base, reference), href in zip(pairs, found, strict=True)
        if (ours := absolute(base, reference)) != as_asked_for(href)
        and not (ours is not None and ours.startswith("data:"))
        # Chromium takes hosts that the standard forbids, as those with a blank: no server has one.
        and not (href is not None and "%" in (urlsplit(href).hostname or ""))
    ]
    assert wrong == []


def test_the_form_of_a_page_is_an_address_that_means_itself() -> None:
    for base, reference in references():
        address = absolute(base, reference)
        if address is not None and not address.startswith("data:"):
            page = page_url(address)
            assert page_url(page) == page == absolute(page, page)
