"""Turns a trained .keras file into the model folder that edgedigit loads; `python -m export`."""
