from __future__ import annotations

from collections import Counter

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from captioning.worker.metrics import Metrics, registry_of
from captioning.worker.results import Summary


def sampled(text: str) -> dict[tuple[str, ...], float]:
    """(name, values of the labels by the labels' names) -> value."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_large_counters_keep_their_last_digits():
    """Prometheus takes differences of them."""
    summary = Summary(captioned=12_345_678)
    metrics = Metrics(summary)
    metrics.add("fetch", 1_234_567.25)
    found = sampled(generate_latest(registry_of(metrics)).decode())
    assert found["alt_audit_images_total", "captioned"] == 12345678
    assert found["alt_audit_stage_seconds_total", "fetch"] == 1234567.25


def test_names_and_labels_stay_as_dashboards_know_them():
    """As the first version wrote them, read with Prometheus's own parser."""
    summary = Summary(captioned=7, abstained=2, reused=3, failed=Counter({"fetch/http_404": 4}), lost=1)
    summary.analysed["kind"], summary.not_analysed["kind"] = 6, 1
    metrics = Metrics(summary)
    metrics.add("fetch", 1.5, 12)
    metrics.watch("device", lambda: 5)
    text = generate_latest(registry_of(metrics)).decode()
    assert {line for line in text.splitlines() if line.startswith("# TYPE")} == {
        "# TYPE alt_audit_images_per_second gauge",
        "# TYPE alt_audit_images_total counter",
        "# TYPE alt_audit_abstained_total counter",
        "# TYPE alt_audit_reused_total counter",
        "# TYPE alt_audit_analyses_total counter",
        "# TYPE alt_audit_analyses_failed_total counter",
        "# TYPE alt_audit_failures_total counter",
        "# TYPE alt_audit_stage_seconds_total counter",
        "# TYPE alt_audit_stage_images_total counter",
        "# TYPE alt_audit_queue_images gauge",
    }
    found = sampled(text)
    assert found.pop(("alt_audit_images_per_second",)) >= 0
    assert found == {
        ("alt_audit_images_total", "captioned"): 7,
        ("alt_audit_images_total", "failed"): 4,
        ("alt_audit_images_total", "lost"): 1,
        ("alt_audit_abstained_total",): 2,
        ("alt_audit_reused_total",): 3,
        ("alt_audit_analyses_total", "kind"): 6,
        ("alt_audit_analyses_failed_total", "kind"): 1,
        ("alt_audit_failures_total", "http_404", "fetch"): 4,
        ("alt_audit_stage_seconds_total", "fetch"): 1.5,
        ("alt_audit_stage_images_total", "fetch"): 12,
        ("alt_audit_queue_images", "device"): 5,
    }
    labels = {label for family in text_string_to_metric_families(text) for s in family.samples for label in s.labels}
    assert labels == {"outcome", "stage", "code", "queue", "analyser"}
