"""Pictures as they are heard: `speak`."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - Typer reads it at run time
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from alt_audit.commands.parameters import (
    AllowPrivate,
    Config,
    Database,
    Device,
    Format,
    Insecure,
    OutputFormat,
    SiteName,
    say_site,
    settings_of,
)
from core.errors import UsageError
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alt_audit.config import Settings
    from alt_audit.speaking.transcript import Line

_GET_A_VOICE = (
    "No voice is set, so nothing is spoken. --voice facebook/mms-tts-eng speaks English (for no commercial use), "
    "--voice openai:tts-1#alloy is a server's; speech.voice and speech.voices in the settings keep them. "
    "docs/listening.md says more."
)


def speak(
    texts: Annotated[
        Optional[list[str]],
        typer.Argument(metavar="[TEXT...]", help="Alt texts, each of a picture.", show_default=False),
    ] = None,
    page: Annotated[
        Optional[str],
        typer.Option(metavar="URL|FILE", help="The pictures of this page (-: standard input); with --site, as stored."),
    ] = None,
    site: SiteName = None,
    out: Annotated[
        Optional[Path],
        typer.Option(metavar="DIR|FILE.wav", help="Speak: a file for each picture, or one for all; with a transcript."),
    ] = None,
    voice: Annotated[
        Optional[str],
        typer.Option(
            metavar="MODEL[#SPEAKER]",
            help="For all languages: a Hugging Face id or folder (VITS, SpeechT5, Bark), or openai:MODEL[#VOICE]"
            "[@BASE_URL] (default: speech.voice, speech.voices).",
        ),
    ] = None,
    language: Annotated[
        Optional[str], typer.Option(metavar="LANG", help="Of texts, and of pages that do not say theirs (default: en).")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Pictures, at most.")] = 100,
    output: OutputFormat = Format.TEXT,
    device: Device = None,
    database: Database = None,
    config: Config = None,
    allow_private: AllowPrivate = None,
    insecure: Insecure = None,
) -> None:
    """Say what a screen reader says of pictures: as a transcript and, by a voice, as WAV files.

    Exits with 1 where something could not be spoken; the rest is, all the same.

    Example: alt-audit speak --page https://example.com/ --out heard.wav --voice facebook/mms-tts-eng
    """
    from alt_audit.console.terminal import say

    if bool(texts) + (page is not None or site is not None) != 1:
        raise UsageError('give texts (alt-audit speak "A red dog"), or --page URL|FILE, or --site NAME')
    if voice is not None and out is None:
        raise UsageError("--voice speaks into files: say where, with --out DIR or --out FILE.wav")
    settings = settings_of(
        config,
        database=database,
        crawl={"allow_private": allow_private, "insecure": insecure},
        caption={"device": device},
        speech={"voice": voice},
    )
    if voice is not None:
        settings = settings.model_copy(update={"speech": settings.speech.model_copy(update={"voices": {}})})
    lines, more = _heard(settings, texts, page, site, language, limit)
    voiced = settings.speech.voice is not None or bool(settings.speech.voices)
    if out is not None and voiced:
        lines = _spoken(settings, lines, out)
    elif out is not None:
        _written(lines, out)
    _print(lines, output)
    if more:
        say(f"There are more pictures than {limit:,}: --limit takes more.")
    if not voiced:
        say(_GET_A_VOICE)
    elif out is None:
        say("--out DIR or --out FILE.wav speaks it.")
    if any(line.note and line.wav is None for line in lines):
        raise typer.Exit(1)


def _heard(
    settings: Settings,
    texts: Sequence[str] | None,
    page: str | None,
    site: str | None,
    language: str | None,
    limit: int,
) -> tuple[list[Line], bool]:
    from alt_audit.jobs.speak import page_heard, site_heard, texts_heard

    if texts:
        return texts_heard(texts, language), False
    if site is None:
        assert page is not None
        return page_heard(page, settings, language, limit)
    from alt_audit.jobs.sites import chosen_site

    chosen = chosen_site(settings, site)
    say_site("What is heard on", settings, chosen, given=site)
    return site_heard(settings, chosen, page, language, limit)


def _spoken(settings: Settings, lines: list[Line], out: Path) -> list[Line]:
    from alt_audit.console.terminal import bar, say
    from alt_audit.jobs.speak import spoken
    from alt_audit.speaking.voices import Voices

    done: list[Line] = []
    with bar("Speaking", "pictures") as update:
        for line in spoken(lines, Voices(settings.speech, settings.caption.device), out):
            done.append(line)
            update(len(done), len(lines))
    files = {line.wav for line in done if line.wav is not None}
    seconds = sum(line.seconds or 0.0 for line in done)
    where = out if out.suffix.lower() == ".wav" else f"{counted(len(files), 'file')} in {out}"
    say(f"Spoken: {where}, {seconds:.1f} s." if files else "Nothing was spoken.")
    return done


def _written(lines: list[Line], out: Path) -> None:
    from alt_audit.jobs.speak import beside, write_transcript

    write_transcript(lines, beside(out))


def _print(lines: list[Line], output: Format) -> None:
    from alt_audit.console.terminal import stdout
    from alt_audit.jobs.speak import transcript

    if output is Format.JSON:
        typer.echo(json.dumps({"lines": [line.as_json() for line in lines]}, ensure_ascii=False))
        return
    for text in transcript(lines):
        stdout.print(text, markup=False)
