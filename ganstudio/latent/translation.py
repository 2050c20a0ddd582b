"""A run's translator of images, ready to use. Imports torch; the window uses it in worker threads only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ganstudio.data.sources import fit
from ganstudio.errors import UserError
from ganstudio.game import SOURCE, TARGET, DataShape, Game
from ganstudio.latent.model import build_game
from ganstudio.training.checkpoint import load_networks, read_manifest
from ganstudio.training.sampling import to_pixels

Images = NDArray[np.uint8]
_BATCH = 64
_LARGEST_INPUT = 1024 * 1024


class TranslationModel:
    """An image-to-image game with networks to translate with: averaged or raw, of a checkpoint or a running trainer.

    `directions` are the domains that can be translated to, the default first; empty where there is one way only.
    `scale` is how many times as large as its input an output is. `shape` is the data's.
    """

    def __init__(self, game: Game, networks: Mapping[str, nn.Module], shape: DataShape, step: int) -> None:
        if game.translation is None:
            raise UserError("This run draws from latents: there is nothing that it could translate.")
        self._translation = game.translation
        self._networks = {**game.networks, **networks}
        self._device = next(parameter.device for network in networks.values() for parameter in network.parameters())
        self.shape, self.step, self.scale = shape, step, game.translation.scale
        self.directions = tuple(game.translation.directions)
        for network in self._networks.values():
            network.eval().requires_grad_(False)

    @staticmethod
    def load(checkpoint: Path, *, ema: bool = True) -> TranslationModel:
        """The networks of a checkpoint folder, on the CPU. RunFolderError when it is damaged, UserError when it is of a
        run that does not translate."""
        manifest = read_manifest(checkpoint)
        game = build_game(manifest.config, manifest.shape)
        networks = {name: game.networks[name] for name in game.ema}
        model = TranslationModel(game, networks, manifest.shape, manifest.cursor.step)
        load_networks(checkpoint, networks, prefix="ema." if ema else "")
        for network in networks.values():
            network.to(memory_format=torch.channels_last)
        return model

    def domain_of_inputs(self, direction: str | None = None) -> str:
        """The domain whose images are translated in a direction."""
        return TARGET if self._checked(direction) == SOURCE else SOURCE

    def accept(self, picture: Images) -> Images:
        """Any picture uint8 (H, W, 1 or 3) as an input: cropped and scaled to the side of the training images;
        where the model enlarges, as it is but for its channels. UserError when it is too large for that."""
        if self.scale == 1:
            return fit(picture, self.shape.resolution, self.shape.channels)
        height, width, channels = picture.shape
        if height * width > _LARGEST_INPUT:
            raise UserError(f"The picture of {width} x {height} px is too large to enlarge; use up to a megapixel.")
        if channels == self.shape.channels:
            return picture
        if channels == 1:
            return np.repeat(picture, 3, axis=2)
        luma = picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
        return luma.round().astype(np.uint8)[..., None]

    def as_inputs(self, images: Images) -> Images:
        """Images of the data uint8 (N, H, W, C) as inputs: the same, or as small as those that are enlarged."""
        return to_pixels(self._translation.as_input(self._tensor(images)))

    def translate(self, images: Images, direction: str | None = None) -> Images:
        """Inputs uint8 (N, H, W, C) as what they become: uint8 (N, scale x H, scale x W, C).

        `direction` is one of `directions`, the first unless given. UserError when there is no such way.
        """
        name = self._checked(direction)
        work = self._translation.translate if name is None else self._translation.directions[name]
        pieces = [self._run(work, images[start : start + _BATCH]) for start in range(0, len(images), _BATCH)]
        return np.concatenate(pieces)

    @torch.inference_mode()
    def _run(self, work: Any, images: Images) -> Images:
        return to_pixels(work(self._networks, self._tensor(images)))

    def _checked(self, direction: str | None) -> str | None:
        if direction is None:
            return self.directions[0] if self.directions else None
        if direction not in self.directions:
            known = f"to {' or '.join(self.directions)}" if self.directions else "in one direction only"
            raise UserError(f"This run does not translate to '{direction}'; it translates {known}.")
        return direction

    def _tensor(self, images: Images) -> Tensor:
        """Images uint8 (N, H, W, C) as float32 (N, C, H, W) in [-1, 1]."""
        return torch.tensor(images, device=self._device).permute(0, 3, 1, 2).to(torch.float32).mul(2 / 255).sub(1)
