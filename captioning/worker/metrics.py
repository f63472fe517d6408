"""What the worker measures of itself: seconds a stage, how much waits where, images a second."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict, deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from captioning.worker.results import Summary

RATE_OVER_S = 60.0  # images a second are those of the last minute


class Meters:
    """Timings and depths of one worker; every thread may write, every thread may read."""

    def __init__(self, summary: Summary) -> None:
        self.summary = summary
        self._lock = threading.Lock()
        self._depths: dict[str, Callable[[], int]] = {}
        self._done: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])
        self.seconds: defaultdict[str, float] = defaultdict(float)  # a stage, added up over its threads
        self.passed: Counter[str] = Counter()  # images through each stage

    @contextmanager
    def timed(self, stage: str, images: int = 1) -> Iterator[None]:
        """Count what happens within as work of a stage on so many images."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.add(stage, time.monotonic() - started, images)

    def add(self, stage: str, seconds: float, images: int = 1) -> None:
        """Count seconds of work of a stage on so many images."""
        with self._lock:
            self.seconds[stage] += seconds
            self.passed[stage] += images

    def watch(self, name: str, depth: Callable[[], int]) -> None:
        """Name a place where images wait, and how to count them."""
        self._depths[name] = depth

    def depths(self) -> dict[str, int]:
        """How many images are where, from the first stage to the last."""
        return {name: depth() for name, depth in self._depths.items()}

    def rate(self) -> float:
        """Images a second that left the worker, over the last minute."""
        now, done = time.monotonic(), self.summary.done
        with self._lock:
            while len(self._done) > 1 and now - self._done[0][0] > RATE_OVER_S:
                self._done.popleft()
            then, done_then = self._done[0]
            if now - self._done[-1][0] >= 1.0:
                self._done.append((now, done))
        return (done - done_then) / (now - then) if now > then else 0.0

    def line(self) -> str:
        """For people: what is where, and what an image costs in each stage."""
        depths = " ".join(f"{name} {depth}" for name, depth in self.depths().items())
        with self._lock:
            stages = " ".join(
                f"{stage} {1000 * seconds / self.passed[stage]:.1f} ms"
                for stage, seconds in self.seconds.items()
                if self.passed[stage]
            )
        return f"{self.rate():.1f} images/s; {depths}; an image: {stages or 'nothing yet'}"

    def prometheus(self) -> str:
        """All of it in the text format of Prometheus.

        https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
        """
        lines: list[str] = []

        def metric(name: str, kind: str, explained: str, values: Mapping[str, float]) -> None:
            full = f"alt_audit_{name}"
            lines.extend((f"# HELP {full} {explained}", f"# TYPE {full} {kind}"))
            lines.extend(f"{full}{labels} {value}" for labels, value in values.items())  # all digits: counters grow

        summary = self.summary
        with self._lock:
            seconds, passed, failed = dict(self.seconds), dict(self.passed), dict(summary.failed)
        metric("images_per_second", "gauge", "Images that left the worker, over the last minute.", {"": self.rate()})
        outcomes = {"captioned": summary.captioned, "failed": sum(failed.values()), "lost": summary.lost}
        metric(
            "images_total",
            "counter",
            "Images that left the worker.",
            {f'{{outcome="{name}"}}': number for name, number in outcomes.items()},
        )
        metric(
            "abstained_total", "counter", "Captioned images of which the model said nothing.", {"": summary.abstained}
        )
        metric("reused_total", "counter", "Captioned images whose bytes had a caption already.", {"": summary.reused})
        failures = {
            f'{{stage="{reason.split("/")[0]}",code="{reason.split("/")[1]}"}}': n for reason, n in failed.items()
        }
        metric("failures_total", "counter", "Images that failed, by reason.", failures)
        by_stage = {f'{{stage="{stage}"}}': value for stage, value in seconds.items()}
        metric("stage_seconds_total", "counter", "Seconds spent in a stage, added up over its threads.", by_stage)
        through = {f'{{stage="{stage}"}}': value for stage, value in passed.items()}
        metric("stage_images_total", "counter", "Images that went through a stage.", through)
        where = {f'{{queue="{name}"}}': depth for name, depth in self.depths().items()}
        metric("queue_images", "gauge", "Images that are in a place of the worker now.", where)
        return "\n".join(lines) + "\n"


@contextmanager
def serving(meters: Meters, host: str, port: int | None) -> Iterator[str | None]:
    """Answer GET /metrics while within, at the address given; port 0 is any that is free, None none at all.

    Raises UsageError when the port cannot be had.
    """
    if port is None:
        yield None
        return

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path.partition("?")[0] == "/metrics"
            body = meters.prometheus().encode() if known else b"see /metrics\n"
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Not every scrape is news."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        raise UsageError(
            f"--metrics-port: cannot listen on {host}:{port}: {error.strerror}. Choose another port."
        ) from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="metrics", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
