"""What Explore has besides latent, directions and walk, on real runs of a few steps."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from ganstudio.desktop.explore.directions import mine
from ganstudio.desktop.explore.directions.mine import OwnDirection
from ganstudio.desktop.explore.export import Origin, read_origin, save_image
from ganstudio.desktop.explore.state import LatentState, Look, frozen
from ganstudio.desktop.explore.workspace import ExploreWorkspace
from ganstudio.errors import UserError
from ganstudio.latent.model import LatentModel
from ganstudio.latent.sampling import latent
from tests.desktop.test_explore import (  # noqa: F401 - fixtures
    PATIENCE_MS,
    explore,
    pixels,
    settled,
    shown,
)
from tests.latent.tiny_runs import LATENT_SIZE, plain_run

# truncation


def test_that_truncation_draws_the_latent_nearer_to_the_mean_and_can_be_undone(
    qtbot: QtBot,
    shown: ExploreWorkspace,  # noqa: F811
) -> None:
    row, full = shown.latent_panel.truncation, pixels(shown)
    assert row.isVisible()
    row.slider.setValue(40)
    settled(qtbot, shown)
    model = LatentModel.load(plain_run().checkpoint_path(4))
    np.testing.assert_array_equal(pixels(shown), model.draw(np.float32(0.4) * shown.state.z[None])[0])
    assert row.number.text() == "0.40"
    row.number.setText("0.7")
    qtbot.keyPress(row.number, Qt.Key.Key_Return)
    assert shown.state.look.truncation == pytest.approx(0.7)
    row.number.setText("1.5")
    qtbot.keyPress(row.number, Qt.Key.Key_Return)
    assert shown.state.look.truncation == pytest.approx(0.7)
    shown.undo()
    shown.undo()
    settled(qtbot, shown)
    np.testing.assert_array_equal(pixels(shown), full)
    assert row.slider.value() == 100


def test_that_a_picture_remembers_its_look(tmp_path: Path) -> None:
    look = Look(truncation=0.35, channels=(("start", 2, 0.0), ("up.1", 7, 2.5)))
    origin = Origin(latent=frozen(latent(1, 8)), run="001", step=3, networks="ema", look=look)
    save_image(tmp_path / "a.png", np.zeros((4, 4, 1), np.uint8), origin)
    assert read_origin(tmp_path / "a.png").look == look
    assert look.factors() == {"start": {2: 0.0}, "up.1": {7: 2.5}}
    assert look.with_channel("start", 2, 1.0).channels == (("up.1", 7, 2.5),)


# what is said of the image


def test_that_d_and_the_nearest_images_are_told_of_a_checkpoint(
    qtbot: QtBot,
    shown: ExploreWorkspace,  # noqa: F811
) -> None:
    verdict, nearest = shown.image_panel.verdict, shown.image_panel.nearest
    qtbot.waitUntil(lambda: verdict.said.startswith("score "), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "lie" in nearest.verdict(), timeout=PATIENCE_MS)
    first = verdict.said
    shown.set_seed(9)
    qtbot.waitUntil(lambda: verdict.said != first, timeout=PATIENCE_MS)
    verdict.bar.grab()


# coordinates by effect


def test_that_coordinates_are_sorted_by_effect_and_found_by_number(
    qtbot: QtBot,
    shown: ExploreWorkspace,  # noqa: F811
) -> None:
    from ganstudio.latent.effects import effects

    panel = shown.coordinates
    panel._sort.click()
    qtbot.waitUntil(lambda: panel.grid.indices() != tuple(panel.grid.places()), timeout=PATIENCE_MS)
    found = effects(LatentModel.load(plain_run().checkpoint_path(4)), pause=lambda: None)
    order = np.argsort(-found, kind="stable")
    assert panel.grid.indices() == tuple(order[: len(panel.grid.indices())])
    last = int(order[-1])
    panel._search.setText(str(last + 1))
    qtbot.keyPress(panel._search, Qt.Key.Key_Return)
    row = panel.grid.row(last)
    assert row is not None and row.index == last
    shown.set_coordinate(last, 1.5)
    assert row.exact == 1.5
    panel._sort.click()
    assert panel.grid.indices() == tuple(panel.grid.places())


# directions of one's own


def test_that_a_direction_of_ones_own_is_the_difference_of_the_marked(
    qtbot: QtBot,
    runs: Path,
    shown: ExploreWorkspace,  # noqa: F811
) -> None:
    tool = shown.tools.own_directions
    tool.open()
    dialog = tool.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog._z is not None, timeout=PATIENCE_MS)
    z = dialog._z
    qtbot.mouseClick(dialog.sheet, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    dialog.sheet.mark(9, "with")
    qtbot.mouseClick(dialog.sheet, Qt.MouseButton.RightButton, pos=QPoint(10 + 76, 10))
    dialog.sheet.mark(3, "without")
    dialog.sheet.mark(3, "without")
    dialog.name.setText(" Slant ")
    dialog._make.click()
    assert tool.dialog is None
    wanted = (z[0] + z[9]) / 2 - z[1]
    (kept,) = mine.read(runs / "001-vanilla-mnist-10k", LATENT_SIZE)
    assert kept.name == "Slant"
    np.testing.assert_allclose(kept.vector, wanted / np.linalg.norm(wanted), atol=1e-6)
    panel = shown.directions
    assert panel.kind.current() == "mine" and [each.name for each in panel.shown] == ["Slant"]
    qtbot.waitUntil(lambda: panel.rows[0].strip.images is not None, timeout=PATIENCE_MS)
    panel.rows[0].slider.nudge(3, small=False)
    assert kept.along(shown.state.z) == pytest.approx(round(panel.rows[0].slider.exact, 2), abs=1e-3)
    tool.rename("Slant", "Lean")
    assert [each.name for each in mine.read(runs / "001-vanilla-mnist-10k", LATENT_SIZE)] == ["Lean"]
    tool.delete("Lean")
    assert mine.read(runs / "001-vanilla-mnist-10k", LATENT_SIZE) == ()
    panel.kind.button("sefa").click()
    qtbot.waitUntil(lambda: len(panel.shown) > 0, timeout=PATIENCE_MS)


def test_that_names_are_single_and_a_damaged_file_says_so(tmp_path: Path) -> None:
    vector = LatentState.of_seed(0, 4).z
    mine.write(tmp_path, [OwnDirection("A", vector)])
    (kept,) = mine.read(tmp_path, 4)
    np.testing.assert_array_equal(kept.vector, vector)
    assert mine.read(tmp_path, 5) == ()
    for name in ("A", "  ", "x" * 41):
        with pytest.raises(UserError):
            mine.named(name, [kept])
    for text in ("{", json.dumps({"format_version": 2, "directions": []})):
        (tmp_path / mine.FILE).write_text(text)
        with pytest.raises(UserError):
            mine.read(tmp_path, 4)


# layers


def test_that_channels_are_seen_changed_and_restored(
    qtbot: QtBot,
    shown: ExploreWorkspace,  # noqa: F811
) -> None:
    from ganstudio.desktop.explore.layers.layering import grey
    from ganstudio.latent.layers import channel_maps, layers, scaled

    before, z = pixels(shown), shown.state.z[None]
    shown.image_panel.layers.click()
    dialog = shown.tools.layering.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.sheet.maps is not None, timeout=PATIENCE_MS)
    model = LatentModel.load(plain_run().checkpoint_path(4))
    names = [layer.name for layer in layers(model)]
    assert [dialog.layers.itemData(index) for index in range(dialog.layers.count())] == names
    np.testing.assert_array_equal(dialog.sheet.maps, grey(channel_maps(model, names[0], z)[0]))
    dialog.sheet.chosen.emit(3)
    dialog.slider.setValue(350)
    dialog._take(5)
    dialog._mute.click()
    settled(qtbot, shown)
    assert shown.state.look.factors() == {names[0]: {3: 3.5, 5: 0.0}}
    with scaled(model, shown.state.look.factors()):
        np.testing.assert_array_equal(pixels(shown), model.draw(z)[0])
    assert not np.array_equal(pixels(shown), before)
    shown.undo()
    assert shown.state.look.factors() == {names[0]: {3: 3.5}}
    dialog._all.click()
    settled(qtbot, shown)
    np.testing.assert_array_equal(pixels(shown), before)
    dialog.layers.setCurrentIndex(1)
    dialog.layers.activated.emit(1)
    qtbot.waitUntil(lambda: dialog._size.text().startswith(str(layers(model)[1].channels)), timeout=PATIENCE_MS)
    dialog.grab()
    dialog.close()
    assert shown.tools.layering.dialog is None


def test_that_changed_channels_end_with_their_generator(
    qtbot: QtBot,
    runs: Path,
    shown: ExploreWorkspace,  # noqa: F811
) -> None:
    shown.apply(replace(shown.state, look=Look(truncation=0.5, channels=(("nowhere", 0, 0.0),))))
    settled(qtbot, shown)
    shown.open_run(runs / "002-dcgan-mnist-10k")
    settled(qtbot, shown)
    assert shown.state.look.channels == ()


# is this image like the others?


def test_that_pictures_are_scored_and_the_strangest_comes_first(
    qtbot: QtBot,
    tmp_path: Path,
    shown: ExploreWorkspace,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from ganstudio.latent import anomaly
    from ganstudio.latent.inversion import Round, Search

    quick = Search(tries=16, rounds=(Round(2, 4, 0.1),))
    real = anomaly.likeness
    monkeypatch.setattr(anomaly, "likeness", lambda *given, **more: real(*given, quick, **more))
    Image.fromarray(pixels(shown)[..., 0]).save(tmp_path / "own.png")
    checks = np.indices((28, 28)).sum(axis=0) % 2 * 255
    Image.fromarray(checks.astype(np.uint8)).save(tmp_path / "checks.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    shown.image_panel.likeness.click()
    tool = shown.tools.liker
    dialog = tool.dialog
    assert dialog is not None
    tool.compare([tmp_path / "nothing.txt"])
    assert "no picture" in dialog.said
    tool.compare([tmp_path])
    qtbot.waitUntil(lambda: dialog.said == "3 scored", timeout=PATIENCE_MS)
    assert [each.file.name for each in dialog.rows.scored] == ["checks.png", "own.png", "broken.png"]
    strange = dialog.rows.scored[0].likeness
    wanted = np.abs(checks.astype(float) - strange.nearest[..., 0]).sum() / 255
    assert strange.residual == pytest.approx(wanted)
    dialog.rows.grab()
    tool.save(tmp_path / "scores.csv")
    lines = (tmp_path / "scores.csv").read_text().splitlines()
    assert len(lines) == 4 and "checks.png" in lines[1] and "cannot be read" in lines[3]
    dialog.rows.picked.emit(dialog.rows.scored[1])
    assert shown.state.text == "own"
    dialog.close()
