"""What can be done with a checkpoint on the timeline: go back to it, or fork it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPoint, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.widgets.scrubber import Scrubber


class TimelineMenu(QObject):
    """The context menu of `scrubbers`, at the checkpoint nearest to the pointer."""

    roll_back_requested = Signal(int)
    """The step of the checkpoint that the run is to go back to."""
    fork_requested = Signal(int)
    """The step of the checkpoint that a new run is to begin with."""

    def __init__(self, scrubbers: Sequence[Scrubber], parent: QWidget) -> None:
        super().__init__(parent)
        self._step = 0
        self.menu = QMenu(parent)
        self.menu.setToolTipsVisible(True)
        self.back = self._action("rewind", self._on_back)
        self.fork = self._action("git-fork", self._on_fork)
        for scrubber in scrubbers:
            scrubber.menu_requested.connect(self._open)

    def set_reasons(self, back: str, fork: str) -> None:
        """Why either cannot be done; empty where it can."""
        for action, reason in ((self.back, back), (self.fork, fork)):
            action.setEnabled(not reason)
            action.setToolTip(reason)

    def _action(self, icon: str, slot: object) -> QAction:
        action = QAction(theme.icon(icon, "ink2"), "", self.menu)
        action.triggered.connect(slot)
        self.menu.addAction(action)
        return action

    @Slot(int, QPoint)
    def _open(self, step: int, at: QPoint) -> None:
        self._step = step
        self.back.setText(f"Go back to step {fmt.number(step)}…")
        self.fork.setText(f"Fork from step {fmt.number(step)}")
        self.menu.popup(at)

    @Slot()
    def _on_back(self) -> None:
        self.roll_back_requested.emit(self._step)

    @Slot()
    def _on_fork(self) -> None:
        self.fork_requested.emit(self._step)
