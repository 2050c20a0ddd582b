"""The dialogs of the Help menu: what this is, and every key."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication, QIcon, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from ganstudio import __version__
from ganstudio.desktop import theme
from ganstudio.desktop.actions import ActionSpec
from ganstudio.desktop.widgets.buttons import Button
from ganstudio.desktop.widgets.panel import label, rule

_LINKS = (
    ("Generative adversarial nets, 2014", "https://arxiv.org/abs/1406.2661"),
    ("PyTorch", "https://pytorch.org"),
    ("Qt for Python", "https://doc.qt.io/qtforpython-6/"),
)
_GROUP_GAP = 28
_GROUPS = {"file": "File", "edit": "Edit", "view": "View", "run": "Run", "help": "Help"}


def installed(package: str) -> str:
    """The version of an installed package, read without importing it; ``not installed`` when it is not."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def facts(device: str) -> list[tuple[str, str]]:
    """What a bug report needs: versions and machine, as (name, value)."""
    return [
        ("GANStudio", __version__),
        ("Licence", "MIT"),
        ("PyTorch", installed("torch")),
        ("Qt", pyside_version),
        ("Python", platform.python_version()),
        ("System", f"{platform.system()} {platform.release()}, {platform.machine()}"),
        ("Device", device or "not looked for yet"),
    ]


class AboutDialog(QDialog):
    """Version, licence, libraries, device, links; all of it can be copied."""

    def __init__(self, device: str, icon: QIcon, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About GANStudio")
        self._facts = facts(device)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addLayout(_heading(icon))
        column.addWidget(rule())
        column.addLayout(_table(self._facts))
        column.addWidget(rule())
        for text, address in _LINKS:
            column.addWidget(_link(text, address))
        column.addSpacing(8)
        column.addLayout(self._buttons())
        self.setFixedSize(self.sizeHint().expandedTo(self.minimumSizeHint()))

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        copy = Button("Copy versions", "copy", "flat", tooltip="Copy these lines for a bug report")
        copy.clicked.connect(self._copy)
        close = Button("Close", tooltip="Close this window")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row.addWidget(copy)
        row.addStretch(1)
        row.addWidget(close)
        return row

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(f"{name}: {value}" for name, value in self._facts))


class ShortcutsDialog(QDialog):
    """Every action that has a key, by menu."""

    def __init__(self, specs: Sequence[ActionSpec], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        inside = QWidget()
        inside.setProperty("role", "scrolled")
        grid = QGridLayout(inside)
        grid.setContentsMargins(24, 16, 24, 16)
        grid.setHorizontalSpacing(32)
        grid.setVerticalSpacing(6)
        group = ""
        for spec in specs:
            if not spec.shortcut:
                continue
            begin = spec.key.partition(".")[0]
            if begin != group:
                group = begin
                row = grid.rowCount()
                grid.setRowMinimumHeight(row, _GROUP_GAP if row > 1 else 0)
                grid.addWidget(label(_GROUPS[group], "title"), row, 0, 1, 3, Qt.AlignmentFlag.AlignBottom)
            keys = QKeySequence(spec.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
            row = grid.rowCount()
            grid.addWidget(label(keys, "number"), row, 0)
            grid.addWidget(label(spec.text.rstrip("…"), "body"), row, 1)
            grid.addWidget(label(spec.tooltip, "hint"), row, 2)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        close = Button("Close", tooltip="Close this window")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 16)
        column.addWidget(area)
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 0, 24, 0)
        foot.addStretch(1)
        foot.addWidget(close)
        column.addLayout(foot)
        self.resize(inside.sizeHint().width() + 16, min(640, inside.sizeHint().height() + 64))


def _heading(icon: QIcon) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(16)
    picture = QLabel()
    picture.setPixmap(icon.pixmap(48, 48))
    words = QVBoxLayout()
    words.setSpacing(2)
    words.addWidget(label("GANStudio", "h1"))
    words.addWidget(label("Train, watch, understand and explore generative adversarial networks.", "body"))
    row.addWidget(picture)
    row.addLayout(words, 1)
    return row


def _table(rows: Sequence[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    for row, (name, value) in enumerate(rows):
        shown = label(value, "number")
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid.addWidget(label(name, "label"), row, 0)
        grid.addWidget(shown, row, 1)
    return grid


def _link(text: str, address: str) -> QLabel:
    style = f"color: {theme.palette().accent_text}; text-decoration: none"
    shown = QLabel(f'<a style="{style}" href="{address}">{text}</a>')
    shown.setOpenExternalLinks(True)
    shown.setToolTip(address)
    shown.setAccessibleName(f"{text}: {address}")
    shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
    return shown
