from __future__ import annotations

import math

import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from ganstudio.desktop.theme import palette, theme
from ganstudio.desktop.widgets.sparkline import CAPACITY, Sparkline

pytestmark = pytest.mark.desktop


@pytest.fixture
def line(qtbot: QtBot) -> Sparkline:
    theme().set_mode("dark")
    made = Sparkline("g", "Gradients of G")
    qtbot.addWidget(made)
    made.resize(92, 20)
    made.show()
    return made


def coloured(image: QImage, colour: str) -> set[tuple[int, int]]:
    wanted = QColor(colour)
    return {(x, y) for x in range(image.width()) for y in range(image.height()) if image.pixelColor(x, y) == wanted}


def test_that_only_the_newest_values_are_kept_in_order(line: Sparkline) -> None:
    for value in range(CAPACITY + 37):
        line.append(value)
    assert line.values() == list(range(37, CAPACITY + 37))


def test_that_a_dot_in_the_tokens_colour_stands_at_the_newest_value(line: Sparkline) -> None:
    line.set_values([0.0, 1.0, 2.0, 3.0])
    high = coloured(line.grab().toImage(), palette().g)
    assert (88, 3) in high
    line.set_values([3.0, 2.0, 1.0, 0.0])
    assert (88, 16) in coloured(line.grab().toImage(), palette().g)
    line.set_token("d")
    assert (88, 16) in coloured(line.grab().toImage(), palette().d)


def test_that_values_that_are_not_finite_are_gaps_and_only_gaps_are_nothing(line: Sparkline) -> None:
    line.set_values([1.0, 2.0, math.nan, math.inf, 2.0, 1.0])
    assert [len(x) for x, _ in line._lines()] == [2, 2]
    line.set_values([math.nan, math.inf])
    empty = line.grab().toImage()
    line.clear()
    assert line.grab().toImage() == empty


def test_that_equal_values_are_a_line_through_the_middle(line: Sparkline) -> None:
    line.set_values([5.0] * 10)
    assert {float(place) for _, y in line._lines() for place in y} == {10.0}
