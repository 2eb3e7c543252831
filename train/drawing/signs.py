"""Letters, signs and scribbles as strokes: what is not a digit.

Letters that look like digits are left out: O o l I i S s Z z B g q b D j J, those like them of
other scripts, and lone lines and dots.
"""

import functools
import itertools
from collections.abc import Callable

import numpy as np

from train.drawing.pen import Stroke
from train.drawing.ways import Draw, Point, ellipse

# Strokes are separated by |, points by spaces, coordinates in hundredths by commas. A point with
# an exclamation mark is a corner. The box is 100 high, x to the right and y down.
SIGNS = {
    "A": "0,100 32,0! 64,100 | 12,62 52,62",
    "C": "62,16 38,0 8,22 0,52 10,82 38,100 64,84",
    "E": "55,0 0,0! 0,100! 58,100 | 0,48 46,48",
    "E round": "52,8 26,0 4,20 26,46! 0,72 22,100 56,88",
    "F": "55,0 0,0! 0,100 | 0,46 44,46",
    "G": "62,14 36,0 8,22 0,54 12,88 40,100 64,80! 64,54! 38,54",
    "H": "0,0 0,100 | 60,0 60,100 | 0,50 60,48",
    "K": "0,0 0,100 | 55,0 2,56! 58,100",
    "L": "0,0 0,100! 56,100",
    "M": "0,100 8,0! 42,68! 76,0! 86,100",
    "N": "0,100 0,0! 62,100! 62,0",
    "P": "0,0 0,100 | 0,2 38,0 56,24 36,50 2,52",
    "Q": "36,0 8,16 0,50 12,88 38,98 64,84 72,48 60,12 36,0 | 44,70 82,112",
    "R": "0,0 0,100 | 0,2 36,0 52,22 34,46 2,50! 56,100",
    "T": "0,0 70,0 | 35,0 35,100",
    "U": "0,0 2,62 18,96 40,98 58,70 60,0",
    "V": "0,0 32,100! 66,0",
    "W": "0,0 20,100! 42,22! 64,100! 86,0",
    "X": "0,0 62,100 | 62,0 0,100",
    "Y": "0,0 34,50! 34,100 | 68,0 34,50",
    "a": "6,14 30,0 52,16 52,78 66,100 | 52,44 18,46 0,70 14,98 38,96 52,74",
    "a printed": "6,10 30,0 52,18 54,84! 62,100 | 54,44 20,50 2,72 16,98 40,92 54,70",
    "d": "50,58 26,40 2,62 10,94 34,98 52,70! 54,0! 54,84 66,100",
    "e": "6,54 40,52 64,40 52,8 28,0 4,26 4,70 30,100 66,82",
    "f": "62,8 46,0 30,18 28,100 | 4,42 56,40",
    "h": "2,0 2,100! 6,66 28,44 46,54 50,100",
    "k": "0,0 0,100 | 42,38 2,70! 46,100",
    "m": "0,0 4,20! 4,100! 10,28 30,4 48,20 50,100! 56,28 76,4 94,20 98,100",
    "n": "0,0 4,20! 4,100! 12,32 42,2 66,22 70,100",
    "p": "0,0 0,100 | 2,14 28,0 54,18 50,46 24,60 2,46",
    "r": "0,0 6,20! 6,100! 10,40 34,6 62,4",
    "t": "26,0 24,70 36,98 58,92 | 0,30 56,28",
    "u": "0,0 4,70 24,98 52,84 64,40 66,0! 66,76 80,100",
    "v": "0,0 30,100! 66,0",
    "w": "0,0 6,70 24,98 44,70 46,20! 50,76 68,98 88,66 90,0",
    "x": "0,0 70,100 | 70,0 0,100",
    "y": "0,0 30,62 | 66,0 30,62 4,124",
    "y round": "0,0 6,40 28,54 54,36 62,0! 60,80 44,118 8,116",
    "F serif": "2,0 60,0! 58,16 | 20,0 16,100 | 16,50 44,48 | 0,100 34,100",
    "G spur": "60,16 34,0 8,22 0,54 14,90 44,98 58,76 | 36,58 74,58 | 58,58 58,100",
    "H crossed": "4,0 0,100 | 58,0 54,100 | -8,54 70,46",
    "L serif": "10,0 8,98! 60,100! 60,84 | -6,0 26,0",
    "L looped": "40,4 26,0 20,30 18,80 6,100 0,90 20,90 60,100",
    "M round": "0,100 14,10 24,2 40,70! 60,2 70,10 84,100",
    "M humped": "0,100 6,20 20,0 34,20 36,90! 42,20 58,0 72,20 78,100",
    "N round": "0,100 10,6 20,6 52,96 60,90 64,0",
    "Q curled": "36,0 8,16 0,50 12,88 38,98 64,84 72,48 60,12 36,0 | 34,62 50,74 60,100 84,104",
    "X curled": "0,8 14,0 30,30 46,80 62,100 74,92 | 70,6 52,10 20,92 0,98",
    "f straight": "56,4 36,2 28,20 26,100 | 6,46 50,42",
    "h looped": "6,96 26,30 24,0 10,10 8,100! 16,56 38,44 50,60 50,94 62,100",
    "n serif": "-6,8 8,0 10,100 | 10,30 36,0 58,20 58,90 72,98",
    "v serif": "-6,6 10,0 36,100! 62,6 78,0",
    "v round": "0,0 12,10 34,98 48,70 62,6 80,8",
    "w round": "0,6 8,0 14,80 30,98 44,60 46,20! 52,84 68,98 86,50 84,4",
    "x curled": "0,20 16,0 32,20 34,80 50,100 68,82 | 66,8 48,4 36,40 26,90 8,100 0,84",
    "y tailed": "0,4 12,0 20,56 40,60 60,0! 50,90 28,126 6,116 20,92 70,70",
    "Hieut": "20,0 60,0 | 0,22 84,22 | 42,40 16,56 20,92 44,100 70,88 66,54 42,40",
    "Gamma": "0,100 0,0! 56,0",
    "Delta": "0,100 40,0! 80,100! 0,100",
    "Pi": "0,0 84,0 | 14,0 14,100 | 68,0 68,100",
    "Sigma": "62,0 0,0! 36,50! 0,100! 64,100",
    "Psi": "0,0 4,42 32,62 62,42 66,0 | 32,0 32,100",
    "Omega": "0,100 24,100! 2,60 14,8 50,0 82,14 90,58 64,100! 90,100",
    "omega": "14,0 0,50 12,96 38,90 44,40! 50,90 78,96 90,48 74,0",
    "pi": "0,10 14,0 84,0 | 24,0 16,100 | 60,0 58,80 76,98",
    "lambda": "4,0 20,8 62,100 | 34,44 0,100",
    "mu": "4,0 4,70! 0,130 | 4,64 24,84 50,68 56,0! 56,66 70,84",
    "Zhe": "0,0 80,100 | 80,0 0,100 | 40,0 40,100",
    "I short": "0,0 0,100! 62,0! 62,100 | 16,-24 32,-14 48,-24",
    "Sha": "0,0 0,100! 90,100! 90,0 | 45,0 45,100",
    "De": "4,122 4,98! 90,98! 90,122 | 16,96 30,0! 76,0! 76,96",
    "Yu": "0,0 0,100 | 0,50 30,50 | 60,0 34,28 34,74 60,100 88,74 88,28 62,0",
    "Ya": "60,100 60,0! 26,2 8,24 24,48 60,50! 4,100",
    "Tse": "0,0 0,92! 60,92! 60,0 | 60,92 74,92! 74,116",
    "plus": "0,50 90,50 | 45,0 45,100",
    "equals": "0,0 90,0 | 0,44 90,44",
    "not equals": "0,30 90,30 | 0,70 90,70 | 70,0 20,100",
    "plus minus": "0,36 72,36 | 36,0 36,72 | 0,100 72,100",
    "divided": "0,50 90,50 | 43,12 48,13 47,18 42,17 43,12 | 43,82 48,83 47,88 42,87 43,82",
    "star": "45,0 45,100 | 0,25 90,75 | 90,25 0,75",
    "hash": "30,0 20,100 | 72,0 62,100 | 0,32 94,30 | 0,70 92,68",
    "question": "2,22 14,4 36,0 58,16 50,38 30,54 29,70 | 27,92 33,94 32,101 26,99 27,92",
    "percent": "80,0 8,100 | 18,2 2,14 6,34 22,38 36,24 30,6 18,2 "
    "| 72,62 56,76 60,96 76,100 90,86 86,68 72,62",
    "at": "66,62 64,34 44,34 32,54 42,72 60,66 68,34! 68,68 88,70 98,44 80,8 46,0 12,18 "
    "0,54 14,88 50,100 84,92",
    "ampersand": "88,96 30,36 26,12 44,0 60,14 50,34 16,60 4,80 22,100 54,92 86,52",
    "less": "78,0 0,50! 78,100",
    "arrow": "0,50 140,50 | 105,18 140,50! 105,82",
    "root": "0,54 14,46! 32,100! 54,0! 130,0",
    "tick": "0,56 28,100! 90,0",
    "tilde": "0,34 20,4 44,14 70,36 98,28 116,0",
    "euro": "76,12 46,0 18,22 12,52 20,84 48,100 78,88 | 0,40 56,38 | 0,62 52,60",
    "integral pair": "36,6 24,0 16,20 12,80 4,100 -8,94 | 76,6 64,0 56,20 52,80 44,100 32,94",
    "double bar": "0,0 0,100 | 34,0 34,100 | -20,50 54,50",
    "heart": "50,96 6,44 4,12 28,0 50,26! 72,0 96,12 94,44 50,96",
    "A round": "0,100 8,30 30,0 54,24 60,100 | 2,56 60,56",
    "A wide": "0,100 44,0! 92,100 | 20,60 74,60",
    "E script": "54,10 34,0 14,14 22,38 40,44! 6,54 0,82 28,100 60,84",
    "H script": "-8,14 8,0 10,100 0,96 | 66,4 56,0 54,96 70,100 | 10,54 54,46",
    "H wide": "0,0 0,80 | 84,0 84,80 | 0,38 84,38",
    "K round": "0,0 0,100 | 58,4 40,8 30,40 2,54! 34,62 42,96 62,98",
    "M wide": "0,90 0,0! 50,56! 100,0! 100,90",
    "N wide": "0,84 0,0! 80,84! 80,0",
    "Q tailed": "34,0 4,22 2,70 34,92 64,70 62,22 34,0 | 22,76 40,70 56,96 80,100",
    "R round": "4,0 4,100 | -8,10 20,-4 52,10 46,38 10,48! 40,62 46,94 64,98",
    "T serif": "0,18 2,0! 76,0! 78,18 | 39,0 39,100 | 22,100 56,100",
    "V wide": "0,0 46,80! 92,0",
    "W round": "0,0 4,80 24,98 44,70 46,10! 48,70 66,98 88,80 92,0",
    "Y round": "0,0 6,36 34,50 60,36 66,0 | 34,50 34,104",
    "ae": "2,50 14,38 34,46 36,96 | 36,68 8,70 6,94 24,100 38,80! 40,66 80,66 78,46 58,38 "
    "42,56 44,92 62,100 84,90",
    "k looped": "6,96 26,30 24,0 10,10 6,100! 14,58 40,42 44,58 14,68! 36,76 46,98 60,96",
    "u wide": "0,0 2,52 34,70 70,56 76,0! 76,70",
    "El": "0,100 14,92 26,0! 76,0! 76,100",
    "Ii": "0,0 0,100! 62,0! 62,100",
    "Shcha": "0,0 0,90! 90,90! 90,0 | 45,0 45,90 | 90,90 104,90! 104,112",
    "Aleph": "0,0 80,100 | 72,0 66,30 46,50 | 30,38 8,58 6,100",
    "He": "0,0 80,0! 80,100 | 14,44 12,100",
    "Shin": "0,0 18,92! 72,92 100,0 | 48,0 44,44 14,62",
    "Tav": "0,0 76,0! 78,100 | 18,0 20,84 0,98",
    "ka": "0,30 76,30! 70,88 52,100 | 38,0 32,54 0,100",
    "ki": "4,34 76,26 | 0,64 84,56 | 32,0 50,104",
    "sa": "0,34 90,34 | 26,6 26,62 | 64,6 62,64 36,104",
    "mo": "10,4 70,4 | 0,46 84,46 | 36,4 36,84 56,98 84,92",
    "ho": "0,30 84,30 | 42,0 42,100 | 20,52 0,84 | 64,52 84,84",
    "hiragana a": "8,22 72,18 | 36,0 34,60 42,98 | 62,34 46,82 14,98 4,78 30,56 66,54 88,78 60,104",
    "tree": "0,32 90,32 | 45,0 45,104 | 45,34 0,88 | 45,34 90,88",
    "field": "0,0 0,90! 90,90! 90,0! 0,0 | 0,45 90,45 | 45,0 45,90",
    "centre": "0,22 0,66! 84,66! 84,22! 0,22 | 42,0 42,108",
    "great": "0,36 90,36 | 46,0 42,46 0,100 | 44,44 90,100",
    "king": "6,0 80,0 | 10,46 76,46 | 0,94 86,94 | 43,0 43,94",
    "mountain": "0,40 0,100! 90,100! 90,40 | 45,0 45,100",
    "devanagari ka": "0,8 104,8 | 52,8 52,110 | 52,54 24,36 4,54 22,76 52,58 78,40 98,58 88,86",
    "devanagari pa": "0,6 86,6 | 66,6 66,106 | 14,6 16,50 40,62 66,54",
    "devanagari ma": "0,6 90,6 | 70,6 70,106 | 16,6 18,60 0,76! 20,58 70,58",
    "infinity": "60,30 28,0 0,28 28,56 60,30 92,0 120,28 92,56 60,30",
    "yen": "0,0 36,46! 72,0 | 36,46 36,104 | 6,56 66,56 | 6,76 66,76",
    "pound": "60,20 44,0 26,16 26,62 2,98! 68,98 | 4,52 52,52",
    "dollar": "58,18 30,8 4,22 14,44 46,54 58,76 32,92 0,80 | 30,-10 30,110",
    "house": "0,100 0,44! 50,0! 100,44! 100,100! 0,100",
    "foot wide": "0,100 140,100 | 66,0 70,100",
    "foot wider": "0,96 180,100 | 92,14 90,98",
    "Chieut": "10,0 70,0 | 0,24 84,24 | 42,24 30,60 0,100 | 40,60 84,100",
    "Jieut": "0,0 84,0! 58,50 0,100 | 48,52 92,100",
    "Hieut barred": "30,0 66,6 | 0,26 96,20 | 48,44 22,60 24,90 50,100 76,86 74,60 48,44",
    "Ssang siot": "24,0 0,100 | 18,44 44,100 | 76,0 52,100 | 70,44 100,100",
    "Ssang giyeok": "0,6 44,0! 34,100 | 60,6 110,0! 96,100",
    "Yo": "0,100 130,96 | 40,20 42,96 | 88,14 88,96",
    "Yu hangul": "0,0 130,0 | 40,0 38,90 | 88,0 90,94",
    "Ya hangul": "0,0 0,110 | 0,38 40,36 | 0,70 42,66",
    "Yeo": "50,0 50,110 | 6,36 50,36 | 4,70 50,68",
    "Wa": "40,10 40,70 | 0,74 80,68 | 100,0 100,120 | 100,60 130,58",
    "Bieup": "0,0 0,100! 70,100! 70,0 | 0,48 70,46",
    "Pieup": "0,0 90,0 | 0,100 90,100 | 30,0 34,100 | 62,0 58,100",
    "Digeut": "70,0 0,0! 0,100! 74,100",
    "G small": "60,20 36,0 6,24 2,66 28,96 60,80! 60,52! 40,52 | 60,52 60,112",
    "G hooked": "56,18 32,0 4,26 4,70 30,94 58,74! 58,50! 34,50 | 58,60 44,118",
    "G open": "66,18 40,0 8,26 4,70 34,100 66,82! 68,56! 34,58",
    "v curled": "0,10 10,0 30,90! 44,40 60,0 76,4",
    "v unequal": "0,30 28,100! 76,0",
    "y straight": "0,0 34,56 | 70,0 34,56! 34,116",
    "y curled": "0,6 10,0 20,44 44,50 62,0! 54,70 30,110 0,104 14,84 60,70",
    "P flag": "-14,10 0,0 40,0 60,20 40,46 8,48 | 10,0 4,100",
    "P leaning": "20,0 0,100 | 18,4 50,-2 62,22 44,44 12,46",
    "Q open": "60,6 20,0 0,40 14,84 50,88 70,50 56,10 | 40,64 84,106",
    "f crossed low": "60,10 46,0 34,14 24,110 | 0,60 60,54",
    "epsilon": "60,10 34,0 12,16 30,44! 4,62 8,90 36,100 64,84",
    "alpha": "76,4 52,70 24,96 2,60 18,22 44,30 62,76 80,96",
    "circled plus": "50,0 6,24 4,74 50,100 94,74 94,26 50,0 | 50,0 50,100 | 4,50 96,50",
    "circled times": "50,0 6,24 4,74 50,100 94,74 94,26 50,0 | 20,20 80,80 | 80,20 20,80",
    "circled square": "50,0 6,24 4,74 50,100 94,74 94,26 50,0 | 34,36 66,36! 66,66! 34,66! 34,36",
    "crescent": "60,0 10,26 12,76 62,100 36,66 36,34 60,0",
    "play": "0,0 86,50! 0,100! 0,0",
    "diamond": "50,0 100,50! 50,100! 0,50! 50,0",
    "to": "20,0 30,42 | 78,20 22,56 10,84 40,100 82,96",
    "no": "50,12 42,64 18,92 0,62 20,18 64,10 92,46 78,90 52,102",
    "me": "10,10 42,92 | 62,0 40,60 10,90 0,60 40,24 86,40 82,90 58,104",
    "ya": "0,50 60,24 92,40 70,62 | 50,0 58,20 | 20,16 52,112",
    "o": "0,24 92,24 | 58,0 58,100 42,92 | 54,30 0,82",
    "ho katakana": "0,26 92,26 | 46,0 46,100 36,94 | 24,46 4,84 | 68,46 88,84",
    "Fe": "42,20 4,38 4,72 42,84 80,72 80,38 42,20 | 42,-6 42,110",
    "arrow up": "0,44 40,0! 80,44 | 40,0 40,120",
    "arrow down": "0,76 40,120! 80,76 | 40,0 40,120",
    "tree fir": "0,70 44,0! 88,70! 0,70 | 44,70 44,104",
}


_RING_ANGLES_RADIANS = np.linspace(0, 2 * np.pi, 13)


def sign_strokes(sign: str, n: int) -> list[Stroke]:
    """The strokes of n equal drawings of a sign, from its text in `SIGNS`."""
    return [_stroke(text.split(), n) for text in sign.split("|")]


def _stroke(points: list[str], n: int) -> Stroke:
    corners = tuple(i for i, point in enumerate(points) if point.endswith("!"))
    row = [[int(value) / 100 for value in point.rstrip("!").split(",")] for point in points]
    return Stroke(np.tile(np.array(row, np.float32), (n, 1, 1)), corners)


def _polygon(d: Draw, points: list[Point]) -> Stroke:
    return d.stroke(*points, corners=tuple(range(1, len(points) - 1)))


def zigzag(d: Draw) -> list[Stroke]:
    """Up and down again several times, as to strike something out."""
    pitch, lean = d(0.08, 0.25), d(0, 0.3)
    return [_polygon(d, [(i * pitch + lean * (i % 2), i % 2 + d(-0.15, 0.15)) for i in range(9)])]


def _wave(d: Draw) -> list[Stroke]:
    pitch = d(0.15, 0.35)
    return [d.stroke(*((i * pitch, 0.8 * (i % 2) + d(-0.15, 0.15)) for i in range(9)))]


def _spiral(d: Draw) -> list[Stroke]:
    turns, start, flat = d(2.6, 4.2), d(0, 360), d(0.7, 1.0)
    side = np.where(d(0, 1) < 0.5, -1, 1)
    points = []
    for t in np.linspace(0.06, 1, 36):
        angle = side * np.radians(start + 360 * turns * t)
        points.append((0.5 * t * np.cos(angle), 0.5 * t * flat * np.sin(angle)))
    return [d.stroke(*points)]


def _coil(d: Draw) -> list[Stroke]:
    """Loops in a row, as when a pen is tried out."""
    pitch, width = d(0.14, 0.3), d(0.2, 0.4)
    points = []
    for i in range(30):
        angle = 2 * np.pi * i / 7
        points.append((pitch * i / 7 + width * np.cos(angle), 0.5 * np.sin(angle) * d(0.8, 1.1)))
    return [d.stroke(*points)]


def _rings(d: Draw) -> list[Stroke]:
    """Rings that overlap side by side."""
    gap = d(0.35, 0.7)
    return [
        d.stroke(*ellipse(i * gap, d(-0.1, 0.1), d(0.35, 0.5), d(0.35, 0.5), d(0, 360)))
        for i in range(3)
    ]


def _hatching(d: Draw) -> list[Stroke]:
    pitch, lean = d(0.12, 0.2), d(-0.6, 0.6)
    return [
        d.stroke((i * pitch + lean, d(-0.08, 0.08)), (i * pitch, 1 + d(-0.08, 0.08)))
        for i in range(6)
    ]


def _cross_hatching(d: Draw) -> list[Stroke]:
    pitch = d(0.22, 0.3)
    level = [d.stroke((d(-0.2, 0), i * pitch), (d(0.9, 1.1), i * pitch)) for i in range(4)]
    upright = [d.stroke((i * pitch, d(-0.2, 0)), (i * pitch, d(0.9, 1.1))) for i in range(4)]
    return level + upright


def _crossed_lines(d: Draw) -> list[Stroke]:
    """Three to five lines at any angles, all across each other."""
    strokes = []
    for i in range(4):
        angle = np.pi * (i / 4 + d(-0.08, 0.08))
        x, y = d(-0.12, 0.12), d(-0.12, 0.12)
        dx, dy = 0.5 * np.cos(angle), 0.5 * np.sin(angle)
        strokes.append(d.stroke((x - dx, y - dy), (x + dx, y + dy)))
    return strokes


def _blot(d: Draw) -> list[Stroke]:
    """Rings within each other, so wide that they leave no hole."""
    rx, ry = d(0.22, 0.4), d(0.22, 0.4)
    edge = [
        (rx * d(0.6, 1.1) * np.cos(a), ry * d(0.6, 1.1) * np.sin(a)) for a in _RING_ANGLES_RADIANS
    ]
    rings = [d.stroke(*((part * x, part * y) for x, y in edge)) for part in (1, 0.75, 0.5, 0.25)]
    return [Stroke(ring.points, width=7) for ring in rings]


def _tangle(d: Draw) -> list[Stroke]:
    return [d.stroke(*((d(0, 1), d(0, 1)) for _ in range(18)))]


def _angular_tangle(d: Draw) -> list[Stroke]:
    return [_polygon(d, [(d(0, 1), d(0, 1)) for _ in range(14)])]


def _box(d: Draw) -> list[Stroke]:
    w = d(0.8, 1.6)
    return [_polygon(d, [(0, 0), (w, 0), (w, 1), (0, 1), (0, d(-0.05, 0.05))])]


def _crossed_box(d: Draw) -> list[Stroke]:
    w = d(0.7, 1.5)
    return [*_box(d), d.stroke((0, 0), (w, 1)), d.stroke((w, 0), (0, 1))]


def _table(d: Draw) -> list[Stroke]:
    w, x, y = d(0.9, 1.5), d(0.3, 0.6), d(0.3, 0.7)
    return [
        _polygon(d, [(0, 0), (w, 0), (w, 1), (0, 1), (0, 0)]),
        d.stroke((x, 0), (x, 1)),
        d.stroke((0, y), (w, y)),
    ]


def _triangle(d: Draw) -> list[Stroke]:
    return [_polygon(d, [(d(0.2, 0.8), 0), (1, d(0.8, 1)), (0, d(0.8, 1)), (d(0.45, 0.55), 0)])]


def _arrow(d: Draw) -> list[Stroke]:
    """In one of the directions that leave no doubt: level, or down to either side."""
    angle = np.where(d(0, 1) < 0.5, 0, np.pi) + d(-0.4, 0.4)
    head, wing = d(0.2, 0.4), d(0.4, 0.8)
    tip_x, tip_y = np.cos(angle), np.sin(angle)
    wings = [
        (tip_x - head * np.cos(angle + side * wing), tip_y - head * np.sin(angle + side * wing))
        for side in (-1, 1)
    ]
    return [d.stroke((0, 0), (tip_x, tip_y)), _polygon(d, [wings[0], (tip_x, tip_y), wings[1]])]


def _five_pointed_star(d: Draw) -> list[Stroke]:
    turns = [np.pi * (0.8 * i - 0.5) for i in range(6)]
    return [_polygon(d, [(0.5 * np.cos(t), 0.5 * np.sin(t)) for t in turns])]


def _face(d: Draw) -> list[Stroke]:
    eye, mouth = d(0.12, 0.22), d(0.1, 0.25)
    return [
        d.stroke(*ellipse(0, 0, 0.5, 0.5, d(0, 360))),
        d.stroke((-eye, -0.18), (-eye, -0.12)),
        d.stroke((eye, -0.18), (eye, -0.12)),
        d.stroke((-0.25, 0.15), (0, 0.15 + mouth), (0.25, 0.15)),
    ]


def _struck_out(d: Draw) -> list[Stroke]:
    """A word that was crossed out: small waves below two lines."""
    waves = d.stroke(*((0.12 * i, 0.3 * (i % 2) + d(-0.12, 0.12)) for i in range(13)))
    lines = [d.stroke((d(-0.2, 0), d(0, 0.3)), (1.44 + d(0, 0.2), d(0, 0.3))) for _ in range(2)]
    return [waves, *lines]


def _dots(d: Draw) -> list[Stroke]:
    dots = [(d(0, 1), d(0, 1)) for _ in range(7)]
    return [Stroke(d.stroke((x, y), (x + 0.01, y)).points, width=2.5) for x, y in dots]


def _character(d: Draw, strokes: int) -> list[Stroke]:
    """A sign of no script: some strokes between points of a lattice of three by three."""
    # Each point only once, because strokes upon each other often are a lone line, like a 1.
    order = np.argsort([d(0, 1) for _ in range(9)], axis=0)
    points: list[Point] = [
        (cell % 3 * 0.45 + d(-0.1, 0.1), cell // 3 * 0.5 + d(-0.1, 0.1)) for cell in order
    ]
    rounds = itertools.cycle(points)
    return [d.stroke(*itertools.islice(rounds, 3 - i % 2)) for i in range(strokes)]


CHARACTERS: tuple[Callable[[Draw], list[Stroke]], ...] = tuple(
    functools.partial(_character, strokes=strokes) for strokes in (2, 3, 4)
)

SCRIBBLES: tuple[Callable[[Draw], list[Stroke]], ...] = (
    zigzag,
    _wave,
    _spiral,
    _coil,
    _rings,
    _hatching,
    _cross_hatching,
    _crossed_lines,
    _blot,
    _tangle,
    _angular_tangle,
    _box,
    _crossed_box,
    _table,
    _triangle,
    _arrow,
    _five_pointed_star,
    _face,
    _struck_out,
    _dots,
)
