"""Which browser renders pages or draws, and how it is started."""

from __future__ import annotations

import asyncio
import os
import shutil
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Of one page's scripts. A page that asks for more dies alone, where it would else take the machine's memory.
MAX_SCRIPT_MEMORY_MB = 512
LAUNCH_TIMEOUT_MS = 20_000

_NEXT = (
    "Install one with 'playwright install chromium' or your system's package manager (Debian: apt-get install "
    "chromium), or name it in {setting}."
)


def launch_options(
    chromium: Path | None, *, setting: str = "crawl.chromium", wanted_by: str = "crawl.render"
) -> dict[str, Any]:
    """What Playwright needs to know to start Chromium; found out by starting each candidate once.

    `chromium` is the configured program; without one, Playwright's own browser is tried first and then the
    usual names on PATH. `setting` is what names it, `wanted_by` what asks for a browser. Raises UsageError, which says
    what to install, when the extra is missing or none starts.
    """
    if find_spec("scrapy_playwright") is None:
        raise UsageError(f"{wanted_by} needs a browser to drive: pip install 'alt-audit[render]'")
    further = _NEXT.format(setting=setting)
    if chromium is not None and shutil.which(chromium) is None:
        raise UsageError(f"{setting}: {chromium} is no program. {further}")
    if chromium is not None:
        return asyncio.run(_first_that_starts([str(chromium)], further))
    on_path = (shutil.which(program) for program in PROGRAMS)
    candidates = [None, *(program for program in on_path if program is not None)]
    return asyncio.run(_first_that_starts(candidates, further))


async def _first_that_starts(candidates: list[str | None], further: str) -> dict[str, Any]:
    from playwright.async_api import Error, async_playwright

    refusals = []
    async with async_playwright() as playwright:
        for program in candidates:
            options = _options(program)
            try:
                browser = await playwright.chromium.launch(**options)
            except Error as error:
                refusals.append(f"{program or 'the browser of Playwright'}: {_first_line(error.message)}")
            else:
                await browser.close()
                return options
    raise UsageError("\n".join(("no Chromium starts that could render pages.", *refusals, further)))


def needs_no_sandbox() -> bool:
    """Whether Chromium is started without its sandbox: as root it does not start with it."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _options(program: str | None) -> dict[str, Any]:
    arguments = [
        f"--js-flags=--max-old-space-size={MAX_SCRIPT_MEMORY_MB}",
        # WebRTC would send past the proxy through which the browser is let out.
        "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    ]
    if needs_no_sandbox():
        arguments.append("--no-sandbox")
    # Ctrl-C is for the crawl to handle: it lets the pages under way finish and then closes the browser.
    signals = {f"handle_sig{name}": False for name in ("int", "term", "hup")}
    return {"executable_path": program, "args": arguments, "timeout": LAUNCH_TIMEOUT_MS, **signals}


def _first_line(message: str) -> str:
    return next((line.strip() for line in message.splitlines() if line.strip()), "it does not start")
