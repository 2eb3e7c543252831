"""What a line says of the things in it: `edgedigit.reading.reader.in_context`."""

import numpy as np
import pytest

from edgedigit.reading.reader import in_context

SURE_DIGIT = [0.0] * 3 + [0.999] + [0.0] * 6 + [0.001]
LETTER = [0.001] * 10 + [0.99]
# 4 rather than 9, and a digit or not with even chances.
DOUBTFUL = [0.0] * 4 + [0.4] + [0.0] * 4 + [0.1] + [0.5]


def rows(*answers):
    return np.array(answers, np.float32)


def test_a_thing_alone_stays_as_it_was():
    np.testing.assert_allclose(in_context(rows(DOUBTFUL)), rows(DOUBTFUL), atol=1e-6)


@pytest.mark.parametrize("others", [1, 2, 4, 9])
def test_among_digits_a_doubtful_thing_is_rather_a_digit(others):
    alone = in_context(rows(DOUBTFUL))[0]
    among = in_context(rows(DOUBTFUL, *[SURE_DIGIT] * others))[0]
    more = in_context(rows(DOUBTFUL, *[SURE_DIGIT] * (others + 1)))[0]
    assert alone[10] > among[10] > more[10]


def test_among_letters_a_doubtful_thing_is_rather_none():
    assert in_context(rows(DOUBTFUL, LETTER, LETTER, LETTER))[0, 10] > 0.8


def test_what_is_clear_stays_clear_whatever_is_around():
    among_digits = in_context(rows(LETTER, *[SURE_DIGIT] * 9))
    among_letters = in_context(rows(SURE_DIGIT, *[LETTER] * 9))
    assert among_digits[0, 10] > 0.5
    assert among_letters[0, 3] > 0.5


def test_which_digit_it_is_does_not_change():
    row = in_context(rows(DOUBTFUL, SURE_DIGIT, SURE_DIGIT))[0]
    assert row[4] / row[9] == pytest.approx(4, rel=1e-5)


def test_each_row_still_sums_to_1():
    rng = np.random.default_rng(0)
    answers = rng.dirichlet(np.full(11, 0.1), 50).astype(np.float32)
    adjusted = in_context(answers)
    assert adjusted.dtype == np.float32
    assert (adjusted >= 0).all()
    np.testing.assert_allclose(adjusted.sum(axis=1), 1, atol=1e-5)


def test_the_order_does_not_matter():
    answers = rows(DOUBTFUL, LETTER, SURE_DIGIT)
    np.testing.assert_allclose(in_context(answers[::-1])[::-1], in_context(answers), atol=1e-6)


def test_certain_answers_stay_finite():
    certain = rows([1.0] + [0.0] * 10, [0.0] * 10 + [1.0])
    assert np.isfinite(in_context(certain)).all()


def test_a_model_of_ten_answers_is_left_alone():
    answers = rows([0.1] * 10, [0.5, 0.5] + [0.0] * 8)
    np.testing.assert_array_equal(in_context(answers), answers)
