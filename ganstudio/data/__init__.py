"""Data sources, the image store they are prepared into, and deterministic batches."""
