"""From a moved slider to the painted image, in milliseconds: what `ganstudio bench` reports."""

from __future__ import annotations

import time

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, Slot

from ganstudio.desktop.explore.workspace import ExploreWorkspace

_REST_MS = 15
_PATIENCE_MS = 30_000


def measure_latency(workspace: ExploreWorkspace, count: int) -> list[float]:
    """Move a coordinate `count` times and wait each time until its image has been painted; milliseconds of each.

    Runs an event loop, so it is called from the GUI thread with the workspace visible and a run in it. RuntimeError
    when it is not, or when no image comes within half a minute.
    """
    if not workspace.isVisible() or workspace.state is None:
        raise RuntimeError("Latency can only be measured while Explore is visible and has a run.")
    probe = _Probe(workspace, count)
    probe.run()
    if len(probe.milliseconds) < count:
        raise RuntimeError("Explore drew no image within 30 s.")
    return probe.milliseconds


class _Probe(QObject):
    def __init__(self, workspace: ExploreWorkspace, count: int) -> None:
        super().__init__()
        self.milliseconds: list[float] = []
        self._workspace, self._count = workspace, count
        self._loop = QEventLoop()
        self._began = 0.0
        self._waits = False
        self._next = QTimer(self, singleShot=True, interval=_REST_MS, timerType=Qt.TimerType.PreciseTimer)
        self._next.timeout.connect(self._move)
        self._limit = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._limit.timeout.connect(self._loop.quit)

    def run(self) -> None:
        view = self._workspace.image_panel.view
        view.painted.connect(self._on_painted)
        self._next.start()
        self._limit.start()
        self._loop.exec()
        view.painted.disconnect(self._on_painted)

    @Slot()
    def _move(self) -> None:
        """The next move, once the image before it is there."""
        workspace = self._workspace
        if workspace.shown_number != workspace.asked_number:
            self._next.start()
            return
        value = -1.5 + 3.0 * (len(self.milliseconds) % 17) / 16
        self._waits = True
        self._began = time.perf_counter()
        workspace.set_coordinate(0, value)

    @Slot()
    def _on_painted(self) -> None:
        workspace = self._workspace
        if not self._waits or workspace.shown_number != workspace.asked_number:
            return
        self._waits = False
        self.milliseconds.append((time.perf_counter() - self._began) * 1e3)
        self._limit.start()
        if len(self.milliseconds) == self._count:
            self._loop.quit()
        else:
            self._next.start()
