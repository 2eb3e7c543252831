"""Makes of a grey picture what MNIST's makers made of theirs: ink in a 20 x 20 box, centred.

The steps follow LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
recognition" (1998), section III: the digit fills a box of 20 x 20 pixels, antialiased, its centre
of mass in the middle of 28 x 28. What comes before brings any picture to where MNIST started:
bright ink on even, dark paper. MNIST's own pictures come through with hardly a change.

Every step takes and returns stacks of pictures of one shape, and works on whole numbers (the
sums inside float32 matrix products too are whole and below 2**24), so that a picture's result
depends neither on its companions nor on the platform.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.normalize.contrast import stretched_part
from edgedigit.normalize.even_paper import ink_on_even_paper
from edgedigit.normalize.fitting import SIDE, fit
from edgedigit.normalize.light import above_paper, remove_shading
from edgedigit.normalize.main_digit import keep_digit
from edgedigit.normalize.polarity import is_ink_dark
from edgedigit.raster.part import Part
from edgedigit.raster.resampling import Stack, block_averages

Ink = Literal["auto", "dark", "light"]

# Part of a model's configuration: a model works with the normalisation that it was trained on.
VERSION = 3

# Larger pictures are reduced to this, which still is several pixels for each one of the result.
MAX_SIDE = 256
# NumPy's calls cost little beside so many pixels, and memory for all that is computed on the way
# is not fetched from the system and given back each time, which takes longer than the computing.
_BLOCK_PIXELS = 1 << 17
_MIN_BLOCK_PICTURES = 4
# Fainter ink is soft edges.
_MIN_INK_LEVEL = 48


class Prepared(NamedTuple):
    """Normalised pictures, and whether each showed several digits: all but the network's answers.

    Attributes:
        inks: uint8 of shape (n, 28, 28), bright ink on 0; a blank picture is all 0.
        several: bool of shape (n,): whether the picture shows several digits, of which the ink is
            one, or more where they are close to each other.
    """

    inks: Stack
    several: NDArray[np.bool_]


def prepare_all(greys: Stack | Sequence[NDArray[np.uint8]], ink: Ink = "auto") -> Prepared:
    """Normalises pictures of any shapes, those of equal shape together.

    Args:
        greys: Pictures, each uint8 of shape (height, width).
        ink: "dark" or "light": how the ink is, compared to the paper; "auto" finds out.

    Returns:
        In the same order.
    """
    prepared = Prepared(
        np.zeros((len(greys), SIDE, SIDE), np.uint8), np.zeros(len(greys), np.bool_)
    )
    shapes: dict[tuple[int, ...], list[int]] = {}
    for index, grey in enumerate(greys):
        shapes.setdefault(grey.shape, []).append(index)
    for (height, width), indices in shapes.items():
        step = max(_BLOCK_PIXELS // (height * width), _MIN_BLOCK_PICTURES)
        for start in range(0, len(indices), step):
            some = indices[start : start + step]
            pictures = reduce(_stacked([greys[index] for index in some]))
            proven, part = ink_on_even_paper(pictures, ink)
            if part is not None:
                _put([some[place] for place in proven], part, prepared)
            if others := sorted(set(range(len(some))).difference(proven)):
                left = pictures[others] if proven else pictures
                _put([some[place] for place in others], _ink(left, ink), prepared)
    return prepared


def normalize(greys: Stack | Sequence[NDArray[np.uint8]], ink: Ink = "auto") -> Stack:
    """The inks of `prepare_all`, uint8 of shape (n, 28, 28); a stack is pictures of one shape."""
    return prepare_all(greys, ink).inks


def _stacked(greys: Sequence[NDArray[np.uint8]]) -> Stack:
    """Pictures of one shape as a stack; a single one, which may be large, is not copied."""
    if len(greys) == 1:
        return greys[0][None]
    return np.concatenate(greys).reshape(-1, *greys[0].shape)


def _ink(pictures: Stack, ink: Ink) -> Part:
    """The ink of pictures, whatever their paper and their light, where there is more than noise."""
    pictures = remove_shading(pictures)
    dark = is_ink_dark(pictures) if ink == "auto" else np.full(len(pictures), ink == "dark")
    if dark.any():
        pictures = pictures ^ np.where(dark, np.uint8(255), np.uint8(0))[:, None, None]
    return stretched_part(above_paper(pictures), _MIN_INK_LEVEL)


def _put(numbers: list[int], part: Part, prepared: Prepared) -> None:
    """Puts the digit among the ink, in its box, where these pictures' numbers say."""
    for digits in keep_digit(part, _MIN_INK_LEVEL):
        some = [numbers[number] for number in digits.numbers]
        # One picture is found by its number sooner than by a list of it.
        where = some if len(some) > 1 else some[0]
        prepared.inks[where] = fit(digits.part, _MIN_INK_LEVEL, digits.masks)
        if digits.several is not False:
            prepared.several[some] = digits.several


def reduce(pictures: Stack) -> Stack:
    """Averages whole blocks of pixels until no side is longer than 256."""
    return block_averages(pictures, -(-max(pictures.shape[1:]) // MAX_SIDE))
