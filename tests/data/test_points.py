"""Points as data sets: what is drawn, files of a person's own, and the way to batches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ganstudio.config import DatasetConfig
from ganstudio.data.batches import Batches
from ganstudio.data.description import Unreadable
from ganstudio.data.points import COUNT, POINT_SOURCES, CsvSource, PointSource
from ganstudio.data.scatter import CANVAS, Layer, scatter
from ganstudio.data.sources import find_source, modes_of, subject_of
from ganstudio.data.store import plan, prepare, training_indices
from ganstudio.errors import UserError
from ganstudio.game import DataShape

NAMES = [source.name for source in POINT_SOURCES]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores of these tests stay among themselves."""
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))


@pytest.fixture(params=POINT_SOURCES, ids=NAMES)
def source(request: pytest.FixtureRequest) -> PointSource:
    made: PointSource = request.param
    return made


def test_that_the_data_sets_have_the_names_they_are_known_by() -> None:
    assert NAMES == ["8-gaussians", "25-gaussians", "two-moons", "swiss-roll", "spiral"]


def test_that_points_fill_the_square_of_two_and_little_more(source: PointSource) -> None:
    points, labels = source.points
    assert (points.shape, points.dtype) == ((COUNT, 2), np.float32)
    assert 1.5 < np.abs(points).max() < 2.5
    assert np.abs(points.mean(axis=0)).max() < 0.35
    assert set(np.unique(labels)) == set(range(max(1, len(source.classes))))


def test_that_points_are_the_same_each_time(source: PointSource) -> None:
    import dataclasses

    again = dataclasses.replace(source)
    assert np.array_equal(again.points[0], source.points[0])


@pytest.mark.parametrize(("name", "count", "sigma"), [("8-gaussians", 8, 0.05), ("25-gaussians", 25, 0.06)])
def test_that_each_class_of_a_mixture_is_its_mode(name: str, count: int, sigma: float) -> None:
    source, modes = find_source(name), modes_of(name)
    assert isinstance(source, PointSource)
    assert modes is not None
    points, labels = source.points
    for k in range(count):
        mine = points[labels == k]
        assert len(mine) == pytest.approx(COUNT / count, rel=0.1)
        assert mine.mean(axis=0) == pytest.approx(modes.centres[k], abs=5 * sigma / np.sqrt(len(mine)))
        assert mine.std(axis=0) == pytest.approx([sigma, sigma], rel=0.1)


def test_that_the_grid_lies_at_whole_numbers_and_the_ring_at_radius_two() -> None:
    grid, ring = modes_of("25-gaussians"), modes_of("8-gaussians")
    assert grid is not None
    assert ring is not None
    assert {tuple(place) for place in grid.centres.tolist()} == {(x, y) for x in range(-2, 3) for y in range(-2, 3)}
    assert np.hypot(*ring.centres.T) == pytest.approx(np.full(8, 2.0))
    assert modes_of("two-moons") is None
    assert modes_of("no-such-data") is None


def test_that_points_reach_batches_as_they_are(source: PointSource) -> None:
    config = DatasetConfig(name=source.name)
    store = prepare(config)
    assert plan(config)[1] == store.shape == DataShape(1, 2, len(source.classes), "points")
    batches = Batches(store, config, seed=3, batch_size=64, device=torch.device("cpu"))
    points, labels = batches.at(10, 64)
    assert (points.dtype, tuple(points.shape), labels.dtype) == (torch.float32, (64, 2), torch.int64)
    known = {tuple(point): label for point, label in zip(source.points[0].tolist(), source.points[1], strict=True)}
    for point, label in zip(points.tolist(), labels.tolist(), strict=True):
        assert known[tuple(point)] == label
    again, _ = batches.at(10, 64)
    assert torch.equal(points, again)
    held_out = {tuple(point) for point in batches.held_out(100).tolist()}
    trained = {tuple(point) for point in store.images[training_indices(store, config)].tolist()}
    assert len(held_out) == 100
    assert not held_out & trained


def test_that_points_are_streamed_as_they_are_kept_on_the_device() -> None:
    config = DatasetConfig(name="spiral", limit=500)
    store = prepare(config)
    kept = Batches(store, config, 0, 32, torch.device("cpu"))
    streamed = Batches(store, config, 0, 32, torch.device("cpu"), resident_bytes=1000)
    try:
        assert torch.equal(kept.at(490, 32)[0], streamed.at(490, 32)[0])
    finally:
        streamed.close()


def test_that_a_preview_shows_where_points_are(source: PointSource) -> None:
    picture = source.preview(24, 60)
    assert (picture.shape, picture.dtype) == ((1, 60, 60, 3), np.uint8)
    lit = (picture[0] != CANVAS).any(axis=2).mean()
    assert 0.02 < lit < 0.6


@pytest.mark.parametrize(
    ("values", "path"),
    [({"resolution": 32}, "resolution"), ({"channels": "grey"}, "channels"), ({"mirror": True}, "mirror")],
)
def test_that_what_only_pictures_have_is_refused(values: dict[str, object], path: str) -> None:
    with pytest.raises(UserError) as refused:
        plan(DatasetConfig(name="spiral", **values))  # type: ignore[arg-type]
    assert refused.value.path == f"dataset.{path}"


# -- files of one's own ------------------------------------------------------------------------------------------------


def write(folder: Path, text: str) -> Path:
    file = folder / "mine.csv"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("heading", ["", "x{0}y\n"])
def test_that_two_columns_are_points_centred_and_scaled(tmp_path: Path, mark: str, heading: str) -> None:
    rows = [(100.0, 7.0), (300.0, 7.5), (200.0, 8.0), (400.0, 6.5)]
    file = write(tmp_path, heading.format(mark) + "".join(f"{x}{mark}{y}\n" for x, y in rows) + "\n")
    source = find_source(str(file))
    assert isinstance(source, CsvSource)
    assert subject_of(str(file)) == "points"
    assert source.describe().count == 4
    points = prepare(DatasetConfig(name=str(file))).images
    assert points.mean(axis=0) == pytest.approx([0, 0], abs=1e-6)
    assert np.square(points).mean() == pytest.approx(1.0, rel=1e-5)
    stretch = (points[1] - points[0]) / np.array([200.0, 0.5])
    assert stretch[0] == pytest.approx(stretch[1], rel=1e-4), "one scale for both axes keeps the shape"


def test_that_lines_that_are_no_points_are_named_and_passed_over(tmp_path: Path) -> None:
    file = write(tmp_path, "x,y\n1,2\n3,4,5\n\nnan,1\n5,6\nseven,8\n")
    store = prepare(DatasetConfig(name=str(file), holdout=0.0))
    assert len(store.images) == 2
    assert store.skipped == tuple(Unreadable(f"line {n}", "not two finite numbers") for n in (3, 5, 7))


def test_that_equal_points_stay_finite(tmp_path: Path) -> None:
    file = write(tmp_path, "3,4\n" * 5)
    assert np.array_equal(prepare(DatasetConfig(name=str(file))).images, np.zeros((5, 2), np.float32))


def test_that_a_changed_file_is_prepared_anew(tmp_path: Path) -> None:
    file = write(tmp_path, "0,0\n1,1\n2,2\n")
    before = prepare(DatasetConfig(name=str(file))).folder
    write(tmp_path, "0,0\n1,1\n2,2\n3,1\n")
    after = prepare(DatasetConfig(name=str(file)))
    assert after.folder != before
    assert len(after.images) == 4


@pytest.mark.parametrize("text", ["", "x,y\n", "a,b\nc,d\n", "1\n2\n"])
def test_that_a_file_without_points_is_refused_in_words(tmp_path: Path, text: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(UserError, match="two numbers"):
        plan(DatasetConfig(name=str(file)))


def test_that_a_file_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        plan(DatasetConfig(name=str(tmp_path / "none.csv")))


# -- drawing -----------------------------------------------------------------------------------------------------------


def test_that_a_scatter_puts_each_point_at_its_place() -> None:
    points = np.array([[-0.5, 0.5], [0.5, -0.75], [3.0, 0.0], [np.nan, 0.0]], np.float32)
    picture = scatter([Layer(points, (255, 0, 0), 2.0)], 80, 1.0)
    red = np.argwhere(picture[..., 0] > 128)
    assert {(round(y / 10), round(x / 10)) for y, x in red} == {(2, 2), (7, 6)}
    assert picture[20, 20].tolist() == [255, 0, 0]
    assert picture[0, 0].tolist() == list(CANVAS)


def test_that_later_layers_lie_over_earlier_ones_and_over_the_picture_behind() -> None:
    middle = np.zeros((1, 2), np.float32)
    behind = np.full((20, 20, 3), 9, np.uint8)
    picture = scatter([Layer(middle, (255, 0, 0), 4.0), Layer(middle, (0, 0, 255), 2.0)], 20, 1.0, behind)
    assert picture[10, 10].tolist() == [0, 0, 255]
    red, _, blue = picture[10, 13].tolist()
    assert red > 200
    assert blue < 50
    assert picture[0, 0].tolist() == [9, 9, 9]
