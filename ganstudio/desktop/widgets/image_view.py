"""One image, enlarged so far as the view allows by a whole number."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QPoint, QRect, QSize, Qt, QUrl, Slot
from PySide6.QtGui import (
    QColor,
    QDrag,
    QGuiApplication,
    QImage,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import QWidget

from ganstudio.desktop.theme import font, paint_icon, qcolor
from ganstudio.desktop.widgets.imaging import PixelArea, enlarged, save_png, to_qimage
from ganstudio.errors import UserError

_INK = QColor("#b3b9c1")
_BAD = QColor("#ff7a7a")
"""Text on the canvas, which is dark in both themes."""
_DRAG_PIXELS = 96


class ImageView(PixelArea):
    """The image in the middle of the canvas; in its place a sentence when there is none, or when making it failed.

    Dragging it out gives other programs the pixels and a PNG file.
    """

    def __init__(self, name: str = "Image", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._empty = ""
        self._error: str | None = None
        self._file_name = "image.png"
        self._files: tempfile.TemporaryDirectory[str] | None = None
        self.setMinimumSize(56, 56)
        self.setToolTip("Drag it out to save it elsewhere; Ctrl and the wheel zoom")
        self._actions = (
            self._add_action("Copy image", "copy", self.copy_image, QKeySequence(QKeySequence.StandardKey.Copy)),
            self._add_action("Save image as PNG…", "image", self.save_image),
        )
        self._enable_actions()

    # what is shown

    def set_image(self, pixels: NDArray[np.uint8] | None, file_name: str = "image.png") -> None:
        """Show uint8 (H, W), (H, W, 1) or (H, W, 3), or nothing; `file_name` is what saving proposes."""
        images = None
        if pixels is not None:
            to_qimage(pixels)
            images = (pixels if pixels.ndim == 3 else pixels[..., None])[None]
        self._file_name = file_name
        self.set_error(None)
        self._show_images(images, 1)
        self._enable_actions()

    def set_error(self, text: str | None) -> None:
        """Say in the image's place why there is none, until the next image or None."""
        if text != self._error:
            self._error = text
            self.setAccessibleDescription(text or "")
            self.viewport().update()

    def set_empty_text(self, text: str) -> None:
        """What is said while there is no image."""
        self._empty = text
        self.viewport().update()

    @property
    def pixels(self) -> NDArray[np.uint8] | None:
        """The image shown, uint8 (H, W, C)."""
        return None if self._images is None else self._images[0]

    def image(self) -> QImage:
        """The image at one pixel a pixel; null when there is none."""
        return QImage() if self._images is None else to_qimage(self._images[0])

    def ground_colour(self) -> QColor:
        return qcolor("canvas")

    def origin(self) -> QPoint:
        content, view = self.content_size(), self.viewport().size()
        free = QPoint(max(0, view.width() - content.width()) // 2, max(0, view.height() - content.height()) // 2)
        return super().origin() + free

    def sizeHint(self) -> QSize:
        return QSize(280, 280)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        self._paint_mosaic(painter)
        if self._error is not None:
            if self._images is not None:
                painter.fillRect(self.viewport().rect(), QColor(12, 13, 14, 200))
            self._paint_message(painter, self._error, "x-circle", _BAD)
        elif self._images is None and self._empty:
            self._paint_message(painter, self._empty, "image", _INK)
        painter.end()

    def _paint_message(self, painter: QPainter, text: str, icon_name: str, colour: QColor) -> None:
        area = self.viewport().rect().adjusted(12, 12, -12, -12)
        painter.setFont(font(12))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
        words = area.adjusted(24, 0, 0, 0)
        bounds = painter.boundingRect(words, flags, text)
        words.moveTop(max(area.top(), area.center().y() - bounds.height() // 2))
        paint_icon(painter, icon_name, QRect(area.left(), words.top(), 16, 16), colour)
        painter.setPen(colour)
        painter.drawText(words, flags, text)

    # events

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self._grip is None or self._overflows() or self._images is None:
            return
        far = (event.position() - self._grip[0]).manhattanLength()
        if far >= QGuiApplication.styleHints().startDragDistance():
            self._grip = None
            self._drag_out()

    def _drag_out(self) -> None:
        drag = QDrag(self)
        drag.setMimeData(self.mime_data())
        image = self.image()
        longest = max(image.width(), image.height())
        drag.setPixmap(QPixmap.fromImage(enlarged(image, max(1, _DRAG_PIXELS // longest))))
        drag.exec(Qt.DropAction.CopyAction)

    def mime_data(self) -> QMimeData:
        """The image as pixels and as a file that lives as long as this view."""
        image, data = self.image(), QMimeData()
        data.setImageData(image)
        if self._files is None:
            self._files = tempfile.TemporaryDirectory(prefix="ganstudio-", ignore_cleanup_errors=True)
            self.destroyed.connect(self._files.cleanup)
        path = Path(self._files.name) / self._file_name
        try:
            save_png(image, path)
        except UserError as error:
            self.failed.emit(str(error))
        else:
            data.setUrls([QUrl.fromLocalFile(str(path))])
        return data

    # copying and saving

    def _enable_actions(self) -> None:
        for action in self._actions:
            action.setEnabled(self._images is not None)

    @Slot()
    def copy_image(self) -> None:
        """Put the image on the clipboard, one pixel a pixel."""
        if self._images is not None:
            QGuiApplication.clipboard().setImage(self.image())

    @Slot()
    def save_image(self) -> None:
        """Ask where to write the image."""
        if self._images is not None:
            self._ask_to_save(self.image(), self._file_name)
