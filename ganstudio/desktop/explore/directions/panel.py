"""Directions along which the image changes: found in the networks, each with what it does and a slider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.explore.coordinates_panel import EffectRow
from ganstudio.desktop.explore.state import LatentState, signed
from ganstudio.desktop.widgets.buttons import Button, IconButton
from ganstudio.desktop.widgets.painting import LEFT
from ganstudio.desktop.widgets.panel import Panel, label
from ganstudio.desktop.widgets.segmented import Segmented

if TYPE_CHECKING:
    from ganstudio.desktop.explore.directions.mine import OwnDirection
    from ganstudio.latent.directions import Direction

_ROW = 54
_FEWEST = 2
_NAMES = 84
_OWN = 32
_KINDS = (("sefa", "SeFa"), ("pca", "PCA"), ("axes", "Axes"), ("mine", "Mine"))
_TIPS = {
    "sefa": "SeFa: the directions that the first layer amplifies most, read from its weights",
    "pca": "PCA: the directions along which the first features vary most, over many latents",
    "axes": "Axes: the coordinates themselves, those that change the image most first",
    "mine": "Mine: directions of your own, each from samples that you marked as with and without something",
}


class DirectionRow(EffectRow):
    """A direction: its name, its share and how far the latent lies along it, what it does, and its slider."""

    chosen = Signal(int)
    """Its number was taken in hand."""
    moved = Signal(int, float)
    """Its number and the new value."""
    menu_requested = Signal(int, QPoint)
    """Its number, and where on the screen."""
    largest_cell = _ROW - 24

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = 0
        self._share, self._in_hand = "", False
        self.strip.picked.connect(self._on_picked)
        self.slider.moved.connect(self._on_moved)
        self.slider.reset_requested.connect(self._on_reset)

    def set_direction(self, number: int, direction: Direction | OwnDirection, value: float, *, in_hand: bool) -> None:
        """Show a direction, and how far along it the latent lies."""
        share = "" if direction.share is None else f"{fmt.number(100 * direction.share, 1)} %"
        if (number, direction.name, share, in_hand) != (self.number, self._name, self._share, self._in_hand):
            self.number, self._share, self._in_hand = number, share, in_hand
            self.update()
        tip = f"{direction.name}: double-click goes back to the middle"
        if self.slider.toolTip() != tip:
            self.slider.setToolTip(tip)
            self.slider.setAccessibleName(f"Direction {direction.name}")
            self.strip.setToolTip(f"What {direction.name} does from −3 to +3: click an image to go there")
            self.strip.setAccessibleName(f"What {direction.name} does")
        self.show_value(direction.name, value)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._in_hand:
            painter.fillRect(self.rect(), theme.qcolor("raised"))
        middle = self.height() // 2
        painter.setPen(theme.qcolor("ink"))
        painter.setFont(theme.font(12, 500))
        painter.drawText(12, middle - 16, _NAMES, 16, LEFT, self._name)
        small = theme.font(11)
        painter.setPen(theme.qcolor("ink3"))
        painter.setFont(small)
        painter.drawText(12, middle, _NAMES, 16, LEFT, self._share)
        if abs(self._value) >= 0.05:
            used = QFontMetrics(small).horizontalAdvance(f"{self._share} ") if self._share else 0
            painter.setPen(theme.qcolor("accent_text"))
            painter.setFont(theme.font(11, 600))
            painter.drawText(12 + used, middle, _NAMES - used, 16, LEFT, signed(self._value, 1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit(self.number)
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_requested.emit(self.number, event.globalPos())

    @Slot(float)
    def _on_moved(self, value: float) -> None:
        self.chosen.emit(self.number)
        self.moved.emit(self.number, value)

    @Slot()
    def _on_reset(self) -> None:
        self._on_moved(0.0)
        self.slider.released.emit()

    @Slot(int)
    def _on_picked(self, place: int) -> None:
        self._on_moved(float(self.values[place]))
        self.slider.released.emit()


class DirectionsPanel(Panel):
    """A kind of directions, and as many of them as there is room for; the rest on further pages."""

    kind_chosen = Signal(str)
    refresh_requested = Signal()
    moved = Signal(object, float)
    """A direction's vector and how far along it the latent is to lie, while it is dragged too."""
    released = Signal()
    strips_wanted = Signal()
    """Other directions are shown than before."""
    own_requested = Signal()
    """The person wants to make a direction."""
    rename_requested = Signal(str)
    """The name of a direction of the person's own."""
    delete_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Directions", parent=parent)
        self.kind = Segmented(_KINDS, name="Directions", tooltips=_TIPS, narrow=True)
        self.add_header_widget(self.kind, left=True)
        self._back = IconButton("caret-left", "Previous page of directions", px=14)
        self._on = IconButton("caret-right", "Next page of directions", px=14)
        self._again = IconButton("arrows-clockwise", "Find the directions of the networks as they are now")
        for button in (self._back, self._on, self._again):
            self.add_header_widget(button)
        self._directions: Sequence[Direction | OwnDirection] = ()
        self._state: LatentState | None = None
        self._images: NDArray[np.uint8] | None = None
        self._page, self._in_hand, self._wheel, self._placed = 0, 0, 0, 0
        self.rows: list[DirectionRow] = []
        self._said = label("", "body", wrap=True)
        self._said.setContentsMargins(12, 12, 12, 0)
        self._space = QWidget()
        self.body.setContentsMargins(0, 4, 0, 4)
        self.body.setSpacing(0)
        self.body.addWidget(self._said)
        self.body.addWidget(self._space, 1)
        self._own = self._make_own_row()
        self.body.addWidget(self._own)
        self.kind.chosen.connect(self.kind_chosen)
        self._again.clicked.connect(self.refresh_requested)
        self._back.clicked.connect(self._turn_back)
        self._on.clicked.connect(self._turn_on)
        self.set_directions(())

    # what is shown

    @property
    def shown(self) -> Sequence[Direction | OwnDirection]:
        """The directions of the page."""
        start = self._page * self._per_page()
        return self._directions[start : start + self._per_page()]

    def set_directions(self, directions: Sequence[Direction | OwnDirection], said: str = "") -> None:
        """Show directions from the first page on; without any, `said` says why."""
        self._directions, self._images = directions, None
        self._page = self._in_hand = 0
        self._said.setText(said)
        self._said.setVisible(bool(said))
        is_own = self.kind.current() == "mine"
        self._own.setVisible(is_own)
        self._again.setVisible(not is_own)
        self._again.setEnabled(bool(directions))
        self._fill()

    def set_state(self, state: LatentState | None) -> None:
        """Show how far a latent lies along each direction."""
        self._state = state
        self._show_values()

    def set_images(self, images: NDArray[np.uint8] | None) -> None:
        """The strips of the directions shown: uint8 (directions, images, H, W, C)."""
        self._images = images
        for index, row in enumerate(self.rows[: len(self.shown)]):
            row.set_images(None if images is None or index >= len(images) else images[index])

    def minimumSizeHint(self) -> QSize:
        return QSize(300, 32 + 8 + _FEWEST * _ROW)

    # events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        before = self._placed
        self._page = min(self._page, self._pages() - 1)
        self._fill()
        if self._placed > before:
            self.strips_wanted.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._wheel += event.angleDelta().y()
        notches = int(self._wheel / 120)
        self._wheel -= notches * 120
        self._turn(-notches)
        event.accept()

    # rows

    def _per_page(self) -> int:
        own = _OWN if self.kind.current() == "mine" else 0
        return max(_FEWEST, (self.height() - 32 - 8 - own) // _ROW)

    def _pages(self) -> int:
        return max(1, -(-len(self._directions) // self._per_page()))

    def _turn(self, pages: int) -> None:
        page = min(max(self._page + pages, 0), self._pages() - 1)
        if page != self._page:
            self._page, self._in_hand, self._images = page, 0, None
            self._fill()
            self.strips_wanted.emit()

    def _fill(self) -> None:
        """Rows for the directions of the page, in their places."""
        shown = self.shown
        self._placed = len(shown)
        while len(self.rows) < len(shown):
            self.rows.append(self._make_row())
        for index, row in enumerate(self.rows):
            row.setVisible(index < len(shown))
            row.setGeometry(0, index * _ROW, max(1, self.width()), _ROW)
        pages = self._pages()
        self._back.setVisible(pages > 1)
        self._on.setVisible(pages > 1)
        self._back.setEnabled(self._page > 0)
        self._on.setEnabled(self._page < pages - 1)
        self.set_images(self._images)
        for button in (self._rename, self._delete):
            button.setEnabled(bool(shown))
        self._show_values()

    def _show_values(self) -> None:
        if self._state is None:
            return
        for index, direction in enumerate(self.shown):
            value = direction.along(self._state.z)
            self.rows[index].set_direction(index, direction, value, in_hand=index == self._in_hand)

    def _make_row(self) -> DirectionRow:
        row = DirectionRow(self._space)
        row.chosen.connect(self._on_chosen)
        row.moved.connect(self._on_moved)
        row.menu_requested.connect(self._on_menu)
        row.slider.released.connect(self.released)
        return row

    def _make_own_row(self) -> QWidget:
        """New, rename and delete, for the directions of one's own."""
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(8)
        new = Button("New direction", "plus", small=True, tooltip="Mark samples that have something, and some without")
        self._rename = Button("Rename", small=True, tooltip="Give the direction in hand another name")
        self._delete = Button("Delete", small=True, tooltip="Forget the direction in hand")
        new.clicked.connect(self.own_requested)
        self._rename.clicked.connect(self._on_rename)
        self._delete.clicked.connect(self._on_delete)
        row.addWidget(new)
        row.addStretch(1)
        row.addWidget(self._rename)
        row.addWidget(self._delete)
        holder.setFixedHeight(_OWN)
        return holder

    @Slot(int, QPoint)
    def _on_menu(self, index: int, place: QPoint) -> None:
        if self.kind.current() != "mine":
            return
        self._on_chosen(index)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(theme.icon("pencil-simple", "ink2"), "Rename…", self._on_rename)
        menu.addAction(theme.icon("trash", "ink2"), "Delete", self._on_delete)
        menu.popup(place)

    @Slot()
    def _on_rename(self) -> None:
        if self._in_hand < len(self.shown):
            self.rename_requested.emit(self.shown[self._in_hand].name)

    @Slot()
    def _on_delete(self) -> None:
        if self._in_hand < len(self.shown):
            self.delete_requested.emit(self.shown[self._in_hand].name)

    @Slot(int)
    def _on_chosen(self, index: int) -> None:
        if index != self._in_hand:
            self._in_hand = index
            self._show_values()

    @Slot(int, float)
    def _on_moved(self, index: int, value: float) -> None:
        shown = self.shown
        if index < len(shown):
            self.moved.emit(shown[index].vector, value)

    @Slot()
    def _turn_back(self) -> None:
        self._turn(-1)

    @Slot()
    def _turn_on(self) -> None:
        self._turn(1)
