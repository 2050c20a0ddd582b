"""Learning rates that change as images are seen; done by the optimisers."""

from __future__ import annotations

from ganstudio.techniques.technique import Technique

SCHEDULE = Technique(
    name="schedule",
    title="Rate schedule",
    paper="Loshchilov & Hutter 2017",
    paths=("optimizer.schedule.name", "optimizer.schedule.length", "optimizer.schedule.final"),
    off="constant",
    help="The learning rates fall over a number of images, whatever the length of the run.",
)

WARM_UP = Technique(
    name="warm-up",
    title="Warm-up",
    paper="Goyal et al. 2017",
    paths=("optimizer.schedule.warmup",),
    off=0,
    help="The learning rates rise from 0 over the first images.",
)
