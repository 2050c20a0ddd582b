"""What changes when a variant learns points in a plane in place of images. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ganstudio.config import RunConfig, fields
from ganstudio.data.sources import subject_of
from ganstudio.errors import UserError

SAMPLES: Final = 2500
"""Fixed latents of a run on points; `training.samples` is for grids of pictures."""

DEFAULTS: Mapping[str, Any] = {
    "variant.latent_size": 2,
    "variant.generator_width": 128,
    "variant.discriminator_width": 128,
    "variant.generator_depth": 3,
    "variant.discriminator_depth": 3,
    "variant.generator_norm": "none",
    "variant.discriminator_norm": "none",
    "techniques.ema.half_life": 5_000.0,
    "optimizer.generator.learning_rate": 1e-3,
    "optimizer.discriminator.learning_rate": 1e-3,
    "training.batch_size": 256,
    "training.steps": 10_000,
    "training.log_every": 20,
    "training.checkpoint_every": 1000,
    "precision": "float32",
    "threads": 1,
}
"""On top of a variant's paper, whose loss, penalties and D steps stay: networks, rates and lengths for the plane."""

_NETWORKS = "Points are played with plain networks of linear layers, which have none of it."
_PICTURES = "It changes pictures; points have no pixels."
REFUSALS: Mapping[str, str] = {
    "dataset.resolution": "Points have no resolution; leave it empty.",
    "dataset.channels": "Points have no colour; leave it at native.",
    "dataset.mirror": "Only images are mirrored; turn it off for points.",
    "variant.generator_norm": _NETWORKS,
    "variant.discriminator_norm": _NETWORKS,
    "techniques.augment.policy": _PICTURES,
    "techniques.perturbation": "It is measured in pixel values; points have none.",
}
"""Why a setting cannot be used on points, by its path."""

_HIDDEN = frozenset(
    {"training.samples", *REFUSALS, *(spec.path for spec in fields() if spec.path.startswith("techniques.augment."))}
)
_SHOWN = frozenset({"variant.generator_depth", "variant.discriminator_depth"})


def are_learnt(config: RunConfig) -> bool:
    """Whether the data set of `config` is one of points."""
    return subject_of(config.dataset.name) == "points"


def unused_on_points(unused: frozenset[str]) -> frozenset[str]:
    """Settings that mean nothing on points, for a variant with those that are `unused` on images."""
    return (unused - _SHOWN) | _HIDDEN


def check_points(config: RunConfig) -> None:
    """UserError, naming the setting, when `config` asks something of points that they cannot give."""
    for path, reason in REFUSALS.items():
        value = config.value(path)
        if value not in (None, False, 0.0, "none", "native"):
            raise UserError(reason, path=path)
    for path in sorted(_SHOWN):
        if config.value(path) < 1:
            raise UserError("Networks of points need one hidden layer at least.", path=path)
