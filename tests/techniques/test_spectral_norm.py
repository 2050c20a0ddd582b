"""Spectral norm against singular values from a decomposition."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from torch import nn

from ganstudio.game import DISCRIMINATOR, GENERATOR, DataShape
from ganstudio.networks.filters import as_matrix, free_weight, layers
from ganstudio.networks.layers import play_aware
from ganstudio.networks.spectral import SpectralNorm, add_spectral_norm
from tests.helpers import assembled, tiny


def no_numbers(stream: str) -> None:
    return None


def normalised(layer: nn.Module) -> nn.Sequential:
    network = nn.Sequential(layer)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        add_spectral_norm(network, embeddings=True)
    return network


LAYERS = {
    "dense": lambda: nn.Linear(7, 5),
    "convolution": lambda: nn.Conv2d(3, 6, 4, 2, 1),
    "transposed": lambda: nn.ConvTranspose2d(3, 6, 4, 2, 1),
    "embedding": lambda: nn.Embedding(4, 9),
}


@pytest.mark.parametrize("kind", LAYERS)
def test_that_after_many_plays_the_largest_singular_value_is_one(kind: str) -> None:
    torch.manual_seed(0)
    network = normalised(LAYERS[kind]())
    layer = network[0]
    original = as_matrix(layer, free_weight(layer)).detach().double()
    for _ in range(300):
        for each in play_aware(network):
            each.begin_play(True, no_numbers)
    weight = as_matrix(layer, layer.weight).detach().double()
    assert torch.linalg.svdvals(weight)[0].item() == pytest.approx(1.0, rel=1e-5)
    torch.testing.assert_close(weight, original / torch.linalg.svdvals(original)[0], rtol=1e-4, atol=1e-6)


def test_that_a_transposed_convolution_counts_its_outputs_as_rows() -> None:
    layer = nn.ConvTranspose2d(3, 6, 4)
    assert as_matrix(layer, layer.weight).shape == (6, 3 * 16)
    torch.testing.assert_close(as_matrix(layer, layer.weight)[2], layer.weight[:, 2].flatten())


def test_that_one_play_is_one_power_iteration_and_none_of_others() -> None:
    torch.manual_seed(0)
    network = normalised(nn.Linear(7, 5))
    (norm,) = (module for module in network.modules() if isinstance(module, SpectralNorm))
    matrix = free_weight(network[0]).detach().double()
    u = norm.u.double()
    v = matrix.T @ u / (matrix.T @ u).norm()
    u = matrix @ v / (matrix @ v).norm()
    norm.begin_play(True, no_numbers)
    torch.testing.assert_close(norm.u.double(), u, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(norm.v.double(), v, rtol=1e-5, atol=1e-6)
    before = norm.u.clone()
    norm.begin_play(False, no_numbers)
    network(torch.ones(2, 7))
    assert torch.equal(norm.u, before)


def test_that_the_gradient_passes_through_the_norm() -> None:
    """Of f(W / sigma(W)) by W with u and v held: central differences in float64."""
    torch.manual_seed(0)
    network = normalised(nn.Linear(4, 3, bias=False)).double()
    layer, x = network[0], torch.randn(5, 4, dtype=torch.float64)
    weight = free_weight(layer)

    def value() -> torch.Tensor:
        return network(x).square().sum()

    value().backward()
    assert weight.grad is not None
    for place in range(4):
        slope = []
        for sign in (1, -1):
            with torch.no_grad():
                weight.view(-1)[place] += sign * 1e-6
                slope.append(value().item())
                weight.view(-1)[place] -= sign * 1e-6
        assert weight.grad.view(-1)[place].item() == pytest.approx((slope[0] - slope[1]) / 2e-6, rel=1e-5, abs=1e-8)


def test_that_scaling_a_weight_changes_nothing() -> None:
    network = normalised(nn.Linear(4, 3))
    x = torch.ones(2, 4)
    with torch.no_grad():
        before = network(x)
        free_weight(network[0]).mul_(7.0)
        torch.testing.assert_close(network(x), before)


def test_that_a_weight_of_zeros_starts_elsewhere() -> None:
    layer = nn.Linear(4, 4)
    nn.init.zeros_(layer.weight)
    network = normalised(layer)
    assert torch.linalg.svdvals(layer.weight.detach())[0].item() == pytest.approx(1.0, rel=1e-4)
    network(torch.ones(1, 4)).sum().backward()
    gradient = free_weight(layer).grad
    assert gradient is not None
    assert gradient.abs().max() < 10


def test_that_a_copy_normalises_by_itself() -> None:
    network = normalised(nn.Linear(4, 3))
    other = copy.deepcopy(network)
    with torch.no_grad():
        free_weight(other[0]).add_(1.0)
    before = network[0].weight.detach().clone()
    for each in play_aware(other):
        each.begin_play(True, no_numbers)
    assert torch.equal(network[0].weight, before)
    (mine,), (theirs,) = ([m for m in n.modules() if isinstance(m, SpectralNorm)] for n in (network, other))
    assert theirs._layer[0] is other[0]
    assert not torch.equal(mine.u, theirs.u)


@pytest.mark.parametrize("variant", ["dcgan", "r3gan"])
def test_that_every_layer_of_d_is_normalised_and_follows_d_only(variant: str) -> None:
    trainer = assembled(tiny(variant, techniques__spectral_norm__discriminator=True), DataShape(8, 1))
    network = trainer._game.networks[DISCRIMINATOR]
    found = list(layers(network, embeddings=True))
    assert found
    assert all(hasattr(layer, "parametrizations") for layer in found)
    assert not any(isinstance(module, SpectralNorm) for module in trainer._game.networks[GENERATOR].modules())

    def vectors() -> list[torch.Tensor]:
        return [value.clone() for key, value in network.state_dict().items() if key.endswith((".u", ".v"))]

    before = vectors()
    trainer._play_next()
    after = vectors()
    # A layer of one output has one singular vector only, which is found at once.
    moved = [not torch.equal(a, b) for a, b in zip(before, after, strict=True) if a.numel() > 1]
    assert sum(moved) >= len(moved) / 2
    trainer._play_next()
    assert all(torch.equal(a, b) for a, b in zip(after, vectors(), strict=True))


def test_that_checkpoints_hold_the_vectors(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    from ganstudio.training import checkpoint
    from tests.helpers import train

    config = tiny(
        "vanilla", techniques__spectral_norm__discriminator=True, dataset__name="mnist-10k", training__steps=1
    )
    train(config, tmp_path)
    names = load_file(checkpoint.checkpoint_folder(tmp_path, 1) / "networks.safetensors")
    assert sum(name.endswith(".u") for name in names) == 3
