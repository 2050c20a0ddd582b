"""The same latent at every kept step, and in another run or step beside the image."""
