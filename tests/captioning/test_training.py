"""Training: that it learns what it should, goes on where it was stopped, and says why where it cannot."""

from __future__ import annotations

import json
import resource
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from captioning.caption_options import CaptionOptions
from captioning.captioners.builtin.captioner import BuiltinCaptioner
from captioning.captioners.builtin.files import read_model
from captioning.captioners.builtin.search import END, PAD, START, UNKNOWN
from captioning.captioners.select import check_model, load_captioner
from captioning.datasets.read import load_dataset
from captioning.datasets.records import Dataset, Picture, Split
from captioning.training.batches import Batches
from captioning.training.checkpoint import Epoch, Standing
from captioning.training.examining import THRESHOLD, Answer, fit_confidence
from captioning.training.features import SHAPE
from captioning.training.files import replacing
from captioning.training.lessons import Lesson, plan_lessons
from captioning.training.loop import Training
from captioning.training.network import build_network
from captioning.training.objective import Objective
from captioning.training.reward import Reward
from captioning.training.train import train
from captioning.training.train_options import TrainOptions
from captioning.training.variants import variants
from captioning.training.vocabulary import SPECIALS, build_vocabulary
from captioning.training.workplace import UNFINISHED, alone_in
from core.errors import CaptionerError, UsageError

CPU = torch.device("cpu")
TINY = TrainOptions(
    width=16,
    heads=2,
    decoder_layers=1,
    copies=1,
    batch_size=2,
    epoch_steps=3,
    epochs=1,
    tuned_epochs=1,
    reward_epochs=1,
)
LETTERS = (*SPECIALS, *"abcdefgh")
COLOURS = {"red": (200, 30, 30), "green": (30, 160, 60), "blue": (30, 60, 200), "yellow": (230, 220, 40)}


class Log:
    """What a training tells."""

    def __init__(self):
        self.lines = []
        self.done = {}

    def say(self, line):
        self.lines.append(line)

    def progress(self, work, done, known, note=""):
        self.done[work] = (done, known)


def write_dataset(folder: Path, train: int, dev: int) -> Path:
    """A dataset of plain pictures, each with two captions that say its colour."""
    number = 0
    for split, pictures in (("train", train), ("dev", dev)):
        (folder / split).mkdir(parents=True)
        images, annotations = [], []
        for _ in range(pictures):
            number += 1
            name, colour = list(COLOURS.items())[number % len(COLOURS)]
            shade = tuple(max(0, value - number) for value in colour)  # no two files are the same
            Image.new("RGB", (40, 30), shade).save(folder / split / f"{number}.png")
            images.append({"id": number, "file_name": f"{number}.png"})
            for text in (f"A {name} wall.", f"A wall of {name} paint in sunshine."):
                annotations.append({"id": len(annotations), "image_id": number, "caption": text})
        licences = [{"id": 1, "name": "CC0 | all of it"}]
        content = {"info": {"description": "Walls"}, "licenses": licences, "images": images, "annotations": annotations}
        (folder / f"captions_{split}.json").write_text(json.dumps(content), "utf-8")
    return folder


def train_into(out: Path, dataset: Path, options: TrainOptions = TINY, log: Log | None = None, **given):
    log = log or Log()
    return train(
        load_dataset(dataset, log.say),
        out,
        options,
        log,
        device="cpu",
        command="alt-audit train walls",
        version="0",
        max_pixels=1_000_000,
        **given,
    )


@pytest.fixture(scope="module")
def walls(tmp_path_factory):
    """52 pictures to learn from, of which two cannot be read, and 20 to choose by."""
    folder = write_dataset(tmp_path_factory.mktemp("data"), 52, 20)
    (folder / "train" / "3.png").write_bytes(b"no picture at all")
    Image.new("L", (1200, 900)).save(folder / "train" / "4.png")
    return folder


@pytest.fixture(scope="module")
def trained(walls, tmp_path_factory):
    """A captioner after a few steps, and what was told meanwhile."""
    log = Log()
    options = replace(TINY, batch_size=10, tuned_epochs=0, reward_epochs=0)
    done = train_into(tmp_path_factory.mktemp("models") / "walls", walls, options, log)
    return done, log


def test_the_result_is_a_captioner_by_the_name_of_its_folder(trained, walls):
    done, _ = trained
    options = CaptionOptions(model=str(done.folder), device="cpu")
    check_model(options)
    captioner = load_captioner(options, lambda line: None)
    assert captioner.info.model == str(done.folder)
    assert captioner.info.knows == "pictures like those of Walls"
    assert "licence: CC0 | all of it" in captioner.info.description
    [caption] = captioner.generate(captioner.collate([captioner.prepare(Image.open(walls / "dev" / "60.png"))]))
    assert 0.0 <= caption.confidence <= 1.0


def test_what_was_measured_is_what_the_captioner_says(trained, walls):
    done, _ = trained
    captioner = BuiltinCaptioner(CPU, model=str(done.folder))
    pictures = [Image.open(path) for path in sorted((walls / "dev").iterdir())]
    said = captioner.generate(captioner.collate([captioner.prepare(picture) for picture in pictures]))
    assert sum(caption.text is not None for caption in said) / len(said) == pytest.approx(done.figures.spoken, abs=0.1)


def test_the_card_says_what_was_done(trained):
    done, log = trained
    card = (done.folder / "MODEL_CARD.md").read_text("utf-8")
    for part in (
        "Walls: 50 pictures with 100 captions (2 more could not",
        "CC0 \\| all of it",
        "`alt-audit train walls`",
    ):
        assert part in card
    assert (done.folder / "LICENSE-APACHE").is_file()
    assert not (done.folder / UNFINISHED).exists()
    [left_out] = [line for line in log.lines if line.startswith("Left out")]
    assert "2 pictures that cannot be read" in left_out
    assert "too_many_pixels" in left_out
    assert log.done == {"pictures": (52, 52), "steps": (5, 5)}  # an epoch is all pictures, where that is more


def test_a_folder_with_a_model_is_left_alone(trained, walls):
    with pytest.raises(UsageError, match="holds a model already"):
        train_into(trained[0].folder, walls)


@pytest.mark.parametrize("damage", ["vocab.json", "captioner.safetensors", "config.json"])
def test_a_damaged_captioner_is_told(trained, tmp_path, damage):
    for file in trained[0].folder.iterdir():
        content = file.read_bytes()
        (tmp_path / file.name).write_bytes(content if file.name != damage else content[: len(content) // 2])
    if damage == "config.json":
        (tmp_path / damage).write_text('{"model_type": "alt-audit-captioner"}', "utf-8")
    with pytest.raises(CaptionerError, match="is no whole captioner"):
        load_captioner(CaptionOptions(model=str(tmp_path), device="cpu"), lambda line: None)


@torch.inference_mode()
def test_a_caption_read_at_once_gives_the_numbers_of_one_written_word_by_word():
    decoder = read_model("builtin").decoder()
    noise = torch.Generator().manual_seed(1)
    grid = torch.rand((2, 49, 1280), generator=noise)
    words = torch.randint(4, 2924, (3, 7), generator=noise)
    words[:, 0] = START
    of = torch.tensor([0, 1, 1])
    memory = decoder.look(grid)
    at_once = decoder.scores(decoder.read(memory, words, of)).log_softmax(-1)
    state = decoder.start(memory[of])
    for place in range(words.shape[1]):
        assert torch.allclose(decoder.step(state, words[:, place : place + 1])[:, 0], at_once[:, place], atol=1e-4)


@torch.inference_mode()
def test_what_a_captioner_knows_it_still_knows_with_more_words():
    files = read_model("builtin")
    network = build_network(TrainOptions(start="builtin"), files, len(files.vocabulary) + 7, 40).eval()
    before, grid, words = files.decoder(), torch.rand((1, 49, 1280)), torch.tensor([[START, 11, 500]])
    of = torch.tensor([0])
    known = before.scores(before.read(before.look(grid), words, of))
    now = network.decoder.scores(network.decoder.read(network.decoder.look(grid), words, of))
    assert torch.allclose(now[..., : len(files.vocabulary)], known, atol=1e-5)
    pixels = torch.rand((1, 3, 224, 224))
    encoder = network.encoder
    middle = encoder.lower(pixels).permute(0, 2, 3, 1)
    assert torch.allclose(network.grid(middle), files.encoder()(pixels), atol=1e-5)


def lessons_by_chance(pictures: int = 6) -> tuple[list[Lesson], np.ndarray]:
    noise = np.random.default_rng(1)
    captions = tuple((START, int(word), 6, END) for word in noise.integers(4, 12, 2))
    texts = tuple(" ".join(LETTERS[word] for word in caption[1:-1]) for caption in captions)
    lessons = [Lesson(Path(), texts, captions, True)] * pictures
    return lessons, noise.normal(size=(pictures, 1, *SHAPE)).astype(np.float16)


def training_in(folder: Path, options: TrainOptions = TINY) -> Training:
    lessons, features = lessons_by_chance()
    batches = Batches(lessons, features, range(len(lessons)), 12, options)
    network = build_network(options, None, 12, 4)

    def examine(candidate):
        return float(candidate.decoder.bias.sum())

    objective = Objective(options, CPU, half=False, reward=Reward([lesson.texts for lesson in lessons], LETTERS))
    return Training(network, batches, examine, objective, folder / "checkpoint.pt")


class KilledError(Exception):
    """The end, in the midst of a step."""


def test_a_run_that_is_stopped_ends_where_one_that_is_not_does(tmp_path):
    (tmp_path / "whole").mkdir()
    whole = training_in(tmp_path / "whole").run(print, lambda *told: None).state_dict()
    for stop in (1, 4, 8):  # with the encoder as it was, while it is trained, and while captions are rewarded
        training = training_in(tmp_path)

        def progress(done, known, note, stop=stop, training=training):
            if done == stop:
                training.save()
            elif done == stop + 1:
                raise KilledError

        with pytest.raises(KilledError):
            training.run(print, progress)
    parted = training_in(tmp_path).run(print, lambda *told: None).state_dict()
    assert all(torch.equal(tensor, parted[name]) for name, tensor in whole.items())


def test_numbers_that_go_astray_end_it(tmp_path):
    options = replace(TINY, learning_rate=1e38, warm_up_steps=1)
    with pytest.raises(CaptionerError, match=r"astray: at step 2 the loss is (nan|inf).* --learning-rate 3e"):
        training_in(tmp_path, options).run(print, lambda *told: None)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_what_was_there(tmp_path):
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(b"before")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        with (
            pytest.raises(CaptionerError, match=r"cannot write .*What was there before stands"),
            replacing(path) as file,
        ):
            file.write(bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == b"before"
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_another_training_in_the_same_folder_is_refused(walls, tmp_path):
    work = tmp_path / UNFINISHED
    work.mkdir()
    (work / "training.json").write_text(json.dumps({"seed": 7}), "utf-8")
    with pytest.raises(UsageError, match=r"was begun otherwise .*seed.*--fresh"):
        train_into(tmp_path, walls)


def test_two_trainings_in_one_folder_do_not_mix(tmp_path):
    out = tmp_path / "model"
    with alone_in(out):
        with pytest.raises(UsageError, match="another process trains in"), alone_in(out):
            pass
        assert out.exists()
    assert not out.exists()  # nothing was begun


def dataset_of(captions: list[str], train: int = 60) -> Dataset:
    pictures = tuple(Picture(n, Path(f"{n}.png"), (captions[n % len(captions)],)) for n in range(train))
    return Dataset(Path("data"), {Split.TRAIN: pictures, Split.DEV: pictures[:20]})


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        (dataset_of(["A hat.", "A cap."], train=10), "10 pictures to learn from .* at least 50 and 20"),
        (dataset_of(["A hat."]), "all 60 captions are the same text"),
    ],
    ids=["ten pictures", "one caption"],
)
def test_too_little_to_learn_from(dataset, said):
    with pytest.raises(UsageError, match=said):
        plan_lessons(dataset, TINY, print)


def test_captions_of_other_scripts_and_of_any_length():
    said = []
    russian = ["Девушка в красном платье у окна", "Мужчина стоит слева у двери и смотрит " + "очень " * 100]
    lessons = plan_lessons(dataset_of(russian), TINY, said.append)
    assert (lessons.language, lessons.end, lessons.max_words) == ("ru", "", 60)
    assert "двери" in lessons.vocabulary.words
    assert lessons.train[0].captions[0][-1] == END
    assert lessons.train[1].captions[0][-1] != END  # it goes on
    assert any(line.startswith("30 captions longer than 60 words") for line in said)
    chinese = plan_lessons(dataset_of(["白色花瓶放在桌子上。", "红色花瓶放在地板上。"]), TINY, print)
    assert {"花", "瓶"} <= set(chinese.vocabulary.words)
    assert chinese.end == "。"


def test_words_are_spelt_as_they_mostly_are():
    captions = [
        ["Alpaca", "scarf", "by", "Inti"],
        ["Scarf", "of", "alpaca"],
        ["scarf", "of", "Alpaca"],
        ["alpaca", "of"],
    ]
    vocabulary = build_vocabulary(captions, 2, [*SPECIALS, "alpaca", "hat"])
    assert vocabulary.words == (*SPECIALS, "Alpaca", "hat", "of", "scarf")
    assert vocabulary.encode(["SCARF", "by", "alpaca"], 5) == [START, 7, UNKNOWN, 4, END]


def test_what_speaks_of_left_and_right_is_not_mirrored():
    lessons = plan_lessons(dataset_of(["A cap on the left.", "A cap on a shelf."]), TINY, print)
    assert [lesson.mirrors for lesson in lessons.train[:2]] == [False, True]
    half = Image.new("RGB", (400, 400), "black")
    half.paste("white", (0, 0, 200, 400))
    for mirrors in (True, False):
        copies = variants(half, 6, np.random.default_rng(1), mirrors=mirrors)
        turned = [int(copy[:, :20].mean()) < int(copy[:, -20:].mean()) for copy in copies]
        assert any(turned) == mirrors
        assert not turned[0]


def test_batches_are_a_matter_of_their_number():
    lessons, features = lessons_by_chance()
    batches = Batches(lessons, features, [0, 2, 3, 5], 12, TINY)
    first, again = batches[5], Batches(lessons, features, [0, 2, 3, 5], 12, TINY)[5]
    assert torch.equal(first.middle, again.middle)
    assert (batches.size, batches.per_epoch) == (2, 2)
    assert first.words.shape == (4, 4)
    assert first.pictures.tolist() == [0, 0, 1, 1]
    assert not first.bag[:, : UNKNOWN + 1].any()
    assert first.bag.max() == 1.0
    assert not (first.words == PAD).any()


def test_confidence_never_falls_with_what_speaks_for_a_caption():
    noise = np.random.default_rng(1)
    shares = noise.uniform(size=40)
    references = [tuple(f"w{n}" for n in range(10))] * len(shares)
    answers = []
    for share in shares:
        right = round(10 * share)
        words = frozenset([f"w{n}" for n in range(right)] + [f"x{n}" for n in range(10 - right)])
        answers.append(Answer("", words, -2 + share, -float(noise.uniform())))
    confidence, quartiles = fit_confidence(answers, references)
    assert confidence.per_mean_log_prob == pytest.approx(1.0, abs=0.1)
    assert confidence.per_bag_of_words >= 0.0
    assert quartiles == sorted(quartiles)
    assert quartiles[1] == pytest.approx(float(np.median(shares)), abs=0.1)
    assert confidence.threshold == THRESHOLD  # whose it is, it means the same


def test_a_phase_ends_where_nothing_gets_better():
    standing = Standing(epochs=[Epoch(0, 4, 1.0, 0.3), Epoch(0, 8, 0.9, 0.5), Epoch(0, 12, 0.8, 0.4)])
    assert (standing.best_cider(), standing.epochs_without_better()) == (0.5, 1)
    standing.phase = 1
    assert standing.epochs_without_better() == 0
    standing.epochs.append(Epoch(1, 4, 0.7, 0.2))
    assert standing.epochs_without_better() == 1
