"""The one door through which losses reach networks, data and randomness (see `ganstudio.game.Door`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ganstudio.game import DISCRIMINATOR, Cursor, Game, Kind
from ganstudio.losses.penalties import input_gradients
from ganstudio.streams import stream_seed


class BatchSource(Protocol):
    """Real images as a pure function of a position."""

    def at(self, position: int, count: int) -> tuple[Tensor, Tensor]:
        """Images float32 (count, C, H, W) in [-1, 1] and classes int64 (count,)."""


def generator_at(seed: int, stream: str, *cursor: int, device: torch.device) -> torch.Generator | None:
    """The generator of a named stream at a cursor, on `device`; None on devices that hold no numbers (meta)."""
    if device.type == "meta":
        return None
    return torch.Generator(device=device).manual_seed(stream_seed(seed, stream, *cursor))


class PlayDoor:
    """The door of one play. What it hands out is computed once and shared by all terms of the play.

    `input_grad` names the inputs that some term differentiates by. `position` is where in the stream of images the
    play's batch starts. Networks of other players are frozen by the trainer before the play.
    """

    def __init__(
        self,
        game: Game,
        cursor: Cursor,
        player: str,
        *,
        setting: Callable[[str], Any],
        data: BatchSource,
        position: int,
        seed: int,
        device: torch.device,
        autocast: torch.dtype | None,
        input_grad: frozenset[Kind],
    ) -> None:
        self.cursor, self.player = cursor, player
        self.setting = setting
        self._game, self._data, self._position = game, data, position
        self._seed, self._device, self._autocast = seed, device, autocast
        self._input_grad = input_grad
        self._once: dict[str, Tensor] = {}
        self._scores: dict[Kind, Tensor] = {}
        self._slopes: dict[Kind, Tensor] = {}
        self._batch: tuple[Tensor, Tensor] | None = None
        self._logits: list[tuple[str, Tensor, Tensor | None, Tensor]] = []

    def net(self, name: str) -> nn.Module:
        return self._game.networks[name]

    def critic(self, x: Tensor, y: Tensor | None = None, *, name: str = DISCRIMINATOR) -> Tensor:
        for seen_name, seen_x, seen_y, logits in self._logits:
            if seen_name == name and seen_x is x and seen_y is y:
                return logits
        with self._casting():
            out: Tensor = self.net(name)(x) if y is None else self.net(name)(x, y)
        logits = out.to(torch.float32)
        self._logits.append((name, x, y, logits))
        return logits

    def real(self) -> Tensor:
        return self.once("real", lambda: self._leaf("real", self._loaded()[0]))

    def labels(self) -> Tensor | None:
        return self._loaded()[1] if self._game.num_classes else None

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
            if self._scores_jointly():
                images = torch.cat([self.real(), self.fake()])
                labels = self.labels()
                joint = self.critic(images, None if labels is None else torch.cat([labels, labels]))
                self._scores["real"], self._scores["fake"] = joint.chunk(2)
            else:
                self._scores[kind] = self.critic(self.real() if kind == "real" else self.fake(), self.labels())
        return self._scores[kind]

    def slope(self, kind: Kind) -> Tensor:
        assert kind in self._input_grad, f"no term of this play differentiates by the {kind} images"
        if not self._slopes:
            kinds = sorted(self._input_grad)
            logits = torch.cat([self.score(each) for each in kinds])
            inputs = [self.real() if each == "real" else self.fake() for each in kinds]
            self._slopes = dict(zip(kinds, input_gradients(logits, inputs), strict=True))
        return self._slopes[kind]

    def logits_of(self, kind: Kind) -> Tensor | None:
        """Detached logits on real or generated images if the play has computed them; for plots."""
        logits = self._scores.get(kind)
        return None if logits is None else logits.detach()

    def _scores_jointly(self) -> bool:
        """Whether real and generated images go through D as one batch.

        Where D mixes the samples of a batch (batch norm) that would change what it computes; where only one side is
        differentiated by, or G plays, it would compute gradients that nobody asks for.
        """
        both_or_none = len(self._input_grad) != 1
        return self.player == DISCRIMINATOR and both_or_none and getattr(self.net(DISCRIMINATOR), "per_sample", False)

    def _loaded(self) -> tuple[Tensor, Tensor]:
        if self._batch is None:
            self._batch = self._data.at(self._position, self.setting("training.batch_size"))
        return self._batch

    def _draw_latents(self) -> Tensor:
        shape = (self.setting("training.batch_size"), self._game.latent_size)
        return torch.randn(shape, generator=self.random("latents"), device=self._device)

    def _generate(self) -> Tensor:
        with self._casting():
            images = self._game.generate(self._game.networks, self.latents(), self.labels())
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


def freeze_all_but(
    networks: Mapping[str, nn.Module], own: tuple[str, ...], tracking: Callable[[nn.Module, bool], None]
) -> None:
    """Let the gradients and statistics of `own` move; hold those of every other network still."""
    for name, network in networks.items():
        mine = name in own
        for parameter in network.parameters():
            parameter.requires_grad_(mine)
        tracking(network, mine)
