"""Explore and Train of runs that translate images."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from ganstudio import paths
from ganstudio.desktop.explore.workspace import ExploreWorkspace
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.train.columns import data_index, direction_of
from ganstudio.desktop.train.samples_panel import SamplesPanel
from ganstudio.game import SOURCE, TARGET
from ganstudio.runs.execute import train
from ganstudio.runs.folder import RunFolder
from ganstudio.training.control import Control
from ganstudio.training.events import Event, RunFinished, RunStarted, Samples
from ganstudio.variants.recipes import compose
from tests.helpers import TINY
from tests.latent.tiny_runs import plain_run

pytestmark = pytest.mark.desktop
PATIENCE_MS = 60_000
BOTH_WAYS = ("source", "as target", "back to source", "target", "as source", "back to target")
ENLARGED = ("low", "bicubic", "restored", "truth")


@functools.cache
def translating_run(name: str) -> RunFolder:
    """A run of two steps on a few small images."""
    values = {key: value for key, value in TINY.items() if key != "variant.latent_size"}
    config = compose(
        {**values, "variant.name": name, "dataset.resolution": 16, "dataset.limit": 32, "training.batch_size": 2,
         "training.steps": 2, "training.sample_every": 1, "training.checkpoint_every": 1, "training.samples": 24,
         **({"variant.pretraining": 0, "variant.scale": 2} if name == "srgan" else {})}
    )  # fmt: skip
    folder = Path(os.environ["GANSTUDIO_HOME"]) / "tiny" / f"00{len(name)}-{name}-emoji"
    events: list[Event] = []
    train(config, folder, events.append, Control())
    end = events[-1]
    assert isinstance(end, RunFinished) and end.error is None, end
    return RunFolder(folder)


@pytest.fixture
def explore(qtbot: QtBot, tmp_path: Path) -> Iterator[ExploreWorkspace]:
    root = paths.runs_folder()
    shutil.rmtree(root, ignore_errors=True)
    settings = Settings(tmp_path / "settings.json")
    made = ExploreWorkspace(settings)
    qtbot.addWidget(made)
    made.resize(1200, 760)
    made.show()
    yield made
    made.shutdown()
    settings.flush()
    shutil.rmtree(root, ignore_errors=True)


def opened(qtbot: QtBot, explore: ExploreWorkspace, name: str) -> ExploreWorkspace:
    explore.open_run(translating_run(name).path)
    settled(qtbot, explore)
    return explore


def settled(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    translator = explore.translator
    qtbot.waitUntil(lambda: translator.result.result is not None and translator.is_current, timeout=PATIENCE_MS)


def names(explore: ExploreWorkspace) -> list[str]:
    panel = explore.translator.result
    return [label.text() for label in panel._names[: panel._shown]]


def test_that_held_out_images_are_offered_and_the_first_is_translated(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    opened(qtbot, explore, "cyclegan")
    translator = explore.translator
    assert translator.result.isVisible()
    assert not explore.coordinates.isVisible()
    assert not explore.latent_panel.seed.isVisible()
    assert names(explore) == ["Input, 16 × 16", "Translated", "And back"]
    images = translator.inputs.grid.images
    assert images is not None and len(images) > 1
    first = translator.result.result
    assert first is not None and first.shape == (16, 16, 3)
    translator.inputs.grid.selected.emit(1)
    settled(qtbot, explore)
    assert not np.array_equal(first, translator.result.result)


def test_that_the_other_way_takes_the_other_data_sets_images(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    opened(qtbot, explore, "cyclegan")
    translator = explore.translator
    before = translator.inputs.grid.images
    assert translator.inputs.direction.isVisible()
    translator.inputs.direction.button(SOURCE).click()
    qtbot.waitUntil(lambda: translator.inputs.grid.images is not before, timeout=PATIENCE_MS)
    settled(qtbot, explore)
    assert not np.array_equal(before, translator.inputs.grid.images)


def test_that_what_is_enlarged_stands_beside_bicubic_and_the_truth(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    opened(qtbot, explore, "srgan")
    assert not explore.translator.inputs.direction.isVisible()
    assert names(explore) == ["Input, 8 × 8", "Bicubic", "Enlarged 2 times, 16 × 16", "Truth"]
    views = explore.translator.result.views
    assert [view.pixels.shape[0] for view in views] == [8, 16, 16, 16]


def dropped(explore: ExploreWorkspace, path: Path) -> bool:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    event.setAccepted(False)
    explore.dropEvent(event)
    return event.isAccepted()


@pytest.mark.parametrize(("name", "size"), [("cyclegan", (16, 16)), ("srgan", (40, 60))])
def test_that_a_picture_that_is_dropped_is_translated(
    qtbot: QtBot, explore: ExploreWorkspace, tmp_path: Path, name: str, size: tuple[int, int]
) -> None:
    opened(qtbot, explore, name)
    file = tmp_path / "mine.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)).save(file)
    asked = explore.translator._asked
    assert dropped(explore, file)
    qtbot.waitUntil(lambda: explore.translator._asked > asked, timeout=PATIENCE_MS)
    settled(qtbot, explore)
    result = explore.translator.result.result
    assert result is not None and result.shape[:2] == size
    assert "Truth" not in names(explore), "nobody knows it"
    assert "mine.png" in explore.translator.result._subtitle.text()
    explore.translator.inputs.held_out.click()
    qtbot.waitUntil(explore.translator.inputs.held_out.isHidden, timeout=PATIENCE_MS)


def test_that_a_folder_is_offered_picture_by_picture_and_an_empty_one_told(
    qtbot: QtBot, explore: ExploreWorkspace, tmp_path: Path
) -> None:
    opened(qtbot, explore, "cyclegan")
    mine, empty = tmp_path / "mine", tmp_path / "empty"
    mine.mkdir(), empty.mkdir()
    for i in range(3):
        Image.new("RGB", (20, 20), (80 * i, 0, 0)).save(mine / f"{i}.png")
    assert dropped(explore, mine)
    grid = explore.translator.inputs.grid
    qtbot.waitUntil(lambda: grid.images is not None and len(grid.images) == 3, timeout=PATIENCE_MS)
    with qtbot.waitSignal(explore.failed, timeout=PATIENCE_MS) as told:
        dropped(explore, empty)
    assert "no images" in told.args[0]
    assert not dropped(explore, tmp_path / "notes.txt")


def test_that_a_picture_is_pasted_and_its_result_copied(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    opened(qtbot, explore, "cyclegan")
    image = QImage(24, 24, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(image)
    explore.translator.paste()
    settled(qtbot, explore)
    assert "the clipboard" in explore.translator.result._subtitle.text()
    pixels = explore.translator.result.views[0].pixels
    assert pixels is not None and (pixels == (255, 0, 0)).all()
    explore.translator.result.copy_result()
    assert QGuiApplication.clipboard().image().width() == 16
    QGuiApplication.clipboard().clear()


def test_that_explore_goes_back_to_latents_with_another_run(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    opened(qtbot, explore, "srgan")
    explore.open_run(plain_run().path)
    qtbot.waitUntil(lambda: explore.image_panel.view.pixels is not None, timeout=PATIENCE_MS)
    assert explore.coordinates.isVisible()
    assert explore.latent_panel.seed.isVisible()
    opened(qtbot, explore, "cyclegan")
    assert names(explore)[1] == "Translated"


def test_that_a_sample_is_traced_to_the_image_behind_it() -> None:
    assert [data_index(BOTH_WAYS, index) for index in (0, 2, 3, 5, 7, 11)] == [0, 0, 3, 3, 6, 9]
    assert [direction_of(BOTH_WAYS, index) for index in (1, 4, 6)] == [TARGET, SOURCE, TARGET]
    assert [data_index(ENLARGED, index) for index in (0, 3, 5)] == [3, 3, 7]
    assert direction_of(ENLARGED, 2) is None


@pytest.mark.parametrize("name", ["cyclegan", "srgan"])
def test_that_samples_stand_in_their_columns_live_and_from_the_folder(qtbot: QtBot, name: str) -> None:
    folder = translating_run(name)
    panel = SamplesPanel()
    qtbot.addWidget(panel)
    panel.resize(820, 560)
    panel.show()
    panel.begin(folder, folder.config)
    events = folder.events()
    columns = next(event for event in events if isinstance(event, RunStarted)).columns
    panel.set_columns(columns)
    for event in events:
        if isinstance(event, Samples):
            panel.add(event)
    grid = panel.grid
    assert grid.images is not None
    assert grid.columns % len(columns) == 0
    assert len(grid.images) == 24
    assert panel.names.isVisible()
    assert columns[0] in panel.names.accessibleName()
    picked = panel.picked(len(columns) + 1)
    assert picked is not None
    np.testing.assert_array_equal(picked.image, grid.images[data_index(columns, len(columns) + 1)])
    panel.begin(folder, folder.config)
    assert not panel.names.isVisible(), "another run may have none"
    panel.scrubber.stop()


def test_that_a_row_shows_one_group_unless_more_let_samples_be_larger_or_seen_at_once(qtbot: QtBot) -> None:
    panel = SamplesPanel()
    qtbot.addWidget(panel)
    panel.begin(plain_run(), plain_run().config)
    panel.set_columns(ENLARGED)
    panel.resize(600, 640)
    panel.show()
    chosen = []
    for groups in (4, 12, 60):
        panel.grid.set_images(None)
        images = np.zeros((4 * groups, 32, 32, 1), np.uint8)
        panel.grid.set_images(images, panel._columns(images))
        chosen.append((panel.grid.columns, panel.grid.zoom))
    panel.scrubber.stop()
    columns, zooms = zip(*chosen, strict=True)
    assert columns[0] == 4, "one group a row"
    assert all(count % 4 == 0 for count in columns)
    assert columns[2] > 4, "else they would not be seen at once"
    assert zooms[0] > zooms[2] >= 1
