"""Image stores: made once, whole, checked, and made anew when something has changed."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio import paths
from ganstudio.config import DatasetConfig
from ganstudio.data import store as store_module
from ganstudio.data.sources import DATASETS, find_source
from ganstudio.data.store import ImageStore, plan, planned_count, prepare
from ganstudio.errors import UserError
from ganstudio.game import DataShape
from tests.helpers import fill, picture


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores of these tests stay among themselves."""
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))


def config(folder: Path, **values: object) -> DatasetConfig:
    return DatasetConfig(name=str(folder), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", DATASETS.names())
def test_that_an_embedded_data_set_is_prepared_as_it_is_described(name: str) -> None:
    about = DATASETS.get(name).describe()
    store = prepare(DatasetConfig(name=name))
    if about.subject == "points":
        assert store.images.shape == (about.count, about.channels)
        assert store.images.dtype == np.float32
    else:
        assert store.images.shape == (about.count, about.resolution, about.resolution, about.channels)
        assert store.images.dtype == np.uint8
    assert store.shape.subject == about.subject
    assert store.classes == about.classes
    assert store.skipped == ()
    assert set(np.unique(store.labels)) <= set(range(max(1, len(about.classes))))
    store.verify()


def test_that_mnist_has_ten_thousand_digits_of_all_ten_classes() -> None:
    store = prepare(DatasetConfig(name="mnist-10k"))
    assert store.shape == DataShape(28, 1, 10)
    counts = np.bincount(store.labels)
    assert counts.sum() == 10_000
    assert (counts > 800).all()
    ink = store.images.mean()
    assert 20 < ink < 50, "white digits on black"


def test_that_data_are_prepared_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fill(tmp_path / "pictures", 4)
    first = prepare(config(folder))
    monkeypatch.setattr(store_module, "_write", None)
    assert prepare(config(folder)).folder == first.folder


def test_that_images_are_mapped_rather_than_read(tmp_path: Path) -> None:
    assert isinstance(prepare(config(fill(tmp_path / "pictures", 4))).images, np.memmap)


@pytest.mark.parametrize("change", ["add", "remove", "rename", "edit"])
def test_that_a_folder_that_changes_is_prepared_anew(change: str, tmp_path: Path) -> None:
    folder = fill(tmp_path / "pictures", 5)
    before = prepare(config(folder))
    match change:
        case "add":
            picture(99).save(folder / "new.png")
        case "remove":
            (folder / "0000.png").unlink()
        case "rename":
            (folder / "0000.png").rename(folder / "9999.png")
        case "edit":
            picture(99).save(folder / "0000.png")
    after = prepare(config(folder))
    assert after.folder != before.folder
    assert len(after.images) == {"add": 6, "remove": 4}.get(change, 5)


def test_that_each_shape_has_its_own_store(tmp_path: Path) -> None:
    folder = fill(tmp_path / "pictures", 4, side=16)
    shapes = {
        prepare(config(folder, resolution=side, channels=channels)).images.shape
        for side in (8, 16)
        for channels in ("grey", "rgb")
    }
    assert shapes == {(4, 8, 8, 1), (4, 8, 8, 3), (4, 16, 16, 1), (4, 16, 16, 3)}


def test_that_colour_becomes_grey_by_luma_and_grey_becomes_colour_in_all_channels(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.new("RGB", (8, 8), (255, 0, 0)).save(folder / "red.png")
    assert prepare(config(folder, channels="grey")).images[0, 0, 0].tolist() == [76]  # .299 x 255
    grey = fill(tmp_path / "grey", 1, side=8, colour=False)
    assert plan(config(grey))[1].channels == 1
    colour = prepare(config(grey, channels="rgb")).images[0]
    assert (colour[..., 0] == colour[..., 1]).all()
    assert (colour[..., 0] == colour[..., 2]).all()
    assert (colour[..., :1] == prepare(config(grey)).images[0]).all()


def test_that_the_manifest_carries_checksums_of_what_was_written(tmp_path: Path) -> None:
    import hashlib

    store = prepare(config(fill(tmp_path / "pictures", 4)))
    manifest = json.loads((store.folder / "manifest.json").read_text())
    for name in ("images.npy", "labels.npy"):
        assert manifest["sha256"][name] == hashlib.sha256((store.folder / name).read_bytes()).hexdigest()
    assert (manifest["count"], manifest["resolution"], manifest["channels"]) == (4, 12, 3)


@pytest.mark.parametrize("name", ["images.npy", "labels.npy"])
def test_that_a_flipped_bit_in_a_store_is_noticed_when_it_is_verified(name: str, tmp_path: Path) -> None:
    store = prepare(config(fill(tmp_path / "pictures", 4)))
    store.verify()
    data = bytearray((store.folder / name).read_bytes())
    data[-1] ^= 1
    (store.folder / name).write_bytes(data)
    with pytest.raises(UserError, match="is damaged; delete that folder"):
        ImageStore(store.folder).verify()


@pytest.mark.parametrize(
    "damage", ["truncated images", "no labels", "half a manifest", "another version", "no manifest"]
)
def test_that_a_store_that_is_not_whole_is_prepared_anew(damage: str, tmp_path: Path) -> None:
    folder = fill(tmp_path / "pictures", 4)
    store = prepare(config(folder))
    expected = np.array(store.images)
    manifest = store.folder / "manifest.json"
    match damage:
        case "truncated images":
            os.truncate(store.folder / "images.npy", 200)
        case "no labels":
            (store.folder / "labels.npy").unlink()
        case "half a manifest":
            manifest.write_text(manifest.read_text()[:40])
        case "another version":
            manifest.write_text(manifest.read_text().replace('"format_version": 1', '"format_version": 0'))
        case "no manifest":
            manifest.unlink()
    again = prepare(config(folder))
    again.verify()
    assert np.array_equal(again.images, expected)


def test_that_two_who_prepare_at_once_get_one_whole_store(tmp_path: Path) -> None:
    folder = fill(tmp_path / "pictures", 60)
    stores: list[ImageStore] = []
    written: list[int] = []
    original = store_module._write

    def write(*args: object) -> None:
        written.append(1)
        original(*args)  # type: ignore[arg-type]

    store_module._write = write  # type: ignore[assignment]
    try:
        threads = [threading.Thread(target=lambda: stores.append(prepare(config(folder)))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        store_module._write = original
    assert len({store.folder for store in stores}) == 1
    assert len(written) == 1
    stores[0].verify()


def test_that_a_cancelled_preparation_leaves_nothing(tmp_path: Path) -> None:
    class EnoughError(Exception):
        pass

    def cancel(done: int, total: int) -> None:
        if done >= 64:
            raise EnoughError

    folder = fill(tmp_path / "pictures", 130, side=8)
    with pytest.raises(EnoughError):
        prepare(config(folder), cancel)
    assert not [path for path in paths.stores_folder().iterdir() if path.is_dir()]
    assert len(prepare(config(folder)).images) == 130


def test_that_preparing_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    prepare(config(fill(tmp_path / "pictures", 130, side=8)), lambda done, total: told.append((done, total)))
    assert told == [(0, 130), (64, 130), (128, 130), (130, 130)]


def test_that_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "file"))
    with pytest.raises(UserError, match="The data cannot be prepared in"):
        prepare(config(fill(tmp_path / "pictures", 4)))


def test_that_files_that_are_gone_before_they_are_read_are_told(tmp_path: Path) -> None:
    folder = fill(tmp_path / "pictures", 4)
    source = find_source(str(folder))
    source.describe()
    (folder / "0001.png").unlink()
    with pytest.raises(FileNotFoundError):
        source.fingerprint()
    assert len(prepare(config(folder)).images) == 3


@pytest.mark.parametrize(("side", "natural"), [(28, 28), (30, 28), (64, 64), (300, 64), (8, 8), (13, 12), (63, 56)])
def test_that_without_a_resolution_the_nearest_one_that_networks_reach_is_taken(
    side: int, natural: int, tmp_path: Path
) -> None:
    assert plan(config(fill(tmp_path / "pictures", 1, side=side)))[1].resolution == natural


def test_that_images_too_small_to_learn_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="only 7 px wide"):
        plan(config(fill(tmp_path / "pictures", 1, side=7)))


@pytest.mark.parametrize(
    ("values", "expected"), [({}, 90), ({"limit": 10}, 10), ({"limit": 95}, 90), ({"holdout": 0.0}, 100)]
)
def test_that_the_plan_counts_what_training_will_see(values: dict[str, object], expected: int) -> None:
    assert planned_count(DatasetConfig(**values), 100) == expected  # type: ignore[arg-type]


def test_that_the_split_does_not_depend_on_the_run(tmp_path: Path) -> None:
    store = prepare(config(fill(tmp_path / "pictures", 40)))
    again = ImageStore(store.folder)
    for ours, theirs in zip(store.split(0.25), again.split(0.25), strict=True):
        assert np.array_equal(ours, theirs)
    assert len(store.split(0.25)[1]) == 10
