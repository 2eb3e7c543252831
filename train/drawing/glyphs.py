"""How people write the ten digits: the ways of each, as strokes with room for variation.

Each way has a function from a `Draw` to strokes in a box of height 1 and a width of about 0.6,
x to the right and y down. What varies within a way (how long the flag of a 1 is) is drawn there;
what varies in any writing (slant, tremor, width of the pen) comes later, in `train.drawing.pen`.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from train.drawing.pen import USUAL, Floats, Hand, Stroke

Coordinate = float | Floats
Point = tuple[Coordinate, Coordinate]


class Draw:
    """Chance for `n` drawings at once."""

    def __init__(self, rng: np.random.Generator, n: int) -> None:
        """Draws from `rng` for `n` drawings."""
        self._rng = rng
        self.n = n

    def __call__(self, low: float, high: float) -> Floats:
        """A number from `low` to `high` for each drawing: float32 of shape (n,)."""
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
    hand: Hand = USUAL


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


# 0


def _oval(d: Draw) -> list[Stroke]:
    return [
        d.stroke(*ellipse(0.3, 0.5, d(0.24, 0.4), 0.5, d(-120, -50), -d(352, 385), d(-0.1, 0.1)))
    ]


def _narrow_oval(d: Draw) -> list[Stroke]:
    return [d.stroke(*ellipse(0.3, 0.5, d(0.15, 0.24), 0.5, d(-110, -60), -d(352, 385)))]


def _open_oval(d: Draw) -> list[Stroke]:
    start = d(-95, -65)
    return [d.stroke(*ellipse(0.3, 0.5, d(0.22, 0.38), 0.5, start, -d(325, 347), d(-0.06, 0.06)))]


def _overlapped_oval(d: Draw) -> list[Stroke]:
    drift = d(0.05, 0.16) * np.where(d(0, 1) < 0.5, -1, 1)
    return [d.stroke(*ellipse(0.3, 0.5, d(0.22, 0.38), 0.5, d(-75, -45), -d(385, 415), drift))]


def _slashed_oval(d: Draw) -> list[Stroke]:
    rx, reach, steep = d(0.28, 0.4), d(0.8, 1.25), d(0.45, 0.7)
    oval = d.stroke(*ellipse(0.3, 0.5, rx, 0.5, d(-120, -50), -d(355, 380)))
    dx, dy = reach * rx * 1.05, reach * steep * 0.75
    return [oval, d.stroke((0.3 + dx, 0.5 - dy), (0.3 - dx, 0.5 + dy))]


def _pointed_oval(d: Draw) -> list[Stroke]:
    """Narrow, its ends cross at a pointed top."""
    w, top = d(0.3, 0.5), d(0.5, 0.72)
    return [
        d.stroke(
            (top * w + d(-0.02, 0.08), d(-0.04, 0.04)),
            (0.16 * w, 0.26),
            (0.0, 0.62),
            (0.14 * w, 0.9),
            (0.45 * w, 1),
            (0.84 * w, 0.84),
            (w, 0.5),
            (0.92 * w, 0.24),
            (top * w - d(-0.04, 0.06), d(-0.04, 0.04)),
        )
    ]


def _gaping_oval(d: Draw) -> list[Stroke]:
    """Not closed at the top."""
    gap = d(22, 40)
    return [
        d.stroke(*ellipse(0.3, 0.5, d(0.26, 0.4), 0.5, -88 - gap * d(0.3, 0.7), gap - 360)),
    ]


# 1: a flag comes down clearly, at a sharp angle, so that it never is the bar of a 7


def _bare_one(d: Draw) -> list[Stroke]:
    return [d.stroke((d(-0.05, 0.05), 0), (d(-0.025, 0.025), 0.5), (d(-0.05, 0.05), 1))]


def _flag(d: Draw) -> tuple[Floats, Floats]:
    length = d(0.09, 0.3)
    return length, length * d(0.65, 1.8)


def _flag_one(d: Draw) -> list[Stroke]:
    length, drop = _flag(d)
    bend = d(-0.03, 0.03)
    return [
        d.stroke(
            (-length, drop),
            (-0.5 * length + bend, 0.5 * drop + bend),
            (0, 0),
            (d(-0.02, 0.02), 1),
            corners=(2,),
        )
    ]


def _long_flag_one(d: Draw) -> list[Stroke]:
    drop = d(0.4, 0.68)
    length = drop * d(0.35, 0.65)
    bend = d(-0.01, 0.05)
    return [
        d.stroke(
            (-length, drop),
            (-0.5 * length + bend, 0.5 * drop + bend),
            (0, 0),
            (d(-0.02, 0.04), 1),
            corners=(2,),
        )
    ]


def _foot(d: Draw) -> Stroke:
    return d.stroke((-d(0.12, 0.3), 1 + d(-0.02, 0.02)), (d(0.12, 0.3), 1 + d(-0.02, 0.02)))


def _flag_and_foot_one(d: Draw) -> list[Stroke]:
    return [*_flag_one(d), _foot(d)]


def _foot_one(d: Draw) -> list[Stroke]:
    return [*_bare_one(d), _foot(d)]


def _slanted_one(d: Draw) -> list[Stroke]:
    """Leans far ahead, and its flag is long but comes down clearly."""
    lean, length = d(0.2, 0.7), d(0.2, 0.55)
    angle = np.radians(d(36, 52))
    x, y = length * np.cos(angle), length * np.sin(angle)
    return [
        d.stroke((-x, y), (-0.5 * x, 0.5 * y + d(-0.03, 0.03)), (0, 0), (-lean, 1), corners=(2,))
    ]


def _slanted_foot_one(d: Draw) -> list[Stroke]:
    (stem,) = _slanted_one(d)
    x, reach = stem.points[:, -1, 0], d(0.16, 0.34)
    return [stem, d.stroke((x - reach, 1 + d(-0.02, 0.03)), (x + d(0.12, 0.34), 1 - d(0, 0.05)))]


def _tent_one(d: Draw) -> list[Stroke]:
    """The flag comes down nearly as far as the stem, which stands steeper."""
    drop, lean = d(0.55, 0.95), d(-0.1, 0.1)
    reach = drop * d(0.3, 0.85)
    return [
        d.stroke(
            (-0.5 * lean - reach, drop),
            (-0.45 * reach, 0.5 * drop + d(-0.05, 0.05)),
            (0, 0),
            (-lean, 1),
            corners=(2,),
        )
    ]


def _tent_and_foot_one(d: Draw) -> list[Stroke]:
    (tent,) = _tent_one(d)
    x = tent.points[:, -1, 0]
    return [tent, d.stroke((x - d(0.1, 0.3), 1 + d(-0.02, 0.02)), (x + d(0.12, 0.35), 1))]


def _hooked_one(d: Draw) -> list[Stroke]:
    """The flag ends in a hook or curl."""
    length, drop = d(0.16, 0.26), d(0.26, 0.4)
    return [
        d.stroke(
            (-length - d(0.0, 0.05), drop - d(0.04, 0.12)),
            (-length, drop - 0.03),
            (-0.8 * length, drop),
            (-0.35 * length, 0.55 * drop),
            (0, 0),
            (d(-0.04, 0.02), 1),
            corners=(4,),
        )
    ]


def _wavy_one(d: Draw) -> list[Stroke]:
    bend, drift = d(-0.05, 0.05), d(0, 0.16)
    return [d.stroke((drift, 0), (0.66 * drift + bend, 0.33), (0.33 * drift - bend, 0.67), (0, 1))]


def _bowed_one(d: Draw) -> list[Stroke]:
    """A small flag on a stem that bends to the left below."""
    length = d(0.08, 0.2)
    bow = d(0.01, 0.05)
    return [
        d.stroke(
            (-length, length * d(0.7, 1.3)),
            (0, 0),
            (bow, 0.4),
            (0.6 * bow, 0.75),
            (-d(0.0, 0.1), 1),
            corners=(1,),
        )
    ]


def _kicked_one(d: Draw) -> list[Stroke]:
    """The stem runs out to the right, without a lift."""
    length = d(0.12, 0.22)
    return [
        d.stroke(
            (-length, length * d(0.8, 1.6)),
            (0, 0),
            (-d(-0.02, 0.05), d(0.82, 0.94)),
            (d(0.08, 0.2), d(0.97, 1.02)),
            corners=(1, 2),
        )
    ]


# 2


def _flat_two(d: Draw) -> list[Stroke]:
    w, low = d(0.48, 0.66), d(-0.02, 0.03)
    return [
        d.stroke(
            (0.02, d(0.16, 0.28)),
            (0.22 * w, 0.05),
            (0.5 * w, 0),
            (0.86 * w, 0.1),
            (0.9 * w, 0.3),
            (0.6 * w, 0.6),
            (0.28 * w, 0.85),
            (0, 1),
            (0.5 * w, 0.99 + low),
            (w * d(0.95, 1.15), 0.99 - low),
            corners=(7,),
        )
    ]


def _looped_two(d: Draw) -> list[Stroke]:
    w, loop = d(0.48, 0.64), d(0.12, 0.22)
    return [
        d.stroke(
            (0.04, d(0.14, 0.26)),
            (0.25 * w, 0.03),
            (0.55 * w, 0),
            (0.88 * w, 0.12),
            (0.86 * w, 0.34),
            (0.58 * w, 0.66),
            (0.28 * w, 0.93),
            (0.08 * w, 0.97),
            (0.0, 0.97 - 0.55 * loop),
            (0.15 * w, 0.96 - loop),
            (0.42 * w, 0.97 - 0.45 * loop),
            (0.7 * w, 0.98),
            (w * d(0.95, 1.15), d(0.86, 0.98)),
        )
    ]


def _curly_two(d: Draw) -> list[Stroke]:
    w, hook = d(0.46, 0.62), d(0.0, 0.09)
    return [
        d.stroke(
            (0.1 + hook, 0.24 + hook),
            (0.05, 0.2),
            (0.1, 0.06),
            (0.45 * w, 0),
            (0.88 * w, 0.1),
            (0.9 * w, 0.32),
            (0.55 * w, 0.66),
            (0.05, 0.96),
            (0.25 * w, 0.9),
            (0.6 * w, 0.98),
            (0.9 * w, 0.98),
            (w * d(1.0, 1.15), d(0.84, 0.92)),
            corners=(7,),
        )
    ]


def _swan_two(d: Draw) -> list[Stroke]:
    """As taught a hundred years ago: a curl at the start, a big loop, a wavy base."""
    w, loop, curl = d(0.36, 0.52), d(0.14, 0.26), d(0.07, 0.14)
    return [
        d.stroke(
            (0.1 + d(0.02, 0.06), 0.2 - 0.4 * curl),
            (0.1, 0.22),
            (0.02, 0.2),
            (0.04, 0.2 - curl),
            (0.5 * w, 0),
            (0.94 * w, 0.13),
            (0.92 * w, 0.36),
            (0.6 * w, 0.68),
            (0.22 * w, 0.94),
            (-0.02, 0.98),
            (-0.1, 0.97 - 0.5 * loop),
            (0.02, 0.97 - loop),
            (0.45 * w, 0.99 - 0.5 * loop),
            (0.85 * w, 1),
            (w * d(1.1, 1.5), d(0.82, 0.96)),
        )
    ]


def _wavy_two(d: Draw) -> list[Stroke]:
    """A sharp turn and a base like a tilde."""
    w = d(0.34, 0.56)
    return [
        d.stroke(
            (d(-0.04, 0.06), d(0.2, 0.32)),
            (0.16 * w, 0.06),
            (0.55 * w, 0),
            (0.92 * w, 0.14),
            (0.88 * w, 0.36),
            (0.5 * w, 0.7),
            (-0.04, 0.98),
            (0.22 * w, 0.88),
            (0.5 * w, 0.93),
            (0.8 * w, 1),
            (w * d(1.05, 1.4), d(0.84, 0.95)),
            corners=(6,),
        )
    ]


# 3


def _round_three(d: Draw) -> list[Stroke]:
    top, low, waist, nose = d(0.36, 0.5), d(0.44, 0.58), d(0.4, 0.5), d(0.12, 0.26)
    return [
        d.stroke(
            (d(-0.02, 0.06), d(0.08, 0.18)),
            (0.45 * top, 0),
            (0.92 * top, 0.06),
            (top, 0.5 * waist),
            (0.8 * top, 0.85 * waist),
            (nose, waist),
            (0.75 * low, waist + 0.07),
            (low, 0.72),
            (0.8 * low, 0.94),
            (0.4 * low, 1),
            (d(-0.06, 0.05), d(0.84, 0.95)),
            corners=(5,),
        )
    ]


def _flat_three(d: Draw) -> list[Stroke]:
    top, low, waist = d(0.42, 0.56), d(0.46, 0.6), d(0.36, 0.46)
    return [
        d.stroke(
            (0, d(-0.02, 0.03)),
            (top, 0),
            (0.38 * top, waist),
            (0.75 * low, waist + 0.05),
            (low, 0.7),
            (0.8 * low, 0.93),
            (0.4 * low, 1),
            (d(-0.06, 0.05), d(0.84, 0.95)),
            corners=(1, 2),
        )
    ]


def _looped_three(d: Draw) -> list[Stroke]:
    top, low, waist, loop = d(0.4, 0.52), d(0.44, 0.58), d(0.42, 0.5), d(0.05, 0.1)
    return [
        d.stroke(
            (d(-0.02, 0.06), d(0.08, 0.18)),
            (0.45 * top, 0),
            (0.92 * top, 0.07),
            (0.98 * top, 0.5 * waist),
            (0.65 * top, 0.93 * waist),
            (0.33 * top, waist + 0.3 * loop),
            (0.2 * top, waist - 0.3 * loop),
            (0.35 * top, waist - loop),
            (0.75 * low, waist + 0.08),
            (low, 0.74),
            (0.8 * low, 0.94),
            (0.4 * low, 1),
            (d(-0.06, 0.05), d(0.82, 0.94)),
        )
    ]


def _narrow_three(d: Draw) -> list[Stroke]:
    """As in old records: a small head, a tail that curls in at the left."""
    top, low, waist = d(0.3, 0.38), d(0.34, 0.46), d(0.36, 0.46)
    tail = d(0.76, 0.86)
    return [
        d.stroke(
            (d(-0.06, 0.02), d(0.1, 0.2)),
            (0.4 * top, 0),
            (0.95 * top, 0.08),
            (0.9 * top, 0.55 * waist),
            (d(0.06, 0.14), waist),
            (0.8 * low, waist + 0.1),
            (low, 0.72),
            (0.72 * low, 0.93),
            (0.25 * low, 1),
            (-0.08, tail + 0.08),
            (-d(0.02, 0.08), tail),
            corners=(4,),
        )
    ]


def _big_bellied_three(d: Draw) -> list[Stroke]:
    top, low, waist = d(0.24, 0.36), d(0.46, 0.6), d(0.28, 0.38)
    return [
        d.stroke(
            (0, d(0.0, 0.1)),
            (0.6 * top, -0.02),
            (top, 0.35 * waist),
            (d(0.08, 0.16), waist),
            (0.7 * low, waist + 0.06),
            (low, 0.64),
            (0.8 * low, 0.9),
            (0.3 * low, 1),
            (-d(0.05, 0.2), d(0.86, 0.98)),
            corners=(3,),
        )
    ]


# 4


def _open_four(d: Draw) -> list[Stroke]:
    bar, stem = d(0.5, 0.66), d(0.38, 0.5)
    return [
        d.stroke(
            (d(0.02, 0.2), 0), (0, bar), (stem + d(0.08, 0.24), bar + d(-0.04, 0.02)), corners=(1,)
        ),
        d.stroke((stem + d(-0.01, 0.05), d(0.0, 0.34)), (stem + d(-0.05, 0.02), 1)),
    ]


def _closed_four(d: Draw) -> list[Stroke]:
    bar, stem = d(0.58, 0.76), d(0.42, 0.56)
    return [
        d.stroke((stem, 0), (0, bar), (stem + d(0.12, 0.26), bar + d(-0.03, 0.03)), corners=(1,)),
        d.stroke((stem + d(-0.01, 0.01), d(-0.02, 0.05)), (stem + d(-0.04, 0.02), 1)),
    ]


def _barred_four(d: Draw) -> list[Stroke]:
    bar, stem = d(0.55, 0.72), d(0.34, 0.46)
    return [
        d.stroke(
            (stem + d(-0.06, 0.02), 0),
            (0, bar),
            (stem + d(0.24, 0.42), bar + d(-0.04, 0.03)),
            corners=(1,),
        ),
        d.stroke((stem, d(0.0, 0.4)), (stem + d(-0.04, 0.02), 1)),
    ]


def _long_legged_four(d: Draw) -> list[Stroke]:
    bar, stem = d(0.38, 0.5), d(0.34, 0.46)
    return [
        d.stroke(
            (d(0.02, 0.12), 0),
            (0, bar),
            (stem + d(0.02, 0.14), bar + d(-0.03, 0.02)),
            corners=(1,),
        ),
        d.stroke((stem + d(0.0, 0.06), d(0.0, 0.1)), (stem + d(-0.06, 0.02), 1)),
    ]


def _one_stroke_four(d: Draw) -> list[Stroke]:
    bar, stem = d(0.48, 0.6), d(0.4, 0.52)
    return [
        d.stroke(
            (d(0.04, 0.16), 0),
            (0, bar),
            (0.6 * stem, bar - 0.02),
            (stem, bar - d(0.1, 0.18)),
            (stem + 0.05, d(0.02, 0.16)),
            (stem - d(0.0, 0.06), 1),
            corners=(1, 4),
        )
    ]


def _bolt_four(d: Draw) -> list[Stroke]:
    """Without a lift, like a lightning bolt: down, to the right, and down again."""
    bar, w = d(0.46, 0.7), d(0.42, 0.72)
    return [
        d.stroke(
            (w * d(0.15, 0.75), 0),
            (0, bar),
            (w, bar - d(-0.03, 0.14) * w),
            (w - d(0.02, 0.2), 1),
            corners=(1, 2),
        )
    ]


def _spiked_four(d: Draw) -> list[Stroke]:
    """Without a lift: from the bar's end a bit up, and down over it again."""
    bar, w, spike = d(0.48, 0.72), d(0.4, 0.74), d(0.06, 0.26)
    return [
        d.stroke(
            (w * d(0.2, 0.75), 0),
            (0, bar),
            (0.55 * w, bar + d(-0.02, 0.03)),
            (w, bar - 0.4 * spike),
            (w + 0.04, bar - spike),
            (w - d(0.06, 0.2), 1),
            corners=(1, 4),
        )
    ]


def _ringed_four(d: Draw) -> list[Stroke]:
    """Without a lift: a small loop between bar and stem."""
    bar, w, loop = d(0.5, 0.64), d(0.4, 0.54), d(0.12, 0.22)
    return [
        d.stroke(
            (d(0.08, 0.32), 0),
            (0, bar),
            (0.5 * w, bar + 0.02),
            (w, bar - 0.35 * loop),
            (w + 0.02, bar - 0.9 * loop),
            (w - 0.08, bar - loop),
            (w - 0.12, bar - 0.1),
            (w - d(0.12, 0.24), 1),
            corners=(1,),
        )
    ]


def _round_four(d: Draw) -> list[Stroke]:
    """Without a lift, open and round below like a u with a long stem."""
    bar, w = d(0.46, 0.6), d(0.46, 0.6)
    return [
        d.stroke(
            (d(0.0, 0.08), d(0.0, 0.1)),
            (0, 0.55 * bar),
            (0.1, 0.92 * bar),
            (0.5 * w, bar),
            (0.9 * w, 0.78 * bar),
            (w, d(0.0, 0.16)),
            (w - d(0, 0.12), 1),
            corners=(5,),
        )
    ]


def _low_stemmed_four(d: Draw) -> list[Stroke]:
    """An L whose end a short stem crosses."""
    bar, stem = d(0.5, 0.76), d(0.3, 0.6)
    return [
        d.stroke(
            (stem * d(0.1, 0.9), 0),
            (0, bar),
            (stem + d(0.1, 0.26), bar + d(-0.07, 0.02)),
            corners=(1,),
        ),
        d.stroke((stem + d(0.0, 0.06), bar - d(0.04, 0.2)), (stem - d(0.02, 0.14), 1)),
    ]


def _cupped_four(d: Draw) -> list[Stroke]:
    """The same, turning round; the stem far below the turn tells it from a 6."""
    bar, stem = d(0.56, 0.76), d(0.3, 0.62)
    return [
        d.stroke(
            (stem * d(0.4, 1.0), 0),
            (0.04, 0.5 * bar),
            (0, 0.84 * bar),
            (0.12, bar),
            (0.7 * stem, bar - 0.02),
            (stem + d(0.1, 0.24), bar - d(0.02, 0.1)),
        ),
        d.stroke((stem + d(0.0, 0.06), bar - d(0.08, 0.22)), (stem - d(0.0, 0.1), 1)),
    ]


def _small_topped_four(d: Draw) -> list[Stroke]:
    """A small triangle, hardly crossed, on a long stem."""
    bar, stem = d(0.4, 0.54), d(0.26, 0.38)
    return [
        d.stroke((stem, 0), (0, bar), (stem + d(0.08, 0.18), bar + d(-0.05, 0.03)), corners=(1,)),
        d.stroke((stem, d(-0.02, 0.06)), (stem - d(-0.02, 0.1), 1)),
    ]


def _bellied_four(d: Draw) -> list[Stroke]:
    """Closed and rounded at the upper left; the bar's corner and far end tell it from a 9."""
    bar, stem = d(0.5, 0.66), d(0.38, 0.5)
    return [
        d.stroke(
            (stem - d(0.0, 0.06), 0),
            (0.4 * stem, 0.28 * bar),
            (0, bar),
            (stem + d(0.18, 0.34), bar + d(-0.07, 0.02)),
            corners=(2,),
        ),
        d.stroke((stem + d(-0.02, 0.02), d(-0.02, 0.04)), (stem - d(0.0, 0.14), 1)),
    ]


# 5


def _five_bowl(d: Draw, x: Coordinate, y: Coordinate) -> list[Point]:
    """From the end of the upright at (x, y) around to the tail."""
    w = d(0.48, 0.62)
    return [
        (x + 0.45 * (w - x), y - d(0.03, 0.08)),
        (0.92 * w, 0.5 * y + 0.32),
        (w, 0.7),
        (0.82 * w, 0.92),
        (0.42 * w, 1),
        (d(-0.06, 0.05), d(0.86, 0.97)),
    ]


def _one_stroke_five(d: Draw) -> list[Stroke]:
    y, x = d(0.38, 0.5), d(0.02, 0.08)
    return [
        d.stroke(
            (d(0.44, 0.62), d(-0.04, 0.03)),
            (x + d(0.02, 0.08), 0),
            (x, y),
            *_five_bowl(d, x, y),
            corners=(1, 2),
        )
    ]


def _detached_five(d: Draw) -> list[Stroke]:
    y, x, gap = d(0.38, 0.5), d(0.02, 0.08), d(-0.03, 0.1)
    return [
        d.stroke((x + d(0.02, 0.07), 0), (x, y), *_five_bowl(d, x, y), corners=(1,)),
        d.stroke((x + 0.05 + gap, d(-0.06, 0.03)), (d(0.48, 0.66), d(-0.06, 0.02))),
    ]


def _far_barred_five(d: Draw) -> list[Stroke]:
    y, x = d(0.4, 0.52), d(0.02, 0.1)
    return [
        d.stroke((x + d(0.08, 0.16), 0), (x, y), *_five_bowl(d, x, y), corners=(1,)),
        d.stroke((x + d(0.1, 0.2), d(-0.02, 0.02)), (d(0.7, 0.9), d(-0.08, 0.02))),
    ]


def _angular_five(d: Draw) -> list[Stroke]:
    y, w = d(0.38, 0.48), d(0.44, 0.58)
    return [
        d.stroke(
            (w, 0),
            (0.04, 0),
            (d(0, 0.04), y),
            (0.6 * w, y - d(0.0, 0.05)),
            (w, y + 0.14),
            (w - 0.02, 0.84),
            (0.6 * w, 1),
            (d(-0.03, 0.03), d(0.95, 1.0)),
            corners=(1, 2),
        )
    ]


def _flagged_five(d: Draw) -> list[Stroke]:
    """As in old records: the bar is a loose, wavy flag far to the right."""
    y, x = d(0.38, 0.5), d(0.02, 0.1)
    start, length, high = x + d(0.14, 0.26), d(0.34, 0.52), d(-0.1, 0.0)
    return [
        d.stroke((x + d(0.06, 0.16), 0), (x, y), *_five_bowl(d, x, y), corners=(1,)),
        d.stroke(
            (start, high + d(-0.02, 0.05)),
            (start + 0.35 * length, high - d(-0.01, 0.04)),
            (start + 0.7 * length, high + d(-0.01, 0.04)),
            (start + length, high - d(0.0, 0.1)),
        ),
    ]


def _narrow_five(d: Draw) -> list[Stroke]:
    """A high upright, a small bowl with a tail that curls in."""
    y, x, w = d(0.36, 0.48), d(0.0, 0.06), d(0.32, 0.44)
    return [
        d.stroke(
            (x + w * d(0.8, 1.2), -d(0.0, 0.08)),
            (x + d(0.06, 0.14), 0),
            (x, y),
            (0.5 * w, y - 0.03),
            (0.95 * w, y + 0.16),
            (w, 0.76),
            (0.75 * w, 0.94),
            (0.3 * w, 1),
            (-0.08, 0.92),
            (-d(0.02, 0.08), d(0.8, 0.88)),
            corners=(1, 2),
        )
    ]


def _smooth_five(d: Draw) -> list[Stroke]:
    """Without corners; the level bar and the straight upright tell it from an S."""
    y, w = d(0.36, 0.46), d(0.44, 0.58)
    return [
        d.stroke(
            (w * d(1.0, 1.25), d(-0.04, 0.03)),
            (0.5 * w, 0),
            (0.1, 0.02),
            (0.04, 0.14),
            (0.03, y - 0.04),
            (0.12, y),
            (0.6 * w, y - 0.02),
            (w, y + 0.2),
            (0.92 * w, 0.84),
            (0.5 * w, 1),
            (d(-0.06, 0.05), d(0.88, 0.97)),
        )
    ]


# 6


def _six(d: Draw, start: list[Point], bowl: Floats, width: Floats | None = None) -> Stroke:
    """A six whose bowl has the height `bowl`, and a usual width if none is given."""
    w, top = d(0.42, 0.58) if width is None else width, 1 - bowl
    return d.stroke(
        *start,
        (0.0, 1 - 0.62 * bowl),
        (0.06, 1 - 0.2 * bowl),
        (0.5 * w, 1),
        (0.93 * w, 1 - 0.24 * bowl),
        (0.95 * w, 1 - 0.68 * bowl),
        (0.58 * w, top),
        (0.22 * w, top + 0.14 * bowl),
        (d(0.0, 0.04), top + d(0.3, 0.6) * bowl),
    )


def _straight_six(d: Draw) -> list[Stroke]:
    bowl, lean = d(0.36, 0.56), d(0.2, 0.42)
    return [_six(d, [(lean, 0), (0.35 * lean, 0.62 * (1 - bowl))], bowl)]


def _curled_six(d: Draw) -> list[Stroke]:
    bowl, w = d(0.38, 0.56), d(0.36, 0.54)
    return [_six(d, [(w, d(0.04, 0.12)), (0.7 * w, 0), (0.28 * w, 0.1), (0.03, 0.35)], bowl)]


def _small_bowled_six(d: Draw) -> list[Stroke]:
    bowl, lean = d(0.28, 0.37), d(0.2, 0.38)
    return [_six(d, [(lean, 0), (0.45 * lean, 0.25), (0.1 * lean, 0.52)], bowl)]


def _big_bowled_six(d: Draw) -> list[Stroke]:
    bowl, lean = d(0.54, 0.64), d(0.28, 0.44)
    return [_six(d, [(lean, 0), (0.4 * lean, 0.5 * (1 - bowl))], bowl)]


def _slim_six(d: Draw) -> list[Stroke]:
    """A long, slanted stroke with a tiny bowl."""
    bowl, lean = d(0.26, 0.38), d(0.2, 0.45)
    start: list[Point] = [(lean, 0), (0.62 * lean, 0.25), (0.24 * lean, 0.52)]
    return [_six(d, start, bowl, d(0.28, 0.38))]


# 7: the bar is long and nearly level, so that it never is the flag of a 1


def _stem(d: Draw, x: Coordinate) -> list[Point]:
    foot = x - d(0.22, 0.45)
    return [(0.5 * (x + foot) + d(-0.03, 0.03), 0.5), (foot, 1)]


def _plain_seven(d: Draw) -> list[Stroke]:
    w = d(0.54, 0.72)
    return [d.stroke((0, d(-0.05, 0.03)), (w, 0), *_stem(d, w), corners=(1,))]


def _cross(d: Draw, stem: list[Point], reach: float = 1.0) -> Stroke:
    """A bar through the first of the stem's points; `reach` is a factor of its usual length."""
    x, y = stem[0][0], stem[0][1] + d(-0.08, 0.06)
    return d.stroke(
        (x - reach * d(0.12, 0.24), y + d(-0.03, 0.05)),
        (x + reach * d(0.12, 0.26), y + d(-0.05, 0.02)),
    )


def _crossed_seven(d: Draw) -> list[Stroke]:
    w = d(0.54, 0.7)
    stem = _stem(d, w)
    return [d.stroke((0, d(-0.05, 0.03)), (w, 0), *stem, corners=(1,)), _cross(d, stem)]


def _serif_seven(d: Draw) -> list[Stroke]:
    w = d(0.54, 0.7)
    stem = _stem(d, w)
    return [
        d.stroke((d(-0.04, 0.04), d(0.1, 0.2)), (0, d(-0.01, 0.03)), (w, 0), *stem, corners=(1, 2))
    ]


def _crossed_serif_seven(d: Draw) -> list[Stroke]:
    w = d(0.54, 0.7)
    stem = _stem(d, w)
    bar = d.stroke(
        (d(-0.04, 0.04), d(0.1, 0.2)),
        (0, 0.02),
        (0.3 * w, d(-0.02, 0.03)),
        (0.65 * w, d(0.0, 0.06)),
        (w, 0),
        *stem,
        corners=(1, 4),
    )
    return [bar, _cross(d, stem)]


def _curved_seven(d: Draw) -> list[Stroke]:
    w = d(0.54, 0.7)
    foot = w - d(0.28, 0.45)
    bend = d(0.02, 0.08)
    return [
        d.stroke(
            (0, d(-0.05, 0.03)),
            (w, 0),
            (0.55 * w + 0.45 * foot - bend, 0.3),
            (0.2 * w + 0.8 * foot - bend, 0.62),
            (foot, 1),
            corners=(1,),
        )
    ]


def _dropped_seven(d: Draw) -> list[Stroke]:
    """As in East Asia: a stroke comes down on the left, and the stem stands steep."""
    w = d(0.5, 0.62)
    foot = w - d(0.12, 0.3)
    return [
        d.stroke((d(0, 0.03), 0), (d(-0.05, 0.02), d(0.22, 0.36))),
        d.stroke(
            (0.01, d(0, 0.04)), (w, 0), (0.5 * (w + foot) + 0.01, 0.5), (foot, 1), corners=(1,)
        ),
    ]


def _steep_seven(d: Draw) -> list[Stroke]:
    """Slanted so far that the stem ends left of the bar; crossed high or low, with a long bar."""
    w, at = d(0.48, 0.8), d(0.38, 0.6)
    foot = w - d(0.5, 0.75)
    x = w + (foot - w) * at
    stem: list[Point] = [(x + d(-0.04, 0.02), at), (foot, 1)]
    return [
        d.stroke(
            (d(-0.06, 0.02), d(0.04, 0.26)), (0.06, d(0.0, 0.03)), (w, 0), *stem, corners=(1, 2)
        ),
        _cross(d, [(x, at)], 1.4),
    ]


def _wavy_seven(d: Draw) -> list[Stroke]:
    """A bar like a tilde; the stem stands up below."""
    w = d(0.5, 0.84)
    foot = w * d(0.24, 0.5)
    stem: list[Point] = [(foot + d(0.04, 0.14), d(0.44, 0.56)), (foot, 1)]
    bar = d.stroke(
        (-0.02, d(0.12, 0.22)),
        (0.1 * w, 0.02),
        (0.35 * w, d(0.0, 0.03)),
        (0.7 * w, d(0.05, 0.1)),
        (w, -0.02),
        *stem,
        corners=(4,),
    )
    return [bar, _cross(d, stem, 1.4)]


def _wavy_uncrossed_seven(d: Draw) -> list[Stroke]:
    return _wavy_seven(d)[:1]


def _round_seven(d: Draw) -> list[Stroke]:
    """The bar turns round into a stem that curves to the left."""
    w = d(0.5, 0.66)
    foot = w - d(0.3, 0.5)
    return [
        d.stroke(
            (0, d(-0.03, 0.04)),
            (0.6 * w, 0),
            (0.94 * w, 0.03),
            (0.98 * w, 0.14),
            (0.4 * foot + 0.6 * w, 0.5),
            (foot, 1),
        )
    ]


def _dropped_crossed_seven(d: Draw) -> list[Stroke]:
    drop, stem = _dropped_seven(d)
    x = stem.points[:, 2, 0]
    return [drop, stem, _cross(d, [(x, 0.5)])]


# 8


def _crossing_eight(d: Draw, width: Floats, start: Point, end: Point) -> Stroke:
    """One stroke like an S and back up again; the upper loop is the smaller one."""
    waist, top = d(0.42, 0.52), 0.5 * (1 - d(0.7, 0.95))
    w, low = width, 0.06
    return d.stroke(
        start,
        (0.45 * w, 0),
        (top * w, 0.12),
        (top * w + 0.02, 0.7 * waist),
        (0.5 * w, waist),
        (0.95 * w, waist + 0.2),
        (w - 0.02, 0.84),
        (0.5 * w, 1),
        (low * w, 0.86),
        (low * w + 0.01, waist + 0.2),
        (0.5 * w, waist + 0.02),
        (w - top * w, 0.62 * waist),
        end,
    )


def _eight(d: Draw) -> list[Stroke]:
    w = d(0.42, 0.6)
    x, y = 0.76 * w, d(0.05, 0.1)
    return [_crossing_eight(d, w, (x, y), (x + d(-0.04, 0.04), y - d(-0.01, 0.04)))]


def _narrow_eight(d: Draw) -> list[Stroke]:
    w = d(0.3, 0.4)
    return [_crossing_eight(d, w, (0.8 * w, 0.1), (0.78 * w, d(0.02, 0.1)))]


def _open_eight(d: Draw) -> list[Stroke]:
    w = d(0.42, 0.58)
    return [_crossing_eight(d, w, (0.7 * w, d(0.03, 0.08)), (w + d(-0.03, 0.08), d(0.02, 0.1)))]


def _two_circled_eight(d: Draw) -> list[Stroke]:
    cut = d(0.42, 0.5)
    upper = ellipse(0.3, cut / 2, d(0.18, 0.25), cut / 2, d(-110, 60), -d(355, 385))
    lower = ellipse(
        0.3 + d(-0.03, 0.03),
        (1 + cut) / 2,
        d(0.22, 0.31),
        (1 - cut) / 2,
        d(-120, -60),
        -d(355, 385),
    )
    return [d.stroke(*upper), d.stroke(*lower)]


def _flung_eight(d: Draw) -> list[Stroke]:
    """Started at the upper right; the end runs up past the start and leaves the top open."""
    w = d(0.36, 0.54)
    start = (w * d(0.8, 1.0), d(0.06, 0.14))
    return [_crossing_eight(d, w, start, (w * d(1.1, 1.35), d(-0.06, 0.04)))]


# 9


def _nine_loop(d: Draw, height: Floats, width: Floats) -> list[Point]:
    """Counterclockwise from the upper right and back there."""
    return [
        (0.93 * width, 0.2 * height),
        (0.55 * width, 0),
        (0.12 * width, 0.2 * height),
        (0.03 * width, 0.62 * height),
        (0.35 * width, height),
        (0.78 * width, 0.76 * height),
        (width, d(0.12, 0.3) * height),
    ]


def _curved_nine(d: Draw) -> list[Stroke]:
    h, w = d(0.4, 0.56), d(0.42, 0.56)
    return [
        d.stroke(
            *_nine_loop(d, h, w), (w - 0.01, 0.6), (0.8 * w, 0.85), (d(0.1, 0.25), d(0.96, 1.0))
        )
    ]


def _straight_nine(d: Draw) -> list[Stroke]:
    h, w = d(0.38, 0.54), d(0.4, 0.54)
    return [d.stroke(*_nine_loop(d, h, w), (w - d(0.0, 0.2), 1), corners=(6,))]


def _stemmed_nine(d: Draw) -> list[Stroke]:
    h, w = d(0.4, 0.54), d(0.4, 0.54)
    circle = ellipse(w / 2, h / 2, w / 2, h / 2, d(-60, 0), -d(355, 375))
    return [d.stroke(*circle), d.stroke((w, d(0.0, 0.16)), (w - d(-0.02, 0.06), 1))]


def _hooked_nine(d: Draw) -> list[Stroke]:
    h, w = d(0.38, 0.5), d(0.4, 0.54)
    return [
        d.stroke(
            *_nine_loop(d, h, w),
            (w, 0.55),
            (0.94 * w, 0.84),
            (0.55 * w, 1),
            (0.14 * w, 0.96),
            (d(-0.02, 0.06), d(0.8, 0.9)),
        )
    ]


def _open_nine(d: Draw) -> list[Stroke]:
    """The head is not closed where it meets the stem."""
    h, w = d(0.42, 0.54), d(0.42, 0.56)
    return [
        d.stroke(
            (0.9 * w, d(0.08, 0.14)),
            *_nine_loop(d, h, w)[1:5],
            (0.8 * w, 0.8 * h),
            (w, h * d(0.42, 0.58)),
            (w - d(-0.02, 0.04), 0.66),
            (w - d(0.02, 0.24), 1),
            corners=(6,),
        )
    ]


def _crowned_nine(d: Draw) -> list[Stroke]:
    """Begun far out at the upper right; straight or with a tail far to the left."""
    h, w = d(0.38, 0.52), d(0.4, 0.54)
    foot = d(-0.15, 0.8) * w
    return [
        d.stroke(
            (w + d(0.02, 0.12), d(-0.02, 0.06)),
            *_nine_loop(d, h, w)[1:],
            (0.72 * w + 0.28 * foot, 0.66),
            (foot, 1),
            corners=(6,),
        )
    ]


def _based_nine(d: Draw) -> list[Stroke]:
    """The tail runs out to the left on a long base."""
    h, w = d(0.42, 0.54), d(0.42, 0.54)
    return [
        d.stroke(
            *_nine_loop(d, h, w),
            (w + 0.01, 0.6),
            (0.92 * w, 0.86),
            (0.6 * w, 0.98),
            (0.1, 1),
            (-d(0.1, 0.28), d(0.96, 1.02)),
        )
    ]


def _big_bellied_nine(d: Draw) -> list[Stroke]:
    """A small head on a belly that swings out further to the right."""
    h, w = d(0.32, 0.42), d(0.34, 0.46)
    belly = w * d(1.08, 1.3)
    return [
        d.stroke(
            *_nine_loop(d, h, w),
            (belly, 0.58),
            (0.98 * belly, 0.78),
            (0.6 * belly, 0.98),
            (0.1, 1),
            (-d(0.02, 0.14), d(0.88, 0.97)),
            corners=(6,),
        )
    ]


def _waisted_nine(d: Draw) -> list[Stroke]:
    """A closed head on a belly of its own, which runs out on a long level base."""
    h, w = d(0.4, 0.5), d(0.36, 0.5)
    belly = w * d(1.0, 1.25)
    return [
        d.stroke(
            *_nine_loop(d, h, w)[:6],
            (0.98 * w, 0.4 * h),
            (0.86 * w, 0.1 * h),
            (0.9 * w, 0.5 * h),
            (0.84 * w, h),
            (belly, 0.7),
            (0.92 * belly, 0.92),
            (0.5 * belly, 1),
            (-d(0.12, 0.34), d(0.97, 1.02)),
            corners=(7,),
        )
    ]


def _looped_nine(d: Draw) -> list[Stroke]:
    """Like a g: the tail comes back in a flat loop."""
    h, w, loop = d(0.46, 0.56), d(0.4, 0.52), d(0.1, 0.16)
    return [
        d.stroke(
            *_nine_loop(d, h, w),
            (w, 0.62),
            (0.86 * w, 0.88),
            (0.45 * w, 1),
            (0.04, 1 - 0.2 * loop),
            (0.0, 1 - 0.8 * loop),
            (0.3 * w, 1 - 1.1 * loop),
            (w * d(0.6, 1.0), 1 - 1.2 * loop),
        )
    ]


# Limits beyond which a flagged 1 and a 7, a closed 4 and an A, a 6 and a b look alike, and the
# pens that would fill what tells digits apart.
_ONE = USUAL._replace(
    back=0.05, ahead=0.28, turn=6, waver=0.7, stretch=0.17, markers=0.2, fattest=0.42
)
_BARE = USUAL._replace(back=0.12, markers=0.2, fattest=0.45)
_FOOTED = _ONE._replace(fattest=0.28)
_UPRIGHT = _ONE._replace(ahead=0.1, cursive=0)
_SEVEN = USUAL._replace(back=0.0, ahead=0.45, turn=7, waver=0.7, stretch=0.17, fattest=0.24)
_SLANTED_SEVEN = _SEVEN._replace(ahead=0.1, cursive=0, fattest=0.19)
_SIX = USUAL._replace(back=0.0, turn=8, stretch=0.17, fattest=0.18)
_SLIM_SIX = _SIX._replace(thickest=0.1, fattest=0.13, stretch=0.14)
_FOUR = USUAL._replace(back=0.05, ahead=0.45, turn=8, fattest=0.18)
_OPEN_FOUR = _FOUR._replace(fattest=0.25)
_BOLT = _OPEN_FOUR._replace(ahead=0.35, waver=0.7)
_TOPPED_FOUR = _FOUR._replace(thickest=0.12, fattest=0.16, stretch=0.14)
_CROSSED = _SEVEN._replace(fattest=0.19)
_OPEN = USUAL._replace(fattest=0.25)
_NARROW = USUAL._replace(thickest=0.12, fattest=0.14, stretch=0.14)
_EIGHT = USUAL._replace(thickest=0.13, stretch=0.17, fattest=0.16)
_SLIM_EIGHT = _EIGHT._replace(thickest=0.1, stretch=0.14, fattest=0.12)
_OLD = USUAL._replace(
    back=0.0,
    ahead=0.65,
    thickest=0.12,
    stretch=0.16,
    cursive=0.5,
    markers=0.06,
    fattest=0.18,
    quills=0.4,
)

# Each digit's ways by name.
DIGITS: tuple[dict[str, Way], ...] = (
    {
        "oval": Way(0.3, _oval),
        "narrow": Way(0.18, _narrow_oval, _NARROW),
        "open": Way(0.12, _open_oval),
        "overlapped": Way(0.12, _overlapped_oval),
        "slashed": Way(0.12, _slashed_oval, _NARROW),
        "pointed": Way(0.1, _pointed_oval, _OLD._replace(fattest=0.14)),
        "gaping": Way(0.06, _gaping_oval),
    },
    {
        "bare": Way(0.14, _bare_one, _BARE),
        "flag": Way(0.2, _flag_one, _ONE),
        "long flag": Way(0.13, _long_flag_one, _ONE),
        "flag and foot": Way(0.12, _flag_and_foot_one, _FOOTED),
        "foot": Way(0.05, _foot_one, _FOOTED),
        "slanted": Way(0.1, _slanted_one, _UPRIGHT),
        "slanted with foot": Way(0.05, _slanted_foot_one, _UPRIGHT._replace(fattest=0.2)),
        "tent": Way(0.06, _tent_one, _UPRIGHT._replace(fattest=0.24)),
        "tent and foot": Way(0.02, _tent_and_foot_one, _UPRIGHT._replace(fattest=0.18)),
        "hooked": Way(0.04, _hooked_one, _FOOTED),
        "wavy": Way(0.03, _wavy_one, _BARE._replace(fattest=0.3)),
        "bowed": Way(0.03, _bowed_one, _FOOTED),
        "kicked": Way(0.03, _kicked_one, _UPRIGHT._replace(fattest=0.2)),
    },
    {
        "flat": Way(0.32, _flat_two, _OPEN),
        "looped": Way(0.24, _looped_two),
        "curly": Way(0.18, _curly_two),
        "swan": Way(0.16, _swan_two, _OLD),
        "wavy": Way(0.1, _wavy_two, _OLD),
    },
    {
        "round": Way(0.36, _round_three, _OPEN),
        "flat": Way(0.22, _flat_three, _OPEN),
        "looped": Way(0.18, _looped_three, _NARROW),
        "narrow": Way(0.14, _narrow_three, _OLD),
        "big-bellied": Way(0.1, _big_bellied_three, _OLD),
    },
    {
        "open": Way(0.14, _open_four, _OPEN_FOUR),
        "closed": Way(0.14, _closed_four, _FOUR),
        "barred": Way(0.09, _barred_four, _FOUR),
        "long-legged": Way(0.08, _long_legged_four, _OPEN_FOUR),
        "one stroke": Way(0.08, _one_stroke_four, _OPEN_FOUR),
        "bolt": Way(0.09, _bolt_four, _BOLT),
        "spiked": Way(0.08, _spiked_four, _BOLT),
        "ringed": Way(0.04, _ringed_four, _TOPPED_FOUR),
        "round": Way(0.06, _round_four, _TOPPED_FOUR),
        "low-stemmed": Way(0.06, _low_stemmed_four, _OPEN_FOUR),
        "cupped": Way(0.04, _cupped_four, _TOPPED_FOUR),
        "small-topped": Way(0.05, _small_topped_four, _TOPPED_FOUR),
        "bellied": Way(0.05, _bellied_four, _TOPPED_FOUR),
    },
    {
        "one stroke": Way(0.3, _one_stroke_five, _OPEN),
        "detached": Way(0.22, _detached_five, _OPEN),
        "far-barred": Way(0.12, _far_barred_five),
        "angular": Way(0.14, _angular_five),
        "flagged": Way(0.1, _flagged_five, _OLD),
        "narrow": Way(0.06, _narrow_five, _OLD),
        "smooth": Way(0.06, _smooth_five),
    },
    {
        "straight": Way(0.32, _straight_six, _SIX),
        "curled": Way(0.28, _curled_six),
        "small-bowled": Way(0.18, _small_bowled_six, _SIX),
        "big-bowled": Way(0.14, _big_bowled_six, _SIX),
        "slim": Way(0.08, _slim_six, _SLIM_SIX),
    },
    {
        "plain": Way(0.18, _plain_seven, _SEVEN),
        "crossed": Way(0.18, _crossed_seven, _CROSSED),
        "serif": Way(0.08, _serif_seven, _SEVEN),
        "crossed serif": Way(0.08, _crossed_serif_seven, _CROSSED),
        "curved": Way(0.12, _curved_seven, _SEVEN),
        "dropped": Way(0.08, _dropped_seven, _SEVEN),
        "dropped and crossed": Way(0.02, _dropped_crossed_seven, _CROSSED),
        "steep": Way(0.1, _steep_seven, _SLANTED_SEVEN),
        "wavy": Way(0.06, _wavy_uncrossed_seven, _SEVEN),
        "wavy and crossed": Way(0.06, _wavy_seven, _CROSSED),
        "round": Way(0.04, _round_seven, _SEVEN),
    },
    {
        "crossing": Way(0.34, _eight, _EIGHT),
        "narrow": Way(0.14, _narrow_eight, _SLIM_EIGHT),
        "open": Way(0.16, _open_eight, _EIGHT),
        "two circles": Way(0.2, _two_circled_eight, _EIGHT),
        "flung": Way(0.16, _flung_eight, _OLD._replace(fattest=0.15)),
    },
    {
        "curved": Way(0.22, _curved_nine),
        "straight": Way(0.18, _straight_nine),
        "stemmed": Way(0.13, _stemmed_nine),
        "hooked": Way(0.09, _hooked_nine),
        "open": Way(0.08, _open_nine, USUAL._replace(stretch=0.14)),
        "crowned": Way(0.1, _crowned_nine),
        "based": Way(0.07, _based_nine),
        "big-bellied": Way(0.05, _big_bellied_nine, USUAL._replace(fattest=0.17)),
        "waisted": Way(0.04, _waisted_nine, _NARROW),
        "looped": Way(0.04, _looped_nine, _NARROW),
    },
)
