"""Every number of the latent by hand, in pages, and what the one in hand does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QRegularExpressionValidator,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QLineEdit, QMenu, QVBoxLayout, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.explore.sliders import ROW, CoordinateRow, LatentSlider
from ganstudio.desktop.explore.state import RANGE, STRIP, LatentState, coordinate_values, signed
from ganstudio.desktop.explore.strip import Strip, cell_size
from ganstudio.desktop.widgets.buttons import IconButton
from ganstudio.desktop.widgets.painting import LEFT
from ganstudio.desktop.widgets.panel import Panel, label

_STRIP_LEFT = 84
_AROUND_STRIP = 24
_LARGEST_CELL = 56
_COLUMN = 176
_WIDEST_COLUMN = 260
_FEWEST_ROWS = 2
_SORT_TIP = (
    "Sort by effect: those that change the image most by a step of one standard deviation come first, measured over "
    "several latents"
)


class EffectRow(QWidget):
    """The coordinate in hand: its name and value, what it does from -3 to 3, and its slider under the images."""

    largest_cell = _LARGEST_CELL
    """Logical pixels that an image of the strip takes at most."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._value = "", 0.0
        self.strip = Strip("What the coordinate does", STRIP, self)
        self.slider = LatentSlider(self)
        self.setFixedHeight(28 + _AROUND_STRIP)

    def set_content(self, index: int, value: float, *, locked: bool) -> None:
        """Show a coordinate's name and value."""
        name = f"z {index + 1}"
        self.show_value(name, value)
        self.slider.setEnabled(not locked)
        tip = f"{name} is locked" if locked else f"{name}: double-click resets it"
        if self.slider.toolTip() != tip:
            self.slider.setToolTip(tip)
            self.slider.setAccessibleName(f"Coordinate {index + 1}")
            self.strip.setToolTip(f"What {name} does from −3 to +3, all else unchanged: click an image to go there")

    def show_value(self, name: str, value: float) -> None:
        """Show a name and a value."""
        if (name, value) != (self._name, self._value):
            self._name, self._value = name, value
            self.update(0, 0, _STRIP_LEFT + 12, self.height())
        self._show_place(value)

    def set_images(self, images: NDArray[np.uint8] | None) -> None:
        """Show the strip."""
        self.strip.set_images(images)
        if images is not None:
            self._place(images.shape[1])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        images = self.strip.images
        self._place(28 if images is None else images.shape[1])

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.qcolor("raised"))
        painter.setPen(theme.qcolor("ink"))
        painter.setFont(theme.font(12, 500))
        middle = self.height() // 2
        painter.drawText(12, middle - 16, _STRIP_LEFT, 16, LEFT, self._name)
        painter.setPen(theme.qcolor("accent_text"))
        painter.setFont(theme.font(12, 600))
        painter.drawText(12, middle, _STRIP_LEFT, 16, LEFT, signed(self._value))
        painter.end()

    @property
    def values(self) -> NDArray[np.float32]:
        """The value of each image of the strip."""
        return coordinate_values()

    def _show_place(self, value: float) -> None:
        self.slider.set_exact(value)
        near = int(np.argmin(np.abs(self.values - value)))
        self.strip.set_framed(near if abs(value) <= RANGE + 0.5 else -1)

    def _place(self, side: int) -> None:
        available = (self.width() - 12 - _STRIP_LEFT - 12) // STRIP
        cell = cell_size(available, side, self.largest_cell)
        if cell != self.strip.cell:
            self.strip.set_cell(cell)
        left = 12 + _STRIP_LEFT
        self.strip.move(left, 5)
        self.slider.setGeometry(left, 5 + cell, self.strip.width(), 14)
        self.slider.set_inset(cell / 2)
        if self.height() != cell + _AROUND_STRIP:
            self.setFixedHeight(cell + _AROUND_STRIP)


class CoordinateGrid(QWidget):
    """As many rows as there is room for, in columns; the rest of the coordinates on further pages."""

    moved = Signal(int, float)
    """A coordinate's index and its new value, while it is dragged too."""
    released = Signal()
    reset_requested = Signal(int)
    lock_toggled = Signal(int)
    chosen = Signal(int)
    page_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Coordinates")
        self._rows: list[CoordinateRow] = []
        self._order: tuple[int, ...] = ()
        self._state: LatentState | None = None
        self._page, self._chosen, self._wheel = 0, 0, 0
        self._shape = (_FEWEST_ROWS, 2)
        self._laid_out: object = None
        self.setMinimumSize(2 * 140, _FEWEST_ROWS * ROW)

    # pages

    @property
    def page(self) -> int:
        """The page that is shown, from 0."""
        return self._page

    @property
    def pages(self) -> int:
        """How many there are."""
        return max(1, -(-self._size() // self._per_page()))

    def places(self) -> range:
        """Which places of the order are on the page."""
        start = self._page * self._per_page()
        return range(start, min(start + self._per_page(), self._size()))

    def indices(self) -> tuple[int, ...]:
        """The coordinates on the page."""
        places = self.places()
        return self._order[places.start : places.stop] if self._order else tuple(places)

    def set_order(self, order: Sequence[int]) -> None:
        """Show the coordinates in another order, from its first page on: all of them; or none for that of their
        numbers, on the page of the one in hand."""
        if tuple(order) == self._order:
            return
        self._order = tuple(order)
        self._page = 0 if order else self._place_of(self._chosen) // self._per_page()
        self._fill()
        self.page_changed.emit()

    def beside(self, steps: int) -> int:
        """The coordinate so many places before or behind the one in hand."""
        place = min(max(self._place_of(self._chosen) + steps, 0), max(0, self._size() - 1))
        return self._order[place] if self._order else place

    def turn(self, pages: int) -> None:
        """Go to another page; its first coordinate is taken in hand."""
        page = min(max(self._page + pages, 0), self.pages - 1)
        if page != self._page:
            had_focus = self._focused()
            self._page = page
            self._fill()
            self.page_changed.emit()
            self.chosen.emit(self.indices()[0])
            self._focus_chosen(had_focus)

    def choose(self, index: int) -> None:
        """Take a coordinate in hand without telling, and show its page."""
        had_focus = self._focused()
        self._chosen = min(index, max(0, self._size() - 1))
        page = self._place_of(self._chosen) // self._per_page()
        if page != self._page:
            self._page = page
            self.page_changed.emit()
        self._fill()
        self._focus_chosen(had_focus)

    def row(self, index: int) -> CoordinateRow | None:
        """The row of a coordinate, if it is on this page."""
        shown = self.indices()
        return self._rows[shown.index(index)] if index in shown else None

    def set_state(self, state: LatentState | None) -> None:
        """Show a latent's values and locks."""
        resized = (self._state.size if self._state else 0) != (state.size if state else 0)
        self._state = state
        if resized:
            self._order = ()
            self._page = min(self._page, self.pages - 1)
            self._chosen = min(self._chosen, max(0, self._size() - 1))
            self.page_changed.emit()
        self._fill()

    def show_move(self, state: LatentState, index: int) -> None:
        """Show a latent of which only one coordinate has changed."""
        self._state = state
        row = self.row(index)
        if row is not None:
            row.set_content(float(state.z[index]), locked=index in state.locked, chosen=index == self._chosen)

    # events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        columns = max(2, self.width() // (_COLUMN + 24)) if self.width() >= 3 * _COLUMN else 2
        shape = (max(_FEWEST_ROWS, self.height() // ROW), columns)
        if shape != self._shape:
            first, chosen = self.places().start, self._place_of(self._chosen)
            chosen_here = chosen in self.places()
            self._shape = shape
            self._page = (chosen if chosen_here else first) // self._per_page()
            self.page_changed.emit()
        self._fill()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._wheel += event.angleDelta().y()
        notches = int(self._wheel / 120)
        self._wheel -= notches * 120
        self.turn(-notches)
        event.accept()

    # rows

    def _size(self) -> int:
        return self._state.size if self._state else 0

    def _per_page(self) -> int:
        rows, columns = self._shape
        return rows * columns

    def _fill(self) -> None:
        """Rows for the coordinates of the page, in their places, with their values."""
        indices = self.indices() if self._state is not None else ()
        layout = (indices, self._shape, self.width(), self._size())
        if layout != self._laid_out:
            self._laid_out = layout
            self._place(indices)
        state = self._state
        if state is not None:
            values = state.z[list(indices)].tolist()
            for row, index, value in zip(self._rows, indices, values, strict=False):
                row.set_content(value, locked=index in state.locked, chosen=index == self._chosen)

    def _place_of(self, index: int) -> int:
        return self._order.index(index) if self._order else index

    def _place(self, indices: Sequence[int]) -> None:
        while len(self._rows) < len(indices):
            self._rows.append(self._make_row())
        name_width = QFontMetrics(theme.font(12, 500)).horizontalAdvance(f"z {max(88, self._size())}")
        rows, columns = self._shape
        width = min(self.width() // columns, _WIDEST_COLUMN)
        for place, row in enumerate(self._rows):
            row.setVisible(place < len(indices))
            if place < len(indices):
                column, line = divmod(place, rows)
                row.setGeometry(column * width, line * ROW, width, ROW)
                row.show_coordinate(indices[place], name_width)

    def _make_row(self) -> CoordinateRow:
        row = CoordinateRow(self)
        row.moved.connect(self._on_moved)
        row.typed.connect(self.moved)
        row.typed.connect(self.released)
        row.released.connect(self.released)
        row.reset_requested.connect(self._on_reset)
        row.lock_toggled.connect(self.lock_toggled)
        row.chosen.connect(self.chosen)
        row.stepped.connect(self._on_stepped)
        row.page_turned.connect(self.turn)
        return row

    @Slot(float)
    def _on_moved(self, value: float) -> None:
        row = self.sender()
        if isinstance(row, CoordinateRow):
            self.chosen.emit(row.index)
            self.moved.emit(row.index, value)

    @Slot()
    def _on_reset(self) -> None:
        row = self.sender()
        if isinstance(row, CoordinateRow):
            self.reset_requested.emit(row.index)

    @Slot(int)
    def _on_stepped(self, direction: int) -> None:
        self.chosen.emit(self.beside(direction))

    def _focused(self) -> bool:
        return any(row.hasFocus() for row in self._rows)

    def _focus_chosen(self, wanted: bool) -> None:
        row = self.row(self._chosen)
        if wanted and row is not None and not row.hasFocus():
            row.setFocus(Qt.FocusReason.OtherFocusReason)


class CoordinatesPanel(Panel):
    """Header with pages, the coordinate in hand with its strip, then all coordinates of the page."""

    moved = Signal(int, float)
    released = Signal()
    reset_requested = Signal(object)
    """Indices."""
    randomise_requested = Signal(object)
    """Indices."""
    lock_requested = Signal(object, bool)
    """Indices, and whether to lock or free them."""
    chosen = Signal(int)
    by_effect_chosen = Signal(bool)
    """Sort by how much each changes the image, or by number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Coordinates", parent=parent)
        self._state: LatentState | None = None
        self._chosen = 0
        self.effect = EffectRow(self)
        self.grid = CoordinateGrid(self)
        self._empty = label("The latent's numbers stand here once there is a run to explore.", "body", wrap=True)
        self._back = IconButton("caret-left", "Previous page of coordinates (PageUp)", px=14)
        self._on = IconButton("caret-right", "Next page of coordinates (PageDown)", px=14)
        self._sort = IconButton("sort-descending", _SORT_TIP, checkable=True)
        self._search = QLineEdit()
        self._menu_button = IconButton("dots-three", "More for these coordinates")
        for part in (self._search, self._back, self._on, self._sort, self._menu_button):
            self.add_header_widget(part)
        self._search.setFixedWidth(40)
        self._search.setPlaceholderText("z")
        self._search.setAccessibleName("Go to a coordinate")
        self._search.setToolTip("The number of a coordinate: Enter takes it in hand")
        self._search.setValidator(QRegularExpressionValidator(r"[0-9]{0,4}", self._search))
        self.body.setContentsMargins(0, 4, 0, 8)
        self.body.addWidget(self.effect)
        self.body.addSpacing(6)
        self._empty.setContentsMargins(12, 12, 12, 0)
        self.body.addWidget(self._empty)
        inside = QVBoxLayout()
        inside.setContentsMargins(4, 0, 4, 0)
        inside.addWidget(self.grid)
        self.body.addLayout(inside, 1)
        self._menu = self._make_menu()
        self._menu_button.setMenu(self._menu)
        self._menu_button.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        self._connect()
        self.set_state(None)

    def set_state(self, state: LatentState | None) -> None:
        """Show a latent, or that there is none yet."""
        self._state = state
        for part in (self.effect, self.grid, self._search, self._sort, self._menu_button):
            part.setVisible(state is not None)
        self._empty.setVisible(state is None)
        self.grid.set_state(state)
        self._show_page()
        if state is not None:
            self._chosen = min(self._chosen, state.size - 1)
            self._show_effect(state)
            self._unlock.setEnabled(bool(state.locked))

    @property
    def by_effect(self) -> bool:
        """Whether the person wants them sorted by effect."""
        return self._sort.isChecked()

    def set_by_effect(self, by_effect: bool) -> None:
        """Show the choice without telling."""
        self._sort.setChecked(by_effect)

    def set_effects(self, effects: NDArray[np.float64] | None) -> None:
        """Sort by effects (latent size,), the largest first; by number while they are not known."""
        order: list[int] = [] if effects is None else np.argsort(-effects, kind="stable").tolist()
        self.grid.set_order(order)

    def show_move(self, state: LatentState, index: int) -> None:
        """Show a latent of which only one coordinate has changed."""
        self._state = state
        self.grid.show_move(state, index)
        if index == self._chosen:
            self._show_effect(state)

    def set_images(self, images: NDArray[np.uint8] | None) -> None:
        """Show the strip of the coordinate in hand."""
        self.effect.set_images(images)

    def choose(self, index: int) -> None:
        """Take a coordinate in hand without telling."""
        self._chosen = index
        self.grid.choose(index)
        if self._state is not None:
            self._show_effect(self._state)

    def minimumSizeHint(self) -> QSize:
        return QSize(300, 32 + 4 + 28 + _AROUND_STRIP + 6 + _FEWEST_ROWS * ROW + 8)

    def _show_effect(self, state: LatentState) -> None:
        index = self._chosen
        self.effect.set_content(index, float(state.z[index]), locked=index in state.locked)

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.addAction(theme.icon("dice-five", "ink2"), "Draw this page anew", self._randomise_page)
        menu.addAction(theme.icon("arrow-counter-clockwise", "ink2"), "Reset this page", self._reset_page)
        menu.addSeparator()
        menu.addAction(theme.icon("lock-simple", "ink2"), "Lock this page", self._lock_page)
        self._unlock = menu.addAction(theme.icon("lock-simple-open", "ink2"), "Unlock all", self._unlock_all)
        return menu

    def _connect(self) -> None:
        self.grid.moved.connect(self.moved)
        self.grid.released.connect(self.released)
        self.grid.chosen.connect(self.chosen)
        self.grid.reset_requested.connect(self._on_reset)
        self.grid.lock_toggled.connect(self._on_lock)
        self.grid.page_changed.connect(self._show_page)
        self.effect.slider.moved.connect(self._on_effect_moved)
        self.effect.slider.released.connect(self.released)
        self.effect.slider.reset_requested.connect(self._on_effect_reset)
        self.effect.strip.picked.connect(self._on_picked)
        self._back.clicked.connect(self._turn_back)
        self._on.clicked.connect(self._turn_on)
        self._sort.toggled.connect(self.by_effect_chosen)
        self._search.returnPressed.connect(self._on_search)

    @Slot()
    def _show_page(self) -> None:
        indices, pages = self.grid.places(), self.grid.pages
        size = self._state.size if self._state else 0
        if not indices:
            self.set_subtitle("")
        elif pages == 1:
            self.set_subtitle(f"{fmt.number(size)} values")
        else:
            self.set_subtitle(f"{indices.start + 1} to {indices.stop} of {fmt.number(size)}")
        self._back.setVisible(pages > 1)
        self._on.setVisible(pages > 1)
        self._back.setEnabled(self.grid.page > 0)
        self._on.setEnabled(self.grid.page < pages - 1)

    @Slot(float)
    def _on_effect_moved(self, value: float) -> None:
        self.moved.emit(self._chosen, value)

    @Slot()
    def _on_effect_reset(self) -> None:
        self._on_reset(self._chosen)

    @Slot(int)
    def _on_reset(self, index: int) -> None:
        self.reset_requested.emit((index,))

    @Slot(int)
    def _on_lock(self, index: int) -> None:
        locked = self._state is not None and index in self._state.locked
        self.lock_requested.emit((index,), not locked)

    @Slot(int)
    def _on_picked(self, place: int) -> None:
        if self._state is not None and self._chosen not in self._state.locked:
            self.moved.emit(self._chosen, float(coordinate_values()[place]))
            self.released.emit()

    @Slot()
    def _on_search(self) -> None:
        text = self._search.text()
        if text and self._state is not None and 1 <= int(text) <= self._state.size:
            self.chosen.emit(int(text) - 1)
            self._search.clear()

    @Slot()
    def _turn_back(self) -> None:
        self.grid.turn(-1)

    @Slot()
    def _turn_on(self) -> None:
        self.grid.turn(1)

    @Slot()
    def _randomise_page(self) -> None:
        self.randomise_requested.emit(self.grid.indices())

    @Slot()
    def _reset_page(self) -> None:
        self.reset_requested.emit(self.grid.indices())

    @Slot()
    def _lock_page(self) -> None:
        self.lock_requested.emit(self.grid.indices(), True)

    @Slot()
    def _unlock_all(self) -> None:
        if self._state is not None:
            self.lock_requested.emit(range(self._state.size), False)
