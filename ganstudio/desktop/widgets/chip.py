"""A state in two or three words on a ground of its own, for a panel's header."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.desktop import theme

_HEIGHT, _ICON, _PADDING, _GAP = 20, 12, 8, 6


class Chip(QWidget):
    """Icon and words, 20 px high; says nothing, and takes no room, until told."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon, self._text, self._token, self._ground = theme.check_icon("info"), "", "ink2", ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT)
        self.hide()

    def tell(self, icon: str, text: str, token: str, ground: str = "") -> None:
        """Show `text` in the colour `token`, on `ground` where given; no text hides it."""
        told = (theme.check_icon(icon), text, token, ground)
        if told == (self._icon, self._text, self._token, self._ground):
            return
        self._icon, self._text, self._token, self._ground = told
        self.setAccessibleName(text)
        self.setFixedWidth(self.sizeHint().width())
        self.setVisible(bool(text))
        self.update()

    def text(self) -> str:
        """What it says."""
        return self._text

    def sizeHint(self) -> QSize:
        """That of icon and words."""
        words = QFontMetrics(theme.font(12, 600)).horizontalAdvance(self._text)
        return QSize(2 * _PADDING + _ICON + _GAP + words, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground, then icon and words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._ground:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.qcolor(self._ground))
            painter.drawRoundedRect(QRectF(self.rect()), _HEIGHT / 2, _HEIGHT / 2)
        theme.paint_icon(painter, self._icon, QRect(_PADDING, (_HEIGHT - _ICON) // 2, _ICON, _ICON), self._token)
        painter.setFont(theme.font(12, 600))
        painter.setPen(theme.qcolor(self._token))
        words = self.rect().adjusted(_PADDING + _ICON + _GAP, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._text)
        painter.end()
