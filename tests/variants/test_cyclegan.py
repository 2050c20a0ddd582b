"""CycleGAN's game: its losses by closed form, its pools, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganstudio.errors import UserError
from ganstudio.game import DISCRIMINATOR, GENERATOR, SOURCE, TARGET, DataShape
from ganstudio.training.door import PlayDoor
from ganstudio.training.events import RunFinished, RunStarted, Samples
from ganstudio.training.trainer import Trainer
from ganstudio.variants import VARIANTS
from ganstudio.variants.recipes import check, compose
from tests.helpers import assembled, fill, of, run, tiny, train

SHAPE = DataShape(16, 3)
SIDES = (SOURCE, TARGET)


class Affine(nn.Module):
    """gain x + bias: a network whose losses can be computed by hand."""

    def __init__(self, gain: float, bias: float, pooled: bool = False) -> None:
        super().__init__()
        self.gain, self.bias = nn.Parameter(torch.tensor(gain)), nn.Parameter(torch.tensor(bias))
        self.pooled = pooled

    def forward(self, x: Tensor) -> Tensor:
        out = self.gain * x + self.bias
        return out.mean(dim=1).flatten(1) if self.pooled else out


AFFINE = {
    "to_target": (0.5, 0.1),
    "to_source": (-0.8, 0.2),
    "discriminator_target": (2.0, 0.3),
    "discriminator_source": (1.5, -0.4),
}


def door_of(player: str, **values: Any) -> tuple[Trainer, PlayDoor]:
    """A play of CycleGAN with affine networks."""
    trainer = assembled(tiny("cyclegan", **values), SHAPE)
    for name, (gain, bias) in AFFINE.items():
        trainer._game.networks[name] = Affine(gain, bias, pooled=name.startswith("discriminator"))
    phase = trainer._game.phase(trainer._cursor, trainer.setting)
    door = PlayDoor(
        trainer._game, trainer._cursor, player, phase=phase, setting=trainer.setting, data=trainer._data, position=0,
        seed=0, device=torch.device("cpu"), autocast=None, input_grad=frozenset(),
    )  # fmt: skip
    return trainer, door


def by_hand(trainer: Trainer) -> tuple[dict[str, Tensor], Callable[[str, Tensor], Tensor]]:
    """The real images, and the affine networks in double precision."""
    real = {side: trainer._data[side].at(0, 4)[0].double() for side in SIDES}

    def network(name: str, x: Tensor) -> Tensor:
        gain, bias = AFFINE[name]
        return gain * x + bias

    return real, network


def test_that_the_generators_losses_are_the_papers() -> None:
    trainer, door = door_of(GENERATOR)
    real, f = by_hand(trainer)
    terms = {term.name: term for term in door.phase.terms[GENERATOR]}
    fake = {TARGET: f("to_target", real[SOURCE]), SOURCE: f("to_source", real[TARGET])}
    judged = {side: f(f"discriminator_{side}", fake[side].mean(dim=1)) for side in SIDES}
    adversarial = sum(float(((judged[side] - 1) ** 2).mean()) for side in SIDES)
    back = {SOURCE: f("to_source", fake[TARGET]), TARGET: f("to_target", fake[SOURCE])}
    cycle = sum(float((back[side] - real[side]).abs().mean()) for side in SIDES)
    same = {SOURCE: f("to_source", real[SOURCE]), TARGET: f("to_target", real[TARGET])}
    identity = sum(float((same[side] - real[side]).abs().mean()) for side in SIDES)
    total = adversarial + 10 * cycle + 0.5 * 10 * identity
    assert float(terms["adversarial"].value(door).detach()) == pytest.approx(adversarial, rel=1e-5)
    assert float(terms["cycle"].value(door).detach()) == pytest.approx(cycle, rel=1e-5)
    assert float(trainer._loss(list(terms.values()), door).detach()) == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize(
    ("loss", "by_formula"),
    [
        ("least-squares", lambda r, f: 0.5 * (((r - 1) ** 2).mean() + (f**2).mean())),
        ("non-saturating", lambda r, f: 0.5 * (torch.log1p(torch.exp(-r)).mean() + torch.log1p(torch.exp(f)).mean())),
        ("hinge", lambda r, f: 0.5 * ((1 - r).clamp(min=0).mean() + (1 + f).clamp(min=0).mean())),
    ],
)
def test_that_the_discriminators_loss_has_half_the_weight(
    loss: str, by_formula: Callable[[Tensor, Tensor], Tensor]
) -> None:
    trainer, door = door_of(DISCRIMINATOR, objective__loss=loss)
    real, f = by_hand(trainer)
    fake = {TARGET: f("to_target", real[SOURCE]), SOURCE: f("to_source", real[TARGET])}
    expected = 0.0
    for side in SIDES:
        judge = f"discriminator_{side}"
        expected += float(by_formula(f(judge, real[side].mean(dim=1)), f(judge, fake[side].mean(dim=1))))
    (term,) = door.phase.terms[DISCRIMINATOR]
    assert float(term.value(door).detach()) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    "loss", ["non-saturating", "saturating", "least-squares", "wasserstein", "hinge", "relativistic"]
)
def test_that_any_loss_can_be_picked(loss: str) -> None:
    trainer = assembled(tiny("cyclegan", objective__loss=loss), SHAPE)
    trainer.round()
    assert trainer._cursor.step == 1


def test_that_only_the_discriminators_fill_the_pools_and_once_a_play() -> None:
    trainer = assembled(tiny("cyclegan", training__discriminator_steps=2), SHAPE)
    trainer.round()
    assert {name: int(pool.count) for name, pool in trainer._game.memory.items()} == {
        "pool_target": 8,
        "pool_source": 8,
    }
    target = trainer._game.memory["pool_target"].images
    assert float(target[:8].abs().max()) > 0 and float(target[8:].abs().max()) == 0


def test_that_the_discriminators_learn_from_earlier_fakes_once_the_pool_is_full() -> None:
    """Half of what they are shown comes from the pool, on average."""
    trainer = assembled(tiny("cyclegan", training__batch_size=16), SHAPE)
    seen: list[Tensor] = []
    handle = trainer._game.networks["discriminator_target"].register_forward_hook(
        lambda module, given, out: seen.append(given[0].detach().clone())
    )
    made: list[Tensor] = []
    translator = trainer._game.networks["to_target"]
    other = translator.register_forward_hook(lambda module, given, out: made.append(out.detach().clone()))
    old = 0
    for step in range(12):
        seen.clear(), made.clear()
        trainer.round()
        fakes = made[0]
        shown = seen[1]
        fresh = sum(bool((fakes == each).flatten(1).all(dim=1).any()) for each in shown)
        if step < 3:
            assert fresh == 16, "the pool takes 50 before it gives any back"
        elif step > 3:
            old += 16 - fresh
    handle.remove(), other.remove()
    assert 40 < old < 88, f"of 128, {old} were old"


def test_that_both_ways_are_shown(tmp_path: Path) -> None:
    config = tiny(
        "cyclegan",
        dataset__name=str(fill(tmp_path / "a", 30)),
        dataset__target=str(fill(tmp_path / "b", 24, side=20, colour=False, seed=1)),
        dataset__resolution=12,
        training__samples=13,
        training__steps=2,
    )
    events = train(config)
    started, samples = of(RunStarted, events)[0], of(Samples, events)
    assert started.columns == ("source", "as target", "back to source", "target", "as source", "back to target")
    assert [sample.count for sample in samples] == [12, 12], "two held-out images of each kind"
    assert samples[0].ema.shape == (12, 12, 12, 3), "grey targets are brought to the first's colour and size"
    assert (samples[0].ema[3::6] == samples[0].ema[3::6, ..., :1]).all(), "and stay grey to look at"
    assert (samples[0].ema[0::6] == samples[1].ema[0::6]).all(), "held-out images are the same each time"
    assert not (samples[0].ema[1::6] == samples[1].ema[1::6]).all()


def test_that_a_colour_target_is_made_grey_for_grey_images(tmp_path: Path) -> None:
    config = tiny(
        "cyclegan",
        dataset__name=str(fill(tmp_path / "a", 20, colour=False)),
        dataset__target=str(fill(tmp_path / "b", 20, side=30)),
        dataset__resolution=12,
        training__steps=1,
    )
    assert of(Samples, train(config))[0].ema.shape == (6, 12, 12, 1)


REFUSED = [
    ({"dataset.target": None}, "dataset.target", "needs a second data set"),
    ({"dataset.target": "emoji-flent"}, "dataset.target", "did you mean 'emoji-fluent'"),
    ({"dataset.target": "./nowhere"}, "dataset.target", "does not exist"),
    ({"dataset.target": "25-gaussians"}, "dataset.target", "holds points"),
    ({"dataset.name": "25-gaussians"}, "dataset.name", "translates images"),
    ({"dataset.resolution": 66}, "dataset.resolution", "use 64 px"),
    ({"dataset.resolution": 33}, "dataset.resolution", "use 32 px"),
    ({"variant.conditional": True}, "variant.conditional", "no class-conditional form"),
    ({"objective.penalties.r1.weight": 1.0}, "objective.penalties.r1.weight", "translated"),
]


@pytest.mark.parametrize(("values", "path", "words"), REFUSED)
def test_that_what_cannot_be_translated_is_refused(values: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        check(compose({"variant.name": "cyclegan", **values}))
    assert caught.value.path == path


def test_that_a_folder_without_images_is_the_targets_fault(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no images") as caught:
        check(tiny("cyclegan", dataset__target=str(tmp_path / "empty")))
    assert caught.value.path == "dataset.target"


def test_that_a_target_of_broken_files_ends_the_run_with_a_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for i in range(3):
        (broken / f"{i}.png").write_bytes(b"no picture")
    config = tiny("cyclegan", dataset__name=str(fill(tmp_path / "a", 20)), dataset__target=str(broken))
    end = run(Trainer(config))[-1]
    assert isinstance(end, RunFinished)
    assert end.reason == "failed" and "can be read" in str(end.error)


def test_that_a_batch_must_fit_both_data_sets(tmp_path: Path) -> None:
    config = tiny(
        "cyclegan",
        dataset__name=str(fill(tmp_path / "a", 40)),
        dataset__target=str(fill(tmp_path / "b", 10)),
        training__batch_size=16,
    )
    with pytest.raises(UserError, match=r"larger than the 9 training images of .*b; use at most 9"):
        check(config)


def test_that_its_paper_names_both_emoji_sets_and_the_authors_settings() -> None:
    config = compose({"variant.name": "cyclegan"})
    values = {
        "dataset.name": "emoji-noto", "dataset.target": "emoji-fluent", "objective.loss": "least-squares",
        "objective.cycle": 10.0, "objective.identity": 0.5, "training.batch_size": 1, "variant.generator_depth": 9,
        "variant.generator_norm": "instance", "optimizer.generator.learning_rate": 2e-4,
        "optimizer.discriminator.beta1": 0.5, "optimizer.schedule.name": "linear", "optimizer.schedule.final": 0.0,
        "techniques.ema.half_life": 0.0,
    }  # fmt: skip
    assert {path: config.value(path) for path in values} == values
    assert config.optimizer.schedule.start == config.optimizer.schedule.length
    assert "dataset.target" not in VARIANTS.get("cyclegan").unused
    assert "dataset.target" in VARIANTS.get("dcgan").unused
