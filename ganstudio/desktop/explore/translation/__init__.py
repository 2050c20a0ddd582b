"""What takes the place of latents for runs that translate images."""
