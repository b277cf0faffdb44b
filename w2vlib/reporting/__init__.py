"""Results → figures, tables, notebooks, PDF."""
