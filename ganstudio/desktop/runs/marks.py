"""The letters of compared runs, their colours and strokes: wherever a run is compared, it looks the same."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from ganstudio.desktop import theme

Letter = Literal["A", "B", "C"]
LETTERS: tuple[Letter, ...] = ("A", "B", "C")
CHIP = (18, 16)
"""Width and height of a letter on its ground."""
_DASHES: dict[Letter, tuple[float, float] | None] = {"A": None, "B": (7.0, 3.0), "C": (2.0, 2.0)}
STROKES: dict[Letter, str] = {"A": "solid", "B": "dashed", "C": "dotted"}


def token(letter: Letter) -> str:
    """The palette's colour of a compared run."""
    return f"run_{letter.lower()}"


def pen(letter: Letter, ratio: float = 1.0) -> QPen:
    """The stroke of a compared run, solid, dashed or dotted, of one device pixel: wider ones cost twenty times as much.

    `ratio` is device pixels a logical pixel.
    """
    made = QPen(theme.qcolor(token(letter)), 1)
    made.setCosmetic(True)
    made.setCapStyle(Qt.PenCapStyle.FlatCap)
    dashes = _DASHES[letter]
    if dashes is not None:
        made.setDashPattern([length * ratio for length in dashes])
    return made


def paint_letter(painter: QPainter, box: QRect, letter: Letter) -> None:
    """A letter on the ground of its colour."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.qcolor(token(letter)))
    painter.drawRoundedRect(QRectF(box), 3, 3)
    painter.setPen(theme.qcolor("canvas" if theme.palette().name == "dark" else "raised"))
    painter.setFont(theme.font(11, 600))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, letter)
    painter.restore()
