"""Runs that were written down before any rule was tried on them: other variants, data and causes than `cases` has.

The rules as they were then named 11 of the 14 faults: not the two with one and two latent numbers, nor BigGAN's D. Of
the 8 healthy runs two gave an alarm: WGAN-GP on 25 Gaussians, which moves to and fro by a whole deviation for 500 steps
and covers 6 modes at step 700, and still does, and DCGAN on two moons, which does so until step 400 and then settles.
The rules have since been mended by these runs, which are no longer blind to that extent.
"""

from __future__ import annotations

from cases import R1, Case, D, G, rates

HEALTHY = (
    Case("biggan", None, "biggan", 120),
    Case("bilinear", None, "bilinear", 150),
    Case("lsgan on emoji", None, "lsgan", 200, {"dataset.resolution": 32, "seed": 7}, "emoji-fluent"),
    Case("sngan, another seed", None, "sngan", 150, {"seed": 11}),
    Case("wgan-gp on 25 Gaussians", None, "wgan-gp", 700, {}, "25-gaussians"),
    Case("lsgan on the swiss roll", None, "lsgan", 800, {"seed": 3}, "swiss-roll"),
    Case("dcgan on two moons", None, "dcgan", 800, {}, "two-moons"),
    Case("r3gan on the spiral", None, "r3gan", 800, {"seed": 2}, "spiral"),
)

FAULTS = (
    Case("one latent number", "mode_collapse", "dcgan", 250, {"variant.latent_size": 1}),
    Case("two latent numbers, lsgan", "mode_collapse", "lsgan", 250, {"variant.latent_size": 2, "seed": 4}),
    Case(
        "cgan with D asleep",
        "mode_collapse",
        "cgan",
        200,
        {"variant.conditional": "true", f"{D}.learning_rate": 1e-6},
    ),
    Case(
        "wasserstein without bounds on emoji",
        "exploding_gradients",
        "wgan",
        120,
        {"dataset.resolution": 32, "techniques.weight_clip": 0.0, f"{D}.learning_rate": 3e-3},
        "emoji-noto",
    ),
    Case("biggan, D far too fast", "discriminator_saturation", "biggan", 150, {**rates(1e-2, 1e-5), "seed": 1}),
    Case("lsgan, D far too fast", "discriminator_saturation", "lsgan", 200, {**rates(5e-3, 1e-5), R1: 0.0, "seed": 8}),
    Case(
        "r3gan on 50 images",
        "discriminator_overfitting",
        "r3gan",
        400,
        {"dataset.limit": 50, R1: 0.0, "objective.penalties.r2.weight": 0.0},
    ),
    Case(
        "cgan on 50 images",
        "discriminator_overfitting",
        "cgan",
        400,
        {"variant.conditional": "true", "dataset.limit": 50, "seed": 6},
    ),
    Case("sngan, G at rest", "generator_frozen", "sngan", 120, {f"{G}.learning_rate": 1e-7}),
    Case("lsgan on two moons, G at rest", "generator_frozen", "lsgan", 600, {f"{G}.learning_rate": 1e-7}, "two-moons"),
    Case("lsgan, both rates at .1", "divergence", "lsgan", 100, {**rates(0.1), "seed": 9}),
    Case(
        "momentum on the swiss roll",
        "oscillation",
        "lsgan",
        1000,
        {**rates(5e-3), f"{G}.beta1": 0.9, f"{D}.beta1": 0.9},
        "swiss-roll",
    ),
    Case(
        "momentum on 25 Gaussians",
        "oscillation",
        "dcgan",
        1000,
        {**rates(5e-3), f"{G}.beta1": 0.95, f"{D}.beta1": 0.95, "seed": 1},
        "25-gaussians",
    ),
    Case(
        "G ten times as fast on two moons",
        "mode_collapse",
        "vanilla",
        1000,
        {f"{G}.learning_rate": 1e-2, f"{D}.learning_rate": 2e-4},
        "two-moons",
    ),
)
