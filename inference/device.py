"""Where a model runs and in which number format: decided once, before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from core.errors import CaptionerError

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True, slots=True)
class Placement:
    """A device that is there, and the dtype a model's weights take on it."""

    device: torch.device
    dtype: torch.dtype

    def __str__(self) -> str:
        return f"{self.device}, {str(self.dtype).removeprefix('torch.')}"


def choose_placement(device: str, dtype: str) -> Placement:
    """Resolve the options `device` ('auto', 'cpu', 'cuda', 'cuda:N', 'mps') and `dtype` ('auto' or one of `DTYPES`).

    'auto' takes the first CUDA device, else Apple's MPS, else the CPU; its dtype is bfloat16 on CUDA devices that
    compute in it, float16 on others and on MPS, float32 on the CPU. A `CaptionerError` says what is there instead
    when the device asked for is not.
    """
    chosen = _choose_device(device)
    if dtype == "auto":
        return Placement(chosen, _best_dtype(chosen))
    if dtype not in DTYPES:
        raise CaptionerError(f"There is no dtype {dtype!r}; choose one of: auto, {', '.join(DTYPES)}.")
    return Placement(chosen, DTYPES[dtype])


def batch_size_for(device: torch.device) -> int:
    """Pictures at once that keep a device busy; fewer are taken by themselves where its memory does not suffice."""
    return 64 if device.type == "cuda" else 16


def pinned_for(device: torch.device, value: torch.Tensor) -> torch.Tensor:
    """A tensor in host memory from which a CUDA device fetches it at full speed, beside other work."""
    return value.pin_memory() if device.type == "cuda" else value


def _choose_device(name: str) -> torch.device:
    available = _available_devices()
    if name == "auto":
        return torch.device(available[0])
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise CaptionerError(f"{name!r} is not a device; choose one of: {_choices(available)}.") from error
    # 'cuda' without a number is its first device; spelling it out keeps descriptions and comparisons exact.
    if device.type == "cuda" and device.index is None:
        device = torch.device("cuda", 0)
    if str(device) not in available:
        raise CaptionerError(
            f"The device {name!r} is not on this machine, or this build of torch {torch.__version__} cannot use it; "
            f"choose one of: {_choices(available)}."
        )
    return device


def _available_devices() -> list[str]:
    """Names of the devices that are there, best first."""
    names = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        names.append("mps")
    return [*names, "cpu"]


def _choices(available: list[str]) -> str:
    return ", ".join(["auto", *available])


def _best_dtype(device: torch.device) -> torch.dtype:
    if device.type == "cuda":
        # Older cards emulate bfloat16, slower than float32; is_bf16_supported asks about the current device only.
        with torch.cuda.device(device):
            native = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if native else torch.float16
    return torch.float16 if device.type == "mps" else torch.float32
