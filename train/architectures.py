"""The networks, by name: those of the five MNIST projects, and `edge` and `glance`, which ship.

All take uint8 pictures of shape (28, 28), bright ink on dark, and scale them to 0..1 themselves.
All end in a layer named `logits` and a softmax named `probabilities`; the export puts the
calibration temperature between the two.
"""

from collections.abc import Callable

import keras
from keras import Layer, layers

# The label of the eleventh answer is that of labelled folders.
from edgedigit.labels import NOT_A_DIGIT as NOT_A_DIGIT
from edgedigit.normalize import SIDE

DIGITS = 10


def mlp_128() -> keras.Model:
    """One hidden layer of 128."""
    return _mlp(128)


def mlp_128_64() -> keras.Model:
    """Hidden layers of 128 and 64."""
    return _mlp(128, 64)


def mlp_128_128() -> keras.Model:
    """Two hidden layers of 128."""
    return _mlp(128, 128)


def cnn() -> keras.Model:
    """Two convolutions, each with pooling, and a hidden layer of 64."""
    return _network(
        [
            layers.Reshape((SIDE, SIDE, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            # As ONNX lays pictures out, so that the exported graph needs no Transpose.
            layers.Permute((3, 1, 2)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(DIGITS, name="logits"),
        ]
    )


def edge() -> keras.Model:
    """Seven convolutions with batch normalisation and global average pooling; eleven answers."""
    return _edge(16, 32, 64, 72, 88)


def teacher() -> keras.Model:
    """As `edge`, with twice the work; `edge` learns from it, and it is never exported."""
    return _edge(24, 48, 96, 112, 136)


def glance() -> keras.Model:
    """Four convolutions with strides: a twelfth of `edge`'s work, to stand before it."""
    return _network(
        [
            layers.Reshape((SIDE, SIDE, 1)),
            *_convolution(8, 5, strides=2),
            *_convolution(16, 3, strides=2),
            *_convolution(32, 3, padding="valid"),
            *_convolution(48, 3, padding="valid"),
            # Of full size instead of a dense layer, as in `edge`.
            layers.Conv2D(DIGITS + 1, 3),
            layers.Reshape((DIGITS + 1,), name="logits"),
        ]
    )


def _edge(eye: int, upper: int, middle: int, lower: int, last: int) -> keras.Model:
    return _network(
        [
            layers.Reshape((SIDE, SIDE, 1)),
            *_convolution(eye, 5, strides=2),
            *_convolution(upper, 3),
            *_convolution(upper, 3),
            layers.MaxPooling2D(),
            *_convolution(middle, 3),
            *_convolution(middle, 3),
            *_convolution(lower, 3, padding="valid"),
            *_convolution(last, 3, padding="valid"),
            # A 1 x 1 convolution instead of a dense layer: onnxruntime computes it picture by
            # picture, so that a picture's answer does not depend on the batch that it is in.
            layers.GlobalAveragePooling2D(keepdims=True),
            layers.Conv2D(DIGITS + 1, 1),
            layers.Reshape((DIGITS + 1,), name="logits"),
        ]
    )


ARCHITECTURES: dict[str, Callable[[], keras.Model]] = {
    "mlp-128": mlp_128,
    "mlp-128-64": mlp_128_64,
    "mlp-128-128": mlp_128_128,
    "cnn": cnn,
    "edge": edge,
    "glance": glance,
    "teacher": teacher,
}


def _mlp(*widths: int) -> keras.Model:
    hidden = [layers.Dense(width, activation="relu") for width in widths]
    return _network([layers.Flatten(), *hidden, layers.Dense(DIGITS, name="logits")])


def _convolution(filters: int, size: int, strides: int = 1, padding: str = "same") -> list[Layer]:
    return [
        layers.Conv2D(filters, size, strides, padding=padding, use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(),
    ]


def _network(hidden: list[Layer]) -> keras.Model:
    image = keras.Input((SIDE, SIDE), dtype="uint8", name="image")
    x = layers.Rescaling(1 / 255)(image)
    for layer in hidden:
        x = layer(x)
    return keras.Model(image, layers.Softmax(name="probabilities")(x))
