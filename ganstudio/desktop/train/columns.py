"""The columns of an image-to-image run's samples: their names above the grid, and where each picture comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.widgets.image_grid import ImageGrid
from ganstudio.game import SOURCE, TARGET

_HEIGHT = 18
_WAY = 3
"""Columns of one way where both are shown: an image, its translation, the way back."""
_TRUTH = "truth"


@dataclass(frozen=True, eq=False)
class PickedImage:
    """A picture of the data, uint8 (H, W, C), behind a sample, to be translated in a direction (None: the only one)."""

    image: NDArray[np.uint8]
    direction: str | None
    text: str


def data_index(columns: tuple[str, ...], index: int) -> int:
    """The sample that is the image of the data from which sample `index` was made."""
    row, column = divmod(index, len(columns))
    if _TRUTH in columns:
        return row * len(columns) + columns.index(_TRUTH)
    return row * len(columns) + column // _WAY * _WAY


def direction_of(columns: tuple[str, ...], index: int) -> str | None:
    """The domain that sample `index` is about to be translated to; None where there is one way only."""
    if len(columns) != 2 * _WAY:
        return None
    return TARGET if index % len(columns) < _WAY else SOURCE


class ColumnNames(QWidget):
    """What the columns of a grid show, each above its own; away while there is nothing to name."""

    def __init__(self, grid: ImageGrid, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = grid
        self._names: tuple[str, ...] = ()
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()
        grid.zoom_changed.connect(self._on_moved)
        grid.horizontalScrollBar().valueChanged.connect(self._on_moved)

    def set_names(self, names: tuple[str, ...]) -> None:
        """Name the columns of one group, which are repeated where groups stand side by side."""
        self._names = names
        self.setVisible(bool(names))
        self.setAccessibleName(f"Columns: {', '.join(names)}" if names else "")
        self.setToolTip(", ".join(names))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """As much of each name as its column has room for."""
        images = self._grid.images
        if images is None or not self._names:
            return
        painter = QPainter(self)
        face = theme.font(11)
        painter.setFont(face)
        painter.setPen(theme.qcolor("ink3"))
        metrics = QFontMetrics(face)
        left = self._grid.x() - self.x()
        for column in range(min(self._grid.columns, len(images))):
            cell = self._grid.cell_rect(column)
            box = QRect(left + cell.x(), 0, cell.width(), self.height() - 2)
            name = self._names[column % len(self._names)]
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, text)
        painter.end()

    @Slot()
    def _on_moved(self) -> None:
        self.update()
