"""What the networks say of a line: one look at its strip, more of them where that is unsure."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from edgedigit.lines.boxes import sign_boxes
from edgedigit.lines.decoding import (
    MARK_LABELS,
    Sign,
    best_signs,
    count_probabilities,
    text_probability,
    without_marks,
)
from edgedigit.lines.ink import MIN_INK_LEVEL
from edgedigit.lines.layout import Layout, Line
from edgedigit.lines.strips import cut_strip, padded_strip
from edgedigit.model import STRIP_COLUMNS_PER_ANSWER, STRIP_ROWS
from edgedigit.normalize.fitting import SIDE, fit
from edgedigit.raster.part import Part
from edgedigit.raster.resampling import block_averages
from edgedigit.results import DIGIT_COUNT, OTHER_SIGN, SIGNS, Box

Grey = NDArray[np.uint8]


class Networks(Protocol):
    """What is asked: the digits' network and the lines'; a `Classifier` has both."""

    def probabilities(self, inks: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The probability of each label for normalised pictures."""

    def line_probabilities(self, strips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The probability of each sign for each four columns of strips."""


class _View(NamedTuple):
    """How a line is cut out: margins in heights of its ink, and whether within the picture."""

    above_heights: float
    beside_heights: float
    within_picture: bool


_VIEWS = _View(0.2, 0.4, False), _View(0.32, 0.8, True), _View(0.1, 0.3, False)
# Of a text that is as sure in one look, or on average in two, nothing more is asked.
_MIN_PROBABILITY_OF_ONE, _MIN_PROBABILITY_OF_TWO = 0.98, 0.9
# So large a page is looked at once, or a page of letters would take seconds.
_MAX_LINES_OF_SEVERAL_LOOKS = 24
# Of the strips of a picture in all, at 10 us each. A page of 2,000 digits has as many; low lines
# across a large picture have ten times as many.
_MAX_COLUMNS = 50_000
_MIN_NUMBER_PROBABILITY = 0.5
# Of a line that nobody looked at: next to nothing is known of it.
_UNSEEN_PROBABILITY = 1e-12
_MAX_DIGITS_PER_SIGN, _MAX_FURTHER_DIGITS = 2, 8
# Slashes and signs that are none of ours are rarer than in what the network learned from, where a
# slanted 1 looks like a slash, an open 0 like a C (Saerens, Latinne and Decaestecker, "Adjusting
# the outputs of a classifier to new a priori probabilities: a simple procedure", 2002).
_SIGN_WEIGHTS = np.ones(len(SIGNS) + 1, np.float32)
_SLASH = SIGNS.index("/")
_OTHER = SIGNS.index(OTHER_SIGN)
_SIGN_WEIGHTS[[_SLASH, _OTHER]] = 0.5, 0.25
# Of a slash that begins or ends a text: it stands between numbers, and a slanted 1 anywhere.
_OUTER_SLASH_WEIGHT = 0.1
_MIN_OPINION = 1e-3
# Digits, and what the classifier calls no digit: in its training as frequent as all of them.
_OPINION_LABELS = [*range(DIGIT_COUNT), _OTHER]
_OPINION_WEIGHTS = np.array([1.0] * DIGIT_COUNT + [0.1], np.float32)
_MIN_SURE_ANSWER = 0.998
# Of a mark whose ink goes on at a side: it is a part of a digit more often.
_JOINED_MARK_WEIGHT = 0.1
_OPINION_PADDING_PIXELS = 2
# Larger ink is reduced: several pixels are left for each one of the 28 x 28.
_MAX_FITTED_SIDE_PIXELS = 96


class Look(NamedTuple):
    """One look at a line.

    Attributes:
        line: Where it is.
        answers: float32 of shape (columns, labels), see `decoding`.
        signs: The best ones by these.
        left: Where the strip begins, in pixels of the picture.
        scale: Pixels of the picture for each row or column of the strip.
    """

    line: Line
    answers: NDArray[np.float32]
    signs: list[Sign]
    left: float
    scale: float

    @property
    def labels(self) -> list[int]:
        """Its text, as places in `SIGNS`."""
        return [sign.label for sign in self.signs]

    def centres(self, signs: Sequence[Sign]) -> list[float]:
        """The middles of signs, in pixels of the picture from the left."""
        pixels = STRIP_COLUMNS_PER_ANSWER * self.scale
        return [self.left + (sign.first + sign.end) / 2 * pixels for sign in signs]


class Looks(NamedTuple):
    """All looks at a line.

    Attributes:
        best: The one of which the text is most probable in all of them together.
        every: All of them.
        probability: The mean probability of that text.
    """

    best: Look
    every: list[Look]
    probability: float

    def text_probability(self, labels: list[int]) -> float:
        """The mean probability of a text; see `decoding`."""
        if labels == self.best.labels:
            return self.probability
        return _mean_probability(self.every, labels)

    @property
    def most_digits(self) -> int:
        """More than so many are as good as impossible."""
        signs = max(len(look.signs) for look in self.every)
        return _MAX_DIGITS_PER_SIGN * signs + _MAX_FURTHER_DIGITS

    def count_probabilities(self, most: int) -> NDArray[np.float64]:
        """The mean probability of each number of digits up to `most`, or `most_digits`."""
        most = min(most, self.most_digits)
        counts = [count_probabilities(look.answers, most) for look in self.every]
        return np.asarray(np.mean(counts, axis=0), np.float64)


def look_at_all(grey: Grey, layout: Layout, networks: Networks, marks: bool) -> list[Looks]:
    """Asks the networks about the lines of a picture.

    What is written in lines that are too long in all is one sign that is none of ours, and so
    improbable that no reading with it is sure.

    Args:
        grey: The picture, uint8 of shape (height, width).
        layout: What was found in it.
        networks: Those that are asked.
        marks: Whether marks are signs; else they are nothing.
    """
    columns = [_box(line, _VIEWS[0], grey).columns for line in layout.lines]
    once = len(columns) > _MAX_LINES_OF_SEVERAL_LOOKS
    once |= sum(columns) * len(_VIEWS) > _MAX_COLUMNS
    looks, left = [], _MAX_COLUMNS
    for line, own in zip(layout.lines, columns, strict=True):
        is_seen = own <= left
        left -= own if is_seen else 0
        looks.append(
            _looks_at(grey, layout, line, networks, marks, once) if is_seen else _unseen(line)
        )
    return looks


def is_probably_number(looks: Looks) -> bool:
    """Whether a line that may as well be dirt, or small print, is a number of several digits."""
    labels = looks.best.labels
    is_number = sum(label < DIGIT_COUNT for label in labels) > 1 and _OTHER not in labels
    return is_number and looks.probability >= _MIN_NUMBER_PROBABILITY


def _unseen(line: Line) -> Looks:
    """What is said of a line that nobody looked at."""
    answers = np.zeros((1, len(SIGNS) + 1), np.float32)
    answers[0, _OTHER] = _UNSEEN_PROBABILITY
    scale = (line.right - line.left) / STRIP_COLUMNS_PER_ANSWER
    return _best_of([Look(line, answers, best_signs(answers), line.left, scale)])


def _looks_at(
    grey: Grey, layout: Layout, line: Line, networks: Networks, marks: bool, once: bool
) -> Looks:
    first = _look(grey, layout, line, networks, marks, _VIEWS[0])
    looks = _best_of([first])
    if once or looks.probability >= _MIN_PROBABILITY_OF_ONE:
        return looks
    every: list[Look] = []
    for place, view in enumerate(_VIEWS):
        look = _look(grey, layout, line, networks, marks, view) if place else first
        every.append(_with_opinions(look, layout, networks))
        looks = _best_of(every)
        if looks.probability >= (_MIN_PROBABILITY_OF_TWO if place else _MIN_PROBABILITY_OF_ONE):
            break
    return looks


def _best_of(every: list[Look]) -> Looks:
    """Looks with that of the text which is most probable in all of them."""
    texts = {tuple(look.labels): look for look in reversed(every)}
    probabilities = {text: _mean_probability(every, list(text)) for text in texts}
    best = max(probabilities, key=probabilities.__getitem__)
    return Looks(texts[best], every, probabilities[best])


def _mean_probability(every: list[Look], labels: list[int]) -> float:
    """The mean probability of a text, to so many looks."""
    return float(np.mean([text_probability(look.answers, labels) for look in every]))


class _Box(NamedTuple):
    """What a strip shows, in pixels of the picture, which it may reach beyond."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def scale(self) -> float:
        """Pixels of the picture for each row or column of the strip."""
        return (self.bottom - self.top) / STRIP_ROWS

    @property
    def columns(self) -> int:
        """Of the strip."""
        return round((self.right - self.left) / self.scale)


def _box(line: Line, view: _View, grey: Grey) -> _Box:
    wide = line.right - line.left
    # The box of a line that slopes is higher than what is written.
    high = max(line.bottom - line.top - abs(line.slope) * wide, (line.bottom - line.top) / 4)
    middle = (line.top + line.bottom) / 2
    above, beside = high * (0.5 + view.above_heights), high * view.beside_heights
    box = _Box(line.left - beside, middle - above, line.right + beside, middle + above)
    if not view.within_picture:
        return box
    height, width = grey.shape
    return _Box(
        max(box.left, 0.0), max(box.top, 0.0), min(box.right, width), min(box.bottom, height)
    )


def _look(
    grey: Grey, layout: Layout, line: Line, networks: Networks, marks: bool, view: _View
) -> Look:
    box = _box(line, view, grey)
    answers = answers_to(cut_strip(grey, box, line.slope, layout.is_dark), networks)
    if not marks:
        answers = without_marks(answers)
    return Look(line, answers, best_signs(answers), box.left, box.scale)


def answers_to(strip: Grey, networks: Networks) -> NDArray[np.float32]:
    """What the line network says of a strip, of shape (40, columns); see `decoding`."""
    answers = _weighted(networks.line_probabilities(padded_strip(strip))[0], _SIGN_WEIGHTS)
    signs = best_signs(answers)
    outer = [sign for sign in signs[:1] + signs[-1:] if sign.label == _SLASH]
    for sign in outer:
        answers[sign.first : sign.end, _SLASH] *= _OUTER_SLASH_WEIGHT
    return _weighted(answers, 1) if outer else answers


def look_at(grey: Grey, layout: Layout, line: Line, networks: Networks) -> Look:
    """One look at a line, marks included."""
    return _look(grey, layout, line, networks, True, _VIEWS[0])


def _weighted(
    answers: NDArray[np.float32], weights: NDArray[np.float32] | float
) -> NDArray[np.float32]:
    """A network's answers, of shape (columns, labels), with signs as frequent as they are."""
    answers = answers * weights
    weighed: NDArray[np.float32] = answers / answers.sum(axis=1, keepdims=True)
    return weighed


def _with_opinions(look: Look, layout: Layout, networks: Networks) -> Look:
    """The answers where they are doubtful, with what the ink says.

    Of a digit whose ink stands alone the classifier says which one it is, or none: a bracket alone
    is a 1 to it. A mark is doubted where it has no ink of its own.
    """
    signs, answers = look.signs, look.answers.copy()
    doubtful = [
        place
        for place, sign in enumerate(signs)
        if answers[sign.first : sign.end, sign.label].max() < _MIN_SURE_ANSWER
    ]
    if not doubtful:
        return look
    boxes = sign_boxes(layout, look.line, look.centres(signs))
    alone = {place for place in doubtful if _is_alone(layout, boxes[place])}
    for place in set(doubtful) - alone:
        if signs[place].label in MARK_LABELS:
            columns = slice(signs[place].first, signs[place].end)
            answers[columns, signs[place].label] *= _JOINED_MARK_WEIGHT
    asked = [place for place in sorted(alone) if signs[place].label < DIGIT_COUNT]
    inks = [_ink_in(layout, boxes[place]) for place in asked]
    rows = networks.probabilities(_fitted(inks)) if inks else np.empty((0, 0))
    for place, row in zip(asked, rows, strict=True):
        columns = slice(signs[place].first, signs[place].end)
        part = answers[columns, _OPINION_LABELS]
        weighed = part * np.maximum(row * _OPINION_WEIGHTS, _MIN_OPINION)
        # How probable it is that one of these is there stays as it was.
        total = np.maximum(weighed.sum(axis=1, keepdims=True), 1e-12)
        answers[columns, _OPINION_LABELS] = weighed * (part.sum(axis=1, keepdims=True) / total)
    answers /= answers.sum(axis=1, keepdims=True)
    return look._replace(answers=answers, signs=best_signs(answers))


def _working_box(layout: Layout, box: Box) -> Box:
    """A box in pixels of the working picture."""
    scale = layout.scale
    return Box(box.left // scale, box.top // scale, -(-box.right // scale), -(-box.bottom // scale))


def _is_alone(layout: Layout, box: Box) -> bool:
    """Whether no ink goes on at the left or the right of a box."""
    left, top, right, bottom = _working_box(layout, box)
    rows = layout.ink[top:bottom]
    sides = rows[:, max(left - 1, 0) : left], rows[:, right : right + 1]
    return not any((side >= MIN_INK_LEVEL).any() for side in sides)


def _ink_in(layout: Layout, box: Box) -> NDArray[np.uint8]:
    """The ink in a box, reduced where it is large."""
    left, top, right, bottom = _working_box(layout, box)
    ink = layout.ink[top:bottom, left:right]
    reduced: NDArray[np.uint8] = block_averages(
        ink[None], -(-max(ink.shape) // _MAX_FITTED_SIDE_PIXELS)
    )[0]
    return reduced


def _fitted(inks: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Ink as the classifier takes it: uint8 of shape (n, 28, 28)."""
    margin = _OPINION_PADDING_PIXELS
    side = max(SIDE, max(max(ink.shape) for ink in inks) + 2 * margin)
    squares = np.zeros((len(inks), side, side), np.uint8)
    for square, ink in zip(squares, inks, strict=True):
        square[margin : margin + ink.shape[0], margin : margin + ink.shape[1]] = ink
    return fit(Part.of(squares), MIN_INK_LEVEL)
