"""A layer of D that sees the whole batch, so that a G which repeats itself gives itself away; built into D's head."""

from __future__ import annotations

from ganstudio.techniques.technique import Technique, needs_latents

MINIBATCH = Technique(
    name="minibatch",
    title="Minibatch layer",
    paper="Salimans et al. 2016; Karras et al. 2018",
    paths=(
        "techniques.minibatch.kind",
        "techniques.minibatch.kernels",
        "techniques.minibatch.dims",
        "techniques.minibatch.group",
    ),
    off="none",
    help="D sees how alike the samples of a batch are: a G that repeats itself gives itself away.",
    refusal=needs_latents,
)
