"""What is on the paper beside the writing: rules, cells, frames, pieces of other lines, dirt."""

import math

import numpy as np

from train.drawing.lines.writing import Cover, Placed, Rng, Sides, Writer, stroked


class Paper:
    """The paper of one line."""

    def __init__(self, writer: Writer, rng: Rng, scene: bool) -> None:
        """Takes all chance from `rng`; a scene is of one digit, with more around it."""
        self._writer, self._rng, self._is_scene = writer, rng, scene

    def printed(
        self,
        shape: tuple[int, ...],
        box: Sides,
        placed: list[Placed],
        cells: bool,
    ) -> Cover:
        """Rules, squares, cells, frames, circles, pieces of other lines and dirt: their cover."""
        rng, h = self._rng, self._writer.height
        height, width = shape
        cover = np.zeros((height, width), np.float32)
        left, _, right, bottom = box
        y = np.arange(height, dtype=np.float32)[:, None]
        x = np.arange(width, dtype=np.float32)[None]
        tilt = rng.normal(0, 0.01) + (self._writer.slope if rng.random() < 0.5 else 0)
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
            rule(to_lines(across, h * rng.uniform(0.9, 2.0) + 4), strength * rng.uniform(0.4, 1))
        elif kind < 0.25 and self._is_scene:
            # Ruled paper whose lines go through the digit.
            across += rng.uniform(-1, 1) * h
            rule(to_lines(across, h * rng.uniform(0.3, 0.9) + 3), strength * 0.7)
        elif kind < 0.3:
            pitch = h * rng.uniform(0.35, 1.2) + 4
            distance = np.minimum(to_lines(across, pitch), to_lines(along, pitch))
            rule(distance, strength * rng.uniform(0.3, 0.8), float(rng.uniform(0.7, 2)))
        elif kind < 0.34:
            # A column's rule beside the number.
            side = (
                left - h * rng.uniform(0.35, 0.8)
                if rng.random() < 0.5
                else right + h * rng.uniform(0.35, 0.8)
            )
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

    def _draw_cells(self, cover: Cover, box: Sides, strength: float) -> None:
        rng, h = self._rng, self._writer.height
        _, top, right, bottom = box
        high, low = h * rng.uniform(0.05, 0.5), h * rng.uniform(0.05, 0.5)
        thick = max(round(rng.uniform(0.5, max(1.2, 0.09 * h))), 1)
        upper, lower = max(round(top - high), 0), min(round(bottom + low), len(cover) - thick)
        per = 1 if rng.random() < 0.85 else 2
        style = rng.random()
        first = self._writer.origin[0] + rng.normal(0, 0.03) * h
        edge = first
        while edge < right + per * self._writer.pitch:
            column = round(edge)
            start = upper if style < 0.8 else round((upper + 2 * lower) / 3)
            if 0 <= column < cover.shape[1] - thick:
                cover[start:lower, column : column + thick] = strength
            edge += per * self._writer.pitch
        if style < 0.65 or style > 0.8:
            # Rules go on, as a table's do.
            end = (
                cover.shape[1]
                if rng.random() < 0.5
                else min(round(edge - per * self._writer.pitch), cover.shape[1])
            )
            start = 0 if end == cover.shape[1] else max(round(first), 0)
            cover[lower : lower + thick, start:end] = strength
            if style < 0.65:
                cover[upper : upper + thick, start:end] = strength

    def _draw_frame(self, cover: Cover, box: Sides) -> None:
        """Some sides of a frame around all that is written."""
        rng, h = self._rng, self._writer.height
        left, top, right, bottom = box
        thick = max(round(rng.uniform(0.03, 0.22) * h), 1)
        gaps = [max(round(h * rng.uniform(0.04, 0.5)), 1) for _ in range(4)]
        y0, y1 = max(top - gaps[0] - thick, 0), min(bottom + gaps[1], len(cover) - thick)
        x0, x1 = max(left - gaps[2] - thick, 0), min(right + gaps[3], cover.shape[1] - thick)
        strength = float(rng.uniform(0.3, 1))
        sides = rng.random(4) < (1.0 if rng.random() < 0.5 else 0.5)
        if not sides[:2].any() and not self._is_scene:
            return  # a lone upright line as near as that is a 1
        if sides[0]:
            cover[y0 : y0 + thick, x0 : x1 + thick] = strength
        if sides[1]:
            cover[y1 : y1 + thick, x0 : x1 + thick] = strength
        if sides[2]:
            cover[y0 : y1 + thick, x0 : x0 + thick] = strength
        if sides[3]:
            cover[y0 : y1 + thick, x1 : x1 + thick] = strength

    def _draw_ring(self, cover: Cover, box: Sides) -> None:
        """A circle around a digit."""
        rng, h = self._rng, self._writer.height
        left, top, right, bottom = box
        y = np.arange(len(cover), dtype=np.float32)[:, None] - (top + bottom) / 2
        x = np.arange(cover.shape[1], dtype=np.float32)[None] - (left + right) / 2
        radius = math.hypot(bottom - top, right - left) / 2 + h * rng.uniform(0.05, 0.3)
        wide = rng.uniform(0.9, 1.15)
        distance = np.abs(np.hypot(y * wide, x / wide) - radius)
        thick = max(self._writer.pen * rng.uniform(0.6, 1.3), 1)
        line = np.clip(thick / 2 + 0.5 - distance, 0, 1) * rng.uniform(0.5, 1)
        np.maximum(cover, line, out=cover)

    def _draw_pieces(self, cover: Cover, box: Sides) -> None:
        """Lower parts of signs above the line, upper parts of signs below it."""
        rng, h = self._rng, self._writer.height
        left, top, right, bottom = box
        far = h * rng.uniform(0.06, 0.3)
        for _ in range(int(rng.integers(1, 5))):
            piece = self._writer.sign(str(rng.integers(10))).cover
            x = int(rng.integers(max(left - 10, 0), max(right, left - 9)))
            is_above = rng.random() < 0.5
            y = round(top - far - len(piece) if is_above else bottom + far)
            y0, y1 = max(y, 0), min(y + len(piece), len(cover))
            x1 = min(x + piece.shape[1], cover.shape[1])
            if y0 < y1 and x < x1:
                part = cover[y0:y1, x:x1]
                np.maximum(part, np.abs(piece[y0 - y : y1 - y, : x1 - x]), out=part)

    def _draw_dirt(self, cover: Cover, box: Sides, placed: list[Placed]) -> None:
        """Specks: smaller or fainter than a point, or where no point stands."""
        rng, h = self._rng, self._writer.height
        left, top, right, bottom = box
        for _ in range(int(rng.integers(1, 9))):
            y = rng.uniform(max(top - 0.4 * h, 0), min(bottom + 0.4 * h, len(cover) - 1))
            x = rng.uniform(max(left - h, 0), min(right + h, cover.shape[1] - 1))
            low = abs(y - bottom) < 0.25 * h and left < x < right + 0.5 * h
            strength = rng.uniform(0.1, 0.3) if low else rng.uniform(0.1, 0.9)
            radius = rng.uniform(0.3, 0.35 * self._writer.pen + 0.3)
            spot, _ = stroked([((0, 0), (rng.uniform(0, 0.03) * h, 0))], radius)
            y0, x0 = int(y), int(x)
            part = cover[y0 : y0 + len(spot), x0 : x0 + spot.shape[1]]
            np.maximum(part, strength * spot[: part.shape[0], : part.shape[1]], out=part)


def to_lines(across: Cover, pitch: float) -> Cover:
    """The distance to the nearest of lines that repeat."""
    distance: Cover = np.abs((across + pitch / 2) % pitch - pitch / 2)
    return distance
