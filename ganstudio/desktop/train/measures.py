"""What the measures of an evaluation are called, which way is better, and what they tell. Imports no Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Better = Literal["lower", "higher", ""]

ENOUGH: Mapping[str, int] = {"MobileNetV2": 1280, "Inception": 2048}
"""Numbers of features: a covariance of fewer samples is singular, and FID's bias large."""


@dataclass(frozen=True)
class Naming:
    """A measure's name, the better direction, and a sentence. `of_features`: the extractor belongs to its name."""

    name: str
    better: Better
    tooltip: str
    of_features: bool = False


_KNOWN: Mapping[str, Naming] = {
    "fid": Naming(
        "FID", "lower", "Fréchet distance between the features of real and generated images; biased at any N", True
    ),
    "kid": Naming("KID", "lower", "Kernel distance between the features of real and generated images", True),
    "is": Naming("IS", "higher", "Inception score: each picture of one sure class, all classes alike", True),
    "precision": Naming("Precision", "higher", "Share of generated images that lie among real ones"),
    "recall": Naming("Recall", "higher", "Share of real images that lie among generated ones"),
    "density": Naming("Density", "higher", "How densely real images surround the generated ones; may exceed 1"),
    "coverage": Naming("Coverage", "higher", "Share of real images with a generated one close by"),
    "ndb": Naming("NDB/K", "lower", "Share of the clusters of real images that are over- or under-filled"),
    "ndb_js": Naming("NDB, JS", "lower", "Jensen-Shannon divergence of how the clusters are filled"),
    "diversity": Naming("Diversity", "", "Mean distance between generated images; near that of real ones is best"),
    "nearest_real": Naming("Nearest real", "", "Mean distance of a generated image to the nearest real one"),
    "memorised": Naming("Memorised", "lower", "Share of generated images that are all but copies of real ones"),
    "wasserstein": Naming("Wasserstein", "lower", "The critic’s own estimate of the distance to real images"),
}
_ARROWS: Mapping[Better, str] = {"lower": " ↓", "higher": " ↑", "": ""}


def naming_of(measure: str) -> Naming:
    """The measure's naming; one that is not known here goes by its own name, without a direction."""
    known = _KNOWN.get(measure)
    return known or Naming(measure.replace("_", " ").capitalize(), "", measure)


def quoted_name(measure: str, extractor: str) -> str:
    """As it may be quoted: ``"FID-MobileNetV2"``, ``"Recall"``."""
    naming = naming_of(measure)
    return f"{naming.name}-{extractor}" if naming.of_features and extractor else naming.name


def full_name(measure: str, extractor: str) -> str:
    """The same with an arrow for what is better: ``"FID-MobileNetV2 ↓"``, ``"Recall ↑"``."""
    return quoted_name(measure, extractor) + _ARROWS[naming_of(measure).better]


def in_order(measures: Iterable[str]) -> list[str]:
    """The known ones in their usual order, then the others by name."""
    order = list(_KNOWN)
    return sorted(measures, key=lambda one: (order.index(one) if one in order else len(order), one))
