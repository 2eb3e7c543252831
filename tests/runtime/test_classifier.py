import base64
import copy
import hashlib
import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

import edgedigit
from edgedigit import Classifier, DamagedError, ImageError, ModelError, Prediction, Refusal
from edgedigit.model import DEFAULT_MODEL, SURE_CONFIDENCE
from edgedigit.normalize import normalize
from tests.support.picture_files import png_file
from train.drawing.characters import draw_digits, draw_non_digits

DICE = np.random.default_rng(6)
DRAWN = draw_digits(np.arange(70) % 10, DICE)
# Of several sizes, light on dark and dark on light, blank ones and letters among them.
PICTURES = [
    *DRAWN[:40],
    *(255 - digit[:50] for digit in DRAWN[40:55]),
    *draw_digits(np.arange(10), DICE, 28),
    *(np.full((20, 20), level, np.uint8) for level in (0, 128, 255)),
    *draw_non_digits("letters", 4, DICE),
]
BLANK = np.full((40, 30), 220, np.uint8)


@pytest.fixture(scope="module")
def singles() -> list[Prediction]:
    """Every picture's answer, one by one."""
    return [edgedigit.classify(picture) for picture in PICTURES]


@pytest.fixture
def model(tmp_path) -> Path:
    """A copy of the model's folder, to be damaged."""
    return shutil.copytree(DEFAULT_MODEL, tmp_path / "model")


def change_config(model: Path, **values: object) -> None:
    file = model / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def remove_first(model: Path) -> None:
    (model / "first.onnx").unlink(missing_ok=True)
    config = json.loads((model / "config.json").read_text())
    config.pop("first", None)
    (model / "config.json").write_text(json.dumps(config))


def replace_network(model: Path, data: bytes) -> None:
    """Another `model.onnx`, and none that is asked before it."""
    remove_first(model)
    (model / "model.onnx").write_bytes(data)
    change_config(model, sha256=hashlib.sha256(data).hexdigest())


def replace_first(model: Path, data: bytes) -> None:
    (model / "first.onnx").write_bytes(data)
    first = json.loads((model / "config.json").read_text())["first"]
    change_config(model, first=first | {"sha256": hashlib.sha256(data).hexdigest()})


def network(answers: int, image: str = "image") -> bytes:
    """A small network with our interface, all weights random."""
    onnx = pytest.importorskip("onnx")
    helper, types = onnx.helper, onnx.TensorProto
    weights = np.random.default_rng(0).normal(size=(784, answers)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Cast", [image], ["float"], to=types.FLOAT),
            helper.make_node("Flatten", ["float"], ["flat"]),
            helper.make_node("Mul", ["flat", "scale"], ["scaled"]),
            helper.make_node("MatMul", ["scaled", "weights"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["probabilities"]),
        ],
        "test",
        [helper.make_tensor_value_info(image, types.UINT8, ["batch", 28, 28])],
        [helper.make_tensor_value_info("probabilities", types.FLOAT, ["batch", answers])],
        [
            onnx.numpy_helper.from_array(weights, "weights"),
            onnx.numpy_helper.from_array(np.float32([1 / 2550]), "scale"),
        ],
    )
    opset = [helper.make_opsetid("", 15)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


# --- answers


def test_a_digit(singles):
    assert [prediction.digit for prediction in singles[:10]] == list(range(10))
    for prediction in singles:
        assert prediction.probabilities.shape == (10,)
        assert prediction.probabilities.dtype == np.float32
        assert not prediction.probabilities.flags.writeable
        assert prediction.probabilities.min() >= 0
        assert prediction.probabilities.sum() <= 1 + 1e-5
        assert np.float32(prediction.confidence) == prediction.probabilities[prediction.best]
        assert prediction.best == prediction.probabilities.argmax()
        assert (prediction.digit is None) == (prediction.refusal is not None)
        assert prediction.digit in (None, prediction.best)


def test_a_blank_picture():
    prediction = edgedigit.classify(BLANK)
    assert prediction.refusal is Refusal.BLANK
    assert prediction.digit is None
    assert prediction.confidence == 0
    assert not prediction.probabilities.any()


@pytest.mark.parametrize("size", range(1, 71))
def test_batch_equals_one_by_one(singles, size):
    assert edgedigit.classify_batch(PICTURES[:size]) == singles[:size]


def test_batch_takes_any_iterable_and_stacks(singles):
    assert edgedigit.classify_batch(DRAWN[:40]) == singles[:40]
    assert edgedigit.classify_batch(iter(PICTURES)) == singles
    assert edgedigit.classify_batch([png_file(digit) for digit in DRAWN[:3]]) == singles[:3]
    assert edgedigit.classify_batch([]) == []


def test_min_confidence():
    letters = PICTURES[-4:]
    for prediction in Classifier(min_confidence=0.0).classify_batch([*DRAWN, *letters]):
        assert prediction.refusal is not Refusal.UNSURE
    for digit in DRAWN[:10]:
        prediction = Classifier(min_confidence=1.0).classify(digit)
        assert prediction.refusal is Refusal.UNSURE
        assert prediction.best == edgedigit.classify(digit).best
    # A refusal for another reason stays.
    assert Classifier(min_confidence=1.0).classify(BLANK).refusal is Refusal.BLANK


def test_what_the_classifier_says_of_itself(model):
    classifier = Classifier(model, min_confidence=0.25)
    assert classifier.min_confidence == 0.25
    assert classifier.folder == model
    assert classifier.config == json.loads((model / "config.json").read_text())
    classifier.config["threshold"] = 3
    assert classifier.config["threshold"] == Classifier().min_confidence


def test_more_threads_give_the_same_digits(singles):
    predictions = Classifier(threads=2).classify_batch(PICTURES)
    assert [prediction.digit for prediction in predictions] == [
        prediction.digit for prediction in singles
    ]


# --- wrong arguments


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"threads": 0}, ValueError, "threads must be at least 1, not 0"),
        ({"threads": 1.0}, TypeError, "threads must be an int, not float"),
        ({"threads": True}, TypeError, "threads must be an int, not bool"),
        ({"min_confidence": 1.5}, ValueError, "min_confidence must be from 0 to 1, not 1.5"),
        ({"min_confidence": -0.1}, ValueError, "min_confidence must be from 0 to 1, not -0.1"),
        ({"min_confidence": np.nan}, ValueError, "min_confidence must be from 0 to 1, not nan"),
        ({"min_confidence": "0.5"}, TypeError, "min_confidence must be a number .* not str"),
        ({"max_pixels": 0}, ValueError, "max_pixels must be at least 1, not 0"),
        ({"max_pixels": 1e6}, TypeError, "max_pixels must be an int, not float"),
        ({"max_pixels": None}, TypeError, "max_pixels must be an int, not NoneType"),
        ({"max_pixels": True}, TypeError, "max_pixels must be an int, not bool"),
        ({"model": 3}, TypeError, "int"),
    ],
)
def test_wrong_arguments_of_the_classifier(arguments, error, message):
    with pytest.raises(error, match=message):
        Classifier(**arguments)


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (None, TypeError, "not NoneType"),
        (7, TypeError, "not int"),
        ("no such file.png", FileNotFoundError, "no such file.png"),
        (b"", ImageError, "empty"),
        (b"no picture", ImageError, "not a picture"),
        (np.empty((0, 5), np.uint8), ImageError, "empty"),
        (np.zeros(783, np.uint8), ImageError, "the array"),
        (np.zeros((1, 783), np.uint8), ImageError, "the array: .* one pixel high"),
        (np.zeros((1, 30, 3)), ImageError, "the array: .* one pixel high"),
        ("data:image/png,%00", ImageError, "the data URL: .*base64"),
        ("data:image/png;base64,@", DamagedError, "the data URL: damaged base64"),
        ("data:image/png;base64,", ImageError, "the data URL: the file is empty"),
        (np.zeros((2, 28, 28, 3), np.uint8), ImageError, "the array"),
        (np.zeros((28, 28, 5), np.uint8), ImageError, "the array"),
        (np.full((28, 28), np.nan), ImageError, "the array"),
        (np.full((28, 28), np.inf), ImageError, "the array"),
        (np.full((28, 28), None), (ImageError, TypeError), "object"),
    ],
)
def test_what_is_no_picture_raises(image, error, message):
    with pytest.raises(error, match=message):
        edgedigit.classify(image)
    with pytest.raises(error, match=message) as caught:
        edgedigit.classify_batch([DRAWN[0], image])
    assert "images[1]" in f"{caught.value}{getattr(caught.value, '__notes__', '')}"


@pytest.mark.parametrize(
    "shape", [(784,), (1, 784), (784, 1), (28, 28, 1), (1, 28, 28), (1, 28, 28, 1), (1, 1, 28, 28)]
)
@pytest.mark.parametrize("kind", [np.uint8, np.float64])
def test_784_values_are_a_picture_of_mnist(shape, kind):
    digit = draw_digits([5], DICE, 28)[0].astype(kind)
    assert edgedigit.classify(digit.reshape(shape)) == edgedigit.classify(digit)
    assert edgedigit.read(digit.reshape(shape)) == edgedigit.read(digit)


def test_rows_of_784_values_are_pictures_of_mnist():
    digits = draw_digits(np.arange(10), DICE, 28)
    answers = edgedigit.classify_batch(digits)
    for shape in ((10, 784), (10, 28, 28, 1), (10, 1, 28, 28)):
        assert edgedigit.classify_batch(digits.reshape(shape)) == answers


def test_data_urls():
    file = png_file(DRAWN[7])
    url = f"data:image/png;base64,{base64.b64encode(file).decode()}"
    answer = edgedigit.classify(file)
    escaped = url.replace("+", "%2B").replace("=", "%3d")
    for data in (url, url.encode(), bytearray(url.encode()), escaped, url + "\n"):
        assert edgedigit.classify(data) == answer
    assert edgedigit.read(url) == edgedigit.read(file)


@pytest.mark.parametrize("images", ["scan.png", b"bytes", Path("scan.png")])
def test_one_picture_is_no_batch(images):
    with pytest.raises(TypeError, match="use classify for one picture"):
        edgedigit.classify_batch(images)


@pytest.mark.parametrize("ink", ["blue", "", None, 1])
def test_wrong_ink(ink):
    for call, image in (edgedigit.classify, DRAWN[0]), (edgedigit.classify_batch, DRAWN[:2]):
        with pytest.raises(ValueError, match="ink must be 'auto', 'dark' or 'light', not"):
            call(image, ink)


# --- models


def test_a_missing_model(tmp_path):
    with pytest.raises(ModelError, match=f"cannot load the model in {tmp_path}"):
        Classifier(tmp_path)


@pytest.mark.parametrize("name", ["model.onnx", "first.onnx", "config.json"])
def test_a_missing_file(model, name):
    (model / name).unlink()
    with pytest.raises(ModelError, match=name):
        Classifier(model)


@pytest.mark.parametrize("text", ["", "{", "\udcff", "[1, 2", "{'threshold': 1}"])
def test_a_configuration_that_is_no_json(model, text):
    (model / "config.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError, match="cannot load the model in"):
        Classifier(model)


@pytest.mark.parametrize("text", ["[]", "3", "null", '"text"', '["labels", "threshold"]'])
def test_a_configuration_that_is_no_object(model, text):
    (model / "config.json").write_text(text)
    with pytest.raises(ModelError, match=r"config\.json does not hold a JSON object"):
        Classifier(model)


@pytest.mark.parametrize("key", ["labels", "threshold", "normalization", "sha256"])
def test_a_configuration_that_lacks_something(model, key):
    config = json.loads((model / "config.json").read_text())
    del config[key]
    (model / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=rf"config\.json lacks {key}"):
        Classifier(model)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("labels", "0123456789", "a list of 10 or 11 labels"),
        ("labels", None, "a list of 10 or 11 labels"),
        ("labels", ["0", "1"], "a list of 10 or 11 labels"),
        ("threshold", "high", "a threshold from 0 to 1, not 'high'"),
        ("threshold", True, "a threshold from 0 to 1, not True"),
        ("threshold", 1.5, "a threshold from 0 to 1, not 1.5"),
        ("threshold", float("nan"), "a threshold from 0 to 1, not nan"),
        ("normalization", 10_000, "wants version 10000 of the normalisation"),
        ("normalization", None, "wants version None of the normalisation"),
        ("sha256", 5, "not the file that config.json describes"),
        ("sha256", "0" * 64, "not the file that config.json describes"),
    ],
)
def test_a_configuration_with_a_wrong_value(model, key, value, message):
    change_config(model, **{key: value})
    with pytest.raises(ModelError, match=message):
        Classifier(model)


@pytest.mark.parametrize("name", ["model.onnx", "first.onnx"])
def test_a_network_that_was_changed(model, name):
    data = bytearray((model / name).read_bytes())
    data[len(data) // 2] ^= 1
    (model / name).write_bytes(data)
    with pytest.raises(ModelError, match=rf"{name} is not the file"):
        Classifier(model)


@pytest.mark.parametrize("replace", [replace_network, replace_first])
@pytest.mark.parametrize("data", [b"", b"garbage", bytes(1000)], ids=["empty", "text", "zeros"])
def test_a_network_that_is_none(model, data, replace):
    replace(model, data)
    with pytest.raises(ModelError, match="onnxruntime cannot load the model"):
        Classifier(model)


def test_a_network_with_another_interface(model):
    replace_network(model, network(11, image="picture"))
    change_config(model, labels=list(range(11)))
    with pytest.raises(ModelError, match="the model has to make of image"):
        Classifier(model)
    replace_network(model, network(11))
    change_config(model, labels=list(range(10)))
    with pytest.raises(ModelError, match=r"float32 \[batch, 10\]"):
        Classifier(model)


def test_the_first_network_answers_what_it_is_sure_of_and_the_other_the_rest(model):
    inks = normalize(PICTURES)
    whole = Classifier(model).probabilities(inks, first=False)
    # What is doubtful is seen shifted too.
    inks, whole = inks[whole.max(axis=1) > 0.97], whole[whole.max(axis=1) > 0.97]
    both = Classifier(model)
    change_config(model, first=both.config["first"] | {"sure": 0})
    first = Classifier(model).probabilities(inks)
    assert (first != whole).any(axis=1).all()
    is_first = (both.probabilities(inks) == first).all(axis=1)
    np.testing.assert_allclose(both.probabilities(inks)[~is_first], whole[~is_first], atol=1e-6)
    assert 0 < is_first.sum() < len(inks)
    # Calibration makes no answer less sure by so much.
    assert first[is_first].max(axis=1).min() > 0.98
    change_config(model, first=both.config["first"] | {"sure": 1.01})
    np.testing.assert_array_equal(Classifier(model).probabilities(inks), whole)


def test_a_model_without_a_first_network(model):
    inks = normalize(PICTURES)
    whole = Classifier().probabilities(inks, first=False)
    remove_first(model)
    alone = Classifier(model).probabilities(inks)
    is_sure = whole.max(axis=1) >= SURE_CONFIDENCE
    assert 0 < is_sure.sum() < len(inks)
    np.testing.assert_array_equal(alone[is_sure], whole[is_sure])
    # Of the others, the mean of what is said of five places.
    margin = np.pad(inks[~is_sure], ((0, 0), (1, 1), (1, 1)))
    corners = (1, 1), (0, 1), (2, 1), (1, 0), (1, 2)
    places = [margin[:, y : y + 28, x : x + 28] for y, x in corners]
    expected = np.mean([Classifier().probabilities(each, first=False) for each in places], axis=0)
    np.testing.assert_allclose(alone[~is_sure], expected, atol=1e-5)


@pytest.mark.parametrize(
    ("first", "message"),
    [
        (None, "is missing"),
        ([], "is no JSON object"),
        ({"sure": 0.9}, "lacks sha256"),
        ({"sha256": "0" * 64}, "lacks sure"),
        ({"sha256": "0" * 64, "sure": "0.9"}, "must be sure from a number on"),
        ({"sha256": "0" * 64, "sure": float("nan")}, "must be sure from a number on"),
        ({"sha256": "0" * 64, "sure": 0.9}, "first.onnx is not the file"),
    ],
)
def test_a_first_network_that_is_described_wrongly(model, first, message):
    change_config(model, first=first)
    with pytest.raises(ModelError, match=message):
        Classifier(model)


def test_a_first_network_that_nothing_describes(model):
    config = json.loads((model / "config.json").read_text())
    del config["first"]
    (model / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=r'"first" in .* is missing'):
        Classifier(model)


def test_a_first_network_with_another_interface(model):
    replace_first(model, network(11))
    with pytest.raises(ModelError, match=r"first\.onnx of the model has to make .* confidence"):
        Classifier(model)


def test_a_network_that_fails_behind_the_first(model):
    data = changed(without_numbers)
    (model / "model.onnx").write_bytes(data)
    change_config(model, sha256=hashlib.sha256(data).hexdigest())
    classifier = Classifier(model)
    with pytest.raises(ModelError, match="no finite numbers"):
        classifier.classify_batch(PICTURES)
    (model / "model.onnx").write_bytes(b"")
    change_config(model, sha256=hashlib.sha256(b"").hexdigest())
    with pytest.raises(ModelError, match="onnxruntime cannot load the model"):
        Classifier(model).classify_batch(PICTURES)


def test_a_network_that_knows_digits_alone(model):
    replace_network(model, network(10))
    change_config(model, labels=[str(digit) for digit in range(10)], threshold=0.0)
    classifier = Classifier(model)
    for prediction in classifier.classify_batch(DRAWN):
        assert prediction.digit == prediction.best
    rows = classifier.probabilities(normalize(list(DRAWN)))
    assert rows.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert classifier.classify(BLANK).refusal is Refusal.BLANK
    assert classifier.probabilities(np.empty((0, 28, 28), np.uint8)).shape == (0, 10)


# --- copies, threads and processes


def test_a_pickled_classifier_answers_the_same(model, singles):
    original = Classifier(model, min_confidence=0.9)
    for twin in pickle.loads(pickle.dumps(original)), copy.deepcopy(original):
        assert twin.folder == model
        assert twin.min_confidence == 0.9
        assert twin.classify_batch(PICTURES) == original.classify_batch(PICTURES)


def test_a_prediction_as_json(singles):
    blank = edgedigit.classify(np.full((28, 28), 9, np.uint8))
    for prediction in (*singles, blank):
        plain = prediction.to_dict()
        said = json.loads(json.dumps(plain))
        assert list(said) == ["digit", "confidence", "best", "refusal", "probabilities"]
        for name in ("digit", "confidence", "best", "refusal"):
            assert said[name] == getattr(prediction, name)
        assert np.array_equal(np.float32(said["probabilities"]), prediction.probabilities)
    assert type(plain["refusal"]) is str


def test_a_pickled_prediction_is_the_same_and_read_only(singles):
    for prediction in singles:
        twin = pickle.loads(pickle.dumps(prediction))
        assert twin == prediction
        assert hash(twin) == hash(prediction)
        assert not twin.probabilities.flags.writeable


# --- models of others


def changed(change) -> bytes:
    onnx = pytest.importorskip("onnx")
    model = onnx.load_from_string(network(11))
    change(onnx, model)
    return model.SerializeToString()


def outside(onnx, model):
    weights = next(value for value in model.graph.initializer if value.name == "weights")
    weights.ClearField("raw_data")
    weights.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", "weights.bin"), ("offset", "0"), ("length", "34496")):
        weights.external_data.add(key=key, value=value)


def without_numbers(onnx, model):
    weights = next(value for value in model.graph.initializer if value.name == "weights")
    weights.CopyFrom(
        onnx.numpy_helper.from_array(np.full((784, 11), np.nan, np.float32), "weights")
    )


def failing(onnx, model):
    """783 values cannot be multiplied with 784 weights, which shows when it runs."""
    arrays = {"start": [0], "end": [27], "axis": [1]}
    model.graph.initializer.extend(
        onnx.numpy_helper.from_array(np.array(value), name) for name, value in arrays.items()
    )
    cut = onnx.helper.make_node("Slice", ["float", "start", "end", "axis"], ["cut"])
    model.graph.node.insert(1, cut)
    model.graph.node[2].input[0] = "cut"


def test_data_from_other_files_is_refused(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights.bin").write_bytes(bytes(34496))
    replace_network(model, changed(outside))
    with pytest.raises(ModelError, match="wants data from other files"):
        Classifier(model)


@pytest.mark.parametrize(
    ("change", "message"),
    [(without_numbers, "no finite numbers"), (failing, "cannot (run|load)")],
)
def test_a_network_that_fails_when_it_runs(model, change, message, tmp_path):
    replace_network(model, changed(change))
    with pytest.raises(ModelError, match=message):
        Classifier(model).classify(DRAWN[0])
    picture = tmp_path / "scans" / "a.png"
    picture.parent.mkdir()
    picture.write_bytes(png_file(DRAWN[0]))
    with pytest.raises(ModelError, match=message):  # that is no fault of the files
        list(edgedigit.classify_folder(picture.parent, classifier=Classifier(model)))


def test_a_configuration_without_an_end(model):
    for text in "[" * 100_000, '{"labels":' * 100_000, '{"threshold": ' + "9" * 10_000 + "}":
        (model / "config.json").write_text(text)
        with pytest.raises(ModelError, match="cannot load the model in"):
            Classifier(model)


@pytest.mark.parametrize("labels", [list("9876543210"), [{}] * 11, ["a"] * 10, [True] * 10])
def test_labels_in_another_order(model, labels):
    change_config(model, labels=labels)
    with pytest.raises(ModelError, match="the digits in their order"):
        Classifier(model)


def other_provider() -> str:
    """One that this onnxruntime has beside the processor's own."""
    import onnxruntime

    others = set(onnxruntime.get_available_providers()) - {"CPUExecutionProvider"}
    return min(others) if others else pytest.skip("this onnxruntime has no other provider")


def test_another_provider_answers_as_the_processor_does(singles) -> None:
    classifier = Classifier(providers=[other_provider()])
    for answer, expected in zip(classifier.classify_batch(PICTURES), singles, strict=True):
        np.testing.assert_allclose(answer.probabilities, expected.probabilities, atol=1e-4)
    again = pickle.loads(pickle.dumps(classifier))
    assert again.classify(PICTURES[0]) == classifier.classify(PICTURES[0])


def test_a_provider_that_is_missing_is_refused_and_others_named() -> None:
    for providers in ["NpuExecutionProvider"], ["CPUExecutionProvider", "cpu"]:
        with pytest.raises(ModelError, match=r"has no (Npu|cpu).* are .*CPUExecutionProvider"):
            Classifier(providers=providers)


@pytest.mark.parametrize("providers", ["CPUExecutionProvider", [1], None, [("CPU", {})]])
def test_providers_are_names(providers) -> None:
    with pytest.raises(TypeError, match="providers must be a sequence of names"):
        Classifier(providers=providers)
