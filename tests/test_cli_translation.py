"""The command line with runs that translate images: training on two data sets, sampling, and mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganstudio.cli import main
from ganstudio.data.store import prepare
from ganstudio.runs.folder import RunFolder
from tests.helpers import TINY, fill, picture

SMALL = [f"--set={path}={value}" for path, value in TINY.items() if path != "variant.latent_size"]


@pytest.fixture
def ganstudio(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command line: (exit code, standard error)."""

    def call(*arguments: object) -> tuple[int, str]:
        code = main([str(argument) for argument in arguments])
        return code, capsys.readouterr().err.strip()

    return call


@pytest.fixture(scope="module")
def cyclegan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run between two folders: dark pictures and light ones."""
    folder = tmp_path_factory.mktemp("translation")
    for name, low in (("dark", 0), ("light", 150)):
        (folder / name).mkdir()
        for i in range(40):
            pixels = np.random.default_rng(i).integers(low, low + 100, (16, 16, 3), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    code = main(
        ["train", "--variant", "cyclegan", "--dataset", str(folder / "dark"), "--dataset", str(folder / "light"),
         "--steps", "2", "--set", "dataset.resolution=16", "--out", str(folder / "run"), *SMALL]
    )  # fmt: skip
    assert code == 0
    return folder / "run"


@pytest.fixture(scope="module")
def srgan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("restoration")
    fill(folder / "pictures", 40, side=32)
    code = main(
        ["train", "--variant", "srgan", "--dataset", str(folder / "pictures"), "--steps", "3", "--set",
         "dataset.resolution=32", "--set", "variant.scale=2", "--set", "variant.pretraining=8", "--set",
         "training.sample_every=1", "--out", str(folder / "run"), *SMALL, "--set", "training.samples=8"]
    )  # fmt: skip
    assert code == 0
    return folder / "run"


def arrays(file: Path) -> dict[str, np.ndarray]:
    with np.load(file) as archive:
        return dict(archive)


def held_out(run: Path, name: str) -> np.ndarray:
    """The images of a run's data set that training never saw."""
    config = RunFolder.open(run).config
    data = config.dataset.model_copy(update={"name": str(run.parent / name)})
    store = prepare(data)
    return store.images[store.split(0.1)[1]]


def test_that_both_folders_are_kept_by_their_whole_paths(cyclegan: Path) -> None:
    dataset = RunFolder.open(cyclegan).config.dataset
    assert (Path(dataset.name), Path(str(dataset.target))) == (cyclegan.parent / "dark", cyclegan.parent / "light")


def test_that_a_grid_has_a_row_an_image(cyclegan: Path) -> None:
    with Image.open(cyclegan / "samples" / "step-00000000.png") as grid:
        assert grid.width == 6 * 16, "source, as target, back; target, as source, back"
    assert RunFolder.open(cyclegan).read_samples(0).shape[1:] == (16, 16, 3)


@pytest.mark.parametrize(("direction", "name"), [(None, "dark"), ("target", "dark"), ("source", "light")])
def test_that_held_out_images_are_translated(
    direction: str | None, name: str, ganstudio: Any, cyclegan: Path, tmp_path: Path
) -> None:
    out = tmp_path / "samples.npz"
    way = ["--direction", direction] if direction else []
    assert ganstudio("sample", cyclegan, "--out", out, *way)[0] == 0
    found = arrays(out)
    assert found["images"].shape == found["inputs"].shape == (4, 16, 16, 3)
    assert found["images"].dtype == found["inputs"].dtype == np.uint8
    assert (found["inputs"] == held_out(cyclegan, name)).all()
    assert not (found["images"] == found["inputs"]).all()


def test_that_a_seed_picks_the_same_images(ganstudio: Any, cyclegan: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        ganstudio("sample", cyclegan, "--count", 2, "--seed", 3, "--out", tmp_path / f"{name}.npz")
    a, b = arrays(tmp_path / "a.npz"), arrays(tmp_path / "b.npz")
    assert len(a["images"]) == 2
    assert all((a[key] == b[key]).all() for key in ("images", "inputs"))


def test_that_a_picture_shows_what_each_was_made_of(ganstudio: Any, cyclegan: Path, tmp_path: Path) -> None:
    assert ganstudio("sample", cyclegan, "--out", tmp_path / "grid.png")[0] == 0
    with Image.open(tmp_path / "grid.png") as grid:
        assert grid.size == (64, 32), "four pairs, two a row"
        first = np.asarray(grid)[:16, :16]
    assert (first == held_out(cyclegan, "dark")[0]).all()


def test_that_ones_own_images_are_translated(ganstudio: Any, cyclegan: Path, tmp_path: Path) -> None:
    folder = fill(tmp_path / "own", 5, side=40)
    assert ganstudio("sample", cyclegan, "--input", folder, "--count", 3, "--out", tmp_path / "own.npz")[0] == 0
    assert arrays(tmp_path / "own.npz")["images"].shape == (3, 16, 16, 3)
    assert ganstudio("sample", cyclegan, "--input", folder / "0000.png", "--out", tmp_path / "one.png")[0] == 0
    with Image.open(tmp_path / "one.png") as image:
        assert image.size == (16, 16)


def test_that_a_picture_is_enlarged(ganstudio: Any, srgan: Path, tmp_path: Path) -> None:
    picture(0, side=20).save(tmp_path / "small.png")
    assert ganstudio("sample", srgan, "--input", tmp_path / "small.png", "--out", tmp_path / "large.png")[0] == 0
    with Image.open(tmp_path / "large.png") as image:
        assert image.size == (40, 40)


def test_that_held_out_images_are_made_small_and_restored(ganstudio: Any, srgan: Path, tmp_path: Path) -> None:
    assert ganstudio("sample", srgan, "--out", tmp_path / "restored.npz")[0] == 0
    found = arrays(tmp_path / "restored.npz")
    assert found["inputs"].shape == (4, 16, 16, 3) and found["images"].shape == (4, 32, 32, 3)


def test_that_restorations_are_measured_at_every_sample(srgan: Path) -> None:
    lines = [json.loads(line) for line in (srgan / "journal.jsonl").read_text().splitlines()]
    measured = [line["measures"] for line in lines if line["event"] == "measures"]
    assert len(measured) == 4
    assert all(set(each) == {"psnr", "ssim", "psnr_bicubic", "ssim_bicubic"} for each in measured)
    assert len({each["psnr_bicubic"] for each in measured}) == 1, "the same held-out images each time"
    assert len({each["psnr"] for each in measured}) > 1


def test_that_an_image_that_cannot_be_read_is_told(ganstudio: Any, cyclegan: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"nothing")
    code, said = ganstudio("sample", cyclegan, "--input", tmp_path / "broken.png", "--out", tmp_path / "x.png")
    assert (code, said) == (2, f"The file {tmp_path / 'broken.png'} cannot be read: not an image.")
    code, said = ganstudio("sample", cyclegan, "--input", tmp_path / "none.png", "--out", tmp_path / "x.png")
    assert (code, said) == (2, f"The file {tmp_path / 'none.png'} does not exist.")


def test_that_images_of_different_sizes_are_enlarged_one_at_a_time(ganstudio: Any, srgan: Path, tmp_path: Path) -> None:
    fill(tmp_path / "own", 1, side=20)
    picture(1, side=24).save(tmp_path / "own" / "z.png")
    code, said = ganstudio("sample", srgan, "--input", tmp_path / "own", "--out", tmp_path / "x.npz")
    assert code == 2 and "different sizes" in said


MISTAKES = [
    (["--out", "walk.gif"], "no latents to walk"),
    (["--out", "walk.mp4"], "no latents to walk"),
    (["--out", "x.png", "--class", "cat"], "no classes"),
    (["--out", "x.png", "--direction", "up"], "target or source"),
]


@pytest.mark.parametrize(("arguments", "words"), MISTAKES)
def test_that_a_mistake_is_one_plain_line(arguments: list[str], words: str, ganstudio: Any, cyclegan: Path) -> None:
    code, said = ganstudio("sample", cyclegan, *arguments)
    assert code == 2 and words in said and "\n" not in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--variant", "cyclegan", "--dataset", "mnist-10k"], "give --dataset twice"),
        (["--variant", "dcgan", "--dataset", "mnist-10k", "--dataset", "emoji-noto"], "give --dataset once"),
        (["--dataset", "mnist-10k", "--dataset", "emoji-noto", "--dataset", "emoji-fluent"], "once, or twice"),
        (["--variant", "cyclegan", "--dataset", "emoji-noto", "--dataset", "emoji-flent"], "emoji-fluent"),
    ],
)
def test_that_a_wrong_number_of_data_sets_is_told(
    arguments: list[str], words: str, ganstudio: Any, tmp_path: Path
) -> None:
    code, said = ganstudio("train", *arguments, "--steps", 1, "--out", tmp_path / "run")
    assert code == 2 and words in said and "\n" not in said
    assert not (tmp_path / "run").exists()


def test_that_latent_runs_have_no_input(ganstudio: Any, tmp_path: Path) -> None:
    assert main(["train", "--variant", "vanilla", "--steps", "1", "--out", str(tmp_path / "run"), *SMALL]) == 0
    code, said = ganstudio("sample", tmp_path / "run", "--input", tmp_path, "--out", tmp_path / "x.png")
    assert code == 2 and "draws from latents" in said
