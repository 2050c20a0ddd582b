"""The start of the networks that play with points."""

from __future__ import annotations

import math

import pytest
import torch

from ganstudio.networks.mlp import PointDiscriminator, PointGenerator


@pytest.mark.parametrize("network", [PointDiscriminator(256, 3), PointGenerator(2, 256, 3)])
def test_that_layers_keep_the_size_of_what_passes_through(network: PointDiscriminator | PointGenerator) -> None:
    linear = [layer for layer in network.layers if isinstance(layer, torch.nn.Linear) and layer.out_features == 256]
    for layer in linear:
        assert layer.weight.std().item() == pytest.approx(math.sqrt(2 / 1.04 / layer.in_features), rel=0.1)
    kinks = (linear[0].bias.abs() / linear[0].weight.norm(dim=1)).detach()
    assert float((kinks > 1.5).float().mean()) > 0.1, "some kinks lie as far out as the outermost modes"
