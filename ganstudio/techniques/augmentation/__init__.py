"""Differentiable augmentation of what D sees. The modules in here import torch."""
