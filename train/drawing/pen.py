"""From the points that a pen passes through to pixels: curves, a hand's unsteadiness, raster.

All functions work on n drawings of the same build at once. Drawings live in a box of height 1,
x to the right and y down; only `rasterise` knows pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

# Pieces of a curve that are drawn as straight lines.
_MAX_SEGMENT_HEIGHTS = 0.05
# More do not fit the cache.
_BLOCK_DISTANCES = 1 << 17


@dataclass(frozen=True)
class Stroke:
    """A line drawn without lifting the pen, in n drawings at once.

    Attributes:
        points: float array of shape (n, k, 2), k >= 2: x and y of the points passed through.
        corners: Indices of the points at which the direction changes abruptly.
        width: Width as a multiple of the drawing's pen.
    """

    points: Floats
    corners: tuple[int, ...] = ()
    width: float = 1.0


class Hand(NamedTuple):
    """A hand: how far it may lean and turn what it draws, and the pen that it holds.

    Attributes:
        back: Strongest lean to the left, as sideways shift per height, at least 0.
        ahead: Strongest lean to the right, likewise.
        turn: Largest rotation in degrees, either way.
        waver: Uncertainty of single points and of the whole; 1 is usual.
        thinnest: Smallest width of the pen as a share of the drawing's height.
        thickest: Largest width of pens and pencils, likewise.
        stretch: Spread of the width, as the standard deviation of its logarithm.
        cursive: Share of drawings that lean strongly, from half of `ahead` on.
        markers: Share of drawings in felt pen, wider than `thickest`.
        fattest: Largest width of a felt pen, at least `thickest`.
        quills: Share of drawings with a pointed nib: thick downwards, thin elsewhere.
    """

    back: float = 0.25
    ahead: float = 0.5
    turn: float = 12.0
    waver: float = 1.0
    thinnest: float = 0.02
    thickest: float = 0.16
    stretch: float = 0.14
    cursive: float = 0.0
    markers: float = 0.0
    fattest: float = 0.22
    quills: float = 0.0


USUAL_HAND = Hand(ahead=0.6, stretch=0.2, cursive=0.12, markers=0.12, quills=0.1)


@dataclass(frozen=True)
class Trace:
    """n drawings as polygonal lines, each vertex with the pen's radius there.

    Attributes:
        vertices: float array of shape (n, v, 2).
        radii: float array of shape (n, v).
        linked: bool array of shape (v - 1,): False where the pen is lifted after a vertex.
    """

    vertices: Floats
    radii: Floats
    linked: NDArray[np.bool_]


def draw(
    strokes: Sequence[Stroke], rng: np.random.Generator, size: int, hand: Hand = USUAL_HAND
) -> NDArray[np.uint8]:
    """Pictures of the same n strokes, each in a hand and with a pen of its own.

    Args:
        strokes: What to draw; all with the same n.
        rng: Source of all chance.
        size: Side of the pictures in pixels.
        hand: Limits of the hand, and its pen.

    Returns:
        uint8 array of shape (n, size, size), bright ink on 0; the drawing fills 60 to 90 % of
        the square, near its middle.
    """
    trace = _with_pen(_by_hand(strokes, rng, hand), strokes, rng, hand)
    return rasterise(_fit(trace, rng, size), size)


def curve(stroke: Stroke) -> Floats:
    """Samples the smooth curve through a stroke's points: shape (n, v, 2).

    Centripetal Catmull-Rom splines, which neither loop nor overshoot between the points
    (Yuksel, Schaefer and Keyser: Parameterization and applications of Catmull-Rom curves, 2011).
    """
    k = stroke.points.shape[1]
    knots = [0, *sorted(c for c in stroke.corners if 0 < c < k - 1), k - 1]
    pieces = [_spline(stroke.points[:, a : b + 1]) for a, b in pairwise(knots)]
    return np.concatenate([pieces[0], *(piece[:, 1:] for piece in pieces[1:])], axis=1)


def _spline(points: Floats) -> Floats:
    first = 2 * points[:, :1] - points[:, 1:2]
    last = 2 * points[:, -1:] - points[:, -2:-1]
    padded = np.concatenate([first, points, last], axis=1)
    steps = np.diff(padded, axis=1)
    lengths = np.linalg.norm(steps, axis=2)
    times = np.sqrt(np.maximum(lengths, 1e-6))[..., None]
    speeds = steps / times
    before, after = times[:, :-1], times[:, 1:]
    tangents = (speeds[:, :-1] * after + speeds[:, 1:] * before) / (before + after)
    counts = np.maximum(1, np.ceil(lengths[:, 1:-1].mean(axis=0) / _MAX_SEGMENT_HEIGHTS)).astype(
        int
    )
    piece = np.repeat(np.arange(len(counts)), counts)
    t = np.concatenate([np.arange(count) / count for count in counts])[:, None].astype(np.float32)
    span = times[:, 1:-1][:, piece]
    body = (
        (1 + t * t * (2 * t - 3)) * points[:, piece]
        + t * t * (3 - 2 * t) * points[:, piece + 1]
        + span * t * (1 - t) ** 2 * tangents[:, piece]
        - span * t * t * (1 - t) * tangents[:, piece + 1]
    )
    return np.concatenate([body, points[:, -1:]], axis=1)


def _by_hand(strokes: Sequence[Stroke], rng: np.random.Generator, hand: Hand) -> list[Floats]:
    """Traces the strokes with unsure points, then distorts each drawing as a whole."""
    n = len(strokes[0].points)
    waver = hand.waver * np.minimum(rng.gamma(3, 0.02, (n, 1, 1)), 0.13)
    lines = [curve(_unsure(stroke, rng, waver)) for stroke in strokes]
    sizes = [line.shape[1] for line in lines]
    whole = np.concatenate(lines, axis=1)
    whole = whole - (whole.min(axis=1, keepdims=True) + whole.max(axis=1, keepdims=True)) / 2
    whole = whole + _waves(whole, rng, hand.waver)
    whole = whole @ _shears(n, rng, hand)
    whole = whole + _tremor(whole, rng)
    return np.split(whole.astype(np.float32), np.cumsum(sizes)[:-1], axis=1)


def _unsure(stroke: Stroke, rng: np.random.Generator, waver: Floats) -> Stroke:
    """Shifts points by a part of the distance to their neighbours, those together alike."""
    gaps = np.linalg.norm(np.diff(stroke.points, axis=1), axis=2)
    room = np.minimum(_beside(gaps, 1, 0), _beside(gaps, 0, 1))
    chance = rng.standard_normal(stroke.points.shape)
    # Independent shifts would dent what should stay round.
    chance = (_beside(chance, 1, 0)[:, :-1] + 2 * chance + _beside(chance, 0, 1)[:, 1:]) / 3
    shift = waver * np.minimum(room, 0.4)[..., None] * chance
    return replace(stroke, points=(stroke.points + shift).astype(np.float32))


def _beside(values: Floats, before: int, after: int) -> Floats:
    """Repeats the first or the last column."""
    widths = [(0, 0), (before, after)] + [(0, 0)] * (values.ndim - 2)
    return np.pad(values, widths, "edge")


def _waves(points: Floats, rng: np.random.Generator, waver: float) -> Floats:
    """Bends the paper: a slow wave that shifts all points near each other alike."""
    n = len(points)
    directions = rng.normal(0, 3.0, (n, 2, 2))
    phases = rng.uniform(0, 2 * np.pi, (n, 1, 2))
    heights = waver * rng.normal(0, 0.025, (n, 1, 2))
    return heights * np.sin(points @ directions + phases)


def _shears(n: int, rng: np.random.Generator, hand: Hand) -> Floats:
    """Matrices of random width, lean and rotation."""
    width = np.exp(np.clip(rng.normal(0, hand.stretch, n), -0.5, 0.5))
    slant = np.clip(rng.normal(0.1, 0.17, n), -hand.back, hand.ahead)
    slant = np.where(
        _some(hand.cursive, n, rng), rng.uniform(0.5 * hand.ahead, hand.ahead, n), slant
    )
    angle = np.radians(np.clip(rng.normal(0, 6, n), -hand.turn, hand.turn))
    cos, sin = np.cos(angle), np.sin(angle)
    # Points are rows: scale the width and lean to the right with height, then rotate.
    return np.stack(
        [
            np.stack([width * cos, width * sin], axis=-1),
            np.stack([-slant * cos - sin, -slant * sin + cos], axis=-1),
        ],
        axis=1,
    )


def _along(points: Floats) -> Floats:
    """Length of the line from its start to each vertex, shape (n, v)."""
    steps = np.linalg.norm(np.diff(points, axis=1), axis=2)
    return np.cumsum(np.pad(steps, ((0, 0), (1, 0))), axis=1)


def _tremor(points: Floats, rng: np.random.Generator) -> Floats:
    n = len(points)
    along = _along(points)[..., None]
    shift = np.zeros_like(points)
    for low, high in ((8, 20), (20, 45)):
        frequency = rng.uniform(low, high, (n, 1, 2))
        height = np.abs(rng.normal(0, 0.045, (n, 1, 2))) / frequency
        shift = shift + height * np.sin(along * frequency + rng.uniform(0, 2 * np.pi, (n, 1, 2)))
    return shift


def _some(share: float, n: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    return rng.random(n) < share


def _with_pen(
    lines: list[Floats], strokes: Sequence[Stroke], rng: np.random.Generator, hand: Hand
) -> Trace:
    """Gives each vertex the pen's radius there, which changes with pressure."""
    n = len(lines[0])
    marker, quill = _some(hand.markers, n, rng), _some(hand.quills, n, rng)
    radius = _widths(marker, quill, rng, hand)[:, None] / 2
    frequency, phase = rng.uniform(2, 8, (n, 1)), rng.uniform(0, 2 * np.pi, (n, 1))
    swell = np.where(rng.random((n, 1)) < 0.5, rng.uniform(0, 0.35, (n, 1)), 0)
    taper = np.where(rng.random((n, 2, 1)) < 0.3, rng.uniform(0.3, 0.8, (n, 2, 1)), 1)
    nib = np.where(rng.random((n, 1)) < 0.12, rng.uniform(0.4, 0.85, (n, 1)), 1)
    nib_angle = rng.uniform(0, np.pi, (n, 1))
    thin = np.where(quill, rng.uniform(0.3, 0.6, n), 1)[:, None]
    # A felt pen's edge is rough on small, coarse pictures.
    rough = np.where(marker, rng.uniform(0, 0.12, n), 0)[:, None]
    radii = []
    for line, stroke in zip(lines, strokes, strict=True):
        along = _along(line)
        pressure = 1 + swell * np.sin(along * frequency + phase)
        for end, distance in enumerate((along, along[:, -1:] - along)):
            pressure = pressure * np.minimum(1, taper[:, end] + distance / 0.25)
        dy, dx = np.gradient(line[..., 1], axis=1), np.gradient(line[..., 0], axis=1)
        heading = np.arctan2(dy, dx)
        broad = nib + (1 - nib) * np.abs(np.sin(heading - nib_angle))
        down = thin + (1 - thin) * np.maximum(0, np.sin(heading))
        edge = 1 + rough * rng.standard_normal(along.shape)
        radii.append(radius * stroke.width * pressure * broad * down * np.clip(edge, 0.7, 1.3))
    linked = np.ones(sum(line.shape[1] for line in lines), bool)
    linked[np.cumsum([line.shape[1] for line in lines]) - 1] = False
    return Trace(
        np.concatenate(lines, axis=1).astype(np.float32),
        np.concatenate(radii, axis=1).astype(np.float32),
        linked[:-1],
    )


def _widths(
    marker: NDArray[np.bool_], quill: NDArray[np.bool_], rng: np.random.Generator, hand: Hand
) -> Floats:
    """The pen of each drawing, as a share of the drawing's height: shape (n,)."""
    n = len(marker)
    usual = np.exp(rng.uniform(np.log(hand.thinnest), np.log(hand.thickest), n))
    # A quill's thin strokes must not vanish.
    usual = np.where(quill, np.maximum(usual, rng.uniform(0.5, 0.8, n) * hand.thickest), usual)
    return np.where(marker, rng.uniform(hand.thickest, hand.fattest, n), usual)


def _fit(trace: Trace, rng: np.random.Generator, size: int) -> Trace:
    """Scales each drawing to 60 to 90 % of the square, in pixels, and puts it near the middle."""
    radii = trace.radii[..., None]
    low = (trace.vertices - radii).min(axis=1, keepdims=True)
    high = (trace.vertices + radii).max(axis=1, keepdims=True)
    n = len(low)
    extent = high - low
    scale = size * rng.uniform(0.6, 0.9, (n, 1, 1)) / extent.max(axis=2, keepdims=True)
    free = size - scale * extent
    # A pixel on each side stays free, so that no soft edge is cut off.
    place = 1 + rng.beta(4, 4, (n, 1, 2)) * np.maximum(free - 2, 0)
    vertices = (trace.vertices - low) * scale + place
    return Trace(
        vertices.astype(np.float32), (trace.radii * scale[..., 0]).astype(np.float32), trace.linked
    )


def rasterise(trace: Trace, size: int) -> NDArray[np.uint8]:
    """Fills the pixels that the pen covers, with soft edges one pixel wide.

    Args:
        trace: Drawings in pixels; pixel (0, 0) is the square from 0 to 1. What lies outside of
            the picture is cut off.
        size: Side of the pictures in pixels.

    Returns:
        uint8 array of shape (n, size, size): 255 is full ink.
    """
    n = len(trace.vertices)
    starts, ends = trace.vertices[:, :-1][:, trace.linked], trace.vertices[:, 1:][:, trace.linked]
    radii = trace.radii[:, :-1][:, trace.linked], trace.radii[:, 1:][:, trace.linked]
    # The pixels that a segment can reach lie in a window around it; segments are done in the
    # order of their windows' sizes.
    reach = np.abs(ends - starts).max(axis=2) / 2 + np.maximum(*radii) + 0.5
    picture = np.broadcast_to(np.arange(n)[:, None], reach.shape).ravel()
    windows = np.ceil(2 * reach).astype(int).ravel() + 1
    flat = [part.reshape(-1, *part.shape[2:]) for part in (starts, ends, *radii)]
    # A border of the widest window takes what falls outside.
    border = int(windows.max())
    side = size + 2 * border
    canvas = np.zeros((n, side, side), np.uint8)
    for window in np.unique(windows):
        chosen = np.flatnonzero(windows == window)
        for at in range(0, len(chosen), max(1, _BLOCK_DISTANCES // window**2)):
            block = chosen[at : at + max(1, _BLOCK_DISTANCES // window**2)]
            _stamp(canvas, picture[block], [part[block] for part in flat], int(window), border)
    return canvas[:, border : border + size, border : border + size].copy()


def _stamp(
    canvas: NDArray[np.uint8],
    picture: NDArray[np.int64],
    segments: list[Floats],
    window: int,
    border: int,
) -> None:
    """Puts segments of one window size on their pictures: the darker ink wins."""
    start, end, start_radius, end_radius = segments
    side = canvas.shape[1]
    corner = np.ceil((start + end) / 2 - window / 2 - 0.5).astype(np.int64)
    corner = np.clip(corner, -border, side - border - window)
    pixels = np.arange(window)
    # Pixel centres as seen from the segment's start.
    x = (corner[:, :1] + pixels + 0.5 - start[:, :1]).astype(np.float32)[:, None, :]
    y = (corner[:, 1:] + pixels + 0.5 - start[:, 1:]).astype(np.float32)[:, :, None]
    way = end - start
    dx, dy = way[:, 0, None, None], way[:, 1, None, None]
    t = np.clip((x * dx + y * dy) / np.maximum(dx * dx + dy * dy, 1e-9), 0, 1)
    distance = np.hypot(x - t * dx, y - t * dy)
    radius = start_radius[:, None, None] + t * (end_radius - start_radius)[:, None, None]
    ink = (np.clip(radius + 0.5 - distance, 0, 1) * 255 + 0.5).astype(np.uint8)
    rows = (corner[:, 1:] + border + pixels) * side + (picture * side * side)[:, None]
    columns = corner[:, :1] + border + pixels
    index = rows[:, :, None] + columns[:, None, :]
    np.maximum.at(canvas.reshape(-1), index.ravel(), ink.ravel())
