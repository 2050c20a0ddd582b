"""The Signals panel: what the run measures of itself, one row each, without a verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop.widgets.empty import EmptyState, Glyph
from ganstudio.desktop.widgets.panel import Panel, label
from ganstudio.desktop.widgets.sparkline import Sparkline
from ganstudio.training.events import Progress

_VALUE = (64, 28)


@dataclass(frozen=True)
class _Row:
    name: str
    token: str
    icon: str
    tooltip: str


_ROWS = (
    _Row("Gradients of D", "d", "trend-up", "Norm of D’s gradient, mean since the last point"),
    _Row("Gradients of G", "g", "trend-up", "Norm of G’s gradient, mean since the last point"),
    _Row("D real − fake", "ink2", "arrows-left-right", "How far apart D scores real and generated images, in logits"),
    _Row("Images/s", "ink2", "gauge", "Real images that D sees a second"),
    _Row("Numbers", "ok", "check-circle", "A loss or gradient that is not finite stops the run before it does harm"),
)


class SignalsPanel(Panel):
    """Rows of icon, name, sparkline and value; before the first point it says when they come."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Signals", parent=parent)
        self._waiting = EmptyState(
            "gauge", "Waiting for the first steps", "Then gradients, D’s margin and the speed are followed here."
        )
        self._rows = QWidget(self)
        self._lines: list[Sparkline] = []
        self._values = [label("–", "number") for _ in _ROWS]
        grid = QGridLayout(self._rows)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.setColumnMinimumWidth(2, 80)
        grid.setColumnStretch(1, 1)
        for index, row in enumerate(_ROWS):
            self._add(grid, index, row)
        self.body.addWidget(self._waiting)
        self.body.addWidget(self._rows)
        self.body.addStretch(1)
        self.clear()

    def clear(self) -> None:
        """Another run."""
        for line in self._lines:
            line.clear()
        self._show_rows(False)

    def add(self, event: Progress) -> None:
        """One more point of each row."""
        margin = event.scalars.get("logit/real", math.nan) - event.scalars.get("logit/fake", math.nan)
        figures = (
            event.scalars.get("grad_norm/discriminator", math.nan),
            event.scalars.get("grad_norm/generator", math.nan),
            margin,
            event.images_per_second,
        )
        for line, value in zip(self._lines, figures, strict=True):
            line.append(value)
        self._latest = figures

    def refresh(self) -> None:
        """Write the newest values."""
        if not self._lines[0].values():
            return
        self._show_rows(True)
        for text, value in zip(self._values, self._latest, strict=False):
            text.setText(fmt.number(value) if math.isfinite(value) else "–")
        self._values[-1].setText("all finite")

    def fail(self) -> None:
        """The run ended because a number was not finite."""
        self._show_rows(True)
        self._values[-1].setText("not finite")

    def _show_rows(self, shown: bool) -> None:
        self._rows.setVisible(shown)
        self._waiting.setVisible(not shown)

    def _add(self, grid: QGridLayout, index: int, row: _Row) -> None:
        glyph = Glyph(row.icon, row.token)
        name = label(row.name, "body")
        name.setToolTip(row.tooltip)
        grid.setRowMinimumHeight(index, 28)
        grid.addWidget(glyph, index, 0)
        grid.addWidget(name, index, 1)
        if index < len(_ROWS) - 1:
            line = Sparkline(row.token, row.name, self._rows)
            line.setFixedWidth(96)
            self._lines.append(line)
            grid.addWidget(line, index, 2)
        value = self._values[index]
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setFixedSize(*_VALUE)  # a new text must not lay out the window anew
        value.setAccessibleName(row.name)
        grid.addWidget(value, index, 3)
