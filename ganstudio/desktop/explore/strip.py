"""A row of small images that touch, one of them framed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.widgets.imaging import to_qimage

_SELECTION = QColor("#3fbfae")
Pixels = NDArray[np.uint8]


def cell_size(available: int, side: int, largest: int) -> int:
    """The side in logical pixels at which an image of `side` pixels is shown: a whole multiple, or less if it must."""
    room = max(8, min(available, largest))
    return side * (room // side) if side <= room else room


def mosaic(images: Pixels, cell: int, ratio: float) -> QPixmap:
    """Images (N, H, W, C) side by side at `cell` logical pixels each: enlarged without blur, reduced with care."""
    image = to_qimage(np.concatenate(list(images), axis=1))
    device = round(cell * ratio)
    whole = device % images.shape[1] == 0
    mode = (
        Qt.TransformationMode.FastTransformation
        if whole or device > images.shape[1]
        else (Qt.TransformationMode.SmoothTransformation)
    )
    size = QSize(device * len(images), device)
    scaled = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, mode).convertToFormat(QImage.Format.Format_RGB32)
    pixmap = QPixmap.fromImage(scaled)
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


class Strip(QWidget):
    """`count` images; while they are not drawn yet, the ground on which they will stand."""

    picked = Signal(int)
    """The person clicked an image."""

    def __init__(self, name: str, count: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._count, self._cell, self._framed = count, 28, -1
        self._images: Pixels | None = None
        self._cache: QPixmap | None = None
        self.set_cell(28)

    @property
    def images(self) -> Pixels | None:
        """What is shown: uint8 (N, H, W, C)."""
        return self._images

    @property
    def cell(self) -> int:
        """The side of one image in logical pixels."""
        return self._cell

    def set_images(self, images: Pixels | None) -> None:
        """Show `count` images, or none yet."""
        self._images, self._cache = images, None
        self.update()

    def set_cell(self, cell: int) -> None:
        """Show each image `cell` logical pixels wide."""
        self._cell, self._cache = cell, None
        self.setFixedSize(cell * self._count, cell)

    def set_framed(self, index: int) -> None:
        """Frame an image; -1 frames none."""
        if index != self._framed:
            self._framed = index
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.fillRect(self.rect(), theme.qcolor("canvas"))
        if self._images is not None:
            if self._cache is None or self._cache.devicePixelRatio() != ratio:
                self._cache = mosaic(self._images, self._cell, ratio)
            painter.drawPixmap(0, 0, self._cache)
        if self._images is not None and 0 <= self._framed < self._count:
            painter.setPen(QPen(_SELECTION, 1))
            painter.drawRect(QRect(self._framed * self._cell, 0, self._cell - 1, self._cell - 1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = int(event.position().x()) // self._cell
        if event.button() == Qt.MouseButton.LeftButton and 0 <= index < self._count:
            self.picked.emit(index)
