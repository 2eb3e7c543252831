"""Turns a trained .keras file into the model folder that edgedigit loads; `python -m export`."""

import os

# From 1.29 on, onnxruntime starts telemetry when it is imported, unless this is set before.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
