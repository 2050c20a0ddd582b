"""The rules, one file each. A rule sees the signals and events of a run and never its config."""

from __future__ import annotations

from ganstudio.health.rules.collapse import ModeCollapse
from ganstudio.health.rules.divergence import Divergence
from ganstudio.health.rules.explosion import ExplodingGradients
from ganstudio.health.rules.frozen import GeneratorFrozen
from ganstudio.health.rules.oscillation import Oscillation
from ganstudio.health.rules.overfitting import DiscriminatorOverfitting
from ganstudio.health.rules.plateau import Plateau
from ganstudio.health.rules.rule import Finding, Rule
from ganstudio.health.rules.saturation import DiscriminatorSaturation

RULES: tuple[Rule, ...] = (
    Divergence(),
    ExplodingGradients(),
    DiscriminatorSaturation(),
    GeneratorFrozen(),
    ModeCollapse(),
    Oscillation(),
    DiscriminatorOverfitting(),
    Plateau(),
)

__all__ = ["RULES", "Finding", "Rule"]
