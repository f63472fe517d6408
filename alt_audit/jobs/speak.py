"""What is heard of pictures: a transcript and, where there is a voice, WAV files."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from alt_audit.speaking.transcript import lines_of_pages, lines_of_texts
from core.errors import ReportError, SpeechError, UsageError
from core.text import shown_line
from store.engine import reading
from store.migrate import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from alt_audit.config import Settings
    from alt_audit.speaking.transcript import Line
    from alt_audit.speaking.voices import Voices
    from inference.speech.sound import Sound, WavWriter
    from inference.speech.voice import Voice
    from store.sites import Site

MARGIN_S = 0.4  # silence before and after what is said of one picture
UNSAID_CHARS = 20


def texts_heard(texts: Sequence[str], language: str | None) -> list[Line]:
    """Texts as a screen reader says them."""
    return list(lines_of_texts(texts, language))


def page_heard(target: str, settings: Settings, language: str | None, limit: int) -> tuple[list[Line], bool]:
    """The pictures of one page (an address, a file or -), `limit` at most, and whether there are more.

    Raises AltAuditError where it cannot be read.
    """
    from alt_audit.check.page import check

    page = check(target, settings.crawl, settings.rules)
    return _first(lines_of_pages([page.facts], language), limit)


def site_heard(
    settings: Settings, site: Site, page: str | None, language: str | None, limit: int
) -> tuple[list[Line], bool]:
    """The pictures of a site's pages, by address, or of one page, as the store has them; and whether there are more.

    Raises UsageError where the store has no picture of that page.
    """
    from store.judging import read_pages

    with opened(settings.database) as engine, reading(engine) as session:
        pages = read_pages(session, site.id, url=page, limit=limit + 1)
    if page is not None and not pages:
        raise UsageError(f"{page} is no page of {site.name} on which a crawl saw a picture: pages.csv has all of them")
    return _first(lines_of_pages((one.facts for one in pages), language), limit)


def _first(lines: Iterator[Line], limit: int) -> tuple[list[Line], bool]:
    found = list(islice(lines, limit + 1))
    return found[:limit], len(found) > limit


def spoken(lines: Sequence[Line], voices: Voices, out: Path) -> Iterator[Line]:
    """Speak the lines: into `out`, a WAV file, or each into a file of its own where `out` is a folder.

    The transcript lies beside them (text and JSON), also where a voice fails. Yields each line with what became of it.
    Raises ReportError where nothing can be written, and CaptionerError where a voice cannot be loaded.
    """
    single = out.suffix.lower() == ".wav"
    done: list[Line] = []
    for language in dict.fromkeys(line.language for line in lines if line.said.aloud):
        voices.voice_for(language)  # says what is wrong with it before anything is spoken
    try:
        (out.parent if single else out).mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            whole = _Whole(out, stack) if single else None
            for line in lines:
                done.append(_spoken(line, voices, out, whole))
                yield done[-1]
    except OSError as error:
        raise _unwritable(out, error) from error
    finally:
        write_transcript([*done, *lines[len(done) :]], beside(out))


class _Whole:
    """One WAV file for all lines, if there is a sound at all. It takes the place of an older one when it is whole."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.path = path
        self._stack = stack
        self._writer: WavWriter | None = None

    def add(self, sound: Sound) -> float:
        """Returns where it starts, in seconds."""
        if self._writer is None:
            from inference.speech.sound import replacing_wav

            self._writer = self._stack.enter_context(replacing_wav(self.path, sound.rate))
        starts_s = self._writer.seconds
        self._writer.add(sound, margin_s=MARGIN_S)
        return starts_s


def _spoken(line: Line, voices: Voices, out: Path, whole: _Whole | None) -> Line:
    if not line.said.aloud:
        return line
    voice = voices.voice_for(line.language)
    if voice is None:
        return replace(line, note=f"no voice for {line.language}: name one in speech.voices")
    text, note = _for_voice(line, voice)
    try:
        sound = voice.say(text)
    except SpeechError as error:
        return replace(line, note=str(error))
    from inference.speech.sound import replacing_wav

    if whole is not None:
        return replace(
            line, wav=whole.path.name, starts_s=round(whole.add(sound), 2), seconds=_length(sound), note=note
        )
    name = f"{line.number:03}.wav"
    with replacing_wav(out / name, sound.rate) as writer:
        writer.add(sound, margin_s=MARGIN_S)
    return replace(line, wav=name, starts_s=0.0, seconds=_length(sound), note=note)


def _length(sound: Sound) -> float:
    return round(sound.seconds + 2 * MARGIN_S, 2)


def _for_voice(line: Line, voice: Voice) -> tuple[str, str | None]:
    """The text as the voice can say it, and what is left out of it."""
    from inference.speech.texts import MAX_CHARS, speakable
    from rules.utterance import with_digits_spelt

    text, cut = speakable(line.said.aloud)
    if any(map(str.isdigit, voice.unsaid(text))):
        text = with_digits_spelt(text, line.language)
    notes = [f"only the first {MAX_CHARS} characters are spoken"] if cut else []
    if unsaid := "".join(dict.fromkeys(voice.unsaid(text)))[:UNSAID_CHARS]:
        notes.append(f"the voice has no sign for {unsaid}")
    return text, "; ".join(notes) or None


def beside(out: Path) -> Path:
    """Where the transcript of `out` lies, but for its suffixes."""
    return out.with_suffix("") if out.suffix.lower() == ".wav" else out / "transcript"


def write_transcript(lines: Sequence[Line], path: Path) -> None:
    """`path`.txt and `path`.json. Raises ReportError."""
    entries = [line.as_json() for line in lines]
    texts = {
        ".json": json.dumps({"lines": entries}, ensure_ascii=False, indent=1),
        ".txt": "\n".join(transcript(lines)),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for suffix, text in texts.items():
            path.with_name(path.name + suffix).write_text(f"{text}\n", "utf-8", "replace")
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> ReportError:
    return ReportError(f"cannot write {path}: {error.strerror or error}. Name another place with --out.")


def transcript(lines: Sequence[Line]) -> Iterator[str]:
    """The lines for people, pages by their addresses."""
    page = None
    for line in lines:
        if line.page != page:
            if page is not None:
                yield ""
            page = line.page
            yield shown_line(page or "")
        yield from line_for_people(line)


def line_for_people(line: Line) -> Iterator[str]:
    """One line, with what is to be known of it below."""
    yield f"{line.number:>4}. {shown_line(line.said.text) or '–'}"
    where = shown_line(line.picture or "")[:200]
    for more in (f"({line.why})" if line.why else "", where if line.said.heard != "text" else "", line.note or ""):
        if more:
            yield f"{'':6}{shown_line(more)}"
