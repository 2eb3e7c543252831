"""The models of the contenders, trained from scratch and converted to the form that each reads.

Runs as a program of its own, so that TensorFlow is gone before anything is measured:

    python -m benchmarks.alternatives.models --mnist mnist.npz --output FOLDER
"""

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from train.data.mnist import DataError, Mnist, load_mnist
from train.run_files import RunError, write_atomically
from train.tensorflow_import import import_tensorflow

if TYPE_CHECKING:
    import keras

CNN_KERAS_FILE, CNN_ONNX_FILE = "cnn.keras", "cnn.onnx"
CNN_FLOAT_FILE, CNN_INT8_FILE = "cnn-float.tflite", "cnn-int8.tflite"
LENET_FILE = "lenet.onnx"
MODEL_FILES = CNN_KERAS_FILE, CNN_ONNX_FILE, CNN_FLOAT_FILE, CNN_INT8_FILE, LENET_FILE

_LENET_EPOCHS = 15
_CALIBRATION_PICTURES = 500
_QUICK_PICTURES = 2000


def main() -> int:
    """Trains and converts what is not there yet; returns 0, or 1 when that is not possible."""
    parser = argparse.ArgumentParser(description="Trains and converts the contenders' models.")
    parser.add_argument("--mnist", type=Path, required=True, metavar="FILE.npz")
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="one epoch of a few pictures")
    options = parser.parse_args()
    try:
        import_tensorflow()
        data = load_mnist(options.mnist)
        if options.quick:
            data = dataclasses.replace(
                data, x_train=data.x_train[:_QUICK_PICTURES], y_train=data.y_train[:_QUICK_PICTURES]
            )
        make_models(data, options.output, options.seed, 1 if options.quick else None)
    except (DataError, RunError, ImportError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def make_models(data: Mnist, folder: Path, seed: int, epochs: int | None) -> None:
    """Trains the tutorials' CNN and a LeNet, and writes them in all forms.

    Args:
        data: Trained on with its training part.
        folder: Where to; what is there already is not made again.
        seed: Of the weights and the shuffling; 0 to 2**31.
        epochs: How many; None is as many as each takes.
    """
    import keras

    from export.convert import convert
    from train.recipes import RECIPES
    from train.training.run import run_training

    folder.mkdir(parents=True, exist_ok=True)
    recipe = RECIPES["cnn"]
    recipe = dataclasses.replace(recipe, epochs=epochs or recipe.epochs)
    run_training("cnn", recipe, data, seed=seed, folder=folder / "cnn")
    cnn = keras.saving.load_model(folder / "cnn" / "model.keras", compile=False)
    write_atomically(folder / CNN_KERAS_FILE, cnn.save)
    write_atomically(folder / CNN_ONNX_FILE, lambda path: _write(path, convert(_of_floats(cnn))))
    write_atomically(folder / CNN_FLOAT_FILE, lambda path: _write(path, tflite(cnn)))
    calibration = data.x_train[:_CALIBRATION_PICTURES]
    write_atomically(folder / CNN_INT8_FILE, lambda path: _write(path, tflite(cnn, calibration)))
    if not (folder / LENET_FILE).exists():
        model = lenet(data, seed, epochs or _LENET_EPOCHS)
        write_atomically(folder / LENET_FILE, lambda path: _write(path, convert(model)))


def lenet(data: Mnist, seed: int, epochs: int) -> "keras.Model":
    """Trains a network like mnist-12 of the ONNX Model Zoo, of about 1.6 million operations.

    It takes float32 pictures of 0 to 1, so that its bare run() is the network and nothing else.
    """
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    image = keras.Input((28, 28), dtype="float32", name="image")
    x = layers.Reshape((28, 28, 1))(image)
    x = layers.Conv2D(8, 5, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(16, 5, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D(3)(x)
    x = layers.Permute((3, 1, 2))(x)
    x = layers.Dense(10, name="logits")(layers.Flatten()(x))
    model = keras.Model(image, layers.Softmax(name="probabilities")(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(data.x_train / np.float32(255), data.y_train, 128, epochs, verbose=0)
    return model


def tflite(cnn: "keras.Model", calibration: np.ndarray | None = None) -> bytes:
    """Converts the CNN for LiteRT: in float32, or in full int8.

    Args:
        cnn: The recipe `cnn`, trained.
        calibration: uint8 pictures of shape (n, 28, 28) to find the ranges of int8 with; the
            model then takes and gives int8.
    """
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(_with_channels_last(cnn))
    if calibration is not None:
        pictures = calibration.astype(np.float32) / 255
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([picture[None]] for picture in pictures)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()


def write_identity(path: Path) -> None:
    """Writes an ONNX model that gives back its pictures: what onnxruntime costs by itself.

    Raises:
        ImportError: onnx is not installed.
    """
    from onnx import TensorProto, helper

    image, same = (
        helper.make_tensor_value_info(name, TensorProto.UINT8, ["batch", 28, 28])
        for name in ("image", "same")
    )
    node = helper.make_node("Identity", ["image"], ["same"])
    graph = helper.make_graph([node], "identity", [image], [same])
    opset = helper.make_opsetid("", 15)
    _write(path, helper.make_model(graph, ir_version=8, opset_imports=[opset]))


def _of_floats(model: "keras.Model", *left_out: type) -> "keras.Model":
    """The same network for float32 pictures of 0 to 1, as most programs want them.

    Args:
        model: The network, for pictures of 0 to 255.
        left_out: Layers without weights that the copy does not have.
    """
    import keras

    image = x = keras.Input((28, 28), dtype="float32", name="image")
    for layer in model.layers:
        if not isinstance(layer, (keras.layers.InputLayer, keras.layers.Rescaling, *left_out)):
            x = type(layer).from_config(layer.get_config())(x)
    copy = keras.Model(image, x)
    copy.set_weights(model.get_weights())
    return copy


def _with_channels_last(cnn: "keras.Model") -> "keras.Model":
    """The same network of floats with TensorFlow's layout throughout, as the tutorials have it."""
    import keras

    copy = _of_floats(cnn, keras.layers.Permute)
    permute = next(layer for layer in cnn.layers if isinstance(layer, keras.layers.Permute))
    dense = next(layer for layer in copy.layers if isinstance(layer, keras.layers.Dense))
    height, width, channels = permute.input.shape[1:]
    kernel, bias = dense.get_weights()
    kernel = kernel.reshape(channels, height, width, -1).transpose(1, 2, 0, 3)
    dense.set_weights([kernel.reshape(height * width * channels, -1), bias])
    return copy


def _write(path: Path, model: object) -> None:
    path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())


if __name__ == "__main__":
    sys.exit(main())
