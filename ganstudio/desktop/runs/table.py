"""The table of runs: model, order and filter, header and view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSortFilterProxyModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.format import number, size
from ganstudio.desktop.runs.cells import LOOKS, ROW_HEIGHT, Column, cell_box, cell_text, sort_value, state_look
from ganstudio.desktop.runs.marks import Letter
from ganstudio.desktop.runs.reader import Row
from ganstudio.desktop.runs.rows import RowLook, RowPainter

_HEADER_HEIGHT = 28

AnyIndex = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole
LETTER_ROLE = Qt.ItemDataRole.UserRole + 1


class RunsModel(QAbstractTableModel):
    """Rows by path. What is replaced by an equal row does not change, so selection and painting stay."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._letters: dict[Path, Letter] = {}

    @property
    def rows(self) -> Sequence[Row]:
        """All runs, in no order."""
        return self._rows

    def find(self, path: Path) -> Row | None:
        """The row of a run."""
        return next((row for row in self._rows if row.path == path), None)

    def set_rows(self, rows: Sequence[Row], *, complete: bool = True) -> list[Row]:
        """Show these; unless `complete`, those that are missing stay. Returns what is new or different."""
        wanted = {row.path: row for row in rows}
        if complete:
            for index in range(len(self._rows) - 1, -1, -1):
                if self._rows[index].path not in wanted:
                    self.beginRemoveRows(QModelIndex(), index, index)
                    del self._rows[index]
                    self.endRemoveRows()
        changed = []
        for index, old in enumerate(self._rows):
            new = wanted.pop(old.path, old)
            if new is not old and new != old:
                self._rows[index] = new
                changed.append(new)
                self._tell(index)
        if wanted:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(wanted) - 1)
            self._rows.extend(wanted.values())
            self.endInsertRows()
        return [*changed, *wanted.values()]

    def set_letters(self, letters: Mapping[Path, Letter]) -> None:
        """Which runs are compared."""
        before, self._letters = self._letters, dict(letters)
        for index, row in enumerate(self._rows):
            if before.get(row.path) != letters.get(row.path):
                self._tell(index)

    def _tell(self, index: int) -> None:
        self.dataChanged.emit(self.index(index, 0), self.index(index, len(Column) - 1))

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        look = LOOKS[Column(section)]
        return {Qt.ItemDataRole.DisplayRole: look.title, Qt.ItemDataRole.ToolTipRole: look.tooltip}.get(
            Qt.ItemDataRole(role)
        )

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self._rows[index.row()], Column(index.column())
        if role == ROW_ROLE:
            return row
        if role == LETTER_ROLE:
            return self._letters.get(row.path)
        if role == Qt.ItemDataRole.DisplayRole:
            return cell_text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tooltip(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            letter = self._letters.get(row.path)
            if column == Column.MARK:
                return f"compared as {letter}" if letter else "not compared"
            return " ".join(word for word in (LOOKS[column].title, cell_text(row, column)) if word)
        return None

    def _tooltip(self, row: Row, column: Column) -> str:
        if column == Column.MARK:
            letter = self._letters.get(row.path)
            return "Click or press Space to compare this run" if letter is None else f"Compared as {letter}"
        summary = row.summary
        if column == Column.STATE:
            return row.problem or (summary and (summary.error or _damage(summary.damaged))) or state_look(row).words
        if column == Column.STARTED and summary:
            return f"{summary.started:%A}, {summary.started.day} {summary.started:%B %Y, %H:%M}"
        if column == Column.STEP and summary and summary.target:
            return f"{number(summary.step)} of {number(summary.target)} steps"
        if column == Column.BEST and summary and summary.best:
            best = summary.best
            return f"At step {number(best.step)}, by {best.extractor}’s features of {number(best.n)} samples"
        if column in (Column.RUN, Column.THUMBNAIL):
            lines = [row.title, str(row.path), size(row.size) if row.size else "", row.problem]
            return "\n".join(line for line in lines if line)
        return LOOKS[column].tooltip


def _damage(lines: int) -> str:
    return f"{number(lines)} damaged lines of its journal are passed over." if lines else ""


class RunsOrder(QSortFilterProxyModel):
    """The rows in the order of a column, and only those that hold every word of a filter."""

    def __init__(self, model: RunsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self.setSourceModel(model)
        self.setDynamicSortFilter(True)

    def set_filter(self, text: str) -> None:
        """Show runs whose title, name, data set or state hold all words of `text`."""
        words = tuple(text.lower().split())
        if words != self._words:
            self.beginFilterChange()
            self._words = words
            self.endFilterChange()

    def filterAcceptsRow(self, source_row: int, source_parent: AnyIndex) -> bool:
        if not self._words:
            return True
        row: Row = self.sourceModel().index(source_row, 0).data(ROW_ROLE)
        parts = [row.title, row.label, row.path.name, state_look(row).words]
        if row.summary is not None:
            parts += [row.summary.variant, row.summary.dataset]
        text = " ".join(parts).lower()
        return all(word in text for word in self._words)

    def lessThan(self, source_left: AnyIndex, source_right: AnyIndex) -> bool:
        column = Column(source_left.column())
        left, right = (sort_value(index.data(ROW_ROLE), column) for index in (source_left, source_right))
        if left is None or right is None:
            ascending = self.sortOrder() == Qt.SortOrder.AscendingOrder
            return (left is not None) == ascending and (left is None) != (right is None)
        return bool(left < right)


class RunsHeader(QHeaderView):
    """Names of the columns; that of the order is bold, with a caret for its direction."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(True)
        self.setFixedHeight(_HEADER_HEIGHT)
        self.setMinimumSectionSize(24)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setAccessibleName("Columns of the table of runs")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A column of pictures has no order and takes no click."""
        section = self.logicalIndexAt(event.position().toPoint())
        if section >= 0 and LOOKS[Column(section)].sortable:
            super().mousePressEvent(event)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        """Name, and caret where it is the order's."""
        column = Column(logicalIndex)
        look, ordered = LOOKS[column], self.sortIndicatorSection() == column and self.isSortIndicatorShown()
        painter.fillRect(rect, theme.qcolor("panel"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme.qcolor("line"))
        if not look.title:
            return
        box, face = cell_box(rect, column), theme.font(12, 600 if ordered else 400)
        text_width = QFontMetrics(face).horizontalAdvance(look.title)
        caret = 14 if ordered else 0
        left = box.right() + 1 - text_width - caret if look.right else box.left()
        painter.setFont(face)
        painter.setPen(theme.qcolor("ink" if ordered else "ink2"))
        words = QRect(left, rect.top(), text_width + 4, rect.height() - 1)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, look.title)
        if ordered:
            up = self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
            place = QRect(left + text_width + 4, rect.top() + 9, 10, 10)
            theme.paint_icon(painter, "caret-up" if up else "caret-down", place, "ink2")


class RunsView(QTableView):
    """Rows of 40 px, of which one is current; clicks become signals, keys are its actions'."""

    current_changed = Signal()
    """Another run, or none, is current."""
    mark_requested = Signal()
    """The circle of the current run was clicked."""
    open_requested = Signal()
    """The current run was double-clicked."""

    def __init__(self, order: RunsOrder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._order = order
        self._hovered = -1
        self._painter = RowPainter()
        self.setModel(order)
        self.setHorizontalHeader(RunsHeader(self))
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setAccessibleName("Runs")
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(ROW_HEIGHT)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setSortingEnabled(True)
        theme.theme().changed.connect(self._on_theme)

    def order_by(self, column: int, order: Qt.SortOrder) -> None:
        """Sort; a column that has no order is passed over."""
        if column in set(Column) and LOOKS[Column(column)].sortable:
            self.sortByColumn(column, order)

    def current_row(self) -> Row | None:
        """The run under the cursor."""
        index = self.currentIndex()
        row = index.data(ROW_ROLE) if index.isValid() else None
        return row if isinstance(row, Row) else None

    def select(self, path: Path) -> bool:
        """Make a run current; False when it is not shown."""
        for number_ in range(self._order.rowCount()):
            index = self._order.index(number_, Column.RUN)
            if index.data(ROW_ROLE).path == path:
                self.setCurrentIndex(index)
                self.scrollTo(index)
                return True
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Whole rows, from pictures that are painted once."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme.qcolor("panel"))
        first, last = self.rowAt(event.rect().top()), self.rowAt(event.rect().bottom())
        if first >= 0:
            widths = tuple(self.columnWidth(column) for column in Column)
            for index in range(first, (last if last >= 0 else self._order.rowCount() - 1) + 1):
                cell = self._order.index(index, 0)
                picture = self._painter.picture(cell.data(ROW_ROLE), self._look(cell, widths))
                painter.drawPixmap(-self.horizontalOffset(), self.rowViewportPosition(index), picture)
        painter.end()

    def _look(self, cell: QModelIndex, widths: tuple[int, ...]) -> RowLook:
        letter = cell.data(LETTER_ROLE)
        current = self.currentIndex().row() == cell.row()
        if current:
            ground = "accent_soft"
        elif cell.row() == self._hovered:
            ground = "hover"
        else:
            ground = "raised" if letter else "panel"
        return RowLook(
            letter=letter,
            ground=ground,
            focused=current and self.hasFocus(),
            ordered=self.horizontalHeader().sortIndicatorSection(),
            widths=widths,
            ratio=self.devicePixelRatioF(),
        )

    @property
    def hovered(self) -> int:
        """The row under the pointer; -1 for none."""
        return self._hovered

    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        """Qt's notice."""
        super().currentChanged(current, previous)
        if current.row() != previous.row() or not previous.isValid():
            self.current_changed.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the circle marks."""
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid() and index.column() == Column.MARK:
            self.mark_requested.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click opens, except on the circle."""
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid() and index.column() != Column.MARK:
            self.open_requested.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The row under the pointer lights up."""
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(round(event.position().y())))

    def viewportEvent(self, event: QEvent) -> bool:
        """The pointer leaves."""
        if event.type() == QEvent.Type.Leave:
            self._hover(-1)
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The columns share the room."""
        super().resizeEvent(event)
        self._fit_columns()

    def updateGeometries(self) -> None:
        """A scroll bar comes or goes."""
        super().updateGeometries()
        self._fit_columns()

    def _fit_columns(self) -> None:
        spare = max(0, self.viewport().width() - sum(look.width for look in LOOKS.values()))
        shares, given = sum(look.share for look in LOOKS.values()), 0
        for column, look in LOOKS.items():
            more = round(spare * look.share / shares)
            width = look.width + (spare - given if column == Column.STARTED else more)
            given += more
            if self.columnWidth(column) != width:
                self.setColumnWidth(column, width)

    def _hover(self, row: int) -> None:
        if row != self._hovered:
            before, self._hovered = self._hovered, row
            for changed in (before, row):
                if changed >= 0:
                    top = self.rowViewportPosition(changed)
                    self.viewport().update(0, top, self.viewport().width(), ROW_HEIGHT)

    @Slot()
    def _on_theme(self) -> None:
        self.viewport().update()
        self.horizontalHeader().viewport().update()
