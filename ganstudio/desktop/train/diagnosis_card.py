"""A finding about the run's health: its evidence, what it means, and what can be done about it, one click each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.train.diagnoses import LOOKS, grounds_of, limits_of, words_of
from ganstudio.desktop.train.prospects import Fork, Prospect
from ganstudio.desktop.train.signs import SPANNING, player_of, scalar_of, sign_of, text_of
from ganstudio.desktop.widgets.buttons import Button, IconButton
from ganstudio.desktop.widgets.curve import Curve
from ganstudio.desktop.widgets.empty import Glyph
from ganstudio.desktop.widgets.panel import label
from ganstudio.desktop.widgets.series import History
from ganstudio.health.rules.rule import Limit
from ganstudio.training.events import Diagnosed, SettingChanged

_CURVE_HEIGHT, _CURVE_COLUMNS = 68, 240
_OTHER = object()


class DiagnosisCard(QFrame):
    """One open finding. `update_finding` replaces what it says, `set_prospects` what can be done."""

    applied = Signal(object)
    """Settings by path, to be set at the next step."""
    fork_requested = Signal(object)
    """A `Fork`."""
    copy_requested = Signal(object)
    """The `Prospect` whose command is to be copied."""

    def __init__(self, finding: Diagnosed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "finding")
        self._finding = finding
        self._evidence: _Evidence | None = None
        self._remedies: list[RemedyRow] = []
        self._asked: dict[int, Prospect] = {}
        self._applied: dict[int, tuple[Prospect, int]] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(8)
        column.addLayout(self._make_head())
        self._place = QVBoxLayout()
        self._explanation = label("", "body", wrap=True)
        self._first, self._others = QVBoxLayout(), QWidget(self)
        self._more = QVBoxLayout(self._others)
        self._more.setContentsMargins(0, 0, 0, 4)
        self._more.setSpacing(10)
        self._why = label("", "note", wrap=True)
        self._why.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addLayout(self._place)
        column.addWidget(self._explanation)
        column.addLayout(self._first)
        column.addLayout(self._make_foot())
        column.addWidget(self._others)
        column.addWidget(self._why)
        self._others.hide()
        self._why.hide()
        self.update_finding(finding)

    @property
    def finding(self) -> Diagnosed:
        """What it shows."""
        return self._finding

    def update_finding(self, finding: Diagnosed) -> None:
        """The same finding told anew."""
        if finding.advice != self._finding.advice:
            self._asked.clear()
            self._applied.clear()
        self._finding = finding
        words, look = words_of(finding), LOOKS[finding.severity]
        theme.restyle(self, severity=finding.severity)
        self.setAccessibleName(f"{words.title}, since step {finding.since}")
        self.setAccessibleDescription(finding.explanation)
        self._glyph.set_icon(look.icon, look.token)
        self._title.setText(words.title)
        self._since.setText(f"since step {fmt.number(finding.since)}")
        self._explanation.setText(finding.explanation)
        self._explanation.setVisible(bool(finding.explanation))
        why = " ".join(filter(None, (words.why, words.source and f"({words.source})")))
        self._why.setText("\n\n".join(filter(None, (why, grounds_of(finding)))))
        self._why_button.setVisible(bool(self._why.text()))

    def show_history(self, history: History) -> None:
        """Draw the evidence's curve as far as it is known."""
        if self._evidence is None:
            limits = limits_of(self._finding)
            drawn = [name for name in self._finding.evidence if scalar_of(name) in history.names]
            drawn.sort(key=lambda name: name not in limits)
            if not drawn:
                return
            self._evidence = _Evidence(scalar_of(drawn[0]), limits.get(drawn[0]), self)
            self._place.addWidget(self._evidence)
        self._evidence.show_history(history)

    def set_prospects(self, prospects: Sequence[Prospect], *, primary: bool) -> None:
        """What can be done: the first in plain sight, the others a click away; `primary`: the panel's first choice."""
        for old in self._remedies:
            old.hide()
            old.deleteLater()
        self._remedies = []
        for index, one in enumerate(prospects):
            applied = self._applied.get(index)
            row = RemedyRow(applied[0] if applied else one, self, first=index == 0, primary=primary and index == 0)
            if applied:
                row.show_applied(applied[1])
            self._remedies.append(row)
            (self._more if index else self._first).addWidget(row)
            row.chosen.connect(self._on_chosen)
            row.copy_requested.connect(self.copy_requested)
        others = len(prospects) - 1
        self._others_button.setText("1 other remedy" if others == 1 else f"{others} other remedies")
        self._others_button.setAccessibleName(self._others_button.text())
        self._others_button.setVisible(others > 0)
        self._others.setVisible(others > 0 and self._others_button.isChecked())

    def note_change(self, event: SettingChanged) -> None:
        """A setting has changed: what was asked for here stands as applied, until it is set otherwise."""
        for index, one in self._asked.items():
            if one.values.get(event.path, _OTHER) == event.new:
                self._applied[index] = (one, event.step)
        for index, (one, _) in list(self._applied.items()):
            if event.path in one.values and one.values[event.path] != event.new:
                del self._applied[index]

    def remedies(self) -> list[RemedyRow]:
        """The rows of what can be done, best first."""
        return self._remedies

    def _make_head(self) -> QHBoxLayout:
        look = LOOKS[self._finding.severity]
        self._glyph = Glyph(look.icon, look.token)
        self._title = label("", "h2")
        self._since = label("", "hint")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._glyph)
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self._since)
        return head

    def _make_foot(self) -> QHBoxLayout:
        self._others_button = Button("", "caret-right", "fold", tooltip="Show what else may help")
        self._others_button.setCheckable(True)
        self._others_button.toggled.connect(self._on_others)
        self._why_button = Button("Why this happens", role="link", tooltip="Say what is behind it")
        self._why_button.setCheckable(True)
        self._why_button.toggled.connect(self._on_why)
        foot = QHBoxLayout()
        foot.addWidget(self._others_button)
        foot.addStretch(1)
        foot.addWidget(self._why_button)
        return foot

    @Slot(object)
    def _on_chosen(self, row: RemedyRow) -> None:
        one = row.prospect
        if one.live:
            self._asked[self._remedies.index(row)] = one
            self.applied.emit(one.values)
        else:
            self.fork_requested.emit(Fork(one.values, one.start))

    @Slot(bool)
    def _on_others(self, opened: bool) -> None:
        self._others_button.set_icon("caret-down" if opened else "caret-right")
        self._others.setVisible(opened)

    @Slot(bool)
    def _on_why(self, opened: bool) -> None:
        self._why.setVisible(opened)


class _Evidence(QWidget):
    """The curve that a finding is about, and where health ends."""

    def __init__(self, key: str, limit: Limit | None, parent: QWidget) -> None:
        super().__init__(parent)
        sign = sign_of(key)
        name, token = (sign.name, sign.token) if sign else _loss(key)
        self._key = key
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self._curve = Curve(
            token, name, height=_CURVE_HEIGHT, labelled=True, logarithmic=key.startswith(SPANNING), parent=self
        )
        head = QHBoxLayout()
        head.addWidget(label(name, "note"))
        head.addStretch(1)
        column.addLayout(head)
        column.addWidget(self._curve)
        if limit is not None:
            self._curve.set_limit(limit.value, limit.unhealthy)
            side = "below" if limit.unhealthy == "above" else "above"
            head.addWidget(label(f"healthy {side} {text_of(limit.value)}", "note"))

    def show_history(self, history: History) -> None:
        """The curve's points so far."""
        if self._key not in history.names:
            return
        values = history.averages[history.names.index(self._key)]
        finite = np.flatnonzero(np.isfinite(values))
        chosen = finite[:: max(1, len(finite) // _CURVE_COLUMNS)]
        if len(finite) and chosen[-1] != finite[-1]:
            chosen = np.append(chosen, finite[-1])
        self._curve.set_points(history.steps[chosen], values[chosen])


class RemedyRow(QWidget):
    """A remedy: the button that applies it, what exactly will change, and the command that does the same (of the first
    one by the context menu, for it has no room to spare)."""

    chosen = Signal(object)
    """This row."""
    copy_requested = Signal(object)
    """Its `Prospect`."""

    def __init__(self, prospect: Prospect, parent: QWidget, *, first: bool, primary: bool) -> None:
        super().__init__(parent)
        self.prospect = prospect
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        self.words = label(prospect.words, "body" if prospect.is_advice else "title", wrap=True)
        self.note = label(prospect.refusal or prospect.when, "hint", wrap=True)
        self.button: Button | None = None
        self.setToolTip(prospect.remedy.text)
        if prospect.is_advice:
            grid.addWidget(Glyph("lightbulb", "ink3"), 0, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self.words, 0, 1)
            return
        self.button = Button("Apply" if self._applies else "Fork…", role="primary" if primary else "raised")
        self.button.setToolTip(prospect.refusal or prospect.remedy.text)
        self.button.setEnabled(not prospect.refusal)
        self.button.clicked.connect(self._on_clicked)
        copy = QAction("Copy command", self)
        copy.setEnabled(not prospect.refusal)
        copy.triggered.connect(self._on_copy)
        self.addAction(copy)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        grid.addWidget(self.button, 0, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.words, 0, 1)
        grid.addWidget(self.note, 1, 1)
        if not first:
            icon = IconButton("copy", "Copy the command that does this", px=14)
            icon.setEnabled(not prospect.refusal)
            icon.clicked.connect(self._on_copy)
            grid.addWidget(icon, 0, 2, 2, 1, Qt.AlignmentFlag.AlignTop)

    @property
    def _applies(self) -> bool:
        return self.prospect.live or (bool(self.prospect.refusal) and self.prospect.remedy.live)

    def show_applied(self, step: int) -> None:
        """It has been applied, from `step` on."""
        if self.button is not None:
            self.button.setText("Applied")
            self.button.setEnabled(False)
            self.button.set_role("raised")
            self.note.setText(f"since step {fmt.number(step)}; give it a while to show")

    @Slot()
    def _on_clicked(self) -> None:
        self.chosen.emit(self)

    @Slot()
    def _on_copy(self) -> None:
        self.copy_requested.emit(self.prospect)


def _loss(key: str) -> tuple[str, str]:
    """A loss's name and colour."""
    player, token = player_of(key.rsplit("/", 1)[-1])
    return f"Loss of {player}", token
