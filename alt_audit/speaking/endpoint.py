"""A voice behind an OpenAI-compatible endpoint: a text goes out, a WAV file comes back.

https://platform.openai.com/docs/api-reference/audio/createSpeech
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp

from captioning.captioners.openai.asking import read_key
from captioning.captioners.openai.breaker import BACKOFF_S, MAX_WAIT_S
from captioning.captioners.openai.chat_completions import PREFIX, check_base_url, read_problem
from captioning.captioners.openai.dialects import asked_wait_s, key_headers, service_url, without_version
from core.errors import CaptionerError, SpeechError
from core.failures import ENDPOINT, find
from core.net.sessions import Sessions
from inference.speech.sound import Sound, read_wav
from inference.speech.texts import speakable
from inference.speech.voice import speaker_of

if TYPE_CHECKING:
    from inference.speech.options import SpeechEndpointOptions

SETTING = "speech.endpoint.base_url"
SPEAKER = "alloy"  # which OpenAI and most of the others have
MAX_SECONDS = 300.0  # of one text
MAX_BYTES = 64 * 1024 * 1024
_PASSING = frozenset({408, 409, 425, 429})  # and all of 5xx


class EndpointVoice:
    """A model that a server runs: openai:MODEL, openai:MODEL#VOICE, each with @BASE_URL behind it or without."""

    def __init__(self, spec: str, options: SpeechEndpointOptions, speed: float = 1.0) -> None:
        """Asks nothing yet. Raises CaptionerError where model, address or key are none."""
        named, at, address = spec.removeprefix(PREFIX).rpartition("@http")
        own = check_base_url(options.base_url, SETTING)
        base_url = check_base_url(f"http{address}", SETTING) if at else own
        self._model, speaker = speaker_of(named if at else spec.removeprefix(PREFIX))
        if not self._model.strip() or "://" in self._model:
            raise CaptionerError(
                "openai: wants a model and, behind an @, an address: openai:tts-1#alloy@https://HOST/v1."
            )
        self._speaker = speaker or SPEAKER
        self._options = options
        self._speed = speed
        self._url = service_url(base_url, "audio/speech")
        self.name = f"{PREFIX}{self._model}#{self._speaker}@{without_version(base_url)}"
        self._key = read_key(options.api_key) if base_url == own else None  # a key is for one server
        self._headers = key_headers(base_url, self._key)

    def unsaid(self, text: str) -> str:
        """Nothing that anybody knows of."""
        return ""

    def say(self, text: str) -> Sound:
        """The text as sound. Must not be called from a running event loop. Raises SpeechError and CaptionerError."""
        words, _ = speakable(text)
        if not any(map(str.isalnum, words)):
            raise SpeechError("there is no word in it to say")
        try:
            return read_wav(asyncio.run(self._asked(words)), MAX_SECONDS)
        except ValueError as error:
            raise SpeechError(f"{self._url} was asked for WAV and sent something else: {error}") from None

    async def _asked(self, text: str) -> bytes:
        body = {"model": self._model, "voice": self._speaker, "input": text, "response_format": "wav"}
        if self._speed != 1.0:
            body["speed"] = self._speed  # type: ignore[assignment]
        async with Sessions(None, timeout_s=self._options.timeout_s, headers=self._headers) as sessions:
            session = sessions.session_for(self._url)
            for tries in range(self._options.retries + 1):
                try:
                    async with session.post(self._url, json=body, allow_redirects=False) as response:
                        answer = await self._read(response)
                    if response.status == 200:
                        return answer
                    problem = read_problem(answer, self._key)
                    trouble = self._trouble(response.status, problem.message)
                    wait_s = asked_wait_s(response.headers, problem.message)
                    if response.status not in _PASSING and response.status < 500:
                        raise trouble
                except TimeoutError:
                    trouble, wait_s = (
                        CaptionerError(f"{self._url} did not answer within {self._options.timeout_s:g} s."),
                        None,
                    )
                except (aiohttp.ClientError, OSError) as error:
                    raise CaptionerError(
                        f"{self._url} cannot be reached: {type(error).__name__}: {error}. Is the server running?"
                    ) from None
                if tries < self._options.retries:
                    wait_s = BACKOFF_S[min(tries, len(BACKOFF_S) - 1)] if wait_s is None else wait_s
                    await asyncio.sleep(min(wait_s, MAX_WAIT_S))
            raise trouble

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        data = bytearray()
        async for chunk in response.content.iter_chunked(65_536):
            data += chunk
            if len(data) > MAX_BYTES:
                raise SpeechError(f"{self._url} sent more than {MAX_BYTES} bytes")
        return bytes(data)

    def _trouble(self, status: int, message: str) -> SpeechError | CaptionerError:
        """What an error means: for this text, or for all."""
        words = f" ({message})" if message else ""
        if status in {400, 413, 422}:
            return SpeechError(f"{self._url} does not speak it: it answered {status}{words}")
        reason = find(ENDPOINT, f"http_{status}")
        told = f" {reason.happened} {reason.action}".replace("caption.endpoint", "speech.endpoint") if reason else ""
        return CaptionerError(
            f"{self._url} answered {status}:{told}{words}" if told else f"{self._url} answered {status}{words}."
        )
