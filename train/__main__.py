"""The command line of the training: `python -m train --model edge --data mnist.npz`.

The other commands have a name: `python -m train calibrate`, and so on.
"""

import importlib
import sys
from collections.abc import Sequence

from edgedigit import EdgeDigitError
from train.data.mnist import DataError
from train.recipes import RecipeError
from train.run_files import RunError

# Strings, so that none is imported for the sake of another.
_COMMAND_MODULES = {
    "": "train.commands.train",
    "calibrate": "train.commands.calibrate",
    "card": "train.commands.card",
    "evaluate": "train.commands.evaluate",
    "finetune": "train.commands.finetune",
    "halve": "train.commands.halve",
    "lines": "train.commands.lines",
    "reproduce": "export.reproduce",  # it exports too, so it stands above this package
    "samples": "train.commands.draw_samples",
    "tune": "train.commands.tune",
}
_RESUMABLE_COMMANDS = ("", "lines", "reproduce", "tune")


def main(arguments: Sequence[str] | None = None) -> int:
    """Executes a command; the one without a name trains a model or shows the data.

    Returns:
        0 when done, 1 when data, model or folder cannot be used, 130 when interrupted. Wrong
        usage exits with 2.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    name = arguments[0] if arguments and arguments[0] in _COMMAND_MODULES else ""
    try:
        command = importlib.import_module(_COMMAND_MODULES[name])
        command.execute(command.parse(arguments[1:] if name else arguments))
    except ModuleNotFoundError as error:
        print(f"train: {error}; pip install '.[training]' brings all of it", file=sys.stderr)
        return 1
    except (DataError, EdgeDigitError, RecipeError, RunError, OSError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        rest = "; the same command goes on where it was" if name in _RESUMABLE_COMMANDS else ""
        print(f"\ntrain: interrupted{rest}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
