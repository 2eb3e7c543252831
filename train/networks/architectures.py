"""The networks, by name: those of the five MNIST projects, and `edge` and `glance`, which ship.

All take uint8 pictures of shape (28, 28), bright ink on dark, and scale them to 0..1 themselves.
All end in a layer named `logits` and a softmax named `probabilities`; the export puts the
calibration temperature between the two.

Each takes a width, the factor of the number of units in its hidden layers, and a depth, the number
of hidden layers that it gets besides its own.
"""

from collections.abc import Callable

import keras
from keras import Layer, layers

from edgedigit.normalize import SIDE
from edgedigit.results import DIGIT_COUNT
from train.recipes import Recipe, RecipeError


def mlp_128(width: float = 1.0, depth: int = 0) -> keras.Model:
    """One hidden layer of 128."""
    return _mlp([128], width, depth)


def mlp_128_64(width: float = 1.0, depth: int = 0) -> keras.Model:
    """Hidden layers of 128 and 64."""
    return _mlp([128, 64], width, depth)


def mlp_128_128(width: float = 1.0, depth: int = 0) -> keras.Model:
    """Two hidden layers of 128."""
    return _mlp([128, 128], width, depth)


def cnn(width: float = 1.0, depth: int = 0) -> keras.Model:
    """Two convolutions, each with pooling, and a hidden layer of 64."""
    first, second, hidden = _scaled([32, 64, 64], width)
    further = [layers.Conv2D(second, 3, padding="same", activation="relu") for _ in range(depth)]
    return _network(
        [
            layers.Reshape((SIDE, SIDE, 1)),
            layers.Conv2D(first, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(second, 3, activation="relu"),
            *further,
            layers.MaxPooling2D(),
            # As ONNX lays pictures out, so that the exported graph needs no Transpose.
            layers.Permute((3, 1, 2)),
            layers.Flatten(),
            layers.Dense(hidden, activation="relu"),
            layers.Dense(DIGIT_COUNT, name="logits"),
        ]
    )


def edge(width: float = 1.0, depth: int = 0) -> keras.Model:
    """Seven convolutions with batch normalisation and global average pooling; eleven answers."""
    return _edge([16, 32, 64, 72, 88], width, depth)


def teacher(width: float = 1.0, depth: int = 0) -> keras.Model:
    """As `edge`, with twice the work; `edge` learns from it, and it is never exported."""
    return _edge([24, 48, 96, 112, 136], width, depth)


def glance(width: float = 1.0, depth: int = 0) -> keras.Model:
    """Four convolutions with strides: a twelfth of `edge`'s work, to stand before it."""
    first, second, third, last = _scaled([8, 16, 32, 48], width)
    further = [layer for _ in range(depth) for layer in _convolution(third, 3)]
    return _network(
        [
            layers.Reshape((SIDE, SIDE, 1)),
            *_convolution(first, 5, strides=2),
            *_convolution(second, 3, strides=2),
            *_convolution(third, 3, padding="valid"),
            *further,
            *_convolution(last, 3, padding="valid"),
            # Of full size instead of a dense layer, as in `edge`.
            layers.Conv2D(DIGIT_COUNT + 1, 3),
            layers.Reshape((DIGIT_COUNT + 1,), name="logits"),
        ]
    )


def _edge(filters: list[int], width: float, depth: int) -> keras.Model:
    eye, upper, middle, lower, last = _scaled(filters, width)
    further = [layer for _ in range(depth) for layer in _convolution(middle, 3)]
    return _network(
        [
            layers.Reshape((SIDE, SIDE, 1)),
            *_convolution(eye, 5, strides=2),
            *_convolution(upper, 3),
            *_convolution(upper, 3),
            layers.MaxPooling2D(),
            *_convolution(middle, 3),
            *_convolution(middle, 3),
            *further,
            *_convolution(lower, 3, padding="valid"),
            *_convolution(last, 3, padding="valid"),
            # A 1 x 1 convolution instead of a dense layer: onnxruntime computes it picture by
            # picture, so that a picture's answer does not depend on the batch that it is in.
            layers.GlobalAveragePooling2D(keepdims=True),
            layers.Conv2D(DIGIT_COUNT + 1, 1),
            layers.Reshape((DIGIT_COUNT + 1,), name="logits"),
        ]
    )


ARCHITECTURES: dict[str, Callable[[float, int], keras.Model]] = {
    "mlp-128": mlp_128,
    "mlp-128-64": mlp_128_64,
    "mlp-128-128": mlp_128_128,
    "cnn": cnn,
    "edge": edge,
    "glance": glance,
    "teacher": teacher,
}


def check(recipe: Recipe) -> None:
    """Makes sure that a recipe's networks exist and have the answers that its data asks for.

    Raises:
        RecipeError: They do not.
    """
    others = [other for other in (recipe.teacher, recipe.first) if other]
    names = [recipe.architecture, *(other.architecture for other in others)]
    if unknown := [name for name in names if name not in ARCHITECTURES]:
        raise RecipeError(f"there is no network {unknown[0]}, only {', '.join(ARCHITECTURES)}")
    answers = {name: ARCHITECTURES[name](1.0, 0).output_shape[-1] for name in names}
    if len(set(answers.values())) > 1:
        raise RecipeError(f"{' and '.join(names)} have different numbers of answers")
    no_digits = recipe.mixture is not None and recipe.mixture.no_digits
    if no_digits and answers[recipe.architecture] == DIGIT_COUNT:
        raise RecipeError(
            f"{recipe.architecture} has no answer for what is no digit in its mixture"
        )


def _mlp(units: list[int], width: float, depth: int) -> keras.Model:
    units = _scaled([*units, *units[-1:] * depth], width)
    hidden = [layers.Dense(count, activation="relu") for count in units]
    return _network([layers.Flatten(), *hidden, layers.Dense(DIGIT_COUNT, name="logits")])


def _scaled(units: list[int], width: float) -> list[int]:
    """Multiples of 8, of which the processors' vector instructions take whole ones."""
    return [max(8, 8 * round(width * count / 8)) for count in units]


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
