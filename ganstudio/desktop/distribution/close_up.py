"""One image closely: itself, and by which of its pixels D scores it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.distribution.scatter import Point, words_of
from ganstudio.desktop.distribution.working import Looked, coloured, heat_of
from ganstudio.desktop.forms.background import Background, Outcome
from ganstudio.desktop.widgets.imaging import enlarged, to_qimage
from ganstudio.desktop.widgets.panel import label
from ganstudio.runs.distribution import Distribution

_SIDE = 128
_STOPS = ("#101216", "#132131", "#224a74", "#4a8acb", "#dcebfb")
"""D's colour, dark where a pixel does not matter."""


class CloseUp(QWidget):
    """The image that was chosen beside its heat map, which is worked out off the GUI's thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._looked: Looked | None = None
        self._worker = Background(heat_of, self)
        self._worker.done.connect(self._on_heat)
        self._words = label("", "body", wrap=True)
        self._note = label("", "hint", wrap=True)
        self.image, self.heat = _Picture("The image", self), _Picture("Which pixels D’s score hangs on", self)
        told = QVBoxLayout()
        told.setSpacing(6)
        told.addWidget(label("Close up", "title"))
        told.addWidget(self._words)
        told.addWidget(self._note)
        told.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 8, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.image)
        row.addWidget(self.heat)
        row.addSpacing(4)
        row.addLayout(told, 1)
        self.setFixedHeight(_SIDE + 8)
        self.show_point(None, None)

    def show_point(self, found: Distribution | None, point: Point | None) -> None:
        """Look at another image, or at none."""
        self._worker.cancel()
        self._looked = None
        self.heat.set_pixels(None)
        chosen = found is not None and point is not None
        for part in (self.image, self.heat):
            part.setVisible(chosen)
        if found is None or point is None:
            self._words.setText("Click a point or a picture to look at it closely.")
            self._note.setText("")
            return
        pictures = found.side(point.side)
        self.image.set_pixels(pictures.images[point.index])
        self._words.setText(words_of(found, point).replace("\n", ", "))
        self.heat.setVisible(pictures.scores is not None)
        self._note.setText("")
        if pictures.scores is not None:
            self._looked = Looked(found, point.side, point.index)
            self._note.setText("Working out which pixels D’s score hangs on")
            self._worker.request(self._looked)

    def words(self) -> str:
        """What is said of the image and its heat map."""
        return f"{self._words.text()}\n{self._note.text()}".strip()

    def shutdown(self) -> None:
        """End the worker."""
        self._worker.stop()

    @Slot(object)
    def _on_heat(self, outcome: Outcome) -> None:
        if outcome.request is not self._looked:
            return
        if outcome.error is not None:
            self._note.setText(str(outcome.error))
            return
        heat: NDArray[np.float32] = outcome.result
        self.heat.set_pixels(coloured(heat, _ramp()))
        most = fmt.rate(float(f"{float(heat.max()):.2g}"))
        self._note.setText(
            f"Right: |∂D/∂pixel|, bright where D’s score hangs on it; at most {most} a pixel on [−1, 1]."
        )


class _Picture(QWidget):
    """One image, in a whole-number scale where it fits."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._pixels: NDArray[np.uint8] | None = None
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFixedSize(_SIDE, _SIDE)

    def set_pixels(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show uint8 (H, W, C); None for none yet."""
        self._pixels = pixels
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_SIDE, _SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """On the ground that is behind all images."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.qcolor("canvas"))
        if self._pixels is not None:
            picture = to_qimage(self._pixels)
            factor = _SIDE // picture.width()
            if factor >= 1:
                picture = enlarged(picture, factor)
            else:
                mode = Qt.TransformationMode.SmoothTransformation
                picture = picture.scaled(_SIDE, _SIDE, Qt.AspectRatioMode.KeepAspectRatio, mode)
            box = QRect(0, 0, picture.width(), picture.height())
            box.moveCenter(self.rect().center())
            painter.drawImage(box, picture)
        painter.end()


def _ramp() -> NDArray[np.uint8]:
    colours = [QColor(name) for name in _STOPS]
    stops = np.array([(each.red(), each.green(), each.blue()) for each in colours], np.float64)
    at, ends = np.linspace(0, 1, 256), np.linspace(0, 1, len(stops))
    return np.stack([np.rint(np.interp(at, ends, stops[:, each])) for each in range(3)], axis=1).astype(np.uint8)
