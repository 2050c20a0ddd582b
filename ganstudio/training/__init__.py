"""The training loop and everything it needs; knows no window."""
