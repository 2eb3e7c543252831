"""The line network of a model: what it answers, when it is loaded, what may be wrong with it."""

import json
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import edgedigit.model
from edgedigit import Classifier, ModelError
from edgedigit.results import SIGNS
from tests.support.command import python
from tests.support.line_networks import (
    LABELS,
    drop_lines,
    model_with_lines,
    put_lines,
    tiny_lines,
)
from tests.support.marks import posix_only

# The third four columns of the second strip have ink.
STRIPS = np.zeros((2, 40, 20), np.uint8)
STRIPS[1, 10:30, 8:12] = 200


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return model_with_lines(tmp_path / "model")


def texts(probabilities: np.ndarray) -> list[str]:
    return ["".join(f"{SIGNS} "[k] for k in row) for row in probabilities.argmax(axis=2)]


def change_lines(model: Path, **values: object) -> None:
    config = json.loads((model / "config.json").read_text())
    config["lines"] |= values
    (model / "config.json").write_text(json.dumps(config))


# --- answers


def test_each_four_columns_get_an_answer(model):
    answers = Classifier(model).line_probabilities(STRIPS)
    assert (answers.shape, answers.dtype) == ((2, 5, LABELS), np.float32)
    np.testing.assert_allclose(answers.sum(axis=2), 1, atol=1e-6)
    assert texts(answers) == ["     ", "  1  "]


def test_strips_of_any_number_and_width(model):
    classifier = Classifier(model)
    for count, columns in (1, 4), (3, 400), (2, 20), (0, 8):
        strips = np.zeros((count, 40, columns), np.uint8)
        assert classifier.line_probabilities(strips).shape == (count, columns // 4, LABELS)


def test_the_package_reads_a_strip():
    answers = Classifier().line_probabilities(np.zeros((1, 40, 64), np.uint8))
    assert answers.shape == (1, 16, LABELS)
    assert texts(answers) == [" " * 16]


@pytest.mark.parametrize(
    ("strips", "error", "message"),
    [
        (STRIPS.astype(np.float32), TypeError, "must be uint8, not float32"),
        (STRIPS[0], ValueError, r"must be of shape \(n, 40, columns\).* not \(40, 20\)"),
        (STRIPS[:, :39], ValueError, "not .2, 39, 20"),
        (STRIPS[..., :19], ValueError, "columns a multiple of 4, not .2, 40, 19"),
        (STRIPS[..., :0], ValueError, "not .2, 40, 0"),
    ],
)
def test_what_is_no_strip(model, strips, error, message):
    with pytest.raises(error, match=message):
        Classifier(model).line_probabilities(strips)


def test_what_the_configuration_says_is_a_copy(model):
    change_lines(model, confidence={"slope": 1.5})
    classifier = Classifier(model)
    classifier.lines_config["confidence"]["slope"] = 0
    assert classifier.lines_config["confidence"] == {"slope": 1.5}
    assert classifier.lines_config == classifier.config["lines"]


def test_the_calibration_is_none_unless_the_configuration_has_one(model):
    assert Classifier(model).line_calibration == (1.0, 0.0)
    change_lines(model, confidence={"slope": 1.5, "offset": -0.25})
    assert Classifier(model).line_calibration == (1.5, -0.25)


# --- when and from where it is loaded


def test_digits_are_classified_without_it(model):
    (model / "lines.onnx").write_bytes(b"damaged")
    change_lines(model, signs="")
    classifier = Classifier(model)
    assert classifier.classify(np.zeros((28, 28), np.uint8)).digit is None
    with pytest.raises(ModelError):
        classifier.line_probabilities(STRIPS)
    with pytest.raises(ModelError):
        _ = classifier.lines_config


def test_a_model_without_one_uses_the_packages_own(model, tmp_path, monkeypatch):
    own = model_with_lines(tmp_path / "own", tiny_lines("7"))
    monkeypatch.setattr(edgedigit.model, "DEFAULT_MODEL", str(own))
    assert texts(Classifier(model).line_probabilities(STRIPS))[1] == "  1  "
    drop_lines(model)
    assert texts(Classifier(model).line_probabilities(STRIPS))[1] == "  7  "
    drop_lines(own)
    with pytest.raises(ModelError, match=r'"lines" in .*own.*config\.json is missing'):
        Classifier(model).line_probabilities(STRIPS)


def test_a_copy_answers_the_same(model):
    classifier = Classifier(model)
    copies = [pickle.loads(pickle.dumps(classifier))]
    expected = classifier.line_probabilities(STRIPS)
    copies.append(pickle.loads(pickle.dumps(classifier)))
    for copy in copies:
        np.testing.assert_array_equal(copy.line_probabilities(STRIPS), expected)


@pytest.mark.parametrize("given", [None, 0.5])
def test_a_copy_has_the_thresholds_of_both_networks(model, given):
    change_lines(model, confidence={"slope": 1.0, "offset": 0.0, "threshold": 0.9})
    classifier = Classifier(model, min_confidence=given)
    assert classifier.line_threshold == (0.9 if given is None else given)
    copy = pickle.loads(pickle.dumps(classifier))
    assert copy.line_threshold == classifier.line_threshold
    assert copy.min_confidence == classifier.min_confidence


def test_threads_share_it_from_the_first_moment(model):
    classifier = Classifier(model)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(classifier.line_probabilities, [STRIPS] * 32))
    for answer in answers:
        assert texts(answer) == ["     ", "  1  "]


_FORK_CODE = """
import os, sys
import numpy as np
from edgedigit import Classifier

strips = np.zeros((2, 40, 64), np.uint8)
for used_before in False, True:
    classifier = Classifier(sys.argv[1], threads=2)
    if used_before:
        classifier.line_probabilities(strips)
    child = os.fork()
    expected = classifier.line_probabilities(strips)
    if child == 0:
        del classifier
        sys.exit(0 if (expected.argmax(axis=2) == 16).all() else 1)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@posix_only
def test_it_answers_after_a_fork(model):
    assert python("-c", _FORK_CODE, model).stdout.split() == ["0", "0"]


# --- what is wrong with it


def remove(model: Path) -> None:
    (model / "lines.onnx").unlink()


def change_a_byte(model: Path) -> None:
    content = bytearray((model / "lines.onnx").read_bytes())
    content[-1] ^= 1
    (model / "lines.onnx").write_bytes(content)


def say_nothing(model: Path) -> None:
    config = json.loads((model / "config.json").read_text())
    del config["lines"]
    (model / "config.json").write_text(json.dumps(config))


def say_anything_else(model: Path) -> None:
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(config | {"lines": []}))


def say(**values: object) -> Callable[[Path], None]:
    return lambda model: change_lines(model, **values)


def leave_out(key: str) -> Callable[[Path], None]:
    def change(model: Path) -> None:
        config = json.loads((model / "config.json").read_text())
        del config["lines"][key]
        (model / "config.json").write_text(json.dumps(config))

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (remove, "cannot load the model in .*lines.onnx"),
        (change_a_byte, "lines.onnx is not the file that config.json describes"),
        (say_nothing, "is missing"),
        (say_anything_else, "is no JSON object"),
        (leave_out("sha256"), "lacks sha256"),
        (leave_out("signs"), "lacks signs"),
        (leave_out("strips"), "lacks strips"),
        (say(signs="0123456789"), "has the signs '0123456789', this package"),
        (say(strips=99), "wants version 99 of the strips, this package has"),
        (say(confidence=[1.0]), "must have numbers as its confidence"),
        (say(confidence={"slope": "steep"}), "must have numbers as its confidence"),
        (say(confidence={"slope": float("nan")}), "must have numbers as its confidence"),
        (say(confidence={"slope": float("inf")}), "must have numbers as its confidence"),
    ],
)
def test_what_does_not_fit(model, change, message):
    change(model)
    with pytest.raises(ModelError, match=message):
        Classifier(model).line_probabilities(STRIPS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda: b"no network", "onnxruntime cannot load the model's lines.onnx"),
        (lambda: tiny_lines(labels=18), r"make of strips, .*\[batch, any, 17\]; .*any, 18\]"),
        (lambda: tiny_lines(strips="lines"), "has to make of strips, .* it makes of lines, "),
    ],
)
def test_a_network_of_another_kind(model, content, message):
    put_lines(model, content())
    with pytest.raises(ModelError, match=message):
        Classifier(model).line_probabilities(STRIPS)


def test_answers_that_are_no_numbers(model):
    onnx = pytest.importorskip("onnx")
    network = onnx.load_from_string(tiny_lines())
    kernel = next(weight for weight in network.graph.initializer if weight.name == "kernel")
    values = onnx.numpy_helper.to_array(kernel) * np.float32(np.nan)
    kernel.CopyFrom(onnx.numpy_helper.from_array(values, "kernel"))
    put_lines(model, network.SerializeToString())
    with pytest.raises(ModelError, match="no finite numbers"):
        Classifier(model).line_probabilities(STRIPS)
