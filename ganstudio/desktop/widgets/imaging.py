"""Pictures on the screen: arrays to Qt images, enlarged by whole numbers without blur, saved and copied.

`PixelArea` is what the sample grid and the single image have in common: it shows a mosaic of images, each image pixel a
square of a whole number of device pixels, and composes only the visible part, once a change.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QPointF, QRect, QSaveFile, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QColor,
    QGuiApplication,
    QImage,
    QImageWriter,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFileDialog, QFrame, QWidget

from ganstudio.desktop.theme import icon, palette, qcolor, theme
from ganstudio.errors import UserError

MAXIMUM_ZOOM = 64
_OPAQUE = np.uint32(0xFF000000)


def to_qimage(pixels: NDArray[np.uint8]) -> QImage:
    """uint8 pixels (H, W), (H, W, 1) or (H, W, 3) as an image that owns its memory. ValueError for another shape."""
    pixels = _checked(pixels)
    height, width, channels = pixels.shape
    kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    return QImage(np.ascontiguousarray(pixels).data, width, height, width * channels, kind).copy()


def enlarged(image: QImage, factor: int) -> QImage:
    """The image with every pixel a square of `factor` pixels."""
    size = image.size() * factor
    return image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.FastTransformation)


def save_bytes(data: bytes, path: Path) -> None:
    """Write a file whole or not at all. UserError when it cannot be written."""
    file = QSaveFile(str(path))
    opened = file.open(QIODevice.OpenModeFlag.WriteOnly)
    if not (opened and file.write(data) == len(data) and file.commit()):
        raise UserError(f"The file {path} cannot be written: {file.errorString()}.")


def save_table(rows: Iterable[Sequence[object]], path: Path) -> None:
    """Write rows as CSV, whole or not at all. UserError when it cannot be written."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    save_bytes(text.getvalue().encode(), path)


def save_png(image: QImage, path: Path) -> None:
    """Write the image as PNG, whole or not at all. UserError when it cannot be written."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not QImageWriter(buffer, QByteArray(b"png")).write(image):
        raise UserError("There is no image to write.")
    save_bytes(bytes(buffer.data().data()), path)


def ask_where(parent: QWidget, title: str, name: str, kind: str, chosen: Callable[[str], None]) -> None:
    """Ask for a file to write, without blocking; `chosen`, a slot of a QObject, gets its path unless it is dismissed.

    `name` proposes a file; `kind` is what stands in the filter before its suffix, such as ``"PNG image"``.
    """
    suffix = Path(name).suffix
    dialog = QFileDialog(parent, title, name, f"{kind} (*{suffix})")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix.lstrip("."))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(chosen)
    dialog.open()


def argb(pixels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """uint8 pixels (..., C) with C 1 or 3 as opaque 0xFFRRGGBB (...)."""
    wide = pixels.astype(np.uint32)
    red, green, blue = (wide[..., 0],) * 3 if pixels.shape[-1] == 1 else (wide[..., 0], wide[..., 1], wide[..., 2])
    return _OPAQUE | red << np.uint32(16) | green << np.uint32(8) | blue


def argb_image(pixels: NDArray[np.uint32]) -> QImage:
    """Opaque 0xFFRRGGBB (H, W) as an image that owns its memory."""
    height, width = pixels.shape
    data = np.ascontiguousarray(pixels)
    return QImage(data.data, width, height, width * 4, QImage.Format.Format_RGB32).copy()


def _checked(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if pixels.dtype != np.uint8:
        raise ValueError(f"An image needs uint8 pixels, not {pixels.dtype}.")
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3) or 0 in pixels.shape:
        raise ValueError(f"An image has the shape (H, W), (H, W, 1) or (H, W, 3), not {pixels.shape}.")
    return pixels


class PixelArea(QAbstractScrollArea):
    """A mosaic of equal images at a whole-number zoom, scrolled, dragged or wheeled when it is larger than the view.

    The zoom counts logical pixels an image pixel; on a screen with a fractional ratio it is rounded to whole device
    pixels. Until it is zoomed by hand the largest zoom that shows everything is used.
    """

    zoom_changed = Signal(int)
    """Logical pixels an image pixel; also when images of another shape come, which may change what zoom is possible."""
    saved = Signal(str)
    """The path of a PNG that was written."""
    failed = Signal(str)
    """A sentence: a file could not be written."""

    gap = 0
    """Logical pixels between images."""
    margin = 0
    """Logical pixels around the mosaic."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._images: NDArray[np.uint8] | None = None
        self._mosaic: NDArray[np.uint32] | None = None
        self._cells = QSize(0, 0)
        self._columns = 1
        self._zoom = 1
        self._by_hand = False
        self._cache: QPixmap | None = None
        self._cache_key: tuple[float, int, int, int, int] | None = None
        self._grip: tuple[QPointF, int, int] | None = None
        self._dragging = False
        self._to_save = QImage()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.viewport().setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.viewport().setMouseTracking(True)
        theme().changed.connect(self._on_theme)

    # what is shown

    def _show_images(self, images: NDArray[np.uint8] | None, columns: int) -> None:
        """Show uint8 (N, H, W, C) in so many columns; None shows nothing."""
        before = None if self._images is None else (self._images.shape, self._columns)
        same_shape = images is not None and (images.shape, max(1, columns)) == before
        self._images, self._columns = images, max(1, columns)
        self._mosaic = None if images is None else self._make_mosaic(images)
        if not same_shape:
            self._cells = QSize(0, 0) if images is None else QSize(images.shape[2], images.shape[1])
            self._relayout()
            self.zoom_changed.emit(self._zoom)
        self.invalidate()

    def _make_mosaic(self, images: NDArray[np.uint8]) -> NDArray[np.uint32]:
        """The images side by side as 0xFFRRGGBB, one pixel of `gap_colour` between them."""
        count, height, width, _ = images.shape
        rows = -(-count // self._columns)
        line = 1 if self.gap else 0
        cells = np.full((rows * self._columns, height + line, width + line), self.gap_colour().rgb(), np.uint32)
        cells[:, :height, :width] = qcolor("canvas").rgb()
        cells[:count, :height, :width] = argb(images)
        return (
            cells.reshape(rows, self._columns, height + line, width + line)
            .swapaxes(1, 2)
            .reshape(rows * (height + line), self._columns * (width + line))
        )

    def gap_colour(self) -> QColor:
        """Between the images: the palette's line, a little darker in the light theme to stand out from white."""
        return qcolor("line") if palette().name == "dark" else QColor("#c9ccd1")

    def ground_colour(self) -> QColor:
        """Around the mosaic."""
        return qcolor("panel")

    def origin(self) -> QPoint:
        """Where the mosaic's first pixel stands in the viewport, in logical pixels."""
        return QPoint(self.margin - self.horizontalScrollBar().value(), self.margin - self.verticalScrollBar().value())

    def invalidate(self) -> None:
        """Compose anew at the next painting."""
        self._cache_key = None
        self.viewport().update()

    # zoom

    @property
    def zoom(self) -> int:
        """Logical pixels an image pixel."""
        return self._zoom

    @property
    def can_zoom_in(self) -> bool:
        """Whether there is something to enlarge further."""
        return self._mosaic is not None and self._zoom < MAXIMUM_ZOOM

    @property
    def can_zoom_out(self) -> bool:
        """Whether the zoom is above 1."""
        return self._mosaic is not None and self._zoom > 1

    @Slot()
    def zoom_in(self) -> None:
        """One whole number larger."""
        self._zoom_to(self._zoom + 1)

    @Slot()
    def zoom_out(self) -> None:
        """One whole number smaller."""
        self._zoom_to(self._zoom - 1)

    @Slot()
    def fit(self) -> None:
        """The largest zoom that shows everything, now and when the view changes its size."""
        self._by_hand = False
        self._relayout()

    def _zoom_to(self, zoom: int, around: QPointF | None = None) -> None:
        zoom = min(MAXIMUM_ZOOM, max(1, zoom))
        if self._mosaic is None or zoom == self._zoom:
            return
        centre = around or QPointF(self.viewport().rect().center())
        fixed = (centre - QPointF(self.origin())) * (zoom / self._zoom)
        self._by_hand = True
        self._set_zoom(zoom)
        self.horizontalScrollBar().setValue(round(fixed.x() - centre.x()) + self.margin)
        self.verticalScrollBar().setValue(round(fixed.y() - centre.y()) + self.margin)

    def _set_zoom(self, zoom: int) -> None:
        changed, self._zoom = zoom != self._zoom, zoom
        self._update_scroll_bars()
        self.invalidate()
        if changed:
            self.zoom_changed.emit(zoom)

    def _relayout(self) -> None:
        self._set_zoom(self._zoom if self._by_hand else self._fitting_zoom())

    def _fitting_zoom(self) -> int:
        if self._mosaic is None:
            return self._zoom
        view, rows = self.maximumViewportSize(), self._rows()
        room_x = view.width() - 2 * self.margin - self.gap * (self._columns - 1)
        room_y = view.height() - 2 * self.margin - self.gap * (rows - 1)
        fitting = min(room_x // (self._columns * self._cells.width()), room_y // (rows * self._cells.height()))
        return max(1, min(MAXIMUM_ZOOM, fitting))

    # geometry: device pixels inside the mosaic, logical ones outside

    def _rows(self) -> int:
        return 0 if self._images is None else -(-len(self._images) // self._columns)

    def _factor(self) -> int:
        return max(1, round(self._zoom * self.devicePixelRatioF()))

    def _device_gap(self) -> int:
        return round(self.gap * self.devicePixelRatioF())

    def content_size(self) -> QSize:
        """The mosaic's size in logical pixels, without the margin."""
        if self._mosaic is None:
            return QSize(0, 0)
        ratio, gap = self.devicePixelRatioF(), self._device_gap()
        width = self._columns * (self._cells.width() * self._factor() + gap) - gap
        height = self._rows() * (self._cells.height() * self._factor() + gap) - gap
        return QSize(round(width / ratio), round(height / ratio))

    def cell_rect(self, index: int) -> QRect:
        """Where an image stands in the viewport, in logical pixels."""
        ratio, gap, factor = self.devicePixelRatioF(), self._device_gap(), self._factor()
        row, column = divmod(index, self._columns)
        left = column * (self._cells.width() * factor + gap) / ratio
        top = row * (self._cells.height() * factor + gap) / ratio
        size = QSize(round(self._cells.width() * factor / ratio), round(self._cells.height() * factor / ratio))
        return QRect(self.origin() + QPoint(round(left), round(top)), size)

    def _update_scroll_bars(self) -> None:
        content = self.content_size() + QSize(2 * self.margin, 2 * self.margin)
        view = self.maximumViewportSize()
        if content.width() > view.width() or content.height() > view.height():
            view = self.viewport().size()
        for bar, long, page in (
            (self.horizontalScrollBar(), content.width(), view.width()),
            (self.verticalScrollBar(), content.height(), view.height()),
        ):
            bar.setRange(0, max(0, long - page))
            bar.setPageStep(page)
            bar.setSingleStep(24)

    # painting

    def _paint_mosaic(self, painter: QPainter) -> None:
        """Paint ground and images; composes only when something has changed since the last time."""
        ratio, origin, size = self.devicePixelRatioF(), self.origin(), self.viewport().size()
        key = (ratio, origin.x(), origin.y(), size.width(), size.height())
        if self._cache is None or key != self._cache_key:
            self._cache, self._cache_key = self._compose(ratio, origin, size), key
        painter.drawPixmap(0, 0, self._cache)

    def _compose(self, ratio: float, origin: QPoint, size: QSize) -> QPixmap:
        width, height = round(size.width() * ratio), round(size.height() * ratio)
        composed = np.full((max(1, height), max(1, width)), self.ground_colour().rgb(), np.uint32)
        if self._mosaic is not None:
            line = 1 if self.gap else 0
            across = self._expansion(self._columns, self._cells.width(), line)
            down = self._expansion(self._rows(), self._cells.height(), line)
            left, top = round(origin.x() * ratio), round(origin.y() * ratio)
            down = down[max(0, -top) : max(0, height - top)]
            across = across[max(0, -left) : max(0, width - left)]
            top, left = max(0, top), max(0, left)
            composed[top : top + len(down), left : left + len(across)] = self._mosaic[:, across][down]
        pixmap = QPixmap.fromImage(argb_image(composed))
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    def _expansion(self, count: int, size: int, line: int) -> NDArray[np.intp]:
        """Which row (or column) of the mosaic each device pixel shows; the last gap is left out."""
        times = np.full((count, size + line), self._factor(), np.intp)
        if line:
            times[:, -1] = self._device_gap()
            times[-1, -1] = 0
        return np.repeat(np.arange(times.size), times.ravel())

    # events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._relayout()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.invalidate()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.angleDelta().y():
            self._zoom_to(self._zoom + (1 if event.angleDelta().y() > 0 else -1), event.position())
            event.accept()
            return
        super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Plus: self.zoom_in, Qt.Key.Key_Equal: self.zoom_in, Qt.Key.Key_Minus: self.zoom_out}
        move = self.fit if event.key() == Qt.Key.Key_0 else moves.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
            return
        move()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        bars = self.horizontalScrollBar(), self.verticalScrollBar()
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._grip = (event.position(), bars[0].value(), bars[1].value())
        self._dragging = False
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is None or not self._overflows():
            return
        start, x, y = self._grip
        moved = event.position() - start
        if self._dragging or moved.manhattanLength() >= QGuiApplication.styleHints().startDragDistance():
            self._dragging = True
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            self.horizontalScrollBar().setValue(round(x - moved.x()))
            self.verticalScrollBar().setValue(round(y - moved.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None
        self.viewport().unsetCursor()
        event.accept()

    def _overflows(self) -> bool:
        return self.horizontalScrollBar().maximum() > 0 or self.verticalScrollBar().maximum() > 0

    @Slot()
    def _on_theme(self) -> None:
        self._mosaic = None if self._images is None else self._make_mosaic(self._images)
        self.invalidate()

    # copying and saving

    def _add_action(self, text: str, icon_name: str, slot: object, shortcut: QKeySequence | None = None) -> QAction:
        """An entry of the context menu; `actions()` gives them to an overflow menu too."""
        action = QAction(icon(icon_name, "ink2"), text, self)
        if shortcut is not None:
            action.setShortcut(shortcut)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(slot)
        self.addAction(action)
        return action

    def _ask_to_save(self, image: QImage, name: str) -> None:
        """Ask where, without blocking, and write a PNG there; ends in `saved` or `failed`."""
        self._to_save = image
        ask_where(self, "Save as PNG", name, "PNG image", self._on_file_selected)

    @Slot(str)
    def _on_file_selected(self, path: str) -> None:
        try:
            save_png(self._to_save, Path(path))
        except UserError as error:
            self.failed.emit(str(error))
        else:
            self.saved.emit(path)
