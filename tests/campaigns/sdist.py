"""Runs the runtime's tests in what an sdist holds, with the package that is installed from it.

    python -m tests.campaigns.sdist [pytest's arguments]

`-n 0` runs them one after the other, `-k png` those alone that have such a name. Needs network;
runs on any system, with any Python that the package allows.
"""

import os
import shutil
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
        needs = f"{checkout}[cli,serve,test]", "pytest-xdist"
        run(python, "-m", "pip", "install", "--quiet", *needs)
        shutil.rmtree(checkout / "edgedigit")  # what is installed is tested
        tests = ["-m", "pytest", "-p", "no:cacheprovider", "-n", "auto", "tests/runtime"]
        return run(python, *tests, *arguments, cwd=checkout, check=False)


def run(*command: str | Path, cwd: Path | None = None, check: bool = True) -> int:
    """Runs a program to its end; its exit status."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=environment, check=check, timeout=LIMIT_SECONDS)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
