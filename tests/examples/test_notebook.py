"""The notebook: it runs from top to bottom, and reads well where nobody runs it.

`python -m tests.support.make_notebook` writes the outputs that are committed.
"""

import re
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("nbclient", reason="running a notebook needs nbclient")
pytest.importorskip("ipykernel", reason="running a notebook needs ipykernel")
pytest.importorskip("PIL", reason="the notebook's pictures need Pillow")

import nbformat
from nbformat import NotebookNode

from tests.support.make_notebook import NOTEBOOK, ROOT, run


@pytest.fixture(scope="module")
def executed(mnist_path: Path, tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """The notebook run with a tenth of MNIST, for two epochs, in the folder it lies in."""
    pytest.importorskip("tensorflow", reason="training needs TensorFlow")
    pytest.importorskip("matplotlib", reason="the pictures of a run need matplotlib")
    folder = tmp_path_factory.mktemp("notebook")
    with np.load(mnist_path) as mnist:
        tenth = {name: mnist[name][: len(mnist[name]) // 10] for name in mnist}
    np.savez(folder / "tenth.npz", **tenth)
    return run(
        NOTEBOOK.parent,
        EDGEDIGIT_MNIST=str(folder / "tenth.npz"),
        EDGEDIGIT_EPOCHS="2",
        EDGEDIGIT_RUNS=str(folder / "runs"),
        # Neither a user's start-up files nor the network take part.
        IPYTHONDIR=str(folder / "ipython"),
        HTTP_PROXY="http://127.0.0.1:9",
        HTTPS_PROXY="http://127.0.0.1:9",
    )


@pytest.fixture(scope="module")
def committed() -> NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


def code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(notebook: NotebookNode, cell_id: str) -> str:
    (cell,) = (cell for cell in notebook.cells if cell.id == cell_id)
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def shown(cell: NotebookNode) -> list[str]:
    """What kinds of output a cell has: the names of streams, and pictures."""
    return [
        output.get("name") or "picture" * ("image/png" in output.data) for output in cell.outputs
    ]


def right(notebook: NotebookNode) -> dict[str, int]:
    """How many of the example pictures each way reads right, as the notebook prints it."""
    lines = printed(notebook, "counted").splitlines()
    found = [re.fullmatch(r"(\S+, \w+) +(\d+) of 24 right", line) for line in lines]
    return {match[1]: int(match[2]) for match in found if match}


@pytest.mark.slow
def test_it_learns_and_shows_that_the_picture_matters_not_the_network(
    executed: NotebookNode,
) -> None:
    assert printed(executed, "load").startswith("6,000 pictures to learn from, 1,000 to test with")
    counts = right(executed)
    assert counts["mlp-128-64, resized"] <= 8
    assert counts["mlp-128-64, normalised"] >= 18
    assert "edge, normalised" in counts
    assert printed(executed, "numbers") == "3141592\n"


@pytest.mark.slow
def test_the_outputs_that_are_committed_are_those_of_a_run(
    committed: NotebookNode, executed: NotebookNode
) -> None:
    for kept, fresh in zip(code(committed), code(executed), strict=True):
        assert shown(kept) == shown(fresh), kept.id


def test_the_outputs_that_are_committed_are_of_one_whole_run(committed: NotebookNode) -> None:
    assert [cell.execution_count for cell in code(committed)] == [
        *range(1, len(code(committed)) + 1)
    ]
    assert printed(committed, "load").startswith("60,000 pictures to learn from, 10,000 to test")
    counts = right(committed)
    assert counts["mlp-128-64, resized"] <= 8
    assert counts["mlp-128-64, normalised"] >= 20
    assert counts["edge, normalised"] >= 22
    assert "digit 4," in printed(committed, "own-picture")


def test_nothing_of_the_machine_or_the_time_is_committed(committed: NotebookNode) -> None:
    text = NOTEBOOK.read_text("utf-8")
    assert len(text) < 600_000
    assert set(committed.metadata) == {"kernelspec", "language_info"}
    assert committed.metadata.kernelspec.name == "python3"
    assert not any(cell.metadata for cell in committed.cells)
    for cell in code(committed):
        assert "stderr" not in shown(cell)
    # Where it ran, and where what it needs is installed.
    for place in (tempfile.gettempdir(), str(Path.home()), sys.prefix, str(ROOT), "site-packages"):
        for cell in code(committed):
            assert place not in printed(committed, cell.id), cell.id


def test_the_files_that_it_names_are_there(committed: NotebookNode) -> None:
    texts = "\n".join(cell.source for cell in committed.cells if cell.cell_type == "markdown")
    named = re.findall(r"`((?:train|examples)/[\w./]+)`", texts)
    assert len(named) >= 5
    for name in named:
        assert (ROOT / name).exists(), name
