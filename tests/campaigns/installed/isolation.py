"""Checks that this Python takes edgedigit from where it is installed, and reaches no network.

As a program, prints where the package lies; exit status 1, and why, where that is not so.
"""

import socket
import sys
import sysconfig
from pathlib import Path

import edgedigit

PACKAGE = Path(edgedigit.__file__).resolve().parent
# Set aside for documentation (RFC 5737): no machine has it.
_NOBODY = "198.51.100.1"


def fault() -> str | None:
    """What is not as it should be, or None."""
    if PACKAGE.parent != Path(sysconfig.get_path("purelib")).resolve():
        return f"edgedigit lies in {PACKAGE}, not where it is installed"
    with socket.socket() as one:
        one.settimeout(1)
        try:
            one.connect((_NOBODY, 9))
        except OSError:
            return "connections to other machines are not refused"
        except RuntimeError:
            return None
    return f"{_NOBODY} answers"


if __name__ == "__main__":
    found = fault()
    if found is not None:
        sys.exit(found)
    print(PACKAGE)
