"""The best evaluated step of a run, found without reading the journal line by line."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ganstudio.runs.journal import parse_line
from ganstudio.training.events import Evaluated, Event, RunResumed, RunStarted

_BEST, _RESUMED, _STARTED = b'"best": true', b'"run_resumed"', b'"run_started"'


@dataclass(frozen=True)
class Best:
    """The step that the best checkpoint is of, and the `measure` it was chosen by."""

    step: int
    measure: str
    value: float
    n: int
    extractor: str


def find_best(journal: Path) -> Best | None:
    """What the last evaluation tells that was the best so far and that no later resume has made void; None without
    one. OSError when the journal cannot be read."""
    try:
        stream = journal.open("rb")
    except FileNotFoundError:
        return None
    with stream:
        if not stream.seek(0, 2):
            return None
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
            return _search(text)


def _search(text: mmap.mmap) -> Best | None:
    for begin, event in _lines_with(text, _BEST):
        if not isinstance(event, Evaluated) or event.chosen not in event.measures:
            continue
        if any(isinstance(later, RunStarted) for _, later in _lines_with(text, _STARTED, begin)):
            return None
        resumes = (later for _, later in _lines_with(text, _RESUMED, begin) if isinstance(later, RunResumed))
        if all(later.from_step >= event.step for later in resumes):
            measure = event.measures[event.chosen]
            return Best(event.step, event.chosen, measure.value, measure.n, event.extractor)
    return None


def _lines_with(text: mmap.mmap, word: bytes, begin: int = 0) -> Iterator[tuple[int, Event | None]]:
    """The whole lines from `begin` on that hold `word`, the last first: where each begins, and its event."""
    end = text.rfind(b"\n") + 1
    while (place := text.rfind(word, begin, end)) >= 0:
        start = text.rfind(b"\n", 0, place) + 1
        stop = text.find(b"\n", place)
        try:
            yield start, parse_line(text[start:stop])
        except ValueError:
            yield start, None
        end = start
