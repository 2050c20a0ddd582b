"""`journal.jsonl`: the events of a run, one JSON object a line. The journal is the run: what is shown is read from it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from ganstudio.training.events import TRANSIENT, Event, RunResumed, from_json, to_json

_log = logging.getLogger("ganstudio")


class JournalWriter:
    """Appends events to a journal, each line at once. Events that are only of the moment are left out."""

    def __init__(self, file: Path) -> None:
        _end_last_line(file)
        self._stream: TextIO = file.open("a", encoding="utf-8")

    def __call__(self, event: Event) -> None:
        """Write one event. OSError when the disk is full."""
        if isinstance(event, TRANSIENT):
            return
        self._stream.write(json.dumps(to_json(event), allow_nan=False, default=str) + "\n")
        self._stream.flush()

    def close(self) -> None:
        """End writing."""
        self._stream.close()


class JournalTail:
    """Reads a journal piece by piece while another process writes it."""

    def __init__(self, file: Path) -> None:
        self._file, self._offset = file, 0

    def read(self) -> list[Event]:
        """The events of all whole lines written since the last call; none while there is no journal."""
        try:
            with self._file.open("rb") as stream:
                stream.seek(self._offset)
                data = stream.read()
        except FileNotFoundError:
            return []
        whole = data.rfind(b"\n") + 1
        self._offset += whole
        return list(_parse(data[:whole].decode("utf-8", "replace").splitlines()))


def read_journal(file: Path) -> list[Event]:
    """All events that count: those beyond a step from which the run was resumed are dropped."""
    return history(JournalTail(file).read())


def history(events: Iterable[Event]) -> list[Event]:
    """`events` without those that a later resume made void."""
    kept: list[Event] = []
    for event in events:
        if isinstance(event, RunResumed):
            kept = [old for old in kept if old.step <= event.from_step]
        kept.append(event)
    return kept


def _parse(lines: Iterable[str]) -> Iterator[Event]:
    for line in lines:
        try:
            event = from_json(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError):
            _log.warning("A line of the journal cannot be read and is passed over: %.80s", line)
            continue
        if event is not None:
            yield event


def _end_last_line(file: Path) -> None:
    """A process that was killed may have left half a line; what follows must not be glued to it."""
    if not file.exists() or file.stat().st_size == 0:
        return
    with file.open("rb+") as stream:
        stream.seek(-1, 2)
        if stream.read(1) != b"\n":
            stream.write(b"\n")
