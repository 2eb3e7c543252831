"""How people write a 6."""

from train.drawing.pen import USUAL_HAND, Floats, Stroke
from train.drawing.ways import Draw, Point, Way

# Beyond these limits a 6 looks like a b, and a wider pen fills its bowl.
_BOWLED_HAND = USUAL_HAND._replace(back=0.0, turn=8, stretch=0.17, fattest=0.18)
_SLIM_HAND = _BOWLED_HAND._replace(thickest=0.1, fattest=0.13, stretch=0.14)


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


WAYS = {
    "straight": Way(0.32, _straight_six, _BOWLED_HAND),
    "curled": Way(0.28, _curled_six),
    "small-bowled": Way(0.18, _small_bowled_six, _BOWLED_HAND),
    "big-bowled": Way(0.14, _big_bowled_six, _BOWLED_HAND),
    "slim": Way(0.08, _slim_six, _SLIM_HAND),
}
