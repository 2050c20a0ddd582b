"""The signs of a run's health that are well, one row each: icon, name, sparkline, value."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop.widgets.elided import ElidedLabel
from ganstudio.desktop.widgets.empty import Glyph
from ganstudio.desktop.widgets.panel import label
from ganstudio.desktop.widgets.series import Floats, History
from ganstudio.desktop.widgets.sparkline import CAPACITY, Sparkline

MARGIN, SPEED = "margin", "images_per_second"
"""Signs that are worked out here, beside the scalars of a progress event."""
NUMBERS = "numbers"
_SPARSE = 4
"""Points of the plots for one of a signal that is measured more rarely."""
_ROW_HEIGHT, _LINE_WIDTH, _VALUE_WIDTH = 28, 84, 60
_GRADIENT, _HEALTH = "grad_norm/", "health/"
_UPDATE, _PLACE = "health/update/", "health/place/"
SPANNING = (_GRADIENT, _UPDATE)
"""What spans decades."""
_PREFIXES = (_GRADIENT, _HEALTH, "loss/")
_PLAYERS = (("discriminator", "D", "d"), ("critic", "D", "d"), ("generator", "G", "g"))


@dataclass(frozen=True)
class Sign:
    """What a row is called, its line's colour, and what its tooltip says."""

    name: str
    token: str
    tooltip: str


_KNOWN: Mapping[str, Sign] = {
    "health/separation": Sign(
        "Separation", "d", "How often D scores a real image above a generated one; 0.5 is a coin’s toss"
    ),
    "health/diversity": Sign(
        "Diversity", "g", "Mean distance between generated images, as a share of that between real ones"
    ),
    "health/held_out": Sign(
        "Memory of D", "d", "How often D scores a real image it was trained on above one it was not; 0.5 is none"
    ),
    MARGIN: Sign("D real − fake", "ink2", "How far apart D scores real and generated images, in logits"),
    SPEED: Sign("Images/s", "ink2", "Real images that D sees a second"),
    "health/margin": Sign("Margin of D", "d", "D’s mean scores’ distance over their spread"),
    "health/duplicates": Sign("Duplicates", "g", "Share of generated images that are nearly alike"),
    "health/coverage": Sign("Coverage", "g", "Share of a batch of real images with a generated one close by"),
    "health/fidelity": Sign("Fidelity", "g", "Share of generated images that lie among those of a real batch"),
    "health/coarse_diversity": Sign("Coarse diversity", "g", "Diversity at 4 px: of places and shades alone"),
    "health/change": Sign("Movement", "g", "How far fixed samples have moved since the last point"),
    "health/overfit": Sign("Overfitting of D", "d", "r of Karras 2020: 0 for no overfitting, 1 for all"),
}
_MAIN = frozenset({"health/separation", "health/diversity", "health/held_out", MARGIN, SPEED, NUMBERS})
_ORDER = (_GRADIENT, *_KNOWN, _UPDATE, _HEALTH)


def sign_of(key: str) -> Sign | None:
    """The row of a scalar; None for one that is shown elsewhere."""
    if key in _KNOWN:
        return _KNOWN[key]
    if key.startswith(_GRADIENT):
        player, token = player_of(key.removeprefix(_GRADIENT))
        return Sign(f"Gradients of {player}", token, f"Norm of {player}’s gradient, mean since the last point")
    if key.startswith(_UPDATE):
        player, token = player_of(key.removeprefix(_UPDATE))
        return Sign(f"Update of {player}", token, f"How far {player}’s weights move a step, relative to their length")
    if key.startswith(_HEALTH) and not key.startswith(_PLACE):
        name = key.removeprefix(_HEALTH).replace("_", " ").replace("/", ", ")
        return Sign(f"{name[:1].upper()}{name[1:]}", "ink2", name)
    return None


def scalar_of(evidence: str) -> str:
    """The scalar that a finding's evidence is about: ``"separation"`` is ``health/separation``, ``"grad_norm_critic"``
    is ``grad_norm/critic``."""
    for bare, prefix in (("grad_norm_", _GRADIENT), ("update_", _UPDATE)):
        if evidence.startswith(bare):
            return prefix + evidence.removeprefix(bare)
    return evidence if "/" in evidence else _HEALTH + evidence


def is_main(key: str) -> bool:
    """Whether a sign is always in sight; the others are a click away."""
    return key in _MAIN or key.startswith(_GRADIENT)


def player_of(name: str) -> tuple[str, str]:
    """A player's letter, with what tells it from its like, and its colour: ``("D a", "d")``."""
    for whole, letter, token in _PLAYERS:
        if name.startswith(whole):
            return f"{letter} {name.removeprefix(whole).strip('_-/ ')}".strip(), token
    return name, "real"


def tracked(scalars: Mapping[str, float], images_per_second: float) -> dict[str, float]:
    """Of a progress event, what the signs and the evidence of findings are about."""
    kept = {key: value for key, value in scalars.items() if key.startswith(_PREFIXES)}
    if "logit/real" in scalars and "logit/fake" in scalars:
        kept[MARGIN] = scalars["logit/real"] - scalars["logit/fake"]
    kept[SPEED] = images_per_second
    return kept


class Signs(QWidget):
    """A row for each sign that the run has, the main ones or the others; those that a finding is about are marked."""

    def __init__(self, *, main: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._main = main
        self._rows: dict[str, _Row] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)
        self._finite = True

    def clear(self) -> None:
        """Another run, of which nothing is known yet."""
        for row in self._rows.values():
            row.remove(self._grid)
        self._rows.clear()
        self._finite = True

    def texts(self) -> dict[str, str]:
        """What each row says, by its name."""
        return {row.name.text(): row.value.text() for row in self._rows.values()}

    def __len__(self) -> int:
        return len(self._rows)

    def fail(self) -> None:
        """The run ended because a number was not finite."""
        self._finite = False
        self._show_numbers()

    def refresh(self, history: History) -> None:
        """Show the newest values; a sign that is new gets its row."""
        names = history.names
        fresh = [key for key in names if key not in self._rows and is_main(key) == self._main and sign_of(key)]
        if fresh:
            self._add(fresh)
        if self._main or not self.isHidden():
            for place, key in enumerate(names):
                row = self._rows.get(key)
                if row is not None and row.line is not None:
                    self._show_row(key, row, history.values[place])
        self._show_numbers()

    def _show_row(self, key: str, row: _Row, values: Floats) -> None:
        """A signal that is not there was not measured at that point; another one's gap is a number lost."""
        shown = values[-CAPACITY:]
        if key.startswith(_HEALTH):
            shown = values[-_SPARSE * CAPACITY :]
            shown = shown[np.isfinite(shown)][-CAPACITY:]
        assert row.line is not None
        row.line.set_values(shown)
        last = float(shown[-1]) if len(shown) else math.nan
        _say(row.value, text_of(last))

    def mark(self, keys: Collection[str]) -> None:
        """Mark the signs that open findings are about; the others are well."""
        for key, row in self._rows.items():
            bad = key in keys or (key == NUMBERS and not self._finite)
            row.glyph.set_icon("warning" if bad else "check-circle", "warn" if bad else "ok")

    def _show_numbers(self) -> None:
        if NUMBERS not in self._rows:
            return
        row = self._rows[NUMBERS]
        _say(row.value, "all finite" if self._finite else "not finite")
        row.glyph.set_icon(*(("check-circle", "ok") if self._finite else ("x-circle", "bad")))

    def _add(self, keys: list[str]) -> None:
        for row in self._rows.values():
            row.unplace(self._grid)
        for key in keys:
            sign = sign_of(key)
            if sign is not None:
                self._rows[key] = _Row(sign, self, with_line=True)
        if self._main and NUMBERS not in self._rows:
            what = "A loss or gradient that is not finite stops the run before it does harm"
            self._rows[NUMBERS] = _Row(Sign("Numbers", "ok", what), self, with_line=False)
        self._rows = dict(sorted(self._rows.items(), key=lambda item: _rank(item[0])))
        for index, row in enumerate(self._rows.values()):
            row.place(self._grid, index)


class _Row:
    """The widgets of one sign."""

    def __init__(self, sign: Sign, parent: QWidget, *, with_line: bool) -> None:
        self.glyph = Glyph("check-circle", "ok", parent=parent)
        self.name = ElidedLabel(sign.name, "body", parent=parent)
        self.name.setToolTip(sign.tooltip)
        self.line = Sparkline(sign.token, sign.name, parent) if with_line else None
        if self.line is not None:
            self.line.setFixedWidth(_LINE_WIDTH)
        self.value = label("–", "number", parent=parent)
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.value.setFixedSize(_VALUE_WIDTH, _ROW_HEIGHT)  # a new text must not lay out the window anew
        self.value.setAccessibleName(sign.name)

    def _widgets(self) -> list[tuple[QWidget, int]]:
        placed: list[tuple[QWidget, int]] = [(self.glyph, 0), (self.name, 1), (self.value, 3)]
        return [*placed, (self.line, 2)] if self.line is not None else placed

    def place(self, grid: QGridLayout, index: int) -> None:
        grid.setRowMinimumHeight(index, _ROW_HEIGHT)
        for widget, column in self._widgets():
            grid.addWidget(widget, index, column)
            widget.show()

    def unplace(self, grid: QGridLayout) -> None:
        for widget, _ in self._widgets():
            grid.removeWidget(widget)

    def remove(self, grid: QGridLayout) -> None:
        self.unplace(grid)
        for widget, _ in self._widgets():
            widget.hide()
            widget.deleteLater()


def _say(shown: QLabel, text: str) -> None:
    if shown.text() != text:
        shown.setText(text)


def text_of(value: float) -> str:
    """A sign's value, short."""
    if not math.isfinite(value):
        return "–"
    return fmt.rate(float(f"{value:.2g}")) if 0 < abs(value) < 0.001 else fmt.number(value)


def _rank(key: str) -> tuple[int, str]:
    """Gradients first, D's before G's, then the known signs in their order, then others; numbers last."""
    if key in _ORDER:
        return _ORDER.index(key), key
    for place, prefix in enumerate(_ORDER):
        if prefix in (_GRADIENT, _UPDATE, _HEALTH) and key.startswith(prefix):
            return place, key
    return len(_ORDER), key
