"""Options that commands share, as dataclasses of typer's annotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Optional

import typer
from typer.testing import CliRunner

from alt_audit.commands.parameters import CrawlArguments, grouped
from crawler.crawl_options import CrawlOptions


@dataclass(frozen=True)
class Colours:
    first: Annotated[str, typer.Argument()] = "black"
    more: Annotated[Optional[list[str]], typer.Option()] = None


def test_a_group_becomes_an_option_for_each_field_and_comes_back_as_itself():
    given = []

    @grouped
    def paint(*, before: Annotated[int, typer.Option()] = 1, colours: Colours, after: bool = False) -> None:
        given.append((before, colours, after))

    app = typer.Typer()
    app.command()(paint)
    result = CliRunner().invoke(app, ["red", "--more", "blue", "--more", "green", "--after"])
    assert result.exit_code == 0, result.output
    assert given == [(1, Colours("red", ["blue", "green"]), True)]
    assert CliRunner().invoke(app, ["--colours", "red"]).exit_code == 2


def test_every_crawl_option_is_a_setting():
    assert set(CrawlArguments.__dataclass_fields__) <= set(CrawlOptions.model_fields)
