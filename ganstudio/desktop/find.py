"""Find a setting by a word of its name, its meaning or its path."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QCompleter,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ganstudio.config import FieldSpec, fields
from ganstudio.desktop import theme
from ganstudio.desktop.widgets.painting import LEFT

_PATH = Qt.ItemDataRole.UserRole
_HELP = Qt.ItemDataRole.UserRole + 1
_ROW = 40
_SHOWN = 8
_WIDTH = 360


def matches(query: str, specs: Sequence[FieldSpec] | None = None) -> list[FieldSpec]:
    """The settings that hold every word of `query`, those whose name begins with it first."""
    words = query.lower().split()
    if not words:
        return []
    ranked: list[tuple[int, int, FieldSpec]] = []
    for index, spec in enumerate(fields() if specs is None else specs):
        label, path = spec.label.lower(), spec.path.replace("_", " ").lower()
        if not all(word in f"{label} {path} {spec.help.lower()}" for word in words):
            continue
        if label.startswith(words[0]):
            rank = 0
        elif all(word in label for word in words):
            rank = 1
        elif all(word in f"{label} {path}" for word in words):
            rank = 2
        else:
            rank = 3
        ranked.append((rank, index, spec))
    return [spec for _, _, spec in sorted(ranked, key=lambda item: item[:2])]


class FindField(QLineEdit):
    """A search field whose list shows the settings found; Return or a click chooses one."""

    chosen = Signal(str)
    """The path of a setting."""

    def __init__(self, shortcut: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys = QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        self.setProperty("role", "find")
        self.setFixedSize(232, 24)
        self.setAccessibleName("Find a setting")
        self.setToolTip(f"Search all settings by name or meaning ({self._keys})")
        self.setTextMargins(22, 0, 0, 0)
        self._model = QStandardItemModel(self)
        self._list = QListView()
        self._list.setProperty("role", "popup")
        self._list.setMinimumWidth(_WIDTH)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._completer = QCompleter(self._model, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(_SHOWN)
        self._completer.setPopup(self._list)
        self._list.setItemDelegate(_Row(self._list))  # after setPopup, which sets one of its own
        self._completer.setWidget(self)
        self._completer.activated.connect(self._on_activated)
        self.textEdited.connect(self._on_edited)
        self.returnPressed.connect(self._on_return)

    @Slot()
    def begin(self) -> None:
        """Take the keyboard."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def found(self) -> list[str]:
        """The paths in the list, best first."""
        return [self._model.item(row).data(_PATH) for row in range(self._model.rowCount())]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape gives up."""
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The field, the glass, and while empty what it is for and its key."""
        super().paintEvent(event)
        painter = QPainter(self)
        theme.paint_icon(painter, "magnifying-glass", QRect(9, 5, 14, 14), "ink3")
        if not self.text():
            painter.setPen(theme.qcolor("ink3"))
            painter.setFont(theme.font(12))
            painter.drawText(QRect(31, 0, 120, self.height()), LEFT, "Find a setting")
            face = theme.font(11)
            painter.setFont(face)
            width = QFontMetrics(face).horizontalAdvance(self._keys)
            painter.drawText(QRect(self.width() - width - 9, 0, width + 2, self.height()), LEFT, self._keys)
        painter.end()

    @Slot(str)
    def _on_edited(self, text: str) -> None:
        self._model.clear()
        for spec in matches(text):
            item = QStandardItem(spec.label)
            item.setData(spec.path, _PATH)
            item.setData(spec.help, _HELP)
            item.setToolTip(spec.help)
            self._model.appendRow(item)
        if self._model.rowCount():
            self._completer.complete(QRect(self.width() - _WIDTH, 0, _WIDTH, self.height() + 3))
            self._list.setCurrentIndex(self._model.index(0, 0))
        else:
            self._list.hide()

    @Slot(str)
    def _on_activated(self, label: str) -> None:
        index = self._list.currentIndex()
        if index.isValid() and index.data() == label:
            self._choose(index.data(_PATH))

    @Slot()
    def _on_return(self) -> None:
        found = matches(self.text())
        if found:
            self._choose(found[0].path)

    def _choose(self, path: str) -> None:
        self._list.hide()
        self.clear()
        self.clearFocus()
        self.chosen.emit(path)


class _Row(QStyledItemDelegate):
    """Name above, help below."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Two lines."""
        return QSize(_WIDTH, _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """In the colours of the theme."""
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            chosen = bool(state & QStyle.StateFlag.State_Selected)
            painter.fillRect(rect, theme.qcolor("accent_soft" if chosen else "hover"))
        box = rect.adjusted(8, 4, -8, -4)
        painter.setFont(theme.font(12, 500))
        painter.setPen(theme.qcolor("ink"))
        painter.drawText(QRect(box.left(), box.top(), box.width(), 16), LEFT, index.data())
        face = theme.font(11)
        painter.setFont(face)
        painter.setPen(theme.qcolor("ink2"))
        text = QFontMetrics(face).elidedText(index.data(_HELP), Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(QRect(box.left(), box.top() + 16, box.width(), 16), LEFT, text)
