"""How well and how fast `edgedigit.read` reads numbers: `python -m benchmarks.reading`."""
