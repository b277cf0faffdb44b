"""Sweeps, notebooks and counting over the workers of a Dask cluster."""
