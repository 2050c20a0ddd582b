"""Layers of the generator, whose channels can be made louder or mute."""
