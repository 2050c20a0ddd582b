"""The top row: name and menus left, the workspaces in the middle, search and the window's own buttons right."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QEnterEvent, QFontMetrics, QPainter, QPaintEvent, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QMenu, QMenuBar, QSizePolicy, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.actions import GEAR, Actions
from ganstudio.desktop.find import FindField
from ganstudio.desktop.widgets.buttons import IconButton
from ganstudio.desktop.widgets.painting import LEFT, paint_focus
from ganstudio.desktop.widgets.toast import Message

HEIGHT = 41
"""The row's 40 px and one more, into which the accent rule of the tab reaches."""
WORKSPACES = ("view.train", "view.explore", "view.runs")


class MenuRow(QWidget):
    """Holds the menus, the tabs, the search and the buttons for theme, past messages and settings of the window."""

    setting_chosen = Signal(str)
    theme_toggled = Signal()

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT)
        self._past: list[Message] = []
        self._bar = _Bar(self)
        self._bar.setNativeMenuBar(False)
        self._bar.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        actions.fill_bar(self._bar)
        self.search = FindField("Ctrl+K", self)
        self.search.chosen.connect(self.setting_chosen)
        self._theme = IconButton("moon", "Light or dark", parent=self)
        self._theme.clicked.connect(self.theme_toggled)
        self._bell = IconButton("bell", "Past messages", parent=self)
        self._bell.clicked.connect(self._show_past)
        self._messages = QMenu(self)
        self._gear = IconButton("gear", "Window", parent=self)
        self._gear.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        self._gear.setMenu(actions.fill(QMenu(self), GEAR))
        self._left, self._tabs, self._right = _Name(self), QWidget(self), QWidget(self)
        self._lay_out(actions)
        theme.theme().changed.connect(self._on_theme)
        self._on_theme()

    def add_message(self, message: Message) -> None:
        """Remember a message for the list behind the bell."""
        self._past.insert(0, message)
        del self._past[20:]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Chrome with a line under it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.qcolor("chrome"))
        painter.fillRect(QRect(0, 39, self.width(), 1), theme.qcolor("line"))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The tabs stand in the middle of the window, or as near as menus and search allow."""
        super().resizeEvent(event)
        width = self._tabs.sizeHint().width()
        left, right = self._bar.geometry().right() + 8, self._right.geometry().left() - 8
        x = (self.width() - width) // 2
        self._tabs.setGeometry(max(left, min(x, right - width)), 0, width, HEIGHT)

    def _lay_out(self, actions: Actions) -> None:
        tabs = QHBoxLayout(self._tabs)
        tabs.setContentsMargins(0, 0, 0, 0)
        tabs.setSpacing(24)
        for key in WORKSPACES:
            tabs.addWidget(Tab(actions[key], self._tabs))
        right = QHBoxLayout(self._right)
        right.setContentsMargins(0, 0, 12, 1)
        right.setSpacing(4)
        right.addWidget(self.search)
        right.addSpacing(4)
        for button in (self._theme, self._bell, self._gear):
            right.addWidget(button)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._left)
        row.addWidget(self._bar, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        row.addWidget(self._right)

    @Slot()
    def _on_theme(self) -> None:
        dark = theme.palette().name == "dark"
        self._theme.set_icon("moon" if dark else "sun")
        words = "Dark theme; press for light" if dark else "Light theme; press for dark"
        self._theme.setToolTip(words)
        self._theme.setAccessibleName(words)
        self.update()

    @Slot()
    def _show_past(self) -> None:
        menu = self._messages
        menu.clear()
        for message in self._past:
            at = datetime.fromtimestamp(message.when).strftime("%H:%M")
            menu.addAction(QAction(theme.icon(message.icon, "ink2"), f"{at}  {message.text}", menu))
        if not self._past:
            menu.addAction("No messages yet").setEnabled(False)
        corner = QPoint(self._bell.width() - menu.sizeHint().width(), self._bell.height() + 4)
        menu.popup(self._bell.mapToGlobal(corner))


class Tab(QAbstractButton):
    """A workspace: icon, name, and under the chosen one a rule of 2 px in the accent."""

    def __init__(self, action: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self._action = action
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCheckable(True)
        self.setText(action.text())
        self.setAccessibleName(action.text())
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    def sizeHint(self) -> QSize:
        """12 px at both sides."""
        width = QFontMetrics(theme.font(13, 500)).horizontalAdvance(self.text())
        return QSize(12 + 16 + 8 + width + 13, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ink when chosen, fainter otherwise."""
        painter = QPainter(self)
        token = "ink" if self.isChecked() or self.underMouse() else "ink2"
        theme.paint_icon(painter, str(self._action.property("glyph")), QRectF(11.5, 11.5, 17, 17), token)
        painter.setFont(theme.font(13, 500))
        painter.setPen(theme.qcolor(token))
        painter.drawText(QRectF(36.5, 0, self.width() - 36, 40), LEFT, self.text())
        if self.isChecked():
            painter.fillRect(QRect(0, 39, self.width(), 2), theme.qcolor("accent"))
        if self.hasFocus():
            paint_focus(painter, QRectF(3, 7, self.width() - 6, 26))
        painter.end()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Brighter."""
        super().enterEvent(event)
        self.update()

    @Slot()
    def _follow(self) -> None:
        self.setChecked(self._action.isChecked())
        self.setToolTip(self._action.toolTip())


class _Bar(QMenuBar):
    """Menus without underlined letters, which still work with Alt."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Names in the second ink; ground under the one that is open."""
        painter = QPainter(self)
        painter.setFont(theme.font(12))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for action in self.actions():
            if not action.isVisible():
                continue
            box = self.actionGeometry(action).translated(0, -1)
            active = action is self.activeAction()
            if active:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.qcolor("hover"))
                painter.drawRoundedRect(box, 4, 4)
            painter.setPen(theme.qcolor("ink" if active else "ink2"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextHideMnemonic, action.text())
        painter.end()


class _Name(QWidget):
    """D's blue against G's orange, and the name."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(112, HEIGHT)
        self.setAccessibleName("GANStudio")

    def paintEvent(self, event: QPaintEvent) -> None:
        """A square of 14 px halved by its diagonal."""
        painter = QPainter(self)
        painter.fillRect(QRect(13, 13, 14, 14), theme.qcolor("d"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.qcolor("g"))
        painter.drawPolygon(QPolygonF([QPointF(27, 13), QPointF(27, 27), QPointF(13, 27)]))
        painter.setFont(theme.font(12, 600))
        painter.setPen(theme.qcolor("ink"))
        painter.drawText(QRect(36, 0, 80, 40), LEFT, "GANStudio")
        painter.end()
