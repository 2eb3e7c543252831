"""Numbers and pages composed from single digits, as a scan or a photo shows them.

Each digit is scaled, slanted and put beside the last one at a distance that is measured between
their ink, not their boxes, so that digits may reach below each other and still not touch. Ink,
ruled lines and cells then go on paper with uneven light, blur and noise.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from edgedigit.results import Box
from train.data.mnist import Mnist
from train.drawing.line_marks import Cover, draw_mark, pen_width, random_number
from train.drawing.lines.paper import to_lines
from train.drawing.lines.writing import Placed, widened
from train.drawing.photographs import crop, expose, light

LineKind = Literal["apart", "touching", "ruled", "squared", "cells", "pages"]
LINE_KINDS: tuple[LineKind, ...] = get_args(LineKind)

# Ranges, with both ends.
_LINE_DIGITS = 1, 10
_PAGE_LINES = 3, 12
_PAGE_LINE_DIGITS = 3, 10
_DIGIT_HEIGHT_PIXELS = 20, 200
_PAGE_DIGIT_HEIGHT_PIXELS = 20, 80
_MNIST_DIGIT_HEIGHT_PIXELS = 20
# Shares of a pixel that are covered: where a digit's box ends, and from where on it is ink.
_MIN_BOX_COVER = 0.1
_MIN_INK_COVER = 0.5
_LIGHT_INK_SHARE = 0.25


class SingleDigits(NamedTuple):
    """Single digits to compose numbers from.

    Attributes:
        pictures: uint8 of shape (n, h, w), bright ink on 0.
        labels: The digit in each, integers of shape (n,).
    """

    pictures: NDArray[np.uint8]
    labels: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class NumberPicture:
    """A picture of a number or a page of numbers, and what is in it.

    Attributes:
        picture: uint8 of shape (H, W), grey.
        text: The digits, and marks between them, with a line end between lines.
        boxes: Where each of them is, in the order of the text.
        ink: bool of shape (H, W): the ink of the text, before light, blur and noise; no lines.
    """

    picture: NDArray[np.uint8]
    text: str
    boxes: tuple[Box, ...]
    ink: NDArray[np.bool_]


@dataclass(frozen=True)
class _Handwriting:
    """A handwriting: how a number is written and how straight it lies.

    Attributes:
        height: Of a digit that fills MNIST's box, in pixels.
        slant: Pixels to the right for each one up.
        angle: Of the base line, in radians; positive falls to the right.
        level: The grey, 0 to 1, at which a scaled stroke ends: the lower, the broader the pen.
        sharpness: Of the strokes' edges: 1 is as blurred as a scaled picture is.
        gap: Mean distance between digits as a share of their height; below 0 they reach below
            each other.
    """

    height: float
    slant: float
    angle: float
    level: float
    sharpness: float
    gap: float


def digits_of(data: Mnist, part: Literal["validation", "test"]) -> SingleDigits:
    """The digits of a part of MNIST, none of which trained the network.

    Args:
        data: MNIST.
        part: "test" is its test part, "validation" what training keeps of the training part.
    """
    return (
        SingleDigits(data.x_test, data.y_test) if part == "test" else SingleDigits(*data.split()[1])
    )


def number_pictures(
    kind: LineKind, digits: SingleDigits, count: int, seed: int = 0, length: int | None = None
) -> Iterator[NumberPicture]:
    """Composed pictures one by one; the same ones for the same arguments.

    Args:
        kind: What they show, as for `compose`.
        digits: What to take digits from.
        count: How many.
        seed: Of all chance; a picture depends on its place too, but not on the other pictures.
        length: SingleDigits in each line; None is a number that differs from line to line.
    """
    for place in range(count):
        rng = np.random.default_rng([seed, LINE_KINDS.index(kind), length or 0, place])
        yield compose(kind, digits, rng, length)


def marked_pictures(
    mark: str, digits: SingleDigits, count: int, seed: int = 0
) -> Iterator[NumberPicture]:
    """Lines of digits that have a mark between or before them; otherwise as `number_pictures`.

    Args:
        mark: One of . , - / :
        digits: As for `number_pictures`.
        count: As for `number_pictures`.
        seed: As for `number_pictures`.
    """
    for place in range(count):
        rng = np.random.default_rng([seed, ord(mark), place])
        yield compose("apart", digits, rng, text=random_number(mark, rng))


def compose(
    kind: LineKind,
    digits: SingleDigits,
    rng: np.random.Generator,
    length: int | None = None,
    lines: int | None = None,
    height: float | None = None,
    shape: tuple[int, int] | None = None,
    text: str | None = None,
) -> NumberPicture:
    """A picture composed of single digits.

    Args:
        kind: "apart" is a line of digits that do not touch; in "touching" one pair does; "ruled"
            and "squared" are such lines on printed paper, "cells" has each digit in a cell of a
            form, and "pages" is several lines.
        digits: What to take digits from.
        rng: Source of all chance.
        length: SingleDigits in each line; None is 1 to 10 (touching: 2 to 10, pages: 3 to 10).
        lines: Lines on a page; None is 3 to 12.
        height: Of a digit, in pixels; None is 20 to 200 (pages: 20 to 80).
        shape: Height and width of the picture; None is what the digits need, with a margin.
        text: What the line says, for "apart" without a length: digits, one at least, and the marks
            . , - / : between them; None is digits at random.

    Raises:
        ValueError: `kind` is none of these, `length` is too small for it, `text` is not of that
            kind, or the digits do not fit into `shape`.
    """
    if kind not in LINE_KINDS:
        raise ValueError(f"kind must be one of {', '.join(LINE_KINDS)}, not {kind!r}")
    least = 2 if kind == "touching" else 1
    if length is not None and length < least:
        raise ValueError(f"length must be at least {least} for {kind}, not {length}")
    if text is not None and (kind != "apart" or length is not None):
        raise ValueError("text is for a line of digits that are apart, without a length")
    hand = _random_hand(
        rng, _PAGE_DIGIT_HEIGHT_PIXELS if kind == "pages" else _DIGIT_HEIGHT_PIXELS, height
    )
    if text is None:
        chosen = _at_random(kind, digits, rng, length, lines)
        text = "\n".join("".join(str(digits.labels[i]) for i in line) for line in chosen)
    else:
        chosen = [_that_say(text, digits, rng)]
    written = [[_write(digits.pictures[i], hand, rng) for i in line] for line in chosen]
    cells: list[_Cell] = []
    if kind == "cells":
        placed, cells = _in_cells(written[0], hand, rng)
    elif kind == "pages":
        placed = _on_lines(written, hand, rng)
    else:
        pair = int(rng.integers(1, len(text))) if kind == "touching" else None
        placed = _in_line(_with_marks(text, written[0], hand, rng), hand, rng, pair)
    placed, cells, shape = _on_paper(placed, cells, hand, rng, shape)
    cover = np.zeros(shape, np.float32)
    for digit in placed:
        part = cover[digit.top : digit.bottom, digit.left : digit.right]
        np.maximum(part, digit.cover, out=part)
    ink = cover >= _MIN_INK_COVER
    if kind in ("ruled", "squared"):
        _rule(cover, placed[0], hand, rng, kind == "squared")
    if cells:
        _draw_cells(cover, cells, hand, rng)
    return NumberPicture(
        picture=_photograph(cover, hand, rng),
        text=text,
        boxes=tuple(Box(digit.left, digit.top, digit.right, digit.bottom) for digit in placed),
        ink=ink,
    )


def _at_random(
    kind: LineKind,
    digits: SingleDigits,
    rng: np.random.Generator,
    length: int | None,
    lines: int | None,
) -> list[NDArray[np.int64]]:
    """Digits for each line, as places in `digits`."""
    if kind == "pages":
        count = lines or int(rng.integers(*_PAGE_LINES, endpoint=True))
        lengths = [
            length or int(rng.integers(*_PAGE_LINE_DIGITS, endpoint=True)) for _ in range(count)
        ]
    else:
        least = 2 if kind == "touching" else _LINE_DIGITS[0]
        lengths = [length or int(rng.integers(least, _LINE_DIGITS[1] + 1))]
    return [rng.integers(len(digits.labels), size=number) for number in lengths]


def _that_say(text: str, digits: SingleDigits, rng: np.random.Generator) -> NDArray[np.int64]:
    """Digits for those of a text, as places in `digits`."""
    wanted = [int(sign) for sign in text if sign.isdecimal()]
    if not wanted:
        raise ValueError(f"text must have a digit, not be {text!r}")
    return np.array([rng.choice(np.flatnonzero(digits.labels == digit)) for digit in wanted])


def _with_marks(
    text: str, written: list[Placed], hand: _Handwriting, rng: np.random.Generator
) -> list[Placed]:
    """Writes the marks of a text between its digits, with the same pen."""
    rest = iter(written)
    pen = pen_width([digit.cover for digit in written])
    signs = []
    for sign in text:
        if sign.isdecimal():
            signs.append(next(rest))
        else:
            mark = draw_mark(sign, hand.height, pen, hand.slant, rng)
            signs.append(Placed(mark.cover, 0, mark.below - len(mark.cover)))
    return signs


def _random_hand(
    rng: np.random.Generator, heights: tuple[int, int], height: float | None
) -> _Handwriting:
    # Small digits are as frequent as large ones on a scale of ratios.
    drawn = float(np.exp(rng.uniform(*np.log(heights))))
    return _Handwriting(
        height=drawn if height is None else height,
        slant=_bell(rng, 0.12, 0.3),
        angle=math.radians(_bell(rng, 0.8, 2)),
        level=float(rng.uniform(0.2, 0.32)),
        sharpness=float(rng.uniform(0.3, 0.8)),
        gap=float(rng.uniform(-0.1, 0.5)),
    )


def _bell(rng: np.random.Generator, deviation: float, reach: float) -> float:
    """A normal deviate around 0, cut off at a distance."""
    return min(max(float(rng.normal(0, deviation)), -reach), reach)


def _write(digit: NDArray[np.uint8], hand: _Handwriting, rng: np.random.Generator) -> Placed:
    """Writes a digit, its lower left corner near the origin."""
    digit = crop(digit)
    scale = hand.height / _MNIST_DIGIT_HEIGHT_PIXELS * (1 + _bell(rng, 0.06, 0.15))
    slant = hand.slant + rng.normal(0, 0.03)
    sine, cosine = math.sin(hand.angle), math.cos(hand.angle)
    forward = scale * np.array([[cosine, -sine], [sine, cosine]]) @ [[1, -slant], [0, 1]]
    height, width = digit.shape
    # With a margin of one pixel of the digit's, so that its edges stay soft.
    corners = forward @ np.array([[-1, width + 1, -1, width + 1], [-1, -1, height + 1, height + 1]])
    start = corners.min(axis=1)
    size = np.ceil(corners.max(axis=1) - start).astype(int)
    backward = np.linalg.inv(forward)
    offset = backward @ start + 1
    matrix = (*backward[0], offset[0], *backward[1], offset[1])
    scaled = Image.fromarray(np.pad(digit, 1)).transform(
        (int(size[0]), int(size[1])), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC
    )
    grey = np.asarray(scaled, np.float32) / 255
    sharpness = max(1.0, scale * hand.sharpness)
    # Scaled as much as it can be without a change, soft strokes are kept as they are.
    level = hand.level if sharpness > 1 else 0.5
    cover = np.clip((grey - level) * sharpness + 0.5, 0, 1)
    cover[grey == 0] = 0
    rows, columns = (np.flatnonzero((cover > _MIN_BOX_COVER).any(axis=axis)) for axis in (1, 0))
    cover = cover[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Placed(cover, 0, -len(cover))


def _in_line(
    written: list[Placed],
    hand: _Handwriting,
    rng: np.random.Generator,
    pair: int | None = None,
) -> list[Placed]:
    """Puts digits side by side on a base line that starts at the origin.

    Args:
        written: The digits, from left to right.
        hand: How they are written.
        rng: Source of chance.
        pair: The digit that touches the one before it, if one does.
    """
    placed: list[Placed] = []
    # Rows are counted from far enough above the base line to far enough below.
    room = round(4 * hand.height) + 40
    # The rightmost ink in each row so far.
    skyline = np.full(2 * room, -np.inf)
    clear = max(3, round(0.05 * hand.height))
    for index, digit in enumerate(written):
        start = placed[-1].right if placed else 0
        jitter = hand.height * _bell(rng, 0.03, 0.08)
        digit = digit.moved(0, round(start * math.tan(hand.angle) + jitter))
        if index == pair:
            solid = _rightmost(placed[-1], room, _MIN_INK_COVER)
            left = _contact(solid, digit, room, _MIN_INK_COVER) - int(rng.integers(1, 4))
        elif placed:
            gap = hand.height * (hand.gap + rng.normal(0, 0.08))
            nearest = _contact(widened(skyline, clear), digit, room, _MIN_BOX_COVER) + clear
            left = max(start + round(gap), nearest)
        else:
            left = 0
        placed.append(digit.moved(left, 0))
        skyline = np.maximum(skyline, _rightmost(placed[-1], room, _MIN_BOX_COVER))
    return placed


def _rightmost(digit: Placed, room: int, level: float) -> NDArray[np.float64]:
    """The column after the last ink of a digit in each row; row 0 lies `room` above the origin."""
    solid = digit.cover >= level
    columns = np.full(2 * room, -np.inf)
    ends = digit.right - solid[:, ::-1].argmax(axis=1)
    columns[room + digit.top : room + digit.bottom] = np.where(solid.any(axis=1), ends, -np.inf)
    return columns


def _contact(skyline: NDArray[np.float64], digit: Placed, room: int, level: float) -> int:
    """The place of a digit's left edge when its ink is beside that of a skyline, with no gap."""
    solid = digit.cover >= level
    beside = skyline[room + digit.top : room + digit.bottom] - solid.argmax(axis=1)
    return int(beside[solid.any(axis=1)].max(initial=-room))


def _on_lines(
    written: list[list[Placed]], hand: _Handwriting, rng: np.random.Generator
) -> list[Placed]:
    """Puts the digits of each line on base lines below each other, indented a little."""
    pitch = hand.height * rng.uniform(1.45, 2.2) + 4
    slope = math.tan(hand.angle)
    placed = []
    for number, line in enumerate(written):
        indent = hand.height * rng.uniform(0, 1) - number * pitch * slope
        right, down = round(indent), round(number * pitch + indent * slope)
        placed += [digit.moved(right, down) for digit in _in_line(line, hand, rng)]
    return placed


@dataclass(frozen=True)
class _Cell:
    """A box of a form: its centre and half its sides, in pixels, before it is turned."""

    x: float
    y: float
    half_width: float
    half_height: float


def _in_cells(
    written: list[Placed], hand: _Handwriting, rng: np.random.Generator
) -> tuple[list[Placed], list[_Cell]]:
    """Puts each digit in a cell, anywhere that it fits without touching the border."""
    clear = max(4, round(0.06 * hand.height))
    widest = max(digit.cover.shape[1] for digit in written)
    highest = max(digit.cover.shape[0] for digit in written)
    half_width = widest * rng.uniform(0.55, 0.85) + clear
    half_height = highest * rng.uniform(0.52, 0.75) + clear
    # Cells share their borders, or stand apart.
    pitch = 2 * half_width + (rng.uniform(0.1, 0.4) * hand.height if rng.random() < 0.5 else 0)
    sine, cosine = math.sin(hand.angle), math.cos(hand.angle)
    placed, cells = [], []
    for number, digit in enumerate(written):
        cell = _Cell(number * pitch * cosine, number * pitch * sine, half_width, half_height)
        height, width = digit.cover.shape
        free = np.array([half_width - width / 2, half_height - height / 2]) - clear
        x, y = np.array([cell.x, cell.y]) + free * rng.normal(0, 0.4, 2).clip(-1, 1)
        placed.append(Placed(digit.cover, round(x - width / 2), round(y - height / 2)))
        cells.append(cell)
    return placed, cells


def _on_paper(
    placed: list[Placed],
    cells: list[_Cell],
    hand: _Handwriting,
    rng: np.random.Generator,
    shape: tuple[int, int] | None,
) -> tuple[list[Placed], list[_Cell], tuple[int, int]]:
    """Moves everything on to paper with its corner at the origin; the paper's shape comes last."""
    around = 4 + 0.05 * hand.height  # of a cell, for its border and because it may be turned
    left = min([digit.left for digit in placed] + [c.x - c.half_width - around for c in cells])
    top = min([digit.top for digit in placed] + [c.y - c.half_height - around for c in cells])
    right = max([digit.right for digit in placed] + [c.x + c.half_width + around for c in cells])
    bottom = max([digit.bottom for digit in placed] + [c.y + c.half_height + around for c in cells])
    needed = np.ceil([bottom - top, right - left]).astype(int)
    if shape is None:
        margins = np.ceil(hand.height * rng.uniform(0.15, 0.9, 4)).astype(int) + 3
        before = margins[:2]
        height, width = (needed + before + margins[2:]).tolist()
    else:
        height, width = shape
        if (needed > shape).any():
            raise ValueError(
                f"the digits need {needed[1]} x {needed[0]} pixels, not {width} x {height}"
            )
        before = rng.integers(0, np.array(shape) - needed + 1)
    down, right = int(before[0] - math.floor(top)), int(before[1] - math.floor(left))
    return (
        [digit.moved(right, down) for digit in placed],
        [replace(cell, x=cell.x + right, y=cell.y + down) for cell in cells],
        (height, width),
    )


def _rule(
    cover: Cover, first: Placed, hand: _Handwriting, rng: np.random.Generator, squared: bool
) -> None:
    """Prints lines on the paper: one under the digits, ruled paper, or squares."""
    height, width = cover.shape
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    thick = rng.uniform(1, max(1.5, 0.03 * hand.height))
    # SingleDigits stand on a line, a little above it or across it.
    base = first.bottom + hand.height * rng.normal(0, 0.06) - first.left * math.tan(hand.angle)
    across = y[:, None] - x * math.tan(hand.angle) - base
    if squared:
        pitch = hand.height * rng.uniform(0.4, 0.9) + 6
        along = x + y[:, None] * math.tan(hand.angle) - rng.uniform(0, pitch)
        distance = np.minimum(to_lines(across, pitch), to_lines(along, pitch))
        strength = rng.uniform(0.12, 0.5)
    elif rng.random() < 0.5:
        distance = np.abs(across)
        strength = rng.uniform(0.3, 1)
    else:
        distance = to_lines(across, hand.height * rng.uniform(1.2, 1.9) + 4)
        strength = rng.uniform(0.15, 0.6)
    np.maximum(cover, strength * np.clip(thick / 2 + 0.5 - distance, 0, 1), out=cover)


def _draw_cells(
    cover: Cover, cells: list[_Cell], hand: _Handwriting, rng: np.random.Generator
) -> None:
    """Prints the borders of cells, 1 to 3 pixels wide."""
    thick, strength = rng.uniform(1, 3), rng.uniform(0.4, 1)
    sine, cosine = math.sin(hand.angle), math.cos(hand.angle)
    for cell in cells:
        reach = 4 + abs(sine) * max(cell.half_width, cell.half_height)
        left, right = cell.x - cell.half_width - reach, cell.x + cell.half_width + reach
        top, bottom = cell.y - cell.half_height - reach, cell.y + cell.half_height + reach
        window = slice(max(0, int(top)), int(bottom) + 1), slice(max(0, int(left)), int(right) + 1)
        part = cover[window]
        x = np.arange(part.shape[1], dtype=np.float32) + window[1].start - cell.x
        y = np.arange(part.shape[0], dtype=np.float32)[:, None] + window[0].start - cell.y
        beside = np.abs(x * cosine + y * sine) - cell.half_width
        above = np.abs(y * cosine - x * sine) - cell.half_height
        distance = np.abs(np.maximum(beside, above))
        np.maximum(part, strength * np.clip(thick / 2 + 0.5 - distance, 0, 1), out=part)


def _photograph(cover: Cover, hand: _Handwriting, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Ink on paper with uneven light, blur and noise."""
    paper, ink = rng.uniform(170, 250), rng.uniform(15, 100)
    if rng.random() < _LIGHT_INK_SHARE:
        paper, ink = rng.uniform(10, 70), rng.uniform(180, 250)
    lit = light(cover.shape, rng, rng.uniform(0, 0.4)) * (paper + (ink - paper) * cover)
    radius = float(rng.uniform(0, min(1.5, 0.02 * hand.height)))
    blurred = Image.fromarray(np.rint(lit).astype(np.uint8)).filter(
        ImageFilter.GaussianBlur(radius)
    )
    return expose(np.asarray(blurred, float), rng, rng.uniform(1, 8))
