"""`speak`: transcripts and sound of texts, of pages and of a stored site; by voices here and behind an endpoint."""

from __future__ import annotations

import contextlib
import json
import threading
import wave
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from alt_audit.cli import app
from alt_audit.config import load_settings
from alt_audit.jobs.speak import page_heard, site_heard, spoken, texts_heard
from alt_audit.speaking.endpoint import EndpointVoice
from alt_audit.speaking.voices import Voices
from core.errors import CaptionerError, ReportError, SpeechError, UsageError
from inference.speech.options import SpeechEndpointOptions, SpeechOptions
from store.engine import connect, reading
from store.sites import crawled_sites
from tests.inference.test_voices import wav
from tests.inference.tiny_voices import save_vits
from tests.storefill import MISSING, OK, SITE, occurrence, store_visits, visit

KEY = "sk-test-speech"
PAGE = """<html lang="en"><title>T</title><body><p>x <img src="a.jpg" alt="A red dog">
<p>x <img src="DSC_0042.jpg"><img src="line.png" alt="">
<p lang="de">x <img src="hut.jpg" alt="Ein Hut"> <a href="/cart/"><img src="c.png"></a></body></html>"""
SAID = [
    "graphic, A red dog",
    "graphic, DSC_0042.jpg",
    "",
    "Grafik, Ein Hut",
    "Link, Grafik ohne Label, cart",
]


@pytest.fixture(scope="module")
def vits(tmp_path_factory):
    return str(save_vits(tmp_path_factory.mktemp("voice") / "vits"))


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(PAGE)
    return path


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALT_AUDIT_SPEECH__SPEED", "2")
    return lambda *arguments: CliRunner().invoke(app, ["speak", *map(str, arguments)])


def seconds(path) -> float:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.getnframes() / file.getframerate()


def test_a_page_is_spoken_into_one_file_with_a_transcript(run, page, vits):
    done = run("--page", page, "--out", "heard.wav", "--voice", vits, "--format", "json")
    assert done.exit_code == 0, done.output
    lines = json.loads(done.stdout)["lines"]
    assert [line["said"] for line in lines] == SAID
    assert [line["heard"] for line in lines] == ["text", "file_name", "silent", "text", "address"]
    assert lines[1]["instead"] == "unlabelled graphic"
    assert json.loads((page.parent / "heard.json").read_text())["lines"] == lines
    assert "3. –\n      (nothing is said)\n      line.png" in (page.parent / "heard.txt").read_text()
    audible = [line for line in lines if line["wav"]]
    assert [line["number"] for line in audible] == [1, 2, 4, 5]
    assert seconds(page.parent / "heard.wav") == pytest.approx(sum(line["seconds"] for line in audible), abs=0.05)
    assert audible[1]["starts_s"] == pytest.approx(audible[0]["seconds"], abs=0.02)


def test_each_picture_has_a_file_of_its_own_and_without_a_voice_there_is_the_transcript(run, page, vits):
    done = run("--page", page, "--out", "parts", "--voice", vits, "--limit", 2)
    assert done.exit_code == 0, done.output
    assert "more pictures than 2" in done.output
    parts = page.parent / "parts"
    assert {path.name for path in parts.iterdir()} == {"001.wav", "002.wav", "transcript.json", "transcript.txt"}
    assert seconds(parts / "001.wav") > 0.8
    silent = run("A red dog", "--language", "fr", "--out", "none")
    assert silent.exit_code == 0
    assert "graphique, A red dog" in silent.output
    assert "No voice is set" in silent.output
    assert (page.parent / "none" / "transcript.txt").read_text().strip() == "1. graphique, A red dog"


def test_usage(run, page):
    for arguments in ([], ["A dog", "--page", page], ["A dog", "--voice", "x"]):
        assert isinstance(run(*arguments).exception, UsageError)


def speech(voice: str | None = None, **more: object) -> Voices:
    return Voices(SpeechOptions(voice=voice, **more), "cpu")


def test_what_a_voice_cannot_say_is_noted_and_the_rest_is_spoken(vits, tmp_path):
    texts = ["A dog", "собака", "20 dogs", "Ein Bär " * 300, "!"]
    done = list(spoken(texts_heard(texts, "en"), speech(vits), tmp_path / "a.wav"))
    assert [line.wav for line in done] == ["a.wav", None, "a.wav", "a.wav", "a.wav"]
    assert "no sign for соб" in done[1].note
    assert done[2].note is None  # its digits are spelt
    assert "first 1000 characters" in done[3].note
    assert "no sign for ä" in done[3].note
    assert (tmp_path / "a.json").exists()


def test_languages_have_voices_of_their_own(page, vits, tmp_path):
    settings = load_settings()
    lines, more = page_heard(str(page), settings, None, 100)
    assert not more
    done = list(spoken(lines, speech(voices={"de": vits}), tmp_path / "out"))
    assert [line.note for line in done if line.language == "en" and line.said.text] == [
        "no voice for en: name one in speech.voices"
    ] * 2
    assert all(line.wav for line in done if line.language == "de")


def test_a_voice_or_a_folder_that_is_not_there_loses_nothing(tmp_path):
    lines = texts_heard(["A dog"], None)
    with pytest.raises(CaptionerError, match=r"neither a folder|no folder"):
        list(spoken(lines, speech(str(tmp_path / "gone")), tmp_path / "a.wav"))
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="--out"):
        list(spoken(lines, speech(), tmp_path / "file" / "below"))


def test_a_stored_site_is_heard_page_by_page(sqlite_url):
    settings, engine = load_settings(database=sqlite_url), connect(sqlite_url)
    hat = occurrence("1.jpg", alt="A hat", accessible_name="A hat")
    store_visits(engine, visit("b", (hat, OK)), visit("a", (occurrence("2.jpg"), MISSING)))
    with reading(engine) as session:
        [site] = crawled_sites(session).read
    lines, more = site_heard(settings, site, None, None, 100)
    assert [(line.page, line.said.text) for line in lines] == [
        (f"http://{SITE}/a", "graphic, 2.jpg"),
        (f"http://{SITE}/b", "graphic, A hat"),
    ]
    assert not more
    assert [line.alt for line in site_heard(settings, site, f"http://{SITE}/b", None, 100)[0]] == ["A hat"]
    assert site_heard(settings, site, None, None, 1)[1]
    with pytest.raises(UsageError, match=r"pages\.csv"):
        site_heard(settings, site, f"http://{SITE}/c", None, 100)
    engine.dispose()


@contextlib.contextmanager
def serve_speech():
    """A server with /v1/audio/speech, which answers with `reply`: status, headers, body."""
    server_side = SimpleNamespace(requests=[], keys=[], reply=lambda request: (200, {}, wav(b"\x00\x20" * 4000)))

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_POST(self):
            server_side.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            server_side.keys.append(self.headers.get("Authorization"))
            status, headers, body = server_side.reply(server_side.requests[-1])
            if self.path != "/v1/audio/speech":
                status, headers, body = 404, {}, b"{}"
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server_side.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server_side
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def server():
    with serve_speech() as one:
        yield one


def test_a_server_speaks(server, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    voices = Voices(load_settings(speech={"voice": "openai:tts-1#nova", "speed": 1.5}).speech, "cpu")
    [line] = spoken(texts_heard(["A <b>dog</b>"], "de"), voices, tmp_path / "a.wav")
    assert server.requests == [
        {"model": "tts-1", "voice": "nova", "input": "Grafik, A dog", "response_format": "wav", "speed": 1.5}
    ]
    assert server.keys == [f"Bearer {KEY}"]
    assert seconds(tmp_path / "a.wav") == pytest.approx(1.3)
    assert line.note is None
    assert KEY not in (tmp_path / "a.json").read_text()


def test_a_key_is_for_its_own_server_and_what_passes_is_asked_again(server):
    options = SpeechEndpointOptions(api_key=KEY, retries=1)
    answers = iter([(503, {"Retry-After": "0"}, b""), (200, {}, wav(b"\x00\x20" * 800))])
    server.reply = lambda request: next(answers)
    assert EndpointVoice(f"openai:kokoro@{server.url}", options).say("A dog").seconds == 0.1
    assert server.keys == [None, None]
    assert server.requests[0]["voice"] == "alloy"


@pytest.mark.parametrize(
    ("reply", "error", "message"),
    [
        (
            (401, {}, b'{"error": {"message": "no key sk-test-speech"}}'),
            CaptionerError,
            r"401: It refuses the key.*\*\*\*",
        ),
        ((400, {}, b'{"error": "too long"}'), SpeechError, "answered 400 .too long"),
        ((301, {"Location": "http://127.0.0.1:1/"}, b""), CaptionerError, "301"),
        ((200, {}, b"ID3 an MP3"), SpeechError, "asked for WAV"),
        ((500, {}, b""), CaptionerError, "answered 500"),
    ],
)
def test_what_a_server_says_instead(server, reply, error, message):
    server.reply = lambda request: reply
    options = SpeechEndpointOptions(base_url=server.url, api_key=KEY, retries=0)
    with pytest.raises(error, match=message):
        EndpointVoice("openai:tts-1", options).say("A dog")


def test_a_server_that_is_none():
    options = SpeechEndpointOptions(base_url="http://127.0.0.1:9/v1", retries=0)
    with pytest.raises(CaptionerError, match="cannot be reached"):
        EndpointVoice("openai:tts-1", options).say("A dog")
    with pytest.raises(CaptionerError, match="wants a model"):
        EndpointVoice("openai:", options)
    with pytest.raises(CaptionerError, match=r"speech\.endpoint\.base_url"):
        EndpointVoice("openai:tts-1", SpeechEndpointOptions(base_url="ftp://x"))
