"""What each channel of a layer makes of the latent, as a sheet of small grey images of which one is in hand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.widgets.imaging import to_qimage
from ganstudio.desktop.widgets.painting import paint_focus

_GAP = 4
_SMALL, _LARGE, _MANY = 44, 60, 128


class ChannelSheet(QWidget):
    """As many columns as there is room for; channels that are louder or softer than they were have a dot."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Channels of the layer")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._maps: NDArray[np.uint8] | None = None
        self._pictures: list[QPixmap] = []
        self._factors: Mapping[int, float] = {}
        self._chosen = 0

    def set_maps(self, maps: NDArray[np.uint8] | None) -> None:
        """Show the maps uint8 (channels, height, width) of a layer, or none."""
        self._maps = maps
        self._pictures = [] if maps is None else [QPixmap.fromImage(to_qimage(each[..., None])) for each in maps]
        self._chosen = min(self._chosen, max(0, len(self._pictures) - 1))
        self._fit()
        self.update()

    def set_factors(self, factors: Mapping[int, float]) -> None:
        """Which channels are multiplied, and by what."""
        self._factors = factors
        self.update()

    def choose(self, channel: int) -> None:
        """Take a channel in hand without telling."""
        self._chosen = channel
        self.update()

    @property
    def maps(self) -> NDArray[np.uint8] | None:
        """What is shown."""
        return self._maps

    def sizeHint(self) -> QSize:
        return QSize(480, self.heightForWidth(480))

    def heightForWidth(self, width: int) -> int:
        rows = -(-len(self._pictures) // self._columns(width))
        return max(1, rows * (self._cell() + _GAP))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for channel, picture in enumerate(self._pictures):
            box = self._box(channel)
            if not box.intersects(event.rect()):
                continue
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, picture.width() > box.width())
            painter.drawPixmap(box, picture)
            if channel in self._factors:
                painter.fillRect(QRect(box.right() - 9, box.top() + 2, 8, 8), theme.qcolor("canvas"))
                painter.fillRect(QRect(box.right() - 8, box.top() + 3, 6, 6), theme.qcolor("warn_fill"))
            if channel == self._chosen:
                painter.setPen(QPen(theme.qcolor("accent"), 2))
                painter.drawRect(box.adjusted(0, 0, -1, -1))
                if self.hasFocus():
                    paint_focus(painter, box.toRectF().adjusted(3, 3, -3, -3))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        for channel in range(len(self._pictures)):
            if self._box(channel).contains(place):
                self._take(channel)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        columns = self._columns(self.width())
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        elif 0 <= self._chosen + step < len(self._pictures):
            self._take(self._chosen + step)

    def _take(self, channel: int) -> None:
        self.choose(channel)
        self.chosen.emit(channel)

    def _fit(self) -> None:
        self.setFixedHeight(self.heightForWidth(max(1, self.width())))

    def _cell(self) -> int:
        return _SMALL if len(self._pictures) > _MANY else _LARGE

    def _columns(self, width: int) -> int:
        return max(1, (width + _GAP) // (self._cell() + _GAP))

    def _box(self, channel: int) -> QRect:
        row, column = divmod(channel, self._columns(self.width()))
        cell = self._cell()
        return QRect(column * (cell + _GAP), row * (cell + _GAP), cell, cell)
