"""A small network that answers what it is sure of, and a larger one for the rest, as one model.

Viola and Jones, "Rapid object detection using a boosted cascade of simple classifiers", 2001: most
pictures are easy, so most of the work can be saved.
"""

from typing import Any

import keras
from keras import KerasTensor, layers, ops

from edgedigit.results import DIGIT_COUNT
from train.networks.compact import compact
from train.networks.predict import logits_network

_LOGITS_LAYER = "logits"


@keras.saving.register_keras_serializable("edgedigit")
class Cascade(layers.Layer):
    """Gives the first network's answer where that one is sure, and the second one's elsewhere."""

    def __init__(
        self,
        first: keras.Model,
        second: keras.Model,
        sure: float,
        name: str = _LOGITS_LAYER,
        **options: Any,
    ) -> None:
        """Makes the layer.

        Args:
            first: From uint8 pictures (n, 28, 28) to logits (n, answers).
            second: The same, for the pictures of which the first one is not sure.
            sure: The least probability, 0 to 1, of a digit that makes the first one's answer count.
            name: As of any Keras layer.
            options: Those of any Keras layer.
        """
        super().__init__(name=name, **options)
        self.first, self.second, self.sure = first, second, sure

    def call(self, image: KerasTensor) -> KerasTensor:
        """Logits of shape (n, answers).

        Both networks are asked about all pictures here; the runtime saves the needless work.
        """
        logits = self.first(image, training=False)
        is_sure = confidence(logits)[:, None] >= self.sure
        return ops.where(is_sure, logits, self.second(image, training=False))

    def compute_output_shape(self, image_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """As of any Keras layer."""
        return self.first.compute_output_shape(image_shape)

    def get_config(self) -> dict[str, Any]:
        """As of any Keras object."""
        networks = {
            "first": keras.saving.serialize_keras_object(self.first),
            "second": keras.saving.serialize_keras_object(self.second),
        }
        return super().get_config() | networks | {"sure": self.sure}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Cascade":
        """As of any Keras object."""
        networks = {
            name: keras.saving.deserialize_keras_object(config.pop(name))
            for name in ("first", "second")
        }
        return cls(**networks, **config)


def confidence(logits: KerasTensor) -> KerasTensor:
    """The largest probability of a digit: of shape (n,), for logits of shape (n, answers)."""
    return ops.max(ops.softmax(logits)[:, :DIGIT_COUNT], axis=1)


def cascade(first: keras.Model, second: keras.Model, sure: float, name: str) -> keras.Model:
    """Makes one model of two, compact ones.

    Args:
        first: A small network that ends in logits.
        second: A larger one, with the same answers.
        sure: As for `Cascade`.
        name: Of the model.

    Returns:
        From uint8 pictures (n, 28, 28) to probabilities (n, answers).
    """
    image = keras.Input(second.input_shape[1:], dtype=second.inputs[0].dtype, name="image")
    logits = Cascade(compact(first), compact(second), sure)(image)
    return keras.Model(image, layers.Softmax(name="probabilities")(logits), name=name)


def stages(model: keras.Model) -> list[keras.Model]:
    """The networks that a model consists of, each from pictures to logits: two of a cascade."""
    logits = model.get_layer(_LOGITS_LAYER)
    return [logits.first, logits.second] if isinstance(logits, Cascade) else [logits_network(model)]


def sure_confidence(model: keras.Model) -> float | None:
    """The least confidence, 0 to 1, with which a cascade's first network answers, or None."""
    logits = model.get_layer(_LOGITS_LAYER)
    return logits.sure if isinstance(logits, Cascade) else None
