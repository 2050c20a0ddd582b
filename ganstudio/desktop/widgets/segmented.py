"""A row of joined buttons of which one is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget


class Segmented(QWidget):
    """One choice of a few, each given as (key, label); 24 px high. Left and Right move the choice. `narrow` ones fit
    beside others in a header."""

    chosen = Signal(str)
    """The key that the person chose; not emitted by `set_current`."""

    def __init__(
        self,
        options: Sequence[tuple[str, str]],
        *,
        name: str = "",
        tooltips: Mapping[str, str] | None = None,
        narrow: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(24)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for index, (key, text) in enumerate(options):
            button = QPushButton(text, self)
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setProperty("segment", _place(index, len(options)))
            button.setProperty("narrow", narrow)
            button.setToolTip((tooltips or {}).get(key, f"{name}: {text}" if name else text))
            button.setAccessibleName(f"{name}: {text}" if name else text)
            self._group.addButton(button, index)
            self._buttons[key] = button
            row.addWidget(button)
        self._keys = list(self._buttons)
        self._group.button(0).setChecked(True)
        self._group.idClicked.connect(self._on_clicked)

    def current(self) -> str:
        """The chosen key."""
        return self._keys[self._group.checkedId()]

    def set_current(self, key: str) -> None:
        """Choose `key` without telling; KeyError when there is none."""
        self._buttons[key].setChecked(True)

    def button(self, key: str) -> QAbstractButton:
        """The button of `key`, for a tooltip or to switch it off."""
        return self._buttons[key]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right move the choice."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        wanted = self._group.button(min(max(self._group.checkedId() + step, 0), len(self._keys) - 1))
        wanted.setFocus(Qt.FocusReason.TabFocusReason)
        wanted.click()

    @Slot(int)
    def _on_clicked(self, index: int) -> None:
        self.chosen.emit(self._keys[index])


def _place(index: int, count: int) -> str:
    if count == 1:
        return "only"
    return "first" if index == 0 else "last" if index == count - 1 else "middle"
