"""What is measured of a run's health at its log steps; it joins the plots' scalars under ``health/``.

All of it means the same whatever the loss: an order of scores, a distance relative to that of real images, a length
relative to the weights'. Most is read from what training has just computed; D's and G's own passes for it are few, in
evaluation mode, which draws no numbers and moves no statistics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import Tensor, nn

from ganstudio.game import DISCRIMINATOR, SOURCE, Game, Kind
from ganstudio.health import statistics
from ganstudio.streams import standard_normal
from ganstudio.training.observing import Observed

PREFIX = "health/"
_JUDGED = 24
"""Images of each kind that D scores to tell those it was trained on from those it was not."""
_FIXED = 8
_PAIRED = 8
_BETWEEN_PASSES = 20
"""Steps that lie between two passes of our own, at least."""
_DIRECTIONS = 3
_SURVEYED = 256
_ANCHORS = 25


class Signals:
    """An observer that measures health.

    `separation`: P(D(x) > D(G(z))). `margin`: D's mean scores' distance over their spread. `update/<player>`: how far
    the weights move a step, relative to their length; `growth/<player>`: their length relative to where they began.

    Of latent games also `diversity` and `coarse_diversity`: the mean distance of generated images relative to that of
    reals, at up to 32 and at 4 px; `dimension` of what they lie on, relative to that of reals too; `duplicates`,
    `coverage`, `fidelity` and, of points, `missing`, as in `statistics`;
    `place/<i>`: where the mean generated image lies along the reals' principal directions, in their deviations;
    `change`: how far fixed samples have moved since the last reading, relative to the reals' mean distance; `held_out`:
    P(D(training real) > D(held-out real)); `overfit`: ADA's r_v (Karras et al. 2020, equation 1).
    """

    def __init__(self) -> None:
        self._weights: dict[str, list[Tensor]] = {}
        self._lengths: dict[str, Tensor] = {}
        self._anchors: Tensor | None = None
        self._weighed_at = 0
        self._samples: Tensor | None = None
        self._latents: Tensor | None = None
        self._directions: tuple[Tensor, Tensor, Tensor] | None = None
        self._passed_at = -_BETWEEN_PASSES

    @torch.no_grad()
    def begin(self, observed: Observed) -> None:
        """Note where the weights stand before the first step."""
        self._weighed_at = observed.cursor.step
        self._updates(observed)

    @torch.no_grad()
    def __call__(self, observed: Observed) -> Mapping[str, float]:
        """The signals by name; those that make no sense for the game are not there."""
        found = {**self._scores(observed), **self._updates(observed)}
        if observed.game.generate is not None:
            found |= self._distribution(observed)
            if observed.cursor.step - self._passed_at >= _BETWEEN_PASSES:
                self._passed_at = observed.cursor.step
                found |= self._change(observed) | self._memory(observed)
        if not found:
            return {}
        values = torch.stack([value.float() for value in found.values()]).tolist()
        return {PREFIX + name: value for name, value in zip(found, values, strict=True)}

    def _scores(self, observed: Observed) -> dict[str, Tensor]:
        kept = observed.recent.logits
        pairs = list(zip(reversed(kept["real"]), reversed(kept["fake"]), strict=False))[:_PAIRED]
        if not pairs:
            return {}
        return {
            "separation": torch.stack([statistics.separation(real, fake) for real, fake in pairs]).mean(),
            "margin": torch.stack([statistics.margin(real, fake) for real, fake in pairs]).mean(),
        }

    def _updates(self, observed: Observed) -> dict[str, Tensor]:
        found = {}
        steps = observed.cursor.step - self._weighed_at
        for player, parameters in observed.parameters.items():
            now = [parameter.detach() for parameter in parameters]
            before = self._weights.get(player)
            length = torch.nn.utils.get_total_norm(now).clamp_min(1e-12)
            if before is None:
                self._weights[player], self._lengths[player] = [weight.clone() for weight in now], length
                continue
            if steps:
                moved = torch.nn.utils.get_total_norm(torch._foreach_sub(now, before))
                found[f"update/{player}"] = moved / length / steps
                found[f"growth/{player}"] = length / self._lengths[player]
                torch._foreach_copy_(before, now)
        self._weighed_at = observed.cursor.step
        return found

    def _distribution(self, observed: Observed) -> dict[str, Tensor]:
        reals, fakes = _last(observed, "real"), _last(observed, "fake")
        if reals is None or fakes is None or reals.shape[1:] != fakes.shape[1:]:
            return {}
        count = min(len(reals), len(fakes))
        if count < 3:
            return {}
        reals, fakes = reals[:count], fakes[:count]
        x, g = statistics.flat(reals, statistics.FINE), statistics.flat(fakes, statistics.FINE)
        among, made, between = statistics.distances(x, x), statistics.distances(g, g), statistics.distances(x, g)
        self._scale = statistics.mean_distance(among).clamp_min(1e-12)
        coarse = statistics.flat(fakes, statistics.COARSE)
        found = {
            "diversity": statistics.mean_distance(made) / self._scale,
            "duplicates": statistics.duplicates(made, among),
            "dimension": statistics.dimension(made) / statistics.dimension(among),
            "coverage": statistics.coverage(among, between),
            "fidelity": statistics.fidelity(among, between),
        }
        if reals.dim() == 2:
            if self._anchors is None:
                self._anchors = statistics.spread_out(x, _ANCHORS)
            found["missing"] = statistics.missing(x, g, self._anchors)
        else:
            small = statistics.flat(reals, statistics.COARSE)
            apart = [statistics.mean_distance(statistics.distances(each, each)) for each in (coarse, small)]
            found["coarse_diversity"] = apart[0] / apart[1].clamp_min(1e-12)
        if self._directions is None:
            self._directions = _principal_directions(observed)
        if self._directions is not None:
            mean, axes, deviations = self._directions
            places = (coarse.mean(dim=0) - mean) @ axes / deviations
            found |= {f"place/{i}": place for i, place in enumerate(places.unbind())}
        return found

    def _change(self, observed: Observed) -> dict[str, Tensor]:
        """How far the samples of fixed latents have moved."""
        game = observed.game
        if self._latents is None:
            self._latents = torch.from_numpy(standard_normal(0, "health", _FIXED, game.latent_size))
        reals = _last(observed, "real")
        device = reals.device if reals is not None else torch.device("cpu")
        y = torch.arange(_FIXED, device=device) % game.num_classes if game.num_classes else None
        make = game.generate_small or game.generate
        assert make is not None
        with _evaluating(game), _casting(observed, device):
            samples = statistics.flat(make(game.networks, self._latents.to(device), y).float(), statistics.FINE)
        before, self._samples = self._samples, samples
        if before is None or before.shape != samples.shape or reals is None:
            return {}
        return {"change": (samples - before).norm(dim=1).mean() / self._scale}

    def _memory(self, observed: Observed) -> dict[str, Tensor]:
        """Whether D tells the images that it was trained on from others of their kind."""
        batches, fakes = observed.batches.get(SOURCE), _last(observed, "fake")
        if batches is None or fakes is None or DISCRIMINATOR not in observed.game.networks:
            return {}
        position = observed.cursor.step * _JUDGED // _BETWEEN_PASSES
        seen = batches.excerpt(position, _JUDGED, held_out=False)
        unseen = batches.excerpt(position, _JUDGED, held_out=True)
        if seen is None or unseen is None:
            return {}
        known, new = (self._judge(observed, *each) for each in (seen, unseen))
        made = self._judge(observed, fakes[:_JUDGED], seen[1][: len(fakes)], real=False)
        gap = (known.mean() - made.mean()).abs().clamp_min(1e-12)
        return {
            "held_out": statistics.separation(known, new),
            "overfit": ((known.mean() - new.mean()) / gap).clamp(-10, 10),
        }

    def _judge(self, observed: Observed, images: Tensor, labels: Tensor, *, real: bool = True) -> Tensor:
        """D's scores (N,)."""
        game = observed.game
        if real and game.real_view is not None:
            images = game.real_view(observed.phase, images)
        inputs = (images, labels) if game.num_classes else (images,)
        with _evaluating(game), _casting(observed, images.device):
            logits: Tensor = game.networks[DISCRIMINATOR](*inputs)
        return logits.float().flatten(1).mean(dim=1) if logits.dim() > 1 else logits.float()


def _last(observed: Observed, kind: Kind) -> Tensor | None:
    kept = observed.recent.images[kind]
    return torch.cat(tuple(kept)) if kept else None


def _principal_directions(observed: Observed) -> tuple[Tensor, Tensor, Tensor] | None:
    """The reals' mean (F,), first principal directions (F, K) and deviations along them (K,), at 4 px."""
    batches = observed.batches.get(SOURCE)
    found = batches.excerpt(0, _SURVEYED, held_out=False) if batches is not None else None
    if found is None:
        return None
    x = statistics.flat(found[0], statistics.COARSE)
    mean = x.mean(dim=0)
    _, lengths, axes = torch.linalg.svd(x - mean, full_matrices=False)
    return mean, axes[:_DIRECTIONS].T, (lengths[:_DIRECTIONS] / len(x) ** 0.5).clamp_min(1e-6)


@contextmanager
def _evaluating(game: Game) -> Iterator[None]:
    """Networks in evaluation mode for a pass that must leave no trace."""
    training: list[nn.Module] = [network for network in game.networks.values() if network.training]
    for network in training:
        network.eval()
    try:
        yield
    finally:
        for network in training:
            network.train()


def _casting(observed: Observed, device: torch.device) -> AbstractContextManager[object]:
    return torch.autocast(device.type, dtype=observed.autocast) if observed.autocast else nullcontext()
