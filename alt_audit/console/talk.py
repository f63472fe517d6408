"""The events of jobs in words and bars, on stderr."""

from __future__ import annotations

from contextlib import ExitStack
from functools import singledispatchmethod
from typing import TYPE_CHECKING

from alt_audit.console.sites import say_ended, say_imported
from alt_audit.console.terminal import bar, say
from alt_audit.jobs import events
from core.failures import explain, host_lines, sitemap_lines, summary_line
from core.records import Stage
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_NAMES = 5  # of sites and domains
MAX_BAD_LINES = 10  # of a file, shown one by one
_BARS = {
    events.Work.PAGES: ("Pages ", "pages"),
    events.Work.IMAGES: ("Images", "images"),
    events.Work.IMPORT: ("Import", "images"),
    events.Work.DRAFTS: ("Drafts", "contexts"),
    events.Work.TEXTS: ("Texts ", "pictures"),
    events.Work.KEYWORDS: ("Keywords", "places"),
    events.Work.ROWS: ("Rows  ", "rows"),
    events.Work.FILES: ("Files ", "pictures"),
}
_REQUEUED = {
    events.Requeue.FAILED: ("failed image is", "failed images are", "back in the queue"),
    events.Requeue.REFRESH: ("captioned image is", "captioned images are", "looked at for changes"),
    events.Requeue.OTHER_MODEL: (
        "image that another model captioned is",
        "images that other models captioned are",
        "back in the queue",
    ),
    events.Requeue.AGAIN: ("captioned image is", "captioned images are", "to be captioned anew"),
    events.Requeue.ANALYSE: (
        "captioned image is",
        "captioned images are",
        "to be looked at by analysers alone",
    ),
    events.Requeue.MOVED: ("captioned image stands", "captioned images stand", "in a place that no model was told of"),
}


class Talk:
    """Says what a job tells; to be given to it as `on_event`."""

    def __init__(self) -> None:
        self._bar = ExitStack()
        self._update: Callable[..., None] | None = None

    def __call__(self, event: events.Event) -> None:
        self._tell(event)

    @singledispatchmethod
    def _tell(self, event: events.Event) -> None:
        raise NotImplementedError(f"no words for {event}")

    @_tell.register
    def _(self, event: events.WorkStarted) -> None:
        self._update = self._bar.enter_context(bar(*_BARS[event.work]))

    @_tell.register
    def _(self, event: events.Progress) -> None:
        if self._update is not None:
            self._update(event.done, event.known, event.note)

    @_tell.register
    def _(self, event: events.WorkEnded) -> None:
        self._bar.close()
        self._update = None

    @_tell.register
    def _(self, event: events.StepBegun) -> None:
        """What the step tells of itself is enough."""

    @_tell.register
    def _(self, event: events.PlansRead) -> None:
        say_imported(event.path, event.done)

    @_tell.register
    def _(self, event: events.LookFailed) -> None:
        say(f"Not looked what is due, and tried again: {event.error}")

    @_tell.register
    def _(self, event: events.OverviewWritten) -> None:
        say(f"All sites: {event.path}")

    @_tell.register
    def _(self, event: events.OverviewFailed) -> None:
        say(f"The page of all sites is not written: {event.error}")

    @_tell.register
    def _(self, event: events.SiteStarted) -> None:
        say(f"{event.site}: begun.")

    @_tell.register
    def _(self, event: events.NothingDue) -> None:
        say("No site is due: 'alt-audit sites status' says when each is.")

    @_tell.register
    def _(self, event: events.SiteEnded) -> None:
        say_ended(event)

    @_tell.register
    def _(self, event: events.CaptioningEnded) -> None:
        say(f"Captioning worker {event.number} has ended: {event.reason}.")

    @_tell.register
    def _(self, event: events.NodeLost) -> None:
        say(f"Node {event.address} is gone: what it was at goes on elsewhere.")

    @_tell.register
    def _(self, event: events.Told) -> None:
        named = ", ".join(event.sites[:MAX_NAMES]) + (", ..." if len(event.sites) > MAX_NAMES else "")
        say(f"{event.destination} was told what changed on {named}.")

    @_tell.register
    def _(self, event: events.NotTold) -> None:
        who = event.destination if event.destination is not None else "Nobody"
        say(f"{who} could not be told what changed, and is the next time: {event.error}")

    @_tell.register
    def _(self, event: events.Evaluating) -> None:
        say(
            f"Hiding {counted(event.texts, 'alt text')} on {counted(event.pages, 'page')}, in a copy of the store, and "
            "drafting them again."
        )

    @_tell.register
    def _(self, event: events.TextsCompared) -> None:
        _say_compared(event)

    @_tell.register
    def _(self, event: events.KeywordsGiven) -> None:
        _say_keywords(event)

    @_tell.register
    def _(self, event: events.SchemeAssumed) -> None:
        say(f"{event.given} has no http:// or https:// in front: taken for {event.taken}")

    @_tell.register
    def _(self, event: events.ListRead) -> None:
        repeated = f" ({event.repeated:,} named more than once)" if event.repeated else ""
        only = "Only this one is" if event.pages == 1 else "Only these are"
        found = f" ({event.column})" if event.column else ""
        say(f"{event.path}{found} names {counted(event.pages, 'page')}{repeated}. {only} read; links are not followed.")

    @_tell.register
    def _(self, event: events.SeveralHosts) -> None:
        if event.site is not None:
            say(f"They are of {event.hosts} hosts; all are kept and reported under {event.site}.")
        else:
            say(
                f"They are of {event.hosts} hosts: each is a site of its own, unless it belongs to one already. "
                "To keep them together, name a site with --site."
            )

    @_tell.register
    def _(self, event: events.SeveralDomains) -> None:
        named = ", ".join(event.domains[:MAX_NAMES]) + (", ..." if len(event.domains) > MAX_NAMES else "")
        say(
            f"The start URLs are of {len(event.domains)} domains ({named}): each is a site of its own, unless it "
            "belongs to one already. To keep them together, name a site with --site."
        )

    @_tell.register
    def _(self, event: events.LinesUnusable) -> None:
        say(f"{counted(event.number, 'line')} of {event.path} cannot be used:")
        shown = event.examples[:MAX_BAD_LINES]
        for line in shown:
            say(f"  line {line.number}: {line.reason}: {line.text}")
        if event.number > len(shown):
            say(f"  ... and {event.number - len(shown)} more")

    @_tell.register
    def _(self, event: events.CertificatesIgnored) -> None:
        say("--insecure: the certificates of https servers are not checked.")

    @_tell.register
    def _(self, event: events.BrowserUnconfined) -> None:
        say(
            "Chromium has no sandbox when root runs it: a page that breaks out of the browser has this machine. Run "
            "--render as another user where pages are not trusted."
        )

    @_tell.register
    def _(self, event: events.PagesCrawled) -> None:
        _say_crawled(event)

    @_tell.register
    def _(self, event: events.PagesImported) -> None:
        _say_imported(event)

    @_tell.register
    def _(self, event: events.SiteJudged) -> None:
        result = event.result
        say(
            f"Judged {counted(result.pages, 'page')} with images again in {event.seconds:.1f} s: "
            f"{counted(result.occurrences, 'place')} judged otherwise, "
            f"{counted(result.site_findings, 'finding')} on the whole site changed."
        )

    @_tell.register
    def _(self, event: events.StoreAwaited) -> None:
        say(f"There is no audit in {event.database} yet: waiting for a crawl to begin one.")

    @_tell.register
    def _(self, event: events.NothingFailed) -> None:
        say("No image has failed." if event.code is None else f"No image is failed with {event.code} now.")

    @_tell.register
    def _(self, event: events.NothingToCaption) -> None:
        say("No image waits for a caption.")

    @_tell.register
    def _(self, event: events.CredentialsUnused) -> None:
        say(
            "crawl.auth goes with no picture: this command knows no start URLs. Name the site that it is for with "
            "--auth-origin https://HOST (caption.auth_origin)."
        )

    @_tell.register
    def _(self, event: events.CaptionerNote) -> None:
        say(event.text)

    @_tell.register
    def _(self, event: events.Requeued) -> None:
        singular, plural, what = _REQUEUED[event.reason]
        say(f"{counted(event.images, singular, plural)} {what}.")

    @_tell.register
    def _(self, event: events.MetricsServed) -> None:
        say(f"Metrics: {event.address}")

    @_tell.register
    def _(self, event: events.ImagesCaptioned) -> None:
        _say_captioned(event)

    @_tell.register
    def _(self, event: events.ImagesHeld) -> None:
        say(
            f"{counted(event.images, 'image is', 'images are')} held by another worker and not done here. If that one "
            f"has died, run the same command again after {event.lease_s:g} s (caption.lease_s): they are free then."
        )


def _say_crawled(event: events.PagesCrawled) -> None:
    from crawler.failures import explained

    result = event.summary
    numbers = result.counts
    failed = sum(number for name, number in numbers.items() if name.startswith("failed/"))
    skipped = sum(number for name, number in numbers.items() if name.startswith("skipped/"))
    again = " (went on where the last run stopped)" if result.resumed else ""
    told = [f"{numbers[name]:,} {name}" for name in ("unchanged", "canonicalised") if numbers.get(name)]
    unchanged = f" ({', '.join(told)})" if told else ""
    say(
        f"Crawled {counted(numbers.get('pages', 0), 'page')}{unchanged} in {event.seconds:.1f} s{again}; "
        f"{failed:,} failed, {counted(skipped, 'link')} left out."
    )
    for line in result.failed_starts:
        say(f"  {line}")
    for crawl in result.unread:
        say(f"  No page of {crawl.site.name} was read.")
    for line in explained(numbers):
        say(f"  {line}")
    for line in sitemap_lines(result.sitemaps_unread):
        say(f"  {line}")
    for refusal in result.refusals:
        say(f"  {refusal}.")
    if result.networks:
        say(f"  A start URL names {' and '.join(result.networks)}: pages and images there may be fetched.")
    if numbers.get("rendered"):
        say(f"  {counted(numbers['rendered'], 'page was', 'pages were')} rendered in Chromium.")
        for name, what in (
            ("render_never_idle", "never stopped loading: what was there after some seconds was read"),
            ("render_scroll_limit", "grew on and on while they were scrolled: what had come by then was read"),
        ):
            if numbers.get(name):
                say(f"  {name}: {numbers[name]} of them {what}.")
    for site, fall in result.falls:
        again = f"{fall.read:,} {'was' if fall.read == 1 else 'were'} read again"
        say(
            f"  Of {counted(fall.known, 'page')} of {site} known before, {again}: nothing is taken for gone. Open the "
            "site in a browser. If it shows errors, a bot check, maintenance, a login or another region's pages, run "
            "again when it lets the audit in; if it has shrunk so far, run once with --accept-loss."
        )
    if result.limited:
        say(f"  Stopped at crawl.limit_pages ({event.limit_pages}): what else the site has was not read.")
    if result.interrupted:
        say("Stopped before the end. All that was read is stored; the same command goes on from there.")


def _say_imported(event: events.PagesImported) -> None:
    done, numbers = event.result, event.result.counts
    say(
        f"Took {counted(numbers.images, 'image')} on {counted(done.pages, 'page')} from {event.path} into the site "
        f"{done.site.name}; "
        f"{counted(numbers.other_rows, 'row is no image', 'rows are no images')}. No page was fetched."
    )
    if done.read_before:
        say(
            f"  {counted(done.read_before, 'page was', 'pages were')} crawled before: what is known of them is kept, "
            f"and {counted(numbers.images - done.stored, 'image')} seen there not taken from the file."
        )
    for note in done.notes:
        say(f"  {note}")
    if len(numbers.hosts) > 1:
        say(f"  The pages are of {len(numbers.hosts)} hosts; all are kept and reported under {done.site.name}.")


def _say_captioned(event: events.ImagesCaptioned) -> None:
    summary = event.summary
    say(
        f"Captioned {counted(summary.captioned - summary.abstained, 'image')} in {event.seconds:.1f} s "
        f"({summary.abstained:,} abstained, {summary.reused:,} had the same bytes as another); "
        f"{summary.failed.total():,} failed."
    )
    for analyser, number in sorted(summary.not_analysed.items()):
        say(
            f"  The analyser {analyser} broke on {counted(number, 'picture')}, which go without "
            f"({summary.why_not_analysed[analyser]})."
        )
    if summary.abstained == summary.captioned > 0 and event.knows:
        say(f"  This model knows {event.knows}: other drafts are from the pages. --model takes another.")
    elif summary.abstained == summary.captioned > 0:
        cure = "take another model"
        if event.usage is not None:
            cure = "see its server's log and its template, or take another model"
        say(
            f"  THE MODEL SAID NOTHING of {'the picture' if summary.captioned == 1 else 'any picture'}. Where it "
            f"should have, {cure}; 'alt-audit caption --again --where silent' then asks again."
        )
    elif not summary.captioned and len(summary.failed) == 1 and summary.failed.total() > 2:
        [reason] = summary.failed
        stage, _, code = reason.partition("/")
        if stage == Stage.GENERATE:
            say(f"  NOT ONE PICTURE WAS CAPTIONED. {explain(code, stage).action}")
    for reason, number in sorted(summary.failed.items()):
        stage, _, code = reason.partition("/")
        say(f"  {summary_line(reason, number, explain(code, stage).in_brief)}")
        by_host = {host: n for (one, host), n in summary.failed_by_host.items() if one == reason}
        for line in host_lines(reason, by_host, summary.ended_by_host):
            say(f"    {line}")
    if summary.failed:
        may_pass = sum(n for reason, n in summary.failed.items() if explain(*reason.split("/")[::-1]).again)
        say(
            "  failures.csv of the report says what to do about each; 'alt-audit caption --retry-failed' tries them "
            f"again{f' ({may_pass:,} of them may pass)' if may_pass else ''}."
        )
    if event.usage is not None:
        say(f"The endpoint counted {event.usage}.")
    if event.failed:
        say("All that was done is stored; what was not waits in the queue.")
    elif summary.interrupted:
        stopped = "Stopped" if event.watched else "Stopped before the end"
        say(f"{stopped}. All that was done is stored; the same command goes on from there.")


def _say_compared(event: events.TextsCompared) -> None:
    done = event.done
    say(
        f"Compared {counted(done.texts, 'text')} with {counted(done.pictures, 'picture')} in {event.seconds:.1f} s "
        f"({done.known:,} known before); {done.failed.total():,} failed."
    )
    for reason, number in sorted(done.failed.items()):
        stage, _, code = reason.partition("/")
        say(f"  {summary_line(reason, number, explain(code, stage).in_brief)}")
    for site in done.too_few:
        say(f"  {site} has too few texts to compare with each other.")


def _say_keywords(event: events.KeywordsGiven) -> None:
    done = event.done
    say(
        f"Keywords by {event.model} for {counted(done.tagged, 'suggestion')} in {event.seconds:.1f} s ({done.known:,} "
        f"known before, {done.empty:,} without one that would do); {done.failed:,} failed."
    )
    if done.failed:
        say(f"  The model broke on them ({done.why_failed}); 'alt-audit suggest' tries them again.")
