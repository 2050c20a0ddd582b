"""The Explore workspace: move through the latent space of a run, finished or training."""
