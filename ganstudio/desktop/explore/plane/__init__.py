"""The plane through three latents, to drag and zoom."""
