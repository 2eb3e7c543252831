"""The loss with which a network learns from another's answers, against its definition."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs TensorFlow")

import keras

from train.networks.distillation import Distillation, accuracy, targets

RNG = np.random.default_rng(3)
LABELS = RNG.integers(0, 11, 50)
STUDENT, TEACHER = RNG.dirichlet(np.ones(11), (2, 50)).astype(np.float32)


def softened(probabilities, temperature):
    powers = probabilities.astype(float) ** (1 / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def loss(temperature, weight, teacher=TEACHER):
    return float(Distillation(temperature, weight)(targets(LABELS, teacher, 11), STUDENT))


def test_without_weight_the_labels_alone_count():
    expected = -np.log(STUDENT[np.arange(50), LABELS]).mean()
    assert loss(4.0, 0.0) == pytest.approx(expected, rel=1e-5)


def test_without_a_teacher_the_labels_alone_count():
    expected = -np.log(STUDENT[np.arange(50), LABELS]).mean()
    assert loss(4.0, 0.9, teacher=None) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_the_teacher_counts_at_the_temperature(temperature):
    one, other = softened(TEACHER, temperature), softened(STUDENT, temperature)
    by_teacher = temperature**2 * -(one * np.log(other)).sum(axis=1).mean()
    assert loss(temperature, 1.0) == pytest.approx(by_teacher, rel=1e-5)
    both = 0.25 * by_teacher + 0.75 * loss(temperature, 0.0)
    assert loss(temperature, 0.25) == pytest.approx(both, rel=1e-5)


def test_answers_that_are_certain_give_a_finite_loss():
    certain = np.eye(11, dtype=np.float32)
    values = Distillation(2.0, 0.5).call(targets(np.arange(11), certain, 11), certain[::-1])
    assert np.isfinite(np.array(values)).all()


def test_accuracy_is_that_of_the_labels():
    found = np.array(accuracy(targets(LABELS, TEACHER, 11), STUDENT))
    np.testing.assert_array_equal(found, STUDENT.argmax(axis=1) == LABELS)


def test_the_loss_is_kept_in_files():
    kept = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(Distillation(2.5, 0.75))
    )
    assert (kept.temperature, kept.weight) == (2.5, 0.75)
