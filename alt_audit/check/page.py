"""Judging pages without a store: one target of `alt-audit check` at a time."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from alt_audit.download import download
from core.errors import AltAuditError
from crawler.page.encoding import decode
from crawler.page.parse import parse_page
from crawler.page.xhtml import MEDIA_TYPE
from rules.judge import judge_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.records import Judgement, Occurrence, PageFacts, Severity
    from crawler.crawl_options import CrawlOptions
    from rules.rule_options import RuleOptions


@dataclass(frozen=True)
class CheckedPage:
    """One page and what the rules say of its images."""

    target: str  # as it was asked for
    facts: PageFacts
    judgements: tuple[Judgement, ...]
    body: bytes
    content_type: str | None

    def judged_images(self) -> Iterator[tuple[Occurrence, Judgement]]:
        """The images with what is said of each, in document order."""
        return zip(self.facts.occurrences, self.judgements, strict=True)

    def as_json(self) -> dict[str, Any]:
        """The object of `check --format json`."""
        return {
            "url": self.facts.url,
            "title": self.facts.title,
            "lang": self.facts.lang,
            "built_by_script": self.facts.built_by_script,
            "lang_guessed": next((o.lang_guessed for o in self.facts.occurrences if o.lang_guessed), None),
            "images": [
                {
                    "selector": occurrence.selector,
                    "element": occurrence.element,
                    "src": occurrence.src,
                    "alt": occurrence.alt,
                    "accessible_name": occurrence.accessible_name,
                    "classification": judgement.classification,
                    "findings": [
                        {"rule": f.rule, "severity": f.severity, "message": f.message} for f in judgement.findings
                    ],
                }
                for occurrence, judgement in self.judged_images()
            ],
        }

    @cached_property
    def uri(self) -> str:
        """The address; of a file below the working folder the relative one, as in a repository."""
        if not self.facts.url.startswith("file:") or self.target == "-":
            return self.facts.url
        try:
            path = Path(self.target).resolve().relative_to(Path.cwd())
        except ValueError:
            return self.facts.url
        return quote(path.as_posix().encode("utf-8", "surrogateescape"))

    @property
    def source(self) -> str:
        """The text of the page, as it was parsed."""
        return decode(self.body, self.content_type)

    def severities(self) -> Iterator[Severity]:
        """The severity of each finding on the page."""
        return (finding.severity for judgement in self.judgements for finding in judgement.findings)


def check(target: str, options: CrawlOptions, rules: RuleOptions, *, named: bool = True) -> CheckedPage:
    """Judge one page: a file, an http(s) URL, or `-` for standard input. Raises AltAuditError if it is not there.

    An address in numbers opens itself where the operator `named` it; a program that speaks for others has not.
    """
    content_type = None
    if target == "-":
        url, body = "file:///stdin", sys.stdin.buffer.read()
    elif target.startswith(("http://", "https://")):
        url, body, content_type = download(target, options, named=named)
    else:
        path = Path(target)
        try:
            url, body = path.resolve().as_uri(), path.read_bytes()
            content_type = MEDIA_TYPE if path.suffix.lower() in {".xhtml", ".xht"} else None
        except OSError as error:
            raise AltAuditError(f"cannot read {target}: {error.strerror or error}") from None
    facts = parse_page(url, body, content_type)
    return CheckedPage(target, facts, judge_page(facts, rules), body, content_type)
