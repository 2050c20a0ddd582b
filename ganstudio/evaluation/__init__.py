"""Measures of what a run has learnt. Nothing here trains, and training imports nothing from here."""
