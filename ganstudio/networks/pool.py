"""The pool of earlier fakes that CycleGAN's discriminators learn from (Shrivastava et al. 2017, section 2.3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ImagePool(nn.Module):
    """Fakes of the past, as buffers, so that a checkpoint holds them.

    The rule is that of CycleGAN's authors, image by image: while the pool is not full, the image is kept and shown;
    after that, half of the time the image is shown and forgotten, and half of the time it takes the place of a random
    one of the pool, which is shown instead. A batch counts as its images one after the other: an image that has just
    been kept may already be shown again.
    """

    images: Tensor
    count: Tensor

    def __init__(self, size: int, channels: int, resolution: int) -> None:
        super().__init__()
        self.register_buffer("images", torch.zeros(size, channels, resolution, resolution))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))

    def offered(self, fakes: Tensor, random: torch.Generator | None) -> Tensor:
        """What D is offered in the place of `fakes` (N, C, H, W); the pool stays as it is."""
        return self._pick(self._plan(len(fakes), random)[0], fakes)

    def push(self, fakes: Tensor, random: torch.Generator | None) -> None:
        """Keep what is to be kept; `random` must be the same as for `offered`."""
        self.images.copy_(self._pick(self._plan(len(fakes), random)[1], fakes))
        self.count.add_(len(fakes)).clamp_(max=len(self.images))

    def _plan(self, count: int, random: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """What is shown (N,) and what the pool then holds (size,), as places in the pool followed by the batch."""
        size, device = len(self.images), self.images.device
        slots = torch.randint(size, (count,), generator=random, device=device)
        swaps = torch.rand(count, generator=random, device=device) > 0.5
        places = torch.arange(size, device=device)
        held, shown = places, []
        for i in range(count):
            filling = self.count + i < size
            slot = torch.where(filling, self.count + i, slots[i])
            new = torch.full_like(slot, size + i)
            is_slot = places == slot
            shown.append(torch.where(~filling & swaps[i], (held * is_slot).sum(), new))
            held = torch.where(is_slot & (filling | swaps[i]), new, held)
        return torch.stack(shown), held

    def _pick(self, index: Tensor, fakes: Tensor) -> Tensor:
        """Images at places in the pool followed by the batch."""
        size = len(self.images)
        from_batch = (index >= size)[:, None, None, None]
        return torch.where(from_batch, fakes[(index - size).clamp(min=0)], self.images[index.clamp(max=size - 1)])
