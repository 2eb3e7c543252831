"""Cuts touching digits apart and joins broken ones: the best path through candidate pieces.

Over-segmentation with recognition, as Fujisawa, Nakano and Kurino describe it ("Segmentation
methods for character recognition: from segmentation to document structure analysis", Proceedings
of the IEEE 80(7), 1992): cut in more places than needed, let the classifier judge what lies
between any two cuts, and take the sequence of pieces that is most probable.

The cost of a piece is a logarithm of probability, linear in what is known of it, with constants
that were fitted so that of all ways to cut digits that touch, and single ones, the right ones are
most probable: a conditional random field over segments, as Sarawagi and Cohen describe it
("Semi-Markov conditional random fields for information extraction", 2004).
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize.fitting import SIDE, fit
from edgedigit.reading.best_path import Step, best_paths
from edgedigit.reading.cuts import find_cuts, part_between
from edgedigit.reading.layout import MIN_INK_LEVEL, Blob
from edgedigit.results import DIGIT_COUNT

Classify = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

_MAX_FITTED_SIDE_PIXELS = 128
_MIN_STACK_SIDE_PIXELS = 16
_BLOCK_PIXELS = 1 << 20

# Heights are those of a digit of the line; lower blobs and parts are no digits.
_MIN_BLOB_HEIGHTS = 0.5
_MIN_PART_HEIGHTS = 0.45
_MAX_PART_WIDTH_HEIGHTS = 1.4
_MAX_JOINED_WIDTH_HEIGHTS = 1.6
_MAX_JOINED_GAP_HEIGHTS = 0.3
_MAX_JOINED_STROKES = 3
_MIN_ALWAYS_CUT_WIDTH_HEIGHTS = 1.3
_MIN_UNSURE_CUT_WIDTH_HEIGHTS = 0.4
_MIN_SURE_PROBABILITY = 0.99
# Wider blobs are no row of digits. The boxes of digits, whose pixels count, hardly overlap.
_MAX_CUT_WIDTH_HEIGHTS = 12.0
_MAX_CUT_SUM_HEIGHTS = 60.0
_MAX_CUT_PIXELS = 1 << 22
# Else the picture is of text or something else, where cutting and joining is but work.
_MAX_UNSURE_BLOBS = 500

# Mean and standard deviation of log(width / height) of 0 to 9 in the part of MNIST that is trained
# on.
_MEAN_LOG_WIDTHS = np.array([-0.10, -0.87, -0.07, -0.22, -0.22, -0.06, -0.32, -0.25, -0.27, -0.37])
_LOG_WIDTH_DEVIATIONS = np.array([0.19, 0.45, 0.22, 0.21, 0.20, 0.26, 0.21, 0.21, 0.22, 0.20])
_PIECE_COST = 1.16
_CUT_COST = 1.16
_JOIN_COST = 0.5
_GAP_HEIGHT_COST = 2.0
_UNLIKELY_COST = 0.40
_UNSURE_COST = 0.42
_BROAD_COST = 0.40
_HEIGHT_COST = 1.68
# What is cut out of others looks like some digits more often: they cost more.
_PART_COSTS = np.array([-0.57, 0.50, 0.41, 0.61, -0.27, 0.39, -0.10, 0.45, -1.07, -0.99])
_MIN_ERROR_PROBABILITY = 1e-4
_MAX_UNLIKELY_LOGARITHM = 6.0
_MAX_BROAD_DEVIATIONS = 4.0


class Piece(NamedTuple):
    """The ink of one digit.

    Attributes:
        blob: Its own pixels: a blob, a part of one, or several joined.
        probabilities: float32 of shape (labels,): the network's answer.
    """

    blob: Blob
    probabilities: NDArray[np.float32]


class _Whole(NamedTuple):
    """A blob, and whether it may be more than one digit, or less.

    Attributes:
        piece: The blob as one piece.
        height: The height of a digit of its line, in pixels.
        width: Its own width, in heights of a digit.
        tall: Whether it is as high as a digit.
        sure: Whether it is surely no part of a digit.
    """

    piece: Piece
    height: int
    width: float
    tall: bool
    sure: bool


class _Candidate(NamedTuple):
    """Ink that may be one digit: the parts of a line from one on to before another.

    Attributes:
        first: The first part.
        end: The one after the last.
        blob: All their ink.
        is_part: Whether it is a part of a blob.
        is_cut: Whether there is a cut on the left.
        gaps: The gaps between blobs that are joined, in heights of a digit.
    """

    first: int
    end: int
    blob: Blob
    is_part: bool = False
    is_cut: bool = False
    gaps: tuple[float, ...] = ()


def segment(
    lines: list[list[Blob]], classify: Classify, length: int | None = None
) -> list[list[Piece]]:
    """Finds which ink is one digit, line by line.

    Args:
        lines: The blobs of each line of text.
        classify: Makes of uint8 (n, 28, 28), bright ink on 0, probabilities (n, labels): ten
            digits, then perhaps "not a digit".
        length: The number of digits in all, if that is known. Where the ink cannot be cut
            and joined to so many, it is read as if it were not known.

    Returns:
        The pieces of each line, from left to right.
    """
    rows = iter(_classified([blob for line in lines for blob in line], classify))
    wholes = [_wholes([Piece(blob, next(rows)) for blob in line]) for line in lines]
    if sum(not whole.sure for line in wholes for whole in line) > _MAX_UNSURE_BLOBS:
        return [[whole.piece for whole in line] for line in wholes]
    doubtful = _widest([_is_doubtful(whole) for line in wholes for whole in line], wholes)
    paths = _solved(wholes, doubtful, classify, None)
    if length is not None and sum(map(len, paths or [])) != length:
        unsure = [[whole._replace(sure=False) for whole in line] for line in wholes]
        any_wide = [
            _MIN_UNSURE_CUT_WIDTH_HEIGHTS / 2 < whole.width <= _MAX_CUT_WIDTH_HEIGHTS
            for line in wholes
            for whole in line
        ]
        exact = _solved(unsure, _widest(any_wide, wholes), classify, length)
        paths = exact or paths
    assert paths is not None
    return paths


def _wholes(pieces: list[Piece]) -> list[_Whole]:
    """The blobs of a line from left to right, compared with the others."""
    sizes = [extent(piece.blob) for piece in pieces]
    least = _MIN_BLOB_HEIGHTS * max((high for high, _ in sizes), default=0)
    height = int(np.median([high for high, _ in sizes if high >= least] or [1]))
    wholes = []
    for piece, (high, wide) in zip(pieces, sizes, strict=True):
        tall = high >= _MIN_BLOB_HEIGHTS * height
        sure = tall and float(piece.probabilities[:DIGIT_COUNT].max()) >= _MIN_SURE_PROBABILITY
        wholes.append(_Whole(piece, height, wide / height, tall, sure))
    return sorted(wholes, key=lambda whole: whole.piece.blob.left + whole.piece.blob.right)


def _is_doubtful(whole: _Whole) -> bool:
    """Whether a blob may be more than one digit."""
    if not whole.tall or whole.width > _MAX_CUT_WIDTH_HEIGHTS:
        return False
    return whole.width > _MIN_ALWAYS_CUT_WIDTH_HEIGHTS or (
        whole.width > _MIN_UNSURE_CUT_WIDTH_HEIGHTS and not whole.sure
    )


def _widest(chosen: list[bool], wholes: list[list[_Whole]]) -> list[bool]:
    """The widest of the chosen blobs, as many as may be cut without too much work."""
    width = np.array([whole.width for line in wholes for whole in line])
    width[~np.array(chosen, np.bool_)] = 0
    order = np.argsort(-width, kind="stable")
    kept = np.zeros(len(width), np.bool_)
    pixels = np.array([whole.piece.blob.ink.size for line in wholes for whole in line])
    kept[order] = width[order].cumsum() <= _MAX_CUT_SUM_HEIGHTS
    kept[order] &= np.where(width > 0, pixels, 0)[order].cumsum() <= _MAX_CUT_PIXELS
    return (kept & (width > 0)).tolist()  # type: ignore[no-any-return]


def _solved(
    lines: list[list[_Whole]], is_cut: list[bool], classify: Classify, length: int | None
) -> list[list[Piece]] | None:
    """The best pieces of each line; None if there cannot be so many."""
    cut = iter(is_cut)
    steps: list[list[Step[Piece]]] = []
    new: list[tuple[list[Step[Piece]], _Candidate, int]] = []
    for line in lines:
        own: list[Step[Piece]] = []
        steps.append(own)
        firsts = [0]
        for whole in line:
            candidates, parts = _parts(whole, firsts[-1], next(cut))
            end = firsts[-1] + parts
            at_once = _Candidate(firsts[-1], end, whole.piece.blob)
            own.append(_step(at_once, whole.piece.probabilities, whole.height))
            new += [(own, candidate, whole.height) for candidate in candidates]
            firsts.append(end)
        new += [(own, candidate, line[0].height) for candidate in _joins(line, firsts)]
    if new:
        rows = _classified([candidate.blob for _, candidate, _ in new], classify)
        for (own, candidate, height), row in zip(new, rows, strict=True):
            own.append(_step(candidate, row, height))
    return best_paths(steps, length)


def _parts(whole: _Whole, first: int, is_cut: bool) -> tuple[list[_Candidate], int]:
    """Candidates between any two cuts of a blob, but for the whole, and the number of its parts."""
    if not is_cut:
        return [], 1
    blob = whole.piece.blob
    cuts = find_cuts(blob, whole.height)
    last = len(cuts) - 1
    found = []
    for begin in range(last):
        for stop in range(begin + 1, last + 1 if begin else last):
            part = part_between(blob, cuts[begin], cuts[stop])
            if part is None:
                continue
            if part.right - part.left > _MAX_PART_WIDTH_HEIGHTS * whole.height:
                break
            if part.bottom - part.top < _MIN_PART_HEIGHTS * whole.height:
                continue
            found.append(_Candidate(first + begin, first + stop, part, True, begin > 0))
    return found, last


def _joins(line: list[_Whole], firsts: list[int]) -> list[_Candidate]:
    """Neighbouring blobs that may be strokes of one digit."""
    found = []
    for one, whole in enumerate(line):
        joined, gaps = [whole.piece.blob], []
        for other in range(one + 1, min(one + _MAX_JOINED_STROKES, len(line))):
            blob = line[other].piece.blob
            gap = (blob.left - max(stroke.right for stroke in joined)) / whole.height
            joined.append(blob)
            gaps.append(max(gap, 0.0))
            left = min(stroke.left for stroke in joined)
            width = (max(stroke.right for stroke in joined) - left) / whole.height
            if gap > _MAX_JOINED_GAP_HEIGHTS or width > _MAX_JOINED_WIDTH_HEIGHTS:
                break
            if not all(stroke.sure for stroke in line[one : other + 1]):
                union = join(joined)
                found.append(_Candidate(firsts[one], firsts[other + 1], union, gaps=tuple(gaps)))
    return found


def join(blobs: Sequence[Blob]) -> Blob:
    """One blob of several."""
    if len(blobs) == 1:
        return blobs[0]
    top, left = min(blob.top for blob in blobs), min(blob.left for blob in blobs)
    bottom, right = max(blob.bottom for blob in blobs), max(blob.right for blob in blobs)
    ink = np.zeros((bottom - top, right - left), np.uint8)
    for blob in blobs:
        place = ink[blob.top - top : blob.bottom - top, blob.left - left : blob.right - left]
        np.maximum(place, blob.ink, out=place)
    return Blob(top, left, bottom, right, ink)


def _step(candidate: _Candidate, row: NDArray[np.float32], height: int) -> Step[Piece]:
    """A candidate with the cost of its being one digit."""
    high, wide = extent(candidate.blob)
    cost = piece_cost(row, high / height, wide / height)
    if candidate.is_part:
        cost += part_cost(row, candidate.is_cut)
    cost += join_cost(candidate.gaps)
    return Step(candidate.first, candidate.end, cost, Piece(candidate.blob, row))


def extent(blob: Blob) -> tuple[int, int]:
    """Height and width of the ink, in pixels, without soft edges; at least 1."""
    seen = blob.ink >= MIN_INK_LEVEL
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        return 1, 1
    return int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1


def piece_cost(row: NDArray[np.float32], high: float, wide: float) -> float:
    """The cost of any piece.

    Args:
        row: float32 of shape (labels,): the network's answer.
        high: Its height, in heights of a digit of its line.
        wide: Its width, in the same unit.
    """
    digit = int(row[:DIGIT_COUNT].argmax())
    best = float(row[digit])
    broad = (math.log(wide / high) - _MEAN_LOG_WIDTHS[digit]) / _LOG_WIDTH_DEVIATIONS[digit]
    cost = _PIECE_COST
    cost += _UNLIKELY_COST * min(-math.log(max(best, 1e-9)), _MAX_UNLIKELY_LOGARITHM)
    cost += _UNSURE_COST * math.log(1 - min(best, 1.0) + _MIN_ERROR_PROBABILITY)
    cost += _BROAD_COST * min(max(broad, 0), _MAX_BROAD_DEVIATIONS) ** 2 / 2
    return float(cost + _HEIGHT_COST * abs(math.log(high)))


def part_cost(row: NDArray[np.float32], is_cut: bool) -> float:
    """The additional cost of a part of a blob.

    Args:
        row: As for `piece_cost`.
        is_cut: Whether there is a cut on its left.
    """
    return float(_PART_COSTS[int(row[:DIGIT_COUNT].argmax())] + _CUT_COST * is_cut)


def join_cost(gaps: Sequence[float]) -> float:
    """The additional cost of joined blobs, so far apart in heights of a digit."""
    return _JOIN_COST * len(gaps) + _GAP_HEIGHT_COST * sum(gaps)


def _classified(blobs: Sequence[Blob], classify: Classify) -> NDArray[np.float32]:
    """The network's answers for blobs, brought to where it wants ink: float32 (n, labels)."""
    inks = np.zeros((len(blobs), SIDE, SIDE), np.uint8)
    sizes: dict[int, list[int]] = {}
    small = [_reduced(blob.ink) for blob in blobs]
    for index, ink in enumerate(small):
        sizes.setdefault(
            max(1 << (max(ink.shape) - 1).bit_length(), _MIN_STACK_SIDE_PIXELS), []
        ).append(index)
    for side, indices in sizes.items():
        step = max(_BLOCK_PIXELS // side**2, 1)
        for start in range(0, len(indices), step):
            some = indices[start : start + step]
            stack = np.zeros((len(some), side, side), np.uint8)
            for place, index in zip(stack, some, strict=True):
                high, wide = small[index].shape
                place[:high, :wide] = small[index]
            inks[some] = fit(stack, MIN_INK_LEVEL)
    return classify(inks)


def _reduced(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Averages blocks of pixels until no side is longer than `_MAX_FITTED_SIDE_PIXELS`."""
    block = -(-max(ink.shape) // _MAX_FITTED_SIDE_PIXELS)
    if block == 1:
        return ink
    high, wide = (-(-side // block) for side in ink.shape)
    padded = np.zeros((high * block, wide * block), np.uint8)
    padded[: ink.shape[0], : ink.shape[1]] = ink
    means: NDArray[np.uint8] = (
        padded.reshape(high, block, wide, block).mean(axis=(1, 3)).astype(np.uint8)
    )
    return means
