"""How people write a 4."""

from train.drawing.pen import USUAL_HAND, Stroke
from train.drawing.ways import Draw, Way

# Beyond these limits a closed 4 looks like an A, and a wider pen fills it.
_CLOSED_HAND = USUAL_HAND._replace(back=0.05, ahead=0.45, turn=8, fattest=0.18)
_OPEN_HAND = _CLOSED_HAND._replace(fattest=0.25)
_BOLT_HAND = _OPEN_HAND._replace(ahead=0.35, waver=0.7)
_TOPPED_HAND = _CLOSED_HAND._replace(thickest=0.12, fattest=0.16, stretch=0.14)


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


def _bolt_four(d: Draw) -> list[Stroke]:
    """Without a lift, like a lightning bolt: down, to the right, and down again."""
    bar, w = d(0.46, 0.7), d(0.42, 0.72)
    return [
        d.stroke(
            (w * d(0.15, 0.75), 0),
            (0, bar),
            (w, bar - d(-0.03, 0.14) * w),
            (w - d(0.02, 0.2), 1),
            corners=(1, 2),
        )
    ]


def _spiked_four(d: Draw) -> list[Stroke]:
    """Without a lift: from the bar's end a bit up, and down over it again."""
    bar, w, spike = d(0.48, 0.72), d(0.4, 0.74), d(0.06, 0.26)
    return [
        d.stroke(
            (w * d(0.2, 0.75), 0),
            (0, bar),
            (0.55 * w, bar + d(-0.02, 0.03)),
            (w, bar - 0.4 * spike),
            (w + 0.04, bar - spike),
            (w - d(0.06, 0.2), 1),
            corners=(1, 4),
        )
    ]


def _ringed_four(d: Draw) -> list[Stroke]:
    """Without a lift: a small loop between bar and stem."""
    bar, w, loop = d(0.5, 0.64), d(0.4, 0.54), d(0.12, 0.22)
    return [
        d.stroke(
            (d(0.08, 0.32), 0),
            (0, bar),
            (0.5 * w, bar + 0.02),
            (w, bar - 0.35 * loop),
            (w + 0.02, bar - 0.9 * loop),
            (w - 0.08, bar - loop),
            (w - 0.12, bar - 0.1),
            (w - d(0.12, 0.24), 1),
            corners=(1,),
        )
    ]


def _round_four(d: Draw) -> list[Stroke]:
    """Without a lift, open and round below like a u with a long stem."""
    bar, w = d(0.46, 0.6), d(0.46, 0.6)
    return [
        d.stroke(
            (d(0.0, 0.08), d(0.0, 0.1)),
            (0, 0.55 * bar),
            (0.1, 0.92 * bar),
            (0.5 * w, bar),
            (0.9 * w, 0.78 * bar),
            (w, d(0.0, 0.16)),
            (w - d(0, 0.12), 1),
            corners=(5,),
        )
    ]


def _low_stemmed_four(d: Draw) -> list[Stroke]:
    """An L whose end a short stem crosses."""
    bar, stem = d(0.5, 0.76), d(0.3, 0.6)
    return [
        d.stroke(
            (stem * d(0.1, 0.9), 0),
            (0, bar),
            (stem + d(0.1, 0.26), bar + d(-0.07, 0.02)),
            corners=(1,),
        ),
        d.stroke((stem + d(0.0, 0.06), bar - d(0.04, 0.2)), (stem - d(0.02, 0.14), 1)),
    ]


def _cupped_four(d: Draw) -> list[Stroke]:
    """The same, turning round; the stem far below the turn tells it from a 6."""
    bar, stem = d(0.56, 0.76), d(0.3, 0.62)
    return [
        d.stroke(
            (stem * d(0.4, 1.0), 0),
            (0.04, 0.5 * bar),
            (0, 0.84 * bar),
            (0.12, bar),
            (0.7 * stem, bar - 0.02),
            (stem + d(0.1, 0.24), bar - d(0.02, 0.1)),
        ),
        d.stroke((stem + d(0.0, 0.06), bar - d(0.08, 0.22)), (stem - d(0.0, 0.1), 1)),
    ]


def _small_topped_four(d: Draw) -> list[Stroke]:
    """A small triangle, hardly crossed, on a long stem."""
    bar, stem = d(0.4, 0.54), d(0.26, 0.38)
    return [
        d.stroke((stem, 0), (0, bar), (stem + d(0.08, 0.18), bar + d(-0.05, 0.03)), corners=(1,)),
        d.stroke((stem, d(-0.02, 0.06)), (stem - d(-0.02, 0.1), 1)),
    ]


def _bellied_four(d: Draw) -> list[Stroke]:
    """Closed and rounded at the upper left; the bar's corner and far end tell it from a 9."""
    bar, stem = d(0.5, 0.66), d(0.38, 0.5)
    return [
        d.stroke(
            (stem - d(0.0, 0.06), 0),
            (0.4 * stem, 0.28 * bar),
            (0, bar),
            (stem + d(0.18, 0.34), bar + d(-0.07, 0.02)),
            corners=(2,),
        ),
        d.stroke((stem + d(-0.02, 0.02), d(-0.02, 0.04)), (stem - d(0.0, 0.14), 1)),
    ]


WAYS = {
    "open": Way(0.14, _open_four, _OPEN_HAND),
    "closed": Way(0.14, _closed_four, _CLOSED_HAND),
    "barred": Way(0.09, _barred_four, _CLOSED_HAND),
    "long-legged": Way(0.08, _long_legged_four, _OPEN_HAND),
    "one stroke": Way(0.08, _one_stroke_four, _OPEN_HAND),
    "bolt": Way(0.09, _bolt_four, _BOLT_HAND),
    "spiked": Way(0.08, _spiked_four, _BOLT_HAND),
    "ringed": Way(0.04, _ringed_four, _TOPPED_HAND),
    "round": Way(0.06, _round_four, _TOPPED_HAND),
    "low-stemmed": Way(0.06, _low_stemmed_four, _OPEN_HAND),
    "cupped": Way(0.04, _cupped_four, _TOPPED_HAND),
    "small-topped": Way(0.05, _small_topped_four, _TOPPED_HAND),
    "bellied": Way(0.05, _bellied_four, _TOPPED_HAND),
}
