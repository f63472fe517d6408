"""A message to one destination, by Apprise; within bounds, and without a word of the address to anybody."""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from alt_audit.notifying.addresses import filled_in
from core.errors import UsageError
from inference.daemon_thread import DaemonThread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alt_audit.notifying.message import Message

LIMIT_S = 30.0  # for one message, whatever the service does
SOCKET_S = 10.0  # to connect, and between two pieces of an answer
# What tell addresses in their logs: the path of a webhook is its secret.
_TALKERS = ("apprise", "urllib3", "requests")
_STATUS = re.compile(r"(?:error|status|code)\D{0,10}([1-5]\d\d)\b", re.I)


def deliver(name: str, address: str, message: Message, limit_s: float = LIMIT_S) -> str | None:
    """Send a message; returns why it was not taken, None where it was. No secret is in the reason.

    Raises UsageError without the extra that sends, or where a variable that the address names is not set.
    """
    _apprise()
    url = filled_in(name, address)
    thread = DaemonThread(f"notify-{name}")  # its own: one that hangs is left behind
    sent = thread.submit(_send, url, message, limit_s)
    thread.close()
    try:
        return sent.result(limit_s)
    except TimeoutError:
        return f"no answer within {limit_s:g} s"
    except Exception as error:  # of one of a hundred services, whose words may hold the address
        return f"broke down ({type(error).__name__})"


def _apprise() -> Any:
    try:
        import apprise
    except ImportError:
        raise UsageError("messages need Apprise: pip install 'alt-audit[notify]'") from None
    return apprise


def _send(url: str, message: Message, limit_s: float) -> str | None:
    apprise = _apprise()
    asset = apprise.AppriseAsset(
        app_id="alt-audit",
        app_desc="alt-audit",
        app_url="",
        image_url_mask="",  # no picture of somebody else's server
        image_url_logo="",
        storage_mode="memory",  # services keep their tokens on the disk otherwise
        async_mode=False,
        service_timeout=limit_s,
    )
    with _overheard() as said:
        service = apprise.Apprise.instantiate(url, asset=asset)
        if service is None:
            return "Apprise knows no such service, or its address lacks something: see https://appriseit.com/services/"
        service.socket_connect_timeout = min(service.socket_connect_timeout, SOCKET_S)
        service.socket_read_timeout = min(service.socket_read_timeout, SOCKET_S)
        if service.overflow_mode == apprise.OverflowMode.UPSTREAM:
            service.overflow_mode = apprise.OverflowMode.TRUNCATE
        is_html = service.resolve_format() == apprise.NotifyFormat.HTML
        sender = apprise.Apprise(asset=asset)
        sender.add(service)
        if sender.notify(
            title=message.title,
            body=message.html if is_html else message.text,
            body_format=apprise.NotifyFormat.HTML if is_html else apprise.NotifyFormat.TEXT,
        ):
            return None
    codes = [match[1] for line in said for match in _STATUS.finditer(line)]
    return f"it answered with {codes[-1]}" if codes else "it could not be reached, or did not take the message"


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """What libraries log meanwhile, kept from everybody else for good: only numbers of it are told."""
    said: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    handler = Collect(logging.WARNING)
    loggers = [logging.getLogger(talker) for talker in _TALKERS]
    for logger in loggers:
        logger.propagate = False
        logger.setLevel(logging.WARNING)  # else that of the program's log, which may hide what is listened for
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())  # without any, Python shows warnings on stderr
        logger.addHandler(handler)
    try:
        yield said
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
