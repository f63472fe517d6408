"""Voices: the real classes, tiny, loaded as a user's would be; and what is done to texts and sounds."""

from __future__ import annotations

import io
import json
import wave

import numpy as np
import pytest
import torch

from core.errors import CaptionerError, SpeechError, UsageError
from inference.speech.sound import Sound, read_wav, replacing_wav
from inference.speech.texts import MAX_CHARS, pieces, speakable
from inference.speech.vits import MAX_FRAMES
from inference.speech.voice import LocalVoice
from tests.inference.tiny_voices import save_bark, save_speecht5, save_vits

RATES = {"vits": 24_000, "speecht5": 16_000, "bark": 24_000}
SAVE = {"vits": save_vits, "speecht5": save_speecht5, "bark": save_bark}


@pytest.fixture(scope="module")
def voices(tmp_path_factory):
    """Each family, loaded once."""
    folder = tmp_path_factory.mktemp("voices")
    return {family: LocalVoice(str(save(folder / family))) for family, save in SAVE.items()}


@pytest.mark.parametrize("family", SAVE)
def test_every_family_speaks_and_says_the_same_each_time(voices, family, tmp_path):
    voice = voices[family]
    sound = voice.say("a red dog")
    assert sound.rate == RATES[family]
    assert sound.seconds > 0.03
    assert sound.loudness > 0.001
    assert np.abs(sound.samples).max() <= 1
    assert (voice.say("a red dog").samples == sound.samples).all()
    with replacing_wav(tmp_path / "a.wav", sound.rate) as writer:
        writer.add(sound, margin_s=0.5)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, sound.rate)
        assert file.getnframes() == len(sound.samples) + sound.rate
        assert not any(file.readframes(sound.rate // 2))


@pytest.mark.parametrize("family", SAVE)
def test_a_text_that_a_voice_has_no_signs_for_is_refused_by_its_name(voices, family):
    for text, message in [
        ("собака в снегу", "has no sign for собак.*speech.voices"),
        ("… !! [♪] <speak/>", "no word"),
        ("", "no word"),
    ]:
        with pytest.raises(SpeechError, match=message):
            voices[family].say(text)
    assert set("собака") <= set(voices[family].unsaid("a red собака"))


def test_a_long_text_is_spoken_in_pieces_and_within_bounds(voices):
    long = voices["vits"].say("a red dog sits. " * 60)
    assert 1 < long.seconds < 60
    assert pieces("One. Two, three four. Five", 12) == ["One.", "Two,", "three four.", "Five"]
    assert pieces("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]
    assert pieces("犬がいる。猫がいる。", 6) == ["犬がいる。", "猫がいる。"]
    text, cut = speakable("word " * 1000)
    assert (len(text) <= MAX_CHARS, cut) == (True, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A  dog\n runs", "A dog runs"),
        ("<speak>A <break time='9s'/>dog</speak>", "A dog"),
        ("[laughs] ♪ A dog ♪", "laughs A dog"),
        ("1 < 2 > 0", "1 2 0"),
        ("a\x00\x1b[31m dog\u202e", "a 31m dog"),
    ],
)
def test_a_voice_is_given_words_alone(text, words):
    assert speakable(text) == (words, False)


def test_a_broken_model_makes_neither_endless_nor_invalid_sound(tmp_path):
    voice = LocalVoice(str(save_vits(tmp_path)))
    voice.say("a")
    network = voice._adapter.network
    with torch.no_grad():
        network.duration_predictor.log_duration = None
        for weights in network.duration_predictor.parameters():
            weights.fill_(float("nan"))
    assert voice.say("a red dog").seconds < 2 * len("a red dog") * MAX_FRAMES * 32 / 24_000
    with torch.no_grad():
        network.decoder.conv_post.weight.fill_(float("nan"))
    with pytest.raises(SpeechError, match="made no sound"):
        voice.say("a red dog")
    with torch.no_grad():
        network.decoder.conv_post.weight.zero_()
    with pytest.raises(SpeechError, match="made no sound"):
        voice.say("a red dog")


def test_a_speaker_is_one_that_the_model_has(voices, tmp_path):
    several = save_vits(tmp_path / "several", speakers=3)
    first, last = (LocalVoice(f"{several}#{number}").say("a dog") for number in (0, 2))
    assert len(first.samples) != len(last.samples) or (first.samples != last.samples).any()
    with pytest.raises(UsageError, match="0 to 2"):
        LocalVoice(f"{several}#3").say("a dog")
    with pytest.raises(UsageError, match="one speaker alone"):
        LocalVoice(f"{voices['vits'].info.model}#1").say("a dog")
    with pytest.raises(UsageError, match="no such voice"):
        LocalVoice(f"{voices['bark'].info.model}#v2/en_speaker_1").say("a dog")
    with pytest.raises(UsageError, match="x-vector of 4 numbers"):
        LocalVoice(f"{voices['speecht5'].info.model}#{tmp_path / 'gone.npy'}").say("a dog")


def test_how_fast_it_speaks(voices):
    model = voices["vits"].info.model
    slow, quick = (LocalVoice(model, speed=speed).say("a red dog sits here") for speed in (0.5, 2.0))
    assert slow.seconds > 1.5 * quick.seconds


def test_what_a_tokenizer_needs_is_said(tmp_path):
    with pytest.raises(CaptionerError, match=r"pip install phonemizer.*mms-tts-eng"):
        LocalVoice(str(save_vits(tmp_path / "sounds", phonemize=True))).say("a dog")
    romanised = LocalVoice(str(save_vits(tmp_path / "roman", is_uroman=True)))
    assert romanised.say("a dog").seconds > 0
    with pytest.raises(SpeechError, match="has no sign for соб"):
        romanised.say("собака")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", json.dumps({"model_type": "t5"}), r"is a t5 model: speech\.voice takes VITS"),
        ("config.json", "{", "cannot be used to speak"),
        ("vocab.json", "[]", "cannot be used to speak"),
        ("model.safetensors", "weights", "cannot be used to speak"),
    ],
)
def test_what_is_no_voice_is_said_in_one_line(tmp_path, name, content, message):
    folder = save_vits(tmp_path)
    (folder / name).write_text(content)
    with pytest.raises(CaptionerError, match=message) as raised:
        LocalVoice(str(folder)).say("a dog")
    assert "\n" not in str(raised.value)


def wav(frames: bytes, *, channels: int = 1, width: int = 2, rate: int = 8000) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(frames)
    return buffer.getvalue()


def test_wav_files_of_others_are_read_with_care():
    two = np.array([[100, 300], [-100, 100]], dtype="<i2").tobytes()
    read = read_wav(wav(two, channels=2), 10)
    assert (read.samples * 32_768).tolist() == [200, 0]
    endless = bytearray(wav(b"\x01\x00" * 100))
    endless[40:44] = b"\xff\xff\xff\xff"  # as it comes from a stream
    assert len(read_wav(bytes(endless), 10).samples) == 100
    for data, message in [
        (b"ID3\x04 an MP3", "no WAV"),
        (b"", "no WAV"),
        (wav(b"\x01" * 10, width=1), "8 bits"),
        (wav(b"\x01\x00" * 9000), "longer than 1 s"),
    ]:
        with pytest.raises(ValueError, match=message):
            read_wav(data, 1)


def test_sounds_of_two_rates_are_one_file(tmp_path):
    tone = np.sin(np.arange(8000) / 8000 * 2 * np.pi * 440).astype(np.float32)
    with replacing_wav(tmp_path / "a.wav", 16_000) as writer:
        writer.add(Sound(tone, 8000), margin_s=0)
        writer.add(Sound(tone, 16_000), margin_s=0)
        assert writer.seconds == 1.5
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
    with pytest.raises(RuntimeError), replacing_wav(tmp_path / "a.wav", 16_000):
        raise RuntimeError
    assert read_wav((tmp_path / "a.wav").read_bytes(), 10).seconds == 1.5
