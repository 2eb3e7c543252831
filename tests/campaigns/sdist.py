"""Runs the runtime's tests in what an sdist holds, with the package that is installed from it.

    python -m tests.campaigns.sdist [pytest's arguments]

Needs network; runs on any system, with any Python that the package allows.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARIES = "Scripts" if os.name == "nt" else "bin"
LIMIT_SECONDS = 3600


def main(arguments: list[str]) -> int:
    """Builds, installs and tests; the exit status of pytest."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        run(sys.executable, "-m", "venv", folder / "environment")
        python = folder / "environment" / BINARIES / "python"
        run(python, "-m", "pip", "install", "--quiet", "build")
        run(python, "-m", "build", "--sdist", "--outdir", folder, ROOT)
        [archive] = folder.glob("*.tar.gz")
        with tarfile.open(archive) as sdist:
            sdist.extractall(folder, filter="data")
        checkout = folder / archive.name.removesuffix(".tar.gz")
        run(python, "-m", "pip", "install", "--quiet", f"{checkout}[cli,serve,test]")
        tests = ["-m", "pytest", "-p", "no:cacheprovider", "tests/runtime", *arguments]
        return run(python, *tests, cwd=checkout, check=False)


def run(*command: str | Path, cwd: Path | None = None, check: bool = True) -> int:
    """Runs a program to its end; its exit status."""
    done = subprocess.run(command, cwd=cwd, check=check, timeout=LIMIT_SECONDS)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
