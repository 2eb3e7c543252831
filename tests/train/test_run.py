import json
import os
import re
import signal
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import asdict, replace

import numpy as np
import pytest

from tests.support.command import LIMIT_SECONDS, python, start_python
from tests.support.waiting import wait_until

pytest.importorskip("tensorflow", reason="training needs TensorFlow")
pytest.importorskip("matplotlib", reason="training needs matplotlib")

import keras

from train.__main__ import main
from train.data.mnist import load_mnist
from train.measuring.calibration import softmax
from train.networks.cascade import stages
from train.networks.predict import accuracy, predict
from train.recipes import RECIPES, First, Mixture, Recipe, Teacher
from train.run_files import RunError
from train.training.run import run_training

FILES = {
    "confusion.png",
    "curves.png",
    "history.json",
    "metrics.json",
    "model.keras",
    "predictions.png",
    "settings.json",
}


def train(*arguments, **environment):
    return python("-m", "train", *arguments, status=None, variables=environment)


@pytest.fixture
def train_here(capsys):
    """The same in this process, which has TensorFlow."""

    def train_here(*arguments):
        capsys.readouterr()
        status = main([*map(str, arguments)])
        return subprocess.CompletedProcess(arguments, status, *capsys.readouterr())

    return train_here


def assert_one_line(process, status, pattern):
    assert process.returncode == status
    assert re.fullmatch(pattern + r"\n", process.stderr), process.stderr
    assert process.stdout == ""


@pytest.fixture(scope="module")
def tiny_run(drawn_mnist, tmp_path_factory):
    """Two epochs of the smallest network through the command line, and what was printed."""
    folder = tmp_path_factory.mktemp("runs") / "new" / "tiny"
    arguments = ["--model", "mlp-128", "--data", drawn_mnist, "--epochs", 2, "--output", folder]
    return arguments, folder, train(*arguments)


def test_a_run_says_how_it_went_and_leaves_all_its_files(tiny_run):
    _, folder, process = tiny_run
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""
    assert "Epoch 1/2" in process.stdout
    assert "Epoch 2/2" in process.stdout
    assert "right on validation" in process.stdout
    assert str(folder) in process.stdout
    assert {path.name for path in folder.iterdir()} == FILES
    for name in ("confusion.png", "curves.png", "predictions.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")


def test_the_metrics_are_those_of_the_model(tiny_run, drawn_mnist):
    _, folder, _ = tiny_run
    metrics = json.loads((folder / "metrics.json").read_text())
    history = json.loads((folder / "history.json").read_text())
    data = load_mnist(drawn_mnist)
    assert metrics["model"] == "mlp-128"
    assert metrics["parameters"] == 784 * 128 + 128 + 128 * 10 + 10
    assert metrics["settings"] == json.loads((folder / "settings.json").read_text())
    assert (metrics["settings"]["epochs"], metrics["settings"]["seed"]) == (2, 0)
    assert metrics["data"] == {
        "file": "drawn.npz",
        "sha256": data.sha256,
        "train": 2200,
        "validation": 200,
        "test": 400,
    }
    assert metrics["versions"]["keras"] == keras.__version__
    assert metrics["wall_seconds"] > 0
    assert metrics["validation"]["accuracy"] == history[1]["val_accuracy"]
    model = keras.saving.load_model(folder / "model.keras")
    probabilities = predict(model, data.x_test)
    assert metrics["test"]["accuracy"] == accuracy(probabilities, data.y_test)
    matrix = np.zeros((10, 10), int)
    np.add.at(matrix, (data.y_test, probabilities.argmax(axis=1)), 1)
    assert metrics["test"]["confusion_matrix"] == matrix.tolist()
    _, (x, y) = data.split()
    assert metrics["validation"]["accuracy"] == pytest.approx(accuracy(predict(model, x), y))
    calibration = metrics["calibration"]
    assert 0.1 <= calibration["temperature"] <= 10
    assert 0 < calibration["threshold"] <= 0.99
    assert 0 <= calibration["ece_after"] <= 1


def test_a_finished_run_is_left_alone(tiny_run, train_here):
    arguments, folder, _ = tiny_run
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    process = train_here(*arguments)
    assert process.returncode == 0
    assert "finished" in process.stdout
    assert "Epoch" not in process.stdout
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_run_of_other_settings_is_refused(tiny_run, train_here):
    arguments, folder, _ = tiny_run
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert_one_line(
        train_here(*arguments, "--seed", 3),
        1,
        r"train: .* holds a run of other settings \(seed 0\); .*--force.*",
    )
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.slow
def test_a_killed_run_goes_on_and_ends_as_an_undisturbed_one(drawn_mnist, tmp_path):
    # Many short epochs, so that there are some left when it is killed.
    arguments = ["--model", "mlp-128", "--data", drawn_mnist, "--epochs", 12, "--batch-size", 100]
    folder = tmp_path / "killed"
    command = ["-m", "train", *arguments, "--output", folder]
    with start_python(*command, stdout=subprocess.DEVNULL, stderr=None) as process:
        wait_until((folder / "checkpoint.keras").exists, "the first epoch", LIMIT_SECONDS)
        process.kill()
    assert process.returncode != 0, "finished before it could be killed"
    resumed = train(*arguments, "--output", folder)
    assert resumed.returncode == 0, resumed.stderr
    assert "Resumed after epoch" in resumed.stdout
    assert "Epoch 1/12" not in resumed.stdout
    assert {path.name for path in folder.iterdir()} == FILES
    train(*arguments, "--output", tmp_path / "undisturbed")
    weights = [
        keras.saving.load_model(tmp_path / name / "model.keras").get_weights()
        for name in ("killed", "undisturbed")
    ]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.fixture(scope="module")
def drawn(drawn_mnist):
    return load_mnist(drawn_mnist)


@pytest.mark.slow
def test_force_starts_over_and_leaves_other_files_alone(drawn, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for seed in (0, 1):
        metrics = run_training(
            "mlp-128", Recipe("mlp-128", 1, 500), drawn, seed=seed, folder=tmp_path, force=seed == 1
        )
        assert metrics["settings"]["seed"] == seed
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {*FILES, "notes.txt"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "settings.json is missing"),
        ("{", "settings.json is damaged"),
        ("[]", "settings.json is damaged"),
        ("{}", "model None"),
    ],
)
def test_models_of_unknown_settings_are_not_overwritten(drawn, tmp_path, content, reason):
    (tmp_path / "model.keras").write_bytes(b"someone's")
    if content is not None:
        (tmp_path / "settings.json").write_text(content)
    with pytest.raises(RunError, match=reason):
        run_training("mlp-128", Recipe("mlp-128", 1, 500), drawn, seed=0, folder=tmp_path)
    assert (tmp_path / "model.keras").read_bytes() == b"someone's"


@pytest.mark.slow
def test_the_cnn_learns_drawn_digits(drawn, tmp_path):
    metrics = run_training("cnn", Recipe("cnn", 8, 32), drawn, seed=0, folder=tmp_path)
    assert metrics["test"]["accuracy"] > 0.9


@pytest.mark.slow
def test_edge_trains_on_the_mixture(drawn, tmp_path):
    mixture = replace(RECIPES["edge"].mixture, distinct=1)
    recipe = Recipe("edge", 2, 128, schedule="cosine", mixture=mixture)
    metrics = run_training("edge", recipe, drawn, seed=0, folder=tmp_path)
    assert np.array(metrics["test"]["confusion_matrix"]).shape == (10, 11)
    assert {path.name for path in tmp_path.iterdir()} == FILES


@pytest.mark.slow
def test_a_cascade_learns_from_a_teacher_and_goes_on_where_it_was(drawn, tmp_path):
    mixture = Mixture(distinct=2, distorted=0.5, letters=0.1)
    teacher = Teacher("edge", epochs=1, temperature=2.0, weight=0.5)
    recipe = Recipe("edge", 3, 128, schedule="cosine", mixture=mixture, teacher=teacher)
    recipe = replace(recipe, first=First("glance", epochs=2, sure=0.2))
    run_training("edge", recipe, drawn, seed=0, folder=tmp_path / "undisturbed")
    folder = tmp_path / "interrupted"
    with pytest.raises(KeyboardInterrupt), interrupted_at(folder / "history.json"):
        run_training("edge", recipe, drawn, seed=0, folder=folder)
    assert {"epochs", "taught", "teacher"} < {path.name for path in folder.iterdir()}
    metrics = run_training("edge", recipe, drawn, seed=0, folder=folder)
    assert {path.name for path in folder.iterdir()} == FILES
    assert metrics["teacher"]["parameters"] > metrics["parameters"] / 2
    assert metrics["first"]["parameters"] < metrics["parameters"] / 2
    one, other = (
        keras.saving.load_model(tmp_path / name / "model.keras")
        for name in ("undisturbed", "interrupted")
    )
    first, second = (predict(network, drawn.x_test) for network in stages(one))
    assert (first != second).any()
    sure = softmax(first)[:, :10].max(axis=1, keepdims=True) >= 0.2
    expected = softmax(np.where(sure, first, second))
    np.testing.assert_allclose(predict(one, drawn.x_test), expected, atol=1e-5)
    for expected, found in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)
    # Begun again with a rate of nearly nothing, both networks are what they were.
    resting = replace(recipe, learning_rate=1e-9)
    start = tmp_path / "undisturbed"
    again = run_training("edge", resting, drawn, seed=1, folder=tmp_path / "again", start=start)
    assert "teacher" not in again
    model = keras.saving.load_model(tmp_path / "again" / "model.keras")
    np.testing.assert_allclose(predict(model, drawn.x_test), predict(one, drawn.x_test), atol=1e-3)
    with pytest.raises(RunError, match="to begin with holds another teacher"):
        run_training(
            "edge",
            replace(recipe, architecture="teacher"),
            drawn,
            seed=1,
            folder=tmp_path / "other",
            start=start,
        )


@contextmanager
def interrupted_at(path):
    """Sends the interrupt of Ctrl-C as soon as a file is there."""

    def wait():
        while not path.exists() and not over.wait(0.02):
            pass
        if path.exists():
            signal.raise_signal(signal.SIGINT)

    over = threading.Event()
    thread = threading.Thread(target=wait)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(60)


@pytest.mark.slow
def test_a_damaged_epoch_is_named(drawn, tmp_path):
    recipe = Recipe("edge", 2, 128, mixture=Mixture(distinct=2, distorted=0.1))
    (tmp_path / "epochs").mkdir()
    (tmp_path / "epochs" / "001.npz").write_bytes(b"PK damaged")
    settings = {"model": "edge", "seed": 0, "data_sha256": drawn.sha256}
    (tmp_path / "settings.json").write_text(json.dumps(settings | asdict(recipe)))
    with pytest.raises(RunError, match=r"001\.npz is damaged; --force"):
        run_training("edge", recipe, drawn, seed=0, folder=tmp_path)


def test_show_draws_samples_and_counts_digits(drawn_mnist, tmp_path):
    path = tmp_path / "new" / "samples.png"
    process = train("--show", "--data", drawn_mnist, "--output", path)
    assert process.returncode == 0
    assert process.stderr == ""
    assert path.read_bytes().startswith(b"\x89PNG")
    assert str(path) in process.stdout
    assert re.search(r"^ *3 +240 +40$", process.stdout, re.MULTILINE)
    assert re.search(r"^ *all +2,400 +400$", process.stdout, re.MULTILINE)


def test_bad_data_gives_one_line(tmp_path, train_here):
    missing = tmp_path / "missing.npz"
    assert_one_line(
        train_here("--model", "cnn", "--data", missing), 1, r"train: cannot read .*missing\.npz: .*"
    )
    damaged = tmp_path / "damaged.npz"
    damaged.write_bytes(b"PK\3\4 damaged")
    assert_one_line(train_here("--show", "--data", damaged), 1, r"train: .*damaged\.npz .*")


def test_without_network_the_message_asks_for_a_file(tmp_path):
    nowhere = "http://127.0.0.1:9"
    process = train(
        "--show", KERAS_HOME=str(tmp_path), HTTPS_PROXY=nowhere, https_proxy=nowhere, NO_PROXY=""
    )
    assert process.returncode == 1
    assert re.fullmatch(r"train: MNIST cannot .*name the file, with --mnist.*\n", process.stderr)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="other systems word it differently")
def test_an_output_that_is_a_file_gives_one_line(drawn_mnist, tmp_path, train_here):
    path = tmp_path / "file"
    path.write_text("")
    assert_one_line(
        train_here("--model", "mlp-128", "--data", drawn_mnist, "--output", path),
        1,
        r"train: .*file.*",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "one of the arguments --model --recipe --show is required"),
        (["--model", "vgg"], "invalid choice: 'vgg'"),
        (["--model", "cnn", "--show"], "not allowed with"),
        (["--model", "cnn", "--epochs", "0"], "must be at least 1, not 0"),
        (["--model", "cnn", "--epochs", "two"], "invalid whole number value: 'two'"),
        (["--model", "cnn", "--batch-size", "-3"], "must be at least 1, not -3"),
        (["--model", "cnn", "--seed", "-1"], "must be from 0 to"),
        (["--model", "cnn", "--seed", "2147483649"], "must be from 0 to"),
        (["--modell", "cnn"], "required"),
    ],
)
def test_wrong_usage(arguments, message):
    process = train(*arguments)
    assert process.returncode == 2
    assert message in process.stderr
    assert "Traceback" not in process.stderr


@pytest.mark.slow
def test_mnist_is_learned(mnist_path, tmp_path):
    data = load_mnist(mnist_path)
    metrics = run_training("mlp-128-128", RECIPES["mlp-128-128"], data, seed=0, folder=tmp_path)
    assert metrics["settings"]["epochs"] == 3
    assert metrics["test"]["accuracy"] >= 0.97
