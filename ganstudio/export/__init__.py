"""Results of a run as files for other programs."""
