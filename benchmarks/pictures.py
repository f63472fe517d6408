"""Pictures of 1 to 2 megapixels, and a server for them."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from captioning.bench import sample_picture

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES_PX = [(1280, 800), (1200, 1000), (1600, 1000), (1500, 1300)]  # 1.0 to 2.0 megapixels
BASES = 16  # pictures that are really different; the others differ in a comment inside the file


def write_pictures(folder: Path, number: int) -> list[str]:
    """Distinct files; all but BASES of them differ in a comment only, which costs a decoder nothing."""
    bases = [sample_picture(seed, SIZES_PX[seed % len(SIZES_PX)]) for seed in range(min(BASES, number))]
    names = [f"{index}.jpg" for index in range(number)]
    for index, name in enumerate(names):
        base, note = bases[index % len(bases)], f"picture {index}".encode()
        comment = b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note
        (folder / name).write_bytes(base[:2] + comment + base[2:])
    return names


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder over HTTP on a free port of loopback, by a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    with tempfile.TemporaryDirectory() as state:
        if nginx is not None:
            Path(state).chmod(0o755)
            config = Path(state, "nginx.conf")
            config.write_text(
                f"daemon off; worker_processes 2; pid {state}/pid; error_log {state}/error.log;\n"
                f"{'user root;' if os.getuid() == 0 else ''} events {{ worker_connections 1024; }}\n"
                f"http {{ access_log off; server {{ listen 127.0.0.1:{port}; root {folder}; "
                "types { image/jpeg jpg; } } }\n"
            )
            command = [nginx, "-c", str(config), "-p", state]
        else:
            print("nginx is not installed: Python's own server takes its place")
            command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "-d", str(folder)]
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            for _ in range(100):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()
