"""Sites to crawl."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from crawl_server import Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def long_site(server: Server) -> Server:
    """41 pages that take a while."""
    server.html("/", *(f"/{number}" for number in range(40)))
    for number in range(40):
        server.html(f"/{number}", "/", images=(f"/img/{number}.png",))
    server.delay_s = 0.05
    return server
