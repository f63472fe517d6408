"""The command with the option that lets Chromium draw."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from store.engine import connect, reading
from store.models import Asset
from tests.captioning.chromium import CHROMIUM
from tests.captioning.raw_server import answer, serve_raw

DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><rect width="60" height="40" fill="red"'
    b' style="clip-path: shape(from 0 0, line to 60px 0, line to 60px 40px)"/></svg>'
)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.parametrize(("wanted", "warnings"), [("false", ["not_drawn"]), ("true", [])])
def test_drawings_that_the_rasteriser_cannot_draw(cli, wanted, warnings):
    with serve_raw() as server:
        page = b"<html lang=en><title>Shop</title><img src=/a.svg>"
        server.answers["/"] = answer(page, "200 OK", "Content-Type: text/html")
        server.answers["/a.svg"] = answer(DRAWING, "200 OK", "Content-Type: image/svg+xml")
        assert cli("crawl", f"{server.url}/").code == 0
        done = cli("caption", "--model", "builtin", ALT_AUDIT_CAPTION__BROWSER_DRAWS=wanted)
    assert done.code == 0, done.err
    engine = connect(f"sqlite:///{cli.folder}/alt-audit.db")
    with reading(engine) as session:
        assert list(session.scalars(select(Asset.warnings))) == [warnings]
    engine.dispose()
