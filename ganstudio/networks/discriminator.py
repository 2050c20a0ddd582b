"""What all discriminators of latent games share: features, then a head that scores them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor, nn

from ganstudio.networks.layers import BatchNorm2d, ClassPlane, ClassScore, Dropout
from ganstudio.networks.minibatch import MinibatchDeviation, MinibatchDiscrimination
from ganstudio.networks.normalisation import NormName


@dataclass(frozen=True, kw_only=True)
class CriticOptions:
    """The parts of a discriminator that can be picked apart from its body."""

    norm: NormName = "none"
    num_classes: int = 0
    conditioning: Literal["joined", "projection"] = "projection"
    minibatch: Literal["none", "discrimination", "deviation"] = "none"
    kernels: int = 100
    dims: int = 5
    group: int = 4
    dropout: float = 0.0

    @property
    def joined_classes(self) -> int:
        """Classes that are appended to the input; 0 where they enter by projection, or not at all."""
        return self.num_classes if self.conditioning == "joined" else 0


PLAIN = CriticOptions()


class Head(nn.Module):
    """Features (N, F) and classes (N,) -> logits (N,): dropout, the minibatch layer, a linear score; and, by
    projection, how well the features suit the class."""

    def __init__(self, features: int, options: CriticOptions) -> None:
        super().__init__()
        self.dropout = Dropout(options.dropout) if options.dropout else None
        self.minibatch: MinibatchDiscrimination | MinibatchDeviation | None = None
        wide = features
        if options.minibatch == "discrimination":
            self.minibatch = MinibatchDiscrimination(features, options.kernels, options.dims)
            wide += options.kernels
        elif options.minibatch == "deviation":
            self.minibatch = MinibatchDeviation(options.group)
            wide += 1
        self.score = nn.Linear(wide, 1)
        projects = options.num_classes and options.conditioning == "projection"
        self.label = ClassScore(options.num_classes, features) if projects else None

    def forward(self, features: Tensor, y: Tensor | None = None) -> Tensor:
        if self.dropout is not None:
            features = self.dropout(features)
        seen = features if self.minibatch is None else torch.cat([features, self.minibatch(features)], dim=1)
        logits: Tensor = self.score(seen).squeeze(1)
        return logits if self.label is None or y is None else logits + self.label(features, y)


class Discriminator(nn.Module):
    """Images (N, C, H, W), or points (N, 2), and classes (N,) -> logits (N,).

    A subclass makes `features` (N, F) and sets `head`. `stages` are its layers from the input on, which can be held
    still one after the other.
    """

    tells_features = True
    head: Head

    def features(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """The features (N, F) that the head scores."""
        raise NotImplementedError

    def stages(self) -> list[nn.Module]:
        """Layers with weights, from the input on."""
        return [module for module in self.modules() if isinstance(module, nn.Conv2d | nn.Linear)]

    def forward(
        self, x: Tensor, y: Tensor | None = None, *, with_features: bool = False
    ) -> Tensor | tuple[Tensor, Tensor]:
        features = self.features(x, y)
        logits: Tensor = self.head(features, y)
        return (logits, features) if with_features else logits

    @cached_property
    def per_sample(self) -> bool:
        """Whether a sample's score is free of the rest of its batch."""
        mixing = (BatchNorm2d, MinibatchDiscrimination, MinibatchDeviation)
        return not any(isinstance(module, mixing) for module in self.modules())


class ConvolutionalDiscriminator(Discriminator):
    """Images (N, C, H, W) -> logits (N,): `layers` one after the other, flattened for the head.

    A joined class enters the image as a learned plane, so that the first layer takes `inputs` channels.
    """

    layers: nn.Sequential

    def __init__(self, resolution: int, channels: int, options: CriticOptions) -> None:
        super().__init__()
        self.label = ClassPlane(options.joined_classes, resolution) if options.joined_classes else None
        self.inputs = channels + (self.label is not None)

    def features(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        if self.label is not None and y is not None:
            x = self.label(x, y)
        features: Tensor = self.layers(x).flatten(1)
        return features
