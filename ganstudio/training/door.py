"""The one door through which losses reach networks, data and randomness (see `ganstudio.game.Door`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ganstudio.game import DISCRIMINATOR, SOURCE, Cursor, Game, Kind, Phase
from ganstudio.losses.penalties import input_gradients
from ganstudio.streams import stream_seed

Weights = Mapping[str, Tensor]
LookAhead = Callable[["PlayDoor", str, int], "PlayDoor"]


class BatchSource(Protocol):
    """Real images as a pure function of a position."""

    def at(self, position: int, count: int) -> tuple[Tensor, Tensor]:
        """Images float32 (count, C, H, W) in [-1, 1], or points (count, 2), and classes int64 (count,)."""


def generator_at(seed: int, stream: str, *cursor: int, device: torch.device) -> torch.Generator | None:
    """The generator of a named stream at a cursor, on `device`; None on devices that hold no numbers (meta)."""
    if device.type == "meta":
        return None
    return torch.Generator(device=device).manual_seed(stream_seed(seed, stream, *cursor))


class PlayDoor:
    """The door of one play. What it hands out is computed once and shared by all terms of the play.

    `input_grad` names the inputs that some term differentiates by. `position` is where in the stream of images the
    play's batch starts. Networks of other players are frozen by the trainer before the play. `weights` stand in for the
    parameters of the networks they are given for.
    """

    def __init__(
        self,
        game: Game,
        cursor: Cursor,
        player: str,
        *,
        phase: Phase,
        setting: Callable[[str], Any],
        data: Mapping[str, BatchSource],
        position: int,
        seed: int,
        device: torch.device,
        autocast: torch.dtype | None,
        input_grad: frozenset[Kind],
        look_ahead: LookAhead | None = None,
    ) -> None:
        self.cursor, self.player, self.phase = cursor, player, phase
        self.setting = setting
        self.memory: Mapping[str, nn.Module] = game.memory
        self._game, self._data, self._position = game, data, position
        self._seed, self._device, self._autocast = seed, device, autocast
        self._input_grad, self._look_ahead = input_grad, look_ahead
        self._weights: dict[str, Weights] = {}
        self._once: dict[str, Tensor] = {}
        self._batches: dict[str, tuple[Tensor, Tensor]] = {}
        self._forget_passes()

    def _forget_passes(self) -> None:
        self._scores: dict[Kind, Tensor] = {}
        self._features: dict[Kind, Tensor] = {}
        self._slopes: dict[Kind, Tensor] = {}
        self._passes: list[tuple[str, Tensor, Tensor | None, Tensor]] = []

    def net(self, name: str) -> Callable[..., Any]:
        module = self._game.networks[name] if name in self._game.networks else self._game.helpers[name]
        weights = self._weights.get(name)
        if weights is None:
            return module
        return lambda *args, **kwargs: torch.func.functional_call(module, dict(weights), args, kwargs)

    def run(self, name: str, *inputs: Tensor) -> Tensor:
        with self._casting():
            out: Tensor = self.net(name)(*inputs)
        return out.to(torch.float32)

    def critic(
        self, x: Tensor, y: Tensor | None = None, *, name: str = DISCRIMINATOR, stream: str = "critic"
    ) -> Tensor:
        for seen_name, seen_x, seen_y, logits in self._passes:
            if seen_name == name and seen_x is x and seen_y is y:
                return logits
        logits, _ = self._pass(x, y, name, stream)
        self._passes.append((name, x, y, logits))
        return logits

    def real(self, domain: str = SOURCE) -> Tensor:
        return self.once(f"real/{domain}", lambda: self._leaf("real", self._seen_real(domain)))

    def labels(self) -> Tensor | None:
        return self._loaded(SOURCE)[1] if self._game.num_classes else None

    def latents(self) -> Tensor:
        return self.once("latents", self._draw_latents)

    def fake(self) -> Tensor:
        return self.once("fake", self._generate)

    def random(self, stream: str) -> torch.Generator | None:
        return generator_at(self._seed, stream, self.cursor.step, self.cursor.play, device=self._device)

    def once(self, key: str, make: Callable[[], Tensor]) -> Tensor:
        if key not in self._once:
            self._once[key] = make()
        return self._once[key]

    def score(self, kind: Kind) -> Tensor:
        if kind not in self._scores:
            self._score(kind)
        return self._scores[kind]

    def features(self, kind: Kind) -> Tensor:
        if kind not in self._features:
            self._score(kind)
        return self._features[kind]

    def slope(self, kind: Kind) -> Tensor:
        assert kind in self._input_grad, f"no term of this play differentiates by the {kind} images"
        if not self._slopes:
            kinds = sorted(self._input_grad)
            logits = torch.cat([self.score(each) for each in kinds])
            inputs = [self.real() if each == "real" else self.fake() for each in kinds]
            self._slopes = dict(zip(kinds, input_gradients(logits, inputs), strict=True))
        return self._slopes[kind]

    def lookahead(self, player: str, steps: int) -> PlayDoor:
        assert self._look_ahead is not None, "this door is of a trainer that does not look ahead"
        return self._look_ahead(self, player, steps)

    def branch(self, weights: Mapping[str, Weights], input_grad: frozenset[Kind]) -> PlayDoor:
        """The same play with other weights for some networks: same data, latents and generated images, new passes."""
        ahead = object.__new__(PlayDoor)
        ahead.__dict__.update(self.__dict__)
        ahead._weights = {**self._weights, **weights}
        ahead._input_grad = input_grad
        ahead._once = {key: ahead._leaf(key.split("/")[0], value) for key, value in self._once.items()}
        ahead._forget_passes()
        return ahead

    def observe(self, kind: Kind, logits: Tensor) -> None:
        """Let the plots show these logits on real or generated images; for games that score without `score`."""
        self._scores[kind] = logits.flatten()

    def logits_of(self, kind: Kind) -> Tensor | None:
        """Detached logits on real or generated images if the play has computed them; for plots."""
        logits = self._scores.get(kind)
        return None if logits is None else logits.detach()

    def images_of(self, kind: Kind) -> Tensor | None:
        """Detached real or generated images if the play has made them; for observers."""
        images = self._once.get("fake" if kind == "fake" else f"real/{SOURCE}")
        return None if images is None else images.detach()

    def _pass(self, x: Tensor, y: Tensor | None, name: str, stream: str) -> tuple[Tensor, Tensor | None]:
        """Logits and, where the network tells them, features."""
        for view in self._game.views:
            x = view(self, x, stream)
        network = self._game.networks[name]
        inputs = (x,) if y is None else (x, y)
        with self._casting():
            if getattr(network, "tells_features", False):
                out, features = self.net(name)(*inputs, with_features=True)
                return out.to(torch.float32), features
            out = self.net(name)(*inputs)
        return out.to(torch.float32), None

    def _score(self, kind: Kind) -> None:
        labels = self.labels()
        kinds: tuple[Kind, ...] = ("real", "fake") if self._scores_jointly() else (kind,)
        images = [self.real() if each == "real" else self.fake() for each in kinds]
        if len(kinds) > 1:
            y = None if labels is None else torch.cat([labels, labels])
            logits, features = self._pass(torch.cat(images), y, DISCRIMINATOR, "critic/both")
        else:
            logits, features = self._pass(images[0], labels, DISCRIMINATOR, f"critic/{kind}")
        self._scores.update(zip(kinds, logits.chunk(len(kinds)), strict=True))
        if features is not None:
            self._features.update(zip(kinds, features.to(torch.float32).chunk(len(kinds)), strict=True))

    def _scores_jointly(self) -> bool:
        """Whether real and generated images go through D as one batch.

        Where D mixes the samples of a batch (batch norm) that would change what it computes; where only one side is
        differentiated by, or G plays, it would compute gradients that nobody asks for.
        """
        both_or_none = len(self._input_grad) != 1
        network = self._game.networks[DISCRIMINATOR]
        return self.player == DISCRIMINATOR and both_or_none and getattr(network, "per_sample", False)

    def _loaded(self, domain: str) -> tuple[Tensor, Tensor]:
        if domain not in self._batches:
            self._batches[domain] = self._data[domain].at(self._position, self.setting("training.batch_size"))
        return self._batches[domain]

    def _seen_real(self, domain: str) -> Tensor:
        images = self._loaded(domain)[0]
        return images if self._game.real_view is None else self._game.real_view(self.phase, images)

    def _draw_latents(self) -> Tensor:
        shape = (self.setting("training.batch_size"), self._game.latent_size)
        return torch.randn(shape, generator=self.random("latents"), device=self._device)

    def _generate(self) -> Tensor:
        assert self._game.generate is not None, "an image-to-image game has terms of its own"
        with self._casting():
            make = self._game.generate_small or self._game.generate
            images = make(self._game.networks, self.latents(), self.labels())
        return self._leaf("fake", images.to(torch.float32))

    def _leaf(self, name: str, images: Tensor) -> Tensor:
        """`images`, ready to be differentiated by where a term asks for it and they are not part of a graph already."""
        wanted = name in self._input_grad and not images.requires_grad
        return images.detach().requires_grad_(True) if wanted else images

    def _casting(self) -> AbstractContextManager[object]:
        """A cast of its own for each pass: cached casts of frozen weights must not reach a pass that trains them."""
        if self._autocast is None:
            return nullcontext()
        return torch.autocast(self._device.type, dtype=self._autocast)


def gates(
    networks: Mapping[str, nn.Module], own: tuple[str, ...], frozen: frozenset[int]
) -> list[tuple[nn.Parameter, bool]]:
    """Every parameter, and whether gradients reach it while a player plays: those of the networks it owns (`own`), but
    for those whose id is in `frozen`."""
    return [
        (parameter, name in own and id(parameter) not in frozen)
        for name, network in networks.items()
        for parameter in network.parameters()
    ]


def set_gates(parameters: list[tuple[nn.Parameter, bool]]) -> None:
    """Let gradients reach the parameters that `gates` says, and no other."""
    for parameter, is_open in parameters:
        if parameter.requires_grad != is_open:
            parameter.requires_grad_(is_open)
