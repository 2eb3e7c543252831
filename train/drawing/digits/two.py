"""How people write a 2."""

from train.drawing.pen import Stroke
from train.drawing.ways import OLD_HAND, OPEN_SHAPE_HAND, Draw, Way


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


WAYS = {
    "flat": Way(0.32, _flat_two, OPEN_SHAPE_HAND),
    "looped": Way(0.24, _looped_two),
    "curly": Way(0.18, _curly_two),
    "swan": Way(0.16, _swan_two, OLD_HAND),
    "wavy": Way(0.1, _wavy_two, OLD_HAND),
}
