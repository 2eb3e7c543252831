"""How people write the ten digits: the ways of each, as strokes with room for variation.

Each way has a function from a `Draw` to strokes in a box of height 1 and a width of about 0.6,
x to the right and y down. What varies within a way (how long the flag of a 1 is) is drawn there;
what varies in any writing (slant, tremor, width of the pen) comes later, in `train.pen`.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from train.pen import USUAL, Floats, Hand, Stroke

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


# 6


def _six(d: Draw, start: list[Point], bowl: Floats) -> Stroke:
    """A six whose bowl has the height `bowl`; its width follows."""
    w, top = d(0.42, 0.58), 1 - bowl
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


# 7: the bar is long and nearly level, so that it never is the flag of a 1


def _stem(d: Draw, x: Coordinate) -> list[Point]:
    foot = x - d(0.22, 0.45)
    return [(0.5 * (x + foot) + d(-0.03, 0.03), 0.5), (foot, 1)]


def _plain_seven(d: Draw) -> list[Stroke]:
    w = d(0.54, 0.72)
    return [d.stroke((0, d(-0.05, 0.03)), (w, 0), *_stem(d, w), corners=(1,))]


def _cross(d: Draw, stem: list[Point]) -> Stroke:
    """A bar through the middle of a stem."""
    x, y = stem[0][0], stem[0][1] + d(-0.08, 0.06)
    return d.stroke(
        (x - d(0.12, 0.24), y + d(-0.03, 0.05)), (x + d(0.12, 0.26), y + d(-0.05, 0.02))
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


# Limits beyond which a flagged 1 and a 7, a closed 4 and an A, a 6 and a b look alike.
_ONE = Hand(back=0.05, ahead=0.28, turn=6, waver=0.7)
_SEVEN = Hand(back=0.0, ahead=0.45, turn=7, waver=0.7)
_SIX = Hand(back=0.0, turn=8)
_FOUR = Hand(back=0.05, ahead=0.4, turn=8)

# Each digit's ways by name.
DIGITS: tuple[dict[str, Way], ...] = (
    {
        "oval": Way(0.35, _oval),
        "narrow": Way(0.2, _narrow_oval),
        "open": Way(0.15, _open_oval),
        "overlapped": Way(0.15, _overlapped_oval),
        "slashed": Way(0.15, _slashed_oval),
    },
    {
        "bare": Way(0.22, _bare_one, Hand(back=0.12, ahead=0.55)),
        "flag": Way(0.34, _flag_one, _ONE),
        "long flag": Way(0.2, _long_flag_one, _ONE),
        "flag and foot": Way(0.18, _flag_and_foot_one, _ONE),
        "foot": Way(0.06, _foot_one, _ONE),
    },
    {
        "flat": Way(0.4, _flat_two),
        "looped": Way(0.35, _looped_two),
        "curly": Way(0.25, _curly_two),
    },
    {
        "round": Way(0.5, _round_three),
        "flat": Way(0.25, _flat_three),
        "looped": Way(0.25, _looped_three),
    },
    {
        "open": Way(0.28, _open_four, _FOUR),
        "closed": Way(0.24, _closed_four, _FOUR),
        "barred": Way(0.18, _barred_four, _FOUR),
        "long-legged": Way(0.15, _long_legged_four, _FOUR),
        "one stroke": Way(0.15, _one_stroke_four, _FOUR),
    },
    {
        "one stroke": Way(0.35, _one_stroke_five),
        "detached": Way(0.3, _detached_five),
        "far-barred": Way(0.15, _far_barred_five),
        "angular": Way(0.2, _angular_five),
    },
    {
        "straight": Way(0.35, _straight_six, _SIX),
        "curled": Way(0.3, _curled_six),
        "small-bowled": Way(0.2, _small_bowled_six, _SIX),
        "big-bowled": Way(0.15, _big_bowled_six, _SIX),
    },
    {
        "plain": Way(0.24, _plain_seven, _SEVEN),
        "crossed": Way(0.24, _crossed_seven, _SEVEN),
        "serif": Way(0.12, _serif_seven, _SEVEN),
        "crossed serif": Way(0.1, _crossed_serif_seven, _SEVEN),
        "curved": Way(0.18, _curved_seven, _SEVEN),
        "dropped": Way(0.12, _dropped_seven, _SEVEN),
    },
    {
        "crossing": Way(0.4, _eight),
        "narrow": Way(0.15, _narrow_eight),
        "open": Way(0.2, _open_eight),
        "two circles": Way(0.25, _two_circled_eight),
    },
    {
        "curved": Way(0.35, _curved_nine),
        "straight": Way(0.25, _straight_nine),
        "stemmed": Way(0.2, _stemmed_nine),
        "hooked": Way(0.2, _hooked_nine),
    },
)
