"""Statistics of scores and samples that tell how a game stands: pure functions of tensors, on any device."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

COARSE, FINE = 4, 32
_NEIGHBOUR = 5
_AROUND = 10
_WIDE = 64


def separation(positive: Tensor, negative: Tensor) -> Tensor:
    """P(positive > negative) of scores (N,) and (M,), ties counted half: the area under the ROC curve (scalar)."""
    difference = positive[:, None] - negative[None, :]
    return (difference > 0).float().mean() + 0.5 * (difference == 0).float().mean()


def margin(positive: Tensor, negative: Tensor) -> Tensor:
    """Distance of the means of scores in units of their pooled deviation (Cohen's d): scalar."""
    spread = ((positive.var(correction=0) + negative.var(correction=0)) / 2).sqrt()
    return (positive.mean() - negative.mean()) / spread.clamp_min(1e-12)


def flat(samples: Tensor, side: int) -> Tensor:
    """Images (N, C, H, W) shrunk to at most `side` pixels and flattened, or points (N, 2) as they are: float32."""
    if samples.dim() == 2:
        return samples.float()
    if samples.shape[-1] > side:
        samples = F.adaptive_avg_pool2d(samples, side)
    return samples.float().flatten(1)


def distances(a: Tensor, b: Tensor) -> Tensor:
    """Euclidean distances (N, M) of rows (N, F) and (M, F); those of wide rows, by matrix products of centred ones, to
    about 1e-3 of their length."""
    if a.shape[1] < _WIDE:
        return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")
    centre = b.mean(dim=0)
    return torch.cdist(a - centre, b - centre, compute_mode="use_mm_for_euclid_dist")


def mean_distance(within: Tensor) -> Tensor:
    """The mean over pairs of different samples, from their distances (N, N): scalar."""
    count = len(within)
    return (within.sum() - within.diagonal().sum()) / max(1, count * (count - 1))


def nearest(within: Tensor) -> Tensor:
    """Each sample's distance (N,) to its nearest other, from distances (N, N)."""
    return _to_others(within).amin(dim=1)


def _to_others(within: Tensor) -> Tensor:
    alone = torch.eye(len(within), dtype=torch.bool, device=within.device)
    return within.masked_fill(alone, torch.inf)


def duplicates(fakes: Tensor, reals: Tensor) -> Tensor:
    """Share of generated samples that have another one closer than half of what nine in ten reals keep from theirs,
    each relative to the mean distance in its kind, so that faint samples are no duplicates; from distances (N, N)
    within each kind, of as many samples: scalar."""
    own = nearest(fakes) / mean_distance(fakes).clamp_min(1e-12)
    usual = nearest(reals) / mean_distance(reals).clamp_min(1e-12)
    return (own < 0.5 * torch.quantile(usual, 0.1)).float().mean()


def coverage(within_reals: Tensor, between: Tensor) -> Tensor:
    """Share of reals (N) with a generated sample no further than their fifth-nearest real (Naeem et al. 2020,
    section 3.2), from distances among reals (N, N) and to generated samples (N, M): scalar."""
    neighbour = min(_NEIGHBOUR, len(within_reals) - 1)
    radius = within_reals.kthvalue(neighbour + 1, dim=1).values
    return (between.amin(dim=1) <= radius).float().mean()


def fidelity(within_reals: Tensor, between: Tensor) -> Tensor:
    """Share of generated samples (M) within reach of some real, which is the distance to its fifth-nearest real
    (Kynkäänniemi et al. 2019, equation 2), from the same distances: scalar."""
    neighbour = min(_NEIGHBOUR, len(within_reals) - 1)
    radius = within_reals.kthvalue(neighbour + 1, dim=1).values
    return (between <= radius[:, None]).any(dim=0).float().mean()


def dimension(within: Tensor) -> Tensor:
    """In how many directions samples vary around each of them, from their distances (N, N): the most likely dimension
    of what they lie on, by the ten nearest others (Levina & Bickel 2004, equation 8; inverses averaged as by MacKay &
    Ghahramani 2005): scalar."""
    around = min(_AROUND, len(within) - 1)
    near = _to_others(within).topk(around, dim=1, largest=False).values.clamp_min(1e-9)
    steps = (near[:, -1:] / near[:, :-1]).log().mean()
    return 1 / steps.clamp_min(1e-3)


def spread_out(samples: Tensor, count: int) -> Tensor:
    """`count` of the samples (N, F) that lie far from each other, each the furthest from those before (Gonzalez 1985);
    all of them when there are no more."""
    chosen = samples[:1]
    reach = distances(samples, chosen)[:, 0]
    for _ in range(min(count, len(samples)) - 1):
        furthest = samples[reach.argmax()][None]
        chosen = torch.cat([chosen, furthest])
        reach = torch.minimum(reach, distances(samples, furthest)[:, 0])
    return chosen


def missing(reals: Tensor, fakes: Tensor, anchors: Tensor) -> Tensor:
    """Share of reals (N, F) whose nearest anchor (K, F) draws less than a quarter of its due of the generated samples
    (M, F): scalar. Bins by nearest anchor are those of NDB (Richardson & Weiss 2018, section 3)."""
    shares = [
        torch.bincount(distances(each, anchors).argmin(dim=1), minlength=len(anchors)).float() / len(each)
        for each in (reals, fakes)
    ]
    return (shares[0] * (shares[1] < 0.25 * shares[0])).sum()
