"""What an evaluation costs the window and the run beside it: a part of ``ganstudio bench`` that needs Qt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ganstudio.desktop import bench

if TYPE_CHECKING:
    from ganstudio.bench.statistics import Effort
    from ganstudio.desktop.studio import Studio

_COUNT, _FULL_PAIRS = 2000, 24
_QUICK_COUNT = 100


def measure(effort: Effort, say: bench.Say) -> dict[str, Any]:
    """`evaluating_latency_ms`: how late the window's event loop is while 2 000 samples (less with few pairs) are
    measured beside a DCGAN that trains, with the cache of the reals empty and full, and of the stopped run.
    `evaluated_over_unevaluated`: images a second of that run meanwhile, against before and after it.
    """
    from ganstudio.bench.engine import DCGAN
    from ganstudio.bench.statistics import rounded

    count = max(_QUICK_COUNT, round(_COUNT * min(1.0, effort.pairs * effort.seconds / _FULL_PAIRS)))
    config = bench.configs()[DCGAN].with_values({"evaluation.count": count})
    found: dict[str, Any] = {}
    with bench.open_studio() as studio:
        run = bench.Run(studio, config)
        bench.spend(bench.SETTLE_S)
        alone = [run.piece(_alone_s(effort))]
        for name in ("first", "cached"):
            say(f"Evaluating {count} samples beside training, {name}")
            seen = _Evaluation(studio)
            rate = run.rate_during(seen.go)
            found[name] = seen.summary() | {"images_per_second": rounded(rate)}
            alone.append(run.piece(_alone_s(effort)))
        run.stop()
        say(f"Evaluating {count} samples of the stopped run")
        stopped = _Evaluation(studio)
        stopped.go()
        found["stopped"] = stopped.summary()
    unevaluated = sum(alone) / len(alone)
    return {
        "evaluating_latency_ms": {name: part.pop("event_loop_latency_ms") for name, part in found.items()},
        "evaluated_over_unevaluated": rounded(found["first"]["images_per_second"] / unevaluated),
        "evaluation": {"samples": count, "unevaluated_images_per_second": rounded(unevaluated), **found},
    }


def _alone_s(effort: Effort) -> float:
    return bench.WINDOW_PIECES * effort.seconds


class _Evaluation:
    """One evaluation that is asked for as the window's button does, and how the window fares until its end."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._probe = bench.LatenessProbe(bench.TICK_MS)
        self._seconds = 0.0

    def go(self) -> None:
        """From the button to the measures."""
        metrics = self._studio.train.metrics
        began = time.perf_counter()
        self._probe.start()
        metrics.evaluate.click()
        if not metrics.is_evaluating:
            raise RuntimeError(f"Nothing is evaluated: {metrics.evaluate.toolTip()}")
        bench.until(lambda: not metrics.is_evaluating, "no evaluation", patience=bench.LONG_PATIENCE_S)
        self._probe.stop()
        self._seconds = time.perf_counter() - began

    def summary(self) -> dict[str, Any]:
        """Milliseconds and seconds."""
        from ganstudio.bench.statistics import percentiles, rounded

        return {"event_loop_latency_ms": percentiles(self._probe.lateness_ms()), "seconds": rounded(self._seconds)}
