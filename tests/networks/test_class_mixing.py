from __future__ import annotations

import pytest
import torch

from ganstudio.game import DISCRIMINATOR, GENERATOR, DataShape
from ganstudio.networks.layers import ClassEmbedding, class_shares
from ganstudio.variants import VARIANTS
from tests.helpers import VARIANT_NAMES, tiny

CLASSES = 3
CONDITIONAL = [name for name in VARIANT_NAMES if "variant.conditional" not in VARIANTS.get(name).unused]


def test_that_shares_of_classes_give_the_mean_of_their_vectors() -> None:
    table = ClassEmbedding(CLASSES, 4)
    mixed = table(torch.tensor([[0.25, 0.0, 0.75]]))
    assert torch.allclose(mixed[0], 0.25 * table.weight[0] + 0.75 * table.weight[2])
    assert torch.equal(class_shares(torch.tensor([2]), CLASSES, torch.float32), torch.tensor([[0.0, 0.0, 1.0]]))


@pytest.mark.parametrize("subject", ["images", "points"])
@pytest.mark.parametrize("conditioning", ["joined", "projection"])
@pytest.mark.parametrize("variant", CONDITIONAL)
def test_that_a_whole_share_is_the_class_and_halves_lie_apart_from_both(
    variant: str, conditioning: str, subject: str
) -> None:
    torch.manual_seed(0)
    shape = DataShape(32, 1, CLASSES) if subject == "images" else DataShape(1, 2, CLASSES, "points")
    config = tiny(
        variant, dataset__name="mnist-10k" if subject == "images" else "8-gaussians", variant__conditional=True,
        variant__conditioning=conditioning,
    )  # fmt: skip
    game = VARIANTS.get(variant).build(config, shape)
    for network in game.networks.values():
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, 0.0, 0.3)  # class-conditional norms start alike for all classes
        network.eval()
    z = torch.randn(2, game.latent_size)
    generate, seen = game.generate, torch.randn(2, shape.channels, 32, 32) if subject == "images" else torch.randn(2, 2)
    assert generate is not None

    def both(y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return generate(game.networks, z, y), game.networks[DISCRIMINATOR](seen, y)

    whole = torch.nn.functional.one_hot(torch.tensor([0, 2]), CLASSES).float()
    for ours, theirs in zip(both(whole), both(torch.tensor([0, 2])), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-5)
    half = torch.tensor([[0.5, 0.0, 0.5]] * 2)
    assert GENERATOR in game.networks
    ends = [both(torch.tensor([label, label]))[0] for label in (0, 2)]
    for end in ends:
        assert not torch.allclose(both(half)[0], end, atol=1e-4)
