"""Messages to people, on standard error."""

import contextlib
import sys


def printable(text: str) -> str:
    r"""The text on one line that any terminal takes; what it cannot print becomes \x1b, \udcff."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )


def complaint(message: str) -> str:
    """The line that says what is wrong."""
    return f"edgedigit: {printable(message)}"


def complain(message: str) -> None:
    """Says what is wrong, on one line."""
    say(complaint(message))


def say(line: str) -> None:
    """Writes a line to standard error, where there is one."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):  # nobody listens, but the results are still wanted
            print(line, file=sys.stderr)
