"""The walk through key frames, on a timeline."""
