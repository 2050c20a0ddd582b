"""Moving average of G's weights (Karras et al. 2018); done by the trainer."""

from __future__ import annotations

from ganstudio.techniques.technique import Technique

EMA = Technique(
    name="ema",
    title="EMA of G",
    paper="Karras et al. 2018",
    paths=("techniques.ema.half_life", "techniques.ema.ramp"),
    off=0.0,
    help="Samples are drawn from an average of G over its last steps, which is steadier than G itself.",
)
