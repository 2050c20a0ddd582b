"""One row of the form: label, editor, reset arrow, and below them what is wrong. Its `FieldSpec` says what it edits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from ganstudio.config import FieldSpec
from ganstudio.desktop import format as text_of
from ganstudio.desktop import theme
from ganstudio.desktop.forms.relevance import SWITCHES, Switch, technique_of
from ganstudio.desktop.widgets.empty import Glyph
from ganstudio.desktop.widgets.panel import label
from ganstudio.errors import UserError
from ganstudio.runs.folder import list_runs

_MARK = 16
_FIELD_WIDTH = 132
_RESET = 16
_INDENT = 16
_EMPTY = {
    "dataset.resolution": "automatic",
    "dataset.limit": "all",
    "training.stop.images": "never",
    "training.stop.seconds": "never",
    "training.stop.settled": "never",
    "training.stop.plateau": "never",
    "optimizer.schedule.plateau": "never",
    "optimizer.schedule.accuracy": "off",
    "optimizer.schedule.beta2": "as below",
}
"""What an empty field stands for."""
_LADDER = (1, 2, 3, 6)
"""Powers of 10^(1/4) to one digit: the mantissas that arrow keys visit where only the order of magnitude matters."""


class Editor(Protocol):
    """What a row needs of its editor. `edited` at each key, `committed` when the person is done with a value."""

    edited: Any
    committed: Any

    def value(self) -> Any:
        """What is entered, for validation."""

    def show_value(self, value: Any) -> None:
        """Show a valid value; tells nobody."""


def stepped(spec: FieldSpec, value: Any, count: int, usual: Any = None) -> Any:
    """`value` after `count` presses of Up (negative: Down), inside the range; `usual` gives the scale where it is 0.

    Whole numbers go by one, shares between 0 and 1 by hundredths, all else by a quarter of an order of magnitude.
    """
    if value is None:
        return _first(spec)
    if spec.kind == "int":
        moved: float = value + count
    elif _is_scale(spec):
        moved = value
        for _ in range(abs(count)):
            moved = _next_rung(moved, count > 0, (usual or 1.0) / 100, may_be_zero=spec.minimum == 0)
    else:
        grid = round(value * 100, 6)
        moved = ((math.floor(grid) if count > 0 else math.ceil(grid)) + count) / 100
    return _inside(spec, moved, value)


class NumberField(QLineEdit):
    """A line of text with its unit inside, at the right. Numbers step with the arrow keys and, in focus, the wheel."""

    edited = Signal()
    committed = Signal()
    reverted = Signal()
    """Escape: show the value in use again."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        self._usual: Any = spec.default
        self._unit = spec.unit
        self.setAccessibleName(spec.label)
        if self._unit:
            self.setTextMargins(0, 0, self.fontMetrics().horizontalAdvance(self._unit) + 8, 0)
        if spec.optional:
            self.setPlaceholderText(_EMPTY.get(spec.path, "none"))
        self.textEdited.connect(self._on_edited)
        self.editingFinished.connect(self.committed)

    def value(self) -> Any:
        """The number typed, None for an empty optional one, else the text as it stands, which validation refuses."""
        text = self.text().strip()
        if not text and self._spec.optional:
            return None
        if self._spec.kind == "text":
            return text
        try:
            number = text_of.parse_number(text)
        except ValueError:
            return text
        return int(number) if self._spec.kind == "int" and number.is_integer() else number

    def show_value(self, value: Any) -> None:
        """Show `value` as the studio writes it."""
        text = "" if value is None else text_of.value(value)
        if text != self.text() or self.isModified():
            self.setText(text)

    def set_usual(self, value: Any) -> None:
        """The default in force, which gives steps from nothing their scale."""
        self._usual = value

    def sizeHint(self) -> QSize:
        """The same for all, so that they align."""
        return QSize(_FIELD_WIDTH, 24)

    def minimumSizeHint(self) -> QSize:
        """Narrower is possible."""
        return QSize(72, 24)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows step, ten times as far with Shift or by page; Escape goes back."""
        ten = 10 if self._spec.kind != "float" or not _is_scale(self._spec) else 4
        sizes = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: ten, Qt.Key.Key_PageDown: -ten}
        size = sizes.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Escape:
            self.reverted.emit()
        elif size is not None and self._step(size * (ten if event.modifiers() & _SHIFT and abs(size) == 1 else 1)):
            event.accept()
        elif self._leaves_undo(event):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Undo belongs to the form unless text is being typed."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._leaves_undo(event):
            event.ignore()
            return False
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step in focus; else the panel scrolls."""
        turns = event.angleDelta().y()
        if self.hasFocus() and turns and self._step(1 if turns > 0 else -1):
            event.accept()
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The text, then the unit."""
        super().paintEvent(event)
        if self._unit:
            painter = QPainter(self)
            painter.setPen(theme.qcolor("ink3"))
            where = self.rect().adjusted(8, 0, -9, 0)
            painter.drawText(where, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._unit)
            painter.end()

    def _step(self, count: int) -> bool:
        value = self.value()
        if self.isReadOnly() or self._spec.kind not in {"int", "float"} or isinstance(value, str):
            return False
        if isinstance(value, float) and not math.isfinite(value):
            return False
        self.setText(text_of.value(stepped(self._spec, value, count, self._usual)))
        self.edited.emit()
        self.committed.emit()
        return True

    def _leaves_undo(self, event: QKeyEvent) -> bool:
        undo = event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)
        return undo and not self.isModified()

    @Slot()
    def _on_edited(self) -> None:
        self.edited.emit()


class ChoiceBox(QComboBox):
    """A combo as narrow as it must be, which the wheel turns only in focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The text up to the arrow; the style would cut it an arrow's width sooner."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        text, option.currentText = option.currentText, ""
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        box = self.rect().adjusted(9, 0, -23, 0)
        painter.setFont(theme.font(12, 500))
        painter.setPen(theme.qcolor("ink" if self.isEnabled() else "off"))
        text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Only in focus; else the panel scrolls."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class DetailedBox(ChoiceBox):
    """A combo that says more about the current entry, at its right. Locked, it stays as legible as a locked field."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._details = ""

    def set_details(self, text: str) -> None:
        """Say `text` at the right."""
        self._details = text
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The style's frame, then both texts; the name gives way."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        text, option.currentText = option.currentText, ""
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        box = self.rect().adjusted(11, 0, -28, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font(12))
        painter.setPen(theme.qcolor("ink3"))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | middle, self._details)
        taken = painter.fontMetrics().horizontalAdvance(self._details)
        painter.setFont(theme.font(12, 500))
        painter.setPen(theme.qcolor("ink"))
        room = box.width() - taken - 8
        name = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | middle, name)
        painter.end()


class ChoiceField(ChoiceBox):
    """One of a few values."""

    edited = Signal()
    committed = Signal()

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("small", True)
        self.setAccessibleName(spec.label)
        for choice in spec.choices:
            self.addItem(choice, choice)
        self.activated.connect(self._on_activated)

    def set_entries(self, entries: Sequence[tuple[str, str]]) -> None:
        """Offer these (value, words) instead, and keep the one that is chosen."""
        chosen = self.currentData()
        self.clear()
        for key, words in entries:
            self.addItem(words, key)
        if chosen is not None:
            self.show_value(chosen)

    def value(self) -> Any:
        """The value chosen."""
        return self.currentData()

    def show_value(self, value: Any) -> None:
        """Choose `value`; one that is not offered is added, so that nothing is changed by looking at it."""
        index = self.findData(value)
        if index < 0:
            self.addItem(str(value), value)
            index = self.count() - 1
        self.setCurrentIndex(index)

    def sizeHint(self) -> QSize:
        """As wide as a number."""
        return QSize(_FIELD_WIDTH, 24)

    def minimumSizeHint(self) -> QSize:
        """Narrower is possible."""
        return QSize(72, 24)

    @Slot()
    def _on_activated(self) -> None:
        self.edited.emit()
        self.committed.emit()


class RunField(ChoiceField):
    """A run folder, or none; which ones there are is looked up when the list opens."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self.addItem("none", "")

    def value(self) -> Any:
        """The path of the run that is chosen; None for none."""
        return super().value() or None

    def show_value(self, value: Any) -> None:
        """Choose a run folder, which need not be among the others."""
        if value and self.findData(value) < 0:
            self.addItem(Path(value).name, value)
        super().show_value(value or "")

    def showPopup(self) -> None:
        """None, the runs so far, and the one that is chosen."""
        try:
            runs = [(str(run.path), run.name) for run in list_runs()]
        except UserError:
            runs = []
        chosen = self.value()
        others = [(chosen, Path(chosen).name)] if chosen and chosen not in dict(runs) else []
        self.set_entries([("", "none"), *runs, *others])
        super().showPopup()


class SwitchField(QCheckBox):
    """On or off."""

    edited = Signal()
    committed = Signal()

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(spec.label)
        self.clicked.connect(self._on_clicked)

    def value(self) -> Any:
        """Whether it is on."""
        return self.isChecked()

    def show_value(self, value: Any) -> None:
        """Switch without telling."""
        self.setChecked(bool(value))

    @Slot()
    def _on_clicked(self) -> None:
        self.edited.emit()
        self.committed.emit()


class SwitchedField(QWidget):
    """A switch, and beside it, while it is on, the number that it switches."""

    edited = Signal()
    committed = Signal()
    reverted = Signal()

    def __init__(self, spec: FieldSpec, switch: Switch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._off, self._last = switch.off, switch.first
        self.switch, self.number = QCheckBox(self), NumberField(spec, self)
        self.switch.setAccessibleName(f"{spec.label}: on or off")
        self.setAccessibleName(spec.label)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.switch)
        row.addWidget(self.number, 1)
        policy = self.number.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.number.setSizePolicy(policy)
        self.setFocusProxy(self.switch)
        self.switch.clicked.connect(self._on_switched)
        self.number.edited.connect(self.edited)
        self.number.committed.connect(self.committed)
        self.number.reverted.connect(self.reverted)

    def value(self) -> Any:
        """The number, or what stands for off."""
        return self.number.value() if self.switch.isChecked() else self._off

    def show_value(self, value: Any) -> None:
        """Show a number or off; tells nobody."""
        on = value != self._off
        if on:
            self._last = value
        self.switch.setChecked(on)
        self.number.setVisible(on)
        self.number.show_value(value)

    def setToolTip(self, text: str) -> None:
        """The same on both parts."""
        self.switch.setToolTip(text)
        self.number.setToolTip(text)
        super().setToolTip(text)

    def sizeHint(self) -> QSize:
        """As wide as a number."""
        return QSize(_FIELD_WIDTH, 24)

    def minimumSizeHint(self) -> QSize:
        """Narrower is possible."""
        return QSize(96, 24)

    @Slot()
    def _on_switched(self) -> None:
        on = self.switch.isChecked()
        if on:
            self.number.show_value(self._last)
        self.number.setVisible(on)
        self.edited.emit()
        self.committed.emit()


class ResetButton(QAbstractButton):
    """The arrow that goes back to a default; no wider than its icon."""

    def __init__(self, parent: QWidget | None = None, *, height: int = 24) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedSize(_RESET, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The arrow; a ground under the mouse, a ring in focus."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        box = QRectF(0.5, middle - 7.5, _RESET - 1, 15)
        painter.setPen(QPen(theme.qcolor("accent"), 1) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(theme.qcolor("hover") if self.underMouse() else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 3, 3)
        theme.paint_icon(painter, "arrow-counter-clockwise", QRectF(2, middle - 7, 14, 14), "accent_text")
        painter.end()


class FieldRow(QWidget):
    """A setting: mark (during a run), label, editor, reset arrow; below, why the value is refused."""

    edited = Signal(str)
    """The path, at each key."""
    committed = Signal(str)
    """The path, when the person is done with a value."""
    reverted = Signal(str)
    """The path whose entry is to be given up."""
    reset_requested = Signal(str)

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None, *, indented: bool = False) -> None:
        super().__init__(parent)
        self.spec = spec
        self._note: QLabel | None = None
        self._refusal = ""
        self.editor = _make_editor(spec, self)
        self._mark: Glyph | None = None
        self._plain: NumberField | None = None
        self._error: _ErrorLine | None = None
        self._lit = False
        self._label = label(spec.label, "label")
        self._label.setBuddy(self.editor)
        self.reset = ResetButton(self)
        self.reset.hide()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 4, 0, 4)
        self._grid.setSpacing(0)
        self._head = QHBoxLayout()
        self._head.setSpacing(4)
        self._head.setContentsMargins(_INDENT if indented else 0, 0, 0, 0)
        self._head.addWidget(self._label, 1)
        self._grid.addLayout(self._head, 0, 0)
        self._grid.addWidget(self.editor, 0, 1)
        self._grid.addWidget(self.reset, 0, 2)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(2, _RESET)
        self._grid.setRowMinimumHeight(0, 24)
        self.editor.edited.connect(self._on_edited)
        self.editor.committed.connect(self._on_committed)
        self._number = number_of(self.editor)
        if isinstance(self.editor, (NumberField, SwitchedField)):
            self.editor.reverted.connect(self._on_reverted)
        self.reset.clicked.connect(self._on_reset)

    def show_value(self, value: Any, usual: Any, usual_words: str) -> None:
        """Show `value`; the arrow shows where it differs from `usual`, named by `usual_words` ("the paper's value")."""
        self.editor.show_value(value)
        if self._plain is not None:
            self._plain.setText("none" if value is None else self._words(value))
        self.show_default(value, usual, usual_words)

    def show_default(self, value: Any, usual: Any, usual_words: str) -> None:
        """Offer the way back to `usual`; the entry is left alone."""
        if self._number is not None:
            self._number.set_usual(usual)
        unlocked = self._plain is None or self._plain.isHidden()
        self.reset.setVisible(value != usual and unlocked)
        tip = f"Back to {self._words(usual)}, {usual_words}"
        self.reset.setToolTip(tip)
        self.reset.setAccessibleName(f"{self.spec.label}: {tip[0].lower()}{tip[1:]}")
        self._usual_tip = f"{usual_words[0].upper()}{usual_words[1:]}: {self._words(usual)}."
        self._update_tip()

    def set_running(self, running: bool) -> None:
        """During a run a live field gets the bolt and stays; another one the lock, and its box goes."""
        if running and self._mark is None:
            name, token = ("lightning", "accent_text") if self.spec.live else ("lock-simple", "ink3")
            self._mark = Glyph(name, token, 12, parent=self)
            self._head.insertWidget(0, self._mark)
        if self._mark is not None:
            self._mark.setVisible(running)
        if not self.spec.live:
            self._set_locked(running)
        self._update_tip()

    def set_error(self, message: str) -> None:
        """Say what is wrong, or with an empty `message` nothing."""
        if message and self._error is None:
            self._error = _ErrorLine(self)
            self._grid.addWidget(self._error, 1, 0, 1, 3)
        if self._error is not None:
            self._error.set_text(message)
            self._error.setVisible(bool(message))
        box = self._number or self.editor
        if bool(box.property("invalid")) != bool(message):
            theme.restyle(box, invalid=bool(message))
        self.editor.setAccessibleDescription(message or self.spec.help)

    def stops(self) -> list[QWidget]:
        """What takes the keyboard, in order."""
        editor = self.editor
        return [*((editor.switch, editor.number) if isinstance(editor, SwitchedField) else (editor,)), self.reset]

    def set_refusal(self, reason: str) -> None:
        """Grey the setting out, for `reason`; with an empty one it can be used."""
        if reason != self._refusal:
            self._refusal = reason
            self.editor.setEnabled(not reason)
            self._label.setEnabled(not reason)
            self._update_tip()

    def set_note(self, note: str) -> None:
        """Say something in small print below, or with an empty `note` nothing."""
        if note and self._note is None:
            self._note = label("", "hint", wrap=True)
            self._note.setContentsMargins(self._head.contentsMargins().left(), 0, 0, 4)
            self._grid.addWidget(self._note, 2, 0, 1, 3)
        if self._note is not None:
            self._note.setText(note)
            self._note.setVisible(bool(note))

    def note(self) -> str:
        """The line below that shows, if one does."""
        return self._note.text() if self._note is not None and not self._note.isHidden() else ""

    def error(self) -> str:
        """The message that shows, if one does."""
        return self._error.text() if self._error is not None and not self._error.isHidden() else ""

    def set_lit(self, lit: bool) -> None:
        """Draw attention to the row."""
        self._lit = lit
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A soft ground while lit."""
        if self._lit:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.qcolor("accent_soft"))
            painter.drawRoundedRect(self.rect(), 4, 4)
            painter.end()

    def _set_locked(self, locked: bool) -> None:
        if locked and self._plain is None:
            self._plain = NumberField(self.spec, self)
            self._plain.setReadOnly(True)
            self._plain.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._plain.setProperty("locked", True)
            self._plain.setText(self._words(self.editor.value()))
            self._grid.addWidget(self._plain, 0, 1)
        if self._plain is not None:
            self._plain.setText(self._words(self.editor.value()))
            self._plain.setVisible(locked)
        self.editor.setVisible(not locked)
        if locked:
            self.reset.hide()

    def _words(self, value: Any) -> str:
        if isinstance(self.editor, SwitchedField) and value == SWITCHES[self.spec.path].off:
            return "off"
        if isinstance(self.editor, ChoiceField):
            index = self.editor.findData(value)
            return self.editor.itemText(index) if index >= 0 else str(value)
        return text_of.value(value)

    def _update_tip(self) -> None:
        spec, parts = self.spec, [self._refusal, self.spec.help]
        technique = technique_of(spec.path)
        if technique is not None:
            parts += [technique.help, f"{technique.paper}."] if technique.help != spec.help else [f"{technique.paper}."]
        if spec.range_text():
            words = spec.range_text()
            parts.append(f"{words[0].upper()}{words[1:]}{' ' + spec.unit if spec.unit else ''}.")
        parts.append(getattr(self, "_usual_tip", ""))
        if self._mark is not None and not self._mark.isHidden():
            parts.append("Takes effect at the next step." if spec.live else "Fixed during a run: it needs a new run.")
        tip = "\n".join(part for part in parts if part)
        for widget in (self._label, self.editor, self._plain):
            if widget is not None:
                widget.setToolTip(tip)
        if not self.error():
            self.editor.setAccessibleDescription(f"{self._refusal} {spec.help}".strip())

    @Slot()
    def _on_edited(self) -> None:
        self.edited.emit(self.spec.path)

    @Slot()
    def _on_committed(self) -> None:
        self.committed.emit(self.spec.path)

    @Slot()
    def _on_reverted(self) -> None:
        self.reverted.emit(self.spec.path)

    @Slot()
    def _on_reset(self) -> None:
        self.reset_requested.emit(self.spec.path)


class _ErrorLine(QWidget):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(_MARK - 2, 2, 0, 4)
        row.setSpacing(4)
        self._text = label("", "error", wrap=True)
        row.addWidget(Glyph("warning-circle", "bad", 12), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._text, 1)

    def text(self) -> str:
        return self._text.text()

    def set_text(self, text: str) -> None:
        self._text.setText(text)


def number_of(editor: QWidget) -> NumberField | None:
    """The line of text in `editor`, if it has one."""
    return editor.number if isinstance(editor, SwitchedField) else editor if isinstance(editor, NumberField) else None


def _make_editor(spec: FieldSpec, parent: QWidget) -> NumberField | ChoiceField | SwitchField | SwitchedField:
    if spec.path in SWITCHES:
        return SwitchedField(spec, SWITCHES[spec.path], parent)
    if spec.path == "techniques.transfer.run":
        return RunField(spec, parent)
    if spec.kind == "bool":
        return SwitchField(spec, parent)
    if spec.kind == "choice" or spec.path == "device":
        return ChoiceField(spec, parent)
    return NumberField(spec, parent)


def _first(spec: FieldSpec) -> Any:
    """What a step gives an empty field: the least that may be, or where that may not be, a little more."""
    if spec.kind == "int":
        return int(spec.minimum or 0)
    if not spec.open_minimum:
        return spec.minimum
    return (spec.minimum or 0.0) + (0.01 if spec.maximum is not None and spec.maximum <= 1 else 1.0)


def _is_scale(spec: FieldSpec) -> bool:
    """Whether orders of magnitude matter more than differences."""
    low, high = spec.minimum, spec.maximum
    return spec.kind == "float" and (high is None or high > 1 or (low is not None and low > 0 and high / low > 1000))


def _next_rung(value: float, up: bool, least: float, *, may_be_zero: bool) -> float:
    """The next of 1, 2, 3, 6 times a power of ten; below `least` there is only 0, if that may be."""
    if value <= 0:
        return _rung_at(least) if up else 0.0
    if may_be_zero and not up and value <= least * (1 + 1e-9):
        return 0.0
    exponent = math.floor(math.log10(value))
    rungs = [float(f"{m}e{e}") for e in range(exponent - 1, exponent + 2) for m in _LADDER]
    if up:
        return next(rung for rung in rungs if rung > value * (1 + 1e-9))
    return next(rung for rung in reversed(rungs) if rung < value * (1 - 1e-9))


def _rung_at(value: float) -> float:
    exponent = math.floor(math.log10(value))
    return max(float(f"{m}e{exponent}") for m in _LADDER if float(f"{m}e{exponent}") <= value * (1 + 1e-9))


def _inside(spec: FieldSpec, moved: float, value: Any) -> Any:
    low, high = spec.minimum, spec.maximum
    if low is not None and (moved < low or (moved == low and spec.open_minimum)):
        moved = value if spec.open_minimum else low
    if high is not None and (moved > high or (moved == high and spec.open_maximum)):
        moved = value if spec.open_maximum else high
    return int(moved) if spec.kind == "int" else moved


_SHIFT = Qt.KeyboardModifier.ShiftModifier
