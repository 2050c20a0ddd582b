"""Directions of a person's own: made from marked samples, kept with the run, shown among the others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QInputDialog, QMessageBox

from ganstudio.desktop.explore.directions import mine
from ganstudio.desktop.explore.directions.marking_dialog import SAMPLES, MarkingDialog
from ganstudio.desktop.explore.directions.mine import OwnDirection
from ganstudio.desktop.explore.preview import Rendered, Request
from ganstudio.desktop.explore.state import frozen
from ganstudio.errors import UserError
from ganstudio.latent.grouping import mean_difference
from ganstudio.latent.sampling import latents

if TYPE_CHECKING:
    from ganstudio.desktop.explore.workspace import ExploreWorkspace

_NONE = "Directions of your own stand here: mark samples that have something, and some that have it not."


class OwnDirections(QObject):
    """Ties the panel's fourth kind to the file of the run and to the dialog."""

    def __init__(self, workspace: ExploreWorkspace) -> None:
        super().__init__(workspace)
        self._workspace, self._panel = workspace, workspace.directions
        self._kept: tuple[OwnDirection, ...] = ()
        self._run: Path | None = None
        self._dialog: MarkingDialog | None = None
        self._asked, self._seed = 0, 0
        self._panel.kind_chosen.connect(self._on_kind)
        self._panel.own_requested.connect(self.open)
        self._panel.rename_requested.connect(self._ask_name)
        self._panel.delete_requested.connect(self._ask_delete)
        workspace.cleared.connect(self._on_cleared)
        workspace.state_changed.connect(self._on_state)
        workspace.worker.rendered.connect(self._on_rendered)

    @property
    def dialog(self) -> MarkingDialog | None:
        """The dialog while it is open."""
        return self._dialog

    @Slot()
    def open(self) -> None:
        """Show samples to mark."""
        if self._workspace.state is None or self._dialog is not None:
            return
        self._dialog = dialog = MarkingDialog(self._workspace)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.more_requested.connect(self._draw)
        dialog.made.connect(self._on_made)
        dialog.finished.connect(self._on_closed)
        self._seed = 0
        self._draw()
        dialog.open()

    @Slot(str, str)
    def rename(self, before: str, after: str) -> None:
        """Give a direction another name."""
        if before != after:
            others = [each for each in self._kept if each.name != before]
            name = mine.named(after, others)
            self._keep([OwnDirection(name, each.vector) if each.name == before else each for each in self._kept])

    @Slot(str)
    def delete(self, name: str) -> None:
        """Forget a direction."""
        self._try(lambda: self._keep([each for each in self._kept if each.name != name]))

    @Slot(str)
    def _ask_name(self, name: str) -> None:
        after, taken = QInputDialog.getText(self._workspace, "Rename direction", "Name", text=name)
        if taken:
            self._try(lambda: self.rename(name, after))

    @Slot(str)
    def _ask_delete(self, name: str) -> None:
        answer = QMessageBox.question(self._workspace, "Delete direction", f"Delete {name}? It cannot be brought back.")
        if answer == QMessageBox.StandardButton.Yes:
            self.delete(name)

    @Slot(str)
    def _on_kind(self, kind: str) -> None:
        if kind == "mine":
            self._load()
            self._show()

    @Slot()
    def _on_cleared(self) -> None:
        self._run = None
        if self._dialog is not None:
            self._dialog.reject()

    @Slot(object)
    def _on_state(self, state: object) -> None:
        if state is not None and self._run is None and self._panel.kind.current() == "mine":
            self._load()
            self._show()

    def _load(self) -> None:
        run, state = self._workspace.run, self._workspace.state
        self._run, self._kept = run, ()
        if run is not None and state is not None:
            try:
                self._kept = mine.read(run, state.size)
            except UserError as error:
                self._workspace.failed.emit(str(error))

    def _show(self) -> None:
        self._panel.set_directions(self._kept, "" if self._kept else _NONE)
        self._panel.set_state(self._workspace.state)
        self._panel.refresh_requested.emit()

    def _keep(self, directions: list[OwnDirection]) -> None:
        if self._run is not None:
            mine.write(self._run, directions)
            self._kept = tuple(directions)
            self._show()

    def _try(self, change: Any) -> None:
        try:
            change()
        except UserError as error:
            self._workspace.failed.emit(str(error))

    @Slot()
    def _draw(self) -> None:
        state, source = self._workspace.state, self._workspace.source
        if state is None or source is None:
            return
        self._asked, self._seed = self._workspace.worker.next_number(), self._seed + 1
        self._workspace.worker.request(
            Request(
                number=self._asked,
                kind="samples",
                source=source,
                z=frozen(latents(self._seed, SAMPLES, state.size)),
                label=state.label,
                mix=state.mix,
                look=state.look,
            )
        )

    @Slot(object)
    def _on_rendered(self, answer: Any) -> None:
        request = answer.request
        if self._dialog is None or not isinstance(answer, Rendered) or request.number != self._asked:
            return
        if answer.images is not None and isinstance(request, Request):
            self._dialog.set_samples(request.z, answer.images)
        else:
            self._dialog.set_problem(answer.error or "There are no networks to draw samples with yet.")

    @Slot(str)
    def _on_made(self, name: str) -> None:
        dialog = self._dialog
        if dialog is None:
            return
        try:
            if self._run is None or self._run != self._workspace.run:
                self._load()
            name = mine.named(name, self._kept)
            vector = frozen(mean_difference(dialog.group("without"), dialog.group("with")))
            self._panel.kind.set_current("mine")
            self._panel.kind_chosen.emit("mine")
            self._keep([*self._kept, OwnDirection(name, vector)])
        except UserError as error:
            dialog.set_problem(str(error))
        else:
            dialog.accept()

    @Slot()
    def _on_closed(self) -> None:
        self._dialog = None
        self._workspace.worker.cancel("samples")
