"""Dropout of the features that D scores (Srivastava et al. 2014); built into D's head."""

from __future__ import annotations

from ganstudio.techniques.technique import Technique, needs_latents

DROPOUT = Technique(
    name="dropout",
    title="Dropout of D",
    paper="Srivastava et al. 2014",
    paths=("techniques.dropout",),
    off=0.0,
    help="D scores a random part of its features in each step, and cannot lean on a few of them.",
    refusal=needs_latents,
)
