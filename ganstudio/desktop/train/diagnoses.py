"""What the doctor's findings are called, and why they happen, in words for a person. Imports no Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ganstudio.health.rules import RULES
from ganstudio.health.rules.rule import Limit, Rule
from ganstudio.training.events import Diagnosed, Severity


@dataclass(frozen=True)
class Words:
    """A finding's title, why it happens, and the paper that describes it."""

    title: str
    why: str
    source: str = ""


@dataclass(frozen=True)
class Look:
    """How serious a finding looks: icon, and the tokens of its text and its chip's ground."""

    icon: str
    token: str
    ground: str


LOOKS: Mapping[Severity, Look] = {
    "info": Look("info", "ink2", "hover"),
    "warning": Look("warning", "warn", "warn_soft"),
    "error": Look("x-circle", "bad", "bad_soft"),
}
_KNOWN: Mapping[str, Words] = {
    "mode_collapse": Words(
        "G repeats itself",
        "G is paid for fooling the D of this moment, not for variety. Once a few pictures fool D, G maps all latents to"
        " them; D learns to refuse these, and G moves on to the next few.",
        "Metz 2017, arXiv 1611.02163",
    ),
    "discriminator_saturation": Words(
        "D is pulling ahead",
        "Where D tells real from generated without doubt, its slope between them goes to zero, and that slope is all"
        " that G learns from. A D that learns more slowly, or is kept smooth by a penalty, leaves a slope.",
        "Arjovsky 2017, arXiv 1701.04862",
    ),
    "exploding_gradients": Words(
        "Gradients explode",
        "A step that is too long makes the next gradient larger, and that the next step longer still. Lower rates, a"
        " penalty on D's gradient, or clipping break the loop before numbers stop being finite.",
        "Mescheder 2018, arXiv 1801.04406",
    ),
    "oscillation": Words(
        "Losses circle without progress",
        "Each player answers the other's last move, and around the balance point both answers overshoot. A gradient"
        " penalty, lower rates or less momentum damp the circle.",
        "Mescheder 2017, arXiv 1705.10461",
    ),
    "discriminator_overfitting": Words(
        "D learns the images by heart",
        "With few images D can remember each of them. It then calls held-out real images fake, and what it tells G is"
        " about the images it remembers. Augmentation of what D sees makes remembering harder.",
        "Karras 2020, arXiv 2006.06676",
    ),
    "generator_frozen": Words(
        "G no longer learns",
        "G's pictures stay as they are: its gradient or its rate is so small that steps change next to nothing.",
    ),
    "divergence": Words(
        "Training diverges",
        "Losses grow without bound, and what comes after is seldom of use. Go back to a checkpoint from before, with"
        " lower rates or a penalty on D's gradient.",
        "Mescheder 2018, arXiv 1801.04406",
    ),
    "plateau": Words(
        "Training is done",
        "The chosen measure has not become better for a good while. More steps of the same will hardly help; the best"
        " checkpoint is kept.",
    ),
}


_RULES: Mapping[str, Rule] = {rule.name: rule for rule in RULES}


def limits_of(finding: Diagnosed) -> Mapping[str, Limit]:
    """Where health ends, by what the evidence calls it."""
    rule = _RULES.get(finding.name)
    return rule.limits if rule else {}


def grounds_of(finding: Diagnosed) -> str:
    """What the rule looks at and where its thresholds come from; empty for one that this version does not know."""
    rule = _RULES.get(finding.name)
    return f"Looks at {rule.looks_at}. Thresholds: {rule.source}." if rule else ""


def words_of(finding: Diagnosed) -> Words:
    """Title and cause; one that this version does not know is called by its name."""
    known = _KNOWN.get(finding.name)
    return known or Words(finding.name.replace("_", " ").capitalize(), "")
