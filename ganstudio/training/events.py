"""What a run says while it trains: frozen events, the same live, in the journal and of a finished run.

Imports no torch: the window reads these before torch is loaded. Times are seconds of training (pauses and set-up left
out). `to_json` and `from_json` are the journal's format; pictures are not written to the journal but beside it.
"""

from __future__ import annotations

import math
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ganstudio.game import Subject

EndReason = Literal["completed", "stopped", "failed"]


@dataclass(frozen=True)
class Histogram:
    """Counts of a quantity in equal bins between `low` and `high`."""

    low: float
    high: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Landscape:
    """What D makes of a plane of points: logits `surface` (R, R) float32, row 0 at the bottom, and the direction
    `pull` (K, K, 2) float32 in which a generated point there would be moved by G's loss, both on even grids over
    [-extent, extent] in x and y; `real` (N, 2) float32 are some of the real points."""

    extent: float
    surface: NDArray[np.float32]
    pull: NDArray[np.float32]
    real: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class RunStarted:
    """Training is about to begin."""

    event: ClassVar[str] = "run_started"
    step: int = 0
    time: float = 0.0
    variant: str = ""
    dataset: str = ""
    device: str = ""
    precision: str = ""
    threads: int = 0
    target: int | None = None
    """Steps at which the run will end; None when it ends by time."""
    resolution: int = 0
    channels: int = 0
    classes: tuple[str, ...] = ()
    images: int = 0
    """Images that training sees; `resolution` is their side in pixels, `channels` 1 or 3."""
    subject: Subject = "images"
    columns: tuple[str, ...] = ()
    """What the columns of a sample grid show, for image-to-image runs."""
    group: int = 0
    """Samples in a row of the grid that belong together: those columns, or one class; 0 where each is for itself."""


@dataclass(frozen=True, kw_only=True)
class RunResumed:
    """Training goes on from a checkpoint; earlier events beyond `from_step` no longer count."""

    event: ClassVar[str] = "run_resumed"
    step: int
    time: float
    from_step: int
    device: str = ""
    precision: str = ""
    threads: int = 0
    target: int | None = None
    resolution: int = 0
    channels: int = 0
    classes: tuple[str, ...] = ()
    images: int = 0
    subject: Subject = "images"
    columns: tuple[str, ...] = ()
    group: int = 0


@dataclass(frozen=True, kw_only=True)
class RunForked:
    """What comes before was learnt by another run, from whose checkpoint of `step` this one began. `parent` is its
    folder's name, `parent_path` where it stood; `changes` are [old, new] by config path."""

    event: ClassVar[str] = "run_forked"
    step: int
    time: float
    parent: str
    parent_path: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Preparing:
    """Work before the first step: loading, preparing a data set. Not kept in the journal."""

    event: ClassVar[str] = "preparing"
    step: int = 0
    time: float = 0.0
    what: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One point of the plots.

    `scalars` has ``loss/discriminator``, ``loss/generator``, ``grad_norm/...``, ``logit/real``, ``logit/fake`` (means
    since the last point) and ``learning_rate/...``; `histograms` D's logits on real and generated images since then.
    """

    event: ClassVar[str] = "progress"
    step: int
    time: float
    images: int
    images_per_second: float
    scalars: Mapping[str, float]
    histograms: Mapping[str, Histogram] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Samples:
    """A sample grid at fixed latents. `ema` and `raw` are uint8 (N, H, W, C); None when read from the journal, where
    `samples/step-%08d.png` and `samples/raw/step-%08d.png` hold them. Of points they are float32 (N, 2), kept in
    `samples/points/step-%08d.npz` with the `landscape`; the pictures show them drawn."""

    event: ClassVar[str] = "samples"
    step: int
    time: float
    count: int
    ema: NDArray[Any] | None = None
    raw: NDArray[Any] | None = None
    landscape: Landscape | None = None


@dataclass(frozen=True, kw_only=True)
class CheckpointSaved:
    """A checkpoint stands in `checkpoints/step-%08d`."""

    event: ClassVar[str] = "checkpoint"
    step: int
    time: float


@dataclass(frozen=True, kw_only=True)
class SettingChanged:
    """A live setting has changed; `step` is the first step with the new value."""

    event: ClassVar[str] = "setting_changed"
    step: int
    time: float
    path: str
    old: Any
    new: Any


@dataclass(frozen=True, kw_only=True)
class PhaseBegan:
    """Training has entered a new phase, such as a resolution (pixels) or adversarial training after pre-training;
    `step` is the first step of it."""

    event: ClassVar[str] = "phase"
    step: int
    time: float
    name: str
    resolution: int | None = None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Measures of the samples of a step, by name, such as ``covered_modes``."""

    event: ClassVar[str] = "measures"
    step: int
    time: float
    measures: Mapping[str, float]


@dataclass(frozen=True)
class Measure:
    """One measure of a distribution: its value, its deviation where it has one, and the samples it was made on."""

    value: float
    deviation: float | None = None
    n: int = 0


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """Measures of the averaged generator at `step`, against reals; `seconds` is what they cost of one thread."""

    event: ClassVar[str] = "evaluation"
    step: int
    time: float
    extractor: str
    """The network whose features were compared, such as ``MobileNetV2``."""
    measures: Mapping[str, Measure]
    seconds: float = 0.0
    best: bool = False
    """Whether this is the best step so far by the chosen measure."""
    chosen: str = ""
    """The measure that a person has chosen to judge the run by; empty where none is."""
    speed_alone: float | None = None
    speed_beside: float | None = None
    """Images a second of training without this evaluation, and beside it; None where it was not measured."""
    notes: tuple[str, ...] = ()
    """What the measures were compared with, and how far they can be trusted; sentences."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A person has told samples of `step` from reals, or not: `errors` in `trials`, whose share lies within `low` and
    `high` (Wilson's 95 % interval); half of them is no better than a coin.

    `layout` is ``single`` (is this image real?) or ``pair`` (which of the two is?). `fooled` is the share of generated
    images that were taken for real, `mistrusted` that of real ones taken for generated; None for pairs. `exposure`: ms
    at which three in four answers were right; None where the time was not limited, or the answers too few.
    """

    event: ClassVar[str] = "judgement"
    step: int
    time: float
    layout: str
    trials: int
    errors: int
    low: float
    high: float
    fooled: float | None = None
    mistrusted: float | None = None
    timed: bool = False
    exposure: float | None = None
    seed: int = 0
    """Of the choice of images and their order."""


Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True)
class Remedy:
    """What may help: a sentence, and what it would change. `changes` are values by config path; `factors` multiply what
    is set now. `live`: can be applied to the running run; else it needs a fork (from `step` where given; 0: anew)."""

    text: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    factors: Mapping[str, float] = field(default_factory=dict)
    live: bool = True
    step: int | None = None


@dataclass(frozen=True, kw_only=True)
class Diagnosed:
    """A finding about the run's health has come up, or, with `over`, has passed. `step` is where it was noticed,
    `since` where its signs began."""

    event: ClassVar[str] = "diagnosis"
    step: int
    time: float
    name: str
    severity: Severity
    since: int = 0
    evidence: Mapping[str, float] = field(default_factory=dict)
    explanation: str = ""
    advice: tuple[Remedy, ...] = ()
    over: bool = False


@dataclass(frozen=True, kw_only=True)
class Warned:
    """Something that went wrong without ending the run, such as a damaged checkpoint that was passed over."""

    event: ClassVar[str] = "warning"
    step: int
    time: float
    message: str


@dataclass(frozen=True, kw_only=True)
class Paused:
    """Training waits (`paused`) or goes on. Not kept in the journal."""

    event: ClassVar[str] = "paused"
    step: int
    time: float
    paused: bool


@dataclass(frozen=True, kw_only=True)
class RunFinished:
    """The end; arrives whatever happens. `error` is a sentence for the person, set when `reason` is "failed"."""

    event: ClassVar[str] = "run_finished"
    step: int
    time: float
    reason: EndReason
    error: str | None = None


Event = (
    RunStarted
    | RunResumed
    | RunForked
    | Preparing
    | Progress
    | Samples
    | CheckpointSaved
    | SettingChanged
    | PhaseBegan
    | Measured
    | Evaluated
    | Judged
    | Diagnosed
    | Warned
    | Paused
    | RunFinished
)
TRANSIENT: tuple[type[Event], ...] = (Preparing, Paused)
BELATED: tuple[type[Event], ...] = (Evaluated, Judged)
"""What may be told of long after its step."""
_PICTURES = frozenset({"ema", "raw", "landscape"})
_BY_NAME: dict[str, type[Event]] = {kind.event: kind for kind in typing.get_args(Event)}


def to_json(event: Event) -> dict[str, Any]:
    """The event as plain JSON data; a number that is not finite becomes null."""
    data: dict[str, Any] = {"event": event.event, "step": event.step, "time": round(event.time, 4)}
    for item in fields(event):
        value = getattr(event, item.name)
        if item.name not in data and item.name not in _PICTURES:
            data[item.name] = _plain(value)
    return data


def from_json(data: Mapping[str, Any]) -> Event | None:
    """The event of a journal line; None for a kind that this version does not know. ValueError when malformed."""
    kind = _BY_NAME.get(data.get("event", ""))
    if kind is None:
        return None
    known = {item.name for item in fields(kind)}
    values = {key: value for key, value in data.items() if key in known}
    if kind is Progress:
        scalars = values.get("scalars", {})
        values["scalars"] = {key: math.nan if value is None else float(value) for key, value in scalars.items()}
        histograms = values.get("histograms", {})
        values["histograms"] = {
            key: Histogram(item["low"], item["high"], tuple(item["counts"])) for key, item in histograms.items()
        }
    if kind is Measured:
        measures = values.get("measures", {})
        values["measures"] = {key: math.nan if value is None else float(value) for key, value in measures.items()}
    for name in ("classes", "columns", "notes"):
        if name in values:
            values[name] = tuple(values[name])
    try:
        if kind is Evaluated:
            values["measures"] = {key: _measure(item) for key, item in values.get("measures", {}).items()}
        if kind is Diagnosed:
            values["advice"] = tuple(Remedy(**item) for item in values.get("advice", ()))
        return kind(**values)
    except TypeError as error:
        raise ValueError(f"malformed event: {error}") from error


def _measure(data: Mapping[str, Any]) -> Measure:
    value = data["value"]
    return Measure(math.nan if value is None else float(value), data.get("deviation"), int(data.get("n", 0)))


def _plain(value: Any) -> Any:
    if isinstance(value, (Measure, Remedy)):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Histogram):
        return {"low": round(value.low, 4), "high": round(value.high, 4), "counts": list(value.counts)}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
