"""How people write a 0."""

import numpy as np

from train.drawing.pen import Stroke
from train.drawing.ways import OLD_HAND, SMALL_LOOP_HAND, Draw, Way, ellipse


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


WAYS = {
    "oval": Way(0.3, _oval),
    "narrow": Way(0.18, _narrow_oval, SMALL_LOOP_HAND),
    "open": Way(0.12, _open_oval),
    "overlapped": Way(0.12, _overlapped_oval),
    "slashed": Way(0.12, _slashed_oval, SMALL_LOOP_HAND),
    "pointed": Way(0.1, _pointed_oval, OLD_HAND._replace(fattest=0.14)),
    "gaping": Way(0.06, _gaping_oval),
}
