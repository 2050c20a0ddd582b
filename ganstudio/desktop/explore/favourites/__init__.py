"""Latents that a person keeps."""
