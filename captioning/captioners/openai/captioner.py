"""A captioner behind an OpenAI-compatible endpoint: pictures go out as data: URIs, captions come back."""

from __future__ import annotations

import asyncio
import io
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PIL import Image

from captioning.captioners.answers import read_answer
from captioning.captioners.huggingface.families import ALT_TEXT_PROMPT, LONG_EDGE_PX, fit_long_edge, short_hash
from captioning.captioners.openai.asking import Endpoint, NoAnswerError
from captioning.captioners.openai.breaker import BACKOFF_S, MAX_WAIT_S, Breaker
from captioning.captioners.placed import FOLLOWED_ORDER
from core.errors import CaptionerError, ImageError
from core.records import Stage
from inference.protocol import Caption, CaptionerInfo, OutageError, described

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiohttp

    from captioning.caption_options import EndpointOptions
    from captioning.captioners.openai.chat_completions import Completion
    from captioning.captioners.placed import Placed
    from core.place import Place

Question = tuple[bytes, "Place | None"]  # a picture as it is sent, and where it stands

BATCH_SIZE = 16  # requests at once
JPEG_QUALITY = 85
# A model that sees names plain colours; one that does not gives the same answer to the same question three times. It is
# asked for a sentence, since a model may know the word and yet have nothing left for the text.
_PROBE_PROMPT = "What colour is this picture? Answer with one short sentence that names it: red, green, blue or none."
_PROBE_COLOURS = {"red": (220, 20, 20), "green": (20, 140, 20), "blue": (20, 20, 220)}
_NAMED = re.compile(r"\b(?:red|green|blue)\b")
_NOT_NAMED = re.compile(
    r"\b(?:not|nor|neither|never|no|isn['’]t|rather than|instead of|unlike|without)\s+(?:\w+\s+)?(?:red|green|blue)\b"
    r"(?:\s*(?:,|or|nor|and)+\s*(?:red|green|blue)\b)*"
)


class EndpointCaptioner:
    """A model that a server runs. It has no confidence of its own to give."""

    def __init__(
        self,
        spec: str,
        options: EndpointOptions,
        *,
        prompt: str | None = None,
        placed: Placed | None = None,
        reason: str = "",
    ) -> None:
        """Try the endpoint on three plain pictures. With `placed` it is asked about pictures in their places.

        Must not be called from a running event loop, and neither must `generate`. Raises CaptionerError where the
        endpoint does not answer, refuses the key, has no such model, or answers without having seen the pictures.
        """
        self._endpoint = Endpoint(spec, options)
        self._options = options
        self._prompt = prompt or ALT_TEXT_PROMPT
        self._placed = placed
        self._model = self._endpoint.model
        self._plain, _ = self.prepare(Image.new("RGB", (224, 224), _PROBE_COLOURS["red"]))
        self._breaker = Breaker(self._endpoint.url, retries=options.retries, patience_s=options.outage_s)
        self.usage = self._endpoint.usage
        revision = asyncio.run(self._probe())
        limits = f"max_tokens={options.max_tokens} side={LONG_EDGE_PX}"
        self.info = CaptionerInfo(
            model=self._model,
            revision=revision,
            prompt_version=f"endpoint-2 prompt={short_hash(self._prompt)} {limits}",
            place_version="" if placed is None else f"endpoint-2 {placed.version} {limits}",
            description=described(
                f"{self._endpoint.name} at {self._endpoint.base_url} (answers as {revision}; pictures are sent there)",
                reason,
            ),
            side_px=LONG_EDGE_PX,
            batch_size=BATCH_SIZE,
            # Two further questions: those by which it is found who is to blame.
            waits_s=(options.retries + 3) * options.timeout_s + (options.retries + 1) * MAX_WAIT_S,
        )

    def prepare(self, image: Image.Image) -> Question:
        """The picture as it is sent: JPEG, no side longer than LONG_EDGE_PX."""
        buffer = io.BytesIO()
        fit_long_edge(image).save(buffer, "JPEG", quality=JPEG_QUALITY)
        return buffer.getvalue(), None

    def prepare_in(self, image: Image.Image, place: Place) -> Question:
        """The same, with where it stands."""
        return self.prepare(image)[0], place

    def collate(self, features: Sequence[Question]) -> Sequence[Question]:
        """Nothing to be done: each picture is a request of its own."""
        return features

    def generate(self, batch: Sequence[Question]) -> list[Caption | ImageError]:
        """Ask about all pictures of a batch at once; an answer each, in order."""
        return asyncio.run(self._caption_all(batch))

    async def _caption_all(self, batch: Sequence[Question]) -> list[Caption | ImageError]:
        self._breaker.begin()
        async with self._endpoint.sessions() as sessions:
            session = sessions.session_for(self._endpoint.url)
            # A server that was out of order gets one question first.
            ahead = 1 if self._breaker.in_doubt else len(batch)
            tasks = [asyncio.create_task(self._caption(session, *one)) for one in batch[:ahead]]
            try:
                await asyncio.gather(*tasks)
                tasks += [asyncio.create_task(self._caption(session, *one)) for one in batch[ahead:]]
                return list(await asyncio.gather(*tasks))
            except CaptionerError as error:
                # The others would only be told the same.
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                answers = [_answer_of(task) for task in tasks]
                answers += [None] * (len(batch) - len(answers))
                if isinstance(error, OutageError):
                    # Those that gave up in the same outage just before it was known as one.
                    answers = [None if _is_of(error, answer) else answer for answer in answers]
                    raise OutageError(str(error), answers, patience_s=error.patience_s, wait_s=error.wait_s) from error
                raise OutageError(str(error), answers) from error

    async def _caption(self, session: aiohttp.ClientSession, jpeg: bytes, place: Place | None) -> Caption | ImageError:
        try:
            if place is not None and self._placed is not None:
                try:
                    return await self._asked(session, self._placed.question(place), jpeg, place)
                except ImageError as error:
                    if error.code != FOLLOWED_ORDER:
                        raise
                return replace(await self._asked(session, self._prompt, jpeg), alone=True)
            return await self._asked(session, self._prompt, jpeg)
        except ImageError as error:
            return error

    async def _asked(
        self, session: aiohttp.ClientSession, prompt: str, jpeg: bytes, place: Place | None = None
    ) -> Caption:
        completion = await self._breaker.answered(
            lambda: self._ask(session, prompt, jpeg), lambda: self._ask(session, _PROBE_PROMPT, self._plain)
        )
        caption = self._read(completion, prompt)
        if self._placed is not None:
            self._placed.check(caption.text, place)
        return caption

    async def _ask(self, session: aiohttp.ClientSession, prompt: str, jpeg: bytes) -> Completion:
        """One question. Raises NoAnswerError, also where the answer broke off because of the server."""
        completion = await self._endpoint.ask(session, prompt, jpeg)
        if completion.finish_reason == "error":
            told = "the endpoint broke off with finish_reason 'error'"
            raise NoAnswerError(ImageError(Stage.GENERATE, "endpoint_error", told), passes=True)
        return completion

    def _read(self, completion: Completion, prompt: str) -> Caption:
        """The caption in an answer. Raises ImageError where there is none."""
        if completion.refused:
            raise ImageError(Stage.GENERATE, "refused", "the model declined")
        if completion.finish_reason == "content_filter":
            raise ImageError(Stage.GENERATE, "content_filter", "the endpoint's content filter kept the answer back")
        cut_off = completion.finish_reason == "length"
        text = read_answer(completion.text, prompt, cut_off=cut_off)
        if text is None and completion.thought:
            raise ImageError(Stage.GENERATE, "only_thoughts", "the model thought, and gave no answer")
        return Caption(text, None, cut_off and text is not None)

    async def _probe(self) -> str:
        """What the endpoint calls its model. Raises CaptionerError where it cannot caption pictures."""
        async with self._endpoint.sessions() as sessions:
            session = sessions.session_for(self._endpoint.url)
            answers = {}
            for colour, rgb in _PROBE_COLOURS.items():
                completion = await self._answer_at_start(session, self.prepare(Image.new("RGB", (224, 224), rgb))[0])
                answers[colour] = self._said(completion)
        if not any(answers.values()):
            raise CaptionerError(
                f"{self._model} answers, and says nothing: see the server's log and its template for this model."
            )
        if any(_colours_in(said) != {colour} for colour, said in answers.items()):
            told = "; ".join(f"{colour}: {said!r}" for colour, said in answers.items())
            raise CaptionerError(
                f"{self._model} does not see pictures: of plain ones it said {told}. Choose a vision model."
            )
        return completion.model or self._endpoint.name

    async def _answer_at_start(self, session: aiohttp.ClientSession, jpeg: bytes) -> Completion:
        """An answer to the probe; a server that is loading its model, or busy, is waited for."""
        started, tries = time.monotonic(), 0
        while True:
            try:
                return await self._endpoint.ask(session, _PROBE_PROMPT, jpeg, adjust=True)
            except NoAnswerError as trouble:
                failure = trouble.failure
                loading = failure.code == "http_503" and time.monotonic() - started < self._options.outage_s
                if trouble.unreachable or trouble.lasts or (tries >= self._options.retries and not loading):
                    raise self._not_probed(failure) from trouble
                if not trouble.passes:
                    raise self._not_probed(failure) from trouble
                wait_s = BACKOFF_S[min(tries, len(BACKOFF_S) - 1)] if trouble.wait_s is None else trouble.wait_s
            await asyncio.sleep(min(wait_s, MAX_WAIT_S))
            tries += 1

    def _not_probed(self, failure: ImageError) -> CaptionerError:
        if failure.code == "connection":
            return CaptionerError(failure.message)
        return CaptionerError(f"{self._model} did not name the colour of a plain picture: {failure.message}.")

    def _said(self, completion: Completion) -> str:
        out_of_tokens = CaptionerError(
            f"{self._model} used up {self._options.max_tokens} tokens before it gave an answer: raise "
            "caption.endpoint.max_tokens, or choose a model that does not think aloud."
        )
        try:
            said = self._read(completion, _PROBE_PROMPT).text or completion.text.strip()
        except ImageError as error:
            if error.code == "length" or (error.code == "only_thoughts" and completion.finish_reason == "length"):
                raise out_of_tokens from error
            raise self._not_probed(error) from error
        if not said and completion.finish_reason == "length":
            raise out_of_tokens
        return said[:200].lower()


def _colours_in(said: str) -> set[str]:
    """The colours that an answer names and does not deny."""
    return set(_NAMED.findall(_NOT_NAMED.sub(" ", said)))


def _answer_of(task: asyncio.Task[Caption | ImageError]) -> Caption | ImageError | None:
    return None if task.cancelled() or task.exception() is not None else task.result()


def _is_of(outage: OutageError, answer: Caption | ImageError | None) -> bool:
    """Whether a picture failed as the server failed afterwards."""
    return isinstance(answer, ImageError) and answer.message.rstrip(".") in str(outage)
