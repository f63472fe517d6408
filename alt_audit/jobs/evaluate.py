"""How good drafts are on a site: its own texts are hidden in a copy of the store, drafted again, and compared."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from alt_audit.jobs.caption import caption
from alt_audit.jobs.credentials import with_credentials
from alt_audit.jobs.events import Evaluating, OnEvent, Work, work_on
from alt_audit.jobs.sites import chosen_site
from alt_audit.jobs.suggest import suggest
from core.errors import CrawlError, UsageError
from store.engine import reading, writing
from store.migrate import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Engine

    from alt_audit.config import Settings
    from core.evaluation import Evaluation
    from store.sites import Site
    from suggestions.evaluation.questions import Questions

    Place = tuple[str, str]  # a page's address and the key of a place on it


_STOPPED = "stopped before there was anything to compare; the store is as it was. Run the same command again."


@dataclass(frozen=True, slots=True)
class EvaluationRun:
    """What was found out, and the pictures of it as WebP, by sha256."""

    site: Site
    evaluation: Evaluation
    thumbnails: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class _Hidden:
    """A copy of a site in which texts are hidden."""

    site: Site
    questions: Questions
    settings: Settings  # of the copy
    path: Path  # of its database

    def again(self, name: str) -> _Hidden:
        """Another copy of it, as it is now."""
        path = self.path.with_name(f"{name}.db")
        with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)  # with what lies in its log yet
        return replace(self, path=path, settings=self.settings.model_copy(update={"database": f"sqlite:///{path}"}))


def evaluate(
    settings: Settings,
    on_event: OnEvent,
    *,
    site: str | None = None,
    limit: int,
    captions: bool = True,
    against: Path | None = None,
) -> EvaluationRun:
    """Evaluate the drafts of a site, the last crawled one by default, on about `limit` pictures.

    The pages of these pictures are fetched again. Without `captions` no picture is looked at. `against` is the JSON of
    an earlier evaluation. Nothing is written to the user's store. Raises UsageError where the site has no good text to
    ask about, or `against` is no evaluation, and what a crawl and captioning raise.
    """
    before = _drafts_of(against) if against is not None else None
    with _with_texts_hidden(settings, on_event, site, limit) as hidden:
        return _drafted(hidden, on_event, before, captions=captions)


def evaluate_each(
    settings: Settings, on_event: OnEvent, *, site: str, limit: int, models: Sequence[str]
) -> dict[str, EvaluationRun]:
    """The same with each of some models, by their names; the pages are fetched once."""
    runs = {}
    with _with_texts_hidden(settings, on_event, site, limit) as hidden:
        for number, model in enumerate(models):
            own = hidden.again(str(number))
            captioning = own.settings.caption.model_copy(update={"model": model})
            own = replace(own, settings=own.settings.model_copy(update={"caption": captioning}))
            runs[model] = _drafted(own, on_event, None, captions=True)
    return runs


@contextmanager
def _with_texts_hidden(settings: Settings, on_event: OnEvent, site: str | None, limit: int) -> Iterator[_Hidden]:
    from store.evaluation import good_alts
    from suggestions.evaluation.questions import choose

    chosen = chosen_site(settings, site)
    with tempfile.TemporaryDirectory(prefix="alt-audit-evaluate-") as folder:
        path = Path(folder) / "copy.db"
        copied = settings.model_copy(update={"database": f"sqlite:///{path}"})
        with opened(settings.database) as engine, opened(copied.database, create=True) as copy:
            with reading(engine) as session:
                questions = choose(good_alts(session, chosen.id), limit)
            if not questions.asked:
                raise UsageError(_nothing_to_ask(chosen.name, questions))
            _copy(engine, copy, chosen, questions)
        on_event(Evaluating(len(questions.asked), len({one.page_id for one in questions.asked})))
        urls = list(dict.fromkeys(one.page_url for one in questions.asked))
        copied = with_credentials(copied, on_event, urls)
        _read_without_texts(copied, on_event, chosen, urls)
        yield _Hidden(chosen, questions, copied, path)


def _copy(engine: Engine, copy: Engine, site: Site, questions: Questions) -> None:
    from store.evaluation import forget_versions
    from store.site_copy import copy_site

    with reading(engine) as source, writing(copy) as target:
        copy_site(source, target, site.id)
        forget_versions(target, sorted({one.page_id for one in questions.asked}))


def _read_without_texts(settings: Settings, on_event: OnEvent, site: Site, urls: Sequence[str]) -> None:
    """Fetch the pages again, and read them as if nobody had written these texts."""
    from crawler.run import crawl_site

    only_these = settings.crawl.model_copy(update={"max_depth": 0, "sitemaps": False, "limit_pages": None})
    with work_on(Work.PAGES, on_event) as progress:
        read = crawl_site(
            urls, settings.database, only_these, settings.rules, site=site.name, hide_texts=True, progress=progress
        )
    if read.interrupted:
        raise CrawlError(_STOPPED)


def _drafted(
    hidden: _Hidden, on_event: OnEvent, before: Mapping[Place, str | None] | None, *, captions: bool
) -> EvaluationRun:
    from inference import sentences
    from store.evaluation import drafted_places, wait_for_these_alone
    from store.report import thumbnails
    from suggestions.evaluation.score import evaluate as score

    site, questions, settings = hidden.site, hidden.questions, hidden.settings
    with opened(settings.database) as copy:
        with writing(copy) as session:
            wait_for_these_alone(session, [one.image_id for one in questions.asked], captions=captions)
        done = caption(settings, on_event, sites=[site.name]) if captions else None
        if done is not None and not done.is_whole:
            raise CrawlError(_STOPPED)
        # Keywords are none of the drafts; and without captions no picture is fetched.
        without = {"tags": ""} | ({} if captions else {"verify": None})
        settings = settings.model_copy(update={"suggest": settings.suggest.model_copy(update=without)})
        suggest(settings, on_event, site=site)
        alts = {(one.page_url, one.key): one.alt for one in questions.asked}
        model = sentences.Sentences() if sentences.is_installed() else None
        with reading(copy) as session:
            evaluation = score(
                site.name,
                drafted_places(session, site.id, alts),
                alts,
                left_out=questions.left_out,
                captioner=done.model_note if done is not None else None,
                similarity=model.similarity if model is not None else None,
                similarity_model=model.name if model is not None else None,
                before=before,
            )
            pictures = {case.asset for case in evaluation.cases if case.asset is not None}
            return EvaluationRun(site, evaluation, dict(thumbnails(session, pictures)))


def _drafts_of(path: Path) -> dict[Place, str | None]:
    """The drafts of an earlier evaluation."""
    try:
        cases = json.loads(path.read_text("utf-8"))["cases"]
        return {(case["page_url"], case["key"]): case["said"]["draft"]["text"] for case in cases}
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no evaluation.json of alt-audit") from error


def _nothing_to_ask(site: str, questions: Questions) -> str:
    from reports.evaluation.texts import left_out

    return " ".join(
        (
            f"{site} has no alt text to try drafts on: what is needed are texts that no rule finds fault with, each of "
            "few pictures. Write some for pictures that the drafts should be tried on, crawl again, and evaluate then.",
            *left_out(questions.left_out),
        )
    )
