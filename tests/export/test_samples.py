"""Samples as files: whole or not at all, read back as they were, and a folder that can be trained on."""

from __future__ import annotations

import csv
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.data.sources import FolderSource, read_picture
from ganstudio.errors import UserError
from ganstudio.export.samples import class_folders, enlarged, write_folder, write_npz
from ganstudio.latent.picking import Picked


def pieces(*sizes: int, channels: int = 1, classes: int = 0, scored: bool = False) -> list[Picked]:
    random = np.random.default_rng(0)
    done, found = 0, []
    for size in sizes:
        labels = np.arange(done, done + size) % classes if classes else None
        scores = random.standard_normal(size).astype(np.float32) if scored else None
        found.append(Picked(random.integers(0, 256, (size, 6, 6, channels), np.uint8), labels, scores))
        done += size
    return found


def test_that_an_npz_holds_what_came(tmp_path: Path) -> None:
    given, told = pieces(3, 4, classes=3, scored=True), []
    write_npz(tmp_path / "s.npz", given, 7, told.append)
    with np.load(tmp_path / "s.npz", allow_pickle=False) as archive:
        found = dict(archive)
    assert found.keys() == {"images", "labels", "scores"}
    assert np.array_equal(found["images"], np.concatenate([piece.made for piece in given]))
    assert found["labels"].tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert np.array_equal(found["scores"], np.concatenate([piece.scores for piece in given]))
    assert told == [3, 7]


def test_that_points_are_named_so(tmp_path: Path) -> None:
    points = np.random.default_rng(0).standard_normal((5, 2)).astype(np.float32)
    write_npz(tmp_path / "s.npz", [Picked(points[:2]), Picked(points[2:])], 5)
    with np.load(tmp_path / "s.npz", allow_pickle=False) as archive:
        assert archive.files == ["points"]
        assert np.array_equal(archive["points"], points)


@pytest.mark.parametrize("kind", ["npz", "folder"])
def test_that_memory_does_not_grow_with_the_number(tmp_path: Path, kind: str) -> None:
    def many(count: int) -> Iterator[Picked]:
        for _ in range(count):
            yield Picked(np.zeros((8, 64, 64, 3), np.uint8))

    def peak(count: int, name: str) -> int:
        tracemalloc.start()
        if kind == "npz":
            write_npz(tmp_path / f"{name}.npz", many(count), 8 * count)
        else:
            write_folder(tmp_path / name, many(count))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few, lots = peak(3, "few"), peak(30, "lots")
    assert lots - few < 8 * 64 * 64 * 3, "one piece more would be 98 kB; 27 more came"


def test_that_a_folder_of_classes_is_a_data_set(tmp_path: Path) -> None:
    given = pieces(4, 3, channels=3, classes=3, scored=True)
    write_folder(tmp_path / "digits", given, ("no", "yes", "may/be"))
    source = FolderSource(tmp_path / "digits")
    about = source.describe()
    assert (about.count, about.resolution, about.channels, about.classes) == (7, 6, 3, ("may-be", "no", "yes"))
    images = np.concatenate([piece.made for piece in given])
    with (tmp_path / "digits" / "samples.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["class"] for row in rows] == ["no", "yes", "may/be", "no", "yes", "may/be", "no"]
    for row, image in zip(rows, images, strict=True):
        assert np.array_equal(read_picture(tmp_path / "digits" / row["file"]), image)
    scores = np.concatenate([piece.scores for piece in given])
    assert np.allclose([float(row["score"]) for row in rows], scores, rtol=1e-5)


def test_that_without_classes_a_folder_is_flat(tmp_path: Path) -> None:
    write_folder(tmp_path / "flat", pieces(2))
    assert sorted(path.name for path in (tmp_path / "flat").iterdir()) == ["000000.png", "000001.png", "samples.csv"]


def test_that_one_class_alone_has_one_folder(tmp_path: Path) -> None:
    piece = Picked(np.zeros((2, 6, 6, 1), np.uint8), np.array([1, 1]))
    write_folder(tmp_path / "one", [piece], ("a", "b"))
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == ["b", "samples.csv"]


@pytest.mark.parametrize(
    ("classes", "folders"),
    [
        (("cat", "dog"), ["cat", "dog"]),
        (("a/b", "a:b"), ["0-a-b", "1-a-b"]),
        (("Cat", "cat"), ["0-Cat", "1-cat"]),
        (("..", "x"), ["0", "1-x"]),
        ((), []),
    ],
)
def test_that_folders_of_classes_are_safe_and_differ(classes: tuple[str, ...], folders: list[str]) -> None:
    assert class_folders(classes) == folders


class Enough(Exception):  # noqa: N818 - no error
    """Somebody cancels."""


@pytest.mark.parametrize("kind", ["npz", "folder"])
def test_that_nothing_is_left_of_what_was_broken_off(tmp_path: Path, kind: str) -> None:
    def report(done: int) -> None:
        if done > 2:
            raise Enough

    with pytest.raises(Enough):
        if kind == "npz":
            write_npz(tmp_path / "s.npz", pieces(2, 2, 2), 6, report)
        else:
            write_folder(tmp_path / "s", pieces(2, 2, 2), (), report)
    assert list(tmp_path.iterdir()) == []


def test_that_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="is not empty"):
        write_folder(tmp_path, pieces(2))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    write_folder(tmp_path / "empty", pieces(2))
    assert len(list((tmp_path / "empty").glob("*.png"))) == 2


def test_that_images_are_enlarged(tmp_path: Path) -> None:
    (given,) = pieces(3, channels=3, classes=2)
    (nearest,) = enlarged([given], 3)
    assert np.array_equal(nearest.made, given.made.repeat(3, axis=1).repeat(3, axis=2))
    assert nearest.labels is given.labels
    (grey,) = enlarged(pieces(1), 2, "bicubic")
    (same,) = pieces(1)
    expected = Image.fromarray(same.made[0, ..., 0]).resize((12, 12), Image.Resampling.BICUBIC)
    assert grey.made.shape == (1, 12, 12, 1)
    assert np.array_equal(grey.made[0, ..., 0], np.asarray(expected))
    points = Picked(np.zeros((2, 2), np.float32))
    assert next(enlarged([points], 4)) is points
