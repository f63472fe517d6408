"""What the captioners of tests have in common."""

from __future__ import annotations

from inference.protocol import CaptionerInfo


class PlainCaptioner:
    """A captioner to derive from: all of the protocol but `generate`."""

    model, revision, prompt_version = "plain", "1", "1"
    usage = None
    waits_s = 0.0
    batch_size = 16
    side_px = 768

    @property
    def info(self):
        return CaptionerInfo(
            model=self.model,
            revision=self.revision,
            prompt_version=self.prompt_version,
            description="a captioner for tests",
            side_px=self.side_px,
            batch_size=self.batch_size,
            waits_s=self.waits_s,
        )

    def prepare(self, image):
        return image.width

    def collate(self, features):
        return features
