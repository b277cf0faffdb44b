"""Vectors → figures."""
