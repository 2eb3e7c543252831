"""How people write a 9."""

from train.drawing.pen import USUAL_HAND, Floats, Stroke
from train.drawing.ways import SMALL_LOOP_HAND, Draw, Point, Way, ellipse


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


WAYS = {
    "curved": Way(0.22, _curved_nine),
    "straight": Way(0.18, _straight_nine),
    "stemmed": Way(0.13, _stemmed_nine),
    "hooked": Way(0.09, _hooked_nine),
    "open": Way(0.08, _open_nine, USUAL_HAND._replace(stretch=0.14)),
    "crowned": Way(0.1, _crowned_nine),
    "based": Way(0.07, _based_nine),
    "big-bellied": Way(0.05, _big_bellied_nine, USUAL_HAND._replace(fattest=0.17)),
    "waisted": Way(0.04, _waisted_nine, SMALL_LOOP_HAND),
    "looped": Way(0.04, _looped_nine, SMALL_LOOP_HAND),
}
