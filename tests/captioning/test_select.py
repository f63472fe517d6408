"""Which captioner is chosen: with real servers in the place of the hub, each run in a process of its own.

The hub's address and cache folder are read from the environment when huggingface_hub is imported. What huggingface_hub
and transformers import themselves is there already when a process starts.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from captioning.caption_options import CaptionOptions
from captioning.captioners.select import DEFAULT_MODEL, load_captioner
from core.errors import CaptionerError
from inference.device import choose_placement, processor_bfloat16
from tests.captioning.tiny_models import save_tiny
from tests.warm_python import ROOT, run_warm

MODULES = tuple(
    "anyio captioning.captioners.builtin.captioner filelock httpx2 numpy PIL.Image psutil regex scipy.optimize "
    "torch._dynamo torch.distributed._composable.fsdp torch.distributed.checkpoint.hf_storage torch.distributed.tensor "
    "tqdm.auto".split()
)
COMMIT = "82a37760796d32b1411fe092ab5d4e227313294b"

LOAD = """
import json, sys
import captioning.captioners.builtin.captioner, huggingface_hub
from captioning.captioners.select import load_captioner
from captioning.caption_options import CaptionOptions
from core.errors import CaptionerError
from PIL import Image

reports = []
try:
    captioner = load_captioner(CaptionOptions(model=sys.argv[1], device="cpu"), reports.append)
except CaptionerError as error:
    result = {"error": str(error)}
else:
    info = captioner.info
    result = {"model": info.model, "revision": info.revision, "description": info.description}
result |= {"reports": reports}
if "model" in result:
    captioner.generate(captioner.collate([captioner.prepare(Image.new("RGB", (50, 40), "red"))]))
print(json.dumps(result))
"""


def run_python(code: str, *arguments: str, **environment: str) -> str:
    """Run code in a process without any of the caller's settings for the hub; what it prints."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
    clean = {name: value for name, value in clean.items() if not name.lower().endswith("_proxy")}
    command = [sys.executable, "-c", "import warnings; warnings.simplefilter('error')\n" + code, *arguments]
    done = run_warm(command, modules=MODULES, env=clean | environment, cwd=ROOT, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def load(tmp_path):
    """Load a captioner in a process of its own with an empty cache; what became of it."""

    def run(spec: str, **environment: str) -> dict:
        settings = {"HF_HOME": str(tmp_path / "cache"), "HF_HUB_DISABLE_TELEMETRY": "1"}
        return json.loads(run_python(LOAD, spec, **settings | environment))

    return run


@pytest.fixture
def silent_server():
    """The address of a server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepted = []

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    accepted.append(listener.accept()[0])

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in accepted:
            connection.close()


@dataclass
class Hub:
    """A small Hugging Face hub with one model; files over `cut_at` bytes break off there."""

    folder: Path
    cut_at: int | None = None
    url: str = ""
    token: str | None = None  # without it, the model is gated; with another, too
    error: str = "GatedRepo"
    page: bytes | None = None  # instead of everything


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    return save_tiny("blip", tmp_path_factory.mktemp("model"))


@pytest.fixture
def hub(model_folder):
    hub = Hub(model_folder)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_HEAD(self):
            self.answer(with_body=False)

        def do_GET(self):
            self.answer(with_body=True)

        def answer(self, *, with_body: bool):
            if hub.page is not None:
                self.send(hub.page, "page", with_body, commit=False)
                return
            if hub.token is not None and self.headers["Authorization"] != f"Bearer {hub.token}":
                self.send_response(403 if self.headers["Authorization"] else 401)
                self.send_header("X-Error-Code", hub.error)
                self.send_header("X-Error-Message", "Access to model is restricted.")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if self.path.startswith(f"/api/models/{DEFAULT_MODEL}/tree/{COMMIT}?"):
                files = [
                    {"type": "file", "path": f.name, "size": f.stat().st_size, "oid": ""} for f in hub.folder.iterdir()
                ]
                self.send(json.dumps(files).encode(), "tree", with_body)
                return
            prefix, _, name = self.path.partition("/resolve/")
            file = hub.folder / name.partition("/")[2]
            if prefix != f"/{DEFAULT_MODEL}" or not file.is_file():
                self.send_response(404)
                self.send_header("X-Error-Code", "EntryNotFound")
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send(file.read_bytes(), file.name, with_body)

        def send(self, body: bytes, tag: str, with_body: bool, *, commit: bool = True):
            self.send_response(200)
            if commit:
                self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{tag}"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body:
                self.wfile.write(body[: hub.cut_at])
                if hub.cut_at is not None and len(body) > hub.cut_at:
                    self.close_connection = True

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield hub
        server.shutdown()
        thread.join()


def test_choosing_costs_no_heavy_import():
    code = (
        "import sys, captioning.captioners.select, inference.protocol, captioning.captioners.builtin\n"
        "print({'torch', 'transformers', 'huggingface_hub'} & set(sys.modules))"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    modules = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=True)
    assert modules.stdout.strip() == "set()"


def test_builtin_by_name():
    reports = []
    captioner = load_captioner(CaptionOptions(model="builtin", device="cpu"), reports.append)
    assert captioner.info.model == "builtin"
    assert captioner.info.description.endswith("chosen by name")
    assert reports == [f"Captioner: {captioner.info.description}"]


def test_auto_with_a_hub_that_never_answers(load, silent_server):
    result = load("auto", HF_ENDPOINT=silent_server)
    assert result["model"] == "builtin"
    assert f"{silent_server} did not answer within 4 s" in result["description"]
    assert result["reports"] == [f"Captioner: {result['description']}"]


def test_auto_with_a_hub_of_no_address(load):
    result = load("auto", HF_ENDPOINT="http://hub.invalid")
    assert result["model"] == "builtin"
    assert "http://hub.invalid" in result["description"]


def test_auto_offline(load, silent_server):
    result = load("auto", HF_ENDPOINT=silent_server, HF_HUB_OFFLINE="1")
    assert result["model"] == "builtin"
    assert "HF_HUB_OFFLINE is set" in result["description"]


def test_auto_fetches_once_and_then_uses_the_cache(load, hub, silent_server):
    fetched = load("auto", HF_ENDPOINT=hub.url)
    assert (fetched["model"], fetched["revision"]) == (DEFAULT_MODEL, COMMIT)
    assert fetched["description"].endswith("fetched from the hub")
    assert fetched["reports"][0].startswith(f"Fetching {DEFAULT_MODEL}")

    cached = load("auto", HF_ENDPOINT=silent_server)
    assert (cached["model"], cached["revision"]) == (DEFAULT_MODEL, COMMIT)
    assert cached["description"].endswith("from the local cache")


@pytest.mark.parametrize(("ending", "parts"), [("safetensors", 2), ("bin", 2), ("bin", 1)])
def test_weights_are_found_in_the_cache_however_they_are_published(load, hub, silent_server, tmp_path, ending, parts):
    hub.folder = Path(shutil.copytree(hub.folder, tmp_path / "published"))
    store_weights(hub.folder, ending, parts)
    assert load(DEFAULT_MODEL, HF_ENDPOINT=hub.url)["description"].endswith("fetched from the hub")
    assert load(DEFAULT_MODEL, HF_ENDPOINT=silent_server)["description"].endswith("from the local cache")


def store_weights(folder: Path, ending: str, parts: int) -> None:
    """In files of their own format; of several parts, an index says which tensor is in which."""
    state = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    stem, save = {"safetensors": ("model", save_with_format), "bin": ("pytorch_model", torch.save)}[ending]
    if parts == 1:
        save(state, folder / f"{stem}.{ending}")
        return
    files = {name: f"{stem}-{index % parts + 1:05}-of-{parts:05}.{ending}" for index, name in enumerate(sorted(state))}
    for file in set(files.values()):
        save({name: tensor for name, tensor in state.items() if files[name] == file}, folder / file)
    index = {"metadata": {}, "weight_map": files}
    (folder / f"{stem}.{ending}.index.json").write_text(json.dumps(index), "utf-8")


def save_with_format(state: dict[str, torch.Tensor], file: Path) -> None:
    save_file(state, file, {"format": "pt"})


def test_auto_falls_back_when_a_download_breaks_off(load, hub):
    hub.cut_at = 20_000
    result = load("auto", HF_ENDPOINT=hub.url)
    assert result["model"] == "builtin"
    assert "download broke off" in result["description"]
    assert len(result["reports"]) == 2


def test_a_named_model_is_never_replaced(load):
    error = load(DEFAULT_MODEL, HF_HUB_OFFLINE="1")["error"]
    assert error == f"{DEFAULT_MODEL} is not in the local cache, and HF_HUB_OFFLINE is set, so it is not fetched."


def test_a_named_model_that_the_hub_does_not_have(load, hub):
    assert "HTTP 404" in load("no-such/model", HF_ENDPOINT=hub.url)["error"]


def test_a_gated_model_is_fetched_with_the_token(load, hub):
    hub.token = "hf_allowed"
    assert load(DEFAULT_MODEL, HF_ENDPOINT=hub.url, HF_TOKEN="hf_allowed")["revision"] == COMMIT


@pytest.mark.parametrize(
    ("error", "token", "message"),
    [
        ("GatedRepo", None, f"is gated (HTTP 401): accept its terms at HUB/{DEFAULT_MODEL}, and set HF_TOKEN"),
        ("GatedRepo", "hf_other", "is gated (HTTP 403), and the account of HF_TOKEN has no access"),
        ("RepoNotFound", None, "does not offer it (HTTP 401): check the spelling; set HF_TOKEN for a private model"),
        ("RepoNotFound", "hf_other", "does not offer it (HTTP 403)"),
    ],
)
def test_a_model_that_is_not_for_everybody_says_what_to_do(load, hub, error, token, message):
    hub.token, hub.error = "hf_allowed", error
    environment = {"HF_ENDPOINT": hub.url} | ({"HF_TOKEN": token} if token else {})
    said = load(DEFAULT_MODEL, **environment)["error"]
    assert message.replace("HUB", hub.url) in said
    assert "hf_other" not in said


def test_a_login_page_is_no_hub(load, hub):
    hub.page = b"<html>Log in to the network</html>"
    assert "is no hub of models" in load(DEFAULT_MODEL, HF_ENDPOINT=hub.url)["error"]
    assert load("auto", HF_ENDPOINT=hub.url)["model"] == "builtin"


def test_a_folder(model_folder):
    captioner = load_captioner(CaptionOptions(model=str(model_folder), device="cpu"), print)
    assert captioner.info.model == str(model_folder)
    assert captioner.info.description.endswith("from a folder")


@pytest.mark.parametrize("spec", ["./no-such-folder", "/no/such/folder", "a/b/c"])
def test_neither_a_folder_nor_an_id(spec):
    with pytest.raises(CaptionerError, match="neither a folder nor the id"):
        load_captioner(CaptionOptions(model=spec, device="cpu"), print)


def test_a_file_is_no_model(tmp_path):
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"")
    with pytest.raises(CaptionerError, match="name the folder"):
        load_captioner(CaptionOptions(model=str(weights), device="cpu"), print)


def test_options_of_decoding_reach_the_model(model_folder):
    options = CaptionOptions(model=str(model_folder), device="cpu", max_new_tokens=7, num_beams=2)
    assert load_captioner(options, print).info.prompt_version == "unconditional-2 beams=2 max_new_tokens=7"


def test_placement():
    placement = choose_placement("cpu", "auto")
    has_bfloat16 = {"amx_bf16", "avx512_bf16", "bf16"} & set(Path("/proc/cpuinfo").read_text().split())
    assert (placement.device, placement.dtype) == (
        torch.device("cpu"),
        torch.bfloat16 if has_bfloat16 else torch.float32,
    )
    assert "bfloat16" in placement.reason
    assert choose_placement("cpu", "float32").reason == ""
    assert str(choose_placement("cpu", "bfloat16")) == "cpu, bfloat16"
    assert str(choose_placement("cpu", "int8")) == "cpu, int8"


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_bf16 amx_bf16", "amx_bf16"),
        ("model name : x\nflags\t\t: fpu avx2 avx512f avx512_bf16", "avx512_bf16"),
        ("Features\t: fp asimd bf16 i8mm", "bf16"),
        ("flags\t\t: fpu avx2 avx512f avx512_vnni", ""),
        ("model name : bf16", ""),
        ("", ""),
    ],
)
def test_what_a_processor_multiplies_in(flags, expected, tmp_path):
    (tmp_path / "cpuinfo").write_text(flags)
    assert processor_bfloat16(str(tmp_path / "cpuinfo")) == expected


@pytest.mark.parametrize(
    ("device", "dtype", "message"),
    [
        ("cuda:99", "auto", "not on this machine.*choose one of: auto, .*cpu"),
        ("gpu", "auto", "is not a device"),
        ("meta", "auto", "not on this machine"),
        ("cpu", "int4", "There is no dtype 'int4'"),
    ],
)
def test_placements_that_cannot_be(device, dtype, message):
    with pytest.raises(CaptionerError, match=message):
        choose_placement(device, dtype)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_placement_on_a_gpu():
    placement = choose_placement("auto", "auto")
    assert placement.device == torch.device("cuda", 0)
    assert placement.dtype in {torch.bfloat16, torch.float16}
    assert choose_placement("cuda", "float32").device == torch.device("cuda", 0)
    with pytest.raises(CaptionerError, match="int8 is for CPUs"):
        choose_placement("cuda", "int8")
