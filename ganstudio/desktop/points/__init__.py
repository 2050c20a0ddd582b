"""The laboratory of points: the plane with D's map, its modes, and play by play."""
