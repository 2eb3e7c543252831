"""Learning from a larger network's answers (Hinton, Vinyals and Dean 2015)."""

import keras
import numpy as np
from keras import KerasTensor, ops
from numpy.typing import NDArray

_MIN_PROBABILITY = 1e-7


@keras.saving.register_keras_serializable("edgedigit")
class Distillation(keras.losses.Loss):
    """Cross-entropy with the labels, and with a teacher's answers where these are given.

    Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", 2015, section 2: both
    networks' logits are divided by a temperature, and the term's weight is multiplied by its
    square, so that its gradients stay as large as those of the labels.
    """

    def __init__(
        self, temperature: float, weight: float, name: str = "distillation", **options: str
    ) -> None:
        """Makes the loss.

        Args:
            temperature: Divisor of the logits, above 0.
            weight: Of the teacher's answers, 0 to 1; the labels have the rest.
            name: As of any Keras loss.
            options: Those of any Keras loss.
        """
        super().__init__(name=name, **options)
        self.temperature = temperature
        self.weight = weight

    def call(self, y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
        """The loss of each picture, from `targets` or one-hot labels, and probabilities."""
        answers = y_pred.shape[-1]
        logs = ops.log(ops.maximum(y_pred, _MIN_PROBABILITY))
        by_labels = -ops.sum(y_true[:, :answers] * logs, axis=-1)
        if y_true.shape[-1] == answers:
            return by_labels
        teacher = ops.log(ops.maximum(y_true[:, answers:], _MIN_PROBABILITY))
        softened = ops.softmax(teacher / self.temperature)
        by_teacher = -ops.sum(softened * ops.log_softmax(logs / self.temperature), axis=-1)
        weight = self.weight * self.temperature**2
        return (1 - self.weight) * by_labels + weight * by_teacher

    def get_config(self) -> dict[str, object]:
        """As of any Keras object."""
        own = {"temperature": self.temperature, "weight": self.weight}
        return super().get_config() | own


@keras.saving.register_keras_serializable("edgedigit")
def accuracy(y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
    """Whether the most probable answer is the label's; takes what `Distillation` takes."""
    labels = y_true[:, : y_pred.shape[-1]]
    return ops.equal(ops.argmax(labels, axis=-1), ops.argmax(y_pred, axis=-1))


def targets(
    labels: NDArray[np.integer], teacher: NDArray[np.float32] | None, answers: int
) -> NDArray[np.float32]:
    """The targets of `Distillation`.

    Args:
        labels: Shape (n,).
        teacher: The teacher's probabilities, shape (n, answers); None to learn from labels alone.
        answers: Number of the network's answers.

    Returns:
        One-hot labels, and the teacher's probabilities beside them, as float32.
    """
    one_hot = np.eye(answers, dtype=np.float32)[labels]
    return one_hot if teacher is None else np.concatenate([one_hot, teacher], axis=1)
