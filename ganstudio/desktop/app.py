"""The application: fonts, style, icon and the ways of numbers, made once before any window."""

from __future__ import annotations

import locale
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from ganstudio import paths
from ganstudio.desktop import theme

_ICON_SIZES = (16, 24, 32, 48, 64, 128, 256)


def create_application(argv: Sequence[str]) -> QApplication:
    """The application, dressed; the one that exists already when there is one."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
        application = QApplication(list(argv))
    # Qt takes the system's locale; a decimal comma would change what C libraries parse and print.
    locale.setlocale(locale.LC_NUMERIC, "C")
    QCoreApplication.setApplicationName("GANStudio")
    QGuiApplication.setApplicationDisplayName("GANStudio")
    QGuiApplication.setDesktopFileName("ganstudio")
    application.setStyle("Fusion")
    theme.load_fonts()
    application.setFont(theme.font(12))
    application.setWindowIcon(_icon())
    theme.theme().follow_system()
    return application


def _icon() -> QIcon:
    icon = QIcon()
    for size in _ICON_SIZES:
        icon.addFile(str(paths.resource("icons", f"ganstudio-{size}.png")))
    return icon
