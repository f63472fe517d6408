"""The pages of the review, as a Starlette application. All work without a script; `review.js` makes them quick."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from core.errors import AltAuditError
from core.text import collapse, counted
from reports.html.environment import environment
from reports.html.numbers import number
from reports.review import keys
from reports.review.checking import check
from reports.review.desk import Say, Scope
from reports.review.filters import LABELS, Filter
from reports.review.guard import HOSTS, Guard, form_token
from reports.review.views import Verdict, decision_view, entry, filter_view, item_view, row_href
from reports.review.why import Explanations
from store.deciding import DecisionClashError, DecisionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import FormData
    from starlette.requests import Request

    from reports.review.desk import Desk
    from reports.review.why import Explainer
    from reports.row import Row

PER_PAGE = 100
BESIDE = (3, 12)  # rows listed before and after the one that is shown
MAX_CHOSEN = 500
SAMPLES = 8  # of a bulk, shown before it is decided on
_CSS = ("style.css", "review/review.css")


@dataclass(frozen=True, slots=True)
class Review:
    """The handlers; each takes a request and, where something is sent, its form."""

    desk: Desk
    token: str
    templates: Any
    explanations: Explanations

    def start(self, request: Request) -> Response:
        """The first row of a filter, or that there is none."""
        wanted = Filter.of(request.query_params)
        self.desk.catch_up()
        first = self.desk.index.first(wanted)
        if first is not None and "end" not in request.query_params:
            return RedirectResponse(row_href(first.id, wanted), 303)
        return self._page(request, "end.html", "/", first=row_href(first.id, wanted) if first else None)

    def row(self, request: Request) -> Response:
        """One row, large."""
        self.desk.catch_up()
        return self._row(request)

    def _row(
        self,
        request: Request,
        *,
        text: str | None = None,
        scope: str = Scope.HERE,
        problem: str | None = None,
        clash: bool = False,
    ) -> Response:
        row_id, wanted, index = request.path_params["id"], Filter.of(request.query_params), self.desk.index
        row, rows = self._found(row_id)
        here = index.named(row_id)
        assert here is not None
        around = index.beside(wanted, here.position, before=BESIDE[0], after=BESIDE[1])
        following = next((one for one in around if one.position > here.position), None)
        previous = next((one for one in reversed(around) if one.position < here.position), None)
        same = [one for one in index.of_image(here.image_id) if one.id != row_id] if here.image_id is not None else []
        item = item_view(row, rows, here.position, [entry(one, wanted) for one in same[: BESIDE[1]]], text)
        found = number(index.tallies(wanted).found.rows)
        listed = any(one.id == row_id for one in around)
        alike = index.alike(here.position)
        return self._page(
            request,
            "row.html",
            f"/row/{row_id}",
            status=409 if clash else 422 if problem else 200,
            item=item,
            here=row_href(row_id, wanted),
            rank=f"{number(index.rank(wanted, here.position) + 1)} of {found}" if listed else f"not one of {found}",
            # A draft was judged when it was made, and what stands there by the crawl: the script asks once people stay.
            verdict=self._verdict(check(self.desk, here, text) if text is not None else None, item.text),
            decision=decision_view(self.desk.decision_on(row)) if item.decided or clash else None,
            following=row_href(following.id, wanted) if following else self._end(wanted),
            upcoming=entry(following, wanted).thumbnail if following else None,
            previous=row_href(previous.id, wanted) if previous else None,
            around=[entry(one, wanted, row_id) for one in around],
            more_of_picture=len(same) - len(item.beside),
            alike=alike and (counted(alike.rows, "row"), f"/list?{Filter(status='all', cause=alike.cause).query()}"),
            scope=scope,
            problem=problem,
            clash=clash,
            why=self.explanations.offer(row),
            explain=f"/explain/{quote(row_id, safe='')}?{wanted.query()}",
        )

    def _found(self, row_id: str) -> tuple[Row, list[Row]]:
        """A row, and all of its picture."""
        rows = self.desk.rows_beside(row_id)
        row = next((one for one in rows if one.id == row_id), None)
        if row is None:
            raise HTTPException(
                404, "There is no such row (any more): the site was crawled again, or the address is cut."
            )
        return row, rows

    async def explain(self, request: Request) -> Response:
        """Where the model looked for each word of its caption; may take as long as it takes to load a model."""
        row_id, wanted = request.path_params["id"], Filter.of(request.query_params)
        row, _ = await run_in_threadpool(self._found, row_id)
        why = await self.explanations.explain(row, self.desk.thumbnail, request.is_disconnected)
        here = row_href(row_id, wanted)
        return await run_in_threadpool(self._page, request, "why.html", f"/row/{row_id}", row=row, here=here, why=why)

    def looked(self, request: Request) -> Response:
        """A picture, bright where the model looked for a word."""
        return _picture(self.explanations.picture(request.path_params["name"], request.path_params["number"]))

    def _verdict(self, findings: Any, text: str) -> Verdict:
        return Verdict(findings, len(collapse(text)), self.desk.rules.alt_limit)

    def _end(self, wanted: Filter) -> str:
        return f"/?{urlencode({'end': 1})}&{wanted.query()}"

    def decide(self, request: Request, form: FormData) -> Response:
        """Take a decision and go on to the next row; or say why not, with the text that was typed."""
        row_id, wanted = request.path_params["id"], Filter.of(request.query_params)
        text, scope = str(form.get("text", "")), str(form.get("scope", Scope.HERE))
        if form.get("do") == "check":
            return self._row(request, text=text, scope=scope)
        try:
            say, where = Say(str(form.get("do"))), Scope(scope)
        except ValueError:
            raise HTTPException(400, "That is no decision of this review.") from None
        try:
            self.desk.decide(row_id, say, text, where, str(form.get("version")))
        except DecisionClashError:
            self.desk.catch_up()
            return self._row(request, text=text, scope=scope, clash=True)
        except DecisionError as error:
            return self._row(request, text=text, scope=scope, problem=str(error))
        self.desk.catch_up()
        here = self.desk.index.named(row_id)
        if form.get("stay"):
            return RedirectResponse(row_href(row_id, wanted), 303)
        ahead = self.desk.index.beside(wanted, here.position + 1 if here else 0, before=0, after=0)
        return RedirectResponse(row_href(ahead[0].id, wanted) if ahead else self._end(wanted), 303)

    def check(self, request: Request, form: FormData) -> Response:
        """What the rules say of a text that is being typed, as a part of a page."""
        row_id, text = request.path_params["id"], str(form.get("text", ""))
        here = self.desk.index.named(row_id)
        if here is None:
            raise HTTPException(404)
        return self._html("_verdict.html", verdict=self._verdict(check(self.desk, here, text), text))

    def undo(self, request: Request, form: FormData) -> Response:
        """Take the last step back and show where it was."""
        wanted = Filter.of(request.query_params)
        try:
            step = self.desk.undo()
        except DecisionError as error:
            raise HTTPException(409, f"{error}.") from None
        self.desk.catch_up()
        href = row_href(step.row_id, wanted) if step.row_id else f"/list?{wanted.query()}"
        self.desk.steps.notice = f"Taken back: {step.said}"
        return RedirectResponse(href, 303)

    def many(self, request: Request) -> Response:
        """Many rows, dense."""
        self.desk.catch_up()
        wanted = Filter.of(request.query_params)
        given = request.query_params.get("page", "1")
        page = min(int(given), 10**9) if given.isascii() and given.isdigit() and len(given) < 10 else 1
        found = self.desk.index.tallies(wanted).found.rows
        page = max(1, min(page, -(-found // PER_PAGE)))
        rows = self.desk.index.page(wanted, (page - 1) * PER_PAGE, PER_PAGE)

        def href(other: int) -> str:
            return f"/list?{wanted.query()}&page={other}"

        return self._page(
            request,
            "list.html",
            "/list",
            entries=[entry(row, wanted) for row in rows],
            number=number(found),
            position=f"Rows {number((page - 1) * PER_PAGE + 1)} to {number((page - 1) * PER_PAGE + len(rows))}",
            previous=href(page - 1) if page > 1 else None,
            following=href(page + 1) if page * PER_PAGE < found else None,
        )

    def bulk(self, request: Request) -> Response:
        """What a decision on many rows would be on, before it is taken."""
        self.desk.catch_up()
        return self._bulk(request, request.query_params.getlist("chosen"))

    def _bulk(self, request: Request, chosen: list[str], problem: str | None = None, text: str = "") -> Response:
        wanted, index, chosen = Filter.of(request.query_params), self.desk.index, chosen[:MAX_CHOSEN]
        bulk = index.bulk(wanted, chosen, SAMPLES)
        left = (len(chosen) or index.tallies(wanted).found.rows) - bulk.number.rows
        return self._page(
            request,
            "bulk.html",
            "/list",
            status=409 if problem else 200,
            chosen=chosen,
            newest=self.desk.newest,
            rows=number(bulk.number.rows),
            drafted=number(bulk.drafted),
            places=number(bulk.number.places),
            left=counted(left, "more row") if left else None,
            samples=[entry(row, wanted) for row in bulk.rows],
            back=f"/list?{wanted.query()}",
            action=f"/bulk?{wanted.query()}",
            problem=problem,
            text=text,
        )

    def decide_all(self, request: Request, form: FormData) -> Response:
        """Decide on many rows, if they are as many as were shown."""
        self.desk.catch_up()
        wanted, chosen = Filter.of(request.query_params), [str(one) for one in form.getlist("chosen")]
        do, text = str(form.get("do")), collapse(str(form.get("text", "")))
        rows = self.desk.index.bulk(wanted, chosen[:MAX_CHOSEN], -1).rows
        if do in {"approve", "reject"}:
            rows = [row for row in rows if row.suggested]
        if do == "text" and not text:
            return self._bulk(request, chosen, "The text is empty: for pictures that need none, say so below.")
        if str(self.desk.newest) != form.get("newest"):
            return self._bulk(request, chosen, "Somebody has decided meanwhile: look at the numbers again.", text)
        say = {"reject": Say.REJECT, "decorative": Say.DECORATIVE}.get(do, Say.USE)
        try:
            step, refused = self.desk.decide_all(rows, say, text if do == "text" else "")
        except DecisionError as error:
            return self._bulk(request, chosen, str(error), text)
        self.desk.catch_up()
        left = f" {counted(len(refused), 'row')} left out: {refused[0]}" if refused else ""
        self.desk.steps.notice = f"{step.said}{left}"
        return RedirectResponse(f"/list?{wanted.query()}", 303)

    def show_keys(self, request: Request) -> Response:
        """The keys, to be changed or switched off."""
        return self._page(request, "keys.html", "/", actions=self._actions(self._keys(request).by_action))

    def set_keys(self, request: Request, form: FormData) -> Response:
        """Keep other keys."""
        given = {name: str(form.get(name, "")) for name in keys.DEFAULTS}
        try:
            defaults = form.get("do") == "defaults"
            chosen = keys.Keys(keys.DEFAULTS) if defaults else keys.keys_of(given, on=bool(form.get("on")))
        except keys.KeysError as error:
            return self._page(request, "keys.html", "/", status=422, actions=self._actions(given), problem=str(error))
        answer = RedirectResponse("/keys", 303)
        answer.set_cookie(keys.COOKIE, chosen.cookie, max_age=365 * 24 * 3600, httponly=True, samesite="strict")
        return answer

    def _actions(self, by_action: Any) -> list[tuple[str, str, str]]:
        return [
            (name, keys.LABELS[name], keys.ARROWS.get(by_action.get(name, ""), by_action.get(name, "")))
            for name in keys.DEFAULTS
        ]

    def thumbnail(self, request: Request) -> Response:
        """A picture, as the store keeps it: small. The site itself is asked for nothing."""
        return _picture(self.desk.thumbnail(request.path_params["digest"]))

    def failed(self, request: Request, error: Exception) -> Response:
        """An answer in words, with a way back."""
        status, message = 503, str(error)
        if isinstance(error, HTTPException):
            status, message = error.status_code, error.detail
        return self._html(
            "failed.html", status, message=f"{message[:1].upper()}{message[1:]}", site=self.desk.site.name
        )

    def _page(self, request: Request, template: str, path: str, status: int = 200, **values: Any) -> Response:
        wanted, index = Filter.of(request.query_params), self.desk.index
        return self._html(
            template,
            status,
            **{"problem": None, "decision": None} | values,
            site=self.desk.site.name,
            who=self.desk.who,
            filters=filter_view(wanted, "/list" if path == "/list" else "/", index.tallies(wanted), index.progress()),
            query=wanted.query(),
            tab=LABELS["status"].get(wanted.status, wanted.status),
            keys=self._keys(request),
            steps=len(self.desk.steps.done),
            notice=self.desk.steps.told(),
            token=self.token,
        )

    def _html(self, template: str, status: int = 200, **values: Any) -> Response:
        return HTMLResponse(self.templates.get_template(f"review/{template}").render(**values), status)

    def _keys(self, request: Request) -> keys.Keys:
        return keys.from_cookie(request.cookies.get(keys.COOKIE))


def application(desk: Desk, explainer: Explainer, secret: str, port: int) -> Starlette:
    """The review for whoever knows the secret, on this port of the machine itself."""
    token = form_token(secret)
    review = Review(desk, token, environment(), Explanations(explainer))

    def sent(handler: Callable[[Request, FormData], Response]) -> Callable[[Request], Any]:
        async def read(request: Request) -> Response:
            async with request.form(max_files=0) as form:
                if not hmac.compare_digest(str(form.get("token", "")).encode("utf-8", "replace"), token.encode()):
                    raise HTTPException(
                        403, "The form is not from this review, or from one before: load the page again."
                    )
                return await run_in_threadpool(handler, request, form)

        return read

    assets = {"review.css": ("text/css", _CSS), "review.js": ("text/javascript", ("review/review.js",))}
    return Starlette(
        routes=[
            Route("/", review.start),
            Route("/row/{id}", review.row),
            Route("/row/{id}", sent(review.decide), methods=["POST"]),
            Route("/check/{id}", sent(review.check), methods=["POST"]),
            Route("/explain/{id}", review.explain),
            Route("/looked/{name}/{number:int}.webp", review.looked),
            Route("/undo", sent(review.undo), methods=["POST"]),
            Route("/list", review.many),
            Route("/bulk", review.bulk),
            Route("/bulk", sent(review.decide_all), methods=["POST"]),
            Route("/keys", review.show_keys),
            Route("/keys", sent(review.set_keys), methods=["POST"]),
            Route("/thumbnails/{digest}.webp", review.thumbnail),
            Route("/favicon.ico", lambda _: Response(status_code=204)),
            *(Route(f"/assets/{name}", _asset(kind, names)) for name, (kind, names) in assets.items()),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False),
            Middleware(Guard, secret=secret, port=port),
        ],
        exception_handlers={HTTPException: review.failed, AltAuditError: review.failed},
    )


def _picture(data: bytes | None) -> Response:
    if data is None:
        raise HTTPException(404)
    return Response(data, media_type="image/webp", headers={"Cache-Control": "private, max-age=86400, immutable"})


def _asset(kind: str, names: tuple[str, ...]) -> Callable[[Request], Response]:
    """Files beside the templates, as one."""
    folder = files("reports") / "templates"
    body = "\n".join((folder / name).read_text("utf-8") for name in names)
    return lambda _: Response(body, media_type=kind)
