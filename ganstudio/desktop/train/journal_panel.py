"""The Journal: what happened in the run, newest first, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ganstudio.config import field
from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.train.diagnoses import LOOKS, words_of
from ganstudio.desktop.train.growth import phase_words
from ganstudio.desktop.train.measures import in_order, quoted_name
from ganstudio.desktop.widgets.empty import EmptyState
from ganstudio.training.events import (
    CheckpointSaved,
    Diagnosed,
    Evaluated,
    Event,
    Judged,
    PhaseBegan,
    RunFinished,
    RunForked,
    RunResumed,
    RunStarted,
    SettingChanged,
    Warned,
)

_ICON, _TIME_WIDTH, _GAP, _ROW_PADDING = 16, 48, 8, 6
_MOST = 500
_MOST_MEASURES = 4
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Entry:
    """One line: icon and colour token, seconds of training, step, words."""

    icon: str
    token: str
    time: float
    step: int
    text: str


def entry_of(event: Event) -> Entry | None:
    """The line for an event; None for one that is shown elsewhere."""
    match event:
        case RunStarted():
            shown = ("play", "ink2", f"Started on {event.device}, {event.precision}")
        case RunResumed():
            shown = ("play", "ink2", f"Resumed at step {fmt.number(event.from_step)}")
        case RunForked():
            shown = ("git-fork", "accent_text", fork_words(event))
        case CheckpointSaved():
            shown = ("floppy-disk", "ink2", f"Checkpoint at step {fmt.number(event.step)}")
        case SettingChanged():
            shown = ("lightning", "accent_text", change_words(event))
        case PhaseBegan():
            shown = ("stack", "ink2", phase_words(event))
        case Evaluated():
            shown = ("chart-line", "ink2", evaluation_words(event))
        case Judged():
            shown = ("eye", "ink2", judgement_words(event))
        case Diagnosed(over=True):
            shown = ("check-circle", "ok", f"Over: {words_of(event).title}")
        case Diagnosed():
            look = LOOKS[event.severity]
            shown = (look.icon, look.token, f"{words_of(event).title}, since step {fmt.number(event.since)}")
        case Warned():
            shown = ("warning", "warn", event.message)
        case RunFinished(reason="failed"):
            shown = ("x-circle", "bad", event.error or "Failed")
        case RunFinished():
            words = {"completed": "Finished", "stopped": "Stopped"}[event.reason]
            shown = ("check-circle", "ok", f"{words} at step {fmt.number(event.step)}")
        case _:
            return None
    icon, token, text = shown
    return Entry(icon, token, event.time, event.step, text)


def fork_words(event: RunForked) -> str:
    """Where a fork begins, as plots and journal name it: "Fork of 011-dcgan: Learning rate G 2e-4 → 4e-4"."""
    changes = [
        f"{field(path).label} {fmt.value(old)} → {fmt.value(new)}"
        for path, (old, new) in event.changes.items()
        if path != "training.steps"
    ]
    return f"Fork of {event.parent}" + (f": {', '.join(changes)}" if changes else "")


def change_words(event: SettingChanged) -> str:
    """A live change as plots and journal name it: "Learning rate G 2e-4 → 4e-4"."""
    return f"{field(event.path).label} {fmt.value(event.old)} → {fmt.value(event.new)}"


def evaluation_words(event: Evaluated) -> str:
    """What was measured, in a line: "Step 4 000: FID-MobileNetV2 35.1, Precision 0.70, the best so far"."""
    shown = [name for name in in_order(event.measures) if math.isfinite(event.measures[name].value)]
    words = [f"{quoted_name(name, event.extractor)} {fmt.number(event.measures[name].value)}" for name in shown]
    best = ["the best so far"] if event.best else []
    return f"Step {fmt.number(event.step)}: {', '.join([*words[:_MOST_MEASURES], *best])}"


def judgement_words(event: Judged) -> str:
    """What a person made of the samples: "Step 4 000: 38 % of 50 judged wrong (26 to 52 %), 3 in 4 right at 320 ms"."""
    share = f"{100 * event.errors / event.trials:.0f} % of {event.trials}"
    what = "pairs judged wrong" if event.layout == "pair" else "judged wrong"
    time = f", 3 in 4 right at {event.exposure:.0f} ms" if event.exposure is not None else ""
    within = f"{100 * event.low:.0f} to {100 * event.high:.0f} %"
    return f"Step {fmt.number(event.step)}: {share} {what} ({within}){time}"


class JournalView(QWidget):
    """Checkpoints, live changes, findings, measures, warnings and the end, as they come, newest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self._waiting = EmptyState(
            "notebook",
            "Nothing has happened yet",
            "Checkpoints, changes of settings, measures, findings and warnings are noted here.",
        )
        self._view = QListView(self)
        self._view.setModel(self._model)
        self._view.setItemDelegate(_Delegate(self._view))
        self._view.setFrameShape(QListView.Shape.NoFrame)
        self._view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._view.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self._view.setResizeMode(QListView.ResizeMode.Adjust)
        self._view.setWordWrap(True)
        self._view.setAccessibleName("Journal of the run")
        self._view.viewport().setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 4, 4)
        column.addWidget(self._waiting)
        column.addWidget(self._view, 1)
        column.addStretch(0)
        self.clear()

    def clear(self) -> None:
        """Another run."""
        self._model.clear()
        self._show()

    def add(self, events: list[Event]) -> None:
        """Note what is worth a line."""
        entries = [entry for entry in map(entry_of, events) if entry is not None]
        if entries:
            self._model.add(entries)
            self._show()

    def _show(self) -> None:
        filled = self._model.rowCount() > 0
        self._view.setVisible(filled)
        self._waiting.setVisible(not filled)


class _Model(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._entries: list[Entry] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return entry
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole}:
            return f"{fmt.duration(entry.time)}  {entry.text}"
        return None

    def add(self, entries: list[Entry]) -> None:
        self.beginInsertRows(QModelIndex(), 0, len(entries) - 1)
        self._entries[:0] = reversed(entries)
        self.endInsertRows()
        if len(self._entries) > _MOST:
            self.beginRemoveRows(QModelIndex(), _MOST, len(self._entries) - 1)
            del self._entries[_MOST:]
            self.endRemoveRows()

    def clear(self) -> None:
        self.beginResetModel()
        self._entries.clear()
        self.endResetModel()


class _Delegate(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry: Entry = index.data(Qt.ItemDataRole.UserRole)
        box: QRect = option.rect
        top = box.top() + _ROW_PADDING
        painter.save()
        theme.paint_icon(painter, entry.icon, QRect(box.left(), top, _ICON, _ICON), entry.token)
        painter.setFont(theme.font(11))
        painter.setPen(theme.qcolor("ink3"))
        right = QRect(box.right() - _TIME_WIDTH - 8, top, _TIME_WIDTH, _ICON)
        painter.drawText(right, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, fmt.duration(entry.time))
        painter.setFont(theme.font(12))
        painter.setPen(theme.qcolor("ink2" if entry.token in {"ink2", "ok"} else "ink"))
        painter.drawText(self._text_box(box), Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop, entry.text)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        entry: Entry = index.data(Qt.ItemDataRole.UserRole)
        box: QRect = option.rect
        width = option.widget.viewport().width() if isinstance(option.widget, QListView) else box.width()
        room = self._text_box(QRect(0, 0, width, 10_000))
        metrics = QFontMetrics(theme.font(12))
        height = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, entry.text).height()
        return QSize(width, max(_ICON, height) + 2 * _ROW_PADDING)

    @staticmethod
    def _text_box(box: QRect) -> QRect:
        return box.adjusted(_ICON + _GAP, _ROW_PADDING, -(_TIME_WIDTH + _GAP + 8), 0)
