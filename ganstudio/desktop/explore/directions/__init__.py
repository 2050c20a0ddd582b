"""Directions of latent space: found ones, and those that a person makes of marked samples."""
