"""How each architecture is trained unless told otherwise."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Recipe:
    """The settings of one training.

    Attributes:
        epochs: How often the network sees the training data, at least 1.
        batch_size: Pictures a step of the optimizer, at least 1.
        learning_rate: Adam's largest learning rate.
        schedule: "constant", or "cosine": up to the learning rate in the first twentieth of all
            steps, then down to zero along half a cosine (Loshchilov and Hutter 2017).
        label_smoothing: Share of each label that is spread over all others, 0 to 1.
        source: "mnist", the pictures as they are; or "mixture", digits and things that are none,
            drawn and distorted anew for each epoch and normalised as the runtime does it.
    """

    epochs: int
    batch_size: int
    learning_rate: float = 1e-3
    schedule: Literal["constant", "cosine"] = "constant"
    label_smoothing: float = 0.0
    source: Literal["mnist", "mixture"] = "mnist"


RECIPES = {
    "mlp-128": Recipe(epochs=6, batch_size=32),
    "mlp-128-64": Recipe(epochs=10, batch_size=32, schedule="cosine"),
    "mlp-128-128": Recipe(epochs=3, batch_size=32, schedule="cosine"),
    "cnn": Recipe(epochs=10, batch_size=64),
    "edge": Recipe(
        epochs=28, batch_size=256, learning_rate=3e-3, schedule="cosine", source="mixture"
    ),
}
