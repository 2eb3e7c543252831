"""What lines are composed of: pictures of single signs, by hand, in print, of segments and dots."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.results import DIGIT_COUNT, MARKS
from train.drawing import pen
from train.drawing.characters import draw_digits
from train.drawing.distortion import warp
from train.drawing.signs import SIGNS, sign_strokes
from train.drawing.ways import Draw, Point

Rng = np.random.Generator
Ink = NDArray[np.uint8]

_DRAWN_SIDE_PIXELS = 32
_PRINTED_HEIGHT_PIXELS = 32
_WARPED_AT_ONCE = 250
_PRINTED_OTHERS = (
    "ACEFGHKMNPQRTUVWXYadefhkmnprtuvwxy+=*%#$€&()[]<>?!\N{MULTIPLICATION SIGN}\N{DIVISION SIGN}"
)
# Fonts that come with matplotlib; those of symbols alone have no digits.
_FONT_FILES = (
    "DejaVuSans*.ttf",
    "DejaVuSerif*.ttf",
    "STIXGeneral*.ttf",
    "cmb10.ttf",
    "cmr10.ttf",
    "cmss10.ttf",
    "cmti10.ttf",
    "cmtt10.ttf",
)

# The rows of light-emitting diodes of each digit, five columns to a row.
_DOT_ROWS = (
    "01110 10001 10011 10101 11001 10001 01110",
    "00100 01100 00100 00100 00100 00100 01110",
    "01110 10001 00001 00010 00100 01000 11111",
    "11111 00010 00100 00010 00001 10001 01110",
    "00010 00110 01010 10010 11111 00010 00010",
    "11111 10000 11110 00001 00001 10001 01110",
    "00110 01000 10000 11110 10001 10001 01110",
    "11111 00001 00010 00100 01000 01000 01000",
    "01110 10001 10001 01110 10001 10001 01110",
    "01110 10001 10001 01111 00001 00010 01100",
)
# The segments of each digit: a is on top, then clockwise, g is in the middle.
_SEGMENTS = "abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg"
_SEGMENT_VARIANTS = {6: "fgedc", 7: "fabc", 9: "abcfg", 1: "ef"}
# Brackets and signs between numbers that are not among the letters.
_BRACKETS = {
    "(": "34,0 10,26 8,74 34,100",
    ")": "0,0 26,26 28,74 0,100",
    "flat (": "20,0 5,30 4,70 18,100",
    "flat )": "0,0 15,30 16,70 2,100",
    "[": "34,0 0,0! 0,100! 34,100",
    "]": "0,0 34,0! 34,100! 0,100",
}
_MATHS = ("plus", "equals", "divided", "star", "hash", "percent", "euro", "x", "X", "less")


class Glyph(NamedTuple):
    """A sign without its surroundings.

    Attributes:
        ink: uint8 of shape (h, w), bright on 0, cropped to the ink.
        bottom: Where the base line is, in heights of a digit below the ink's lower edge.
        height: Of the ink, in heights of a digit.
    """

    ink: Ink
    bottom: float = 0.0
    height: float = 1.0


class Hand(NamedTuple):
    """The signs of one hand or one font; what a line is written with.

    Attributes:
        digits: For each digit its pictures.
        others: Signs that are no digits.
        is_printed: Whether it is a font, or a display.
        marks: A font's own; empty where they are to be drawn with the line's pen.
    """

    digits: tuple[list[Glyph], ...]
    others: list[Glyph]
    is_printed: bool
    marks: dict[str, Glyph]


class Pens(NamedTuple):
    """Signs of many hands by the width of the stroke, so that a line can be of one pen.

    Attributes:
        digits: For each digit pictures, from the thinnest stroke to the broadest.
        others: Signs that are no digits, likewise.
    """

    digits: tuple[list[Glyph], ...]
    others: list[Glyph]

    def hand(self, rng: Rng, one_pen: bool) -> Hand:
        """All pictures, or those of about one width of stroke."""
        if not one_pen:
            return Hand(self.digits, self.others, False, {})
        place, share = rng.random(), 0.12
        return Hand(
            tuple(_window(glyphs, place, share) for glyphs in self.digits),
            _window(self.others, place, share),
            False,
            {},
        )


def _window(glyphs: list[Glyph], place: float, share: float) -> list[Glyph]:
    first = int(place * (1 - share) * len(glyphs))
    return glyphs[first : first + max(int(share * len(glyphs)), 1)]


def pens(pictures: Ink, labels: NDArray[np.int64], rng: Rng, others: int) -> Pens:
    """The hands of labelled pictures, of shape (n, side, side), with drawn letters and signs."""
    own = [pictures[labels == digit] for digit in range(DIGIT_COUNT)]
    # Half of them once more as others might have written them.
    digits = tuple(_by_width(stack, _warped(stack[::2], rng)) for stack in own)
    return Pens(digits, _by_width(draw_others(others, rng)))


def _warped(pictures: Ink, rng: Rng) -> Ink:
    inks = [
        warp(pictures[start : start + _WARPED_AT_ONCE], rng, rng.uniform(0.4, 1))
        for start in range(0, len(pictures), _WARPED_AT_ONCE)
    ]
    return np.concatenate([np.rint(255 * ink).astype(np.uint8) for ink in inks])


def drawn_pens(count: int, rng: Rng, others: int) -> Pens:
    """So many drawn digits of each kind, with letters and signs."""
    labels = np.arange(DIGIT_COUNT * count) % DIGIT_COUNT
    return pens(draw_digits(labels, rng, _DRAWN_SIDE_PIXELS), labels, rng, others)


def draw_others(count: int, rng: Rng) -> Ink:
    """Letters, brackets and signs by hand: uint8 of shape (n, 32, 32), brackets more often."""
    strokes: list[Callable[[Draw], list[pen.Stroke]]] = [
        functools.partial(_sign, text) for text in SIGNS.values()
    ]
    strokes += 2 * [functools.partial(_sign, SIGNS[name]) for name in _MATHS]
    strokes += 4 * [functools.partial(_sign, text) for text in _BRACKETS.values()]
    per = -(-count // len(strokes))
    return np.concatenate(
        [pen.draw(make(Draw(rng, per)), rng, _DRAWN_SIDE_PIXELS) for make in strokes]
    )


def _sign(text: str, d: Draw) -> list[pen.Stroke]:
    return sign_strokes(text, d.n)


def _by_width(*stacks: Ink) -> list[Glyph]:
    """Cropped pictures, from the thinnest stroke to the broadest; those without ink go."""
    pictures = [picture for stack in stacks for picture in stack]
    order = np.argsort(np.concatenate([_widths(stack) for stack in stacks]), kind="stable")
    return [Glyph(cropped(pictures[i])) for i in order if (pictures[i] > 127).any()]


def _widths(pictures: Ink) -> NDArray[np.float32]:
    """Of the strokes, in heights of the ink."""
    ink = pictures.astype(np.float32) / 255
    edge = np.abs(np.diff(ink, axis=1)).sum((1, 2)) + np.abs(np.diff(ink, axis=2)).sum((1, 2))
    heights = np.maximum((ink > 0.5).any(axis=2).sum(axis=1), 1)
    return np.asarray(ink.sum((1, 2)) / np.maximum(edge, 1e-6) / heights, np.float32)


def cropped(picture: Ink) -> Ink:
    """The part of a picture that its ink fills."""
    seen = picture > 25
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def printed_hands() -> list[Hand]:
    """A hand for each font that comes with matplotlib, and Pillow's own."""
    import matplotlib
    from PIL import ImageFont

    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    files = sorted({file for pattern in _FONT_FILES for file in folder.glob(pattern)})
    size = round(1.4 * _PRINTED_HEIGHT_PIXELS)
    fonts = [ImageFont.truetype(str(file), size) for file in files if "Display" not in file.name]
    return [_printed(font) for font in [*fonts, ImageFont.load_default(size)]]


def _printed(font: object) -> Hand:
    digits = tuple([_rendered(font, str(digit))] for digit in range(DIGIT_COUNT))
    height = float(np.median([len(glyphs[0].ink) for glyphs in digits]))

    def scaled(sign: str) -> Glyph:
        glyph = _rendered(font, sign)
        return Glyph(glyph.ink, glyph.bottom / height, len(glyph.ink) / height)

    others = [scaled(sign) for sign in _PRINTED_OTHERS]
    marks = {mark: scaled(mark) for mark in MARKS}
    return Hand(tuple([scaled(str(digit))] for digit in range(DIGIT_COUNT)), others, True, marks)


def _rendered(font: object, sign: str) -> Glyph:
    """A sign of a font; its base line in pixels."""
    from PIL import Image, ImageDraw

    side = 3 * _PRINTED_HEIGHT_PIXELS
    picture = Image.new("L", (side, side))
    ImageDraw.Draw(picture).text((side // 3, 2 * side // 3), sign, 255, font, anchor="ls")
    ink = np.asarray(picture)
    rows = np.flatnonzero((ink > 25).any(axis=1))
    if not len(rows):  # the font lacks it
        return Glyph(np.full((_PRINTED_HEIGHT_PIXELS, 4), 255, np.uint8))
    return Glyph(cropped(ink), float(rows[-1] + 1 - 2 * side // 3))


def display_hand(rng: Rng) -> Hand:
    """The digits of a display: seven segments, or dots of light-emitting diodes."""
    draw = _segment_digit if rng.random() < 0.7 else _dot_digit
    shape = rng.random(4)
    digits = tuple([Glyph(cropped(draw(digit, shape, rng)))] for digit in range(DIGIT_COUNT))
    return Hand(digits, [], True, {})


def draw_printed(count: int, rng: Rng, side: int = 56) -> Ink:
    """Digits of fonts and displays in turn: uint8 of shape (count, side, side).

    The label of each is its place modulo ten.
    """
    fonts = printed_hands()
    result = np.zeros((count, side, side), np.uint8)
    for start in range(0, count, DIGIT_COUNT):
        is_font = rng.random() < 0.5
        hand = fonts[rng.integers(len(fonts))] if is_font else display_hand(rng)
        for picture, (glyph,) in zip(
            result[start : start + DIGIT_COUNT], hand.digits, strict=False
        ):
            scale = rng.uniform(0.6, 0.9) * side / max(glyph.ink.shape)
            ink = _resized(glyph.ink, scale)
            top, left = (side - ink.shape[0]) // 2, (side - ink.shape[1]) // 2
            picture[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return result


def _resized(ink: Ink, scale: float) -> Ink:
    from PIL import Image

    size = max(round(ink.shape[1] * scale), 1), max(round(ink.shape[0] * scale), 1)
    return np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BICUBIC))


def _segment_digit(digit: int, shape: NDArray[np.float64], rng: Rng) -> Ink:
    """Seven segments, pointed at their ends, with gaps between them."""
    from PIL import Image, ImageDraw

    high, wide = 96, 44 + 20 * shape[0]
    thick, gap = 7 + 11 * shape[1], 5 * shape[2] ** 2
    lit = _SEGMENTS[digit]
    if shape[3] < 0.3 and rng.random() < 0.5:
        lit = _SEGMENT_VARIANTS.get(digit, lit)
    half = thick / 2
    left, right, top, middle, bottom = half, wide - half, half, high / 2, high - half
    ends: dict[str, tuple[Point, Point]] = {
        "a": ((left, top), (right, top)),
        "b": ((right, top), (right, middle)),
        "c": ((right, middle), (right, bottom)),
        "d": ((left, bottom), (right, bottom)),
        "e": ((left, middle), (left, bottom)),
        "f": ((left, top), (left, middle)),
        "g": ((left, middle), (right, middle)),
    }
    picture = Image.new("L", (int(wide) + 1, high))
    canvas = ImageDraw.Draw(picture)
    point = half if shape[3] < 0.6 else half * 0.3
    for name in lit:
        (x, y), (u, v) = ends[name]
        if name in "adg":
            x, u = x + gap, u - gap
            corners = [(x, y), (x + point, y - half), (u - point, y - half)]
            corners += [(u, y), (u - point, y + half), (x + point, y + half)]
        else:
            y, v = y + gap, v - gap
            corners = [(x, y), (x + half, y + point), (x + half, v - point)]
            corners += [(x, v), (x - half, v - point), (x - half, y + point)]
        canvas.polygon(corners, 255)
    # The first reduces the second: segments are drawn without soft edges.
    small = picture.resize((max(picture.width * 32 // high, 4), 32), Image.Resampling.BOX)
    return np.asarray(small)


def _dot_digit(digit: int, shape: NDArray[np.float64], rng: Rng) -> Ink:
    """Dots in five columns and seven rows."""
    rows = np.array([[int(dot) for dot in row] for row in _DOT_ROWS[digit].split()])
    pitch, radius = 6, 1.4 + 1.7 * shape[0]
    y, x = np.mgrid[: 7 * pitch, : 5 * pitch]
    near_y, near_x = (y % pitch - (pitch - 1) / 2), (x % pitch - (pitch - 1) / 2)
    square = shape[1] < 0.4
    distance = np.maximum(abs(near_y), abs(near_x)) if square else np.hypot(near_y, near_x)
    dots = np.clip(radius + 0.5 - distance, 0, 1) * rows[y // pitch, x // pitch]
    return (255 * dots).astype(np.uint8)
