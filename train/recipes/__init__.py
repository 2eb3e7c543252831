"""How models are trained: one TOML file beside this one for each recipe, and what its keys mean."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Mixture:
    """What an epoch is made of, as shares of the number of MNIST's training pictures.

    Attributes:
        distinct: How many epochs are drawn; later ones see the same pictures in another order.
        plain: MNIST's digits as they are.
        distorted: MNIST's digits, distorted anew.
        drawn: Digits drawn from strokes.
        letters: Drawn letters and signs.
        characters: Signs of no script.
        scribbles: Zigzags, spirals, boxes.
        joined: Several digits at once.
        blots: Filled shapes.
        surfaces: What a camera sees where nothing is written.
    """

    distinct: int
    plain: float = 0.0
    distorted: float = 0.0
    drawn: float = 0.0
    letters: float = 0.0
    characters: float = 0.0
    scribbles: float = 0.0
    joined: float = 0.0
    blots: float = 0.0
    surfaces: float = 0.0


@dataclass(frozen=True)
class Teacher:
    """A larger network that is trained first, on the same data, for the other to learn from.

    Attributes:
        architecture: The larger network.
        epochs: How often it sees the training data, at least 1.
        temperature: What both networks' logits are divided by where they are compared.
        weight: Of that comparison in the loss, 0 to 1; the labels have the rest.
    """

    architecture: str
    epochs: int
    temperature: float
    weight: float


@dataclass(frozen=True)
class First:
    """A small network that learns last, to answer what it is sure of before the other is asked.

    It learns from the other's answers, with that one's teacher's temperature and weight.

    Attributes:
        architecture: The small network.
        epochs: How often it sees the training data, at least 1.
        sure: The least probability of a digit, 0 to 1, with which its answer counts.
    """

    architecture: str
    epochs: int
    sure: float


@dataclass(frozen=True)
class Recipe:
    """The settings of one training.

    Attributes:
        architecture: Name of the network in `train.architectures`.
        epochs: How often the network sees the training data, at least 1.
        batch_size: Pictures a step of the optimizer, at least 1.
        learning_rate: Adam's largest learning rate.
        schedule: "constant", or "cosine": up to the learning rate in the first twentieth of all
            steps, then down to zero along half a cosine (Loshchilov and Hutter 2017).
        label_smoothing: Share of each label that is spread over all others, 0 to 1.
        mixture: Digits and things that are none, drawn, distorted, and normalised as the runtime
            does it; without it the network sees MNIST's pictures as they are.
        teacher: Whom to learn from besides the labels; needs a mixture.
        first: Makes the run's model a cascade of two; needs a teacher.
    """

    architecture: str
    epochs: int
    batch_size: int
    learning_rate: float = 1e-3
    schedule: Literal["constant", "cosine"] = "constant"
    label_smoothing: float = 0.0
    mixture: Mixture | None = None
    teacher: Teacher | None = None
    first: First | None = None

    def __post_init__(self) -> None:
        """Raises ValueError where there is nothing for a teacher, or none for a first network."""
        if self.teacher and not self.mixture:
            raise ValueError("a recipe with a teacher needs a mixture")
        if self.first and not self.teacher:
            raise ValueError("a recipe with a first network needs a teacher")


def _read(path: Path) -> Recipe:
    content: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    for key, kind in (("mixture", Mixture), ("teacher", Teacher), ("first", First)):
        if key in content:
            content[key] = kind(**content[key])
    return Recipe(**content)


RECIPES = {path.stem: _read(path) for path in sorted(Path(__file__).parent.glob("*.toml"))}
