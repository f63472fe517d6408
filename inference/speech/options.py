"""Settings of the voices; config.yaml explains each."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, SecretStr


class SpeechEndpointOptions(BaseModel):
    """A server with OpenAI's /audio/speech, for voices named openai:MODEL#VOICE."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: str = Field("https://api.openai.com/v1", description="Where the server is; also OPENAI_BASE_URL.")
    api_key: SecretStr | None = Field(None, description="Its key; also OPENAI_API_KEY.")
    timeout_s: PositiveFloat = Field(60.0, description="Seconds for one text.")
    retries: int = Field(2, ge=0, le=10, description="Further tries after a time-out, a 429 or a 5xx answer.")


class SpeechOptions(BaseModel):
    """By which voices texts are spoken."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    voice: str | None = Field(
        None, min_length=1, description="Hugging Face id or folder of a voice, or openai:MODEL; #NAME: its speaker."
    )
    voices: dict[str, str] = Field({}, description="A voice of its own for a language: {de: facebook/mms-tts-deu}.")
    speed: float = Field(1.0, ge=0.25, le=4.0, description="How fast it speaks: 2 is twice as fast.")
    endpoint: SpeechEndpointOptions = SpeechEndpointOptions()

    def voice_for(self, language: str) -> str | None:
        """The voice for a primary subtag; None where none is set."""
        return self.voices.get(language) or self.voice
