"""Scenes of a single digit: what people photograph, scan and draw, rendered from MNIST's digits.

They are written to measure with, and share nothing with what a training draws. A scene is a
function of a digit, its label and a source of chance; `SCENES` has all by the names that the table
calls them.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from train.drawing.photographs import crop, enlarge, expose, light

Cover = NDArray[np.float64]
Picture = NDArray[np.uint8]
Rng = np.random.Generator

# Top, upper left, upper right, middle, lower left, lower right, bottom.
_LIT_SEGMENTS = (
    (0, 1, 2, 4, 5, 6),
    (2, 5),
    (0, 2, 3, 4, 6),
    (0, 2, 3, 5, 6),
    (1, 2, 3, 5),
    (0, 1, 3, 5, 6),
    (0, 1, 3, 4, 5, 6),
    (0, 2, 5),
    (0, 1, 2, 3, 4, 5, 6),
    (0, 1, 2, 3, 5, 6),
)
_SHADOW_LIGHT = 0.45
_CUT_HEIGHT_SHARE = 0.15
# Of red, green and blue in what the eye, and a grey picture, takes for light (ITU-R BT.601).
_LUMINANCE = np.array([0.299, 0.587, 0.114])


class Scene(NamedTuple):
    """A picture and what it shows.

    Attributes:
        picture: uint8 of shape (H, W) or (H, W, 3).
        label: The digit; None where there is none, and a refusal is right.
    """

    picture: Picture
    label: int | None


def scenes(
    name: str, pictures: NDArray[np.uint8], labels: NDArray[np.integer], seed: int
) -> list[Scene]:
    """The scene of a name for each of some digits; the same ones for the same arguments.

    Args:
        name: A key of `SCENES`.
        pictures: uint8 of shape (n, 28, 28), bright ink on 0.
        labels: The digits, of shape (n,).
        seed: Of all chance; a scene depends on its place too, but not on the others.

    Raises:
        ValueError: There is no scene of that name.
    """
    if name not in SCENES:
        raise ValueError(f"no scene is called {name!r}")
    at = list(SCENES).index(name)
    made = []
    for place, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        rng = np.random.default_rng([seed, at, place])
        what = pictures[(place + 1) % len(pictures)] if name in PAIRS else int(label)
        made.append(SCENES[name](picture, what, rng))
    return made


def _cover(ink: Picture, height: float) -> Cover:
    """A digit at another height, 0 to 1, with the sharp strokes of a pen."""
    digit = crop(ink)
    scale = height / len(digit)
    grey = enlarge(np.pad(digit, 2), round(scale * (len(digit) + 4)))
    # Without the steps of MNIST's pixels.
    smooth = _soft(grey, max(0.0, 0.5 * (scale - 1))) / 255
    sharp = np.clip((smooth - 0.33) * max(1.0, 0.7 * scale) + 0.5, 0, 1) * (smooth > 0.02)
    return crop((255 * sharp).astype(np.uint8)) / 255


def _fit(ink: Picture, side: float) -> Cover:
    """A digit whose longer side has so many pixels."""
    rows, columns = crop(ink).shape
    return _cover(ink, side * rows / max(rows, columns))


def _put(shape: tuple[int, int], cover: Cover, rng: Rng, stray: float = 0.0) -> Cover:
    """A digit on an empty canvas, away from the middle by a share of the room at most."""
    canvas = np.zeros(shape)
    room = np.array(shape) - cover.shape
    top, left = np.rint(room / 2 * (1 + stray * rng.uniform(-1, 1, 2))).astype(int)
    canvas[top : top + len(cover), left : left + cover.shape[1]] = cover
    return canvas


def _anywhere(ink: Picture, rng: Rng, height: tuple[float, float], room: float = 2.0) -> Cover:
    """A digit of a random height on a square canvas some times as large."""
    drawn = rng.uniform(*height)
    cover = _fit(ink, drawn)
    side = round(drawn * room)
    return _put((side, side), cover, rng, 0.5)


def _soft(picture: NDArray[np.floating], radius: float) -> Cover:
    """A picture, 0 to 255, less sharp."""
    grey = Image.fromarray(np.clip(np.rint(picture), 0, 255).astype(np.uint8))
    return np.asarray(grey.filter(ImageFilter.GaussianBlur(radius)), float)


def _paper(rng: Rng) -> float:
    return float(rng.uniform(195, 245))


def _dark(rng: Rng) -> float:
    return float(rng.uniform(20, 80))


def _seen(
    picture: NDArray[np.floating], rng: Rng, label: int | None, blur: tuple[float, float] = (0, 1)
) -> Scene:
    """What a camera makes of it: blur and noise."""
    return Scene(expose(_soft(picture, rng.uniform(*blur)), rng, rng.uniform(1, 5)), label)


def _border(ink: Picture, label: int, rng: Rng, side: int, thick: int) -> Scene:
    cover = _put((side, side), _fit(ink, (side - 2 * thick) * rng.uniform(0.6, 0.75)), rng, 0.4)
    # All round, or where the picture was cut out askew on some sides only.
    for turn in range(4):
        if rng.random() < 0.75:
            np.rot90(cover, turn)[:thick] = 1
    paper = _paper(rng)
    return _seen(paper + (_dark(rng) - paper) * cover, rng, label, (0, 0.4))


def _panel(ink: Picture, label: int, rng: Rng, margin: float, is_light_digit: bool) -> Scene:
    """A light digit on a dark panel on light ground, or all of it the other way round."""
    side = int(rng.uniform(200, 500))
    edge = round(margin * side)
    panel = side - 2 * edge
    cover = _put((panel, panel), _fit(ink, panel * rng.uniform(0.55, 0.75)), rng, 0.4)
    bright, dark = _paper(rng), _dark(rng)
    around, ground, digit = (
        (bright, dark, rng.uniform(200, 250)) if is_light_digit else (dark, bright, _dark(rng))
    )
    picture = np.full((side, side), around)
    picture[edge : edge + panel, edge : edge + panel] = ground + (digit - ground) * cover
    return _seen(picture, rng, label)


def _ruled(ink: Picture, label: int, rng: Rng, is_pencil: bool) -> Scene:
    side = int(rng.uniform(200, 320))
    cover = _put((side, side), _fit(ink, side * rng.uniform(0.4, 0.65)), rng, 0.6)
    paper = _paper(rng)
    rule = rng.uniform(130, 180)
    digit = rng.uniform(90, 125) if is_pencil else _dark(rng)
    rows = (np.arange(side) + rng.integers(35)) % 35 < 5
    picture = np.full((side, side), paper)
    picture[rows] = rule
    if is_pencil:
        # Graphite leaves out the grain of the paper.
        cover = cover * rng.uniform(0.75, 1, cover.shape)
    picture += np.minimum(digit - picture, 0) * cover
    return _seen(picture, rng, label)


def _shadow_edge(ink: Picture, label: int, rng: Rng) -> Scene:
    cover = _anywhere(ink, rng, (80, 250))
    paper = _paper(rng)
    picture = paper + (_dark(rng) - paper) * cover
    y, x = np.mgrid[: len(cover), : cover.shape[1]].astype(float)
    rows, columns = (np.flatnonzero(cover.any(axis=axis)).mean() for axis in (1, 0))
    angle = rng.uniform(0, 2 * math.pi)
    shaded = (x - columns) * math.cos(angle) + (y - rows) * math.sin(angle) > 0
    picture[shaded] *= _SHADOW_LIGHT
    return _seen(picture, rng, label)


def _vignette(ink: Picture, label: int, rng: Rng) -> Scene:
    cover = _anywhere(ink, rng, (80, 250))
    paper = _paper(rng)
    y, x = (np.linspace(-1, 1, side) for side in cover.shape)
    distance = np.hypot(y[:, None], x[None, :]) / math.sqrt(2)
    falling = 1 - rng.uniform(0.7, 0.9) * distance**2
    return _seen((paper + (_dark(rng) - paper) * cover) * falling, rng, label)


def _underline(ink: Picture, label: int, rng: Rng) -> Scene:
    cover = _anywhere(ink, rng, (80, 200))
    height = np.ptp(np.flatnonzero(cover.any(axis=1)))
    bottom = np.flatnonzero(cover.any(axis=1))[-1]
    thick = max(2, round(height * rng.uniform(0.03, 0.08)))
    top = round(bottom + height * rng.uniform(0.05, 0.2))
    cover[top : top + thick] = 1
    paper = _paper(rng)
    return _seen(paper + (_dark(rng) - paper) * cover, rng, label)


def _circled(ink: Picture, label: int, rng: Rng) -> Scene:
    size = rng.uniform(80, 200)
    side = round(2.4 * size)
    cover = _put((side, side), _fit(ink, size), rng)
    angle = np.linspace(0, 2 * math.pi, 200)
    radius = size * rng.uniform(0.75, 0.95)
    waver = 1 + 0.04 * np.sin(2 * angle + rng.uniform(0, 6)) + 0.03 * np.sin(angle * 3)
    points = side / 2 + radius * waver * np.array(
        [np.cos(angle), rng.uniform(1, 1.15) * np.sin(angle)]
    )
    drawn = Image.new("L", (side, side))
    width = max(2, round(size * rng.uniform(0.03, 0.08)))
    ImageDraw.Draw(drawn).line([tuple(point) for point in points.T], 255, width, "curve")
    cover = np.maximum(cover, np.asarray(drawn) / 255)
    paper = _paper(rng)
    return _seen(paper + (_dark(rng) - paper) * cover, rng, label, (0.5, 1))


def _led_matrix(ink: Picture, label: int, rng: Rng) -> Scene:
    """Round dots that are lit, beside those that are not."""
    digit = Image.fromarray(crop(ink))
    rows = int(rng.integers(11, 15))
    columns = max(3, round(rows * digit.width / digit.height))
    lit = np.asarray(digit.resize((columns, rows), Image.Resampling.BOX)) > rng.uniform(80, 110)
    lit = np.pad(lit, int(rng.integers(1, 3)))
    pitch = int(rng.integers(9, 20))
    along = (np.arange(pitch) + 0.5) / pitch - 0.5
    distance = np.hypot(along[:, None], along[None, :])
    dot = np.clip((rng.uniform(0.32, 0.46) - distance) * pitch + 0.5, 0, 1)
    ground, off, on = rng.uniform(5, 30), rng.uniform(10, 50), rng.uniform(190, 255)
    levels = np.where(lit, on, max(ground, off))
    picture = ground + np.kron(levels - ground, dot)
    return _seen(picture, rng, label, (0.3, 1.5))


def _hollow(ink: Picture, label: int, rng: Rng) -> Scene:
    """The outline of thick strokes, and paper in them."""
    cover, outline = _outlined(ink, rng)
    paper = _paper(rng)
    return _seen(paper + (_dark(rng) - paper) * outline * (cover <= outline), rng, label)


def _filled(ink: Picture, label: int, rng: Rng) -> Scene:
    """The same, with another tone in them than the paper's and the outline's."""
    cover, outline = _outlined(ink, rng)
    paper, dark = _paper(rng), _dark(rng)
    # Either the outline or what it holds is the darker one.
    tones = dark, float(rng.uniform(120, 165))
    inside, line = tones if rng.random() < 0.5 else tones[::-1]
    picture = paper + (inside - paper) * cover
    return _seen(picture + (line - picture) * outline, rng, label)


def _outlined(ink: Picture, rng: Rng) -> tuple[Cover, Cover]:
    """The cover of a digit with thick strokes, and that of their outline."""
    size = rng.uniform(140, 260)
    cover = _fit(ink, size)
    side = round(1.8 * size)
    solid = Image.fromarray((255 * _put((side, side), cover, rng, 0.3)).astype(np.uint8))
    pen = max(3, round(size * rng.uniform(0.012, 0.022)))
    grown = np.asarray(solid.filter(ImageFilter.MaxFilter(2 * pen + 1)), float) / 255
    inside = np.asarray(solid.filter(ImageFilter.MinFilter(3)), float) / 255
    return inside, grown - inside


def _equal_luminance(ink: Picture, label: int, rng: Rng) -> Scene:
    """Ink and paper of colours that are equally light."""
    cover = _anywhere(ink, rng, (60, 200))[..., None]
    luminance = rng.uniform(105, 150)
    colours: list[Cover] = []
    while len(colours) < 2:
        colour = rng.uniform(0, 255, 3)
        colour += luminance - colour @ _LUMINANCE
        far = not colours or np.abs(colour - colours[0]).max() > 110
        if far and colour.min() >= 0 and colour.max() <= 255:
            colours.append(colour)
    picture = colours[0] + (colours[1] - colours[0]) * cover
    return Scene(expose(picture, rng, rng.uniform(1, 4)), label)


def _small(
    ink: Picture, label: int, rng: Rng, shape: tuple[int, int], height: tuple[int, int]
) -> Scene:
    cover = _put(shape, _cover(ink, rng.uniform(*height)), rng, 0.9)
    paper = _paper(rng)
    return Scene(expose(paper + (_dark(rng) - paper) * cover, rng, rng.uniform(0.5, 2)), label)


def _seven_segments(_: Picture, label: int, rng: Rng) -> Scene:
    """A display's digit: the segments' width, the gaps between them and their slant vary."""
    height = rng.uniform(60, 240)
    width, thick = height * rng.uniform(0.45, 0.65), height * rng.uniform(0.07, 0.16)
    gap = thick * rng.uniform(0.05, 0.35)
    slant, half = rng.uniform(0, 0.2), height / 2
    corners = [(0, 0), (width, 0), (0, half), (width, half), (0, height), (width, height)]
    ends = [(0, 1), (0, 2), (1, 3), (2, 3), (2, 4), (3, 5), (4, 5)]
    margin = height * rng.uniform(0.3, 0.8) + thick
    shape = round(height + 2 * margin), round(width + 2 * margin + slant * height)
    # Four times as large, and scaled down, since what Pillow draws has hard edges.
    lit, unlit = (Image.new("L", (4 * shape[1], 4 * shape[0])) for _ in range(2))
    for segment, (start, end) in enumerate(ends):
        outline = _segment(np.array(corners[start]), np.array(corners[end]), thick, gap)
        outline[:, 0] += slant * (height - outline[:, 1])
        points = [tuple(point) for point in 4 * (outline + margin)]
        canvas = lit if segment in _LIT_SEGMENTS[label] else unlit
        ImageDraw.Draw(canvas).polygon(points, 255)
    cover, off = (
        np.asarray(one.resize(shape[::-1], Image.Resampling.BOX), float) / 255
        for one in (lit, unlit)
    )
    if rng.random() < 0.5:
        ground, on = rng.uniform(5, 45), rng.uniform(170, 255)
    else:
        ground, on = rng.uniform(140, 200), rng.uniform(15, 50)
    # Segments that are not lit shine through a little.
    picture = ground + (on - ground) * np.maximum(cover, rng.uniform(0, 0.1) * off)
    return _seen(picture, rng, label)


def _segment(
    start: NDArray[np.floating], end: NDArray[np.floating], thick: float, gap: float
) -> NDArray[np.float64]:
    """The six corners of a segment with pointed ends, x and y each."""
    along = (end - start) / np.hypot(*(end - start))
    beside = np.array([-along[1], along[0]]) * thick / 2
    start, end, point = start + gap * along, end - gap * along, along * thick / 2
    return np.array(
        [
            start,
            start + point + beside,
            end - point + beside,
            end,
            end - point - beside,
            start + point - beside,
        ]
    )


def _poor_light(ink: Picture, label: int, rng: Rng) -> Scene:
    """A sheet's edge on a table, in light that falls off, underexposed."""
    cover = _anywhere(ink, rng, (70, 200), 2.4)
    side = len(cover)
    paper, table = rng.uniform(150, 220), rng.uniform(40, 110)
    picture = paper + (_dark(rng) - paper) * cover
    rows, columns = (np.flatnonzero(cover.any(axis=axis)) for axis in (1, 0))
    y, x = np.mgrid[:side, :side].astype(float)
    # The edge runs between the digit and the nearer border, a little askew.
    tilt = rng.normal(0, 0.06)
    edges = {
        "left": x + tilt * (y - side / 2) < columns[0] * rng.uniform(0.3, 0.75),
        "top": y + tilt * (x - side / 2) < rows[0] * rng.uniform(0.3, 0.75),
    }
    for is_table in edges.values():
        if rng.random() < 0.75:
            picture[is_table] = table
    picture *= rng.uniform(0.35, 0.6) * light((side, side), rng, rng.uniform(0.4, 0.7))
    return Scene(expose(_soft(picture, rng.uniform(0.5, 1.2)), rng, rng.uniform(3, 6)), label)


def _cut_off(ink: Picture, label: int, rng: Rng) -> Scene:
    """The picture ends within the digit, above or below."""
    cover = _anywhere(ink, rng, (80, 220), 1.8)
    rows = np.flatnonzero(cover.any(axis=1))
    cut = round(_CUT_HEIGHT_SHARE * len(rows))
    cover = cover[rows[0] + cut :] if rng.random() < 0.5 else cover[: rows[-1] + 1 - cut]
    paper = _paper(rng)
    return _seen(paper + (_dark(rng) - paper) * cover, rng, label)


def _quarter_turn(ink: Picture, label: int, rng: Rng) -> Scene:
    cover = np.rot90(_anywhere(ink, rng, (60, 200)), int(rng.choice([1, 3])))
    paper = _paper(rng)
    return _seen(paper + (_dark(rng) - paper) * cover, rng, label)


def _touching(ink: Picture, other: Picture, rng: Rng) -> Scene:
    """Two digits of which the second touches the first, or reaches into it a little."""
    height = rng.uniform(30, 120)
    one, two = (_fit(each, height * rng.uniform(0.85, 1.15)) for each in (ink, other))
    side = round(4 * height)
    canvas, rows = np.zeros((side, side)), max(len(one), len(two))
    first, second = ((rows - len(each)) // 2 for each in (one, two))
    canvas[first : first + len(one), : one.shape[1]] = one
    solid = canvas[second : second + len(two)] > 0.5
    ends = np.where(solid.any(axis=1), side - solid[:, ::-1].argmax(axis=1), -side)
    begins = np.where((two > 0.5).any(axis=1), (two > 0.5).argmax(axis=1), side)
    left = max(int((ends - begins).max() - rng.uniform(0, 0.06) * height), 0)
    into = canvas[second : second + len(two), left : left + two.shape[1]]
    np.maximum(into, two, out=into)
    return _on_paper(canvas, height, rng)


def _below(ink: Picture, other: Picture, rng: Rng) -> Scene:
    """Two digits with little room between them, the second below the first."""
    height = rng.uniform(30, 120)
    one, two = (_fit(each, height * rng.uniform(0.85, 1.15)) for each in (ink, other))
    width, gap = round(2 * height), round(height * rng.uniform(0.05, 0.4))
    rows = [_put((len(each), width), each, rng, 0.2) for each in (one, two)]
    return _on_paper(np.vstack([rows[0], np.zeros((gap, width)), rows[1]]), height, rng)


def _on_paper(canvas: Cover, height: float, rng: Rng) -> Scene:
    """Two digits of such a height in a picture of their own, which is none of one digit."""
    pair = crop((255 * canvas).astype(np.uint8)) / 255
    margin = round(height * rng.uniform(0.3, 0.8))
    cover = _put((pair.shape[0] + 2 * margin, pair.shape[1] + 2 * margin), pair, rng, 0.4)
    paper = _paper(rng)
    return _seen(paper + (_dark(rng) - paper) * cover, rng, None)


def _empty_cell(_: Picture, _label: int, rng: Rng) -> Scene:
    """A cell of a sudoku, cut out of a photo with some of its rules."""
    side = int(rng.uniform(40, 160))
    paper, rule = _paper(rng), rng.uniform(10, 90)
    cover = np.zeros((side, side))
    tilt = rng.normal(0, 0.015)
    along = np.arange(side)
    for turn in range(4):
        thick, inset = side * rng.uniform(0.015, 0.07), side * rng.uniform(-0.04, 0.08)
        distance = np.abs(along[:, None] - inset - tilt * along[None, :])
        line = np.clip(thick / 2 + 0.5 - distance, 0, 1)
        view = np.rot90(cover, turn)
        np.maximum(view, line, out=view)
    falling = light((side, side), rng, rng.uniform(0, 0.35))
    return _seen((paper + (rule - paper) * cover) * falling, rng, None)


QUARTER_TURN = "a quarter turn"
EMPTY = "an empty cell of a sudoku"
PAIRS = TOUCHING, BELOW = "two digits that touch", "two digits, one close below the other"
WITHOUT_ONE_DIGIT = EMPTY, *PAIRS
"""Scenes to be refused."""
SCENES: dict[str, Callable[[Picture, Any, Rng], Scene]] = {
    "a cell's border at the edge, 4 of 53 px": partial(_border, side=53, thick=4),
    "a cell's border at the edge, 16 of 280 px": partial(_border, side=280, thick=16),
    "light on a dark panel, margin 1/10": partial(_panel, margin=0.1, is_light_digit=True),
    "light on a dark panel, margin 1/5": partial(_panel, margin=0.2, is_light_digit=True),
    "light on a dark panel, margin 2/5": partial(_panel, margin=0.4, is_light_digit=True),
    "a white card on a dark table, margin 1/10": partial(_panel, margin=0.1, is_light_digit=False),
    "a white card on a dark table, margin 1/5": partial(_panel, margin=0.2, is_light_digit=False),
    "a white card on a dark table, margin 2/5": partial(_panel, margin=0.4, is_light_digit=False),
    "pen on ruled paper": partial(_ruled, is_pencil=False),
    "pencil on ruled paper": partial(_ruled, is_pencil=True),
    "the edge of a shadow": _shadow_edge,
    "a vignette": _vignette,
    "underlined across the picture": _underline,
    "in a circle": _circled,
    "dots of an LED matrix": _led_matrix,
    "hollow": _hollow,
    "filled, with an outline": _filled,
    "ink and paper equally light": _equal_luminance,
    "20 to 40 px high in 1,000 x 1,000": partial(_small, shape=(1000, 1000), height=(20, 40)),
    "28 px high in 640 x 480": partial(_small, shape=(480, 640), height=(28, 28)),
    "seven segments": _seven_segments,
    "poor light, the paper's edge": _poor_light,
    "15 % of the height cut off": _cut_off,
    QUARTER_TURN: _quarter_turn,
    EMPTY: _empty_cell,
    TOUCHING: _touching,
    BELOW: _below,
}
