"""Real runs of a few steps, trained once for all tests that need networks."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from ganstudio.config import RunConfig
from ganstudio.runs.execute import train
from ganstudio.runs.folder import RunFolder
from ganstudio.training.control import Control
from ganstudio.training.events import Event, RunFinished
from ganstudio.variants.recipes import compose

LATENT_SIZE = 10
_COMMON = {
    "dataset.limit": 64,
    "training.batch_size": 16,
    "training.steps": 4,
    "training.checkpoint_every": 2,
    "training.samples": 4,
    "variant.latent_size": LATENT_SIZE,
    "variant.generator_width": 8,
    "variant.discriminator_width": 8,
    "optimizer.generator.learning_rate": 0.01,
    "techniques.ema.ramp": 1.0,
    "precision": "float32",
    "threads": 1,
}


def plain_config() -> RunConfig:
    return compose({**_COMMON, "variant.name": "vanilla"})


def class_config() -> RunConfig:
    return compose({**_COMMON, "variant.name": "dcgan", "variant.conditional": True, "training.steps": 2})


@functools.cache
def plain_run() -> RunFolder:
    """A run without classes, with checkpoints at steps 2 and 4."""
    return _trained("001-vanilla-mnist-10k", plain_config())


@functools.cache
def class_run() -> RunFolder:
    """A class-conditional run, with a checkpoint at step 2."""
    return _trained("002-dcgan-mnist-10k", class_config())


def _trained(name: str, config: RunConfig) -> RunFolder:
    folder = Path(os.environ["GANSTUDIO_HOME"]) / "tiny" / name
    events: list[Event] = []
    train(config, folder, events.append, Control())
    end = events[-1]
    assert isinstance(end, RunFinished) and end.error is None, end
    return RunFolder(folder)
