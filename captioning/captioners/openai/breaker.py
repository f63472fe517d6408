"""Whether a picture or its server is to blame for a question without an answer, for all questions of a batch together.

While nothing is answered, one question at a time is asked again: first the same, then one about a plain picture that
the server has described before. Where that fails, too, the server is out of order, and nobody else asks. The same is
believed where several pictures in a row end so, whatever becomes of the plain one.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from captioning.captioners.openai.asking import NoAnswerError
from inference.protocol import OutageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from captioning.captioners.openai.chat_completions import Completion

BACKOFF_S = (1.0, 4.0, 15.0)
MAX_WAIT_S = 60.0  # between two tries, whatever Retry-After asks for
MANY_IN_A_ROW = 5


class Breaker:
    """What is known of a server's health. For one event loop at a time: `begin` says that a new one has begun."""

    def __init__(self, url: str, *, retries: int, patience_s: float) -> None:
        self._url = url
        self._retries = retries
        self._patience_s = patience_s
        self._answered = 0
        self._unanswered = 0  # questions since the last answer
        self._in_a_row = 0  # pictures that had no answer although the same may pass, since the last answer
        self._outage: OutageError | None = None
        self._turn = asyncio.Lock()
        self.in_doubt = False  # it was out of order when it was last asked

    def begin(self) -> None:
        """Forget what belongs to the last batch."""
        self._outage = None
        self._turn = asyncio.Lock()

    async def answered(
        self, ask: Callable[[], Awaitable[Completion]], ask_plain: Callable[[], Awaitable[Completion]]
    ) -> Completion:
        """An answer, asked for again where that may help.

        Raises ImageError where this picture gets none, OutageError where none would, and other CaptionerErrors as they
        come.
        """
        tries = 0
        while True:
            before = self._answered
            try:
                return await self._asked(ask)
            except NoAnswerError as trouble:
                last = trouble
            async with self._turn:
                self._unanswered += 1
                # One picture that the server does not take is no reason to doubt it; what may pass is.
                if (self._answered == before) if last.passes else (self._unanswered > 1):
                    if last.passes and tries == 0 and self._retries and not self._is_long(last) and not self.in_doubt:
                        await asyncio.sleep(self._wait_s(last, tries))
                        tries += 1
                        try:
                            return await self._asked(ask)
                        except NoAnswerError as trouble:
                            last = trouble
                    await self._check(ask_plain, last)
            if not last.passes:
                self._in_a_row = 0
                raise last.failure
            if tries >= self._retries or self._in_a_row >= MANY_IN_A_ROW:
                self._in_a_row += 1
                if self._in_a_row >= MANY_IN_A_ROW:
                    raise self._break(last)
                raise last.failure
            await asyncio.sleep(self._wait_s(last, tries))
            tries += 1

    async def _asked(self, ask: Callable[[], Awaitable[Completion]]) -> Completion:
        if self._outage is not None:
            raise self._outage
        completion = await ask()
        self._has_answered()
        self._in_a_row = 0
        return completion

    async def _check(self, ask_plain: Callable[[], Awaitable[Completion]], trouble: NoAnswerError) -> None:
        if self._outage is not None:
            raise self._outage
        if self._is_long(trouble):
            raise self._break(trouble)
        try:
            await ask_plain()
        except NoAnswerError as plain:
            raise self._break(plain if plain.passes and not trouble.passes else trouble) from plain
        self._has_answered()

    def _has_answered(self) -> None:
        self._answered += 1
        self._unanswered = 0
        self.in_doubt = False

    def _break(self, trouble: NoAnswerError) -> OutageError:
        self.in_doubt = True
        words = trouble.failure.message.rstrip(".")
        told = words if self._url in words else f"{self._url}: {words}"
        patience_s = 0.0 if self._is_long(trouble) else self._patience_s
        self._outage = OutageError(
            f"{told}. It is out of order as a whole, so no picture fails for it.",
            patience_s=patience_s,
            wait_s=trouble.wait_s,
        )
        return self._outage

    def _is_long(self, trouble: NoAnswerError) -> bool:
        """Whether it will not pass while anybody waits."""
        return trouble.lasts or (trouble.wait_s or 0.0) > max(self._patience_s, MAX_WAIT_S)

    def _wait_s(self, trouble: NoAnswerError, tries: int) -> float:
        asked = trouble.wait_s if trouble.wait_s is not None else BACKOFF_S[min(tries, len(BACKOFF_S) - 1)]
        return min(asked, MAX_WAIT_S)
