"""How people write a 3."""

from train.drawing.pen import Stroke
from train.drawing.ways import OLD_HAND, OPEN_SHAPE_HAND, SMALL_LOOP_HAND, Draw, Way


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


WAYS = {
    "round": Way(0.36, _round_three, OPEN_SHAPE_HAND),
    "flat": Way(0.22, _flat_three, OPEN_SHAPE_HAND),
    "looped": Way(0.18, _looped_three, SMALL_LOOP_HAND),
    "narrow": Way(0.14, _narrow_three, OLD_HAND),
    "big-bellied": Way(0.1, _big_bellied_three, OLD_HAND),
}
