"""Where a model runs and in which number format: decided once, before anything is loaded."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch

from core.errors import CaptionerError

# What a model computes with between its layers; int8 is for the weights of its linear layers alone.
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16, "int8": torch.float32}


@dataclass(frozen=True, slots=True)
class Placement:
    """A device that is there, and the dtype a model's weights take on it."""

    device: torch.device
    dtype: torch.dtype
    reason: str = ""  # what 'auto' went by, for people
    int8: bool = False  # linear layers multiply in 8-bit integers

    def __str__(self) -> str:
        return f"{self.device}, {'int8' if self.int8 else str(self.dtype).removeprefix('torch.')}"


def choose_placement(device: str, dtype: str) -> Placement:
    """Resolve the options `device` ('auto', 'cpu', 'cuda', 'cuda:N', 'mps') and `dtype` ('auto' or one of `DTYPES`).

    'auto' takes the first CUDA device, else Apple's MPS, else the CPU; its dtype is bfloat16 on CUDA devices and on
    processors that compute in it, float16 on other CUDA devices and on MPS, float32 on other processors. A
    `CaptionerError` says what is there instead when the device asked for is not, or does not compute in int8.
    """
    chosen = _choose_device(device)
    reasons = [_why_device(chosen)] if device == "auto" else []
    if dtype == "auto":
        best, why = _best_dtype(chosen)
        return Placement(chosen, best, "; ".join([*reasons, why]))
    if dtype not in DTYPES:
        raise CaptionerError(f"There is no dtype {dtype!r}; choose one of: auto, {', '.join(DTYPES)}.")
    int8 = dtype == "int8"
    if int8 and (chosen.type != "cpu" or torch.backends.quantized.engine == "none"):
        raise CaptionerError(f"caption.dtype int8 is for CPUs, and this is {chosen}: choose auto.")
    return Placement(chosen, DTYPES[dtype], "; ".join(reasons), int8)


@lru_cache(maxsize=1)
def processor_bfloat16(cpuinfo: str = "/proc/cpuinfo") -> str:
    """The instructions with which this machine's processor multiplies in bfloat16; '' where it has none, or unknown.

    Without them torch computes in it as well, some times slower than in float32.
    """
    if sys.platform != "linux":
        return ""
    for line in Path(cpuinfo).read_text("utf-8", "replace").splitlines():
        name, _, flags = line.partition(":")
        if name.strip() in {"flags", "Features"}:  # of x86 and of ARM; all cores have the same
            return next((flag for flag in ("amx_bf16", "avx512_bf16", "bf16") if flag in flags.split()), "")
    return ""


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


def _why_device(device: torch.device) -> str:
    if device.type == "cuda":
        return f"{device} is the first CUDA device"
    return "no CUDA device" if device.type == "mps" else "neither a CUDA device nor MPS"


def _best_dtype(device: torch.device) -> tuple[torch.dtype, str]:
    """The number format that a device computes quickest in without loss that is seen, and why it is that."""
    if device.type == "cuda":
        # Older cards emulate bfloat16, slower than float32; is_bf16_supported asks about the current device only.
        with torch.cuda.device(device):
            native = torch.cuda.is_bf16_supported(including_emulation=False)
        return (torch.bfloat16, "it computes in bfloat16") if native else (torch.float16, "it emulates bfloat16")
    if device.type == "mps":
        return torch.float16, "float16 is what MPS is quickest in"
    if flag := processor_bfloat16():
        return torch.bfloat16, f"the processor multiplies in bfloat16 ({flag})"
    return torch.float32, "the processor has no instructions for bfloat16 (amx_bf16, avx512_bf16, bf16)"
