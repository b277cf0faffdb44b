"""Ratios against peers, measured by turns in one run: ``make bench``."""
