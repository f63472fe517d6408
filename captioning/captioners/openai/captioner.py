"""A captioner behind an OpenAI-compatible endpoint: pictures go out as data: URIs, captions come back."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any

import aiohttp
from PIL import Image

from captioning.captioners.answers import read_answer
from captioning.captioners.huggingface.families import ALT_TEXT_PROMPT, LONG_EDGE_PX, fit_long_edge, short_hash
from captioning.captioners.openai.chat_completions import (
    Completion,
    Problem,
    adjusted,
    build_request,
    check_base_url,
    parse_spec,
    read_completion,
    read_problem,
)
from core.errors import CaptionerError, ImageError
from core.failures import ENDPOINT, find
from core.net.retry_after import retry_after_s
from core.net.sessions import Sessions
from core.records import Stage
from inference.protocol import Caption, CaptionerInfo, Usage, described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from captioning.caption_options import EndpointOptions

BATCH_SIZE = 16  # requests at once
JPEG_QUALITY = 85
MAX_ANSWER_BYTES = 4_194_304
MAX_WAIT_S = 60.0  # between two tries, whatever Retry-After asks for
_BACKOFF_S = (1.0, 4.0, 15.0)
_RETRIED = frozenset({408, 409, 425, 429})  # and all of 5xx
# A model that sees names plain colours; one that does not gives the same answer to the same question three times.
_PROBE_PROMPT = "What colour is this picture? Answer with one word: red, green, blue or none."
_PROBE_COLOURS = {"red": (220, 20, 20), "green": (20, 140, 20), "blue": (20, 20, 220)}


class EndpointCaptioner:
    """A model that a server runs. It has no confidence of its own to give."""

    def __init__(self, spec: str, options: EndpointOptions, *, prompt: str | None = None, reason: str = "") -> None:
        """Try the endpoint on three plain pictures.

        Must not be called from a running event loop, and neither must `generate`. Raises CaptionerError where the
        endpoint does not answer, refuses the key, has no such model, or answers without having seen the pictures.
        """
        name, base_url = parse_spec(spec, options.base_url)
        self._name = name
        self._url = f"{base_url}/chat/completions"
        self._options = options
        self._prompt = prompt or ALT_TEXT_PROMPT
        # A key is for one server, whichever other one a command names.
        self._key = _read_key(options) if base_url == check_base_url(options.base_url) else None
        self._limits: dict[str, Any] = {"max_tokens": options.max_tokens, "temperature": 0}
        self.usage = Usage(options.usd_per_million_input, options.usd_per_million_output)
        self._model = f"openai:{name}@{base_url}"
        revision = asyncio.run(self._probe())
        self.info = CaptionerInfo(
            model=self._model,
            revision=revision,
            prompt_version=(
                f"endpoint-2 prompt={short_hash(self._prompt)} max_tokens={options.max_tokens} side={LONG_EDGE_PX}"
            ),
            description=described(f"{name} at {base_url} (answers as {revision}; pictures are sent there)", reason),
            side_px=LONG_EDGE_PX,
            batch_size=BATCH_SIZE,
            waits_s=(options.retries + 1) * options.timeout_s + options.retries * MAX_WAIT_S,
        )

    def prepare(self, image: Image.Image) -> bytes:
        """The picture as it is sent: JPEG, no side longer than LONG_EDGE_PX."""
        buffer = io.BytesIO()
        fit_long_edge(image).save(buffer, "JPEG", quality=JPEG_QUALITY)
        return buffer.getvalue()

    def collate(self, features: Sequence[bytes]) -> Sequence[bytes]:
        """Nothing to be done: each picture is a request of its own."""
        return features

    def generate(self, batch: Sequence[bytes]) -> list[Caption | ImageError]:
        """Ask about all pictures of a batch at once; an answer each, in order."""
        return asyncio.run(self._caption_all(batch))

    async def _caption_all(self, batch: Sequence[bytes]) -> list[Caption | ImageError]:
        async with self._sessions() as sessions:
            session = sessions.session_for(self._url)
            tasks = [asyncio.create_task(self._caption(session, jpeg)) for jpeg in batch]
            try:
                return list(await asyncio.gather(*tasks))
            except CaptionerError:
                # The others would only be told the same.
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                raise

    async def _caption(self, session: aiohttp.ClientSession, jpeg: bytes) -> Caption | ImageError:
        try:
            completion = await self._ask(session, self._prompt, jpeg)
            if completion.refused:
                raise ImageError(Stage.GENERATE, "refused", "the model declined")
            if completion.finish_reason == "content_filter":
                raise ImageError(Stage.GENERATE, "content_filter", "the endpoint's content filter kept the answer back")
            cut_off = completion.finish_reason == "length"
            return Caption(read_answer(completion.text, self._prompt, cut_off=cut_off), None)
        except ImageError as error:
            return error

    async def _probe(self) -> str:
        """What the endpoint calls its model. Raises CaptionerError where it cannot caption pictures."""
        async with self._sessions() as sessions:
            session = sessions.session_for(self._url)
            answers = {}
            for colour, rgb in _PROBE_COLOURS.items():
                try:
                    completion = await self._ask(
                        session, _PROBE_PROMPT, self.prepare(Image.new("RGB", (224, 224), rgb)), probing=True
                    )
                    said = read_answer(completion.text, "", cut_off=False) or ""
                except ImageError as error:
                    if error.code == "only_thoughts" and completion.finish_reason == "length":
                        raise self._out_of_tokens() from error
                    raise CaptionerError(
                        f"{self._model} did not name the colour of a plain picture: {error.message}."
                    ) from error
                if not said and completion.finish_reason == "length":
                    raise self._out_of_tokens()
                answers[colour] = said[:60].lower()
        if any({word for word in _PROBE_COLOURS if word in said} != {colour} for colour, said in answers.items()):
            told = "; ".join(f"{colour}: {said!r}" for colour, said in answers.items())
            raise CaptionerError(
                f"{self._model} does not see pictures: of plain ones it said {told}. Choose a vision model."
            )
        return completion.model or self._name

    def _out_of_tokens(self) -> CaptionerError:
        return CaptionerError(
            f"{self._model} used up {self._options.max_tokens} tokens before it gave an answer: raise "
            "caption.endpoint.max_tokens, or choose a model that does not think aloud."
        )

    def _sessions(self) -> Sessions:
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        return Sessions(None, timeout_s=self._options.timeout_s, headers=headers)

    async def _ask(
        self, session: aiohttp.ClientSession, prompt: str, jpeg: bytes, *, probing: bool = False
    ) -> Completion:
        """One question, asked again where that may help. Raises ImageError(generate, ...) or CaptionerError."""
        failure: ImageError | CaptionerError | None = None
        tries = 0
        while tries <= self._options.retries:
            wait_s = _BACKOFF_S[min(tries, len(_BACKOFF_S) - 1)]
            body = build_request(self._name, prompt, jpeg, self._limits)
            try:
                async with session.post(self._url, json=body, allow_redirects=False) as response:
                    answer = await self._read(response)
                    if response.status == 200:
                        return self._count(answer)
                    problem = read_problem(answer, self._key)
                    if probing and response.status == 400 and (limits := adjusted(self._limits, problem)) is not None:
                        self._limits = limits
                        continue
                    failure = self._failure(response, problem)
                    if isinstance(failure, CaptionerError) or not _may_pass(response.status):
                        raise failure
                    asked = retry_after_s(response.headers.get("Retry-After"))
                    wait_s = wait_s if asked is None else asked
            except TimeoutError:
                seconds = f"{self._options.timeout_s:g} s"
                failure = ImageError(Stage.GENERATE, "timeout", f"the endpoint did not answer within {seconds}")
            except (aiohttp.ClientError, OSError) as error:
                failure = CaptionerError(
                    f"{self._url} cannot be reached: {type(error).__name__}: {error}. Is the server running?"
                )
                if probing and isinstance(error, aiohttp.ClientConnectorError):
                    raise failure from error  # nothing listens there, or there is no such host: said at once
            tries += 1
            if tries <= self._options.retries:
                await asyncio.sleep(min(wait_s, MAX_WAIT_S))
        assert failure is not None
        raise failure

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        data = bytearray()
        async for chunk in response.content.iter_chunked(65_536):
            data += chunk
            if len(data) > MAX_ANSWER_BYTES:
                raise ImageError(Stage.GENERATE, "bad_answer", f"the endpoint sent more than {MAX_ANSWER_BYTES} bytes")
        return bytes(data)

    def _count(self, answer: bytes) -> Completion:
        try:
            completion = read_completion(answer)
        except (ValueError, RecursionError) as error:  # of json: nested too deeply
            raise ImageError(Stage.GENERATE, "bad_answer", f"the endpoint's answer cannot be read: {error}") from error
        self.usage.requests += 1
        if completion.input_tokens is None or completion.output_tokens is None:
            self.usage.uncounted += 1
        else:
            self.usage.input_tokens += completion.input_tokens
            self.usage.output_tokens += completion.output_tokens
        return completion

    def _failure(self, response: aiohttp.ClientResponse, problem: Problem) -> ImageError | CaptionerError:
        """What another status than 200 means: for one picture, or for all."""
        status, words = response.status, f" ({problem.message})" if problem.message else ""
        # A used-up account comes as a 429, and does not pass.
        reason = find(ENDPOINT, problem.code or "") or find(ENDPOINT, f"http_{status}")
        if reason is not None:
            return CaptionerError(f"{self._url} answered {status}: {reason.happened} {reason.action}{words}")
        return ImageError(Stage.GENERATE, f"http_{status}", f"the endpoint answered {status}{words}")


def _may_pass(status: int) -> bool:
    return status in _RETRIED or status >= 500


def _read_key(options: EndpointOptions) -> str | None:
    key = options.api_key.get_secret_value().strip() if options.api_key is not None else ""
    if not (key.isascii() and key.isprintable()):
        raise CaptionerError("The endpoint's key (OPENAI_API_KEY) holds characters that no header can carry.")
    return key or None
