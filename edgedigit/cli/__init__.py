"""The start of the command `edgedigit`; what it does stands in `commands`.

`--version` is answered here, before anything is imported: all that Python itself has not loaded
takes longer than the answer.
"""

import os
import sys

from edgedigit import __version__

TYPE_CHECKING = False  # typing's own takes a millisecond to import
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Runs the command.

    Args:
        arguments: What follows the command's name; None is `sys.argv`.

    Returns:
        The exit status: 0 all done, 1 something could not be read, written or loaded, 2 wrong
        usage, 130 interrupted, 143 ended by SIGTERM.
    """
    try:
        if list(sys.argv[1:] if arguments is None else arguments) == ["--version"]:
            return _say_version()
        from edgedigit.cli.commands import run_command

        return run_command(arguments)
    finally:
        _flush_standard_output()


def _say_version() -> int:
    try:  # noqa: SIM105 - contextlib takes its time to import
        print(f"edgedigit {__version__}")
    except OSError:  # nobody listens
        pass
    return 0


def _flush_standard_output() -> None:
    """Writes what was printed while a closed pipe can still be met quietly."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
