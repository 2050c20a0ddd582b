"""The cards of the welcome: what the studio does, and other ways to begin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
)
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QVBoxLayout, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.widgets.imaging import enlarged, to_qimage
from ganstudio.desktop.widgets.panel import label

DIGIT = 28
PICTURE = 36
_BAND = 52
_CARD_HEIGHT = 56
_PICTURES = QRect(12, 8, 76, 40)
_TEXT_LEFT = 100

Draw = Callable[[QPainter, QRect], None]


class TourCard(QFrame):
    """A picture of what the studio does, its name, and two lines on it."""

    def __init__(self, title: str, text: str, draw: Draw, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAccessibleName(f"{title}: {text}")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 10)
        column.setSpacing(0)
        words = label("", "note", wrap=True)
        words.setTextFormat(Qt.TextFormat.RichText)
        words.setText(f"<p style='line-height: 16px'>{text}</p>")
        name = label(title, "title")
        name.setMinimumHeight(20)
        column.addWidget(_Picture(draw, self))
        column.addSpacing(3)
        column.addWidget(name)
        column.addWidget(words)
        column.addStretch(1)


class BeginCard(QAbstractButton):
    """A way to begin: a few pictures, a name, a line on it, and how long it takes."""

    def __init__(self, title: str, summary: str, expected: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(title)
        self._summary, self._expected = summary, expected
        self._pixmaps: list[QPixmap] = []
        self.setFixedHeight(_CARD_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(title)
        self.setAccessibleDescription(f"{summary} {expected}".strip())
        self.setToolTip(summary)

    def set_pictures(self, pictures: NDArray[np.uint8] | None) -> None:
        """Show uint8 (N, side, side, C), enlarged by a whole number to about 36 px; None shows none."""
        ratio, self._pixmaps = self.devicePixelRatioF(), []
        for picture in () if pictures is None else pictures:
            factor = max(1, int(PICTURE * ratio) // len(picture))
            pixmap = QPixmap.fromImage(enlarged(to_qimage(picture), factor))
            pixmap.setDevicePixelRatio(ratio)
            self._pixmaps.append(pixmap)
        self.update()

    def sizeHint(self) -> QSize:
        """Half a column."""
        return QSize(280, _CARD_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Room for the pictures and a few words."""
        return QSize(220, _CARD_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, pictures, and texts, of which the line gives way."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        self._paint_picture(painter)
        right = self.width() - 13
        painter.setFont(theme.font(11))
        painter.setPen(theme.qcolor("ink3"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRect(0, 0, right, _CARD_HEIGHT), Qt.AlignmentFlag.AlignRight | middle, self._expected)
        if self._expected:
            right -= painter.fontMetrics().horizontalAdvance(self._expected) + 12
        room = right - _TEXT_LEFT
        line = painter.fontMetrics().elidedText(self._summary, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRect(_TEXT_LEFT, 28, room, 16), Qt.AlignmentFlag.AlignLeft | middle, line)
        painter.setFont(theme.font(12, 500))
        painter.setPen(theme.qcolor("ink"))
        painter.drawText(QRect(_TEXT_LEFT, 11, room, 17), Qt.AlignmentFlag.AlignLeft | middle, self.text())
        painter.end()

    def _paint_ground(self, painter: QPainter) -> None:
        focus = self.hasFocus()
        width = 2.0 if focus else 1.0
        painter.setPen(QPen(theme.qcolor("accent" if focus else "line"), width))
        painter.setBrush(theme.qcolor("hover" if self.underMouse() or self.isDown() else "raised"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2), 6, 6)

    def _paint_picture(self, painter: QPainter) -> None:
        sizes = [pixmap.deviceIndependentSize() for pixmap in self._pixmaps]
        gap = 4.0
        left = _PICTURES.center().x() + 0.5 - (sum(size.width() for size in sizes) + gap * (len(sizes) - 1)) / 2
        for pixmap, size in zip(self._pixmaps, sizes, strict=True):
            painter.drawPixmap(QPointF(round(left), round(_CARD_HEIGHT / 2 - size.height() / 2)), pixmap)
            left += size.width() + gap


class FolderCard(BeginCard):
    """Where a folder of one's own images can be dropped, or chosen by a click."""

    dropped = Signal(object)
    """Path of a folder."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Your own images", "Drop a folder here", "", parent)
        self.setToolTip("Choose a folder of images, or drop one here; one sub-folder a class if there are classes")
        self.setAcceptDrops(True)
        self._over = False

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """One folder."""
        if dropped_folder(event) is not None:
            event.acceptProposedAction()
            self._set_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Not here after all."""
        self._set_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the folder."""
        self._set_over(False)
        folder = dropped_folder(event)
        if folder is not None:
            event.acceptProposedAction()
            self.dropped.emit(folder)

    def _set_over(self, over: bool) -> None:
        self._over = over
        self.update()

    def _paint_picture(self, painter: QPainter) -> None:
        box = QRectF(_PICTURES.center().x() - 19.5, _CARD_HEIGHT / 2 - 19.5, 39, 39)
        token = "accent" if self._over else "edge"
        painter.setPen(QPen(theme.qcolor(token), 1, Qt.PenStyle.CustomDashLine))
        pen = painter.pen()
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 3, 3)
        theme.paint_icon(painter, "folder-open", QRectF(box.center().x() - 9, box.center().y() - 9, 18, 18), "ink2")


def dropped_folder(event: QDropEvent) -> Path | None:
    """The one folder that is being dragged, if it is one."""
    urls = event.mimeData().urls()
    path = Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
    return path if path is not None and path.is_dir() else None


class QuietLink(QAbstractButton):
    """A word that can be pressed, in the colour of a hint."""

    def __init__(self, text: str, tooltip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setToolTip(tooltip)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """The word, and room for the focus ring."""
        return QSize(QFontMetrics(theme.font(12)).horizontalAdvance(self.text()) + 6, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Underlined under the mouse, ringed in focus."""
        painter = QPainter(self)
        face = theme.font(12)
        face.setUnderline(self.underMouse())
        painter.setFont(face)
        painter.setPen(theme.qcolor("ink3"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.hasFocus():
            painter.setPen(theme.qcolor("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()


class GridPicture(QWidget):
    """A picture at its own size, and below it when in the run it was made."""

    def __init__(self, pixmap: QPixmap, caption: str, *, strong: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        words = label(caption, "title" if strong else "hint")
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        picture = _Picture(strip_of([pixmap]), self)
        picture.setFixedSize(pixmap.size())
        picture.setAccessibleName(f"Samples after {caption}")
        column.addWidget(picture)
        column.addWidget(words)


class _Picture(QWidget):
    def __init__(self, draw: Draw, parent: QWidget) -> None:
        super().__init__(parent)
        self._draw = draw
        self.setFixedHeight(_BAND)

    def paintEvent(self, event: QPaintEvent) -> None:
        """What the card's own function draws."""
        painter = QPainter(self)
        self._draw(painter, self.rect())
        painter.end()


def strip_of(pixmaps: Sequence[QPixmap], gap: int = 0) -> Draw:
    """Draws the pictures side by side, at the left, in the middle of the height."""

    def draw(painter: QPainter, rect: QRect) -> None:
        left = rect.left()
        for pixmap in pixmaps:
            painter.drawPixmap(left, rect.top() + (rect.height() - pixmap.height()) // 2, pixmap)
            left += pixmap.width() + gap

    return draw


def draw_steering(painter: QPainter, rect: QRect) -> None:
    """Two losses that part after a marked change."""
    x = np.linspace(0.0, 1.0, 76)
    shake = 0.017 * np.sin(np.outer((12.9898, 78.233), np.arange(len(x)) ** 2))
    late = np.clip(x - 0.48, 0, None)
    start = np.exp(-x * 26)
    g = 0.50 - 0.62 * start * (x > 0.02) + 0.08 * np.sin(x * 4) - 0.62 * late + shake[0]
    d = 0.42 - 0.55 * start * np.cos(x * 70) + 0.06 * x + 0.40 * late + shake[1]
    box = rect.adjusted(0, 6, -4, -6)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for curve, token in ((g, "g"), (d, "d")):
        points = [
            QPointF(box.left() + a * box.width(), box.top() + b * box.height())
            for a, b in zip(x, np.clip(curve, 0, 1), strict=True)
        ]
        painter.setPen(QPen(theme.qcolor(token), 1.25))
        painter.drawPolyline(QPolygonF(points))
    at = round(box.left() + 0.48 * box.width()) + 0.5
    painter.setPen(QPen(theme.qcolor("ink2"), 1, Qt.PenStyle.DashLine))
    painter.drawLine(QPointF(at, rect.top() + 4), QPointF(at, rect.bottom() - 3))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.qcolor("ink2"))
    flag = [(0, 0), (9, 0), (6.5, 3.5), (9, 7), (0, 7)]
    painter.drawPolygon(QPolygonF([QPointF(at + dx, rect.top() + 4 + dy) for dx, dy in flag]))


def draw_resuming(painter: QPainter, rect: QRect) -> None:
    """A timeline that breaks off at a checkpoint and goes on from there."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle, right = rect.center().y() + 0.5, rect.right() - 6
    at = rect.left() + round(rect.width() * 0.58)
    painter.setPen(QPen(theme.qcolor("ink3"), 1))
    for x in range(rect.left(), at, 7):
        painter.drawLine(QPointF(x + 0.5, middle - 4), QPointF(x + 0.5, middle + 4))
    painter.setPen(QPen(theme.qcolor("ink3"), 2))
    painter.drawLine(QPointF(rect.left(), middle), QPointF(at, middle))
    painter.setPen(QPen(theme.qcolor("accent"), 2))
    painter.drawLine(QPointF(at, middle), QPointF(right, middle))
    painter.setBrush(theme.qcolor("accent"))
    painter.drawEllipse(QPointF(right, middle), 3, 3)
    painter.setPen(QPen(theme.qcolor("ink2"), 1.2))
    painter.setBrush(theme.qcolor("raised"))
    painter.drawPolygon(
        QPolygonF([QPointF(at + dx, middle - 13 + dy) for dx, dy in ((0, -5), (5, 0), (0, 5), (-5, 0))])
    )
    painter.drawLine(QPointF(at, middle - 8), QPointF(at, middle - 1))


def draw_exploring(painter: QPainter, rect: QRect) -> None:
    """Sliders, where there are no pictures of a walk."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for index, share in enumerate((0.3, 0.72, 0.5)):
        y = rect.top() + 12 + 14 * index + 0.5
        left, right = rect.left() + 4, rect.right() - 10
        at = left + share * (right - left)
        for start, end, token in ((left, at, "accent"), (at, right, "edge")):
            painter.setPen(QPen(theme.qcolor(token), 2))
            painter.drawLine(QPointF(start, y), QPointF(end, y))
        painter.setPen(QPen(theme.qcolor("edge"), 1))
        painter.setBrush(theme.qcolor("raised"))
        painter.drawEllipse(QPointF(at, y), 4, 4)


def draw_learning(painter: QPainter, rect: QRect) -> None:
    """A scrubber, where there are no pictures of a run."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle, right = rect.center().y() + 0.5, rect.right() - 6
    painter.setPen(QPen(theme.qcolor("ink3"), 1))
    for x in range(rect.left(), right, 7):
        painter.drawLine(QPointF(x + 0.5, middle - 4), QPointF(x + 0.5, middle + 4))
    painter.setPen(QPen(theme.qcolor("ink3"), 2))
    painter.drawLine(QPointF(rect.left(), middle), QPointF(right, middle))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.qcolor("accent"))
    painter.drawEllipse(QPointF(rect.left() + 0.7 * rect.width(), middle), 5, 5)
