"""From a dataset and a captioner of the hub to one that speaks as the dataset does, in a folder."""

from __future__ import annotations

import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import transformers

from captioning.captioners.huggingface.captioner import HuggingFaceCaptioner
from captioning.captioners.huggingface.loading import hush
from captioning.datasets.records import Split
from captioning.scoring import check_scorers, score
from captioning.training.files import unwritable
from captioning.training.huggingface.card import Account, write_card
from captioning.training.huggingface.pictures import keep_pictures, read
from captioning.training.huggingface.student import Student
from captioning.training.huggingface.tuned import Tuned
from captioning.training.lessons import check_enough, check_varied
from captioning.training.workplace import open_workplace, told_of
from core.errors import CaptionerError, ImageError, UsageError
from core.text import counted
from inference.device import Placement, batch_size_for, choose_placement
from inference.hub import Place, find_model
from inference.revisions import gist, resolve_revision

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from captioning.captioners.huggingface.processors import Inputs
    from captioning.captioners.huggingface.untyped import Part
    from captioning.datasets.records import Dataset, Picture
    from captioning.scoring import Scores
    from captioning.training.huggingface.trainer import Epoch
    from captioning.training.huggingface.tune_options import TuneOptions
    from captioning.training.train import Talk

_CONFIG, _CARD = "config.json", "MODEL_CARD.md"
# Of the base's files: what its processor and tokenizer are made of. Weights and configuration are written anew.
_KEPT = {".json", ".txt", ".model", ".jinja", ".tiktoken"}
_WEIGHTS = (".safetensors.index.json", ".bin.index.json")


@dataclass(frozen=True, slots=True)
class Lessons(torch.utils.data.Dataset["Inputs"]):
    """What is learnt: pictures, each with one caption as tokens."""

    student: Student
    pairs: Sequence[tuple[Path, tuple[int, ...]]]

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, place: int) -> Inputs:
        file, caption = self.pairs[place]
        return self.student.shows(read(file), caption)


@dataclass(frozen=True, slots=True)
class Exam:
    """Pictures that nothing is learnt from, with what people say of them."""

    pictures: Sequence[Path]
    references: Sequence[Sequence[str]]

    def scores(self, captioner: HuggingFaceCaptioner) -> Scores:
        """How good a captioner is on them. Raises CaptionerError where its numbers are none."""
        size, said = batch_size_for(captioner.network.model.device), []
        for start in range(0, len(self.pictures), size):
            prepared = [captioner.prepare(read(file)) for file in self.pictures[start : start + size]]
            for answer in captioner.generate(captioner.collate(prepared)):
                if isinstance(answer, ImageError):
                    if answer.code == "not_finite":
                        raise CaptionerError(
                            "training has gone astray: the model's numbers overflow. Try again with --fresh and a "
                            "lower --learning-rate"
                        )
                    said.append("")
                else:
                    said.append(answer.text or "")
        return score(said, self.references)


def tune(
    dataset: Dataset,
    out: Path,
    options: TuneOptions,
    talk: Talk,
    *,
    device: str,
    command: str,
    version: str,
    max_pixels: int,
    fresh: bool = False,
) -> Tuned:
    """Fine-tune a captioner of the hub, or of a folder, into the folder `out`, or go on where that was stopped.

    Raises UsageError for a dataset or a folder that will not do, CaptionerError for a model that will not, where files
    cannot be written, or where training goes astray.
    """
    began = time.monotonic()
    check_scorers()
    check_extra()
    train, dev = dataset.pictures(Split.TRAIN), dataset.pictures(Split.DEV)
    check_enough(len(train), len(dev))
    check_varied([caption for picture in train for caption in picture.captions], talk.say)
    best = choose_placement(device, "auto")
    half = best.dtype is torch.bfloat16
    # Adapters are kept in float32 whatever stays as it is; weights that are trained themselves have to be.
    placement = Placement(best.device, torch.bfloat16 if half and not options.full else torch.float32, best.reason)
    place = find_model(options.base)
    if place is Place.HUB:
        talk.say(f"Fetching {options.base} from the Hugging Face hub; it stays in the local cache.")
    hush()
    revision = resolve_revision(options.base, None, local_files_only=place is not Place.HUB)
    work = open_workplace(out, told_of(dataset, asdict(options), revision), fresh)
    captioner = load(options.base, placement, local_files_only=place is not Place.HUB)

    def keep(split: Split, pictures: Sequence[Picture]) -> list[tuple[Picture, Path]]:
        files = keep_pictures(
            work / str(split),
            pictures,
            side_px=captioner.info.side_px,
            max_pixels=max_pixels,
            report=talk.say,
            progress=lambda done, known: talk.progress("pictures", done, known, str(split)),
        )
        return [(picture, file) for picture, file in zip(pictures, files, strict=True) if file is not None]

    kept, kept_dev = keep(Split.TRAIN, train), keep(Split.DEV, dev)
    check_enough(len(kept), len(kept_dev))
    exam = Exam([file for _, file in kept_dev], [picture.captions for picture, _ in kept_dev])
    student = Student(captioner)
    pairs = pairs_of(student, kept, options.captions, talk.say)
    epochs, pace = teach(student, Lessons(student, pairs), exam, work, options, talk, half=half)
    made = work / "model"
    write_model(student.model, options.base, revision, made)
    scores = exam.scores(load(str(made), placement, local_files_only=True))  # what was written is what is measured
    minutes = (time.monotonic() - began) / 60
    before = epochs[0].cider
    if scores.cider <= before:
        talk.say(f"Beware: with CIDEr {scores.cider:.3f} it is no better on dev than it was before ({before:.3f}).")
    unreadable = len(train) + len(dev) - len(kept) - len(kept_dev)
    account = Account(
        command,
        version,
        dataset,
        len(kept),
        sum(min(len(picture.captions), options.captions) for picture, _ in kept),
        len(kept_dev),
        unreadable,
        options.base,
        revision,
        epochs,
        scores,
        asdict(options),
        minutes,
        str(placement),
    )
    hand_over(made, out, write_card(account))
    shutil.rmtree(work, ignore_errors=True)
    return Tuned(out, scores, before, minutes, pace)


def check_extra() -> None:
    """Raise UsageError where what fine-tuning needs is not installed."""
    try:
        import peft  # noqa: F401 - only whether it is there; it brings accelerate
    except ImportError as error:
        raise UsageError('fine-tuning needs pip install "alt-audit[train]"') from error


def load(model: str, placement: Placement, *, local_files_only: bool) -> HuggingFaceCaptioner:
    """As `--model` does, in another number format."""
    return HuggingFaceCaptioner(model, placement, local_files_only=local_files_only)


def pairs_of(
    student: Student, kept: Sequence[tuple[Picture, Path]], captions: int, report: Callable[[str], None]
) -> list[tuple[Path, tuple[int, ...]]]:
    """Each picture with each of its captions, some at most. What the model cannot say of them goes to `report`.

    Raises UsageError where it can say nothing of them.
    """
    pairs = [(file, text) for picture, file in kept for text in picture.captions[:captions]]
    encoded = {text: student.encode(text) for _, text in pairs}
    unknown = student.tokenizer.unk_token_id
    foreign = [text for text, ids in encoded.items() if unknown is not None and unknown in ids]
    tokens = [token for ids in encoded.values() for token in ids[:-1]]
    if tokens.count(unknown) > len(tokens) / 2:
        raise UsageError(
            f"the tokenizer of this model has no signs for most of what is in the {counted(len(encoded), 'caption')} "
            f"({foreign[0]!r}): choose a model that knows their script"
        )
    if foreign:
        report(f"{counted(len(foreign), 'caption')} with signs that the model cannot write, such as {foreign[0]!r}.")
    cut = sum(student.is_cut(ids) for ids in encoded.values())
    if cut:
        report(f"{counted(cut, 'caption')} longer than what the model writes: only their beginnings are learnt.")
    return [(file, encoded[text]) for file, text in pairs]


def teach(
    student: Student,
    lessons: Lessons,
    exam: Exam,
    work: Path,
    options: TuneOptions,
    talk: Talk,
    *,
    half: bool,
) -> tuple[list[Epoch], float | None]:
    """Let a student learn, or go on with that; what came of each epoch, and the captions a second.

    Its network then has the weights that did best. Raises CaptionerError.
    """
    from captioning.training.huggingface.adapters import adapted
    from captioning.training.huggingface.trainer import Telling, Tutor, arguments_for, epochs_of, last_checkpoint

    transformers.set_seed(options.seed)
    model = student.model.requires_grad_(True) if options.full else adapted(student.model, options)
    checkpoint = last_checkpoint(work)
    tutor = Tutor(
        examine=lambda: exam.scores(student.captioner).cider,
        options=options,
        model=model,
        args=arguments_for(
            work, options, len(lessons), student.model.device, half=half, resumed=checkpoint is not None
        ),
        train_dataset=lessons,
        eval_dataset=lessons,  # unused, and asked for
        data_collator=student.collate,
        compute_loss_func=student.loss,
        callbacks=[Telling(talk, options)],
    )
    if checkpoint is not None:
        talk.say(f"Going on after step {int(checkpoint.name.rpartition('-')[2]):,}.")
    try:
        if checkpoint is None or not tutor.is_done_at(checkpoint):
            tutor.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    except CaptionerError:
        raise
    except torch.OutOfMemoryError as error:
        raise CaptionerError(
            "training does not fit into the memory of the device: begin anew with --fresh, "
            f"--accumulate {2 * options.accumulate} (the same in smaller parts), and then --checkpointing"
        ) from error
    except Exception as error:
        if checkpoint is not None and not tutor.learnt:
            raise CaptionerError(f"{checkpoint} is damaged ({gist(error)}): begin anew with --fresh") from error
        raise
    if not options.full:
        model.merge_and_unload()
    return epochs_of(tutor.state.log_history), tutor.learnt / tutor.seconds if tutor.learnt else None


def write_model(model: Part, base: str, revision: str, folder: Path) -> None:
    """A folder that `--model` takes, but for its card. Raises CaptionerError."""
    source = Path(base)
    if not source.is_dir():
        import huggingface_hub

        source = Path(huggingface_hub.hf_hub_download(base, _CONFIG, revision=revision, local_files_only=True)).parent
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for file in source.iterdir():
            if file.suffix in _KEPT and not file.name.endswith(_WEIGHTS) and file.is_file():
                shutil.copyfile(file, folder / file.name)
        model.save_pretrained(folder)
    except Exception as error:  # of a full disk too many kinds are told
        raise unwritable(folder, error) from error


def hand_over(made: Path, out: Path, card: str) -> None:
    """Move a model to its place, config.json last: a folder without it is no model. Raises CaptionerError."""
    try:
        (made / _CARD).write_text(card, "utf-8")
        mode = (made / _CARD).stat().st_mode
        for file in made.glob("*.safetensors"):  # which are written for nobody else to read
            file.chmod(mode)
        for file in sorted(made.iterdir(), key=lambda file: file.name == _CONFIG):
            file.replace(out / file.name)
    except OSError as error:
        raise unwritable(out, error) from error
