"""What the built-in captioner says of folders of pictures, and how much of it the kind and the classes let through.

    python -m benchmarks.kind_gate FOLDER... [--captions captions_dev.json] [--show]

With captions of the pictures (as COCO writes them, and the data set of photographs) one that says "dog" is right
where one of a person does.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import torch

from captioning.analysers.kind.analyser import KindAnalyser
from captioning.captioners.builtin.captioner import BuiltinCaptioner
from captioning.decoding.process import decode
from core.errors import ImageError
from store.captions import StoredCaption
from store.suggestions import ContextGroup
from suggestions.evidence.kinds import BUILTIN, is_credible

_SUFFIXES = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg"}
_GROUP = ContextGroup(1, 1, "k", "en", (), (), None, (), 1, None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--captions", type=Path)
    parser.add_argument("--show", action="store_true", help="print each caption and what becomes of it")
    arguments = parser.parse_args()
    captioner, analyser = BuiltinCaptioner(torch.device("cpu")), KindAnalyser()
    said_of: dict[str, str] = {}
    if arguments.captions:
        coco = json.loads(arguments.captions.read_text("utf-8"))
        names = {image["id"]: image["file_name"] for image in coco["images"]}
        for one in coco["annotations"]:
            name = Path(names[one["image_id"]]).name
            said_of[name] = f"{said_of.get(name, '')} {one['caption']}".lower()
    for folder in arguments.folders:
        counts: Counter[str] = Counter()
        kinds: Counter[str] = Counter()
        seconds = 0.0
        for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES):
            try:
                picture = decode(path.read_bytes(), max_pixels=50_000_000, side_px=analyser.side_px)
            except (ImageError, OSError):
                counts["not read"] += 1
                continue
            started = time.thread_time()
            analysis = analyser.analyse(picture)
            seconds += time.thread_time() - started
            [answer] = captioner.generate(captioner.collate([captioner.prepare(picture.image)]))
            kinds[analysis["kind"]] += 1
            counts["pictures"] += 1
            if answer.text is None:
                continue
            stored = StoredCaption(1, 1, answer.text, answer.confidence, "en", model=BUILTIN)
            passes = is_credible(replace(_GROUP, caption=stored, analyses={"kind": analysis}))
            is_dog = "dog" in answer.text.lower()
            truth = said_of.get(path.name)
            right = "" if truth is None or not is_dog else ", there" if "dog" in truth or "pupp" in truth else ", none"
            counts["captions"] += 1
            counts["captions kept"] += passes
            if is_dog:
                counts[f"dog{right}"] += 1
                counts[f"dog{right}, kept"] += passes
            if arguments.show:
                print(f"{'kept' if passes else 'gone'} {path.name}: {answer.text} {json.dumps(analysis)}")
        print(folder, dict(counts), dict(kinds.most_common()), f"{1000 * seconds / max(1, counts['pictures']):.1f} ms")


if __name__ == "__main__":
    main()
