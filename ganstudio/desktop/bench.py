"""What the window costs and how quickly it answers: the part of ``ganstudio bench`` that needs Qt.

Run as a module it is the process whose start is timed: it opens the studio, and prints when it has been painted.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, Slot

from ganstudio import paths

if TYPE_CHECKING:
    from ganstudio.bench.lanes import TrainingLane
    from ganstudio.bench.statistics import Effort, Pair
    from ganstudio.config import RunConfig
    from ganstudio.desktop.explore.workspace import ExploreWorkspace
    from ganstudio.desktop.studio import Studio

Say = Callable[[str], None]
_SIZE = (1440, 900)
_PATIENCE_S = 120.0
LONG_PATIENCE_S = 1200.0
_LATENCY_PIECES = 20
TICK_MS = 5
_MOVES = 200
_STARTS = 5
SETTLE_S = 1.5
WINDOW_PIECES = 3
"""Times as long are the pieces with the window: in a second, going on after a pause would be much of what it shows."""


def measure_studio(effort: Effort, say: Say) -> dict[str, Any]:
    """`studio_over_headless`: images a second with the window live, against the same run without one, in turns.

    The window's run is paused while the other trains, and no event is handled then. The smaller of the ratios of DCGAN
    and of the default recipe; `studio` tells both.
    """
    from ganstudio.bench.statistics import summary

    found: dict[str, Any] = {}
    for name, config in configs().items():
        say(f"Studio against headless, {name}: {effort.pairs} pairs")
        with open_studio() as studio, closing(_headless(config)) as headless:
            found[name] = summary(_in_turns(studio, config, headless, effort), "studio", "headless")
    return {"studio_over_headless": min(part["ratio"] for part in found.values()), "studio": found}


def measure_latency(effort: Effort, say: Say) -> dict[str, Any]:
    """`event_loop_latency_ms`: how late the window's event loop is while DCGAN trains and everything is shown live."""
    from ganstudio.bench.engine import DCGAN
    from ganstudio.bench.statistics import percentiles

    length = max(effort.pairs, _LATENCY_PIECES) * effort.seconds
    say(f"Latency of the event loop while training: {length:.0f} s")
    with open_studio() as studio:
        run = Run(studio, configs()[DCGAN])
        run.go_on()
        spend(SETTLE_S)
        probe = LatenessProbe(TICK_MS)
        probe.start()
        spend(length)
        probe.stop()
        run.stop()
    return {"event_loop_latency_ms": percentiles(probe.lateness_ms())}


def measure_slider(effort: Effort, say: Say) -> dict[str, Any]:
    """`slider_to_image_ms`: from a moved slider of Explore to its painted image, while DCGAN trains, and after."""
    from ganstudio.bench.engine import DCGAN
    from ganstudio.bench.statistics import percentiles
    from ganstudio.desktop.explore.latency import measure_latency as move

    moves = min(_MOVES, 10 * effort.pairs)
    with open_studio() as studio:
        run = Run(studio, configs()[DCGAN])
        run.go_on()
        say(f"From slider to image while training: {moves} moves")
        explore = open_explore(studio)
        training = move(explore, moves)
        run.stop()
        say(f"From slider to image when idle: {moves} moves")
        until(lambda: explore.state is not None and explore.shown_number == explore.asked_number, "no image")
        spend(SETTLE_S)
        idle = move(explore, moves)
    return {
        "slider_to_image_ms": {
            "idle": percentiles(idle, tail=False),
            "training": percentiles(training, tail=False),
        }
    }


def measure_explore(effort: Effort, say: Say) -> dict[str, Any]:
    """`slider_storm` and `explored_over_unexplored`: a slider that never rests, and training beside it."""
    from ganstudio.desktop.bench_explore import measure

    return measure(effort, say)


def measure_evaluation(effort: Effort, say: Say) -> dict[str, Any]:
    """`evaluating_latency_ms` and `evaluated_over_unevaluated`: an evaluation beside training."""
    from ganstudio.desktop.bench_evaluation import measure

    return measure(effort, say)


def measure_window(effort: Effort, say: Say) -> dict[str, Any]:
    """`window_shown_s`: from the start of a process to its painted window; the files are in the disk cache.

    `window` tells when it was complete, with the Train workspace in it.
    """
    from ganstudio.bench.statistics import quantile, rounded

    starts = max(1, min(_STARTS, effort.pairs))
    say(f"Opening the window: {starts} times")
    _start_once()
    taken = [_start_once() for _ in range(starts)]
    shown, complete = ([rounded(value) for value in values] for values in zip(*taken, strict=True))
    return {
        "window_shown_s": rounded(quantile(shown, 0.5)),
        "window": {"complete_s": rounded(quantile(complete, 0.5)), "shown": shown, "complete": complete},
    }


BENCHES: dict[str, Callable[[Effort, Say], dict[str, Any]]] = {
    "studio": measure_studio,
    "latency": measure_latency,
    "slider": measure_slider,
    "explore": measure_explore,
    "evaluation": measure_evaluation,
    "window": measure_window,
}


class LatenessProbe(QObject):
    """Every `interval` ms a moment is due; the event loop gets to it late by however long it was busy.

    A loop that is held up for long misses many moments: each of them counts with its own lateness, as each click in
    that time would.
    """

    def __init__(self, interval: int) -> None:
        super().__init__()
        self._interval = interval / 1e3
        self._moments: list[float] = []
        self._timer = QTimer(self, interval=interval, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)

    def start(self) -> None:
        """Begin."""
        self._moments = [time.perf_counter()]
        self._timer.start()

    def stop(self) -> None:
        """End."""
        self._timer.stop()

    def lateness_ms(self) -> list[float]:
        """How late each moment was."""
        return lateness_ms(self._moments, self._interval)

    @Slot()
    def _on_tick(self) -> None:
        self._moments.append(time.perf_counter())


def lateness_ms(moments: list[float], interval: float) -> list[float]:
    """From times in seconds at which a loop was free: how late in ms it was for each moment that was due."""
    late: list[float] = []
    for before, now in itertools.pairwise(moments):
        due = before + interval
        late.append(max(0.0, now - due) * 1e3)
        while (due := due + interval) < now:
            late.append((now - due) * 1e3)
    return late


def _in_turns(studio: Studio, config: RunConfig, headless: TrainingLane, effort: Effort) -> list[Pair]:
    from ganstudio.bench.statistics import interleave

    run = Run(studio, config)
    try:
        seconds = WINDOW_PIECES * effort.seconds
        return interleave(lambda: run.piece(seconds), lambda: headless.piece(seconds), effort.pairs)
    finally:
        run.stop()


class Run(QObject):
    """A run in the studio, begun and paused; it goes on in pieces."""

    def __init__(self, studio: Studio, config: RunConfig) -> None:
        super().__init__()
        from ganstudio.bench.engine import images_a_round

        self._studio, self._images = studio, images_a_round(config)
        self._mark = (0, 0.0)
        self._paused = self._ended = False
        studio.session.events.connect(self._on_events)
        studio.run_ended.connect(self._on_ended)
        studio.train.setup.set_config(config)
        studio.start()
        until(lambda: self._ended or studio.session.status.state == "training", "training does not begin")
        self.pause()

    def piece(self, seconds: float) -> float:
        """Train for about so long with the window live; images a second by the trainer's own clock."""
        return self.rate_during(lambda: spend(seconds))

    def rate_during(self, act: Callable[[], object]) -> float:
        """Train while something is done with the window live; images a second by the trainer's own clock."""
        step, clock = self._mark
        self.go_on()
        act()
        self.pause()
        return (self._mark[0] - step) * self._images / (self._mark[1] - clock)

    def go_on(self) -> None:
        """Train on."""
        self._studio.session.unpause()

    def stop(self) -> None:
        """End the run."""
        self._studio.session.stop()
        until(lambda: self._ended, "the run does not end")

    def pause(self) -> None:
        """Hold it, and note where it is."""
        self._paused = False
        self._studio.session.pause()
        until(lambda: self._ended or self._paused, "the run does not pause")
        if self._ended:
            raise RuntimeError("The run ended by itself.")

    @Slot(object)
    def _on_events(self, events: list[object]) -> None:
        from ganstudio.training.events import Paused

        for event in events:
            if isinstance(event, Paused) and event.paused:
                self._paused, self._mark = True, (event.step, event.time)

    @Slot(object)
    def _on_ended(self, end: object) -> None:
        self._ended = True


def configs() -> dict[str, RunConfig]:
    """What the engine's bench trains, in this machine's precision and with its pictures and checkpoints."""
    from ganstudio.bench.engine import live_configs

    return live_configs()


def _headless(config: RunConfig) -> TrainingLane:
    from ganstudio.bench.engine import images_a_round
    from ganstudio.bench.lanes import TrainingLane
    from ganstudio.runs.execute import train
    from ganstudio.runs.folder import next_run_folder

    folder = next_run_folder(config)
    headless = folder.with_name(f"{folder.name}-headless")
    return TrainingLane(lambda emit, control: train(config, headless, emit, control), images_a_round(config))


@contextmanager
def open_studio() -> Iterator[Studio]:
    """The studio as a person opens it, on a screen where there is one; closed and gone afterwards."""
    _choose_platform()
    from ganstudio.desktop.app import create_application, keep_what_is_loaded
    from ganstudio.desktop.settings import Settings
    from ganstudio.desktop.studio import Studio

    create_application(sys.argv[:1])
    studio = Studio(Settings())
    loaded: list[bool] = []
    studio.all_loaded.connect(keep_what_is_loaded)
    studio.all_loaded.connect(lambda: loaded.append(True))
    studio.window.resize(*_SIZE)
    studio.show()
    try:
        until(lambda: bool(loaded), "PyTorch is not loaded")
        spend(SETTLE_S)
        yield studio
    finally:
        closed: list[bool] = []
        studio.done.connect(lambda: closed.append(True))
        studio.window.close()
        until(lambda: bool(closed), "the studio does not close")
        studio.window.deleteLater()
        studio.deleteLater()


def open_explore(studio: Studio) -> ExploreWorkspace:
    """Explore in front, with a picture."""
    from ganstudio.desktop.explore.workspace import ExploreWorkspace

    studio.window.show_workspace("explore")
    explore = studio.window.workspace("explore")
    assert isinstance(explore, ExploreWorkspace)
    until(lambda: explore.state is not None and explore.image_panel.view.pixels is not None, "no image in Explore")
    spend(SETTLE_S)
    return explore


def _choose_platform() -> None:
    on_screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("QT_QPA_PLATFORM")
    if sys.platform == "linux" and not on_screen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"


def spend(seconds: float) -> None:
    """Let the window live for so long."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1e3), loop.quit)
    loop.exec()


def until(is_so: Callable[[], bool], what: str, *, patience: float = _PATIENCE_S) -> None:
    """Let the window live until something is so. RuntimeError with `what` when that takes more than so many seconds."""
    deadline = time.monotonic() + patience
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError(f"The bench waits in vain: {what}.")
        spend(0.01)


def _start_once() -> tuple[float, float]:
    """Seconds from here until the window of a new process has been painted, and until it is complete."""
    _choose_platform()
    # Python keeps what it has compiled, unless it is told not to; a person's is not.
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(paths.stores_folder() / "compiled")}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "ganstudio.desktop.bench"],
        env=os.environ | kept,
        capture_output=True,
        check=False,
        text=True,
        timeout=_PATIENCE_S,
    )
    if done.returncode != 0:
        raise RuntimeError(f"The window does not open: {done.stderr.strip()}")
    shown, complete = (float(moment) - began for moment in done.stdout.split()[-2:])
    return shown, complete


def _print_when_shown() -> None:
    """``python -m ganstudio studio`` until it is painted: tells the system's clock at the frame, and when complete."""
    from ganstudio import cli
    from ganstudio.desktop.main_window import MainWindow

    build = MainWindow.__init__

    def tell_frame() -> None:
        sys.stdout.write(f"{time.monotonic()}\n")

    def tell_complete() -> None:
        sys.stdout.write(f"{time.monotonic()}\n")
        sys.stdout.flush()
        os._exit(0)

    def build_watched(self: MainWindow, *arguments: Any) -> None:
        build(self, *arguments)
        self.appeared.connect(tell_frame)
        self.painted.connect(tell_complete)

    MainWindow.__init__ = build_watched  # type: ignore[method-assign, assignment]
    sys.exit(cli.main(["studio"]))


if __name__ == "__main__":
    _print_when_shown()
