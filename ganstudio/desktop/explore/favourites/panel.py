"""Favourites: what a person has kept of a run, to come back to and to take elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.explore.favourites.favourites import Favourite
from ganstudio.desktop.explore.favourites.tray import FavouritesTray
from ganstudio.desktop.widgets.buttons import Button, IconButton
from ganstudio.desktop.widgets.panel import Panel, label
from ganstudio.desktop.widgets.scrolled import OverlayScroll
from ganstudio.latent.walks import MOST_KEYS

_LOWEST, _TWO_ROWS = 64, 208


class FavouritesPanel(Panel):
    """The tray, and what can be done with the favourite in hand and with all."""

    use_requested = Signal(str)
    """The favourite in hand as ``"a"`` or ``"b"``."""
    walk_requested = Signal()
    """A walk through all of them."""
    sheet_requested = Signal()
    images_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Favourites", parent=parent)
        self.tray = FavouritesTray(self)
        self._count = label("", "subtitle")
        self._more = IconButton("dots-three", "More for the favourites")
        self._hint = label("", "subtitle")
        self._hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._use_a = Button("Use as A", small=True, tooltip="Begin the walk with it, and the plane's A")
        self._use_b = Button("Use as B", small=True, tooltip="The walk's second key, and the plane's B")
        self._remove = IconButton("trash", "Remove the favourite in hand (Delete)")
        self.add_header_widget(self._count)
        self.add_header_widget(self._remove)
        self.add_header_widget(self._more)
        self._more.setMenu(self._make_menu())
        self._more.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        self._lay_out()
        self._use_a.clicked.connect(lambda: self.use_requested.emit("a"))
        self._use_b.clicked.connect(lambda: self.use_requested.emit("b"))
        self._remove.clicked.connect(lambda: self.tray.remove_requested.emit(self.tray.chosen_index))
        self.tray.chosen.connect(self._show_chosen)
        self.set_favourites(())

    def sizeHint(self) -> QSize:
        """Room for two rows."""
        return QSize(360, _TWO_ROWS)

    def set_favourites(self, favourites: Sequence[Favourite]) -> None:
        """Show the favourites of a run."""
        count = len(favourites)
        self.tray.set_favourites(favourites)
        self._count.setText(f"{count} latent{'' if count == 1 else 's'}" if count else "")
        self._hint.setText("Drag onto A, B, C or the walk" if count else "Keep what you like (K)")
        for action in (self._sheet, self._images):
            action.setEnabled(count > 0)
        self._through.setEnabled(2 <= count <= MOST_KEYS)
        self._show_chosen()

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        self._through = menu.addAction(theme.icon("path", "ink2"), "Walk through all", self.walk_requested.emit)
        menu.addSeparator()
        self._sheet = menu.addAction(
            theme.icon("grid-four", "ink2"), "Contact sheet as PNG…", self.sheet_requested.emit
        )
        self._images = menu.addAction(theme.icon("folder-open", "ink2"), "All as pictures…", self.images_requested.emit)
        return menu

    def _lay_out(self) -> None:
        scroll = OverlayScroll(self)
        self.tray.setProperty("role", "scrolled")
        scroll.setWidget(self.tray)
        scroll.setMinimumHeight(_LOWEST)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._hint, 1)
        for button in (self._use_a, self._use_b):
            row.addWidget(button)
        self.body.setContentsMargins(12, 12, 12, 12)
        self.body.setSpacing(8)
        self.body.addWidget(scroll, 1)
        self.body.addLayout(row)

    @Slot()
    def _show_chosen(self) -> None:
        for button in (self._use_a, self._use_b, self._remove):
            button.setEnabled(self.tray.chosen_index >= 0)
