"""The window on a run's distribution, beside the studio's: it follows the run that is shown there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop.distribution.judge_view import JudgeView
from ganstudio.desktop.distribution.map_view import MapView
from ganstudio.desktop.distribution.working import Note
from ganstudio.desktop.widgets.panel import PADDING, label
from ganstudio.desktop.widgets.segmented import Segmented
from ganstudio.runs.folder import RunFolder
from ganstudio.training.events import Judged

_WIDTH, _HEIGHT = 1160, 760


class DistributionWindow(QWidget):
    """Feature map and human judgement of one run, by checkpoint."""

    saved = Signal(str)
    """The path of a picture or table that was written."""
    failed = Signal(str)
    """A sentence for the person."""
    noted = Signal(object)
    """A `Note` for the journal of the run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setProperty("ground", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.folder: RunFolder | None = None
        self.map, self.judge = MapView(self), JudgeView(self)
        self._lay_out()
        self.map.saved.connect(self.saved)
        for view in (self.map, self.judge):
            view.failed.connect(self.failed)
        self.judge.judged.connect(self._on_judged)
        room = QGuiApplication.primaryScreen().availableGeometry()
        self.resize(min(_WIDTH, room.width() - 40), min(_HEIGHT, room.height() - 60))

    def show_run(self, folder: RunFolder, title: str) -> None:
        """Look at a run; what is shown of it stays when it is the same."""
        if self.folder is None or self.folder.path != folder.path:
            self.folder = folder
            self.map.clear()
            self.judge.reset()
        self.setWindowTitle(f"Distribution: {title}")
        self._name.setText(title)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Look for new checkpoints; the newest stays chosen, or the one that a person chose."""
        steps = self.folder.checkpoints() if self.folder is not None else []
        chosen: int | None = self.step()
        newest = self._steps.currentIndex() <= 0
        known = [self._steps.itemData(index) for index in range(self._steps.count())]
        if known == steps[::-1]:
            self._show_place()
            return
        self._steps.blockSignals(True)
        self._steps.clear()
        for step in reversed(steps):
            self._steps.addItem(f"Step {fmt.number(step)}", step)
        if not newest and chosen in steps:
            self._steps.setCurrentIndex(self._steps.findData(chosen))
        self._steps.blockSignals(False)
        self._show_place()

    def step(self) -> int | None:
        """The step of the checkpoint that is chosen; None while there is none."""
        step: int | None = self._steps.currentData()
        return step

    def show_page(self, key: str) -> None:
        """Show ``map`` or ``judge``."""
        self._pages.set_current(key)
        self._stack.setCurrentWidget(self.judge if key == "judge" else self.map)

    def shutdown(self) -> None:
        """End what runs in the background."""
        self.map.shutdown()
        self.judge.shutdown()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Out of sight, nothing is worked out."""
        self.map.set_checkpoint(None)
        super().closeEvent(event)

    def _lay_out(self) -> None:
        self._name = label("", "title")
        self._steps = QComboBox()
        self._steps.setProperty("small", True)
        self._steps.setMinimumWidth(136)
        self._steps.setAccessibleName("Checkpoint")
        self._steps.setToolTip("The checkpoint whose samples are looked at")
        self._steps.currentIndexChanged.connect(self._on_step)
        self._pages = Segmented([("map", "Feature map"), ("judge", "Real or generated?")], name="View")
        self._pages.chosen.connect(self.show_page)
        head = QFrame()
        head.setProperty("role", "header")
        row = QHBoxLayout(head)
        row.setContentsMargins(PADDING, 6, PADDING, 6)
        row.setSpacing(12)
        row.addWidget(self._pages)
        row.addWidget(self._name)
        row.addStretch(1)
        row.addWidget(self._steps)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.map)
        self._stack.addWidget(self.judge)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(self._stack, 1)

    def _show_place(self) -> None:
        step = self.step()
        self._steps.setEnabled(step is not None)
        if self.folder is None or step is None:
            self.map.set_checkpoint(None)
            self.judge.set_place(None)
        else:
            self.map.set_checkpoint(self.folder.checkpoint_path(step))
            self.judge.set_place((self.folder, step))

    @Slot(int)
    def _on_step(self, _: int) -> None:
        self._show_place()

    @Slot(object)
    def _on_judged(self, event: Judged) -> None:
        if self.folder is not None:
            self.noted.emit(Note(self.folder, event))
