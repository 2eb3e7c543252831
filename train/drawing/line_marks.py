"""Numbers with marks between their digits, and the marks as a pen draws them."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Cover = NDArray[np.float32]
# A straight stroke from one point to another: x to the right and y up from the base line, in
# heights of a digit.
_Stroke = tuple[float, float, float, float]
_Rng = np.random.Generator

# A dot is pressed a little; in widths of the pen.
_DOT_PEN_WIDTHS = 1.1, 1.6
_MIN_PEN_PIXELS = 1.5


class Mark(NamedTuple):
    """A mark that is drawn.

    Attributes:
        cover: float32 of shape (h, w), the share of each pixel that ink covers.
        below: Rows of it that lie below the base line; less than 0 where it ends above.
    """

    cover: Cover
    below: int


def draw_mark(mark: str, height: float, pen: float, slant: float, rng: _Rng) -> Mark:
    """Draws a mark beside digits.

    Args:
        mark: One of . , - / :
        height: Of the digits, in pixels.
        pen: Width of their strokes, in pixels.
        slant: Pixels to the right for each one up.
        rng: Source of all chance.

    Raises:
        ValueError: `mark` is none of these.
    """
    if mark not in _STROKES:
        raise ValueError(f"mark must be one of {' '.join(_STROKES)}, not {mark!r}")
    points = np.array(_STROKES[mark](rng)) * height
    points[:, ::2] += slant * points[:, 1::2]
    width = max(pen, _MIN_PEN_PIXELS)
    width *= rng.uniform(*_DOT_PEN_WIDTHS) if mark in ".:" else rng.uniform(0.9, 1.1)
    reach = math.ceil(width / 2) + 1
    left, right = math.floor(points[:, ::2].min()) - reach, math.ceil(points[:, ::2].max()) + reach
    low, high = math.floor(points[:, 1::2].min()) - reach, math.ceil(points[:, 1::2].max()) + reach
    x = np.arange(left, right)[None, :] + 0.5
    y = np.arange(high, low, -1)[:, None] - 0.5
    distance = np.min([_distance(x, y, *stroke) for stroke in points], axis=0)
    cover = np.clip(width / 2 + 0.5 - distance, 0, 1).astype(np.float32)
    rows, columns = (np.flatnonzero(cover.any(axis=axis)) for axis in (1, 0))
    end = int(rows[-1]) + 1
    return Mark(cover[rows[0] : end, columns[0] : columns[-1] + 1], end - high)


def pen_width(covers: list[Cover]) -> float:
    """The mean width of strokes in pixels: twice their area by the length of their outline."""
    area = outline = 0.0
    for cover in covers:
        ink = np.pad(cover >= 0.5, 1)
        area += np.count_nonzero(ink)
        # Steps along rows and columns are longer than the outline, on average by 4 / pi.
        steps = np.count_nonzero(ink[1:] != ink[:-1]) + np.count_nonzero(ink[:, 1:] != ink[:, :-1])
        outline += math.pi / 4 * steps
    return 2 * area / max(outline, 1.0)


def random_number(mark: str, rng: _Rng) -> str:
    """A number, date or time of up to 10 digits with one mark, once or several times.

    Raises:
        ValueError: `mark` is none of . , - / :
    """
    if mark not in _FORMS:
        raise ValueError(f"mark must be one of {' '.join(_FORMS)}, not {mark!r}")
    form = str(rng.choice(_FORMS[mark]))
    return "".join(str(rng.integers(10)) if sign == "#" else sign for sign in form)


def _distance(
    x: NDArray[np.float64], y: NDArray[np.float64], x0: float, y0: float, x1: float, y1: float
) -> NDArray[np.float64]:
    """The distance of each pixel to a straight stroke."""
    along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2)
    nearest = np.clip(along, 0, 1)
    return np.hypot(x - x0 - nearest * (x1 - x0), y - y0 - nearest * (y1 - y0))


def _dot(rng: _Rng, low: float, high: float) -> _Stroke:
    x, y = rng.uniform(0.01, 0.03), rng.uniform(low, high)
    return 0.0, y, x, y + rng.normal(0, 0.01)


def _comma(rng: _Rng) -> list[_Stroke]:
    y = rng.uniform(0.02, 0.06)
    return [(0.0, y, -rng.uniform(0.05, 0.12), y - rng.uniform(0.15, 0.24))]


def _dash(rng: _Rng) -> list[_Stroke]:
    y = rng.uniform(0.38, 0.55)
    return [(0.0, y, rng.uniform(0.3, 0.55), y + rng.normal(0, 0.02))]


def _slash(rng: _Rng) -> list[_Stroke]:
    # Steeper, it would be a one.
    return [(0.0, -rng.uniform(0, 0.15), rng.uniform(0.45, 0.65), rng.uniform(1, 1.15))]


_STROKES: dict[str, Callable[[_Rng], list[_Stroke]]] = {
    ".": lambda rng: [_dot(rng, 0.03, 0.07)],
    ",": _comma,
    "-": _dash,
    "/": _slash,
    ":": lambda rng: [_dot(rng, 0.1, 0.2), _dot(rng, 0.55, 0.7)],
}
# Each # is a digit.
_FORMS = {
    ".": ["#.#", "#.##", "##.#", "##.##", "###.##", "####.#", "#.###", "##.##.####"],
    ",": ["#,##", "##,##", "###,##", "####,##", "#,###", "##,###", "#,###,###"],
    "-": ["-#", "-##", "-###", "-####", "##-##", "###-####", "####-##-##"],
    "/": ["#/#", "##/##", "#/##", "##/##/##", "##/##/####", "####/##"],
    ":": ["#:##", "##:##", "##:##:##", "#:#", "#:##:##"],
}
