"""The configuration of a run: frozen, validated, and documented field by field.

Every leaf carries what a form, a command line and a manual need: label, help, range, unit, and whether it may
change while a run trains (`live`). `fields()` lists them; `RunConfig.with_values` is the one way to change them.
The defaults here are neutral; what a paper or a recipe sets is applied by `ganstudio.variants`.
"""

from __future__ import annotations

import difflib
import json
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo

from ganstudio.errors import UserError

FORMAT_VERSION: Final = 1

Section = Literal["choice", "essentials", "objective", "techniques", "advanced"]
LossName = Literal["non-saturating", "saturating", "least-squares", "wasserstein", "hinge", "relativistic"]
Norm = Literal["none", "batch", "instance", "layer", "pixel"]


def _setting(
    default: Any,
    label: str,
    help: str,  # noqa: A002 - the field's own word
    *,
    section: Section = "advanced",
    unit: str = "",
    live: bool = False,
    order: int = 100,
    **bounds: Any,
) -> Any:
    extra: JsonDict = {"section": section, "unit": unit, "live": live, "order": order}
    return Field(default, title=label, description=help, json_schema_extra=extra, **bounds)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)


class DatasetConfig(_Section):
    """Which images are learnt, and in what shape."""

    name: str = _setting("mnist-10k", "Dataset", "A data set's name, or a folder of images.", section="choice")
    target: str | None = _setting(
        None,
        "Target dataset",
        "What images are translated to: a data set's name, or a folder (image to image, unpaired).",
        section="choice",
    )
    resolution: int | None = _setting(
        None, "Resolution", "Side of the square images; empty keeps the data's own.", unit="px", ge=8, le=512
    )
    channels: Literal["native", "grey", "rgb"] = _setting(
        "native", "Colour", "Train in grey or in colour; native keeps what the data has."
    )
    limit: int | None = _setting(
        None,
        "Use at most",
        "Train on so many images, drawn from all; empty uses all.",
        unit="images",
        ge=2,
        le=1_000_000_000,
    )
    holdout: float = _setting(
        0.1, "Hold-out share", "Share of the images that training never sees; measures use it.", ge=0.0, le=0.5
    )
    mirror: bool = _setting(False, "Mirror", "Show each image mirrored half of the time. Not for digits or text.")


class VariantConfig(_Section):
    """Which GAN, and how large its networks are."""

    name: str = _setting("r3gan", "Variant", "The GAN variant; each is one paper.", section="choice")
    latent_size: int = _setting(
        100, "Latent size", "Numbers from which one sample is made.", section="essentials", order=50, ge=1, le=2048
    )
    generator_width: int = _setting(
        64, "Width of G", "Channels (or units) of G's widest-resolution layer; others are multiples.", ge=4, le=1024
    )
    discriminator_width: int = _setting(
        64, "Width of D", "Channels (or units) of D's first layer; others are multiples.", ge=4, le=1024
    )
    generator_depth: int = _setting(
        1,
        "Blocks of G",
        "Residual blocks at G's lowest resolution; each stage above has one fewer. On points: hidden layers.",
        ge=0,
        le=16,
    )
    discriminator_depth: int = _setting(
        1,
        "Blocks of D",
        "Residual blocks at D's lowest resolution; each stage above has one fewer. On points: hidden layers.",
        ge=0,
        le=4,
    )
    conditional: bool = _setting(
        False,
        "Class-conditional",
        "Give both networks the class, so that a class can be asked for.",
        section="advanced",
    )
    conditioning: Literal["joined", "projection"] = _setting(
        "joined",
        "Class enters by",
        "joined: the class is appended to the latent and to the image; projection: D compares features with a "
        "learned vector of the class, and G's batch norm depends on it.",
    )
    generator_norm: Norm = _setting("none", "Norm of G", "Normalisation after G's hidden layers.")
    discriminator_norm: Norm = _setting(
        "none", "Norm of D", "Normalisation after D's hidden layers; batch norm does not suit gradient penalties."
    )
    scale: int = _setting(2, "Enlargement", "Times as many pixels a side: 2, 3 or 4 (super-resolution).", ge=2, le=4)
    stage_images: int = _setting(
        600_000,
        "Images a stage",
        "Images for which a new resolution fades in, and again for which it trains on (progressive).",
        unit="images",
        ge=1,
        le=1_000_000_000,
    )
    crop: int = _setting(
        96,
        "Crop",
        "Side of the pieces of images that are learnt from, at most the images' own (super-resolution).",
        unit="px",
        ge=16,
        le=1024,
    )
    pretraining: int = _setting(
        0,
        "Pre-training",
        "Images on which G learns by pixels alone before D joins (super-resolution).",
        unit="images",
        ge=0,
        le=1_000_000_000,
    )


class PenaltyConfig(_Section):
    """One gradient penalty of D."""

    weight: float = _setting(
        0.0,
        "Weight",
        "Factor of the penalty in D's loss; 0 turns it off.",
        section="objective",
        live=True,
        ge=0.0,
        le=1e4,
    )
    every: int = _setting(
        1,
        "Every",
        "Compute the penalty on every so many D steps only, with its weight times as large (lazy).",
        unit="steps",
        section="objective",
        ge=1,
        le=64,
    )


class PenaltiesConfig(_Section):
    """Gradient penalties: any of them joins any loss."""

    gradient: PenaltyConfig = Field(PenaltyConfig(), title="Gradient penalty λ")
    one_sided: PenaltyConfig = Field(PenaltyConfig(), title="One-sided penalty λ")
    zero_centred: PenaltyConfig = Field(PenaltyConfig(), title="Zero-centred penalty λ")
    r1: PenaltyConfig = Field(PenaltyConfig(), title="R1 penalty γ")
    r2: PenaltyConfig = Field(PenaltyConfig(), title="R2 penalty γ")


class ObjectiveConfig(_Section):
    """What D and G minimise."""

    loss: LossName = _setting("non-saturating", "Loss", "The adversarial loss of both networks.", section="objective")
    targets: Literal["0,1,1", "-1,1,0"] = _setting(
        "0,1,1",
        "Targets a, b, c",
        "Least squares pull D's score of generated images to a and of real ones to b, and G's to c.",
        section="objective",
    )
    penalties: PenaltiesConfig = PenaltiesConfig()
    drift: float = _setting(
        0.0, "Drift", "Weight of D(x)², which keeps a critic's scores near zero; 0 turns it off.", section="objective",
        live=True, ge=0.0, le=1e4,
    )  # fmt: skip
    orthogonal: float = _setting(
        0.0,
        "Orthogonal weights",
        "Weight of the penalty on G's filters for resembling each other; 0 turns it off.",
        section="objective",
        live=True,
        ge=0.0,
        le=1e4,
    )
    cycle: float = _setting(
        10.0, "Cycle λ", "Weight of getting the input back after both translations.", section="objective", live=True,
        ge=0.0, le=1e4,
    )  # fmt: skip
    identity: float = _setting(
        0.5, "Identity", "Weight of leaving an image of the target alone, as a share of the cycle's.",
        section="objective", live=True, ge=0.0, le=1e4,
    )  # fmt: skip
    pixels: float = _setting(
        0.0, "Pixels", "Weight of the pixels' squared error beside D, after pre-training (super-resolution).",
        section="objective", live=True, ge=0.0, le=1e4,
    )  # fmt: skip
    perceptual: float = _setting(
        0.006, "Perceptual", "Weight of the distance between deep features (super-resolution).", section="objective",
        live=True, ge=0.0, le=1e4,
    )  # fmt: skip
    adversarial: float = _setting(
        1e-3, "Adversarial", "Weight of fooling D beside the content (super-resolution).", section="objective",
        live=True, ge=0.0, le=1e4,
    )  # fmt: skip


class EmaConfig(_Section):
    """Moving average of G's weights; its samples are steadier than G's own."""

    half_life: float = _setting(
        500.0,
        "EMA half-life",
        "Images after which a weight's share in the average has halved; 0 copies G.",
        section="essentials",
        order=80,
        unit="images",
        live=True,
        ge=0.0,
        le=1e8,
    )
    ramp: float = _setting(
        0.05,
        "EMA ramp",
        "The half-life is at most this share of the images seen so far.",
        section="techniques",
        live=True,
        gt=0.0,
        le=1.0,
    )


def _technique(default: Any, label: str, help: str, **more: Any) -> Any:  # noqa: A002 - the field's own word
    return _setting(default, label, help, section="techniques", **more)


class InstanceNoiseConfig(_Section):
    """Gaussian noise on everything D sees, fading to none (Sonderby et al. 2016)."""

    sigma: float = _technique(
        0.0, "Instance noise σ", "Noise on real and generated images alike at the start, where images are in [-1, 1]; "
        "0 turns it off.", live=True, ge=0.0, le=10.0,
    )  # fmt: skip
    length: int = _technique(
        100_000, "Noise length", "Images after which the noise has faded to none.", unit="images", ge=1,
        le=1_000_000_000,
    )  # fmt: skip


class MinibatchConfig(_Section):
    """A layer of D that sees the whole batch, so that samples which are all alike give themselves away."""

    kind: Literal["none", "discrimination", "deviation"] = _technique(
        "none", "Minibatch layer",
        "discrimination: learned closeness to the other samples; deviation: how much a group of samples varies.",
    )  # fmt: skip
    kernels: int = _technique(100, "Minibatch kernels", "Learned closenesses a sample.", ge=1, le=1000)
    dims: int = _technique(5, "Minibatch dims", "Numbers in which one closeness is measured.", ge=1, le=64)
    group: int = _technique(4, "Minibatch group", "Samples over which the deviation is taken.", ge=2, le=64)


class FeatureMatchingConfig(_Section):
    """G matches the mean of D's features (Salimans et al. 2016)."""

    weight: float = _technique(
        0.0, "Feature matching", "Weight in G's loss; 0 turns it off.", live=True, ge=0.0, le=1e4
    )


class UnrolledConfig(_Section):
    """G looks ahead at D's next steps (Metz et al. 2017)."""

    steps: int = _technique(0, "Unrolled steps", "D's steps that G looks ahead; 0 turns it off.", ge=0, le=20)


class SpectralNormConfig(_Section):
    """Every layer's weight divided by its largest singular value (Miyato et al. 2018)."""

    discriminator: bool = _technique(False, "Spectral norm of D", "Bounds how steep D can be.")
    generator: bool = _technique(False, "Spectral norm of G", "Bounds how steep G can be.")


class AugmentConfig(_Section):
    """Differentiable augmentation of everything D sees, in D's steps and in G's."""

    policy: Literal["none", "diffaugment", "ada"] = _technique(
        "none", "Augmentation",
        "diffaugment: colour, shift and cut-out on each image; ada: a chain of changes, each with a probability.",
    )  # fmt: skip
    colour: bool = _technique(True, "Augment colour", "Brightness, saturation, contrast.")
    translation: bool = _technique(True, "Augment place", "Shift, and with ada flips, turns and scale.")
    cutout: bool = _technique(True, "Augment cut-out", "A square is blanked (diffaugment).")
    adaptive: bool = _technique(
        True, "Adaptive strength", "ada raises its probability while D overfits, where the loss lets it be told; off "
        "keeps the one below.",
    )  # fmt: skip
    probability: float = _technique(
        0.3, "Augment probability", "The probability of each change, where it is not adaptive.", live=True, ge=0.0,
        le=1.0,
    )  # fmt: skip
    ramp: int = _technique(
        0, "Augment ramp", "Images over which that probability rises from 0, as half a cosine.", unit="images", ge=0,
        le=1_000_000_000,
    )  # fmt: skip
    target: float = _technique(0.6, "Augment target", "Share r = E sign D(x) that is aimed at.", ge=-1.0, le=1.0)
    speed: int = _technique(
        500_000, "Augment speed", "Images in which the probability can go from 0 to 1.", unit="images", ge=1,
        le=1_000_000_000,
    )  # fmt: skip


class LeCamConfig(_Section):
    """D's scores are held near the running means of the other side (Tseng et al. 2021)."""

    weight: float = _technique(0.0, "LeCam", "Weight in D's loss; 0 turns it off.", live=True, ge=0.0, le=1e4)
    decay: float = _technique(0.99, "LeCam decay", "Memory of the running means.", ge=0.0, lt=1.0)
    start: int = _technique(1000, "LeCam start", "Steps before it begins.", unit="steps", ge=0, le=1_000_000_000)


class TransferConfig(_Section):
    """Start from another run's networks (FreezeD: Mo et al. 2020)."""

    run: str | None = _technique(None, "Start from run", "A run folder, whose weights are taken where shapes agree.")
    freeze: int = _technique(0, "Freeze D's layers", "First layers of D that are not trained.", ge=0, le=16)


class TechniquesConfig(_Section):
    """Switches that join any variant for which they are defined."""

    ema: EmaConfig = EmaConfig()
    instance_noise: InstanceNoiseConfig = InstanceNoiseConfig()
    minibatch: MinibatchConfig = MinibatchConfig()
    feature_matching: FeatureMatchingConfig = FeatureMatchingConfig()
    unrolled: UnrolledConfig = UnrolledConfig()
    spectral_norm: SpectralNormConfig = SpectralNormConfig()
    augment: AugmentConfig = AugmentConfig()
    lecam: LeCamConfig = LeCamConfig()
    transfer: TransferConfig = TransferConfig()
    weight_clip: float = _technique(
        0.0, "Weight clipping", "D's weights are clipped to this after each of its steps; 0 turns it off.", live=True,
        ge=0.0, le=100.0,
    )  # fmt: skip
    dropout: float = _technique(0.0, "Dropout of D", "Share of D's features that is dropped.", ge=0.0, lt=1.0)
    orthogonal_start: bool = _technique(False, "Orthogonal start", "Initial weights are orthogonal matrices.")
    perturbation: float = _technique(
        0.0, "Perturbed reals", "D also sees reals moved so far, in pixel values of 255, to where it likes them less.",
        live=True, ge=0.0, le=64.0,
    )  # fmt: skip
    real_label: float = _setting(
        1.0,
        "Real-label target",
        "D's target for real images: below 1 is one-sided label smoothing (cross-entropy losses only).",
        section="techniques",
        live=True,
        gt=0.5,
        le=1.0,
    )


class PlayerOptimizerConfig(_Section):
    """The optimiser of one network."""

    name: Literal["adam", "rmsprop", "sgd"] = _setting("adam", "Optimiser", "How gradients become steps.")
    learning_rate: float = _setting(
        2e-4, "Learning rate", "Size of a step; at 0 the network stays as it is.", section="essentials", live=True,
        ge=0.0, le=10.0,
    )  # fmt: skip
    beta1: float = _setting(0.5, "β1", "Adam's memory of the gradient; SGD's momentum.", live=True, ge=0.0, lt=1.0)
    beta2: float = _setting(
        0.999, "β2", "Adam's memory of the squared gradient; RMSprop's alpha.", live=True, ge=0.0, lt=1.0
    )
    weight_decay: float = _setting(
        0.0, "Weight decay", "Share of the learning rate by which weights shrink in each step.", live=True, ge=0.0,
        le=1.0,
    )  # fmt: skip
    clip_norm: float = _technique(
        0.0, "Clip norm", "Longest gradient; a longer one is scaled down to it. 0 turns it off.", live=True, ge=0.0,
        le=1e6,
    )  # fmt: skip
    clip_value: float = _technique(
        0.0, "Clip value", "Largest entry of a gradient; larger ones are cut off. 0 turns it off.", live=True, ge=0.0,
        le=1e6,
    )  # fmt: skip


class ScheduleConfig(_Section):
    """How both learning rates fall as images are seen; their length is their own, whatever the run's."""

    name: Literal["constant", "linear", "cosine", "exponential", "step"] = _setting(
        "constant", "Rate schedule", "How the learning rates of both networks fall as training goes on."
    )
    length: int = _setting(
        100_000, "Schedule length", "Images after which the rates have reached their last value.", unit="images",
        ge=1, le=1_000_000_000,
    )  # fmt: skip
    final: float = _setting(0.1, "Last rate", "The last learning rates as a share of the first.", ge=0.0, le=1.0)
    start: int = _setting(
        0, "Schedule start", "Images before the rates begin to fall.", unit="images", ge=0, le=1_000_000_000
    )
    warmup: int = _setting(
        0, "Warm-up", "Images over which the rates rise from 0.", unit="images", ge=0, le=1_000_000_000
    )
    penalties: float = _setting(
        1.0, "Last penalty", "The last weights of R1 and R2 as a share of the first.", ge=0.0, le=1.0
    )
    beta2: float | None = _setting(
        None, "First β2", "β2 at the start, from which it goes to the optimisers' own; empty keeps it.", ge=0.0, lt=1.0
    )
    accuracy: float | None = _setting(
        None, "Rates by D's accuracy", "Share of samples that D is to tell right: with more of them right D learns "
        "more slowly, with fewer G does. Empty turns it off.", gt=0.5, lt=1.0,
    )  # fmt: skip
    slowest: float = _setting(
        0.1, "Slowest rate", "Share of its rate that is left to a network that is as far ahead as can be.", gt=0.0,
        le=1.0,
    )  # fmt: skip
    plateau: int | None = _setting(
        None, "Reduce on plateau", "Lower both learning rates after so many evaluations in which the measure of the "
        "best checkpoint got no better. Empty turns it off.", unit="evaluations", ge=1, le=1000,
    )  # fmt: skip
    factor: float = _setting(
        0.5, "Plateau factor", "What both learning rates are multiplied by on a plateau.", gt=0.0, lt=1.0
    )


class OptimizerConfig(_Section):
    """The optimisers of both players."""

    generator: PlayerOptimizerConfig = Field(PlayerOptimizerConfig(), title="{} G")
    discriminator: PlayerOptimizerConfig = Field(PlayerOptimizerConfig(), title="{} D")
    schedule: ScheduleConfig = ScheduleConfig()


class StopConfig(_Section):
    """What ends a run before its length."""

    images: int | None = _setting(
        None, "Stop after images", "End once D has been shown so many real images; empty does not.", unit="images",
        live=True, ge=1, le=1_000_000_000_000,
    )  # fmt: skip
    seconds: float | None = _setting(
        None, "Stop after time", "End after so many seconds of training in all; empty does not.", unit="s", live=True,
        gt=0.0, le=1e9,
    )  # fmt: skip
    settled: float | None = _setting(
        None,
        "Stop when settled",
        "End when the critic's distance has changed by less than this share over 20 points of the plots (Wasserstein).",
        live=True,
        gt=0.0,
        le=1.0,
    )
    plateau: int | None = _setting(
        None, "Stop on plateau", "End after so many evaluations in which the measure of the best checkpoint got no "
        "better; empty does not.", unit="evaluations", live=True, ge=1, le=1000,
    )  # fmt: skip


class TrainingConfig(_Section):
    """How long, how much at a time, and what is kept on the way."""

    batch_size: int = _setting(
        64, "Batch size", "Images in one update.", section="essentials", order=40, unit="images", ge=1, le=8192
    )
    steps: int = _setting(
        6000, "Length", "Steps in all; one step is one round over all players.",
        section="essentials", order=10, unit="steps", live=True, ge=1, le=1_000_000_000,
    )  # fmt: skip
    discriminator_steps: int = _setting(
        1,
        "D steps per G step",
        "Updates of D for each update of G.",
        section="essentials",
        order=35,
        live=True,
        ge=1,
        le=100,
    )
    critic_boost: bool = _setting(
        False,
        "Critic's head start",
        "100 updates of D for each of the first 25 updates of G and for every 500th (WGAN, the authors' code).",
    )
    log_every: int = _setting(10, "Log every", "Steps between two points of the plots.", unit="steps", ge=1, le=100_000)
    sample_every: int = _setting(
        100, "Sample every", "Steps between two sample grids.", section="essentials", order=90, unit="steps", live=True,
        ge=1, le=1_000_000,
    )  # fmt: skip
    checkpoint_every: int = _setting(
        500, "Checkpoint every", "Steps between two checkpoints.", unit="steps", live=True, ge=1, le=1_000_000
    )
    samples: int = _setting(64, "Samples in the grid", "Fixed latents that are drawn each time.", ge=1, le=400)
    stop: StopConfig = StopConfig()


class EvaluationConfig(_Section):
    """How samples are measured against reals while the run trains; no setting here changes what is learnt."""

    every: int = _setting(
        0,
        "Evaluate every",
        "Measure the samples (FID and others) at this interval beside training; 0 measures on demand only.",
        unit="steps",
        live=True,
        ge=0,
        le=1_000_000_000,
    )
    count: int = _setting(
        2048,
        "Samples measured",
        "Generated images that an evaluation takes.",
        live=True,
        unit="images",
        ge=2,
        le=50_000,
    )
    share: float = _setting(
        0.25,
        "Evaluation share",
        "Share of one processor that an evaluation may take beside training.",
        live=True,
        gt=0.0,
        le=1.0,
    )
    extractor: str = _setting(
        "mobilenet",
        "Features by",
        "The network whose features are compared: mobilenet (shipped), inception (where its weights are present), or "
        "the path of an ONNX module.",
        live=True,
        min_length=1,
    )
    best: Literal["fid", "kid", "precision", "recall", "density", "coverage", "none"] = _setting(
        "fid", "Best checkpoint by", "The measure by which the best checkpoint is kept and marked.", live=True
    )


class HealthConfig(_Section):
    """What is done about a run that goes wrong."""

    roll_back: bool = _setting(
        False,
        "Roll back by itself",
        "When training diverges, go back to the last healthy checkpoint.",
        live=True,
    )


class RunConfig(_Section):
    """Everything that a run depends on; with the same machine it determines the result."""

    format_version: Literal[1] = Field(FORMAT_VERSION, title="Format version", description="Version of this file.")
    dataset: DatasetConfig = DatasetConfig()
    variant: VariantConfig = VariantConfig()
    objective: ObjectiveConfig = ObjectiveConfig()
    techniques: TechniquesConfig = TechniquesConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    training: TrainingConfig = TrainingConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    health: HealthConfig = HealthConfig()
    seed: int = _setting(
        0,
        "Seed",
        "The same seed on the same machine gives the same run.",
        section="essentials",
        order=95,
        ge=0,
        le=2**31 - 1,
    )
    device: str = _setting("auto", "Device", "auto takes an accelerator if there is one, else the CPU.")
    precision: Literal["auto", "float32", "bfloat16"] = _setting(
        "auto", "Precision", "bfloat16 computes the networks in half the bits where that is faster; auto decides."
    )
    threads: int = _setting(0, "Threads", "CPU threads of the training; 0 decides once and records it.", ge=0, le=1024)

    def value(self, path: str) -> Any:
        """The value at a dotted path such as ``"training.batch_size"``; KeyError when there is none."""
        node: Any = self
        for part in path.split("."):
            if not isinstance(node, BaseModel) or part not in type(node).model_fields:
                raise KeyError(path)
            node = getattr(node, part)
        return node

    def with_values(self, values: Mapping[str, Any]) -> Self:
        """A validated copy with the dotted paths set. UserError names the first field that is wrong."""
        data = self.model_dump()
        for path, value in values.items():
            _assign(data, path, value)
        return self.parse(data)

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """A config from plain data (JSON, TOML). UserError names the first field that is wrong."""
        check_format_version(data)
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            problem = explain(error)[0]
            raise UserError(str(problem), path=problem.path) from error

    def to_json(self) -> str:
        """The config as indented JSON, ending in a newline."""
        return json.dumps(self.model_dump(), indent=2) + "\n"

    def differences(self, other: RunConfig) -> dict[str, tuple[Any, Any]]:
        """Paths whose values differ, each with (own, other)."""
        pairs = ((spec.path, self.value(spec.path), other.value(spec.path)) for spec in fields())
        return {path: (mine, theirs) for path, mine, theirs in pairs if mine != theirs}


def read_config_data(path: Path) -> dict[str, Any]:
    """Plain data of a ``.json`` or ``.toml`` config file. UserError when it is missing or malformed."""
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except OSError as error:
        raise UserError(f"The config {path} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise UserError(
            f"The config {path} is not valid {path.suffix.lstrip('.').upper() or 'JSON'}: {error}"
        ) from error
    if not isinstance(data, dict):
        raise UserError(f"The config {path} must be a table of settings.")
    return data


def check_format_version(data: Mapping[str, Any]) -> None:
    """UserError when config data names a format version that this GANStudio does not read."""
    version = data.get("format_version", FORMAT_VERSION)
    if version != FORMAT_VERSION:
        raise UserError(
            f"This config has format version {version}; this GANStudio reads version {FORMAT_VERSION}.",
            path="format_version",
        )


def flatten(data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested config data as dotted paths."""
    flat: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def parse_assignment(text: str) -> tuple[str, Any]:
    """``"training.steps=100"`` as (path, value); the value is read as JSON, else kept as text."""
    path, equals, raw = text.partition("=")
    if not equals or not path.strip():
        raise UserError(f"'{text}' is not of the form PATH=VALUE, such as training.batch_size=32.")
    try:
        value = json.loads(raw)
    except ValueError:
        spec = _BY_PATH.get(path.strip())
        is_nothing = raw.strip().lower() in {"none", ""} and not (spec and raw.strip() in spec.choices)
        value = None if is_nothing else raw
    return path.strip(), value


@dataclass(frozen=True, kw_only=True)
class FieldSpec:
    """One leaf of the config, as forms and command lines show it."""

    path: str
    label: str
    help: str
    section: Section
    order: int
    unit: str
    live: bool
    kind: Literal["bool", "int", "float", "choice", "text"]
    optional: bool
    choices: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    open_minimum: bool
    open_maximum: bool
    default: Any

    def range_text(self) -> str:
        """The range in words, such as ``"between 0 and 10"``; empty when there is none."""
        low, high = self.minimum, self.maximum
        if low is not None and high is not None and not (self.open_minimum or self.open_maximum):
            return f"between {_number(low)} and {_number(high)}"
        ends = []
        if low is not None:
            ends.append(f"{'above' if self.open_minimum else 'at least'} {_number(low)}")
        if high is not None:
            ends.append(f"{'below' if self.open_maximum else 'at most'} {_number(high)}")
        return " and ".join(ends)


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field, in words."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


def explain(error: ValidationError) -> list[Problem]:
    """pydantic's findings as sentences for a person, one a field."""
    return [Problem(".".join(str(part) for part in item["loc"]), _sentence(item)) for item in error.errors()]


def fields() -> tuple[FieldSpec, ...]:
    """Every leaf of `RunConfig` that a person may set, in the order of the file."""
    return _FIELDS


def field(path: str) -> FieldSpec:
    """The leaf at `path`. UserError with the nearest valid path when there is none."""
    try:
        return _BY_PATH[path]
    except KeyError:
        raise unknown_setting(path) from None


def unknown_setting(path: str) -> UserError:
    """The error for a path that no setting has."""
    known = list(_BY_PATH)
    nearest = difflib.get_close_matches(path, known, n=1, cutoff=0.4)
    tails = [name for name in known if name.rsplit(".", 1)[-1] == path.rsplit(".", 1)[-1]]
    hint = tails[:1] or nearest
    return UserError(f"There is no setting '{path}'" + (f"; did you mean '{hint[0]}'?" if hint else "."), path=path)


def _assign(data: dict[str, Any], path: str, value: Any) -> None:
    *parents, leaf = path.split(".")
    node: Any = data
    for part in parents:
        node = node.get(part) if isinstance(node, dict) else None
    if not isinstance(node, dict) or leaf not in node or isinstance(node[leaf], dict):
        raise unknown_setting(path)
    node[leaf] = value


def _sentence(item: Any) -> str:
    kind, context, given = item["type"], item.get("ctx", {}), item.get("input")
    path = ".".join(str(part) for part in item["loc"])
    spec = _BY_PATH.get(path)
    if kind == "extra_forbidden":
        return f"{unknown_setting(path)}"
    if kind == "literal_error" and spec and spec.choices:
        nearest = difflib.get_close_matches(str(given), spec.choices, n=1, cutoff=0.4)
        hint = f"; did you mean '{nearest[0]}'?" if nearest else ""
        return f"'{given}' is not one of {', '.join(spec.choices)}{hint}"
    if kind.startswith(("greater_than", "less_than")) and spec:
        return f"must lie {spec.range_text()} (given: {given})".replace("lie at", "be at").replace(
            "lie above", "be above"
        )
    if kind in {"int_parsing", "int_type", "int_from_float"}:
        return f"must be a whole number (given: {given})"
    if kind in {"float_parsing", "float_type", "finite_number"}:
        return f"must be a finite number (given: {given})"
    if kind in {"bool_parsing", "bool_type"}:
        return f"must be true or false (given: {given})"
    message = str(item.get("msg", "is not valid"))
    return f"{message[0].lower()}{message[1:]} (given: {given})" if not context else message


def _number(value: float) -> str:
    """A bound as a person writes it: 2e-4, 0.1, 10000."""
    if value == int(value) and (abs(value) < 1e6 or value % 1000):
        return str(int(value))
    text = f"{value:g}"
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else text


def _leaves(model: type[BaseModel], prefix: str, titles: tuple[str, ...]) -> Iterator[FieldSpec]:
    for name, info in model.model_fields.items():
        if name == "format_version":
            continue
        annotation = info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _leaves(annotation, f"{prefix}{name}.", (*titles, info.title) if info.title else titles)
        else:
            yield _spec(f"{prefix}{name}", info, titles)


def _spec(path: str, info: FieldInfo, titles: tuple[str, ...]) -> FieldSpec:
    annotation, optional = info.annotation, False
    if typing.get_origin(annotation) is types.UnionType:
        optional = True
        annotation = next(part for part in typing.get_args(annotation) if part is not type(None))
    choices = tuple(str(c) for c in typing.get_args(annotation)) if typing.get_origin(annotation) is Literal else ()
    kinds: dict[Any, Any] = {bool: "bool", int: "int", float: "float", str: "text"}
    bounds: dict[str, Any] = {}
    for constraint in info.metadata:
        for key in ("ge", "gt", "le", "lt"):
            if hasattr(constraint, key):
                bounds[key] = getattr(constraint, key)
    extra: Any = info.json_schema_extra or {}
    return FieldSpec(
        path=path,
        label=_label(info.title or path, titles),
        help=info.description or "",
        section=extra.get("section", "advanced"),
        order=extra.get("order", 100)
        + (1 if path == "optimizer.discriminator.learning_rate" else 0)
        - (75 if path.endswith("learning_rate") else 0),
        unit=extra.get("unit", ""),
        live=extra.get("live", False),
        kind="choice" if choices else kinds[annotation],
        optional=optional,
        choices=choices,
        minimum=bounds.get("ge", bounds.get("gt")),
        maximum=bounds.get("le", bounds.get("lt")),
        open_minimum="gt" in bounds,
        open_maximum="lt" in bounds,
        default=info.get_default(call_default_factory=True),
    )


def _label(own: str, titles: tuple[str, ...]) -> str:
    """'Learning rate' under '{} G' is 'Learning rate G'; 'Weight' under 'R1 penalty γ' is 'R1 penalty γ'."""
    if not titles:
        return own
    title = titles[-1]
    if "{}" in title:
        return title.format(own)
    return title if own == "Weight" else f"{title.split()[0]} {own[0].lower()}{own[1:]}"


_FIELDS = tuple(_leaves(RunConfig, "", ()))
_BY_PATH = {spec.path: spec for spec in _FIELDS}
