"""Latent sampling, interpolation and rendering."""
