"""Layers that more than one network uses, and their initialisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.game import stages


@dataclass(frozen=True)
class Stage:
    """How far networks have grown: `level` doublings beyond 4 px, of which the last has the share `fade` in (0, 1]."""

    level: int
    fade: float = 1.0

    @property
    def resolution(self) -> int:
        """Side of the images in pixels."""
        return int(4 * 2**self.level)


def growth(resolution: int) -> tuple[int, int]:
    """(base, doublings) of a resolution that a variant takes."""
    found = stages(resolution)
    assert found is not None, "Variant.check refuses resolutions that networks cannot reach"
    return found


class Growing(nn.Module):
    """A network with a stage, which is no parameter but part of what it computes; whoever runs it sets the stage."""

    stage: Stage


class PlayAware(nn.Module):
    """A layer whose behaviour depends on who plays; `begin_play` is called before each play."""

    def begin_play(self, plays: bool, random: Callable[[str], torch.Generator | None]) -> None:
        """`plays`: whether the layer's network is trained in this play. `random` gives the play's named generators."""
        raise NotImplementedError


class BatchNorm2d(nn.BatchNorm2d, PlayAware):
    """Batch norm whose running statistics can stand still while the batch's own are used (`tracks`).

    A network that is only passed through, D in a generator play or G in a discriminator play, must not move its
    statistics (Ioffe & Szegedy 2015 for the layer).
    """

    tracks: bool = True

    def begin_play(self, plays: bool, random: Callable[[str], torch.Generator | None]) -> None:
        self.tracks = plays

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        if self.training and not self.tracks:
            return F.batch_norm(input, None, None, self.weight, self.bias, True, 0.0, self.eps)
        return super().forward(input)


class Dropout(PlayAware):
    """Drops a share of its input's entries, drawn from the play's own generator (Srivastava et al. 2014)."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        self._generator: torch.Generator | None = None

    def begin_play(self, plays: bool, random: Callable[[str], torch.Generator | None]) -> None:
        self._generator = random("dropout")

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.share:
            return x
        kept = torch.rand(x.shape, generator=self._generator, device=x.device) >= self.share
        return x * kept.to(x.dtype) / (1.0 - self.share)

    def __deepcopy__(self, memo: dict[int, object]) -> Dropout:
        return Dropout(self.share).train(self.training)


def play_aware(network: nn.Module) -> list[PlayAware]:
    """The layers of `network` that must be told who plays."""
    return [module for module in network.modules() if isinstance(module, PlayAware)]


def class_shares(y: Tensor, num_classes: int, dtype: torch.dtype) -> Tensor:
    """Classes (N,) int64 as one-hot rows (N, num_classes); rows of shares, which mix classes, stay as they are."""
    return y.to(dtype) if y.dim() == 2 else F.one_hot(y, num_classes).to(dtype)


def join_class(z: Tensor, y: Tensor, num_classes: int) -> Tensor:
    """Latents (N, L) with the one-hot class appended: (N, L + num_classes) (Mirza & Osindero 2014)."""
    return torch.cat([z, class_shares(y, num_classes, z.dtype)], dim=1)


class ClassEmbedding(nn.Embedding):
    """A learned vector of each class: (N,) int64 -> (N, F); of shares of classes (N, num_classes), their mean."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        return super().forward(input) if input.dim() == 1 else input.to(self.weight.dtype) @ self.weight


class ClassPlane(nn.Module):
    """Appends the class to images as one learned plane: (N, C, H, W) -> (N, C + 1, H, W) (Mirza & Osindero 2014)."""

    def __init__(self, num_classes: int, resolution: int) -> None:
        super().__init__()
        self.embedding = ClassEmbedding(num_classes, resolution * resolution)
        nn.init.normal_(self.embedding.weight, 0.0, 0.5)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        plane = self.embedding(y).view(len(x), 1, x.shape[2], x.shape[3])
        return torch.cat([x, plane.to(x.dtype)], dim=1)


class ClassScore(nn.Module):
    """How well features (N, F) suit a class, (N,): <embedding(y), features> (Miyato & Koyama 2018, equation 4)."""

    def __init__(self, num_classes: int, features: int) -> None:
        super().__init__()
        self.embedding = ClassEmbedding(num_classes, features)
        nn.init.normal_(self.embedding.weight, 0.0, features**-0.5)

    def forward(self, features: Tensor, y: Tensor) -> Tensor:
        product: Tensor = (self.embedding(y).to(features.dtype) * features).sum(dim=1)
        return product


def init_dcgan(network: nn.Module) -> None:
    """N(0, .02) weights, N(1, .02) scales of norms, zero biases (Radford et al. 2016, section 4)."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(module.weight, 0.0, 0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d) and module.affine:
            nn.init.normal_(module.weight, 1.0, 0.02)
            nn.init.zeros_(module.bias)


def init_glorot(network: nn.Module) -> None:
    """Uniform weights within +-sqrt(6 / (inputs + outputs)), zero biases (Glorot & Bengio 2010, equation 16)."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def init_kaiming(network: nn.Module, slope: float) -> None:
    """He initialisation for LeakyReLU of this slope, zero biases (He et al. 2015, section 2.2)."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, a=slope)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
