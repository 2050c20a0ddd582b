"""The measures of generated images against training images, by name, and what a person is told of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ganstudio.errors import UserError, unknown_name

Better = Literal["lower", "higher", "neither"]


@dataclass(frozen=True)
class About:
    """What a measure is: its `title`, which way it is `better`, and what it `tells` in a sentence."""

    title: str
    better: Better
    tells: str


MEASURES: Final[dict[str, About]] = {
    "fid": About("FID", "lower", "Distance between Gaussians fitted to the features; biased upwards by few samples."),
    "kid": About("KID", "lower", "Unbiased kernel distance of the features, over 100 subsets."),
    "is": About("Inception score", "higher", "How sure a classifier is of each image, and how evenly of all."),
    "precision": About("Precision", "higher", "Share of samples that look like some training image."),
    "recall": About("Recall", "higher", "Share of training images that look like some sample."),
    "density": About("Density", "higher", "Training images' neighbourhoods that a sample lies in; about 1 is real."),
    "coverage": About("Coverage", "higher", "Share of training images with a sample in their neighbourhood."),
    "ndb": About("NDB/K", "lower", "Share of clusters that hold more or fewer samples than training images do."),
    "js": About("NDB's JS", "lower", "Jensen-Shannon divergence of samples and training images over the clusters."),
    "diversity": About("Diversity", "neither", "Mean distance between two samples; that of training images is noted."),
    "nearest_real": About("Nearest real", "neither", "Mean distance of a sample to its nearest training image."),
    "memorised": About(
        "Memorised", "lower", "Share of samples nearer to a training image than 99 in 100 of these are to each other."
    ),
}


def parse_measures(text: str | None) -> tuple[str, ...]:
    """``"fid,kid"`` as names, without doubles; all where None. UserError with the nearest name of one not known."""
    if text is None:
        return tuple(MEASURES)
    names = tuple(dict.fromkeys(name.strip().lower() for name in text.split(",") if name.strip()))
    if not names:
        raise UserError(f"Name at least one measure: {', '.join(MEASURES)}.")
    for name in names:
        if name not in MEASURES:
            raise unknown_name("measure", name, MEASURES)
    return names
