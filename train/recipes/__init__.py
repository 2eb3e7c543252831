"""Recipes of trainings: a TOML file beside this one for each, and the meaning of its keys."""

import json
import tomllib
import types
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from train.run_files import write_atomically

_KEYS_BESIDE_SHARES = ("distinct", "strength")
_DIGIT_PARTS = ("plain", "distorted", "drawn", "printed")


@dataclass(frozen=True)
class Mixture:
    """The parts of an epoch, as shares of the number of MNIST's training pictures.

    Attributes:
        distinct: How many epochs are drawn; later ones see the same pictures in another order.
        strength: Factor of how often and how far `train.drawing.distortion` distorts, 0 to 2.
        plain: MNIST's digits as they are.
        distorted: MNIST's digits, distorted anew.
        drawn: Digits drawn from strokes.
        printed: Those of fonts and displays.
        letters: Drawn letters and signs.
        characters: Signs of no script.
        scribbles: Zigzags, spirals, boxes.
        joined: Several digits at once.
        blots: Filled shapes.
        surfaces: What a camera sees where nothing is written.
    """

    distinct: int
    strength: float = 1.0
    plain: float = 0.0
    distorted: float = 0.0
    drawn: float = 0.0
    printed: float = 0.0
    letters: float = 0.0
    characters: float = 0.0
    scribbles: float = 0.0
    joined: float = 0.0
    blots: float = 0.0
    surfaces: float = 0.0

    @property
    def shares(self) -> dict[str, float]:
        """The shares of its parts, by name."""
        return {
            name: value for name, value in vars(self).items() if name not in _KEYS_BESIDE_SHARES
        }

    @property
    def no_digits(self) -> bool:
        """Whether some of it is no digit."""
        return any(share for name, share in self.shares.items() if name not in _DIGIT_PARTS)


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
        architecture: Name of the network in `train.networks.architectures`.
        epochs: How often the network sees the training data, at least 1.
        batch_size: Pictures a step of the optimizer, at least 1.
        width: Factor of the number of units in each hidden layer, above 0.
        depth: Hidden layers more than the network has by itself, at least 0.
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
    width: float = 1.0
    depth: int = 0
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


class RecipeError(ValueError):
    """A recipe cannot be used; the message says why."""


def read_recipe(path: Path) -> Recipe:
    """Reads a recipe.

    Args:
        path: A TOML file with the keys of `Recipe`; `[mixture]` and the like are tables.

    Raises:
        RecipeError: The file is missing or no TOML, a key is unknown or missing, or a value is of
            another type or out of its range.
    """
    try:
        return parse_recipe(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise RecipeError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise RecipeError(f"{path}: {error}") from error


def parse_recipe(content: dict[str, Any]) -> Recipe:
    """Makes a recipe of what a TOML file or a table of one holds.

    Raises:
        ValueError: As `read_recipe`.
    """
    return _parsed(Recipe, content, "the recipe")


def write_recipe(path: Path, recipe: Recipe, comment: str) -> None:
    """Writes a recipe that `read_recipe` reads; what is as by default is left out.

    Args:
        path: The TOML file; what is there is replaced.
        recipe: The settings.
        comment: One line to begin with.
    """
    lines = [f"# {comment}", *_lines(recipe)]
    write_atomically(path, lambda part: part.write_text("\n".join(lines) + "\n", "utf-8"))


# Of the keys that are numbers, but no shares.
_KEY_RANGES = {
    "epochs": (1, 10**6),
    "batch_size": (1, 10**6),
    "width": (0.01, 100),
    "depth": (0, 100),
    "learning_rate": (1e-9, 1e3),
    "label_smoothing": (0, 1),
    "distinct": (1, 10**6),
    "strength": (0, 2),
    "temperature": (1e-3, 1e3),
    "weight": (0, 1),
    "sure": (0, 1),
}
_SHARE_RANGE = (0, 100)


def _parsed(kind: type, content: dict[str, Any], place: str) -> Any:
    known = {field.name: field for field in fields(kind)}
    if unknown := sorted(set(content) - set(known)):
        raise ValueError(f"{place} has no key {unknown[0]}; it may have {', '.join(known)}")
    required = [name for name, field in known.items() if field.default is MISSING]
    if missing := [name for name in required if name not in content]:
        raise ValueError(f"{place} lacks {', '.join(missing)}")
    hints = get_type_hints(kind)
    return kind(**{name: _value(name, hints[name], value) for name, value in content.items()})


def _value(name: str, kind: Any, value: Any) -> Any:
    if isinstance(kind, types.UnionType):
        # A table, or none.
        kind = get_args(kind)[0]
        if not isinstance(value, dict):
            raise ValueError(f"{name} must be a table, not {value!r}")
        return _parsed(kind, value, f"[{name}]")
    if get_origin(kind) is Literal:
        if value not in (choices := get_args(kind)):
            raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    elif kind is str:
        if not isinstance(value, str):
            raise ValueError(f"{name} must be text, not {value!r}")
    else:
        _check_number(name, kind, value)
    return value


def _check_number(name: str, kind: type, value: Any) -> None:
    # TOML's true is an int to Python.
    if isinstance(value, bool) or not isinstance(value, int if kind is int else int | float):
        wanted = "a whole number" if kind is int else "a number"
        raise ValueError(f"{name} must be {wanted}, not {value!r}")
    least, largest = _KEY_RANGES.get(name, _SHARE_RANGE)
    # Written so that NaN fails too.
    if not least <= value <= largest:
        raise ValueError(f"{name} must be from {least:g} to {largest:g}, not {value!r}")


def _lines(settings: Any) -> list[str]:
    lines, tables = [], []
    for field in fields(settings):
        value = getattr(settings, field.name)
        if value == field.default:
            continue
        if is_dataclass(value):
            tables += ["", f"[{field.name}]", *_lines(value)]
        else:
            # Text and numbers are written in TOML as in JSON.
            lines.append(f"{field.name} = {json.dumps(value)}")
    return lines + tables


RECIPES = {path.stem: read_recipe(path) for path in sorted(Path(__file__).parent.glob("*.toml"))}
