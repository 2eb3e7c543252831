import numpy as np
import pytest

from train.measuring.calibration import fit_temperature, fit_threshold, softmax
from train.measuring.reliability import reliability
from train.measuring.scored import score_probabilities


def sampled(n=20_000, answers=10, seed=3):
    """Logits, and labels that are drawn with just the probabilities that the logits state."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (n, answers))
    labels = (softmax(logits).cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return logits, labels


def test_softmax():
    probabilities = softmax(np.array([[0, 0], [1000, -1000], [np.log(3), 0]], np.float32))
    np.testing.assert_allclose(probabilities, [[0.5, 0.5], [1, 0], [0.75, 0.25]], rtol=1e-6)
    np.testing.assert_allclose(softmax(np.array([[2 * np.log(3), 0]]), 2), [[0.75, 0.25]])


@pytest.mark.parametrize("answers", [10, 11])
@pytest.mark.parametrize("scale", [0.3, 1, 3])
def test_temperature_is_found_again(scale, answers):
    logits, labels = sampled(answers=answers)
    assert fit_temperature(scale * logits, labels) == pytest.approx(scale, rel=0.03)


def test_temperature_has_the_smallest_loss_of_all():
    logits, labels = sampled(n=500)

    def loss(temperature):
        return -np.log(softmax(3 * logits, temperature)[np.arange(500), labels]).mean()

    best = fit_temperature(3 * logits, labels)
    assert all(loss(best) <= loss(other) for other in np.geomspace(0.1, 10, 300))


def test_temperature_is_bounded_where_the_loss_has_no_minimum():
    logits = np.eye(10) * 5
    assert fit_temperature(logits, np.arange(10)) == pytest.approx(0.1)
    assert fit_temperature(logits, np.arange(10)[::-1]) == pytest.approx(10)


def test_calibration_error_of_right_and_of_exaggerated_confidence():
    logits, labels = sampled()
    assert reliability(softmax(logits), labels).error < 0.015
    exaggerated = 3 * logits
    assert reliability(softmax(exaggerated), labels).error > 0.1
    temperature = fit_temperature(exaggerated, labels)
    assert reliability(softmax(exaggerated, temperature), labels).error < 0.015


def test_calibration_error_by_hand():
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0, 1]])
    # Bins: 0.9 twice, half right: gap 0.4; 0.6 right: gap 0.4; 1 right: gap 0.
    labels = np.array([0, 1, 1, 1])
    assert reliability(probabilities, labels).error == pytest.approx((2 * 0.4 + 0.4) / 4)


def test_digit_answers_are_those_that_the_runtime_gives():
    rows = np.zeros((4, 11))
    rows[0, 3], rows[0, 10] = 0.8, 0.2
    rows[1, 3], rows[1, 10] = 0.2, 0.8
    rows[2, 3], rows[2, 10] = 0.5, 0.5
    rows[3, 4], rows[3, 5] = 0.6, 0.4
    scored = score_probabilities("any", rows, np.array([3, 3, 10, 5]))
    assert scored.confidence[scored.given].tolist() == [0.8, 0.5, 0.6]
    assert scored.right[scored.given].tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("confidence", "right", "max_wrong", "threshold"),
    [
        ([0.9, 0.8, 0.7], [1, 1, 1], 0.0, 0.5),
        # Just above the one that is wrong.
        ([0.9, 0.8, 0.7], [1, 1, 0], 0.0, 0.71),
        ([0.7, 0.9, 0.8], [0, 1, 1], 0.0, 0.71),
        ([0.9, 0.8, 0.7], [1, 1, 0], 0.34, 0.5),
        # From 0.8 on too many are wrong, from 0.6 on no longer.
        ([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 1], 0.25, 0.5),
        ([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 1], 0.3, 0.5),
        ([0.9, 0.8, 0.7, 0.6, 0.55], [1, 0, 1, 1, 0], 0.26, 0.56),
        # Those of equal confidence are given together.
        ([0.9, 0.8, 0.8, 0.8], [1, 1, 1, 0], 0.0, 0.81),
        # Where all are refused, none is wrong.
        ([0.9, 0.8], [0, 1], 0.0, 0.91),
        ([0.999, 0.5], [0, 1], 0.0, 0.99),
        # What is below one half does not count.
        ([0.9, 0.4], [1, 0], 0.0, 0.5),
        ([], [], 0.0, 0.5),
    ],
)
def test_threshold(confidence, right, max_wrong, threshold):
    assert fit_threshold(np.array(confidence), np.array(right, bool), max_wrong) == threshold


def test_threshold_keeps_its_promise():
    rng = np.random.default_rng(4)
    confidence = rng.uniform(0.5, 1, 50_000)
    right = rng.random(50_000) < confidence
    threshold = fit_threshold(confidence, right, max_wrong=0.1)
    given = confidence >= threshold
    assert (~right[given]).mean() <= 0.1
    assert threshold == pytest.approx(0.8, abs=0.01)
