"""The application: fonts, style, icon and the ways of numbers, made once before any window."""

from __future__ import annotations

import gc
import locale
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEventLoop, QObject, QSocketNotifier, Qt, Slot
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from ganstudio import paths
from ganstudio.desktop import theme
from ganstudio.desktop.main_window import MainWindow
from ganstudio.desktop.settings import Settings

_NAME = "GANStudio"
_FRAME_MS = 500
"""The longest that the empty window is waited for; some screens paint only what can be seen."""
_ICON_SIZES = (16, 24, 32, 48, 64, 128, 256)


def create_application(argv: Sequence[str]) -> QApplication:
    """The application, dressed; the one that exists already when there is one."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
        application = QApplication(list(argv))
    if application.applicationName() == _NAME:
        return application
    # Qt takes the system's locale; a decimal comma would change what C libraries parse and print.
    locale.setlocale(locale.LC_NUMERIC, "C")
    QCoreApplication.setApplicationName(_NAME)
    QGuiApplication.setApplicationDisplayName(_NAME)
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


def main(
    run: Path | None = None, start: bool = False, seconds: float | None = None, screenshot: Path | None = None
) -> int:
    """Open the studio and return its exit code.

    With `seconds` it trains so long and closes; with `screenshot` it leaves a picture of the window before it closes.
    """
    gc.disable()
    settings = Settings()
    with theme.theme().undressed():
        application = create_application(sys.argv[:1])
        application.setQuitOnLastWindowClosed(False)
        window = MainWindow(settings)
    _show_frame(window)
    with theme.theme().undressed():
        from ganstudio.desktop.errand import Errand
        from ganstudio.desktop.first_launch import FirstLaunch
        from ganstudio.desktop.studio import Studio

        studio = Studio(settings, window)
    studio.done.connect(application.quit, Qt.ConnectionType.QueuedConnection)
    studio.machine_known.connect(keep_what_is_loaded)
    studio.all_loaded.connect(keep_what_is_loaded)
    interrupt = _Interrupt(studio.window.close)
    errand = None
    if run is not None:
        studio.open(run)
    if seconds is not None or screenshot is not None:
        errand = Errand(studio, seconds, screenshot)
    else:
        FirstLaunch(settings, studio)
        if start:
            studio.start_when_ready()
    studio.show()
    application.exec()
    interrupt.close()
    return errand.exit_code if errand is not None else 0


def _show_frame(window: MainWindow) -> None:
    """Have the empty window painted before the workspaces are loaded, which takes longer than all until here."""
    seen: list[bool] = []
    window.appeared.connect(lambda: seen.append(True))
    window.show()
    deadline = QDeadlineTimer(_FRAME_MS)
    while not seen and not deadline.hasExpired():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, 10)


def keep_what_is_loaded() -> None:
    """Once libraries are there: never look for garbage among their objects.

    There are a quarter of a million of them. Going through all takes 0.16 s, in which nothing else runs.
    """
    gc.freeze()
    gc.enable()


class _Interrupt(QObject):
    """Lets Ctrl+C in the terminal close the window: Python handles a signal only when it runs, so a socket wakes it.

    The handler itself does nothing: it may run between any two lines, while the window paints too. The window is
    closed when the event loop reads the number of the signal from the socket.
    """

    def __init__(self, close: Callable[[], object]) -> None:
        super().__init__()
        self._close = close
        self._reading, self._writing = socket.socketpair()
        for end in (self._reading, self._writing):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._reading.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_wake)
        self._old_wakeup = signal.set_wakeup_fd(self._writing.fileno())
        self._old = {name: signal.signal(name, self._on_signal) for name in (signal.SIGINT, signal.SIGTERM)}

    def close(self) -> None:
        """Give the signals back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._old_wakeup)
        for name, handler in self._old.items():
            signal.signal(name, handler)
        self._reading.close()
        self._writing.close()

    def _on_signal(self, number: int, frame: object) -> None:
        """Only that the default, which ends the process, does not happen."""

    @Slot()
    def _on_wake(self) -> None:
        if any(number in self._old for number in self._reading.recv(64)):
            self._close()
