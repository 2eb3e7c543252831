"""Arrays of every dtype, shape, layout and content: an answer, or an error that says why not."""

import warnings

import numpy as np
import pytest

import edgedigit
from edgedigit import ImageError, Prediction

pytest.importorskip("hypothesis", reason="needs hypothesis, which makes the arrays")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

# The same arrays in every run.
SETTINGS = settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

INTEGERS = [
    np.dtype(order + kind) for kind in ("i2", "u2", "i4", "u4", "i8", "u8") for order in "<>"
]
INTEGERS += [np.dtype(np.int8), np.dtype(np.uint8)]
FLOATS = [np.dtype(order + kind) for kind in ("f2", "f4", "f8") for order in "<>"]
FLOATS += [np.dtype(np.longdouble), np.dtype(np.longdouble).newbyteorder()]
PICTURES = [np.dtype(bool), *INTEGERS, *FLOATS]
OTHERS = [
    np.dtype(kind)
    for kind in ("c8", ">c16", "O", "U3", "S2", "V4", "M8[s]", "m8[ms]", "M8", "i4,f4", "(2,)u1,O")
]

SHAPES = st.one_of(
    arrays.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=6),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.tuples(st.integers(1, 20), st.integers(1, 20), st.integers(1, 4)),
    st.sampled_from([(1, 1), (1, 3000), (3000, 1), (2, 5000, 3), (28, 28), (28, 28, 5)]),
)
# Ends of the ranges that mean something, what lies just beyond them, and what no picture holds.
NUMBERS = [
    *(0, 1, 2, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31, 2**63 - 1, 2**64 - 1),
    *(-1, -128, -129, -32768, -32769, -(2**63)),
]
REALS = [
    *(0.0, -0.0, 0.5, 1.0, 1.001, 1.01, 254.5, 255.0, 255.3, 65535.0, -0.001, -0.01, -1.0),
    *(np.nan, np.inf, -np.inf, 5e-324, 1e-40, 6e-8, 1.7e308, -3e38),
]


def answer(image):
    """The answer, or the class of the error; it may not warn, or change the picture."""
    before = image.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            result = edgedigit.classify(image)
        except (ImageError, TypeError) as error:
            result = type(error)
    assert image.dtype == before.dtype
    assert before.tobytes() == image.tobytes()
    return result


def check(result):
    if not isinstance(result, Prediction):
        return
    assert np.isfinite(result.confidence)
    assert 0 <= result.confidence <= 1
    assert result.probabilities.dtype == np.float32
    assert result.probabilities.shape == (10,)
    assert np.isfinite(result.probabilities).all()
    assert result.probabilities.min() >= 0
    assert result.probabilities.sum() <= 1 + 1e-5
    assert result.best == result.probabilities.argmax()
    assert (result.digit is None) == (result.refusal is not None)


@st.composite
def contents(draw, dtype, shape):
    """One tone, a few tones, noise, or a few pixels that differ from the others."""
    values = NUMBERS if dtype.kind in "iu" else REALS if dtype.kind == "f" else [0, 1]
    if dtype.kind in "iu":
        range_of = np.iinfo(dtype)
        values = [value for value in values if range_of.min <= value <= range_of.max]
    picture = np.full(shape, draw(st.sampled_from(values)), object)
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    if picture.size:
        spots = rng.integers(0, picture.size, draw(st.sampled_from([0, 1, 9, picture.size])))
        tones = draw(st.lists(st.sampled_from(values), min_size=1, max_size=4))
        picture.ravel()[spots] = [tones[i] for i in rng.integers(0, len(tones), len(spots))]
    with np.errstate(over="ignore"):
        return picture.astype(dtype)


@st.composite
def noise(draw, dtype, shape):
    """Values within a range that a picture may have."""
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    if dtype.kind == "f":
        return (rng.random(shape) * draw(st.sampled_from([1, 255]))).astype(dtype)
    low, high = draw(st.sampled_from([(0, 2), (0, 256), (-128, 128), (0, 65536), (-32768, 32768)]))
    if dtype.kind in "iu":
        range_of = np.iinfo(dtype)
        low, high = max(low, range_of.min), min(high, range_of.max + 1)
    return rng.integers(low, high, shape).astype(dtype)


@st.composite
def bars(draw, dtype, shape):
    """A stroke as wide as a tenth of the picture."""
    picture = np.full(shape, draw(st.sampled_from([0, 1, 120])), dtype)
    if len(shape) > 1:
        height, width = shape[:2]
        picture[height // 5 : height - height // 5, width // 2 : width // 2 + 1 + width // 10] = 60
    return picture


@st.composite
def pictures(draw, dtypes=PICTURES, shapes=SHAPES):
    dtype, shape = draw(st.sampled_from(dtypes)), draw(shapes)
    return draw(st.one_of(make(dtype, shape) for make in (contents, noise, bars)))


def layouts(array):
    """The same values, lying in memory in other ways, read-only ones among them."""
    flipped = tuple(slice(None, None, -1) for _ in array.shape)
    yield array[flipped].copy()[flipped]  # negative strides
    yield np.asfortranarray(array)
    spread = np.zeros([2 * side for side in array.shape] or (2,), array.dtype)
    every_other = spread[tuple(slice(None, None, 2) for _ in spread.shape)]
    every_other[...] = array
    yield every_other.reshape(array.shape)
    shifted = np.frombuffer(b"?" + array.tobytes(), array.dtype, array.size, 1)  # misaligned
    yield shifted.reshape(array.shape)
    yield array.astype(array.dtype.newbyteorder())


@SETTINGS
@given(pictures())
def test_an_answer_or_an_error_the_same_in_every_layout(array):
    result = answer(array)
    check(result)
    for layout in layouts(array):
        np.testing.assert_array_equal(layout, array)
        assert answer(layout) == result


@SETTINGS
@given(pictures(), st.tuples(st.integers(1, 30), st.integers(1, 30)))
def test_one_pixel_all_over(array, size):
    if array.size:
        one = array.reshape(-1)[:1]
        repeated = np.broadcast_to(one, size)
        assert repeated.strides == (0, 0)
        result = answer(repeated)
        check(result)
        assert answer(repeated.copy()) == result


@SETTINGS
@given(st.sampled_from(OTHERS), SHAPES)
def test_other_dtypes_are_type_errors(dtype, shape):
    assert answer(np.zeros(shape, dtype)) is TypeError


@SETTINGS
@given(pictures(shapes=st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_one_channel_is_grey(array):
    assert answer(array[..., None]) == answer(array)


@SETTINGS
@given(st.lists(pictures(shapes=st.tuples(*[st.integers(1, 40)] * 2)), min_size=1, max_size=5))
def test_batches_equal_one_by_one(batch):
    answers = [answer(array) for array in batch]
    errors = [result for result in answers if not isinstance(result, Prediction)]
    if errors:
        with pytest.raises(errors[0]):
            edgedigit.classify_batch(batch)
    else:
        assert edgedigit.classify_batch(batch) == answers
