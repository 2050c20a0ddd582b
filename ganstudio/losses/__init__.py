"""Adversarial losses and penalties: pure functions of tensors."""
