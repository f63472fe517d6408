"""Writing an evaluation into a folder: HTML with the pictures of the worst drafts, Markdown, JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.evaluation import CONTENDERS
from reports.evaluation.as_json import as_json
from reports.evaluation.as_text import cells, markdown
from reports.evaluation.texts import COLUMNS, LEGEND, about, figure, worst
from reports.html.environment import environment
from reports.output import explained, staged
from reports.texts import image_name, link

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from core.evaluation import Case, Evaluation

_OLD_FILE = re.compile(r"thumbnails/[0-9a-f]{64}\.webp")


def write_evaluation(evaluation: Evaluation, thumbnails: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write index.html, evaluation.md and evaluation.json; returns where they stand. Raises ReportError."""
    shown = worst(evaluation)
    with explained(folder), staged(folder, _OLD_FILE) as staging:
        (staging / "thumbnails").mkdir()
        for digest in {case.asset for case in shown if case.asset in thumbnails}:
            (staging / "thumbnails" / f"{digest}.webp").write_bytes(thumbnails[digest or ""])
        (staging / "evaluation.json").write_text(as_json(evaluation) + "\n", "utf-8")
        (staging / "evaluation.md").write_text("\n".join(markdown(evaluation)) + "\n", "utf-8")
        page = (
            environment()
            .get_template("evaluation.html")
            .render(
                site=evaluation.site,
                about=list(about(evaluation)),
                legend=LEGEND,
                columns=COLUMNS,
                tables=[
                    (table.title, [(line.name, cells(line)) for line in table.lines]) for table in evaluation.tables
                ],
                risks=[
                    (f"{risk.coverage:.0%}", [f"{risk.pictures:,}", figure(risk.f1), figure(risk.as_good)])
                    for risk in evaluation.risks
                ],
                worst=[_view(case, thumbnails) for case in shown],
            )
        )
        (staging / "index.html").write_text(page, "utf-8")
    return [folder / name for name in ("index.html", "evaluation.md", "evaluation.json")]


def _view(case: Case, thumbnails: Mapping[str, bytes]) -> dict[str, object]:
    return {
        "picture": f"thumbnails/{case.asset}.webp" if case.asset in thumbnails else None,
        "name": image_name(case.image_url),
        "page": link(case.page_url, case.page_title),
        "alt": case.alt,
        "source": case.source,
        "level": case.level,
        "said": [
            (name, said.text, figure(said.f1), figure(said.similarity))
            for name in CONTENDERS
            if (said := case.said.get(name)) is not None and said.text
        ],
    }
