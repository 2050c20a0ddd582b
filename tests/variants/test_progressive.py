"""Growing while training: phases, real images, fresh optimisers, resuming inside a fade, pictures at every stage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ganstudio.config import RunConfig
from ganstudio.errors import UserError
from ganstudio.game import DISCRIMINATOR, GENERATOR, Cursor, DataShape
from ganstudio.latent.model import LatentModel, build_game
from ganstudio.training import checkpoint
from ganstudio.training.events import PhaseBegan, Progress, Samples
from ganstudio.training.preview import Preview
from ganstudio.training.trainer import Trainer
from ganstudio.variants import VARIANTS
from ganstudio.variants.progressive import FADING, STABLE, growth
from ganstudio.variants.recipes import check, resolve
from tests.helpers import assembled, of, run, tiny

STAGE_IMAGES = 8
"""Two rounds of `tiny`: 4 px in steps 1 to 3, 8 px in 4 to 7, 16 px in 8 to 11, 32 px from 12 on."""
FIRST_STEPS = (4, 8, 12)
FILES = ("networks.safetensors", "state.safetensors")


def growing(**values: object) -> RunConfig:
    return tiny("progressive", variant__stage_images=STAGE_IMAGES, **values)


def at(trainer: Trainer, images: int) -> None:
    """Put `trainer` where it has seen so many images."""
    cursor = Cursor(step=images // 4, images=images)
    phase = trainer._game.phase(cursor, trainer.setting)
    trainer._cursor = Cursor(step=cursor.step, images=images, stage=phase.stage)
    trainer._enter(phase)


# -- phases ------------------------------------------------------------------------------------------------------------

TABLE = [
    (0, 0, 1.0, STABLE), (1, 0, 1.0, STABLE), (10, 0, 1.0, STABLE),
    (11, 1, 0.1, FADING), (15, 1, 0.5, FADING), (20, 1, 1.0, FADING),
    (21, 1, 1.0, STABLE), (30, 1, 1.0, STABLE),
    (31, 2, 0.1, FADING), (40, 2, 1.0, FADING), (41, 2, 1.0, STABLE), (50, 2, 1.0, STABLE),
    (51, 2, 1.0, STABLE), (10**9, 2, 1.0, STABLE),
]  # fmt: skip


@pytest.mark.parametrize(("images", "level", "fade", "name"), TABLE)
def test_that_a_level_fades_in_for_so_many_images_and_trains_on_for_as_many(
    images: int, level: int, fade: float, name: str
) -> None:
    assert growth(images, 10, last=2) == (level, fade, name)


def test_that_the_phase_depends_on_the_images_seen_alone() -> None:
    config = growing()
    game = build_game(config, DataShape(28, 1))
    phases = [game.phase(Cursor(step=step, play=play, images=14), config.value) for step in (3, 9) for play in (0, 1)]
    assert {(p.name, p.resolution, p.fade, p.stage) for p in phases} == {(FADING, 8, 0.75, 1)}
    assert {p.plays for p in phases} == {(DISCRIMINATOR, GENERATOR)}


# -- what D is shown ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("images", [4, 9, 12, 16, 20, 36, 44, 60])
def test_that_real_and_generated_images_fade_by_the_same_share(images: int) -> None:
    config = growing()
    game = build_game(config, DataShape(28, 1))
    phase = game.phase(Cursor(images=images), config.value)
    game.enter(phase, game.networks)
    x = torch.rand(2, 1, 28, 28, dtype=torch.float64)
    real = game.real_view(phase, x).numpy()
    with torch.no_grad():
        fake = game.generate_small(game.networks, torch.randn(2, game.latent_size), None)
    assert real.shape == tuple(fake.shape) == (2, 1, phase.resolution, phase.resolution)
    side = phase.resolution
    padded = np.pad(x.numpy(), ((0, 0), (0, 0), (2, 2), (2, 2)), mode="edge")
    sharp = padded.reshape(2, 1, side, 32 // side, side, 32 // side).mean(axis=(3, 5))
    below = padded.reshape(2, 1, side // 2, 64 // side, side // 2, 64 // side).mean(axis=(3, 5))
    blurred = below.repeat(2, axis=2).repeat(2, axis=3)
    share = game.networks[GENERATOR].stage.fade
    assert share == phase.fade == game.networks[DISCRIMINATOR].stage.fade
    np.testing.assert_allclose(real, share * sharp + (1 - share) * blurred, atol=1e-12)


@pytest.mark.parametrize(("images", "side"), [(4, 4), (12, 8), (20, 8), (60, 32)])
def test_that_everything_is_scored_and_penalised_at_the_stages_resolution(
    images: int, side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = assembled(growing())
    at(trainer, images)
    critic = trainer._game.networks[DISCRIMINATOR]
    seen: list[tuple[int, bool]] = []
    usual = critic.features

    def watched(x: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        seen.append((x.shape[-1], x.requires_grad and x.is_leaf))
        return usual(x, y)

    monkeypatch.setattr(critic, "features", watched)
    trainer.round()
    assert {size for size, _ in seen} == {side}
    assert sum(penalised for _, penalised in seen) == 1


def test_that_a_side_of_any_length_is_padded_to_the_next_that_doubling_reaches() -> None:
    for side, full in ((9, 16), (27, 32), (30, 32), (32, 32), (48, 64)):
        config, shape = growing(), DataShape(side, 3)
        VARIANTS.get("progressive").check(config, shape)
        game = build_game(config, shape)
        phase = game.phase(Cursor(images=10**9), config.value)
        assert phase.resolution == full
        assert game.real_view(phase, torch.zeros(2, 3, side, side)).shape == (2, 3, full, full)
        with torch.no_grad():
            shown = game.generate(game.networks, torch.randn(2, game.latent_size), None)
        assert shown.shape == (2, 3, side, side)


# -- growing while training --------------------------------------------------------------------------------------------


def test_that_both_optimisers_start_anew_once_a_stage() -> None:
    trainer = assembled(growing())
    events: list[object] = []
    trainer._emit = events.append
    counts: dict[str, list[int]] = {GENERATOR: [], DISCRIMINATOR: []}
    for _ in range(15):
        trainer.round()
        for name, steps in counts.items():
            weight = trainer._game.networks[name].mix.weight
            steps.append(int(trainer._optimizers[name].state[weight]["step"]))
    expected = [1, 2, 3, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]
    assert counts == {GENERATOR: expected, DISCRIMINATOR: expected}
    begun = of(PhaseBegan, events)
    assert [(event.step, event.resolution) for event in begun] == list(zip(FIRST_STEPS, (8, 16, 32), strict=True))


def test_that_the_average_grows_with_the_generator() -> None:
    trainer = assembled(growing())
    for _ in range(9):
        trainer.round()
        assert trainer._ema.networks[GENERATOR].stage == trainer._game.networks[GENERATOR].stage
    assert (trainer._game.networks[GENERATOR].stage.level, trainer._game.networks[GENERATOR].stage.fade) == (2, 1.0)


@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("images", [0, 9, 20, 28, 60])
def test_that_a_round_keeps_every_tensor_on_its_device_in_every_phase(images: int, classes: int) -> None:
    trainer = assembled(growing(variant__conditional=bool(classes)), DataShape(28, 1, classes), "meta")
    at(trainer, images)
    trainer.round()
    trainer.round()
    with torch.no_grad():
        drawn = trainer._game.generate(trainer._ema.networks, trainer._fixed.z, trainer._fixed.y)
    assert (drawn.device.type, tuple(drawn.shape)) == ("meta", (len(trainer._fixed.z), 1, 28, 28))


def test_that_progress_tells_the_resolution_and_the_fade() -> None:
    events = run(Trainer(growing(training__steps=4)))
    told = [(event.step, event.scalars["resolution"], event.scalars["fade"]) for event in of(Progress, events)]
    assert told == [(1, 4, 1.0), (2, 4, 1.0), (3, 8, 0.5), (4, 8, 1.0)]


# -- resuming ----------------------------------------------------------------------------------------------------------


def state(folder: Path, step: int) -> dict[str, bytes]:
    return {name: (checkpoint.checkpoint_folder(folder, step) / name).read_bytes() for name in FILES}


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unbroken")
    run(Trainer(growing(training__steps=10), checkpoints=folder))
    return folder


@pytest.mark.parametrize("step", [2, 3, 4, 6, 7, 8])
def test_that_a_run_broken_off_inside_a_fade_or_at_a_new_stage_ends_like_an_unbroken_one(
    tmp_path: Path, unbroken: Path, step: int
) -> None:
    """After step 3 comes 8 px, fading in; after 7 comes 16 px. The bytes are of networks, averages and optimisers."""
    run(Trainer(growing(training__steps=step), checkpoints=tmp_path))
    begun = of(PhaseBegan, run(Trainer(growing(training__steps=10), checkpoints=tmp_path, resume=True)))
    assert state(tmp_path, 10) == state(unbroken, 10)
    assert [event.step for event in begun] == [each for each in FIRST_STEPS if step < each <= 10]


# -- pictures ----------------------------------------------------------------------------------------------------------


def test_that_samples_have_the_datas_size_at_every_stage() -> None:
    events = run(Trainer(growing(training__steps=8, training__sample_every=1)))
    samples = {event.step: event for event in of(Samples, events)}
    assert {event.ema.shape for event in samples.values()} == {(4, 28, 28, 1)}
    assert {event.raw.shape for event in samples.values()} == {(4, 28, 28, 1)}
    blocks = samples[1].raw[:, 6:22, 6:22, 0].reshape(4, 2, 8, 2, 8)
    assert (blocks == blocks[:, :, :1, :, :1]).all(), "4 px: whole blocks of 8 px, of which 2 px are cropped"
    assert not np.array_equal(samples[1].raw, samples[2].raw)


@pytest.mark.parametrize("step", [2, 3, 4, 6, 7, 8])
def test_that_a_checkpoint_and_a_live_run_are_drawn_at_their_stage(tmp_path: Path, step: int) -> None:
    preview = Preview()
    config = growing(training__steps=step, training__sample_every=1)
    trainer = Trainer(config, checkpoints=tmp_path, preview=preview)
    shown = of(Samples, run(trainer))[-1]
    z = trainer._fixed.z.numpy()
    loaded = LatentModel.load(checkpoint.checkpoint_folder(tmp_path, step))
    assert np.array_equal(loaded.draw(z), shown.ema)
    raw = LatentModel.load(checkpoint.checkpoint_folder(tmp_path, step), ema=False)
    assert np.array_equal(raw.draw(z), shown.raw)
    trainer._publish()
    with preview.read() as published:
        assert published is not None
        live = LatentModel(build_game(config, DataShape(28, 1)), *published)
        assert np.array_equal(live.draw(z), shown.ema)


# -- starting points ---------------------------------------------------------------------------------------------------


def test_that_the_paper_is_the_starting_point() -> None:
    config = resolve({"variant.name": "progressive"})
    assert (config.objective.loss, config.objective.penalties.gradient.weight) == ("wasserstein", 10.0)
    assert (config.objective.drift, config.training.discriminator_steps) == (0.001, 1)
    for player in (config.optimizer.generator, config.optimizer.discriminator):
        assert (player.name, player.learning_rate, player.beta1, player.beta2) == ("adam", 1e-3, 0.0, 0.99)
    assert (config.techniques.minibatch.kind, config.techniques.minibatch.group) == ("deviation", 4)
    assert config.variant.stage_images == 600_000
    decay = 0.5 ** (config.training.batch_size / config.techniques.ema.half_life)
    assert decay == pytest.approx(0.999, abs=1e-6)


def test_that_the_first_minutes_reach_the_full_resolution_in_their_first_half() -> None:
    config = resolve({"variant.name": "progressive"}, "first-minute")
    images = config.training.steps * config.training.batch_size
    assert growth(images // 2, config.variant.stage_images, last=3) == (3, 1.0, STABLE)
    check(config)


# -- what is refused or played otherwise -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["techniques.spectral_norm.discriminator", "techniques.orthogonal_start"])
def test_that_the_techniques_that_fight_equalised_rates_have_no_place(path: str) -> None:
    assert path in VARIANTS.get("progressive").unused


def test_that_points_are_played_with_perceptrons() -> None:
    game = build_game(growing(), DataShape(1, 2, subject="points"))
    assert type(game.networks[GENERATOR]).__name__ == "PointGenerator"
    assert game.enter is game.real_view is game.generate_small is None
    with torch.no_grad():
        assert game.generate(game.networks, torch.randn(3, game.latent_size), None).shape == (3, 2)


def test_that_classes_need_data_that_has_them() -> None:
    with pytest.raises(UserError, match="one sub-folder a class"):
        VARIANTS.get("progressive").check(growing(variant__conditional=True), DataShape(28, 1))
