from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.config import field
from ganstudio.health.remedies import command, is_possible, resolve
from ganstudio.health.rules.rule import D_RATE, R1
from ganstudio.training.events import Remedy
from ganstudio.variants.recipes import compose
from tests.helpers import LATENT_NAMES

DCGAN = compose({"variant.name": "dcgan"})


def test_that_factors_are_of_what_is_set_and_stay_in_range() -> None:
    assert resolve(Remedy("", factors={D_RATE: 0.25}), DCGAN) == {D_RATE: 5e-5}
    assert resolve(Remedy("", factors={D_RATE: 1e9}), DCGAN) == {D_RATE: field(D_RATE).maximum}
    assert resolve(Remedy("", factors={"training.batch_size": 1e-9}), DCGAN) == {"training.batch_size": 1}
    assert resolve(Remedy("", factors={"training.discriminator_steps": 2.6}), DCGAN) == {
        "training.discriminator_steps": 3
    }


def test_that_what_is_set_already_changes_nothing() -> None:
    assert resolve(Remedy("", changes={"training.discriminator_steps": 1}, factors={D_RATE: 1.0}), DCGAN) == {}
    assert not is_possible(Remedy("", changes={"training.discriminator_steps": 1}), DCGAN)


def test_that_what_means_nothing_for_a_variant_is_left_out() -> None:
    srgan = compose({"variant.name": "srgan"})
    values = resolve(Remedy("", changes={"techniques.minibatch.kind": "deviation"}, factors={D_RATE: 0.5}), srgan)
    assert list(values) == [D_RATE]


def test_that_commands_resume_fork_or_start_anew() -> None:
    run = Path("a run")
    live, fork, anew = Remedy("", {R1: 1.0}), Remedy("", {R1: 1.0}, live=False), Remedy("", {R1: 1.0}, step=0)
    setting = "--set objective.penalties.r1.weight=1.0"
    assert command(live, DCGAN, run) == f"ganstudio train --resume 'a run' {setting}"
    assert command(live, DCGAN, run, steps=50) == f"ganstudio train --resume 'a run' {setting} --steps 50"
    assert command(fork, DCGAN, run, step=20) == f"ganstudio train --fork 'a run@20' {setting}"
    assert command(anew, DCGAN, run) == f"ganstudio train 'a run/config.json' {setting}"
    assert command(Remedy("", {R1: 0.0}), DCGAN, run) is None


@pytest.mark.parametrize("variant", LATENT_NAMES)
def test_that_resolved_settings_are_valid(variant: str) -> None:
    config = compose({"variant.name": variant})
    remedy = Remedy("", changes={R1: 1.0}, factors={D_RATE: 0.1})
    if is_possible(remedy, config):
        changed = config.with_values(resolve(remedy, config))
        assert changed.value(D_RATE) == pytest.approx(config.value(D_RATE) / 10, rel=1e-2)
