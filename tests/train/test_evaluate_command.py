"""`python -m train evaluate`, on sets that are drawn here."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.support.command import python
from tests.support.marks import posix_only

pytest.importorskip("matplotlib", reason="training needs matplotlib")

from edgedigit import Classifier, Prediction
from edgedigit.classifier import decide
from edgedigit.model import DEFAULT_MODEL
from edgedigit.normalize import normalize, prepare_all
from tests.support.picture_files import png_file
from train.__main__ import main
from train.drawing.characters import draw_digits, draw_non_digits
from train.measuring.reliability import reliability

LABELS = np.arange(60) % 10
# So small that some are read wrong.
DIGITS = draw_digits(LABELS, np.random.default_rng(3), 28)[:, ::3, ::3]
DIGITS[7] = 0
LETTERS = draw_non_digits("letters", 12, np.random.default_rng(4), 28)
PICTURES = {"calibration.png", "confusion.png", "mistakes.png"}


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`arrays.npz`, and `files` with the first 20 of its digits, letters and two bad files."""
    folder = tmp_path_factory.mktemp("sets")
    np.savez(folder / "arrays.npz", x=DIGITS, y=LABELS)
    for place in range(20):
        path = folder / "files" / str(LABELS[place]) / f"{place}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png_file(np.kron(255 - DIGITS[place], np.ones((place + 1, place + 1)))))
    (folder / "files" / "not-a-digit").mkdir()
    for place, picture in enumerate(LETTERS):
        (folder / "files" / "not-a-digit" / f"{place}.png").write_bytes(png_file(picture))
    (folder / "files" / "4" / "torn.png").write_bytes(png_file(DIGITS[4])[:45])
    (folder / "files" / "not-a-digit" / "notes.txt").write_text("text")
    return folder


@pytest.fixture(scope="module")
def evaluation(sets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the figures of the model that ships are, on both sets."""
    folder = tmp_path_factory.mktemp("runs") / "new" / "evaluation"
    data = [str(sets / "arrays.npz"), str(sets / "files")]
    assert main(["evaluate", str(DEFAULT_MODEL), "--data", *data, "--output", str(folder)]) == 0
    return folder


def figures(folder: Path) -> dict:
    return json.loads((folder / "evaluation.json").read_text())


def evaluate(*arguments: object) -> int:
    return main(["evaluate", *map(str, arguments)])


def failure(*arguments: object, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that the command fails with."""
    capsys.readouterr()
    assert evaluate(*arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"train: [^\n]+\n", err), err
    return err


def of_the_network_of_digits(classifier: Classifier) -> list[Prediction]:
    """The runtime's answers without second looks, which a model that is measured has not."""
    prepared = prepare_all(list(DIGITS))
    blank = prepared.inks.max(axis=(1, 2)) == 0
    rows = classifier.probabilities(prepared.inks)
    return decide(rows, blank, prepared.several, classifier.min_confidence)


def test_the_counts_are_those_of_the_runtime(evaluation: Path) -> None:
    classifier = Classifier()
    row = figures(evaluation)["sets"][0]
    answers = of_the_network_of_digits(classifier)
    pairs = Counter(
        (label, 10 if answer.digit is None else answer.digit)
        for answer, label in zip(answers, LABELS.tolist(), strict=True)
    )
    best_right = sum(answer.best == label for answer, label in zip(answers, LABELS, strict=True))
    given = sum(answer.digit is not None for answer in answers)
    wrong = sum(times for (label, digit), times in pairs.items() if digit not in (label, 10))
    assert (row["name"], row["pictures"], row["unreadable"]) == ("arrays", 60, 0)
    assert (row["best_right"], row["accuracy"]) == (best_right, best_right / 60)
    assert (row["given"], row["given_wrong"], row["refused"]) == (given, wrong, 60 - given)
    assert 0 < given < 60
    assert 0 < best_right < 60
    matrix = np.array(row["confusion"])
    assert matrix.shape == (11, 11)
    assert {(int(i), int(j)): int(matrix[i, j]) for i, j in np.argwhere(matrix)} == pairs
    probabilities = np.stack([answer.probabilities for answer in answers])
    assert row["calibration_error"] == pytest.approx(reliability(probabilities, LABELS).error)
    assert sum(part["count"] for part in row["reliability"]) == 60


def test_the_figures_of_each_label(evaluation: Path) -> None:
    for row in figures(evaluation)["sets"]:
        matrix = np.array(row["confusion"])
        for entry in row["labels"]:
            label = 10 if entry["label"] == "not-a-digit" else int(entry["label"])
            assert entry["count"] == matrix[label].sum()
            assert entry["refused"] == matrix[label, 10]
            assert entry["recall"] == pytest.approx(matrix[label, label] / matrix[label].sum())
            if matrix[:, label].any():
                share = matrix[label, label] / matrix[:, label].sum()
                assert entry["precision"] == pytest.approx(share)
            else:
                assert entry["precision"] is None


def test_risk_and_coverage_are_those_of_each_threshold(evaluation: Path) -> None:
    row = figures(evaluation)["sets"][0]
    classifiers = {threshold: Classifier(min_confidence=threshold) for threshold in (0.0, 0.5, 0.9)}
    by_threshold = {round(point["threshold"], 2): point for point in row["risk_coverage"]}
    for threshold, classifier in classifiers.items():
        answers = [answer.digit for answer in of_the_network_of_digits(classifier)]
        given = [
            (digit, label)
            for digit, label in zip(answers, LABELS, strict=True)
            if digit is not None
        ]
        point = by_threshold[threshold]
        assert point["coverage"] == pytest.approx(len(given) / 60)
        wrong = sum(digit != label for digit, label in given)
        assert point["risk"] == pytest.approx(wrong / len(given))


def test_sets_are_told_apart_and_together(evaluation: Path) -> None:
    arrays, files, whole = figures(evaluation)["sets"]
    assert [files["name"], whole["name"]] == ["files", "all together"]
    assert (files["pictures"], files["digits"], files["others"]) == (32, 20, 12)
    for key in ("pictures", "digits", "others", "given", "given_wrong", "best_right", "unreadable"):
        assert whole[key] == arrays[key] + files[key], key
    np.testing.assert_array_equal(
        whole["confusion"], np.array(arrays["confusion"]) + files["confusion"]
    )
    names = {path.name for path in evaluation.iterdir()}
    assert names == PICTURES | {"evaluation.json", "arrays", "files"}
    for folder in (evaluation, evaluation / "arrays", evaluation / "files"):
        for name in PICTURES:
            assert (folder / name).read_bytes().startswith(b"\x89PNG")


def test_the_worst_mistakes_are_told(evaluation: Path) -> None:
    row = figures(evaluation)["sets"][0]
    wrong = [mistake for mistake in row["mistakes"] if mistake["is_given"]]
    assert len(wrong) == min(24, row["given_wrong"])
    confidences = [mistake["confidence"] for mistake in wrong]
    assert confidences == sorted(confidences, reverse=True)
    classifier = Classifier()
    for mistake in row["mistakes"]:
        place = int(re.fullmatch(r"arrays\[(\d+)\]", mistake["name"])[1])
        answer = of_the_network_of_digits(classifier)[place]
        assert (mistake["label"], mistake["best"]) == (str(LABELS[place]), answer.best)
        assert mistake["is_given"] == (answer.digit is not None)


def test_bad_files_are_counted_and_named(
    sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(DEFAULT_MODEL, "--data", sets / "files", "--output", tmp_path / "e") == 0
    out, err = capsys.readouterr()
    bad = {str(sets / "files" / "4" / "torn.png"), str(sets / "files" / "not-a-digit/notes.txt")}
    assert len(err.splitlines()) == 2
    assert all(path in err for path in bad)
    row = figures(tmp_path / "e")["sets"][0]
    assert row["unreadable"] == 2
    assert {item["name"] for item in row["not_read"]} == bad
    table = [line for line in out.splitlines() if line.startswith("| files | 32 |")]
    assert len(table) == 1
    assert table[0].endswith("| 2 |")
    assert "| not-a-digit | 12 |" in out
    # One set has no parts.
    assert {path.name for path in (tmp_path / "e").iterdir()} == PICTURES | {"evaluation.json"}


@pytest.mark.slow
def test_a_threshold_of_ones_own(sets: Path, tmp_path: Path) -> None:
    data = ["--data", sets / "arrays.npz", "--output", tmp_path]
    assert evaluate(DEFAULT_MODEL, *data, "--min-confidence", "0") == 0
    never = figures(tmp_path)
    assert evaluate(DEFAULT_MODEL, *data, "--min-confidence", "1") == 0
    always = figures(tmp_path)
    assert (never["threshold"], always["threshold"]) == (0, 1)
    # Blank pictures, and what is no digit, are refused whatever the threshold.
    assert never["sets"][0]["given"] > always["sets"][0]["given"]
    assert never["sets"][0]["accuracy"] == always["sets"][0]["accuracy"]


def test_the_smallest_sets(tmp_path: Path) -> None:
    for name, x, y in (
        ("one", DIGITS[1:2], LABELS[1:2]),
        ("blank", DIGITS[7:8], LABELS[7:8]),
        ("class", DIGITS[::10], LABELS[::10]),
        ("none", LETTERS, np.full(12, 10)),
    ):
        np.savez(tmp_path / f"{name}.npz", x=x, y=y)
        output = tmp_path / name
        assert evaluate(DEFAULT_MODEL, "--data", tmp_path / f"{name}.npz", "--output", output) == 0
        assert figures(output)["sets"][0]["pictures"] == len(x)


@pytest.mark.slow
@pytest.mark.slow
def test_sets_of_the_same_name(sets: Path, tmp_path: Path) -> None:
    copy = shutil.copy(sets / "arrays.npz", tmp_path / "arrays.npz")
    output = tmp_path / "e"
    data = [sets / "arrays.npz", copy]
    assert evaluate(DEFAULT_MODEL, "--data", *data, "--output", output) == 0
    names = [row["name"] for row in figures(output)["sets"]]
    assert names == ["arrays", "arrays (2)", "all together"]
    assert (output / "arrays (2)" / "mistakes.png").is_file()


@posix_only
def test_hostile_names(tmp_path: Path) -> None:
    folder = tmp_path / "\u6570\udcff\n$x"
    for name in ("$x^\udcff.png", "\x1b[2J\n.png", "\u6570\u5b57.png", "bad\udcff.png"):
        path = folder / "1" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"bad" if name.startswith("bad") else png_file(DIGITS[8]))
    arguments = [DEFAULT_MODEL, "--data", folder, folder, "--output", tmp_path / "e"]
    done = python("-m", "train", "evaluate", *arguments)
    assert "\x1b" not in done.stdout + done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("train: cannot read ") for line in lines)
    assert [row["pictures"] for row in figures(tmp_path / "e")["sets"]] == [3, 3, 6]


@pytest.mark.slow
def test_a_run_and_its_keras_file(trained_run: Path, drawn_mnist: Path, tmp_path: Path) -> None:
    import keras

    from train.data.mnist import load_mnist
    from train.measuring.calibration import softmax
    from train.networks.predict import predict_logits

    data = ["--data", drawn_mnist, "--part", "validation"]
    assert evaluate(trained_run, *data, "--output", tmp_path / "run") == 0
    assert evaluate(trained_run / "model.keras", *data, "--output", tmp_path / "file") == 0
    metrics = json.loads((trained_run / "metrics.json").read_text())
    run, file = figures(tmp_path / "run"), figures(tmp_path / "file")
    assert run["model"] == "tiny"
    assert run["threshold"] == metrics["calibration"]["threshold"]
    assert file["threshold"] == 0
    model = keras.saving.load_model(trained_run / "model.keras")
    _, (x, y) = load_mnist(drawn_mnist).split()
    logits = predict_logits(model, normalize(x))
    for row, temperature in (
        (run["sets"][0], metrics["calibration"]["temperature"]),
        (file["sets"][0], 1),
    ):
        assert row["best_right"] == (logits.argmax(axis=1) == y).sum()
        error = reliability(softmax(logits, temperature), y).error
        assert row["calibration_error"] == pytest.approx(error, abs=1e-3)


def test_what_is_no_model(sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", sets / "arrays.npz", "--output", tmp_path / "e"]
    (tmp_path / "empty").mkdir()
    broken = Path(shutil.copytree(DEFAULT_MODEL, tmp_path / "broken"))
    (broken / "model.onnx").write_bytes(b"broken")
    for model, reason in (
        (tmp_path / "nowhere", "nowhere does not exist"),
        (tmp_path / "empty", "empty is no model"),
        (sets / "files", "files is no model"),
        (broken, "is not the file that config.json describes"),
    ):
        assert reason in failure(model, *data, capsys=capsys)
    assert not (tmp_path / "e").exists()


def test_what_is_no_model_of_keras(
    sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tensorflow", reason="needs Keras")
    import keras

    from train.networks.architectures import mlp_128

    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    other.save(tmp_path / "other.keras")
    model = mlp_128()
    model.set_weights([np.full_like(weights, np.nan) for weights in model.get_weights()])
    model.save(tmp_path / "nan.keras")
    (tmp_path / "text.keras").write_text("text")
    for name, reason in (
        ("other.keras", "other.keras makes (None, 3) of (None, 4)"),
        ("nan.keras", "nan gives answers that are no probabilities"),
        ("text.keras", "cannot load"),
    ):
        data = ["--data", sets / "arrays.npz", "--output", tmp_path / "e"]
        assert reason in failure(tmp_path / name, *data, capsys=capsys)


def test_what_is_no_data(sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad" / "0").mkdir(parents=True)
    (tmp_path / "bad" / "0" / "a.png").write_text("text")
    for data, reason in (
        ([sets], f"{sets}/files is no label"),
        ([sets / "arrays.npz", tmp_path / "nowhere"], "nowhere does not exist"),
        ([tmp_path / "bad"], "none of the pictures of bad can be read"),
    ):
        arguments = ["--data", *data, "--output", tmp_path / "e"]
        assert reason in failure(DEFAULT_MODEL, *arguments, capsys=capsys)
    (tmp_path / "file").write_text("text")
    arguments = ["--data", sets / "arrays.npz", "--output", tmp_path / "file"]
    assert "file" in failure(DEFAULT_MODEL, *arguments, capsys=capsys)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["model"],
        ["model", "--data"],
        ["model", "--data", "set", "--min-confidence", "1.5"],
        ["model", "--data", "set", "--min-confidence", "nan"],
        ["model", "--data", "set", "--part", "all"],
        ["model", "--data", "set", "--ink", "blue"],
    ],
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        evaluate(*arguments)
    assert end.value.code == 2
    assert "usage: python -m train evaluate" in capsys.readouterr().err
