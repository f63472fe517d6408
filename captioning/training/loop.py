"""Step after step: what is learnt, how good it is by now, and when to stop."""

from __future__ import annotations

import copy
import math
import time
from typing import TYPE_CHECKING, Any

import torch

from captioning.training.checkpoint import Epoch, Standing, load, save
from captioning.training.phases import phases_of
from captioning.training.train_options import IMAGENET
from core.errors import CaptionerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

    from captioning.training.batches import Batches
    from captioning.training.network import Network
    from captioning.training.objective import Objective
    from captioning.training.phases import Phase

SAVE_EVERY_S = 300.0
_SMALLEST = 0.02  # of the learning rate, at the end of a phase
_LONGEST_GRADIENT = 1.0


class Training:
    """A network under way, with the mean of its weights over the last steps: that is what is examined and kept."""

    def __init__(
        self,
        network: Network,
        batches: Batches,
        examine: Callable[[Network], float],
        objective: Objective,
        checkpoint: Path,
    ) -> None:
        """Where `checkpoint` holds one, it is gone on from. `examine` gives the CIDEr of a network on dev."""
        options, device = objective.options, objective.device
        self._options, self._objective = options, objective
        self._batches, self._examine, self._checkpoint = batches, examine, checkpoint
        self._phases = phases_of(options)
        self._network = network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._average: Network = copy.deepcopy(self._network).eval().requires_grad_(False)
        self.epoch_steps = max(batches.per_epoch, options.epoch_steps)
        self._seconds, self._pictures = 0.0, 0  # of the steps of this run
        self.standing = Standing()
        found = load(checkpoint, device)
        if found is not None:
            self.standing, weights = found
            self._network.load_state_dict(weights["network"])
            self._average.load_state_dict(weights["average"])
        self._optimizer = self._optimizer_for(self.standing.phase)
        if found is not None:
            self._optimizer.load_state_dict(weights["optimizer"])

    @property
    def steps(self) -> int:
        """In all, where no phase ends early."""
        return sum(phase.epochs for phase in self._phases) * self.epoch_steps

    @property
    def pictures_per_s(self) -> float | None:
        """Pictures learnt from, each with its captions; None before the first step of this run."""
        return self._pictures / self._seconds if self._pictures else None

    def run(self, report: Callable[[str], None], progress: Callable[[int, int, str], None]) -> Network:
        """Learn to the end; the network that did best on dev. Raises CaptionerError where numbers go astray."""
        if not self.standing.epochs and self._options.start != IMAGENET:
            self._close_epoch(None)
            report(f"Before: CIDEr {self.standing.best_cider():.3f} on dev.")
        while self.standing.phase < len(self._phases):
            self._run_phase(report, progress)
            self.standing.phase += 1
            self.standing.step = 0
            if self.standing.phase < len(self._phases):
                self._start_from_best()
                self._optimizer = self._optimizer_for(self.standing.phase)
                self.save()
        assert self.standing.best is not None
        self._average.load_state_dict(self.standing.best)
        return self._average

    def _run_phase(self, report: Callable[[str], None], progress: Callable[[int, int, str], None]) -> None:
        phase, standing = self._phases[self.standing.phase], self.standing
        before = sum(one.epochs for one in self._phases[: standing.phase]) * self.epoch_steps
        total, saved_at = phase.epochs * self.epoch_steps, time.monotonic()
        while standing.step < total and standing.epochs_without_better() < self._options.patience:
            started = time.monotonic()
            standing.told += self._step(phase, total)
            self._seconds += time.monotonic() - started
            self._pictures += self._batches.size
            if standing.step % self.epoch_steps == 0:
                told = standing.told / self.epoch_steps
                best = self._close_epoch(told)
                self.save()
                report(
                    f"Epoch {standing.step // self.epoch_steps} of {phase.epochs} ({phase.title}): "
                    f"{phase.measure} {told:.3f}, "
                    f"CIDEr {standing.epochs[-1].cider:.3f} on dev{', the best so far' if best else ''}."
                )
                saved_at = time.monotonic()
            elif time.monotonic() - saved_at > SAVE_EVERY_S:
                self.save()
                saved_at = time.monotonic()
            best_cider = standing.best_cider()
            progress(before + standing.step, self.steps, f"CIDEr {best_cider:.3f}" if best_cider >= 0 else "")

    def _step(self, phase: Phase, total: int) -> float:
        """One batch is learnt from; its loss, or its reward."""
        standing, options = self.standing, self._options
        torch.manual_seed(options.seed * 1_000_003 + standing.taught)  # of dropout, and of captions that are made up
        self._network.train()
        share = _rate_share(standing.step, total, min(options.warm_up_steps, total // 8))
        for group in self._optimizer.param_groups:
            group["lr"] = group["full_rate"] * share
        loss, told = self._objective.of(self._network, self._batches[standing.taught], rewarded=phase.rewarded)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        trained = [parameter for group in self._optimizer.param_groups for parameter in group["params"]]
        length = torch.nn.utils.clip_grad_norm_(trained, _LONGEST_GRADIENT)
        value = loss.item()
        if not (math.isfinite(value) and math.isfinite(float(length))):
            raise CaptionerError(
                f"training has gone astray: at step {standing.taught + 1:,} the loss is {value:g} and its gradient "
                f"{float(length):g}. Nothing of that step is kept. Try again with --fresh and --learning-rate "
                f"{phase.rate / 3:.1g}"
            )
        self._optimizer.step()
        standing.step += 1
        standing.taught += 1
        with torch.no_grad():
            weight = 1 - min(options.average, (10 + standing.step) / (20 + standing.step))
            torch._foreach_lerp_(list(self._average.parameters()), list(self._network.parameters()), weight)
        return told

    def _close_epoch(self, told: float | None) -> bool:
        """Examine what was learnt; whether it is the best so far."""
        standing = self.standing
        cider, before = self._examine(self._average), standing.best_cider()
        standing.epochs.append(Epoch(standing.phase, standing.step, told, cider))
        standing.told = 0.0
        if cider >= before:  # of epochs that say the same the last has learnt most
            standing.best = {name: tensor.detach().clone() for name, tensor in self._average.state_dict().items()}
        return cider >= before

    def _start_from_best(self) -> None:
        if self.standing.best is not None:
            self._network.load_state_dict(self.standing.best)
            self._average.load_state_dict(self.standing.best)

    def _optimizer_for(self, number: int) -> torch.optim.AdamW:
        """For the weights that a phase trains; matrices of the decoder decay."""
        phase = self._phases[min(number, len(self._phases) - 1)]
        tuned = phase.encoder_rate is not None
        for parameter in self._network.encoder.parameters():
            parameter.requires_grad_(False)
        for parameter in self._network.upper_parameters():
            parameter.requires_grad_(tuned)
        decoder = list(self._network.decoder.requires_grad_(True).parameters())
        groups: list[dict[str, Any]] = [
            {
                "params": [parameter for parameter in decoder if parameter.ndim > 1],
                "weight_decay": self._options.weight_decay,
                "full_rate": phase.rate,
            },
            {"params": [one for one in decoder if one.ndim <= 1], "weight_decay": 0.0, "full_rate": phase.rate},
        ]
        if tuned:
            upper = self._network.upper_parameters()
            groups.append({"params": upper, "weight_decay": 0.0, "full_rate": phase.encoder_rate})
        return torch.optim.AdamW(groups, lr=phase.rate, betas=(0.9, 0.98), fused=True)

    def save(self) -> None:
        """Keep where the training stands. Raises CaptionerError."""
        weights: dict[str, dict[str, Tensor] | dict[str, Any]] = {
            "network": self._network.state_dict(),
            "average": self._average.state_dict(),
            "optimizer": self._optimizer.state_dict(),
        }
        save(self._checkpoint, self.standing, weights)


def _rate_share(step: int, total: int, warm_up: int) -> float:
    """The share of the full learning rate at a step: it rises at first, then falls as a cosine does."""
    falling = 0.5 * (1 + math.cos(math.pi * step / total))
    return min(1.0, (step + 1) / max(warm_up, 1)) * (_SMALLEST + (1 - _SMALLEST) * falling)
