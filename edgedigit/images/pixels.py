"""Pixel values of every kind to 8 bit grey: the value ranges, the luminance, transparency, turning.

Every source of pictures (arrays, files, PIL images) ends here, so that the same values always
give the same grey.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgedigit.errors import DamagedError, ImageError, TooLargeError
from edgedigit.limits import MAX_SIDES_RATIO

Grey = NDArray[np.uint8]
Values = NDArray[Any]
"""Samples of any dtype."""

# So few that wide temporaries stay in the processor's cache.
_BLOCK_PIXELS = 1 << 16
# Resampling by cubic splines goes so far beyond either end of a range.
_OVERSHOOT_SHARE = 0.25
# Values of both signs that are no larger are standardised ones, or -1 to 1.
_MAX_STANDARDISED = 20.0
_MAX_NOISE_LEVELS = 12
# A picture without a brighter pixel is one of few levels: a mask of 0 and 1, digits of 0 to 16.
FAINT_LEVEL = 16
# Colours of one luminance differ in a channel at least so much, and this times as much.
_MIN_COLOUR_CONTRAST_LEVELS, _MIN_COLOUR_CONTRAST_RATIO = 64, 2.5
_LUMINANCE_WEIGHTS = np.array([19595, 38470, 7471], np.float32)
SAMPLE_SIDE = 64
"""Of so many pixels a side the contrast of a picture is estimated."""
_MNIST_SHAPE = (28, 28)
MNIST_PIXELS = 784
# Ink and paper that differ by less are one tone.
_MIN_CONTRAST_LEVELS = 48


class Picture(NamedTuple):
    """The pixels that a decoder read, as the file stores them."""

    colour: Values
    """H x W (grey) or H x W x 3 (RGB), of any dtype that `eight_bits` takes."""
    alpha: Grey | None = None
    """H x W, 0 transparent to 255 opaque; None when all of it is opaque."""
    orientation: int = 1
    """How it has to be turned, as EXIF counts: 1 to 8."""
    is_shared: bool = False
    """Whether somebody else has the pixels too, and may change them."""


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Refuses the size in a file's header before memory is taken for it.

    Raises:
        DamagedError: The picture is empty.
        TooLargeError: It has more than `max_pixels` pixels, or is far longer than wide.
    """
    if width < 1 or height < 1:
        raise DamagedError(f"the picture is empty ({width} x {height} pixels)")
    if width * height > max_pixels:
        raise TooLargeError(
            f"the picture is too large: {width} x {height} pixels, "
            f"the limit is {max_pixels:,} (max_pixels)"
        )
    if max(width, height) > MAX_SIDES_RATIO * min(width, height):
        raise TooLargeError(
            f"the picture is too long: {width} x {height} pixels, "
            f"one side is at most {MAX_SIDES_RATIO:,} times the other"
        )


def to_grey(picture: Picture) -> Grey:
    """Reduces a decoded picture to grey.

    Args:
        picture: The pixels, their transparency and orientation.

    Returns:
        uint8 of H x W (W x H after a quarter turn), C-contiguous, in memory of its own.

    Raises:
        ImageError: The values are in no known range.
    """
    colour = eight_bits(picture.colour)
    if picture.alpha is None:
        grey = luminance(_clearest(colour))
    else:
        grey = composite(luminance(colour), picture.alpha)
    grey = turn(grey, picture.orientation)
    is_ready = grey.flags.c_contiguous and grey.flags.writeable and not picture.is_shared
    return grey if is_ready else np.array(grey, order="C")


def brightened(grey: Grey) -> Grey:
    """A picture whose brightest pixel is 1 to 16, stretched to 255; any other one as it is."""
    brightest = int(grey.max())
    if not 0 < brightest <= FAINT_LEVEL:
        return grey
    return (np.arange(brightest + 1) * 255 // brightest).astype(np.uint8)[grey]


def is_even(grey: Grey) -> bool:
    """Whether a picture has no more contrast than the noise of paper."""
    return int(grey.max()) - int(grey.min()) < _MAX_NOISE_LEVELS


def unflattened(array: Values) -> Values:
    """The array, but what holds one picture of MNIST and nothing else as its 28 x 28 pixels.

    Such are 784 values in a row, and 28 x 28 with axes of length 1 before or behind.
    """
    shape = tuple(side for side in array.shape if side != 1)
    is_mnist = shape in (_MNIST_SHAPE, (MNIST_PIXELS,))
    return array.reshape(_MNIST_SHAPE) if is_mnist else array


def check_array(array: Values, max_pixels: int) -> None:
    """Refuses an array that is no picture by its shape and dtype.

    Raises:
        TypeError: The dtype cannot hold a picture.
        ImageError: The shape is not a picture's.
        TooLargeError: As for `check_size`.
    """
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"a picture array holds bool, integer or float values, this one holds {array.dtype}"
        )
    _check_shape(array.shape)
    check_size(array.shape[1], array.shape[0], max_pixels)


def array_picture(array: Values) -> Picture:
    """Reads an array as a picture: H x W grey, or H x W x 1, 2, 3 or 4 channels.

    Args:
        array: One that `check_array` lets pass, of any strides and byte order; it is not modified.

    Raises:
        ImageError: The values are in no known range.
    """
    # One range for all channels: alpha alone would often be all ones, which says nothing.
    values = eight_bits(array)
    if values.ndim == 2:
        return Picture(values, is_shared=True)
    channels = values.shape[2]
    colour = values[..., 0] if channels < 3 else values[..., :3]
    return Picture(colour, values[..., -1] if channels in (2, 4) else None, is_shared=True)


def eight_bits(values: Values) -> Grey:
    """Brings values to 0..255 by what they are, not by what their dtype could hold.

    - bool: True is white.
    - Integers: 0..255 (or -128..127, where 0 is the middle) as 8 bit, otherwise 0..1023 as 10 bit,
      0..4095 as 12 bit, 0..65535 (or -32768..32767) as 16 bit, of which the upper 8 count.
    - Floats: 0..1, otherwise 0..255, rounded, and what resampling adds beyond the ends cut off;
      values of both signs up to 20, such as -1..1 and standardised ones, from the least to the
      largest.

    Args:
        values: An array with at least one value.

    Returns:
        uint8 of the same shape; `values` itself if it is uint8.

    Raises:
        ImageError: The values are in none of these ranges, NaN or infinite.
    """
    if values.dtype == np.uint8:
        return values
    if values.dtype.kind == "b":
        return values * np.uint8(255)
    with np.errstate(invalid="ignore", over="ignore"):  # NaN is reported below
        low, high = values.min(), values.max()
    if values.dtype.kind == "f":
        return _from_floats(values, float(low), float(high))
    return _from_integers(values, int(low), int(high))


def luminance(colour: Grey) -> Grey:
    """ITU-R 601 in Pillow's fixed-point form, so that either of them gives the same grey.

    Args:
        colour: uint8, H x W x 3; H x W is grey, and given as it is.
    """
    if colour.ndim == 2:
        return colour

    def weigh(block: Grey) -> Values:
        # Whole numbers below 2**24, which float32 holds exactly.
        total: Values = block.astype(np.float32) @ _LUMINANCE_WEIGHTS
        total += 0x8000
        total /= 0x10000
        return total

    return _by_rows(np.empty(colour.shape[:2], np.uint8), weigh, colour)


def composite(grey: Grey, alpha: Grey) -> Grey:
    """Lays a partly transparent picture on a background on which its ink stands out.

    The visible pixels, weighted by alpha, decide. If they cover less than half of the picture
    or are all of about one tone, they are ink on nothing: the background is white under dark
    ink, black under bright ink. Otherwise they are paper and ink: the background is their
    median, which is the paper's. A picture that is transparent everywhere becomes white.

    Args:
        grey: uint8, H x W.
        alpha: uint8, H x W.

    Returns:
        uint8, H x W.
    """
    if alpha.min() == 255:
        return grey
    histogram = _visible_histogram(grey, alpha)
    if not histogram.any():
        return np.full(grey.shape, 255, np.uint8)
    paper = np.uint16(_background(histogram, alpha))

    def blend(grey: Grey, alpha: Grey) -> Values:
        ink = np.multiply(grey, alpha, dtype=np.uint16)
        blended: Values = (ink + paper * (255 - alpha.astype(np.uint16)) + 127) // 255
        return blended

    return _by_rows(np.empty(grey.shape, np.uint8), blend, grey, alpha)


def turn(grey: Grey, orientation: int) -> Grey:
    """Turns and mirrors a picture as EXIF's orientation (1 to 8) says; others leave it as it is."""
    if orientation in (5, 6, 7, 8):
        grey = grey.T
    if orientation in (2, 3, 6, 7):
        grey = grey[:, ::-1]
    if orientation in (3, 4, 7, 8):
        grey = grey[::-1]
    return grey


def _check_shape(shape: tuple[int, ...]) -> None:
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (1, 2, 3, 4)):
        hint = ""
        if len(shape) == 3 and shape[0] in (1, 2, 3, 4):
            hint = "; channels come first here, array.transpose(1, 2, 0) puts them last"
        elif len(shape) in (3, 4):
            hint = "; several pictures are passed one by one"
        raise ImageError(
            f"a picture array is H x W or H x W x 1, 2, 3 or 4, this one has shape {shape}{hint}"
        )
    if 0 in shape:
        raise ImageError(f"the array is empty, its shape is {shape}")


def _from_integers(values: Values, low: int, high: int) -> Grey:
    for bits, lowest in ((8, 0), (8, -128), (10, 0), (12, 0), (16, 0), (16, -32768)):
        if lowest <= low and high < lowest + (1 << bits):
            break
    else:
        raise ImageError(
            "integer values are 0 to 255, 0 to 65535, or as many around 0; "
            f"these are {low} to {high}"
        )

    def shift(block: Values) -> Values:
        return (block.astype(np.int32) - lowest) >> (bits - 8)

    return _by_rows(np.empty(values.shape, np.uint8), shift, values)


def _from_floats(values: Values, low: float, high: float) -> Grey:
    least, top = _float_range(low, high)

    def scale(block: Values) -> Values:
        scaled = np.rint((block.astype(np.float32) - np.float32(least)) * np.float32(255 / top))
        return np.asarray(scaled.clip(0, 255))

    return _by_rows(np.empty(values.shape, np.uint8), scale, values)


def _float_range(low: float, high: float) -> tuple[float, float]:
    """What is black, and how much more is white."""
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ImageError("the array contains NaN or infinite values")
    for top in (1.0, 255.0):
        if -_OVERSHOOT_SHARE * top <= low and high <= top * (1 + _OVERSHOOT_SHARE):
            return 0.0, top
        if low < 0 and max(-low, high) <= _MAX_STANDARDISED:
            return low, max(high - low, 1e-6)
    raise ImageError(
        "float values are 0 to 1, 0 to 255, or around 0 as standardised ones are; "
        f"these are {low:g} to {high:g}"
    )


def _clearest(colour: Grey) -> Grey:
    """The channel in which ink and paper differ where their luminance hardly does, else all."""
    if colour.ndim == 2:
        return colour
    rows, columns = map(sample_places, colour.shape[:2])
    channel = clearest_channel(colour[rows[:, None], columns])
    return colour if channel is None else colour[..., channel]


def sample_places(side: int) -> NDArray[np.intp]:
    """The middles of 64 stretches of a side of so many pixels."""
    return (2 * np.arange(SAMPLE_SIDE) + 1) * side // (2 * SAMPLE_SIDE)


def clearest_channel(sample: Grey) -> int | None:
    """The channel that shows what the luminance hardly does; None where there is none.

    Args:
        sample: The pixels in the middles of 64 x 64 fields of a picture: uint8, 64 x 64 x 3.
    """
    levels = np.dstack([luminance(sample), sample]).reshape(-1, 4)
    levels = np.sort(levels, axis=0, kind="stable")  # by radix, five times as fast
    # Beyond the outermost lie edges and noise.
    outer = len(levels) // 100
    of_luminance, *channels = (levels[-1 - outer].astype(int) - levels[outer]).tolist()
    best = int(np.argmax(channels))
    least = max(_MIN_COLOUR_CONTRAST_LEVELS, _MIN_COLOUR_CONTRAST_RATIO * of_luminance)
    return best if channels[best] >= least else None


def _by_rows(out: Grey, convert: Callable[..., Values], *sources: Values) -> Grey:
    step = max(1, _BLOCK_PIXELS // out.shape[1])
    for y in range(0, out.shape[0], step):
        out[y : y + step] = convert(*(source[y : y + step] for source in sources))
    return out


def _visible_histogram(grey: Grey, alpha: Grey) -> NDArray[np.int64]:
    """The sum of alpha at each grey level; it is exact in float64 too."""
    histogram = np.zeros(256, np.int64)
    step = max(1, _BLOCK_PIXELS // grey.shape[1])
    for y in range(0, grey.shape[0], step):
        levels, weights = grey[y : y + step].ravel(), alpha[y : y + step].ravel()
        histogram += np.bincount(levels, weights, minlength=256).astype(np.int64)
    return histogram


def _background(histogram: NDArray[np.int64], alpha: Grey) -> int:
    total = int(histogram.sum())
    # Relative to the most opaque pixel, so that a faint picture covers as much as a strong one.
    covered = int(np.count_nonzero(alpha >= (int(alpha.max()) + 1) // 2))
    # Beyond the outermost 1/256 lie edges and noise.
    spread = _level(histogram, total - total // 256) - _level(histogram, total // 256 + 1)
    if 2 * covered < alpha.size or spread < _MIN_CONTRAST_LEVELS:
        mean = int((histogram * np.arange(256)).sum()) // total
        return 255 if mean < 128 else 0
    return _level(histogram, (total + 1) // 2)


def _level(histogram: NDArray[np.int64], rank: int) -> int:
    return int(np.searchsorted(histogram.cumsum(), rank))
