"""A second look at a picture of one digit: the line network sees the grey picture, not the ink.

Frames, rules, cards, rings, shadows and outlines, which are ink to the normalisation, are something
that the line network has learned to look past.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.images import is_even
from edgedigit.lines.decoding import count_probabilities, lone_sign_probabilities
from edgedigit.lines.ink import is_page_ink_dark
from edgedigit.lines.layout import Layout, find_layout
from edgedigit.lines.looks import Networks, look_at
from edgedigit.lines.strips import cut_strip, padded_strip
from edgedigit.normalize import Ink
from edgedigit.results import DIGIT_COUNT, OTHER_SIGN, SIGNS

# Margins around all ink that the layout finds, in heights of it.
_ABOVE_HEIGHTS, _BESIDE_HEIGHTS = 0.2, 0.4
# What is longer is no single digit.
_MAX_LENGTH_HEIGHTS = 4
_MIN_PROBABILITY = 1e-4
_MIN_LINE_PROBABILITY = 0.9
_MIN_EXPECTED_PROBABILITY = 0.5
_MIN_SEVERAL_PROBABILITY = 0.7
# With less between them they may be the halves of one digit: of a broken one, which is not as slim
# as two digits, or of one of seven segments, of which a 1 looks like two and a 7 like a 7 on a 1.
_MIN_GAP_HEIGHTS = 0.2
_MIN_COLUMN_HEIGHT_WIDTHS = 1.9
_SEGMENT_HALVES = {(1, 1), (7, 1)}
_OTHER = SIGNS.index(OTHER_SIGN)


class Calibration(NamedTuple):
    """What makes a confidence of what both networks say: weights in a logistic regression.

    Attributes:
        offset: Of the logit.
        digit: Weight of the logit of the best digit's probability, to the line network.
        other_digits: Of that of the best other digit's.
        other_signs: Of that of a sign that is no digit.
        ink_digit: As `digit`, but to the network of digits, which saw the ink.
        ink_other_digits: Likewise.
        ink_other_signs: Likewise.
    """

    offset: float
    digit: float
    other_digits: float
    other_signs: float
    ink_digit: float
    ink_other_digits: float
    ink_other_signs: float


class LoneDigit(NamedTuple):
    """A digit that stands alone in a picture.

    Attributes:
        digit: The most probable one.
        confidence: The probability that it is right, 0 to 1.
        probabilities: float32 of shape (10,), of which one is the confidence.
        is_one_of_several: Whether the line network sees several digits: below each other, or where
            one is expected.
    """

    digit: int
    confidence: float
    probabilities: NDArray[np.float32]
    is_one_of_several: bool


class Evidence(NamedTuple):
    """What the line network says of a picture of a single digit.

    Attributes:
        alone: float64 of shape (signs,), the largest probability, in several looks, that each sign
            stands alone.
        several: The mean probability, 0 to 1, that there are several digits; 1 where they stand
            below each other, and no sign alone; 0 where no digit is expected, or that one is seen
            at once.
    """

    alone: NDArray[np.float64]
    several: float = 0.0


def find_lone_digit(
    grey: NDArray[np.uint8],
    ink: Ink,
    networks: Networks,
    calibration: Calibration,
    of_ink: NDArray[np.floating],
    expected: int | None = None,
) -> LoneDigit | None:
    """Looks for a single digit in a grey picture.

    Args:
        grey: uint8 of shape (height, width).
        ink: As for `Classifier.classify`.
        networks: Of which the line network is asked.
        calibration: What its answers mean.
        of_ink: What the network of digits says of the picture's ink, of shape (10,); zeros where it
            has none.
        expected: As for `lone_evidence`.

    Returns:
        None where there is nothing to see, or something much longer than high.
    """
    seen = lone_evidence(grey, ink, networks, expected)
    if seen is None:
        return None
    digits = seen.alone[:DIGIT_COUNT]
    if not seen.alone.any():
        return LoneDigit(0, 0.0, digits.astype(np.float32), is_one_of_several=True)
    best = int(digits.argmax())
    logit = calibration.offset + float(np.dot(calibration[1:], features_of(seen.alone, of_ink)))
    confidence = 1 / (1 + math.exp(-min(max(logit, -30.0), 30.0)))
    others = digits / max(digits.sum() + seen.alone[_OTHER] - digits[best], 1e-9)
    # However little confidence there is, the best digit has the most.
    others = np.minimum((1 - confidence) * others, 0.999 * confidence)
    probabilities = others.astype(np.float32)
    probabilities[best] = confidence
    probabilities.flags.writeable = False
    return LoneDigit(best, confidence, probabilities, seen.several >= _MIN_SEVERAL_PROBABILITY)


def lone_evidence(
    grey: NDArray[np.uint8], ink: Ink, networks: Networks, expected: int | None = None
) -> Evidence | None:
    """What the line network says of a picture, whole and in the box of its ink.

    Args:
        grey: As for `find_lone_digit`, and so are the others.
        ink: See there.
        networks: See there.
        expected: A digit; a first look that sees it is the only one.

    Returns:
        None as there.
    """
    if is_even(grey):
        return None
    looks: list[NDArray[np.float32]] = []

    def look(box: tuple[float, float, float, float], is_dark: bool) -> None:
        if box[2] - box[0] <= _MAX_LENGTH_HEIGHTS * (box[3] - box[1]):
            strip = padded_strip(cut_strip(grey, box, is_dark=is_dark))
            looks.append(networks.line_probabilities(strip)[0])

    whole = 0.0, 0.0, float(grey.shape[1]), float(grey.shape[0])
    if expected is not None:
        # Where lines are takes longer to find than this look.
        ink = "dark" if is_page_ink_dark(grey, ink) else "light"
        look(whole, ink == "dark")
        alone = [lone_sign_probabilities(answers) for answers in looks]
        if alone and alone[0][expected] >= _MIN_EXPECTED_PROBABILITY:
            return Evidence(alone[0])
    layout = find_layout(grey, ink)
    if len(layout.lines) > 1 and _are_digits(grey, layout, networks):
        return Evidence(np.zeros(len(SIGNS)), several=1.0)
    if expected is None:
        look(whole, layout.is_dark)
    if layout.lines:
        left, top = min(line.left for line in layout.lines), min(line.top for line in layout.lines)
        right = max(line.right for line in layout.lines)
        bottom = max(line.bottom for line in layout.lines)
        above, beside = _ABOVE_HEIGHTS * (bottom - top), _BESIDE_HEIGHTS * (bottom - top)
        box = left - beside, top - above, right + beside, bottom + above
        # What stands out may be a dark card with a light digit on it.
        look(box, layout.is_dark)
        look(box, not layout.is_dark)
    most = np.max([lone_sign_probabilities(answers) for answers in looks], axis=0, initial=0.0)
    if not most.any():
        return None
    one_or_none = [1.0]
    if expected is not None:
        one_or_none = [count_probabilities(answers, 1).sum() for answers in looks]
    return Evidence(most, 1 - float(np.mean(one_or_none)))


def _are_digits(grey: NDArray[np.uint8], layout: Layout, networks: Networks) -> bool:
    """Whether the two highest lines are a digit each, as those below each other are."""
    highest = sorted(layout.lines, key=lambda line: line.top - line.bottom)[:2]
    if any(
        line.right - line.left > _MAX_LENGTH_HEIGHTS * (line.bottom - line.top) for line in highest
    ):
        return False
    upper, lower = sorted(highest, key=lambda line: line.top)
    is_close = lower.top - upper.bottom < _MIN_GAP_HEIGHTS * (upper.bottom - upper.top)
    width = max(line.right - line.left for line in highest)
    if is_close and lower.bottom - upper.top < _MIN_COLUMN_HEIGHT_WIDTHS * width:
        return False
    best: list[int] = []
    for line in (upper, lower):
        seen = look_at(grey, layout, line, networks).answers
        digits = lone_sign_probabilities(seen)[:DIGIT_COUNT]
        if digits.sum() < _MIN_LINE_PROBABILITY:
            return False
        best.append(int(digits.argmax()))
    return not (is_close and tuple(best) in _SEGMENT_HALVES)


def features_of(seen: NDArray[np.float64], of_ink: NDArray[np.floating]) -> list[float]:
    """What the weights of a `Calibration` are for: six logits.

    Args:
        seen: Of an `Evidence`, the probability that each sign stands alone.
        of_ink: As for `find_lone_digit`.
    """
    best = int(seen[:DIGIT_COUNT].argmax())
    logits = _logits(seen[:DIGIT_COUNT], best, float(seen[_OTHER]))
    # Where there is no ink, there is no opinion.
    own = _logits(of_ink, best, 1 - float(of_ink.sum())) if of_ink.any() else [0.0] * len(logits)
    return logits + own


def _logits(of_digits: NDArray[np.floating], best: int, of_others: float) -> list[float]:
    """Those of a digit, of the most probable other one, and of all that is no digit."""
    other_digits = float(np.delete(of_digits, best).max())
    chances = np.clip(
        [of_digits[best], other_digits, of_others], _MIN_PROBABILITY, 1 - _MIN_PROBABILITY
    )
    logits: list[float] = np.log(chances / (1 - chances)).tolist()
    return logits
