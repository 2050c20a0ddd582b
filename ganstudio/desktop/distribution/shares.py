"""The clusters of a map: two bars each, the share of the reals and that of the samples."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.widgets.painting import paint_focus
from ganstudio.evaluation.feature_map import Cluster

_ROW, _NUMBER, _WORDS, _BAR = 22, 24, 112, 7
_LOOKS = {
    "missed": ("warning", "warn", "missed"),
    "crowded": ("arrow-up", "warn", "crowded"),
    "usual": ("check-circle", "ok", ""),
}


class Shares(QWidget):
    """A row for each cluster. A click or the arrow keys choose one, which stands out on the map; again for none."""

    chosen = Signal(object)
    """The index of a cluster; None for none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clusters: tuple[Cluster, ...] = ()
        self._current: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Clusters")

    def set_clusters(self, clusters: tuple[Cluster, ...]) -> None:
        """Show others; none is chosen."""
        self._clusters, self._current = clusters, None
        self.setFixedHeight(max(1, len(clusters)) * _ROW)
        told = [f"{index + 1} {one.standing}" for index, one in enumerate(clusters) if one.standing != "usual"]
        self.setAccessibleDescription(", ".join(told) or "None stands out")
        self.update()

    def words(self, index: int) -> str:
        """A cluster in a sentence."""
        one = self._clusters[index]
        shares = f"{_percent(one.real)} of the reals, {_percent(one.fake)} of the samples"
        told = {
            "missed": "Fewer samples than chance explains",
            "crowded": "More samples than chance explains",
            "usual": "No more apart than chance explains",
        }[one.standing]
        return f"Cluster {index + 1}: {shares}. {told} (5 % level)."

    def sizeHint(self) -> QSize:
        return QSize(300, max(1, len(self._clusters)) * _ROW)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a row."""
        row = int(event.position().y()) // _ROW
        if 0 <= row < len(self._clusters):
            self._choose(None if row == self._current else row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down move, Escape chooses none."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None and self._clusters:
            start = -1 if self._current is None else self._current
            self._choose(min(len(self._clusters) - 1, max(0, start + step)))
        elif event.key() == Qt.Key.Key_Escape and self._current is not None:
            self._choose(None)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """The row under the pointer in a sentence."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row = event.pos().y() // _ROW
            if 0 <= row < len(self._clusters):
                QToolTip.showText(event.globalPos(), self.words(row), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Number, two bars in one scale, both shares, and a word where they differ."""
        painter = QPainter(self)
        most = max((max(one.real, one.fake) for one in self._clusters), default=1.0) or 1.0
        for index, one in enumerate(self._clusters):
            self._paint_row(painter, QRect(0, index * _ROW, self.width(), _ROW), index, one, most)
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()))
        painter.end()

    def _paint_row(self, painter: QPainter, row: QRect, index: int, one: Cluster, most: float) -> None:
        if index == self._current:
            painter.fillRect(row, theme.qcolor("accent_soft"))
        painter.setFont(theme.font(11, 600))
        painter.setPen(theme.qcolor("ink2"))
        number = QRect(row.left(), row.top(), _NUMBER - 6, row.height())
        painter.drawText(number, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(index + 1))
        room = row.width() - _NUMBER - _WORDS
        top = row.top() + (row.height() - 2 * _BAR - 1) // 2
        for line, (share, token) in enumerate(((one.real, "real"), (one.fake, "g"))):
            bar = QRect(row.left() + _NUMBER, top + line * (_BAR + 1), room, _BAR)
            painter.fillRect(bar, theme.qcolor("hover"))
            bar.setWidth(round(room * share / most))
            painter.fillRect(bar, theme.qcolor(token))
        icon, token, word = _LOOKS[one.standing]
        words = QRect(row.right() - _WORDS + 9, row.top(), _WORDS - 8, row.height())
        middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        theme.paint_icon(painter, icon, QRect(words.left(), row.top() + (row.height() - 12) // 2, 12, 12), token)
        painter.setFont(theme.font(11))
        painter.setPen(theme.qcolor("warn" if word else "ink2"))
        text = f"{word} {_percent(one.fake)}" if word else f"{_percent(one.real)} · {_percent(one.fake)}"
        painter.drawText(words.adjusted(17, 0, 0, 0), middle, text)

    def _choose(self, index: int | None) -> None:
        self._current = index
        self.update()
        self.chosen.emit(index)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.095 or share == 0 else f"{100 * share:.1f} %"
