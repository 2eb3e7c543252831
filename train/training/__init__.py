"""Trains: `run` first, from a recipe to a model with its figures; `fit` is the loop."""
