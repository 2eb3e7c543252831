"""Strips of lines of writing, as the reader cuts them out of scans and photos, with their texts.

A line is written sign by sign on paper with rules, cells, frames, pieces of other lines, shadows
and dirt, photographed, and cut out as roughly as a layout does it. What is not in the text is to be
ignored.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.lines.strips import cut_strip
from edgedigit.results import OTHER_SIGN
from train.drawing.lines.glyphs import Hand, Pens, display_hand
from train.drawing.lines.paper import Paper
from train.drawing.lines.photograph import Photograph
from train.drawing.lines.texts import random_text
from train.drawing.lines.writing import Rng, Writer

MAX_COLUMNS = 416
_SCENE_SHARE = 0.22
_CELLS_SHARE = 0.12
_DIGIT_IN_SCENE_SHARE, _OTHER_IN_SCENE_SHARE = 0.8, 0.08
_CUT_OFF_SHARE = 0.08
# Pictures that people cropped to the number: what lies outside repeats their border.
_CROPPED_SHARE = 0.2
_WRONG_POLARITY_SHARE = 0.06


class LineStrip(NamedTuple):
    """A strip, and what is written on it.

    Attributes:
        picture: uint8 of shape (40, columns).
        text: Digits, marks, and "?" for each other sign; no spaces.
    """

    picture: NDArray[np.uint8]
    text: str


class Hands(NamedTuple):
    """Whose hands lines are written by.

    Attributes:
        collected: Digits that people wrote, such as MNIST's.
        drawn: Digits that are drawn in many more ways.
        printed: Fonts.
    """

    collected: Pens
    drawn: Pens
    printed: list[Hand]

    def choose(self, rng: Rng, scene: bool = False) -> Hand:
        """The hand of a line."""
        kind = rng.random()
        printed, displayed = (0.2, 0.38) if scene else (0.11, 0.16)
        if kind < printed:
            return self.printed[rng.integers(len(self.printed))]
        if kind < displayed:
            return display_hand(rng)
        pens = self.collected if rng.random() < 0.55 else self.drawn
        return pens.hand(rng, bool(rng.random() < 0.6))


class _Ink(NamedTuple):
    """Where the writing is on a picture, in pixels, and how high a digit."""

    left: float
    top: float
    right: float
    bottom: float
    digit_height: float


def compose_strip(hands: Hands, rng: Rng) -> LineStrip:
    """One strip: most often of a line of several signs, else of one digit in a scene, or none."""
    while True:
        scene = bool(rng.random() < _SCENE_SHARE)
        strip = _composed(hands.choose(rng, scene), rng, scene)
        if strip is not None and strip.picture.shape[1] <= MAX_COLUMNS:
            return strip


def _composed(hand: Hand, rng: Rng, scene: bool) -> LineStrip | None:
    """A strip in a hand; None where chance made none that can be used."""
    writer = Writer(hand, rng, scene)
    text = _one_digit_or_none(rng) if scene else random_text(rng)
    if not hand.others:
        text = text.replace(OTHER_SIGN, "")
    cells = not scene and rng.random() < _CELLS_SHARE
    placed = writer.in_cells(text) if cells else writer.in_line(text)
    cover, box = writer.canvas(placed)
    lines = Paper(writer, rng, scene).printed(cover.shape, box, placed, cells)
    photograph = Photograph(writer.height, rng, scene)
    picture = photograph.taken(cover, lines, box)
    ink = _Ink(*(side * photograph.shrink for side in box), writer.height * photograph.shrink)
    is_cropped = not scene and rng.random() < _CROPPED_SHARE
    if is_cropped:
        picture, ink = _cropped(picture, ink, rng)
    sides, slope = _cut(ink, writer.slope, rng, scene)
    # Else what lies outside of the canvas would be its border, repeated.
    if rng.random() < (0.3 if is_cropped else 0.9):
        height, width = picture.shape
        sides = max(sides[0], 0), max(sides[1], 0), min(sides[2], width), min(sides[3], height)
    if sides[2] - sides[0] < 2 or sides[3] - sides[1] < 4:
        return None
    is_dark = photograph.is_dark != (rng.random() < _WRONG_POLARITY_SHARE)
    return LineStrip(cut_strip(picture, sides, slope, bool(is_dark)), text.replace(" ", ""))


def _one_digit_or_none(rng: Rng) -> str:
    kind = rng.random()
    if kind < _DIGIT_IN_SCENE_SHARE:
        return str(rng.integers(10))
    return OTHER_SIGN if kind < _DIGIT_IN_SCENE_SHARE + _OTHER_IN_SCENE_SHARE else ""


def _cropped(picture: NDArray[np.uint8], ink: _Ink, rng: Rng) -> tuple[NDArray[np.uint8], _Ink]:
    """A picture without most of what is around the ink, at some sides or all, and the ink in it."""
    height, width = picture.shape
    margins = rng.uniform(-0.06, 0.25, 4) * ink.digit_height
    margins[rng.random(4) < 0.3] = math.inf
    left, top = max(ink.left - margins[0], 0), max(ink.top - margins[1], 0)
    right, bottom = min(ink.right + margins[2], width), min(ink.bottom + margins[3], height)
    left, top, right, bottom = round(left), round(top), round(right), round(bottom)
    part = picture[top:bottom, left:right]
    inside = _Ink(
        max(ink.left - left, 0),
        max(ink.top - top, 0),
        min(ink.right, right) - left,
        min(ink.bottom, bottom) - top,
        ink.digit_height,
    )
    return part, inside


def _cut(
    ink: _Ink, slope: float, rng: Rng, scene: bool
) -> tuple[tuple[float, float, float, float], float]:
    """Where a layout cuts the strip out, or one that errs, and at which slope."""
    high, h = ink.bottom - ink.top, ink.digit_height
    if scene and rng.random() < 0.7:
        above, below = rng.uniform(0.02, 0.8, 2) * high
        beside = rng.uniform(0.05, 1.2, 2) * h
    else:
        kind = rng.random()
        limits = (0.12, 0.3) if kind < 0.66 else (-0.03, 0.12) if kind < 0.8 else (0.3, 0.9)
        above, below = rng.uniform(*limits, 2) * high
        wide = (0.05, 0.6) if rng.random() < 0.85 else (-0.02, 2.5)
        beside = rng.uniform(*wide, 2) * h
    if scene and rng.random() < _CUT_OFF_SHARE:
        above, below = rng.permutation([above, -rng.uniform(0.03, 0.16) * high])
    slope = 0.0 if rng.random() < 0.5 else slope + rng.normal(0, 0.005)
    sides = (ink.left - beside[0], ink.top - above, ink.right + beside[1], ink.bottom + below)
    return sides, slope
