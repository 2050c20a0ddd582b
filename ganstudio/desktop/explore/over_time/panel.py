"""One latent over training, as a panel across the workspace."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.explore.over_time.view import LARGE, SMALL, FilmView
from ganstudio.desktop.widgets.buttons import Button, IconButton
from ganstudio.desktop.widgets.panel import HEADER, Panel

_SUBTITLE = "this latent at every kept step, click one to load its networks"
_NONE_KEPT = "each step that is kept joins this row"
_ABOVE = 8


class FilmPanel(Panel):
    """Shows what it is told, and tells what the person wants."""

    seen_changed = Signal(bool)
    """It is shown or hidden."""
    save_requested = Signal()
    compare_requested = Signal(int)
    """A frame's number: it is to be compared with."""
    comparing_requested = Signal(bool)
    """Begin to compare, or end it."""
    folded = Signal(bool)
    """The person folded the row up or opened it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Over training", _SUBTITLE, parent=parent)
        self.view = FilmView()
        self.compare = Button(
            "Compare",
            "columns",
            small=True,
            tooltip="Show another step or another run at the same latent, beside the image",
        )
        self.compare.setCheckable(True)
        self._more = IconButton("dots-three", "More for the row")
        menu = QMenu(self._more)
        self._save = menu.addAction(theme.icon("image", "ink2"), "Save the row as PNG…", self.save_requested.emit)
        self._more.setMenu(menu)
        self._more.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        self._fold = IconButton("caret-down", "Fold the row up")
        self._menu = QMenu(self)
        self.add_header_widget(self.compare)
        self.add_header_widget(self._more)
        self.add_header_widget(self._fold)
        self.body.setContentsMargins(0, _ABOVE, 0, 0)
        self.body.addWidget(self.view)
        self.compare.clicked.connect(self.comparing_requested)
        self.view.menu_wanted.connect(self._on_menu)
        self._fold.clicked.connect(self._on_fold)
        self.set_roomy(True)

    def set_roomy(self, roomy: bool) -> None:
        """Large images, or small ones where the window is low."""
        self.view.set_largest(LARGE if roomy else SMALL)
        self.fit()

    def fit(self) -> None:
        """Be as high as the images need."""
        height = HEADER + (0 if self.view.isHidden() else _ABOVE + self.view.wanted_height())
        if height != self.height():
            self.setFixedHeight(height)

    def set_folded(self, folded: bool) -> None:
        """Show the header alone, or the row too."""
        self.view.setVisible(not folded)
        words = "Open the row" if folded else "Fold the row up"
        self._fold.set_icon("caret-up" if folded else "caret-down")
        self._fold.setToolTip(words)
        self._fold.setAccessibleName(words)
        self.fit()

    @Slot()
    def _on_fold(self) -> None:
        folded = not self.view.isHidden()
        self.set_folded(folded)
        self.folded.emit(folded)

    def set_kept(self, kept: bool) -> None:
        """Whether there are kept steps."""
        self.set_subtitle(_SUBTITLE if kept else _NONE_KEPT)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen_changed.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.seen_changed.emit(False)

    @Slot(QPoint, int)
    def _on_menu(self, place: QPoint, index: int) -> None:
        frame = self.view.frames[index]
        words = "the networks as they are now" if frame.live else f"step {fmt.number(frame.step or 0)}"
        self._menu.clear()
        load = self._menu.addAction(theme.icon("download-simple", "ink2"), f"Load {words}")
        load.triggered.connect(lambda: self.view.chosen.emit(index))
        beside = self._menu.addAction(theme.icon("columns", "ink2"), f"Compare with {words}")
        beside.triggered.connect(lambda: self.compare_requested.emit(index))
        self._menu.popup(place)
