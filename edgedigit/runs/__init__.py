"""A run over files, with its outputs: `run` first, which has a task done block by block."""
