"""Measures of super-resolution while it trains: its samples against bicubic ones, by the truth beside them."""

from __future__ import annotations

from ganstudio.evaluation.restoration import psnr, ssim
from ganstudio.training.events import Event, Measured, RunResumed, RunStarted, Samples

_TRUTH = "truth"
_MEASURED = {"": "restored", "_bicubic": "bicubic"}
"""Columns of the sample grid that are measured, by the ending of the measures' names."""


class RestorationMeter:
    """Listens to a run; answers the samples of a super-resolution run with their mean PSNR (dB) and SSIM.

    The samples are of held-out images, drawn by the averaged generator: ``psnr``, ``ssim``, ``psnr_bicubic``,
    ``ssim_bicubic``. For other runs there is no answer.
    """

    def __init__(self) -> None:
        self._columns: tuple[str, ...] = ()

    def __call__(self, event: Event) -> Measured | None:
        """The measures of `event`, if it has any."""
        if isinstance(event, RunStarted | RunResumed):
            self._columns = event.columns
        if not isinstance(event, Samples) or event.ema is None or _TRUTH not in self._columns:
            return None
        by_column = {name: event.ema[i :: len(self._columns)] for i, name in enumerate(self._columns)}
        measures: dict[str, float] = {}
        for ending, column in _MEASURED.items():
            measures[f"psnr{ending}"] = float(psnr(by_column[column], by_column[_TRUTH]).mean())
            measures[f"ssim{ending}"] = float(ssim(by_column[column], by_column[_TRUTH]).mean())
        return Measured(step=event.step, time=event.time, measures=measures)
