"""Small worlds for the tests of the core: tiny runs, folders of pictures, random batches on any device."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from ganstudio.config import RunConfig
from ganstudio.game import SOURCE, TARGET, DataShape
from ganstudio.training.control import Control
from ganstudio.training.events import Event, RunFinished
from ganstudio.training.trainer import Trainer
from ganstudio.variants import VARIANTS
from ganstudio.variants.recipes import compose

VARIANT_NAMES = VARIANTS.names()
LATENT_NAMES = [variant.name for variant in VARIANTS if variant.task != "image-to-image"]
PRECISIONS = ("float32", "bfloat16")
TINY: dict[str, Any] = {
    "variant.latent_size": 8,
    "variant.generator_width": 4,
    "variant.discriminator_width": 4,
    "variant.generator_depth": 1,
    "variant.discriminator_depth": 1,
    "training.batch_size": 4,
    "training.critic_boost": False,
    "training.samples": 4,
    "training.log_every": 1,
    "precision": "float32",
    "threads": 1,
}


TINY_IMAGES: dict[str, Any] = {"dataset.resolution": 16, "dataset.limit": 64, "variant.pretraining": 8}


def tiny(variant: str = "vanilla", **values: Any) -> RunConfig:
    """A settled config of networks so small that a step takes milliseconds; dots in names are written ``__``."""
    given = {name.replace("__", "."): value for name, value in values.items()}
    small = TINY if variant in LATENT_NAMES else TINY | TINY_IMAGES
    return compose({"variant.name": variant, **small, **given})


def arguments(config: RunConfig) -> list[str]:
    """The command line that trains `config`."""
    changed = config.differences(compose({"variant.name": config.variant.name}))
    sets = [f"--set={path}={_spelt(value)}" for path, (value, _) in changed.items()]
    return ["train", "--variant", config.variant.name, *sets]


def _spelt(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class RandomBatches:
    """Real images of noise: a pure function of the position, on any device, also on one that holds no numbers."""

    def __init__(self, shape: DataShape, device: str | torch.device = "cpu") -> None:
        self.shape, self.device = shape, torch.device(device)
        self.asked: list[int] = []

    def at(self, position: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        self.asked.append(position)
        size = (count, self.shape.channels, self.shape.resolution, self.shape.resolution)
        if self.device.type == "meta":
            return torch.empty(size, device="meta"), torch.zeros(count, dtype=torch.int64, device="meta")
        generator = torch.Generator().manual_seed(position)
        images = torch.rand(size, generator=generator).mul(2).sub(1)
        labels = torch.randint(max(1, self.shape.num_classes), (count,), generator=generator)
        return images.to(self.device), labels.to(self.device)


def assembled(config: RunConfig, shape: DataShape = DataShape(28, 1), device: str = "cpu") -> Trainer:  # noqa: B008
    """A trainer of `config` before its first round, on batches of noise."""
    trainer = Trainer(config)
    trainer.assemble(VARIANTS.get(config.variant.name).build, shape, torch.device(device))
    trainer._data = {SOURCE: RandomBatches(shape, device), TARGET: RandomBatches(shape, device)}
    return trainer


def run(trainer: Trainer, control: Control | None = None) -> list[Event]:
    """All events of a run."""
    events: list[Event] = []
    trainer.run(events.append, control or Control())
    assert isinstance(events[-1], RunFinished)
    return events


def train(config: RunConfig, checkpoints: Path | None = None, control: Control | None = None) -> list[Event]:
    """Train `config` to its end, which must be a good one; all events."""
    events = run(Trainer(config, checkpoints=checkpoints), control)
    assert events[-1].error is None
    return events


def of(kind: type[Any], events: list[Event]) -> list[Any]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def picture(seed: int, side: int = 12, colour: bool = True) -> Image.Image:
    """A picture of noise."""
    shape = (side, side, 3) if colour else (side, side)
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, np.uint8))


def fill(folder: Path, count: int, *, side: int = 12, colour: bool = True, seed: int = 0) -> Path:
    """A folder of `count` pictures of noise."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        picture(seed * 1000 + i, side, colour).save(folder / f"{i:04d}.png")
    return folder
