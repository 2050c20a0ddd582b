"""The image of the latent, and the latent itself as bars."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QMimeData, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLayout, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.explore.carried import carry
from ganstudio.desktop.explore.finder import Finder
from ganstudio.desktop.explore.state import RANGE, Latent, LatentState, signed
from ganstudio.desktop.explore.verdict_view import VerdictView
from ganstudio.desktop.theme import qcolor
from ganstudio.desktop.train.nearest_view import NearestView
from ganstudio.desktop.widgets.buttons import Button, IconButton
from ganstudio.desktop.widgets.image_view import ImageView
from ganstudio.desktop.widgets.panel import Panel, label
from ganstudio.desktop.widgets.scrolled import OverlayScroll

_SIDE = 264
_WIDEST_SIDE = 720
_LOWEST = 168
_BAR = 12
"""Beside what scrolls, for the bar."""
_GAP = 16
_LEAST_OF_TWO = 252
"""The side of each of two images from which on there is room for what is told beside them."""
_BARS = 72
_FACTS = 7
_LIKENESS = "Score pictures of your own by how unlike the images of this run they are"
_NEAREST = 4
_TIME_EVERY_S = 0.5
_ARROWS = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}


class LatentView(ImageView):
    """The image at the top left; arrow keys are left to the coordinates, and saving to whoever knows the latent."""

    painted = Signal()
    """The image stands on the screen's buffer."""
    save_requested = Signal()
    latent: tuple[Latent, str] | None = None
    """The latent (size,) that is shown and where it comes from, for panels on which the image is dropped."""

    def mime_data(self) -> QMimeData:
        """The image as other programs take it, and its latent."""
        data = super().mime_data()
        if self.latent is not None:
            carry(data, *self.latent)
        return data

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.painted.emit()

    def ground_colour(self) -> QColor:
        return qcolor("canvas" if self.pixels is None or self.horizontalScrollBar().maximum() else "panel")

    def origin(self) -> QPoint:
        return QPoint(-self.horizontalScrollBar().value(), -self.verticalScrollBar().value())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if Qt.Key(event.key()) in _ARROWS:
            event.ignore()
            return
        super().keyPressEvent(event)

    @Slot()
    def save_image(self) -> None:
        if self.pixels is not None:
            self.save_requested.emit()


class LatentBars(QWidget):
    """The latent's values as bars around a line; the coordinate in hand in the accent. A click takes one in hand."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Latent as bars")
        self.setToolTip("The latent's values")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_BARS)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._z: Latent | None = None
        self._chosen = 0
        self._bars: list[tuple[int, int]] = []
        self._places_for = (0, 0)

    def set_content(self, z: Latent | None, chosen: int) -> None:
        """Show a latent and which coordinate is in hand."""
        if z is not self._z or chosen != self._chosen:
            self._z, self._chosen = z, chosen
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._z is None:
            return
        painter = QPainter(self)
        middle, reach = self.height() // 2, self.height() / 2 - 2
        painter.fillRect(0, middle, self.width(), 1, theme.qcolor("line"))
        heights = np.rint(np.clip(self._z, -RANGE, RANGE) / RANGE * reach).astype(int).tolist()
        colour, chosen = theme.qcolor("ink3"), theme.qcolor("accent")
        for index, (left, width) in enumerate(self._places(len(heights))):
            height = heights[index]
            top = middle - height if height > 0 else middle
            painter.fillRect(left, top, width, max(1, abs(height)), chosen if index == self._chosen else colour)
        painter.end()

    def _places(self, count: int) -> list[tuple[int, int]]:
        """Left edge and width of each bar."""
        if (self.width(), count) != self._places_for:
            edges = np.rint(np.linspace(0, self.width() + 1, count + 1)).astype(int)
            gap = 1 if self.width() / count >= 2.5 else 0
            widths = np.maximum(1, np.diff(edges) - gap)
            self._places_for = (self.width(), count)
            self._bars = list(zip(edges[:-1].tolist(), widths.tolist(), strict=True))
        return self._bars

    def event(self, event: QEvent) -> bool:
        """A tooltip names the value under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._z is not None:
            index = self._at(event.pos().x())
            QToolTip.showText(event.globalPos(), f"z {index + 1}  {signed(float(self._z[index]))}", self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._z is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self._at(round(event.position().x())))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event) if event.buttons() & Qt.MouseButton.LeftButton else event.ignore()

    def sizeHint(self) -> QSize:
        return QSize(_SIDE, _BARS)

    def _at(self, x: int) -> int:
        assert self._z is not None
        return min(len(self._z) - 1, max(0, x * len(self._z) // max(1, self.width())))


class ImagePanel(Panel):
    """Header with where the latent comes from and the zoom; the image; beside it what can be done and the latent."""

    save_requested = Signal()
    keep_requested = Signal()
    coordinate_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Image", parent=parent)
        self.view = LatentView("Image of the latent")
        self.bars = LatentBars()
        self._text, self._waiting, self._shown_at = "", "", 0.0
        self._milliseconds: float | None = None
        self._zoom = label("", "number")
        self._smaller = IconButton("minus", "Smaller (−)")
        self._larger = IconButton("plus", "Larger (+)")
        self._keep = Button("Keep", "star", small=True, tooltip="Put it among the favourites (K)")
        self._save = Button("Save image", "export", small=True, tooltip="Save it as PNG together with its latent")
        self._length = label("", "subtitle")
        self._facts = [(label("", "subtitle"), label("", "body")) for _ in range(_FACTS)]
        self.layers = Button("Layers", "stack", "flat", small=True, tooltip="What happens inside the generator")
        self.likeness = Button("Like the others?", "fingerprint", "flat", small=True, tooltip=_LIKENESS)
        for widget in (self.likeness, self.layers, self._zoom, self._smaller, self._larger):
            self.add_header_widget(widget)
        self.finder, self.verdict = Finder(), VerdictView()
        self.nearest = NearestView(shown=_NEAREST)
        self._lay_out()
        self._connect()
        self._on_zoom()
        self.set_state(None, 0)

    def set_image(self, pixels: NDArray[np.uint8] | None, milliseconds: float | None, file_name: str) -> None:
        """Show uint8 (H, W, C) and how long it took, or nothing."""
        had = self.view.pixels is not None
        self.view.set_image(pixels, file_name)
        self._stage.set_side(None if pixels is None else pixels.shape[0])
        if had != (pixels is not None):
            self._on_zoom()
        now = time.monotonic()
        if milliseconds is None or self._milliseconds is None or now - self._shown_at >= _TIME_EVERY_S:
            self._milliseconds, self._shown_at = milliseconds, now
            self._show_subtitle()

    def set_problem(self, sentence: str | None) -> None:
        """Say in the image's place what went wrong."""
        self.view.set_error(sentence)

    def set_waiting(self, sentence: str) -> None:
        """Say in the image's place, while there is none, what is awaited."""
        if sentence != self._waiting:
            self._waiting = sentence
            self.view.set_empty_text(sentence)

    def set_second(self, second: QWidget | None, below: int) -> None:
        """Have another image stand beside this one, with `below` pixels of controls below it; None: no more."""
        self._stage.set_second(second, below)

    def set_state(self, state: LatentState | None, chosen: int) -> None:
        """Show the latent as bars and in words."""
        self.view.latent = None if state is None else (state.z, state.text)
        self.bars.set_content(None if state is None else state.z, chosen)
        text = "" if state is None else f"latent of {state.text}{', changed' if state.moved else ''}"
        if text != self._text:
            self._text = text
            self._show_subtitle()
        length = "" if state is None else f"{state.size} values, length {np.linalg.norm(state.z):.1f}"
        if length != self._length.text():
            self._length.setText(length)

    def set_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Up to `_FACTS` pairs of words about the image."""
        padded = [*facts, *[("", "")] * (_FACTS - len(facts))]
        for (name, value), (first, second) in zip(self._facts, padded, strict=True):
            for widget, text in ((name, first), (value, second)):
                if widget.text() != text:
                    widget.setText(text)

    def _show_subtitle(self) -> None:
        time_text = "" if self._milliseconds is None else f", rendered in {max(1, round(self._milliseconds))} ms"
        self.set_subtitle(f"{self._text}{time_text}" if self._text else "")

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self._keep, self._save):
            button.setFixedWidth((_SIDE - _BAR - 8) // 2)
            buttons.addWidget(button)
        buttons.addStretch(1)
        side.setSpacing(16)
        side.addLayout(buttons)
        side.addWidget(self.verdict)
        side.addWidget(self.nearest)
        side.addLayout(_under(_heading("Latent", self._length), self.bars))
        side.addWidget(self.finder)
        side.addLayout(_under(_heading("Source", label("", "subtitle")), self._lay_facts()))
        side.addStretch(1)
        inside, holder = QWidget(), OverlayScroll(self)
        inside.setProperty("role", "scrolled")
        inside.setLayout(side)
        holder.setWidget(inside)
        side.setContentsMargins(0, 0, _BAR, 0)
        self.body.setContentsMargins(12, 8, 12, 12)
        self._stage = _Stage(self.view, holder)
        self.body.addWidget(self._stage, 1)

    def _lay_facts(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnMinimumWidth(0, 72)
        grid.setColumnStretch(1, 1)
        for row, (name, value) in enumerate(self._facts):
            grid.addWidget(name, row, 0)
            grid.addWidget(value, row, 1)
        return grid

    def _connect(self) -> None:
        self.view.zoom_changed.connect(self._on_zoom)
        self.view.save_requested.connect(self.save_requested)
        self._smaller.clicked.connect(self.view.zoom_out)
        self._larger.clicked.connect(self.view.zoom_in)
        self._keep.clicked.connect(self.keep_requested)
        self._save.clicked.connect(self.save_requested)
        self.bars.chosen.connect(self.coordinate_chosen)

    @Slot()
    def _on_zoom(self) -> None:
        shown = self.view.pixels is not None
        self._zoom.setText(f"×{self.view.zoom}" if shown else "")
        self._smaller.setEnabled(self.view.can_zoom_out)
        self._larger.setEnabled(self.view.can_zoom_in)
        self._keep.setEnabled(shown)
        self._save.setEnabled(shown)


class _Stage(QWidget):
    """The image as a square as large as the height allows, and beside it what is told of it."""

    def __init__(self, view: QWidget, beside: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view, self._beside = view, beside
        self._image_side: int | None = None
        self._second: QWidget | None = None
        self._below = 0
        for child in (view, beside):
            child.setParent(self)
        self.setMinimumSize(_SIDE + _GAP + 112, _LOWEST)

    def set_side(self, pixels: int | None) -> None:
        """The image's side in pixels, so that a whole multiple fits without a rim."""
        if pixels != self._image_side:
            self._image_side = pixels
            self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def set_second(self, second: QWidget | None, below: int) -> None:
        """Have something stand beside the image and be as wide, with `below` more pixels of height; None: nothing.

        What is told of the image gives way where there is no room for all three.
        """
        if self._second is not None and self._second is not second:
            self._second.hide()
        self._second, self._below = second, below
        if second is not None:
            second.setParent(self)
            second.show()
        self._place()

    def _place_two(self, second: QWidget) -> None:
        beside = (self.width() - _SIDE - 2 * _GAP) // 2 >= _LEAST_OF_TWO
        room = (self.width() - _GAP - (_SIDE + _GAP if beside else 0)) // 2
        edge = max(1, min(self.height() - self._below, room))
        pixels = self._image_side
        if pixels is not None and pixels <= edge:
            edge = edge // pixels * pixels
        self._view.setGeometry(0, 0, edge, edge)
        second.setGeometry(edge + _GAP, 0, edge, edge + self._below)
        left = 2 * (edge + _GAP)
        self._beside.setVisible(beside)
        self._beside.setGeometry(left, 0, min(self.width() - left, _WIDEST_SIDE), self.height())

    def _place(self) -> None:
        if self._second is not None:
            self._place_two(self._second)
            return
        self._beside.show()
        edge = min(self.height(), self.width() - _SIDE - _GAP)
        pixels = self._image_side
        if pixels is not None and pixels <= edge:
            edge = edge // pixels * pixels
        self._view.setGeometry(0, 0, edge, self.height() if pixels is None else edge)
        left = edge + _GAP
        self._beside.setGeometry(left, 0, min(self.width() - left, _WIDEST_SIDE), self.height())


def _under(heading: QHBoxLayout, content: QWidget | QLayout) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(8)
    column.addLayout(heading)
    column.addWidget(content) if isinstance(content, QWidget) else column.addLayout(content)
    return column


def _heading(title: str, right: QLabel) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(label(title, "title"))
    row.addStretch(1)
    row.addWidget(right)
    return row
