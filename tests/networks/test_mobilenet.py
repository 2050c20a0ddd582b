"""The network whose features are compared: it is MobileNetV2, with the weights that the studio ships."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors import safe_open

from ganstudio.networks.mobilenet import MobileNetV2, as_imagenet, load_mobilenet
from ganstudio.networks.perceptual import PerceptualDistance
from ganstudio.paths import resource

KNOWN = {"soccer-ball": 805, "hourglass-done": 604, "umbrella": 879, "ambulance": 407}
"""Emoji and the number that ImageNet gives to what they show."""


@pytest.fixture(scope="module")
def network() -> MobileNetV2:
    return load_mobilenet()


def test_that_every_shipped_weight_is_used(network: MobileNetV2) -> None:
    with safe_open(resource("weights", "mobilenet-v2-imagenet.safetensors"), "pt") as file:
        shipped = {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118 - no mapping
    assert {key: tuple(value.shape) for key, value in network.state_dict().items()} == shipped
    assert sum(parameter.numel() for parameter in network.parameters()) == 3_504_872
    assert not network.training and not any(parameter.requires_grad for parameter in network.parameters())


def test_that_it_recognises_what_it_was_trained_on(network: MobileNetV2) -> None:
    with np.load(resource("data", "emoji-noto.npz"), allow_pickle=False) as archive:
        names = archive["names"].tolist()
        pixels = np.stack([archive["images"][names.index(name)] for name in KNOWN])
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1
    with torch.no_grad():
        found = network(as_imagenet(F.interpolate(images, size=224, mode="bilinear"))).argmax(dim=1)
    assert found.tolist() == list(KNOWN.values())


def test_that_feature_maps_are_halved_five_times(network: MobileNetV2) -> None:
    with torch.no_grad():
        maps = network.maps(torch.zeros(2, 3, 64, 64), (1, 3, 6, 13, 18))
        whole = network.features(torch.zeros(2, 3, 64, 64))
    assert [tuple(each.shape[1:]) for each in maps] == [
        (16, 32, 32), (24, 16, 16), (32, 8, 8), (96, 4, 4), (1280, 2, 2),
    ]  # fmt: skip
    assert torch.equal(maps[-1], whole)


def test_that_images_are_normalised_as_imagenets() -> None:
    black, white = as_imagenet(torch.full((1, 1, 2, 2), -1.0)), as_imagenet(torch.full((1, 3, 2, 2), 1.0))
    assert black[0, :, 0, 0].tolist() == pytest.approx([-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225])
    assert white[0, :, 1, 1].tolist() == pytest.approx([0.515 / 0.229, 0.544 / 0.224, 0.594 / 0.225])


def test_that_a_perceptual_distance_is_zero_for_equals_only_and_leads_back_to_the_image() -> None:
    distance = PerceptualDistance()
    random = torch.Generator().manual_seed(1)
    x, y = torch.rand((2, 2, 3, 32, 32), generator=random).mul(2).sub(1)
    assert float(distance(x, x)) == 0.0
    x = x.clone().requires_grad_(True)
    apart = distance(x, y)
    apart.backward()
    assert float(apart.detach()) > 0.01
    assert x.grad is not None and float(x.grad.abs().max()) > 0


def test_that_a_perceptual_distance_is_the_mean_over_layers_of_mean_squares(network: MobileNetV2) -> None:
    random = torch.Generator().manual_seed(2)
    x, y = torch.rand((2, 1, 3, 32, 32), generator=random).mul(2).sub(1)
    squares = []
    for count in (2, 4, 7, 14):
        cut = network.features[:count]
        squares.append(float((cut(as_imagenet(x)) - cut(as_imagenet(y))).square().mean()))
    assert float(PerceptualDistance()(x, y)) == pytest.approx(sum(squares) / 4, rel=1e-5)
