"""The Explore workspace as a person uses it, on real runs of a few steps."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from ganstudio.desktop.explore.directions.panel import DirectionRow
from ganstudio.desktop.explore.export import read_origin
from ganstudio.desktop.explore.latency import measure_latency
from ganstudio.desktop.explore.preview import CheckpointSource, Rendered, Request
from ganstudio.desktop.explore.sliders import CoordinateRow
from ganstudio.desktop.explore.workspace import ExploreWorkspace, LiveRun
from ganstudio.desktop.settings import Settings
from ganstudio.game import DataShape
from ganstudio.latent.sampling import latent
from ganstudio.runs.folder import RunFolder
from ganstudio.training.control import Control
from tests.latent.tiny_runs import LATENT_SIZE, plain_config, plain_run

PATIENCE_MS = 60_000


@pytest.fixture
def explore(qtbot: QtBot, settings: Settings) -> Iterator[ExploreWorkspace]:
    made = ExploreWorkspace(settings)
    qtbot.addWidget(made)
    made.resize(1200, 760)
    yield made
    made.shutdown()


@pytest.fixture
def shown(qtbot: QtBot, runs: Path, explore: ExploreWorkspace) -> ExploreWorkspace:
    """Explore with run 001 and its image."""
    explore.open_run(runs / "001-vanilla-mnist-10k")
    explore.show()
    settled(qtbot, explore)
    return explore


def settled(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    """Wait for the image and the strips of what is asked for now."""
    qtbot.waitUntil(lambda: explore.shown_number == explore.asked_number, timeout=PATIENCE_MS)


def strips(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    effect, timeline = explore.coordinates.effect, explore.walk.timeline
    qtbot.waitUntil(lambda: effect.strip.images is not None and timeline.has_images, timeout=PATIENCE_MS)


def pixels(explore: ExploreWorkspace) -> np.ndarray:
    shown = explore.image_panel.view.pixels
    assert shown is not None
    return shown.copy()


def texts(combo: QComboBox) -> list[str]:
    return [combo.itemText(index) for index in range(combo.count())]


def live_run(path: Path) -> tuple[LiveRun, dict[str, object]]:
    """A run that trains, as the trainer would hand it over, and its networks to publish."""
    from ganstudio.latent.model import build_game
    from ganstudio.training.preview import Preview

    config, shape = plain_config(), DataShape(28, 1, 10)
    game = build_game(config, shape)
    live = LiveRun(path=path, config=config, preview=Preview(), control=Control(), shape=shape)
    return live, {name: game.networks[name] for name in game.ema}


# which networks


def test_that_without_runs_it_says_what_to_do(explore: ExploreWorkspace) -> None:
    explore.show()
    assert explore.state is None
    assert not explore.worker.is_running()
    assert not explore.latent_panel.runs.isEnabled()
    assert not explore.walk.play.isEnabled()
    assert not explore.latent_panel.fresh.isEnabled()


def test_that_the_newest_run_is_taken_and_all_are_listed(qtbot: QtBot, runs: Path, explore: ExploreWorkspace) -> None:
    explore.show()
    settled(qtbot, explore)
    assert texts(explore.latent_panel.runs) == ["002 DCGAN on MNIST", "001 Vanilla on MNIST"]
    assert explore.latent_panel.runs.currentIndex() == 0
    assert texts(explore.latent_panel.steps) == ["Latest, step 2", "Step 2"]
    assert pixels(explore).shape == (28, 28, 1)


def test_that_an_earlier_checkpoint_and_raw_networks_draw_something_else(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    panel = shown.latent_panel
    latest = pixels(shown)
    panel.networks.button("raw").click()
    settled(qtbot, shown)
    raw = pixels(shown)
    assert texts(panel.steps) == ["Latest, step 4", "Step 4", "Step 2"]
    panel.steps.setCurrentIndex(2)
    panel.steps.activated.emit(2)
    settled(qtbot, shown)
    assert not np.array_equal(latest, raw)
    assert not np.array_equal(raw, pixels(shown))


def test_that_the_same_latent_is_kept_when_the_checkpoint_changes(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    shown.set_seed(77)
    shown.open_run(plain_run().path, 2)
    settled(qtbot, shown)
    assert shown.state.seed == 77
    assert shown.can_undo


def test_that_a_damaged_checkpoint_says_so_in_the_images_place(
    qtbot: QtBot, runs: Path, shown: ExploreWorkspace
) -> None:
    folder = RunFolder(runs / "001-vanilla-mnist-10k").checkpoint_path(2)
    (folder / "networks.safetensors").write_bytes(b"rubbish")
    shown.open_run(runs / "001-vanilla-mnist-10k", 2)
    qtbot.waitUntil(lambda: "damaged" in shown.image_panel.view.accessibleDescription(), timeout=PATIENCE_MS)
    (folder / "manifest.json").write_text("{")
    shown.open_run(runs / "002-dcgan-mnist-10k")
    shown.open_run(runs / "001-vanilla-mnist-10k", 2)
    assert "damaged" in shown.image_panel.view.accessibleDescription()
    shown.open_run(runs / "001-vanilla-mnist-10k")
    settled(qtbot, shown)
    assert shown.image_panel.view.accessibleDescription() == ""


def test_that_a_run_without_a_checkpoint_says_so(runs: Path, shown: ExploreWorkspace) -> None:
    empty = runs / "003-empty"
    empty.mkdir()
    shutil.copy(plain_run().config_file, empty / "config.json")
    shown.open_run(empty)
    assert shown.state is None
    assert not shown.latent_panel.steps.isEnabled()


def test_that_a_run_that_was_deleted_gives_way_to_the_newest(qtbot: QtBot, runs: Path, shown: ExploreWorkspace) -> None:
    shutil.rmtree(runs / "001-vanilla-mnist-10k")
    shown.refresh_runs()
    settled(qtbot, shown)
    assert shown.latent_panel.runs.currentText() == "002 DCGAN on MNIST"
    assert shown.image_panel.view.pixels is not None


def test_that_classes_are_offered_where_there_are_any(qtbot: QtBot, runs: Path, shown: ExploreWorkspace) -> None:
    panel = shown.latent_panel
    assert not panel.classes.isVisible()
    shown.open_run(runs / "002-dcgan-mnist-10k")
    settled(qtbot, shown)
    first = pixels(shown)
    assert texts(panel.classes) == [str(digit) for digit in range(10)]
    panel.classes.setCurrentIndex(7)
    panel.classes.activated.emit(7)
    settled(qtbot, shown)
    assert shown.state.label == 7
    assert not np.array_equal(first, pixels(shown))
    shown.undo()
    assert panel.classes.currentIndex() == 0


# the latent


def test_that_a_seed_always_gives_the_same_image(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    panel = shown.latent_panel
    panel.seed.setText("3401")
    qtbot.keyPress(panel.seed, Qt.Key.Key_Return)
    settled(qtbot, shown)
    first = pixels(shown)
    np.testing.assert_array_equal(shown.state.z, latent(3401, LATENT_SIZE))
    assert panel.seed.text() == "3\u202f401"
    panel.fresh.click()
    settled(qtbot, shown)
    assert shown.state.seed != 3401
    shown.set_seed(3401)
    settled(qtbot, shown)
    np.testing.assert_array_equal(first, pixels(shown))


def test_that_a_slider_moves_the_image_and_the_reset_brings_it_back(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    before = pixels(shown)
    assert not shown.latent_panel.reset.isEnabled()
    row = shown.coordinates.grid.row(2)
    assert row is not None
    y = row.height() // 2
    qtbot.mousePress(row, Qt.MouseButton.LeftButton, pos=QPoint(round(row.track().left()), y))
    qtbot.mouseMove(row, QPoint(round(row.track().right()), y))
    qtbot.mouseRelease(row, Qt.MouseButton.LeftButton, pos=QPoint(round(row.track().right()), y))
    settled(qtbot, shown)
    assert shown.state.z[2] == 3.0
    assert not np.array_equal(before, pixels(shown))
    assert "changed" in shown.image_panel._subtitle.text()
    shown.latent_panel.reset.click()
    settled(qtbot, shown)
    np.testing.assert_array_equal(before, pixels(shown))


def test_that_a_drag_shows_what_is_in_hand_at_once_and_the_rest_soon(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    shown.set_coordinate(0, 2.0)
    assert shown.coordinates.grid.row(0).exact == 2.0
    assert shown.coordinates.effect.slider.exact == 2.0
    assert not shown.latent_panel.reset.isEnabled()
    qtbot.waitUntil(shown.latent_panel.reset.isEnabled, timeout=PATIENCE_MS)
    shown.set_coordinate(0, float(shown.state.base[0]))
    shown.seal()
    assert not shown.latent_panel.reset.isEnabled()


def test_that_a_double_click_resets_one_coordinate(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    shown.set_coordinate(0, 1.0)
    shown.set_coordinate(1, 1.0)
    row = shown.coordinates.grid.row(1)
    assert row is not None
    qtbot.mouseDClick(row, Qt.MouseButton.LeftButton, pos=row.track().center().toPoint())
    assert shown.state.z[1] == shown.state.base[1]
    assert shown.state.z[0] == 1.0


def test_that_a_lock_holds_against_new_latents_and_the_slider(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    row = shown.coordinates.grid.row(3)
    assert row is not None
    row.setFocus()
    qtbot.keyPress(row, Qt.Key.Key_L)
    before = shown.state.z[3]
    assert shown.state.locked == {3}
    qtbot.keyPress(row, Qt.Key.Key_Right)
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton, pos=row.track().center().toPoint())
    shown.new_latent()
    shown.coordinates.randomise_requested.emit(range(LATENT_SIZE))
    assert shown.state.z[3] == before
    qtbot.keyPress(row, Qt.Key.Key_L)
    assert shown.state.locked == set()


def test_that_a_value_can_be_typed(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    row = shown.coordinates.grid.row(4)
    assert row is not None
    row.setFocus()
    qtbot.keyPress(row, Qt.Key.Key_Return)
    editor = row.findChild(QLineEdit)
    qtbot.keyClicks(editor, "99")
    qtbot.keyPress(editor, Qt.Key.Key_Return)
    assert editor.property("invalid") is True
    assert shown.state.moved == 0
    editor.clear()
    qtbot.keyClicks(editor, "-1.234")
    qtbot.keyPress(editor, Qt.Key.Key_Return)
    assert shown.state.z[4] == np.float32(-1.234)


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Tab])
def test_that_a_value_that_was_not_retyped_keeps_all_its_digits(
    qtbot: QtBot, shown: ExploreWorkspace, key: Qt.Key
) -> None:
    row = shown.coordinates.grid.row(4)
    assert row is not None
    row.edit()
    qtbot.keyPress(row.findChild(QLineEdit), key)
    assert shown.state.moved == 0


def test_that_a_value_being_typed_is_dropped_when_the_page_turns(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    shown.coordinates.grid.resize(320, 4 * 28)
    row = shown.coordinates.grid.row(1)
    assert row is not None
    row.edit()
    qtbot.keyClicks(row.findChild(QLineEdit), "2")
    shown.coordinates.grid.turn(1)
    assert shown.state.moved == 0


def test_that_arrows_move_the_coordinate_in_hand(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    shown.set_coordinate(0, 0.5)
    qtbot.keyPress(shown, Qt.Key.Key_Right)
    assert shown.state.z[0] == np.float32(0.6)
    qtbot.keyPress(shown, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert shown.state.z[0] == np.float32(0.59)
    qtbot.keyPress(shown, Qt.Key.Key_Down)
    qtbot.keyPress(shown, Qt.Key.Key_Right)
    assert shown.state.z[1] != shown.state.base[1]


def test_that_keys_give_a_new_latent_and_take_it_back(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    first = shown.state.seed
    qtbot.keyPress(shown, Qt.Key.Key_R)
    assert shown.state.seed != first
    qtbot.keyPress(shown, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert shown.state.seed == first
    qtbot.keyPress(shown, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert shown.state.seed != first


def test_that_undo_tells_whether_there_is_more(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    assert not shown.can_undo
    with qtbot.waitSignal(shown.history_changed):
        shown.set_seed(5)
    shown.set_coordinate(0, 0.1)
    shown.set_coordinate(0, 0.2)
    shown.seal()
    with qtbot.waitSignal(shown.history_changed):
        shown.undo()
    assert shown.state.z[0] == latent(5, LATENT_SIZE)[0]
    assert shown.can_redo
    shown.undo()
    assert not shown.can_undo
    shown.redo()
    shown.redo()
    assert shown.state.z[0] == np.float32(0.2)


def test_that_coordinates_come_in_pages(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    grid = shown.coordinates.grid
    grid.resize(320, 3 * 28)
    pages = grid.pages
    assert pages > 1
    rows = [row for row in grid.findChildren(CoordinateRow) if row.isVisible()]
    assert [row.index for row in rows] == list(grid.indices())
    grid.turn(1)
    assert grid.page == 1
    assert grid.places().start > 0
    grid.turn(100)
    assert grid.places().stop == LATENT_SIZE
    shown.choose_coordinate(0)
    assert grid.page == 0


def test_that_a_second_class_is_mixed_in_and_taken_out_again(qtbot: QtBot, runs: Path, shown: ExploreWorkspace) -> None:
    panel = shown.latent_panel
    assert not panel.share.isVisible()
    shown.open_run(runs / "002-dcgan-mnist-10k")
    settled(qtbot, shown)
    assert panel.share.isVisible()
    first = pixels(shown)
    panel.other.activated.emit(7)
    settled(qtbot, shown)
    np.testing.assert_array_equal(first, pixels(shown), "none of it is mixed in yet")
    for percent in (20, 40):
        panel.share.setValue(percent)
    shown.seal()
    settled(qtbot, shown)
    assert shown.state.mix == (7, 0.4)
    assert "with 40 % 7" in [value.text() for _, value in shown.image_panel._facts][1]
    assert not np.array_equal(first, pixels(shown))
    shown.undo()
    settled(qtbot, shown)
    assert (shown.state.mix, panel.share.value()) == (None, 0)
    np.testing.assert_array_equal(first, pixels(shown))


def test_that_a_sample_of_the_grid_can_be_explored(qtbot: QtBot, runs: Path, shown: ExploreWorkspace) -> None:
    z = latent(123, LATENT_SIZE)
    shown.open_latent(runs / "002-dcgan-mnist-10k", z, 4, "sample 3")
    settled(qtbot, shown)
    assert shown.state.label == 4
    np.testing.assert_array_equal(shown.state.z, z)
    assert shown.latent_panel.seed.text() == ""
    assert "latent of sample 3, rendered in" in shown.image_panel._subtitle.text()


def test_that_a_latent_of_another_size_is_refused_in_words(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    with qtbot.waitSignal(shown.failed) as told:
        shown.open_latent(None, latent(1, LATENT_SIZE + 2), None, "sample 1")
    assert "12 values" in told.args[0]
    assert shown.state.seed == 0


# drawing


def test_that_stale_answers_are_dropped(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    before, source = pixels(shown), shown._source
    other = np.zeros((1, 28, 28, 1), np.uint8)
    z = shown.state.z[None]
    old = Request(number=shown.shown_number, kind="image", source=source, z=z)
    elsewhere = Request(number=10**6, kind="image", source=CheckpointSource(Path("elsewhere")), z=z)
    strip = Request(number=10**6, kind="coordinate", source=source, z=z)
    for request in (old, elsewhere, strip):
        shown.worker.rendered.emit(Rendered(request=request, images=other))
    np.testing.assert_array_equal(before, pixels(shown))
    assert shown.coordinates.effect.strip.images is not other


def test_that_a_flood_of_moves_ends_with_the_newest(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    answers: list[Rendered] = []
    shown.worker.rendered.connect(answers.append)
    for index in range(1000):
        shown.set_coordinate(0, -3 + 6 * index / 999)
    settled(qtbot, shown)
    images = [answer for answer in answers if answer.request.kind == "image"]
    assert len(images) < 100
    assert images[-1].request.z[0, 0] == 3.0
    np.testing.assert_array_equal(images[-1].images[0], pixels(shown))


def test_that_the_strips_follow_the_image(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    strips(qtbot, shown)
    strip, timeline = shown.coordinates.effect.strip, shown.walk.timeline
    assert strip.images.shape == (9, 28, 28, 1)
    assert timeline.has_images
    before = strip.images
    shown.set_coordinate(0, 2.0)
    settled(qtbot, shown)
    qtbot.wait(200)
    assert strip.images is before, "moving the coordinate in hand does not change its strip"
    shown.choose_coordinate(1)
    qtbot.waitUntil(lambda: strip.images is not before, timeout=PATIENCE_MS)
    assert not np.array_equal(before, strip.images)


def test_that_an_image_of_the_strip_can_be_clicked(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    strips(qtbot, shown)
    strip = shown.coordinates.effect.strip
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(strip.cell * 8 + 3, 5))
    settled(qtbot, shown)
    assert shown.state.z[0] == 3.0
    np.testing.assert_allclose(pixels(shown).astype(int), strip.images[8].astype(int), atol=1)


def test_that_nothing_ticks_at_rest(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    strips(qtbot, shown)
    qtbot.waitUntil(lambda: not shown._calm.isActive(), timeout=PATIENCE_MS)
    assert not shown._live_timer.isActive()
    assert not shown.walk.is_playing


def test_that_a_hidden_workspace_draws_when_it_is_shown(qtbot: QtBot, runs: Path, explore: ExploreWorkspace) -> None:
    explore.open_run(runs / "001-vanilla-mnist-10k")
    explore.set_seed(9)
    assert not explore.worker.is_running()
    explore.show()
    settled(qtbot, explore)
    assert explore.image_panel.view.pixels is not None
    with qtbot.waitSignal(explore.preview_time) as told:
        explore.hide()
    assert told.args == [None]


def test_that_latency_is_measured_up_to_the_painted_image(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    milliseconds = measure_latency(shown, 3)
    assert len(milliseconds) == 3
    assert all(value > 0 for value in milliseconds)


def test_that_latency_of_a_hidden_workspace_cannot_be_measured(explore: ExploreWorkspace) -> None:
    with pytest.raises(RuntimeError, match="visible"):
        measure_latency(explore, 1)


# a run that trains


def test_that_a_run_that_trains_is_followed(qtbot: QtBot, runs: Path, shown: ExploreWorkspace) -> None:
    live, networks = live_run(runs / "001-vanilla-mnist-10k")
    shown.set_live(live)
    panel = shown.latent_panel
    assert not panel.networks.isVisible(), "a running trainer publishes its averages only"
    assert shown._live_timer.isActive()
    qtbot.waitUntil(lambda: live.control.take_orders().snapshot, timeout=PATIENCE_MS)
    live.preview.publish(networks, 1)
    qtbot.waitUntil(lambda: panel.steps.currentText() == "Live EMA, step 1", timeout=PATIENCE_MS)
    settled(qtbot, shown)
    first = pixels(shown)
    for parameter in networks["generator"].parameters():
        parameter.data.zero_()
    live.preview.publish(networks, 2)
    qtbot.waitUntil(lambda: panel.steps.currentText() == "Live EMA, step 2", timeout=PATIENCE_MS)
    settled(qtbot, shown)
    assert not np.array_equal(first, pixels(shown))
    shown.hide()
    assert not shown._live_timer.isActive()


def test_that_the_end_of_a_run_leaves_its_last_checkpoint(qtbot: QtBot, runs: Path, shown: ExploreWorkspace) -> None:
    live, networks = live_run(runs / "001-vanilla-mnist-10k")
    live.preview.publish(networks, 9)
    shown.set_live(live)
    qtbot.waitUntil(lambda: shown.latent_panel.steps.currentText() == "Live EMA, step 9", timeout=PATIENCE_MS)
    shown.set_live(None)
    settled(qtbot, shown)
    assert shown.latent_panel.steps.currentText() == "Latest, step 4"
    assert shown.latent_panel.networks.isVisible()
    assert not shown._live_timer.isActive()


def test_that_a_new_run_is_followed_unless_another_was_chosen(
    qtbot: QtBot, runs: Path, shown: ExploreWorkspace
) -> None:
    live, networks = live_run(runs / "002-dcgan-mnist-10k")
    live.preview.publish(networks, 9)
    shown.set_live(live)
    assert shown.latent_panel.runs.currentText().startswith("001"), "run 001 had been opened by hand"
    shown.open_run(live.path)
    qtbot.waitUntil(lambda: shown.latent_panel.steps.currentText() == "Live EMA, step 9", timeout=PATIENCE_MS)
    again, networks = live_run(runs / "001-vanilla-mnist-10k")
    shown.set_live(again)
    assert shown.latent_panel.runs.currentText().startswith("001")


def test_that_a_checkpoint_of_a_run_that_trains_can_be_chosen(
    qtbot: QtBot, runs: Path, shown: ExploreWorkspace
) -> None:
    live, networks = live_run(runs / "001-vanilla-mnist-10k")
    live.preview.publish(networks, 9)
    shown.set_live(live)
    shown.latent_panel.step_chosen.emit(2)
    settled(qtbot, shown)
    assert shown._shown_step == 2
    assert shown.latent_panel.networks.isVisible()
    assert not shown._live_timer.isActive()


# files


def test_that_a_saved_picture_brings_its_latent_back(
    qtbot: QtBot, shown: ExploreWorkspace, settings: Settings, tmp_path: Path
) -> None:
    shown.set_seed(31)
    shown.set_coordinate(2, 1.5)
    settled(qtbot, shown)
    before, z = pixels(shown), shown.state.z
    shown.image_panel.save_requested.emit()
    with qtbot.waitSignal(shown.saved):
        shown.files._on_selected(str(tmp_path / "kept.png"))
    assert settings.get("explore/folder", "") == str(tmp_path)
    kept = read_origin(tmp_path / "kept.png")
    assert (kept.run, kept.step, kept.networks, kept.seed) == ("001-vanilla-mnist-10k", 4, "ema", None)
    shown.set_seed(1)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "kept.png"))])
    shown.dropEvent(
        QDropEvent(
            QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
    )
    settled(qtbot, shown)
    np.testing.assert_array_equal(shown.state.z, z)
    np.testing.assert_array_equal(before, pixels(shown))


def test_that_a_picture_without_a_latent_is_refused_in_words(
    qtbot: QtBot, shown: ExploreWorkspace, tmp_path: Path
) -> None:
    Image.new("L", (4, 4)).save(tmp_path / "plain.png")
    with qtbot.waitSignal(shown.failed) as told:
        shown.sharing.open_file(tmp_path / "plain.png")
    assert "remembers no latent" in told.args[0]


def test_that_image_and_latent_can_be_copied(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    qtbot.keyPress(shown, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().image().width() == 28
    shown.latent_panel.copy_requested.emit()
    assert len(QGuiApplication.clipboard().text().split(",")) == LATENT_SIZE


# access and end


def test_that_every_control_has_a_name_and_a_tooltip(shown: ExploreWorkspace) -> None:
    nameless = [
        widget
        for kind in (QAbstractButton, QAbstractSlider, QComboBox, QLineEdit)
        for widget in shown.findChildren(kind)
        if widget.isVisible() and widget.parent().objectName() != "qt_scrollarea_vcontainer"
        if not (widget.accessibleName() and widget.toolTip())
    ]
    assert nameless == []


def test_that_shutdown_ends_everything(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    shown.walk.play.click()
    shown.shutdown()
    assert not shown.worker.is_running()
    assert not shown.walk.is_playing
    shown.shutdown()


# directions


def found(qtbot: QtBot, explore: ExploreWorkspace) -> list[DirectionRow]:
    """The rows of the directions, once there are any, with their strips."""
    panel = explore.directions
    qtbot.waitUntil(lambda: bool(panel.shown), timeout=PATIENCE_MS)
    rows = panel.rows[: len(panel.shown)]
    qtbot.waitUntil(lambda: all(row.strip.images is not None for row in rows), timeout=PATIENCE_MS)
    return rows


def test_that_directions_of_each_kind_are_shown_with_what_they_do(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    from ganstudio.latent.directions import KINDS, directions
    from ganstudio.latent.model import LatentModel

    model = LatentModel.load(plain_run().checkpoint_path(4))
    for kind in KINDS:
        shown.directions.kind.button(kind).click()
        expected = directions(model, kind)
        qtbot.waitUntil(
            lambda expected=expected: (
                [each.name for each in shown.directions.shown]
                == [each.name for each in expected][: len(shown.directions.shown)]
                and bool(shown.directions.shown)
            ),
            timeout=PATIENCE_MS,
        )
        rows = found(qtbot, shown)
        for row, mine, theirs in zip(rows, shown.directions.shown, expected, strict=False):
            np.testing.assert_array_equal(mine.vector, theirs.vector)
            assert shown.state is not None
            z = np.stack([theirs.moved(shown.state.z, value) for value in row.values])
            images = row.strip.images
            assert images is not None
            assert np.abs(images.astype(int) - model.draw(z)).max() <= 1


def test_that_the_slider_of_a_direction_moves_the_latent_and_can_be_taken_back(
    qtbot: QtBot, shown: ExploreWorkspace
) -> None:
    row = found(qtbot, shown)[1]
    direction, before = shown.directions.shown[1], shown.state
    assert before is not None
    image = pixels(shown)
    for value in (0.5, 1.5, 2.5):
        row.slider.moved.emit(value)
    row.slider.released.emit()
    settled(qtbot, shown)
    assert shown.state is not None
    assert direction.along(shown.state.z) == pytest.approx(2.5, abs=1e-4)
    np.testing.assert_allclose(shown.state.z, direction.moved(before.z, 2.5), atol=1e-5)
    assert not np.array_equal(pixels(shown), image)
    assert row.slider.exact == pytest.approx(2.5, abs=1e-4)
    shown.undo()
    settled(qtbot, shown)
    np.testing.assert_array_equal(shown.state.z, before.z)
    assert row.slider.exact == pytest.approx(direction.along(before.z), abs=1e-4)
    assert not shown.can_undo, "a drag is one step"


def test_that_an_image_of_a_direction_is_gone_to(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    row = found(qtbot, shown)[0]
    row.strip.picked.emit(8)
    assert shown.state is not None
    assert shown.directions.shown[0].along(shown.state.z) == pytest.approx(3.0, abs=1e-4)


def test_that_other_networks_have_other_directions(qtbot: QtBot, shown: ExploreWorkspace, runs: Path) -> None:
    found(qtbot, shown)
    before = shown.directions.shown[0].vector
    shown.open_run(runs / "002-dcgan-mnist-10k")
    settled(qtbot, shown)
    found(qtbot, shown)
    assert not np.array_equal(shown.directions.shown[0].vector, before)


def test_that_directions_of_a_run_that_trains_are_found_again_when_asked(
    qtbot: QtBot, explore: ExploreWorkspace, runs: Path
) -> None:
    live, networks = live_run(runs / "001-vanilla-mnist-10k")
    explore.set_live(live)
    explore.show()
    live.preview.publish(networks, 1)  # type: ignore[arg-type]
    found(qtbot, explore)
    before = explore.directions.shown[0].vector
    explore.directions.refresh_requested.emit()
    qtbot.waitUntil(
        lambda: bool(explore.directions.shown) and explore.directions.shown[0].vector is not before,
        timeout=PATIENCE_MS,
    )
    np.testing.assert_array_equal(explore.directions.shown[0].vector, before)


def test_that_more_directions_are_shown_where_there_is_room(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    before = len(found(qtbot, shown))
    shown.resize(1200, 1300)
    qtbot.waitUntil(lambda: len(shown.directions.shown) > before)
    assert len(found(qtbot, shown)) > before
    names = [each.name for each in shown.directions.shown]
    assert names == [f"SeFa {index + 1}" for index in range(len(names))]


# find my image


def test_that_a_picture_is_searched_for_and_its_latent_taken(
    qtbot: QtBot, shown: ExploreWorkspace, tmp_path: Path
) -> None:
    from ganstudio.latent.model import LatentModel

    model = LatentModel.load(plain_run().checkpoint_path(4))
    wanted = model.draw(latent(77, LATENT_SIZE)[None])[0]
    Image.fromarray(wanted[..., 0]).save(tmp_path / "mine.png")
    assert shown.state is not None
    before, distance = shown.state.z, np.abs(pixels(shown).astype(int) - wanted).mean()
    finder = shown.image_panel.finder
    drop(shown, tmp_path / "mine.png")
    assert finder.is_searching
    qtbot.waitUntil(lambda: not finder.is_searching, timeout=PATIENCE_MS)
    settled(qtbot, shown)
    assert shown.state.text == "mine"
    assert np.abs(pixels(shown).astype(int) - wanted).mean() < 0.5 * distance
    assert "% off" in finder.said
    shown.undo()
    np.testing.assert_array_equal(shown.state.z, before)


def test_that_a_search_can_be_cancelled_and_images_are_drawn_meanwhile(
    qtbot: QtBot, shown: ExploreWorkspace, tmp_path: Path
) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)).save(tmp_path / "noise.jpg")
    finder = shown.image_panel.finder
    drop(shown, tmp_path / "noise.jpg")
    qtbot.waitUntil(lambda: "so far" in finder.said, timeout=PATIENCE_MS)
    shown.set_coordinate(0, 2.5)
    settled(qtbot, shown)
    assert finder.is_searching, "the image did not wait for the search"
    finder.cancel_requested.emit()
    assert not finder.is_searching
    assert shown.state is not None
    state = shown.state
    shown.set_coordinate(1, 1.0)
    settled(qtbot, shown)
    qtbot.wait(200)
    assert shown.state.text == state.text


def test_that_a_picture_that_cannot_be_read_is_told(qtbot: QtBot, shown: ExploreWorkspace, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"nothing")
    with qtbot.waitSignal(shown.failed, timeout=PATIENCE_MS) as told:
        drop(shown, tmp_path / "broken.png")
    assert "broken.png" in told.args[0]
    assert not shown.image_panel.finder.is_searching


def drop(explore: ExploreWorkspace, file: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    copying, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    explore.dropEvent(QDropEvent(QPointF(5, 5), copying, data, left, Qt.KeyboardModifier.NoModifier))
