"""A virtual environment for each contender, made from its pinned list and kept."""

import hashlib
import importlib.metadata
import re
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
_LISTS_FOLDER = Path(__file__).resolve().parent / "requirements"
# Written when an environment is complete.
_STAMP_FILE = "made-from"


class UnavailableError(Exception):
    """Something that is needed cannot be had here; the message says what and why, in a line."""


class Environment:
    """A virtual environment without pip, so that all that is installed belongs to the contender."""

    def __init__(self, name: str, folder: Path, wheel: Path | None = None) -> None:
        """An environment that may not be made yet.

        Args:
            name: Of its list in `requirements`.
            folder: Where environments are kept.
            wheel: A wheel that is installed beside what the list names.
        """
        self._list = _LISTS_FOLDER / f"{name}.txt"
        self._folder = folder / name
        self._wheel = wheel
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
        wheel = [str(self._wheel)] if self._wheel else []
        for command in (venv, [*pip, "--requirement", str(self._list), *wheel]):
            run_preparation(command, "cannot be installed")
        stamp.write_text(content, "utf-8")

    def _content(self) -> str:
        content = f"Python {sys.version}\n{self._list.read_text('utf-8')}"
        if self._wheel:
            content += hashlib.sha256(self._wheel.read_bytes()).hexdigest()
        return content

    def versions(self) -> dict[str, str]:
        """Versions of the distributions in it."""
        return {name: found.version for name, found in self._distributions().items()}

    def size(self) -> float:
        """The size of what is installed, in MB (10^6 bytes)."""
        return sum(path.lstat().st_size for path in self.site.rglob("*")) / 1e6

    def beyond(self, *wanted: str) -> list[str]:
        """Distributions that are neither wanted nor needed by those that are."""
        found = self._distributions()
        needed, todo = set(), [_canonical(name) for name in wanted]
        while todo:
            name = todo.pop()
            if name in found and name not in needed:
                needed.add(name)
                lines = found[name].requires or ()
                todo += [_canonical(line) for line in lines if "extra ==" not in line]
        return sorted(set(found) - needed)

    def _distributions(self) -> dict[str, importlib.metadata.Distribution]:
        found = importlib.metadata.distributions(path=[str(self.site)])
        return {_canonical(distribution.metadata["Name"]): distribution for distribution in found}


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


def _canonical(requirement: str) -> str:
    name = re.match(r"[\w.-]*", requirement)
    assert name
    return re.sub(r"[-_.]+", "-", name[0]).lower()
