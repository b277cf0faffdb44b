"""Trainings over seeds and schemes → evidence → verdicts."""
