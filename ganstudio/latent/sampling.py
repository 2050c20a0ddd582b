"""Latents by seed. Plain NumPy, so that a seed means the same latent with and without torch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ganstudio.streams import stream_seed


def latent(seed: int, size: int) -> NDArray[np.float32]:
    """The standard normal latent (size,) of a seed."""
    return np.random.default_rng(stream_seed(seed, "latent")).standard_normal(size, np.float32)


def latents(seed: int, count: int, size: int) -> NDArray[np.float32]:
    """`count` standard normal latents (count, size); the first ones do not depend on `count`."""
    return np.random.default_rng(stream_seed(seed, "latents")).standard_normal((count, size), np.float32)


def truncated(z: NDArray[np.float32], truncation: float) -> NDArray[np.float32]:
    """Latents (N, latent size) led towards their mean, which is 0: `truncation` (0 to 1) times each.

    Less of it makes images more typical and less varied. It is StyleGAN's rule (Karras et al. 2019, appendix B) on the
    latents themselves, which stays continuous in z while a person moves it; BigGAN's (Brock et al. 2019, section 3.1)
    draws anew whatever lies beyond a threshold.
    """
    return z if truncation == 1.0 else (np.float32(truncation) * z).astype(np.float32)


def latent_batches(seed: int, count: int, size: int, batch: int) -> Iterator[NDArray[np.float32]]:
    """The same latents as `latents`, in batches of at most `batch`: memory does not grow with `count`."""
    generator = np.random.default_rng(stream_seed(seed, "latents"))
    for start in range(0, count, batch):
        yield generator.standard_normal((min(batch, count - start), size), np.float32)
