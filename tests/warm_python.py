"""Python processes that start warm: forked from one that has imported the heavy libraries already.

A crawl imports Scrapy, a captioning worker torch: one to three seconds of a core each, hundreds of times in the suite.
Here a server does it once for each set of modules; every process is forked from it with an environment, a working
folder and standard streams of its own, and then does what `python -m MODULE` or `python FILE` would. The first process
that it has multiprocessing spawn is warm as well: it is forked beforehand, and waits. What a test measures of a process
as a whole (its memory, how it starts) needs a real one: `subprocess`.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import importlib
import json
import multiprocessing.util
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# None of them reads the environment when it is imported, starts a thread or makes an event loop.
CRAWL = tuple(
    "alembic.command aiohttp psycopg scrapy.crawler scrapy.core.downloader.contextfactory "
    "scrapy.core.downloader.handlers.http11 scrapy.core.engine scrapy.core.scheduler scrapy.core.scraper "
    "scrapy.downloadermiddlewares.cookies scrapy.downloadermiddlewares.httpcompression "
    "scrapy.downloadermiddlewares.httpproxy scrapy.extensions.corestats scrapy.extensions.feedexport "
    "scrapy.extensions.logstats scrapy.extensions.memdebug scrapy.extensions.memusage "
    "scrapy.extensions.remote_control scrapy.extensions.spiderstate scrapy.extensions.telnet scrapy.resolver "
    "scrapy.spiderloader sqlalchemy.dialects.postgresql sqlalchemy.dialects.sqlite tldextract "
    "twisted.internet.asyncioreactor crawler.downloader crawler.reader crawler.revalidate crawler.run store.rekey "
    "store.schema alt_audit.check.page alt_audit.cli pydantic_settings typer yaml".split()
)
COMMAND = (
    *CRAWL,
    *"PIL.Image captioning.captioners.builtin.captioner captioning.worker.worker pillow_heif reports.write resvg_py "
    "rich.progress torch".split(),
)
_FORBIDDEN = (
    "twisted.internet.reactor",
    "huggingface_hub",
    "transformers",
)  # they would share or freeze what they read


class WarmProcess(subprocess.Popen[Any]):
    """A Popen whose process is forked from a warm server.

    Its command is `[sys.executable, "-m", MODULE, ...]`, `[sys.executable, "-c", CODE, ...]` or `[sys.executable, FILE,
    ...]`.
    """

    def __init__(self, command: list[str], *, modules: tuple[str, ...] = COMMAND, **options: Any) -> None:
        self._modules = modules
        super().__init__(command, **options)

    def _execute_child(  # type: ignore[override]
        self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, startupinfo, creationflags, shell,
        p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, restore_signals, gid, gids, uid, umask,
        start_new_session, *more,
    ) -> None:  # fmt: skip
        order = {"args": args[1:], "cwd": str(cwd or Path.cwd()), "env": env or dict(os.environ)}
        streams = [own if own != -1 else ours for own, ours in ((p2cread, 0), (c2pwrite, 1), (errwrite, 2))]
        self._server = socket.socket(socket.AF_UNIX)
        self._server.connect(warm_server(self._modules))
        message = json.dumps(order | {"new_session": start_new_session}).encode()
        socket.send_fds(self._server, [len(message).to_bytes(4, "big")], streams)
        self._server.sendall(message)
        self.pid = int.from_bytes(_exactly(self._server, 4), "big")
        self._child_created = True
        self._close_pipe_fds(p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite)

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        if wait_flags & os.WNOHANG and not select.select([self._server], [], [], 0)[0]:
            return 0, 0
        status = int.from_bytes(_exactly(self._server, 4), "big")
        self._server.close()
        return self.pid, status

    def _internal_poll(self, *_: Any, **__: Any) -> int | None:
        if self.returncode is None:
            pid, status = self._try_wait(os.WNOHANG)
            if pid:
                self._handle_exitstatus(status)
        return self.returncode


def run_warm(command: list[str], *, timeout: float = 240, stdin: bytes | None = None, **options: Any):
    """What subprocess.run does with its output captured."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    streams["stdin"] = subprocess.DEVNULL if stdin is None else subprocess.PIPE
    with WarmProcess(command, **streams, **options) as process:
        try:
            out, err = process.communicate(stdin, timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


@cache
def warm_server(modules: tuple[str, ...]) -> str:
    """Where the server with these modules listens. It ends with this process."""
    folder = tempfile.mkdtemp(prefix="warm-")
    address = f"{folder}/socket"
    server = subprocess.Popen(
        [sys.executable, "-P", __file__, address, *modules],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )

    def end() -> None:
        server.stdin.close()
        server.wait()
        Path(address).unlink(missing_ok=True)
        Path(folder).rmdir()

    atexit.register(end)
    assert server.stdout.readline() == b"ready\n", f"the warm server of {modules} did not start"
    return address


def _exactly(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        piece = connection.recv(size - len(received))
        assert piece, "the warm server is gone"
        received += piece
    return received


# In the server


def _serve(address: str, modules: list[str]) -> None:
    gc.disable()  # imports leave next to nothing to collect
    for name in modules:
        importlib.import_module(name)
    importlib.import_module("crawler.urls.scope").domain_of("http://a.example/")  # reads the Public Suffix List, once
    loaded = [name for name in _FORBIDDEN if name in sys.modules]
    assert not loaded, f"{loaded} must not be loaded before a process forks"
    gc.enable()
    gc.freeze()  # a collection would copy the pages of all that was imported into each process
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    os.dup2(2, 1)
    while True:
        readable, _, _ = select.select([listener, 0], [], [])
        if listener not in readable:
            return  # the tests have ended
        connection, _ = listener.accept()
        with connection:
            if os.fork() == 0:
                listener.close()
                _watch(connection)


def _watch(connection: socket.socket) -> None:
    """Between the server and the process: tells the test when it has started and how it has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, streams, _, _ = socket.recv_fds(connection, 4, 3)
    order = json.loads(_exactly(connection, int.from_bytes(size, "big")))
    pid = os.fork()
    if pid == 0:
        connection.close()
        _run(order, streams)
    for stream in streams:
        os.close(stream)
    with contextlib.suppress(OSError):
        connection.sendall(pid.to_bytes(4, "big"))
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(OSError):  # the test did not wait
        connection.sendall(status.to_bytes(4, "big"))
    os._exit(0)


def _run(order: dict[str, Any], streams: list[int]) -> None:
    """Be what a new Python with these arguments would be, and end as it would."""
    code = 1
    try:
        if order["new_session"]:
            os.setsid()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        for stream in {*streams} - {0, 1, 2}:
            os.close(stream)
        os.environ.clear()
        os.environ.update(order["env"])
        os.chdir(order["cwd"])
        sys.stdin, sys.stdout, sys.stderr = (
            os.fdopen(number, mode, encoding="utf-8", errors=errors, buffering=buffering, closefd=False)
            for number, mode, errors, buffering in (
                (0, "r", "strict", -1),
                (1, "w", "strict", -1),
                (2, "w", "backslashreplace", 1),
            )
        )
        sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
        signal.signal(signal.SIGINT, signal.default_int_handler)
        args = _keep_spare() or order["args"]
        code = _main(args)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        if code == -signal.SIGINT:  # as Python ends where nothing caught the KeyboardInterrupt
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        os._exit(code)


def _keep_spare() -> list[str] | None:
    """Fork a process for the first that multiprocessing spawns here. In that one: its arguments, once it is wanted."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    spare = os.fork()
    if not spare:
        ours.close()
        for number in signals:  # it is not there yet, for whoever signals the group
            signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    if not spare:
        return _wait_for_use(theirs)
    theirs.close()
    cold = multiprocessing.util.spawnv_passfds

    def spawnv_passfds(path: bytes, args: list[str], passfds: list[int]) -> int:
        if not args[-2].startswith("from multiprocessing.spawn "):  # the resource tracker, which imports nothing
            return cold(path, args, passfds)
        multiprocessing.util.spawnv_passfds = cold
        ignored = [number for number in signals if signal.getsignal(number) == signal.SIG_IGN]
        own = args[args.index("-c") :]
        message = json.dumps({"args": own, "files": list(passfds), "ignored": ignored, "env": dict(os.environ)})
        with ours:
            socket.send_fds(ours, [message.encode()], passfds)
        return spare

    multiprocessing.util.spawnv_passfds = spawnv_passfds
    return None


def _wait_for_use(connection: socket.socket) -> list[str]:
    """In the spare process: become what is spawned, or end with the process that might have spawned it."""
    with connection:
        message, received, _, _ = socket.recv_fds(connection, 2**20, 8)
    if not message:
        os._exit(0)
    order = json.loads(message)
    above = max(order["files"]) + 1
    copies = [fcntl.fcntl(file, fcntl.F_DUPFD, above) for file in received]
    for file in received:
        os.close(file)
    for file, number in zip(copies, order["files"], strict=True):
        os.dup2(file, number)
        os.close(file)
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
        if number not in order["ignored"]:
            signal.signal(number, handler)
    os.environ.clear()
    os.environ.update(order["env"])
    return order["args"]


def _main(args: list[str]) -> int:
    try:
        if args[0] == "-c":
            sys.argv = ["-c", *args[2:]]
            sys.path.insert(0, "")
            exec(compile(args[1], "<string>", "exec"), {"__name__": "__main__"})
        elif args[0] == "-m":
            sys.argv = args[1:]
            sys.path.insert(0, str(Path.cwd()))
            runpy.run_module(args[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = args
            sys.path.insert(0, str(Path(args[0]).parent))
            runpy.run_path(args[0], run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 0xFF
        sys.stderr.write(f"{end.code}\n")
        return 1
    except KeyboardInterrupt:
        traceback.print_exc()
        return -signal.SIGINT
    return 0


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2:])
