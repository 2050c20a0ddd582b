"""`journal.jsonl`: the events of a run, one JSON object a line. What is shown of a run is read from it."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, get_args

from ganstudio.training.events import (
    TRANSIENT,
    EndReason,
    Event,
    Progress,
    RunFinished,
    RunResumed,
    RunStarted,
    from_json,
    to_json,
)

T = TypeVar("T")
_log = logging.getLogger("ganstudio")
_CHUNK = 1024 * 1024
_MOST_NAMED = 8
_PROGRESS, _SCALARS, _HISTOGRAMS = b'{"event": "progress"', b'"scalars"', b', "histograms": {'


class JournalWriter:
    """Appends events to a journal, each line at once. Events that are only of the moment are left out."""

    def __init__(self, file: Path) -> None:
        self._stream = file.open("ab", buffering=0)
        self._inside_a_line = not _ends_a_line(file)

    def __call__(self, event: Event) -> None:
        """Write one event. OSError when the disk is full; readers pass over the half of a line that fitted."""
        if isinstance(event, TRANSIENT):
            return
        line = json.dumps(to_json(event), allow_nan=False, default=str).encode() + b"\n"
        # A full disk or a process that was killed leaves half a line, to which nothing must be glued.
        rest = memoryview(b"\n" + line if self._inside_a_line else line)
        self._inside_a_line = True
        while rest:
            rest = rest[self._stream.write(rest) :]
        self._inside_a_line = False

    def close(self) -> None:
        """End writing."""
        self._stream.close()


class JournalTail:
    """Reads a journal piece by piece while another process writes it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._offset, self._line = 0, 0
        self.damaged: list[int] = []
        """Numbers, from 1, of the lines that could not be read and were passed over."""

    def read(self) -> list[Event]:
        """The events of all whole lines written since the last call; none while there is no journal.

        When a shorter journal has taken its place, it is read from its beginning. OSError when it cannot be read.
        """
        return [event for event in self.parsed(parse_line) if event is not None]

    def parsed(self, parse: Callable[[bytes], T]) -> Iterator[T]:
        """The same, each line by `parse`, whose ValueError says that the line is damaged."""
        known = len(self.damaged)
        try:
            stream = self._file.open("rb")
        except FileNotFoundError:
            return
        with stream:
            if stream.seek(0, 2) < self._offset:
                self._offset, self._line, known = 0, 0, 0
                self.damaged.clear()
            stream.seek(self._offset)
            rest = b""
            while chunk := stream.read(_CHUNK):
                whole, newline, rest = (rest + chunk).rpartition(b"\n")
                self._offset += len(whole) + len(newline)
                yield from self._parse(whole.split(b"\n") if newline else [], parse)
        self._name_damage(self.damaged[known:])

    def _parse(self, lines: list[bytes], parse: Callable[[bytes], T]) -> Iterator[T]:
        for line in lines:
            self._line += 1
            if line.strip():
                try:
                    yield parse(line)
                except ValueError:
                    self.damaged.append(self._line)

    def _name_damage(self, lines: list[int]) -> None:
        if lines:
            named = ", ".join(map(str, lines[:_MOST_NAMED])) + (" …" if len(lines) > _MOST_NAMED else "")
            _log.warning("%s: %d damaged line(s) are passed over: %s", self._file, len(lines), named)


def read_journal(file: Path) -> list[Event]:
    """All events that count: those beyond a step from which the run was resumed are dropped."""
    return history(JournalTail(file).read())


def history(events: Iterable[Event]) -> list[Event]:
    """`events` without those that a later resume made void."""
    kept: list[Event] = []
    for event in events:
        if isinstance(event, RunStarted):
            kept = []
        elif isinstance(event, RunResumed):
            kept = [old for old in kept if old.step <= event.from_step]
        kept.append(event)
    return kept


def parse_line(line: bytes) -> Event | None:
    """The event of one line; None for a kind that this version does not know. ValueError when it is damaged."""
    try:
        event = from_json(json.loads(line))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"damaged line: {error}") from error
    return None if event is None else _checked(event)


def is_progress(line: bytes) -> bool:
    """Whether a line is a point of the plots, as `JournalWriter` writes it; told without reading it."""
    return line.startswith(_PROGRESS)


def without_histograms(line: bytes) -> bytes:
    """A point's line without its histograms, which are most of it; the line itself where they stand elsewhere."""
    head, found, _ = line.partition(_HISTOGRAMS)
    return head + b"}" if found and _SCALARS in head and is_progress(line) else line


def _checked(event: Event) -> Event:
    """The event, if its numbers are numbers: what reads journals compares and adds them."""
    counts: list[object] = [event.step]
    numbers: list[object] = [event.time]
    if isinstance(event, RunResumed):
        counts.append(event.from_step)
    elif isinstance(event, Progress):
        rate: float | None = event.images_per_second
        event = event if rate is not None else replace(event, images_per_second=math.nan)
        counts.append(event.images)
        numbers.append(event.images_per_second)
    elif isinstance(event, RunFinished) and event.reason not in get_args(EndReason):
        raise ValueError("damaged line: no such reason")
    whole = all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in counts)
    if not (whole and all(isinstance(one, (int, float)) for one in numbers)):
        raise ValueError("damaged line: a number is none")
    return event


def _ends_a_line(file: Path) -> bool:
    with file.open("rb") as stream:
        if stream.seek(0, 2) == 0:
            return True
        stream.seek(-1, 2)
        return stream.read(1) == b"\n"
