"""The laboratory of points: what is painted where, what the panels say, and plays one by one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor

from ganstudio.data.sources import find_source, modes_of
from ganstudio.desktop.points.lab import PointsLab
from ganstudio.desktop.points.modes_panel import ModeGrid, ModesPanel
from ganstudio.desktop.points.plane import Plane, Scene
from ganstudio.desktop.points.scale import Scale
from ganstudio.desktop.points.shading import BANDS, View, band_colours, dots_image, map_image
from ganstudio.desktop.points.step_panel import StepPanel
from ganstudio.evaluation.points import count_modes
from ganstudio.game import DISCRIMINATOR, GENERATOR
from ganstudio.runs.folder import RunFolder
from ganstudio.runs.points import write_points
from ganstudio.training.events import Landscape, Measured, Progress, Samples
from ganstudio.variants.recipes import compose

WHOLE = View(0.0, 0.0, 3.0)


def slope() -> np.ndarray:
    """A map that rises from 0 at the left to 1 at the right."""
    return np.tile(np.linspace(0, 1, 61, dtype=np.float32), (61, 1))


def landscape(value: float = 0.0) -> Landscape:
    ticks = np.linspace(-3, 3, 5, dtype=np.float32)
    x, y = np.meshgrid(ticks, ticks)
    return Landscape(
        extent=3.0,
        surface=(slope() * 4 - 2 + value).astype(np.float32),
        pull=np.stack([-x, -y], axis=2),
        real=np.array([[0.0, 0.0], [1.0, 1.0]], np.float32),
    )


def samples(step: int, spread: float = 0.0) -> Samples:
    modes = modes_of("25-gaussians")
    assert modes is not None
    raw = np.repeat(modes.centres[:20], 125, axis=0) + np.float32(spread)
    return Samples(step=step, time=0.0, count=2500, ema=np.zeros((2500, 2), np.float32), raw=raw, landscape=landscape())


# -- shading -----------------------------------------------------------------------------------------------------------


def test_that_the_bands_run_from_fake_to_real_through_the_drawn_colours() -> None:
    colours = band_colours()
    assert colours.shape == (BANDS, 3)
    assert (np.diff(colours.astype(int).sum(axis=1)) > 0).all()
    assert colours[[0, -1]].tolist() == [[16, 18, 22], [74, 138, 203]]


def test_that_a_map_is_cut_into_its_bands_with_its_first_row_at_the_bottom() -> None:
    image = map_image(slope(), 3.0, WHOLE, 120)
    row = [image.pixelColor(x, 60).getRgb()[:3] for x in range(120)]
    assert row[0] == tuple(band_colours()[0].tolist())
    assert row[-1] == tuple(band_colours()[-1].tolist())
    assert len(set(row)) == BANDS
    upright = map_image(np.ascontiguousarray(slope().T), 3.0, WHOLE, 120)
    assert upright.pixelColor(60, 0) == image.pixelColor(119, 60), "the last row lies at the top"


def test_that_a_view_shows_its_part_of_the_map() -> None:
    right = map_image(slope(), 3.0, View(1.5, 0.0, 1.5), 60)
    whole = map_image(slope(), 3.0, WHOLE, 120)
    for x in range(2, 58):
        assert right.pixelColor(x, 30) in (whole.pixelColor(60 + x, 30), whole.pixelColor(60 + x // 2, 30),
                                           whole.pixelColor(60 + x // 2 + 1, 30))  # fmt: skip


def test_that_dots_stand_at_their_places_and_off_the_picture_are_left_out() -> None:
    places = np.array([[10.5, 20.5], [30.0, 5.0], [-50.0, 3.0], [0.2, 0.2]])
    image = dots_image(places, (40, 30), 2.0, QColor(255, 0, 0))
    assert image.pixelColor(10, 20) == QColor(255, 0, 0)
    assert image.pixelColor(10, 26).alpha() == 0
    assert image.pixelColor(30, 5).alpha() > 200
    assert image.pixelColor(0, 0).alpha() > 200


def test_that_zooming_keeps_the_place_under_the_pointer() -> None:
    view = WHOLE.zoomed(2.0, 1.0, -1.0)
    assert view.half == 1.5
    before, after = (each.to_pixels(np.array([[1.0, -1.0]], np.float32), 100) for each in (WHOLE, view))
    assert before == pytest.approx(after)


def test_that_the_scale_tells_beliefs_where_the_loss_has_them_and_logits_elsewhere() -> None:
    surface = np.array([[-2.0, 0.0], [0.0, 2.0]], np.float32)
    belief, score = Scale.of(surface, "non-saturating"), Scale.of(surface, "wasserstein")
    assert belief.high == pytest.approx(1 / (1 + np.exp(-2)))
    assert belief.words() == ("real 0.88", "0.50", "fake 0.12")
    assert (score.low, score.high) == (-2.0, 2.0)
    assert score.shares(surface).tolist() == [[0.0, 0.5], [0.5, 1.0]]
    assert score.value_at(surface, 3.0, 3.0, 3.0) == 2.0
    assert score.value_at(surface, 3.0, 3.1, 0.0) is None


# -- the plane ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def plane(qtbot) -> Plane:  # type: ignore[no-untyped-def]
    made = Plane()
    qtbot.addWidget(made)
    made.resize(348, 336)
    made.show()
    space = landscape()
    modes = modes_of("25-gaussians")
    covered = np.ones(25, bool)
    covered[12] = False
    made.set_scene(
        Scene(
            landscape=space,
            generated=np.array([[2.0, -2.0]], np.float32),
            scale=Scale.of(space.surface, "wasserstein"),
            modes=modes,
            covered=covered,
        )
    )
    return made


def pixel(plane: Plane, x: float, y: float) -> QColor:
    """The colour painted at a place of the plane."""
    picture = plane.grab().toImage()
    square = plane._square()
    spot = plane.view.to_pixels(np.array([[x, y]], np.float32), square.width())[0]
    ratio = picture.devicePixelRatio()
    return picture.pixelColor(
        round((square.left() + spot[0]) * ratio - 0.5), round((square.top() + spot[1]) * ratio - 0.5)
    )


def test_that_each_layer_is_painted_where_it_belongs_and_can_be_left_out(plane: Plane) -> None:
    assert pixel(plane, 2.0, -2.0).getRgb()[:3] == (242, 138, 71)
    assert pixel(plane, 1.0, 1.0).getRgb()[:3] == (198, 203, 210)
    assert pixel(plane, 2.9, 0.55).blue() > pixel(plane, -2.9, 0.55).blue() + 100
    plane.set_layers(frozenset({"map"}))
    assert pixel(plane, 2.0, -2.0).getRgb()[:3] != (242, 138, 71)
    plane.set_layers(frozenset())
    assert pixel(plane, 2.9, 0.55).getRgb()[:3] == (12, 13, 14)


def test_that_a_missed_mode_is_amber(plane: Plane) -> None:
    picture = plane.grab().toImage()
    colours = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    assert "#f2c84b" in colours
    plane.set_scene(Scene(landscape=landscape(), modes=modes_of("25-gaussians"), covered=np.ones(25, bool)))
    picture = plane.grab().toImage()
    colours = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    assert "#f2c84b" not in colours


def test_that_the_plane_zooms_moves_within_itself_and_comes_back(qtbot, plane: Plane) -> None:  # type: ignore[no-untyped-def]
    assert plane.is_whole
    plane.zoom_in()
    assert plane.view.half == pytest.approx(2.4)
    for _ in range(30):
        qtbot.keyClick(plane, Qt.Key.Key_Right)
    assert plane.view.x == pytest.approx(0.6), "no farther than the plane goes"
    middle = plane._square().center()
    qtbot.mousePress(plane, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(plane, middle + QPoint(20, 0))
    qtbot.mouseRelease(plane, Qt.MouseButton.LeftButton, pos=middle + QPoint(20, 0))
    assert plane.view.x < 0.6
    for _ in range(40):
        plane.zoom_in()
    assert plane.view.half >= 3.0 * 0.02
    qtbot.keyClick(plane, Qt.Key.Key_0)
    assert plane.is_whole
    plane.zoom_out()
    assert plane.is_whole


def test_that_a_place_is_told_with_what_d_says_there(plane: Plane) -> None:
    square = plane._square()
    right = plane.words_at(QPointF(square.right(), square.center().y()))
    assert right.startswith("x 2.9")
    assert "D says 1.9" in right or "D says 2.0" in right


# -- the panels --------------------------------------------------------------------------------------------------------


def test_that_modes_are_counted_laid_out_and_followed(qtbot) -> None:  # type: ignore[no-untyped-def]
    panel = ModesPanel()
    qtbot.addWidget(panel)
    modes = modes_of("25-gaussians")
    assert modes is not None
    panel.begin(modes)
    for step, covered in ((0, 1.0), (50, 20.0)):
        panel.add(Measured(step=step, time=0.0, measures={"raw/covered_modes": covered, "mmd2": 0.1, "raw/mmd2": 0.02}))
    raw = samples(50).raw
    assert raw is not None
    panel.show_step(50, count_modes(raw, modes))
    assert panel._key.accessibleName() == "20 of 25 modes covered"
    assert panel._share.text() == "100 %"
    assert panel._mmd.text() == "0.0200"
    assert panel._line.values() == [1.0, 20.0]
    assert panel.counts.cell_at(QPointF(2, 2)) == 0
    assert panel.counts.cell_at(QPointF(panel.counts.width() - 3, panel.counts.height() - 3)) == 24
    panel.truncate_after(0)
    panel.refresh()
    assert panel._line.values() == [1.0]
    panel.begin(None)
    assert panel.counts.isHidden()


def test_that_modes_that_are_no_grid_have_a_cell_each(qtbot) -> None:  # type: ignore[no-untyped-def]
    grid = ModeGrid()
    qtbot.addWidget(grid)
    grid.set_modes(modes_of("8-gaussians"))
    cells = [grid.cell_at(QPointF(27 * column + 5, 27 * row + 5)) for row in range(2) for column in range(4)]
    assert cells == list(range(8))


def test_that_plays_are_asked_for_as_often_as_said_and_losses_told_before_and_after(qtbot) -> None:  # type: ignore[no-untyped-def]
    panel = StepPanel()
    qtbot.addWidget(panel)
    asked: list[tuple[str, ...]] = []
    panel.steps_requested.connect(asked.append)
    assert not panel._buttons[DISCRIMINATOR].isEnabled()
    panel.set_available("")

    def progress(step: int, d: float, g: float | None = None) -> Progress:
        scalars = {"loss/discriminator": d} | ({} if g is None else {"loss/generator": g})
        return Progress(step=step, time=0.0, images=0, images_per_second=0.0, scalars=scalars)

    panel.add(progress(1, 1.214, 0.941))
    panel._repeat.button("10").click()
    panel._buttons[DISCRIMINATOR].click()
    panel.add(progress(11, 1.197))
    panel.refresh()
    assert asked == [(DISCRIMINATOR,) * 10]
    assert panel._values[DISCRIMINATOR].text() == "1.214 → 1.197"
    assert panel._values[GENERATOR].text() == "0.941"
    panel._repeat.button("1").click()
    panel._both.click()
    assert asked[-1] == (DISCRIMINATOR, GENERATOR)


@pytest.fixture
def lab(qtbot):  # type: ignore[no-untyped-def]
    from PySide6.QtWidgets import QWidget

    window = QWidget()
    qtbot.addWidget(window)
    made = PointsLab(window)
    qtbot.addWidget(made.right)
    yield made
    made.shutdown()


def test_that_the_newest_points_are_shown_and_earlier_ones_read_from_the_run(
    qtbot, lab: PointsLab, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    folder = RunFolder(tmp_path)
    folder.points_path(0).parent.mkdir(parents=True)
    write_points(folder.points_path(0), samples(0, spread=0.5))
    lab.begin(folder, compose({"variant.name": "vanilla", "dataset.name": "25-gaussians"}))
    lab.apply([Samples(step=0, time=0.0, count=2500), samples(50)])
    scene = lab.space.plane.scene
    assert scene.covered is not None
    assert scene.covered.sum() == 20
    lab.space.scrubber.step_back()
    scene = lab.space.plane.scene
    assert scene.covered is not None
    assert scene.covered.sum() == 0
    lab.apply([samples(100)])
    assert lab.space.scrubber.position == 0, "a timeline that was moved back stays there"
    lab.space.scrubber.go_live()
    assert lab.space.plane.scene.covered.sum() == 20
    lab.space._kind.button("ema").click()
    assert lab.space.plane.scene.covered.sum() == 1, "the averaged points all lie on the middle mode"


def test_that_before_a_run_the_points_to_learn_are_shown(qtbot, lab: PointsLab) -> None:  # type: ignore[no-untyped-def]
    lab.preview(compose({"variant.name": "vanilla", "dataset.name": "two-moons"}))
    qtbot.waitUntil(lambda: lab.space.plane.scene.landscape is not None, timeout=10_000)
    space = lab.space.plane.scene.landscape
    assert space is not None
    source = find_source("two-moons")
    assert np.array_equal(space.real, source.points[0][:1200])  # type: ignore[attr-defined]
    assert lab.space.plane.scene.generated is None
    assert lab.space.shows("two-moons")
