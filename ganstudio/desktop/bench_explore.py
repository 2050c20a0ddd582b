"""What exploring costs and how quickly it answers: a slider that never rests, and training beside it.

The part of ``ganstudio bench`` that needs Qt and a person's fastest hand.
"""

from __future__ import annotations

import bisect
import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psutil
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from ganstudio.desktop.explore.preview import Rendered

if TYPE_CHECKING:
    from ganstudio.bench.statistics import Effort
    from ganstudio.desktop.bench import Say
    from ganstudio.desktop.explore.workspace import ExploreWorkspace

STORM_A_SECOND, EXPLORE_A_SECOND = 60, 10
_STORM_S = 30.0
_SWING_S = 2.0
_WARM_UP_S = 2.0
"""What its first seconds fill is kept from then on, and no growth."""
_MEGABYTE = 1e6


def measure(effort: Effort, say: Say) -> dict[str, Any]:
    """`slider_storm`: a slider moved 60 times a second for 30 s (less with few pairs), idle and while DCGAN trains.
    `explored_over_unexplored`: images a second of a run explored at 10 moves a second, against the same run with Train
    in front, in turns."""
    from ganstudio.bench.engine import DCGAN
    from ganstudio.bench.statistics import interleave, summary
    from ganstudio.desktop import bench

    seconds = min(_STORM_S, _STORM_S / 24 * effort.pairs * effort.seconds)
    with bench.open_studio() as studio:
        run = bench.Run(studio, bench.configs()[DCGAN])
        run.go_on()
        explore = bench.open_explore(studio)
        say(f"A slider moved {STORM_A_SECOND} times a second while training: {seconds:.0f} s")
        training = storm(explore, seconds)
        mover = Mover(explore, EXPLORE_A_SECOND)

        def explored() -> float:
            studio.window.show_workspace("explore")
            mover.start()
            rate = run.piece(bench.WINDOW_PIECES * effort.seconds)
            mover.stop()
            return rate

        def unexplored() -> float:
            studio.window.show_workspace("train")
            return run.piece(bench.WINDOW_PIECES * effort.seconds)

        say(f"Training explored at {EXPLORE_A_SECOND} moves a second, against unexplored: {effort.pairs} pairs")
        run.pause()
        pairs = interleave(explored, unexplored, effort.pairs)
        found = summary(pairs, "explored", "unexplored")
        run.stop()
        studio.window.show_workspace("explore")
        bench.until(lambda: explore.state is not None and explore.shown_number == explore.asked_number, "no image")
        say(f"A slider moved {STORM_A_SECOND} times a second when idle: {seconds:.0f} s")
        idle = storm(explore, seconds)
    return {
        "slider_storm": {"idle": idle.summary(), "training": training.summary()},
        "explored_over_unexplored": found["ratio"],
        "explored": found,
    }


@dataclass
class Storm:
    """What was seen of a slider that never rests: times in seconds by the number of the request."""

    asked: dict[int, float] = field(default_factory=dict)
    arrived: dict[int, float] = field(default_factory=dict)
    painted: dict[int, float] = field(default_factory=dict)
    render_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0
    memory: tuple[int, int] = (0, 0)

    def latencies_ms(self) -> list[float]:
        """From each move whose image was painted to that moment."""
        return [1e3 * (moment - self.asked[number]) for number, moment in self.painted.items() if number in self.asked]

    def renders_behind(self) -> list[int]:
        """For each image that came: how many others came between the move that it shows and itself. Where the newest
        state wins that is the one that was being drawn at the time; where requests queue it grows."""
        moments = sorted(self.arrived.values())
        return [
            bisect.bisect_left(moments, moment) - bisect.bisect_right(moments, self.asked[number])
            for number, moment in self.arrived.items()
            if number in self.asked
        ]

    def summary(self) -> dict[str, Any]:
        """In milliseconds, counts and megabytes."""
        from ganstudio.bench.statistics import percentiles, quantile, rounded

        behind = self.renders_behind()
        return {
            "slider_to_image_ms": percentiles(self.latencies_ms()),
            "moves_a_second": rounded(len(self.asked) / self.seconds),
            "images_a_second": rounded(len(self.painted) / self.seconds),
            "render_ms": percentiles(self.render_ms),
            "renders_a_second_possible": rounded(1e3 / quantile(self.render_ms, 0.5)),
            "renders_behind": max(behind, default=0),
            "stale_images": sum(count > 1 for count in behind),
            "memory_growth_mb": rounded((self.memory[1] - self.memory[0]) / _MEGABYTE),
        }


def storm(workspace: ExploreWorkspace, seconds: float) -> Storm:
    """Move a slider 60 times a second for so long, and tell what was seen. RuntimeError when no image came."""
    from ganstudio.desktop import bench

    mover = Mover(workspace, STORM_A_SECOND)
    watch = _Watch(workspace, mover)
    mover.start()
    bench.spend(min(_WARM_UP_S, seconds))
    watch.begin()
    bench.spend(seconds)
    found = watch.end()
    mover.stop()
    if not found.painted:
        raise RuntimeError("Explore drew no image.")
    return found


class Mover(QObject):
    """Moves a coordinate to and fro, so many times a second by the clock, as a hand that never rests would."""

    moved = Signal(int, float)
    """The number of the image that was asked for, and when."""

    def __init__(self, workspace: ExploreWorkspace, a_second: float) -> None:
        super().__init__()
        self._workspace, self._interval = workspace, 1 / a_second
        self._began, self._count = 0.0, 0
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_due)

    def start(self) -> None:
        """Begin."""
        self._began, self._count = time.perf_counter(), 0
        self._timer.start(0)

    def stop(self) -> None:
        """Let go."""
        self._timer.stop()
        self._workspace.seal()

    @Slot()
    def _on_due(self) -> None:
        now = time.perf_counter()
        self._workspace.set_coordinate(0, 3.0 * math.sin(2 * math.pi * (now - self._began) / _SWING_S))
        self.moved.emit(self._workspace.asked_number, now)
        # A move that was missed is not made up for: a hand that is held up does not move faster afterwards.
        self._count = max(self._count + 1, math.ceil((time.perf_counter() - self._began) / self._interval))
        due = self._began + self._count * self._interval
        self._timer.start(max(0, round(1e3 * (due - time.perf_counter()))))


class _Watch(QObject):
    """Notes when an image is asked for, comes, and is painted."""

    def __init__(self, workspace: ExploreWorkspace, mover: Mover) -> None:
        super().__init__()
        self._workspace, self._mover, self._found = workspace, mover, Storm()
        self._process, self._began = psutil.Process(), 0.0

    def begin(self) -> None:
        """From now on."""
        self._found.memory = (self._process.memory_info().rss, 0)
        self._began = time.perf_counter()
        self._mover.moved.connect(self._on_moved)
        self._workspace.worker.rendered.connect(self._on_rendered)
        self._workspace.image_panel.view.painted.connect(self._on_painted)

    def end(self) -> Storm:
        """What was seen until now."""
        self._mover.moved.disconnect(self._on_moved)
        self._workspace.worker.rendered.disconnect(self._on_rendered)
        self._workspace.image_panel.view.painted.disconnect(self._on_painted)
        self._found.seconds = time.perf_counter() - self._began
        self._found.memory = (self._found.memory[0], self._process.memory_info().rss)
        return self._found

    @Slot(int, float)
    def _on_moved(self, number: int, moment: float) -> None:
        self._found.asked[number] = moment

    @Slot(object)
    def _on_rendered(self, answer: object) -> None:
        if isinstance(answer, Rendered) and answer.request.kind == "image" and answer.images is not None:
            self._found.arrived[answer.request.number] = time.perf_counter()
            self._found.render_ms.append(answer.milliseconds)

    @Slot()
    def _on_painted(self) -> None:
        self._found.painted.setdefault(self._workspace.shown_number, time.perf_counter())
