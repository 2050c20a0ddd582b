"""The walk as a person uses it: key frames on a timeline, played, changed, taken back and saved."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from ganstudio import paths
from ganstudio.desktop.explore.carried import carry
from ganstudio.desktop.explore.walk.timeline import WalkTimeline
from ganstudio.desktop.explore.walk.walker import Walker, strip_times
from ganstudio.desktop.explore.workspace import ExploreWorkspace
from ganstudio.desktop.settings import Settings
from ganstudio.latent.sampling import latent
from ganstudio.latent.walks import Walk
from tests.latent.tiny_runs import LATENT_SIZE, plain_run

PATIENCE_MS = 60_000
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def shown(qtbot: QtBot, settings: Settings) -> Iterator[ExploreWorkspace]:
    """Explore with one run, its image and the walk's images."""
    root = paths.runs_folder()
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(plain_run().path, root / plain_run().path.name)
    made = ExploreWorkspace(settings)
    qtbot.addWidget(made)
    made.resize(1400, 860)
    made.show()
    drawn(qtbot, made)
    yield made
    made.shutdown()
    shutil.rmtree(root)


def settled(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    qtbot.waitUntil(lambda: explore.shown_number == explore.asked_number, timeout=PATIENCE_MS)


def drawn(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    settled(qtbot, explore)
    qtbot.waitUntil(lambda: explore.walk.timeline.has_images, timeout=PATIENCE_MS)


def pixels(explore: ExploreWorkspace) -> np.ndarray:
    assert explore.image_panel.view.pixels is not None
    return explore.image_panel.view.pixels.copy()


def times(explore: ExploreWorkspace) -> list[float]:
    return [key.time for key in explore.state.walk.keys]


def walk_of(explore: ExploreWorkspace, count: int) -> Walk:
    """A walk of `count` keys, put in force."""
    walk = Walk.through([latent(seed, LATENT_SIZE) for seed in range(count)])
    explore.apply(explore.state.with_walk(walk))
    return walk


def key_place(timeline: WalkTimeline, index: int) -> QPoint:
    """The diamond of a key."""
    return QPoint(round(timeline._x(timeline.walk.stations[index].time)), timeline._track_y())


def drop(timeline: WalkTimeline, place: QPoint, z: np.ndarray, text: str = "favourite 1") -> None:
    data = QMimeData()
    carry(data, z, text)
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    timeline.dropEvent(QDropEvent(QPointF(place), Qt.DropAction.CopyAction, data, left, none))


# going along it


def test_that_the_playhead_shows_what_lies_there(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    timeline = shown.walk.timeline
    qtbot.keyPress(timeline, Qt.Key.Key_End)
    settled(qtbot, shown)
    np.testing.assert_array_equal(shown.state.z, latent(1, LATENT_SIZE))
    np.testing.assert_allclose(pixels(shown).astype(int), timeline._images[0][1].astype(int), atol=1)
    qtbot.keyPress(timeline, Qt.Key.Key_Left)
    assert timeline.position == 1.9
    shown.undo()
    assert timeline.position == 2.0
    shown.undo()
    assert shown.state.seed == 0


def test_that_the_keyboard_goes_from_key_to_key(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    walk_of(shown, 4)
    timeline = shown.walk.timeline
    for expected in (2.0, 4.0):
        qtbot.keyPress(timeline, Qt.Key.Key_Right, CONTROL)
        assert (timeline.position, shown.state.position) == (expected, expected)
    assert timeline.chosen_key == 2
    qtbot.keyPress(timeline, Qt.Key.Key_Left, CONTROL)
    assert shown.state.text == "key B"


def test_that_an_image_between_two_keys_can_be_clicked(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    timeline = shown.walk.timeline
    count = timeline.cells[0]
    assert count > 2
    place = timeline._segment(0)
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(place.left() + 3, place.center().y()))
    assert shown.state.position == pytest.approx(2.0 / (count + 1))
    settled(qtbot, shown)
    np.testing.assert_allclose(pixels(shown).astype(int), timeline._images[1][0][0].astype(int), atol=1)


def test_that_play_stops_at_the_end_and_is_one_step_back(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    shown.walk.set_pace(60, 4.0)
    shown.walk.play.click()
    assert shown.walk.is_playing
    qtbot.waitUntil(lambda: not shown.walk.is_playing, timeout=PATIENCE_MS)
    assert shown.state.position == 2.0
    shown.undo()
    assert shown.state.position is None, "what was played is one step back"


def test_that_a_loop_goes_on_until_it_is_paused(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    shown.walk.loop.click()
    assert shown.state.walk.duration == 4.0
    shown.walk.set_pace(60, 4.0)
    qtbot.keyPress(shown.walk.timeline, Qt.Key.Key_End)
    shown.walk.set_position(3.9)
    qtbot.keyPress(shown, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: shown.state.position is not None and shown.state.position < 1.0, timeout=PATIENCE_MS)
    assert shown.walk.is_playing
    qtbot.keyPress(shown, Qt.Key.Key_Space)
    assert not shown.walk.is_playing
    shown.walk.play.click()
    shown.hide()
    assert not shown.walk.is_playing


# changing it


def test_that_the_image_becomes_a_key_and_a_key_is_deleted(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    shown.set_seed(50)
    shown.walk.timeline.set_position(0.5)
    shown.walk._add.click()
    assert times(shown) == [0.0, 0.5, 2.0]
    np.testing.assert_array_equal(shown.state.walk.at(0.5), latent(50, LATENT_SIZE))
    assert (shown.state.position, shown.state.seed) == (0.5, 50)
    assert shown.walk.timeline.chosen_key == 1
    qtbot.keyPress(shown.walk.timeline, Qt.Key.Key_Delete)
    assert times(shown) == [0.0, 2.0]
    assert not shown.walk._delete.isEnabled(), "two keys are the least"
    shown.undo()
    assert times(shown) == [0.0, 0.5, 2.0]
    shown.undo()
    assert times(shown) == [0.0, 2.0]
    shown.redo()
    assert times(shown) == [0.0, 0.5, 2.0]


def test_that_a_key_is_dragged_in_time_and_the_image_follows(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    walk_of(shown, 3)
    timeline = shown.walk.timeline
    start = key_place(timeline, 1)
    target = QPoint(round(timeline._x(3.0)), start.y())
    qtbot.mousePress(timeline, Qt.MouseButton.LeftButton, pos=start)
    for step in (0.4, 0.8, 1.0):
        qtbot.mouseMove(timeline, QPoint(round(start.x() + step * (target.x() - start.x())), start.y()))
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton, pos=target)
    assert times(shown) == [0.0, 3.0, 4.0]
    assert shown.state.position == 3.0, "the playhead stays on its key"
    shown.undo()
    assert times(shown) == [0.0, 2.0, 4.0], "a drag is one step back"


def test_that_the_last_key_makes_the_walk_longer(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    timeline = shown.walk.timeline
    start = key_place(timeline, 1)
    qtbot.mousePress(timeline, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(timeline, QPoint(start.x() + 300, start.y()))
    qtbot.mouseMove(timeline, QPoint(start.x() + 400, start.y()))
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton, pos=QPoint(start.x() + 400, start.y()))
    assert shown.state.walk.duration > 2.5
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=key_place(timeline, 0))
    qtbot.mouseMove(timeline, QPoint(300, start.y()))
    assert times(shown)[0] == 0.0


def test_that_the_keyboard_moves_a_key_in_time(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    walk_of(shown, 3)
    timeline = shown.walk.timeline
    timeline.choose(1)
    qtbot.keyPress(timeline, Qt.Key.Key_Right, ALT)
    qtbot.keyPress(timeline, Qt.Key.Key_Right, ALT | Qt.KeyboardModifier.ShiftModifier)
    assert times(shown) == [0.0, pytest.approx(2.11), 4.0]
    timeline.choose(-1)
    qtbot.keyPress(timeline, Qt.Key.Key_Insert)
    assert len(times(shown)) == 4


def test_that_a_loop_closes_with_its_own_pace(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    walk_of(shown, 3)
    shown.walk.loop.click()
    shown.walk.timeline.key_moved.emit(3, 7.0)
    assert (shown.state.walk.duration, shown.state.walk.closing) == (7.0, 3.0)
    shown.undo()
    assert shown.state.walk.duration == 6.0
    shown.undo()
    assert not shown.state.walk.loop
    assert not shown.walk.loop.isChecked()


def test_that_the_kind_of_walk_is_taken_back_and_remembered(
    qtbot: QtBot, shown: ExploreWorkspace, settings: Settings
) -> None:
    shown.walk.timeline._go(1.0)
    spherical = shown.state.z
    shown.walk.kind.button("linear").click()
    assert np.linalg.norm(shown.state.z) < np.linalg.norm(spherical)
    shown.undo()
    np.testing.assert_array_equal(shown.state.z, spherical)
    assert shown.walk.kind.current() == "spherical"
    shown.walk.kind.button("linear").click()
    again = ExploreWorkspace(settings)
    qtbot.addWidget(again)
    again.refresh_runs()
    assert again.state.walk.kind == "linear"
    again.shutdown()


def test_that_the_walk_is_reversed_evened_and_its_keys_replaced(shown: ExploreWorkspace) -> None:
    walk_of(shown, 3)
    shown.walk.timeline.key_moved.emit(1, 1.0)
    shown.walk.reverse_requested.emit()
    assert times(shown) == [0.0, 3.0, 4.0]
    shown.walk.even_requested.emit()
    assert times(shown) == [0.0, 2.0, 4.0]
    shown.set_seed(9)
    shown.walk.replace_requested.emit(1)
    np.testing.assert_array_equal(shown.state.walk.keys[1].z, latent(9, LATENT_SIZE))
    assert shown.state.position == 2.0
    shown.walk.fresh_requested.emit(1)
    assert not np.array_equal(shown.state.walk.keys[1].z, latent(9, LATENT_SIZE))
    np.testing.assert_array_equal(shown.state.z, shown.state.walk.keys[1].z)


@pytest.mark.parametrize("which", ["random", "circle"])
@pytest.mark.parametrize("count", [4, 16])
def test_that_the_walk_is_filled_from_the_image(shown: ExploreWorkspace, which: str, count: int) -> None:
    shown.set_seed(21)
    shown.walk.fill_requested.emit(which, count)
    walk = shown.state.walk
    assert len(walk.keys) == count
    assert walk.loop == (which == "circle")
    np.testing.assert_array_equal(walk.keys[0].z, latent(21, LATENT_SIZE))
    assert all(not np.array_equal(a.z, b.z) for a, b in itertools.pairwise(walk.keys))
    shown.undo()
    assert len(shown.state.walk.keys) == 2


def test_that_a_latent_is_dropped_as_a_new_key_and_on_a_key(shown: ExploreWorkspace) -> None:
    walk_of(shown, 3)
    timeline = shown.walk.timeline
    drop(timeline, QPoint(round(timeline._x(1.0)), 5), latent(70, LATENT_SIZE))
    assert times(shown) == [0.0, pytest.approx(1.0, abs=0.02), 2.0, 4.0]
    np.testing.assert_array_equal(shown.state.walk.keys[1].z, latent(70, LATENT_SIZE))
    drop(timeline, key_place(timeline, 3), latent(71, LATENT_SIZE))
    assert len(times(shown)) == 4
    np.testing.assert_array_equal(shown.state.walk.keys[3].z, latent(71, LATENT_SIZE))


def test_that_a_latent_of_another_size_is_refused_in_words(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    with qtbot.waitSignal(shown.failed) as told:
        drop(shown.walk.timeline, QPoint(200, 5), latent(0, 5))
    assert "5 values" in told.args[0]
    assert len(times(shown)) == 2


def test_that_many_keys_still_fit(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    walk_of(shown, 26)
    assert not shown.walk._add.isEnabled()
    timeline = shown.walk.timeline
    assert timeline._key_place(0.0).left() >= 0
    assert timeline._key_place(50.0).right() < timeline.width()
    qtbot.waitUntil(lambda: timeline._images is not None and len(timeline._images[0]) == 26, timeout=PATIENCE_MS)
    timeline.grab()


# files


def gif(file: Path) -> tuple[int, tuple[int, int], int]:
    """Frames, size and milliseconds of a GIF."""
    with Image.open(file) as picture:
        durations = []
        for index in range(picture.n_frames):
            picture.seek(index)
            durations.append(picture.info["duration"])
        return picture.n_frames, picture.size, sum(durations)


def exported(qtbot: QtBot, explore: ExploreWorkspace, file: Path) -> Path:
    walker: Walker = explore.walker
    with qtbot.waitSignal(explore.saved, timeout=PATIENCE_MS):
        walker.export(file)
    return file


def test_that_the_walk_is_saved_as_gif(qtbot: QtBot, shown: ExploreWorkspace, tmp_path: Path) -> None:
    walk_of(shown, 3)
    frames, size, milliseconds = gif(exported(qtbot, shown, tmp_path / "walk.gif"))
    assert (size, milliseconds) == ((252, 252), 4030), "121 frames at 30 a second"
    assert 100 < frames <= 121, "equal neighbours are one"
    shown.walk.loop.click()
    shown.walk.set_pace(60, 2.0)
    frames, _, milliseconds = gif(exported(qtbot, shown, tmp_path / "loop.gif"))
    assert milliseconds == 3000, "6 s twice as fast"
    assert 80 < frames <= 90, "GIF knows no 60 frames a second"


def test_that_the_walk_is_saved_as_mp4(qtbot: QtBot, shown: ExploreWorkspace, tmp_path: Path) -> None:
    shown.walk.loop.click()
    shown.walk.set_pace(24, 0.5)
    file = exported(qtbot, shown, tmp_path / "walk.mp4")
    told = subprocess.run([get_ffmpeg_exe(), "-i", file], capture_output=True, text=True, check=False).stderr
    assert "Duration: 00:00:08.00" in told
    assert " 252x252" in told
    assert ", 24 fps" in told
    raw = subprocess.run(
        [get_ffmpeg_exe(), "-v", "error", "-i", file, "-f", "rawvideo", "-pix_fmt", "gray", "-"],
        capture_output=True,
        check=True,
    ).stdout
    assert len(raw) == 192 * 252 * 252


def test_that_the_strip_is_saved(qtbot: QtBot, shown: ExploreWorkspace, tmp_path: Path) -> None:
    walk_of(shown, 3)
    with Image.open(exported(qtbot, shown, tmp_path / "strip.png")) as picture:
        assert picture.size == (9 * 28, 28)
    assert strip_times(shown.state.walk) == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4]


def test_that_what_cannot_be_written_is_told(qtbot: QtBot, shown: ExploreWorkspace, tmp_path: Path) -> None:
    with qtbot.waitSignal(shown.failed, timeout=PATIENCE_MS) as told:
        shown.walker.export(tmp_path / "missing" / "walk.gif")
    assert "cannot be written" in told.args[0]
    assert shown.walk._save.text() == "GIF, MP4"


def test_that_saving_can_be_cancelled(qtbot: QtBot, shown: ExploreWorkspace, tmp_path: Path) -> None:
    walk_of(shown, 26)
    shown.walk.set_pace(60, 0.25)
    shown.walker.export(tmp_path / "walk.mp4")
    assert shown.walk._save.text().startswith("Cancel")
    shown.walk._save.click()
    assert shown.walk._save.text() == "GIF, MP4"
    shown.set_seed(3)
    settled(qtbot, shown)
    assert not list(tmp_path.glob("*.mp4"))


def test_that_key_frames_come_back_from_their_file(qtbot: QtBot, shown: ExploreWorkspace, tmp_path: Path) -> None:
    walk = walk_of(shown, 4)
    shown.walk.save_requested.emit("json")
    with qtbot.waitSignal(shown.saved):
        shown.files._on_selected(str(tmp_path / "walk.json"))
    shown.undo()
    shown.walker.open_keys(tmp_path / "walk.json")
    for one, other in zip(walk.keys, shown.state.walk.keys, strict=True):
        assert one.time == other.time
        np.testing.assert_array_equal(one.z, other.z)
    shown.undo()
    assert len(times(shown)) == 2
    data = json.loads((tmp_path / "walk.json").read_text())
    (tmp_path / "broken.json").write_text(json.dumps(data | {"keys": []}))
    with qtbot.waitSignal(shown.failed) as told:
        shown.walker.open_keys(tmp_path / "broken.json")
    assert "2 to 26" in told.args[0]
