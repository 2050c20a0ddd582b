"""What one round does and does not touch: gradients, statistics, averages, penalties, devices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from torch import Tensor, nn

from ganstudio.game import DISCRIMINATOR, GENERATOR, SOURCE, Cursor, DataShape
from ganstudio.training.door import PlayDoor
from ganstudio.training.ema import Ema, ema_decay
from ganstudio.training.optimizers import is_fused
from ganstudio.training.trainer import Trainer
from tests.helpers import LATENT_NAMES, PRECISIONS, VARIANT_NAMES, RandomBatches, assembled, tiny

OTHER = {DISCRIMINATOR: GENERATOR, GENERATOR: DISCRIMINATOR}


def play(trainer: Trainer, player: str) -> None:
    """One play of one player."""
    trainer._play(trainer._game.phase(trainer._cursor, trainer.setting), player, 0)


def draw_on_device(trainer: Trainer) -> str:
    """The type of the device on which the averaged networks draw the grid."""
    game, networks = trainer._game, {**trainer._game.networks, **trainer._ema.networks}
    if game.translation is not None:
        images = {domain: trainer._data[domain].at(0, 2)[0] for domain in game.domains}
        (device,) = {column.device.type for column in game.translation.show(networks, images)}
        return device
    assert game.generate is not None
    return game.generate(networks, trainer._fixed.z, trainer._fixed.y).device.type


def copies(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


@contextmanager
def passes(network: nn.Module) -> Iterator[list[Tensor]]:
    """The inputs of every forward pass of `network`."""
    seen: list[Tensor] = []
    handle = network.register_forward_hook(lambda module, given, out: seen.append(given[0].detach().clone()))
    yield seen
    handle.remove()


@pytest.mark.parametrize("variant", LATENT_NAMES)
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("player", [DISCRIMINATOR, GENERATOR])
def test_that_a_play_changes_its_own_network_and_nothing_of_the_other(
    variant: str, precision: str, player: str
) -> None:
    """Neither weights nor running statistics, and no gradient is computed for nothing."""
    trainer = assembled(tiny(variant, precision=precision))
    own, other = trainer._game.networks[player], trainer._game.networks[OTHER[player]]
    for parameter in other.parameters():
        parameter.grad = None
    before, mine = copies(other), copies(own)
    play(trainer, player)
    assert all(torch.equal(before[name], value) for name, value in other.state_dict().items())
    assert all(parameter.grad is None for parameter in other.parameters())
    moved = [name for name, parameter in own.named_parameters() if not torch.equal(mine[name], parameter)]
    assert moved
    if trainer._game.enter is None:  # a network that grows has parts that do not play yet
        assert all(parameter.grad is not None for parameter in own.parameters())


def test_that_batch_norm_of_the_player_that_plays_does_follow_the_data() -> None:
    trainer = assembled(tiny("dcgan"))
    for player in (DISCRIMINATOR, GENERATOR):
        before = copies(trainer._game.networks[player])
        play(trainer, player)
        after = trainer._game.networks[player].state_dict()
        means = [name for name in after if name.endswith("running_mean")]
        assert means
        assert not any(torch.equal(before[name], after[name]) for name in means)


def test_that_real_and_generated_images_never_share_a_batch_norm_batch() -> None:
    trainer = assembled(tiny("dcgan"))
    real, _ = trainer._data[SOURCE].at(0, 4)
    with passes(trainer._game.networks[DISCRIMINATOR]) as seen:
        play(trainer, DISCRIMINATOR)
    assert len(seen) == 2
    assert [torch.equal(x, real) for x in seen] == [True, False]
    assert all(len(x) == 4 for x in seen)


@pytest.mark.parametrize("variant", LATENT_NAMES)
def test_that_scoring_both_kinds_in_one_pass_changes_no_number(variant: str) -> None:
    """The same play with the pass split gives the same gradients."""
    gradients = []
    for split in (False, True):
        trainer = assembled(tiny(variant))
        network = trainer._game.networks[DISCRIMINATOR]
        if split:
            network.per_sample = False  # type: ignore[assignment]
        play(trainer, DISCRIMINATOR)
        gradients.append([p.grad.clone() for p in network.parameters() if p.grad is not None])
    for joint, apart in zip(*gradients, strict=True):
        torch.testing.assert_close(joint, apart, rtol=1e-4, atol=1e-6)


def test_that_the_generator_plays_against_the_reals_its_critic_has_just_seen() -> None:
    """Wasserstein critics see new images at every play; a paired G compares with those of the last D play."""
    trainer = assembled(tiny("r3gan", training__discriminator_steps=3))
    trainer.round()
    source = trainer._data[SOURCE]
    assert isinstance(source, RandomBatches)
    assert source.asked == [0, 4, 8, 8]
    assert trainer._cursor == Cursor(step=1, images=12)
    trainer.round()
    assert source.asked[4:] == [12, 16, 20, 20]


def test_that_every_play_draws_its_own_latents() -> None:
    trainer = assembled(tiny("wgan-gp"))
    with passes(trainer._game.networks[GENERATOR]) as seen:
        trainer.round()
        trainer.round()
    assert len(seen) == 12
    assert len({tuple(z.flatten().tolist()) for z in seen}) == 12


def test_that_no_gradient_is_computed_that_nobody_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images that a penalty differentiates by are leaves of the graph; summing up the loss's own gradient by them costs
    a tenth of the play."""
    leaves: list[Tensor] = []
    original = PlayDoor._leaf

    def leaf(self: PlayDoor, name: str, images: Tensor) -> Tensor:
        leaves.append(original(self, name, images))
        return leaves[-1]

    monkeypatch.setattr(PlayDoor, "_leaf", leaf)
    trainer = assembled(tiny("r3gan", objective__penalties__r1__every=1, objective__penalties__r2__every=1))
    play(trainer, DISCRIMINATOR)
    assert [leaf.requires_grad for leaf in leaves] == [True, True]
    assert [leaf.grad for leaf in leaves] == [None, None]


# -- the gradient penalty of WGAN-GP, as it is played ------------------------------------------------------------------


class Probe(nn.Module):
    """A critic that remembers what it was shown."""

    per_sample = True

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1, 8, 8))
        self.seen: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append(x.detach().clone())
        return (x * self.weight).flatten(1).sum(1)


def shares(seed: int) -> Tensor:
    """e of each sample and pixel (N, pixels), worked out from what the critic was shown."""
    trainer = assembled(
        tiny("wgan-gp", training__batch_size=2000, variant__generator_width=4, seed=seed), DataShape(8, 1)
    )
    probe = Probe()
    trainer._game.networks[DISCRIMINATOR] = probe
    play(trainer, DISCRIMINATOR)
    joint, mixed = probe.seen
    real, fake = joint.double().chunk(2)
    return ((mixed.double() - real) / (fake - real)).flatten(1)


def test_that_the_penalty_is_taken_at_one_uniform_point_a_sample_between_real_and_generated() -> None:
    e = shares(seed=0)
    per_sample = e.median(dim=1).values
    assert (e - per_sample[:, None]).abs().median() < 1e-4
    assert per_sample.min() > -1e-3
    assert per_sample.max() < 1 + 1e-3
    counts = torch.histc(per_sample, 10, 0.0, 1.0)
    assert ((counts - 200).abs() < 5 * 200**0.5).all(), "uniform, not normal"
    assert len(per_sample.round(decimals=4).unique()) > 1500, "not one for the whole batch"


def test_that_another_seed_takes_other_points() -> None:
    assert (shares(seed=0).median(dim=1).values - shares(seed=1).median(dim=1).values).abs().mean() > 0.1


# -- lazy and live weights ---------------------------------------------------------------------------------------------


def due(trainer: Trainer, rounds: int) -> list[bool]:
    """At which D plays the R1 term was computed."""
    played: list[bool] = []
    for _ in range(rounds):
        trainer._meters.read()
        trainer.round()
        counts = trainer._meters._counts
        played.append("term/discriminator/r1" in counts)
    return played


def test_that_a_lazy_penalty_is_computed_on_every_so_manyth_play_with_so_many_times_its_weight() -> None:
    lazy = {"objective__penalties__r1__every": 4, "objective__penalties__r1__weight": 0.5}
    assert due(assembled(tiny("r3gan", **lazy)), 9) == [True, False, False, False] * 2 + [True]

    def first_gradient(every: int, weight: float) -> list[Tensor]:
        values = {"objective__penalties__r1__every": every, "objective__penalties__r1__weight": weight}
        trainer = assembled(tiny("r3gan", **values))
        play(trainer, DISCRIMINATOR)
        return [p.grad.clone() for p in trainer._game.networks[DISCRIMINATOR].parameters() if p.grad is not None]

    for a, b in zip(first_gradient(4, 0.5), first_gradient(1, 2.0), strict=True):
        torch.testing.assert_close(a, b)


def test_that_lazy_penalties_count_the_discriminators_plays_not_the_rounds() -> None:
    values = {"objective__penalties__r1__every": 3, "objective__penalties__r1__weight": 1.0}
    trainer = assembled(tiny("vanilla", training__discriminator_steps=2, **values))
    turns = []
    original = trainer._is_due

    def spy(term: object) -> bool:
        answer = original(term)  # type: ignore[arg-type]
        if getattr(term, "name", "") == "r1":
            turns.append(answer)
        return answer

    trainer._is_due = spy  # type: ignore[method-assign]
    for _ in range(3):
        trainer.round()
    assert turns == [True, False, False, True, False, False]


def test_that_a_penalty_of_no_weight_costs_nothing() -> None:
    trainer = assembled(tiny("dcgan"))
    trainer.round()
    assert not any("r1" in name or "gradient" in name for name in trainer._meters._counts)


def test_that_the_discriminators_loss_is_its_terms_with_their_weights() -> None:
    trainer = assembled(tiny("r3gan", objective__penalties__r1__weight=3.0, objective__penalties__r2__weight=0.5))
    play(trainer, DISCRIMINATOR)
    scalars, _ = trainer._meters.read()
    term = {name: scalars[f"term/discriminator/{name}"] for name in ("adversarial", "r1", "r2")}
    assert scalars["loss/discriminator"] == pytest.approx(term["adversarial"] + 3.0 * term["r1"] + 0.5 * term["r2"])


# -- the moving average ------------------------------------------------------------------------------------------------


def test_that_the_averages_half_life_is_in_images() -> None:
    """After 500 images in updates of 64 the share of what was there before has halved."""
    decay = ema_decay(64, 10**9, half_life=500.0, ramp=0.05)
    assert decay == pytest.approx(0.91509, abs=1e-5)
    assert decay ** (500 / 64) == pytest.approx(0.5)


def test_that_early_on_the_half_life_is_a_share_of_the_images_seen() -> None:
    assert ema_decay(64, 640, half_life=10_000.0, ramp=0.05) == pytest.approx(0.25)  # 32 images: two half-lives
    assert ema_decay(64, 0, half_life=10_000.0, ramp=0.05) == 0.0


def test_that_no_half_life_copies_the_generator() -> None:
    assert ema_decay(64, 10**6, half_life=0.0, ramp=1.0) == 0.0
    network = nn.Linear(1, 1, bias=False)
    ema = Ema({"generator": network})
    network.weight.data.fill_(7.0)
    ema.update(0.0)
    assert ema.networks["generator"].weight.item() == 7.0


def test_that_the_average_moves_by_one_minus_the_decay() -> None:
    network = nn.Linear(1, 1, bias=False)
    network.weight.data.fill_(1.0)
    ema = Ema({"generator": network})
    network.weight.data.fill_(3.0)
    for expected in (1.2, 1.38, 1.542):  # .9 of the average and .1 of 3
        ema.update(0.9)
        assert ema.networks["generator"].weight.item() == pytest.approx(expected)
    assert network.weight.item() == 3.0


def test_that_the_average_takes_the_generators_statistics() -> None:
    trainer = assembled(tiny("dcgan"))
    for _ in range(2):
        trainer.round()
    mine, theirs = (
        dict(n.named_buffers()) for n in (trainer._ema.networks[GENERATOR], trainer._game.networks[GENERATOR])
    )
    assert mine
    assert all(torch.equal(mine[name], theirs[name]) for name in theirs)
    assert theirs["norms.0.layer.num_batches_tracked"].item() == 2, "G's own plays only"


@pytest.mark.parametrize("variant", LATENT_NAMES)
def test_that_the_average_is_not_trained_and_shares_no_memory_with_the_generator(variant: str) -> None:
    trainer = assembled(tiny(variant))
    average, network = trainer._ema.networks[GENERATOR], trainer._game.networks[GENERATOR]
    assert not average.training
    assert not any(parameter.requires_grad for parameter in average.parameters())
    assert not {p.data_ptr() for p in average.parameters()} & {p.data_ptr() for p in network.parameters()}


# -- placement ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANT_NAMES)
def test_that_a_round_keeps_every_tensor_on_its_device(variant: str) -> None:
    """On torch's meta device, where one tensor left on the CPU is an error, as it would be on a GPU."""
    weights = {"objective__penalties__r1__weight": 1.0} if variant in LATENT_NAMES else {}
    trainer = assembled(tiny(variant, **weights), DataShape(32, 3, num_classes=5), "meta")
    trainer.round()
    trainer.round()
    with torch.no_grad():
        assert draw_on_device(trainer) == "meta"
    tensors = [t for network in trainer._game.networks.values() for t in network.state_dict().values()]
    assert {tensor.device.type for tensor in tensors} == {"meta"}
    assert trainer._cursor.step == 2
    if variant not in LATENT_NAMES:
        for _ in range(4):  # into what comes after a pre-training
            trainer.round()


def test_that_a_round_with_classes_keeps_every_tensor_on_its_device() -> None:
    config = tiny(
        "dcgan", variant__conditional=True, techniques__real_label=0.9, objective__penalties__gradient__weight=1.0
    )
    trainer = assembled(config, DataShape(28, 3, num_classes=5), "meta")
    trainer.round()
    with torch.no_grad():
        assert draw_on_device(trainer) == "meta"
    assert trainer._fixed.y is not None
    assert [fixed.device.type for fixed in (trainer._fixed.z, trainer._fixed.y)] == ["meta", "meta"]


def test_that_optimisers_are_fused_where_torch_has_it() -> None:
    assert all(is_fused(optimizer) for optimizer in assembled(tiny("dcgan"))._optimizers.values())
