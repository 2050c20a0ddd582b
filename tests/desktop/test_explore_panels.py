"""Explore's map of a plane, its row over training, and its comparison, on real runs of a few steps."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent, QImage, QPixmap, QWheelEvent
from pytestqt.qtbot import QtBot

from ganstudio import paths
from ganstudio.desktop.explore.carried import carried, carry
from ganstudio.desktop.explore.catalogue import ModelFacts
from ganstudio.desktop.explore.kept import KeptModels
from ganstudio.desktop.explore.over_time.comparison import mismatch
from ganstudio.desktop.explore.over_time.view import FilmView, Frame
from ganstudio.desktop.explore.plane.view import PlaneView, cell_side
from ganstudio.desktop.explore.preview import Order
from ganstudio.desktop.explore.workspace import ExploreWorkspace
from ganstudio.desktop.settings import Settings
from ganstudio.game import DataShape
from ganstudio.latent.sampling import latent
from ganstudio.runs.execute import train
from ganstudio.runs.folder import RunFolder
from ganstudio.training.control import Control
from ganstudio.training.events import Event, RunFinished
from tests.desktop.test_explore import PATIENCE_MS, live_run, pixels, settled
from tests.desktop.test_translate import translating_run
from tests.helpers import tiny
from tests.latent.tiny_runs import LATENT_SIZE

pytestmark = pytest.mark.desktop
PLAIN, CLASSES = "001-vanilla-mnist-10k", "002-dcgan-mnist-10k"


@pytest.fixture
def explore(qtbot: QtBot, runs: Path, tmp_path: Path) -> Iterator[ExploreWorkspace]:
    """Explore with run 001, its image, and everything beside it drawn."""
    settings = Settings(tmp_path / "settings.json")
    made = ExploreWorkspace(settings)
    qtbot.addWidget(made)
    made.resize(1400, 780)
    made.open_run(runs / PLAIN)
    made.show()
    settled(qtbot, made)
    yield made
    made.shutdown()
    settings.flush()


def filled(qtbot: QtBot, explore: ExploreWorkspace) -> PlaneView:
    """Wait for every cell of the map."""
    view = explore.plane.panel.view
    qtbot.waitUntil(lambda: view.has_images and not view.missing(1), timeout=PATIENCE_MS)
    return view


def filmed(qtbot: QtBot, explore: ExploreWorkspace, count: int) -> FilmView:
    """Wait for the images of the row."""
    view = explore.film.panel.view
    qtbot.waitUntil(lambda: len(view._images) == count, timeout=PATIENCE_MS)
    return view


def grey(pixmap: QPixmap, side: int = 28) -> np.ndarray:
    """What a picture shows, brought back to `side` pixels: uint8 (side, side, 1)."""
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    shown = np.array(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())[:, : image.width()]
    times = image.width() // side
    return shown[times // 2 :: times, times // 2 :: times, None]


def middle(view: PlaneView, cell: tuple[int, int]) -> QPoint:
    return view._cell_rect(cell).center()


def asked(explore: ExploreWorkspace, monkeypatch: pytest.MonkeyPatch) -> list[Order]:
    """What is asked of the preview from now on."""
    orders: list[Order] = []
    request = explore.worker.request
    monkeypatch.setattr(explore.worker, "request", lambda order: (orders.append(order), request(order)))
    return orders


# the plane


def test_that_each_cell_shows_what_the_latent_of_its_place_becomes(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    view = filled(qtbot, explore)
    window = view.window_shown
    assert window.cell == 28
    a, b, c = (latent(seed, LATENT_SIZE).astype(np.float64) for seed in range(3))
    for cell in [(0, 0), (window.density, 0), (2, -1)]:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=middle(view, cell))
        settled(qtbot, explore)
        u, v = cell[0] / window.density, cell[1] / window.density
        np.testing.assert_allclose(explore.state.z, a + u * (b - a) + v * (c - a), atol=1e-6)
        np.testing.assert_array_equal(grey(view._images[window.density, cell]), pixels(explore))
        assert view.marked == cell


def test_that_a_click_is_one_step_back_and_a_latent_off_the_plane_is_not_marked(
    qtbot: QtBot, explore: ExploreWorkspace
) -> None:
    view = filled(qtbot, explore)
    assert view.marked == (0, 0)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=middle(view, (1, 1)))
    assert explore.state.text == "the plane"
    explore.undo()
    assert explore.state.seed == 0
    assert not explore.can_undo
    explore.set_seed(9)
    assert view.marked is None


def test_that_dragging_moves_the_plane_and_fills_in_what_appears(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    view = filled(qtbot, explore)
    before, known = view.window_shown, len(view._images)
    start = middle(view, (0, 0))
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(view, start + QPoint(50, 20))
    qtbot.mouseMove(view, start + QPoint(60, 26))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(60, 26))
    filled(qtbot, explore)
    window = view.window_shown
    assert window.u == pytest.approx(before.u - 2 / before.density)
    assert window.v == pytest.approx(before.v + 1 / before.density)
    assert len(view._images) > known
    assert not explore.can_undo


def test_that_the_wheel_and_the_slider_change_how_much_is_seen(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    view, extent = filled(qtbot, explore), explore.plane.panel.extent
    density, place = view.window_shown.density, extent.value()
    at = QPointF(middle(view, (0, 0)))
    turned = QWheelEvent(
        at, view.mapToGlobal(at), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    view.wheelEvent(turned)
    assert view.window_shown.density < density
    assert extent.value() == place + 1
    assert view.missing(1)
    filled(qtbot, explore)
    extent.setValue(place)
    assert view.window_shown.density == density


def test_that_arrow_keys_go_to_the_cell_beside_and_a_held_key_is_one_step_back(
    qtbot: QtBot, explore: ExploreWorkspace
) -> None:
    view = filled(qtbot, explore)
    for _ in range(3):
        qtbot.keyPress(view, Qt.Key.Key_Right)
    qtbot.keyRelease(view, Qt.Key.Key_Right)
    assert view.marked == (3, 0)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.marked == (3, -1)
    explore.undo()
    np.testing.assert_allclose(
        explore.state.z, explore.state.plane.at([3 / view.window_shown.density], [0])[0], atol=1e-6
    )
    explore.undo()
    assert not explore.can_undo
    before = view.window_shown
    qtbot.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert view.window_shown.u == pytest.approx(before.u - 1 / before.density)
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.window_shown.density < before.density
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.window_shown == before


def test_that_an_anchor_can_be_the_latent_at_hand_and_undo_brings_the_old_one_back(
    qtbot: QtBot, explore: ExploreWorkspace
) -> None:
    view, old = filled(qtbot, explore), explore.state.plane
    explore.set_seed(77)
    explore.plane.panel.anchor_requested.emit("b", "here")
    np.testing.assert_array_equal(explore.state.plane.b.z, latent(77, LATENT_SIZE))
    assert explore.state.plane.a is old.a
    assert view.marked == view.anchor_cell("b")
    filled(qtbot, explore)
    np.testing.assert_array_equal(grey(view._images[view.window_shown.density, view.marked]), pixels(explore))
    explore.undo()
    assert explore.state.plane is old


def test_that_a_latent_can_be_dropped_on_an_anchor(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    view, failures = filled(qtbot, explore), []
    explore.failed.connect(failures.append)
    for size in (LATENT_SIZE, LATENT_SIZE + 1):
        data = QMimeData()
        carry(data, latent(5, size), "favourite 5")
        place = QPointF(middle(view, view.anchor_cell("c")) + QPoint(9, 4))
        view.dropEvent(
            QDropEvent(place, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        )
    np.testing.assert_array_equal(explore.state.plane.c.z, latent(5, LATENT_SIZE))
    assert explore.state.plane.c.text == "favourite 5"
    assert failures == ["The latent of favourite 5 has 11 values; this model takes 10."]


def test_that_shuffling_gives_three_other_latents_in_one_step(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    old = explore.state.plane
    explore.plane.panel.shuffle.click()
    fresh = explore.state.plane
    assert all(not np.array_equal(one.z, two.z) for one, two in zip(old.anchors, fresh.anchors, strict=True))
    filled(qtbot, explore)
    explore.undo()
    assert explore.state.plane is old


def test_that_the_plane_can_lie_along_the_first_two_directions(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    qtbot.waitUntil(lambda: len(explore.directions.shown) >= 2, timeout=PATIENCE_MS)
    first, second = explore.directions.shown[:2]
    explore.plane.panel.directions_requested.emit()
    plane = explore.state.plane
    np.testing.assert_allclose(plane.b.z - plane.a.z, 2 * first.vector, atol=1e-5)
    np.testing.assert_allclose(plane.c.z - plane.a.z, 2 * second.vector, atol=1e-5)
    assert (plane.b.text, plane.c.text) == (first.name, second.name)


def test_that_the_map_follows_class_and_networks(qtbot: QtBot, runs: Path, explore: ExploreWorkspace) -> None:
    view = filled(qtbot, explore)
    first = grey(view._images[view.window_shown.density, (0, 0)])
    explore.open_run(runs / PLAIN, 2)
    qtbot.waitUntil(
        lambda: not np.array_equal(first, grey(view._images[view.window_shown.density, (0, 0)])), timeout=PATIENCE_MS
    )
    explore.open_run(runs / CLASSES)
    settled(qtbot, explore)
    filled(qtbot, explore)
    zero = grey(view._images[view.window_shown.density, (0, 0)])
    explore.latent_panel.label_chosen.emit(7)
    settled(qtbot, explore)
    qtbot.waitUntil(
        lambda: not np.array_equal(zero, grey(view._images[view.window_shown.density, (0, 0)])), timeout=PATIENCE_MS
    )
    filled(qtbot, explore)
    np.testing.assert_array_equal(grey(view._images[view.window_shown.density, (0, 0)]), pixels(explore))


def test_that_a_cell_tells_where_it_lies(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    view = filled(qtbot, explore)
    view.set_density(4)
    assert view.tip((1, -2)).startswith("+0.25 of A → B, −0.50 of A → C")
    assert view.tip((4, 0)).startswith("B, seed 1\n")


@pytest.mark.parametrize(
    ("room", "side", "expected"),
    [(364, 28, 28), (200, 28, 28), (364, 16, 16), (364, 32, 32), (364, 64, 28), (800, 28, 56), (90, 64, 24)],
)  # fmt: skip
def test_that_cells_show_whole_pixels_where_that_comes_near(room: int, side: int, expected: int) -> None:
    assert cell_side(room, side) == expected


# over training


def test_that_the_row_shows_the_latent_at_every_kept_step(qtbot: QtBot, runs: Path, explore: ExploreWorkspace) -> None:
    view = filmed(qtbot, explore, 2)
    assert view.frames == (Frame(2), Frame(4))
    assert view.chosen_frame == 1
    shown = [grey(view._images[index]) for index in range(2)]
    np.testing.assert_array_equal(shown[1], pixels(explore))
    explore.open_run(runs / PLAIN, 2)
    settled(qtbot, explore)
    np.testing.assert_array_equal(shown[0], pixels(explore))


def test_that_a_click_or_a_key_loads_the_networks_of_a_step(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    view = filmed(qtbot, explore, 2)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.cell_rect(0).center())
    settled(qtbot, explore)
    assert explore.shown_step == 2
    assert view.chosen_frame == 0
    assert explore.latent_panel.steps.currentText() == "Step 2"
    assert not explore.can_undo
    qtbot.keyClick(view, Qt.Key.Key_End)
    settled(qtbot, explore)
    assert explore.shown_step == 4
    assert explore.latent_panel.steps.currentIndex() == 0


def test_that_what_was_drawn_is_not_drawn_again(
    qtbot: QtBot, explore: ExploreWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = filmed(qtbot, explore, 2)
    first = grey(view._images[0])
    orders = asked(explore, monkeypatch)
    explore.set_seed(8)
    qtbot.waitUntil(lambda: not np.array_equal(grey(view._images[0]), first), timeout=PATIENCE_MS)
    assert [(order.kind, order.source.folder.name) for order in orders if order.kind == "film"] == [
        ("film", "step-00000002")
    ]
    orders.clear()
    explore.undo()
    qtbot.waitUntil(lambda: np.array_equal(grey(view._images[0]), first), timeout=PATIENCE_MS)
    assert not [order for order in orders if order.kind == "film"]


def test_that_only_what_is_seen_is_asked_for(qtbot: QtBot) -> None:
    view = FilmView()
    qtbot.addWidget(view)
    view.resize(300, view.wanted_height())
    view.show()
    view.set_frames([Frame(step) for step in range(100, 4100, 100)])
    view.set_chosen(39)
    assert view.seen()[0] == 39
    assert set(view.seen()) < set(range(33, 40))
    view.set_chosen(0)
    assert view.seen()[:3] == [0, 1, 2]


def test_that_a_damaged_step_says_so_in_its_place(qtbot: QtBot, runs: Path, explore: ExploreWorkspace) -> None:
    filmed(qtbot, explore, 2)
    folder = RunFolder(runs / PLAIN).checkpoint_path(2)
    shutil.copytree(folder, folder.with_name("step-00000003"))
    (folder.with_name("step-00000003") / "networks.safetensors").write_bytes(b"rubbish")
    view = explore.film.panel.view
    qtbot.waitUntil(lambda: len(view.frames) == 3, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "damaged" in view.tip(1), timeout=PATIENCE_MS)


def test_that_a_run_that_trains_has_its_networks_as_they_are_now_at_the_end(
    qtbot: QtBot, runs: Path, explore: ExploreWorkspace
) -> None:
    live, networks = live_run(runs / PLAIN)
    live.preview.publish(networks, 6)
    explore.set_live(live)
    explore.open_run(runs / PLAIN)
    qtbot.waitUntil(lambda: explore.shown_step == 6, timeout=PATIENCE_MS)
    view = explore.film.panel.view
    qtbot.waitUntil(lambda: view.frames == (Frame(2), Frame(4), Frame(6, live=True)), timeout=PATIENCE_MS)
    filmed(qtbot, explore, 3)
    assert view.chosen_frame == 2
    np.testing.assert_array_equal(grey(view._images[2]), pixels(explore))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.cell_rect(1).center())
    settled(qtbot, explore)
    assert explore.shown_step == 4
    live.preview.publish(networks, 7)
    qtbot.waitUntil(lambda: view.frames[2] == Frame(7, live=True), timeout=PATIENCE_MS)
    qtbot.keyClick(view, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: explore.shown_step == 7, timeout=PATIENCE_MS)
    explore.set_live(None)


def test_that_without_a_run_there_is_neither_row_nor_plane_to_use(qtbot: QtBot, tmp_path: Path) -> None:
    shutil.rmtree(paths.runs_folder(), ignore_errors=True)
    settings = Settings(tmp_path / "settings.json")
    explore = ExploreWorkspace(settings)
    qtbot.addWidget(explore)
    explore.show()
    assert explore.film.panel.view.frames == ()
    assert not explore.film.panel.compare.isEnabled()
    assert explore.plane.panel.view.plane is None
    assert not explore.plane.panel.shuffle.isEnabled()
    explore.shutdown()
    settings.flush()


# the comparison


def test_that_the_comparison_shows_another_step_at_the_same_latent_and_follows(
    qtbot: QtBot, runs: Path, explore: ExploreWorkspace
) -> None:
    explore.film.panel.compare.click()
    comparison = explore.comparison
    for move in (lambda: None, lambda: explore.set_seed(5), lambda: explore.set_coordinate(2, -2.5)):
        move()
        settled(qtbot, explore)
        qtbot.waitUntil(lambda: comparison.is_current and comparison.view.image.pixels is not None)
    compared = comparison.view.image.pixels.copy()
    assert comparison.view.image.isVisible()
    assert comparison.view.steps.currentText() == "Step 2"
    explore.open_run(runs / PLAIN, 2)
    settled(qtbot, explore)
    np.testing.assert_array_equal(compared, pixels(explore))
    comparison.view.close_requested.emit()
    assert not comparison.is_active
    assert not comparison.view.isVisible()
    assert not explore.film.panel.compare.isChecked()


def test_that_latents_of_another_size_are_not_compared_and_why_is_said(
    qtbot: QtBot, runs: Path, explore: ExploreWorkspace
) -> None:
    manifest = RunFolder(runs / CLASSES).checkpoint_path(2) / "manifest.json"
    data = json.loads(manifest.read_text(encoding="utf-8"))
    data["config"]["variant"]["latent_size"] = 24
    manifest.write_text(json.dumps(data), encoding="utf-8")
    explore.comparison.begin(runs / CLASSES)
    why = explore.comparison.view.image.accessibleDescription()
    assert why == "That run takes latents of 24 values; this one has 10. They cannot be compared."
    assert explore.comparison.view.image.pixels is None
    explore.comparison.begin(runs / PLAIN, 2)
    qtbot.waitUntil(lambda: explore.comparison.view.image.pixels is not None, timeout=PATIENCE_MS)
    assert explore.comparison.view.image.accessibleDescription() == ""


def test_that_with_nothing_else_the_comparison_does_not_begin(
    qtbot: QtBot, runs: Path, explore: ExploreWorkspace
) -> None:
    shutil.rmtree(runs / CLASSES)
    shutil.rmtree(RunFolder(runs / PLAIN).checkpoint_path(2))
    explore.refresh_runs()
    failures: list[str] = []
    explore.failed.connect(failures.append)
    qtbot.waitUntil(lambda: len(explore.film.panel.view.frames) == 1, timeout=PATIENCE_MS)
    explore.film.panel.compare.click()
    assert not explore.comparison.is_active
    assert not explore.film.panel.compare.isChecked()
    assert len(failures) == 1


def test_that_two_runs_of_the_same_size_and_other_classes_are_compared(
    qtbot: QtBot, runs: Path, explore: ExploreWorkspace
) -> None:
    explore.comparison.begin(runs / CLASSES)
    qtbot.waitUntil(lambda: explore.comparison.view.image.pixels is not None, timeout=PATIENCE_MS)
    compared = explore.comparison.view.image.pixels.copy()
    explore.open_run(runs / CLASSES)
    settled(qtbot, explore)
    assert explore.state.label == 0
    np.testing.assert_array_equal(compared, pixels(explore))


def test_that_a_mismatch_is_told_in_words() -> None:
    shape = DataShape(28, 1, 10)
    three = ModelFacts(8, shape, classes=("a", "b", "c"))
    assert mismatch(three, 8, 2, (1, 0.5)) is None
    assert mismatch(ModelFacts(8, shape), 8, 7, (9, 0.5)) is None
    assert "3 classes" in (mismatch(three, 8, 3, None) or "")
    assert "3 classes" in (mismatch(three, 8, 0, (5, 0.1)) or "")
    assert "9" in (mismatch(three, 9, 0, None) or "")


# models that stay loaded


def test_that_models_drawn_with_in_passing_never_push_out_the_one_at_hand(tmp_path: Path) -> None:
    loaded: list[str] = []

    def load(name: str) -> str:
        loaded.append(name)
        return name.upper()

    for name in "abcdef":
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
        (tmp_path / name / "networks.safetensors").write_bytes(bytes(100))
    kept = KeptModels(load, lambda name: tmp_path / name, room=250)
    assert kept.get("a") == "A"
    for name in "bcdef":
        assert kept.get(name, passing=True) == name.upper()
    assert loaded == list("abcdef")
    kept.get("a")
    kept.get("f", passing=True)
    kept.get("e")
    assert loaded == list("abcdef")
    kept.get("b", passing=True)
    assert loaded[6:] == ["b"]
    (tmp_path / "a" / "manifest.json").write_text("{ }")
    os.utime(tmp_path / "a" / "manifest.json", ns=(1, 1))
    kept.get("a")
    assert loaded[7:] == ["a"]


# where they do not apply


def test_that_the_row_can_be_folded_up_and_stays_so(qtbot: QtBot, explore: ExploreWorkspace, tmp_path: Path) -> None:
    panel = explore.film.panel
    tall = panel.height()
    panel._fold.click()
    assert panel.height() < tall / 2
    assert not panel.view.isVisible()
    again = ExploreWorkspace(explore._settings)
    qtbot.addWidget(again)
    assert again.film.panel.view.isHidden()
    again.shutdown()
    panel._fold.click()
    assert panel.height() == tall
    assert panel.view.isVisible()


def test_that_a_run_that_translates_has_neither_plane_nor_row(
    qtbot: QtBot, runs: Path, explore: ExploreWorkspace
) -> None:
    explore.film.panel.compare.click()
    explore.open_run(translating_run("srgan").path)
    assert not explore.plane.panel.isVisible()
    assert not explore.film.panel.isVisible()
    assert not explore.comparison.is_active
    explore.open_run(runs / PLAIN)
    settled(qtbot, explore)
    assert explore.plane.panel.isVisible()
    assert explore.film.panel.isVisible()
    filled(qtbot, explore)


def test_that_a_run_of_points_has_the_row_alone(qtbot: QtBot, runs: Path, explore: ExploreWorkspace) -> None:
    folder = runs / "003-vanilla-8-gaussians"
    config = tiny("vanilla", dataset__name="8-gaussians", training__steps=2, training__checkpoint_every=1)
    events: list[Event] = []
    train(config, folder, events.append, Control())
    assert isinstance(events[-1], RunFinished) and events[-1].error is None
    explore.open_run(folder)
    settled(qtbot, explore)
    assert not explore.plane.panel.isVisible()
    view = filmed(qtbot, explore, len(RunFolder(folder).checkpoints()))
    assert view.isVisible()
    explore.film.panel.compare.click()
    qtbot.waitUntil(lambda: explore.comparison.view.image.pixels is not None, timeout=PATIENCE_MS)


def test_that_the_image_carries_its_latent_where_it_is_dragged(explore: ExploreWorkspace) -> None:
    z, text = carried(explore.image_panel.view.mime_data())
    np.testing.assert_array_equal(z, explore.state.z)
    assert text == "seed 0"
