"""Fine-tuning: tiny random models of the real classes learn captions by heart, and go on where they were stopped."""

from __future__ import annotations

import resource
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from captioning.captioners.huggingface.captioner import HuggingFaceCaptioner
from captioning.captioners.huggingface.loading import hush
from captioning.datasets.read import load_dataset
from captioning.training.huggingface.student import UNTOLD, Student
from captioning.training.huggingface.trainer import is_over, last_checkpoint
from captioning.training.huggingface.tune import Exam, Lessons, pairs_of, teach, tune, write_model
from captioning.training.huggingface.tune_options import FULL_RATE, TuneOptions, tune_options_for
from captioning.training.workplace import UNFINISHED
from core.errors import CaptionerError, UsageError
from inference.device import Placement
from tests.captioning.test_training import Log, write_dataset
from tests.captioning.tiny_models import save_tiny

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

CPU = torch.device("cpu")
FULL = TuneOptions("", full=True, learning_rate=3e-3, epochs=3, epoch_steps=40, batch_size=10)
LORA = TuneOptions("", learning_rate=5e-3, epochs=3, epoch_steps=60, batch_size=10, dropout=0.0)
SHORT = TuneOptions("", learning_rate=1e-2, epochs=2, epoch_steps=2, batch_size=5, captions=1)
# What the words of each tiny tokenizer can say.
COLOURS = "red blue green yellow white black orange pink grey purple".split()
LETTERS = "a cat|a dog on a boat|bird in a lake|green field|lemon|a red hat|hot sand|pink pig|a big fan|ring".split("|")
WORDS = (
    "a red house|two man swims|the dog runs on grass|a blue bird|green hill|yellow sun|a cat sits on the table|"
    "boat under water|white snow|a child plays"
).split("|")
SENTENCES = [" ".join(f"{word}." for word in text.split()) for text in WORDS]


@pytest.fixture(scope="module", autouse=True)
def alone():
    """In one thread: with networks as small as these, several wait for each other most of the time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    hush()
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The folder of a tiny model of a family, with weights as narrow as training begins with."""
    folders: dict[str, Path] = {}

    def folder(family: str) -> Path:
        if family not in folders:
            folders[family] = save_tiny(family, tmp_path_factory.mktemp(family))
            weights = folders[family] / "model.safetensors"
            narrow = {name: value * 0.2 if value.ndim > 1 else value for name, value in load_file(weights).items()}
            save_file(narrow, weights, {"format": "pt"})
        return folders[family]

    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Ten, each of another colour."""
    folder = tmp_path_factory.mktemp("pictures")
    for colour in COLOURS:
        Image.new("RGB", (48, 40), colour).save(folder / f"{colour}.jpg")
    return [folder / f"{colour}.jpg" for colour in COLOURS]


def load(folder: Path, dtype: torch.dtype = torch.float32, tokens: int = 8) -> HuggingFaceCaptioner:
    return HuggingFaceCaptioner(str(folder), Placement(CPU, dtype), local_files_only=True, max_new_tokens=tokens)


class Class:
    """A student with ten pictures to learn by heart."""

    def __init__(self, folder, pictures, texts, dtype=torch.float32, *, dev=2, tokens=8):
        self.student = Student(load(folder, dtype, tokens))
        pairs = [(file, self.student.encode(text)) for file, text in zip(pictures, texts, strict=True)]
        self.lessons, self.exam = Lessons(self.student, pairs), Exam(pictures[:dev], [[text] for text in texts[:dev]])
        self.log = Log()

    def teach(self, work: Path, options: TuneOptions, *, half: bool = False):
        work.mkdir(exist_ok=True)
        return teach(self.student, self.lessons, self.exam, work, options, self.log, half=half)

    def weights(self) -> dict[str, torch.Tensor]:
        return self.student.model.state_dict()


def said(folder: Path, pictures: list[Path]) -> list[str | None]:
    captioner = load(folder, tokens=20)
    prepared = [captioner.prepare(Image.open(picture)) for picture in pictures]
    return [answer.text for answer in captioner.generate(captioner.collate(prepared))]


def test_blip_learns_ten_captions_by_heart(models, pictures, tmp_path):
    group = Class(models("blip"), pictures, WORDS)
    epochs, pace = group.teach(tmp_path / "work", replace(FULL, epochs=1, epoch_steps=60))
    assert [one.loss is None for one in epochs] == [True, False]
    assert pace > 0
    assert group.log.done["steps"] == (60, 60)
    write_model(group.student.model, str(models("blip")), "", tmp_path / "made")
    assert said(tmp_path / "made", pictures) == WORDS


@pytest.mark.slow
@pytest.mark.parametrize("options", [FULL, LORA], ids=["full", "adapters"])
@pytest.mark.parametrize(
    ("family", "texts"),
    [
        ("blip", WORDS),
        ("git", WORDS),
        ("vit-bert", WORDS),
        ("vit-gpt2", LETTERS),
        ("florence2", SENTENCES),
        ("paligemma", SENTENCES),
        ("kosmos-2", SENTENCES),
        ("idefics3", SENTENCES),
        ("smolvlm", SENTENCES),
        ("qwen2_vl", SENTENCES),
        ("llava", SENTENCES),
    ],
)
def test_each_family_learns_ten_captions_by_heart(models, pictures, tmp_path, family, texts, options):
    group = Class(models(family), pictures, texts, dev=10, tokens=20)
    group.teach(tmp_path / "work", options)
    write_model(group.student.model, str(models(family)), "", tmp_path / "made")
    assert said(tmp_path / "made", pictures) == texts


class KilledError(Exception):
    """The end, in the midst of a step."""


def test_a_run_that_is_stopped_ends_where_one_that_is_not_does(models, pictures, tmp_path, monkeypatch):
    options = replace(SHORT, dropout=0.3)
    whole = Class(models("blip"), pictures, WORDS)
    flushed = []
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", lambda handle: flushed.append(Path(f"/proc/self/fd/{handle}").readlink()))
        whole.teach(tmp_path / "whole", options)
    last = tmp_path / "whole" / "checkpoint-4"
    assert {last, last.parent, *last.iterdir()} <= set(flushed)
    assert flushed.index(last / "optimizer.pt") < flushed.index(last / "trainer_state.json")
    stopped = Class(models("blip"), pictures, WORDS)

    def progress(work, done, known, note):
        if done == 3:
            raise KilledError

    stopped.log.progress = progress
    with pytest.raises(KilledError):
        stopped.teach(tmp_path / "parted", options)
    (tmp_path / "parted" / "checkpoint-4").mkdir()  # not written to its end
    (tmp_path / "parted" / "checkpoint-4" / "trainer_state.json").write_text('{"global_st')
    parted = Class(models("blip"), pictures, WORDS)
    epochs, _ = parted.teach(tmp_path / "parted", options)
    assert parted.log.lines[0] == "Going on after step 2."
    assert [one.step for one in epochs] == [0, 2, 4]
    assert all(torch.equal(value, parted.weights()[name]) for name, value in whole.weights().items())
    again = Class(models("blip"), pictures, WORDS)  # killed before the result was there
    again.teach(tmp_path / "parted", options)
    assert again.log.lines == ["Going on after step 4."]
    assert all(torch.equal(value, again.weights()[name]) for name, value in whole.weights().items())
    (tmp_path / "parted" / "checkpoint-2" / "optimizer.pt").write_bytes(b"half of it")
    shutil.rmtree(tmp_path / "parted" / "checkpoint-4")
    with pytest.raises(CaptionerError, match=r"checkpoint-2 is damaged .*--fresh"):
        Class(models("blip"), pictures, WORDS).teach(tmp_path / "parted", options)


def test_numbers_that_go_astray_end_it(models, pictures, tmp_path):
    group = Class(models("blip"), pictures, WORDS)
    with pytest.raises(CaptionerError, match=r"astray: at step \d the loss is (nan|inf).* --learning-rate 3e\+3"):
        group.teach(tmp_path / "work", replace(SHORT, full=True, learning_rate=1e38, warm_up=0.0))
    assert last_checkpoint(tmp_path / "work") is None


def test_a_full_disk_leaves_what_was_there(models, pictures, tmp_path):
    group = Class(models("blip"), pictures, WORDS)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
        with pytest.raises(CaptionerError, match=r"cannot write .*checkpoint-2: .*make room"):
            group.teach(tmp_path / "work", SHORT)
        with pytest.raises(CaptionerError, match="cannot write"):
            write_model(group.student.model, str(models("blip")), "", tmp_path / "made")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert not list((tmp_path / "work").iterdir())


@pytest.mark.slow
def test_parts_of_a_step_add_up_to_it(models, pictures, tmp_path):
    """Captions of different lengths: each token weighs the same, in whichever part it is."""
    options = replace(SHORT, full=True, epochs=1, learning_rate=1e-4)
    weights = []
    for parts in (1, 2):
        group = Class(models("blip"), pictures, WORDS)
        for part in group.student.model.modules():
            if isinstance(part, torch.nn.Dropout):
                part.p = 0.0
        group.teach(tmp_path / str(parts), replace(options, batch_size=4, accumulate=parts))
        weights.append(group.weights())
    assert all(torch.allclose(value, weights[1][name], atol=2e-5) for name, value in weights[0].items())


@pytest.mark.slow
def test_bfloat16_and_checkpointing_learn_as_well(models, pictures, tmp_path):
    group = Class(models("blip"), pictures, WORDS, torch.bfloat16)
    options = replace(LORA, epochs=1, epoch_steps=12, checkpointing=True)
    epochs, _ = group.teach(tmp_path / "work", options, half=True)
    assert epochs[1].loss < 4.4  # 4.37 is the loss of one who knows nothing of 79 words
    assert group.student.model.dtype is torch.bfloat16


def test_a_model_that_writes_otherwise_than_it_reads_is_refused(models):
    with pytest.raises(CaptionerError, match=r"cannot be fine-tuned here: .*Choose another one"):
        Student(load(models("blip-2-t5")))


def test_texts_are_filled_up_behind_and_the_filling_is_not_learnt(models, pictures):
    student = Student(load(models("smolvlm")))
    red, grey = Image.open(pictures[0]), Image.open(pictures[8]).resize((90, 30))
    shown = [student.shows(red, student.encode("a. cat.")), student.shows(grey, student.encode("a. red. house. runs."))]
    batch = student.collate(shown)
    assert batch["labels"].shape == batch["input_ids"].shape == batch["attention_mask"].shape
    told = [row[row != UNTOLD].tolist() for row in batch["labels"]]
    assert [student.tokenizer.decode(row) for row in told] == ["a. cat. </s>", "a. red. house. runs. </s>"]
    assert len(batch["pixel_values"]) == 2


def test_what_cannot_be_written_is_told(models):
    student, log = Student(load(models("blip"))), Log()
    picture = type("Picture", (), {"captions": ("ein rotes Haus",)})
    with pytest.raises(UsageError, match=r"no signs for most of what is in the 1 caption \('ein rotes Haus'\)"):
        pairs_of(student, [(picture, Path())], 5, log.say)
    picture.captions = ("ein rotes Haus", "a red house", "a red house " * 20)
    pairs = pairs_of(student, [(picture, Path())], 5, log.say)
    assert len(pairs) == 3
    assert "1 caption with signs that the model cannot write" in log.lines[0]
    assert "1 caption longer than what the model writes" in log.lines[1]


@pytest.mark.parametrize(("ciders", "over"), [([1, 2], False), ([1, 3, 2, 3], True), ([1, 2, 1, 2.5], False)])
def test_it_ends_when_it_gets_no_better(ciders, over):
    history = [{"eval_cider": 9.0, "step": 0}]
    for step, cider in enumerate(ciders, 1):
        history += [{"loss": 1.0, "step": step}, {"eval_cider": cider, "step": step}]
    assert is_over(history, 2) is over


def test_all_weights_learn_slower_than_adapters():
    assert tune_options_for("base", 1, {"full": True}).learning_rate == FULL_RATE
    assert tune_options_for("base", 1, {"full": True, "learning_rate": 1e-4}).learning_rate == 1e-4


def test_from_a_dataset_to_a_folder(models, tmp_path):
    data = write_dataset(tmp_path / "data", 51, 20)
    (data / "train" / "3.png").write_bytes(b"no picture at all")
    options, log = replace(SHORT, base=str(models("git")), epochs=1), Log()
    given = {"device": "cpu", "command": "alt-audit train walls", "version": "0", "max_pixels": 1_000_000}
    out = tmp_path / "out"
    done = tune(load_dataset(data, log.say), out, options, log, **given)
    assert done.scores.cider >= 0
    card = (out / "MODEL_CARD.md").read_text("utf-8")
    for part in ("Walls: 50 pictures with 50 captions (1 more", "CC0 \\| all of it", "LoRA", "`alt-audit train walls`"):
        assert part in card
    assert not (out / UNFINISHED).exists()
    assert len({file.stat().st_mode for file in out.iterdir()}) == 1
    assert log.done["pictures"] == (20, 20)
    assert len(said(out, [data / "dev" / "60.png"])) == 1
    with pytest.raises(UsageError, match="holds a model already"):
        tune(load_dataset(data, log.say), out, options, log, **given)
    few = write_dataset(tmp_path / "few", 10, 2)
    with pytest.raises(UsageError, match="10 pictures to learn from"):
        tune(load_dataset(few, log.say), tmp_path / "none", options, log, **given)
    assert not (tmp_path / "none").exists()
