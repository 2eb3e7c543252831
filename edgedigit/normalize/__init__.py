"""A grey picture becomes ink as MNIST has it, 28 x 28: `pipeline` first, a step in each module."""

from edgedigit.normalize.fitting import SIDE
from edgedigit.normalize.pipeline import (
    MAX_SIDE,
    VERSION,
    Ink,
    Prepared,
    normalize,
    prepare_all,
)
from edgedigit.normalize.quarter_turns import Turn

__all__ = [
    "MAX_SIDE",
    "SIDE",
    "VERSION",
    "Ink",
    "Prepared",
    "Turn",
    "normalize",
    "prepare_all",
]
