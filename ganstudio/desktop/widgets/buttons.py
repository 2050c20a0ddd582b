"""Push and icon buttons in the roles of the style sheet."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from ganstudio.desktop import theme

Role = Literal["primary", "raised", "flat", "link", "bad", "large", "large-primary", "fold"]
_ICON_GAP = 3
"""Pixels added to the 4 that Qt leaves between icon and text; the icon is painted at the left of its box."""
_TOKENS = {"primary": "on_accent", "large-primary": "on_accent", "link": "accent_text", "bad": "bad", "fold": "ink2"}


class Button(QPushButton):
    """A button with text and perhaps a Phosphor icon; 28 px high, 24 when `small`.

    It takes the focus by Tab and not by a click, so that the focus ring shows where the keyboard is.
    """

    def __init__(
        self,
        text: str,
        icon: str | None = None,
        role: Role = "raised",
        *,
        tooltip: str = "",
        small: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        self.setProperty("role", role)
        self.setProperty("small", small)
        self.setAccessibleName(text)
        self.setToolTip(tooltip)
        self._role: Role = role
        self._icon_px = 14 if small else 16
        if role == "link":
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        if icon:
            self.set_icon(icon)

    def set_icon(self, name: str) -> None:
        """Show another icon, in the colour of the text."""
        self.setIcon(theme.icon(name, _TOKENS.get(self._role, "ink")))
        self.setIconSize(QSize(self._icon_px + (_ICON_GAP if self.text() else 0), self._icon_px))

    def set_role(self, role: Role, icon: str | None = None) -> None:
        """Look as another role, with the icon that goes with it."""
        self._role = role
        theme.restyle(self, role=role)
        if icon:
            self.set_icon(icon)


class IconButton(QToolButton):
    """A 24 px button with an icon of `px`; its tooltip is its accessible name too."""

    def __init__(
        self,
        icon_name: str,
        tooltip: str,
        *,
        token: str = "ink2",
        px: int = 16,
        role: Literal["icon", "raised"] = "icon",
        checkable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._token = token
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setProperty("role", role)
        self.setCheckable(checkable)
        self.setIconSize(QSize(px, px))
        self.setFixedSize(24, 24)
        self.setToolTip(tooltip)
        self.setAccessibleName(tooltip)
        self.set_icon(icon_name)

    def set_icon(self, name: str, token: str | None = None) -> None:
        """Show another icon."""
        self._token = token or self._token
        self.setIcon(theme.icon(name, self._token, checked="accent_text"))
