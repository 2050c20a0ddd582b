"""The comparison: one quantity of the marked runs laid over each other, and two more beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.runs.marks import Letter
from ganstudio.desktop.runs.overlay import Line, OverlayPlot, Unit
from ganstudio.desktop.runs.reader import Row
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.widgets.buttons import IconButton
from ganstudio.desktop.widgets.panel import Panel
from ganstudio.desktop.widgets.segmented import Segmented
from ganstudio.runs.curves import Curves, Floats

_KNOWN: Mapping[str, str] = {
    "loss/generator": "Loss G",
    "loss/discriminator": "Loss D",
    "logit/real": "D logit, real",
    "logit/fake": "D logit, fake",
    "grad_norm/discriminator": "Gradient norm D",
    "grad_norm/generator": "Gradient norm G",
    "images_per_second": "Images/s",
    "learning_rate/discriminator": "Learning rate D",
    "learning_rate/generator": "Learning rate G",
}
_BESIDE = ("loss/generator", "loss/discriminator", "grad_norm/discriminator")
"""The two plots below show the first of these that the large one does not."""
_UNITS: Mapping[str, Unit] = {"step": "steps", "images": "images", "time": "seconds"}
_KEPT = 12
_NO_LOG = "There are values at or below 0, which have no logarithm"


@dataclass(frozen=True)
class Compared:
    """A run that is compared, and its letter."""

    letter: Letter
    row: Row

    @property
    def name(self) -> str:
        """Such as ``"014 DCGAN, MNIST"``."""
        return f"{self.row.label} {self.row.title}"


def quantity_title(name: str) -> str:
    """A scalar of the journal in words: ``"loss/generator"`` is ``"Loss G"``."""
    if name in _KNOWN:
        return _KNOWN[name]
    words = name.replace("/discriminator", " D").replace("/generator", " G").replace("/", ", ").replace("_", " ")
    return words[:1].upper() + words[1:]


class ComparePanel(Panel):
    """Overlay plots of up to three runs by step, images or time; one cursor runs through all of them."""

    step_picked = Signal(int)
    """The person chose a place in a plot."""
    clear_requested = Signal()
    """No run is to be compared any more."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__("Compare", parent=parent)
        self._settings = settings
        self._runs: tuple[Compared, ...] = ()
        self._curves: dict[Path, Curves] = {}
        self._lines: dict[tuple[Path, str, Unit], tuple[Curves, Line]] = {}
        self._step: int | None = None
        self._hover: float | None = None
        self.plot = OverlayPlot("Loss G", parent=self)
        self.beside = tuple(OverlayPlot(quantity_title(name), small=True, parent=self) for name in _BESIDE[:2])
        self._quantity = self._make_quantity()
        self._axis = self._make_axis()
        self._scale = self._make_scale()
        self._lay_out()
        for plot in (self.plot, *self.beside):
            plot.hovered.connect(self._on_hovered)
            plot.picked.connect(self._on_picked)
        self.set_empty_text("")
        self._show()

    # what is compared

    def set_runs(self, runs: Sequence[Compared]) -> None:
        """Compare these."""
        self._runs = tuple(runs)
        self._show()

    def set_curves(self, curves: Mapping[Path, Curves]) -> None:
        """What runs measured; those seen last are kept, so that going back to one shows it at once."""
        if all(self._curves.get(path) is one for path, one in curves.items()):
            return
        kept = {path: one for path, one in self._curves.items() if path not in curves}
        self._curves = dict([*kept.items(), *curves.items()][-_KEPT:])
        self._lines = {key: kept for key, kept in self._lines.items() if self._curves.get(key[0]) is kept[0]}
        self._show()

    def set_empty_text(self, text: str) -> None:
        """What is said while there is nothing to compare."""
        self.plot.set_empty_text(text)

    def set_step(self, step: int | None) -> None:
        """Stand at a step unless the pointer is somewhere."""
        self._step = step
        self._place_cursor()

    def value_at(self, path: Path, name: str, step: int) -> float | None:
        """A run's smoothed value at a step, as the plots show it."""
        line = self._line("A", path, name, "steps")
        return line.at(step) if line else None

    # building

    def _make_quantity(self) -> QComboBox:
        combo = QComboBox(self)
        combo.setProperty("small", True)
        combo.setMinimumWidth(138)
        combo.setAccessibleName("Quantity")
        combo.setToolTip("What is compared")
        combo.activated.connect(self._on_quantity)
        return combo

    def _make_axis(self) -> Segmented:
        tooltips = {
            "step": "Compare at equal steps",
            "images": "Compare at equally many images seen",
            "time": "Compare at equal time of training",
        }
        axis = Segmented((("step", "Step"), ("images", "Images"), ("time", "Time")), name="Axis", tooltips=tooltips)
        axis.set_current(_choice(self._settings.get("runs/axis", "step"), _UNITS))
        axis.chosen.connect(self._on_axis)
        return axis

    def _make_scale(self) -> Segmented:
        scale = Segmented((("linear", "Linear"), ("log", "Log")), name="Scale")
        scale.set_current(_choice(self._settings.get("runs/scale", "linear"), ("linear", "log")))
        scale.chosen.connect(self._on_scale)
        return scale

    def _lay_out(self) -> None:
        self.add_header_widget(self._quantity, left=True)
        self.add_header_widget(self._axis, left=True)
        self.add_header_widget(self._scale, left=True)
        self.add_header_widget(
            more_button(
                "More for the comparison",
                (
                    ("Copy plots as a picture", "copy", self._copy),
                    ("Compare none of the runs", "x-square", self.clear_requested.emit),
                ),
                self,
            )
        )
        self._plots = QWidget(self)
        column = QVBoxLayout(self._plots)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.plot, 13)
        row = QHBoxLayout()
        row.setSpacing(8)
        for plot in self.beside:
            row.addWidget(plot, 1)
        column.addLayout(row, 9)
        self.body.setContentsMargins(12, 8, 12, 4)
        self.body.addWidget(self._plots)

    # showing

    def _show(self) -> None:
        self._offer_quantities()
        current = self._quantity.currentData() or _BESIDE[0]
        unit = _UNITS[self._axis.current()]
        self.plot.set_name(quantity_title(current))
        lines = self._lines_of(current, unit)
        possible = all(float(line.smooth.min()) > 0 for line in lines)
        log = self._scale.button("log")
        log.setEnabled(possible)
        log.setToolTip("Scale: Log" if possible else _NO_LOG)
        self.plot.set_lines(lines, unit, log=possible and self._scale.current() == "log")
        for plot, name in zip(self.beside, (name for name in _BESIDE if name != current), strict=False):
            plot.set_name(quantity_title(name))
            plot.set_lines(self._lines_of(name, unit), unit, log=False)
        self._place_cursor()

    def _offer_quantities(self) -> None:
        measured = {
            name
            for run in self._runs
            if (curves := self._curves.get(run.row.path))
            for name, values in curves.scalars.items()
            if np.isfinite(values).any()
        }
        names = [name for name in _KNOWN if name in measured] + sorted(measured - set(_KNOWN))
        if not names and self._quantity.count():
            return
        names = names or list(_BESIDE)
        if names == [self._quantity.itemData(index) for index in range(self._quantity.count())]:
            return
        current = self._quantity.currentData() or self._settings.get("runs/quantity", _BESIDE[0])
        self._quantity.clear()
        for name in names:
            self._quantity.addItem(quantity_title(name), name)
        self._quantity.setCurrentIndex(max(0, names.index(current) if current in names else 0))

    def _lines_of(self, name: str, unit: Unit) -> list[Line]:
        lines = (self._line(run.letter, run.row.path, name, unit) for run in self._runs)
        return [line for line in lines if line is not None and len(line.x)]

    def _line(self, letter: Letter, path: Path, name: str, unit: Unit) -> Line | None:
        curves = self._curves.get(path)
        if curves is None or name not in curves.scalars:
            return None
        kept = self._lines.get((path, name, unit))
        if kept is None:
            kept = curves, Line.of(letter, _axis_of(curves, unit), curves.scalars[name])
            self._lines[path, name, unit] = kept
        line = kept[1]
        return line if line.letter == letter else Line(letter, line.x, line.raw, line.smooth)

    def _place_cursor(self) -> None:
        place = self._hover if self._hover is not None else self._place_of_step()
        for plot in (self.plot, *self.beside):
            plot.set_cursor(place)

    def _place_of_step(self) -> float | None:
        """Where the shared step stands on the axis: for images and time, where the longest run had it."""
        if self._step is None:
            return None
        unit = _UNITS[self._axis.current()]
        if unit == "steps":
            return float(self._step)
        for curves in self._longest_first()[:1]:
            return float(np.interp(self._step, curves.steps, _axis_of(curves, unit)))
        return None

    def _longest_first(self) -> list[Curves]:
        found = (self._curves.get(run.row.path) for run in self._runs)
        return sorted((one for one in found if one is not None and len(one)), key=lambda one: -one.steps[-1])

    # slots

    @Slot(float)
    def _on_hovered(self, place: float) -> None:
        self._hover = None if math.isnan(place) else place
        self._place_cursor()

    @Slot(float)
    def _on_picked(self, place: float) -> None:
        unit = _UNITS[self._axis.current()]
        for curves in self._longest_first()[:1]:
            step = place if unit == "steps" else float(np.interp(place, _axis_of(curves, unit), curves.steps))
            self.step_picked.emit(round(step))

    @Slot(int)
    def _on_quantity(self, index: int) -> None:
        self._settings.set("runs/quantity", self._quantity.itemData(index))
        self._show()

    @Slot(str)
    def _on_axis(self, key: str) -> None:
        self._settings.set("runs/axis", key)
        self._hover = None
        self._show()

    @Slot(str)
    def _on_scale(self, key: str) -> None:
        self._settings.set("runs/scale", key)
        self._show()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setPixmap(self._plots.grab())


def more_button(name: str, entries: Sequence[tuple[str, str, Callable[[], object]]], parent: QWidget) -> IconButton:
    """The three dots of a panel's header, with a menu of (text, icon, what to do)."""
    button = IconButton("dots-three", name, token="ink", parent=parent)
    menu = QMenu(button)
    for text, glyph, slot in entries:
        action = QAction(theme.icon(glyph, "ink2"), text, menu)
        action.triggered.connect(slot)
        menu.addAction(action)
    button.setMenu(menu)
    button.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
    return button


def _axis_of(curves: Curves, unit: Unit) -> Floats:
    return {"steps": curves.steps, "images": curves.images, "seconds": curves.seconds}[unit]


def _choice(value: str, known: Sequence[str] | Mapping[str, Unit]) -> str:
    return value if value in known else next(iter(known))
