from __future__ import annotations

from captioning.worker.metrics import Meters
from captioning.worker.results import Summary


def test_large_counters_keep_their_last_digits():
    """Prometheus takes differences of them."""
    summary = Summary(captioned=12_345_678)
    meters = Meters(summary)
    meters.add("fetch", 1_234_567.25)
    lines = meters.prometheus().splitlines()
    assert 'alt_audit_images_total{outcome="captioned"} 12345678' in lines
    assert 'alt_audit_stage_seconds_total{stage="fetch"} 1234567.25' in lines
