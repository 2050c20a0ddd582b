"""The command line: what it prints, what it leaves, and one plain line for every mistake."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from ganstudio.cli import main
from ganstudio.config import RunConfig
from ganstudio.data.sources import DATASETS, FolderSource
from ganstudio.data.store import prepare, training_indices
from ganstudio.latent.anomaly import load_critic
from ganstudio.runs.folder import RunFolder
from ganstudio.training import checkpoint
from ganstudio.training.events import RunResumed, SettingChanged
from ganstudio.variants import VARIANTS
from ganstudio.variants.recipes import FIRST_MINUTE
from tests.helpers import TINY, arguments, fill, of, tiny

SMALL = [f"--set={path}={value}" for path, value in TINY.items() if path != "training.samples"]


class Ended:
    """What a command line came to."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def complaint(self) -> str:
        """The one plain line of a usage error."""
        assert self.code == 2, (self.out, self.err)
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert not set("╭╰│─") & set(lines[0]), "no box"
        assert "Traceback" not in lines[0]
        assert self.out == ""
        return lines[0]


@pytest.fixture
def ganstudio(capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command line in this process."""

    def run(*given: str | Path) -> Ended:
        capsys.readouterr()
        code = main([str(argument) for argument in given])
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of 4 steps with checkpoints at 2 and 4."""
    out = tmp_path_factory.mktemp("runs") / "digits"
    config = tiny("dcgan", training__steps=4, training__checkpoint_every=2, techniques__ema__half_life=1e5)
    assert main([*arguments(config), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def class_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with classes "cat", "dog" and "owl"."""
    folder = tmp_path_factory.mktemp("classes")
    for index, name in enumerate(("cat", "dog", "owl")):
        fill(folder / "data" / name, 6, side=16, seed=index)
    config = tiny("dcgan", dataset__name=str(folder / "data"), variant__conditional=True, training__steps=1)
    assert main([*arguments(config), "--out", str(folder / "run")]) == 0
    return folder / "run"


# -- lists -------------------------------------------------------------------------------------------------------------


def test_that_variants_are_listed_for_programs(ganstudio: Any) -> None:
    rows = json.loads(ganstudio("variants", "--json").out)
    assert [row["name"] for row in rows] == VARIANTS.names()
    assert {"vanilla", "dcgan", "wgan-gp", "r3gan"} <= {row["name"] for row in rows}
    for row in rows:
        assert {"name", "title", "task"} <= set(row)
        assert all(isinstance(row[key], str) and row[key] for key in ("name", "title", "task"))


def test_that_variants_and_data_sets_are_listed_for_people(ganstudio: Any) -> None:
    assert "wgan-gp      Wasserstein GAN, gradient penalty" in ganstudio("variants").out
    assert "mnist-10k    MNIST           10000 images, 28 px, grey, 10 classes" in ganstudio("datasets").out


def test_that_data_sets_are_listed_for_programs(ganstudio: Any) -> None:
    rows = {row["name"]: row for row in json.loads(ganstudio("datasets", "--json").out)}
    assert set(rows) == set(DATASETS.names()) >= {"mnist-10k", "emoji-noto"}
    assert rows["mnist-10k"]["count"] == 10_000
    assert rows["mnist-10k"]["classes"] == list("0123456789")
    assert (rows["mnist-10k"]["resolution"], rows["mnist-10k"]["channels"]) == (28, 1)


def test_that_the_version_and_the_help_are_told(ganstudio: Any) -> None:
    assert ganstudio("--version").out.startswith("ganstudio 0.")
    told = ganstudio("--help")
    assert told.code == 0
    assert {"studio", "train", "sample", "variants", "datasets", "bench"} <= set(told.out.split())
    assert ganstudio("train", "-h").code == 0


# -- mistakes ----------------------------------------------------------------------------------------------------------

MISTAKES: dict[str, tuple[list[str], str]] = {
    "unknown variant": (["train", "--variant", "dcgna"], "There is no variant named 'dcgna'; did you mean 'dcgan'?"),
    "unknown data set": (["train", "--dataset", "mnist10k"], "no data set named 'mnist10k'; did you mean 'mnist-10k'?"),
    "missing folder": (["train", "--dataset", "./no/such/folder"], "/no/such/folder does not exist."),
    "unknown setting": (["train", "--set", "training.batchsize=3"], "did you mean 'training.batch_size'?"),
    "no assignment": (["train", "--set", "training.batch_size"], "'training.batch_size' is not of the form PATH=VALUE"),
    "negative rate": (
        ["train", "--set", "optimizer.generator.learning_rate=-1"],
        "optimizer.generator.learning_rate: must lie between 0 and 10 (given: -1)",
    ),
    "no number": (["train", "--set", "training.batch_size=many"], "must be a whole number (given: many)"),
    "batch larger than the data": (
        ["train", "--set", "training.batch_size=8000", "--set", "dataset.limit=500"],
        "The batch of 8000 is larger than the 500 training images of mnist-10k; use at most 500.",
    ),
    "resolution out of reach": (
        ["train", "--variant", "dcgan", "--set", "dataset.resolution=30"],
        "DCGAN doubles a 4 to 7 px image and cannot reach 30 px; use 28 px.",
    ),
    "no classes": (
        ["train", "--variant", "srgan", "--set", "variant.conditional=true"],
        "SRGAN has no class-conditional form; DCGAN has.",
    ),
    "classes not told": (
        ["train", "--variant", "cgan", "--set", "variant.conditional=false"],
        "cGAN is told the class; without one, take DCGAN.",
    ),
    "smoothing without cross-entropy": (
        ["train", "--variant", "wgan-gp", "--set", "techniques.real_label=0.9"],
        "Label smoothing needs a cross-entropy loss; the loss here is wasserstein.",
    ),
    "unknown device": (["train", "--device", "cuda:7"], "There is no device 'cuda:7' here; there is: auto,"),
    "negative seed": (["train", "--seed", "-1"], "seed: must lie between 0 and 2147483647 (given: -1)"),
    "seed that is no number": (["train", "--seed", "one"], "Invalid value for '--seed'"),
    "no steps": (["train", "--steps", "0"], "training.steps: must lie between 1 and 1e9 (given: 0)"),
    "no time": (["train", "--for", "0"], "--for must be above 0 seconds."),
    "endless time": (["train", "--for", "inf"], "--for must be above 0 seconds."),
    "two lengths": (["train", "--steps", "5", "--for", "5"], "Give --steps or --for, not both."),
    "missing config": (["train", "nowhere.toml"], "The config nowhere.toml cannot be read: No such file or directory."),
    "unknown option": (["train", "--step", "3"], "--step"),
    "unknown command": (["tran"], "Did you mean 'train'?"),
    "resume of nothing": (["train", "--resume", "/nowhere"], "/nowhere is not a run folder"),
    "sample of nothing": (["sample", "/nowhere", "--out", "s.png"], "/nowhere is not a run folder"),
    "sample to no file": (["sample", "/nowhere"], "--out"),
    "sample to an unknown format": (
        ["sample", "/nowhere", "--out", "s.jpg"],
        "s.jpg must end in .png, .npz, .gif, .mp4.",
    ),
    "sample of none": (["sample", "/nowhere", "--out", "s.png", "--count", "0"], "Invalid value for '--count'"),
    "resume with another seed": (
        ["train", "--resume", "/nowhere", "--seed", "3"],
        "--resume goes on with a run as it is",
    ),
    "out below a file": (
        ["train", "--out", "/dev/null/run"],
        "The folder /dev/null/run cannot be made: Not a directory",
    ),
}


@pytest.mark.parametrize(("given", "words"), MISTAKES.values(), ids=MISTAKES.keys())
def test_that_a_mistake_is_one_plain_line(
    given: list[str], words: str, ganstudio: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))
    assert words in ganstudio(*given).complaint()
    assert not (tmp_path / "home" / "runs").exists(), "a mistake leaves no run behind"


def test_that_a_machine_without_a_display_is_told_what_works(ganstudio: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    for given in ([], ["studio"]):
        assert "no display. Train with 'ganstudio train', or give --for" in ganstudio(*given).complaint()


def test_that_a_mistake_in_a_config_file_is_one_plain_line(ganstudio: Any, tmp_path: Path) -> None:
    for name, text, words in (
        ("a.toml", "[training]\nbatch_sise = 3\n", "did you mean 'training.batch_size'"),
        ("b.toml", "[training\n", "is not valid TOML"),
        ("c.json", '{"format_version": 7}', "format version 7"),
        ("d.json", '{"training": 5}', "There is no setting 'training'"),
        ("e.json", '{"optimizer": {"generator": {"learning_rate": NaN}}}', "must be a finite number"),
    ):
        (tmp_path / name).write_text(text)
        assert words in ganstudio("train", tmp_path / name, "--out", tmp_path / "run").complaint()
    assert not (tmp_path / "run").exists()


# -- train -------------------------------------------------------------------------------------------------------------


def test_that_a_run_is_trained_into_its_folder(ganstudio: Any, tmp_path: Path) -> None:
    ended = ganstudio("train", "--variant", "vanilla", *SMALL, "--steps", "3", "--seed", "7", "--out", tmp_path / "run")
    assert ended.code == 0
    assert ended.out == f"completed at step 3 after {ended.out.split()[5]} s: {tmp_path / 'run'}\n"
    folder = RunFolder.open(tmp_path / "run")
    assert (folder.config.variant.name, folder.config.training.steps, folder.config.seed) == ("vanilla", 3, 7)
    assert folder.checkpoints() == [3]
    for name in ("config.json", "environment.json", "journal.jsonl", "samples/step-00000003.png"):
        assert (folder.path / name).is_file()


def test_that_a_run_without_a_folder_gets_one_of_its_own(
    ganstudio: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    for _ in range(2):
        assert ganstudio("train", "--variant", "vanilla", *SMALL, "--steps", "1").code == 0
    names = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert names == ["001-vanilla-mnist-10k", "002-vanilla-mnist-10k"]


def test_that_config_files_in_both_formats_are_trained_and_options_win_over_them(
    ganstudio: Any, tmp_path: Path
) -> None:
    config = tiny("dcgan", training__steps=5)
    (tmp_path / "c.json").write_text(config.to_json())
    (tmp_path / "c.toml").write_text(
        'seed = 3\n[variant]\nname = "vanilla"\ngenerator_width = 8\n[training]\nbatch_size = 4\nsteps = 2\n'
    )
    assert ganstudio("train", tmp_path / "c.json", "--steps", "1", "--out", tmp_path / "json").code == 0
    trained = RunFolder.open(tmp_path / "json").config
    assert trained == config.with_values({"training.steps": 1})
    assert ganstudio("train", tmp_path / "c.toml", "--set", "seed=4", "--out", tmp_path / "toml").code == 0
    trained = RunFolder.open(tmp_path / "toml").config
    assert (trained.seed, trained.variant.generator_width, trained.training.steps) == (4, 8, 2)


def test_that_a_runs_own_config_repeats_it(ganstudio: Any, run_folder: Path, tmp_path: Path) -> None:
    assert ganstudio("train", run_folder / "config.json", "--out", tmp_path / "again").code == 0
    ours, theirs = (folder / "checkpoints" / "step-00000004" for folder in (run_folder, tmp_path / "again"))
    for name in ("networks.safetensors", "state.safetensors"):
        assert (ours / name).read_bytes() == (theirs / name).read_bytes()


def test_that_nothing_but_a_time_trains_the_first_recipe_on_digits(ganstudio: Any, tmp_path: Path) -> None:
    assert ganstudio("train", "--for", "0.01", "--out", tmp_path / "run").code == 0
    folder = RunFolder.open(tmp_path / "run")
    recipe = FIRST_MINUTE.config()
    assert set(folder.config.differences(recipe)) <= {"precision", "threads"}
    assert folder.config.dataset.name == "mnist-10k"
    assert folder.config.precision in {"float32", "bfloat16"}, "decided and recorded"
    assert folder.config.threads >= 1


def test_that_a_preset_of_a_variant_is_taken_and_what_is_set_wins(ganstudio: Any, tmp_path: Path) -> None:
    given = ("--variant", "vanilla", "--preset", "first-minute", *SMALL, "--steps", "1", "--out", tmp_path / "run")
    assert ganstudio("train", *given).code == 0
    config = RunFolder.open(tmp_path / "run").config
    assert config.optimizer.schedule.name == "cosine", "the preset's"
    assert config.training.batch_size == TINY["training.batch_size"]
    refused = ganstudio("train", "--variant", "dcgan", "--preset", "first")
    assert refused.code == 2
    assert "no preset of dcgan named 'first'; did you mean 'first-minute'?" in refused.err
    assert ganstudio("train", "--resume", tmp_path / "run", "--preset", "paper").code == 2


def test_that_a_folder_of_pictures_is_trained_and_found_again_from_elsewhere(
    ganstudio: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "pictures", 10)
    (tmp_path / "pictures" / "broken.png").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    ended = ganstudio("train", "--variant", "vanilla", "--dataset", "pictures", *SMALL, "--steps", "1", "--out", "run")
    assert ended.code == 0
    assert "1 file could not be read and was passed over: broken.png" in ended.err
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert ganstudio("train", "--resume", tmp_path / "run", "--steps", "2").code == 0


def test_that_a_folder_that_is_not_empty_is_left_alone(ganstudio: Any, run_folder: Path, tmp_path: Path) -> None:
    before = (run_folder / "journal.jsonl").read_bytes()
    said = ganstudio("train", "--variant", "vanilla", *SMALL, "--steps", "1", "--out", run_folder).complaint()
    assert said == f"The folder {run_folder} is not empty; choose another, or go on with it by --resume {run_folder}."
    assert (run_folder / "journal.jsonl").read_bytes() == before
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    ganstudio("train", "--variant", "vanilla", *SMALL, "--steps", "1", "--out", tmp_path / "mine").complaint()
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_that_a_run_is_resumed_to_a_number_of_steps_in_all(ganstudio: Any, tmp_path: Path) -> None:
    assert ganstudio("train", "--variant", "vanilla", *SMALL, "--steps", "2", "--out", tmp_path / "run").code == 0
    ended = ganstudio("train", "--resume", tmp_path / "run", "--steps", "5", "--set", "techniques.real_label=0.9")
    assert ended.code == 0
    assert "completed at step 5" in ended.out
    events = RunFolder.open(tmp_path / "run").events()
    assert [event.from_step for event in of(RunResumed, events)] == [2]
    assert [(event.step, event.new) for event in of(SettingChanged, events)] == [(3, 0.9)]
    assert RunFolder.open(tmp_path / "run").live_config().techniques.real_label == 0.9


def test_that_a_run_that_has_reached_its_end_is_resumed_without_ado(ganstudio: Any, run_folder: Path) -> None:
    before = (run_folder / "checkpoints" / "step-00000004" / "manifest.json").read_bytes()
    assert "completed at step 4" in ganstudio("train", "--resume", run_folder).out
    assert (run_folder / "checkpoints" / "step-00000004" / "manifest.json").read_bytes() == before


@pytest.mark.parametrize(
    "setting", ["training.batch_size=8", "dataset.name=emoji-noto", "variant.name=dcgan", "seed=3"]
)
def test_that_a_resumed_run_takes_live_settings_only(setting: str, ganstudio: Any, run_folder: Path) -> None:
    said = ganstudio("train", "--resume", run_folder, "--steps", "6", "--set", setting).complaint()
    assert "cannot change during a run; it needs a new run." in said


def test_that_a_full_disk_ends_a_run_with_a_sentence(
    ganstudio: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(checkpoint.os, "fsync", full)
    ended = ganstudio("train", "--variant", "vanilla", *SMALL, "--steps", "1", "--out", tmp_path / "run")
    assert ended.code == 1
    assert "The run folder cannot be written: No space left on device. The last checkpoint is kept." in ended.err
    assert "Traceback" not in ended.err
    assert RunFolder.open(tmp_path / "run").state() == "failed"


def test_that_a_run_that_another_process_trains_is_left_alone(ganstudio: Any, run_folder: Path) -> None:
    with RunFolder.open(run_folder).lock():
        said = ganstudio("train", "--resume", run_folder, "--steps", "9").complaint()
    assert "is being trained by another process" in said


def wait_for(file: Path, text: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not (file.exists() and text in file.read_text()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C is another thing there")
def test_that_ctrl_c_saves_a_checkpoint_and_ends_with_130(tmp_path: Path) -> None:
    config = tiny("vanilla", training__steps=1_000_000, training__checkpoint_every=1_000_000)
    command = [sys.executable, "-m", "ganstudio", *arguments(config), "--out", str(tmp_path / "run")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(tmp_path / "run" / "journal.jsonl", '"progress"', process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out.startswith("stopped at step ")
    assert "Traceback" not in err
    folder = RunFolder.open(tmp_path / "run")
    (step,) = folder.checkpoints()
    assert f"stopped at step {step} " in out
    checkpoint.read_manifest(folder.checkpoint_path(step))
    assert folder.state() == "stopped"


# -- sample ------------------------------------------------------------------------------------------------------------


def arrays(file: Path) -> dict[str, np.ndarray]:
    with np.load(file, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def test_that_samples_are_drawn_for_programs(ganstudio: Any, run_folder: Path, tmp_path: Path) -> None:
    ended = ganstudio("sample", run_folder, "--count", "300", "--seed", "1", "--out", tmp_path / "s.npz")
    assert ended.code == 0
    assert ended.out == f"{tmp_path / 's.npz'}: 300 samples of step 4\n"
    found = arrays(tmp_path / "s.npz")
    assert set(found) == {"images"}
    assert (found["images"].shape, found["images"].dtype) == ((300, 28, 28, 1), np.uint8)
    assert [path.name for path in tmp_path.iterdir()] == ["s.npz"]


def test_that_a_seed_draws_the_same_samples_and_fewer_are_the_first_of_more(
    ganstudio: Any, run_folder: Path, tmp_path: Path
) -> None:
    for name, given in (
        ("a", ["--seed", "1", "--count", "20"]),
        ("b", ["--seed", "1", "--count", "300"]),
        ("c", ["--seed", "2", "--count", "20"]),
        ("raw", ["--seed", "1", "--count", "20", "--raw"]),
    ):
        assert ganstudio("sample", run_folder, *given, "--out", tmp_path / f"{name}.npz").code == 0
    images = {name: arrays(tmp_path / f"{name}.npz")["images"].astype(int) for name in ("a", "b", "c", "raw")}
    assert np.abs(images["a"] - images["b"][:20]).max() <= 1, "but for the last bit of another batch size"
    assert not np.array_equal(images["a"], images["c"])
    assert not np.array_equal(images["a"], images["raw"])


def test_that_a_step_is_sampled_by_its_number(ganstudio: Any, run_folder: Path, tmp_path: Path) -> None:
    ended = ganstudio("sample", f"{run_folder}@2", "--count", "1", "--out", tmp_path / "s.npz")
    assert ended.out.endswith(": 1 sample of step 2\n")
    assert (
        "has no checkpoint at step 3; the last ones are: 2, 4."
        in ganstudio("sample", f"{run_folder}@3", "--out", tmp_path / "s.npz").complaint()
    )


def test_that_a_grid_is_drawn_for_people(ganstudio: Any, run_folder: Path, tmp_path: Path) -> None:
    assert ganstudio("sample", run_folder, "--count", "10", "--out", tmp_path / "s.png").code == 0
    with Image.open(tmp_path / "s.png") as image:
        assert image.size == (4 * 28, 3 * 28)


def test_that_a_walk_is_an_animation(ganstudio: Any, run_folder: Path, tmp_path: Path) -> None:
    assert ganstudio("sample", run_folder, "--count", "2", "--out", tmp_path / "walk.GIF").code == 0
    with Image.open(tmp_path / "walk.GIF") as image:
        assert image.format == "GIF"
        assert image.is_animated
        assert image.info["loop"] == 0


def test_that_a_walk_is_a_video(ganstudio: Any, run_folder: Path, tmp_path: Path) -> None:
    assert ganstudio("sample", run_folder, "--count", "3", "--out", tmp_path / "walk.mp4").code == 0
    told = subprocess.run([get_ffmpeg_exe(), "-i", tmp_path / "walk.mp4"], capture_output=True, text=True, check=False)
    assert "Duration: 00:00:01.92" in told.stderr, "3 times 16 frames, 25 a second"
    assert " 252x252" in told.stderr


def test_that_classes_are_drawn_in_turn_or_alone(ganstudio: Any, class_run: Path, tmp_path: Path) -> None:
    for name, given in (("all", []), ("dog", ["--class", "dog"]), ("number", ["--class", "1"])):
        assert ganstudio("sample", class_run, "--count", "7", *given, "--out", tmp_path / f"{name}.npz").code == 0
    assert arrays(tmp_path / "all.npz")["labels"].tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert arrays(tmp_path / "dog.npz")["labels"].tolist() == [1] * 7
    assert np.array_equal(arrays(tmp_path / "dog.npz")["images"], arrays(tmp_path / "number.npz")["images"])


def test_that_a_class_that_is_not_there_is_told(
    ganstudio: Any, class_run: Path, run_folder: Path, tmp_path: Path
) -> None:
    out = ["--out", tmp_path / "s.npz"]
    assert (
        "no class named 'dgo'; did you mean 'dog'?"
        in ganstudio("sample", class_run, "--class", "dgo", *out).complaint()
    )
    for name in ("3", "²", "-1"):
        assert f"no class named '{name}'" in ganstudio("sample", class_run, f"--class={name}", *out).complaint()
    assert "This run has no classes" in ganstudio("sample", run_folder, "--class", "1", *out).complaint()
    assert not list(tmp_path.iterdir())


def test_that_samples_that_cannot_be_written_are_told(ganstudio: Any, run_folder: Path) -> None:
    for name in ("s.npz", "s.png", "s.gif", "s.mp4"):
        said = ganstudio("sample", run_folder, "--count", "1", "--out", f"/dev/null/{name}").complaint()
        assert said == f"The file /dev/null/{name} cannot be written: Not a directory."


def test_that_more_samples_than_memory_holds_are_told(
    ganstudio: Any, run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = ganstudio("sample", run_folder, "--count", "1000000000000000", "--out", tmp_path / "s.npz")
    assert "Invalid value for '--count'" in ended.complaint()

    def greedy(*given: object, **named: object) -> None:
        raise MemoryError

    monkeypatch.setattr("ganstudio.latent.model.LatentModel.samples", greedy)
    ended = ganstudio("sample", run_folder, "--count", "1000", "--out", tmp_path / "s.npz")
    assert (ended.code, ended.err) == (1, "There is not enough memory for this; ask for less.\n")


def test_that_samples_make_a_folder_that_can_be_trained_on(ganstudio: Any, class_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "drawn"
    given = ["--count", "7", "--best-of", "3", "--enlarge", "2", "--resample", "bicubic"]
    ended = ganstudio("sample", class_run, *given, "--out", out)
    assert (ended.code, ended.out) == (0, f"{out}: 7 samples of step 1\n")
    about = FolderSource(out).describe()
    assert (about.count, about.resolution) == (7, 32)
    assert set(about.classes) == {"cat", "dog", "owl"}
    assert "is not empty" in ganstudio("sample", class_run, "--out", out).complaint()


def test_that_the_best_by_d_score_higher_than_those_drawn_as_they_come(
    ganstudio: Any, class_run: Path, tmp_path: Path
) -> None:
    assert ganstudio("sample", class_run, "--count", "9", "--best-of", "8", "--out", tmp_path / "best.npz").code == 0
    best = arrays(tmp_path / "best.npz")
    assert set(best) == {"images", "labels", "scores"}
    assert best["labels"].tolist() == [0, 1, 2] * 3
    critic = load_critic(RunFolder(class_run).checkpoint_path(1))
    assert critic is not None
    x = torch.from_numpy(best["images"]).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.no_grad():
        logits = critic(x, torch.from_numpy(best["labels"])).numpy()
    assert np.allclose(best["scores"], logits, atol=1e-4)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--by", "critic"], "give --best-of too"),
        (["--best-of", "2", "--by", "distnce"], "did you mean 'distance'?"),
        (["--resample", "nearest"], "give --enlarge too"),
        (["--enlarge", "2", "--resample", "lanczos"], "no choice of --resample named 'lanczos'"),
        (["--best-of", "0"], "Invalid value for '--best-of'"),
    ],
)
def test_that_a_wish_that_means_nothing_is_told(
    ganstudio: Any, run_folder: Path, tmp_path: Path, given: list[str], told: str
) -> None:
    assert told in ganstudio("sample", run_folder, *given, "--out", tmp_path / "s.npz").complaint()


def test_that_a_walk_is_not_picked_from(ganstudio: Any, run_folder: Path, tmp_path: Path) -> None:
    said = ganstudio("sample", run_folder, "--best-of", "2", "--out", tmp_path / "s.gif").complaint()
    assert "--best-of and --enlarge are for samples" in said


def test_that_a_closed_pipe_is_no_error(run_folder: Path) -> None:
    """`ganstudio variants | head -1`"""
    code = "import sys; from ganstudio.cli import main; sys.exit(main(['datasets', '--json']))"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()
    process.wait(60)
    assert "Traceback" not in err


def test_that_the_recipe_is_a_config(ganstudio: Any) -> None:
    assert isinstance(FIRST_MINUTE.config(), RunConfig)


# -- points ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def points_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on points."""
    out = tmp_path_factory.mktemp("runs") / "points"
    config = tiny("vanilla", dataset__name="8-gaussians", training__steps=2)
    assert main([*arguments(config), "--out", str(out)]) == 0
    return out


@pytest.mark.parametrize("by", ["critic", "distance"])
def test_that_points_are_picked_too(ganstudio: Any, points_run: Path, tmp_path: Path, by: str) -> None:
    given = ["--count", 20, "--best-of", 5, "--by", by, "--out", tmp_path / "best.npz"]
    assert ganstudio("sample", points_run, *given).code == 0
    found = arrays(tmp_path / "best.npz")
    assert found["points"].shape == (20, 2)
    if by == "distance":
        config = RunFolder(points_run).config.dataset
        store = prepare(config)
        reals = np.asarray(store.images[training_indices(store, config)], np.float64)
        nearest = np.linalg.norm(found["points"][:, None] - reals[None], axis=2).min(axis=1)
        assert np.allclose(found["scores"], nearest, atol=1e-4)


def test_that_points_make_no_folder_of_pictures(ganstudio: Any, points_run: Path, tmp_path: Path) -> None:
    assert "makes points, not images" in ganstudio("sample", points_run, "--out", tmp_path / "folder").complaint()


def test_that_samples_of_points_are_numbers_pictures_and_walks(
    ganstudio: Any, points_run: Path, tmp_path: Path
) -> None:
    for name in ("drawn.npz", "drawn.png", "drawn.gif"):
        assert ganstudio("sample", points_run, "--count", 3, "--out", tmp_path / name).code == 0
    with np.load(tmp_path / "drawn.npz") as archive:
        assert archive.files == ["points"]
        assert (archive["points"].shape, archive["points"].dtype) == ((3, 2), np.float32)
    with Image.open(tmp_path / "drawn.png") as picture:
        assert picture.size == (384, 384)
    with Image.open(tmp_path / "drawn.gif") as walk:
        assert getattr(walk, "n_frames", 1) > 1


def test_that_data_sets_of_points_are_listed_as_such(ganstudio: Any) -> None:
    rows = {row["name"]: row for row in json.loads(ganstudio("datasets", "--json").out)}
    assert rows["25-gaussians"]["subject"] == "points"
    assert len(rows["25-gaussians"]["classes"]) == 25
    assert rows["mnist-10k"]["subject"] == "images"
    line = next(line for line in ganstudio("datasets").out.splitlines() if line.startswith("swiss-roll"))
    assert "50000 points" in line
    assert "px" not in line


def test_that_a_file_of_points_is_trained_from_the_command_line(ganstudio: Any, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    file = tmp_path / "mine.csv"
    file.write_text("x,y\n" + "\n".join(f"{x},{y}" for x, y in random.normal(size=(60, 2))))
    config = tiny("vanilla", dataset__name=str(file), training__steps=1)
    ended = ganstudio(*arguments(config), "--out", tmp_path / "run")
    assert ended.code == 0
    assert (tmp_path / "run" / "samples" / "points" / "step-00000001.npz").is_file()


def test_that_mirroring_points_is_a_mistake_in_one_line(ganstudio: Any, tmp_path: Path) -> None:
    ended = ganstudio("train", "--dataset", "spiral", "--set", "dataset.mirror=true", "--out", tmp_path / "run")
    assert ended.code == 2
    assert ended.err.strip() == "Only images are mirrored; turn it off for points."
