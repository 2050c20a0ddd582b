"""What is read of run folders for the window, in worker threads: rows of the table, curves, sample grids."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from ganstudio.desktop.forms.background import Background, Job, Outcome
from ganstudio.desktop.widgets.imaging import to_qimage
from ganstudio.errors import RunFolderError
from ganstudio.runs.curves import CurveReader, Curves
from ganstudio.runs.folder import RunFolder, State, list_runs
from ganstudio.runs.summary import RunSummary, run_label, summarise

RowState = Literal[State, "unreadable"]

_THUMBNAILS = 3
_MOST_PIXELS = 128
_REPORT_S = 0.25
_SIZE_S = 10.0
"""Seconds between two looks at how much disk a run that trains takes."""
_REMOTE_S = 120.0
"""Seconds for which a journal that grew without a lock of this machine counts as written by another one."""
_CURVE_POINTS = 4096
_KEPT_READERS = 6
_KEPT_GRIDS = 256

Images = NDArray[np.uint8]


@dataclass(frozen=True)
class Row:
    """A run as the table shows it. `summary` is None, and `problem` says why, when it cannot be read.

    `thumbnail` holds the first images of its newest sample grid side by side; `size` is in bytes. An `extra` run stands
    somewhere else than the others.
    """

    path: Path
    title: str
    label: str
    state: RowState
    summary: RunSummary | None = None
    problem: str = ""
    thumbnail: QImage | None = None
    size: int = 0
    extra: bool = False


@dataclass(frozen=True)
class Scan:
    """A request: list the runs in `root`, and those at `extras`."""

    root: Path
    extras: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Listing:
    """Runs as they are now; `complete` once all have been looked at. `problem` says why `root` cannot be read."""

    rows: tuple[Row, ...]
    problem: str = ""
    complete: bool = True

    @property
    def size(self) -> int:
        """Bytes of all runs that stand in the folder of runs."""
        return sum(row.size for row in self.rows if not row.extra)


class Relay(QObject):
    """Hands requests to a worker one at a time; while one is worked on, only the newest of the others waits.

    Unlike `Background` it breaks nothing off, so that steady requests cannot keep all results away.
    """

    done = Signal(object)
    """An `Outcome`."""
    progressed = Signal(object)

    def __init__(self, work: Callable[[Job], Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(work, self)
        self._background.done.connect(self._on_done)
        self._background.progressed.connect(self.progressed)
        self._busy = False
        self._next: Any = None

    @property
    def busy(self) -> bool:
        """Whether a result is still to come."""
        return self._busy

    def request(self, request: Any) -> None:
        """Have `request` worked on, at once or next."""
        if self._busy:
            self._next = request
        else:
            self._busy = True
            self._background.request(request)

    def stop(self) -> None:
        """Break off and wait for the thread."""
        self._next = None
        self._background.stop()
        self._busy = False

    @Slot(object)
    def _on_done(self, outcome: Outcome) -> None:
        following, self._next = self._next, None
        self._busy = following is not None
        if following is not None:
            self._background.request(following)
        self.done.emit(outcome)


# -- rows ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Seen:
    """What was found at the last look, and its stamps: what has none that differ is not read again."""

    row: Row
    stamp: tuple[tuple[int, int], ...]
    locked: bool
    read_at: float
    grew_at: float = -_REMOTE_S
    size_stamp: tuple[tuple[int, int], ...] = ()
    size_at: float = -_SIZE_S


class Scanner:
    """The work behind the table: give it to a `Background`. It remembers, so that a second look costs little."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[Path, _Seen] = {}

    def __call__(self, job: Job) -> Listing:
        """A `Listing` for a `Scan`; tells of the rows so far when it takes a while."""
        request: Scan = job.request
        problem = ""
        try:
            runs = [(run, False) for run in list_runs(request.root)]
        except RunFolderError as error:
            runs, problem = [], str(error)
        known = {run.path for run, _ in runs}
        runs += [(RunFolder(path), True) for path in request.extras if path not in known]
        rows: list[Row] = []
        told = self._clock()
        for run, extra in runs:
            job.check()
            rows.append(self._row(run, extra))
            if self._clock() - told > _REPORT_S:
                told = self._clock()
                job.report(Listing(tuple(rows), problem, complete=False))
        self._seen = {row.path: self._seen[row.path] for row in rows}
        return Listing(tuple(rows), problem)

    def _row(self, run: RunFolder, extra: bool) -> Row:
        before, now = self._seen.get(run.path), self._clock()
        # The lock first: if nobody holds it now, the size that is seen after it is the last.
        locked, stamp = run.is_locked(), _stamp(run)
        if before is None or before.stamp != stamp or before.locked != locked:
            row = self._read(run, extra, before)
        else:
            row = before.row
        grew_at = before.grew_at if before else -_REMOTE_S
        if before and not before.locked and not locked and stamp[1][0] > before.stamp[1][0] >= 0:
            grew_at = now
        row = _with_state(row, remote=now - grew_at < _REMOTE_S)
        size_stamp, size_at = (before.size_stamp, before.size_at) if before else ((), -_SIZE_S)
        if size_stamp != stamp and now - size_at >= _SIZE_S:
            size_stamp, size_at = stamp, now
            row = replace(row, size=run.size())
        if before and row == before.row:
            row = before.row
        self._seen[run.path] = _Seen(row, stamp, locked, now, grew_at, size_stamp, size_at)
        return row

    def _read(self, run: RunFolder, extra: bool, before: _Seen | None) -> Row:
        size = before.row.size if before else 0
        try:
            if extra:
                RunFolder.open(run.path)
            summary = summarise(RunFolder(run.path))
        except (RunFolderError, OSError) as error:
            problem = str(error)
            return Row(run.path, run.name, run_label(run.name), "unreadable", None, problem, None, size, extra)
        thumbnail = self._thumbnail(run, summary, before)
        return Row(run.path, summary.title, summary.label, summary.state, summary, "", thumbnail, size, extra)

    @staticmethod
    def _thumbnail(run: RunFolder, summary: RunSummary, before: _Seen | None) -> QImage | None:
        shown = before.row if before else None
        if shown and shown.summary and shown.summary.samples[-1:] == summary.samples[-1:] and shown.thumbnail:
            return shown.thumbnail
        for step in summary.samples[:-4:-1]:
            try:
                return _strip(run.read_samples(step))
            except RunFolderError:
                continue
        return None


def _with_state(row: Row, *, remote: bool) -> Row:
    """The row of a run that another machine trains: its journal grows, and its lock cannot be seen from here."""
    if row.summary is None:
        return row
    state: RowState = row.summary.state
    if state == "interrupted" and remote:
        state = "training"
    return row if state == row.state else replace(row, state=state)


def _stamp(run: RunFolder) -> tuple[tuple[int, int], ...]:
    """Size and time of what changes when a run goes on; (-1, -1) for what is not there. The journal is second."""
    stamps = []
    for path in (run.config_file, run.journal_file, run.path / "samples", run.checkpoints_folder):
        try:
            status = path.stat()
            stamps.append((status.st_size, status.st_mtime_ns))
        except OSError:
            stamps.append((-1, -1))
    return tuple(stamps)


def _strip(images: Images) -> QImage:
    """The first images side by side, with their own pixels unless there are very many."""
    first = images[:_THUMBNAILS]
    stride = -(-first.shape[1] // _MOST_PIXELS)
    return to_qimage(np.concatenate(first[:, ::stride, ::stride], axis=1))


# -- curves --------------------------------------------------------------------------------------------------------


class CurvesWork:
    """The work behind the comparison: for a tuple of paths, a dict of `Curves` of those that can be read."""

    def __init__(self) -> None:
        self._readers: OrderedDict[Path, tuple[CurveReader, Curves | None]] = OrderedDict()

    def __call__(self, job: Job) -> dict[Path, Curves]:
        """Curves of a few thousand points at most; the same object again while nothing was added."""
        found: dict[Path, Curves] = {}
        for path in job.request:
            fresh: tuple[CurveReader, Curves | None] = (CurveReader(RunFolder(path).journal_file), None)
            reader, thin = self._readers.pop(path, fresh)
            try:
                curves, changed = reader.read(job.check)
            except OSError:
                continue
            if changed or thin is None:
                thin = curves.thinned(_CURVE_POINTS)
            found[path] = thin
            self._readers[path] = reader, thin
        while len(self._readers) > _KEPT_READERS:
            self._readers.popitem(last=False)
        return found


# -- sample grids --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Grids:
    """A request: of each run the grid at a step, of the averaged or the raw generator."""

    places: tuple[tuple[Path, int], ...]
    raw: bool
    count: int


class GridsWork:
    """The work behind the grids side by side: for `Grids`, a dict of images (N, H, W, C) or a sentence by place."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Path, int, int], Images] = OrderedDict()

    def __call__(self, job: Job) -> dict[tuple[Path, int], Images | str]:
        """The first `count` images of each grid."""
        request: Grids = job.request
        found: dict[tuple[Path, int], Images | str] = {}
        for path, step in request.places:
            job.check()
            run = RunFolder(path)
            try:
                file = run.sample_path(step, raw=request.raw)
                key = (file, file.stat().st_mtime_ns, request.count)
                images = self._kept.pop(key, None)
                if images is None:
                    images = run.read_samples(step, raw=request.raw)[: request.count].copy()
            except (RunFolderError, OSError):
                found[path, step] = f"The samples of step {step} cannot be read."
                continue
            self._kept[key] = images
            found[path, step] = images
        while len(self._kept) > _KEPT_GRIDS:
            self._kept.popitem(last=False)
        return found
