import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support.command import python
from tests.support.marks import slow_but
from tests.support.paths import ROOT

pytest.importorskip("tensorflow", reason="export needs TensorFlow")
pytest.importorskip("tf2onnx", reason="export needs tf2onnx")

import keras
import onnx
from keras import layers
from onnx import TensorProto, helper, numpy_helper

from edgedigit import Classifier
from edgedigit.model import DEFAULT_MODEL, Networks, load_model
from edgedigit.normalize import normalize
from export import gate
from export.__main__ import main
from export.convert import convert
from export.gate import GateError
from export.package import export, write_folder
from train.data.mnist import load_mnist
from train.drawing.characters import draw_digits
from train.networks.architectures import ARCHITECTURES
from train.networks.cascade import cascade
from train.networks.compact import compact
from train.networks.predict import logits_network, predict_logits
from train.networks.trained import TrainedModel, load_trained

# The teacher is for training alone.
EXPORTED = [name for name in ARCHITECTURES if name != "teacher"]
TEMPERATURE = 1.7
CALIBRATION = {"calibration": {"temperature": TEMPERATURE, "threshold": 0.6}}


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return draw_digits(np.arange(2000) % 10, np.random.default_rng(1), size=28)


@pytest.fixture(scope="module")
def models() -> dict[str, keras.Model]:
    """Networks with weights that leave no layer at its neutral start, batch norm's included."""
    rng = np.random.default_rng(2)
    made = {name: make() for name, make in ARCHITECTURES.items() if name in EXPORTED}
    for model in made.values():
        model.set_weights(
            [weight + rng.normal(0, 0.05, weight.shape) for weight in model.get_weights()]
        )
    return made


@pytest.fixture(scope="module")
def small(models: dict[str, keras.Model]) -> bytes:
    return convert(models["mlp-128-64"]).SerializeToString()


@pytest.fixture(scope="module")
def small_expected(models: dict[str, keras.Model], digits: np.ndarray) -> np.ndarray:
    return models["mlp-128-64"].predict(digits, verbose=0)


def contents(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


# What is exported


@pytest.mark.parametrize("name", slow_but(1, EXPORTED))
def test_every_architecture_exports_and_answers_as_in_keras(name, models, digits, tmp_path):
    model = models[name]
    folder = export(TrainedModel(model, CALIBRATION), tmp_path, "digits-v3")

    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md",
        "config.json",
        "model.onnx",
    ]
    classifier = Classifier(folder)
    config = classifier.config
    columns = 11 if name in ("edge", "glance") else 10
    assert config["labels"] == [*"0123456789", "not a digit"][:columns]
    assert (config["name"], config["version"]) == ("digits-v3", "3")
    assert classifier.min_confidence == 0.6
    logits = keras.Model(model.inputs, model.get_layer("logits").output)
    expected = softmax(logits.predict(digits, verbose=0).astype(np.float64) / TEMPERATURE)
    assert expected.std(axis=0).max() > 1e-3, "answers of all pictures are alike"
    for size in (1, 2, 31, 200):
        answers = classifier.probabilities(digits[:size], first=False)
        assert answers.shape == (size, columns)
        np.testing.assert_allclose(answers, expected[:size], rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", EXPORTED)
def test_the_same_model_gives_the_same_bytes(name, models, tmp_path):
    first = convert(models[name], TEMPERATURE).SerializeToString()
    assert convert(models[name], TEMPERATURE).SerializeToString() == first
    models[name].save(tmp_path / "model.keras")
    again = load_trained(tmp_path / "model.keras").model
    assert convert(again, TEMPERATURE).SerializeToString() == first


@pytest.mark.slow
def test_a_cascade_asks_the_second_network_about_what_is_left_alone(models, digits, tmp_path):
    first, second = (logits_network(models[name]) for name in ("glance", "edge"))
    certainty = softmax(compact(first).predict(digits, verbose=0))[:, :10].max(axis=1)
    # About half of the pictures, and none and all of them.
    for sure in (float(np.median(certainty)), 0.0, 1.01):
        model = cascade(first, second, sure, "both")
        folder = export(TrainedModel(model, CALIBRATION), tmp_path, "digits-v3")
        expected = softmax(predict_logits(model, digits).astype(np.float64) / TEMPERATURE)
        by_second = softmax(second.predict(digits, verbose=0) / TEMPERATURE)
        of_second = np.isclose(expected, by_second, atol=1e-2).all(axis=1)
        assert 0.4 < of_second.mean() < 0.6 if 0 < sure < 1 else of_second.all() == (sure > 1)
        answers = Networks(load_model(str(folder)), threads=1).probabilities(digits)
        np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-4)
        whole = Classifier(folder).probabilities(digits, first=False)
        np.testing.assert_allclose(whole, by_second, rtol=0, atol=1e-2)


def test_a_cascade_becomes_two_files_and_one_network_one(models, tmp_path):
    first, second = (logits_network(models[name]) for name in ("glance", "edge"))
    model = cascade(first, second, 0.9, "both")
    folder = export(TrainedModel(model, CALIBRATION), tmp_path, "digits-v3")
    assert sorted(contents(folder)) == ["README.md", "config.json", "first.onnx", "model.onnx"]
    described = json.loads((folder / "config.json").read_text())["first"]
    assert (described["sure"], described["size"]) == (0.9, (folder / "first.onnx").stat().st_size)
    assert described["sha256"] in (folder / "README.md").read_text()
    gate.check_folder(folder)
    export(TrainedModel(models["mlp-128"], CALIBRATION), tmp_path, "digits-v3")
    assert sorted(contents(folder)) == ["README.md", "config.json", "model.onnx"]


def test_what_ships_is_a_whole_classifier_in_plain_layers_and_a_network_before_it():
    folder = Path(DEFAULT_MODEL)
    gate.check_model((folder / "model.onnx").read_bytes())
    gate.check_model((folder / "first.onnx").read_bytes(), gate.FIRST)
    for name, interface in (("model.onnx", gate.FIRST), ("first.onnx", gate.DIGITS)):
        with pytest.raises(GateError):
            gate.check_model((folder / name).read_bytes(), interface)


def test_compact_networks_are_stored_in_half_precision_and_lose_nothing(models, digits, tmp_path):
    network = compact(logits_network(models["edge"]))
    model = keras.Model(network.input, keras.layers.Softmax()(network.output))
    halved, whole = convert(model), convert(models["edge"])
    assert halved.ByteSize() < 0.55 * whole.ByteSize()
    expected = model.predict(digits, verbose=0)
    gate.check_answers(halved.SerializeToString(), digits, expected)


def test_nothing_in_the_file_tells_where_or_when_it_was_made(small):
    assert str(ROOT).encode() not in small
    assert os.path.expanduser("~").encode() not in small
    model = onnx.load_from_string(small)
    assert not model.metadata_props
    assert model.doc_string == model.graph.doc_string == ""


def test_a_run_becomes_a_model_with_its_figures(trained_run, drawn_mnist, tmp_path):
    metrics = json.loads((trained_run / "metrics.json").read_text())
    folder = export(
        load_trained(trained_run), tmp_path, "digits-v1.2", data=load_mnist(drawn_mnist)
    )

    config = json.loads((folder / "config.json").read_text())
    assert config["version"] == "1.2"
    assert config["threshold"] == metrics["calibration"]["threshold"]
    assert config["temperature"] == metrics["calibration"]["temperature"]
    assert config["figures"]["keras_test_accuracy"] == metrics["test"]["accuracy"]
    assert config["figures"]["onnxruntime_test_accuracy"] == metrics["test"]["accuracy"]
    assert config["figures"]["gate_pictures"] >= 2000
    assert config["figures"]["gate_difference"] <= 1e-4
    assert config["training"]["data"]["sha256"] == load_mnist(drawn_mnist).sha256
    assert config["training"]["settings"]["epochs"] == 2
    assert set(config["tools"]) >= {"tensorflow", "keras", "tf2onnx", "onnx", "onnxruntime"}
    card = (folder / "README.md").read_text()
    assert config["sha256"] in card
    assert f"{metrics['test']['accuracy']:.2%}" in card
    assert "python -m train --model mlp-128 --epochs 2 --batch-size 64 --seed 0" in card


def test_real_pictures_give_the_same_accuracy_in_both(models, mnist_path, tmp_path):
    data = load_mnist(mnist_path)
    folder = export(
        TrainedModel(models["mlp-128-128"], CALIBRATION), tmp_path, "digits-v1", data=data
    )
    answers = models["mlp-128-128"].predict(data.x_test, batch_size=1000, verbose=0)
    figures = json.loads((folder / "config.json").read_text())["figures"]
    assert figures["onnxruntime_test_accuracy"] == (answers.argmax(axis=1) == data.y_test).mean()


def test_the_run_that_is_kept_gives_the_model_that_ships(digits, tmp_path):
    source = load_trained(ROOT / "train" / "recipes" / "edge")
    shipped = Classifier()
    # That of second looks, as docs/training.md has it.
    folder = export(source, tmp_path, Path(DEFAULT_MODEL).name, threshold=0.76)
    again = Classifier(folder)
    assert again.config["threshold"] == shipped.config["lines"]["confidence"]["lone_threshold"]
    for key in ("labels", "threshold", "temperature", "normalization", "training"):
        assert again.config[key] == shipped.config[key], key
    noise = np.random.default_rng(3).integers(0, 256, (500, 28, 28), np.uint8)
    for pictures in (normalize(digits), noise):
        answers = again.probabilities(pictures)
        np.testing.assert_allclose(answers, shipped.probabilities(pictures), rtol=0, atol=1e-5)


# What the gate holds back


def set_opset(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 17


def set_ir(model: onnx.ModelProto) -> None:
    model.ir_version = 9


def take_float(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT


def rename_output(model: onnx.ModelProto) -> None:
    model.graph.node[-1].output[0] = model.graph.output[0].name = "scores"


def add_output(model: onnx.ModelProto) -> None:
    model.graph.output.add().CopyFrom(model.graph.output[0])
    model.graph.output[1].name = model.graph.node[-1].input[0]


def fix_batch(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1


def rename_batch(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "unk__7"


def add_opset_domain(model: onnx.ModelProto) -> None:
    model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 2))


def use_contributed_operator(model: onnx.ModelProto) -> None:
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    relu = next(node for node in model.graph.node if node.op_type == "Relu")
    relu.op_type, relu.domain = "Gelu", "com.microsoft"


def use_unknown_domain(model: onnx.ModelProto) -> None:
    model.graph.node[0].domain = "org.example"


def define_function(model: onnx.ModelProto) -> None:
    identity = helper.make_node("Identity", ["x"], ["y"])
    model.functions.append(
        helper.make_function("", "Same", ["x"], ["y"], [identity], model.opset_import)
    )


def insert(model: onnx.ModelProto, node: onnx.NodeProto) -> None:
    """Puts a node with one input and no names behind the first one."""
    first, second = model.graph.node[:2]
    node.input.append(first.output[0])
    node.output.append("inserted")
    second.input[0] = "inserted"
    model.graph.node.insert(1, node)


def insert_transpose(model: onnx.ModelProto) -> None:
    insert(model, helper.make_node("Transpose", [], [], perm=[0, 1, 2]))


def insert_elu(model: onnx.ModelProto) -> None:
    insert(model, helper.make_node("Elu", [], []))


def store_weights_as(dtype: type) -> Callable[[onnx.ModelProto], None]:
    """Stores the first weight in another type, which a Cast turns to float again."""

    def change(model: onnx.ModelProto) -> None:
        weight = model.graph.initializer[0]
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight).astype(dtype), name))
        for node in model.graph.node:
            for index, tensor in enumerate(node.input):
                if tensor == name:
                    node.input[index] = "cast"
        model.graph.node.insert(0, helper.make_node("Cast", [name], ["cast"], to=TensorProto.FLOAT))

    return change


def compute_in_half(model: onnx.ModelProto) -> None:
    store_weights_as(np.float16)(model)
    cast = model.graph.node[0]
    for node in model.graph.node:
        for index, tensor in enumerate(node.input):
            if tensor == cast.output[0]:
                node.input[index] = cast.input[0]
    del model.graph.node[0]


def compute_in_double(model: onnx.ModelProto) -> None:
    insert(model, helper.make_node("Cast", [], [], to=TensorProto.DOUBLE))


def add_weights(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(numpy_helper.from_array(np.zeros(100_000, np.float32), "unused"))


def lose_weight(model: onnx.ModelProto) -> None:
    del model.graph.initializer[0]


def loop(model: onnx.ModelProto) -> None:
    model.graph.node[1].input[0] = model.graph.node[-2].output[0]


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("opset", set_opset),
        ("opset", add_opset_domain),
        ("opset", use_contributed_operator),
        ("opset", define_function),
        ("ir", set_ir),
        ("operators", use_unknown_domain),
        ("operators", insert_transpose),
        ("operators", insert_elu),
        ("dtype", take_float),
        ("dtype", rename_output),
        ("dtype", add_output),
        ("dtype", compute_in_double),
        pytest.param("dtype", store_weights_as(np.float64), id="dtype-float64"),
        ("dtype", compute_in_half),
        ("batch", fix_batch),
        ("batch", rename_batch),
        ("size", add_weights),
        ("loads", lose_weight),
        ("loads", loop),
    ],
)
def test_a_broken_file_fails_its_check(check, change, small):
    gate.check_model(small)
    model = onnx.load_from_string(small)
    change(model)
    with pytest.raises(GateError, match=f'^check "{check}" failed: [^\n]+$') as caught:
        gate.check_model(model.SerializeToString())
    assert caught.value.check == check


def test_weights_may_be_stored_in_half_precision(small):
    model = onnx.load_from_string(small)
    store_weights_as(np.float16)(model)
    gate.check_model(model.SerializeToString())


@pytest.mark.parametrize("content", [b"", b"this is no model", b"\x00" * 100])
def test_what_is_no_onnx_file_fails(content):
    with pytest.raises(GateError):
        gate.check_model(content)


def test_a_truncated_file_does_not_load(small):
    with pytest.raises(GateError) as caught:
        gate.check_model(small[: len(small) // 2])
    assert caught.value.check == "loads"


def changed_weight(
    model: bytes, shape: list[int], change: Callable[[np.ndarray], np.ndarray]
) -> bytes:
    """A copy with other numbers in the weight of this shape."""
    parsed = onnx.load_from_string(model)
    weight = next(weight for weight in parsed.graph.initializer if weight.dims == shape)
    changed = change(numpy_helper.to_array(weight)).astype(np.float32)
    weight.CopyFrom(numpy_helper.from_array(changed, weight.name))
    return parsed.SerializeToString()


@pytest.mark.parametrize(
    "change",
    [lambda weight: weight * 1.01, lambda weight: weight[:, ::-1], lambda weight: weight * np.nan],
    ids=["scaled", "reversed", "nan"],
)
def test_other_weights_fail(change, small, digits, small_expected):
    assert gate.check_answers(small, digits, small_expected) < 1e-5
    broken = changed_weight(small, [64, 10], change)
    gate.check_model(broken)
    with pytest.raises(GateError) as caught:
        gate.check_answers(broken, digits, small_expected)
    assert caught.value.check == "difference"


def test_other_columns_fail(small, digits, small_expected):
    with pytest.raises(GateError) as caught:
        gate.check_answers(small, digits, np.pad(small_expected, ((0, 0), (0, 1))))
    assert caught.value.check == "difference"


def test_a_flipped_answer_fails_however_small_the_difference(small, digits, small_expected):
    # The last layer all 0, so that every digit has the probability 0.1.
    even = changed_weight(changed_weight(small, [64, 10], np.zeros_like), [10], np.zeros_like)
    expected = np.full_like(small_expected, 0.1)
    gate.check_answers(even, digits, expected)
    expected[7, 3] += 5e-5
    with pytest.raises(GateError, match="1 of 2000 answers") as caught:
        gate.check_answers(even, digits, expected)
    assert caught.value.check == "argmax"


def test_a_batch_size_that_is_fixed_inside_fails(small, digits, small_expected):
    model = onnx.load_from_string(small)
    shape = next(weight for weight in model.graph.initializer if weight.data_type == 7)
    shape.CopyFrom(numpy_helper.from_array(np.array([1, 784], np.int64), shape.name))
    with pytest.raises(GateError) as caught:
        gate.check_answers(model.SerializeToString(), digits, small_expected)
    assert caught.value.check == "batch"


def test_too_few_pictures_prove_nothing(small, digits, small_expected):
    with pytest.raises(ValueError, match="at least 2000 pictures, not 1999"):
        gate.check_answers(small, digits[:1999], small_expected[:1999])


# The folder


@pytest.fixture(scope="module")
def shipped(models, tmp_path_factory) -> Path:
    output = tmp_path_factory.mktemp("shipped")
    return export(TrainedModel(models["mlp-128"], CALIBRATION), output, "digits-v1")


@pytest.fixture
def exported(shipped, tmp_path) -> Path:
    """A model's folder, alone in the folder that it lies in."""
    return shutil.copytree(shipped, tmp_path / "models" / shipped.name)


def tamper_model(folder: Path) -> None:
    content = bytearray((folder / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.onnx").write_bytes(content)


def tamper_hash(folder: Path) -> None:
    set_config(folder, "sha256", "0" * 64)


def tamper_normalization(folder: Path) -> None:
    set_config(folder, "normalization", -1)


def tamper_threshold(folder: Path) -> None:
    set_config(folder, "threshold", 2)


def remove_hash(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    del config["sha256"]
    (folder / "config.json").write_text(json.dumps(config))


def set_config(folder: Path, key: str, value: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {key: value}))


@pytest.mark.parametrize(
    "change",
    [
        tamper_model,
        tamper_hash,
        tamper_normalization,
        tamper_threshold,
        remove_hash,
        lambda folder: (folder / "model.onnx").unlink(),
        lambda folder: (folder / "first.onnx").write_bytes(b"nothing describes it"),
        lambda folder: (folder / "config.json").write_text("{"),
    ],
)
def test_a_tampered_folder_fails_and_replaces_nothing(change, exported, tmp_path):
    gate.check_folder(exported)
    tampered = tmp_path / "tampered"
    shutil.copytree(exported, tampered)
    change(tampered)
    with pytest.raises(GateError) as caught:
        gate.check_folder(tampered)
    assert caught.value.check == "hash"

    before = contents(exported.parent)
    files = {path.name: path.read_bytes() for path in tampered.iterdir()}
    with pytest.raises(GateError):
        write_folder(exported, files)
    assert contents(exported.parent) == before


def with_twelve_labels() -> keras.Model:
    image = keras.Input((28, 28), dtype="uint8", name="image")
    x = layers.Flatten()(layers.Rescaling(1 / 255)(image))
    return keras.Model(image, layers.Softmax()(layers.Dense(12, name="logits")(x)))


def with_a_channel() -> keras.Model:
    image = keras.Input((28, 28, 1), dtype="uint8", name="image")
    x = layers.Flatten()(layers.Rescaling(1 / 255)(image))
    return keras.Model(image, layers.Softmax()(layers.Dense(10, name="logits")(x)))


def with_float_pictures() -> keras.Model:
    image = keras.Input((28, 28), name="image")
    return keras.Model(
        image, layers.Softmax()(layers.Dense(10, name="logits")(layers.Flatten()(image)))
    )


def with_too_many_weights() -> keras.Model:
    image = keras.Input((28, 28), dtype="uint8", name="image")
    x = layers.Dense(240)(layers.Flatten()(layers.Rescaling(1 / 255)(image)))
    return keras.Model(image, layers.Softmax()(layers.Dense(10, name="logits")(x)))


def with_channels_last_flattened() -> keras.Model:
    image = keras.Input((28, 28), dtype="uint8", name="image")
    x = layers.Reshape((28, 28, 1))(layers.Rescaling(1 / 255)(image))
    x = layers.Flatten()(layers.MaxPooling2D()(layers.Conv2D(4, 3)(x)))
    return keras.Model(image, layers.Softmax()(layers.Dense(10, name="logits")(x)))


@pytest.mark.parametrize(
    ("check", "make"),
    [
        ("batch", with_twelve_labels),
        ("batch", with_a_channel),
        ("dtype", with_float_pictures),
        ("size", with_too_many_weights),
        ("operators", with_channels_last_flattened),
    ],
)
def test_a_model_that_fails_leaves_what_is_there(check, make, exported):
    before = contents(exported.parent)
    with pytest.raises(GateError) as caught:
        export(TrainedModel(make(), CALIBRATION), exported.parent, exported.name)
    assert caught.value.check == check
    assert contents(exported.parent) == before


def test_an_export_replaces_the_model_that_is_there(models, exported):
    old = Classifier(exported)
    again = export(TrainedModel(models["edge"], CALIBRATION), exported.parent, exported.name)
    assert again == exported
    assert old.config["sha256"] != Classifier(exported).config["sha256"]
    assert [path.name for path in exported.parent.iterdir()] == ["digits-v1"]


def test_a_folder_that_is_no_model_is_not_replaced(models, tmp_path):
    (tmp_path / "letters-v1").mkdir()
    (tmp_path / "letters-v1" / "diary.txt").write_text("Monday")
    with pytest.raises(ValueError, match="is not a model's folder"):
        export(TrainedModel(models["mlp-128"], CALIBRATION), tmp_path, "letters-v1")
    assert contents(tmp_path)["letters-v1/diary.txt"] == b"Monday"


@pytest.mark.parametrize("temperature", [0, -1.0, float("nan"), float("inf")])
def test_a_temperature_must_be_above_zero(temperature, models):
    with pytest.raises(ValueError, match="temperature must be a finite number above 0"):
        convert(models["mlp-128"], temperature)


def test_a_model_without_logits_is_named_as_such():
    image = keras.Input((28, 28), dtype="uint8")
    model = keras.Model(image, layers.Flatten()(image))
    with pytest.raises(ValueError, match='a layer named "logits"'):
        convert(model)


def test_other_data_than_the_models_own_are_refused(trained_run, drawn_mnist, tmp_path):
    with np.load(drawn_mnist) as arrays:
        np.savez(tmp_path / "other.npz", **{**arrays, "x_test": arrays["x_test"][:, ::-1]})
    with pytest.raises(ValueError, match=r"other\.npz is not the data"):
        export(
            load_trained(trained_run),
            tmp_path,
            "digits-v1",
            data=load_mnist(tmp_path / "other.npz"),
        )


# The command line


def test_the_command_exports_a_run(trained_run, drawn_mnist, tmp_path):
    done = python("-m", "export", trained_run, "--output", tmp_path, "--data", drawn_mnist)
    assert done.stderr == ""
    assert str(tmp_path / os.path.basename(DEFAULT_MODEL)) in done.stdout
    Classifier(tmp_path / os.path.basename(DEFAULT_MODEL))


def test_the_command_names_the_check_that_failed(exported, tmp_path, capsys):
    with_too_many_weights().save(tmp_path / "large.keras")
    before = contents(exported.parent)
    capsys.readouterr()
    output = ["--output", str(exported.parent)]
    assert main([str(tmp_path / "large.keras"), *output, "--threshold", "0.5"]) == 1
    out, err = capsys.readouterr()
    assert err.startswith('export: check "size" failed: ')
    assert (out, err.count("\n")) == ("", 1)
    assert contents(exported.parent) == before


def test_files_that_cannot_be_used_give_one_line(
    trained_run, models, drawn_mnist, tmp_path, capsys
):
    models["mlp-128"].save(tmp_path / "model.keras")
    (tmp_path / "damaged.keras").write_bytes(b"PK no archive")
    (tmp_path / "damaged.npz").write_bytes(b"PK no archive")
    (tmp_path / "unfinished").mkdir()
    shutil.copy(trained_run / "model.keras", tmp_path / "unfinished")
    (tmp_path / "spoilt").mkdir()
    shutil.copy(trained_run / "model.keras", tmp_path / "spoilt")
    (tmp_path / "spoilt" / "metrics.json").write_text("[]")
    (tmp_path / "output").write_text("a file")
    for arguments, reason in [
        (["missing.keras"], "missing.keras: it does not exist"),
        (["damaged.keras"], "cannot load"),
        (["unfinished"], "metrics.json: No such file"),
        (["spoilt"], "metrics.json is damaged"),
        (["model.keras"], "pass --threshold"),
        (["model.keras", "--threshold", "0.5", "--data", "damaged.npz"], "damaged.npz"),
        (["model.keras", "--threshold", "0.5", "--data", "missing.npz"], "missing.npz"),
        (["model.keras", "--threshold", "0.5", "--output", "output"], "output"),
    ]:
        paths = [
            argument if argument.startswith("-") or argument == "0.5" else str(tmp_path / argument)
            for argument in arguments
        ]
        if "--output" not in paths:
            paths += ["--output", str(tmp_path / "models")]
        assert main(paths) == 1, arguments
        errors = capsys.readouterr().err
        assert errors.startswith("export: "), errors
        assert reason in errors
        assert errors.count("\n") == 1, errors
        assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["run", "--name", "digits"],
        ["run", "--name", "../digits-v1"],
        ["run", "--threshold", "1.5"],
        ["run", "--threshold", "nan"],
        ["run", "--threshold", "high"],
    ],
)
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m export" in capsys.readouterr().err
