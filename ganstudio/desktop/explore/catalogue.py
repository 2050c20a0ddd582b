"""Which runs and checkpoints there are to explore, and what their models ask for. Imports no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ganstudio.config import DatasetConfig, RunConfig, read_config_data
from ganstudio.data.sources import DATASETS, find_source
from ganstudio.desktop.explore.preview import CheckpointSource, Source
from ganstudio.desktop.explore.state import LiveRun
from ganstudio.errors import RunFolderError, UserError
from ganstudio.game import DataShape
from ganstudio.paths import runs_folder
from ganstudio.runs.folder import RunFolder, list_runs
from ganstudio.variants import VARIANTS

LATEST = -1
"""The step that stands for the newest networks of a run."""


@dataclass(frozen=True)
class RunEntry:
    """A run as the list of runs shows it."""

    path: Path
    title: str


@dataclass(frozen=True)
class ModelFacts:
    """What has to be known of a model before it is loaded. `classes` is empty for a model without classes; `translates`
    says which images a model of images is for, and `two_ways` whether it translates to and fro. `dataset` is what a
    latent model has learnt from, and `truncates` whether the length of its latents means anything."""

    latent_size: int
    shape: DataShape
    classes: tuple[str, ...] = ()
    translates: DatasetConfig | None = None
    two_ways: bool = False
    dataset: DatasetConfig | None = None
    truncates: bool = True


class Choice:
    """Which networks are explored: a run, one of its checkpoints or the latest, averaged or raw."""

    def __init__(self) -> None:
        self.run: Path | None = None
        self.step = LATEST
        self.ema = True
        self.live: LiveRun | None = None

    @property
    def is_live(self) -> bool:
        """Whether the networks are those of the run that trains, as they change."""
        return self.live is not None and self.step == LATEST and self.run == self.live.path.resolve()

    def steps(self) -> list[int]:
        """The checkpoints of the run, ascending."""
        return [] if self.run is None else RunFolder(self.run).checkpoints()

    def source(self) -> Source | None:
        """What the preview draws with; None while there is nothing."""
        if self.is_live:
            return self.live
        if self.run is None or not (steps := self.steps()):
            return None
        step = self.step if self.step in steps else steps[-1]
        return CheckpointSource(RunFolder(self.run).checkpoint_path(step), self.ema)

    def facts(self) -> ModelFacts | None:
        """What the model asks for; None while there is nothing. RunFolderError when a checkpoint cannot be read."""
        if self.is_live and self.live is not None:
            return model_facts(self.live.config, self.live.shape, self.live.classes)
        if self.run is None or not (steps := self.steps()):
            return None
        return checkpoint_facts(RunFolder(self.run), self.step if self.step in steps else steps[-1])


class Catalogue:
    """The runs below the runs folder, newest first, and those that were opened from elsewhere; titles are kept."""

    def __init__(self) -> None:
        self._titles: dict[Path, str] = {}
        self._others: list[Path] = []

    def add(self, path: Path) -> None:
        """Have a run listed that may lie elsewhere."""
        path = path.resolve()
        if path not in self._others:
            self._others.append(path)

    def entries(self) -> list[RunEntry]:
        """Every run whose config can be read."""
        listed = [folder.path for folder in list_runs(runs_folder().resolve())]
        everything = [path for path in self._others if path not in listed and _is_run(path)] + listed
        return [RunEntry(path, title) for path in everything if (title := self._title(path))]

    def _title(self, path: Path) -> str:
        if path not in self._titles:
            try:
                self._titles[path] = run_title(path, read_config_data(path / "config.json"))
            except UserError:
                return ""
        return self._titles[path]


def run_title(path: Path, config: dict[str, object]) -> str:
    """Such as ``"016 R3GAN on MNIST"``, from the folder's name and plain config data."""
    variant, dataset = _name(config, "variant"), _name(config, "dataset")
    short = VARIANTS.get(variant).short if variant in VARIANTS else variant
    number = path.name.split("-", 1)[0]
    return f"{number if number.isdigit() else path.name} {short} on {_dataset_title(dataset)}"


def checkpoint_facts(folder: RunFolder, step: int) -> ModelFacts:
    """The facts of one checkpoint. RunFolderError when its manifest cannot be read."""
    try:
        manifest = json.loads((folder.checkpoint_path(step) / "manifest.json").read_text(encoding="utf-8"))
        config, shape = RunConfig.parse(manifest["config"]), DataShape(**manifest["shape"])
        classes = tuple(str(name) for name in manifest["classes"])
    except OSError as error:
        raise RunFolderError(f"The checkpoint of step {step} cannot be read: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise RunFolderError(f"The checkpoint of step {step} is damaged: its manifest cannot be read.") from error
    return model_facts(config, shape, classes)


def model_facts(config: RunConfig, shape: DataShape, classes: tuple[str, ...]) -> ModelFacts:
    """The facts of a model that is built from `config` for data of `shape`."""
    name = config.variant.name
    if name in VARIANTS and VARIANTS.get(name).task == "image-to-image":
        return ModelFacts(0, shape, translates=config.dataset, two_ways=config.dataset.target is not None)
    truncates = name not in VARIANTS or not VARIANTS.get(name).unit_latents
    conditional = config.variant.conditional or (name in VARIANTS and VARIANTS.get(name).task == "conditional")
    if not conditional:
        return ModelFacts(config.variant.latent_size, shape, dataset=config.dataset, truncates=truncates)
    numbered = tuple(str(index) for index in range(shape.num_classes))
    return ModelFacts(
        config.variant.latent_size, shape, classes or numbered, dataset=config.dataset, truncates=truncates
    )


def _is_run(path: Path) -> bool:
    return (path / "config.json").is_file()


def _name(config: dict[str, object], section: str) -> str:
    part = config.get(section)
    return str(part.get("name", "?")) if isinstance(part, dict) else "?"


def _dataset_title(name: str) -> str:
    if name in DATASETS:
        title = getattr(find_source(name), "title", name)
        return str(title)
    return Path(name).name
