"""A picture and what becomes of it, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from ganstudio.desktop.explore.translation.translating import Pixels
from ganstudio.desktop.theme import qcolor
from ganstudio.desktop.widgets.buttons import Button
from ganstudio.desktop.widgets.image_view import ImageView
from ganstudio.desktop.widgets.panel import Panel, label

_MOST = 4
_GAP = 12


class _Picture(ImageView):
    """At the top left below its name, on the panel's ground where it fits."""

    def ground_colour(self) -> QColor:
        return qcolor("canvas" if self.pixels is None or self.horizontalScrollBar().maximum() else "panel")

    def origin(self) -> QPoint:
        return QPoint(-self.horizontalScrollBar().value(), -self.verticalScrollBar().value())


class TranslationPanel(Panel):
    """Up to four named pictures; the result can be copied and saved."""

    save_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Translation", parent=parent)
        self._names = [label("", "title") for _ in range(_MOST)]
        self.views = [_Picture(f"Picture {i + 1}") for i in range(_MOST)]
        self._result = 0
        self._shown = 1
        self._arranged = (0, 0)
        self.copy = Button("Copy", "copy", small=True, tooltip="Put the result on the clipboard (Ctrl+C)")
        self.save = Button("Save image", "export", small=True, tooltip="Save the result as PNG")
        self.add_header_widget(self.copy)
        self.add_header_widget(self.save)
        self.copy.clicked.connect(self.copy_result)
        self.save.clicked.connect(self.save_requested)
        self._cells = [QWidget() for _ in range(_MOST)]
        for cell, name, view in zip(self._cells, self._names, self.views, strict=True):
            column = QVBoxLayout(cell)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(4)
            column.addWidget(name)
            column.addWidget(view, 1)
        self._grid = QGridLayout()
        self._grid.setSpacing(_GAP)
        self.body.addLayout(self._grid, 1)
        self.set_nothing("")

    @property
    def result(self) -> Pixels | None:
        """What the picture became, uint8 (H, W, C)."""
        return self.views[self._result].pixels if self._shown > 1 else None

    def set_pictures(self, pictures: Sequence[tuple[str, Pixels]], result: int, file_name: str) -> None:
        """Show named pictures, of which `result` is the one that is saved."""
        self._result = result
        for view, name, (words, pixels) in zip(self.views, self._names, pictures, strict=False):
            name.setText(words)
            view.set_image(pixels, file_name)
        self._set_count(len(pictures))

    def set_nothing(self, sentence: str) -> None:
        """No picture: say what is awaited."""
        self._set_count(1)
        self._names[0].setText("No picture yet")
        self.views[0].set_image(None)
        self.views[0].set_empty_text(sentence)

    def set_problem(self, sentence: str) -> None:
        """Say in the place of the result what went wrong; in the place of all when there is none."""
        self.views[self._result if self._shown > 1 else 0].set_error(sentence)

    @Slot()
    def copy_result(self) -> None:
        """Put the result on the clipboard."""
        if self.result is not None:
            self.views[self._result].copy_image()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Two rows where one would make them smaller."""
        super().resizeEvent(event)
        self._arrange()

    def _set_count(self, count: int) -> None:
        self._shown = count
        for button in (self.copy, self.save):
            button.setEnabled(count > 1)
        self._arrange()

    def _arrange(self) -> None:
        width, height = self.width() - 24, self.height() - 64

        def side(columns: int) -> int:
            return min(width // columns, height // -(-self._shown // columns))

        full = [count for count in range(1, self._shown + 1) if self._shown % count == 0]
        columns = max(full, key=lambda count: (side(count), count))
        if (self._shown, columns) == self._arranged:
            return
        self._arranged = (self._shown, columns)
        for cell in self._cells:
            self._grid.removeWidget(cell)
            cell.hide()
        for index in range(_MOST):
            self._grid.setColumnStretch(index, 1 if index < columns else 0)
            self._grid.setRowStretch(index, 1 if index * columns < self._shown else 0)
        for index, cell in enumerate(self._cells[: self._shown]):
            self._grid.addWidget(cell, index // columns, index % columns)
            cell.show()
