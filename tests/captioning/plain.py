"""What the captioners of tests have in common."""

from __future__ import annotations


class PlainCaptioner:
    """A captioner to derive from: all of the protocol but `generate`."""

    model, revision, prompt_version, language = "plain", "1", "1", "en"
    description = "a captioner for tests"
    usage = None
    side_px = 768
    waits_s = 0.0
    batch_size = 16

    def prepare(self, image):
        return image.width

    def collate(self, features):
        return features
