"""A combo whose entries stand in groups, and which says why some of them cannot be chosen."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.forms.fields import DetailedBox

_TIP = Qt.ItemDataRole.ToolTipRole
_NOTE = Qt.ItemDataRole.UserRole + 1
_CAPTION = Qt.ItemDataRole.UserRole + 2
_CAPTION_HEIGHT = 24


class GroupedBox(DetailedBox):
    """Captions above entries; a refused entry is greyed out and tells the reason."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._refusals: Mapping[str, str] = {}
        self._items = QStandardItemModel(self)
        self.setModel(self._items)
        self.setItemDelegate(_Rows(self))
        self.setMaxVisibleItems(24)

    def add_group(self, title: str) -> None:
        """A caption, which cannot be chosen."""
        item = QStandardItem(title)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setData(True, _CAPTION)
        self._items.appendRow(item)

    def add_entry(self, text: str, data: str, tip: str) -> None:
        """Something to choose."""
        item = QStandardItem(text)
        item.setData(data, Qt.ItemDataRole.UserRole)
        item.setData(tip, _TIP)
        item.setData(tip, _NOTE)
        self._items.appendRow(item)

    def set_refusals(self, refusals: Mapping[str, str], *, again: bool = False) -> None:
        """The entries that cannot be chosen, by their data, each with the reason; `again`: the entries are new."""
        if refusals == self._refusals and not again:
            return
        self._refusals = dict(refusals)
        for row in range(self._items.rowCount()):
            item = self._items.item(row)
            if item.data(_NOTE) is not None:
                reason = refusals.get(item.data(Qt.ItemDataRole.UserRole), "")
                item.setEnabled(not reason)
                item.setData(f"{reason}\n{item.data(_NOTE)}" if reason else item.data(_NOTE), _TIP)


class _Rows(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Captions are lower."""
        hint = super().sizeHint(option, index)
        return QSize(hint.width(), _CAPTION_HEIGHT) if index.data(_CAPTION) else hint

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Captions in small grey letters, entries as the style has them."""
        if not index.data(_CAPTION):
            super().paint(painter, option, index)
            return
        painter.save()
        painter.setFont(theme.font(11, 500))
        painter.setPen(theme.qcolor("ink3"))
        box = option.rect.adjusted(8, 0, -8, -2)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, index.data())
        painter.restore()
