"""The ways in which samples are too much alike, in words, with what helps against each."""

from __future__ import annotations

from ganstudio.health.rules.rule import D_RATE, G_RATE, Finding
from ganstudio.training.events import Remedy

_USUAL_UPDATE = 5e-3
_USUAL_LATENT = 64


def full(evidence: dict[str, float], diversity: float, best: float) -> Finding:
    """All samples are one."""
    before = f" (it was {best:.2f} at its best)" if best > 2 * diversity else ""
    text = (
        f"The mean distance between generated samples is {diversity:.3f} of that between reals{before}: whatever the "
        "latent, G makes nearly the same sample. It has found one that passes D and has no reason to make others. "
        "Let D compare samples with each other, or give G less of a lead."
    )
    return Finding("error", evidence, text, _advice())


def beaten(evidence: dict[str, float], pace: float) -> Finding:
    """D has lost, and G makes what it likes; D's weights move by `pace` of their length a step."""
    text = (
        f"D ranks a generated sample below a real one only {evidence['separation']:.1%} of the time: it has been "
        "beaten and does not recover. G has nothing more to learn from it, and makes samples that differ by "
        f"{evidence['coarse_diversity']:.2f} of what reals do in the large. Let D learn faster."
    )
    times = float(f"{min(1000.0, max(10.0, _USUAL_UPDATE / pace)):.1g}") if pace > 0 else 100.0
    faster = Remedy(f"Start anew with D {times:.0f} times as fast.", factors={D_RATE: times}, live=False, step=0)
    return Finding("error", evidence, text, (faster, *_advice()))


def partial(evidence: dict[str, float], what: str) -> Finding:
    """A part of the data is left out."""
    text = (
        f"The mean distance between generated samples {what}. G leaves out a part of the data, and nothing in D's "
        "verdict on single samples tells it so. Let D compare samples with each other, or smooth its verdict."
    )
    return Finding("warning", evidence, text, _advice())


def flat(evidence: dict[str, float]) -> Finding:
    """Samples vary, but in few directions."""
    text = (
        f"Around any generated sample others vary in {evidence['dimension']:.2f} of as many directions as reals do: G "
        "makes a few things in many grades, and what lies between and beside them is left out. Either the latent has "
        "too few numbers for the data, or G passes most of them by. Give it more of them, or let D compare samples "
        "with each other."
    )
    wider = Remedy(
        f"Start anew with {_USUAL_LATENT} latent numbers.",
        changes={"variant.latent_size": _USUAL_LATENT},
        live=False,
        step=0,
    )
    return Finding("warning", evidence, text, (wider, *_advice()))


def _advice() -> tuple[Remedy, ...]:
    return (
        Remedy(
            "Let D see whole batches and smooth its verdict: a minibatch layer and R1, G at a quarter of its rate.",
            changes={"techniques.minibatch.kind": "deviation", "objective.penalties.r1.weight": 1.0},
            factors={G_RATE: 0.25},
            live=False,
            step=0,
        ),
        Remedy(
            "Let D catch up: G at a tenth of its rate, R1, two updates of D for each of G.",
            changes={"objective.penalties.r1.weight": 1.0, "training.discriminator_steps": 2},
            factors={G_RATE: 0.1},
        ),
        Remedy("Raise D's learning rate ten times.", factors={D_RATE: 10.0}),
    )
