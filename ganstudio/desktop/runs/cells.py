"""What the cells of the table of runs say, how they are ordered, and where they stand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QRect

from ganstudio.desktop.format import compact, duration, number
from ganstudio.desktop.runs.reader import Row, RowState
from ganstudio.desktop.train.measures import about
from ganstudio.runs.best import Best

ROW_HEIGHT = 40
_PADDING = 8
_WEEK_S = 6 * 86400.0
_LONG = 1e5
"""From here on a loss is given in thousands or millions: there is no room for all digits."""


class Column(IntEnum):
    """The columns from left to right."""

    MARK = 0
    THUMBNAIL = 1
    RUN = 2
    STATE = 3
    STEP = 4
    BEST = 5
    LOSS_D = 6
    LOSS_G = 7
    CURVE = 8
    SPEED = 9
    TIME = 10
    STARTED = 11


@dataclass(frozen=True)
class _Look:
    """What a column is called, how wide it is at least, and its share of the room that is left."""

    title: str
    width: int
    share: float
    tooltip: str
    right: bool = False
    sortable: bool = True


LOOKS: Mapping[Column, _Look] = {
    Column.MARK: _Look("", 33, 0, "Compared runs have a letter; Space marks the selected run", sortable=False),
    Column.THUMBNAIL: _Look("", 102, 0, "The newest samples", sortable=False),
    Column.RUN: _Look("Run", 150, 3, "Variant and data set, and the run's number"),
    Column.STATE: _Look("State", 126, 1.2, "What has become of the run"),
    Column.STEP: _Look("Step", 60, 1, "Steps trained", right=True),
    Column.BEST: _Look("Best", 82, 1, "The best evaluation, by the chosen measure", right=True),
    Column.LOSS_D: _Look("Loss D", 58, 1, "The discriminator's last loss", right=True),
    Column.LOSS_G: _Look("Loss G", 58, 1, "The generator's last loss", right=True),
    Column.CURVE: _Look("by step", 104, 1.6, "The losses of D (blue) and G (orange), in one range", sortable=False),
    Column.SPEED: _Look("Img/s", 54, 0.8, "Images of training a second, lately", right=True),
    Column.TIME: _Look("Time", 66, 1, "Time of training", right=True),
    Column.STARTED: _Look("Started", 92, 1, "When the run was started", right=True),
}


@dataclass(frozen=True)
class StateLook:
    """How a state is shown: never by its colour alone."""

    icon: str
    token: str
    text_token: str
    words: str


_STATES: Mapping[RowState, StateLook] = {
    "training": StateLook("play-circle", "accent", "ink", "Training"),
    "finished": StateLook("check-circle", "ok", "ink", "Finished"),
    "stopped": StateLook("stop-circle", "ink3", "ink", "Stopped"),
    "failed": StateLook("x-circle", "bad", "bad", "Failed"),
    "interrupted": StateLook("warning", "warn", "ink", "Interrupted"),
    "unreadable": StateLook("warning-circle", "bad", "bad", "Unreadable"),
}
_STATE_ORDER: tuple[RowState, ...] = ("training", "finished", "stopped", "interrupted", "failed", "unreadable")


def state_look(row: Row) -> StateLook:
    """Icon and words for the state of a run: "Training, 70 %", "Not finite"."""
    look, share = _STATES[row.state], progress_share(row)
    words = look.words
    if share is not None:
        words = f"{words}, {math.floor(100 * share)} %"
    elif row.state == "failed" and row.summary and "not finite" in (row.summary.error or ""):
        words = "Not finite"
    return StateLook(look.icon, look.token, look.text_token, words)


def progress_share(row: Row) -> float | None:
    """How much of a run in training is done, 0 to 1; None for others, and when nobody knows the end."""
    if row.state != "training" or row.summary is None or not row.summary.target:
        return None
    return min(1.0, row.summary.step / row.summary.target)


def started_text(started: datetime, now: datetime) -> str:
    """``Sat 14:02`` within a week, ``3 Oct`` within a year, ``3 Oct 2025`` before."""
    if abs((now - started).total_seconds()) < _WEEK_S:
        return f"{started:%a %H:%M}"
    return f"{started.day} {started:%b}" if started.year == now.year else f"{started.day} {started:%b %Y}"


def label_text(row: Row) -> str:
    """The run's number, and of a fork what it was forked from: ``"015, of 014 at 2 000"``."""
    origin = row.summary.forked_from if row.summary else None
    return f"{row.label}, of {origin[0]} at {number(origin[1])}" if origin else row.label


def cell_text(row: Row, column: Column) -> str:
    """What stands in a cell, in words; an en dash for a number that there is not."""
    if column == Column.RUN:
        return f"{row.title}, {label_text(row)}"
    if column == Column.STATE:
        return state_look(row).words
    if column == Column.BEST and row.summary and row.summary.best:
        best = row.summary.best
        return f"{about(best.measure).title} {number(best.value)}"
    value = sort_value(row, column)
    if value is None:
        return "" if column in (Column.MARK, Column.THUMBNAIL, Column.CURVE) else "–"
    if isinstance(value, datetime):
        return started_text(value, datetime.now().astimezone())
    if column == Column.TIME:
        return duration(float(value))
    if column in (Column.LOSS_D, Column.LOSS_G) and abs(value) >= _LONG:
        return compact(value)
    return number(round(value) if column == Column.SPEED else value)


def sort_value(row: Row, column: Column) -> Any:
    """What a column is ordered by; None stands last whichever the direction."""
    if column == Column.RUN:
        return (row.title.lower(), row.label)
    if column == Column.STATE:
        share = progress_share(row)
        return (_STATE_ORDER.index(row.state), share or 0.0)
    summary = row.summary
    if summary is None:
        return None
    if column == Column.BEST:
        return _rank(summary.best) if summary.best else None
    return {
        Column.STEP: summary.step,
        Column.LOSS_D: summary.loss_discriminator,
        Column.LOSS_G: summary.loss_generator,
        Column.SPEED: summary.images_per_second,
        Column.TIME: summary.seconds,
        Column.STARTED: summary.started,
    }.get(column)


def _rank(best: Best) -> tuple[bool, str, float]:
    """Measure by measure, FID before the others, the best of each first."""
    sign = 1 if about(best.measure).better == "lower" else -1
    return best.measure != "fid", best.measure, sign * best.value


def cell_box(rect: QRect, column: Column) -> QRect:
    """Where a cell's content stands."""
    left = {Column.MARK: 9, Column.THUMBNAIL: 8, Column.CURVE: 12}.get(column, _PADDING)
    right = 10 if column == Column.STARTED else 0 if column == Column.CURVE else 4
    return rect.adjusted(left, 0, -right, 0)
