"""Layers of D that see the whole batch: samples that are all alike give themselves away."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MinibatchDiscrimination(nn.Module):
    """Features (N, F) -> closeness to the other samples (N, kernels): o_i = b + sum_{j != i} exp(-||M_i - M_j||_1).

    M = features x T, T of (F, kernels, dims) (Salimans et al. 2016, section 3.2).
    """

    def __init__(self, features: int, kernels: int = 100, dims: int = 5) -> None:
        super().__init__()
        self.kernels, self.dims = kernels, dims
        self.weight = nn.Parameter(torch.randn(features, kernels * dims) * 0.05)
        self.bias = nn.Parameter(torch.zeros(kernels))

    def forward(self, features: Tensor) -> Tensor:
        m = (features @ self.weight.to(features.dtype)).view(-1, self.kernels, self.dims)
        distances = (m.unsqueeze(0) - m.unsqueeze(1)).abs().sum(3)
        others = 1.0 - torch.eye(len(m), device=m.device, dtype=m.dtype).unsqueeze(2)
        return torch.sum(torch.exp(-distances) * others, dim=1) + self.bias.to(m.dtype)


class MinibatchDeviation(nn.Module):
    """Features (N, F) -> (N, 1): the mean standard deviation over groups of samples (Karras et al. 2018, section 3).

    A batch that the group does not divide is taken as groups of its largest divisor up to it.
    """

    def __init__(self, group: int = 4) -> None:
        super().__init__()
        self.group = group

    def forward(self, features: Tensor) -> Tensor:
        count = len(features)
        size = next(size for size in range(min(self.group, count), 0, -1) if count % size == 0)
        groups = features.flatten(1).view(size, count // size, -1)
        variance = (groups - groups.mean(dim=0)).square().mean(dim=0)  # a quarter of the time of `var`
        deviation = (variance + 1e-8).sqrt().mean(dim=1, keepdim=True)
        return deviation.repeat(size, 1)
