"""What the worker measures of itself: seconds a stage, how much waits where, images a second."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict, deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prometheus_client.metrics_core import Metric

    from captioning.worker.results import Summary

RATE_OVER_S = 60.0  # images a second are those of the last minute


class Metrics(Collector):
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

    def collect(self) -> Iterator[Metric]:
        """All of it for Prometheus, read now; the names and labels are explained in docs/workers.md."""
        summary = self.summary
        with self._lock:
            seconds, passed, failed = dict(self.seconds), dict(self.passed), dict(summary.failed)
        outcomes = {"captioned": summary.captioned, "failed": sum(failed.values()), "lost": summary.lost}
        yield _gauge("images_per_second", "Images that left the worker, over the last minute.", {(): self.rate()})
        yield _counter("images", "Images that left the worker.", _by(outcomes), "outcome")
        yield _counter("abstained", "Captioned images of which the model said nothing.", {(): summary.abstained})
        yield _counter("reused", "Captioned images whose bytes had a caption already.", {(): summary.reused})
        yield _counter("analyses", "Pictures that an analyser looked at.", _by(summary.analysed), "analyser")
        broken = _by(summary.not_analysed)
        yield _counter("analyses_failed", "Pictures that an analyser broke on.", broken, "analyser")
        reasons = {tuple(reason.split("/")): number for reason, number in failed.items()}
        yield _counter("failures", "Images that failed, by reason.", reasons, "stage", "code")
        yield _counter("stage_seconds", "Seconds spent in a stage, added up over its threads.", _by(seconds), "stage")
        yield _counter("stage_images", "Images that went through a stage.", _by(passed), "stage")
        yield _gauge("queue_images", "Images that are in a place of the worker now.", _by(self.depths()), "queue")


def _by(values: Mapping[str, float]) -> dict[tuple[str, ...], float]:
    return {(label,): value for label, value in values.items()}


def _counter(name: str, about: str, values: Mapping[tuple[str, ...], float], *labels: str) -> Metric:
    return _filled(CounterMetricFamily(f"alt_audit_{name}", about, labels=labels), values)  # samples end in _total


def _gauge(name: str, about: str, values: Mapping[tuple[str, ...], float], *labels: str) -> Metric:
    return _filled(GaugeMetricFamily(f"alt_audit_{name}", about, labels=labels), values)


def _filled(
    family: CounterMetricFamily | GaugeMetricFamily, values: Mapping[tuple[str, ...], float]
) -> CounterMetricFamily | GaugeMetricFamily:
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def registry_of(metrics: Metrics) -> CollectorRegistry:
    """What Prometheus asks: this worker's metrics alone, without what its client has to say of Python."""
    registry = CollectorRegistry()
    registry.register(metrics)
    return registry


@contextmanager
def serving(metrics: Metrics, host: str, port: int | None) -> Iterator[str | None]:
    """Answer GET /metrics while within, at the address given; port 0 is any that is free, None none at all.

    Raises UsageError when the port cannot be had.
    """
    if port is None:
        yield None
        return
    try:
        server, thread = start_http_server(port, host, registry_of(metrics))
    except OSError as error:
        raise UsageError(
            f"--metrics-port: cannot listen on {host}:{port}: {error.strerror}. Choose another port."
        ) from error
    try:
        yield f"http://{host}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
