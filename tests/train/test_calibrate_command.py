"""`python -m train calibrate`: a run's temperature and threshold, from tiny sets drawn here."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs TensorFlow")
pytest.importorskip("matplotlib", reason="training needs matplotlib")

import keras

from edgedigit.normalize import normalize
from train.__main__ import main
from train.data.mnist import load_mnist
from train.drawing.characters import draw_digits, draw_non_digits

LABELS = np.arange(200) % 10
DIGITS = draw_digits(LABELS, np.random.default_rng(11), 28)
# Two in a hundred have a wrong label; one picture is blank.
WRITTEN = LABELS.copy()
WRITTEN[[0, 5, 14, 123]] = [3, 9, 0, 7]
DIGITS[77] = 0
LETTERS = draw_non_digits("letters", 30, np.random.default_rng(12), 28)
ODD = (DIGITS[:40], (LABELS[:40] + 1) % 10)


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets")
    np.savez(folder / "drawn.npz", x=DIGITS, y=WRITTEN)
    np.savez(folder / "nondigit_signs.npz", x=LETTERS, y=np.arange(30) % 2, names=["A", "l"])
    # All wrong, but too odd a set to count.
    np.savez(folder / "semeion.npz", x=ODD[0], y=ODD[1])
    return folder


@pytest.fixture
def run_folder(trained_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained_run, tmp_path / "run"))


def calibrate(run: Path, data: Path, sets: Path) -> int:
    return main(["calibrate", str(run), "--data", str(data), "--sets", str(sets)])


def halves_of(labels: np.ndarray) -> tuple[list[int], list[int]]:
    """Places of pictures that alternate within each label, one label after the other."""
    order = [place for label in sorted(set(labels)) for place in np.flatnonzero(labels == label)]
    return order[::2], order[1::2]


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def test_the_figures_are_those_of_the_model(
    run_folder: Path, drawn_mnist: Path, sets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = json.loads((run_folder / "metrics.json").read_text())
    capsys.readouterr()
    assert calibrate(run_folder, drawn_mnist, sets) == 0
    out, err = capsys.readouterr()
    assert err == ""
    after = json.loads((run_folder / "metrics.json").read_text())
    calibration = after.pop("calibration")
    before.pop("calibration")
    assert after == before, "nothing else changes"
    assert calibration["sets"] == ["drawn"]
    assert calibration["not_digits"] == ["nondigit_signs"]
    temperature, threshold = calibration["temperature"], calibration["threshold"]
    assert f"temperature {temperature:.4g}, threshold {threshold:g}" in out

    model = keras.saving.load_model(run_folder / "model.keras")
    network = keras.Model(model.input, model.get_layer("logits").output)

    def logits(pictures: np.ndarray) -> np.ndarray:
        return network.predict(normalize(pictures), verbose=0).astype(np.float64)

    rows = {row["name"]: row for row in calibration["figures"]}
    first, second = halves_of(WRITTEN)
    assert len(first) == len(second) == 100
    x, y = load_mnist(drawn_mnist).split()[1]
    for name, pictures, labels in (
        ("validation", x, y),
        ("fitted digits", DIGITS[first], WRITTEN[first]),
        ("checked digits", DIGITS[second], WRITTEN[second]),
    ):
        probabilities = softmax(logits(pictures) / temperature)
        probabilities[~pictures.any(axis=(1, 2))] = 0
        confidence, best = probabilities.max(axis=1), probabilities.argmax(axis=1)
        given = confidence >= threshold
        row = rows[name]
        assert row["pictures"] == len(pictures)
        assert row["right"] == (best == labels).sum()
        assert row["refused"] == (~given).sum()
        assert row["given_wrong"] == (given & (best != labels)).sum()
        place = np.minimum((confidence * 15).astype(int), 14)
        gaps = [abs((confidence - (best == labels))[place == b].sum()) for b in range(15)]
        assert row["ece"] == pytest.approx(sum(gaps) / len(labels), abs=1e-5)
    letters = logits(LETTERS[::2])
    refused = [
        (softmax(letters[half] / temperature).max(axis=1) < threshold).sum()
        for half in (slice(0, None, 2), slice(1, None, 2))
    ]
    assert [rows[f"{half} not digits"]["refused"] for half in ("fitted", "checked")] == refused

    # The temperature has the smallest loss on what was fitted, the threshold is the smallest.
    fitted = np.concatenate([logits(x), logits(DIGITS[first])])
    answers = np.concatenate([y, WRITTEN[first]])
    seen = np.concatenate([x, DIGITS[first]]).any(axis=(1, 2))

    def loss(t: float) -> float:
        rows = softmax(fitted[seen] / t)
        return -np.log(rows[np.arange(len(rows)), answers[seen]]).mean()

    assert all(loss(temperature) <= loss(temperature * factor) for factor in (0.9, 0.98, 1.02, 1.1))
    confidence = softmax(logits(DIGITS[first]) / temperature)
    wrong = confidence.argmax(axis=1) != WRITTEN[first]
    confidence = confidence.max(axis=1) * DIGITS[first].any(axis=(1, 2))

    def is_good(threshold: float) -> bool:
        given = confidence >= threshold
        return (wrong & given).sum() <= 0.003 * given.sum()

    assert 0.5 <= threshold <= 0.99
    assert is_good(threshold) or threshold == 0.99
    assert not any(is_good(hundredths / 100) for hundredths in range(50, round(100 * threshold)))


def test_the_same_again_and_into_the_export(
    run_folder: Path, drawn_mnist: Path, sets: Path, tmp_path: Path
) -> None:
    pytest.importorskip("tf2onnx", reason="export needs tf2onnx")
    from export.__main__ import main as export

    assert calibrate(run_folder, drawn_mnist, sets) == 0
    first = (run_folder / "metrics.json").read_bytes()
    assert calibrate(run_folder, drawn_mnist, sets) == 0
    assert (run_folder / "metrics.json").read_bytes() == first
    calibration = json.loads(first)["calibration"]
    models = ["--output", str(tmp_path), "--name", "tiny-v1"]
    assert export([str(run_folder), *models]) == 0
    config = json.loads((tmp_path / "tiny-v1" / "config.json").read_text())
    assert config["temperature"] == calibration["temperature"]
    assert config["threshold"] == calibration["threshold"]
    assert config["training"]["calibration"] == calibration
    card = (tmp_path / "tiny-v1" / "README.md").read_text()
    assert "python -m train calibrate runs/mlp-128 --data drawn.npz --sets SETS" in card
    assert "python -m export runs/mlp-128 --name tiny-v1 --data drawn.npz" in card
    checked = next(row for row in calibration["figures"] if row["name"] == "checked digits")
    assert f"{checked['refused']:,} are refused" in card
    assert export([str(run_folder), *models, "--threshold", "0.3"]) == 0
    assert Path(tmp_path, "tiny-v1", "README.md").read_text().count("--threshold 0.3") == 1


def test_what_cannot_be_used_gives_one_line_and_changes_nothing(
    run_folder: Path,
    drawn_mnist: Path,
    sets: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = (run_folder / "metrics.json").read_bytes()
    nowhere, unfinished, odd = tmp_path / "nowhere", tmp_path / "unfinished", tmp_path / "odd"
    unfinished.mkdir()
    odd.mkdir()
    np.savez(odd / "semeion.npz", x=ODD[0], y=ODD[1])
    np.savez(odd / "nondigit.npz", x=LETTERS, y=np.zeros(30, int), names=["A"])
    with np.load(drawn_mnist) as arrays:
        np.savez(tmp_path / "other.npz", **{**arrays, "x_test": arrays["x_test"][:, ::-1]})
    for run, data, folder, reason in (
        (nowhere, drawn_mnist, sets, "is not the folder of a run"),
        (unfinished, drawn_mnist, sets, "model.keras does not exist"),
        (run_folder, drawn_mnist, nowhere, "nowhere is not a folder"),
        (run_folder, drawn_mnist, odd, "no digits to fit on"),
        (run_folder, nowhere, sets, "cannot read"),
        (run_folder, tmp_path / "other.npz", sets, "is not the data that the model was trained"),
    ):
        capsys.readouterr()
        assert calibrate(run, data, folder) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert re.fullmatch(r"train: [^\n]+\n", err), err
        assert reason in err
    assert (run_folder / "metrics.json").read_bytes() == before


@pytest.mark.parametrize(
    "arguments", [[], ["runs/edge"], ["runs/edge", "--data", "mnist.npz"], ["--sets", "sets"]]
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["calibrate", *arguments])
    assert caught.value.code == 2
    assert "required" in capsys.readouterr().err
