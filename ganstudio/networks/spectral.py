"""Spectral norm: weights divided by their largest singular value (Miyato et al. 2018)."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrize

from ganstudio.networks.filters import Layer, as_matrix, free_weight, layers, start_orthogonal
from ganstudio.networks.layers import PlayAware

_FIRST_ITERATIONS = 15


class SpectralNorm(PlayAware):
    """weight -> weight / sigma, sigma = u W v, of the matrix W (outputs, the rest) of `layer` (equations 8 to 10).

    u and v follow W's first singular vectors by one power iteration before each play of the layer's own network
    (algorithm 1); in plays of others they stand still. Gradients pass through sigma, not through u and v.
    """

    u: Tensor
    v: Tensor

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self._layer = (layer,)  # in a tuple: a part of the layer must not hold it as a part of its own
        matrix = as_matrix(layer, free_weight(layer))
        self.register_buffer("u", F.normalize(torch.randn(matrix.shape[0]), dim=0))
        self.register_buffer("v", F.normalize(torch.randn(matrix.shape[1]), dim=0))
        for _ in range(_FIRST_ITERATIONS):
            self._iterate()

    def begin_play(self, plays: bool, random: Callable[[str], torch.Generator | None]) -> None:
        if plays:
            self._iterate()

    def forward(self, weight: Tensor) -> Tensor:
        matrix = as_matrix(self._layer[0], weight)
        # By elements: a matrix product would be rounded to bfloat16 in a pass that computes in it.
        sigma = (self.u * (matrix * self.v).sum(dim=1)).sum()
        return weight / sigma

    @torch.no_grad()
    def _iterate(self) -> None:
        matrix = as_matrix(self._layer[0], free_weight(self._layer[0]))
        self.v.copy_(F.normalize(matrix.T @ self.u, dim=0))
        self.u.copy_(F.normalize(matrix @ self.v, dim=0))


def add_spectral_norm(network: nn.Module, *, embeddings: bool) -> None:
    """Normalise every convolution and linear map of `network`, and every embedding if asked for.

    A weight that starts at zero has no direction to normalise, and starts as an orthogonal matrix instead.
    """
    for layer in list(layers(network, embeddings=embeddings)):
        if not bool(layer.weight.any()):
            start_orthogonal(layer)
        parametrize.register_parametrization(layer, "weight", SpectralNorm(layer))
