"""What the README, the pages in docs/ and the site made of them say is so."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

import edgedigit
import edgedigit.files
import edgedigit.runs
from tests.support.command import python
from tests.support.paths import ROOT

PATTERNS = "*.md", "docs/*.md", "edgedigit/models/**/*.md", ".github/**/*.yml"
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in sorted(path for pattern in PATTERNS for path in ROOT.glob(pattern))
}
FOLDERS = "edgedigit", "train", "export", "tests", "benchmarks", "examples", "docs"
# What begins with one of the checkout's folders, but does not lie below another one.
NAMED = re.compile(rf"(?<![\w./~-])(?:{'|'.join(FOLDERS)})/[\w./*-]*\w")
MOST_WORDS, MOST_LINES = 1200, 75
# Options that several commands have are explained once.
PAGES_OF_COMMANDS = {
    "": "command-line",
    "classify": "command-line",
    "read": "command-line",
    "evaluate": "evaluate-and-teach",
    "serve": "serve",
    "info": "command-line",
}

# The campaign that tests the installed package takes it out of the checkout.
needs_package = pytest.mark.skipif(
    not (ROOT / "edgedigit").exists(), reason="pages name files of the package"
)
pages = pytest.mark.parametrize("page", PAGES)


def rows(page: str, start: str) -> list[list[str]]:
    """The cells of the table whose first line begins so; the line below it is left out."""
    lines = PAGES[page][PAGES[page].index(f"\n{start}") + 1 :].splitlines()
    table = lines[: next(i for i, line in enumerate(lines) if not line.startswith("|"))]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return cells[:1] + cells[2:]


@needs_package
def test_the_page_and_the_card_have_the_same_scenes() -> None:
    start = "| Scene |"
    card = next(page for page in PAGES if page.endswith("/README.md") and start in PAGES[page])
    assert rows("docs/accuracy.md", start) == rows(card, start)


def test_the_readme_is_a_door() -> None:
    assert len(PAGES["README.md"].split()) <= MOST_WORDS


def test_the_first_page_has_three_commands() -> None:
    first_page = PAGES["README.md"].partition("\n## ")[0]
    commands = re.findall(r"```sh\n(.*?)\n```", first_page, re.DOTALL)
    assert len(commands) == 3
    assert all("\n" not in command for command in commands)
    assert commands[1].endswith("edgedigit classify examples/digits")
    assert commands[2].endswith("-m pytest -n auto")


@pytest.mark.parametrize("page", [page for page in PAGES if "```python\n" in PAGES[page]])
def test_python_code_runs(page: str) -> None:
    for block in re.findall(r"```python\n(.*?)```", PAGES[page], re.DOTALL):
        said = re.findall(r"^print\(.*\)  # (\d+)", block, re.MULTILINE)
        assert said
        printed = python("-c", block).stdout.splitlines()
        assert [line.split()[0] for line in printed[: len(said)]] == said


@pytest.mark.parametrize("command", PAGES_OF_COMMANDS)
def test_every_option_is_documented(command: str) -> None:
    shown = python("-m", "edgedigit", *command.split(), "--help").stdout
    options = set(re.findall(r"--[a-z][a-z-]*", shown))
    assert options
    text = PAGES["docs/command-line.md"] + PAGES[f"docs/{PAGES_OF_COMMANDS[command]}.md"]
    assert {option for option in options if f"`{option}" not in text} == set()


@needs_package
@pages
def test_links_and_pictures_are_there(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", PAGES[page]):
        assert "://" in target or (ROOT / page).parent.joinpath(target).exists(), target


@needs_package
@pages
def test_named_files_and_modules_are_there(page: str) -> None:
    modules = [
        name
        for name in re.findall(r"python -m ([\w.]+)", PAGES[page])
        if name.partition(".")[0] not in {"pip", "pytest", *sys.stdlib_module_names}
    ]
    names = NAMED.findall(PAGES[page]) + [name.replace(".", "/") + "*" for name in modules]
    assert [name for name in names if not any(ROOT.glob(name))] == []


def test_the_architecture_fits_one_screen() -> None:
    assert PAGES["docs/architecture.md"].count("\n") <= MOST_LINES


@pytest.mark.parametrize("package", ["edgedigit", "train"])
def test_the_architecture_has_the_floors(package: str) -> None:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = configuration["tool"]["importlinter"]["contracts"]
    [layers] = [c["layers"] for c in contracts if c.get("containers") == [package]]
    table = rows("docs/architecture.md", f"| `{package}`")[1:]
    assert [cells[0].replace("`", "") for cells in table] == [
        layer.replace(" | ", ", ").replace(" : ", " and ") for layer in layers
    ]


def test_the_reference_has_all_public_names() -> None:
    there = re.findall(r"^::: edgedigit\.([\w.]+)$", PAGES["docs/api.md"], re.MULTILINE)
    public = {*edgedigit.__all__} - {"__version__"}
    again = {"classify_folder", "read_folder"}  # edgedigit's own
    for room in edgedigit.files, edgedigit.runs:
        place = room.__name__.removeprefix("edgedigit.")
        public |= {f"{place}.{name}" for name in room.__all__ if name not in again}
    assert sorted(there) == sorted(public)


def test_the_table_of_the_readme_is_that_of_the_comparison() -> None:
    measured = rows("docs/comparison.md", "|  | MNIST")
    figures = {cells[0]: dict(zip(measured[0], cells, strict=True)) for cells in measured[1:]}
    header, *shown = rows("README.md", "|  | MNIST")
    assert len(shown) == 6
    for cells in shown:
        assert cells[1:] == [figures[cells[0]][column] for column in header[1:]]


def test_the_site_is_built_and_fetches_nothing(tmp_path: Path) -> None:
    for module in "mkdocs", "material", "mkdocstrings":
        pytest.importorskip(module, reason="the site needs the extra docs")
    python("-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path))
    assert (tmp_path / "examples/naive.png").exists()
    assert 'id="edgedigit.Classifier.classify"' in (tmp_path / "docs/api.html").read_text("utf-8")
    fetched = re.compile(
        r"""<(?:script|link|img|iframe)[^>]*?(?:src|href)="?(?:https?:)?//|url\("?https?:"""
    )
    for path in tmp_path.rglob("*"):
        if path.suffix in {".html", ".css"}:
            assert fetched.search(path.read_text("utf-8")) is None, path
