"""From a grey picture to MNIST's form with OpenCV, as a careful engineer would build it."""

import cv2
import numpy as np
from base import SIDE, Grey

_WORKING_SIDE_PIXELS, _DIGIT_PIXELS = 256, 20
# Smaller pictures are crops or drawings: there is no light to take out.
_LIT_SIDE_PIXELS, _PAPER_SIDE_PIXELS = 64, 32
_PAPER_KERNEL = np.ones((13, 13), np.uint8)
_EDGE_KERNEL = np.ones((5, 5), np.uint8)
_SMALLEST_PART_SHARE, _REACH_SHARE, _PEAK_SHARE = 0.05, 0.2, 0.95

cv2.setNumThreads(1)


def load(path: str) -> Grey:
    """Decodes a picture file as grey."""
    picture = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
    assert picture is not None, f"{path} cannot be decoded"
    return picture


def normalize(picture: Grey) -> Grey:
    """The digit of a picture in a box of 20 x 20, its centre of mass in the middle of 28 x 28."""
    ink = _bright_on_dark(_reduced(picture))
    if min(ink.shape) >= _LIT_SIDE_PIXELS:
        ink = _without_paper(ink)
    _, mask = cv2.threshold(ink, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    count, parts, stats, centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return np.zeros((SIDE, SIDE), np.uint8)
    kept = [1] if count == 2 else _digit(stats, centres, ink.shape)
    if len(kept) < count - 1:
        mask = np.isin(parts, kept).astype(np.uint8) * 255
        ink = cv2.bitwise_and(ink, cv2.dilate(mask, _EDGE_KERNEL))
    left, top = stats[kept, :2].min(axis=0)
    right, bottom = (stats[kept, :2] + stats[kept, 2:4]).max(axis=0)
    return _centred(_stretched(ink[top:bottom, left:right]))


def _reduced(picture: Grey) -> Grey:
    height, width = picture.shape
    scale = _WORKING_SIDE_PIXELS / max(height, width)
    if scale >= 1:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _bright_on_dark(picture: Grey) -> Grey:
    border = np.concatenate((picture[0], picture[-1], picture[:, 0], picture[:, -1]))
    border.sort()
    return cv2.bitwise_not(picture) if border[border.size // 2] > cv2.mean(picture)[0] else picture


def _without_paper(ink: Grey) -> Grey:
    """Subtracts the paper: what is left of a small copy when all that is narrow is taken away."""
    height, width = ink.shape
    size = _PAPER_SIDE_PIXELS, _PAPER_SIDE_PIXELS
    small = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    paper = cv2.morphologyEx(small, cv2.MORPH_OPEN, _PAPER_KERNEL)
    return cv2.subtract(ink, cv2.resize(paper, (width, height)))


def _digit(stats: np.ndarray, centres: np.ndarray, shape: tuple[int, ...]) -> list[int]:
    """The component that is large and central, and those of some size beside it."""
    height, width = shape
    off = np.abs(centres[1:] - (width / 2, height / 2)).max(axis=1) / max(shape)
    main = 1 + int((stats[1:, cv2.CC_STAT_AREA] / (1 + (3 * off) ** 2)).argmax())
    left, top, box_width, box_height, area = stats[main]
    reach = _REACH_SHARE * box_height
    kept = []
    for place, (x, y, w, h, size) in enumerate(stats[1:].tolist(), 1):
        is_near = (
            left - reach < x + w
            and x < left + box_width + reach
            and top - reach < y + h
            and y < top + box_height + reach
        )
        if place == main or (is_near and size > _SMALLEST_PART_SHARE * area):
            kept.append(place)
    return kept


def _stretched(ink: Grey) -> Grey:
    # Not the brightest pixel, which in a photo is noise.
    place = int(_PEAK_SHARE * ink.size)
    peak = int(np.partition(ink, place, axis=None)[place])
    return cv2.convertScaleAbs(ink, alpha=255 / max(peak, 1))


def _centred(ink: Grey) -> Grey:
    height, width = ink.shape
    scale = _DIGIT_PIXELS / max(height, width)
    if scale != 1:
        width, height = max(1, round(width * scale)), max(1, round(height * scale))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        ink = cv2.resize(ink, (width, height), interpolation=way)
    moments = cv2.moments(ink)
    x = round(SIDE / 2 - moments["m10"] / moments["m00"])
    y = round(SIDE / 2 - moments["m01"] / moments["m00"])
    x, y = min(max(x, 0), SIDE - width), min(max(y, 0), SIDE - height)
    picture = np.zeros((SIDE, SIDE), np.uint8)
    picture[y : y + height, x : x + width] = ink
    return picture
