"""Gradient clipping by value and by norm (Pascanu et al. 2013, section 3.2); done by the trainer."""

from __future__ import annotations

from ganstudio.techniques.technique import Technique

_KINDS = (
    ("value", "Entries of the gradient beyond this are cut off."),
    ("norm", "A gradient longer than this is scaled down to it."),
)

GRADIENT_CLIPPING = tuple(
    Technique(
        name=f"clip-{kind}-{side}",
        title=f"Clip {kind} {letter}",
        paper="Pascanu et al. 2013",
        paths=(f"optimizer.{side}.clip_{kind}",),
        off=0.0,
        help=text,
    )
    for side, letter in (("generator", "G"), ("discriminator", "D"))
    for kind, text in _KINDS
)
