"""Keeps favourites of the run at hand, takes them back, and hands them on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from ganstudio.desktop.explore.favourites.favourites import (
    Favourite,
    favourites_file,
    read_favourites,
    save_contact_sheet,
    save_images,
    write_favourites,
)
from ganstudio.desktop.explore.favourites.panel import FavouritesPanel
from ganstudio.desktop.explore.state import LatentState
from ganstudio.desktop.settings import Settings
from ganstudio.errors import UserError
from ganstudio.latent.anchored_plane import Anchor
from ganstudio.latent.walks import Walk

if TYPE_CHECKING:
    from ganstudio.desktop.explore.workspace import ExploreWorkspace

_PLACES = {"a": 0, "b": 1}


class Collector(QObject):
    """The favourites live beside the settings, one file a run; each change is written at once."""

    def __init__(self, workspace: ExploreWorkspace, settings: Settings) -> None:
        super().__init__(workspace)
        self._workspace, self._folder = workspace, settings.folder
        self.panel = FavouritesPanel()
        self._run: Path | None = None
        self._readable = True
        self._favourites: list[Favourite] = []
        workspace.right.addWidget(self.panel)
        workspace.right.setStretchFactor(workspace.right.count() - 1, 0)
        workspace.right.setVisible(True)
        self.panel.hide()
        workspace.state_changed.connect(self._on_state)
        workspace.image_panel.keep_requested.connect(self.keep)
        panel, tray = self.panel, self.panel.tray
        tray.opened.connect(self.open)
        tray.keep_requested.connect(self.keep)
        tray.remove_requested.connect(self.remove)
        tray.move_requested.connect(self.move)
        panel.use_requested.connect(self.use)
        panel.walk_requested.connect(self.walk_through)
        panel.sheet_requested.connect(self._ask_sheet)
        panel.images_requested.connect(self._ask_images)

    @property
    def favourites(self) -> tuple[Favourite, ...]:
        """Those of the run at hand."""
        return tuple(self._favourites)

    @Slot(object)
    def _on_state(self, state: LatentState | None) -> None:
        self.panel.setVisible(state is not None)
        run = self._workspace.run
        if state is None or run is None or run == self._run:
            return
        self._run, self._favourites, self._readable = run, [], True
        self.panel.tray.choose(-1)
        try:
            self._favourites = read_favourites(favourites_file(self._folder, run))
        except UserError as error:
            self._readable = False
            self._workspace.failed.emit(str(error))
        self.panel.set_favourites(self._favourites)

    # -- what a person does -----------------------------------------------------------------------------------------

    @Slot()
    def keep(self) -> None:
        """The image that is shown becomes a favourite; one that is already there is taken in hand."""
        shown, state = self._workspace.sharing.shown(), self._workspace.state
        if shown is None or state is None or self._run is None:
            self._workspace.failed.emit("There is no image yet that could be kept.")
            return
        kept = Favourite(shown[0], shown[1], f"{state.text}{', changed' if state.moved else ''}")
        same = next((index for index, each in enumerate(self._favourites) if each.is_same(kept)), None)
        if same is None:
            self._change([*self._favourites, kept])
        self.panel.tray.choose(len(self._favourites) - 1 if same is None else same)

    @Slot(int)
    def open(self, index: int) -> None:
        """Take a favourite back: its networks, its latent and its look."""
        favourite = self._favourites[index]
        self._workspace.sharing.restore(favourite.origin, favourite.text)

    @Slot(int)
    def remove(self, index: int) -> None:
        """A favourite no more, unless the person takes that back."""
        run, gone = self._run, self._favourites[index]
        assert run is not None
        self._change([each for place, each in enumerate(self._favourites) if place != index])
        self._workspace.removed.emit(
            f"Removed {gone.text} from the favourites", lambda: self.put_back(run, index, gone)
        )

    def put_back(self, run: Path, index: int, favourite: Favourite) -> None:
        """A favourite of `run` again, where it was; also while another run is at hand."""
        here = run == self._run
        try:
            favourites = self._favourites if here else read_favourites(favourites_file(self._folder, run))
            changed = [*favourites[:index], favourite, *favourites[index:]]
            if here:
                self._change(changed)
                self.panel.tray.choose(min(index, len(favourites)))
            else:
                write_favourites(favourites_file(self._folder, run), changed)
        except UserError as error:
            self._workspace.failed.emit(str(error))

    @Slot(int, int)
    def move(self, index: int, target: int) -> None:
        """Put a favourite at another place."""
        others = [each for place, each in enumerate(self._favourites) if place != index]
        self._change([*others[:target], self._favourites[index], *others[target:]])

    @Slot(str)
    def use(self, letter: str) -> None:
        """The favourite in hand as A or B of the walk, and of the plane."""
        state, index = self._workspace.state, self.panel.tray.chosen_index
        if state is None or not 0 <= index < len(self._favourites):
            return
        favourite = self._favourites[index]
        z = favourite.origin.latent
        if not self._fits(state, favourite):
            return
        plane = None if state.plane is None else state.plane.with_anchor(letter, Anchor(z, favourite.text))
        changed = state.with_walk(state.walk.with_latent(_PLACES[letter], z))
        self._workspace.walk.stop()
        self._workspace.apply(replace(changed, plane=plane))

    @Slot()
    def walk_through(self) -> None:
        """A walk from favourite to favourite, in their order."""
        state = self._workspace.state
        if state is None or not all(self._fits(state, each) for each in self._favourites):
            return
        try:
            keys = Walk.through(each.origin.latent for each in self._favourites).keys
            walk = replace(state.walk, keys=keys)
        except UserError as error:
            self._workspace.failed.emit(str(error))
        else:
            self._workspace.walk.stop()
            self._workspace.apply(replace(state, walk=walk, position=None))

    def _fits(self, state: LatentState, favourite: Favourite) -> bool:
        size = len(favourite.origin.latent)
        if size != state.size:
            words = f"The latent of {favourite.text} has {size} values; this model takes {state.size}."
            self._workspace.failed.emit(words)
        return size == state.size

    # -- files ------------------------------------------------------------------------------------------------------

    def _change(self, favourites: list[Favourite]) -> None:
        assert self._run is not None
        self._favourites = favourites
        self.panel.set_favourites(favourites)
        if not self._readable:
            return
        try:
            write_favourites(favourites_file(self._folder, self._run), favourites)
        except UserError as error:
            self._workspace.failed.emit(str(error))

    @Slot()
    def _ask_sheet(self) -> None:
        if self._favourites and self._run is not None:
            favourites = self.favourites
            name = f"{self._run.name}-favourites.png"
            self._workspace.files.save(
                "Save the contact sheet", name, lambda file: save_contact_sheet(file, favourites)
            )

    @Slot()
    def _ask_images(self) -> None:
        self._workspace.files.open("Save all favourites as pictures in", self.save_all, folder=True)

    def save_all(self, folder: Path) -> None:
        """Write all favourites as pictures into a new folder below `folder`; what fails is told."""
        if not self._favourites:
            return
        try:
            made = save_images(folder, self._favourites)
        except UserError as error:
            self._workspace.failed.emit(str(error))
        else:
            self._workspace.saved.emit(str(made))
