"""Rendering views with the templates. Everything that comes from the web is escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.paging import RowsView
    from reports.view import ReportView


def environment() -> Environment:
    """Escaping is always on, and a name that a template does not know is an error."""
    return Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def front_page(templates: Environment, report: ReportView) -> Iterator[str]:
    """index.html, in pieces."""
    return templates.get_template("index.html").generate(report=report, site=report.site, rows=report.rows)


def rows_page(templates: Environment, site: str, rows: RowsView) -> Iterator[str]:
    """One further page of rows, in pieces."""
    return templates.get_template("images.html").generate(site=site, rows=rows)
