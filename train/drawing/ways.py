"""A way to write a digit: strokes with room for variation, and the pens that leave it legible.

Each way of `train.drawing.digits` has a function from a `Draw` to strokes in a box of height 1 and
a width of about 0.6, x to the right and y down. What varies within a way (how long the flag of a 1
is) is drawn there; what varies in any writing (slant, tremor, width of the pen) comes later, in
`train.drawing.pen`.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from train.drawing.pen import USUAL_HAND, Floats, Hand, Stroke

Coordinate = float | Floats
Point = tuple[Coordinate, Coordinate]


class Draw:
    """Chance for n drawings at once."""

    def __init__(self, rng: np.random.Generator, n: int) -> None:
        """Takes all chance from `rng`, for `n` drawings."""
        self._rng = rng
        self.n = n

    def __call__(self, low: float, high: float) -> Floats:
        """Numbers from `low` to `high`, one for each drawing: float32 of shape (n,)."""
        return self._rng.uniform(low, high, self.n).astype(np.float32)

    def stroke(self, *points: Point, corners: tuple[int, ...] = ()) -> Stroke:
        """A stroke through points whose coordinates are numbers or n numbers each."""
        columns = [np.broadcast_to(value, self.n) for point in points for value in point]
        return Stroke(np.stack(columns, axis=1).reshape(self.n, -1, 2).astype(np.float32), corners)


class Way(NamedTuple):
    """One way to write a digit.

    Attributes:
        share: How often the digit is written so; a digit's shares sum to 1.
        strokes: Makes the strokes of n drawings.
        hand: How far they may lean and turn without becoming another digit.
    """

    share: float
    strokes: Callable[[Draw], list[Stroke]]
    hand: Hand = USUAL_HAND


# The pens that leave open what tells a digit from others, and those of a century ago.
OPEN_SHAPE_HAND = USUAL_HAND._replace(fattest=0.25)
SMALL_LOOP_HAND = USUAL_HAND._replace(thickest=0.12, fattest=0.14, stretch=0.14)
OLD_HAND = USUAL_HAND._replace(
    back=0.0,
    ahead=0.65,
    thickest=0.12,
    stretch=0.16,
    cursive=0.5,
    markers=0.06,
    fattest=0.18,
    quills=0.4,
)


def ellipse(
    x: Coordinate,
    y: Coordinate,
    rx: Coordinate,
    ry: Coordinate,
    start: Coordinate = -90,
    sweep: Coordinate = -375,
    drift: Coordinate = 0.0,
) -> list[Point]:
    """Points of an arc; angles in degrees, clockwise from the right; `drift` widens it spirally."""
    points = []
    for t in np.linspace(0, 1, 11):
        angle = np.radians(start + sweep * t)
        grow = 1 + drift * t
        points.append((x + rx * grow * np.cos(angle), y + ry * grow * np.sin(angle)))
    return points
