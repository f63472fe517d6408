"""A review that is served, and a browser without a window for tests of its forms."""

from __future__ import annotations

import http.cookiejar
import threading
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup

from alt_audit.jobs.explaining import ModelsHere
from captioning.caption_options import CaptionOptions
from reports.report_options import ReportOptions
from reports.review.desk import Desk, open_desk
from reports.review.serving import listen, server
from rules.rule_options import RuleOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from reports.review.why import Explainer
    from store.sites import Site


@contextmanager
def served(
    engine: Engine, site: Site, who: str = "Ada", explainer: Explainer | None = None
) -> Iterator[tuple[str, Desk]]:
    """The address of a review, with the secret, and its desk."""
    with open_desk(engine, site, who=who, rules=RuleOptions(), options=ReportOptions()) as desk, listen(0) as listening:
        serving, address = server(desk, explainer or ModelsHere(CaptionOptions(device="cpu")), listening)
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield address, desk
        finally:
            serving.should_exit = True
            thread.join()


@dataclass(frozen=True)
class Answer:
    status: int
    url: str
    headers: object
    body: bytes

    @property
    def page(self) -> BeautifulSoup:
        return BeautifulSoup(self.body, "html.parser")

    @property
    def text(self) -> str:
        return " ".join(self.page.get_text(" ").split())


class Visitor:
    """Follows links and sends forms as a browser without scripts does; `address` holds the secret."""

    def __init__(self, address: str) -> None:
        self.address, _, self.secret = address.partition("/?secret=")
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), urllib.request.ProxyHandler({})
        )
        self.answer = self.get(address.removeprefix(self.address))

    def get(self, path: str) -> Answer:
        return self._open(urllib.request.Request(urllib.parse.urljoin(self.address, path)))

    def post(self, path: str, fields: list[tuple[str, str]], **headers: str) -> Answer:
        data = urllib.parse.urlencode(fields).encode()
        return self._open(urllib.request.Request(urllib.parse.urljoin(self.address, path), data, headers))

    def press(self, do: str, form: str = "form.decide", **fields: str) -> Answer:
        """Press a button of a form on the page that was opened last, with other values in some fields."""
        where = self.answer.page.select_one(form)
        given = [(one["name"], one["value"]) for one in where.select("input[type=hidden], input[checked]")]
        given += [(one["name"], one.get_text().removeprefix("\n")) for one in where.select("textarea")]
        given = [(name, fields.pop(name, value)) for name, value in given]
        return self.post(where["action"], [*given, *fields.items(), ("do", do)])

    def _open(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request) as got:
                self.answer = Answer(got.status, got.url, got.headers, got.read())
        except urllib.error.HTTPError as error:
            self.answer = Answer(error.code, error.url, error.headers, error.read())
        return self.answer
