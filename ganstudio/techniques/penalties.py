"""Gradient penalties of D: each is a term that any loss can have (variants/adversarial.py).

R1 and R2 are of D's slopes on the batches that it scores anyway, and defined with batch norm too. The others look at
places between two images, of which batch norm would make a batch of their own.
"""

from __future__ import annotations

from ganstudio.config import RunConfig
from ganstudio.game import Task
from ganstudio.techniques.technique import Technique, first_of, needs_latents


def needs_scores_of_single_samples(config: RunConfig, task: Task) -> str | None:
    """With batch norm, a sample's score depends on the others (Gulrajani et al. 2017, section 4, "no critic batch
    normalization"). D has no norm where it scores points."""
    if task != "points" and config.variant.discriminator_norm == "batch":
        return (
            "This penalty looks at places between two images, each alone, and batch norm mixes D's scores; choose "
            "another norm of D, or R1."
        )
    return None


def _penalty(key: str, title: str, paper: str, text: str, *, between: bool = True) -> Technique:
    path = f"objective.penalties.{key}"
    return Technique(
        name=f"{key.replace('_', '-')}-penalty",
        title=title,
        paper=paper,
        paths=(f"{path}.weight", f"{path}.every"),
        off=0.0,
        help=text,
        refusal=first_of(needs_latents, needs_scores_of_single_samples) if between else needs_latents,
    )


PENALTIES = (
    _penalty(
        "gradient",
        "Gradient penalty",
        "Gulrajani et al. 2017",
        "D's slope between real and generated images is held near 1, as a Wasserstein critic's must be.",
    ),
    _penalty(
        "one_sided",
        "One-sided penalty",
        "Gulrajani et al. 2017",
        "D's slope between real and generated images is held at 1 or below.",
    ),
    _penalty(
        "zero_centred",
        "Zero-centred penalty",
        "Thanh-Tung et al. 2019",
        "D's slope between real and generated images is held near 0: it generalises better.",
    ),
    _penalty(
        "r1",
        "R1 penalty",
        "Mescheder et al. 2018",
        "D's slope on real images is held near 0: training settles.",
        between=False,
    ),
    _penalty(
        "r2", "R2 penalty", "Mescheder et al. 2018", "D's slope on generated images is held near 0.", between=False
    ),
)
