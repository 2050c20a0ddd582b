"""Where images to be judged are shown: one or two, for as long as is wanted or for some milliseconds."""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.widgets.imaging import enlarged, to_qimage

Images = NDArray[np.uint8]
_CROSS_MS, _MASK_MS, _MASKS = 500, 30, 4
_GAP, _MOST_SIDE, _TILES = 24, 384, 4


class _Shows(Enum):
    NOTHING = 0
    CROSS = 1
    IMAGES = 2
    MASK = 3


class Stage(QWidget):
    """One question at a time. In a limited time it is preceded by a cross and followed by masks, the images' own tiles
    in disorder, which end what lingers in the eye (Zhou et al. 2019, section 3)."""

    shown = Signal()
    """The question can be answered: its images stand there or, in a limited time, have been there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: Images = np.empty((0, 1, 1, 1), np.uint8)
        self._masks: list[Images] = []
        self._exposure: int | None = None
        self._shows = _Shows.NOTHING
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_time)
        self.setMinimumSize(240, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Images to be judged")

    def ask(self, images: Images, exposure: int | None, seed: int) -> None:
        """Show images (1 or 2, H, W, C), for `exposure` ms where it is given."""
        self._images, self._exposure = images, exposure
        if exposure is None:
            self._masks = []
            self._turn(_Shows.IMAGES)
            self.shown.emit()
        else:
            random = np.random.default_rng(seed)
            self._masks = [shuffled(images, random) for _ in range(_MASKS)]
            self._turn(_Shows.CROSS, _CROSS_MS)

    def clear(self) -> None:
        """Show nothing."""
        self._timer.stop()
        self._turn(_Shows.NOTHING)

    @property
    def shows_images(self) -> bool:
        """Whether the images can be seen now."""
        return self._shows is _Shows.IMAGES

    def sizeHint(self) -> QSize:
        return QSize(2 * _MOST_SIDE + _GAP, _MOST_SIDE)

    def _turn(self, shows: _Shows, milliseconds: int = 0) -> None:
        self._shows = shows
        # Painted at once: what is shown for a tenth of a second cannot wait for other work.
        self.repaint()
        if milliseconds:
            self._timer.start(milliseconds)

    @Slot()
    def _on_time(self) -> None:
        if self._shows is _Shows.CROSS and self._exposure is not None:
            self._turn(_Shows.IMAGES, self._exposure)
        elif self._shows is _Shows.IMAGES:
            self._turn(_Shows.MASK, _MASK_MS)
        elif self._masks[1:]:
            self._masks.pop()
            self._turn(_Shows.MASK, _MASK_MS)
        else:
            self._turn(_Shows.NOTHING)
            self.shown.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Cross, images or a mask, in the middle of the dark ground."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.qcolor("canvas"))
        if self._shows is _Shows.CROSS:
            middle = self.rect().center()
            painter.setPen(QPen(QColor(theme.DARK.ink2), 2))
            painter.drawLine(middle.x() - 10, middle.y(), middle.x() + 10, middle.y())
            painter.drawLine(middle.x(), middle.y() - 10, middle.x(), middle.y() + 10)
        elif self._shows is _Shows.IMAGES:
            self._paint(painter, self._images)
        elif self._shows is _Shows.MASK:
            self._paint(painter, self._masks[-1])
        painter.end()

    def _paint(self, painter: QPainter, images: Images) -> None:
        count, side = len(images), images.shape[2]
        room = min(_MOST_SIDE, self.height() - 2 * _GAP, (self.width() - (count + 1) * _GAP) // count)
        factor = max(1, room // side)
        wide = side * factor
        left = (self.width() - count * wide - (count - 1) * _GAP) // 2
        for index, pixels in enumerate(images):
            picture = enlarged(to_qimage(pixels), factor)
            box = QRect(left + index * (wide + _GAP), (self.height() - picture.height()) // 2, wide, picture.height())
            painter.drawImage(box, picture)


def shuffled(images: Images, random: np.random.Generator) -> Images:
    """Each of the images (N, H, W, C) with its tiles in another order: as bright and as coloured, of nothing."""
    count, height, width, channels = images.shape
    high, wide = max(1, height // _TILES), max(1, width // _TILES)
    rows, columns = height // high, width // wide
    mask = images.copy()
    body = images[:, : rows * high, : columns * wide]
    tiles = body.reshape(count, rows, high, columns, wide, channels).swapaxes(2, 3)
    flat = tiles.reshape(count, rows * columns, high, wide, channels)
    flat = flat[:, random.permutation(rows * columns)]
    back = flat.reshape(count, rows, columns, high, wide, channels).swapaxes(2, 3)
    mask[:, : rows * high, : columns * wide] = back.reshape(body.shape)
    return mask
