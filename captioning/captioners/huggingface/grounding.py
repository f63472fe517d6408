"""What Kosmos-2 says of places: phrases of a caption, with boxes in the picture. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from transformers.models.kosmos2.processing_kosmos2 import clean_text_and_extract_entities_with_bboxes

from inference.protocol import WHOLE, Box, Phrase

if TYPE_CHECKING:
    from captioning.captioners.huggingface.untyped import Part

# Tokenizers differ in whether they write spaces between marks; their reader takes none.
_BEFORE_MARK = re.compile(r"\s+(?=</?(?:phrase|object|patch_index_|delimiter_of_multi_objects/))")


def phrases_in(text: str, view: Box) -> tuple[str, tuple[Phrase, ...]]:
    """The caption without its marks, and its phrases with their boxes in the whole picture.

    `view` is the part of the picture that the model saw. Boxes without an area, and marks without a phrase, are none.
    """
    untyped: Part = clean_text_and_extract_entities_with_bboxes
    said, found = untyped(_BEFORE_MARK.sub("", text))
    phrases = []
    for words, (start, end), boxes in found:
        real = tuple(_in_whole(box, view) for box in boxes if box[0] < box[2] and box[1] < box[3])
        if real and start < end:
            phrases.append(Phrase(" ".join(words.split()), real))
    return said, tuple(phrases)


def view_of(image_processor: Part, width: int, height: int) -> Box:
    """The part of a picture of this size that a processor leaves: some cut out the middle."""
    edge = dict(image_processor.size).get("shortest_edge")
    if not edge or not getattr(image_processor, "do_center_crop", False):
        return WHOLE
    cut, scale = dict(image_processor.crop_size), edge / min(width, height)
    across, down = (min(1.0, cut[name] / (side * scale)) for name, side in (("width", width), ("height", height)))
    return (1 - across) / 2, (1 - down) / 2, (1 + across) / 2, (1 + down) / 2


def _in_whole(box: Box, view: Box) -> Box:
    left, top, right, bottom = view
    across, down = right - left, bottom - top
    places = (left + box[0] * across, top + box[1] * down, left + box[2] * across, top + box[3] * down)
    return tuple(round(min(1.0, max(0.0, place)), 4) for place in places)  # type: ignore[return-value]
