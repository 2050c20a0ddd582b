"""Painting that several widgets share."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen

from ganstudio.desktop import theme

Span = tuple[str, int, str]
"""Text of 12 px, its weight, and the token of its colour."""
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def paint_focus(painter: QPainter, rect: QRectF) -> None:
    """The ring of 2 px around what has the keyboard; `rect` is the middle of its line."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.qcolor("accent"), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect, 4, 4)


def paint_left(painter: QPainter, rect: QRect, spans: Sequence[Span], gap: int) -> None:
    """Pieces of text, one after the other, the last cut to fit."""
    x = rect.left()
    for text, weight, token in spans:
        face = theme.font(12, weight)
        metrics = QFontMetrics(face)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, rect.right() - x + 2))
        painter.setFont(face)
        painter.setPen(theme.qcolor(token))
        painter.drawText(QRect(x, rect.top(), rect.right() - x + 3, rect.height()), LEFT, shown)
        x += metrics.horizontalAdvance(shown) + gap


def paint_right(painter: QPainter, rect: QRect, spans: Sequence[Span], gap: int) -> int:
    """The same against the right edge; returns the width used."""
    widths = [QFontMetrics(theme.font(12, weight)).horizontalAdvance(text) for text, weight, _ in spans]
    used = min(rect.width(), sum(widths) + gap * max(0, len(spans) - 1))
    paint_left(painter, QRect(rect.right() - used + 1, rect.top(), used, rect.height()), spans, gap)
    return used
