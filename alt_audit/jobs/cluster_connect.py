"""A Ray cluster to work on: found, or started on this machine, and looked at before anything is run there."""

from __future__ import annotations

import importlib
import logging
import os
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING, Any

from alt_audit import __version__
from alt_audit.config import CONFIG_VARIABLE, OPENAI_VARIABLES, PREFIX
from alt_audit.jobs.cluster_node import Job, fault_here
from alt_audit.jobs.plans import planned_sites
from core.errors import ClusterError, ReportError, UsageError
from store.address import parse_url, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from alt_audit.config import Settings

LOCAL = "local"
CONNECT_S = 20.0
NODE_S = 90.0  # for the first process of a node, and what it imports
_ADDRESS = re.compile(r"(auto|local|[\w.-]+:\d{1,5}|\[[0-9a-fA-F:.]+\]:\d{1,5})\Z")
_PROBE = "import ray, sys; ray.init(address=sys.argv[1], log_to_driver=False, logging_level='ERROR')"
# Nothing is sent home, and Ray's messages of tasks that it tries again stay in its logs: they would go to stdout.
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_SCHEDULER_EVENTS": "0", "RAY_DEDUP_LOGS_SKIP_REGEX": "."}


def check_address(address: str, settings: Settings) -> None:
    """Raise UsageError for what is no address of a cluster, or a database that its nodes cannot share."""
    if address.startswith("ray://"):
        raise UsageError(
            f"--ray {address}: give HOST:PORT as ray start --head shows it, and run this on a machine of the cluster"
        )
    if not _ADDRESS.match(address):
        raise UsageError(f"--ray {address}: write local, auto (the cluster of this machine) or HOST:PORT")
    if address != LOCAL and (url := parse_url(settings.database)).get_backend_name() == "sqlite":
        raise UsageError(
            f"{shown(url)} is a file of one machine, which the nodes of a cluster do not share: name a Postgres "
            "database (--database postgresql://USER@HOST/NAME), or stay on this machine with --ray local"
        )


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """The module `ray`, connected to a cluster. Raises UsageError without Ray, ClusterError where there is none."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        ray = importlib.import_module("ray")
    except ImportError:
        raise UsageError("--ray needs Ray: pip install 'alt-audit[cluster]'") from None
    logging.getLogger("ray").setLevel(logging.ERROR)
    options: dict[str, Any] = {"include_dashboard": False} if address == LOCAL else {}
    if address != LOCAL:
        _probe(address)
    try:
        ray.init(address, log_to_driver=False, configure_logging=False, **options)
    except (OSError, RuntimeError, ValueError) as error:
        raise ClusterError(f"Ray cannot be used at {address}: {first_line(error)}") from None
    try:
        yield ray
    finally:
        ray.shutdown()


def _probe(address: str) -> None:
    """Connect in a process apart: one that finds nobody waits for two minutes, and ends itself."""
    nobody = ClusterError(
        f"no Ray cluster answers at {address}. Look at 'ray status' there, and at the port, or use --ray local"
    )
    host, colon, port = address.rpartition(":")
    try:
        if colon:
            socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_S).close()
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", _PROBE, address], capture_output=True, timeout=CONNECT_S, check=False
        )
    except (OSError, OverflowError, subprocess.TimeoutExpired):
        raise nobody from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["it ended without a word"]
        raise ClusterError(f"Ray cannot be used at {address}: {lines[-1]}")


def first_line(error: BaseException) -> str:
    """What an error of Ray says, without the pages that follow."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


@contextmanager
def job_of(settings: Settings, config: Path | None) -> Iterator[Job]:
    """What the nodes are told. Raises ReportError where no report could be written."""
    out = settings.out.absolute()
    named = {name for one in planned_sites(settings) if one.plan is not None for name in one.plan.secrets.values()}
    own = {name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() != CONFIG_VARIABLE}
    variables = {name: os.environ[name] for name in named | own | set(OPENAI_VARIABLES) if name in os.environ}
    variables |= {"ALT_AUDIT_DATABASE": settings.database, "ALT_AUDIT_OUT": str(out)}
    text = config.read_text("utf-8") if config is not None else None
    try:
        out.mkdir(parents=True, exist_ok=True)
        handle, name = mkstemp(prefix=".alt-audit-", dir=out)
    except OSError as error:
        raise ReportError(f"cannot write {out}: {error.strerror}. Allow it, or choose another out.") from None
    os.close(handle)
    try:
        yield Job(__version__, Path.cwd(), Path(name), variables, text)
    finally:
        Path(name).unlink(missing_ok=True)


def check_nodes(ray: Any, job: Job) -> None:
    """Raise ClusterError, which names each, where nodes cannot work for a job."""

    # A function in a function goes to the node as it is; any other is looked for there, in an alt-audit of any version.
    def version_fault(version: str) -> str | None:
        try:
            import alt_audit
        except ImportError:
            return "alt-audit is not installed there, or not for the Python of its Ray"
        is_same = alt_audit.__version__ == version
        return None if is_same else f"it has alt-audit {alt_audit.__version__}, and this is {version}"

    faults = _everywhere(ray, version_fault, job.version) or _everywhere(ray, fault_here, job)
    if faults:
        raise ClusterError("not every node can be used:\n" + "\n".join(faults))


def _everywhere(ray: Any, function: Callable[..., str | None], argument: object) -> list[str]:
    """What a function says on each node that has processors for sites or workers, where it says something."""
    strategy = importlib.import_module("ray.util.scheduling_strategies").NodeAffinitySchedulingStrategy
    asked = {}
    for node in ray.nodes():
        if node["Alive"] and (node["Resources"].get("CPU") or node["Resources"].get("GPU")):
            task = ray.remote(num_cpus=0, max_retries=1)(function)
            where = strategy(node["NodeID"], soft=False)
            asked[task.options(scheduling_strategy=where).remote(argument)] = node["NodeManagerAddress"]
    answered, silent = ray.wait(list(asked), num_returns=len(asked), timeout=NODE_S) if asked else ([], [])
    faults = [f"{asked[each]}: does not answer" for each in silent]
    for each in answered:
        try:
            fault = ray.get(each)
        except ray.exceptions.RayError as error:
            fault = first_line(error)
        if fault is not None:
            faults.append(f"{asked[each]}: {fault}")
    return faults
