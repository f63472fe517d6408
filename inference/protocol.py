"""What every captioning backend offers, whatever model is behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeGuard

from core.errors import CaptionerError
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from core.errors import ImageError
    from core.place import Place

# How much larger than a model's input the decoded picture is to be: a JPEG that is scaled down straight to the input's
# size while it is decoded comes out sharper than what models were trained on.
MARGIN = 1.25


# Of a part of a picture: left, top, right, bottom, as shares of its width and height in [0, 1].
Box: TypeAlias = tuple[float, float, float, float]
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of a caption, and where what they name is in the picture, as the model says."""

    text: str
    boxes: tuple[Box, ...]  # at least one


@dataclass(frozen=True, slots=True)
class Gaze:
    """One word of a caption, and where the captioner looked for it."""

    word: str
    chance: float  # that it gave the word, after those before it
    where: tuple[tuple[float, ...], ...]  # shares of equal parts of the picture, row by row from the top; 1 in all


@dataclass(frozen=True, slots=True)
class Caption:
    """What a model said of one picture; text is None where it abstained."""

    text: str | None
    confidence: float | None  # in [0, 1]; how it is computed, and so what it is worth, is the backend's own
    cut_off: bool = False  # the model had no tokens for its end: these are the whole sentences before
    alone: bool = False  # asked about the picture in a place, it was answered for the picture alone
    withheld: str | None = None  # what it abstained from saying; for measuring it, and proposed to nobody
    phrases: tuple[Phrase, ...] = ()  # of models that are asked for them


class OutageError(CaptionerError):
    """A captioner that has stopped to answer, whatever the picture: no picture is to blame.

    `answers` has what it said before, and None for each picture that it had no answer for; empty where all are None. It
    may answer again within `patience_s` seconds; `wait_s` says when to ask, where that is known.
    """

    def __init__(
        self,
        message: str,
        answers: Sequence[Caption | ImageError | None] = (),
        *,
        patience_s: float = 0.0,
        wait_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.answers = list(answers)
        self.patience_s = patience_s
        self.wait_s = wait_s


@dataclass(slots=True)
class Usage:
    """What an endpoint has counted so far. Prices are US dollars for a million tokens, None where not told."""

    usd_per_million_input: float | None = None
    usd_per_million_output: float | None = None
    requests: int = 0  # answered ones
    input_tokens: int = 0
    output_tokens: int = 0
    uncounted: int = 0  # answers without a count

    @property
    def cost_usd(self) -> float | None:
        """What it cost; None without prices or without counts."""
        return None if self.uncounted else self.price(self.input_tokens, self.output_tokens)

    def price(self, input_tokens: int, output_tokens: int) -> float | None:
        """What so many tokens cost in US dollars; None without prices."""
        if self.usd_per_million_input is None or self.usd_per_million_output is None:
            return None
        return (input_tokens * self.usd_per_million_input + output_tokens * self.usd_per_million_output) / 1e6

    def __str__(self) -> str:
        text = f"{counted(self.requests, 'request')}, {self.input_tokens:,} tokens in and {self.output_tokens:,} out"
        if self.uncounted:
            text += f" ({counted(self.uncounted, 'answer')} came without a count)"
        return text if self.cost_usd is None else f"{text}, ${self.cost_usd:.4f}"


@dataclass(frozen=True, slots=True)
class CaptionerInfo:
    """What a captioner is, fixed once it is loaded.

    `model`, `revision`, `prompt_version` and the language asked for together identify what a caption was made by: a
    stored caption is used again only where all four are the same.
    """

    model: str  # 'builtin', 'Salesforce/blip-image-captioning-base', the path of a folder
    revision: str  # the weights' identity: a hub commit, or a short hash of their contents
    prompt_version: str  # preprocessing, prompt and decoding; changes whenever one of them does, but for the place
    description: str  # one line for people: model, device, dtype, licence, why it was chosen
    side_px: int  # what the shorter side of a picture that `prepare` is given should have, where the file has as much
    batch_size: int  # pictures at once that keep its device busy
    languages: tuple[str, ...] = ("en",)  # BCP 47; the first is the one that it answers in unless asked otherwise
    placement_reason: str = ""  # what device and dtype were chosen by, where nobody named them
    place_version: str = ""  # the same where a picture is asked about in its place; '': that cannot be asked
    knows: str = ""  # the only pictures that it captions, in words: of others it says nothing, and is right
    waits_s: float = 0.0  # seconds that `generate` may rightly wait for others: an endpoint with its time-outs

    @property
    def language(self) -> str:
        """The language of its captions."""
        return self.languages[0]


def described(captioner: str, reason: str) -> str:
    """The line for people: what a captioner is, and why it was chosen where that is known."""
    return f"{captioner}; {reason}" if reason else captioner


class Captioner(Protocol):
    """A loaded model that captions pictures in batches."""

    @property
    def info(self) -> CaptionerInfo:
        """What it is."""
        ...

    @property
    def usage(self) -> Usage | None:
        """What an endpoint has counted since it was loaded; None for a model on this machine."""
        ...

    def prepare(self, image: Image.Image) -> Any:
        """Turn an upright RGB picture into the model's input.

        Runs on the CPU and may be called from many threads at once. The result is opaque to the caller, small
        (the picture at the model's own size), and means something only to `collate`.
        """
        ...

    def collate(self, features: Sequence[Any]) -> Any:
        """Join prepared pictures, at least one, to what the device takes at once; in host memory, from any thread.

        Done for the next batch while `generate` works on the one before.
        """
        ...

    def generate(self, batch: Any) -> Sequence[Caption | ImageError]:
        """Caption what `collate` returned in one pass over the device; one answer a picture, in the same order.

        An ImageError stands where one picture got no caption, for a reason of its own, and asking again would not
        help (the model declined). Errors of the device, out-of-memory among them, are raised as torch raises them:
        what to do about a batch that fails is for the caller to decide. A CaptionerError says that no picture will
        get a caption any more (an endpoint's key was withdrawn); an OutageError, that none gets one for now.
        """
        ...


class GazingCaptioner(Captioner, Protocol):
    """A captioner of a kind that may be able to tell where it looked."""

    @property
    def can_gaze(self) -> bool:
        """Whether this very model can."""
        ...

    def gaze(self, features: Any, caption: str) -> tuple[Gaze, ...]:
        """Where it looks for each word of a caption that it gave, or withheld, in a picture that it has prepared.

        Only where it can gaze. Empty for a caption that it could not have given.
        """
        ...


def can_gaze(captioner: Captioner) -> TypeGuard[GazingCaptioner]:
    """Whether a captioner can tell where it looked."""
    return bool(getattr(captioner, "can_gaze", False))


class PlaceCaptioner(Captioner, Protocol):
    """A captioner that can be asked about a picture in its place: one whose `info` has a `place_version`."""

    def prepare_in(self, image: Image.Image, place: Place) -> Any:
        """As `prepare`, for a question about the picture in a place; both may stand in one batch."""
        ...


def prepared(captioner: Captioner, image: Image.Image, place: Place | None) -> Any:
    """What a captioner makes of a picture: in a place, where there is one and it can be asked so."""
    if place is None or not takes_places(captioner):
        return captioner.prepare(image)
    return captioner.prepare_in(image, place)


def takes_places(captioner: Captioner) -> TypeGuard[PlaceCaptioner]:
    """Whether a captioner can be, and is to be, asked about pictures in their places."""
    return bool(captioner.info.place_version)
