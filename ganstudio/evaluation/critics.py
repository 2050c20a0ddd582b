"""What a discriminator thinks of images, and which of their pixels it thinks it by. Imports torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Critic = Callable[[Tensor, "Tensor | None"], Tensor]
"""Images (N, C, H, W) in [-1, 1] and classes (N,) -> scores (N,), the higher the more real."""
Images = NDArray[np.uint8]
Labels = NDArray[np.int64] | None
BATCH: Final = 64
"""Images judged at once: a discriminator may compare those of a batch, which are all real or all generated, as in
training."""


def as_input(images: Images, dtype: torch.dtype = torch.float32) -> Tensor:
    """Images (N, H, W, C) as a discriminator takes them."""
    return torch.tensor(images).permute(0, 3, 1, 2).contiguous().to(dtype) / 127.5 - 1.0


@torch.no_grad()
def scores(critic: Critic, images: Images, labels: Labels = None) -> NDArray[np.float32]:
    """The scores (N,) of images (N, H, W, C), `BATCH` by `BATCH`."""
    found = []
    for start in range(0, len(images), BATCH):
        part = slice(start, start + BATCH)
        found.append(critic(as_input(images[part]), _classes(labels, part)).to(torch.float32).cpu().numpy())
    made: NDArray[np.float32] = np.concatenate(found)
    return made


def pixel_gradient(
    critic: Critic, images: Images, index: int, labels: Labels = None, *, dtype: torch.dtype = torch.float32
) -> NDArray[np.floating[Any]]:
    """The gradient (H, W, C) of the score of one of the images (N, H, W, C) by its pixels, on [-1, 1] (Simonyan et al.
    2014, section 3). The others of its batch in `scores` stand beside it and are held still."""
    start = index // BATCH * BATCH
    part = slice(start, start + BATCH)
    batch, at = as_input(images[part], dtype), index - start
    x = batch[at].clone().requires_grad_()
    with torch.enable_grad():
        score = critic(torch.cat([batch[:at], x[None], batch[at + 1 :]]), _classes(labels, part))[at]
        (slope,) = torch.autograd.grad(score, x)
    found: NDArray[np.floating[Any]] = slope.permute(1, 2, 0).cpu().numpy()
    return found


def saliency(gradient: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """How much each pixel counts (H, W): the largest absolute gradient of its channels (section 3.1)."""
    found: NDArray[np.float32] = np.abs(gradient).max(axis=2).astype(np.float32)
    return found


def _classes(labels: Labels, part: slice) -> Tensor | None:
    return None if labels is None else torch.from_numpy(labels[part])
