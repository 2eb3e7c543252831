"""Compares two files of `answers.py`; exit status 1 where they differ."""

import sys
from pathlib import Path

import numpy as np

# Probabilities may differ by so much: sums of float32 in another order, of which second looks take
# the logarithm.
_TOLERANCE = 1e-4


def main(expected_file: Path, given_file: Path) -> None:
    """Prints one line: how many answers there are, and how far they are apart or what differs."""
    with np.load(expected_file) as expected, np.load(given_file) as given:
        gaps, faults = [0.0], []
        for name in expected:
            one, other = expected[name], given[name]
            if one.shape != other.shape:
                faults.append(f"{name} are {other.shape}, not {one.shape}")
            elif one.dtype.kind == "f":
                gaps.append(np.abs(one - other).max())
            elif (one != other).any():
                places = np.argwhere(one != other)[:, 0]
                faults.append(f"{len(places)} {name} differ, first number {places[0]}")
        furthest = np.max(gaps)
        if not furthest <= _TOLERANCE:  # nor is one that is no number
            faults.append(f"probabilities differ by {furthest:.1e}, more than {_TOLERANCE:.0e}")
        if faults:
            sys.exit(f"DIFFERENT: {'; '.join(faults)}")
        refused = int((expected["digits"] == "None").sum())
        print(
            f"equal: {len(expected['digits'])} pictures, {refused} of them refused, and "
            f"{len(expected['boxes'])} digits of {len(expected['texts'])} numbers read; "
            f"probabilities within {furthest:.1e}"
        )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
