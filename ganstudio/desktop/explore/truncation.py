"""Truncation: the factor that leads latents towards their mean, as a slider with a number, and what it is tied to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSlider, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme

if TYPE_CHECKING:
    from ganstudio.desktop.explore.state import LatentState
    from ganstudio.desktop.explore.workspace import ExploreWorkspace

_TIP = (
    "Truncation: what the latent is multiplied by before it is drawn. 1 leaves it, less leads to typical images with "
    "less variety, 0 draws the mean latent. It applies to all that is drawn here."
)
_NUMBER = 52


class TruncationRow(QWidget):
    """A slider from 0 to 1 and the same value as a number; a double click goes back to 1."""

    moved = Signal(float)
    released = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider, self.number = ResettingSlider(Qt.Orientation.Horizontal), QLineEdit()
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        self.slider.setAccessibleName("Truncation")
        self.slider.setToolTip(_TIP)
        self.number.setAccessibleName("Truncation as a number")
        self.number.setToolTip("A number from 0 to 1: Enter takes it")
        self.number.setFixedWidth(_NUMBER)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.slider, 1)
        row.addWidget(self.number)
        self._value = 1.0
        self.slider.valueChanged.connect(self._on_slider)
        self.slider.sliderReleased.connect(self.released)
        self.slider.reset_requested.connect(self._on_reset)
        self.number.textEdited.connect(self._on_edited)
        self.number.returnPressed.connect(self._on_typed)
        self.number.editingFinished.connect(self._show_number)
        self._show_number()

    def set_value(self, value: float) -> None:
        """Show a value without telling."""
        self._value = value
        if not self.slider.isSliderDown():
            self.slider.blockSignals(True)
            self.slider.setValue(round(100 * value))
            self.slider.blockSignals(False)
        if not (self.number.hasFocus() and self.number.isModified()):
            self._show_number()

    @Slot(int)
    def _on_slider(self, percent: int) -> None:
        self._value = percent / 100
        self._show_number()
        self.moved.emit(self._value)
        if not self.slider.isSliderDown():
            self.released.emit()

    @Slot()
    def _on_reset(self) -> None:
        self.slider.setValue(100)

    @Slot(str)
    def _on_edited(self, _text: str) -> None:
        theme.restyle(self.number, invalid=self._typed() is None)

    @Slot()
    def _on_typed(self) -> None:
        value = self._typed()
        if value is not None and value != self._value:
            self.number.setModified(False)
            self.set_value(value)
            self.moved.emit(value)
            self.released.emit()

    def _typed(self) -> float | None:
        try:
            value = fmt.parse_number(self.number.text())
        except ValueError:
            return None
        return value if 0.0 <= value <= 1.0 else None

    @Slot()
    def _show_number(self) -> None:
        theme.restyle(self.number, invalid=False)
        self.number.setText(fmt.number(self._value, 2))
        self.number.setModified(False)


class ResettingSlider(QSlider):
    """A slider that a double click resets; the wheel passes while it has no focus."""

    reset_requested = Signal()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset_requested.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class Truncation(QObject):
    """Ties the row to the state; absent where the generator brings latents to one length."""

    def __init__(self, workspace: ExploreWorkspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._panel = workspace.latent_panel
        row = self._panel.truncation
        row.moved.connect(self._on_moved)
        row.released.connect(workspace.seal)
        workspace.state_changed.connect(self._on_state)
        workspace.cleared.connect(self._on_cleared)

    @Slot(float)
    def _on_moved(self, value: float) -> None:
        state = self._workspace.state
        if state is not None and value != state.look.truncation:
            self._workspace.push(state.with_truncation(value), "truncation")

    @Slot(object)
    def _on_state(self, state: LatentState | None) -> None:
        facts = self._workspace.facts
        self._panel.set_truncates(state is not None and facts is not None and facts.truncates)
        self._panel.truncation.set_value(1.0 if state is None else state.look.truncation)

    @Slot()
    def _on_cleared(self) -> None:
        """A run whose latents have one length may follow one whose latents were truncated."""
        state, facts = self._workspace.state, self._workspace.facts
        if state is not None and facts is not None and not facts.truncates and state.look.truncation != 1.0:
            self._workspace.apply(state.with_truncation(1.0))
