"""Paper becomes a picture: tones, textures, cards, things that lie on it, light, blur, noise."""

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from train.drawing.lines.writing import Cover, Rng, Sides

Grey = NDArray[np.float32]


class Photograph:
    """The photograph of one line.

    Attributes:
        is_dark: Whether its ink is darker than the paper.
        shrink: Pixels of the picture for each of the paper.
    """

    def __init__(self, height: float, rng: Rng, scene: bool) -> None:
        """Takes all chance from `rng`; digits are so many pixels high."""
        self._height, self._rng, self._is_scene = height, rng, scene
        # Every other picture is a clean one: from what nobody can read, nothing is learned.
        self._is_clean = bool(rng.random() < 0.5)
        self.is_dark, self.shrink = True, 1.0

    def taken(self, cover: Cover, lines: Cover, box: Sides) -> NDArray[np.uint8]:
        """The picture.

        Args:
            cover: Of what is written: float32 of shape (height, width), 1 for full ink, below 0
                where it is lighter than the paper.
            lines: Likewise of what else is on the paper.
            box: Where the writing is.

        Returns:
            uint8 of shape (height, width) times `shrink`.
        """
        rng, h = self._rng, self._height
        height, width = cover.shape
        self.is_dark = bool(rng.random() < 0.72)
        least = 32 if self._is_clean else 22
        contrast = math.exp(rng.uniform(math.log(least), math.log(215)))
        paper = rng.uniform(contrast, 250) if self.is_dark else rng.uniform(3, 252 - contrast)
        ink = paper - contrast if self.is_dark else paper + contrast
        if rng.random() < 0.14:  # a pencil leaves the paper's grain
            cover = cover * (1 - rng.uniform(0.2, 0.7) * rng.random(cover.shape, np.float32))
        picture = np.full((height, width), paper, np.float32)
        if self._happens(0.4):
            picture += self._texture(height, width) * (contrast * rng.uniform(0.03, 0.17))
        tone = ink + rng.normal(0, 0.15) * contrast
        picture += lines * (tone - picture)
        picture += cover * (ink - picture)
        if rng.random() < (0.22 if self._is_scene else 0.05):
            picture = self._on_panel(picture, box, paper, contrast)
        if self._happens(0.16):
            self._add_object(picture, box, ink if rng.random() < 0.7 else rng.uniform(0, 255))
        if self._happens(0.7):
            picture *= self._light(height, width, box)
        if self._happens(0.4):
            radius = rng.uniform(0.3, 0.055 * h)
            picture = np.asarray(
                _image(picture).filter(ImageFilter.GaussianBlur(radius)), np.float32
            )
        if self._happens(0.45):
            smaller = (
                max(rng.uniform(9.5, 20) / h, 0.25) if rng.random() < 0.5 else rng.uniform(0.5, 1)
            )
            if smaller < 0.9:
                self.shrink = smaller
                size = max(round(width * smaller), 4), max(round(height * smaller), 4)
                small = _image(picture).resize(size, Image.Resampling.BOX)
                picture = np.asarray(small, np.float32)
        noise = contrast * rng.uniform(0, 0.04 if self._is_clean else 0.1)
        noise += rng.uniform(0, min(contrast / 25, 3) if self._is_clean else 3)
        picture = picture + rng.standard_normal(picture.shape, np.float32) * noise
        final = _image(picture)
        if self._happens(0.35):
            file = io.BytesIO()
            final.save(file, "JPEG", quality=int(rng.integers(22, 80)))
            final = Image.open(file)
        return np.asarray(final)

    def _happens(self, share: float) -> bool:
        """Whether so many pictures of the dirty ones have something, and few of the clean ones."""
        return bool(self._rng.random() < share * (0.3 if self._is_clean else 1))

    def _texture(self, height: int, width: int) -> Grey:
        """Patterns of waves as on cheques, or a rough surface; about -1 to 1."""
        rng = self._rng
        if rng.random() < 0.4:
            cells = (
                max(int(height / rng.uniform(1.5, 8)), 2),
                max(int(width / rng.uniform(1.5, 8)), 2),
            )
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

    def _on_panel(self, picture: Grey, box: Sides, paper: float, contrast: float) -> Grey:
        """The writing on a card or panel, with a background of about the ink's tone around."""
        rng, h = self._rng, self._height
        left, top, right, bottom = box
        gaps = h * rng.uniform(0.05, 0.5, 4)
        y0, y1 = max(round(top - gaps[0]), 0), round(bottom + gaps[1])
        x0, x1 = max(round(left - gaps[2]), 0), round(right + gaps[3])
        tone = paper + (-1 if self.is_dark else 1) * contrast * rng.uniform(0.5, 1.2)
        around = np.full_like(picture, np.clip(tone, 0, 255))
        around[y0:y1, x0:x1] = picture[y0:y1, x0:x1]
        return around

    def _add_object(self, picture: Grey, box: Sides, tone: float) -> None:
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

    def _light(self, height: int, width: int, box: Sides) -> Grey:
        """Light that falls off, a shadow with a soft or hard edge, or a vignette: 0.2 to 1."""
        rng, h = self._rng, self._height
        y = np.arange(height, dtype=np.float32)[:, None]
        x = np.arange(width, dtype=np.float32)[None]
        angle = rng.uniform(0, 2 * math.pi)
        left, top, right, bottom = box
        if not self._is_scene or rng.random() < 0.4:
            left, top, right, bottom = 0, 0, width, height
        across = math.cos(angle) * (x - rng.uniform(left, right))
        across = across + math.sin(angle) * (y - rng.uniform(top, bottom))
        kind = rng.random()
        if kind < 0.4:
            across = across - across.min()
            return 1 - rng.uniform(0, 0.5) * across / max(float(across.max()), 1)
        if kind < 0.85:
            soft = rng.uniform(0.6, 3) if rng.random() < 0.5 else rng.uniform(1, h)
            return 1 - rng.uniform(0.15, 0.65) / (1 + np.exp(np.clip(-across / soft, -30, 30)))
        middle = np.hypot((y / height - rng.uniform(0.3, 0.7)), (x / width - rng.uniform(0.3, 0.7)))
        return np.asarray(1 - rng.uniform(0.3, 0.8) * np.clip(middle, 0, 1) ** 2, np.float32)


def _image(picture: Grey) -> Image.Image:
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
