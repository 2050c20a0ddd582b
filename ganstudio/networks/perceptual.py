"""Distances between deep features (Johnson et al. 2016; Ledig et al. 2017, equation 5)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganstudio.networks.mobilenet import as_imagenet, load_mobilenet

_LAYERS = (1, 3, 6, 13)


class PerceptualDistance(nn.Module):
    """Two batches of images (N, C, H, W) in [-1, 1] -> the mean squared distance of their features, a scalar.

    The features are MobileNetV2's, which the studio ships, in place of the paper's VGG19: of its last layers at 1/2,
    1/4, 1/8 and 1/16 of the side, whose distances are averaged.
    """

    def __init__(self) -> None:
        super().__init__()
        self.network = load_mobilenet()

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        ours, theirs = (self.network.maps(as_imagenet(images), _LAYERS) for images in (x, y))
        pairs = zip(ours, theirs, strict=True)
        distances = [(a.to(torch.float32) - b.to(torch.float32)).square().mean() for a, b in pairs]
        return torch.stack(distances).mean()
