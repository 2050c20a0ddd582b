"""Weight decay, apart from the gradient with Adam (Loshchilov & Hutter 2019); done by the optimisers."""

from __future__ import annotations

from ganstudio.techniques.technique import Technique

WEIGHT_DECAY = tuple(
    Technique(
        name=f"weight-decay-{side}",
        title=f"Weight decay {letter}",
        paper="Loshchilov & Hutter 2019",
        paths=(f"optimizer.{side}.weight_decay",),
        off=0.0,
        help=f"The weights of {letter} shrink a little in each step.",
    )
    for side, letter in (("generator", "G"), ("discriminator", "D"))
)
