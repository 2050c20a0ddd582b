"""Runs on points: every variant of latents plays them, samples carry the landscape, and folders keep every number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from ganstudio.config import ObjectiveConfig
from ganstudio.errors import UserError
from ganstudio.game import DataShape
from ganstudio.runs.execute import train as execute
from ganstudio.runs.folder import RunFolder
from ganstudio.training.control import Control
from ganstudio.training.events import Event, Measured, RunFinished, RunStarted, Samples
from ganstudio.training.landscape import survey
from ganstudio.training.trainer import Trainer
from ganstudio.variants import VARIANTS
from ganstudio.variants.points import DEFAULTS, REFUSALS, SAMPLES, unused_on_points
from ganstudio.variants.recipes import POINTS, check, compose, resolve
from tests.helpers import of

SMALL = {
    "variant.latent_size": 4,
    "variant.generator_width": 8,
    "variant.discriminator_width": 8,
    "variant.generator_depth": 2,
    "variant.discriminator_depth": 2,
    "training.batch_size": 8,
    "training.steps": 3,
    "training.sample_every": 2,
    "threads": 1,
}
PLAYED = [variant.name for variant in VARIANTS if variant.task != "image-to-image"]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores of these tests stay among themselves."""
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))


def small(variant: str, **values: object):  # type: ignore[no-untyped-def]
    given = {name.replace("__", "."): value for name, value in values.items()}
    return compose({"variant.name": variant, "dataset.name": "8-gaussians", **SMALL, **given})


def trained(config, checkpoints: Path | None = None) -> list[Event]:  # type: ignore[no-untyped-def]
    events: list[Event] = []
    Trainer(config, checkpoints=checkpoints).run(events.append, Control())
    assert isinstance(events[-1], RunFinished)
    assert events[-1].error is None
    return events


@pytest.mark.parametrize("variant", PLAYED)
def test_that_every_variant_of_latents_learns_points_or_says_why_not(variant: str) -> None:
    config = small(variant)
    try:
        check(config)
    except UserError as refused:
        assert VARIANTS.get(variant).short in str(refused)
        return
    events = trained(config)
    started, samples = of(RunStarted, events)[0], of(Samples, events)
    assert (started.subject, started.resolution, started.channels) == ("points", 1, 2)
    assert [event.step for event in samples] == [0, 2, 3]
    for event in samples:
        assert event.count == SAMPLES == len(event.ema) == len(event.raw)
        assert (event.ema.shape, event.ema.dtype) == ((SAMPLES, 2), np.float32)
        assert np.isfinite(event.raw).all()
        assert np.isfinite(event.landscape.surface).all()
    assert not np.array_equal(samples[0].raw, samples[-1].raw)
    assert np.array_equal(samples[0].landscape.real, samples[-1].landscape.real), "real points stay where they are"


def test_that_a_variant_that_translates_refuses_points() -> None:
    for variant in VARIANTS:
        if variant.task == "image-to-image":
            with pytest.raises(UserError, match="points"):
                variant.check(small("vanilla"), DataShape(1, 2, 8, "points"))


def test_that_points_bring_networks_and_rates_and_leave_the_paper_its_objective() -> None:
    for name in ("vanilla", "wgan-gp", "r3gan"):
        on_images, on_points = (
            compose({"variant.name": name}),
            compose({"variant.name": name, "dataset.name": "spiral"}),
        )
        assert on_points.objective == on_images.objective
        assert on_points.training.discriminator_steps == on_images.training.discriminator_steps
        assert on_points.optimizer.generator.beta1 == on_images.optimizer.generator.beta1
        for path, value in DEFAULTS.items():
            assert on_points.value(path) == value
    mine = compose({"variant.name": "vanilla", "dataset.name": "spiral", "training.batch_size": 32})
    assert mine.training.batch_size == 32


def test_that_points_without_a_variant_take_the_recipe_that_was_tried() -> None:
    assert resolve({"dataset.name": "25-gaussians"}) == POINTS.config()
    assert resolve({"dataset.name": "spiral"}).variant.name == POINTS.values["variant.name"]
    check(POINTS.config())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("dataset.mirror", True),
        ("dataset.resolution", 32),
        ("dataset.channels", "rgb"),
        ("variant.generator_norm", "batch"),
        ("variant.discriminator_norm", "layer"),
        ("techniques.augment.policy", "diffaugment"),
        ("techniques.perturbation", 1.0),
        ("variant.generator_depth", 0),
    ],
)
def test_that_what_points_cannot_have_is_refused_by_its_field(path: str, value: object) -> None:
    config = compose({"variant.name": "dcgan", "dataset.name": "spiral", path: value})
    with pytest.raises(UserError) as refused:
        check(config)
    assert refused.value.path == path


def test_that_forms_leave_out_what_points_cannot_have_and_show_hidden_layers() -> None:
    vanilla = VARIANTS.get("vanilla")
    assert "variant.generator_depth" in vanilla.unused_by(compose({"variant.name": "vanilla"}))
    on_points = vanilla.unused_by(small("vanilla"))
    assert "variant.generator_depth" not in on_points
    assert on_points >= set(REFUSALS) | {"training.samples"}
    assert on_points == unused_on_points(vanilla.unused)


def test_that_classes_of_points_need_classes() -> None:
    check(small("dcgan", variant__conditional=True))
    with pytest.raises(UserError, match="points have no classes"):
        check(small("dcgan", variant__conditional=True, dataset__name="swiss-roll"))


def test_that_a_run_on_points_goes_on_bit_for_bit(tmp_path: Path) -> None:
    whole = of(Samples, trained(small("r3gan", training__steps=6), tmp_path / "whole"))[-1]
    trained(small("r3gan", training__steps=3), tmp_path / "halves")
    events: list[Event] = []
    Trainer(small("r3gan", training__steps=6), checkpoints=tmp_path / "halves", resume=True).run(
        events.append, Control()
    )
    again = of(Samples, events)[-1]
    assert again.step == whole.step == 6
    assert np.array_equal(again.raw, whole.raw)
    assert np.array_equal(again.ema, whole.ema)
    assert np.array_equal(again.landscape.surface, whole.landscape.surface)


# -- the landscape -----------------------------------------------------------------------------------------------------


class Bowl(nn.Module):
    """D(x, y) = a x + b y^2."""

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        return 0.3 * points[:, 0] - 0.2 * points[:, 1].square()


def test_that_the_surface_and_the_pull_are_those_of_a_known_critic() -> None:
    real = torch.tensor([[-1.0, 0.5], [1.7, -0.2], [0.2, 1.1]])
    space = survey(Bowl(), ObjectiveConfig(loss="wasserstein"), real, None)
    assert space.extent == 2.5, "a quarter farther than 1.7, up to the next half"
    ticks = np.linspace(-2.5, 2.5, len(space.surface))
    expected = 0.3 * ticks[None, :] - 0.2 * np.square(ticks)[:, None]
    assert space.surface == pytest.approx(expected, abs=1e-5)
    spots = np.linspace(-2.5, 2.5, len(space.pull))
    assert space.pull[..., 0] == pytest.approx(np.full(space.pull.shape[:2], 0.3), abs=1e-6)
    assert space.pull[..., 1] == pytest.approx(np.broadcast_to(-0.4 * spots[:, None], space.pull.shape[:2]), abs=1e-5)
    assert np.array_equal(space.real, real.numpy())


def test_that_the_pull_is_the_slope_of_the_generators_loss() -> None:
    """Non-saturating: -grad softplus(-D) = sigmoid(-D) grad D."""
    real = torch.tensor([[-2.0, 2.0], [2.0, -2.0]])
    space = survey(Bowl(), ObjectiveConfig(loss="non-saturating"), real, None)
    spots = np.linspace(-space.extent, space.extent, len(space.pull))
    logits = 0.3 * spots[None, :] - 0.2 * np.square(spots)[:, None]
    share = 1 / (1 + np.exp(logits))
    assert space.pull[..., 0] == pytest.approx(0.3 * share, abs=1e-5)
    assert space.pull[..., 1] == pytest.approx(-0.4 * spots[:, None] * share, abs=1e-5)


def test_that_a_critic_that_compares_samples_is_surveyed_in_batches() -> None:
    from ganstudio.networks.discriminator import CriticOptions
    from ganstudio.networks.mlp import PointDiscriminator

    seen: list[int] = []
    critic = PointDiscriminator(8, 1, CriticOptions(minibatch="discrimination", kernels=3, dims=2))
    critic.register_forward_pre_hook(lambda _module, inputs: seen.append(len(inputs[0])))
    real = torch.randn(300, 2, generator=torch.Generator().manual_seed(0))
    space = survey(critic, ObjectiveConfig(), real, None)
    assert max(seen) <= 128, "memory goes by the square of a batch"
    assert np.isfinite(space.surface).all()
    assert np.isfinite(space.pull).all()


# -- the folder --------------------------------------------------------------------------------------------------------


def test_that_a_run_on_points_leaves_pictures_numbers_and_measures(tmp_path: Path) -> None:
    events: list[Event] = []
    execute(small("vanilla"), tmp_path / "run", events.append, Control())
    assert isinstance(events[-1], RunFinished)
    assert events[-1].error is None
    folder = RunFolder.open(tmp_path / "run")
    assert folder.samples() == [0, 2, 3]
    for told in of(Samples, events):
        kept = folder.read_points(told.step)
        assert (kept.step, kept.count) == (told.step, told.count)
        assert np.array_equal(kept.ema, told.ema)
        assert np.array_equal(kept.raw, told.raw)
        assert np.array_equal(kept.landscape.surface, told.landscape.surface)
        assert np.array_equal(kept.landscape.pull, told.landscape.pull)
        assert np.array_equal(kept.landscape.real, told.landscape.real)
        assert kept.landscape.extent == pytest.approx(told.landscape.extent)
        for raw in (False, True):
            assert folder.read_samples(told.step, raw=raw).shape == (1, 192, 192, 3)
    measured = of(Measured, folder.events())
    assert [event.step for event in measured] == [0, 2, 3]
    names = {"covered_modes", "on_mode", "mmd2"}
    assert set(measured[0].measures) == names | {f"raw/{name}" for name in names}


def test_that_damaged_points_are_refused_in_words(tmp_path: Path) -> None:
    events: list[Event] = []
    execute(small("vanilla"), tmp_path / "run", events.append, Control())
    folder = RunFolder.open(tmp_path / "run")
    file = folder.points_path(2)
    file.write_bytes(file.read_bytes()[:-4000])
    with pytest.raises(UserError, match="step 2 cannot be read"):
        folder.read_points(2)
    with pytest.raises(UserError, match="step 9 cannot be read"):
        folder.read_points(9)


def test_that_models_of_points_draw_points_and_picture_each_among_others(tmp_path: Path) -> None:
    from ganstudio.latent.model import LatentModel
    from ganstudio.latent.sampling import latents

    execute(small("dcgan", variant__conditional=True), tmp_path / "run", lambda _event: None, Control())
    model = LatentModel.load(RunFolder.open(tmp_path / "run").checkpoint_path(3))
    assert model.makes_points
    pieces = list(model.samples(300, seed=1))
    points = np.concatenate([made for made, _ in pieces])
    labels = np.concatenate([label for _, label in pieces])
    assert (points.shape, points.dtype) == ((300, 2), np.float32)
    assert np.array_equal(labels, np.arange(300) % 8)
    assert np.array_equal(points, model.points(latents(1, 300, 4), labels))
    pictures = model.draw(latents(1, 2, 4), labels[:2])
    assert (pictures.shape, pictures.dtype) == ((2, 256, 256, 3), np.uint8)
    cloud = model.points(latents(0, 1000, 4), np.arange(1000) % 8)
    extent = max(3.0, np.ceil(2.2 * np.abs(cloud).max()) / 2)
    for picture, (x, y) in zip(pictures, points[:2], strict=True):
        at = picture[round((1 - y / extent) * 128 - 0.5), round((1 + x / extent) * 128 - 0.5)]
        assert at.tolist() == [242, 138, 71], "a generated point marks the place"
