"""Paints the rows of the table of runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPen, QPixmap, QPixmapCache, QPolygonF
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from ganstudio.desktop import theme
from ganstudio.desktop.runs.marks import CHIP, paint_letter
from ganstudio.desktop.runs.reader import Row
from ganstudio.desktop.runs.table import (
    LETTER_ROLE,
    LOOKS,
    ROW_HEIGHT,
    ROW_ROLE,
    Column,
    RunsView,
    cell_box,
    cell_text,
    progress_share,
    state_look,
)
from ganstudio.desktop.widgets.strokes import Floats, polygon
from ganstudio.runs.summary import Point

_IMAGE = 28
_BAR_WIDTH = 112
_DOT = 5.0
"""Width of the dot at the end of a curve."""
_FLAT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_NUMBER = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class RunsDelegate(QStyledItemDelegate):
    """One cell at a time, straight from its `Row`; nothing is laid out twice."""

    def __init__(self, view: RunsView) -> None:
        super().__init__(view)
        self._view = view
        self._curves: dict[Path, tuple[Sequence[Point], QSize, QPolygonF, QPolygonF]] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(LOOKS[Column(index.column())].width, ROW_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row, letter, column = index.data(ROW_ROLE), index.data(LETTER_ROLE), Column(index.column())
        rect = option.rect
        current = self._view.currentIndex().row() == index.row()
        painter.save()
        painter.fillRect(rect, theme.qcolor(self._ground(index.row(), current, letter is not None)))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme.qcolor("line"))
        if current and column == Column.MARK and self._view.hasFocus():
            painter.fillRect(rect.left(), rect.top(), 2, rect.height() - 1, theme.qcolor("accent"))
        box = cell_box(rect, column).adjusted(0, 0, 0, -1)
        if column == Column.MARK:
            chip = QRect(box.left(), box.top() + 12, *CHIP)
            if letter is not None:
                paint_letter(painter, chip, letter)
            else:
                self._paint_circle(painter, chip)
        elif column == Column.THUMBNAIL:
            _paint_thumbnail(painter, QRect(box.left(), box.top() + 5, 3 * _IMAGE + 2, _IMAGE + 2), row.thumbnail)
        elif column == Column.RUN:
            _paint_name(painter, box, row)
        elif column == Column.STATE:
            _paint_state(painter, box, row)
        elif column == Column.CURVE:
            self._paint_curves(painter, box.adjusted(0, 9, 0, -9), row)
        else:
            ordered = self._view.horizontalHeader().sortIndicatorSection() == column
            painter.setFont(theme.font(12, 600 if ordered else 400))
            text = cell_text(row, column)
            painter.setPen(theme.qcolor("ink3" if column == Column.STARTED or text == "–" else "ink"))
            painter.drawText(box, _NUMBER, text)
        painter.restore()

    def _ground(self, row: int, current: bool, compared: bool) -> str:
        if current:
            return "accent_soft"
        if row == self._view.hovered:
            return "hover"
        return "raised" if compared else "panel"

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

    @staticmethod
    def _paint_circle(painter: QPainter, box: QRect) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.qcolor("ink3"), 1.2))
        painter.drawEllipse(QRectF(box).center(), 5.0, 5.0)


def _paint_thumbnail(painter: QPainter, box: QRect, strip: QImage | None) -> None:
    if strip is None:
        painter.setPen(QPen(theme.qcolor("edge"), 1, Qt.PenStyle.DashLine))
        painter.drawRect(box.adjusted(0, 0, -1, -1))
        return
    painter.fillRect(box, theme.qcolor("line" if theme.palette().name == "dark" else "edge", 160))
    inner = box.adjusted(1, 1, -1, -1)
    painter.fillRect(inner, theme.qcolor("canvas"))
    picture = _scaled(strip, painter.device().devicePixelRatioF())
    painter.drawPixmap(inner.topLeft(), picture)


def _scaled(strip: QImage, ratio: float) -> QPixmap:
    """The strip 28 px high: enlarged without blur, reduced with."""
    key = f"run-thumbnail-{strip.cacheKey()}-{ratio}"
    kept = QPixmap()
    if QPixmapCache.find(key, kept):
        return kept
    height = round(_IMAGE * ratio)
    width = round(strip.width() * height / strip.height())
    whole = height % strip.height() == 0
    mode = Qt.TransformationMode.FastTransformation if whole else Qt.TransformationMode.SmoothTransformation
    made = QPixmap.fromImage(strip.scaled(QSize(width, height), Qt.AspectRatioMode.IgnoreAspectRatio, mode))
    made.setDevicePixelRatio(ratio)
    QPixmapCache.insert(key, made)
    return made


def _paint_name(painter: QPainter, box: QRect, row: Row) -> None:
    title, label = theme.font(12, 500), theme.font(11)
    painter.setFont(title)
    painter.setPen(theme.qcolor("ink"))
    words = QFontMetrics(title).elidedText(row.title, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(QRect(box.left(), box.top() + 5, box.width(), 16), _FLAT, words)
    painter.setFont(label)
    painter.setPen(theme.qcolor("ink3"))
    below = f"{row.label}, {row.path.parent}" if row.extra else row.label
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
