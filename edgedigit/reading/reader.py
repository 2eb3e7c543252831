"""Reads whole numbers: several digits in one picture, line by line."""

from __future__ import annotations

import dataclasses
import functools
import math
import operator
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edgedigit.classifier import Classifier, checked_classifier
from edgedigit.images import Corners, Grey, ImageLike, as_grey, brightened, checked_region
from edgedigit.lines.boxes import sign_boxes, trimmed
from edgedigit.lines.decoding import Sign, best_of_counts
from edgedigit.lines.ink import MIN_INK_LEVEL
from edgedigit.lines.layout import Layout, find_layout, smaller_lines
from edgedigit.lines.looks import Looks, is_probably_number, look_at_all
from edgedigit.normalize import Ink, Turn
from edgedigit.reading.options import ReadOptions, checked_options
from edgedigit.reading.parts import read_part
from edgedigit.results import (
    DIGIT_COUNT,
    OTHER_SIGN,
    SIGNS,
    Box,
    Prediction,
    ReadDigit,
    Reading,
    ReadMark,
    Refusal,
)

# A number that is said to have so many digits has as many at least so probably.
_MIN_LENGTH_PROBABILITY = 0.35
# Lines that are less probable, all together, may be a single digit, of segments for example, unless
# one of them is a number that is sure by itself, or they are longer than any digit.
_MIN_LINES_CONFIDENCE, _MIN_NUMBER_CONFIDENCE = 0.7, 0.85
_MAX_DIGIT_LENGTH_HEIGHTS = 3
# So sure of one digit the classifier has to be where there are lines, but none that are sure.
_MIN_ALONE_CONFIDENCE = 0.9
# A digit that is more probably wrong than right is refused.
_MIN_DIGIT_PROBABILITY = 0.5
# Columns of the network's answers times digits, at 0.3 us each: 800 digits in one line have fewer,
# and so have 2,000 in fifty.
_MAX_COUNTED = 4_000_000
_OTHER = SIGNS.index(OTHER_SIGN)


def read(
    image: ImageLike,
    ink: Ink = "auto",
    spaces: bool = False,
    length: int | None = None,
    classifier: Classifier | None = None,
    region: Corners | None = None,
    turn: Turn = "exif",
    *,
    marks: bool = True,
) -> Reading:
    """Reads all digits in a picture: a number, a form field, lines of numbers, a page.

    Args:
        image: As for `Classifier.classify`.
        ink: Whether the ink is darker or lighter than the paper; "auto" finds out.
        spaces: Whether the text has spaces where gaps in a line separate numbers.
        length: The number of digits, where that is known: the best reading that has so many is
            taken. Where the picture does not hold so many about as well as another number, the
            reading is refused, and says what it says without.
        classifier: The classifier whose model reads; None is the default one.
        region: As for `Classifier.classify`; boxes are those of the whole picture all the same.
        turn: As for `Classifier.classify`; boxes are those of the picture as it is seen.
        marks: Whether the marks . , - / : between digits are read; other signs are ? in any case.

    Raises:
        TypeError: An argument is of the wrong type.
        FileNotFoundError, ImageError: As for `Classifier.classify`.
        ValueError: `ink` or `turn` is none of those, `region` is none, or `length` is less than 1.
        ModelError: The default model cannot be loaded.
    """
    checked_options(
        ReadOptions(ink=ink, spaces=spaces, length=length, region=region, turn=turn, marks=marks)
    )
    part = checked_region(region)
    classifier = checked_classifier(classifier)
    read_grey = functools.partial(
        _read_grey, ink=ink, spaces=spaces, length=length, classifier=classifier, marks=marks
    )
    return read_part(as_grey(image, classifier.max_pixels), part, turn, read_grey)


def _read_grey(
    grey: Grey,
    ink: Ink,
    spaces: bool,
    length: int | None,
    classifier: Classifier,
    marks: bool,
) -> Reading:
    """Reads all digits in a picture as it stands; the arguments are those of `read`."""
    grey = brightened(grey)
    layout = find_layout(grey, ink)
    lines = look_at_all(grey, layout, classifier, marks)
    smaller = look_at_all(grey, smaller_lines(layout, grey.shape), classifier, marks)
    numbers = list(filter(is_probably_number, smaller))
    if numbers:
        lines = sorted(lines + numbers, key=lambda each: each.best.line.top + each.best.line.bottom)
    signs, chance, is_length = _decoded(lines, length)
    # That there are so many digits is given: the lines share what is as probable as that.
    given = chance ** (1 / max(len(lines), 1))
    read_lines, confidence = [], 1.0
    is_several = _is_long(layout)
    for line, of_line in zip(lines, signs, strict=True):
        own, sure = _read_line(layout, line, of_line, given, classifier)
        confidence *= sure
        if own:
            read_lines.append(own)
            is_several |= len(own) > 1 and sure >= _MIN_NUMBER_CONFIDENCE
    may_be_one = length in (None, 1)
    is_doubtful = confidence < _MIN_LINES_CONFIDENCE and not is_several
    if not read_lines or (may_be_one and is_doubtful):
        least = _MIN_ALONE_CONFIDENCE if read_lines else 0.0
        alone = _read_alone(grey, ink, layout, classifier, least)
        if alone is not None:
            read_lines, confidence = [(alone,)], alone.prediction.confidence
            is_length = may_be_one
    reading = Reading(tuple(read_lines), confidence if read_lines else 0.0, None, spaces)
    refusal = None
    if not read_lines:
        refusal = Refusal.BLANK
    elif not is_length:
        refusal = Refusal.LENGTH
    elif reading.refused or confidence < classifier.line_threshold:
        refusal = Refusal.UNSURE
    return dataclasses.replace(reading, refusal=refusal)


def _is_long(layout: Layout) -> bool:
    """Whether all lines together are longer than a digit is, of which they might be parts."""
    if not layout.lines:
        return False
    lefts, tops, rights, bottoms = zip(*(line[:4] for line in layout.lines), strict=True)
    wide: int = max(rights) - min(lefts)
    high: int = max(bottoms) - min(tops)
    return wide > _MAX_DIGIT_LENGTH_HEIGHTS * high


def _read_alone(
    grey: Grey, ink: Ink, layout: Layout, classifier: Classifier, least: float
) -> ReadDigit | None:
    """The one digit that a picture shows, such as a 1 that might be a rule; or None.

    Args:
        grey: As for `_read_grey`, and so are `ink` and `classifier`.
        ink: See there.
        layout: The picture's.
        classifier: See there.
        least: The least confidence.
    """
    [(answer, _)] = classifier.classify_greys([np.ascontiguousarray(grey)], ink, "exif")
    if answer.digit is None or answer.confidence < least:
        return None
    box = trimmed(layout.ink >= MIN_INK_LEVEL)
    if box is None:
        return None
    top, left, bottom, right = (side * layout.scale for side in box)
    height, width = grey.shape
    return ReadDigit(answer, Box(left, top, min(right, width), min(bottom, height)))


def _decoded(lines: Sequence[Looks], length: int | None) -> tuple[list[list[Sign]], float, bool]:
    """The signs of each line, the probability that there are so many digits, and whether it does.

    Returns:
        The second is 1 where no number is wanted; the third is False where the picture does not
        hold `length` digits.
    """
    free = [line.best.signs for line in lines]
    if length is None:
        return free, 1.0, True
    most = [min(length, line.most_digits) for line in lines]
    chance = np.ones(1)
    if sum(map(operator.mul, most, (len(line.best.answers) for line in lines))) <= _MAX_COUNTED:
        for line in lines:
            chance = np.convolve(chance, line.count_probabilities(length))[: length + 1]
    if len(chance) <= length or chance[length] < _MIN_LENGTH_PROBABILITY:
        return free, 1.0, False
    ways = [best_of_counts(line.best.answers, own) for line, own in zip(lines, most, strict=True)]
    # By the number of digits so far: the logarithm of the probability, and the digits of each line.
    found: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}
    for of_line in ways:
        longer: dict[int, tuple[float, list[int]]] = {}
        of_counts = of_line.logarithms.max(axis=0).tolist()
        for count, (logarithm, counts) in found.items():
            for more, extra in enumerate(of_counts[: length + 1 - count]):
                both, total = count + more, logarithm + extra
                if both not in longer or total > longer[both][0]:
                    longer[both] = total, [*counts, more]
        found = longer
    counts = found[length][1]
    signs = [of_line.signs(count) for of_line, count in zip(ways, counts, strict=True)]
    return signs, float(chance[length]), True


def _read_line(
    layout: Layout, line: Looks, signs: list[Sign], given: float, classifier: Classifier
) -> tuple[tuple[ReadDigit | ReadMark, ...], float]:
    """The signs of a line, and the probability that they are right as they stand.

    In a line that is not sure enough, digits that are more probably wrong than right are refused.
    """
    threshold, calibration = classifier.line_threshold, classifier.line_calibration

    def confidence(probability: float) -> float:
        return calibrated(min(probability / given, 1.0), calibration)

    labels = [sign.label for sign in signs]
    sure = confidence(line.text_probability(labels))
    rows = [_sign_probabilities(line.best.answers, sign) for sign in signs]
    refused: set[int] = set()
    if sure < threshold:
        least = min(threshold, _MIN_DIGIT_PROBABILITY)
        refused = {
            place
            for place, (label, (row, there)) in enumerate(zip(labels, rows, strict=True))
            if label < DIGIT_COUNT and there * row[label] < least
        }
    if refused:
        stands = [_OTHER if place in refused else label for place, label in enumerate(labels)]
        sure = confidence(line.text_probability(stands))
    boxes = sign_boxes(layout, line.best.line, line.best.centres(signs)) if signs else []
    read: list[ReadDigit | ReadMark] = []
    for place, (label, (row, _), box) in enumerate(zip(labels, rows, boxes, strict=True)):
        if label < DIGIT_COUNT:
            digit, refusal = (None, Refusal.UNSURE) if place in refused else (label, None)
            answer = Prediction(digit, float(row[label]), row[:DIGIT_COUNT], label, refusal)
            read.append(ReadDigit(answer, box))
        else:
            read.append(ReadMark(SIGNS[label], float(row[label]), box))
    return tuple(read), sure


def _sign_probabilities(
    answers: NDArray[np.float32], sign: Sign
) -> tuple[NDArray[np.float32], float]:
    """The probability of each sign where one was found, and that one is there at all."""
    columns = answers[sign.first : sign.end, :-1]
    row = columns[columns[:, sign.label].argmax()]
    there = float(row.sum())
    return np.asarray(row / max(there, 1e-9), np.float32), there


def calibrated(probability: float, calibration: tuple[float, float]) -> float:
    """A confidence that means what it says.

    Args:
        probability: What the network gives a text, 0 to 1.
        calibration: Slope and offset of the logit (Platt, "Probabilistic outputs for support
            vector machines", 1999).
    """
    slope, offset = calibration
    bounded = min(max(probability, 1e-9), 1 - 1e-9)
    logit = slope * math.log(bounded / (1 - bounded)) + offset
    return 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0
