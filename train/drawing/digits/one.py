"""How people write a 1.

A flag comes down clearly, at a sharp angle, so that it never is the bar of a 7.
"""

import numpy as np

from train.drawing.pen import USUAL_HAND, Floats, Stroke
from train.drawing.ways import Draw, Way

# Beyond these limits a flagged 1 looks like a 7, and a wider pen fills what tells it apart.
_FLAGGED_HAND = USUAL_HAND._replace(
    back=0.05, ahead=0.28, turn=6, waver=0.7, stretch=0.17, markers=0.2, fattest=0.42
)
_BARE_HAND = USUAL_HAND._replace(back=0.12, markers=0.2, fattest=0.45)
_FOOTED_HAND = _FLAGGED_HAND._replace(fattest=0.28)
_UPRIGHT_HAND = _FLAGGED_HAND._replace(ahead=0.1, cursive=0)


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


WAYS = {
    "bare": Way(0.14, _bare_one, _BARE_HAND),
    "flag": Way(0.2, _flag_one, _FLAGGED_HAND),
    "long flag": Way(0.13, _long_flag_one, _FLAGGED_HAND),
    "flag and foot": Way(0.12, _flag_and_foot_one, _FOOTED_HAND),
    "foot": Way(0.05, _foot_one, _FOOTED_HAND),
    "slanted": Way(0.1, _slanted_one, _UPRIGHT_HAND),
    "slanted with foot": Way(0.05, _slanted_foot_one, _UPRIGHT_HAND._replace(fattest=0.2)),
    "tent": Way(0.06, _tent_one, _UPRIGHT_HAND._replace(fattest=0.24)),
    "tent and foot": Way(0.02, _tent_and_foot_one, _UPRIGHT_HAND._replace(fattest=0.18)),
    "hooked": Way(0.04, _hooked_one, _FOOTED_HAND),
    "wavy": Way(0.03, _wavy_one, _BARE_HAND._replace(fattest=0.3)),
    "bowed": Way(0.03, _bowed_one, _FOOTED_HAND),
    "kicked": Way(0.03, _kicked_one, _UPRIGHT_HAND._replace(fattest=0.2)),
}
