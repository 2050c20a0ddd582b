from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from ganstudio.desktop import theme
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.train import welcome as module
from ganstudio.desktop.train.welcome import Welcome
from ganstudio.desktop.train.welcome_cards import BeginCard, FolderCard, GridPicture, TourCard
from ganstudio.variants.recipes import EMOJI, FIRST_MINUTE, RECIPES, compose

pytestmark = pytest.mark.desktop


@pytest.fixture
def welcome(qtbot: QtBot, settings: Settings) -> Iterator[Welcome]:
    theme.load_fonts()
    theme.theme().set_mode("light")
    made = Welcome(settings)
    qtbot.addWidget(made)
    made.resize(808, 760)
    made.show()
    yield made
    made.shutdown()


def offered(welcome: Welcome) -> list[str]:
    return [card.text() for card in welcome.findChildren(BeginCard) if not card.isHidden()]


def test_that_it_says_what_start_will_do(welcome: Welcome) -> None:
    texts = [text.text() for text in welcome.findChildren(QLabel)]
    assert FIRST_MINUTE.title in texts
    assert any("10\u202f000 examples" in text for text in texts)
    welcome.set_config(EMOJI.config())
    assert welcome._title.text() == EMOJI.title
    welcome.set_config(compose({"variant.name": "dcgan", "dataset.name": "/home/me/cats"}))
    assert welcome._title.text() == "DCGAN on cats"


def test_that_start_is_asked_for_and_says_why_it_cannot_be(welcome: Welcome, qtbot: QtBot) -> None:
    told = QSignalSpy(welcome.start_requested)
    qtbot.mouseClick(welcome._start, Qt.MouseButton.LeftButton)
    assert told.count() == 1
    welcome.set_start("Batch size must lie between 1 and 8192.")
    qtbot.mouseClick(welcome._start, Qt.MouseButton.LeftButton)
    assert told.count() == 1
    assert welcome._start.toolTip() == "Batch size must lie between 1 and 8192."
    welcome.set_start("")
    assert welcome._start.isEnabled()


def test_that_the_other_recipes_are_offered_and_a_folder(welcome: Welcome, qtbot: QtBot) -> None:
    others = [recipe.title for recipe in RECIPES if recipe != FIRST_MINUTE]
    assert sorted(offered(welcome)) == sorted([*others, "Your own images"])
    told = QSignalSpy(welcome.recipe_chosen)
    card = next(card for card in welcome.findChildren(BeginCard) if card.text() == EMOJI.title)
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert told.at(0) == ["emoji"]
    welcome.set_config(EMOJI.config())
    assert FIRST_MINUTE.title in offered(welcome)
    assert EMOJI.title not in offered(welcome)


def test_that_the_menu_offers_every_recipe(welcome: Welcome, qtbot: QtBot) -> None:
    told = QSignalSpy(welcome.recipe_chosen)
    for action in welcome._menu.actions():
        action.trigger()
    assert [told.at(i)[0] for i in range(told.count())] == [recipe.name for recipe in RECIPES]
    qtbot.mouseClick(welcome._choose, Qt.MouseButton.LeftButton)
    assert welcome._menu.isVisible()
    welcome._menu.close()


def test_that_the_cards_show_pictures_of_their_data(welcome: Welcome, qtbot: QtBot) -> None:
    card = next(card for card in welcome.findChildren(BeginCard) if card.text() == EMOJI.title)
    qtbot.waitUntil(lambda: len(card._pixmaps) == 2)


def test_that_a_folder_can_be_dropped(welcome: Welcome, tmp_path: Path) -> None:
    told = QSignalSpy(welcome.folder_dropped)
    card = welcome.findChild(FolderCard)
    for path, count in ((tmp_path / "settings.json", 0), (tmp_path, 1)):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        card.dropEvent(
            QDropEvent(
                QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
            )
        )
        assert told.count() == count
    assert told.at(0) == [tmp_path]


def test_that_the_tour_can_be_hidden_for_good_and_comes_back(
    welcome: Welcome, settings: Settings, qtbot: QtBot
) -> None:
    assert len(welcome.findChildren(TourCard)) == 4
    welcome._on_hide()
    assert welcome._tour.isHidden()
    again = Welcome(settings)
    qtbot.addWidget(again)
    assert again._tour.isHidden()
    again._tour_action.trigger()
    assert not again._tour.isHidden()
    assert settings.get("welcome.tour", False) is True
    again.shutdown()


def test_that_pictures_of_a_real_run_belong_to_the_first_recipe(
    settings: Settings, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seconds in (1, 2, 5, 20, 60):
        Image.new("L", (118, 118), 2 * seconds).save(tmp_path / f"{seconds}.png")
    monkeypatch.setattr(module, "_shipped", lambda name: tmp_path / f"{name}.png" if name != "walk" else None)
    made = Welcome(settings)
    qtbot.addWidget(made)
    assert len(made.findChildren(GridPicture)) == 5
    assert not made._moments.isHidden()
    made.set_config(EMOJI.config())
    assert made._moments.isHidden()
    made.shutdown()


def test_that_without_those_pictures_their_row_is_absent(
    settings: Settings, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_shipped", lambda name: None)
    made = Welcome(settings)
    qtbot.addWidget(made)
    assert made._moments.isHidden()
    assert len(made.findChildren(TourCard)) == 4
    assert not made.grab().isNull()
    made.shutdown()


def test_that_it_fits_the_narrowest_middle_column(welcome: Welcome) -> None:
    assert welcome._moments.parentWidget().minimumSizeHint().width() + 16 <= 664


def test_that_every_control_has_a_name_and_a_tooltip(welcome: Welcome) -> None:
    for control in (welcome._start, welcome._choose, *welcome.findChildren(BeginCard)):
        assert control.accessibleName()
        assert control.toolTip()
