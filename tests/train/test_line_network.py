"""The line network: it grows without forgetting, and a byte is enough for each weight."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs TensorFlow")

import keras

from train.networks import line_network
from train.networks.architectures import ARCHITECTURES
from train.networks.compact import compact, stepped
from train.networks.line_network import FURTHER, take_weights

STRIPS = np.random.default_rng(1).integers(0, 256, (4, 40, 120), np.uint8)


def weighted_layers(network: keras.Model) -> list[keras.Layer]:
    return [layer for layer in network.layers if layer.weights]


def test_a_smaller_network_is_the_beginning_of_a_larger_one(monkeypatch):
    keras.utils.set_random_seed(1)
    whole = line_network.line_network()
    with monkeypatch.context() as patch:
        patch.setattr(line_network, "_further", lambda x, *_: x)
        small = line_network.line_network()
    assert small.count_params() < 0.7 * whole.count_params()
    take_weights(whole, small)
    old = [layer for layer in weighted_layers(whole) if not layer.name.startswith(FURTHER)]
    for one, other in zip(weighted_layers(small), old, strict=True):
        for mine, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(mine, theirs)
    one, other = (network(STRIPS, training=False).numpy() for network in (small, whole))
    assert np.abs(other - one).max() < 0.5 * np.abs(one).max()
    again = line_network.line_network()
    take_weights(again, whole)
    np.testing.assert_array_equal(again(STRIPS, training=False).numpy(), other)
    with pytest.raises(ValueError, match="weight list of length"):
        take_weights(whole, ARCHITECTURES["mlp-128"]())


def test_weights_are_whole_steps_of_their_filter():
    kernel = np.random.default_rng(2).normal(0, 0.1, (3, 3, 8, 5)).astype(np.float32)
    kernel[..., 1] *= 1e-9  # less than half precision holds
    kernel[..., 2] = 0
    kernel[..., 3] *= 300
    rounded = stepped(kernel)
    assert rounded.dtype == np.float32
    for place in range(kernel.shape[-1]):
        one, other = kernel[..., place], rounded[..., place]
        assert len(np.unique(other)) <= 255
        assert np.abs(one - other).max() <= 1.01 * np.abs(one).max() / 254 or place == 1
    assert not rounded[..., 1:3].any()
    np.testing.assert_array_equal(stepped(rounded), rounded)


def test_a_compact_network_answers_nearly_as_before():
    keras.utils.set_random_seed(3)
    network = line_network.line_network()
    small = compact(network, stepped)
    expected, found = (each(STRIPS, training=False).numpy() for each in (network, small))
    assert 0 < np.abs(found - expected).max() < 0.05 * np.abs(expected).max()
