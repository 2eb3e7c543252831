"""The floors of the house: what imports what, and what the wheel may import at all."""

import ast
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import python
from tests.support.paths import ROOT

PACKAGES = "edgedigit", "train", "export"
# What the wheel needs to be installed with; all else is an extra's, and imported where it is used.
BASE = {"edgedigit", "numpy", "onnxruntime", *sys.stdlib_module_names}
# These are imported for what else they need: nothing but Pillow, what some Pythons lack, or by
# PyInstaller itself.
MORE = {
    "edgedigit/images/pillow_reader.py": {"PIL"},
    "edgedigit/pyinstaller/hook-edgedigit.py": {"PyInstaller"},
    "edgedigit/system/fast_hashes.py": {"_sha2", "_sha256"},
}
MOST_MODULES = 16
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"

needs_linter = pytest.mark.skipif(
    importlib.util.find_spec("importlinter") is None, reason="import-linter checks the floors"
)


pytestmark = pytest.mark.skipif(
    not (ROOT / "edgedigit").exists(), reason="the installed package is tested, not the checkout"
)


def floors(checkout: Path) -> subprocess.CompletedProcess[str]:
    return python("-c", LINT, "--no-cache", cwd=checkout, status=None)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "*.keras", "*.onnx")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    shutil.copy2(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@needs_linter
def test_imports_only_go_down() -> None:
    done = floors(ROOT)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@needs_linter
@pytest.mark.parametrize(
    ("place", "line", "arrow"),
    [
        ("edgedigit/images/png.py", "import edgedigit.normalize", "edgedigit.images"),
        ("edgedigit/errors.py", "def f():\n    from edgedigit.cli import main", "edgedigit.errors"),
        ("train/data/mnist.py", "import train.training.fit", "train.data"),
        ("train/run_files.py", "import export.gate", "train is not allowed to import export"),
        ("edgedigit/classifier.py", "import train", "edgedigit is not allowed to import train"),
        ("edgedigit/attic.py", "", "attic"),
    ],
)
def test_an_import_that_goes_up_is_found(copy: Path, place: str, line: str, arrow: str) -> None:
    with (copy / place).open("a") as file:
        file.write(f"\n{line}\n")
    done = floors(copy)
    assert done.returncode == 1
    assert arrow in done.stdout


def imports(nodes: list[ast.stmt]) -> Iterator[str]:
    """The top-level packages that a module imports when it is imported itself."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their package"
            yield str(node.module).partition(".")[0]
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from imports(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for field in "body", "orelse", "handlers", "finalbody":
                yield from imports(getattr(node, field, []))


# The server is an extra as a whole: `edgedigit.cli.commands` imports it, and names what is missing.
MODULES = sorted(
    path
    for path in (ROOT / "edgedigit").rglob("*.py")
    if path.relative_to(ROOT / "edgedigit").parts[0] != "web"
)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_modules_of_the_wheel_import_what_is_always_installed(path: Path) -> None:
    more = MORE.get(path.relative_to(ROOT).as_posix(), set())
    assert set(imports(ast.parse(path.read_text("utf-8")).body)) <= BASE | more


def test_a_room_holds_sixteen_modules_at_most() -> None:
    rooms = {path.parent for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    sizes = {room.relative_to(ROOT).as_posix(): len(list(room.glob("*.py"))) for room in rooms}
    assert {room: size for room, size in sizes.items() if size > MOST_MODULES} == {}
