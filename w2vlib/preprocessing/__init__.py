"""Sentences → sentences under a scheme for rare words and numbers."""
