"""What a run measures of itself between two log steps, kept on the device until then."""

from __future__ import annotations

from collections import deque

import torch
from torch import Tensor

from ganstudio.training.events import Histogram

_BINS = 48
_KEPT_LOGITS = 2048


class Meters:
    """Means of named scalars, and recent logits; nothing leaves the device before `read`."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}
        self._logits: dict[str, deque[Tensor]] = {"real": deque(), "fake": deque()}

    def add(self, name: str, value: Tensor) -> None:
        """One more value, a scalar tensor without a graph, of the mean called `name`."""
        self._sums[name] = self._sums[name] + value if name in self._sums else value.clone()
        self._counts[name] = self._counts.get(name, 0) + 1

    def add_logits(self, name: str, logits: Tensor) -> None:
        """D's logits (N,) on "real" or "fake" images."""
        kept = self._logits[name]
        kept.append(logits)
        while len(kept) * len(logits) > _KEPT_LOGITS and len(kept) > 1:
            kept.popleft()

    def read(self) -> tuple[dict[str, float], dict[str, Histogram]]:
        """Means and histograms since the last call; forgets them."""
        names = list(self._sums)
        scalars: dict[str, float] = {}
        if names:
            values = torch.stack([self._sums[name] for name in names]).tolist()
            scalars = {name: value / self._counts[name] for name, value in zip(names, values, strict=True)}
        logits = {name: torch.cat(list(kept)).cpu() for name, kept in self._logits.items() if kept}
        scalars |= {f"logit/{name}": float(values.mean()) for name, values in logits.items()}
        histograms = _histograms(logits)
        self._sums.clear()
        self._counts.clear()
        for kept in self._logits.values():
            kept.clear()
        return scalars, histograms


def _histograms(logits: dict[str, Tensor]) -> dict[str, Histogram]:
    """Histograms over one common range, so that real and generated can be laid over each other."""
    if not logits:
        return {}
    every = torch.cat(list(logits.values()))
    if not bool(torch.isfinite(every).all()):
        return {}
    low, high = float(every.min()), float(every.max())
    if high <= low:
        high = low + 1.0
    return {
        f"logit/{name}": Histogram(low, high, tuple(int(n) for n in torch.histc(values, _BINS, low, high)))
        for name, values in logits.items()
    }
