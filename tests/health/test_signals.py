from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ganstudio.game import SOURCE
from ganstudio.health import signals
from ganstudio.health.signals import PREFIX, Signals
from ganstudio.training.events import Progress
from ganstudio.training.observing import Observed
from ganstudio.training.trainer import Trainer
from tests.helpers import LATENT_NAMES, VARIANT_NAMES, assembled, of, run, tiny

EVERYWHERE = {"separation", "margin"}
OF_LATENT_GAMES = {
    "diversity",
    "dimension",
    "duplicates",
    "coverage",
    "fidelity",
    "change",
    "held_out",
    "overfit",
    "place/0",
}


def trained(config, observers, checkpoints: Path | None = None) -> list[Progress]:  # type: ignore[no-untyped-def]
    events = run(Trainer(config, observers=observers, checkpoints=checkpoints))
    assert events[-1].error is None, events[-1].error
    return of(Progress, events)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    newest = sorted(folder.glob("step-*"))[-1]
    return {**load_file(newest / "networks.safetensors"), **load_file(newest / "state.safetensors")}


def config_of(variant: str, **more: object):  # type: ignore[no-untyped-def]
    needs = {"variant__conditional": True} if variant == "cgan" else {}
    translated = {"dataset__name": "emoji-noto", "dataset__target": "emoji-fluent"} if variant == "cyclegan" else {}
    values = {"training__steps": 4, "training__log_every": 2, "training__batch_size": 4, **needs, **translated, **more}
    return tiny(variant, **values)


@pytest.mark.parametrize("variant", VARIANT_NAMES)
def test_that_training_is_the_same_bit_for_bit_with_and_without_signals(
    variant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "_BETWEEN_PASSES", 1)
    config = config_of(variant)
    bare = trained(config, (), tmp_path / "bare")
    watched = trained(config, (Signals(),), tmp_path / "watched")
    plain, other = weights(tmp_path / "bare"), weights(tmp_path / "watched")
    assert plain.keys() == other.keys()
    assert all(torch.equal(plain[name], other[name]) for name in plain)
    for mine, theirs in zip(bare, watched, strict=True):
        assert mine.scalars == {k: v for k, v in theirs.scalars.items() if not k.startswith(PREFIX)}
        found = {name.removeprefix(PREFIX) for name in theirs.scalars if name.startswith(PREFIX)}
        assert found
    last = {name.removeprefix(PREFIX) for point in watched for name in point.scalars if name.startswith(PREFIX)}
    assert last >= EVERYWHERE
    assert (last >= OF_LATENT_GAMES) == (variant in LATENT_NAMES)
    assert all(math.isfinite(value) for point in watched for value in point.scalars.values())


@pytest.mark.parametrize("variant", ["dcgan", "wgan-gp", "r3gan"])
def test_that_points_have_signals_too(variant: str) -> None:
    config = tiny(variant, dataset__name="8-gaussians", training__steps=30, training__log_every=10)
    points = trained(config, (Signals(),))
    found = {name.removeprefix(PREFIX) for point in points for name in point.scalars if name.startswith(PREFIX)}
    assert found >= EVERYWHERE | OF_LATENT_GAMES - {"change"} | {"missing"}
    assert "coarse_diversity" not in found


def test_that_updates_are_lengths_of_weights_by_hand() -> None:
    trainer = assembled(tiny("vanilla"))
    watching, phase = Signals(), trainer._phase()
    trainer._observers = (watching,)
    watching.begin(trainer._observed(phase))
    before = torch.cat([p.detach().flatten().clone() for p in trainer._parameters["generator"]])
    for _ in range(3):
        trainer.round()
    after = torch.cat([p.detach().flatten() for p in trainer._parameters["generator"]])
    found = watching(trainer._observed(phase))
    assert found["health/update/generator"] == pytest.approx(
        float((after - before).norm() / after.norm() / 3), rel=1e-4
    )
    assert found["health/growth/generator"] == pytest.approx(float(after.norm() / before.norm()), rel=1e-4)


def test_that_separation_is_that_of_the_logits_of_the_plays() -> None:
    trainer = assembled(tiny("vanilla"))
    observed: Observed = trainer._observed(trainer._phase())
    for real, fake in (([1.0, 2.0], [0.0, 3.0]), ([5.0, 6.0], [1.0, 2.0])):
        observed.recent.add("real", None, torch.tensor(real))
        observed.recent.add("fake", None, torch.tensor(fake))
    assert Signals()(observed)["health/separation"] == pytest.approx((0.5 + 1.0) / 2)


def test_that_signals_are_not_measured_where_there_are_no_numbers() -> None:
    trainer = assembled(tiny("dcgan"), device="meta")
    trainer.round()
    assert not trainer._recent.images["real"]


class Excerpts:
    """Training images of ones and held-out images of zeros."""

    def excerpt(self, position: int, count: int, *, held_out: bool) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.full((count, 1, 28, 28), 0.0 if held_out else 1.0), torch.zeros(count, dtype=torch.int64)


class Brightness(torch.nn.Module):
    """Scores images by their mean."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(dim=(1, 2, 3))


def test_that_a_discriminator_that_prefers_its_training_images_overfits() -> None:
    trainer = assembled(tiny("vanilla"))
    observed = trainer._observed(trainer._phase())
    fakes = torch.full((4, 1, 28, 28), -1.0)
    observed.recent.add("real", torch.ones_like(fakes), None)
    observed.recent.add("fake", fakes, None)
    observed.game.networks["discriminator"] = Brightness()
    found = Signals()(replace(observed, batches={SOURCE: Excerpts()}))  # type: ignore[dict-item]
    assert found["health/held_out"] == 1.0
    assert found["health/overfit"] == pytest.approx((1.0 - 0.0) / (1.0 + 1.0))
    assert found["health/diversity"] == 0.0
