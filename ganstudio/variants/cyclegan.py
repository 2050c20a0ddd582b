"""CycleGAN (Zhu et al. 2017): two translators, each of which undoes the other; the images need no pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ganstudio.config import RunConfig
from ganstudio.errors import UserError
from ganstudio.game import (
    DISCRIMINATOR,
    GENERATOR,
    SOURCE,
    TARGET,
    DataShape,
    Door,
    Game,
    Kind,
    Networks,
    Phase,
    Player,
    Term,
    Translation,
)
from ganstudio.variants.variant import FIRST_MINUTE_PRESET, Paper, Preset, Variant

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ganstudio.networks.pool import ImagePool

_OTHER = {SOURCE: TARGET, TARGET: SOURCE}
_POOL = 50
_COLUMNS = ("source", "as target", "back to source", "target", "as source", "back to target")


def to(domain: str) -> str:
    """The network that translates to a domain."""
    return f"to_{domain}"


def judge(domain: str) -> str:
    """The network that tells real images of a domain from translated ones."""
    return f"discriminator_{domain}"


def build(config: RunConfig, shape: DataShape) -> Game:
    """Two generators and two discriminators that see patches, each pair trained as one player."""
    from ganstudio.networks.cyclegan import PatchDiscriminator, TranslationGenerator
    from ganstudio.networks.pool import ImagePool
    from ganstudio.techniques import apply_techniques

    options, side, channels = config.variant, shape.resolution, shape.channels
    networks: dict[str, nn.Module] = {}
    for domain in (TARGET, SOURCE):
        networks[to(domain)] = TranslationGenerator(
            side, channels, options.generator_width, options.generator_depth, options.generator_norm
        )
        networks[judge(domain)] = PatchDiscriminator(
            side, channels, options.discriminator_width, options.discriminator_norm
        )
    terms = {DISCRIMINATOR: discriminator_terms(config), GENERATOR: generator_terms(config)}
    game = Game(
        networks=networks,
        players=(
            Player(
                name=DISCRIMINATOR,
                networks=(judge(TARGET), judge(SOURCE)),
                optimizer="optimizer.discriminator",
                after=(fill_pools,),
            ),
            Player(name=GENERATOR, networks=(to(TARGET), to(SOURCE)), optimizer="optimizer.generator"),
        ),
        phase=lambda _cursor, setting: Phase(
            name="train",
            plays=(DISCRIMINATOR,) * setting("training.discriminator_steps") + (GENERATOR,),
            terms=terms,
        ),
        ema=(to(TARGET), to(SOURCE)),
        memory={_pool_name(domain): ImagePool(_POOL, channels, side) for domain in (TARGET, SOURCE)},
        domains=(SOURCE, TARGET),
        translation=Translation(
            columns=_COLUMNS,
            show=show,
            translate=lambda nets, images: nets[to(TARGET)](images),
            directions={
                TARGET: lambda nets, images: nets[to(TARGET)](images),
                SOURCE: lambda nets, images: nets[to(SOURCE)](images),
            },
        ),
    )
    return apply_techniques(game, config, "image-to-image")


def translated(door: Door, domain: str) -> Tensor:
    """This play's real images of the other domain, translated to `domain`; carries a graph only when G plays."""
    return door.once(f"translated/{domain}", lambda: door.run(to(domain), door.real(_OTHER[domain])))


def discriminator_terms(config: RunConfig) -> tuple[Term, ...]:
    """Both discriminators' losses, at half their weight, on real images and on fakes of the pool (section 4).

    The least-squares loss has that half in its definition already.
    """
    from ganstudio.losses.adversarial import CROSS_ENTROPY, adversarial_loss

    loss = adversarial_loss(config.objective)
    share = 1.0 if config.objective.loss == "least-squares" else 0.5
    smooths = config.objective.loss in CROSS_ENTROPY

    def adversarial(door: Door) -> Tensor:
        import torch

        label = door.setting("techniques.real_label") if smooths else 1.0
        real = [_score(door, domain, "real", door.real(domain)) for domain in _OTHER]
        fake = [_score(door, domain, "fake", _from_pool(door, domain)) for domain in _OTHER]
        door.observe("real", torch.cat(real))
        door.observe("fake", torch.cat(fake))
        losses = (loss.discriminator(r, f, real_label=label) for r, f in zip(real, fake, strict=True))
        return share * torch.stack(list(losses)).sum()

    return (Term(name="adversarial", value=adversarial),)


def generator_terms(config: RunConfig) -> tuple[Term, ...]:
    """Fool both discriminators (equation 1); get the input back after both translations (equation 2); leave images of
    the target as they are (section 5.2, whose weight is a share of the cycle's)."""
    from ganstudio.losses.adversarial import adversarial_loss

    loss = adversarial_loss(config.objective)
    share = 2.0 if config.objective.loss == "least-squares" else 1.0

    def adversarial(door: Door) -> Tensor:
        parts = [
            loss.generator(
                _score(door, domain, "real", door.real(domain)) if loss.paired else None,
                _score(door, domain, "fake", translated(door, domain)),
            )
            for domain in _OTHER
        ]
        return share * (parts[0] + parts[1])

    def cycle(door: Door) -> Tensor:
        back = {domain: door.run(to(domain), translated(door, _OTHER[domain])) for domain in _OTHER}
        return _distance(door, back)

    def identity(door: Door) -> Tensor:
        same = {domain: door.run(to(domain), door.real(domain)) for domain in _OTHER}
        weight: float = door.setting("objective.cycle")
        return weight * _distance(door, same)

    return (
        Term(name="adversarial", value=adversarial),
        Term(name="cycle", value=cycle, weight="objective.cycle"),
        Term(name="identity", value=identity, weight="objective.identity"),
    )


def fill_pools(door: Door) -> None:
    """Push this play's fakes into the pools, once the discriminators have stepped."""
    for domain in _OTHER:
        _pool(door, domain).push(translated(door, domain), door.random(_pool_name(domain)))


def show(networks: Networks, images: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
    """Both ways: an image, its translation, and the way back."""
    columns: list[Tensor] = []
    for domain in (SOURCE, TARGET):
        there = networks[to(_OTHER[domain])](images[domain])
        columns += [images[domain], there, networks[to(domain)](there)]
    return tuple(columns)


def demand(_config: RunConfig, shape: DataShape) -> None:
    """UserError when the generators cannot halve the image as often as they want to."""
    step = 4 if shape.resolution >= 64 else 2
    if shape.resolution % step:
        raise UserError(
            f"CycleGAN halves the image: {shape.resolution} px will not do; use {shape.resolution // step * step} px.",
            path="dataset.resolution",
        )


def _from_pool(door: Door, domain: str) -> Tensor:
    fakes, random = translated(door, domain), door.random(_pool_name(domain))
    return door.once(_pool_name(domain), lambda: _pool(door, domain).offered(fakes, random))


def _score(door: Door, domain: str, kind: Kind, images: Tensor) -> Tensor:
    return door.critic(images, name=judge(domain), stream=f"critic/{domain}/{kind}")


def _distance(door: Door, images: Mapping[str, Tensor]) -> Tensor:
    """The mean absolute distance from this play's real images, summed over the domains."""
    parts = [(images[domain] - door.real(domain)).abs().mean() for domain in _OTHER]
    return parts[0] + parts[1]


def _pool(door: Door, domain: str) -> ImagePool:
    from ganstudio.networks.pool import ImagePool

    pool = door.memory[_pool_name(domain)]
    assert isinstance(pool, ImagePool)
    return pool


def _pool_name(domain: str) -> str:
    return f"pool_{domain}"


CYCLEGAN = Variant(
    name="cyclegan",
    title="CycleGAN",
    short="CycleGAN",
    task="image-to-image",
    idea="Two translators between two kinds of images, without pairs: what one does, the other must undo.",
    paper=Paper("Zhu et al.", 2017, "1703.10593"),
    defaults={
        "dataset.name": "emoji-noto",
        "dataset.target": "emoji-fluent",
        "variant.generator_width": 64,
        "variant.discriminator_width": 64,
        "variant.generator_depth": 9,
        "variant.generator_norm": "instance",
        "variant.discriminator_norm": "instance",
        "objective.loss": "least-squares",
        "objective.cycle": 10.0,
        "objective.identity": 0.5,
        "techniques.ema.half_life": 0.0,
        "optimizer.generator.learning_rate": 2e-4,
        "optimizer.discriminator.learning_rate": 2e-4,
        "optimizer.schedule.name": "linear",
        "optimizer.schedule.start": 133_400,
        "optimizer.schedule.length": 133_400,
        "optimizer.schedule.final": 0.0,
        "training.batch_size": 1,
        "training.steps": 266_800,
    },
    presets=(
        Preset(
            name=FIRST_MINUTE_PRESET,
            title="First minutes on a CPU",
            summary="Narrow networks at 32 px, batches of 4, higher rates and an average of G: a new style on a CPU.",
            values={
                "dataset.name": "emoji-noto",
                "dataset.target": "emoji-fluent",
                "dataset.resolution": 32,
                "variant.generator_width": 16,
                "variant.discriminator_width": 32,
                "variant.generator_depth": 3,
                "techniques.ema.half_life": 1000.0,
                "optimizer.generator.learning_rate": 5e-4,
                "optimizer.discriminator.learning_rate": 5e-4,
                "optimizer.schedule.start": 16_000,
                "optimizer.schedule.length": 16_000,
                "training.batch_size": 4,
                "training.steps": 8000,
                "training.sample_every": 200,
            },
        ),
    ),
    without=frozenset(
        {"variant.latent_size", "variant.discriminator_depth", "variant.conditional", "variant.conditioning"}
    ),
    special=frozenset({"dataset.target", "objective.cycle", "objective.identity"}),
    grows=False,
    demands=demand,
    build=build,
)
