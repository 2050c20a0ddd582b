"""A vertical scroll area whose bar takes no room from what it scrolls."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QScrollBar, QVBoxLayout, QWidget


class OverlayScroll(QScrollArea):
    """Scrolls vertically; the bar lies over the right padding, so that contents keep their width when it appears."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = self.verticalScrollBar()
        inner.setSingleStep(32)
        self._bar = QScrollBar(Qt.Orientation.Vertical, self)
        self._bar.setAccessibleName("Scroll bar")
        self._bar.setToolTip("Scroll")
        self._bar.hide()
        self._bar.valueChanged.connect(inner.setValue)
        inner.valueChanged.connect(self._bar.setValue)
        inner.rangeChanged.connect(self._on_range)

    def column(self, left: int, top: int, right: int, bottom: int) -> QVBoxLayout:
        """A new column as what is scrolled, with these margins."""
        inside = QWidget()
        inside.setProperty("role", "scrolled")
        column = QVBoxLayout(inside)
        column.setContentsMargins(left, top, right, bottom)
        self.setWidget(inside)
        return column

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The bar keeps to the right edge."""
        super().resizeEvent(event)
        self._bar.setGeometry(self.width() - 8, 0, 8, self.height())

    @Slot(int, int)
    def _on_range(self, low: int, high: int) -> None:
        inner = self.verticalScrollBar()
        self._bar.setRange(low, high)
        self._bar.setPageStep(inner.pageStep())
        self._bar.setSingleStep(inner.singleStep())
        self._bar.setValue(inner.value())
        self._bar.setVisible(high > low)
        self._bar.raise_()
