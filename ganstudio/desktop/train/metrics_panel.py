"""The Metrics panel: what evaluations measured, as small curves over steps, and when the next one comes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop.train.measures import about, full_name, in_order
from ganstudio.desktop.widgets.buttons import Button, IconButton
from ganstudio.desktop.widgets.curve import Curve
from ganstudio.desktop.widgets.elided import ElidedLabel
from ganstudio.desktop.widgets.empty import EmptyState
from ganstudio.desktop.widgets.imaging import ask_where, save_table
from ganstudio.desktop.widgets.panel import PADDING, label
from ganstudio.desktop.widgets.scrolled import OverlayScroll
from ganstudio.errors import UserError
from ganstudio.training.events import Evaluated, Event, Measure, RunFinished, RunResumed, RunStarted, Warned

EVERY = "evaluation.every"
_INTERVALS = (0, 100, 250, 500, 1000, 2500, 5000)
_CURVE_HEIGHT = 52
_WIDE = 440
"""Width from which three measures stand side by side."""


class MetricsView(QWidget):
    """A tile for each measure of the newest extractor; `tools` are for the header of the panel it stands in."""

    evaluation_requested = Signal()
    interval_chosen = Signal(int)
    """Steps between two evaluations; 0 for none but those asked for."""
    saved = Signal(str)
    """The path of a table that was written."""
    failed = Signal(str)
    """A sentence: it could not be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._told: list[Evaluated] = []
        self._tiles: dict[str, _Tile] = {}
        self._extractor = ""
        self._every = 0
        self._reason = "There is no run yet."
        self._going = False
        self.evaluate = Button("Evaluate now", role="flat", small=True)
        self.evaluate.clicked.connect(self._on_evaluate)
        self.more = IconButton("dots-three", "More for Metrics", token="ink")
        self.tools: tuple[QWidget, ...] = (self.evaluate, self.more)
        self._waiting = EmptyState("chart-line", "", "")
        self._note = label("", "hint", wrap=True)
        self._grid_place = QWidget()
        self._grid = QGridLayout(self._grid_place)
        self._unveiling = QTimer(self, interval=0)
        self._unveiling.timeout.connect(self._unveil_next)
        self._make_menu()
        self._lay_out()
        self.clear()

    @property
    def is_evaluating(self) -> bool:
        """Whether an evaluation has been asked for and has not come."""
        return self._going

    # -- the run -------------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Another run, or none."""
        self._told.clear()
        self._going = False
        self._show_all()

    def apply(self, events: list[Event]) -> None:
        """Take what happened, in order; only evaluations cost anything."""
        touched = False
        for event in events:
            match event:
                case Evaluated():
                    self._told = [one for one in self._told if one.step < event.step or not _same(one, event)]
                    self._told.append(event)
                    self._going, touched = False, True
                case RunResumed():
                    self._told = [one for one in self._told if one.step <= event.from_step]
                    self._going, touched = False, True
                case RunStarted() | RunFinished() | Warned():
                    self._going, touched = False, True
                case _:
                    pass
        if touched:
            self._show_all()

    def set_available(self, reason: str) -> None:
        """`reason`: why nothing can be evaluated now; empty when it can."""
        if reason != self._reason:
            self._reason = reason
            self._show_button()

    def show_progress(self, text: str) -> None:
        """How far the evaluation is, while there is one; empty when it ended without a result."""
        if text:
            self.evaluate.setToolTip(text)
        else:
            self._going = False
            self._show_button()

    def set_interval(self, every: int) -> None:
        """Steps between two evaluations, as the run has it."""
        if every != self._every:
            self._every = every
            self._check_interval()
            self._show_words()

    # -- what is shown -------------------------------------------------------------------------------------------

    def tiles(self) -> dict[str, tuple[str, str, str]]:
        """By measure: full name, newest value, and the words below the curve."""
        return {name: tile.texts() for name, tile in self._tiles.items()}

    def note(self) -> str:
        """The words below all."""
        return self._note.text()

    # -- inside --------------------------------------------------------------------------------------------------

    def _show_all(self) -> None:
        newest = self._told[-1] if self._told else None
        self._extractor = newest.extractor if newest else ""
        series = [one for one in self._told if one.extractor == self._extractor]
        names = in_order({name for one in series for name in one.measures})
        if names != list(self._tiles):
            self._make_tiles(names)
        best = next((one.step for one in reversed(series) if one.best), None)
        for name, tile in self._tiles.items():
            points = [(one.step, one.measures[name]) for one in series if name in one.measures]
            tile.show_points(self._extractor, points, best)
        self._show_words()
        self._show_button()

    def _show_words(self) -> None:
        self._waiting.setVisible(not self._told)
        self._grid_place.setVisible(bool(self._told))
        self._note.setVisible(bool(self._told))
        if self._every:
            text = f"FID, precision, recall and more, every {fmt.number(self._every)} steps, beside training."
        else:
            text = "FID, precision, recall and more come here when you ask, or at an interval (the menu at the right)."
        self._waiting.set_content("chart-line", "Not measured yet", text)
        if self._told:
            self._note.setText(_note(self._told[-1], self._told, self._every))

    def _show_button(self) -> None:
        self.evaluate.setText("Evaluating…" if self._going else "Evaluate now")
        self.evaluate.setEnabled(not self._reason and not self._going)
        self.evaluate.setToolTip(
            self._reason or ("Beside training; the result comes here" if self._going else "Measure the samples now")
        )

    def _make_tiles(self, names: list[str]) -> None:
        for tile in self._tiles.values():
            self._grid.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self._tiles = {name: _Tile(name, self._grid_place) for name in names}
        for tile in self._tiles.values():
            tile.hide()
        self._place_tiles()
        self._unveiling.start()

    @Slot()
    def _unveil_next(self) -> None:
        """Show one tile a turn of the event loop: a dozen at once would hold up a slider that is being dragged."""
        hidden = next((tile for tile in self._tiles.values() if tile.isHidden()), None)
        if hidden is None:
            self._unveiling.stop()
        else:
            hidden.show()

    def _place_tiles(self) -> None:
        columns = 3 if self.width() >= _WIDE else 2
        for index, tile in enumerate(self._tiles.values()):
            self._grid.addWidget(tile, index // columns, index % columns)
        for column in range(3):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)

    def _make_menu(self) -> None:
        menu = QMenu(self.more)
        self._intervals = QActionGroup(menu)
        for every in _INTERVALS:
            words = f"Every {fmt.number(every)} steps" if every else "Only when asked"
            action = QAction(words, self._intervals)
            action.setCheckable(True)
            action.setData(every)
            menu.addAction(action)
        self._other = QAction("", self._intervals)
        self._other.setCheckable(True)
        menu.addAction(self._other)
        menu.addSeparator()
        self._save = QAction("Save as CSV…", menu)
        self._save.triggered.connect(self._on_save)
        menu.addAction(self._save)
        menu.aboutToShow.connect(self._check_interval)
        self._intervals.triggered.connect(self._on_interval)
        self.more.setMenu(menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._check_interval()

    def _lay_out(self) -> None:
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(8)
        scroll = OverlayScroll(self)
        column = scroll.column(PADDING, 8, PADDING, PADDING)
        column.setSpacing(12)
        column.addWidget(self._waiting)
        column.addWidget(self._grid_place)
        column.addWidget(self._note)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    @Slot()
    def _check_interval(self) -> None:
        usual = {action.data(): action for action in self._intervals.actions() if action is not self._other}
        self._other.setVisible(self._every not in usual)
        self._other.setData(self._every)
        self._other.setText(f"Every {fmt.number(self._every)} steps")
        usual.get(self._every, self._other).setChecked(True)
        self._save.setEnabled(bool(self._told))

    @Slot(QAction)
    def _on_interval(self, action: QAction) -> None:
        self.interval_chosen.emit(int(action.data()))

    @Slot()
    def _on_evaluate(self) -> None:
        self._going = True
        self._show_button()
        self.evaluation_requested.emit()

    # -- saving --------------------------------------------------------------------------------------------------

    def rows(self) -> Iterable[list[object]]:
        """All that was measured, one measure a row, its header first."""
        yield ["step", "extractor", "measure", "value", "deviation", "n"]
        for one in self._told:
            for name, measure in one.measures.items():
                yield [one.step, one.extractor, name, measure.value, measure.deviation, measure.n]

    @Slot()
    def _on_save(self) -> None:
        ask_where(self, "Save as CSV", "metrics.csv", "Table", self._write)

    @Slot(str)
    def _write(self, path: str) -> None:
        try:
            save_table(self.rows(), Path(path))
        except UserError as error:
            self.failed.emit(str(error))
        else:
            self.saved.emit(path)


class _Tile(QWidget):
    """One measure: name and newest value, its curve, its best and its deviation."""

    def __init__(self, measure: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._measure = measure
        self.setToolTip(about(measure).tells)
        self._name = ElidedLabel("", "note")
        self._value = label("", "number")
        self._curve = Curve("real", about(measure).title, height=_CURVE_HEIGHT, parent=self)
        self._best, self._end = label("", "hint"), label("", "hint")
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self._name, 1)
        head.addWidget(self._value)
        foot.setSpacing(4)
        foot.addWidget(self._best)
        foot.addStretch(1)
        foot.addWidget(self._end)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self._curve)
        column.addLayout(foot)

    def show_points(self, extractor: str, points: list[tuple[int, Measure]], best: int | None) -> None:
        """All points so far, rising in steps; `best` is the run's best step."""
        step, newest = points[-1]
        values = [measure.value for _, measure in points]
        finite = [value for value in values if math.isfinite(value)]
        better = about(self._measure).better
        self._name.setText(full_name(self._measure, extractor))
        self._value.setText(fmt.number(newest.value) if math.isfinite(newest.value) else "–")
        spread = f"±{fmt.number(newest.deviation)} · " if newest.deviation is not None else ""
        self._end.setText(f"{spread}{fmt.compact(step)}")
        if better != "neither" and finite:
            self._best.setText(f"best {fmt.number(min(finite) if better == 'lower' else max(finite))}")
        self._curve.set_points(np.array([step for step, _ in points], np.float64), np.array(values, np.float64))
        self._curve.set_best(best)
        words = f"{self._name.text()} {self._value.text()} on {fmt.number(newest.n)} samples at step {fmt.number(step)}"
        self.setAccessibleName(words)

    def texts(self) -> tuple[str, str, str]:
        """Name, newest value, and what stands below."""
        return self._name.text(), self._value.text(), f"{self._best.text()} {self._end.text()}".strip()


def _same(one: Evaluated, other: Evaluated) -> bool:
    return one.extractor == other.extractor


def _note(newest: Evaluated, told: list[Evaluated], every: int) -> str:
    """Samples, interval, comparability, what it cost, and the best step."""
    counts = sorted({measure.n for measure in newest.measures.values() if measure.n})
    most = counts[-1] if counts else 0
    when = f", every {fmt.number(every)} steps" if every else ""
    words = [f"{fmt.number(most)} samples{when}."]
    if newest.extractor:
        comparable = "" if newest.extractor == "Inception" else ": not comparable with published FID"
        words.append(f"All on {newest.extractor} features{comparable}.")
    words += newest.notes
    best = next((one.step for one in reversed(told) if one.best), None)
    if best is not None:
        words.append(f"Best at step {fmt.number(best)}.")
    if newest.seconds:
        words.append(f"The last one took {fmt.number(newest.seconds)} s of one thread.")
    if newest.speed_alone and newest.speed_beside is not None:
        alone, beside = (fmt.number(round(speed)) for speed in (newest.speed_alone, newest.speed_beside))
        words.append(f"Beside it training ran at {beside} images/s, without at {alone}.")
    return " ".join(words)
