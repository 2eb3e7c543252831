"""Does one task with one contender, in the contender's environment; writes what came of it.

    python task.py PROGRAM MODEL first FILE
    python task.py PROGRAM MODEL folder FOLDER
    python task.py PROGRAM MODEL accuracy|speed JSON

PROGRAM is a module beside this file, MODEL the file that it loads. The imports of `first` and
`folder` count, so that they are few.
"""

import sys
import time
from importlib import import_module


def main(program: str, model: str, task: str, argument: str) -> None:
    """Does a task and prints its result."""
    contender = import_module(program).Contender(model)
    if task == "first":
        contender.read_files([argument])
        print(time.monotonic_ns(), time.process_time_ns())
    elif task == "folder":
        print(len(contender.read_folder(argument)))
    else:
        import json

        import figures

        print(json.dumps(getattr(figures, task)(contender, **json.loads(argument))))


if __name__ == "__main__":
    main(*sys.argv[1:])
