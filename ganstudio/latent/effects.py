"""How much each coordinate of a latent changes the image. Imports torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.latent.layers import Labels
from ganstudio.latent.model import LatentModel
from ganstudio.latent.sampling import latents

_AROUND = 4
_BATCH = 16


def effects(model: LatentModel, labels: Labels | None = None, *, pause: Callable[[], None]) -> NDArray[np.float64]:
    """The mean absolute difference (latent size,) of pixels on [0, 1], or of points' coordinates, that a step of one
    standard deviation makes, on average over several latents and both ways. `labels` (1, ...) is the class where there
    are any. `pause` is called every few milliseconds."""
    size = model.latent_size
    steps = np.eye(size, dtype=np.float32)
    found = np.zeros(size)
    scale = 1.0 if model.makes_points else 0.5
    for z in latents(0, _AROUND, size):
        middle = _made(model, z[None], labels)
        for sign in (1.0, -1.0):
            for start in range(0, size, _BATCH):
                pause()
                moved = z + np.float32(sign) * steps[start : start + _BATCH]
                change = (_made(model, moved, labels) - middle).abs().flatten(1).mean(dim=1)
                found[start : start + _BATCH] += scale * change.to(torch.float64).cpu().numpy()
    return found / (2 * _AROUND)


def _made(model: LatentModel, z: NDArray[np.float32], labels: Labels | None) -> Tensor:
    every: Any = None if labels is None else np.repeat(labels[:1], len(z), axis=0)
    with torch.inference_mode():
        return model.generate(torch.tensor(z, device=model.device), every)
