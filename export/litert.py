"""A model for microcontrollers: every layer in 8-bit integers, as LiteRT takes it."""

import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edgedigit.model import INPUT, OUTPUT
from edgedigit.normalize import SIDE
from export.gate import GateError
from train.data.mnist import Mnist
from train.drawing.characters import draw_digits, draw_non_digits
from train.measuring.calibration import softmax
from train.networks.cascade import stages
from train.networks.predict import accuracy, predict
from train.networks.trained import TrainedModel
from train.run_files import write_atomically

# What the ranges of the layers are found with, and what is compared.
_PICTURES = 2000
_MAX_CHANGED_SHARE = 0.01
_RESOLVERS = tf.lite.experimental.OpResolverType

_CARD = """\
# {name}

The network of `model.onnx` in 8-bit integers, for LiteRT and LiteRT for Microcontrollers.

| | |
|---|---|
| File | {size:,} bytes |
| Input | {input}: bright ink on 0, normalised as for `model.onnx` |
| Output | {output} |
| Operators | {operators} |
| Answers | {same:.2%} of {compared:,} pictures have the label that the network has in float32 |
{accuracy}"""


def export_litert(source: TrainedModel, path: Path, data: Mnist | None = None) -> None:
    """Writes a LiteRT file, and its card beside it, with the ending .md.

    Args:
        source: The trained model; of a cascade the larger network, which is the whole classifier.
        path: The file; one that is there is replaced.
        data: As for `export.package.export`.

    Raises:
        GateError: More than 1 % of the answers are others in integers.
        OSError: The files cannot be written.
    """
    network = stages(source.model)[-1]
    ranges, pictures = _pictures(source, data)
    content = _converted(network, source.temperature, ranges)
    expected = softmax(predict(network, pictures), source.temperature)
    found = probabilities(content, pictures)
    same = float((found.argmax(axis=1) == expected.argmax(axis=1)).mean())
    if same < 1 - _MAX_CHANGED_SHARE:
        raise GateError("integers", f"{1 - same:.2%} of the answers are others than in float32")
    figures = ""
    if data is not None:
        tested = source.prepared(data.x_test)
        shares = [
            accuracy(answers, data.y_test)
            for answers in (
                probabilities(content, tested),
                softmax(predict(network, tested), source.temperature),
            )
        ]
        figures = (
            f"| Accuracy | {shares[0]:.2%} of the test part of {data.source}; "
            f"{shares[1]:.2%} in float32 |\n"
        )
    interpreter = _interpreter(content)
    card = _CARD.format(
        name=path.stem,
        size=len(content),
        input=_described(interpreter.get_input_details()[0]),
        output=_described(interpreter.get_output_details()[0]),
        operators=", ".join(sorted({op["op_name"] for op in interpreter._get_ops_details()})),
        same=same,
        compared=len(pictures),
        accuracy=figures,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, lambda part: part.write_bytes(content))
    write_atomically(path.with_suffix(".md"), lambda part: part.write_text(card, "utf-8"))


def probabilities(content: bytes, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What a LiteRT file answers.

    Args:
        content: Of the file.
        pictures: uint8 of shape (n, 28, 28).

    Returns:
        float32 of shape (n, labels).
    """
    interpreter = _interpreter(content)
    taken, given = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scale, zero = given["quantization"]
    answers = []
    for picture in pictures:
        interpreter.set_tensor(taken["index"], picture[None])
        interpreter.invoke()
        answers.append(interpreter.get_tensor(given["index"])[0].astype(np.float32))
    return (np.stack(answers) - zero) * np.float32(scale)


def _pictures(
    source: TrainedModel, data: Mnist | None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Pictures to find the ranges of the layers with, and others to compare answers on."""
    rng = np.random.default_rng(0)
    if data is None:
        digits = draw_digits(np.arange(2 * _PICTURES) % 10, rng, size=28)
    else:
        digits = data.x_train[: 2 * _PICTURES]
    others = draw_non_digits("scribbles", _PICTURES // 5, rng, 28)
    inks, no_inks = source.prepared(digits), source.prepared(others)
    return np.concatenate([inks[::2], no_inks[::2]]), np.concatenate([inks[1::2], no_inks[1::2]])


def _converted(network: Any, temperature: float, ranges: NDArray[np.uint8]) -> bytes:
    """Converts a network from pictures to logits; `ranges` are pictures of all kinds."""
    # From floats, so that there is no cast: the converter makes integers of the input itself.
    image = keras.Input((SIDE, SIDE), batch_size=1, dtype="float32", name=INPUT)
    logits = keras.models.clone_model(
        network, input_tensors=image, clone_function=lambda layer: layer
    ).output
    answer = keras.layers.Softmax(name=OUTPUT)(logits / temperature)
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(image, answer))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([x[None].astype(np.float32)] for x in ranges)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.uint8
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the input's range, which it finds with the pictures
        return bytes(converter.convert())


def _interpreter(content: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it will be a package of its own
        interpreter = tf.lite.Interpreter(
            model_content=content,
            num_threads=1,
            # The others hide the operators that they replace.
            experimental_op_resolver_type=_RESOLVERS.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
    interpreter.allocate_tensors()
    return interpreter


def _described(tensor: dict[str, Any]) -> str:
    scale, zero = tensor["quantization"]
    kind, shape = np.dtype(tensor["dtype"]).name, [int(size) for size in tensor["shape"]]
    return f"{kind} `{shape}`, value = {scale:.6g} * (integer - {zero})"
