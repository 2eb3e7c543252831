"""Does one task with one contender, in the contender's environment; writes what came of it.

    python task.py PROGRAM MODEL first FILE
    python task.py PROGRAM MODEL folder FOLDER
    python task.py PROGRAM MODEL accuracy|speed JSON
    python task.py PROGRAM MODEL train MNIST COUNT

PROGRAM is a module beside this file, MODEL the file that it loads. The imports of `first` and
`folder` count, so that they are few.
"""

import sys
import time
from importlib import import_module


def main(program: str, model: str, task: str, *arguments: str) -> None:
    """Does a task and prints its result."""
    module = import_module(program)
    if task == "train":
        module.train(arguments[0], model, int(arguments[1]))
        return
    contender = module.Contender(model)
    if task == "first":
        contender.read_file(arguments[0])
        print(time.monotonic_ns(), time.process_time_ns())
    elif task == "folder":
        print(len(contender.read_folder(arguments[0])))
    else:
        import json

        import figures

        print(json.dumps(getattr(figures, task)(contender, **json.loads(arguments[0]))))


if __name__ == "__main__":
    main(*sys.argv[1:])
