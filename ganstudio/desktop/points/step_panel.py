"""The Step by step panel: one play of D, or of G, and what it did to the loss."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop.theme import font, qcolor, theme
from ganstudio.desktop.widgets.buttons import Button
from ganstudio.desktop.widgets.painting import LEFT, paint_focus
from ganstudio.desktop.widgets.panel import Panel, label
from ganstudio.desktop.widgets.segmented import Segmented
from ganstudio.game import DISCRIMINATOR, GENERATOR
from ganstudio.training.events import Progress

_REPEATS = ("1", "10", "100")
_PLAYERS = (
    (DISCRIMINATOR, "D", "d", "Step D", "moves the map"),
    (GENERATOR, "G", "g", "Step G", "moves the points"),
)


class StepPanel(Panel):
    """Plays D or G alone, as often as asked; a run that trains is paused first."""

    steps_requested = Signal(object)
    """The players whose turn it is, in order: a tuple of names."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Step by step", parent=parent)
        self._losses: dict[str, tuple[float, float]] = {}
        self._asked: frozenset[str] = frozenset()
        self._buttons: dict[str, _PlayerButton] = {}
        self._words = {player: label("", "body") for player, *_ in _PLAYERS}
        self._values = {player: label("", "number") for player, *_ in _PLAYERS}
        self._lay_out()
        self.set_available("Start a run first.")

    def set_available(self, reason: str) -> None:
        """Whether plays can be asked for: `reason` says why not, and is empty when they can."""
        for player, _, _, text, effect in _PLAYERS:
            button = self._buttons[player]
            button.setEnabled(not reason)
            button.setToolTip(reason or f"{text}: {effect}; a run that trains is paused first")
        self._both.setEnabled(not reason)
        self._both.setToolTip(reason or "D plays, then G; as often as Repeat says")

    def clear(self) -> None:
        """Another run."""
        self._losses.clear()
        self._asked = frozenset()
        self._show()

    def add(self, event: Progress) -> None:
        """The newest losses."""
        for player, *_ in _PLAYERS:
            loss = event.scalars.get(f"loss/{player}", math.nan)
            if math.isfinite(loss):
                before = self._losses.get(player, (math.nan, math.nan))[1]
                self._losses[player] = (before, loss)

    def refresh(self) -> None:
        """Write the newest losses."""
        self._show()

    @property
    def repeat(self) -> int:
        """How often."""
        return int(self._repeat.current())

    def _ask(self, *players: str) -> None:
        self._asked = frozenset(players)
        self.steps_requested.emit(players * self.repeat)
        self._show()

    @Slot()
    def _on_player(self) -> None:
        button = self.sender()
        assert isinstance(button, _PlayerButton)
        self._ask(button.player)

    @Slot()
    def _on_both(self) -> None:
        self._ask(DISCRIMINATOR, GENERATOR)

    def _show(self) -> None:
        for player, *_ in _PLAYERS:
            before, now = self._losses.get(player, (math.nan, math.nan))
            moved = player in self._asked
            self._words[player].setText("last step" if moved else "waiting" if self._asked else "last loss")
            if not math.isfinite(now):
                self._values[player].setText("–")
            elif moved and math.isfinite(before):
                self._values[player].setText(f"{fmt.number(before, 3)} → {fmt.number(now, 3)}")
            else:
                self._values[player].setText(fmt.number(now, 3))

    def _lay_out(self) -> None:
        pair = QHBoxLayout()
        pair.setSpacing(8)
        for player, letter, token, text, effect in _PLAYERS:
            button = _PlayerButton(player, letter, token, text, effect, self)
            button.clicked.connect(self._on_player)
            self._buttons[player] = button
            pair.addWidget(button, 1)
        again = QHBoxLayout()
        again.setSpacing(8)
        self._repeat = Segmented([(count, count) for count in _REPEATS], name="Repeat", parent=self)
        self._both = Button("D then G", "repeat", small=True, parent=self)
        self._both.clicked.connect(self._on_both)
        again.addWidget(label("Repeat", "body"))
        again.addWidget(self._repeat)
        again.addStretch(1)
        again.addWidget(self._both)
        losses = QGridLayout()
        losses.setHorizontalSpacing(8)
        losses.setVerticalSpacing(2)
        losses.setColumnStretch(2, 1)
        for row, (player, letter, token, *_) in enumerate(_PLAYERS):
            losses.addWidget(_Chip(letter, token, self), row, 0)
            losses.addWidget(self._words[player], row, 1)
            value = self._values[player]
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setAccessibleName(f"Loss of {letter}")
            losses.addWidget(value, row, 2)
            losses.setRowMinimumHeight(row, 22)
        self.body.setSpacing(8)
        self.body.addLayout(pair)
        self.body.addLayout(again)
        self.body.addLayout(losses)
        self.body.addStretch(1)


class _PlayerButton(QAbstractButton):
    """A wide button in a player's colour: its letter, what it does, and what that moves."""

    def __init__(self, player: str, letter: str, token: str, text: str, effect: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.player = player
        self._letter, self._token, self._effect = letter, token, effect
        self.setText(text)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(48)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(136, 48)

    def minimumSizeHint(self) -> QSize:
        return QSize(96, 48)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        able = self.isEnabled()
        ground = "hover" if able and (self.isDown() or self.underMouse()) else "raised" if able else "panel"
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(qcolor(self._token if able else "line"), 1))
        painter.setBrush(qcolor(ground))
        painter.drawRoundedRect(frame, 4, 4)
        paint_chip(painter, QRectF(12, 16, 16, 16), self._letter, self._token if able else "off")
        painter.setPen(qcolor("ink" if able else "off"))
        painter.setFont(font(12, 600))
        room = self.width() - 48
        painter.drawText(QRectF(38, 7, room, 17), LEFT, self.text())
        painter.setPen(qcolor("ink2" if able else "off"))
        painter.setFont(font(11))
        painter.drawText(QRectF(38, 24, room, 16), LEFT, self._effect)
        if self.hasFocus():
            paint_focus(painter, frame.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()


class _Chip(QWidget):
    """A player's letter on its colour."""

    def __init__(self, letter: str, token: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._letter, self._token = letter, token
        self.setFixedSize(16, 16)
        theme().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_chip(painter, QRectF(self.rect()), self._letter, self._token)
        painter.end()


def paint_chip(painter: QPainter, rect: QRectF, letter: str, token: str) -> None:
    """A letter on a colour of the palette."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(qcolor(token))
    painter.drawRoundedRect(rect, 3, 3)
    painter.setPen(qcolor("panel"))
    painter.setFont(font(11, 600))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, letter)
