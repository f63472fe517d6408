"""One question to an endpoint, and what came of it: an answer, or whose trouble it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from captioning.captioners.openai.chat_completions import (
    Completion,
    Problem,
    adjusted,
    build_request,
    check_base_url,
    parse_spec,
    read_completion,
    read_problem,
    without_secret,
)
from captioning.captioners.openai.dialects import (
    asked_wait_s,
    is_blind,
    is_filtered,
    is_model_gone,
    is_wrong_path,
    key_headers,
    lasts_long,
    service_url,
    without_version,
)
from captioning.captioners.openai.wire import BrokenAnswerError
from core.errors import CaptionerError, ImageError
from core.failures import ENDPOINT, find
from core.net.sessions import Sessions
from core.records import Stage
from inference.protocol import Usage

if TYPE_CHECKING:
    from pydantic import SecretStr

    from captioning.caption_options import EndpointOptions

MAX_ANSWER_BYTES = 4_194_304
_PASSING = frozenset({408, 409, 425, 429})  # and all of 5xx


@dataclass(slots=True)
class NoAnswerError(Exception):
    """No answer, for now or for this picture."""

    failure: ImageError  # what it is where only this picture meets it
    passes: bool = False  # the same question may be answered another time
    wait_s: float | None = None  # when, where the server says so
    unreachable: bool = False  # nothing listens there, or there is no such host
    lasts: bool = False  # it goes on for hours


class Endpoint:
    """A model's server: where it is, what it is asked with, and what it has counted."""

    def __init__(self, spec: str, options: EndpointOptions) -> None:
        """Asks nothing yet. Raises CaptionerError where model, address or key are none."""
        self.name, base_url = parse_spec(spec, options.base_url)
        self.base_url = without_version(base_url)
        self.model = f"openai:{self.name}@{self.base_url}"
        self.url = service_url(base_url, "chat/completions")
        self.options = options
        self.usage = Usage(options.usd_per_million_input, options.usd_per_million_output)
        # A key is for one server, whichever other one a command names.
        self._key = read_key(options.api_key) if base_url == check_base_url(options.base_url) else None
        self._headers = key_headers(base_url, self._key)
        self._limits: dict[str, Any] = {"max_tokens": options.max_tokens, "temperature": 0}

    def sessions(self) -> Sessions:
        """Connections for some questions."""
        return Sessions(None, timeout_s=self.options.timeout_s, headers=self._headers)

    async def ask(
        self, session: aiohttp.ClientSession, prompt: str, jpeg: bytes, *, adjust: bool = False
    ) -> Completion:
        """Ask once; with `adjust` again without a limit that the model does not take.

        Raises NoAnswerError, and CaptionerError for what no picture will get over.
        """
        while True:
            body = build_request(self.name, prompt, jpeg, self._limits)
            try:
                async with session.post(self.url, json=body, allow_redirects=False) as response:
                    answer = await self._read(response)
            except TimeoutError:
                seconds = f"{self.options.timeout_s:g} s"
                failure = ImageError(Stage.GENERATE, "timeout", f"the endpoint did not answer within {seconds}")
                raise NoAnswerError(failure, passes=True) from None
            except (aiohttp.ClientError, OSError) as error:
                told = f"{self.url} cannot be reached: {type(error).__name__}: {error}. Is the server running?"
                raise NoAnswerError(
                    ImageError(Stage.GENERATE, "connection", told),
                    passes=True,
                    unreachable=isinstance(error, aiohttp.ClientConnectorError),
                ) from error
            if response.status == 200:
                said = self._completion(answer)
                if isinstance(said, Completion):
                    return said
                problem, status = without_secret(said, self._key), said.status
            else:
                problem, status = read_problem(answer, self._key), response.status
                if adjust and status == 400 and (limits := adjusted(self._limits, problem)) is not None:
                    self._limits = limits
                    continue
            raise self._trouble(status, problem, asked_wait_s(response.headers, problem.message))

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        data = bytearray()
        async for chunk in response.content.iter_chunked(65_536):
            data += chunk
            if len(data) > MAX_ANSWER_BYTES:
                failure = ImageError(
                    Stage.GENERATE, "bad_answer", f"the endpoint sent more than {MAX_ANSWER_BYTES} bytes"
                )
                raise NoAnswerError(failure)
        return bytes(data)

    def _completion(self, answer: bytes) -> Completion | Problem:
        try:
            completion = read_completion(answer)
        except (ValueError, RecursionError) as error:  # of json: nested too deeply
            told = f"the endpoint's answer cannot be read: {error}"
            broken = isinstance(error, BrokenAnswerError)
            raise NoAnswerError(ImageError(Stage.GENERATE, "bad_answer", told), passes=broken) from error
        if isinstance(completion, Problem):
            return completion
        self.usage.requests += 1
        if completion.input_tokens is None or completion.output_tokens is None:
            self.usage.uncounted += 1
        else:
            self.usage.input_tokens += completion.input_tokens
            self.usage.output_tokens += completion.output_tokens
        return completion

    def _trouble(self, status: int | None, problem: Problem, wait_s: float | None) -> NoAnswerError | CaptionerError:
        """What an error means, for one picture or for all; `status` is None where it came with status 200."""
        words = f" ({problem.message})" if problem.message else ""
        if is_filtered(problem.code, problem.message):
            told = f"the endpoint's content filter kept the answer back{words}"
            return NoAnswerError(ImageError(Stage.GENERATE, "content_filter", told))
        if is_blind(problem.message):
            return CaptionerError(f"The model at {self.url} does not see pictures{words}. Choose a vision model.")
        gone = is_model_gone(problem.message)
        # A used-up account comes as a 429, and does not pass.
        status = 404 if is_wrong_path(problem.message) else status
        reason = None if gone else find(ENDPOINT, problem.code or "") or find(ENDPOINT, f"http_{status}")
        if reason is not None:
            told = f"answered {status}" if status is not None else "answered with an error"
            return CaptionerError(f"{self.url} {told}: {reason.happened} {reason.action}{words}")
        if status is None:
            told = f"the endpoint answered with an error{words}"
            return NoAnswerError(ImageError(Stage.GENERATE, "endpoint_error", told), passes=True, wait_s=wait_s)
        return NoAnswerError(
            ImageError(Stage.GENERATE, f"http_{status}", f"the endpoint answered {status}{words}"),
            passes=gone or status in _PASSING or status >= 500,
            wait_s=wait_s,
            lasts=status == 429 and lasts_long(problem.message),
        )


def read_key(secret: SecretStr | None) -> str | None:
    """The key as a header carries it. Raises CaptionerError where none can."""
    key = secret.get_secret_value().strip() if secret is not None else ""
    if not (key.isascii() and key.isprintable()):
        raise CaptionerError("The endpoint's key (OPENAI_API_KEY) holds characters that no header can carry.")
    return key or None
