"""Widgets that several workspaces use."""
