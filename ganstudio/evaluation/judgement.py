"""Can a person tell generated images from real ones? (Zhou et al. 2019, HYPE.) Imports no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from ganstudio.streams import stream_seed

Layout = Literal["single", "pair"]
_Z: Final = 1.959963984540054
"""Of the normal distribution, two-sided, at 95 %."""
START_MS, SHORTEST_MS, LONGEST_MS = 500, 100, 1000
FASTER_MS, SLOWER_MS = 10, 30
"""Steps of HYPE-time's staircase. Right answers that are three times as frequent as wrong ones hold it still: it leads
to the exposure at which three in four answers are right (Kaernbach 1991, weighted up-down)."""
_FEWEST_STEPS: Final = 20


@dataclass(frozen=True)
class Trial:
    """One question. `single`: an image, real or not. `pair`: a real one and a generated one, of which the right one
    is generated where `fake_at` is 1, else the left one. `real` and `fake` number the images of their kind."""

    layout: Layout
    real: int | None
    fake: int | None
    fake_at: int = 0

    @property
    def is_fake(self) -> bool:
        """Of a single image: whether it is generated."""
        return self.fake is not None


@dataclass(frozen=True)
class Answer:
    """What was said of a trial. `said` is 1 for "generated" (`single`) or for "the right one is generated" (`pair`),
    else 0; `exposure` how long the images were shown, None for as long as the person wanted."""

    trial: Trial
    said: int
    exposure: int | None = None

    @property
    def right(self) -> bool:
        """Whether it is true."""
        return self.said == (self.trial.fake_at if self.trial.layout == "pair" else int(self.trial.is_fake))


@dataclass(frozen=True)
class Result:
    """What the answers say. `rate` of errors (.5: no better than a coin) within `low` and `high`, Wilson's 95 %
    interval. `fooled` is the share of generated images that were taken for real, `mistrusted` that of real ones taken
    for generated; None for pairs, where each error is both. `threshold`: the exposure in ms at which three in four
    answers were right; None when the time was not limited, or too few answers were given to say."""

    layout: Layout
    trials: int
    errors: int
    rate: float
    low: float
    high: float
    fooled: float | None
    mistrusted: float | None
    timed: bool
    threshold: float | None


def draw_trials(layout: Layout, count: int, reals: int, fakes: int, seed: int) -> tuple[Trial, ...]:
    """`count` questions in random order, balanced: half of the single images are generated, and half of the pairs have
    the generated one on the right. No image comes twice. ValueError when there are too few images, or `count` is odd.
    """
    need = count if layout == "pair" else count // 2
    if count <= 0 or count % 2 or min(reals, fakes) < need:
        raise ValueError(f"{count} balanced trials need an even count and {need} images of either kind")
    random = np.random.default_rng(stream_seed(seed, "judgement"))
    of_real, of_fake = random.permutation(reals)[:need].tolist(), random.permutation(fakes)[:need].tolist()
    if layout == "pair":
        sides = random.permutation(np.arange(count) % 2).tolist()
        return tuple(Trial("pair", a, b, side) for a, b, side in zip(of_real, of_fake, sides, strict=True))
    every = [Trial("single", a, None) for a in of_real] + [Trial("single", None, b) for b in of_fake]
    return tuple(every[index] for index in random.permutation(count))


def next_exposure(exposure: int, right: bool) -> int:
    """HYPE-time's staircase: how long the next image is shown after this answer to one shown for `exposure` ms."""
    return min(LONGEST_MS, max(SHORTEST_MS, exposure - FASTER_MS if right else exposure + SLOWER_MS))


def threshold(exposures: Sequence[int]) -> float | None:
    """Where a staircase has settled: the mean of its second half. None for fewer than `_FEWEST_STEPS` answers."""
    if len(exposures) < _FEWEST_STEPS:
        return None
    return float(np.mean(exposures[len(exposures) // 2 :]))


def summarise(answers: Sequence[Answer]) -> Result:
    """What at least one answer, all to one layout, says."""
    errors = [answer for answer in answers if not answer.right]
    low, high = wilson(len(errors), len(answers))
    exposures = [answer.exposure for answer in answers if answer.exposure is not None]
    single = answers[0].trial.layout == "single"
    return Result(
        layout=answers[0].trial.layout,
        trials=len(answers),
        errors=len(errors),
        rate=len(errors) / len(answers),
        low=low,
        high=high,
        fooled=_wrong_share([one for one in answers if one.trial.is_fake]) if single else None,
        mistrusted=_wrong_share([one for one in answers if not one.trial.is_fake]) if single else None,
        timed=bool(exposures),
        threshold=threshold(exposures),
    )


def wilson(errors: int, trials: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion (Wilson 1927), which holds for few trials and for none or all wrong."""
    p, n, z2 = errors / trials, trials, _Z**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def _wrong_share(answers: Sequence[Answer]) -> float | None:
    return sum(not answer.right for answer in answers) / len(answers) if answers else None
