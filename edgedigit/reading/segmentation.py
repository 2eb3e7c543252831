"""Cuts touching digits apart and joins broken ones: the best path through candidate pieces.

Over-segmentation with recognition, as Fujisawa, Nakano and Kurino describe it ("Segmentation
methods for character recognition: from segmentation to document structure analysis", Proceedings
of the IEEE 80(7), 1992): cut in more places than needed, let the classifier judge what lies
between any two cuts, and take the sequence of pieces that is most probable.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize.fitting import SIDE, fit
from edgedigit.reading.best_path import Step, best_paths
from edgedigit.reading.cuts import between, extent, find_cuts, join, no_cuts
from edgedigit.reading.layout import INK, Blob
from edgedigit.reading.piece_cost import join_cost, part_cost, piece_cost

Classify = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

# Blobs less high than this share of the line's highest are no whole digits.
_TALL = 0.5
# A part of a blob that is less high than this is no digit.
_LOWEST = 0.45
# Longest side, in pixels, with which a piece is fitted; larger ones are reduced.
_SIDE = 128
# Pixels that are fitted at a time.
_BLOCK = 1 << 20
# All lengths from here on are in heights of a digit. Widest piece, and widest join.
_WIDEST = 1.4
_JOINED = 1.6
_GAP = 0.3
# Most strokes of one digit that lie apart.
_STROKES = 3
# Blobs from this width on are always cut; from this one on if they are not surely one digit.
_WIDE = 1.3
_NARROW = 0.4
_SURE = 0.99
# Blobs wider than this are no row of digits, and in one picture no more than so much is cut.
_LONG = 12.0
_MOST_CUT = 60.0
# Nor more pixels in the boxes of what is cut: those of digits hardly overlap.
_MOST_PIXELS = 1 << 22
# A picture with more blobs than these that do not look like digits is of text or something else,
# where cutting and joining is but work.
_MOST_STRANGE = 500


class Piece(NamedTuple):
    """What is one digit.

    Attributes:
        blob: Its own pixels: a blob, a part of one, or several joined.
        probabilities: float32 of shape (labels,): what the network says.
    """

    blob: Blob
    probabilities: NDArray[np.float32]


class _Whole(NamedTuple):
    """A blob, and whether it may be more than one digit, or less.

    Attributes:
        piece: The blob as one piece.
        height: Of a digit of its line, in pixels.
        width: Its width, in heights of a digit.
        sure: Whether it is surely no part of a digit.
    """

    piece: Piece
    height: int
    width: float
    sure: bool


class _Candidate(NamedTuple):
    """What may be one digit: the parts of a line from one on to before another.

    Attributes:
        first: The first part.
        end: The one after the last.
        blob: All their ink.
        is_part: Whether it is a part of a blob.
        is_cut: Whether there is a cut on the left.
        gaps: How far apart blobs are that are joined, in heights of a digit.
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
        length: How many digits there are in all, if that is known. Where the ink cannot be cut
            and joined to so many, it is read as if it were not known.

    Returns:
        The pieces of each line, from left to right.
    """
    rows = iter(_classified([blob for line in lines for blob in line], classify))
    wholes = [_wholes([Piece(blob, next(rows)) for blob in line]) for line in lines]
    if sum(not whole.sure for line in wholes for whole in line) > _MOST_STRANGE:
        return [[whole.piece for whole in line] for line in wholes]
    doubtful = _widest([_is_doubtful(whole) for line in wholes for whole in line], wholes)
    paths = _solved(wholes, doubtful, classify, None)
    if length is not None and sum(map(len, paths or [])) != length:
        unsure = [[whole._replace(sure=False) for whole in line] for line in wholes]
        any_wide = [_NARROW / 2 < whole.width <= _LONG for line in wholes for whole in line]
        exact = _solved(unsure, _widest(any_wide, wholes), classify, length)
        paths = exact or paths
    assert paths is not None
    return paths


def _wholes(pieces: list[Piece]) -> list[_Whole]:
    """The blobs of a line from left to right, with what the others say of them."""
    sizes = [extent(piece.blob) for piece in pieces]
    highest = max((high for high, _ in sizes), default=0)
    height = int(np.median([high for high, _ in sizes if high >= _TALL * highest] or [1]))
    wholes = [
        _Whole(
            piece,
            height,
            wide / height,
            high >= _TALL * height and float(piece.probabilities[:10].max()) >= _SURE,
        )
        for piece, (high, wide) in zip(pieces, sizes, strict=True)
    ]
    return sorted(wholes, key=lambda whole: whole.piece.blob.left + whole.piece.blob.right)


def _is_doubtful(whole: _Whole) -> bool:
    """Whether a blob may be more than one digit."""
    high = extent(whole.piece.blob)[0]
    if high < _TALL * whole.height or whole.width > _LONG:
        return False
    return whole.width > _WIDE or (whole.width > _NARROW and not whole.sure)


def _widest(chosen: list[bool], wholes: list[list[_Whole]]) -> list[bool]:
    """Those of the chosen blobs that may be cut without too much work: the widest."""
    width = np.array([whole.width for line in wholes for whole in line])
    width[~np.array(chosen, np.bool_)] = 0
    order = np.argsort(-width, kind="stable")
    kept = np.zeros(len(width), np.bool_)
    pixels = np.array([whole.piece.blob.ink.size for line in wholes for whole in line])
    kept[order] = (width[order].cumsum() <= _MOST_CUT) & (
        np.where(width > 0, pixels, 0)[order].cumsum() <= _MOST_PIXELS
    )
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
    rows = _classified([candidate.blob for _, candidate, _ in new], classify)
    for (own, candidate, height), row in zip(new, rows, strict=True):
        own.append(_step(candidate, row, height))
    return best_paths(steps, length)


def _parts(whole: _Whole, first: int, is_cut: bool) -> tuple[list[_Candidate], int]:
    """What lies between two cuts of a blob, but for the whole, and how many parts there are."""
    blob = whole.piece.blob
    cuts = find_cuts(blob, whole.height) if is_cut else no_cuts(blob)
    last = len(cuts) - 1
    found = []
    for begin in range(last):
        for stop in range(begin + 1, last + 1 if begin else last):
            part = between(blob, cuts[begin], cuts[stop])
            if part is None:
                continue
            if part.right - part.left > _WIDEST * whole.height:
                break
            if part.bottom - part.top < _LOWEST * whole.height:
                continue
            found.append(_Candidate(first + begin, first + stop, part, True, begin > 0))
    return found, last


def _joins(line: list[_Whole], firsts: list[int]) -> list[_Candidate]:
    """Neighbouring blobs that may be strokes of one digit."""
    found = []
    for one, whole in enumerate(line):
        joined, gaps = [whole.piece.blob], []
        for other in range(one + 1, min(one + _STROKES, len(line))):
            blob = line[other].piece.blob
            gap = (blob.left - max(stroke.right for stroke in joined)) / whole.height
            joined.append(blob)
            gaps.append(max(gap, 0.0))
            left = min(stroke.left for stroke in joined)
            width = (max(stroke.right for stroke in joined) - left) / whole.height
            if gap > _GAP or width > _JOINED:
                break
            if not all(stroke.sure for stroke in line[one : other + 1]):
                union = join(joined)
                found.append(_Candidate(firsts[one], firsts[other + 1], union, gaps=tuple(gaps)))
    return found


def _step(candidate: _Candidate, row: NDArray[np.float32], height: int) -> Step[Piece]:
    """A candidate with the cost of its being one digit."""
    high, wide = extent(candidate.blob)
    cost = piece_cost(row, high / height, wide / height)
    if candidate.is_part:
        cost += part_cost(row, candidate.is_cut)
    cost += join_cost(candidate.gaps)
    return Step(candidate.first, candidate.end, cost, Piece(candidate.blob, row))


def _classified(blobs: Sequence[Blob], classify: Classify) -> NDArray[np.float32]:
    """What the network says of each blob, brought to where it wants ink."""
    inks = np.zeros((len(blobs), SIDE, SIDE), np.uint8)
    sizes: dict[int, list[int]] = {}
    small = [_reduced(blob.ink) for blob in blobs]
    for index, ink in enumerate(small):
        sizes.setdefault(max(1 << (max(ink.shape) - 1).bit_length(), 16), []).append(index)
    for side, indices in sizes.items():
        step = max(_BLOCK // side**2, 1)
        for start in range(0, len(indices), step):
            some = indices[start : start + step]
            stack = np.zeros((len(some), side, side), np.uint8)
            for place, index in zip(stack, some, strict=True):
                high, wide = small[index].shape
                place[:high, :wide] = small[index]
            inks[some] = fit(stack, INK)
    return classify(inks)


def _reduced(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Averages blocks of pixels until no side is longer than `_SIDE`."""
    block = -(-max(ink.shape) // _SIDE)
    if block == 1:
        return ink
    high, wide = (-(-side // block) for side in ink.shape)
    padded = np.zeros((high * block, wide * block), np.uint8)
    padded[: ink.shape[0], : ink.shape[1]] = ink
    means: NDArray[np.uint8] = (
        padded.reshape(high, block, wide, block).mean(axis=(1, 3)).astype(np.uint8)
    )
    return means
