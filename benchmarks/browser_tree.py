"""How far the tree that pages are read from is the one that Chromium builds, with scripts off.

    python benchmarks/browser_tree.py FOLDER [--pages 200] [--seed 1] [--min-selectors 1.0] [--min-images 0.999]

For each of the HTML files in a folder, but for those that send the visitor on at once: whether
`document.querySelector` finds the very image of each selector, whether the elements are the same, and whether images,
their sources and their accessible names are. Exit code 1 below the minimum.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.records import ImageKind
from core.text import collapse
from crawler.page.dom import parse_html
from crawler.page.encoding import decode
from crawler.page.parse import parse_page

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

_ELEMENTS = """selectors => {
    const all = [...document.querySelectorAll('*')];
    const place = new Map(all.map((element, index) => [element, index]));
    return {
        tags: all.map(element => element.localName),
        images: [...document.images].map(image => [image.getAttribute('src'), image.getAttribute('alt')]),
        found: selectors.map(selector => {
            const element = document.querySelector(selector);
            return element ? place.get(element) : null;
        }),
    };
}"""
# Chromium makes up a name for a button without one, and has areas only while their picture is shown.
_NAMED = frozenset({ImageKind.IMG, ImageKind.SVG, ImageKind.ROLE})


@dataclass
class Agreement:
    """What was compared, and how much of it is the same."""

    same: Counter[str] = field(default_factory=Counter)
    of: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def count(self, what: str, same: bool, said: str) -> None:
        self.of[what] += 1
        self.same[what] += same
        if not same:
            self.differences.append(f"{what}: {said}")

    def share(self, what: str) -> float:
        return self.same[what] / self.of[what] if self.of[what] else 1.0


def stays(path: Path) -> bool:
    """Whether Chromium stays on a page long enough for a look: a meta element sends nobody on."""
    return re.search(rb"http-equiv\s*=\s*[\"']?refresh", path.read_bytes(), re.I) is None


def compare(page: Page, cdp: CDPSession, path: Path, agreement: Agreement) -> None:
    """Read one file both ways."""
    url, body = path.resolve().as_uri(), path.read_bytes()
    page.goto(url, wait_until="domcontentloaded")
    facts = parse_page(url, body)
    document, _ = parse_html(decode(body, None))  # shadow trees apart, as the selectors of the page itself have it
    for template in list(document.iter_elements("template")):
        template.clear()
    light = [one for one in facts.occurrences if ">>>" not in one.selector]
    theirs: dict[str, Any] = page.evaluate(_ELEMENTS, [one.selector for one in light])
    place = {element: index for index, element in enumerate(document.select("*"))}
    agreement.count("trees", [element.tag for element in place] == theirs["tags"], path.name)
    images = [[image.attr("src"), image.attr("alt")] for image in document.select("img")]
    for ours, chromiums in zip(images, theirs["images"], strict=False):
        agreement.count("images", ours == chromiums, f"{path.name}: {ours} {chromiums}")
    for _ in range(abs(len(images) - len(theirs["images"]))):
        agreement.count("images", False, f"{path.name}: one more or less")
    root = cdp.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    for one, found in zip(light, theirs["found"], strict=True):
        (element,) = document.select(one.selector)
        agreement.count("selectors", place[element] == found, f"{path.name}: {one.selector}")
        if one.kind not in _NAMED or one.hidden is not None:
            continue
        node = cdp.send("DOM.querySelector", {"nodeId": root, "selector": one.selector})["nodeId"]
        (said, *_) = cdp.send("Accessibility.getPartialAXTree", {"nodeId": node, "fetchRelatives": False})["nodes"]
        name = collapse(said.get("name", {}).get("value") or "")
        ours = one.accessible_name or ""
        agreement.count("names", name == ours, f"{path.name}: {one.selector}: {ours!r}, Chromium {name!r}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--min-selectors", type=float, default=1.0)
    parser.add_argument("--min-images", type=float, default=0.999)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    files = sorted(path for path in options.folder.rglob("*.html") if path.is_file() and stays(path))
    chosen = random.Random(options.seed).sample(  # noqa: S311
        files, min(options.pages, len(files))
    )
    agreement = Agreement()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        page = browser.new_context(java_script_enabled=False, offline=True).new_page()
        cdp = page.context.new_cdp_session(page)
        for path in chosen:
            compare(page, cdp, path, agreement)
        browser.close()
    for what in agreement.of:
        print(f"{what}: {agreement.same[what]} of {agreement.of[what]} ({agreement.share(what):.4%})")
    for difference in agreement.differences[:50]:
        print(f"  {difference}")
    good = agreement.share("selectors") >= options.min_selectors and all(
        agreement.share(what) >= options.min_images for what in ("images", "names")
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
