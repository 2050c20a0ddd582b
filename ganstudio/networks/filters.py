"""The weights of a network as matrices, one row an output."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

Layer = nn.Conv2d | nn.ConvTranspose2d | nn.Linear | nn.Embedding


def layers(network: nn.Module, *, embeddings: bool = False) -> Iterator[Layer]:
    """The layers of `network` with filters: convolutions and linear maps, and embeddings if asked for."""
    for module in network.modules():
        if isinstance(module, nn.Embedding) and not embeddings:
            continue
        if isinstance(module, Layer):
            yield module


def free_weight(layer: Layer) -> Tensor:
    """The parameter behind the weight, whatever is made of it before it is used."""
    if not parametrize.is_parametrized(layer, "weight"):
        return layer.weight
    made_of = layer.get_submodule("parametrizations.weight")
    assert isinstance(made_of, parametrize.ParametrizationList)
    return made_of.original


def as_matrix(layer: Layer, weight: Tensor) -> Tensor:
    """`weight` of `layer` as (outputs, the rest)."""
    if isinstance(layer, nn.ConvTranspose2d):
        weight = weight.transpose(0, 1)
    return weight.flatten(1)


@torch.no_grad()
def start_orthogonal(layer: Layer) -> None:
    """Rows, or columns where there are fewer, that are orthonormal (Saxe et al. 2014, section 3)."""
    weight = free_weight(layer)
    matrix = nn.init.orthogonal_(torch.empty_like(as_matrix(layer, weight)))
    if isinstance(layer, nn.ConvTranspose2d):
        into, out, *kernel = weight.shape
        weight.copy_(matrix.view(out, into, *kernel).transpose(0, 1))
    else:
        weight.copy_(matrix.view_as(weight))
