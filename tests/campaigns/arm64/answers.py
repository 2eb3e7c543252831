"""Writes all that edgedigit answers for some pictures, to compare it with another machine's."""

import sys
from pathlib import Path

import numpy as np

import edgedigit


def main(pictures: Path, examples: Path, output: Path) -> None:
    """Classifies arrays and files in one batch, and reads the numbers; writes an .npz file."""
    with np.load(pictures) as arrays:
        batch: list[object] = [arrays[name] for name in sorted(arrays)]
    batch += sorted((examples / "digits").glob("*.png"))
    predictions = edgedigit.classify_batch(batch)
    readings = [edgedigit.read(path) for path in sorted((examples / "numbers").glob("*.png"))]
    digits = [digit for reading in readings for digit in reading.digits]
    np.savez(
        output,
        probabilities=np.array([p.probabilities for p in predictions]),
        confidences=np.array([p.confidence for p in predictions]),
        digits=np.array([str(p.digit) for p in predictions]),
        best=np.array([p.best for p in predictions]),
        refusals=np.array([str(p.refusal) for p in predictions]),
        texts=np.array([reading.text for reading in readings]),
        boxes=np.array([digit.box for digit in digits]),
        read_probabilities=np.array([digit.prediction.probabilities for digit in digits]),
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
