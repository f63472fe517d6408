"""Decoding in processes apart, as the rest of the program sees it: a function."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

from PIL import Image

from captioning.decoding.picture import DecodedPicture, undecodable

if TYPE_CHECKING:
    from core.errors import ImageError

TIMEOUT_S = 10.0  # 50 megapixels take two or three
_PIPE_BYTES = 2**20  # Linux gives 64 KiB, which costs a change of process for every hundredth of a picture
SIDE_PX = 768  # what any captioner needs at most, unless it says otherwise


def decode(data: bytes, *, max_pixels: int, side_px: int = SIDE_PX, timeout_s: float = TIMEOUT_S) -> DecodedPicture:
    """Decode the bytes of one image file, whatever its name or its Content-Type said.

    The picture comes reduced to what a captioner needs: its shorter side is at least `side_px` where the file's is,
    and not much more. An animation gives its first frame, or a later one where the first is blank. A file that ends
    early gives what there is of it, with the warning `truncated`.

    Raises ImageError(decode, ...) and nothing else; docs/failures.md lists the codes. Safe to call from many threads,
    each of which then has a process of its own; they stay for the next call. Computes for `timeout_s` at most, once
    it is the picture's turn: those of many megapixels are decoded one at a time. A process takes 384 MiB at most, and
    16 bytes more for each of `max_pixels` while it is the one with the large picture.
    """
    request = {"bytes": len(data), "max_pixels": max_pixels, "side_px": side_px, "timeout_s": timeout_s}
    try:
        answer, pixels = _ask(request, data)
    except _DiedError as death:
        if death.signal != signal.SIGKILL:
            raise _failure(death, timeout_s) from None
        try:  # killed from outside, as a system does that is short of memory: perhaps not for this picture
            answer, pixels = _ask(request, data)
        except _DiedError as again:
            raise _failure(again, timeout_s) from None
    if "failure" in answer:
        raise undecodable(*answer["failure"])
    return DecodedPicture(
        image=Image.frombytes("RGB", answer["size"], pixels),
        format=answer["format"],
        width=answer["full_size"][0],
        height=answer["full_size"][1],
        sha256=hashlib.sha256(data).hexdigest(),
        warnings=tuple(answer["warnings"]),
    )


class _DiedError(Exception):
    """The decoding process ended in the midst of a picture."""

    def __init__(self, status: int) -> None:
        hint = f"exit status {status}; python -m captioning.decoding.child may say why"
        super().__init__(signal.strsignal(-status) if status < 0 else hint)
        self.signal = -status


def _failure(death: _DiedError, timeout_s: float) -> ImageError:
    if death.signal in {signal.SIGALRM, signal.SIGPROF}:
        return undecodable("timeout", f"not decoded after {timeout_s:g} s of computing")
    return undecodable("crashed", f"the decoder died of it: {death}")


class _Child:
    """One decoding process."""

    def __init__(self) -> None:
        # glibc keeps up to 64 MiB for each thread that a decoder had, numpy (for JPEG XL) some for each core: all of it
        # counts against the memory that the next pictures may have.
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "MALLOC_ARENA_MAX": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "captioning.decoding.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError, AttributeError):  # a user's pipes are limited; macOS has no such call
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def ask(self, request: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        """Its answer; raises _DiedError when there is none."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._send(json.dumps(request).encode() + b"\n", data)
            answer = self._receive()
            if answer == "large":
                with _one_large_at_a_time:
                    self._send(b"\n")
                    answer = self._receive()
                    pixels = self._pixels(answer)
            else:
                pixels = self._pixels(answer)
        except (BrokenPipeError, EOFError):
            raise _DiedError(self.close()) from None
        return answer, pixels

    def _send(self, *parts: bytes) -> None:
        assert self._process.stdin is not None
        for part in parts:
            self._process.stdin.write(part)
        self._process.stdin.flush()

    def _receive(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        return json.loads(line)

    def _pixels(self, answer: dict[str, Any]) -> bytes:
        assert self._process.stdout is not None
        width, height = answer.get("size", (0, 0))
        pixels = self._process.stdout.read(3 * width * height)
        if len(pixels) < 3 * width * height:
            raise EOFError
        return pixels

    def close(self) -> int:
        """End the process; its exit status."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.close()
        return self._process.wait()


_idle: list[_Child] = []
_one_large_at_a_time = threading.Lock()


def _ask(request: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        child = _idle.pop()
    except IndexError:
        child = _Child()
    try:
        result = child.ask(request, data)
    except _DiedError:
        raise
    except BaseException:  # the protocol is out of step
        child.close()
        raise
    _idle.append(child)
    return result


@atexit.register
def close_all() -> None:
    """End the processes that wait for pictures. The next `decode` starts new ones."""
    while _idle:
        _idle.pop().close()


os.register_at_fork(after_in_child=_idle.clear)  # a fork must not talk to the processes of its parent
