"""The Runs workspace: every run so far in a table, and up to three of them laid over and beside each other."""
