"""Deterministic batches: a pure function of (seed, position in the stream of images)."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.config import DatasetConfig
from ganstudio.data.store import ImageStore, check_batch, training_indices
from ganstudio.streams import stream_seed

_SHOWN_SEED = 20_170_330
_RESIDENT_BYTES = 2 * 1024**3


class Batches:
    """Batches of the training images of a store.

    The images form one endless stream, shuffled anew each epoch; `at(position, count)` is the piece that starts at
    `position`, the same whenever it is asked for. Stores up to `resident_bytes` live on the device; larger ones are
    gathered from disk, the next batch while the current one is used.
    """

    def __init__(
        self,
        store: ImageStore,
        config: DatasetConfig,
        seed: int,
        batch_size: int,
        device: torch.device,
        resident_bytes: int = _RESIDENT_BYTES,
    ) -> None:
        self._indices = training_indices(store, config)
        check_batch(config.name, batch_size, len(self._indices), store.shape.subject)
        self._seed, self._mirror, self._device = seed, config.mirror, device
        self._store, self._holdout = store, config.holdout
        self._epochs: dict[int, NDArray[np.int64]] = {}
        self._orders: dict[bool, NDArray[np.int64]] = {}
        self._labels = torch.from_numpy(store.labels[self._indices]).to(device)
        self._resident: Tensor | None = None
        self._loader: ThreadPoolExecutor | None = None
        self._loading: dict[tuple[int, int], Future[Tensor]] = {}
        if len(self._indices) * int(np.prod(store.images.shape[1:])) * store.images.itemsize <= resident_bytes:
            self._resident = torch.from_numpy(store.images[self._indices]).to(device)
        else:
            self._loader = ThreadPoolExecutor(1, thread_name_prefix="batches")

    @property
    def count(self) -> int:
        """Images in one epoch."""
        return len(self._indices)

    def at(self, position: int, count: int) -> tuple[Tensor, Tensor]:
        """Images float32 (count, C, H, W) in [-1, 1], channels-last, or points (count, 2) as they are, and classes
        int64 (count,), both on the device."""
        chosen = self._chosen(position, count)
        if self._resident is not None:
            pixels = self._resident.index_select(0, chosen.to(self._device))
        else:
            pixels = self._streamed(position, count).to(self._device, non_blocking=True)
        images = _scaled(pixels)
        if self._mirror:
            images = self._mirrored(images, position)
        return images, self._labels.index_select(0, chosen.to(self._device))

    def held_out(self, count: int) -> Tensor:
        """`count` images that training never sees, as `at` gives them; training images where none are kept."""
        _, kept_out = self._store.split(self._holdout)
        chosen = np.random.default_rng(_SHOWN_SEED).permutation(kept_out if len(kept_out) else self._indices)
        rows = np.sort(chosen[:count])
        return _scaled(torch.from_numpy(self._store.images[rows]).to(self._device))

    def excerpt(self, position: int, count: int, *, held_out: bool) -> tuple[Tensor, Tensor] | None:
        """`count` of the images that training sees, or of those it never sees, from `position` on in an endless fixed
        order, unmirrored, with their classes; None where none are held out. Training's own batches are not disturbed.
        """
        rows = self._store.split(self._holdout)[1] if held_out else self._indices
        if not len(rows):
            return None
        if held_out not in self._orders:
            self._orders[held_out] = np.random.default_rng(_SHOWN_SEED).permutation(rows)
        chosen = np.sort(self._orders[held_out][np.arange(position, position + count) % len(rows)])
        images = _scaled(torch.from_numpy(self._store.images[chosen]).to(self._device))
        return images, torch.from_numpy(self._store.labels[chosen]).to(self._device)

    def close(self) -> None:
        """End the loading thread, if there is one."""
        if self._loader is not None:
            self._loader.shutdown(wait=True, cancel_futures=True)

    def _chosen(self, position: int, count: int) -> Tensor:
        pieces = []
        while count:
            epoch, offset = divmod(position, len(self._indices))
            piece = self._epoch(epoch)[offset : offset + count]
            pieces.append(piece)
            position, count = position + len(piece), count - len(piece)
        return torch.from_numpy(pieces[0] if len(pieces) == 1 else np.concatenate(pieces))

    def _epoch(self, epoch: int) -> NDArray[np.int64]:
        order = self._epochs.get(epoch)
        if order is None:
            order = np.random.default_rng(stream_seed(self._seed, "epoch", epoch)).permutation(len(self._indices))
            # A new dict each time: the loading thread may be reading the old one.
            self._epochs = {e: kept for e, kept in self._epochs.items() if e >= epoch - 1} | {epoch: order}
        return order

    def _mirrored(self, images: Tensor, position: int) -> Tensor:
        coins = np.random.default_rng(stream_seed(self._seed, "mirror", position)).random(len(images)) < 0.5
        mask = torch.from_numpy(coins).to(images.device)[:, None, None, None]
        return torch.where(mask, images.flip(3), images)

    def _streamed(self, position: int, count: int) -> Tensor:
        """The piece at `position`, which is kept for a second play that asks for it, while the next is gathered."""
        assert self._loader is not None
        wanted = ((position, count), (position + count, count))
        self._loading = {
            piece: self._loading.get(piece) or self._loader.submit(self._gather, *piece) for piece in wanted
        }
        return self._loading[wanted[0]].result()

    def _gather(self, position: int, count: int) -> Tensor:
        rows = self._indices[self._chosen(position, count).numpy()]
        pixels = torch.from_numpy(self._store.images[rows])
        return pixels.pin_memory() if self._device.type == "cuda" else pixels


def _scaled(pixels: Tensor) -> Tensor:
    """uint8 (N, H, W, C) as float32 (N, C, H, W) in [-1, 1], channels-last; points (N, 2) as they are."""
    if pixels.dim() == 2:
        return pixels
    return pixels.permute(0, 3, 1, 2).to(torch.float32).mul_(2 / 255).sub_(1)
