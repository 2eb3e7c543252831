import json
import shutil

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs TensorFlow")

import keras
from keras import layers

from train.data import load_mnist
from train.files import RunError
from train.fit import fit
from train.recipes import Recipe

RECIPE = Recipe(epochs=3, batch_size=32, schedule="cosine")


class Interruption(Exception):
    pass


@pytest.fixture(scope="module")
def data(drawn_mnist):
    (x, y), validation = load_mnist(drawn_mnist).split()
    # Not a multiple of the batch size.
    return (x[:333], y[:333]), validation


def network():
    """A network with all that a checkpoint must keep: batch norm's averages, dropout's dice."""
    keras.utils.set_random_seed(4)
    return keras.Sequential(
        [
            keras.Input((28, 28), dtype="uint8"),
            layers.Rescaling(1 / 255),
            layers.Reshape((28, 28, 1)),
            layers.Conv2D(4, 5, strides=3),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(10, activation="softmax"),
        ]
    )


def train(data, folder, recipe=RECIPE, until=None):
    """Trains with other data in each epoch; raises Interruption instead of epoch `until`."""
    (x, y), validation = data

    def epoch_data(epoch):
        if epoch == until:
            raise Interruption
        return np.roll(x, epoch, axis=2), y

    folder.mkdir(exist_ok=True)
    return fit(network(), epoch_data, validation, recipe, seed=5, folder=folder)


@pytest.fixture(scope="module")
def undisturbed(data, tmp_path_factory):
    return train(data, tmp_path_factory.mktemp("undisturbed"))


def assert_same_run(one, other):
    for (model, history), (other_model, other_history) in [(one, other)]:
        for weight, other_weight in zip(
            model.get_weights(), other_model.get_weights(), strict=True
        ):
            np.testing.assert_array_equal(weight, other_weight)
        for record, other_record in zip(history, other_history, strict=True):
            assert record | {"seconds": 0} == other_record | {"seconds": 0}


def test_history_has_all_figures_of_each_epoch(undisturbed):
    _, history = undisturbed
    assert [record["epoch"] for record in history] == [1, 2, 3]
    assert [record["steps"] for record in history] == [11, 22, 33]
    for record in history:
        assert set(record) == {
            "epoch",
            "loss",
            "accuracy",
            "val_loss",
            "val_accuracy",
            "learning_rate",
            "steps",
            "seconds",
        }


def test_the_same_seed_gives_the_same_model(data, undisturbed, tmp_path):
    assert_same_run(train(data, tmp_path), undisturbed)


@pytest.mark.parametrize("until", [0, 1, 2])
def test_an_interrupted_training_ends_as_an_undisturbed_one(data, undisturbed, tmp_path, until):
    with pytest.raises(Interruption):
        train(data, tmp_path, until=until)
    resumed = train(data, tmp_path)
    assert_same_run(resumed, undisturbed)
    assert json.loads((tmp_path / "history.json").read_text()) == resumed[1]


def test_interrupted_between_history_and_checkpoint(data, undisturbed, tmp_path):
    with pytest.raises(Interruption):
        train(data, tmp_path, until=1)
    shutil.copy(tmp_path / "checkpoint.keras", tmp_path / "older.keras")
    with pytest.raises(Interruption):
        train(data, tmp_path, until=2)
    (tmp_path / "older.keras").replace(tmp_path / "checkpoint.keras")
    assert_same_run(train(data, tmp_path), undisturbed)


def test_interrupted_while_writing(data, undisturbed, tmp_path):
    with pytest.raises(Interruption):
        train(data, tmp_path, until=2)
    for name in ("history.json", "checkpoint.keras"):
        path = tmp_path / name
        half = path.read_bytes()[:100]
        path.with_name(f"{path.stem}.part{path.suffix}").write_bytes(half)
    assert_same_run(train(data, tmp_path), undisturbed)
    assert {path.name for path in tmp_path.iterdir()} == {"history.json", "checkpoint.keras"}


def test_a_complete_training_is_not_trained_again(data, tmp_path):
    done = train(data, tmp_path)
    assert_same_run(train(data, tmp_path, until=0), done)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("checkpoint.keras", b""),
        ("checkpoint.keras", b"PK\3\4 no model"),
        ("history.json", None),
        ("history.json", b"[]"),
        ("history.json", b"{"),
        ("history.json", b"[7]"),
        ("history.json", b'[{"epoch": 1, "steps": 3}]'),
    ],
)
def test_damaged_checkpoints_are_refused(data, tmp_path, name, content):
    with pytest.raises(Interruption):
        train(data, tmp_path, until=1)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(RunError, match=r"checkpoint\.keras cannot be resumed .*--force") as caught:
        train(data, tmp_path)
    assert "\n" not in str(caught.value)


def test_learning_rates(data, tmp_path):
    constant = Recipe(epochs=3, batch_size=32, learning_rate=0.002)
    _, history = train(data, tmp_path / "constant", constant)
    assert [record["learning_rate"] for record in history] == pytest.approx([0.002] * 3)
    cosine = Recipe(epochs=3, batch_size=32, learning_rate=0.002, schedule="cosine")
    _, history = train(data, tmp_path / "cosine", cosine)
    rates = [record["learning_rate"] for record in history]
    assert 0.002 > rates[0] > 0.001 > rates[1] > 0.0002
    assert rates[2] == pytest.approx(0, abs=1e-8)


def test_label_smoothing_makes_less_sure(data, tmp_path):
    validation = data[1][0]
    surest = []
    for smoothing in (0.0, 0.3):
        recipe = Recipe(epochs=6, batch_size=32, label_smoothing=smoothing)
        model, history = train(data, tmp_path / str(smoothing), recipe)
        assert history[-1]["val_accuracy"] > 0.5
        surest.append(model.predict(validation, verbose=0).max(axis=1).mean())
    assert surest[1] < surest[0] - 0.1
