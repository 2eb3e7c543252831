"""The tutorials' CNN, trained from scratch and converted for LiteRT in full int8.

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

CNN_INT8_FILE = "cnn-int8.tflite"

# As in TensorFlow's quickstarts.
_EPOCHS = 5
_CALIBRATION_PICTURES = 500
_QUICK_PICTURES = 2000


def main() -> int:
    """Trains and converts what is not there yet; returns 0, or 1 when that is not possible."""
    parser = argparse.ArgumentParser(description="Trains and converts the contenders' model.")
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
        make_model(data, options.output, options.seed, 1 if options.quick else _EPOCHS)
    except (DataError, RunError, ImportError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def make_model(data: Mnist, folder: Path, seed: int, epochs: int) -> None:
    """Trains the tutorials' CNN and writes it in int8.

    Args:
        data: Trained on with its training part.
        folder: Where to; an unfinished training there is gone on with.
        seed: Of the weights and the shuffling; 0 to 2**31.
        epochs: How many.
    """
    import keras

    from train.recipes import RECIPES
    from train.training.run import run_training

    folder.mkdir(parents=True, exist_ok=True)
    recipe = dataclasses.replace(RECIPES["cnn"], epochs=epochs)
    run_training("cnn", recipe, data, seed=seed, folder=folder / "cnn")
    cnn = keras.saving.load_model(folder / "cnn" / "model.keras", compile=False)
    content = _in_int8(cnn, data.x_train[:_CALIBRATION_PICTURES])
    write_atomically(folder / CNN_INT8_FILE, lambda path: path.write_bytes(content))


def _in_int8(cnn: "keras.Model", calibration: np.ndarray) -> bytes:
    """Converts the CNN: it takes and gives int8, ranges found with uint8 pictures (n, 28, 28)."""
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(_with_channels_last(cnn))
    pictures = calibration.astype(np.float32) / 255
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([picture[None]] for picture in pictures)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return bytes(converter.convert())


def _with_channels_last(cnn: "keras.Model") -> "keras.Model":
    """The network for floats of 0 to 1, in TensorFlow's layout throughout, as the tutorials'."""
    import keras

    image = x = keras.Input((28, 28), dtype="float32", name="image")
    left_out = keras.layers.InputLayer, keras.layers.Rescaling, keras.layers.Permute
    for layer in cnn.layers:
        if not isinstance(layer, left_out):
            x = type(layer).from_config(layer.get_config())(x)
    copy = keras.Model(image, x)
    copy.set_weights(cnn.get_weights())
    permute = next(layer for layer in cnn.layers if isinstance(layer, keras.layers.Permute))
    dense = next(layer for layer in copy.layers if isinstance(layer, keras.layers.Dense))
    height, width, channels = permute.input.shape[1:]
    kernel, bias = dense.get_weights()
    kernel = kernel.reshape(channels, height, width, -1).transpose(1, 2, 0, 3)
    dense.set_weights([kernel.reshape(height * width * channels, -1), bias])
    return copy


if __name__ == "__main__":
    sys.exit(main())
