"""Examples are copied: they use what is meant for users."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.paths import EXAMPLES

DOORS = {
    "edgedigit",
    *(f"edgedigit.{room}" for room in ("cli", "files", "images", "normalize", "reading", "runs")),
}


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_an_example_imports_public_names_alone(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules = {name.name for name in node.names if name.name.startswith("edgedigit")}
            assert modules <= DOORS
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("edgedigit"):
            assert node.module in DOORS
            public = getattr(import_module(node.module), "__all__", {"main"})
            assert {name.name for name in node.names} <= set(public)
