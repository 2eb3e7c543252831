"""Logistic regression, for what makes a confidence mean what it says.

Platt, "Probabilistic outputs for support vector machines", 1999.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_NEWTON_STEPS = 50
_MAX_STEP = 0.5
_RIDGE = 1e-6


def calibration_options(
    arguments: list[str] | None, description: str, count: int, counted: str
) -> argparse.Namespace:
    """The options of a command that calibrates.

    Args:
        arguments: None is `sys.argv`.
        description: Of the command.
        count: The default of `--count`.
        counted: What that is the number of.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--mnist", type=Path, required=True, metavar="FILE.npz")
    parser.add_argument("--sets", type=Path, required=True, metavar="DIR")
    parser.add_argument("--model", type=Path, metavar="DIR", help="default: the package's own")
    parser.add_argument("--count", type=int, default=count, help=counted)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.json")
    return parser.parse_args(arguments)


def fit_logistic(
    parts: list[tuple[NDArray[np.float64], NDArray[np.bool_]]],
) -> NDArray[np.float64]:
    """The weights of the most likely logistic curve; each part weighs the same.

    Counts are smoothed as Platt does it, so that no weight is infinite.

    Args:
        parts: Features of shape (n, k), and of shape (n,) whether the answers are right.

    Returns:
        Of shape (k + 1,); the last is the offset.
    """
    x = np.concatenate([features for features, _ in parts])
    weights = np.concatenate([np.full(len(right), 1 / len(right)) for _, right in parts])
    weights *= len(x) / weights.sum()
    right = np.concatenate([right for _, right in parts])
    targets = np.where(right, (right.sum() + 1) / (right.sum() + 2), 1 / ((~right).sum() + 2))
    design = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    curve = np.zeros(design.shape[1])
    curve[0] = 1.0
    for _ in range(_NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ curve, -30, 30)))
        gradient = design.T @ (weights * (targets - chance))
        spread = (design * (weights * chance * (1 - chance))[:, None]).T @ design
        step = np.linalg.solve(spread + _RIDGE * np.eye(len(curve)), gradient)
        curve = curve + np.clip(step, -_MAX_STEP, _MAX_STEP)
    return curve


def update_numbers(path: Path, found: Mapping[str, float]) -> None:
    """Writes numbers by their names into a JSON file, whose others stay as they are."""
    before = json.loads(path.read_text("utf-8")) if path.exists() else {}
    path.write_text(json.dumps(before | found) + "\n", "utf-8")
