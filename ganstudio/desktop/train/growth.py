"""The stage of a growing run at each of its steps, from the points of its plots: live, and of a run that is opened."""

from __future__ import annotations

from bisect import bisect_right

from ganstudio.desktop import format as fmt
from ganstudio.training.events import PhaseBegan, Progress


class Growth:
    """Resolution and fade by step; empty for runs that do not grow."""

    def __init__(self) -> None:
        self._steps: list[int] = []
        self._stages: list[tuple[int, float]] = []

    def add(self, event: Progress) -> None:
        """Note the stage that a point tells of, if it does."""
        resolution = event.scalars.get("resolution")
        if resolution is None:
            return
        if self._steps and event.step <= self._steps[-1]:
            self.truncate_after(event.step - 1)
        self._steps.append(event.step)
        self._stages.append((round(resolution), event.scalars.get("fade", 1.0)))

    def truncate_after(self, step: int) -> None:
        """Forget what came after `step`."""
        kept = bisect_right(self._steps, step)
        del self._steps[kept:], self._stages[kept:]

    def clear(self) -> None:
        """Another run."""
        self.truncate_after(-1)

    def words(self, step: int | None = None) -> str:
        """The stage after `step`, or the newest, such as ``"16 px, fading in 43 %"``; empty where there is none."""
        if not self._steps:
            return ""
        at = len(self._steps) if step is None else max(1, bisect_right(self._steps, step))
        resolution, fade = self._stages[at - 1]
        phase = "stable" if fade >= 1.0 else f"fading in {int(100 * fade)} %"
        return f"{fmt.number(resolution)} px, {phase}"


def phase_label(event: PhaseBegan) -> str:
    """A new phase as its mark on the plots names it: "16 px"; those of a short run stand close together."""
    return phase_words(event) if event.resolution is None else f"{fmt.number(event.resolution)} px"


def phase_words(event: PhaseBegan) -> str:
    """A new phase as timeline and journal name it: "Grows to 16 px"."""
    if event.resolution is None:
        return event.name[:1].upper() + event.name[1:]
    return f"Grows to {fmt.number(event.resolution)} px"
