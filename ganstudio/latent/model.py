"""A run's generator, ready to draw. Imports torch; the window uses it in worker threads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ganstudio.config import RunConfig
from ganstudio.errors import UserError
from ganstudio.game import GENERATOR, DataShape, Game
from ganstudio.latent.plane import draw_among
from ganstudio.latent.sampling import latent_batches, latents
from ganstudio.training.checkpoint import load_networks, read_manifest
from ganstudio.training.devices import seeded_build_lock
from ganstudio.training.sampling import to_pixels, to_points
from ganstudio.variants import VARIANTS

_CLOUD = 1000


def build_game(config: RunConfig, shape: DataShape) -> Game:
    """The game of a config with freshly initialised networks, apart from process-wide randomness."""
    with seeded_build_lock(), torch.random.fork_rng(devices=[]):
        return VARIANTS.get(config.variant.name).build(config, shape)


class LatentModel:
    """A game with networks to draw with: averaged or raw, of a checkpoint or of a running trainer."""

    def __init__(self, game: Game, networks: Mapping[str, nn.Module], step: int, classes: tuple[str, ...] = ()) -> None:
        self._game, self._networks = game, {**game.networks, **networks}
        self._device = next(parameter.device for network in networks.values() for parameter in network.parameters())
        self.step, self.classes = step, classes
        for network in self._networks.values():
            network.eval().requires_grad_(False)

    @staticmethod
    def load(checkpoint: Path, *, ema: bool = True) -> LatentModel:
        """The networks of a checkpoint folder, on the CPU. RunFolderError when it is damaged."""
        manifest = read_manifest(checkpoint)
        game = build_game(manifest.config, manifest.shape)
        if game.generate is None:
            raise UserError("This run translates images: it has no latents to draw from.")
        networks = {name: game.networks[name] for name in game.ema}
        load_networks(checkpoint, networks, prefix="ema." if ema else "")
        for network in networks.values():
            network.to(memory_format=torch.channels_last)
        if game.enter is not None:
            game.enter(game.phase(manifest.cursor, manifest.config.value), {**game.networks, **networks})
        return LatentModel(game, networks, manifest.cursor.step, manifest.classes)

    @property
    def latent_size(self) -> int:
        """Numbers in one latent."""
        return self._game.latent_size

    @property
    def num_classes(self) -> int:
        """Classes that can be asked for; 0 for a model without."""
        return self._game.num_classes

    @torch.inference_mode()
    def draw(
        self, z: NDArray[np.float32], labels: NDArray[np.int64] | NDArray[np.float32] | None = None
    ) -> NDArray[np.uint8]:
        """Latents (N, latent size) and, for a model with classes, labels (N,) int64, or shares of classes that mix them
        (N, num_classes) float32, as images uint8 (N, H, W, C)."""
        made = self._generate(z, labels)
        return draw_among(to_points(made), self._cloud) if self.makes_points else to_pixels(made)

    @property
    def makes_points(self) -> bool:
        """Whether it makes points in a plane in place of images; `draw` pictures each among others."""
        return self._game.subject == "points"

    @torch.inference_mode()
    def points(
        self, z: NDArray[np.float32], labels: NDArray[np.int64] | NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """What a model of points makes of latents and labels as `draw` takes them: points (N, 2)."""
        return to_points(self._generate(z, labels))

    @cached_property
    def _cloud(self) -> NDArray[np.float32]:
        """Points of all classes, among which others are pictured."""
        every = np.arange(_CLOUD, dtype=np.int64) % self.num_classes if self.num_classes else None
        return self.points(latents(0, _CLOUD, self.latent_size), every)

    @property
    def device(self) -> torch.device:
        """Where its networks are."""
        return self._device

    @property
    def generator(self) -> nn.Module:
        """The network that latents enter; its parameters are frozen."""
        return self._networks[GENERATOR]

    @cached_property
    def output_shape(self) -> tuple[int, ...]:
        """What one latent becomes: (C, H, W), or (2,) for a point."""
        with torch.no_grad():
            return tuple(self.generate(torch.zeros(1, self.latent_size, device=self._device)).shape[1:])

    def generate(self, z: Tensor, labels: NDArray[np.int64] | NDArray[np.float32] | None = None) -> Tensor:
        """Latents (N, latent size) on its device as images (N, C, H, W) in [-1, 1], or points (N, 2), with the graph
        that leads back to `z`. `labels` as `draw` takes them; without them, class 0."""
        y = None
        if self.num_classes:
            y = torch.tensor(np.zeros(len(z), np.int64) if labels is None else labels, device=self._device)
        generate = self._game.generate
        assert generate is not None, "an image-to-image run translates"
        return generate(self._networks, z, y)

    def _generate(self, z: NDArray[np.float32], labels: NDArray[Any] | None) -> Tensor:
        return self.generate(torch.tensor(z, device=self._device), labels)

    def samples(
        self, count: int, seed: int, label: int | None = None, batch: int = 250, in_a_row: int = 1
    ) -> Iterator[tuple[NDArray[Any], NDArray[np.int64] | None]]:
        """`count` images, or points, in batches, with their classes where there are any: `label`, or all classes in
        turn, each so many times `in_a_row`."""
        if label is not None and not self.num_classes:
            raise UserError("This run has no classes to choose from.")
        if label is not None and not 0 <= label < self.num_classes:
            raise UserError(f"There is no class {label}; this run has {self.num_classes}, from 0.")
        make = self.points if self.makes_points else self.draw
        done = 0
        for z in latent_batches(seed, count, self.latent_size, batch):
            labels = None
            if self.num_classes:
                turn = np.arange(done, done + len(z), dtype=np.int64) // in_a_row % self.num_classes
                labels = turn if label is None else np.full(len(z), label, np.int64)
            yield make(z, labels), labels
            done += len(z)
