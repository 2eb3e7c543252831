"""The command line of the training: `python -m train --model edge --data mnist.npz`.

The other commands have a name: `python -m train calibrate`, and so on.
"""

import importlib
import sys
from collections.abc import Sequence

from train.commands.options import run_command

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

    def work() -> None:
        command = importlib.import_module(_COMMAND_MODULES[name])
        command.execute(command.parse(arguments[1:] if name else arguments))

    resumed = "; the same command goes on where it was" if name in _RESUMABLE_COMMANDS else ""
    return run_command("python -m train", work, resumed)


if __name__ == "__main__":
    sys.exit(main())
