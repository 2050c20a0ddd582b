"""Is this image like the others? Pictures scored by how unlike those of a run they are."""
