"""What every test shares: no display, a home of its own, and nothing left running behind it."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_API"] = "pyside6"
os.environ.setdefault("OMP_NUM_THREADS", "1")  # a process for each core runs tests already
_HOME = os.environ["GANSTUDIO_HOME"] = tempfile.mkdtemp(prefix="ganstudio-tests-")
_PATIENCE_S = 3.0


def pytest_unconfigure() -> None:
    """Take the home away."""
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(autouse=True)
def nothing_left_running(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread behind it or, among those of the desktop, a running QThread or active QTimer."""
    threads = _python_threads()
    desktop = "desktop" in request.path.parts
    if desktop:  # what is there before is set aside, so that looking for what came since does not go through it
        gc.collect()
        gc.freeze()
    yield
    _finish_deletions()
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and _python_threads() - threads:
        time.sleep(0.01)
    left = [thread.name for thread in _python_threads() - threads]
    if desktop:
        left += [f"{thing!r} of {thing.parent()!r}" for thing in _active_qt_objects()]
    assert not left, f"left running: {', '.join(left)}"


def _python_threads() -> set[threading.Thread]:
    """Threads that Python started. It keeps a dummy for each foreign thread that ever ran Python, QThreads too."""
    return {thread for thread in threading.enumerate() if not thread.name.startswith("Dummy-")}


def _active_qt_objects() -> list[QObject]:
    """QThreads that run and QTimers that tick, as far as Python knows of them; none that were set aside."""
    if "PySide6.QtWidgets" not in sys.modules:
        return []
    import shiboken6
    from PySide6.QtCore import QThread, QTimer

    found: list[QObject] = []
    for thing in gc.get_objects():
        kind = type(thing)
        if not issubclass(kind, (QThread, QTimer)) or not shiboken6.isValid(thing):
            continue
        if thing.isRunning() if issubclass(kind, QThread) else thing.isActive():
            found.append(thing)
    return found


def _finish_deletions() -> None:
    if "PySide6.QtWidgets" not in sys.modules:
        return
    from PySide6.QtCore import QCoreApplication, QEvent

    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
