"""Objectives as they are written, in the theme's colours: what D and G minimise with the loss and penalties chosen."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio import paths
from ganstudio.config import ObjectiveConfig
from ganstudio.desktop import theme

_SMALLEST = 0.9
"""A line may be set at 13.5 px instead of 15 before it is broken."""
_INDENT = 30.0

Line = tuple[str, ...]


def objective_lines(objective: ObjectiveConfig) -> tuple[Line, Line]:
    """The drawings that make up D's and G's objective: names in ``resources/formulas``."""
    penalties = objective.penalties
    r1, r2 = penalties.r1.weight, penalties.r2.weight
    names = ["gradient"] if penalties.gradient.weight else []
    if r1 and r1 == r2:
        names.append("r1-r2")
    else:
        names += [name for name, weight in (("r1", r1), ("r2", r2)) if weight]
    added = (f"penalty-{name}" for name in names)
    return (f"{objective.loss}-discriminator", *added), (f"{objective.loss}-generator",)


class FormulaView(QWidget):
    """A few lines of mathematics; each is shrunk a little, then broken before a penalty, when it is too wide."""

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: Sequence[Line] = ()
        self._drawings: dict[tuple[str, str], QSvgRenderer] = {}
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show the drawings named, one tuple a line."""
        if lines == self._lines:
            return
        self._lines = lines
        self.setAccessibleName("; ".join(" ".join(_source(name).title for name in line) for line in lines))
        self.setToolTip("\n".join(" ".join(_source(name).title for name in line) for line in lines))
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """A line may have to be broken."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Pixels needed at `width`."""
        return round(sum(_source(row[0]).height for row in self._rows(width)))

    def sizeHint(self) -> QSize:
        """At a usual panel's width."""
        return QSize(256, self.heightForWidth(256))

    def minimumSizeHint(self) -> QSize:
        """Narrow lines are broken."""
        return QSize(120, 22)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The drawings, row by row; a shrunk row keeps its baseline."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = 0.0
        for row in self._rows(self.width()):
            left = _INDENT if row[0].startswith("penalty-") else 0.0
            scale = min(1.0, (self.width() - left) / _width(row))
            for name in row:
                source = _source(name)
                width, height = source.width * scale, source.height * scale
                self._drawing(name).render(painter, QRectF(left, top + source.baseline * (1 - scale), width, height))
                left += width
            top += _source(row[0]).height
        painter.end()

    def _drawing(self, name: str) -> QSvgRenderer:
        colours = theme.palette()
        key = name, colours.name
        if key not in self._drawings:
            text = _source(name).text.format(ink=colours.ink, D=colours.d, G=colours.g)
            self._drawings[key] = QSvgRenderer(QByteArray(text.encode()), self)
        return self._drawings[key]

    def _rows(self, width: int) -> list[Line]:
        rows: list[Line] = []
        for line in self._lines:
            rest: Line = line
            while rest:
                taken = len(rest)
                while taken > 1 and _width(rest[:taken]) * _SMALLEST > width:
                    taken -= 1
                rows.append(rest[:taken])
                rest = rest[taken:]
        return rows


@dataclass(frozen=True)
class _Source:
    """An SVG with its placeholders; sizes in px."""

    text: str
    title: str
    width: float
    height: float
    baseline: float


@functools.cache
def _source(name: str) -> _Source:
    text = paths.resource("formulas", f"{name}.svg").read_text(encoding="utf-8")
    found = re.search(
        r'width="([\d.]+)" height="([\d.]+)".*?data-baseline="([\d.]+)".*?<title>(.*?)</title>', text, re.DOTALL
    )
    assert found, f"the drawing {name} lacks its sizes or its title"
    return _Source(text, found[4], float(found[1]), float(found[2]), float(found[3]))


def _width(row: Line) -> float:
    return sum(_source(name).width for name in row)
