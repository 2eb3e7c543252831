"""A line is written: signs of one hand, at their places, on a canvas."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from edgedigit.results import MARKS, OTHER_SIGN
from train.drawing.lines.glyphs import Glyph, Hand

Rng = np.random.Generator
Cover = NDArray[np.float32]
Sides = tuple[int, int, int, int]
"""Left, top, right and bottom, the last two excluded."""

_DIGIT_HEIGHT_PIXELS = 18, 44


class Placed(NamedTuple):
    """A sign's cover, and where it lies: before it is on paper, relative to the base line."""

    cover: Cover
    left: int
    top: int

    @property
    def right(self) -> int:
        """The column after the last."""
        return self.left + self.cover.shape[1]

    @property
    def bottom(self) -> int:
        """The row after the last."""
        return self.top + self.cover.shape[0]

    def moved(self, right: int, down: int) -> "Placed":
        """The sign so many pixels further on."""
        return Placed(self.cover, self.left + right, self.top + down)


class Writer:
    """A hand that writes one line; all that is chosen once for it.

    Attributes:
        height: Of a digit, in pixels.
        slope: Of the line, rows down for each column to the right.
        pen: The width of its strokes, in pixels.
        pitch: From cell to cell, in pixels; 0 without cells.
        origin: Where the base line begins on the canvas: column and row.
    """

    def __init__(self, hand: Hand, rng: Rng, scene: bool) -> None:
        """Takes all chance from `rng`; a scene is of one digit."""
        self._rng = rng
        self._hand = hand
        self.height = float(np.exp(rng.uniform(*np.log(_DIGIT_HEIGHT_PIXELS))))
        printed = hand.is_printed
        self._slant = float(rng.normal(0, 0.04) if printed else rng.normal(0.04, 0.15))
        self._stretch = float(np.exp(rng.normal(0, 0.15)))
        self._level = float(rng.uniform(0.15, 0.45))
        self._sharpness = float(rng.uniform(0.9, 2.0))
        self._uneven = 0.0 if printed else float(rng.choice([0.05, 0.12, 0.3], p=[0.6, 0.33, 0.07]))
        self.slope = float(rng.normal(0, 0.015))
        self.pen = 0.1 * self.height
        self.pitch = 0.0
        self.origin = 0, 0
        self._style = "solid"
        if rng.random() < (0.16 if scene else 0.03):
            self._style = "hollow" if rng.random() < 0.5 else "outlined"

    def sign(self, sign: str) -> Placed:
        """Writes one sign with its base line at row 0 and its left side at column 0."""
        rng, height = self._rng, self.height
        size = height * math.exp(rng.normal(0, self._uneven))
        if sign in MARKS and not self._hand.marks:
            cover, top = self._drawn_mark(sign)
            return Placed(cover, 0, top)
        if sign in MARKS:
            glyph = self._hand.marks[sign]
        elif sign == OTHER_SIGN:
            glyph = self._hand.others[rng.integers(len(self._hand.others))]
            size *= 1 if self._hand.is_printed else rng.uniform(0.65, 1.4)
        else:
            own = self._hand.digits[int(sign)]
            glyph = own[rng.integers(len(own))]
        cover = self._scaled(glyph, size)
        lift = rng.normal(0, self._uneven * 0.5) * height
        return Placed(cover, 0, round(glyph.bottom * size - len(cover) - lift))

    def _scaled(self, glyph: Glyph, size: float) -> Cover:
        """A glyph at its size, slanted, with strokes as broad and edges as sharp as chosen."""
        high, wide = glyph.ink.shape
        scale = size * glyph.height / high
        # A wide sign of little height is not enlarged to the height of a digit.
        scale = min(scale, 1.25 * size / wide) if glyph.height == 1 else scale
        x_scale = scale * self._stretch
        slant = self._slant + self._rng.normal(0, 0.02)
        out_high = max(round(high * scale), 1) + 2
        lean = abs(slant) * out_high
        out_wide = max(round(wide * x_scale + lean), 1) + 2
        # From the output back to the glyph, both with a margin of one pixel; a sign that leans to
        # the right has its foot at the left.
        foot = slant * out_high if slant > 0 else 0.0
        matrix = (
            1 / x_scale,
            slant / x_scale,
            (-1 - foot) / x_scale + 1,
            0.0,
            1 / scale,
            -1 / scale + 1,
        )
        source = Image.fromarray(np.pad(glyph.ink, 1))
        if scale < 0.6:
            source = source.filter(ImageFilter.BoxBlur(0.4 / scale - 0.4))
        drawn = source.transform(
            (out_wide, out_high), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC
        )
        grey = np.asarray(drawn, np.float32) / 255
        sharp = max(self._sharpness * max(scale, 1), 1.0)
        cover = np.clip((grey - (self._level if sharp > 1.2 else 0.5)) * sharp + 0.5, 0, 1)
        cover[grey < 0.02] = 0
        if self._style != "solid" and size > 20:
            cover = self._outlined(cover)
        seen = cover > 0.1
        rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
        if not len(rows):
            return np.ones((2, 2), np.float32)
        return np.ascontiguousarray(
            cover[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], np.float32
        )

    def _outlined(self, cover: Cover) -> Cover:
        """The outline alone, or the inside in another tone."""
        wide = 2 * round(0.5 + self._rng.uniform(0.02, 0.06) * self.height) + 1
        picture = Image.fromarray((255 * np.pad(cover, wide)).astype(np.uint8))
        outer = np.asarray(picture.filter(ImageFilter.MaxFilter(wide)), np.float32) / 255
        inner = np.pad(cover, wide)
        fill = 0.0 if self._style == "hollow" else self._rng.uniform(-0.4, 0.5)
        return np.asarray(outer * (1 - inner) + fill * inner, np.float32)

    def _drawn_mark(self, sign: str) -> tuple[Cover, int]:
        """A mark in strokes of the line's pen, and its top row above the base line."""
        rng, h = self._rng, self.height
        radius = max(self.pen / 2, 0.55) * rng.uniform(0.85, 1.35)
        if sign == ".":
            radius *= rng.uniform(1, 1.35)
            y, long = rng.normal(-0.02, 0.04) * h - radius, rng.uniform(0, 0.05) * h
            strokes = [((0, y), (long, y + rng.uniform(-0.5, 0.5) * long))]
        elif sign == ",":
            y, long = rng.normal(-0.05, 0.04) * h, rng.uniform(0.13, 0.36) * h
            strokes = [((0, y), (-long * rng.uniform(0.1, 0.8), y + long))]
        elif sign == "-":
            y, long = -h * rng.uniform(0.3, 0.62), rng.uniform(0.22, 0.65) * h
            long *= rng.uniform(1, 5) if rng.random() < 0.12 else 1
            strokes = [((0, y), (long, y + long * rng.normal(0, 0.08)))]
        elif sign == "/":
            tall, lower = h * rng.uniform(1.0, 1.6), h * rng.uniform(-0.02, 0.35)
            lean = tall * math.tan(math.radians(rng.uniform(19, 45)))
            strokes = [((0, lower), (lean, lower - tall))]
        else:
            y, apart = -h * rng.uniform(0.08, 0.3), h * rng.uniform(0.25, 0.5)
            radius *= rng.uniform(1, 1.3)
            x = apart * self._slant
            strokes = [((0, y), (0.5, y)), ((x, y - apart), (x + 0.5, y - apart))]
        return stroked(strokes, radius)

    def in_line(self, text: str) -> list[Placed]:
        """Signs side by side, apart or touching."""
        rng, h = self._rng, self.height
        room = round(3 * h) + 8
        skyline = np.full(2 * room, -1e9)
        tight = rng.random()
        gap = rng.uniform(0.02, 0.12) if tight < 0.35 else rng.uniform(0.1, 0.35)
        gap = rng.uniform(0.35, 1.6) if tight > 0.82 else gap
        touching = (
            0.0 if self._hand.is_printed else float(rng.choice([0, 0.3, 0.9], p=[0.46, 0.32, 0.22]))
        )
        placed: list[Placed] = []
        space = 0.0
        for sign in text:
            if sign == " ":
                space = h * rng.uniform(0.5, 1.6)
                continue
            glyph = self.sign(sign)
            if sign not in MARKS and len(placed) < 3:
                self.pen = 0.7 * _stroke_width(glyph.cover) + 0.3 * self.pen
            rows = slice(room + glyph.top, room + glyph.bottom)
            if rows.start < 0 or rows.stop > 2 * room:
                continue
            solid = glyph.cover > 0.3
            left_side = np.where(solid.any(axis=1), solid.argmax(axis=1), 1e9)
            if placed:
                contact = (widened(skyline, max(round(0.1 * h), 1))[rows] - left_side).max()
                if rng.random() < touching and sign not in MARKS and not space:
                    contact = (skyline[rows] - left_side).max()
                    distance = -rng.uniform(0.0, 0.13) * h
                else:
                    own = min(gap, 0.3) if sign in MARKS else gap
                    distance = max(own + rng.normal(0, 0.06), 0.03) * h + space
                last = placed[-1]
                left = max(contact + distance, last.left + 0.45 * last.cover.shape[1])
            else:
                left = 0.0
            space = 0.0
            down = round(self.slope * left)
            glyph = Placed(glyph.cover, round(left), glyph.top + down)
            placed.append(glyph)
            ends = glyph.left + glyph.cover.shape[1] - solid[:, ::-1].argmax(axis=1)
            ends = np.where(solid.any(axis=1), ends, -1e9)
            part = slice(room + glyph.top, room + glyph.bottom)
            if part.start >= 0 and part.stop <= 2 * room:
                skyline[part] = np.maximum(skyline[part], ends)
        return placed

    def in_cells(self, text: str) -> list[Placed]:
        """Signs at equal distances, each where a cell is."""
        rng, h = self._rng, self.height
        pitch = h * rng.uniform(0.85, 1.9)
        placed = []
        for place, sign in enumerate(text.replace(" ", "")):
            glyph = self.sign(sign)
            free = max(pitch - glyph.cover.shape[1], 0)
            left = place * pitch + free * np.clip(rng.normal(0.5, 0.15), 0.05, 0.95)
            placed.append(Placed(glyph.cover, round(left), glyph.top))
        self.pitch = pitch
        return placed

    def canvas(self, placed: list[Placed]) -> tuple[Cover, tuple[int, int, int, int]]:
        """All signs on one canvas with room around, and the box of the ink on it."""
        h = self.height
        around = round(1.3 * h) + 6
        if not placed:
            wide = round(h * self._rng.uniform(0.5, 6))
            box = (around, around, around + wide, around + round(h))
            return np.zeros((box[3] + around, box[2] + around), np.float32), box
        left, top = min(p.left for p in placed), min(p.top for p in placed)
        right, bottom = max(p.right for p in placed), max(p.bottom for p in placed)
        cover = np.zeros((bottom - top + 2 * around, right - left + 2 * around), np.float32)
        for p in placed:
            y, x = p.top - top + around, p.left - left + around
            part = cover[y : y + p.cover.shape[0], x : x + p.cover.shape[1]]
            # A fill that is lighter than the paper is below 0.
            np.copyto(part, p.cover, where=np.abs(p.cover) > np.abs(part))
        self.origin = around - left, around - top
        return cover, (around, around, around + right - left, around + bottom - top)


def widened(skyline: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    """The largest of each row and so many above and below it."""
    padded = np.pad(skyline, rows, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * rows + 1).max(axis=1)


def _stroke_width(cover: Cover) -> float:
    edge = np.abs(np.diff(cover, axis=0)).sum() + np.abs(np.diff(cover, axis=1)).sum()
    # Both sides of a stroke, and as much of it across as along on the average.
    return float(2.4 * cover.sum() / max(edge, 1))


def stroked(
    strokes: list[tuple[tuple[float, float], tuple[float, float]]], radius: float
) -> tuple[Cover, int]:
    """Straight strokes of a pen on a cover that they fill, and the row of its top."""
    points = np.array(strokes, np.float64).reshape(-1, 2)
    (x0, y0), (x1, y1) = points.min(axis=0) - radius - 0.5, points.max(axis=0) + radius + 0.5
    top, left = math.floor(y0), math.floor(x0)
    y = np.arange(top, math.ceil(y1) + 1)[:, None] + 0.5
    x = np.arange(left, math.ceil(x1) + 1)[None] + 0.5
    cover = np.zeros((y.size, x.size), np.float32)
    for (ax, ay), (bx, by) in strokes:
        dx, dy = bx - ax, by - ay
        along = np.clip(((x - ax) * dx + (y - ay) * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
        distance = np.hypot(x - ax - along * dx, y - ay - along * dy)
        np.maximum(cover, np.clip(radius + 0.5 - distance, 0, 1), out=cover)
    return cover, top
