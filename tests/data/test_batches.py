"""Batches are a pure function of the seed and of where they stand in the stream of images."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from ganstudio.config import DatasetConfig
from ganstudio.data import batches as batches_module
from ganstudio.data.batches import Batches
from ganstudio.data.store import ImageStore, prepare, training_indices
from ganstudio.errors import UserError
from tests.helpers import fill

CPU = torch.device("cpu")
COUNT, TRAINING = 30, 27


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 pictures in three classes, 27 of which are trained on."""
    root = tmp_path_factory.mktemp("data")
    for label in range(3):
        fill(root / "three" / f"class {label}", COUNT // 3, side=8, seed=label)
    return root / "three"


@pytest.fixture(scope="module")
def store(folder: Path) -> ImageStore:
    return prepare(DatasetConfig(name=str(folder)))


@pytest.fixture
def make(store: ImageStore, folder: Path) -> Iterator[object]:
    """Makes batches, and ends their threads."""
    made: list[Batches] = []

    def batches(seed: int = 0, *, streamed: bool = False, batch: int = 4, **dataset: object) -> Batches:
        config = DatasetConfig(name=str(folder), **dataset)  # type: ignore[arg-type]
        made.append(Batches(store, config, seed, batch, CPU, **({"resident_bytes": 0} if streamed else {})))
        return made[-1]

    yield batches
    for item in made:
        item.close()


def keys(images: torch.Tensor) -> list[bytes]:
    """Something that tells pictures apart, mirrored or not."""
    return [image.flatten().numpy().tobytes() for image in images]


def test_that_an_epoch_shows_every_image_once_and_each_epoch_in_another_order(make) -> None:
    batches = make()
    assert batches.count == TRAINING
    epochs = [keys(batches.at(epoch * TRAINING, TRAINING)[0]) for epoch in range(3)]
    assert all(len(set(epoch)) == TRAINING for epoch in epochs)
    assert set(epochs[0]) == set(epochs[1]) == set(epochs[2])
    assert epochs[0] != epochs[1] != epochs[2] != epochs[0]


def test_that_batches_run_on_across_the_end_of_an_epoch(make) -> None:
    batches = make()
    across = keys(batches.at(TRAINING - 2, 5)[0])
    assert across == keys(batches.at(TRAINING - 2, 2)[0]) + keys(batches.at(TRAINING, 3)[0])
    assert keys(batches.at(3, 70)[0])[24:51] == keys(batches.at(TRAINING, TRAINING)[0]), "a batch may span epochs"


def test_that_a_batch_depends_on_nothing_but_seed_and_position(make) -> None:
    one, other = make(), make()
    for position in (500, 0, 81, 4, 500, 28):
        one.at(position, 4)
    for position in (0, 26, 500):
        assert torch.equal(one.at(position, 4)[0], other.at(position, 4)[0])
        assert torch.equal(one.at(position, 4)[1], other.at(position, 4)[1])
    assert not torch.equal(one.at(0, 4)[0], make(seed=1).at(0, 4)[0])


@pytest.mark.parametrize("mirror", [False, True])
def test_that_streamed_batches_equal_resident_ones(make, mirror: bool) -> None:
    resident, streamed = make(mirror=mirror), make(mirror=mirror, streamed=True)
    for position in [*range(0, 80, 4), 0, 400, 400, 8, 4]:
        for ours, theirs in zip(resident.at(position, 4), streamed.at(position, 4), strict=True):
            assert torch.equal(ours, theirs)
            assert (ours.dtype, ours.stride()) == (theirs.dtype, theirs.stride())


def test_that_a_streamed_batch_is_read_from_disk_once(make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two plays ask for the same one where D and G compare with the same reals."""
    read: list[int] = []
    original = Batches._gather

    def gather(self: Batches, position: int, count: int) -> torch.Tensor:
        read.append(position)
        return original(self, position, count)

    monkeypatch.setattr(Batches, "_gather", gather)
    batches = make(streamed=True)
    for position in (0, 0, 4, 4, 8, 8):
        batches.at(position, 4)
    batches.close()
    assert read[:3] == [0, 4, 8]
    assert read[3:] in ([], [12]), "what was read ahead last may have been cancelled by the end"


def test_that_reading_ahead_never_trips_over_a_new_epoch(make, store: ImageStore) -> None:
    """The loading thread and the training thread shuffle the next epoch at the same time."""
    batches = make(streamed=True, batch=TRAINING)
    for step in range(200):
        batches.at(step * TRAINING, TRAINING)
    problems: list[Exception] = []

    def look_up(offset: int) -> None:
        try:
            for epoch in range(offset, 400):
                batches._epoch(epoch)
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=look_up, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems


def test_that_images_come_in_minus_one_to_one_channels_last_with_their_classes(make, store: ImageStore) -> None:
    images, labels = make().at(0, TRAINING)
    assert (images.shape, images.dtype) == ((TRAINING, 3, 8, 8), torch.float32)
    assert images.is_contiguous(memory_format=torch.channels_last)
    assert labels.dtype == torch.int64
    assert images.min() >= -1
    assert images.max() <= 1
    by_pixels = {row.tobytes(): int(label) for row, label in zip(store.images, store.labels, strict=True)}
    for image, label in zip(images, labels, strict=True):
        pixels = ((image + 1) * 127.5).round().to(torch.uint8).permute(1, 2, 0).numpy()
        assert by_pixels[np.ascontiguousarray(pixels).tobytes()] == label


def test_that_black_is_minus_one_and_white_is_one(tmp_path: Path) -> None:
    from PIL import Image

    for name, value in (("black", 0), ("white", 255)):
        Image.new("L", (8, 8), value).save(tmp_path / f"{name}.png")
    config = DatasetConfig(name=str(tmp_path), holdout=0.0)
    images, _ = Batches(prepare(config), config, 0, 2, CPU).at(0, 2)
    assert sorted(image.unique().tolist() for image in images) == [[-1.0], [1.0]]


def test_that_mirroring_shows_about_half_mirrored_and_always_the_same_half(make) -> None:
    plain, mirrored, again = make(batch=20), make(batch=20, mirror=True), make(batch=20, mirror=True)
    flipped = 0
    patterns = set()
    for position in range(0, 400, 20):
        straight, turned = plain.at(position, 20)[0], mirrored.at(position, 20)[0]
        assert torch.equal(turned, again.at(position, 20)[0])
        assert turned.is_contiguous(memory_format=torch.channels_last)
        for a, b in zip(straight, turned, strict=True):
            assert torch.equal(a, b) or torch.equal(a.flip(2), b)
        pattern = tuple(not torch.equal(a, b) for a, b in zip(straight, turned, strict=True))
        flipped += sum(pattern)
        patterns.add(pattern)
    assert 150 < flipped < 250
    assert len(patterns) == 20, "other ones in each batch"


def test_that_held_out_images_are_never_trained_on_whatever_the_seed(make, store: ImageStore) -> None:
    training, held_out = store.split(0.1)
    assert len(held_out) == 3
    assert not set(training) & set(held_out)
    assert sorted([*training, *held_out]) == list(range(COUNT))

    def as_trained_on(indices: np.ndarray) -> set[bytes]:
        return set(keys(torch.from_numpy(store.images[indices]).permute(0, 3, 1, 2).float().mul(2 / 255).sub(1)))

    for seed in range(3):
        seen = set(keys(make(seed=seed).at(0, 5 * TRAINING)[0]))
        assert seen == as_trained_on(training)
        assert not seen & as_trained_on(held_out)


def test_that_a_share_of_nothing_holds_nothing_out(store: ImageStore) -> None:
    training, held_out = store.split(0.0)
    assert (len(training), len(held_out)) == (COUNT, 0)


@pytest.mark.parametrize("limit", [5, 12])
def test_that_a_limit_draws_so_many_images_of_all_classes(limit: int, store: ImageStore, folder: Path) -> None:
    """The files are sorted by class: the first so many would be of one class only."""
    chosen = training_indices(store, DatasetConfig(name=str(folder), limit=limit))
    assert len(chosen) == limit
    assert set(chosen) <= set(store.split(0.1)[0])
    assert len(set(store.labels[chosen])) == 3


def test_that_a_larger_limit_adds_to_a_smaller_one(store: ImageStore, folder: Path) -> None:
    few, more, all_of_them = (
        set(training_indices(store, DatasetConfig(name=str(folder), limit=n))) for n in (5, 12, 1000)
    )
    assert few < more < all_of_them
    assert len(all_of_them) == TRAINING


def test_that_a_limited_epoch_holds_no_other_image(make) -> None:
    assert len(set(keys(make(limit=6).at(0, 60)[0]))) == 6


def test_that_a_batch_larger_than_the_data_is_refused_with_the_largest_that_is_not(make) -> None:
    with pytest.raises(UserError, match=r"larger than the 27 training images .* use at most 27") as caught:
        make(batch=28)
    assert caught.value.path == "training.batch_size"
    make(batch=27)


def test_that_small_data_live_on_the_device_and_large_data_are_streamed(make) -> None:
    assert make()._loader is None
    assert make(streamed=True)._loader is not None
    assert batches_module._RESIDENT_BYTES >= 1024**3
