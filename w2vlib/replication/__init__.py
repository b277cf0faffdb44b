"""The published recipe, draw for draw."""
