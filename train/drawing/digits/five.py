"""How people write a 5."""

from train.drawing.pen import Stroke
from train.drawing.ways import OLD_HAND, OPEN_SHAPE_HAND, Coordinate, Draw, Point, Way


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


WAYS = {
    "one stroke": Way(0.3, _one_stroke_five, OPEN_SHAPE_HAND),
    "detached": Way(0.22, _detached_five, OPEN_SHAPE_HAND),
    "far-barred": Way(0.12, _far_barred_five),
    "angular": Way(0.14, _angular_five),
    "flagged": Way(0.1, _flagged_five, OLD_HAND),
    "narrow": Way(0.06, _narrow_five, OLD_HAND),
    "smooth": Way(0.06, _smooth_five),
}
