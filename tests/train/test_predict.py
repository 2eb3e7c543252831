import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs TensorFlow")

from edgedigit.evaluation.confusion import label_figures
from tests.support.marks import slow_but
from train.measuring.calibration import softmax
from train.measuring.scored import score_probabilities
from train.networks.architectures import ARCHITECTURES
from train.networks.predict import accuracy, predict, predict_logits
from train.recipes import RECIPES, Recipe

PICTURES = np.random.default_rng(6).integers(0, 256, (7, 28, 28), np.uint8)


def test_recipes_name_architectures():
    named = {recipe.architecture for recipe in RECIPES.values()}
    for other in ("teacher", "first"):
        found = [getattr(recipe, other) for recipe in RECIPES.values()]
        named |= {network.architecture for network in found if network}
    assert named == set(ARCHITECTURES)


def test_a_teacher_needs_a_mixture():
    teacher = RECIPES["edge"].teacher
    with pytest.raises(ValueError, match="needs a mixture"):
        Recipe("edge", epochs=1, batch_size=32, teacher=teacher)


def test_a_first_network_needs_a_teacher():
    recipe = RECIPES["edge"]
    with pytest.raises(ValueError, match="needs a teacher"):
        Recipe("edge", epochs=1, batch_size=32, mixture=recipe.mixture, first=recipe.first)


@pytest.mark.parametrize("name", slow_but(1, ARCHITECTURES))
def test_every_architecture_gives_probabilities_and_their_logits(name):
    model = ARCHITECTURES[name]()
    assert model.input.dtype == "uint8"
    assert model.layers[-1].name == "probabilities"
    probabilities = predict(model, PICTURES)
    assert probabilities.shape == (7, 11 if name in ("edge", "glance", "teacher") else 10)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(softmax(predict_logits(model, PICTURES)), probabilities, atol=1e-6)


def test_figures_of_answers():
    # Digits 0, 0, 1, 2; the second 0 is read as 1, the 2 as no digit.
    digits = np.array([0, 0, 1, 2])
    probabilities = np.eye(11)[[0, 1, 1, 10]]
    assert accuracy(probabilities, digits) == 0.5
    matrix = score_probabilities("any", probabilities, digits).matrix
    assert {cell: count for cell, count in np.ndenumerate(matrix) if count} == {
        (0, 0): 1,
        (0, 1): 1,
        (1, 1): 1,
        (2, 10): 1,
    }
    figures = [
        (row["label"], row["count"], row["precision"], row["recall"])
        for row in label_figures(matrix)
    ]
    assert figures == [("0", 2, 1.0, 0.5), ("1", 1, 0.5, 1.0), ("2", 1, None, 0.0)]
    ten_answers = score_probabilities("any", probabilities[:, :10], digits).matrix
    assert ten_answers[2].tolist() == [1, *[0] * 10]
