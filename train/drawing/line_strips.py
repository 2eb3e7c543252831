"""Strips of lines of writing, as the reader cuts them out of scans and photos, with their texts.

A line is written sign by sign (train/drawing/glyphs.py) on paper with rules, cells, frames, pieces
of other lines, shadows and dirt, photographed, and cut out as roughly as a layout does it. What is
not in the text is to be ignored.
"""

import io
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from edgedigit.reading.strips import cut_strip
from edgedigit.results import MARKS, OTHER_SIGN
from train.drawing.glyphs import Glyph, Hand, Pens, display_hand

Rng = np.random.Generator
Cover = NDArray[np.float32]
Grey = NDArray[np.float32]

MAX_COLUMNS = 416
_MAX_SIGNS = 14
_DIGIT_HEIGHT_PIXELS = 18, 44
_SCENE_SHARE = 0.22
_WRONG_POLARITY_SHARE = 0.12


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
        printed = 0.3 if scene else 0.16
        if kind < printed * 0.7:
            return self.printed[rng.integers(len(self.printed))]
        if kind < printed:
            return display_hand(rng)
        pens = self.collected if rng.random() < 0.55 else self.drawn
        return pens.hand(rng, bool(rng.random() < 0.6))


class _Placed(NamedTuple):
    """A sign's cover, its place relative to the beginning of the base line, and whether it counts."""

    cover: Cover
    left: int
    top: int

    @property
    def right(self) -> int:
        return self.left + self.cover.shape[1]

    @property
    def bottom(self) -> int:
        return self.top + self.cover.shape[0]


def compose_strip(hands: Hands, rng: Rng) -> LineStrip:
    """One strip: most often of a line of several signs, else of one digit in a scene, or none."""
    while True:
        scene = bool(rng.random() < _SCENE_SHARE)
        strip = _Composer(hands.choose(rng, scene), rng, scene).strip()
        if strip is not None and strip.picture.shape[1] <= MAX_COLUMNS:
            return strip


def random_text(rng: Rng) -> str:
    """A text as people write it in a line; a space is a wide gap, "?" any other sign."""
    kind = rng.random()
    if kind < 0.42:
        text = _digits(rng, int(rng.integers(1, 11)))
        if rng.random() < 0.2 and len(text) > 2:
            cut = int(rng.integers(1, len(text)))
            text = f"{text[:cut]} {text[cut:]}"
    elif kind < 0.6:
        text = _amount(rng)
    elif kind < 0.74:
        text = _date(rng)
    elif kind < 0.84:
        signs = rng.choice(list("0123456789" * 2 + MARKS * 2 + "?"), int(rng.integers(2, 10)))
        text = "".join(signs)
    elif kind < 0.94:
        text = _formula(rng)
    elif kind < 0.97:
        text = "?" * int(rng.integers(1, 8))
    else:
        text = ""
    return text[:_MAX_SIGNS]


def _digits(rng: Rng, count: int) -> str:
    digits = rng.integers(0, 10, count)
    if rng.random() < 0.2:  # repeated ones, above all zeros, touch most often
        digits[rng.random(count) < 0.6] = 0 if rng.random() < 0.6 else digits[0]
    return "".join(map(str, digits))


def _amount(rng: Rng) -> str:
    separator, point = rng.permutation([".", ",", " "])[:2]
    point = point.replace(" ", ".")
    text = _digits(rng, int(rng.integers(1, 4)))
    while rng.random() < 0.45 and len(text) < 8:
        text += separator + _digits(rng, 3)
    if rng.random() < 0.5:
        text += point + _digits(rng, int(rng.integers(1, 4)))
    before, after = rng.random(), rng.random()
    text = ("-" if before < 0.2 else "?" if before < 0.35 else "") + text
    return text + ("-" if after < 0.2 else "?" if after < 0.35 else "")


def _date(rng: Rng) -> str:
    join = str(rng.choice(list("/.-:")))
    parts = int(rng.integers(2, 4))
    return join.join(_digits(rng, int(rng.choice([1, 2, 2, 2, 4]))) for _ in range(parts))


def _formula(rng: Rng) -> str:
    text = _digits(rng, int(rng.integers(1, 3)))
    for _ in range(int(rng.integers(1, 4))):
        sign = str(rng.choice(list("????-/:")))
        text += sign + ("?" if rng.random() < 0.25 else "") + _digits(rng, int(rng.integers(1, 3)))
    if rng.random() < 0.3:
        text = "?" + text
    return text + ("?" if rng.random() < 0.3 else "")


class _Composer:
    """Everything that is chosen once for a strip."""

    def __init__(self, hand: Hand, rng: Rng, scene: bool) -> None:
        self._rng = rng
        self._hand = hand
        self._is_scene = scene
        self._height = float(np.exp(rng.uniform(*np.log(_DIGIT_HEIGHT_PIXELS))))
        printed = hand.is_printed
        self._slant = float(rng.normal(0, 0.04 if printed else 0.12))
        self._stretch = float(np.exp(rng.normal(0, 0.15 if printed else 0.1)))
        self._level = float(rng.uniform(0.15, 0.45))
        self._sharpness = float(rng.uniform(0.9, 2.0))
        self._uneven = 0.0 if printed else float(rng.choice([0.05, 0.12, 0.3], p=[0.6, 0.33, 0.07]))
        self._slope = float(rng.normal(0, 0.015))
        self._pen = 0.1 * self._height
        self._shrink = 1.0
        self._pitch = 0.0
        self._origin = 0, 0
        self._is_dark = True
        self._style = "solid"
        if rng.random() < (0.12 if scene else 0.03):
            self._style = "hollow" if rng.random() < 0.5 else "outlined"

    def strip(self) -> LineStrip | None:
        """The strip; None where chance made none that can be used."""
        rng = self._rng
        if self._is_scene:
            text = str(rng.integers(10)) if rng.random() < 0.85 else ""
        else:
            text = random_text(rng)
        if not self._hand.others:
            text = text.replace(OTHER_SIGN, "")
        cells = not self._is_scene and rng.random() < 0.12
        placed = self._in_cells(text) if cells else self._in_line(text)
        cover, box = self._canvas(placed)
        lines = self._printed_lines(cover.shape, box, placed, cells)
        picture = self._photograph(cover, lines, box)
        return self._cut(picture, box, text.replace(" ", ""))

    # Signs

    def _sign(self, sign: str) -> _Placed:
        """Writes one sign with its base line at row 0 and its left side at column 0."""
        rng, height = self._rng, self._height
        size = height * math.exp(rng.normal(0, self._uneven))
        if sign in MARKS and not self._hand.marks:
            cover, top = self._drawn_mark(sign)
            return _Placed(cover, 0, top)
        if sign in MARKS:
            glyph = self._hand.marks[sign]
        elif sign == OTHER_SIGN:
            glyph = self._hand.others[rng.integers(len(self._hand.others))]
            size *= 1 if self._hand.is_printed else rng.uniform(0.65, 1.2)
        else:
            own = self._hand.digits[int(sign)]
            glyph = own[rng.integers(len(own))]
        cover = self._scaled(glyph, size)
        lift = rng.normal(0, self._uneven * 0.5) * height
        return _Placed(cover, 0, round(glyph.bottom * size - len(cover) - lift))

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
        # From the output back to the glyph, which has a margin of one pixel.
        start = -slant * out_high if slant < 0 else 0.0
        matrix = (
            1 / x_scale,
            slant / x_scale,
            (-1 - (slant * out_high if slant > 0 else start) + 0) / x_scale + 1,
            0.0,
            1 / scale,
            -1 / scale + 1,
        )
        if slant < 0:
            matrix = (*matrix[:2], -1 / x_scale + 1, *matrix[3:])
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
        wide = 2 * round(0.5 + self._rng.uniform(0.02, 0.06) * self._height) + 1
        picture = Image.fromarray((255 * np.pad(cover, wide)).astype(np.uint8))
        outer = np.asarray(picture.filter(ImageFilter.MaxFilter(wide)), np.float32) / 255
        inner = np.pad(cover, wide)
        fill = 0.0 if self._style == "hollow" else self._rng.uniform(-0.4, 0.5)
        return np.asarray(outer * (1 - inner) + fill * inner, np.float32)

    def _drawn_mark(self, sign: str) -> tuple[Cover, int]:
        """A mark in strokes of the line's pen, and its top row above the base line."""
        rng, h = self._rng, self._height
        radius = max(self._pen / 2, 0.55) * rng.uniform(0.85, 1.35)
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
            tall, lower = h * rng.uniform(0.9, 1.5), h * rng.uniform(-0.05, 0.3)
            lean = tall * math.tan(math.radians(rng.uniform(17, 45)))
            strokes = [((0, lower), (lean, lower - tall))]
        else:
            y, apart = -h * rng.uniform(0.08, 0.3), h * rng.uniform(0.25, 0.5)
            radius *= rng.uniform(1, 1.3)
            x = apart * self._slant
            strokes = [((0, y), (0.5, y)), ((x, y - apart), (x + 0.5, y - apart))]
        return _stroked(strokes, radius)

    # Placing

    def _in_line(self, text: str) -> list[_Placed]:
        rng, h = self._rng, self._height
        room = round(3 * h) + 8
        skyline = np.full(2 * room, -1e9)
        tight = rng.random()
        gap = rng.uniform(0.02, 0.12) if tight < 0.35 else rng.uniform(0.1, 0.35)
        gap = rng.uniform(0.35, 1.6) if tight > 0.82 else gap
        touching = 0.0 if self._hand.is_printed else float(rng.choice([0, 0.3, 0.9], p=[0.6, 0.25, 0.15]))
        placed: list[_Placed] = []
        space = 0.0
        for sign in text:
            if sign == " ":
                space = h * rng.uniform(0.5, 1.6)
                continue
            glyph = self._sign(sign)
            if sign not in MARKS and len(placed) < 3:
                self._pen = 0.7 * _stroke_width(glyph.cover) + 0.3 * self._pen
            rows = slice(room + glyph.top, room + glyph.bottom)
            if rows.start < 0 or rows.stop > 2 * room:
                continue
            solid = glyph.cover > 0.3
            left_side = np.where(solid.any(axis=1), solid.argmax(axis=1), 1e9)
            if placed:
                contact = (_widened(skyline, max(round(0.1 * h), 1))[rows] - left_side).max()
                if rng.random() < touching and sign not in MARKS and not space:
                    contact = (skyline[rows] - left_side).max()
                    distance = -rng.uniform(0.0, 0.1) * h
                else:
                    own = min(gap, 0.3) if sign in MARKS else gap
                    distance = max(own + rng.normal(0, 0.06), 0.03) * h + space
                last = placed[-1]
                left = max(contact + distance, last.left + 0.45 * last.cover.shape[1])
            else:
                left = 0.0
            space = 0.0
            down = round(self._slope * left)
            glyph = _Placed(glyph.cover, round(left), glyph.top + down)
            placed.append(glyph)
            ends = glyph.left + glyph.cover.shape[1] - solid[:, ::-1].argmax(axis=1)
            ends = np.where(solid.any(axis=1), ends, -1e9)
            part = slice(room + glyph.top, room + glyph.bottom)
            if part.start >= 0 and part.stop <= 2 * room:
                skyline[part] = np.maximum(skyline[part], ends)
        return placed

    def _in_cells(self, text: str) -> list[_Placed]:
        """Signs at equal distances, each where a cell is."""
        rng, h = self._rng, self._height
        pitch = h * rng.uniform(0.85, 1.9)
        placed = []
        for place, sign in enumerate(text.replace(" ", "")):
            glyph = self._sign(sign)
            free = max(pitch - glyph.cover.shape[1], 0)
            left = place * pitch + free * np.clip(rng.normal(0.5, 0.15), 0.05, 0.95)
            placed.append(_Placed(glyph.cover, round(left), glyph.top))
        self._pitch = pitch
        return placed

    def _canvas(self, placed: list[_Placed]) -> tuple[Cover, tuple[int, int, int, int]]:
        """All signs on one canvas with room around, and the box of the ink on it."""
        h = self._height
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
        self._origin = around - left, around - top
        return cover, (around, around, around + right - left, around + bottom - top)

    # Paper

    def _printed_lines(
        self,
        shape: tuple[int, ...],
        box: tuple[int, int, int, int],
        placed: list[_Placed],
        cells: bool,
    ) -> Cover:
        """Rules, squares, cells, frames, circles, pieces of other lines and dirt: their cover."""
        rng, h = self._rng, self._height
        height, width = shape
        cover = np.zeros((height, width), np.float32)
        left, top, right, bottom = box
        y = np.arange(height, dtype=np.float32)[:, None]
        x = np.arange(width, dtype=np.float32)[None]
        tilt = rng.normal(0, 0.01) + (self._slope if rng.random() < 0.5 else 0)
        base = bottom + h * rng.normal(0.02, 0.08)
        across = y - base - tilt * (x - left)
        along = x - left - rng.uniform(0, 1) * h + tilt * y

        def rule(distance: Cover, strength: float, thick: float | None = None) -> None:
            thick = float(rng.uniform(0.8, max(1.2, 0.1 * h))) if thick is None else thick
            line = strength * np.clip(thick / 2 + 0.5 - distance, 0, 1)
            np.maximum(cover, line, out=cover)

        kind = rng.random()
        strength = float(rng.uniform(0.12, 0.95))
        if cells and placed:
            self._draw_cells(cover, box, strength)
        elif kind < 0.1:
            rule(np.abs(across), strength)
        elif kind < 0.2:
            rule(_to_lines(across, h * rng.uniform(0.9, 2.0) + 4), strength * rng.uniform(0.4, 1))
        elif kind < 0.25 and self._is_scene:
            # Ruled paper whose lines go through the digit.
            across += rng.uniform(-1, 1) * h
            rule(_to_lines(across, h * rng.uniform(0.3, 0.9) + 3), strength * 0.7)
        elif kind < 0.3:
            pitch = h * rng.uniform(0.35, 1.2) + 4
            distance = np.minimum(_to_lines(across, pitch), _to_lines(along, pitch))
            rule(distance, strength * rng.uniform(0.3, 0.8), float(rng.uniform(0.7, 2)))
        elif kind < 0.36:
            # A column's rule beside the number.
            side = left - h * rng.uniform(0.1, 0.6) if rng.random() < 0.5 else right + h * rng.uniform(0.1, 0.6)
            rule(np.abs(x - side + tilt * y), strength)
        elif kind < (0.6 if self._is_scene else 0.4):
            self._draw_frame(cover, box)
        elif kind < 0.68 and self._is_scene:
            self._draw_ring(cover, box)
        if rng.random() < 0.22:
            self._draw_pieces(cover, box)
        if rng.random() < 0.25:
            self._draw_dirt(cover, box, placed)
        return cover

    def _draw_cells(self, cover: Cover, box: tuple[int, int, int, int], strength: float) -> None:
        rng, h = self._rng, self._height
        _, top, right, bottom = box
        high, low = h * rng.uniform(0.05, 0.5), h * rng.uniform(0.05, 0.5)
        thick = max(round(rng.uniform(0.5, max(1.2, 0.09 * h))), 1)
        upper, lower = max(round(top - high), 0), min(round(bottom + low), len(cover) - thick)
        per = 1 if rng.random() < 0.85 else 2
        style = rng.random()
        first = self._origin[0] + rng.normal(0, 0.03) * h
        edge = first
        while edge < right + per * self._pitch:
            column = round(edge)
            start = upper if style < 0.8 else round((upper + 2 * lower) / 3)
            if 0 <= column < cover.shape[1] - thick:
                cover[start:lower, column : column + thick] = strength
            edge += per * self._pitch
        if style < 0.65 or style > 0.8:
            # Rules go on, as a table's do.
            end = cover.shape[1] if rng.random() < 0.5 else min(round(edge - per * self._pitch), cover.shape[1])
            start = 0 if end == cover.shape[1] else max(round(first), 0)
            cover[lower : lower + thick, start:end] = strength
            if style < 0.65:
                cover[upper : upper + thick, start:end] = strength

    def _draw_frame(self, cover: Cover, box: tuple[int, int, int, int]) -> None:
        """Some sides of a frame around all that is written."""
        rng, h = self._rng, self._height
        left, top, right, bottom = box
        thick = max(round(rng.uniform(0.03, 0.22) * h), 1)
        gaps = [max(round(h * rng.uniform(0.04, 0.5)), 1) for _ in range(4)]
        y0, y1 = max(top - gaps[0] - thick, 0), min(bottom + gaps[1], len(cover) - thick)
        x0, x1 = max(left - gaps[2] - thick, 0), min(right + gaps[3], cover.shape[1] - thick)
        strength = float(rng.uniform(0.3, 1))
        sides = rng.random(4) < (1.0 if rng.random() < 0.5 else 0.5)
        if sides[0]:
            cover[y0 : y0 + thick, x0 : x1 + thick] = strength
        if sides[1]:
            cover[y1 : y1 + thick, x0 : x1 + thick] = strength
        if sides[2]:
            cover[y0 : y1 + thick, x0 : x0 + thick] = strength
        if sides[3]:
            cover[y0 : y1 + thick, x1 : x1 + thick] = strength

    def _draw_ring(self, cover: Cover, box: tuple[int, int, int, int]) -> None:
        """A circle around a digit."""
        rng, h = self._rng, self._height
        left, top, right, bottom = box
        y = np.arange(len(cover), dtype=np.float32)[:, None] - (top + bottom) / 2
        x = np.arange(cover.shape[1], dtype=np.float32)[None] - (left + right) / 2
        radius = math.hypot(bottom - top, right - left) / 2 + h * rng.uniform(0.05, 0.3)
        wide = rng.uniform(0.9, 1.15)
        distance = np.abs(np.hypot(y * wide, x / wide) - radius)
        thick = max(self._pen * rng.uniform(0.6, 1.3), 1)
        line = np.clip(thick / 2 + 0.5 - distance, 0, 1) * rng.uniform(0.5, 1)
        np.maximum(cover, line, out=cover)

    def _draw_pieces(self, cover: Cover, box: tuple[int, int, int, int]) -> None:
        """Lower parts of signs above the line, upper parts of signs below it."""
        rng, h = self._rng, self._height
        left, top, right, bottom = box
        far = h * rng.uniform(0.06, 0.3)
        for _ in range(int(rng.integers(1, 5))):
            piece = self._sign(str(rng.integers(10))).cover
            x = int(rng.integers(max(left - 10, 0), max(right, left - 9)))
            if rng.random() < 0.5:
                y = round(top - far - len(piece))
            else:
                y = round(bottom + far)
            y0, y1 = max(y, 0), min(y + len(piece), len(cover))
            x1 = min(x + piece.shape[1], cover.shape[1])
            if y0 < y1 and x < x1:
                part = cover[y0:y1, x:x1]
                np.maximum(part, np.abs(piece[y0 - y : y1 - y, : x1 - x]), out=part)

    def _draw_dirt(
        self, cover: Cover, box: tuple[int, int, int, int], placed: list[_Placed]
    ) -> None:
        """Specks: smaller or fainter than a point, or where no point stands."""
        rng, h = self._rng, self._height
        left, top, right, bottom = box
        for _ in range(int(rng.integers(1, 9))):
            y = rng.uniform(max(top - 0.4 * h, 0), min(bottom + 0.4 * h, len(cover) - 1))
            x = rng.uniform(max(left - h, 0), min(right + h, cover.shape[1] - 1))
            low = abs(y - bottom) < 0.25 * h and left < x < right + 0.5 * h
            strength = rng.uniform(0.1, 0.3) if low else rng.uniform(0.1, 0.9)
            radius = rng.uniform(0.3, 0.35 * self._pen + 0.3)
            spot, _ = _stroked([((0, 0), (rng.uniform(0, 0.03) * h, 0))], radius)
            y0, x0 = int(y), int(x)
            part = cover[y0 : y0 + len(spot), x0 : x0 + spot.shape[1]]
            np.maximum(part, strength * spot[: part.shape[0], : part.shape[1]], out=part)

    # Photograph

    def _photograph(
        self, cover: Cover, lines: Cover, box: tuple[int, int, int, int]
    ) -> NDArray[np.uint8]:
        rng, h = self._rng, self._height
        height, width = cover.shape
        self._is_dark = bool(rng.random() < 0.72)
        contrast = math.exp(rng.uniform(math.log(22), math.log(215)))
        paper = rng.uniform(contrast, 250) if self._is_dark else rng.uniform(3, 252 - contrast)
        ink = paper - contrast if self._is_dark else paper + contrast
        if rng.random() < 0.15:  # a pencil leaves the paper's grain
            cover = cover * (1 - rng.uniform(0.2, 0.7) * rng.random(cover.shape, np.float32))
        picture = np.full((height, width), paper, np.float32)
        if rng.random() < 0.3:
            picture += self._texture(height, width) * (contrast * rng.uniform(0.03, 0.2))
        tone = ink + rng.normal(0, 0.15) * contrast
        picture += lines * (tone - picture)
        picture += cover * (ink - picture)
        if rng.random() < (0.22 if self._is_scene else 0.05):
            picture = self._on_panel(picture, box, paper, contrast)
        if rng.random() < 0.12:
            self._add_object(picture, box, ink if rng.random() < 0.7 else rng.uniform(0, 255))
        if rng.random() < 0.5:
            picture *= self._light(height, width)
        if rng.random() < 0.3:
            radius = rng.uniform(0.3, 0.055 * h)
            picture = np.asarray(_image(picture).filter(ImageFilter.GaussianBlur(radius)), np.float32)
        if rng.random() < 0.35:
            smaller = max(rng.uniform(8, 20) / h, 0.25) if rng.random() < 0.5 else rng.uniform(0.5, 1)
            if smaller < 0.9:
                self._shrink = smaller
                size = max(round(width * smaller), 4), max(round(height * smaller), 4)
                small = _image(picture).resize(size, Image.Resampling.BOX)
                picture = np.asarray(small, np.float32)
        noise = contrast * rng.uniform(0, 0.12) + rng.uniform(0, 3)
        picture = picture + rng.standard_normal(picture.shape, np.float32) * noise
        final = _image(picture)
        if rng.random() < 0.25:
            file = io.BytesIO()
            final.save(file, "JPEG", quality=int(rng.integers(15, 75)))
            final = Image.open(file)
        return np.asarray(final)

    def _texture(self, height: int, width: int) -> Grey:
        """Patterns of waves as on cheques, or a rough surface; about -1 to 1."""
        rng = self._rng
        if rng.random() < 0.4:
            cells = max(int(height / rng.uniform(1.5, 8)), 2), max(int(width / rng.uniform(1.5, 8)), 2)
            rough = rng.standard_normal(cells, np.float32)
            rough = (127 + 50 * rough).clip(0, 255).astype(np.uint8)
            large = Image.fromarray(rough).resize((width, height), Image.Resampling.BICUBIC)
            return (np.asarray(large, np.float32) - 127) / 50
        y = np.arange(height, dtype=np.float32)[:, None]
        x = np.arange(width, dtype=np.float32)[None]
        texture = np.zeros((height, width), np.float32)
        for _ in range(int(rng.integers(1, 4))):
            fast, slow = rng.uniform(0.2, 1.5, 2), rng.uniform(0.05, 0.4)
            bend = rng.uniform(1, 8)
            if rng.random() < 0.5:
                texture += np.sin(x * fast[0] + bend * np.sin(y * slow) + rng.uniform(0, 6))
            else:
                texture += np.sin(y * fast[1] + bend * np.sin(x * slow) + rng.uniform(0, 6))
        if rng.random() < 0.3:
            texture = np.sign(texture)
        return texture

    def _on_panel(
        self, picture: Grey, box: tuple[int, int, int, int], paper: float, contrast: float
    ) -> Grey:
        """The writing on a card or panel, with a background of about the ink's tone around."""
        rng, h = self._rng, self._height
        left, top, right, bottom = box
        gaps = h * rng.uniform(0.05, 0.5, 4)
        y0, y1 = max(round(top - gaps[0]), 0), round(bottom + gaps[1])
        x0, x1 = max(round(left - gaps[2]), 0), round(right + gaps[3])
        tone = paper + (-1 if self._is_dark else 1) * contrast * rng.uniform(0.5, 1.2)
        around = np.full_like(picture, np.clip(tone, 0, 255))
        around[y0:y1, x0:x1] = picture[y0:y1, x0:x1]
        return around

    def _add_object(self, picture: Grey, box: tuple[int, int, int, int], tone: float) -> None:
        """Something that lies on the paper, or the paper's end, beside what is written."""
        rng, h = self._rng, self._height
        left, top, right, bottom = box
        gap = h * rng.uniform(0.02, 0.4)
        tilt = rng.normal(0, 0.08)
        y = np.arange(picture.shape[0], dtype=np.float32)[:, None]
        x = np.arange(picture.shape[1], dtype=np.float32)[None]
        side = rng.integers(4)
        if side == 0:
            distance = (top - gap) - y + tilt * (x - left)
        elif side == 1:
            distance = y - (bottom + gap) + tilt * (x - left)
        elif side == 2:
            distance = (left - gap) - x + tilt * (y - top)
        else:
            distance = x - (right + gap) + tilt * (y - top)
        soft = rng.uniform(0.5, 3)
        cover = np.clip(distance / soft, 0, 1)
        if rng.random() < 0.5:  # a strip: a line of a frame, and paper again
            cover *= np.clip((h * rng.uniform(0.05, 0.5) - distance) / soft, 0, 1)
        picture += cover * (tone - picture)

    def _light(self, height: int, width: int) -> Grey:
        """Light that falls off, a shadow with a soft or hard edge, or a vignette: 0.2 to 1."""
        rng, h = self._rng, self._height
        y = np.arange(height, dtype=np.float32)[:, None]
        x = np.arange(width, dtype=np.float32)[None]
        angle = rng.uniform(0, 2 * math.pi)
        across = math.cos(angle) * (x - width * rng.random()) + math.sin(angle) * (y - height * rng.random())
        kind = rng.random()
        if kind < 0.4:
            across = across - across.min()
            return 1 - rng.uniform(0, 0.5) * across / max(float(across.max()), 1)
        if kind < 0.85:
            soft = rng.uniform(0.6, 3) if rng.random() < 0.5 else rng.uniform(1, h)
            return 1 - rng.uniform(0.15, 0.65) / (1 + np.exp(np.clip(-across / soft, -30, 30)))
        middle = np.hypot((y / height - rng.uniform(0.3, 0.7)), (x / width - rng.uniform(0.3, 0.7)))
        return np.asarray(1 - rng.uniform(0.3, 0.8) * np.clip(middle, 0, 1) ** 2, np.float32)

    def _cut(
        self, picture: NDArray[np.uint8], box: tuple[int, int, int, int], text: str
    ) -> LineStrip | None:
        """The strip, cut out as a layout would, or as roughly as one that errs."""
        rng = self._rng
        left, top, right, bottom = (side * self._shrink for side in box)
        h = self._height * self._shrink
        high = bottom - top
        if self._is_scene and rng.random() < 0.7:
            above, below = rng.uniform(0.02, 0.8, 2) * high
            beside = rng.uniform(0.05, 1.2, 2) * h
        else:
            kind = rng.random()
            limits = (0.12, 0.3) if kind < 0.66 else (-0.03, 0.12) if kind < 0.8 else (0.3, 0.9)
            above, below = rng.uniform(*limits, 2) * high
            beside = rng.uniform(0.05, 0.6, 2) * h if rng.random() < 0.85 else rng.uniform(-0.02, 2.5, 2) * h
        slope = 0.0 if rng.random() < 0.5 else self._slope + rng.normal(0, 0.005)
        whole = (left - beside[0], top - above, right + beside[1], bottom + below)
        # What lies outside of the canvas would be its border, repeated.
        if rng.random() < 0.9:
            edges = 0, 0, picture.shape[1], picture.shape[0]
            whole = (
                max(whole[0], edges[0]),
                max(whole[1], edges[1]),
                min(whole[2], edges[2]),
                min(whole[3], edges[3]),
            )
        if whole[2] - whole[0] < 2 or whole[3] - whole[1] < 4:
            return None
        is_dark = self._is_dark != (rng.random() < _WRONG_POLARITY_SHARE)
        return LineStrip(cut_strip(picture, whole, slope, bool(is_dark)), text)


def _image(picture: Grey) -> Image.Image:
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def _to_lines(across: Cover, pitch: float) -> Cover:
    """The distance to the nearest of lines that repeat."""
    distance: Cover = np.abs((across + pitch / 2) % pitch - pitch / 2)
    return distance


def _widened(skyline: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    """The largest of each row and so many above and below it."""
    padded = np.pad(skyline, rows, constant_values=-1e9)
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * rows + 1).max(axis=1)


def _stroke_width(cover: Cover) -> float:
    edge = np.abs(np.diff(cover, axis=0)).sum() + np.abs(np.diff(cover, axis=1)).sum()
    # Both sides of a stroke, and as much of it across as along on the average.
    return float(2.4 * cover.sum() / max(edge, 1))


def _stroked(
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
