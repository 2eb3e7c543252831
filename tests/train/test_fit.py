import json
import shutil

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs TensorFlow")

import keras
from keras import layers

from train.data.mnist import load_mnist
from train.recipes import Recipe
from train.run_files import RunError
from train.training.fit import fit

RECIPE = Recipe("mlp-128", epochs=3, batch_size=32, schedule="cosine")


class InterruptionError(Exception):
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
            layers.Flatten(),
            layers.Dense(16),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dropout(0.3),
            layers.Dense(10, activation="softmax"),
        ]
    )


def train(data, folder, recipe=RECIPE, until=None):
    """Trains with other data in each epoch; raises InterruptionError instead of epoch `until`."""
    (x, y), validation = data

    def epoch_data(epoch):
        if epoch == until:
            raise InterruptionError
        return np.roll(x, epoch, axis=2), y

    folder.mkdir(exist_ok=True)
    return fit(network(), epoch_data, validation, recipe, seed=5, folder=folder)


@pytest.fixture(scope="module")
def undisturbed(data, tmp_path_factory):
    return train(data, tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(scope="module")
def one_epoch(data, tmp_path_factory):
    """The folder of a training that was interrupted after its first epoch."""
    folder = tmp_path_factory.mktemp("one_epoch")
    with pytest.raises(InterruptionError):
        train(data, folder, until=1)
    return folder


def assert_same_run(one, other):
    for weight, other_weight in zip(one[0].get_weights(), other[0].get_weights(), strict=True):
        np.testing.assert_array_equal(weight, other_weight)
    for record, other_record in zip(one[1], other[1], strict=True):
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


@pytest.mark.slow
def test_an_interrupted_training_ends_as_an_undisturbed_one(data, undisturbed, tmp_path):
    for until in (0, 1, 2):
        with pytest.raises(InterruptionError):
            train(data, tmp_path, until=until)
    resumed = train(data, tmp_path)
    assert_same_run(resumed, undisturbed)
    assert json.loads((tmp_path / "history.json").read_text()) == resumed[1]
    assert_same_run(train(data, tmp_path, until=0), resumed)


def test_interrupted_between_history_and_checkpoint(data, one_epoch, undisturbed, tmp_path):
    (tmp_path / "history.json").write_text(json.dumps(undisturbed[1][:2]))
    shutil.copy(one_epoch / "checkpoint.keras", tmp_path)
    assert_same_run(train(data, tmp_path), undisturbed)


def test_interrupted_while_writing(data, one_epoch, undisturbed, tmp_path):
    for path in one_epoch.iterdir():
        shutil.copy(path, tmp_path)
        (tmp_path / f"{path.stem}.part{path.suffix}").write_bytes(path.read_bytes()[:100])
    assert_same_run(train(data, tmp_path), undisturbed)
    assert {path.name for path in tmp_path.iterdir()} == {"history.json", "checkpoint.keras"}


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
def test_damaged_checkpoints_are_refused(data, one_epoch, tmp_path, name, content):
    for path in one_epoch.iterdir():
        shutil.copy(path, tmp_path)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(RunError, match=r"checkpoint\.keras cannot be resumed .*--force") as caught:
        train(data, tmp_path)
    assert "\n" not in str(caught.value)


def test_cosine_ends_at_zero(undisturbed):
    rates = [record["learning_rate"] for record in undisturbed[1]]
    assert RECIPE.learning_rate > rates[0] > rates[1] > rates[2]
    assert rates[2] == pytest.approx(0, abs=1e-8)


@pytest.mark.slow
def test_wholly_smoothed_labels_teach_that_all_answers_are_equal(data, tmp_path):
    recipe = Recipe("mlp-128", epochs=6, batch_size=32, learning_rate=0.01, label_smoothing=1.0)
    model, history = train(data, tmp_path, recipe)
    assert [record["learning_rate"] for record in history] == pytest.approx([0.01] * 6)
    assert history[-1]["val_loss"] == pytest.approx(np.log(10), abs=0.03)
    assert model.predict(data[1][0], verbose=0).max(axis=1).mean() < 0.15
