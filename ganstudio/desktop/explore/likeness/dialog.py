"""Is this image like the others? Pictures, the nearest the generator makes, and the difference, strangest first."""

from __future__ import annotations

from bisect import bisect
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.explore.likeness.likening import Advanced, Scored
from ganstudio.desktop.widgets.buttons import Button
from ganstudio.desktop.widgets.imaging import to_qimage
from ganstudio.desktop.widgets.painting import LEFT
from ganstudio.desktop.widgets.panel import label
from ganstudio.desktop.widgets.scrolled import OverlayScroll

_SIZE = (640, 600)
_HOW = (
    "Each picture is searched for among all that the generator can make. What is left over, and how differently D sees "
    "the two, is its score (AnoGAN): the higher, the less it is like the images of this run. "
    "Drop pictures or a folder here."
)
_ROW, _SIDE, _GAP = 72, 64, 4
_HEADINGS = ("Picture", "Nearest", "Difference")


class LikenessDialog(QDialog):
    """Rows appear as they are scored, each in its place."""

    paths_given = Signal(object)
    """A list of files and folders."""
    files_requested = Signal()
    folder_requested = Signal()
    cancel_requested = Signal()
    table_requested = Signal()
    explore_requested = Signal(object)
    """A `Scored`: its latent is to be explored."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Is this image like the others?")
        self.setAcceptDrops(True)
        self.rows = ScoredRows()
        self._said = label("", "hint")
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(4)
        self._bar.setAccessibleName("Progress of the comparison")
        self._pictures = Button("Pictures…", "image", small=True, tooltip="Choose pictures to compare")
        self._folder = Button("Folder…", "folder-open", small=True, tooltip="Compare the pictures of a folder")
        self._cancel = Button("Cancel", small=True, tooltip="End the comparison; what is scored stays")
        self._table = Button("Save CSV", "export", small=True, tooltip="Save the scores as a table")
        self._pictures.clicked.connect(self.files_requested)
        self._folder.clicked.connect(self.folder_requested)
        self._cancel.clicked.connect(self.cancel_requested)
        self._table.clicked.connect(self.table_requested)
        self.rows.picked.connect(self.explore_requested)
        self._lay_out()
        self.set_idle("")

    @property
    def said(self) -> str:
        """The line beside the buttons."""
        return self._said.text()

    def begin(self, total: int) -> None:
        """Pictures are being compared."""
        self.rows.clear()
        self._said.setText(f"{total} picture{'s' if total > 1 else ''}")
        self._show_busy(True)

    def advance(self, advanced: Advanced) -> None:
        """Show how far it is, and what has been scored."""
        self._bar.setValue(round(1000 * advanced.done))
        if advanced.scored is not None:
            self.rows.add(advanced.scored)

    def set_idle(self, said: str) -> None:
        """Nothing is being compared."""
        self._said.setText(said)
        self._show_busy(False)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.paths_given.emit([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])
        event.acceptProposedAction()

    def _show_busy(self, busy: bool) -> None:
        self._bar.setVisible(busy)
        self._bar.setValue(0)
        self._cancel.setVisible(busy)
        self._pictures.setVisible(not busy)
        self._folder.setVisible(not busy)
        self._table.setEnabled(bool(self.rows.scored))

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self._pictures, self._folder, self._cancel):
            buttons.addWidget(button)
        buttons.addWidget(self._said, 1)
        buttons.addWidget(self._table)
        scroll = OverlayScroll(self)
        holder = scroll.column(0, 0, 12, 0)
        holder.addWidget(self.rows)
        holder.addStretch(1)
        head = QHBoxLayout()
        head.setSpacing(_GAP)
        for heading in _HEADINGS:
            words = label(heading, "hint")
            words.setFixedWidth(_SIDE)
            head.addWidget(words)
        head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(label(_HOW, "body", wrap=True))
        column.addLayout(buttons)
        column.addWidget(self._bar)
        column.addLayout(head)
        column.addWidget(scroll, 1)
        self.resize(*_SIZE)


class ScoredRows(QWidget):
    """Painted rows: picture, nearest, difference, file name and score; the strangest first."""

    picked = Signal(object)
    """A row was double-clicked: its `Scored`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Scored pictures")
        self.setToolTip("Double-click explores the nearest latent")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.scored: list[Scored] = []

    def clear(self) -> None:
        """No rows."""
        self.scored = []
        self._fit()

    def add(self, scored: Scored) -> None:
        """One more, in its place."""
        self.scored.insert(bisect([-each.score for each in self.scored], -scored.score), scored)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(480, len(self.scored) * _ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for index, scored in enumerate(self.scored):
            row = QRect(0, index * _ROW, self.width(), _ROW)
            if row.intersects(event.rect()):
                self._paint(painter, row, scored)
        painter.end()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = int(event.position().y()) // _ROW
        if index < len(self.scored) and self.scored[index].likeness is not None:
            self.picked.emit(self.scored[index])

    def _paint(self, painter: QPainter, row: QRect, scored: Scored) -> None:
        found, left = scored.likeness, 3 * (_SIDE + _GAP) + 12
        if found is not None:
            for place, image in enumerate((found.image, found.nearest, found.difference)):
                _paint_image(painter, QRect(place * (_SIDE + _GAP), row.top() + _GAP, _SIDE, _SIDE), image)
        painter.setPen(theme.qcolor("ink"))
        painter.setFont(theme.font(12, 500))
        name = painter.fontMetrics().elidedText(scored.file.name, Qt.TextElideMode.ElideMiddle, row.width() - left - 90)
        painter.drawText(left, row.top() + 18, row.width() - left, 16, LEFT, name)
        painter.setPen(theme.qcolor("ink3"))
        painter.setFont(theme.font(11))
        painter.drawText(left, row.top() + 36, row.width() - left, 16, LEFT, _words(scored))
        if found is not None:
            painter.setPen(theme.qcolor("ink"))
            painter.setFont(theme.font(13, 600))
            box = QRect(row.right() - 84, row.top() + 18, 80, 18)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, right, fmt.number(found.score, 2))
        painter.fillRect(QRect(0, row.bottom(), row.width(), 1), theme.qcolor("line"))

    def _fit(self) -> None:
        self.setFixedHeight(max(1, len(self.scored) * _ROW))
        self.updateGeometry()
        self.update()


def _words(scored: Scored) -> str:
    found = scored.likeness
    if found is None:
        return scored.error
    pixels = f"{fmt.number(found.residual, 1)} of pixels"
    return pixels if found.features is None else f"{pixels}, {fmt.number(found.features, 1)} of D's features"


def _paint_image(painter: QPainter, box: QRect, pixels: NDArray[np.uint8]) -> None:
    image = to_qimage(np.ascontiguousarray(pixels))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, image.width() > box.width())
    painter.drawImage(box, image)
