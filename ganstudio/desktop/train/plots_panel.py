"""The row of plots: losses, D's logits, gradient norms."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QMenu, QSplitter, QToolButton, QVBoxLayout, QWidget

from ganstudio.desktop.train.diagnoses import words_of
from ganstudio.desktop.train.growth import phase_label
from ganstudio.desktop.train.journal_panel import change_words, fork_words
from ganstudio.desktop.widgets.buttons import IconButton
from ganstudio.desktop.widgets.panel import Panel
from ganstudio.desktop.widgets.plots import GradientPlot, LogitPlot, LossPlot
from ganstudio.training.events import (
    Diagnosed,
    Event,
    Histogram,
    PhaseBegan,
    Progress,
    RunForked,
    RunResumed,
    SettingChanged,
)


class PlotsPanel(QWidget):
    """Three panels side by side with one cursor; `apply` redraws each at most once."""

    saved = Signal(str)
    """The path of a picture or table that was written."""
    failed = Signal(str)
    """A sentence: one could not be written."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.losses, self.logits, self.gradients = LossPlot(), LogitPlot(), GradientPlot()
        row = QVBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        splitter = QSplitter(Qt.Orientation.Horizontal, self)
        splitter.setObjectName("train-plots")
        splitter.setHandleWidth(4)
        splitter.setChildrenCollapsible(False)
        panels = (
            ("Losses", "smoothed 0.98", self.losses, 402),
            ("D logits", "", self.logits, 200),
            ("Gradient norms", "", self.gradients, 200),
        )
        for title, subtitle, plot, _ in panels:
            panel = Panel(title, subtitle, parent=self)
            panel.body.setContentsMargins(0, 0, 0, 0)
            panel.body.addWidget(plot)
            panel.add_header_widget(_overflow(plot, title))
            splitter.addWidget(panel)
            plot.saved.connect(self.saved)
            plot.failed.connect(self.failed)
        splitter.setSizes([width for *_, width in panels])
        row.addWidget(splitter)
        self.losses.cursor_moved.connect(self._on_cursor)
        self.gradients.cursor_moved.connect(self._on_cursor)

    def clear(self) -> None:
        """Another run."""
        for plot in (self.losses, self.logits, self.gradients):
            plot.clear()

    def apply(self, events: list[Event]) -> None:
        """Add the events' points, then draw."""
        histograms: dict[str, Histogram] = {}
        for event in events:
            match event:
                case Progress():
                    self.losses.append(event.step, event.scalars)
                    self.gradients.append(event.step, event.scalars)
                    histograms = dict(event.histograms) or histograms
                case SettingChanged():
                    self.losses.add_change(event.step, change_words(event))
                case RunForked():
                    self.losses.add_change(event.step, fork_words(event))
                case PhaseBegan():
                    self.losses.add_change(event.step, phase_label(event))
                case Diagnosed(over=False):
                    self.losses.add_finding(event.since, words_of(event).title, event.step)
                case RunResumed():
                    self.losses.truncate_after(event.from_step)
                    self.gradients.truncate_after(event.from_step)
                case _:
                    pass
        if "logit/real" in histograms and "logit/fake" in histograms:
            self.logits.set_histograms(histograms["logit/real"], histograms["logit/fake"])
        for plot in (self.losses, self.logits, self.gradients):
            plot.refresh()

    @Slot(object)
    def _on_cursor(self, step: object) -> None:
        value = step if isinstance(step, int) else None
        self.losses.set_cursor(value)
        self.gradients.set_cursor(value)


def _overflow(plot: QWidget, title: str) -> IconButton:
    """The three dots of a plot's header: what its context menu has."""
    button = IconButton("dots-three", f"More for {title}", token="ink")
    menu = QMenu(button)
    menu.addActions(plot.actions())
    button.setMenu(menu)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    return button
