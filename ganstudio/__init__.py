"""GANStudio: train, watch, steer and explore generative adversarial networks."""

import os

__version__ = "0.1.0"

# OpenMP's threads spin for milliseconds while they wait for each other, even when the one that they wait for has lost
# its core to another program; small networks then train ten times slower on a machine that does anything else. The
# library reads this when PyTorch is loaded, so it stands before everything.
os.environ.setdefault("GOMP_SPINCOUNT", "2000")
