"""`python -m train finetune` on tiny pictures drawn here, which hold what users' folders hold."""

import json
import os
import re
import signal
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs TensorFlow")
pytest.importorskip("matplotlib", reason="training needs matplotlib")

import keras

from edgedigit import Classifier
from tests.support.command import start_python
from tests.support.picture_files import png_file
from train.__main__ import main
from train.data.mnist import load_mnist
from train.drawing.characters import draw_digits, draw_non_digits
from train.drawing.mixture import replay
from train.networks.cascade import cascade
from train.networks.predict import logits_network
from train.training.finetune import REPLAY_MIXTURE

FILES = {"model.keras", "metrics.json", "settings.json", "history.json"}
PICTURES = {"curves.png", "confusion.png", "predictions.png"}


def mirrored(count: int, seed: int, size: int = 28) -> np.ndarray:
    """`count` digits of each kind as nobody else writes them, one kind after the other."""
    digits = draw_digits(np.repeat(np.arange(10), count), np.random.default_rng(seed), size)
    return digits[:, :, ::-1]


def write(folder: Path, label: str, pictures: np.ndarray) -> None:
    (folder / label).mkdir(parents=True, exist_ok=True)
    for index, picture in enumerate(pictures):
        (folder / label / f"{index}.png").write_bytes(png_file(picture))


@pytest.fixture(scope="module")
def base(drawn_mnist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of ten answers, as `python -m train` leaves it."""
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    arguments = ["--model", "mlp-128", "--epochs", "12", "--data", str(drawn_mnist)]
    assert main([*arguments, "--output", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def more_mnist(drawn_mnist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each picture four times: so many that one is less than what may be lost of refusals."""
    path = tmp_path_factory.mktemp("data") / "more.npz"
    with np.load(drawn_mnist) as arrays:
        np.savez(path, **{name: np.concatenate([arrays[name]] * 4) for name in arrays})
    return path


@pytest.fixture(scope="module")
def eleven(drawn_mnist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Networks that know what is no digit: `one.keras`, and the cascade `two.keras` of two."""
    folder = tmp_path_factory.mktemp("models")
    pictures, labels = replay(*load_mnist(drawn_mnist).split()[0], REPLAY_MIXTURE, 0, 1)
    networks = []
    keras.utils.set_random_seed(2)
    for width in (16, 64):
        image = keras.Input((28, 28), dtype="uint8", name="image")
        x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(image))
        x = keras.layers.Dense(width, use_bias=False)(x)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
        logits = keras.layers.Dense(11, name="logits")(x)
        model = keras.Model(image, keras.layers.Softmax(name="probabilities")(logits))
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(pictures, labels, epochs=4, verbose=0)
        networks.append(logits_network(model))
    model.save(folder / "one.keras")
    cascade(*networks, 0.9, "two").save(folder / "two.keras")
    return folder


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twos and sevens, mirrored, 25 each."""
    folder = tmp_path_factory.mktemp("own") / "my_digits"
    digits = mirrored(25, 3)
    for label in (2, 7):
        write(folder, str(label), digits[25 * label : 25 * label + 25])
    return folder


def finetune(base: Path, data: Path, mnist: Path, output: Path, *more: str) -> int:
    arguments = ["--base", base, "--data", data, "--mnist", mnist, "--output", output]
    return main(["finetune", *map(str, arguments), *(more or ("--epochs", "2"))])


def rows(folder: Path) -> dict[str, dict]:
    metrics = json.loads((folder / "metrics.json").read_text())
    return {row["part"]: row for row in metrics["finetuning"]["figures"]}


@pytest.mark.slow
def test_own_digits_are_learnt_and_nothing_is_forgotten(
    base: Path, own: Path, drawn_mnist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tf2onnx", reason="export needs tf2onnx")
    from export.__main__ import main as export

    run = tmp_path / "run"
    more = ("--epochs", "4", "--learning-rate", "0.003")
    assert finetune(base, own, drawn_mnist, run, *more) == 0
    out, err = capsys.readouterr()
    assert {path.name for path in run.iterdir()} == FILES | PICTURES
    assert "no pictures to train with of 0, 1, 3, 4, 5, 6, 8, 9" in err
    figures = rows(run)
    mine, known = figures["own pictures held out"], figures["MNIST, validation part"]
    assert (mine["pictures"], known["pictures"]) == (16, 200)
    assert mine["after"]["right"] > mine["before"]["right"]
    assert known["after"]["right"] >= known["before"]["right"]
    assert f"| {mine['after']['right'] / 16:.2%} |" in out

    before = (run / "model.keras").read_bytes()
    assert finetune(base, own, drawn_mnist, run, *more) == 0
    assert "finished" in capsys.readouterr().out
    assert finetune(base, own, drawn_mnist, run, "--epochs", "1") == 1
    assert "holds a run of other settings" in capsys.readouterr().err
    assert (run / "model.keras").read_bytes() == before

    models = tmp_path / "models"
    for source, name in ((base, "base-v1"), (run, "mine-v1")):
        assert export([str(source), "--output", str(models), "--name", name]) == 0
    others = mirrored(30, 5, 56)
    labels = np.repeat(np.arange(10), 30)
    chosen = np.isin(labels, (2, 7))
    read = {
        name: [answer.best for answer in Classifier(models / name).classify_batch(others[chosen])]
        for name in ("base-v1", "mine-v1")
    }
    right = {name: (np.array(best) == labels[chosen]).sum() for name, best in read.items()}
    assert right["mine-v1"] > right["base-v1"]
    card = (models / "mine-v1" / "README.md").read_text()
    assert "python -m train finetune --base tiny --data my_digits --mnist drawn.npz" in card
    assert "| own pictures held out | 16 |" in card
    assert "and those of `my_digits`" in card


@pytest.mark.slow
@pytest.mark.parametrize("name", ["one", "two"])
def test_refusals_are_not_forgotten(
    name: str, eleven: Path, more_mnist: Path, tmp_path: Path
) -> None:
    letters = draw_non_digits("letters", 40, np.random.default_rng(4), 28)
    write(tmp_path / "own", "not-a-digit", letters)
    write(tmp_path / "own", "3", mirrored(20, 6)[60:80])
    base, run = eleven / f"{name}.keras", tmp_path / "run"
    more = ("--epochs", "1", "--learning-rate", "0.00002")
    assert finetune(base, tmp_path / "own", more_mnist, run, *more) == 0
    others = rows(run)["what is no digit"]
    assert others["pictures"] > 200
    lost = others["before"]["right"] - others["after"]["right"]
    assert lost <= 0.01 * others["pictures"]
    before, after = (keras.saving.load_model(path) for path in (base, run / "model.keras"))
    weights = list(zip(before.get_weights(), after.get_weights(), strict=True))
    assert any((one != other).any() for one, other in weights)
    if name == "two":
        assert after.get_layer("logits").sure == 0.9
        for stage in ("first", "second"):
            stages = (getattr(model.get_layer("logits"), stage) for model in (before, after))
            old, new = (network.get_weights() for network in stages)
            assert any((one != other).any() for one, other in zip(old, new, strict=True))
        assert all((w.astype(np.float16) == w).all() for _, w in weights), "as small as it was"


def test_a_network_of_ten_answers_leaves_out_what_is_no_digit(
    trained_run: Path,
    own: Path,
    drawn_mnist: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "mixed"
    write(folder, "not-a-digit", draw_non_digits("letters", 3, np.random.default_rng(4), 28))
    write(folder, "2", mirrored(30, 3)[60:90])
    assert finetune(trained_run, folder, drawn_mnist, tmp_path / "run", "--epochs", "1") == 0
    err = capsys.readouterr().err
    assert "no answer for what is no digit" in err
    assert "0.png" in err
    assert "what is no digit" not in rows(tmp_path / "run")


@pytest.mark.slow
def test_a_worse_model_is_not_kept(
    base: Path, own: Path, drawn_mnist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert finetune(base, own, drawn_mnist, run, "--epochs", "1", "--learning-rate", "1") == 1
    _, err = capsys.readouterr()
    assert re.search(r"^train: the model became worse, and is not kept: [^\n]+\n\Z", err, re.M), err
    assert "MNIST" in err
    assert not run.exists()
    assert finetune(base, own, drawn_mnist, run, "--epochs", "1") == 0, "nothing is in the way"


@pytest.mark.slow
def test_wrong_labels_cost_nothing_of_what_was_known(
    base: Path, drawn_mnist: Path, tmp_path: Path
) -> None:
    folder, run = tmp_path / "wrong", tmp_path / "run"
    digits = draw_digits(np.repeat(np.arange(10), 12), np.random.default_rng(8), 28)
    for label in range(10):
        write(folder, str((label + 1) % 10), digits[12 * label : 12 * label + 12])
    status = finetune(base, folder, drawn_mnist, run, "--epochs", "3", "--learning-rate", "0.003")
    if status == 1:
        assert not run.exists()
    else:
        known = rows(run)["MNIST, validation part"]
        assert known["after"]["right"] >= known["before"]["right"]


@pytest.mark.slow
def test_bad_pictures_are_named_and_the_rest_is_used(
    base: Path, drawn_mnist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "own"
    small, large = mirrored(30, 9), mirrored(30, 10, 56)
    write(folder, "5", small[150:180])
    write(folder, "6", large[180:210])
    write(folder, "7", small[150:151])
    twice = folder / "6" / "again.png"
    twice.write_bytes((folder / "6" / "0.png").read_bytes())
    blank = folder / "6" / "blank.png"
    blank.write_bytes(png_file(np.full((40, 30), 200, np.uint8)))
    broken = folder / "5" / "broken.png"
    broken.write_bytes(b"\x89PNG no picture")
    (folder / "notes.txt").write_text("beside the folders")
    assert finetune(base, folder, drawn_mnist, tmp_path / "run", "--epochs", "1") == 0
    err = capsys.readouterr().err
    assert f"cannot read {broken}" in err
    assert re.search(rf"nothing is on them: {re.escape(str(blank))}\n", err)
    assert re.search(rf"the same is there already: {re.escape(str(twice))}\n", err)
    contradicting = f"{folder / '5' / '0.png'}, {folder / '7' / '0.png'}"
    assert f"they are there with another label too: {contradicting}\n" in err
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    own = metrics["finetuning"]["own"]
    assert own["train"] + own["held_out"] == 59
    assert sum(own["left_out"].values()) == 5


def failing_data(tmp_path: Path) -> list[tuple[Path, str]]:
    """Folders that cannot be used, and what is said about each."""
    few, named, empty = tmp_path / "few", tmp_path / "named", tmp_path / "empty"
    for label, picture in enumerate(mirrored(1, 11)):
        write(few, str(label), picture[None])
    write(named, "seven", mirrored(1, 11)[:1])
    empty.mkdir()
    same = tmp_path / "same.npz"
    np.savez(same, x=np.repeat(mirrored(1, 11)[:1], 50, axis=0), y=np.zeros(50, int))
    return [
        (few, "10 of the 10 pictures of .* can be used, and 20 are needed"),
        (named, "named/seven is no label"),
        (empty, "holds no folders of pictures"),
        (same, "1 of the 50 pictures of .* can be used"),
        (tmp_path / "nowhere", "does not exist"),
    ]


def test_data_that_cannot_be_used(
    trained_run: Path, drawn_mnist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for data, reason in failing_data(tmp_path):
        capsys.readouterr()
        assert finetune(trained_run, data, drawn_mnist, tmp_path / "run") == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert re.match(rf"train: [^\n]*{reason}[^\n]*\n\Z", err.splitlines(True)[-1]), err
        assert not (tmp_path / "run").exists()


def other_models(tmp_path: Path, base: Path) -> list[tuple[Path, str]]:
    """Bases that are none, and what is said about each."""
    image = keras.Input((28, 28, 1), name="image")
    logits = keras.layers.Dense(10, name="logits")(keras.layers.Flatten()(image))
    keras.Model(image, keras.layers.Softmax()(logits)).save(tmp_path / "shape.keras")
    image = keras.Input((28, 28), dtype="uint8", name="image")
    flat = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(image))
    answers = keras.layers.Dense(10, activation="softmax")(flat)
    keras.Model(image, answers).save(tmp_path / "unnamed.keras")
    logits = keras.layers.Dense(3, name="logits")(flat)
    keras.Model(image, keras.layers.Softmax()(logits)).save(tmp_path / "three.keras")
    (tmp_path / "damaged.keras").write_bytes(b"PK no model")
    old = tmp_path / "old"
    old.mkdir()
    (old / "model.keras").write_bytes((base / "model.keras").read_bytes())
    metrics = json.loads((base / "metrics.json").read_text()) | {"normalization": 0}
    (old / "metrics.json").write_text(json.dumps(metrics))
    return [
        (tmp_path / "shape.keras", "must take uint8 pictures of 28 x 28"),
        (tmp_path / "unnamed.keras", 'must have a layer named "logits"'),
        (tmp_path / "three.keras", "must have ten answers"),
        (tmp_path / "damaged.keras", "cannot load"),
        (tmp_path / "missing.keras", "does not exist"),
        (old, "were normalised by version 0"),
    ]


def test_bases_that_cannot_be_used(
    trained_run: Path,
    own: Path,
    drawn_mnist: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for model, reason in other_models(tmp_path, trained_run):
        capsys.readouterr()
        assert finetune(model, own, drawn_mnist, tmp_path / "run") == 1
        _, err = capsys.readouterr()
        assert re.fullmatch(r"train: [^\n]+\n", err), err
        assert reason in err
        assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_killed_it_leaves_no_model_and_starts_over(
    base: Path, own: Path, drawn_mnist: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    arguments = ["--base", base, "--data", own, "--mnist", drawn_mnist, "--output", run]
    command = ["-m", "train", "finetune", *arguments, "--epochs", "500"]
    with start_python(*command, stderr=None) as process:
        while "epoch 1/500" not in process.stdout.readline():
            assert process.poll() is None
        os.kill(process.pid, signal.SIGKILL)
    assert {path.name for path in run.iterdir()} == {"settings.json"}
    assert finetune(base, own, drawn_mnist, run, "--epochs", "1") == 1, "other settings"
    assert finetune(base, own, drawn_mnist, run, "--epochs", "1", "--force") == 0
    assert {path.name for path in run.iterdir()} == FILES | PICTURES


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "--data"),
        (["--data", "x", "--epochs", "0"], "--epochs: must be at least 1"),
        (["--data", "x", "--learning-rate", "nan"], "--learning-rate must be above 0"),
        (["--data", "x", "--seed", "-1"], "--seed: must be from 0"),
    ],
)
def test_wrong_usage(arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["finetune", *arguments])
    assert caught.value.code == 2
    assert reason in capsys.readouterr().err


def test_halves_share_no_picture(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arrays = tmp_path / "set.npz"
    np.savez(arrays, x=mirrored(5, 12), y=np.repeat(np.arange(10), 5))
    assert main(["halve", str(own), str(tmp_path)]) == 0
    assert main(["halve", str(arrays), str(tmp_path), "--most", "2"]) == 0
    first, second = (set(tmp_path.glob(f"my_digits-{half}/*/*.png")) for half in (1, 2))
    assert (len(first), len(second)) == (25, 25)
    contents = {path.read_bytes() for path in first | second}
    assert contents == {path.read_bytes() for path in own.glob("*/*.png")}
    with np.load(tmp_path / "set-1.npz") as one, np.load(tmp_path / "set-2.npz") as other:
        assert np.bincount(one["y"]).tolist() == [2] * 10
        assert set(np.bincount(other["y"])) == {2, 3}
        pictures = [x.tobytes() for half in (one, other) for x in half["x"]]
        assert len(set(pictures)) == 20 + 25
    capsys.readouterr()
    assert main(["halve", str(own), str(tmp_path)]) == 1, "nothing is overwritten"
    assert "my_digits-1" in capsys.readouterr().err
