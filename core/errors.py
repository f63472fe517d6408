"""Errors that a user is shown, each with what to do next.

AltAuditError
├── UsageError          the command or the configuration is wrong (exit 2)
├── CrawlError          no page of the site could be read
│   └── SiteBusyError       another process is at it
├── TimeLimitError      a run took longer than its plan allows
├── StoreError          the database cannot be used as it is
│   └── NotWritableError    it may be read, and not written
├── ReportError         the report cannot be written
├── CaptionerError      a captioning model cannot be loaded
├── ClusterError        the machines that are to share the work cannot be used
├── SpeechError         a voice cannot say a text
└── DeviceError         the device of a captioning model is broken for this process (exit 4)
ImageError              one image cannot be captioned: data for a row, never a crash
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.records import Stage


class AltAuditError(Exception):
    """A failure whose message is written for the person at the terminal."""


class UsageError(AltAuditError):
    """The command line or the configuration asks for something that cannot be."""


class CrawlError(AltAuditError):
    """No page of the site could be read."""


class SiteBusyError(CrawlError):
    """Another process is at work on the site."""


class TimeLimitError(AltAuditError):
    """A run took longer than its plan allows."""


class StoreError(AltAuditError):
    """The database cannot be opened, read or written."""


class NotWritableError(StoreError):
    """The database may be read, and not written."""


class ReportError(AltAuditError):
    """A report file cannot be written."""


class CaptionerError(AltAuditError):
    """A captioning model cannot be loaded."""


class ClusterError(AltAuditError):
    """Machines that are to share the work cannot be reached, or not used as they are."""


class SpeechError(AltAuditError):
    """One text cannot be spoken by a voice; others may be."""


class DeviceError(AltAuditError):
    """The device can do nothing more in this process; a new process may go on."""


class ImageError(Exception):
    """One image failed at one stage; the worker turns it into a row and goes on.

    `code` is short and stable (`http_404`, `truncated`), `message` is for people.
    """

    def __init__(self, stage: Stage, code: str, message: str) -> None:
        super().__init__(f"{stage}/{code}: {message}")
        self.stage = stage
        self.code = code
        self.message = message
