"""Prints what `edgedigit` says to each mistake that the tests know, as a Markdown table.

python -m tests.campaigns.mistakes
"""

import shlex
import tempfile
from pathlib import Path

from tests.runtime.cli.test_mistakes import MISTAKES, fill
from tests.support.command import run


def main() -> None:
    """Makes the mistakes, one by one."""
    print("| `edgedigit ...` | status | says |\n|---|---:|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder)
        for mistake in MISTAKES:
            done = run(*shlex.split(mistake.command), status=mistake.status, cwd=folder)
            said = " / ".join(done.stderr.splitlines()[:3]).replace("|", "\\|")
            print(f"| `{mistake.command}` | {mistake.status} | {said} |")


if __name__ == "__main__":
    main()
