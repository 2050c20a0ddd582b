"""The window on a run's distribution: its feature map, and whether a person can tell its samples from reals."""
