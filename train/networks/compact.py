"""A trained network in half as much room, with hardly another answer."""

from typing import Any

import keras
import numpy as np
from keras import layers


def compact(network: keras.Model) -> keras.Model:
    """The same network in half as much room: fewer layers, weights that 16 bit hold exactly.

    Each batch normalisation becomes part of the convolution before it (Jacob et al.,
    "Quantization and training of neural networks for efficient integer-arithmetic-only
    inference", 2018, section 3.2), and each weight the nearest number of half precision.

    Args:
        network: Trained; before each batch normalisation is a layer with weights.

    Returns:
        A network whose answers differ by that rounding alone.
    """
    norms = {
        layer.input._keras_history.operation.name: layer
        for layer in network.layers
        if isinstance(layer, layers.BatchNormalization)
    }

    def copied(layer: keras.Layer) -> keras.Layer:
        config = layer.get_config()
        if layer.name in norms:
            config["use_bias"] = True
        return type(layer).from_config(config)

    def called(layer: keras.Layer, x: keras.KerasTensor, *rest: Any, **options: Any) -> Any:
        is_norm = isinstance(layer, layers.BatchNormalization)
        return x if is_norm else layer(x, *rest, **options)

    copy = keras.models.clone_model(network, clone_function=copied, call_function=called)
    for layer in network.layers:
        weights = layer.get_weights()
        if layer.name in norms:
            weights = _folded(weights, norms[layer.name])
        if not isinstance(layer, layers.BatchNormalization):
            copy.get_layer(layer.name).set_weights([halved(weight) for weight in weights])
    return copy


def _folded(weights: list[np.ndarray], norm: layers.BatchNormalization) -> list[np.ndarray]:
    gamma, beta, mean, variance = (weight.astype(np.float64) for weight in norm.get_weights())
    scale = gamma / np.sqrt(variance + norm.epsilon)
    kernel, *bias = weights
    return [kernel * scale, beta + (sum(bias) - mean) * scale]


def halved(weight: np.ndarray) -> np.ndarray:
    """The nearest numbers of half precision, as float32."""
    return weight.astype(np.float16).astype(np.float32)
