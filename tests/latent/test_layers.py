"""The inside of a generator: its layers, their maps, and channels that are made louder or mute."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ganstudio.errors import UserError
from ganstudio.latent.layers import Layer, channel_maps, layers, scaled
from ganstudio.latent.sampling import latents
from tests.latent.every_model import CASES, LATENT_SIZE, model_of


@pytest.mark.parametrize("case", CASES)
def test_that_the_layers_of_every_variant_have_maps(case: str) -> None:
    model, z = model_of(case), latents(0, 2, LATENT_SIZE)
    found = layers(model)
    assert len({layer.name for layer in found}) == len(found) >= 2
    for layer in (found[0], found[-1]):
        maps = channel_maps(model, layer.name, z)
        assert maps.shape == (2, layer.channels, layer.height, layer.width)
        assert maps.dtype == np.float32


def test_that_layers_are_listed_as_they_are_passed() -> None:
    base = 7 * 7 * 8
    assert layers(model_of("dcgan")) == [Layer("project", base), Layer("grow.0", 4, 14, 14), Layer("last", 1, 28, 28)]


def test_that_a_channel_shows_what_the_layer_makes() -> None:
    model, z = model_of("dcgan"), latents(0, 3, LATENT_SIZE)
    last = channel_maps(model, "last", z)
    drawn = model.generate(torch.tensor(z)).detach().numpy()
    np.testing.assert_allclose(np.tanh(last), drawn, atol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_that_a_mute_layer_changes_the_image_and_is_restored(case: str) -> None:
    model, z = model_of(case), latents(0, 2, LATENT_SIZE)
    state = {name: value.clone() for name, value in model.generator.state_dict().items()}
    with torch.no_grad():
        before = model.generate(torch.tensor(z))
        layer = layers(model)[-1]
        with scaled(model, {layer.name: dict.fromkeys(range(layer.channels), 0.0)}):
            mute = model.generate(torch.tensor(z))
        after = model.generate(torch.tensor(z))
    assert not torch.equal(before, mute)
    assert torch.equal(before, after)
    assert all(torch.equal(value, state[name]) for name, value in model.generator.state_dict().items())


def test_that_scaling_a_channel_is_scaling_its_weights() -> None:
    model, z = model_of("vanilla"), torch.tensor(latents(0, 2, LATENT_SIZE))
    layer = model.generator.get_submodule("layers.2")
    assert isinstance(layer, nn.Linear)
    with torch.no_grad(), scaled(model, {"layers.2": {3: 2.5}}):
        hooked = model.generate(z)
    kept = layer.weight.clone(), layer.bias.clone()
    layer.weight.data[3] *= 2.5
    layer.bias.data[3] *= 2.5
    with torch.no_grad():
        by_hand = model.generate(z)
    layer.weight.data, layer.bias.data = kept
    torch.testing.assert_close(hooked, by_hand)


def test_that_channels_are_restored_when_drawing_fails() -> None:
    model = model_of("dcgan")
    hooks = [len(module._forward_hooks) for module in model.generator.modules()]
    with pytest.raises(ZeroDivisionError), scaled(model, {"grow.0": {1: 0.0}}):
        raise ZeroDivisionError
    assert [len(module._forward_hooks) for module in model.generator.modules()] == hooks


def test_that_a_layer_or_a_channel_that_is_not_there_is_refused() -> None:
    model = model_of("dcgan")
    with pytest.raises(UserError, match=r"no layer named 'grow\.7'"):
        channel_maps(model, "grow.7", latents(0, 1, LATENT_SIZE))
    with pytest.raises(UserError, match="no channel 4; it has 4"), scaled(model, {"grow.0": {4: 0.0}}):
        pass
