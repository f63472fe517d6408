"""A resolver for host names of our own, whose answers may change from one question to the next."""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import Any


class Names:
    """Answers each question for a name with its next answer, and then with the last one for ever."""

    def __init__(self, answers: dict[str, list[list[str]]]) -> None:
        self._answers = {name: list(each) for name, each in answers.items()}
        self._getaddrinfo = socket.getaddrinfo
        self._gethostbyname = socket.gethostbyname
        self.asked: list[str] = []

    def _next(self, host: str) -> list[str]:
        self.asked.append(host)
        answers = self._answers[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def getaddrinfo(self, host: Any, port: Any, family: int = 0, *more: Any, **options: Any) -> list[Any]:
        """socket.getaddrinfo."""
        if host not in self._answers:
            return self._getaddrinfo(host, port, family, *more, **options)
        options |= {"type": socket.SOCK_STREAM}
        wanted = {socket.AF_INET: (4,), socket.AF_INET6: (6,)}.get(family, (4, 6))
        return [
            info
            for address in self._next(host)
            if ipaddress.ip_address(address).version in wanted
            for info in self._getaddrinfo(address, port, type=socket.SOCK_STREAM)
        ]

    def gethostbyname(self, host: str) -> str:
        """socket.gethostbyname."""
        return self._next(host)[0] if host in self._answers else self._gethostbyname(host)

    def install(self) -> None:
        """Put this in the place of the system's resolver, for this process."""
        socket.getaddrinfo = self.getaddrinfo
        socket.gethostbyname = self.gethostbyname
        twisted = sys.modules.get("twisted.internet._resolver")
        if twisted is not None:  # it keeps the function that it found when it was imported
            twisted.GAIResolver.__init__.__defaults__ = (None, self.getaddrinfo)
