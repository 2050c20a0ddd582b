"""The double buffer through which a frozen copy of the averaged networks leaves the training thread."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import nn

from ganstudio.networks.layers import Growing


class Preview:
    """Two copies of the networks: the trainer overwrites one while the preview worker reads the other.

    `publish` never waits for the reader: when both copies are taken it does nothing, and the reader keeps the last.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: list[dict[str, nn.Module]] = []
        self._steps = [0, 0]
        self._latest: int | None = None
        self._reading: int | None = None

    def publish(self, networks: Mapping[str, nn.Module], step: int) -> None:
        """The trainer's side: copy `networks` as they are after `step`."""
        if not self._slots:
            self._slots = [frozen_copy(networks), frozen_copy(networks)]
        with self._lock:
            slot = 1 - self._latest if self._latest is not None else 0
            if slot == self._reading:
                return
        copy_into(networks, self._slots[slot])
        with self._lock:
            self._steps[slot], self._latest = step, slot

    @contextmanager
    def read(self) -> Iterator[tuple[dict[str, nn.Module], int] | None]:
        """The reader's side: the newest networks and their step; None when nothing has been published."""
        with self._lock:
            slot = self._reading = self._latest
        try:
            yield None if slot is None else (self._slots[slot], self._steps[slot])
        finally:
            with self._lock:
                self._reading = None

    @property
    def step(self) -> int | None:
        """The step of the newest copy; None when nothing has been published."""
        with self._lock:
            return None if self._latest is None else self._steps[self._latest]


def frozen_copy(networks: Mapping[str, nn.Module]) -> dict[str, nn.Module]:
    """Copies of networks as they are, in evaluation mode; nothing is shared."""
    return {name: copy.deepcopy(network).eval().requires_grad_(False) for name, network in networks.items()}


@torch.no_grad()
def copy_into(networks: Mapping[str, nn.Module], target: Mapping[str, nn.Module]) -> None:
    """Bring copies made by `frozen_copy` up to date."""
    for name, network in networks.items():
        for mine, theirs in zip(target[name].state_dict().values(), network.state_dict().values(), strict=True):
            mine.copy_(theirs)
        copied = target[name]
        if isinstance(network, Growing) and isinstance(copied, Growing):
            copied.stage = network.stage
