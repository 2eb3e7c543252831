"""How people write a 7.

The bar is long and nearly level, so that it never is the flag of a 1.
"""

from train.drawing.pen import USUAL_HAND, Stroke
from train.drawing.ways import Coordinate, Draw, Point, Way

# Beyond these limits a 7 looks like a flagged 1.
_BARRED_HAND = USUAL_HAND._replace(
    back=0.0, ahead=0.45, turn=7, waver=0.7, stretch=0.17, fattest=0.24
)
_STEEP_HAND = _BARRED_HAND._replace(ahead=0.1, cursive=0, fattest=0.19)
_CROSSED_HAND = _BARRED_HAND._replace(fattest=0.19)


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


WAYS = {
    "plain": Way(0.18, _plain_seven, _BARRED_HAND),
    "crossed": Way(0.18, _crossed_seven, _CROSSED_HAND),
    "serif": Way(0.08, _serif_seven, _BARRED_HAND),
    "crossed serif": Way(0.08, _crossed_serif_seven, _CROSSED_HAND),
    "curved": Way(0.12, _curved_seven, _BARRED_HAND),
    "dropped": Way(0.08, _dropped_seven, _BARRED_HAND),
    "dropped and crossed": Way(0.02, _dropped_crossed_seven, _CROSSED_HAND),
    "steep": Way(0.1, _steep_seven, _STEEP_HAND),
    "wavy": Way(0.06, _wavy_uncrossed_seven, _BARRED_HAND),
    "wavy and crossed": Way(0.06, _wavy_seven, _CROSSED_HAND),
    "round": Way(0.04, _round_seven, _BARRED_HAND),
}
