"""`python -m export lines`: a line network in a model's folder, through the gate."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests.support.line_networks import drop_lines

pytest.importorskip("tensorflow", reason="export needs TensorFlow")
pytest.importorskip("tf2onnx", reason="export needs tf2onnx")
pytest.importorskip("matplotlib", reason="lines are composed of its fonts too")

import keras
import onnx
from onnx import helper, numpy_helper

from edgedigit import Classifier, ModelError
from edgedigit.model import DEFAULT_MODEL, MAX_LINES_BYTES
from edgedigit.results import SIGNS
from export import gate, lines
from export.__main__ import main
from export.convert import convert_lines
from export.gate import GateError
from export.lines import describe_lines, export_lines
from export.package import export
from train.measuring.tables import evaluation_part
from train.networks.architectures import ARCHITECTURES
from train.networks.compact import compact
from train.networks.line_network import line_network
from train.networks.trained import TrainedModel, load_trained

TEMPERATURE = 1.4
METRICS = {
    "settings": {
        "model": "lines",
        "seed": 3,
        "data_sha256": "0" * 64,
        "phases": 5,
        "strips": 128,
        "reuse": 4,
        "batch_size": 16,
    },
    "validation": {"strips": 2048, "exactly_right": 0.9753},
    "calibration": {"temperature": TEMPERATURE, "confidence": {"slope": 1.25}},
}


def noisy_network(seed: int) -> keras.Model:
    """One with weights that leave no layer at its neutral start, batch norm's included."""
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    network = line_network()
    weights = [
        weight + rng.normal(0, 0.02, weight.shape).astype(weight.dtype)
        for weight in network.get_weights()
    ]
    # The last kernel: answers that are sure, and not of one sign alone.
    weights[-2] *= 40
    network.set_weights(weights)
    return network


@pytest.fixture(scope="module")
def network() -> keras.Model:
    return noisy_network(1)


@pytest.fixture(scope="module")
def content(network: keras.Model) -> bytes:
    return convert_lines(compact(network)).SerializeToString()


@pytest.fixture(scope="module")
def strips() -> list[lines.LineStrip]:
    return lines._gate_strips(None)[:320]


@pytest.fixture
def unchecked(monkeypatch) -> None:
    """Leaves out the gate's comparison of answers, which takes seconds."""
    rounding = {"difference": 0.001, "changed": 2}
    measured = {"strips": 400, "places": 12345, "difference": 3e-7, "rounding": rounding}
    monkeypatch.setattr(lines, "_checked_answers", lambda *_: measured)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The package's model without its line network, alone in the folder that it lies in."""
    folder = tmp_path / "models" / "digits-v5"
    shutil.copytree(DEFAULT_MODEL, folder)
    drop_lines(folder)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def config_of(folder: Path) -> dict[str, object]:
    return json.loads((folder / "config.json").read_text())


def probabilities(network: keras.Model, strips: np.ndarray, temperature: float) -> np.ndarray:
    return keras.ops.softmax(network(strips, training=False) / temperature).numpy()


# --- what is exported


def test_the_runtime_answers_as_keras_does(network, folder):
    before = contents(folder)
    assert export_lines(TrainedModel(network, METRICS), folder) == folder

    after = contents(folder)
    assert sorted(after) == ["README.md", "config.json", "first.onnx", "lines.onnx", "model.onnx"]
    assert after["model.onnx"] == before["model.onnx"]
    config = config_of(folder)
    said = config.pop("lines")
    assert config == json.loads(before["config.json"])
    assert (said["signs"], said["temperature"]) == (SIGNS, TEMPERATURE)
    assert said["confidence"] == {"slope": 1.25}
    assert said["size"] == len(after["lines.onnx"]) <= MAX_LINES_BYTES
    assert said["gate"]["strips"] >= gate.MIN_STRIPS
    assert 0 <= said["gate"]["difference"] <= 1e-4
    assert 0 < said["gate"]["rounding"]["difference"] < 0.01

    classifier = Classifier(folder)
    rng = np.random.default_rng(4)
    for count, columns in (1, 4), (1, 300), (5, 64), (33, 132):
        strips = rng.integers(0, 256, (count, 40, columns), np.uint8)
        answers = classifier.line_probabilities(strips)
        assert answers.shape == (count, columns // 4, len(SIGNS) + 1)
        assert answers.std() > 0.01
        expected = probabilities(compact(network), strips, TEMPERATURE)
        np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-4)
        trained = probabilities(network, strips, TEMPERATURE)
        np.testing.assert_allclose(answers, trained, rtol=0, atol=0.01)


def test_the_same_network_gives_the_same_bytes(network, content, tmp_path):
    network.save(tmp_path / "model.keras")
    again = load_trained(tmp_path / "model.keras").model
    assert convert_lines(compact(again)).SerializeToString() == content


def test_weights_are_stored_in_half_precision(network, content):
    assert len(content) < 2.1 * network.count_params()


@pytest.mark.usefixtures("unchecked")
def test_the_card_says_what_it_is(network, folder):
    evaluation = evaluation_part((folder / "README.md").read_text())
    assert evaluation is not None
    assert "mnist test" in evaluation
    figures = {"lines of a form": 0.875}
    export_lines(TrainedModel(network, METRICS), folder, figures=figures)
    card = (folder / "README.md").read_text()
    assert evaluation_part(card) == evaluation
    card = " ".join(card.split())
    for words in (
        config_of(folder)["lines"]["sha256"],
        f"{network.count_params():,} parameters",
        "| 2,048 composed to validate with, in Keras | 97.53% |",
        "| lines of a form | 87.50% |",
        "softmax(logits / 1.4)",
        "400 composed strips, 12,345 places, is 3.0e-07",
        "python -m train lines --phases 5 --strips 128 --seed 3 --data mnist.npz",
        "python -m export lines runs/lines --model edgedigit/models/digits-v5",
    ):
        assert words in card


@pytest.mark.usefixtures("unchecked")
def test_what_is_said_of_it_may_change_without_the_network(network, folder):
    with pytest.raises(ModelError, match="has no line network"):
        describe_lines(folder, figures={"forms": 0.5})
    source = TrainedModel(network, METRICS)
    export_lines(source, folder)
    before = contents(folder)
    describe_lines(folder, figures={"forms": 0.5}, confidence={"slope": 2})
    said = config_of(folder)["lines"]
    assert (said["figures"], said["confidence"]) == ({"forms": 0.5}, {"slope": 2})
    assert "| forms | 50.00% |" in (folder / "README.md").read_text()
    assert contents(folder)["lines.onnx"] == before["lines.onnx"]
    describe_lines(folder, scenes={"a moon": [0.5, 0.75, 0.25, 0.125]})
    assert "| a moon | 50.0% | 75.0% | 25.0% | 12.5% |" in (folder / "README.md").read_text()
    with pytest.raises(ValueError, match="'a moon' must be a share from 0 to 1, not 5"):
        describe_lines(folder, scenes={"a moon": [0.5, 5, 0, 0]})
    # They are of this very network.
    export_lines(source, folder)
    assert config_of(folder)["lines"]["figures"] == {"forms": 0.5}
    assert config_of(folder)["lines"]["confidence"] == {"slope": 2}
    export_lines(TrainedModel(noisy_network(2), METRICS), folder)
    assert config_of(folder)["lines"]["figures"] == {}
    assert config_of(folder)["lines"]["confidence"] == {"slope": 1.25}
    with pytest.raises(ValueError, match="'forms' must be a share from 0 to 1, not 50"):
        describe_lines(folder, figures={"forms": 50})


@pytest.mark.usefixtures("unchecked")
def test_another_classifier_keeps_the_line_network(network, folder):
    export_lines(TrainedModel(network, METRICS), folder)
    before, said = contents(folder), config_of(folder)["lines"]
    calibration = {"calibration": {"temperature": 1.0, "threshold": 0.6}}
    source = TrainedModel(ARCHITECTURES["mlp-128"](), calibration)
    export(source, folder.parent, folder.name)
    after = contents(folder)
    assert after["model.onnx"] != before["model.onnx"]
    assert after["lines.onnx"] == before["lines.onnx"]
    assert config_of(folder)["lines"] == said
    assert "## The line network" in (folder / "README.md").read_text()
    # A new folder has none, and a damaged one is not handed on.
    assert "lines" not in config_of(export(source, folder.parent, "digits-v6"))
    (folder / "lines.onnx").write_bytes(b"damaged")
    with pytest.raises(ModelError, match=r"lines\.onnx is not the file"):
        export(source, folder.parent, folder.name)
    assert contents(folder)["model.onnx"] == after["model.onnx"]


# --- what the gate holds back


def set_opset(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 17


def set_ir(model: onnx.ModelProto) -> None:
    model.ir_version = 9


def insert_elu(model: onnx.ModelProto) -> None:
    last = model.graph.node[-1]
    model.graph.node.insert(
        len(model.graph.node) - 1, helper.make_node("Elu", [last.input[0]], ["inserted"])
    )
    last.input[0] = "inserted"


def take_floats(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.FLOAT


def fix(axis: int) -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        model.graph.input[0].type.tensor_type.shape.dim[axis].dim_value = 64

    return change


def add_weights(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(numpy_helper.from_array(np.zeros(100_000, np.float32), "more"))


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("opset", set_opset),
        ("ir", set_ir),
        ("operators", insert_elu),
        ("dtype", take_floats),
        ("batch", fix(0)),
        ("batch", fix(1)),
        ("batch", fix(2)),
        ("size", add_weights),
    ],
)
def test_a_broken_file_fails_its_check(check, change, content):
    gate.check_model(content, gate.LINES)
    model = onnx.load_from_string(content)
    change(model)
    with pytest.raises(GateError) as caught:
        gate.check_model(model.SerializeToString(), gate.LINES)
    assert caught.value.check == check


def test_a_classifier_is_no_line_network(content):
    with pytest.raises(GateError) as caught:
        gate.check_model(content)
    assert caught.value.check in ("operators", "dtype")


@pytest.fixture(scope="module")
def batches(network, strips) -> list[tuple[np.ndarray, np.ndarray]]:
    rounded = compact(network)
    return [(some, probabilities(rounded, some, 1.0)) for some in lines._batches(strips)]


def test_strips_come_alone_and_together_in_many_widths(batches):
    assert len({some.shape[2] for some, _ in batches}) > 10
    assert {len(some) for some, _ in batches} >= {1, 7, 24}


def test_other_answers_fail(content, batches):
    assert gate.check_line_answers(content, batches) < 1e-5
    other = [(some, expected.copy()) for some, expected in batches]
    other[3][1][0, 2, 5] += 2e-4
    with pytest.raises(GateError) as caught:
        gate.check_line_answers(content, other)
    assert caught.value.check == "difference"
    first, second = batches[3][1][0, 2].argsort()[-2:]
    close = [(some, expected.copy()) for some, expected in batches]
    close[3][1][0, 2, [first, second]] = close[3][1][0, 2, [second, first]]
    with pytest.raises(GateError) as caught:
        gate.check_line_answers(content, close)
    assert caught.value.check in ("difference", "argmax")


def test_a_width_that_is_fixed_inside_fails(content, batches):
    model = onnx.load_from_string(content)
    reshape = next(node for node in model.graph.node if node.op_type == "Reshape")
    shape = next(weight for weight in model.graph.initializer if weight.name == reshape.input[1])
    fixed = np.array([-1, 1, 40, batches[0][0].shape[2]], np.int64)
    shape.CopyFrom(numpy_helper.from_array(fixed, shape.name))
    with pytest.raises(GateError) as caught:
        gate.check_line_answers(model.SerializeToString(), batches)
    assert caught.value.check in ("batch", "difference")


def test_strips_of_one_width_or_few_prove_nothing(content, batches):
    one = np.zeros((7, 40, 64), np.uint8), np.zeros((7, 16, 17))
    for some in batches[:5], [one] * 50:
        with pytest.raises(ValueError, match="at least 300 strips of several widths"):
            gate.check_line_answers(content, some)


def too_large() -> keras.Model:
    strips = keras.Input((40, None), dtype="uint8", name="strips")
    x = keras.layers.Rescaling(1 / 255)(keras.layers.Reshape((40, -1, 1))(strips))
    x = keras.layers.Conv2D(500, (40, 16), strides=(1, 4), padding="valid")(x)
    x = keras.layers.Conv2D(len(SIGNS) + 1, 1)(x)
    logits = keras.layers.Reshape((-1, len(SIGNS) + 1), name="logits")(x)
    return keras.Model(strips, logits)


@pytest.mark.usefixtures("unchecked")
def test_a_network_that_fails_changes_nothing(network, folder):
    before = contents(folder)
    with pytest.raises(GateError) as caught:
        export_lines(TrainedModel(too_large()), folder)
    assert caught.value.check == "size"
    data = SimpleNamespace(source="other.npz", sha256="1" * 64)
    with pytest.raises(ValueError, match="not the data"):
        export_lines(TrainedModel(network, METRICS), folder, data=data)
    with pytest.raises(ValueError, match="makes places of strips"):
        export_lines(TrainedModel(ARCHITECTURES["mlp-128"]()), folder)
    with pytest.raises(ValueError, match="temperature must be a finite number above 0"):
        export_lines(TrainedModel(network), folder, temperature=0.0)
    assert contents(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


# --- the command line


@pytest.mark.usefixtures("unchecked")
def test_the_command(network, folder, tmp_path, capsys):
    network.save(tmp_path / "lines.keras")
    figures, confidence = tmp_path / "figures.json", tmp_path / "confidence.json"
    figures.write_text('{"forms": 0.75}')
    confidence.write_text('{"slope": 3}')
    model = ["--model", str(folder)]
    assert main(["lines", str(tmp_path / "lines.keras"), *model, "--temperature", "2"]) == 0
    assert str(folder) in capsys.readouterr().out
    assert config_of(folder)["lines"]["temperature"] == 2
    said = ["--figures", str(figures), "--confidence", str(confidence)]
    assert main(["lines", *model, *said]) == 0
    assert config_of(folder)["lines"]["figures"] == {"forms": 0.75}
    assert config_of(folder)["lines"]["confidence"] == {"slope": 3}
    capsys.readouterr()
    figures.write_text("[0.75]")
    for arguments, reason in [
        (["missing.keras"], "missing.keras: it does not exist"),
        (said, "must hold a JSON object of numbers"),
        (["--figures", str(tmp_path / "missing.json")], "missing.json"),
    ]:
        assert main(["lines", *model, *arguments]) == 1
        errors = capsys.readouterr().err
        assert errors.startswith("export: ")
        assert reason in errors
        assert errors.count("\n") == 1
    assert main(["lines", str(tmp_path / "lines.keras"), "--model", str(tmp_path / "none")]) == 1
    assert "cannot load the model" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [[], ["--data", "mnist.npz", "--figures", "f.json"], ["--temperature", "2"], ["run", "more"]],
)
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["lines", *arguments])
    assert caught.value.code == 2
    assert "usage: python -m export lines" in capsys.readouterr().err
