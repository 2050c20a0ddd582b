"""Sliders that fill from their middle, painted: one for the chosen coordinate, and one a coordinate with its value."""

from __future__ import annotations

import functools

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QEnterEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QStaticText,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QLineEdit, QMenu, QSizePolicy, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.explore.state import LARGEST, RANGE, signed
from ganstudio.desktop.widgets.painting import paint_focus

_TICKS = 100
"""Positions of a slider in one unit of the latent."""
STEP, SMALL_STEP = 0.1, 0.01
ROW = 28
_KNOB = 5.0
_INSET = 8
_LOCK = 14
_WHEEL = 120


@functools.cache
def _face(weight: int) -> QFont:
    """The font of all rows, made once: many rows are painted at once."""
    return theme.font(12, weight)


@functools.cache
def _value_width() -> int:
    return QFontMetrics(_face(400)).horizontalAdvance("−0.00") + 3


@functools.lru_cache(maxsize=2048)
def _laid_out(text: str, weight: int) -> QStaticText:
    """Text that is laid out once: doing so takes most of a row's painting, and the same few hundred values return."""
    made = QStaticText(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.prepare(font=_face(weight))
    return made


class LatentSlider(QAbstractSlider):
    """A value between -3 and 3 of a standard normal. The value shown may lie beyond; the knob then rests at the end.

    Keys: Left and Right move by 0.1, with Shift by 0.01; a double click or Delete resets.
    """

    moved = Signal(float)
    """The person moved it to this value."""
    released = Signal()
    """The move has ended."""
    reset_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setRange(round(-RANGE * _TICKS), round(RANGE * _TICKS))
        self.setSingleStep(round(STEP * _TICKS))
        self.setPageStep(round(_TICKS / 2))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._value = 0.0
        self._inset = 0.0
        self._wheel = 0
        self.valueChanged.connect(self._on_value)

    @property
    def exact(self) -> float:
        """The value, which the slider's own whole numbers only come near to."""
        return self._value

    def set_exact(self, value: float) -> None:
        """Show a value without telling."""
        if value != self._value:
            self._value = value
            blocked = self.blockSignals(True)
            self.setValue(round(value * _TICKS))
            self.blockSignals(blocked)
            self.update()

    def set_inset(self, pixels: float) -> None:
        """How far from the track's ends the values -3 and 3 stand, so that they meet the middles of outer pictures."""
        if pixels != self._inset:
            self._inset = pixels
            self.update()

    def nudge(self, steps: int, *, small: bool) -> None:
        """Move by so many steps, as a key does."""
        if self.isEnabled():
            self._move(self._value + steps * (SMALL_STEP if small else STEP))
            self.released.emit()

    def track(self) -> QRectF:
        """Where the line runs."""
        return QRectF(0, 0, self.width(), self.height())

    def sizeHint(self) -> QSize:
        return QSize(120, 14)

    def minimumSizeHint(self) -> QSize:
        return QSize(48, 14)

    # events

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_track(painter)
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def paint_track(self, painter: QPainter) -> None:
        """The line, its middle, the part between middle and knob, and the knob."""
        track = self.track()
        middle, knob = self._x(0.0, track), self._x(self._value, track)
        y = track.center().y()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(QRectF(track.left(), y - 1, track.width(), 2), theme.qcolor("edge"))
        painter.fillRect(QRectF(middle - 1, y - 4, 2, 8), theme.qcolor("off", 150))
        if self.isEnabled():
            painter.fillRect(QRectF(min(middle, knob), y - 1, abs(knob - middle), 2), theme.qcolor("accent"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._ground())
        painter.drawEllipse(QPointF(knob, y), _KNOB + 1, _KNOB + 1)
        painter.setBrush(self._knob_colour())
        if theme.palette().name == "light":
            painter.setPen(QPen(theme.qcolor("edge"), 1))
        painter.drawEllipse(QPointF(knob, y), _KNOB, _KNOB)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self.setSliderDown(True)
        self._move(self._value_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._move(self._value_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setSliderDown(False)
            self.released.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)
        self.reset_requested.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Only with the focus, so that scrolling past changes nothing."""
        if not self.hasFocus():
            event.ignore()
            return
        self._wheel += event.angleDelta().y()
        steps = int(self._wheel / _WHEEL)
        self._wheel -= steps * _WHEEL
        if steps:
            self.nudge(steps, small=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        small = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.nudge(-1 if key == Qt.Key.Key_Left else 1, small=small)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.reset_requested.emit()
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._move(-RANGE if key == Qt.Key.Key_Home else RANGE)
            self.released.emit()
        else:
            event.ignore()

    @Slot(int)
    def _on_value(self, ticks: int) -> None:
        """Only an assistive program sets Qt's own value; mouse and keys have ways of their own."""
        self._move(ticks / _TICKS)
        self.released.emit()

    def _move(self, value: float) -> None:
        value = min(RANGE, max(-RANGE, round(value, 2)))
        if value != self._value and self.isEnabled():
            self.set_exact(value)
            self.moved.emit(value)

    def _x(self, value: float, track: QRectF) -> float:
        share = (min(RANGE, max(-RANGE, value)) + RANGE) / (2 * RANGE)
        inset = max(self._inset, _KNOB)
        return track.left() + inset + share * (track.width() - 2 * inset)

    def _value_at(self, x: float) -> float:
        track = self.track()
        inset = max(self._inset, _KNOB)
        share = (x - track.left() - inset) / max(1.0, track.width() - 2 * inset)
        return (2 * share - 1) * RANGE

    def _ground(self) -> QColor:
        return theme.qcolor("raised")

    def _knob_colour(self) -> QColor:
        if not self.isEnabled():
            return theme.qcolor("off")
        return theme.qcolor("ink") if theme.palette().name == "dark" else QColor("#ffffff")


class CoordinateRow(LatentSlider):
    """One coordinate in a row of 28 px: name, slider, value, and a lock that shows while it is closed or pointed at.

    A click on the value, or Enter, edits it; L locks.
    """

    chosen = Signal(int)
    """The coordinate's index: the person turned to it."""
    typed = Signal(int, float)
    lock_toggled = Signal(int)
    stepped = Signal(int)
    """Up or down: -1 or 1."""
    page_turned = Signal(int)
    """PageUp or PageDown: -1 or 1."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.index = 0
        self._name = ""
        self._name_width = 32
        self._is_chosen = False
        self._is_locked = False
        self._editor: _ValueEditor | None = None
        self.setFixedHeight(ROW)
        self.setMouseTracking(True)

    def show_coordinate(self, index: int, name_width: int) -> None:
        """Become the row of another coordinate; `name_width` in pixels is the same in all rows."""
        if (index, name_width) != (self.index, self._name_width) or not self._name:
            self._close_editor()
            self.index, self._name, self._name_width = index, f"z {index + 1}", name_width
            self.setAccessibleName(f"Coordinate {index + 1}")
            self.update()

    def set_content(self, value: float, *, locked: bool, chosen: bool) -> None:
        """Show a value, whether it is locked, and whether this is the coordinate in hand."""
        if value != self._value:
            self.set_exact(value)
            self.setAccessibleDescription(signed(value))
        if (locked, chosen) != (self._is_locked, self._is_chosen) or not self.toolTip():
            self._is_locked, self._is_chosen = locked, chosen
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if chosen else Qt.FocusPolicy.ClickFocus)
            state = "Locked, L unlocks. " if locked else "Double-click resets, L locks. "
            self.setToolTip(f"{self._name}. {state}Left and Right move it, Shift for small steps, Enter types a value.")
            self.update()

    def track(self) -> QRectF:
        left = _INSET + self._name_width + 6
        return QRectF(left, 0, max(20, self._value_box().left() - 8 - left), self.height())

    def sizeHint(self) -> QSize:
        return QSize(175, ROW)

    def minimumSizeHint(self) -> QSize:
        return QSize(140, ROW)

    def nudge(self, steps: int, *, small: bool) -> None:
        if not self._is_locked:
            super().nudge(steps, small=small)

    # events

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._is_chosen:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.qcolor("raised"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0, 1, 0, -1), 4, 4)
        weight = 500 if self._is_chosen else 400
        name, value = _laid_out(self._name, weight), _laid_out(signed(self._value), 400)
        top = (self.height() - value.size().height()) / 2
        painter.setFont(_face(weight))
        painter.setPen(theme.qcolor("ink" if self._is_chosen else "ink2"))
        painter.drawStaticText(QPointF(_INSET, top), name)
        self.paint_track(painter)
        painter.setFont(_face(400))
        painter.setPen(theme.qcolor("ink3" if self._is_locked else "ink"))
        painter.drawStaticText(QPointF(self._value_box().right() + 1 - value.size().width(), top), value)
        if self._is_locked or self.underMouse():
            glyph = "lock-simple" if self._is_locked else "lock-simple-open"
            theme.paint_icon(painter, glyph, self._lock_box(), "ink2" if self._is_locked else "ink3")
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self.chosen.emit(self.index)
        place = event.position().toPoint()
        if self._lock_box().adjusted(-3, -7, 6, 7).contains(place):
            self.lock_toggled.emit(self.index)
        elif self._value_box().contains(place):
            self.edit()
        elif self.track().adjusted(-_KNOB, 0, _KNOB, 0).contains(event.position()) and not self._is_locked:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.track().adjusted(-_KNOB, 0, _KNOB, 0).contains(event.position()):
            super().mouseDoubleClickEvent(event)
        else:
            self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(-1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.page_turned.emit(-1 if key == Qt.Key.Key_PageUp else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.edit()
        elif key == Qt.Key.Key_L and not event.modifiers():
            self.lock_toggled.emit(self.index)
        elif self._is_locked and key != Qt.Key.Key_Tab:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(theme.icon("pencil-simple", "ink2"), "Type a value", self.edit).setEnabled(not self._is_locked)
        menu.addAction(theme.icon("arrow-counter-clockwise", "ink2"), "Reset", self.reset_requested.emit).setEnabled(
            not self._is_locked
        )
        lock = "lock-simple-open" if self._is_locked else "lock-simple"
        menu.addAction(theme.icon(lock, "ink2"), "Unlock" if self._is_locked else "Lock", self._toggle_lock)
        menu.popup(event.globalPos())

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    # typing

    @Slot()
    def edit(self) -> None:
        """Type a value in place: Enter takes it, Escape leaves it."""
        if self._is_locked or self._editor is not None:
            return
        editor = _ValueEditor(self)
        editor.setText(signed(self._value))
        editor.setAccessibleName(f"Value of coordinate {self.index + 1}")
        editor.setToolTip(f"A number between −{LARGEST:g} and {LARGEST:g}")
        editor.setGeometry(self._value_box().adjusted(-8, 2, 8, -2))
        editor.taken.connect(self._on_typed)
        editor.left.connect(self._close_editor)
        self._editor = editor
        editor.show()
        editor.selectAll()
        editor.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(float)
    def _on_typed(self, value: float) -> None:
        self._close_editor()
        self.typed.emit(self.index, value)

    @Slot()
    def _close_editor(self) -> None:
        editor, self._editor = self._editor, None
        if editor is not None:
            editor.retire()
            if editor.hasFocus():
                self.setFocus(Qt.FocusReason.OtherFocusReason)
            editor.hide()
            editor.deleteLater()

    @Slot()
    def _toggle_lock(self) -> None:
        self.lock_toggled.emit(self.index)

    # places

    def _lock_box(self) -> QRect:
        return QRect(self.width() - _INSET - _LOCK + 4, (self.height() - _LOCK) // 2, _LOCK, _LOCK)

    def _value_box(self) -> QRect:
        width = _value_width()
        return QRect(self._lock_box().left() - 4 - width, 0, width, self.height())

    def _ground(self) -> QColor:
        return theme.qcolor("raised" if self._is_chosen else "panel")

    def _knob_colour(self) -> QColor:
        return theme.qcolor("off") if self._is_locked else super()._knob_colour()


class _ValueEditor(QLineEdit):
    taken = Signal(float)
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.returnPressed.connect(self._on_return)
        self.textEdited.connect(self._on_edited)
        self.editingFinished.connect(self._on_finished)
        self._done = False

    def retire(self) -> None:
        """Tell nothing any more."""
        self._done = True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)

    def _number(self) -> float | None:
        try:
            value = fmt.parse_number(self.text())
        except ValueError:
            return None
        return value if abs(value) <= LARGEST else None

    @Slot()
    def _on_return(self) -> None:
        if self._number() is not None:
            self._take()

    @Slot(str)
    def _on_edited(self, _text: str) -> None:
        theme.restyle(self, invalid=self._number() is None)

    @Slot()
    def _on_finished(self) -> None:
        """Enter has been dealt with; leaving by the mouse or Tab takes what is valid."""
        if not self.hasFocus():
            self._take()

    def _take(self) -> None:
        """Once; what was not touched is left as it is, since what is shown is rounded."""
        if self._done:
            return
        self._done = True
        value = self._number() if self.isModified() else None
        if value is None:
            self.left.emit()
        else:
            self.taken.emit(value)
