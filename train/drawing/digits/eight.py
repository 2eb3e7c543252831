"""How people write an 8."""

from train.drawing.pen import USUAL_HAND, Floats, Stroke
from train.drawing.ways import OLD_HAND, Draw, Point, Way, ellipse

# A wider pen fills the loops.
_LOOPED_HAND = USUAL_HAND._replace(thickest=0.13, stretch=0.17, fattest=0.16)
_SLIM_HAND = _LOOPED_HAND._replace(thickest=0.1, stretch=0.14, fattest=0.12)


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


WAYS = {
    "crossing": Way(0.34, _eight, _LOOPED_HAND),
    "narrow": Way(0.14, _narrow_eight, _SLIM_HAND),
    "open": Way(0.16, _open_eight, _LOOPED_HAND),
    "two circles": Way(0.2, _two_circled_eight, _LOOPED_HAND),
    "flung": Way(0.16, _flung_eight, OLD_HAND._replace(fattest=0.15)),
}
