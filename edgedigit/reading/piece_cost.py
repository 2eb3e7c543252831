"""What it costs to take a piece of ink for one digit, as a logarithm of probability.

The costs are linear in what is known of a piece, and their constants were fitted so that of all
ways to cut digits that touch, and single ones, the right ones are most probable: a conditional
random field over segments, as Sarawagi and Cohen describe it ("Semi-Markov conditional random
fields for information extraction", 2004).
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# How wide digits are: mean and standard deviation of log(width / height) of 0 to 9 in the part of
# MNIST that is trained on.
_WIDTH = np.array([-0.10, -0.87, -0.07, -0.22, -0.22, -0.06, -0.32, -0.25, -0.27, -0.37])
_SPREAD = np.array([0.19, 0.45, 0.22, 0.21, 0.20, 0.26, 0.21, 0.21, 0.22, 0.20])

# For each: a piece, a cut, a join, and the join's gap.
_PIECE = 1.16
_CUT_COST = 1.16
_JOIN = 0.5
_FAR = 2.0
# Times -log(p), times log(1 - p) from a certain p on, times how much wider than usual, as half the
# square of deviations, and times how much higher or lower than the line's, as a logarithm.
_UNLIKELY = 0.40
_UNSURE = 0.42
_BROAD = 0.40
_HIGH_OR_LOW = 1.68
# What looks like each digit when it is cut out of others: more often for those that cost more.
_CHANCE = np.array([-0.57, 0.50, 0.41, 0.61, -0.27, 0.39, -0.10, 0.45, -1.07, -0.99])
# No network is surer than this, nor less sure than that as a logarithm.
_CERTAIN = 1e-4
_UNREAD = 6.0
# Deviations that count, at most.
_MOST_OFF = 4.0


def piece_cost(row: NDArray[np.float32], high: float, wide: float) -> float:
    """What any piece costs.

    Args:
        row: float32 of shape (labels,): what the network says of it.
        high: Its height, in heights of a digit of its line.
        wide: Its width, in the same unit.
    """
    digit = int(row[:10].argmax())
    best = float(row[digit])
    broad = (math.log(wide / high) - _WIDTH[digit]) / _SPREAD[digit]
    cost = _PIECE + _UNLIKELY * min(-math.log(max(best, 1e-9)), _UNREAD)
    cost += _UNSURE * math.log(1 - min(best, 1.0) + _CERTAIN)
    cost += _BROAD * min(max(broad, 0), _MOST_OFF) ** 2 / 2
    return float(cost + _HIGH_OR_LOW * abs(math.log(high)))


def part_cost(row: NDArray[np.float32], is_cut: bool) -> float:
    """What a part of a blob costs beside.

    Args:
        row: As for `piece_cost`.
        is_cut: Whether there is a cut on its left.
    """
    return float(_CHANCE[int(row[:10].argmax())] + _CUT_COST * is_cut)


def join_cost(gaps: Sequence[float]) -> float:
    """What it costs beside that blobs are joined, so far apart in heights of a digit."""
    return _JOIN * len(gaps) + _FAR * sum(gaps)
