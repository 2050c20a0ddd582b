"""One palette, one style sheet, alive."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFontInfo, QIcon
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from ganstudio.desktop import stylesheet, theme
from ganstudio.desktop.app import create_application
from ganstudio.desktop.theme import DARK, LIGHT, Palette

GROUNDS = ("chrome", "panel", "raised", "field")
TEXTS = ("ink", "ink2", "ink3", "accent_text", "warn", "bad", "ok")


@pytest.fixture
def application(qapp: QApplication) -> Iterator[QApplication]:
    yield create_application([])
    theme.theme().set_mode("system")


def _luminance(colour: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    parts = QColor(colour)
    return 0.2126 * linear(parts.redF()) + 0.7152 * linear(parts.greenF()) + 0.0722 * linear(parts.blueF())


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda palette: palette.name)
@pytest.mark.parametrize(("text", "ground"), list(itertools.product(TEXTS, GROUNDS)))
def test_that_text_is_legible(palette: Palette, text: str, ground: str) -> None:
    assert _contrast(getattr(palette, text), getattr(palette, ground)) >= 4.5


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda palette: palette.name)
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("on_accent", "accent"), ("accent_text", "accent_soft"), ("warn", "warn_soft"), ("bad", "bad_soft"),
        ("off", "chrome"), ("off", "panel"), ("off", "field"), ("ink", "hover"), ("ink2", "bad_soft"),
    ],
)  # fmt: skip
def test_that_text_on_its_own_ground_is_legible(palette: Palette, text: str, ground: str) -> None:
    assert _contrast(getattr(palette, text), getattr(palette, ground)) >= 4.5


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda palette: palette.name)
def test_that_the_sheet_has_no_colour_of_its_own(palette: Palette) -> None:
    known = {value for key, value in dataclasses.asdict(palette).items() if key != "name"}
    known |= {"#ffffff", "#f5f6f7", "#6fd6c7"}  # slider knob and toast, which are the same in both themes
    sheet = stylesheet.build(palette)
    assert set(re.findall(r"#[0-9a-fA-F]{6}\b", sheet)) <= known
    assert "$" not in sheet


def test_that_a_choice_changes_every_widget_alive(application: QApplication, qtbot: QtBot) -> None:
    theme.theme().set_mode("dark")
    button = QPushButton("Start")
    button.setProperty("role", "primary")
    qtbot.addWidget(button)
    button.show()
    dark = button.grab().toImage().pixelColor(button.width() // 2, 4)
    with qtbot.waitSignal(theme.theme().changed):
        theme.theme().set_mode("light")
    light = button.grab().toImage().pixelColor(button.width() // 2, 4)
    assert (dark.name(), light.name()) == (DARK.accent, LIGHT.accent)
    assert theme.palette() is LIGHT
    assert theme.qcolor("accent", 128).alpha() == 128


def test_that_the_same_choice_changes_nothing(application: QApplication, qtbot: QtBot) -> None:
    theme.theme().set_mode("dark")
    with qtbot.assertNotEmitted(theme.theme().changed):
        theme.theme().set_mode("dark")


def test_that_an_unknown_theme_is_refused(application: QApplication) -> None:
    with pytest.raises(ValueError, match="system, light, dark"):
        theme.theme().set_mode("sepia")  # type: ignore[arg-type]


@pytest.mark.parametrize("weight", [400, 500, 600])
def test_that_the_shipped_face_is_used(application: QApplication, weight: int) -> None:
    info = QFontInfo(theme.font(12, weight))
    assert (info.family(), info.weight(), info.pixelSize()) == (theme.FAMILY, weight, 12)


def test_that_labels_take_the_face_by_the_sheet(application: QApplication, qtbot: QtBot) -> None:
    label = QLabel("4 210")
    label.setProperty("type", "h1")
    qtbot.addWidget(label)
    label.ensurePolished()
    assert (label.font().family(), label.font().pixelSize(), label.font().weight()) == (theme.FAMILY, 20, 600)


def test_that_icons_follow_the_theme_and_the_state(application: QApplication) -> None:
    icon = theme.icon("square", "bad")
    for mode, palette in (("dark", DARK), ("light", LIGHT)):
        theme.theme().set_mode(mode)  # type: ignore[arg-type]
        for state, token in ((QIcon.Mode.Normal, "bad"), (QIcon.Mode.Disabled, "off")):
            image = icon.pixmap(QSize(64, 64), 1.0, state).toImage()
            solid = {
                image.pixelColor(x, y).name()
                for x, y in itertools.product(range(64), range(64))
                if image.pixelColor(x, y).alpha() == 255
            }
            assert solid == {getattr(palette, token)}


def test_that_a_wrong_icon_is_found_at_once(application: QApplication) -> None:
    with pytest.raises(ValueError, match="no icon 'plya'"):
        theme.icon("plya")


def test_that_restyling_applies_the_rules_anew(application: QApplication, qtbot: QtBot) -> None:
    theme.theme().set_mode("dark")
    label = QLabel("x")
    qtbot.addWidget(label)
    label.ensurePolished()
    theme.restyle(label, type="error")
    assert label.palette().windowText().color().name() == DARK.bad
