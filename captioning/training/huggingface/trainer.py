"""transformers' Trainer, held to what training promises: whole checkpoints, no loss that is no number, CIDEr on dev."""

from __future__ import annotations

import json
import math
import os
import shutil
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import transformers
from safetensors import SafetensorError
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from captioning.training.files import keep, unwritable
from captioning.training.loop import SAVE_EVERY_S
from core.errors import CaptionerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from torch import Tensor

    from captioning.captioners.huggingface.untyped import Part
    from captioning.training.huggingface.tune_options import TuneOptions
    from captioning.training.train import Talk

CIDER = "eval_cider"
_STATE = "trainer_state.json"  # written last of a checkpoint's files
_WORKERS = 4  # that read pictures while an accelerator computes


@dataclass(frozen=True, slots=True)
class Epoch:
    """What came of one."""

    step: int
    loss: float | None  # None of what was there at the start
    cider: float  # on dev


def epochs_of(history: Sequence[dict[str, Any]]) -> list[Epoch]:
    """Those that a Trainer's log tells of."""
    losses = {entry["step"]: entry["loss"] for entry in history if "loss" in entry}
    return [Epoch(one["step"], losses.get(one["step"]), one[CIDER]) for one in history if CIDER in one]


def is_over(history: Sequence[dict[str, Any]], patience: int) -> bool:
    """Whether so many epochs brought no better CIDEr than the best of those before them."""
    ciders = [one.cider for one in epochs_of(history) if one.loss is not None]
    return len(ciders) > patience and max(ciders[:-patience]) >= max(ciders[-patience:])


def last_checkpoint(work: Path) -> Path | None:
    """The newest one that was written to its end; others are removed."""
    whole: list[tuple[int, Path]] = []
    for folder in work.glob(f"{PREFIX_CHECKPOINT_DIR}-*"):
        try:
            whole.append((json.loads((folder / _STATE).read_bytes())["global_step"], folder))
        except (OSError, ValueError):
            shutil.rmtree(folder, ignore_errors=True)
    return max(whole)[1] if whole else None


def arguments_for(
    work: Path, options: TuneOptions, captions: int, device: torch.device, *, half: bool, resumed: bool
) -> transformers.TrainingArguments:
    """For so many captions to learn from; `half`: computed in bfloat16 where that is safe."""
    size = min(options.batch_size, captions)
    parts = min(options.accumulate, size)
    epoch_steps = max(math.ceil(captions / size), options.epoch_steps)
    on_cpu = device.type == "cpu"
    if not on_cpu:
        os.environ["ACCELERATE_TORCH_DEVICE"] = str(device)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # checkpointing has another name from transformers 5.24 on
        arguments = transformers.TrainingArguments(
            output_dir=str(work.resolve()),
            max_steps=options.epochs * epoch_steps,
            per_device_train_batch_size=size // parts,
            gradient_accumulation_steps=parts,
            gradient_checkpointing=options.checkpointing,
            gradient_checkpointing_kwargs={"use_reentrant": False},
            learning_rate=options.learning_rate,
            lr_scheduler_type="cosine",
            warmup_steps=round(options.warm_up * options.epochs * epoch_steps),
            weight_decay=options.weight_decay,
            bf16=half,
            use_cpu=on_cpu,
            eval_strategy="steps",
            eval_steps=epoch_steps,
            logging_strategy="steps",
            logging_steps=epoch_steps,
            logging_nan_inf_filter=False,
            save_strategy="steps",
            save_steps=epoch_steps,
            save_total_limit=2,  # the best and the last
            load_best_model_at_end=True,
            metric_for_best_model=CIDER,
            greater_is_better=True,
            eval_on_start=not resumed,
            seed=options.seed,
            label_names=["labels"],
            remove_unused_columns=False,
            dataloader_num_workers=0 if on_cpu else min(_WORKERS, os.cpu_count() or 1),
            dataloader_pin_memory=device.type == "cuda",
            disable_tqdm=True,
            report_to="none",
        )
    if arguments.n_gpu > 1:
        arguments._n_gpu = 1  # the one that was asked for, and not all that are there
    return arguments


class Tutor(transformers.Trainer):
    """A Trainer whose measure is `examine`: CIDEr on dev."""

    def __init__(self, *, examine: Callable[[], float], options: TuneOptions, **given: Any) -> None:
        super().__init__(**given)
        self._examine, self._options = examine, options
        self.seconds, self.learnt = 0.0, 0  # of this run: learning, and captions learnt from
        self.remove_callback(transformers.PrinterCallback)

    def is_done_at(self, checkpoint: Path) -> bool:
        """Whether there was nothing more to learn at a checkpoint; the network then has the best weights of before."""
        state = transformers.TrainerState.load_from_json(str(checkpoint / _STATE))
        if state.global_step < self.args.max_steps and not is_over(state.log_history, self._options.patience):
            return False
        self.state = state
        state.best_model_checkpoint = str(checkpoint.with_name(f"{PREFIX_CHECKPOINT_DIR}-{state.best_global_step}"))
        self._load_best_model()
        return True

    def evaluate(self, *args: Any, **given: Any) -> dict[str, float]:
        """CIDEr on dev."""
        assert self.model is not None
        self.model.eval()
        metrics = {CIDER: self._examine()}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def training_step(self, model: Part, inputs: dict[str, Tensor], num_items_in_batch: Any = None) -> Tensor:
        """One part of a step. Raises CaptionerError where the numbers go astray."""
        began, captions = time.monotonic(), len(inputs["labels"])
        loss: Tensor = super().training_step(model, inputs, num_items_in_batch)
        value = loss.item()
        if not math.isfinite(value):
            raise CaptionerError(
                f"training has gone astray: at step {self.state.global_step + 1:,} the loss is {value:g}. Nothing of "
                f"that step is kept. Try again with --fresh and --learning-rate {self._options.learning_rate / 3:.1g}"
            )
        self.seconds += time.monotonic() - began
        self.learnt += captions
        return loss

    def _save_rng_state(self, output_dir: str) -> None:
        """The last but for the file by which a checkpoint counts: all others are on the disk before it is written."""
        super()._save_rng_state(output_dir)
        for path in Path(output_dir).iterdir():
            keep(path)

    def _save_checkpoint(self, model: Part, trial: Any) -> None:
        folder = Path(self._get_output_dir(trial), f"{PREFIX_CHECKPOINT_DIR}-{self.state.global_step}")
        try:
            super()._save_checkpoint(model, trial)
            for path in (folder / _STATE, folder, folder.parent):
                keep(path)
        except (OSError, SafetensorError, RuntimeError) as error:  # torch's own for a full disk is a RuntimeError
            shutil.rmtree(folder, ignore_errors=True)
            raise unwritable(folder, error) from error


class Telling(transformers.TrainerCallback):
    """Tells how far it has come, ends it when it gets no better, and saves every few minutes."""

    def __init__(self, talk: Talk, options: TuneOptions) -> None:
        self._talk, self._options = talk, options
        self._saved_at = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """A step of the bar."""
        best = "" if state.best_metric is None else f"CIDEr {state.best_metric:.3f}"
        self._talk.progress("steps", state.global_step, state.max_steps, best)
        if time.monotonic() - self._saved_at > SAVE_EVERY_S:
            control.should_save = True

    def on_save(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """From here it is gone on."""
        self._saved_at = time.monotonic()

    def on_evaluate(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """A line for each epoch; the end where they get no better."""
        done = epochs_of(state.log_history)
        last = done[-1]
        if last.loss is None:
            self._talk.say(f"Before: CIDEr {last.cider:.3f} on dev.")
            return
        best = last.cider > max((one.cider for one in done[:-1] if one.loss is not None), default=-1.0)
        self._talk.say(
            f"Epoch {last.step // args.eval_steps} of {self._options.epochs}: loss {last.loss:.3f}, CIDEr "
            f"{last.cider:.3f} on dev{', the best so far' if best else ''}."
        )
        control.should_training_stop |= is_over(state.log_history, self._options.patience)
