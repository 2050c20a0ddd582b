"""Ties the dialog that compares pictures with a run's images to the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QFileDialog

from ganstudio.data.sources import IMAGE_SUFFIXES
from ganstudio.desktop.explore.likeness.dialog import LikenessDialog
from ganstudio.desktop.explore.likeness.likening import Advanced, Comparison, Scored, compare, files_of, table
from ganstudio.desktop.explore.preview import CheckpointSource
from ganstudio.desktop.forms.background import Background, Outcome
from ganstudio.desktop.widgets.imaging import save_table
from ganstudio.errors import UserError

if TYPE_CHECKING:
    from ganstudio.desktop.explore.workspace import ExploreWorkspace

_LIVE = "These networks change while the run trains: choose one of its checkpoints to compare with."


class Liker(QObject):
    """One dialog at a time; closing it ends the work."""

    def __init__(self, workspace: ExploreWorkspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._dialog: LikenessDialog | None = None
        self._background = Background(compare, self)
        self._background.progressed.connect(self._on_progress)
        self._background.done.connect(self._on_done)
        self._button = workspace.image_panel.likeness
        self._button.clicked.connect(self.open)
        workspace.state_changed.connect(self._on_state)
        workspace.cleared.connect(self._on_cleared)
        self._on_state(None)

    @property
    def dialog(self) -> LikenessDialog | None:
        """The dialog while it is open."""
        return self._dialog

    def shutdown(self) -> None:
        """End the work."""
        self._background.stop()

    @Slot()
    def open(self) -> None:
        """Show the dialog."""
        if self._workspace.state is None:
            return
        if self._dialog is None:
            self._dialog = dialog = LikenessDialog(self._workspace)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.paths_given.connect(self.compare)
            dialog.files_requested.connect(self._ask_files)
            dialog.folder_requested.connect(self._ask_folder)
            dialog.cancel_requested.connect(self._on_cancel)
            dialog.table_requested.connect(self._ask_table)
            dialog.explore_requested.connect(self._on_explore)
            dialog.finished.connect(self._on_closed)
        self._dialog.show()
        self._dialog.raise_()

    @Slot(object)
    def compare(self, paths: Sequence[Path]) -> None:
        """Score files and the pictures of folders."""
        dialog, source = self._dialog, self._workspace.source
        if dialog is None:
            return
        try:
            if not isinstance(source, CheckpointSource):
                raise UserError(_LIVE)
            files = files_of(paths)
        except UserError as error:
            dialog.set_idle(str(error))
            return
        dialog.begin(len(files))
        self._background.request(Comparison(source, files))

    def save(self, file: Path) -> None:
        """Write the scores as CSV. UserError when it cannot be written."""
        if self._dialog is not None:
            save_table(table(self._dialog.rows.scored), file)

    @Slot(object)
    def _on_state(self, state: object) -> None:
        facts = self._workspace.facts
        fits = state is not None and facts is not None and facts.shape.subject != "points"
        self._button.setVisible(fits)

    @Slot()
    def _on_cleared(self) -> None:
        if self._dialog is not None:
            self._dialog.reject()

    @Slot(object)
    def _on_progress(self, advanced: Advanced) -> None:
        if self._dialog is not None:
            self._dialog.advance(advanced)

    @Slot(object)
    def _on_done(self, outcome: Outcome) -> None:
        if self._dialog is not None:
            self._dialog.set_idle(f"{outcome.result} scored" if outcome.error is None else str(outcome.error))

    @Slot()
    def _on_cancel(self) -> None:
        self._background.cancel()
        if self._dialog is not None:
            self._dialog.set_idle("Cancelled")

    @Slot()
    def _on_closed(self) -> None:
        self._background.cancel()
        self._dialog = None

    @Slot(object)
    def _on_explore(self, scored: Scored) -> None:
        if scored.likeness is not None:
            found = scored.likeness.found
            self._workspace.open_latent(None, found.z, found.label, scored.file.stem)

    @Slot()
    def _ask_files(self) -> None:
        kinds = f"Pictures ({' '.join(f'*{suffix}' for suffix in sorted(IMAGE_SUFFIXES))})"
        dialog = QFileDialog(self._dialog, "Compare pictures", "", kinds)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._on_files)
        dialog.open()

    @Slot(list)
    def _on_files(self, chosen: list[str]) -> None:
        self.compare([Path(file) for file in chosen])

    @Slot()
    def _ask_folder(self) -> None:
        self._workspace.files.open("Compare the pictures of a folder", self._on_folder, folder=True)

    def _on_folder(self, folder: Path) -> None:
        self.compare([folder])

    @Slot()
    def _ask_table(self) -> None:
        self._workspace.files.save("Save the scores", "likeness.csv", self.save)
