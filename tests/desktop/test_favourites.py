"""Favourites as a person keeps them: taken back to the bit, dragged, put in order, remembered and exported."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from ganstudio import paths
from ganstudio.desktop.explore.carried import carried
from ganstudio.desktop.explore.export import Origin, parse_origin, read_origin
from ganstudio.desktop.explore.favourites.collector import Collector
from ganstudio.desktop.explore.favourites.favourites import (
    Favourite,
    favourites_file,
    read_favourites,
    save_contact_sheet,
    write_favourites,
)
from ganstudio.desktop.explore.favourites.tray import words
from ganstudio.desktop.explore.state import Look
from ganstudio.desktop.explore.workspace import ExploreWorkspace
from ganstudio.desktop.settings import Settings
from ganstudio.errors import UserError
from ganstudio.latent.sampling import latent
from tests.latent.tiny_runs import LATENT_SIZE, class_run, plain_run

PATIENCE_MS = 100_000
PLAIN, CLASSES = "001-vanilla-mnist-10k", "002-dcgan-mnist-10k"


def favourite(seed: int, side: int = 8, channels: int = 1, **more: object) -> Favourite:
    image = np.random.default_rng(seed).integers(0, 256, (side, side, channels), np.uint8)
    origin = Origin(latent=latent(seed, 6), run="a-run", step=10 * seed, networks="ema", **more)
    return Favourite(image, origin, f"seed {seed}")


# data


@pytest.mark.parametrize("channels", [1, 3])
def test_that_favourites_come_back_from_their_file(tmp_path: Path, channels: int) -> None:
    kept = [
        favourite(1, channels=channels),
        favourite(2, channels=channels, label=3, mix=(8, 0.25), look=Look(truncation=0.5), weights="abc"),
    ]
    write_favourites(tmp_path / "new" / "f.json", kept)
    again = read_favourites(tmp_path / "new" / "f.json")
    for one, other in zip(kept, again, strict=True):
        np.testing.assert_array_equal(one.image, other.image)
        np.testing.assert_array_equal(one.origin.latent, other.origin.latent)
        assert one.is_same(other)
        assert one.text == other.text
    assert not again[0].is_same(again[1])
    assert again[1].origin.mix == (8, 0.25)
    assert again[1].origin.look.truncation == 0.5
    assert read_favourites(tmp_path / "missing.json") == []


@pytest.mark.parametrize("change", [{"format": "x"}, {"format_version": 9}, {"favourites": [{}]}, {"favourites": 3}])
def test_that_damaged_favourites_are_refused_in_words(tmp_path: Path, change: dict[str, object]) -> None:
    write_favourites(tmp_path / "f.json", [favourite(1)])
    data = json.loads((tmp_path / "f.json").read_text())
    (tmp_path / "f.json").write_text(json.dumps(data | change))
    with pytest.raises(UserError, match="favourites in"):
        read_favourites(tmp_path / "f.json")


def test_that_an_image_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    write_favourites(tmp_path / "f.json", [favourite(1)])
    data = json.loads((tmp_path / "f.json").read_text())
    data["favourites"][0]["image"] = "bm9uZQ=="
    (tmp_path / "f.json").write_text(json.dumps(data))
    with pytest.raises(UserError, match="damaged"):
        read_favourites(tmp_path / "f.json")


def test_that_runs_of_one_name_have_their_own_favourites(tmp_path: Path) -> None:
    files = {favourites_file(tmp_path, tmp_path / place / "001-run") for place in ("here", "there")}
    assert len(files) == 2


def test_that_a_contact_sheet_holds_each_image_and_its_origin(tmp_path: Path) -> None:
    kept = [favourite(1, side=8), favourite(2, side=4, label=3), *(favourite(seed, channels=3) for seed in (3, 4, 5))]
    save_contact_sheet(tmp_path / "sheet.png", kept)
    with Image.open(tmp_path / "sheet.png") as picture:
        sheet, texts = np.asarray(picture), dict(picture.info)
    assert (sheet.shape, texts["columns"]) == ((18, 28, 3), "3")
    np.testing.assert_array_equal(sheet[:8, :8], np.repeat(kept[0].image, 3, axis=2))
    np.testing.assert_array_equal(sheet[:8:2, 10:18:2], np.repeat(kept[1].image, 3, axis=2))
    np.testing.assert_array_equal(sheet[10:, 10:18], kept[4].image)
    origins = [parse_origin(each) for each in json.loads(texts["tiles"])]
    assert [origin.step for origin in origins] == [10, 20, 30, 40, 50]
    assert origins[1].label == 3
    np.testing.assert_array_equal(origins[4].latent, kept[4].origin.latent)


def test_that_a_favourite_says_what_it_is() -> None:
    told = words(favourite(2, label=3, class_name="3 with 40 % 8", look=Look(truncation=0.5)))
    assert told == "seed 2, class 3 with 40 % 8, truncation 0.50, EMA, step 20"


# the tray


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    made = Settings(tmp_path / "home" / "settings.json")
    yield made
    made.flush()


@pytest.fixture
def shown(qtbot: QtBot, settings: Settings) -> Iterator[ExploreWorkspace]:
    root = paths.runs_folder()
    shutil.rmtree(root, ignore_errors=True)
    for run in (plain_run(), class_run()):
        shutil.copytree(run.path, root / run.name)
    made = ExploreWorkspace(settings)
    qtbot.addWidget(made)
    made.resize(1400, 860)
    made.open_run(root / PLAIN)
    made.show()
    settled(qtbot, made)
    yield made
    made.shutdown()
    shutil.rmtree(root)


def settled(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    qtbot.waitUntil(lambda: explore.shown_number == explore.asked_number, timeout=PATIENCE_MS)


def collector(explore: ExploreWorkspace) -> Collector:
    return explore.tools.collector


def keep(qtbot: QtBot, explore: ExploreWorkspace, *seeds: int) -> None:
    for seed in seeds:
        explore.set_seed(seed)
        settled(qtbot, explore)
        qtbot.keyPress(explore, Qt.Key.Key_K)


def texts(explore: ExploreWorkspace) -> list[str]:
    return [each.text for each in collector(explore).favourites]


def test_that_a_favourite_is_taken_back_to_the_bit(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    runs = paths.runs_folder()
    shown.open_run(runs / PLAIN, 2, ema=False)
    shown.set_seed(8)
    shown.apply(shown.state.with_truncation(0.6))
    settled(qtbot, shown)
    before = shown.image_panel.view.pixels.copy()
    shown.image_panel.keep_requested.emit()
    shown.open_run(runs / PLAIN, 4, ema=True)
    shown.set_seed(9)
    settled(qtbot, shown)
    tray = collector(shown).panel.tray
    qtbot.mouseClick(tray, Qt.MouseButton.LeftButton, pos=tray.place(0).center())
    settled(qtbot, shown)
    np.testing.assert_array_equal(shown.image_panel.view.pixels, before)
    assert (shown.shown_step, shown.choice.ema, shown.state.seed) == (2, False, 8)
    assert shown.state.look.truncation == 0.6


def test_that_the_same_image_is_kept_once(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    keep(qtbot, shown, 3, 4, 3)
    assert texts(shown) == ["seed 3", "seed 4"]
    assert collector(shown).panel.tray.chosen_index == 0
    tray = collector(shown).panel.tray
    shown.set_seed(5)
    settled(qtbot, shown)
    qtbot.mouseClick(tray, Qt.MouseButton.LeftButton, pos=tray.place(2).center())
    assert texts(shown) == ["seed 3", "seed 4", "seed 5"]


def test_that_favourites_are_remembered_for_each_run(qtbot: QtBot, shown: ExploreWorkspace, settings: Settings) -> None:
    runs = paths.runs_folder()
    keep(qtbot, shown, 3, 4)
    shown.open_run(runs / CLASSES)
    settled(qtbot, shown)
    assert texts(shown) == []
    keep(qtbot, shown, 6)
    again = ExploreWorkspace(settings)
    qtbot.addWidget(again)
    again.open_run(runs / PLAIN)
    assert texts(again) == ["seed 3", "seed 4"]
    again.open_run(runs / CLASSES)
    assert texts(again) == ["seed 6"]
    again.shutdown()
    assert {path.name for path in runs.iterdir()} == {PLAIN, CLASSES}
    assert not list(runs.rglob("*favourites*")), "nothing is written into a run"


def test_that_damaged_favourites_are_told_and_left_alone(
    qtbot: QtBot, shown: ExploreWorkspace, settings: Settings
) -> None:
    run = paths.runs_folder() / CLASSES
    file = favourites_file(settings.folder, run)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{")
    with qtbot.waitSignal(shown.failed) as told:
        shown.open_run(run)
    assert "no JSON" in told.args[0]
    settled(qtbot, shown)
    keep(qtbot, shown, 3)
    assert texts(shown) == ["seed 3"]
    assert file.read_text() == "{"


def test_that_keys_choose_move_and_remove(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    keep(qtbot, shown, 3, 4, 5)
    tray = collector(shown).panel.tray
    qtbot.keyPress(tray, Qt.Key.Key_Left)
    assert tray.chosen_index == 1
    qtbot.keyPress(tray, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert (texts(shown), tray.chosen_index) == (["seed 4", "seed 3", "seed 5"], 0)
    qtbot.keyPress(tray, Qt.Key.Key_Return)
    assert shown.state.seed == 4
    qtbot.keyPress(tray, Qt.Key.Key_Delete)
    assert texts(shown) == ["seed 3", "seed 5"]


def test_that_what_was_removed_can_be_brought_back_to_its_place_also_from_another_run(
    qtbot: QtBot, shown: ExploreWorkspace
) -> None:
    keep(qtbot, shown, 3, 4, 5)
    offers: list[tuple[str, Callable[[], None]]] = []
    shown.removed.connect(lambda *offer: offers.append(offer))
    collector(shown).remove(1)
    assert texts(shown) == ["seed 3", "seed 5"]
    assert "seed 4" in offers[0][0]
    offers[0][1]()
    assert texts(shown) == ["seed 3", "seed 4", "seed 5"]
    assert collector(shown).panel.tray.chosen_index == 1

    collector(shown).remove(2)
    first = shown.run
    shown.open_run(paths.runs_folder() / CLASSES)
    settled(qtbot, shown)
    offers[1][1]()
    assert texts(shown) == []
    shown.open_run(first)
    settled(qtbot, shown)
    assert texts(shown) == ["seed 3", "seed 4", "seed 5"]


def dropped_on(tray: object, data: QMimeData, place: QPointF) -> None:
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    tray.dropEvent(QDropEvent(place, Qt.DropAction.MoveAction, data, left, none))


def test_that_a_favourite_is_dragged_to_another_place(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    keep(qtbot, shown, 3, 4, 5)
    tray = collector(shown).panel.tray
    dropped_on(tray, tray.mime(2), QPointF(2, 10))
    assert texts(shown) == ["seed 5", "seed 3", "seed 4"]
    dropped_on(tray, tray.mime(0), QPointF(tray.place(2).right(), 10))
    assert texts(shown) == ["seed 3", "seed 4", "seed 5"]
    dropped_on(tray, tray.mime(1), QPointF(tray.place(1).center()))
    assert texts(shown) == ["seed 3", "seed 4", "seed 5"]


def test_that_what_is_dragged_carries_the_latent(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    keep(qtbot, shown, 7)
    data = collector(shown).panel.tray.mime(0)
    z, text = carried(data)
    np.testing.assert_array_equal(z, latent(7, LATENT_SIZE))
    assert text == "seed 7"
    shown.walk.timeline.dropped.emit(data, 1, 0.0)
    np.testing.assert_array_equal(shown.state.walk.keys[1].z, z)


@pytest.mark.parametrize(("letter", "index"), [("a", 0), ("b", 1)])
def test_that_a_favourite_is_used_as_an_end_of_walk_and_plane(
    qtbot: QtBot, shown: ExploreWorkspace, letter: str, index: int
) -> None:
    keep(qtbot, shown, 7)
    before = shown.state
    collector(shown).panel.use_requested.emit(letter)
    np.testing.assert_array_equal(shown.state.walk.keys[index].z, latent(7, LATENT_SIZE))
    np.testing.assert_array_equal(getattr(shown.state.plane, letter).z, latent(7, LATENT_SIZE))
    np.testing.assert_array_equal(shown.state.z, before.z)
    shown.undo()
    assert shown.state is before, "it is one step back"


def test_that_a_walk_leads_through_all_favourites(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    keep(qtbot, shown, 3, 4, 5)
    collector(shown).walk_through()
    assert len(shown.state.walk.keys) == 3
    for key, seed in zip(shown.state.walk.keys, (3, 4, 5), strict=True):
        np.testing.assert_array_equal(key.z, latent(seed, LATENT_SIZE))


def test_that_all_are_saved_as_pictures_that_remember(qtbot: QtBot, shown: ExploreWorkspace, tmp_path: Path) -> None:
    keep(qtbot, shown, 3, 4)
    for number in (1, 2):
        with qtbot.waitSignal(shown.saved) as told:
            collector(shown).save_all(tmp_path)
        assert told.args[0].endswith("favourites" if number == 1 else "favourites-2")
    files = sorted((tmp_path / f"{PLAIN}-favourites").iterdir())
    assert [file.name for file in files] == ["001-step-4.png", "002-step-4.png"]
    for file, kept in zip(files, collector(shown).favourites, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(file))[..., None], kept.image)
        np.testing.assert_array_equal(read_origin(file).latent, kept.origin.latent)
    with qtbot.waitSignal(shown.failed):
        collector(shown).save_all(tmp_path / f"{PLAIN}-favourites" / "001-step-4.png")


def test_that_a_changed_latent_says_so_and_classes_are_kept(qtbot: QtBot, shown: ExploreWorkspace) -> None:
    shown.open_run(paths.runs_folder() / CLASSES)
    shown.apply(replace(shown.state, label=3, other=8, share=0.4).with_value(0, 2.0))
    settled(qtbot, shown)
    collector(shown).keep()
    kept = collector(shown).favourites[0]
    assert kept.text.endswith(", changed")
    assert (kept.origin.label, kept.origin.mix, kept.origin.class_name) == (3, (8, 0.4), "3 with 40 % 8")
