"""A virtual environment for each contender, made from its pinned list and kept."""

import hashlib
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
_LISTS_FOLDER = Path(__file__).resolve().parent / "requirements"
# Written when an environment is complete.
_STAMP_FILE = "made-from"

EMPTY_SCRIPT = "empty_script"


class UnavailableError(Exception):
    """Something that is needed cannot be had here; the message says what and why, in a line."""


class Environment:
    """A virtual environment without pip, so that all that is installed belongs to the contender."""

    def __init__(self, name: str, folder: Path, wheels: Sequence[Path] = ()) -> None:
        """An environment that may not be made yet.

        Args:
            name: Of its list in `requirements`.
            folder: Where environments are kept.
            wheels: Wheels that are installed beside what the list names.
        """
        self._list = _LISTS_FOLDER / f"{name}.txt"
        self._folder = folder / name
        self._wheels = wheels
        self.python = self._folder / "bin" / "python"

    @property
    def site(self) -> Path:
        """The folder of what is installed."""
        variables = {"base": str(self._folder), "platbase": str(self._folder)}
        return Path(sysconfig.get_path("purelib", "posix_prefix", variables))

    def make(self) -> None:
        """Makes it anew, unless it was made from the same before.

        Raises:
            UnavailableError: pip cannot install it.
        """
        stamp, content = self._folder / _STAMP_FILE, self._content()
        if stamp.exists() and stamp.read_text("utf-8") == content:
            return
        stamp.unlink(missing_ok=True)
        venv = [sys.executable, "-m", "venv", "--clear", "--without-pip", str(self._folder)]
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "--quiet"]
        wheels = map(str, self._wheels)
        for command in (venv, [*pip, "--requirement", str(self._list), *wheels]):
            run_preparation(command, "cannot be installed")
        stamp.write_text(content, "utf-8")

    def _content(self) -> str:
        content = f"Python {sys.version}\n{self._list.read_text('utf-8')}"
        return content + "".join(
            hashlib.sha256(wheel.read_bytes()).hexdigest() + "\n" for wheel in self._wheels
        )

    def size(self) -> float:
        """The size of what is installed, in MB (10^6 bytes)."""
        return sum(path.lstat().st_size for path in self.site.rglob("*")) / 1e6


def build_wheel(folder: Path) -> Path:
    """Builds the wheel of the checkout; returns its path in the folder, which is emptied before.

    Raises:
        UnavailableError: It cannot be built.
    """
    for old in folder.glob("*.whl"):
        old.unlink()
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    run_preparation([*pip, "--wheel-dir", str(folder), str(CHECKOUT)], "the wheel cannot be built")
    return next(folder.glob("*.whl"))


def make_empty_wheel(folder: Path) -> Path:
    """Writes a wheel of a console script that does nothing; returns its path."""
    path = folder / f"{EMPTY_SCRIPT}-1.0-py3-none-any.whl"
    info = f"{EMPTY_SCRIPT}-1.0.dist-info"
    files = {
        f"{EMPTY_SCRIPT}.py": "def main() -> int:\n    return 0\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {EMPTY_SCRIPT}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{EMPTY_SCRIPT} = {EMPTY_SCRIPT}:main\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in files.items():
            # The same bytes each time, or the environment would be made anew.
            wheel.writestr(zipfile.ZipInfo(name), content)
    return path


def run_preparation(command: Sequence[str], failure: str) -> None:
    """Runs a program of the preparation.

    Raises:
        UnavailableError: It fails; the message is `failure` and its last line.
    """
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", cwd=CHECKOUT, check=False
    )
    if done.returncode:
        raise UnavailableError(f"{failure}: {last_line(done.stderr or done.stdout)}")


def last_line(text: str) -> str:
    """The last line that says something, on which programs say why they failed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if re.match(r"(\w|\.)*error\b", line, re.IGNORECASE)]
    return (told or lines or ["no reason given"])[-1]
