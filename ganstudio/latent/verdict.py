"""What a discriminator thinks of an image, beside what it thinks of others of the same generator. Imports torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.config import ObjectiveConfig
from ganstudio.latent.anomaly import load_critic
from ganstudio.latent.model import LatentModel
from ganstudio.latent.sampling import latents
from ganstudio.losses.adversarial import LeastSquares, adversarial_loss
from ganstudio.networks.discriminator import Discriminator
from ganstudio.training.checkpoint import read_manifest

_OTHERS = 31
"""Samples among which an image is judged: their scores say what is usual."""


@dataclass(frozen=True)
class Verdict:
    """D's `score` of an image, and the scores between which four in five other samples lie.

    `middle` is the score that the loss puts between generated and real images; None where it fixes only differences of
    scores (Wasserstein, relativistic).
    """

    score: float
    usual: tuple[float, float]
    middle: float | None


class Critic:
    """The discriminator of a checkpoint, which judges what the generator of the same checkpoint makes."""

    def __init__(self, network: Discriminator, objective: ObjectiveConfig) -> None:
        self._network, self._middle = network, middle(objective)
        self._others: tuple[object, Tensor] | None = None

    @staticmethod
    def load(checkpoint: Path) -> Critic | None:
        """That of a checkpoint folder; None for a game without one of this shape. RunFolderError when damaged."""
        network = load_critic(checkpoint)
        return None if network is None else Critic(network, read_manifest(checkpoint).config.objective)

    @torch.inference_mode()
    def judge(
        self, model: LatentModel, made: Tensor, labels: NDArray[np.int64] | NDArray[np.float32] | None = None
    ) -> Verdict:
        """The verdict on one image (1, C, H, W) in [-1, 1], or point (1, 2), with its label (1, ...) where there are
        classes; of two that are mixed D is asked for the larger.

        It is judged in one batch with others of its class, for a discriminator may compare the images of a batch.
        """
        batch = torch.cat([made, self._made_by(model, labels)])
        y = None
        if labels is not None:
            number = int(labels[0] if labels.ndim == 1 else labels[0].argmax())
            y = torch.full((len(batch),), number, device=batch.device)
        scores = self._network(batch, y).to(torch.float32).cpu().numpy()
        low, high = np.quantile(scores[1:], [0.1, 0.9])
        return Verdict(float(scores[0]), (float(low), float(high)), self._middle)

    def _made_by(self, model: LatentModel, labels: NDArray[np.int64] | NDArray[np.float32] | None) -> Tensor:
        """Samples of the model, of the last class that was asked for."""
        key = (model, None if labels is None else labels[0].tobytes())
        if self._others is None or self._others[0] != key:
            z = torch.tensor(latents(0, _OTHERS, model.latent_size), device=model.device)
            same: Any = None if labels is None else np.repeat(labels[:1], len(z), axis=0)
            self._others = (key, model.generate(z, same))
        return self._others[1]


def middle(objective: ObjectiveConfig) -> float | None:
    """The score half-way between what a loss wants of generated and of real images; None where it wants none."""
    loss = adversarial_loss(objective)
    if isinstance(loss, LeastSquares):
        return (loss.a + loss.b) / 2
    return None if objective.loss in {"wasserstein", "relativistic"} else 0.0
