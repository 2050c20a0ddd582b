"""What is saved from Explore restores the identical image: pictures, the whole state, and runs that are elsewhere."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from ganstudio.desktop.explore import export
from ganstudio.desktop.explore.sharing import find_networks, fingerprint
from ganstudio.desktop.explore.workspace import ExploreWorkspace
from ganstudio.desktop.settings import Settings
from ganstudio.latent.sampling import latent
from ganstudio.latent.walks import Walk
from ganstudio.runs.folder import RunFolder
from tests.latent.tiny_runs import LATENT_SIZE

PATIENCE_MS = 100_000
PLAIN, CLASSES = "001-vanilla-mnist-10k", "002-dcgan-mnist-10k"


@pytest.fixture
def explore(qtbot: QtBot, runs: Path, tmp_path: Path) -> Iterator[ExploreWorkspace]:
    settings = Settings(tmp_path / "home" / "settings.json")
    made = ExploreWorkspace(settings)
    qtbot.addWidget(made)
    made.resize(1200, 760)
    made.open_run(runs / PLAIN)
    made.show()
    settled(qtbot, made)
    yield made
    made.shutdown()
    settings.flush()


def settled(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    qtbot.waitUntil(lambda: explore.shown_number == explore.asked_number, timeout=PATIENCE_MS)


def pixels(explore: ExploreWorkspace) -> np.ndarray:
    assert explore.image_panel.view.pixels is not None
    return explore.image_panel.view.pixels.copy()


def dropped(qtbot: QtBot, explore: ExploreWorkspace, file: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    explore.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, left, none))
    settled(qtbot, explore)


def saved(explore: ExploreWorkspace, folder: Path) -> tuple[Path, Path]:
    """The picture and the state, as files."""
    image, origin = explore.sharing.shown()
    export.save_image(folder / "kept.png", image, origin)
    explore.sharing.save_state(folder / "kept.json")
    return folder / "kept.png", folder / "kept.json"


def far_away(qtbot: QtBot, explore: ExploreWorkspace, run: Path) -> None:
    """Other networks and another latent."""
    explore.open_run(run, ema=True)
    explore.set_seed(77)
    settled(qtbot, explore)


@pytest.mark.parametrize("name", ["kept.png", "kept.json"])
@pytest.mark.parametrize("networks", ["ema", "raw"])
def test_that_an_earlier_step_comes_back_to_the_bit(
    qtbot: QtBot, runs: Path, explore: ExploreWorkspace, tmp_path: Path, name: str, networks: str
) -> None:
    explore.open_run(runs / PLAIN, 2, ema=networks == "ema")
    explore.set_seed(31)
    explore.set_coordinate(2, 1.5)
    explore.set_coordinate(3, 12.25)
    explore.apply(explore.state.with_truncation(0.65))
    settled(qtbot, explore)
    before, z = pixels(explore), explore.state.z
    saved(explore, tmp_path)
    far_away(qtbot, explore, runs / CLASSES)
    dropped(qtbot, explore, tmp_path / name)
    np.testing.assert_array_equal(pixels(explore), before)
    np.testing.assert_array_equal(explore.state.z, z)
    assert (explore.run.name, explore.shown_step, explore.choice.ema) == (PLAIN, 2, networks == "ema")
    assert explore.state.look.truncation == 0.65


@pytest.mark.parametrize("name", ["kept.png", "kept.json"])
def test_that_class_and_mix_come_back_to_the_bit(
    qtbot: QtBot, runs: Path, explore: ExploreWorkspace, tmp_path: Path, name: str
) -> None:
    explore.open_run(runs / CLASSES)
    explore.set_seed(12)
    explore.apply(replace(explore.state, label=3, other=8, share=0.4))
    settled(qtbot, explore)
    before = pixels(explore)
    saved(explore, tmp_path)
    far_away(qtbot, explore, runs / PLAIN)
    dropped(qtbot, explore, tmp_path / name)
    np.testing.assert_array_equal(pixels(explore), before)
    assert (explore.state.label, explore.state.mix, explore.state.seed) == (3, (8, 0.4), 12)


def test_that_the_state_brings_locks_walk_plane_and_where_it_came_from(
    qtbot: QtBot, runs: Path, explore: ExploreWorkspace, tmp_path: Path
) -> None:
    explore.set_seed(9)
    explore.apply(explore.state.with_lock([1, 4], True).with_value(0, 2.0))
    walk = replace(Walk.through([latent(seed, LATENT_SIZE) for seed in range(5)]), loop=True, closing=0.75)
    explore.apply(explore.state.with_walk(walk))
    settled(qtbot, explore)
    before = explore.state
    _, file = saved(explore, tmp_path)
    far_away(qtbot, explore, runs / CLASSES)
    dropped(qtbot, explore, file)
    after = explore.state
    assert (after.locked, after.seed, after.text, after.moved) == (frozenset({1, 4}), 9, "seed 9", 1)
    assert (after.walk.loop, after.walk.closing, len(after.walk.keys)) == (True, 0.75, 5)
    for one, other in zip(before.walk.keys, after.walk.keys, strict=True):
        np.testing.assert_array_equal(one.z, other.z)
    for one, other in zip(before.plane.anchors, after.plane.anchors, strict=True):
        np.testing.assert_array_equal(one.z, other.z)
    explore.undo()
    assert explore.state.seed == 77, "it is one step back"


def test_that_the_picture_says_what_was_drawn_and_not_what_is_asked_for(
    qtbot: QtBot, explore: ExploreWorkspace
) -> None:
    explore.set_seed(4)
    settled(qtbot, explore)
    explore.set_seed(5)
    image, origin = explore.sharing.shown()
    np.testing.assert_array_equal(origin.latent, latent(4, LATENT_SIZE))
    np.testing.assert_array_equal(image, pixels(explore))
    assert origin.seed is None
    settled(qtbot, explore)
    assert explore.sharing.shown()[1].seed == 5


def test_that_an_unknown_run_is_told_and_its_latent_taken(
    qtbot: QtBot, runs: Path, explore: ExploreWorkspace, tmp_path: Path
) -> None:
    explore.set_seed(31)
    settled(qtbot, explore)
    picture, _ = saved(explore, tmp_path)
    far_away(qtbot, explore, runs / CLASSES)
    shutil.rmtree(runs / PLAIN)
    with qtbot.waitSignal(explore.failed) as told:
        dropped(qtbot, explore, picture)
    assert PLAIN in told.args[0]
    assert explore.run.name == CLASSES
    np.testing.assert_array_equal(explore.state.z, latent(31, LATENT_SIZE))


def test_that_a_renamed_run_is_known_by_its_networks_and_a_namesake_is_not(
    runs: Path, explore: ExploreWorkspace
) -> None:
    _, origin = explore.sharing.shown()
    moved = runs / "renamed"
    (runs / PLAIN).rename(moved)
    everything = [moved, runs / CLASSES]
    assert find_networks(origin, everything).run == moved
    shutil.copytree(runs / CLASSES, runs / PLAIN)
    namesake = replace(origin, step=2, weights=fingerprint(RunFolder(moved).checkpoint_path(2)))
    assert find_networks(namesake, [runs / PLAIN, moved]).run == moved
    found = find_networks(namesake, [runs / PLAIN])
    assert found.run is None
    assert "networks at hand" in found.remark


def test_that_a_step_that_was_not_kept_is_told(runs: Path, explore: ExploreWorkspace) -> None:
    _, origin = explore.sharing.shown()
    live = replace(origin, step=3, weights=None)
    found = find_networks(live, [runs / PLAIN])
    assert found.run == runs / PLAIN
    assert found.step in (2, 4)
    assert "Step 3" in found.remark
    assert find_networks(replace(live, step=4), [runs / PLAIN]).remark == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, "neither"),
        ({"format_version": 9}, "newer"),
        ({"origin": {}}, "damaged"),
        ({"base": [1.0]}, "damaged"),
        ({"locked": [99]}, "damaged"),
        ({"seed": 123}, "damaged"),
        ({"position": 99.0}, "damaged"),
        ({"walk": {}}, "no key frames"),
        ({"plane": [{}]}, "damaged"),
    ],
)
def test_that_a_damaged_state_is_refused_in_words(
    qtbot: QtBot, explore: ExploreWorkspace, tmp_path: Path, change: dict[str, object], words: str
) -> None:
    _, file = saved(explore, tmp_path)
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    before = explore.state
    with qtbot.waitSignal(explore.failed) as told:
        explore.sharing.open_file(file)
    assert words in told.args[0]
    assert explore.state is before


def test_that_key_frames_can_be_dropped_too(qtbot: QtBot, explore: ExploreWorkspace, tmp_path: Path) -> None:
    explore.walker.save_keys(tmp_path / "keys.json")
    explore.walk.loop.click()
    dropped(qtbot, explore, tmp_path / "keys.json")
    assert not explore.state.walk.loop
