"""Paints the rows of the table of runs: each once, until something in it changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPen, QPixmap, QPolygonF

from ganstudio.desktop import theme
from ganstudio.desktop.runs.cells import (
    ROW_HEIGHT,
    Column,
    cell_box,
    cell_text,
    label_text,
    progress_share,
    state_look,
)
from ganstudio.desktop.runs.marks import CHIP, Letter, paint_letter
from ganstudio.desktop.runs.reader import Row
from ganstudio.desktop.widgets.strokes import Floats, polygon
from ganstudio.runs.summary import Point

_IMAGE = 28
_BAR_WIDTH = 112
_DOT = 5.0
"""Width of the dot at the end of a curve."""
_KEPT = 96
"""Pictures of rows that are kept."""
_FLAT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_NUMBER = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True)
class RowLook:
    """How a row is to be painted, besides what it says."""

    letter: Letter | None
    ground: str
    """The palette's colour behind it."""
    focused: bool
    """Whether it is what the keyboard acts on."""
    ordered: int
    """The column of the order, which is bold."""
    widths: tuple[int, ...]
    ratio: float
    """Device pixels a logical pixel."""


class RowPainter:
    """Paints a row once and keeps the picture until something in it changes."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Path, RowLook, str], tuple[Row, QPixmap]] = OrderedDict()
        self._curves: dict[Path, tuple[Sequence[Point], QSize, QPolygonF, QPolygonF]] = {}

    def picture(self, row: Row, look: RowLook) -> QPixmap:
        """The row, as wide as its columns and `ROW_HEIGHT` high."""
        key = (row.path, look, theme.palette().name)
        kept = self._kept.pop(key, None)
        if kept is None or kept[0] is not row:
            kept = row, self._paint(row, look)
        self._kept[key] = kept
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return kept[1]

    def _paint(self, row: Row, look: RowLook) -> QPixmap:
        width = sum(look.widths)
        picture = QPixmap(QSize(width, ROW_HEIGHT) * look.ratio)
        picture.setDevicePixelRatio(look.ratio)
        picture.fill(theme.qcolor(look.ground))
        painter = QPainter(picture)
        painter.fillRect(0, ROW_HEIGHT - 1, width, 1, theme.qcolor("line"))
        if look.focused:
            painter.fillRect(0, 0, 2, ROW_HEIGHT - 1, theme.qcolor("accent"))
        left = 0
        for column, room in zip(Column, look.widths, strict=True):
            box = cell_box(QRect(left, 0, room, ROW_HEIGHT), column).adjusted(0, 0, 0, -1)
            painter.save()
            self._paint_cell(painter, box, row, column, look)
            painter.restore()
            left += room
        painter.end()
        return picture

    def _paint_cell(self, painter: QPainter, box: QRect, row: Row, column: Column, look: RowLook) -> None:
        match column:
            case Column.MARK:
                _paint_mark(painter, QRect(box.left(), box.top() + 12, *CHIP), look.letter)
            case Column.THUMBNAIL:
                frame = QRect(box.left(), box.top() + 5, 3 * _IMAGE + 2, _IMAGE + 2)
                _paint_thumbnail(painter, frame, row.thumbnail, look.ratio)
            case Column.RUN:
                _paint_name(painter, box, row)
            case Column.STATE:
                _paint_state(painter, box, row)
            case Column.CURVE:
                self._paint_curves(painter, box.adjusted(0, 9, 0, -9), row)
            case _:
                text = cell_text(row, column)
                painter.setFont(theme.font(12, 600 if look.ordered == column else 400))
                painter.setPen(theme.qcolor("ink3" if column == Column.STARTED or text == "–" else "ink"))
                painter.drawText(box, _NUMBER, text)

    def _paint_curves(self, painter: QPainter, box: QRect, row: Row) -> None:
        if row.summary is None or len(row.summary.curve) < 2:
            return
        kept = self._curves.get(row.path)
        if kept is None or kept[0] is not row.summary.curve or kept[1] != box.size():
            kept = (row.summary.curve, box.size(), *_lines(row.summary.curve, box.size()))
            self._curves[row.path] = kept
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(box.topLeft())
        for line, token in ((kept[3], "g"), (kept[2], "d")):
            if not line.isEmpty():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(theme.qcolor(token), 1.1))
                painter.drawPolyline(line)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.qcolor(token))
                painter.drawEllipse(line.last(), _DOT / 2, _DOT / 2)


def _paint_mark(painter: QPainter, box: QRect, letter: Letter | None) -> None:
    if letter is not None:
        paint_letter(painter, box, letter)
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.qcolor("ink3"), 1.2))
    painter.drawEllipse(QRectF(box).center(), 5.0, 5.0)


def _paint_thumbnail(painter: QPainter, box: QRect, strip: QImage | None, ratio: float) -> None:
    if strip is None:
        painter.setPen(QPen(theme.qcolor("edge"), 1, Qt.PenStyle.DashLine))
        painter.drawRect(box.adjusted(0, 0, -1, -1))
        return
    painter.fillRect(box, theme.qcolor("line" if theme.palette().name == "dark" else "edge", 160))
    inner = box.adjusted(1, 1, -1, -1)
    painter.fillRect(inner, theme.qcolor("canvas"))
    painter.drawPixmap(inner.topLeft(), _scaled(strip, ratio))


def _scaled(strip: QImage, ratio: float) -> QPixmap:
    """The strip 28 px high: enlarged without blur, reduced with."""
    height = round(_IMAGE * ratio)
    width = round(strip.width() * height / strip.height())
    whole = height % strip.height() == 0
    mode = Qt.TransformationMode.FastTransformation if whole else Qt.TransformationMode.SmoothTransformation
    made = QPixmap.fromImage(strip.scaled(QSize(width, height), Qt.AspectRatioMode.IgnoreAspectRatio, mode))
    made.setDevicePixelRatio(ratio)
    return made


def _paint_name(painter: QPainter, box: QRect, row: Row) -> None:
    title, label = theme.font(12, 500), theme.font(11)
    painter.setFont(title)
    painter.setPen(theme.qcolor("ink"))
    words = QFontMetrics(title).elidedText(row.title, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(QRect(box.left(), box.top() + 5, box.width(), 16), _FLAT, words)
    painter.setFont(label)
    painter.setPen(theme.qcolor("ink3"))
    below = f"{row.label}, {row.path.parent}" if row.extra else label_text(row)
    words = QFontMetrics(label).elidedText(below, Qt.TextElideMode.ElideMiddle, box.width())
    painter.drawText(QRect(box.left(), box.top() + 20, box.width(), 15), _FLAT, words)


def _paint_state(painter: QPainter, box: QRect, row: Row) -> None:
    look, share = state_look(row), progress_share(row)
    lift = 4 if share is not None else 0
    theme.paint_icon(painter, look.icon, QRect(box.left() - 1, box.top() + 12 - lift, 15, 15), look.token)
    painter.setFont(theme.font(12))
    painter.setPen(theme.qcolor(look.text_token))
    painter.drawText(box.adjusted(18, -2 * lift, 0, 0), _FLAT, look.words)
    if share is not None:
        width = min(_BAR_WIDTH, box.width())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for token, part in (("hover", 1.0), ("accent", share)):
            painter.setBrush(theme.qcolor(token))
            painter.drawRoundedRect(QRectF(box.left(), box.top() + 28, width * part, 3), 1.5, 1.5)


def _lines(curve: Sequence[Point], size: QSize) -> tuple[QPolygonF, QPolygonF]:
    """The losses of D and G over the steps, in one range, a little smoothed: what matters is which way they go."""
    steps = np.array([point[0] for point in curve])
    losses = [_calmed(np.array([point[which] for point in curve])) for which in (1, 2)]
    every = np.concatenate(losses)
    if not np.isfinite(every).any():
        return QPolygonF(), QPolygonF()
    low, high = np.nanmin(every), np.nanmax(every)
    x = (steps - steps[0]) / max(1e-12, steps[-1] - steps[0]) * (size.width() - _DOT)
    shapes = []
    for values in losses:
        share = (values - low) / (high - low) if high > low else np.where(np.isfinite(values), 0.5, np.nan)
        finite = np.isfinite(share)
        shapes.append(polygon(x[finite], (1 - share[finite]) * size.height()))
    return shapes[0], shapes[1]


def _calmed(values: Floats) -> Floats:
    """Each value's mean with its neighbours; NaN where it is."""
    padded = np.pad(values, 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 5)
    finite = np.isfinite(windows)
    means: Floats = np.where(finite, windows, 0.0).sum(axis=1) / np.maximum(1, finite.sum(axis=1))
    return np.where(np.isfinite(values), means, np.nan)
