"""All techniques, in the order in which they join a game."""

from __future__ import annotations

from ganstudio.techniques.instance_noise import INSTANCE_NOISE
from ganstudio.techniques.technique import Technique

TECHNIQUES: tuple[Technique, ...] = (INSTANCE_NOISE,)
