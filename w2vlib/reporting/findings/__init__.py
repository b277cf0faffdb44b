"""Results of the notebooks as tables, figures and sentences."""
