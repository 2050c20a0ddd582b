"""What two groups of latents differ in. Plain NumPy, so that the window can use it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UserError


def mean_difference(
    without: Iterable[NDArray[np.float32]], having: Iterable[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """The unit vector from the mean of one group of latents (latent size,) to that of another, such as images without
    and with a smile. UserError when a group is empty or their means are the same."""
    groups = [np.array(list(group), np.float64) for group in (without, having)]
    if not all(len(group) for group in groups):
        raise UserError("A direction leads from one group of latents to another: mark at least one latent of each.")
    difference = groups[1].mean(axis=0) - groups[0].mean(axis=0)
    length = float(np.linalg.norm(difference))
    if length < 1e-6:
        raise UserError("Both groups have the same mean: no direction leads from one to the other.")
    vector: NDArray[np.float32] = (difference / length).astype(np.float32)
    vector.setflags(write=False)
    return vector
