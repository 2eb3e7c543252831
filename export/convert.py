"""A trained Keras model as an ONNX graph: pictures in, calibrated probabilities out."""

import logging

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from onnx import TensorProto

from edgedigit.model import (
    BATCH,
    COLUMNS,
    CONFIDENCE,
    INPUT,
    IR_VERSION,
    LINES_INPUT,
    OPSET,
    OUTPUT,
    PLACES,
)
from train.networks.cascade import confidence

# A cast takes as much room as fewer.
_MIN_HALVED_NUMBERS = 64


def convert(model: keras.Model, temperature: float = 1.0) -> onnx.ModelProto:
    """Converts a classifier of digits with tf2onnx; the same model gives the same bytes.

    Whether the result is fit to ship is for `export.gate` to say: the shape and the type of the
    input are the model's own.

    Args:
        model: Has one input, pictures as uint8 (batch, 28, 28), and a layer named `logits`.
        temperature: What the logits are divided by, above 0 (temperature scaling: Guo et al., "On
            Calibration of Modern Neural Networks", 2017); 1 changes no probability.

    Returns:
        Opset 15, IR 8; `image` [batch, 28, 28] to `probabilities` float32 [batch, labels].

    Raises:
        ValueError: The temperature is not above 0, or the model is not of this form.
    """
    return _converted(model, temperature, "digits", {INPUT: {0: BATCH}, OUTPUT: {0: BATCH}})


def convert_first(network: keras.Model, temperature: float = 1.0) -> onnx.ModelProto:
    """Converts the small network that a cascade asks first; arguments and errors as for `convert`.

    Returns:
        Opset 15, IR 8; `image` [batch, 28, 28] to `confidence` float32 [batch], and
        `probabilities` as of `convert`.
    """
    sizes = {INPUT: {0: BATCH}, OUTPUT: {0: BATCH}, CONFIDENCE: {0: BATCH}}
    return _converted(network, temperature, "first", sizes)


def convert_lines(network: keras.Model, temperature: float = 1.0) -> onnx.ModelProto:
    """Converts a line network; arguments and errors as for `convert`.

    Args:
        network: Has one input, strips as uint8 (batch, 40, columns), and a layer named `logits`.
        temperature: What the logits are divided by, above 0.

    Returns:
        Opset 15, IR 8; `strips` [batch, 40, columns] to `probabilities` float32
        [batch, places, labels].
    """
    shapes = [tensor.shape for tensor in [*network.inputs, *network.outputs]]
    if [len(shape) for shape in shapes] != [3, 3]:
        raise ValueError(f"a line network makes places of strips, not of these shapes: {shapes}")
    sizes = {LINES_INPUT: {0: BATCH, 2: COLUMNS}, OUTPUT: {0: BATCH, 1: PLACES}}
    return _converted(network, temperature, "lines", sizes)


def _converted(
    model: keras.Model, temperature: float, name: str, sizes: dict[str, dict[int, str]]
) -> onnx.ModelProto:
    """Converts a model.

    Args:
        model: Has one input and a layer named `logits`.
        temperature: As for `convert`.
        name: Of the graph.
        sizes: Of the input, then of the output, the names of the dynamic sizes by their axes.
    """
    network = _for_export(_calibrated(model, temperature, CONFIDENCE in sizes))
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    image = network.inputs[0]
    signature = [tf.TensorSpec(image.shape, image.dtype, name=next(iter(sizes)))]

    # A dict, because its keys become the names of the outputs.
    @tf.function(input_signature=signature)
    def answer(pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        return network(pictures, training=False)

    converted, _ = tf2onnx.convert.from_function(answer, signature, opset=OPSET)
    return _tidied(converted, name, sizes)


def _calibrated(model: keras.Model, temperature: float, with_confidence: bool) -> keras.Model:
    """From pictures to the outputs by their names."""
    if not 0 < temperature < float("inf"):
        raise ValueError(f"the temperature must be a finite number above 0, not {temperature}")
    if len(model.inputs) != 1:
        raise ValueError(f"the model must have one input, not {len(model.inputs)}")
    if "logits" not in {layer.name for layer in model.layers}:
        raise ValueError('the model must have a layer named "logits"')
    logits = model.get_layer("logits").output
    outputs = {OUTPUT: keras.layers.Softmax()(logits / temperature)}
    if with_confidence:
        outputs[CONFIDENCE] = confidence(logits)
    return keras.Model(model.inputs, outputs)


class _Reshape(keras.layers.Reshape):
    """Keras' layer looks up the size of the batch; this one leaves it to the operator.

    tf2onnx mostly finds out that the look-up is needless, but depending on the order of its hash
    tables it leaves five operators there.
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Reshapes all but the first dimension."""
        shape = self.compute_output_shape(inputs.shape)[1:]
        if None not in shape:
            return keras.ops.reshape(inputs, (-1, *shape))
        # Strips of any width: they get a channel, and lose the one row that is left in the end.
        if len(shape) == len(inputs.shape):
            return keras.ops.expand_dims(inputs, -1)
        return keras.ops.squeeze(inputs, 1)


def _for_export(model: keras.Model) -> keras.Model:
    return keras.models.clone_model(model, clone_function=_layer_for_export)


def _layer_for_export(layer: keras.Layer) -> keras.Layer:
    # Other layers are used as they are, with their weights.
    if isinstance(layer, keras.layers.Reshape):
        return _Reshape.from_config(layer.get_config())
    return layer


def _tidied(model: onnx.ModelProto, name: str, sizes: dict[str, dict[int, str]]) -> onnx.ModelProto:
    """Drops what changes from one conversion to the next, and the operator sets not in use."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    domains = {node.domain for node in model.graph.node}
    used = [opset for opset in model.opset_import if opset.domain in domains]
    del model.opset_import[:]
    model.opset_import.extend(used)
    model.ir_version = IR_VERSION
    model.graph.name = name
    model.graph.doc_string = ""
    # Only the tensors that cross the graph's border need a description.
    del model.graph.value_info[:]
    for value in [*model.graph.input, *model.graph.output]:
        for axis, size in sizes[value.name].items():
            dimension = value.type.tensor_type.shape.dim[axis]
            if not dimension.HasField("dim_value"):
                dimension.dim_param = size
    _rename(model.graph)
    _halve(model.graph)
    return model


def _halve(graph: onnx.GraphProto) -> None:
    """Stores tensors in half precision where that loses nothing.

    onnxruntime computes the casts when it makes a session, so that no answer takes longer.
    """
    casts = []
    for tensor in graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < _MIN_HALVED_NUMBERS:
            continue
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        if (half != values).any():
            continue
        name, stored = tensor.name, f"{tensor.name}/half"
        tensor.CopyFrom(onnx.numpy_helper.from_array(half, stored))
        casts.append(onnx.helper.make_node("Cast", [stored], [name], stored, to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _rename(graph: onnx.GraphProto) -> None:
    """Names nodes by their place; tensors after the node that makes them, or first takes them.

    tf2onnx builds the names from counters that run on for as long as the process lives.
    """
    names = {value.name: value.name for value in [*graph.input, *graph.output]} | {"": ""}
    for place, node in enumerate(graph.node):
        node.name = f"{place}_{node.op_type}"
        for index, tensor in enumerate(node.input):
            node.input[index] = names.setdefault(tensor, f"{node.name}/input_{index}")
        for index, tensor in enumerate(node.output):
            node.output[index] = names.setdefault(tensor, f"{node.name}/output_{index}")
    for tensor in graph.initializer:
        tensor.name = names[tensor.name]
    graph.initializer.sort(key=lambda tensor: _place(tensor.name))


def _place(name: str) -> tuple[int, str]:
    return int(name.split("_")[0]), name
