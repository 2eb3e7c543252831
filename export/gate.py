"""The gate: a model passes all of these checks or does not ship.

Each check is a function of its own and raises a `GateError` that bears the check's name.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto

from edgedigit import Classifier, EdgeDigitError
from edgedigit.model import (
    BATCH,
    COLUMNS,
    CONFIDENCE,
    INPUT,
    IR_VERSION,
    LABEL_COUNTS,
    LINES_FILE,
    LINES_INPUT,
    LINES_KEY,
    MAX_FIRST_BYTES,
    MAX_LINES_BYTES,
    MAX_MODEL_BYTES,
    OPSET,
    OUTPUT,
    PLACES,
    STRIP_ROWS,
    load_lines,
    load_model,
)
from edgedigit.normalize import SIDE
from edgedigit.results import SIGNS

MAX_PROBABILITY_DIFFERENCE = 1e-4
MIN_PICTURES = 2000
MIN_STRIPS = 300


class Interface(NamedTuple):
    """What a network takes and answers, what it may consist of, and how large it may be.

    Attributes:
        input: The name of its input, which is uint8.
        input_shape: Of that, with the names of the dynamic sizes.
        output_shapes: Those of `probabilities` that may be.
        operators: That it may use, of the standard domain.
        max_bytes: Of the file.
        has_confidence: Whether it answers its `confidence` too.
    """

    input: str
    input_shape: list[int | str]
    output_shapes: list[list[int | str]]
    operators: set[str]
    max_bytes: int
    has_confidence: bool = False


# Those in use, and no others: each runs on every onnxruntime from 1.16 on and every board.
_SHARED_OPERATORS = {
    *("Add", "Cast", "Conv", "MaxPool", "Mul", "Relu", "Reshape", "Softmax", "Squeeze"),
}
OPERATORS = _SHARED_OPERATORS | {"GlobalAveragePool", "MatMul"}
FIRST_OPERATORS = OPERATORS | {"ReduceMax", "Slice"}
# One Transpose is needed: convolutions have the signs before the places.
LINE_OPERATORS = _SHARED_OPERATORS | {"Transpose", "Unsqueeze"}

DIGITS = Interface(
    INPUT,
    [BATCH, SIDE, SIDE],
    [[BATCH, labels] for labels in LABEL_COUNTS],
    OPERATORS,
    MAX_MODEL_BYTES,
)
FIRST = DIGITS._replace(operators=FIRST_OPERATORS, max_bytes=MAX_FIRST_BYTES, has_confidence=True)
LINES = Interface(
    LINES_INPUT,
    [BATCH, STRIP_ROWS, COLUMNS],
    [[BATCH, PLACES, len(SIGNS) + 1]],
    LINE_OPERATORS,
    MAX_LINES_BYTES,
)

# Pictures, everything that is computed, and shapes.
_TENSOR_TYPES = {TensorProto.UINT8, TensorProto.FLOAT, TensorProto.INT64}

# One by one, as the runtime does, and an odd number.
_BATCH_PICTURES = (1, 32, 37)


class GateError(EdgeDigitError):
    """A model did not pass the gate.

    Attributes:
        check: The name of the check that failed.
    """

    def __init__(self, check: str, message: str) -> None:
        """Joins the check's name and what it found."""
        super().__init__(f'check "{check}" failed: {message}')
        self.check = check


def check_model(model: bytes, interface: Interface = DIGITS) -> None:
    """Checks the form of a model file; see `check_answers` for its answers.

    Args:
        model: Content of an ONNX file.
        interface: What it has to be like.

    Raises:
        GateError: For the first of these checks that fails: opset, ir, operators, dtype, batch,
            size, loads; loads at once for a file that cannot be parsed.
    """
    parsed = _parse(model)
    check_opset(parsed)
    check_ir(parsed)
    check_operators(parsed, interface.operators)
    check_dtype(parsed, interface)
    check_batch(parsed, interface)
    check_size(model, interface.max_bytes)
    check_loads(model)


def check_answers(
    model: bytes, pictures: NDArray[np.uint8], expected: NDArray[np.floating]
) -> float:
    """Checks that onnxruntime answers as Keras does, whatever batch pictures come in.

    Args:
        model: Content of an ONNX file that passes `check_model`.
        pictures: uint8 of shape (n, 28, 28), n at least 2,000.
        expected: Keras' probabilities, shape (n, labels).

    Returns:
        The largest difference of a probability.

    Raises:
        GateError: For the first of these checks that fails: batch, difference, argmax.
        ValueError: There are too few pictures.
    """
    if len(pictures) < MIN_PICTURES:
        raise ValueError(f"the gate needs at least {MIN_PICTURES} pictures, not {len(pictures)}")
    answers = [probabilities(model, pictures, batch) for batch in _BATCH_PICTURES]
    difference = max(check_difference(answer, expected) for answer in answers)
    for answer in answers:
        check_argmax(answer, expected)
    return difference


def check_line_answers(
    model: bytes, batches: Iterable[tuple[NDArray[np.uint8], NDArray[np.floating]]]
) -> float:
    """Checks that onnxruntime answers as Keras does, however many strips of whatever width.

    Args:
        model: Content of an ONNX file that passes `check_model`.
        batches: Each strips, uint8 of shape (n, 40, columns), and Keras' probabilities of them,
            shape (n, places, labels).

    Returns:
        The largest difference of a probability.

    Raises:
        GateError: For the first of these checks that fails: batch, difference, argmax.
        ValueError: There are too few strips, or all of them are of one width, or in batches of
            one size.
    """
    batches = list(batches)
    count, shapes = sum(len(strips) for strips, _ in batches), [some.shape for some, _ in batches]
    if count < MIN_STRIPS or any(len({shape[axis] for shape in shapes}) == 1 for axis in (0, 2)):
        raise ValueError(
            f"the gate needs at least {MIN_STRIPS} strips of several widths, in batches of several "
            f"sizes, not {count} in these: {shapes}"
        )
    session, difference = open_session(model), 0.0
    for strips, expected in batches:
        try:
            (answers,) = session.run([OUTPUT], {LINES_INPUT: strips})
        # As in `open_session`.
        except Exception as error:
            raise GateError("batch", f"strips of {strips.shape}: {_one_line(error)}") from error
        difference = max(difference, check_difference(answers, expected))
        check_argmax(answers, expected)
    return difference


def probabilities(
    model: bytes, pictures: NDArray[np.uint8], batch: int = 32
) -> NDArray[np.float32]:
    """The probabilities that onnxruntime computes of pictures.

    Args:
        model: Content of an ONNX file that passes `check_model`.
        pictures: uint8 of shape (n, 28, 28), n at least 1.
        batch: Pictures that are computed at once.

    Returns:
        float32 of shape (n, labels).

    Raises:
        GateError: The model does not take batches of this size.
    """
    session = open_session(model)
    try:
        return run_batches(session, pictures, batch)
    # As in `open_session`.
    except Exception as error:
        raise GateError("batch", f"in batches of {batch}: {_one_line(error)}") from error


def open_session(model: bytes) -> onnxruntime.InferenceSession:
    """A session of one thread.

    Raises:
        GateError: onnxruntime does not take the model; the check is "loads".
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    # onnxruntime's own exceptions share no other public base.
    except Exception as error:
        raise GateError("loads", _one_line(error)) from error


def run_batches(
    session: onnxruntime.InferenceSession, pictures: NDArray[np.uint8], batch: int
) -> NDArray[np.float32]:
    """The probabilities that a session gives; arguments and result as for `probabilities`."""
    return np.concatenate(
        [
            session.run([OUTPUT], {INPUT: pictures[start : start + batch]})[0]
            for start in range(0, len(pictures), batch)
        ]
    )


def check_loads(model: bytes) -> None:
    """The file is valid ONNX, and onnxruntime makes a session of it."""
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise GateError("loads", _one_line(error)) from error
    open_session(model)


def check_opset(model: onnx.ModelProto) -> None:
    """Opset 15 of the standard domain, and nothing of another domain."""
    opsets = {opset.domain: opset.version for opset in model.opset_import}
    if opsets != {"": OPSET}:
        found = ", ".join(f"{domain or 'ai.onnx'} {opsets[domain]}" for domain in sorted(opsets))
        raise GateError("opset", f"the model must use ai.onnx {OPSET} alone, not {found or 'none'}")
    if model.functions:
        raise GateError("opset", f"the model defines a function, {model.functions[0].name}")


def check_ir(model: onnx.ModelProto) -> None:
    """IR 8, which onnxruntime reads from 1.12 on."""
    if model.ir_version != IR_VERSION:
        raise GateError("ir", f"the IR version must be {IR_VERSION}, not {model.ir_version}")


def check_operators(model: onnx.ModelProto, operators: set[str]) -> None:
    """Only operators that are allowed, of the standard domain."""
    used = {f"{node.domain}.{node.op_type}".lstrip(".") for node in model.graph.node}
    if unknown := sorted(used - operators):
        raise GateError("operators", f"the graph must not use {', '.join(unknown)}")


def check_dtype(model: onnx.ModelProto, interface: Interface) -> None:
    """The interface's input is uint8, its outputs and all between them are float32.

    Weights may be stored in half precision.
    """
    outputs = [CONFIDENCE, OUTPUT] if interface.has_confidence else [OUTPUT]
    for kind, values, expected in (
        ("input", model.graph.input, [(interface.input, TensorProto.UINT8)]),
        ("output", model.graph.output, [(name, TensorProto.FLOAT) for name in outputs]),
    ):
        found = [(value.name, value.type.tensor_type.elem_type) for value in values]
        if found != expected:
            described, wanted = (
                ", ".join(f"{_type(dtype)} {name}" for name, dtype in tensors) or "none"
                for tensors in (found, expected)
            )
            raise GateError("dtype", f"the {kind} must be {wanted}, not {described}")
    inferred = onnx.shape_inference.infer_shapes(model).graph.value_info
    tensors = [(value.name, value.type.tensor_type.elem_type) for value in inferred]
    weights = [(weight.name, weight.data_type) for weight in model.graph.initializer]
    # What is stored in half precision is cast before anything is computed.
    halves = {name for name, dtype in weights if dtype == TensorProto.FLOAT16}
    for node in model.graph.node:
        if node.op_type != "Cast" and (used := halves.intersection(node.input)):
            raise GateError("dtype", f"{node.name} computes with float16 {used.pop()}")
    for name, dtype in weights + tensors:
        if dtype not in _TENSOR_TYPES and name not in halves:
            raise GateError("dtype", f"tensor {name} is {_type(dtype)}")


def check_batch(model: onnx.ModelProto, interface: Interface) -> None:
    """Input and `probabilities` are of the interface's shapes, whose dynamic sizes have names."""
    outputs = {value.name: _shape(value) for value in model.graph.output}
    taken, answered = _shape(model.graph.input[0]), outputs[OUTPUT]
    if taken != interface.input_shape:
        raise GateError("batch", f"{interface.input} must be {interface.input_shape}, not {taken}")
    if answered not in interface.output_shapes:
        allowed = " or ".join(map(str, interface.output_shapes))
        raise GateError("batch", f"{OUTPUT} must be {allowed}, not {answered}")
    if interface.has_confidence and outputs[CONFIDENCE] != [BATCH]:
        raise GateError("batch", f"{CONFIDENCE} must be {[BATCH]}, not {outputs[CONFIDENCE]}")


def check_size(model: bytes, most: int) -> None:
    """At most so many bytes."""
    if len(model) > most:
        raise GateError("size", f"the file has {len(model):,} bytes, {most:,} are the most")


def check_difference(answers: NDArray[np.floating], expected: NDArray[np.floating]) -> float:
    """No probability is further than 1e-4 from Keras'; returns the largest difference."""
    if answers.shape != expected.shape:
        raise GateError("difference", f"{answers.shape} answers, Keras gives {expected.shape}")
    difference = float(np.abs(answers - expected).max())
    # Written so that NaN fails too.
    if not difference <= MAX_PROBABILITY_DIFFERENCE:
        raise GateError(
            "difference",
            f"a probability differs from Keras by {difference:.2g}, "
            f"{MAX_PROBABILITY_DIFFERENCE:.0e} is the most",
        )
    return difference


def check_argmax(answers: NDArray[np.floating], expected: NDArray[np.floating]) -> None:
    """The most probable label of each picture, or of each place in a strip, is Keras'."""
    flips = answers.argmax(axis=-1) != expected.argmax(axis=-1)
    if flips.any():
        raise GateError(
            "argmax", f"the most probable label of {flips.sum()} of {flips.size} answers changed"
        )


def check_folder(folder: Path) -> Classifier:
    """A model's folder is whole: config.json names the file's hash, and the runtime loads it.

    Args:
        folder: Holds model.onnx and config.json, and perhaps first.onnx and lines.onnx.

    Returns:
        The runtime's classifier with the model of the folder.

    Raises:
        GateError: The check "hash" failed.
    """
    try:
        classifier = Classifier(folder)
        load_model(str(folder)).new_session(threads=1)
        if LINES_KEY in classifier.config or (folder / LINES_FILE).exists():
            load_lines(str(folder)).new_session(threads=1)
    except (OSError, ValueError, EdgeDigitError) as error:
        raise GateError("hash", _one_line(error)) from error
    return classifier


def _parse(model: bytes) -> onnx.ModelProto:
    try:
        return onnx.load_model_from_string(model)
    # Protobuf's own exception is a different one in each of its implementations.
    except Exception as error:
        raise GateError("loads", f"the file is not ONNX: {_one_line(error)}") from error


def _shape(value: onnx.ValueInfoProto) -> list[int | str]:
    return [
        dimension.dim_value if dimension.HasField("dim_value") else dimension.dim_param
        for dimension in value.type.tensor_type.shape.dim
    ]


def _type(dtype: int) -> str:
    return TensorProto.DataType.Name(dtype).lower() if dtype != TensorProto.FLOAT else "float32"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
