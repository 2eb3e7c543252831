"""The network that reads the strip of a line: convolutions alone, so that any width goes.

It answers for each four columns which sign is there, or none, as connectionist temporal
classification wants it (Graves et al., "Connectionist Temporal Classification: Labelling
Unsegmented Sequence Data with Recurrent Neural Networks", 2006).
"""

import keras
import tensorflow as tf
from keras import layers

from edgedigit.model import STRIP_ROWS
from edgedigit.results import SIGNS

NOTHING = len(SIGNS)
"""The label of columns in which no sign is."""

_DROPPED_SHARE = 0.1


def line_network() -> keras.Model:
    """An untrained network.

    Returns:
        A model from uint8 strips (batch, 40, columns), columns a multiple of 4, to logits
        (batch, columns / 4, labels), whose last layer is named `logits`.
    """
    strips = keras.Input((STRIP_ROWS, None), dtype="uint8", name="strips")
    x = layers.Rescaling(1 / 255)(layers.Reshape((STRIP_ROWS, -1, 1))(strips))
    x = _convolution(x, 16, (5, 5), strides=2)
    x = _convolution(x, 32)
    x = layers.MaxPooling2D(2)(x)
    x = _convolution(x, 64)
    x = layers.Add()([x, _convolution(x, 64)])
    x = layers.MaxPooling2D((2, 1))(x)
    x = layers.Add()([x, _convolution(x, 64)])
    x = _convolution(x, 64)
    # From five rows to one.
    x = layers.ZeroPadding2D((0, 1))(x)
    x = _convolution(x, 96, (5, 3), padding="valid")
    x = layers.Dropout(_DROPPED_SHARE)(x)
    x = layers.Add()([x, _convolution(x, 96, (1, 5))])
    x = layers.Conv2D(len(SIGNS) + 1, 1)(x)
    x = layers.Reshape((-1, len(SIGNS) + 1), name="logits")(x)
    return keras.Model(strips, x, name="lines")


def _convolution(
    x: tf.Tensor,
    filters: int,
    size: tuple[int, int] = (3, 3),
    strides: int = 1,
    padding: str = "same",
) -> tf.Tensor:
    x = layers.Conv2D(filters, size, strides=strides, padding=padding, use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))


def ctc_loss(labels: tf.Tensor, lengths: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """The mean negative logarithm of the probability of the right texts.

    Args:
        labels: int32 of shape (batch, longest); what is behind a text's length does not count.
        lengths: int32 of shape (batch,), from 0.
        logits: float32 of shape (batch, columns, labels).
    """
    # TensorFlow refuses texts without a sign: their columns are all nothing.
    is_empty = tf.equal(lengths, 0)
    some = tf.maximum(lengths, 1)
    mask = tf.sequence_mask(some, tf.shape(labels)[1])
    # Sparse labels, because dense ones make TensorFlow compile a loop for each shape.
    sparse = tf.SparseTensor(
        tf.where(mask), tf.boolean_mask(labels, mask), tf.cast(tf.shape(labels), tf.int64)
    )
    columns = tf.fill([tf.shape(logits)[0]], tf.shape(logits)[1])
    written = tf.nn.ctc_loss(
        sparse, logits, None, columns, logits_time_major=False, blank_index=NOTHING
    )
    nothing = -tf.reduce_sum(tf.nn.log_softmax(logits)[..., NOTHING], axis=1)
    # What no way through the columns writes would be infinitely wrong.
    written = tf.where(tf.math.is_finite(written), written, 0.0)
    return tf.reduce_mean(tf.where(is_empty, nothing, written))
