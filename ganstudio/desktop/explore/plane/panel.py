"""The plane through three latents as a panel: the map, and below it where it leads and how much of it is seen."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSlider, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.explore.plane.view import PlaneView
from ganstudio.desktop.widgets.buttons import IconButton
from ganstudio.desktop.widgets.panel import Panel, label
from ganstudio.latent.anchored_plane import DENSITIES, LETTERS, AnchoredPlane

_SUBTITLE = "through A, B and C, drag to move"
_EMPTY = "Once there are networks, the images between three latents A, B and C stand here."


class PlanePanel(Panel):
    """Shows what it is told, and tells what the person wants of the anchors."""

    shuffle_requested = Signal()
    """Three other anchors."""
    anchor_requested = Signal(str, str)
    """An anchor's letter, and what it is to be: ``"here"`` the latent that is shown, ``"fresh"`` a new one."""
    directions_requested = Signal()
    """The plane through the latent that is shown, along the first two directions."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Plane", _SUBTITLE, parent=parent)
        self.view = PlaneView()
        self.view.set_said(_EMPTY)
        self.shuffle = IconButton("shuffle", "Three other latents as A, B and C")
        self._more = IconButton("dots-three", "More for the plane")
        self.extent = QSlider(Qt.Orientation.Horizontal)
        self._across, self._up = label("", "body"), label("", "body")
        self._menu = QMenu(self)
        self._more.setMenu(self._menu)
        self._more.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        self._can_use_directions = False
        self._lay_out()
        self._menu.aboutToShow.connect(self._fill_menu)
        self.shuffle.clicked.connect(self.shuffle_requested)
        self.extent.valueChanged.connect(self._on_extent)
        self.view.density_changed.connect(self._on_density)
        self.view.menu_wanted.connect(self._on_menu)
        self.set_plane(None)

    def set_plane(self, plane: AnchoredPlane | None) -> None:
        """Show a plane, or what will be here."""
        self.view.set_plane(plane)
        for part in (self.shuffle, self._more, self.extent):
            part.setEnabled(plane is not None)
        if plane is not None:
            tips = [f"{letter.upper()}: {each.text}" for letter, each in zip(LETTERS, plane.anchors, strict=True)]
            self._across.setToolTip(f"{tips[0]}\n{tips[1]}")
            self._up.setToolTip(f"{tips[0]}\n{tips[2]}")

    def set_directions(self, known: bool) -> None:
        """Whether there are two directions to span the plane by."""
        self._can_use_directions = known

    def minimumSizeHint(self) -> QSize:
        return QSize(216, 200)

    def _lay_out(self) -> None:
        self.add_header_widget(self.shuffle)
        self.add_header_widget(self._more)
        self.body.setSpacing(8)
        self.body.addWidget(self.view, 1)
        self.extent.setRange(0, len(DENSITIES) - 1)
        self.extent.setMinimumWidth(48)
        self.extent.setMaximumWidth(96)
        self.extent.setAccessibleName("Extent")
        self.extent.setToolTip("How much of the plane is seen; the wheel does the same")
        for part, text in ((self._across, "A → B"), (self._up, "A → C")):
            part.setText(text)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label("across", "subtitle"))
        row.addWidget(self._across)
        row.addStretch(1)
        row.addWidget(label("extent", "subtitle"))
        row.addWidget(self.extent)
        row.addStretch(1)
        row.addWidget(label("up", "subtitle"))
        row.addWidget(self._up)
        self.body.addLayout(row)

    def _fill_menu(self, letters: str = "abc") -> None:
        menu = self._menu
        menu.clear()
        for letter in letters:
            name = letter.upper()
            here = menu.addAction(theme.icon("map-pin", "ink2"), f"The latent at hand as {name}")
            here.triggered.connect(lambda _=False, each=letter: self.anchor_requested.emit(each, "here"))
        menu.addSeparator()
        for letter in letters:
            fresh = menu.addAction(theme.icon("dice-five", "ink2"), f"A new latent as {letter.upper()}")
            fresh.triggered.connect(lambda _=False, each=letter: self.anchor_requested.emit(each, "fresh"))
        menu.addSeparator()
        along = menu.addAction(theme.icon("arrows-out-cardinal", "ink2"), "From here along the first two directions")
        along.setEnabled(self._can_use_directions)
        along.triggered.connect(self.directions_requested)
        menu.addAction(theme.icon("frame-corners", "ink2"), "Show A, B and C", self.view.show_all)

    @Slot(QPoint, str)
    def _on_menu(self, place: QPoint, letter: str) -> None:
        if self.view.plane is not None:
            menu = self._menu
            blocked = menu.blockSignals(True)
            self._fill_menu(letter or "abc")
            menu.popup(place)
            menu.blockSignals(blocked)

    @Slot(int)
    def _on_extent(self, place: int) -> None:
        self.view.set_density(DENSITIES[len(DENSITIES) - 1 - place])

    @Slot(int)
    def _on_density(self, density: int) -> None:
        blocked = self.extent.blockSignals(True)
        self.extent.setValue(len(DENSITIES) - 1 - DENSITIES.index(density))
        self.extent.blockSignals(blocked)
