"""Addresses of destinations: secrets are in variables of the environment, and nowhere else."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_MARK = "\ue000"  # where a variable stands; no address has it
# Whose addresses need no secret; those of all other services are one, or hold one.
_OPEN = frozenset({"form", "forms", "json", "jsons", "mailto", "mailtos", "syslog", "xml", "xmls"})
_SECRET_NAME = re.compile(r"auth|cookie|key|pass|pwd|secret|sig|token", re.I)


def check_address(name: str, address: str) -> None:
    """Raise ValueError, without a word of the address, where a secret stands in it, or where it is none."""
    bare = _VARIABLE.sub(_MARK, address)
    if "$" in bare:
        raise ValueError(f"{name}: write a variable as ${{NAME}}, and any other $ as %24")
    if bare == _MARK:
        return
    scheme, found, rest = bare.partition("://")
    if not found or not re.fullmatch(r"[a-z][a-z0-9]*", scheme, re.I) or (not rest.isprintable() and _MARK not in rest):
        raise ValueError(f"{name}: is no address of Apprise, such as mailtos://mail.example.org?to=ann@example.org")
    before, _, query = rest.partition("?")
    login, at, _ = before.partition("/")[0].rpartition("@")
    password = login.partition(":")[2] if at else ""
    parameters = parse_qsl(query, keep_blank_values=True)
    open_ones = [password] if password else []
    open_ones += [value for key, value in parameters if _SECRET_NAME.search(key)]
    if any(value and value.strip(_MARK) for value in open_ones) or (":" in before and not at and _odd_port(before)):
        raise ValueError(
            f"{name}: a password or token stands in the address. Put it into an environment variable, and write "
            "${NAME} in its place"
        )
    if scheme.lower() not in _OPEN and _MARK not in rest:
        raise ValueError(
            f"{name}: the address of such a service is a secret. Put what is secret of it into an environment "
            f"variable, and write ${{NAME}} in its place, as {scheme}://${{NAME}}, or ${{NAME}} for all of it"
        )


def _odd_port(before: str) -> bool:
    """Whether a host is followed by what is no port: the beginning of a password with a slash in it."""
    host = before.partition("/")[0]
    port = host.rpartition(":")[2]
    return ":" in host and not host.endswith("]") and not port.isdecimal() and port != _MARK


def filled_in(name: str, address: str, variables: Mapping[str, str] = os.environ) -> str:
    """The address with its secrets. Raises UsageError, without them, for a variable that is not set."""

    def value(match: re.Match[str]) -> str:
        held = variables.get(match[1], "").strip()
        if not held:
            raise UsageError(f"{name}: the variable {match[1]}, which its address names, is not set")
        return held if match[0] == address else quote(held, safe="")

    return _VARIABLE.sub(value, address)
