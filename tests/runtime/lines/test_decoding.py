import itertools
import math
from collections import defaultdict

import numpy as np
import pytest

from edgedigit.lines.decoding import (
    best_of_counts,
    best_signs,
    count_probabilities,
    text_probability,
)
from edgedigit.results import DIGIT_COUNT, SIGNS

NOTHING = len(SIGNS)


def written(way):
    """The text of a way through the columns: runs count once, nothing counts not at all."""
    return tuple(label for label, _ in itertools.groupby(way) if label != NOTHING)


def count_digits(text):
    return sum(label < DIGIT_COUNT for label in text)


@pytest.fixture(params=range(3))
def answers(request):
    rng = np.random.default_rng(request.param)
    return rng.dirichlet(np.full(NOTHING + 1, 0.3), 4)


@pytest.fixture
def ways(answers):
    """All ways through the columns with their probabilities."""
    columns = range(len(answers))
    return {
        way: math.prod(answers[columns, way])
        for way in itertools.product(range(NOTHING + 1), repeat=len(answers))
    }


def test_best_signs_are_those_of_the_most_probable_way(answers, ways):
    best = max(ways, key=ways.get)
    assert tuple(sign.label for sign in best_signs(answers)) == written(best)


def test_best_signs_say_where_each_sign_is():
    answers = np.eye(NOTHING + 1)[[NOTHING, 1, 1, 2, NOTHING, 2, 2]]
    assert best_signs(answers) == [(1, 1, 3), (2, 3, 4), (2, 5, 7)]


def test_a_text_is_as_probable_as_all_ways_that_write_it(answers, ways):
    texts = defaultdict(float)
    for way, probability in ways.items():
        texts[written(way)] += probability
    for text in list(texts)[::97]:
        assert text_probability(answers, list(text)) == pytest.approx(texts[text])


def test_a_text_that_does_not_fit_is_impossible(answers):
    assert text_probability(answers, [1, 1, 1]) == 0.0
    assert text_probability(answers, [1, 2, 3, 4, 5]) == 0.0


def test_each_number_of_digits_is_as_probable_as_all_ways_that_have_it(answers, ways):
    counts = np.zeros(6)
    for way, probability in ways.items():
        counts[count_digits(written(way))] += probability
    np.testing.assert_allclose(count_probabilities(answers, 5), counts, atol=1e-12)


def test_the_best_way_of_each_number_of_digits(answers, ways):
    best = defaultdict(float)
    for way, probability in ways.items():
        count = count_digits(written(way))
        best[count] = max(best[count], probability)
    found = best_of_counts(answers, 5)
    logarithms = found.logarithms.max(axis=0)
    assert {count for count, value in enumerate(logarithms) if np.isfinite(value)} == set(best)
    for count, probability in best.items():
        assert math.exp(logarithms[count]) == pytest.approx(probability)
        assert count_digits(sign.label for sign in found.signs(count)) == count


def test_long_lines_do_not_underflow():
    answers = np.full((4000, NOTHING + 1), 1 / (NOTHING + 1))
    counts = count_probabilities(answers, 4000)
    assert np.isfinite(counts).all()
    assert counts.sum() == pytest.approx(1)
